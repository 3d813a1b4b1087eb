// SPDX-License-Identifier: BSD-3-Clause
// The tuple of any frame of the workloads, field by field.
// Neighbours: floor.h; floor.c has a quicker way for the usual ones.
#include "floor.h"

#include <string.h>

static uint16_t load16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void tuple4(const uint8_t *ip, const uint8_t *end, struct tuple *tuple)
{
	const uint8_t *l4 = ip + (ip[0] & 15) * 4;
	uint32_t src, dst;
	uint16_t src_port, dst_port;

	if (l4 + 4 > end || (load16(ip + 6) & 0x1fff) != 0 || (ip[9] != 6 && ip[9] != 17))
		return;
	memcpy(&src, ip + 12, 4);
	memcpy(&dst, ip + 16, 4);
	src_port = load16(l4);
	dst_port = load16(l4 + 2);
	tuple->len_bytes = TUPLE4_BYTES;
	tuple->v4.protocol = ip[9];
	if (src < dst || (src == dst && src_port <= dst_port)) {
		tuple->v4.low = src;
		tuple->v4.high = dst;
		tuple->v4.low_port = src_port;
		tuple->v4.high_port = dst_port;
	} else {
		tuple->v4.low = dst;
		tuple->v4.high = src;
		tuple->v4.low_port = dst_port;
		tuple->v4.high_port = src_port;
	}
}

static void tuple6(const uint8_t *ip, const uint8_t *end, struct tuple *tuple)
{
	const uint8_t *l4 = ip + 40;
	int order = memcmp(ip + 8, ip + 24, 16);
	uint16_t src_port, dst_port;
	bool low_is_src;

	if (l4 + 4 > end || (ip[6] != 6 && ip[6] != 17))
		return;
	src_port = load16(l4);
	dst_port = load16(l4 + 2);
	low_is_src = order < 0 || (order == 0 && src_port <= dst_port);
	memcpy(tuple->v6.low, ip + (low_is_src ? 8 : 24), 16);
	memcpy(tuple->v6.high, ip + (low_is_src ? 24 : 8), 16);
	tuple->v6.low_port = low_is_src ? src_port : dst_port;
	tuple->v6.high_port = low_is_src ? dst_port : src_port;
	tuple->v6.protocol = ip[6];
	tuple->len_bytes = TUPLE6_BYTES;
}

void tuple_of(const struct mw_packet *packet, struct tuple *tuple)
{
	const uint8_t *ip = packet->data + 14, *end = packet->data + packet->captured_bytes;

	tuple->len_bytes = 0;
	if (packet->captured_bytes < 14 + 20)
		return;
	if (packet->data[12] == 0x08)
		tuple4(ip, end, tuple);
	else if (packet->captured_bytes >= 14 + 40 && ip[6] != 4)
		tuple6(ip, end, tuple);
	else if (packet->captured_bytes >= 14 + 40 + 20)
		tuple4(ip + 40, end, tuple);
}
