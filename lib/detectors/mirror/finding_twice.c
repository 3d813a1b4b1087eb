// SPDX-License-Identifier: BSD-3-Clause
// The mirror shows packets twice: both ways through its switch, or before and behind a router.
// Neighbours: mirror.h. Copies are taken out before anything is judged, so this is no more than a notice.
#include <inttypes.h>

#include "mirror.h"
#include "mw_time.h"

#define COPIES_LEAST 100 // of an interval
#define COPIES_PCT   5

struct facts {
	int64_t packets, copies, ttl, hop, alike, retagged;
	int64_t delays[MIRROR_DELAYS];
};

static bool is_hop(const struct facts *facts)
{
	return mirror_is_most(facts->hop, facts->ttl);
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text,
				"- %" PRId64 " of %" PRId64
				" packets are copies: the same addresses, ports, numbers, checksum and data.\n",
				facts->copies, facts->packets);
	if (facts->ttl > 0)
		mw_text_add(&text,
					"- Their TTL is that of the original: %" PRId64 " of %" PRId64 "; one hop apart: %" PRId64 ".\n",
					facts->alike, facts->ttl, facts->hop);
	if (facts->retagged > 0)
		mw_text_add(&text, "- In another VLAN than their originals: %" PRId64 ".\n", facts->retagged);
	mw_text_add(&text, "- Half of them came within %.0f us after their originals, 99 of 100 within %.0f us.\n",
				mirror_delay_us(facts->delays, 0.5), mirror_delay_us(facts->delays, 0.99));
	if (is_hop(facts))
		mw_text_add(&text, "- So long the router takes to forward a packet, and the mirror to show it.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const bool hop = is_hop(facts);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = MW_SEVERITY_NOTICE;
	finding->confidence = 90;
	finding->count = facts->copies;
	finding->known = true;
	mw_text_add(&subject, "mirror");
	mw_text_add(&summary, "The mirror shows packets twice: %.1f %% are copies, %s. They are counted once.",
				100 * (double)facts->copies / (double)facts->packets,
				hop ? "one router hop from their originals" : "as they go in and out of a switch");
	write_evidence(finding, facts);
	mw_text_add(&other, "- Two mirrors of one network arrive at this port.\n"
						"- A host captured several of its interfaces, or a bridge and its members.\n");
	mw_text_add(&next, "%s",
				hop ? "- It mirrors a port on either side of a router: mirror one of them.\n"
					: "- Mirror one direction of each port (rx of all ports, or both of one), not both of all.\n");
	mw_text_add(&next, "- Nothing is wrong with the line; copies take half of what the mirror can carry.\n");
}

bool mirror_is_copied(const struct mirror_row *row)
{
	return row->direction == MIRROR_BOTH && row->copies >= COPIES_LEAST && row->copies_pct >= COPIES_PCT;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mirror_row *row = data;
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (!mirror_is_copied(row))
		return;
	entry =
		diagnosis_entry(diagnosis, &mirror_twice_finding, "mirror", sizeof(*facts), write, row->from_ns, row->end_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->packets += row->packets;
	facts->copies += row->copies;
	facts->ttl += row->copies_ttl;
	facts->hop += row->copies_hop;
	facts->alike += row->copies_alike;
	facts->retagged += row->retagged;
	for (unsigned i = 0; i < MIRROR_DELAYS; i++)
		facts->delays[i] += row->delays[i];
}

const struct mw_diagnoser mirror_twice_diagnoser = {.record = &mirror_record, .row = on_row};
