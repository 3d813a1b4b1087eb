// SPDX-License-Identifier: BSD-3-Clause
// What the outside ports of a line say of its port set, and with it of its kind and limit.
// Neighbours: line.h; lib/mape/mw_mape.h has the arithmetic. Follows RFC 7597 section 5.1.
#include "line.h"

#define CHANCE_SURE   1e-6 // of a set that a few ports cannot take back
#define STRAYS_MIN    8 // ports outside a sure set before it is doubted,
#define STRAYS_SHARE  4 // and one in so many
#define CHANCE_BY_CE  0x1p-32 // that an address has a foreign address and PSID in it, in the right place
#define JUDGED_ALWAYS 64 // ports; after that whenever their number doubles

bool nat_line_is_inside(const struct nat_line *line)
{
	return line->key.side == NAT_LINE_INSIDE || line->key.side == NAT_LINE_DS_LITE;
}

static bool time_to_judge(const struct nat_line_ports *ports)
{
	uint32_t adds = ports->seen.adds;

	return adds <= JUDGED_ALWAYS || (adds & (adds - 1)) == 0;
}

/** The port set behind what was seen. @return false when there is none to tell. */
static bool judge(const struct nat_line_ports *ports, const struct mw_mape_seen *seen, struct mw_mape_set *set,
				  double *chance)
{
	struct mw_mape_judgement judgement;
	struct mw_mape_layout layout;

	if (ports->psid_known && mw_mape_seen_layout(seen, ports->psid, &layout)) {
		*set = (struct mw_mape_set){.layout = layout, .psid = ports->psid};
		*chance = CHANCE_BY_CE;
		return true;
	}
	mw_mape_seen_judge(seen, &judgement);
	*set = judgement.set;
	*chance = judgement.chance;
	return judgement.verdict == MW_MAPE_PATTERN && judgement.usual;
}

// A port that the set does not hold: either the set was too narrow, or the port is none of the line's.
static void learn_stray(struct nat_line_ports *ports, uint16_t port)
{
	struct mw_mape_seen wider = ports->seen;
	struct mw_mape_set set;
	double chance;

	mw_mape_seen_add(&wider, port);
	if (judge(ports, &wider, &set, &chance)) {
		ports->seen = wider;
		ports->set = set;
		ports->chance = chance;
		return;
	}
	ports->outside++;
	if (ports->chance <= CHANCE_SURE &&
		(ports->outside < STRAYS_MIN || ports->outside < (ports->within + ports->outside) / STRAYS_SHARE))
		return;
	*ports = (struct nat_line_ports){.chance = 1, .psid_known = ports->psid_known, .psid = ports->psid};
	mw_mape_seen_add(&ports->seen, port);
}

void nat_line_learn(struct nat_line *line, uint16_t port)
{
	struct nat_line_ports *ports = &line->ports;

	if (ports->set_known && !mw_mape_holds(&ports->set, port)) {
		learn_stray(ports, port);
		return;
	}
	mw_mape_seen_add(&ports->seen, port);
	ports->within += ports->set_known;
	if (time_to_judge(ports))
		ports->set_known = judge(ports, &ports->seen, &ports->set, &ports->chance);
}

uint32_t nat_line_limit(const struct nat_line *line, const struct mw_nat_settings *settings, bool *inferred)
{
	uint32_t limit = line->ports.set_known ? mw_mape_ports(line->ports.set.layout) : line->shortage.limit;

	if (line->limit_outside != 0)
		limit = line->limit_outside;
	*inferred = settings->ports_limit == 0 && limit != 0;
	return *inferred ? limit : (uint32_t)settings->ports_limit;
}

enum mw_nat_line_kind nat_line_kind(const struct nat_line *line)
{
	static const uint8_t kinds[] = {
		[NAT_LINE_INSIDE] = MW_NAT_LINE_NAPT,
		[NAT_LINE_DS_LITE] = MW_NAT_LINE_DS_LITE,
		[NAT_LINE_TUNNEL] = MW_NAT_LINE_UNKNOWN,
		[NAT_LINE_OUTSIDE] = MW_NAT_LINE_UNKNOWN,
	};

	if (line->ports.set_known || (line->key.side == NAT_LINE_TUNNEL && line->ports.psid_known))
		return MW_NAT_LINE_MAP_E;
	if (line->key.side == NAT_LINE_INSIDE && line->key.ce.bytes[0] == 0 && line->key.address.bytes[15] == 1)
		return MW_NAT_LINE_CGN;
	return (enum mw_nat_line_kind)kinds[line->key.side];
}
