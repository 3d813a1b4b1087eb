// SPDX-License-Identifier: BSD-3-Clause
// From outside ports back to the port set that they are of.
// Neighbours: mw_mape.h. All ports of one set share the PSID's bits (RFC 7597 section 5.1); unrelated ports do not.
#include <math.h>

#include "mw_mape.h"

#define ENDS_BITS     6 // of a port: what high_seen and low_seen index
#define RUN_BITS_MIN  4 // shorter runs of constant bits are no pattern: hosts prefer even ports, halves of the range
#define BIT(position) (0x8000u >> (position)) // position 0 is the highest

const char *const mw_mape_verdict_names[MW_MAPE_VERDICTS] = {
	[MW_MAPE_TOO_FEW] = "too few ports",
	[MW_MAPE_NO_PATTERN] = "no pattern",
	[MW_MAPE_ONE_BLOCK] = "one block",
	[MW_MAPE_PATTERN] = "port set",
};

const struct mw_mape_layout mw_mape_usual_layouts[MW_MAPE_USUAL_LAYOUTS] = {
	{4, 8}, // 240 ports: v6plus, BIGLOBE
	{6, 8}, // 252
	{6, 6}, // 1008: OCN Virtual Connect
	{4, 6}, // 960
};

void mw_mape_seen_add(struct mw_mape_seen *seen, uint16_t port)
{
	const struct mw_mape_seen one = {
		.high_seen = UINT64_C(1) << (port >> (MW_MAPE_PORT_BITS - ENDS_BITS)),
		.low_seen = UINT64_C(1) << (port & ((1u << ENDS_BITS) - 1)),
		.adds = 1,
		.or_bits = port,
		.and_bits = port,
		.lowest = port,
	};

	mw_mape_seen_merge(seen, &one);
}

void mw_mape_seen_merge(struct mw_mape_seen *seen, const struct mw_mape_seen *other)
{
	if (other->adds == 0)
		return;
	if (seen->adds == 0) {
		*seen = *other;
		return;
	}
	seen->high_seen |= other->high_seen;
	seen->low_seen |= other->low_seen;
	seen->adds = seen->adds > UINT32_MAX - other->adds ? UINT32_MAX : seen->adds + other->adds;
	seen->or_bits |= other->or_bits;
	seen->and_bits &= other->and_bits;
	seen->lowest = MW_MIN(seen->lowest, other->lowest);
}

static uint32_t ones(uint64_t bits)
{
	return (uint32_t)__builtin_popcountll(bits);
}

uint32_t mw_mape_seen_ports(const struct mw_mape_seen *seen)
{
	return MW_MAX(ones(seen->high_seen), ones(seen->low_seen));
}

// Different values of the first bits_count bits; of the first six where it is more.
static uint32_t beginnings(const struct mw_mape_seen *seen, unsigned bits_count)
{
	uint32_t found = 0;

	if (bits_count >= ENDS_BITS)
		return ones(seen->high_seen);
	unsigned values = 1u << (ENDS_BITS - bits_count); // of high_seen that share a beginning
	uint64_t mask = values == 64 ? UINT64_MAX : (UINT64_C(1) << values) - 1;

	for (unsigned at = 0; at < 1u << ENDS_BITS; at += values)
		found += (seen->high_seen >> at & mask) != 0;
	return found;
}

uint32_t mw_mape_seen_ranges(const struct mw_mape_seen *seen, struct mw_mape_layout layout)
{
	return beginnings(seen, layout.psid_bits == 0 ? 0 : layout.offset_bits);
}

static uint32_t changing(const struct mw_mape_seen *seen)
{
	return (uint32_t)(seen->or_bits ^ seen->and_bits);
}

bool mw_mape_seen_fits(const struct mw_mape_seen *seen, struct mw_mape_layout layout, struct mw_mape_set *set)
{
	*set = (struct mw_mape_set){layout, mw_mape_psid_of(layout, seen->lowest)};
	return seen->adds > 0 && mw_mape_holds(set, seen->lowest) && mw_mape_psid_of(layout, (uint16_t)changing(seen)) == 0;
}

bool mw_mape_seen_layout(const struct mw_mape_seen *seen, uint16_t psid, struct mw_mape_layout *layout)
{
	struct mw_mape_set set;

	for (unsigned i = 0; i < MW_MAPE_USUAL_LAYOUTS; i++) {
		if (!mw_mape_seen_fits(seen, mw_mape_usual_layouts[i], &set) || set.psid != psid)
			continue;
		*layout = set.layout;
		return true;
	}
	return false;
}

// The longest run of constant bits behind one that changes; psid_bits 0 when there is none.
static struct mw_mape_layout longest_run(uint32_t changes)
{
	struct mw_mape_layout best = {0, 0};
	unsigned begin = MW_MAPE_PORT_BITS; // of the run at hand; this: no bit has changed yet

	for (unsigned at = 0; at < MW_MAPE_PORT_BITS; at++) {
		if ((changes & BIT(at)) != 0)
			begin = at + 1;
		else if (begin <= at && at + 1 - begin > best.psid_bits)
			best = (struct mw_mape_layout){(uint8_t)begin, (uint8_t)(at + 1 - begin)};
	}
	return best;
}

// True when a set of this layout may show this run. Further constant bits at its front would be bits of A, and many
// ranges do not agree in them; at its end they are of ports that a CE has not come to yet.
static bool within(struct mw_mape_layout layout, struct mw_mape_layout run, uint32_t ranges)
{
	int front = layout.offset_bits - run.offset_bits;

	return front >= 0 && layout.offset_bits + layout.psid_bits <= run.offset_bits + run.psid_bits &&
		   ldexp(1.0, -front * (int)(ranges - 1)) > MW_MAPE_CHANCE_MAX;
}

static double chance_of(struct mw_mape_layout run, uint32_t ranges)
{
	double places = MW_MAPE_PORT_BITS + 1 - run.psid_bits;

	return ranges < 2 ? 1.0 : fmin(1.0, ldexp(places, -(int)(run.psid_bits * (ranges - 1))));
}

// Usual layouts come with the longest PSID first, so that the first that fits is the one preferred.
static void find_set(const struct mw_mape_seen *seen, struct mw_mape_layout run, struct mw_mape_judgement *judgement)
{
	unsigned extra;

	for (unsigned i = 0; i < MW_MAPE_USUAL_LAYOUTS; i++) {
		struct mw_mape_set set;

		if (!within(mw_mape_usual_layouts[i], run, judgement->ranges) ||
			!mw_mape_seen_fits(seen, mw_mape_usual_layouts[i], &set))
			continue;
		if (!judgement->usual) {
			judgement->usual = true;
			judgement->set = set;
			continue;
		}
		extra = (unsigned)(judgement->set.layout.psid_bits - set.layout.psid_bits);
		judgement->alternatives[judgement->alternatives_count++] =
			(struct mw_mape_alternative){set, ldexp(1.0, -(int)(extra * (judgement->ranges - 1)))};
	}
	if (judgement->usual || mw_mape_seen_fits(seen, run, &judgement->set))
		judgement->verdict = MW_MAPE_PATTERN;
	else
		judgement->verdict = MW_MAPE_NO_PATTERN; // a port below the lowest that any line may have
}

static bool in_one_block(const struct mw_mape_seen *seen, struct mw_mape_judgement *judgement)
{
	uint32_t changes = changing(seen);
	uint32_t last = changes == 0 ? 0 : (UINT32_C(2) << (31 - __builtin_clz(changes))) - 1; // mask of the block

	if (last >= 1u << ENDS_BITS || judgement->ports < MW_MAPE_BLOCK_PORTS_MIN)
		return false;
	judgement->verdict = MW_MAPE_ONE_BLOCK;
	judgement->block = (struct mw_mape_range){(uint16_t)(seen->and_bits & ~last), (uint16_t)(seen->or_bits | last)};
	return true;
}

// More ports may still show a set: the bits of a usual PSID are constant so far.
static bool may_come(const struct mw_mape_seen *seen)
{
	struct mw_mape_set set;

	for (unsigned i = 0; i < MW_MAPE_USUAL_LAYOUTS; i++)
		if (mw_mape_seen_fits(seen, mw_mape_usual_layouts[i], &set))
			return true;
	return seen->adds == 0;
}

void mw_mape_seen_judge(const struct mw_mape_seen *seen, struct mw_mape_judgement *judgement)
{
	struct mw_mape_layout run = longest_run(changing(seen));

	*judgement = (struct mw_mape_judgement){.ports = mw_mape_seen_ports(seen), .chance = 1.0};
	if (in_one_block(seen, judgement))
		return;
	if (run.psid_bits > 0) {
		judgement->ranges = mw_mape_seen_ranges(seen, run);
		judgement->chance = chance_of(run, judgement->ranges);
	}
	if (run.psid_bits >= RUN_BITS_MIN && judgement->chance <= MW_MAPE_CHANCE_MAX)
		find_set(seen, run, judgement);
	else
		judgement->verdict = run.psid_bits >= RUN_BITS_MIN || may_come(seen) ? MW_MAPE_TOO_FEW : MW_MAPE_NO_PATTERN;
}
