// SPDX-License-Identifier: BSD-3-Clause
// What is not regular about a piece, seen against the pieces before it: a predicate for each anomaly.
// Neighbours: mw_fragment.h names them. Follows RFC 791, RFC 1858, RFC 3128, RFC 5722, RFC 6946.
#include "table.h"

#define TCP              6
#define TCP_HEADER_BYTES 20
#define IP4_BYTES        20
#define IP4_PAYLOAD_MAX  (65535 - IP4_BYTES)
#define IP6_PAYLOAD_MAX  65535
#define SMALLEST_MTU     68 // of any network, with headers of 20 to 60 bytes (RFC 791)

static bool overlaps_anew(const struct meeting *meeting)
{
	return meeting->overlaps && !meeting->same_bounds && meeting->differing == 0;
}

static bool overlap_same(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)piece;
	return overlaps_anew(meeting) && meeting->compared > 0;
}

static bool overlap_different(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)piece;
	return meeting->differing > 0;
}

static bool overlap_unseen(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)piece;
	return overlaps_anew(meeting) && meeting->compared == 0;
}

static bool teardrop(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)piece;
	return meeting->within && !meeting->same_bounds;
}

static bool beyond_limit(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)meeting;
	return piece->from + piece->bytes > (piece->packet->family == 4 ? IP4_PAYLOAD_MAX : IP6_PAYLOAD_MAX);
}

// A small piece that is not the first may be what a second cut left over: 1480 bytes become 1472 and 8 behind PPPoE.
static bool tiny(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	uint32_t header_bytes;

	(void)datagram, (void)meeting;
	if (piece->protocol == TCP && piece->from == 8)
		return true;
	if (piece->from > 0 || !piece->more)
		return false;
	header_bytes = piece->packet->family == 4 ? piece->header_bytes : IP4_BYTES; // of IPv6 it is no matter of room
	return header_bytes + piece->bytes + 8 <= SMALLEST_MTU || // eight more would have had room
		   (piece->packet->protocol == TCP && piece->bytes < piece->transport_at + TCP_HEADER_BYTES);
}

static bool zero(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)meeting;
	return piece->bytes == 0;
}

static bool not_multiple(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)meeting;
	return piece->more && piece->bytes % 8 != 0;
}

static bool last_twice(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)meeting;
	return !piece->more && datagram->end_bytes != MW_FRAGMENT_OPEN && datagram->end_bytes != piece->to;
}

static bool beyond_last(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)meeting;
	if (datagram->end_bytes != MW_FRAGMENT_OPEN)
		return piece->to > datagram->end_bytes;
	return !piece->more && ranges_end(datagram) > piece->to;
}

// Options that are not copied stand in the first piece alone (RFC 791): it may have the longer header.
static bool header(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	uint8_t first = datagram->first_header_bytes, later = datagram->later_header_bytes;

	(void)meeting;
	if (piece->packet->family != 4)
		return false;
	if (piece->from == 0)
		return (later != 0 && piece->header_bytes < later) || (first != 0 && piece->header_bytes != first);
	return (first != 0 && piece->header_bytes > first) || (later != 0 && piece->header_bytes != later);
}

static bool dont_fragment(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	(void)datagram, (void)meeting;
	return piece->packet->dont_fragment;
}

/** The others are not of a piece: scattered, atomic, id-reuse, and what ICMP says. Calls that nothing is left of. */
uint32_t check_piece(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
#define CHECK(symbol, predicate) ((uint32_t)predicate(datagram, piece, meeting) << MW_FRAGMENT_##symbol)
	return CHECK(OVERLAP_SAME, overlap_same) | CHECK(OVERLAP_DIFFERENT, overlap_different) |
		   CHECK(OVERLAP_UNSEEN, overlap_unseen) | CHECK(TEARDROP, teardrop) | CHECK(BEYOND_LIMIT, beyond_limit) |
		   CHECK(TINY, tiny) | CHECK(ZERO, zero) | CHECK(NOT_MULTIPLE, not_multiple) | CHECK(LAST_TWICE, last_twice) |
		   CHECK(BEYOND_LAST, beyond_last) | CHECK(HEADER, header) | CHECK(DONT_FRAGMENT, dont_fragment);
#undef CHECK
}
