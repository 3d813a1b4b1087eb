// SPDX-License-Identifier: BSD-3-Clause
// One rule: a record that is not wholly ordinary is left to libpcap.
// Neighbours: direct.h; tests/unit/input/capture_pair.c compares with libpcap. Follows its sf-pcap.c.
#include "direct.h"

#include <byteswap.h>
#include <string.h>

#define FRAME_BYTES_MAX 262144u // libpcap's own limit for the link types that we decode
#define PCAP_HEADER     24u // bytes: of the file
#define PCAP_RECORD     16u // bytes: of a record

static inline uint32_t load_u32(const struct direct *direct, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return direct->swapped ? bswap_32(value) : value;
}

bool direct_peek(struct direct *direct, struct record *packet)
{
	const uint8_t *record = window_peek(&direct->window, PCAP_RECORD);
	uint32_t fraction;

	if (MW_UNLIKELY(record == NULL))
		return false;
	fraction = load_u32(direct, record + 4);
	packet->captured_bytes = load_u32(direct, record + 8);
	if (MW_UNLIKELY(fraction >= direct->fraction_end || packet->captured_bytes > direct->captured_max))
		return false;
	direct->record_bytes = PCAP_RECORD + packet->captured_bytes;
	record = window_peek(&direct->window, direct->record_bytes);
	if (MW_UNLIKELY(record == NULL))
		return false;
	packet->time_ns = record_time_ns(load_u32(direct, record), (uint64_t)fraction * direct->fraction_ns);
	packet->wire_bytes = load_u32(direct, record + 12);
	packet->data = record + PCAP_RECORD;
	return true;
}

// The classic format in microseconds or nanoseconds; its older versions and its variants are libpcap's.
static bool start_pcap(struct direct *direct, pcap_t *pcap, uint32_t magic)
{
	bool is_ns = magic == 0xa1b23c4d;

	if ((magic != 0xa1b2c3d4 && !is_ns) || pcap_major_version(pcap) != 2 || pcap_minor_version(pcap) != 4)
		return false;
	direct->fraction_end = is_ns ? 1000000000 : 1000000;
	direct->fraction_ns = is_ns ? 1 : 1000;
	return true;
}

void direct_start(struct direct *direct, struct stream *stream, pcap_t *pcap, uint64_t offset)
{
	const uint8_t *start;

	*direct = (struct direct){.swapped = pcap_is_swapped(pcap) != 0};
	if (pcap_snapshot(pcap) <= 0 || window_new(&direct->window, stream) != 0)
		return;
	start = window_peek(&direct->window, PCAP_HEADER);
	if (start == NULL)
		return;
	direct->captured_max = MW_MIN((uint32_t)pcap_snapshot(pcap), FRAME_BYTES_MAX);
	direct->usable = start_pcap(direct, pcap, load_u32(direct, start));
	if (direct->usable)
		direct_resume(direct, offset);
}

void direct_resume(struct direct *direct, uint64_t offset)
{
	window_seek(&direct->window, offset);
}

void direct_stop(struct direct *direct)
{
	window_free(&direct->window);
}

void direct_release(struct direct *direct)
{
	window_release(&direct->window);
}
