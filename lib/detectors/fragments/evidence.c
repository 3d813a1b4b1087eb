// SPDX-License-Identifier: BSD-3-Clause
// All pieces of a datagram, what its receiver said about it, and for comparison one that passed whole.
// Neighbours: evidence.h, row.c.
#include "evidence.h"

#include <inttypes.h>
#include <string.h>

#include "mw_evidence_pieces.h"
#include "finding.h"
#include "fragments.h"
#include "mw_pairs.h"

#define PLACES        64
#define FRAME_BYTES   7168
#define NEAR_NS       (60 * MW_NS_PER_SECOND) // what is shown for comparison is no older, and no younger
#define LATE_NS       MW_NS_PER_SECOND // the last piece may be a little out of order
#define SAID_NS       (125 * MW_NS_PER_SECOND) // a receiver waits up to two minutes (RFC 1122 section 3.3.2)
#define MISSING_BYTES 96
#define AFTER_NS      (3 * MW_NS_PER_SECOND)

#define LACKS   60 // how telling a row is
#define SAID    90
#define ATTACKS 80

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[EVIDENCE_FRAGMENTS_PARTS] = {
	[EVIDENCE_PIECES] = {.at = 0, .count = 44, .proves = true},
	[EVIDENCE_EXCEEDED] = {.at = 44, .count = 4, .proves = true},
	[EVIDENCE_WHOLE] = {.at = 48, .count = 8},
	[EVIDENCE_UNCUT_BEFORE] = {.at = 56, .count = 4, .latest = true},
	[EVIDENCE_UNCUT_AFTER] = {.at = 60, .count = 4},
};

/** What is remembered of a datagram. */
struct detail {
	int64_t total_bytes; // of the IP payload; MW_UNKNOWN_I64 not known
	uint32_t anomaly; // bits of enum mw_fragment_anomaly
	bool lacks_bytes; // some never passed
	bool unseen; // nobody told of its pieces; first_ns is when the receiver complained
	char missing[MISSING_BYTES]; // "1480-2959;4440-"
};
_Static_assert(sizeof(struct detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

/** The datagram for comparison. */
struct state {
	uint32_t id, seen_bytes, total_bytes; // total 0: its last piece was not seen
	bool known, whole;
};

static const struct detail *detail_of(const struct mw_evidence_subject *subject)
{
	return (const void *)subject->detail;
}

static uint64_t before(uint64_t time_ns, uint64_t span_ns)
{
	return time_ns > span_ns ? time_ns - span_ns : 0;
}

/** Whole ranges, as many as there is room for. */
static void add_ranges(struct mw_text *text, const char *ranges)
{
	size_t bytes = strlen(ranges), room = text->size_bytes - sizeof("...");

	while (bytes > room) {
		const char *end = memrchr(ranges, ';', bytes);

		bytes = end == NULL ? 0 : (size_t)(end - ranges);
	}
	mw_text_add_chars(text, ranges, bytes);
	if (ranges[bytes] != '\0')
		mw_text_add(text, "...");
}

static void fill(const struct mw_fragment_row *row, struct mw_evidence_subject *subject)
{
	struct detail *detail = (void *)subject->detail;
	struct mw_text missing = mw_text_in(detail->missing, sizeof(detail->missing));

	subject->first_ns = row->ts_ns;
	subject->last_ns = MW_MAX(row->last_ns, row->ts_ns);
	subject->src = row->src;
	subject->dst = row->dst;
	subject->id = (uint32_t)row->ip_id;
	detail->total_bytes = row->bytes_total;
	detail->anomaly = row->anomaly;
	detail->lacks_bytes = row->verdict == MW_FRAGMENTS_INCOMPLETE;
	detail->unseen = row->fragments_seen == MW_UNKNOWN_I64;
	subject->from_ns = before(row->ts_ns, detail->unseen ? SAID_NS : NEAR_NS);
	subject->to_ns = subject->last_ns + SAID_NS;
	add_ranges(&missing, row->missing);
}

static bool on_row_lost(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mw_fragment_row *row = data;
	const struct pairs_ends ends = {row->src, row->dst};

	if (!frags_shows_loss(row) || row->ip_id < 0)
		return false;
	pairs_write_key(key, DIAGNOSIS_KEY_BYTES, PAIRS_ALONE, &ends);
	fill(row, subject);
	subject->confidence = frags_row_is_said(row) ? SAID : LACKS;
	return true;
}

static bool on_row_attack(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mw_fragment_row *row = data;

	if (!frags_accuses(row) || row->ip_id < 0)
		return false;
	frags_write_attack_key(key, &row->src);
	fill(row, subject);
	subject->confidence = ATTACKS;
	return true;
}

static bool is_same_way(const struct mw_evidence_subject *subject, const struct mw_evidence_packet *about)
{
	return mw_evidence_is_src(subject, &about->src) && mw_evidence_is_dst(subject, &about->dst);
}

static bool is_of_datagram(const struct mw_evidence_subject *subject, const struct mw_evidence_packet *about)
{
	uint64_t from_ns = detail_of(subject)->unseen ? subject->from_ns : subject->first_ns;

	return about->id == subject->id && about->time_ns >= from_ns && about->time_ns <= subject->last_ns + LATE_NS;
}

/** A piece of another datagram: the first one that turns out whole stays. @return true when it is to be kept. */
static bool compare_with(struct mw_evidence_packets *packets, const struct mw_evidence_packet *about)
{
	struct state *state = packets->state;

	if (state->whole)
		return false;
	if (!state->known || state->id != about->id) {
		mw_evidence_packets_drop(packets, &parts[EVIDENCE_WHOLE], &packets->seen[EVIDENCE_WHOLE]);
		*state = (struct state){.id = about->id, .known = true};
	}
	state->seen_bytes += about->to - about->from;
	if (!about->more)
		state->total_bytes = about->to;
	state->whole =
		state->seen_bytes == state->total_bytes && packets->seen[EVIDENCE_WHOLE] < parts[EVIDENCE_WHOLE].count;
	return true;
}

static enum evidence_fragments_part part_of_piece(struct mw_evidence_packets *packets,
												  const struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;

	if (!is_same_way(subject, about))
		return EVIDENCE_FRAGMENTS_PARTS;
	if (is_of_datagram(subject, about))
		return EVIDENCE_PIECES;
	return about->id != subject->id && compare_with(packets, about) ? EVIDENCE_WHOLE : EVIDENCE_FRAGMENTS_PARTS;
}

static enum evidence_fragments_part part_of_uncut(const struct mw_evidence_subject *subject,
												  const struct mw_packet *packet)
{
	if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0 || packet->time_ns > subject->last_ns + AFTER_NS)
		return EVIDENCE_FRAGMENTS_PARTS;
	return packet->time_ns < subject->first_ns ? EVIDENCE_UNCUT_BEFORE : EVIDENCE_UNCUT_AFTER;
}

static bool speaks_of_it(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	return mw_evidence_pieces_exceeded(subject, packet) && packet->time_ns >= subject->first_ns &&
		   (!packet->quote.ip_id_known || packet->quote.ip_id == subject->id);
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	enum evidence_fragments_part part;

	if (about->is_piece)
		part = part_of_piece(packets, about);
	else
		part = speaks_of_it(packets->subject, packet) ? EVIDENCE_EXCEEDED : part_of_uncut(packets->subject, packet);
	if (part == EVIDENCE_FRAGMENTS_PARTS)
		return;
	about->part = (uint8_t)part;
	about->from_named = is_same_way(packets->subject, about);
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static void finish(struct mw_evidence_packets *packets)
{
	const struct state *state = packets->state;

	if (!state->whole)
		mw_evidence_packets_drop(packets, &parts[EVIDENCE_WHOLE], &packets->seen[EVIDENCE_WHOLE]);
}

static void add_anomalies(struct mw_text *text, uint32_t anomaly)
{
	const char *between = "";

	for (uint32_t i = 0; i < MW_FRAGMENT_ANOMALIES; i++) {
		if ((anomaly >> i & 1) == 0)
			continue;
		mw_text_add(text, "%s%s", between, mw_fragment_anomaly_names[i]);
		between = ", ";
	}
}

static void comment_piece(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	const struct detail *detail = detail_of(packets->subject);
	uint32_t irregular = detail->anomaly & ~(1u << MW_FRAGMENT_RECEIVER);

	mw_text_add(text, "a piece of a datagram that ");
	if (detail->lacks_bytes)
		mw_text_add(text, "lacks bytes");
	else if (detail->anomaly >> MW_FRAGMENT_RECEIVER & 1)
		mw_text_add(text, "its receiver never had whole");
	else
		mw_text_add(text, "is not regular");
	if (irregular != 0) {
		mw_text_add(text, " (");
		add_anomalies(text, irregular);
		mw_text_add(text, ")");
	}
	mw_text_add(text, ": ");
	mw_evidence_pieces_add(text, packet, detail->total_bytes);
	if (detail->missing[0] != '\0')
		mw_text_add(text, "; bytes %s never passed here", detail->missing);
	mw_text_add(text, "; identification %" PRIu32, packet->id);
	mw_evidence_pieces_add_overlap(packets, packet, text);
}

static void comment_exceeded(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							 struct mw_text *text)
{
	mw_address_add_text(text, &packet->src);
	mw_text_add(text,
				" says that it never had all pieces of the datagram with identification %" PRIu32
				" (ICMP, reassembly time exceeded)",
				packets->subject->id);
	if (detail_of(packets->subject)->unseen)
		return;
	mw_text_add(text, ", ");
	mw_evidence_add_when(text, packet->time_ns, packets->subject->first_ns, "its first piece");
}

static void comment_whole(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	const struct state *state = packets->state;

	mw_text_add(text, "for comparison, another datagram of these hosts, all of which passed: ");
	mw_evidence_pieces_add(text, packet, state->total_bytes);
	mw_text_add(text, "; identification %" PRIu32, packet->id);
}

static void comment_uncut(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	mw_text_add(text, "the same hosts, %s, in one packet: %" PRIu32 " bytes, ",
				packet->from_named ? "the same way" : "the other way", packet->ip_bytes);
	mw_evidence_add_when(text, packet->time_ns, packets->subject->first_ns,
						 detail_of(packets->subject)->unseen ? "the receiver's word" : "the first piece");
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	static void (*const words[EVIDENCE_FRAGMENTS_PARTS])(
		const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet, struct mw_text *text) = {
		[EVIDENCE_PIECES] = comment_piece,      [EVIDENCE_EXCEEDED] = comment_exceeded,
		[EVIDENCE_WHOLE] = comment_whole,       [EVIDENCE_UNCUT_BEFORE] = comment_uncut,
		[EVIDENCE_UNCUT_AFTER] = comment_uncut,
	};

	words[packet->part](packets, packet, text);
}

const struct mw_evidence_kind evidence_fragments_lost = {
	.record = &mw_fragment_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct state),
	.row = on_row_lost,
	.take = take,
	.finish = finish,
	.comment = comment,
};

const struct mw_evidence_kind evidence_fragment_attack = {
	.record = &mw_fragment_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct state),
	.row = on_row_attack,
	.take = take,
	.finish = finish,
	.comment = comment,
};
