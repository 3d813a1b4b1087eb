// SPDX-License-Identifier: BSD-3-Clause
// Which packets of a connection stay: the first ones for good, of those before the resets the latest, then what
// follows. The words say what was seen; of packets other than the judged resets nobody has said who sent them.
// Neighbours: evidence.h, row.c.
#include "evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "resets.h"

#define PLACES       64
#define FRAME_BYTES  7168
#define AFTER_NS     (3 * MW_NS_PER_SECOND) // after the last reset
#define APART_NS     MW_NS_PER_SECOND // a SYN this long after packets without one is another connection's
#define FIRST_HONEST MW_RESET_EVIDENCE_IN_WINDOW // from here on names speak for the endpoint

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[EVIDENCE_RESETS_PARTS] = {
	[EVIDENCE_BEGINNING] = {.at = 0, .count = 8},
	[EVIDENCE_BEFORE] = {.at = 8, .count = 24, .latest = true},
	[EVIDENCE_RESETS] = {.at = 32, .count = 12, .proves = true},
	[EVIDENCE_DECIDING] = {.at = 44, .count = 4, .proves = true},
	[EVIDENCE_AFTER] = {.at = 48, .count = 16},
};

struct state {
	uint32_t opening_seq; // of the connection's SYN
	bool opening_known;
	bool over; // another connection of the same addresses and ports has begun
	uint64_t latest_ns;
};

static bool on_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mw_reset_row *row = data;
	struct evidence_resets_detail *detail = (void *)subject->detail;

	if (row->verdict != MW_RESET_FORGED)
		return false;
	snprintf(key, DIAGNOSIS_KEY_BYTES, "%s", mw_reset_row_key(row));
	subject->first_ns = row->ts_ns;
	subject->last_ns = row->last_ns;
	subject->to_ns = row->last_ns + AFTER_NS;
	subject->src = row->src;
	subject->dst = row->dst;
	subject->sport = (uint16_t)row->sport;
	subject->dport = (uint16_t)row->dport;
	subject->vlan = (uint16_t)(row->vlan == MW_UNKNOWN_I64 ? 0 : row->vlan);
	subject->confidence = row->confidence;
	*detail = (struct evidence_resets_detail){.ttl = row->ttl,
											  .ttl_expected = row->ttl_expected,
											  .window = row->window,
											  .ip_id = row->ip_id,
											  .evidence = row->evidence};
	return true;
}

static void forget(struct mw_evidence_packets *packets)
{
	struct state *state = packets->state;

	for (uint32_t i = 0; i < EVIDENCE_RESETS_PARTS; i++)
		mw_evidence_packets_drop(packets, &parts[i], &packets->seen[i]);
	state->opening_known = false;
}

// The same ends may meet again: before the episode the later connection is the one, after its resets the earlier.
static void look_for_opening(struct mw_evidence_packets *packets, const struct mw_packet *packet)
{
	struct state *state = packets->state;
	bool known = packets->seen[EVIDENCE_BEGINNING] > 0;
	bool another = state->opening_known ? packet->tcp.seq != state->opening_seq
										: known && packet->time_ns > state->latest_ns + APART_NS;

	if (another && packets->seen[EVIDENCE_RESETS] > 0)
		state->over = true;
	else if (another)
		forget(packets);
	if (state->over)
		return;
	state->opening_known = true;
	state->opening_seq = packet->tcp.seq;
}

static const struct evidence_resets_detail *detail_of(const struct mw_evidence_subject *subject)
{
	return (const void *)subject->detail;
}

static bool is_alike(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	const struct evidence_resets_detail *detail = detail_of(subject);

	return packet->ttl == detail->ttl && packet->tcp.window == detail->window &&
		   (!packet->ip_id_known || packet->ip_id == detail->ip_id);
}

static enum evidence_resets_part part_of(const struct mw_evidence_packets *packets, const struct mw_packet *packet,
										 const struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;

	if ((packet->kinds & MW_KIND_RST) != 0 && about->from_named && packet->time_ns >= subject->first_ns &&
		packet->time_ns <= subject->last_ns)
		return packets->seen[EVIDENCE_RESETS] >= parts[EVIDENCE_RESETS].count && about->decides ? EVIDENCE_DECIDING
																								: EVIDENCE_RESETS;
	if (packets->seen[EVIDENCE_RESETS] > 0)
		return EVIDENCE_AFTER;
	return packets->seen[EVIDENCE_BEGINNING] < parts[EVIDENCE_BEGINNING].count ? EVIDENCE_BEGINNING : EVIDENCE_BEFORE;
}

static bool is_from(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	return packet->src_port == subject->sport && packet->dst_port == subject->dport &&
		   mw_address_compare(&packet->src, &subject->src) == 0 && mw_address_compare(&packet->dst, &subject->dst) == 0;
}

static bool is_to(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	return packet->src_port == subject->dport && packet->dst_port == subject->sport &&
		   mw_address_compare(&packet->src, &subject->dst) == 0 && mw_address_compare(&packet->dst, &subject->src) == 0;
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;
	struct state *state = packets->state;
	enum evidence_resets_part part;

	about->from_named = is_from(subject, packet);
	if (packet->fate != MW_FATE_ANALYSED || (packet->kinds & MW_KIND_TCP) == 0 ||
		(packets->vlan_matters && packet->vlan_outer != subject->vlan) ||
		!(about->from_named || is_to(subject, packet)) || state->over)
		return;
	if ((packet->kinds & MW_KIND_SYN) != 0)
		look_for_opening(packets, packet);
	if (state->over)
		return;
	about->decides = (packet->kinds & MW_KIND_RST) != 0 && about->from_named && is_alike(subject, packet);
	state->latest_ns = packet->time_ns;
	part = part_of(packets, packet, about);
	about->part = (uint8_t)part;
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static const char *ttl_name(const struct mw_evidence_packet *packet)
{
	return packet->family == 6 ? "hop limit" : "TTL";
}

// Of the names from one bit on to another; in front of the first stands before.
static void add_evidence(struct mw_text *text, uint32_t evidence, uint32_t from, uint32_t to, const char *before)
{
	for (uint32_t i = from; i < to; i++) {
		if ((evidence >> i & 1) == 0)
			continue;
		mw_text_add(text, "%s%s", before, mw_reset_evidence_names[i]);
		before = ", ";
	}
}

static void add_reset(const struct mw_evidence_subject *subject, const struct mw_evidence_packet *packet,
					  struct mw_text *text)
{
	const struct evidence_resets_detail *detail = detail_of(subject);

	mw_text_add(text, "%s judged forged (confidence %" PRId64 ")",
				packet->decides ? "this reset is" : "a reset of an episode that is", subject->confidence);
	add_evidence(text, detail->evidence, 0, FIRST_HONEST, ": ");
	add_evidence(text, detail->evidence, FIRST_HONEST, MW_RESET_EVIDENCES, "; against it: ");
	mw_text_add(text, "; %s %u", ttl_name(packet), packet->ttl);
	if (detail->ttl_expected != MW_UNKNOWN_I64)
		mw_text_add(text, ", the sender's packets have %" PRId64, detail->ttl_expected);
}

static const char *other_words(const struct mw_evidence_packet *packet)
{
	bool reset = (packet->tcp_flags & MW_TCP_RST) != 0;

	if (packet->from_named)
		return reset ? "another reset in the name of this sender, not of this episode"
					 : "an ordinary packet of the named sender";
	return reset ? "same connection, a reset the other way" : "same connection, the other way";
}

// What may have set the resets off: the last that went to their named sender.
static bool is_trigger(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet)
{
	if (packet->from_named || packet->part > EVIDENCE_BEFORE)
		return false;
	for (uint32_t i = 0; i < PLACES; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes > 0 && !other->from_named && other->part <= EVIDENCE_BEFORE &&
			other->number > packet->number)
			return false;
	}
	return true;
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	if (packet->proves) {
		add_reset(packets->subject, packet, text);
		return;
	}
	mw_text_add(text, "%s: %s %u, ", other_words(packet), ttl_name(packet), packet->ttl);
	mw_evidence_add_when(text, packet->time_ns, packets->subject->first_ns, "the first reset");
	if (is_trigger(packets, packet))
		mw_text_add(text, "; the last packet to its named sender before it");
}

const struct mw_evidence_kind evidence_resets = {
	.record = &mw_reset_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct state),
	.row = on_row,
	.take = take,
	.comment = comment,
};
