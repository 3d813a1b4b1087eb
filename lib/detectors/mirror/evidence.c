// SPDX-License-Identifier: BSD-3-Clause
// Packets that show what the mirror did: acknowledgements of what never passed, copies, one side alone, silence.
// Neighbours: mirror.h; worker.c and follow.c mark packets (docs/decisions/0020-evidence-by-marks.md).
#include <inttypes.h>

#include "mirror.h"
#include "mw_evidence_kind.h"

#define PLACES      48
#define FRAME_BYTES 256
#define AROUND_NS   (2 * MW_NS_PER_SECOND) // of a time without a mirror

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

/** Why a packet is kept. */
enum part {
	PART_SHOWS, // what is marked
	PART_BEFORE, // the last before a time without a mirror; of copies: what passes first, so that originals are there
	PART_AFTER,
	PARTS,
};

static const struct mw_evidence_part parts[PARTS] = {
	[PART_SHOWS] = {.at = 0, .count = 24, .proves = true},
	[PART_BEFORE] = {.at = 24, .count = 12, .latest = true},
	[PART_AFTER] = {.at = 36, .count = 12},
};
static const struct mw_evidence_part first_packets = {.at = 24, .count = 24};

static bool set_subject(uint64_t from_ns, uint64_t to_ns, int64_t confidence, struct mw_evidence_subject *subject)
{
	subject->first_ns = subject->from_ns = from_ns;
	subject->last_ns = subject->to_ns = to_ns;
	subject->src_bits = subject->dst_bits = 0;
	subject->confidence = confidence;
	return true;
}

static bool on_mirror_row(const struct mirror_row *row, int64_t amount, struct mw_evidence_subject *subject,
						  char key[DIAGNOSIS_KEY_BYTES])
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	mw_text_add(&text, "mirror");
	return set_subject(row->from_ns, row->end_ns, amount, subject);
}

static bool on_cut_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mirror_row *row = data;

	return mirror_is_cut(row) && on_mirror_row(row, row->cut, subject, key);
}

static bool on_lossy_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mirror_row *row = data;

	return row->direction == MIRROR_BOTH && row->amounts[MIRROR_UNSEEN] > 0 &&
		   on_mirror_row(row, row->amounts[MIRROR_UNSEEN], subject, key);
}

static bool on_twice_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mirror_row *row = data;

	return mirror_is_copied(row) && on_mirror_row(row, row->copies, subject, key);
}

static bool on_one_way_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mirror_row *row = data;

	return mirror_is_one_way(row) && on_mirror_row(row, row->one_way, subject, key);
}

static bool on_blind_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	struct mirror_blind blind;
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	if (!mirror_read_blind(data, &blind))
		return false;
	mw_text_add(&text, "%s", blind.line);
	set_subject(blind.from_ns, blind.to_ns, blind.confidence, subject);
	subject->from_ns -= MW_MIN(subject->from_ns, AROUND_NS);
	subject->to_ns += AROUND_NS;
	return true;
}

static void keep(struct mw_evidence_packets *packets, enum part part, const struct mw_packet *packet,
				 struct mw_evidence_packet *about)
{
	about->part = (uint8_t)part;
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static void take_cut(struct mw_evidence_packets *packets, const struct mw_packet *packet,
					 struct mw_evidence_packet *about)
{
	if (packet->captured_bytes < packet->wire_bytes || packet->refusal == MW_REFUSAL_IP4_TOTAL_LENGTH ||
		packet->refusal == MW_REFUSAL_IP6_PAYLOAD_LENGTH)
		keep(packets, PART_SHOWS, packet, about);
}

static void take_lossy(struct mw_evidence_packets *packets, const struct mw_packet *packet,
					   struct mw_evidence_packet *about)
{
	if (about->mark.reason == MIRROR_MARK_UNSEEN || about->mark.reason == MIRROR_MARK_JUMP)
		keep(packets, PART_SHOWS, packet, about);
}

static void take_twice(struct mw_evidence_packets *packets, const struct mw_packet *packet,
					   struct mw_evidence_packet *about)
{
	if (about->mark.reason == MIRROR_MARK_COPY) {
		keep(packets, PART_SHOWS, packet, about);
		return;
	}
	about->part = PART_BEFORE;
	mw_evidence_packets_keep(packets, &first_packets, &packets->seen[PART_BEFORE], packet, about);
}

static void take_one_way(struct mw_evidence_packets *packets, const struct mw_packet *packet,
						 struct mw_evidence_packet *about)
{
	if (about->mark.reason == MIRROR_MARK_ONE_WAY)
		keep(packets, PART_SHOWS, packet, about);
}

static void take_blind(struct mw_evidence_packets *packets, const struct mw_packet *packet,
					   struct mw_evidence_packet *about)
{
	if ((packet->kinds & MW_KIND_ACK_AHEAD) != 0 || about->mark.reason == MIRROR_MARK_JUMP)
		keep(packets, PART_SHOWS, packet, about);
	else if (packet->time_ns <= packets->subject->first_ns)
		keep(packets, PART_BEFORE, packet, about);
	else if (packet->time_ns >= packets->subject->last_ns)
		keep(packets, PART_AFTER, packet, about);
}

static void add_bytes(struct mw_text *text, const struct mw_evidence_packet *packet)
{
	if (packet->mark.reason == 0 || packet->mark.value == 0)
		mw_text_add(text, "bytes");
	else
		mw_text_add(text, "%" PRIu32 " bytes", packet->mark.value);
}

static void add_shown(struct mw_text *text, const struct mw_evidence_packet *packet)
{
	if (packet->mark.reason == MIRROR_MARK_JUMP) {
		add_bytes(text, packet);
		mw_text_add(text, " before this segment have not passed here");
		return;
	}
	mw_text_add(text, "acknowledges ");
	add_bytes(text, packet);
	mw_text_add(text, " of the other side that never passed here");
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	if (packet->part == PART_SHOWS) {
		add_shown(text, packet);
		return;
	}
	mw_text_add(text, packet->part == PART_BEFORE ? "among the last before, " : "among the first afterwards, ");
	mw_evidence_add_when(text, packet->time_ns, packets->subject->first_ns, "the mirror showed less");
}

// A copy has the numbers of its original, and comes soon: it is the latest that is alike.
static const struct mw_evidence_packet *original_of(const struct mw_evidence_packets *packets,
													const struct mw_evidence_packet *copy)
{
	const struct mw_evidence_packet *latest = NULL;

	for (uint32_t i = 0; i < PLACES; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes > 0 && other->number < copy->number && other->protocol == copy->protocol &&
			other->sport == copy->sport && other->dport == copy->dport && other->seq == copy->seq &&
			other->ack == copy->ack && other->ip_bytes == copy->ip_bytes &&
			mw_address_compare(&other->src, &copy->src) == 0 && mw_address_compare(&other->dst, &copy->dst) == 0 &&
			(latest == NULL || other->number > latest->number))
			latest = other;
	}
	return latest;
}

static void comment_twice(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	const struct mw_evidence_packet *original = original_of(packets, packet);

	if (packet->part != PART_SHOWS) {
		mw_text_add(text, "a packet of that time, not shown before");
		return;
	}
	mw_text_add(text, "shown before");
	if (packet->mark.value > 0)
		mw_text_add(text, ", %" PRIu32 " us earlier", packet->mark.value);
	if (original != NULL && original->ttl != packet->ttl)
		mw_text_add(text, ", then with TTL %u instead of %u", original->ttl, packet->ttl);
}

static void comment_cut(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						struct mw_text *text)
{
	(void)packets;
	if (packet->captured_bytes < packet->wire_bytes)
		mw_text_add(text, "its end is missing: it had %" PRIu32 " bytes", packet->wire_bytes);
	else
		mw_text_add(text, "the mirror cut it: it has %" PRIu32 " bytes, and its IP header says %" PRIu32,
					packet->wire_bytes, packet->ip_bytes);
}

static void comment_one_way(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							struct mw_text *text)
{
	(void)packets;
	(void)packet;
	mw_text_add(text, "this side acknowledges more and more, and nothing of the other side passes here");
}

#define KIND(named, of_record, on_row, taken, commented, ...)                                                          \
	const struct mw_evidence_kind named = {.record = &(of_record),                                                     \
										   .places = PLACES,                                                           \
										   .frame_bytes = FRAME_BYTES,                                                 \
										   .row = on_row,                                                              \
										   .take = taken,                                                              \
										   .comment = commented,                                                       \
										   __VA_ARGS__}
KIND(mirror_cut_evidence, mirror_record, on_cut_row, take_cut, comment_cut, .wants_cut = true);
KIND(mirror_lossy_evidence, mirror_record, on_lossy_row, take_lossy, comment);
KIND(mirror_twice_evidence, mirror_record, on_twice_row, take_twice, comment_twice);
KIND(mirror_one_way_evidence, mirror_record, on_one_way_row, take_one_way, comment_one_way);
KIND(mirror_blind_evidence, outages_record, on_blind_row, take_blind, comment);
