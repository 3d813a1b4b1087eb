// SPDX-License-Identifier: BSD-3-Clause
// A hole and the datagrams that fill it, by their lengths: one, several in a row, or one of as many equal ones.
// Neighbours: holes.h. Follows RFC 9293 section 3.1: a TCP header has 20 to 60 bytes, all segments of a flight one
// size.
#include "holes.h"

#include <netinet/in.h>

#define SOON_NS          (3 * MW_NS_PER_SECOND) // a hole is found no later than so, behind its pieces
#define HEADER_LEAST     20
#define HEADER_MOST      60
#define HEADER_TIMESTAMP 32
#define FULL_BYTES       536 // segments that large are of one size in a flight
#define FLIGHT           64

/** Places of datagrams that may be in the hole, the oldest first. */
struct candidates {
	struct fragment_awaited *at[FRAGMENT_AWAITED];
	uint32_t count;
};

static bool is_candidate(const struct fragment_awaited *awaited, uint64_t now_ns)
{
	return awaited->at_ns != 0 && awaited->protocol == IPPROTO_TCP && awaited->headless && !awaited->ports_known &&
		   awaited->last_seen && awaited->at_ns + SOON_NS >= now_ns;
}

static void collect(struct fragment_listened *listened, uint64_t now_ns, struct candidates *candidates)
{
	candidates->count = 0;
	for (uint32_t i = 0; i < listened->used; i++) {
		struct fragment_awaited *awaited = &listened->awaited[i];
		uint32_t place = candidates->count;

		if (!is_candidate(awaited, now_ns))
			continue;
		for (; place > 0 && candidates->at[place - 1]->at_ns > awaited->at_ns; place--)
			candidates->at[place] = candidates->at[place - 1];
		candidates->at[place] = awaited;
		candidates->count++;
	}
}

static void assign(struct fragment_awaited *awaited, const struct fragment_hole *hole)
{
	awaited->ports_known = true;
	awaited->src_port = hole->src_port;
	awaited->dst_port = hole->dst_port;
	awaited->seq = hole->from;
	awaited->seq_end = hole->to;
}

/** count segments with headers of one length make bytes out of sum. */
static bool fits(uint32_t sum, uint32_t count, uint32_t bytes)
{
	uint32_t headers = sum - bytes;

	return sum > bytes && headers % (4 * count) == 0 && headers >= HEADER_LEAST * count &&
		   headers <= HEADER_MOST * count;
}

/** The shortest run of datagrams that fills the hole. */
static bool fill_with_run(struct candidates *candidates, const struct fragment_hole *hole)
{
	for (uint32_t count = 1; count <= candidates->count; count++) {
		for (uint32_t first = 0; first + count <= candidates->count; first++) {
			uint32_t sum = 0;

			for (uint32_t i = 0; i < count; i++)
				sum += candidates->at[first + i]->end_bytes;
			if (!fits(sum, count, hole->to - hole->from))
				continue;
			for (uint32_t i = 0; i < count; i++)
				assign(candidates->at[first + i], hole);
			return true;
		}
	}
	return false;
}

/** How many segments like this one fill the hole; 0: none do. */
static uint32_t flight_of(uint32_t end_bytes, uint32_t bytes)
{
	static const uint8_t headers[] = {HEADER_LEAST, HEADER_TIMESTAMP};

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(headers) && end_bytes >= FULL_BYTES; i++) {
		if (bytes % (end_bytes - headers[i]) == 0 && bytes / (end_bytes - headers[i]) <= FLIGHT)
			return bytes / (end_bytes - headers[i]);
	}
	return 0;
}

/** Others of the flight never passed at all: those that did, of the same size, are among them. */
static void fill_with_flight(struct candidates *candidates, const struct fragment_hole *hole)
{
	uint32_t end_bytes = 0, left = 0;

	for (uint32_t i = 0; i < candidates->count; i++) {
		struct fragment_awaited *awaited = candidates->at[i];

		if (left == 0 && end_bytes == 0) {
			left = flight_of(awaited->end_bytes, hole->to - hole->from);
			end_bytes = left > 0 ? awaited->end_bytes : 0;
		}
		if (left == 0 || awaited->end_bytes != end_bytes)
			continue;
		assign(awaited, hole);
		left--;
	}
}

void fragment_holes_fill(struct fragment_listened *listened, const struct fragment_hole *hole)
{
	struct candidates candidates;

	collect(listened, hole->now_ns, &candidates);
	if (!fill_with_run(&candidates, hole))
		fill_with_flight(&candidates, hole);
}
