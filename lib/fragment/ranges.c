// SPDX-License-Identifier: BSD-3-Clause
// Which bytes of a datagram passed: sorted ranges that neither touch nor overlap. The gaps are RFC 815's holes.
// Neighbours: fragment.c adds, end.c shows the gaps.
//
// A piece without room for its range is counted alone: the datagram is then complete when as many bytes passed as it
// has, and which ones are missing is not said.
#include "table.h"

#include <string.h>

uint32_t ranges_covered(const struct datagram *datagram, uint32_t from, uint32_t to)
{
	uint32_t covered = 0;

	for (uint32_t i = 0; i < datagram->ranges_count; i++) {
		uint32_t left = MW_MAX(datagram->ranges[i].from, from), right = MW_MIN(datagram->ranges[i].to, to);

		covered += right > left ? right - left : 0;
	}
	return covered;
}

static void replace(struct datagram *datagram, uint32_t first, uint32_t behind, struct range range)
{
	memmove(&datagram->ranges[first + 1], &datagram->ranges[behind], (datagram->ranges_count - behind) * sizeof(range));
	datagram->ranges[first] = range;
	datagram->ranges_count = (uint8_t)(datagram->ranges_count + 1 - (behind - first));
}

uint32_t ranges_add(struct datagram *datagram, uint32_t from, uint32_t to)
{
	uint32_t first = 0, behind, fresh = to - from - ranges_covered(datagram, from, to);
	struct range *ranges = datagram->ranges;

	while (first < datagram->ranges_count && ranges[first].to < from)
		first++;
	behind = first;
	while (behind < datagram->ranges_count && ranges[behind].from <= to)
		behind++;
	if (first == behind && datagram->ranges_count == MW_FRAGMENT_RANGES) {
		datagram->anomalies |= 1u << MW_FRAGMENT_SCATTERED;
		return fresh;
	}
	if (behind > first) {
		from = MW_MIN(from, ranges[first].from);
		to = MW_MAX(to, ranges[behind - 1].to);
	}
	replace(datagram, first, behind, (struct range){(uint16_t)from, (uint16_t)to});
	return fresh;
}

static bool is_scattered(const struct datagram *datagram)
{
	return (datagram->anomalies >> MW_FRAGMENT_SCATTERED & 1) != 0;
}

bool ranges_complete(const struct datagram *datagram)
{
	if (datagram->end_bytes == MW_FRAGMENT_OPEN)
		return false;
	if (is_scattered(datagram))
		return datagram->bytes_seen >= datagram->end_bytes;
	return datagram->ranges_count > 0 && datagram->ranges[0].from == 0 && datagram->ranges[0].to >= datagram->end_bytes;
}

uint32_t ranges_end(const struct datagram *datagram)
{
	return datagram->ranges_count == 0 ? 0 : datagram->ranges[datagram->ranges_count - 1].to;
}

uint32_t ranges_missing(const struct datagram *datagram, uint32_t end_bytes, struct mw_fragment_range *missing)
{
	uint32_t gaps = 0, at = 0;

	if (is_scattered(datagram))
		return 0;
	for (uint32_t i = 0; i < datagram->ranges_count && at < end_bytes; i++) {
		uint32_t from = MW_MIN(datagram->ranges[i].from, end_bytes);

		if (from > at)
			missing[gaps++] = (struct mw_fragment_range){at, from};
		at = datagram->ranges[i].to;
	}
	if (at < end_bytes)
		missing[gaps++] = (struct mw_fragment_range){at, end_bytes};
	return gaps;
}
