// SPDX-License-Identifier: BSD-3-Clause
// Many packets lack their end, and with it what detectors read: by a snap length, or by a mirror that cuts frames.
// Neighbours: mirror.h; control.c makes the rows. Never a warning, for who cut them may have meant it.
#include <inttypes.h>

#include "mirror.h"

#define CUT_LEAST     100 // of an interval
#define CUT_PCT       5
#define OPTIONS_BYTES 80 // from the IP header on: any TCP header over IPv4
#define HARMS_BYTES   96 // what an ICMPv6 error quotes up to TCP's number

struct facts {
	int64_t packets, cut, refused, bytes, ip_bytes;
};

/** What packets lack of which less is there, from the IP header on. */
static const struct {
	int64_t bytes;
	const char *lacks;
} losses[] = {
	{40, "- TCP over IPv4 has no whole header: it is not analysed.\n"},
	{60,
	 "- TCP over IPv6 has no whole header: it is not analysed. Errors of ICMPv4 may no longer name a connection.\n"},
	{OPTIONS_BYTES,
	 "- TCP's options may be missing: resets have less to be judged by, and fewer round trips are known.\n"},
	{HARMS_BYTES,
	 "- Errors of ICMPv6 no longer name a connection: reports about path MTU and unreachable hosts belong to "
	 "none.\n"},
	{INT64_MAX,
	 "- What payloads say is missing: services, names in DNS, words in resets, IKE behind its header. Pieces that "
	 "overlap are compared in what is left.\n"},
};

static int64_t cut_at(const struct facts *facts)
{
	return facts->ip_bytes / MW_MAX(facts->cut, 1);
}

// Of headers alone something is missing that many detectors read; errors of ICMPv6 and payloads are read by a few.
static uint8_t severity(const struct facts *facts)
{
	return cut_at(facts) < OPTIONS_BYTES || facts->refused * 2 >= facts->cut ? MW_SEVERITY_NOTICE : MW_SEVERITY_INFO;
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text,
				"- %" PRId64 " of %" PRId64
				" packets are longer, as the capture or their IP headers say, than what is there of "
				"them: %" PRId64 " bytes on average, %" PRId64 " of these from the IP header on.\n",
				facts->cut, facts->packets, facts->bytes / MW_MAX(facts->cut, 1), cut_at(facts));
	if (facts->refused > 0)
		mw_text_add(&text,
					"- %" PRId64
					" of these are so short on the wire, so the mirror cut them: none of them is analysed.\n",
					facts->refused);
	for (unsigned i = 0; i < MW_ARRAY_SIZE(losses); i++) {
		if (cut_at(facts) < losses[i].bytes)
			mw_text_add(&text, "%s", losses[i].lacks);
	}
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = severity(facts);
	finding->confidence = 90;
	finding->count = facts->cut;
	finding->known = true;
	mw_text_add(&subject, "mirror");
	mw_text_add(&summary, "%.1f %% of the packets lack their end: they are cut at %" PRId64 " bytes on average.",
				100 * (double)facts->cut / (double)MW_MAX(facts->packets, 1), facts->bytes / MW_MAX(facts->cut, 1));
	if (facts->refused > 0)
		mw_text_add(&summary, " %" PRId64 " of these are not analysed.", facts->refused);
	write_evidence(finding, facts);
	mw_text_add(&other, "- Somebody sends packets whose IP headers say more than there is.\n");
	if (facts->refused < facts->cut)
		mw_text_add(&next, "- Capture whole packets (tcpdump -s 0), or 128 bytes at least.\n");
	mw_text_add(&next,
				"- Let the mirror cut nothing (slicing, truncation); a remote one needs a path with a larger MTU.\n");
}

// Frames that a mirror cut are not analysed, however long they are.
bool mirror_is_cut(const struct mirror_row *row)
{
	return row->direction == MIRROR_BOTH && row->cut >= CUT_LEAST && row->cut_pct >= CUT_PCT &&
		   (row->cut_ip_bytes < HARMS_BYTES || row->cut_refused * 2 >= row->cut);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mirror_row *row = data;
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (!mirror_is_cut(row))
		return;
	entry = diagnosis_entry(diagnosis, &mirror_cut_finding, "mirror", sizeof(*facts), write, row->from_ns, row->end_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->packets += row->packets;
	facts->cut += row->cut;
	facts->refused += row->cut_refused;
	facts->bytes += row->cut * row->cut_at_bytes;
	facts->ip_bytes += row->cut * row->cut_ip_bytes;
}

const struct mw_diagnoser mirror_cut_diagnoser = {.record = &mirror_record, .row = on_row};
