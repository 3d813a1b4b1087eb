// SPDX-License-Identifier: BSD-3-Clause
// Bytes of pieces, and the gaps between them.
// Neighbours: mw_evidence_pieces.h.
#include "mw_evidence_pieces.h"

#include <inttypes.h>

#include "mw_evidence_kind.h"

enum { ICMP4_TIME_EXCEEDED = 11, ICMP6_TIME_EXCEEDED = 3, OF_REASSEMBLY = 1 };

void mw_evidence_pieces_note(const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	uint32_t bytes =
		packet->ip_total_bytes > packet->ip_header_bytes ? packet->ip_total_bytes - packet->ip_header_bytes : 0;

	if (packet->outer_is_fragment) { // decode went into the tunnel that this first piece carries
		about->is_piece = about->more = true;
		about->to = packet->outer_fragment_bytes;
		about->id = packet->outer_ip_id;
		about->src = packet->outer_src;
		about->dst = packet->outer_dst;
	} else if ((packet->kinds & MW_KIND_FRAGMENT) != 0 && packet->ip_id_known) {
		about->is_piece = true;
		about->more = packet->more_fragments;
		about->from = packet->fragment_offset_bytes;
		about->to = about->from + bytes;
		about->id = packet->ip_id;
	}
}

bool mw_evidence_pieces_same(const struct mw_evidence_packet *a, const struct mw_evidence_packet *b)
{
	return a->is_piece && b->is_piece && a->id == b->id && mw_address_compare(&a->src, &b->src) == 0 &&
		   mw_address_compare(&a->dst, &b->dst) == 0;
}

bool mw_evidence_pieces_exceeded(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	uint8_t type = packet->family == 4 ? ICMP4_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED;

	return (packet->kinds & MW_KIND_ICMP_ERROR) != 0 && packet->icmp_type == type &&
		   packet->icmp_code == OF_REASSEMBLY && mw_evidence_is_src(subject, &packet->quote.src) &&
		   mw_evidence_is_dst(subject, &packet->quote.dst);
}

void mw_evidence_pieces_add(struct mw_text *text, const struct mw_evidence_packet *piece, int64_t total_bytes)
{
	const char *place = piece->from == 0 ? "first piece, " : piece->more ? "" : "last piece, ";

	if (piece->to == piece->from)
		mw_text_add(text, "%sno bytes, at %" PRIu32, place, piece->from);
	else
		mw_text_add(text, "%sbytes %" PRIu32 "-%" PRIu32, place, piece->from, piece->to - 1);
	if (total_bytes > 0)
		mw_text_add(text, " of %" PRId64, total_bytes);
}

/** The smallest byte from at on that a piece has, and with it how far that piece goes. @return false for none. */
static bool next_piece(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece, uint32_t at,
					   uint32_t *from, uint32_t *to)
{
	bool found = false;

	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes == 0 || !mw_evidence_pieces_same(piece, other) || other->to <= at)
			continue;
		if (found && MW_MAX(other->from, at) >= *from)
			continue;
		*from = MW_MAX(other->from, at);
		*to = other->to;
		found = true;
	}
	return found;
}

/** True when a last piece that ends here was kept. */
static bool ends_at(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece, uint32_t at)
{
	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes > 0 && mw_evidence_pieces_same(piece, other) && !other->more && other->to == at)
			return true;
	}
	return false;
}

bool mw_evidence_pieces_missing(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece,
								struct mw_text *text)
{
	uint32_t at = 0, from = 0, to = 0;
	const char *between = "";

	while (next_piece(packets, piece, at, &from, &to)) {
		if (from > at) {
			mw_text_add(text, "%s%" PRIu32 "-%" PRIu32, between, at, from - 1);
			between = ";";
		}
		at = to;
	}
	if (!ends_at(packets, piece, at)) {
		mw_text_add(text, "%s%" PRIu32 "-", between, at);
		between = ";";
	}
	return between[0] != '\0';
}

void mw_evidence_pieces_add_overlap(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece,
									struct mw_text *text)
{
	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];
		uint32_t from = MW_MAX(other->from, piece->from), to = MW_MIN(other->to, piece->to);

		if (other->captured_bytes == 0 || other->number >= piece->number || !mw_evidence_pieces_same(piece, other) ||
			from >= to)
			continue;
		if (other->from == piece->from && other->to == piece->to)
			mw_text_add(text, "; the same bytes as a piece before it");
		else
			mw_text_add(text, "; overlaps a piece before it in bytes %" PRIu32 "-%" PRIu32, from, to - 1);
		return;
	}
}
