// SPDX-License-Identifier: BSD-3-Clause
// Two formats, one rule: a record that is not wholly ordinary is left to libpcap.
// Neighbours: direct.h; tests/unit/input/capture_pair.c compares with libpcap. Follows its sf-pcap.c and sf-pcapng.c.
#include "direct.h"

#include <byteswap.h>
#include <string.h>

#define FRAME_BYTES_MAX 262144u // libpcap's own limit for the link types that we decode
#define BLOCK_BYTES_MAX (512u << 10) // of pcapng; larger ones are libpcap's
#define PCAP_HEADER     24u // bytes: of the file
#define PCAP_RECORD     16u // bytes: of a record
#define BINARY_MAX      34 // 2^-34 s: what is finer overflows libpcap's arithmetic

/** pcapng: block types, and the bytes in front of a packet's data. */
enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET_OLD = 2, PACKET_SIMPLE = 3, PACKET_ENHANCED = 6 };
enum { BLOCK_FRAME = 12, SIMPLE_FIXED = 12, ENHANCED_FIXED = 28, INTERFACE_FIXED = 16 };
enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

static uint16_t load_u16(const struct direct *direct, const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return direct->swapped ? bswap_16(value) : value;
}

static inline uint32_t load_u32(const struct direct *direct, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return direct->swapped ? bswap_32(value) : value;
}

static uint64_t load_u64(const struct direct *direct, const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return direct->swapped ? bswap_64(value) : value;
}

static bool peek_pcap(struct direct *direct, struct pcap_pkthdr *header, const uint8_t **data)
{
	const uint8_t *record = window_peek(&direct->window, PCAP_RECORD);
	uint32_t fraction;

	if (MW_UNLIKELY(record == NULL))
		return false;
	fraction = load_u32(direct, record + 4);
	header->caplen = load_u32(direct, record + 8);
	if (MW_UNLIKELY(fraction >= direct->fraction_end || header->caplen > direct->captured_max))
		return false;
	direct->record_bytes = PCAP_RECORD + header->caplen;
	record = window_peek(&direct->window, direct->record_bytes);
	if (MW_UNLIKELY(record == NULL))
		return false;
	header->ts.tv_sec = load_u32(direct, record);
	header->ts.tv_usec = (suseconds_t)fraction * direct->fraction_ns;
	header->len = load_u32(direct, record + 12);
	*data = record + PCAP_RECORD;
	return true;
}

static struct timeval time_of(struct direct_clock *clock, uint64_t count)
{
	uint64_t rest;

	if (MW_UNLIKELY(count - clock->begin >= clock->ticks)) {
		clock->begin = count - count % clock->ticks;
		clock->begin_s = count / clock->ticks + clock->offset_s;
	}
	rest = (count - clock->begin) * clock->up;
	if (clock->down != 1)
		rest /= clock->down;
	return (struct timeval){.tv_sec = (time_t)clock->begin_s, .tv_usec = (suseconds_t)rest};
}

// A whole block with both its lengths right; NULL for every other.
static const uint8_t *peek_block(struct direct *direct, uint32_t *type, uint32_t *bytes)
{
	const uint8_t *block = window_peek(&direct->window, 8);

	if (block == NULL)
		return NULL;
	*type = load_u32(direct, block);
	*bytes = load_u32(direct, block + 4);
	if (*bytes < BLOCK_FRAME || *bytes % 4 != 0 || *bytes > BLOCK_BYTES_MAX)
		return NULL;
	block = window_peek(&direct->window, *bytes);
	return block != NULL && load_u32(direct, block + *bytes - 4) == *bytes ? block : NULL;
}

// Enhanced packet block, and the obsolete one that differs in its interface field only.
static bool read_packet(struct direct *direct, const uint8_t *block, uint32_t type, struct pcap_pkthdr *header,
						const uint8_t **data)
{
	uint32_t interface;

	if (direct->record_bytes < ENHANCED_FIXED + 4)
		return false;
	interface = type == PACKET_OLD ? load_u16(direct, block + 8) : load_u32(direct, block + 8);
	header->caplen = load_u32(direct, block + 20);
	if (interface >= direct->clocks_count || header->caplen > direct->captured_max ||
		header->caplen > direct->record_bytes - ENHANCED_FIXED - 4)
		return false;
	header->ts = time_of(&direct->clocks[interface],
						 (uint64_t)load_u32(direct, block + 12) << 32 | load_u32(direct, block + 16));
	header->len = load_u32(direct, block + 24);
	*data = block + ENHANCED_FIXED;
	return true;
}

// Simple packet block: of the first interface, without a time, and as long as the snap length allows.
static bool read_simple(struct direct *direct, const uint8_t *block, struct pcap_pkthdr *header, const uint8_t **data)
{
	if (direct->record_bytes < SIMPLE_FIXED + 4 || direct->clocks_count == 0)
		return false;
	header->len = load_u32(direct, block + 8);
	header->caplen = MW_MIN(header->len, direct->snap_bytes);
	if (header->caplen > direct->captured_max || header->caplen > direct->record_bytes - SIMPLE_FIXED - 4)
		return false;
	header->ts = time_of(&direct->clocks[0], 0);
	*data = block + SIMPLE_FIXED;
	return true;
}

static bool peek_pcapng(struct direct *direct, struct pcap_pkthdr *header, const uint8_t **data)
{
	const uint8_t *block;
	uint32_t type;

	while ((block = peek_block(direct, &type, &direct->record_bytes)) != NULL) {
		if (MW_LIKELY(type == PACKET_ENHANCED || type == PACKET_OLD))
			return read_packet(direct, block, type, header, data);
		if (type == PACKET_SIMPLE)
			return read_simple(direct, block, header, data);
		if (type == SECTION || type == INTERFACE)
			return false;
		window_take(&direct->window, direct->record_bytes); // statistics, names, secrets, what others invented
	}
	return false;
}

bool direct_peek(struct direct *direct, struct pcap_pkthdr *header, const uint8_t **data)
{
	return direct->is_pcapng ? peek_pcapng(direct, header, data) : peek_pcap(direct, header, data);
}

static bool set_resolution(struct direct_clock *clock, uint8_t resolution)
{
	if (resolution & 0x80) { // a negative power of two
		if ((resolution & 0x7f) > BINARY_MAX)
			return false;
		clock->ticks = UINT64_C(1) << (resolution & 0x7f);
		clock->up = MW_NS_PER_SECOND;
		clock->down = clock->ticks;
		return true;
	}
	if (resolution > 19) // 10^20 is beyond 64 bits
		return false;
	clock->ticks = 1;
	for (uint8_t i = 0; i < resolution; i++)
		clock->ticks *= 10;
	clock->up = clock->ticks < MW_NS_PER_SECOND ? MW_NS_PER_SECOND / clock->ticks : 1;
	clock->down = clock->ticks > MW_NS_PER_SECOND ? clock->ticks / MW_NS_PER_SECOND : 1;
	return true;
}

// libpcap has accepted this block: what does not fit here is a block that libpcap knows better.
static bool learn_interface(struct direct *direct, const uint8_t *block, uint32_t bytes)
{
	struct direct_clock clock = {.ticks = 1000000, .up = 1000, .down = 1};
	uint32_t end = bytes - 4, length;

	if (direct->clocks_count == DIRECT_INTERFACES_MAX || bytes < INTERFACE_FIXED + 4)
		return false;
	for (uint32_t at = INTERFACE_FIXED; end - at >= 4; at += 4 + (length + 3) / 4 * 4) {
		uint16_t code = load_u16(direct, block + at);

		length = load_u16(direct, block + at + 2);
		if (code == OPTION_END)
			break;
		if ((length + 3) / 4 * 4 > end - at - 4)
			return false;
		if (code == OPTION_RESOLUTION && (length != 1 || !set_resolution(&clock, block[at + 4])))
			return false;
		if (code == OPTION_OFFSET) {
			if (length != 8)
				return false;
			clock.offset_s = load_u64(direct, block + at + 4);
		}
	}
	clock.begin_s = clock.offset_s;
	direct->clocks[direct->clocks_count++] = clock;
	return true;
}

// Blocks that libpcap has read, from where this stands to offset.
static bool learn(struct direct *direct, uint64_t offset)
{
	while (direct_tell(direct) < offset) {
		uint32_t type, bytes;
		const uint8_t *block;

		window_release(&direct->window);
		block = peek_block(direct, &type, &bytes);
		if (block == NULL)
			return false;
		if (type == SECTION)
			direct->clocks_count = 0;
		else if (type == INTERFACE && !learn_interface(direct, block, bytes))
			return false;
		window_take(&direct->window, bytes);
	}
	return direct_tell(direct) == offset;
}

bool direct_resume(struct direct *direct, uint64_t offset)
{
	if (direct->is_pcapng)
		direct->usable = learn(direct, offset);
	else
		window_seek(&direct->window, offset);
	return direct->usable;
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

void direct_start(struct direct *direct, int fd, pcap_t *pcap, uint64_t offset)
{
	const uint8_t *start;
	uint32_t magic;

	*direct = (struct direct){.swapped = pcap_is_swapped(pcap) != 0};
	if (pcap_snapshot(pcap) <= 0 || window_new(&direct->window, fd) != 0)
		return;
	start = window_peek(&direct->window, PCAP_HEADER);
	if (start == NULL)
		return;
	direct->snap_bytes = (uint32_t)pcap_snapshot(pcap);
	direct->captured_max = MW_MIN(direct->snap_bytes, FRAME_BYTES_MAX);
	magic = load_u32(direct, start);
	direct->is_pcapng = magic == SECTION; // the same in either byte order
	direct->usable = direct->is_pcapng || start_pcap(direct, pcap, magic);
	if (direct->usable)
		direct_resume(direct, offset);
}

void direct_stop(struct direct *direct)
{
	window_free(&direct->window);
}

void direct_release(struct direct *direct)
{
	window_release(&direct->window);
}
