// SPDX-License-Identifier: BSD-3-Clause
// Blocks of pcapng: a handler for each type that says something about packets; the others are passed over.
// Neighbours: pcapng.h; tests/unit/input/pcapng_test.c holds this against libpcap.
#include "pcapng.h"

#include <byteswap.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_BYTES_MAX  (16u << 20) // as libpcap
#define INTERFACES_BYTES (PCAPNG_INTERFACES_MAX * sizeof(struct pcapng_interface))
#define BINARY_MAX       34 // 2^-34 s: what is finer overflows 64 bits, and is no nanosecond
#define DECIMAL_MAX      19 // 10^20 is beyond 64 bits

/** Block types, and the bytes in front of a packet's data. */
enum { SECTION = PCAPNG_MAGIC, INTERFACE = 1, PACKET_OLD = 2, PACKET_SIMPLE = 3, PACKET_ENHANCED = 6 };
enum { BLOCK_FRAME = 12, SECTION_FIXED = 24, SIMPLE_FIXED = 12, ENHANCED_FIXED = 28, INTERFACE_FIXED = 16 };
enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };
enum { ORDER_MAGIC = 0x1a2b3c4d };

/** Reads a block that is whole. @return PACKET and *record; END: nothing to give out, go on behind it; BROKEN. */
typedef enum pcapng_next handler(struct pcapng *pcapng, const uint8_t *block, struct record *record);

static uint16_t load_u16(const struct pcapng *pcapng, const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return pcapng->swapped ? bswap_16(value) : value;
}

static inline uint32_t load_u32(const struct pcapng *pcapng, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return pcapng->swapped ? bswap_32(value) : value;
}

static uint64_t load_u64(const struct pcapng *pcapng, const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return pcapng->swapped ? bswap_64(value) : value;
}

static MW_PRINTF(2, 3) enum pcapng_next fail(struct pcapng *pcapng, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(pcapng->why, sizeof(pcapng->why), format, arguments);
	va_end(arguments);
	return PCAPNG_BROKEN;
}

static uint64_t time_of(struct pcapng_interface *interface, uint64_t count)
{
	uint64_t rest;

	if (MW_UNLIKELY(count - interface->begin >= interface->ticks)) {
		interface->begin = count - count % interface->ticks;
		interface->begin_s = count / interface->ticks + interface->offset_s;
	}
	rest = ((count - interface->begin) >> interface->shift) * interface->up;
	if (interface->down != 1)
		rest /= interface->down;
	return record_time_ns((int64_t)interface->begin_s, rest);
}

static enum pcapng_next give(struct pcapng *pcapng, struct pcapng_interface *interface, uint64_t count,
							 struct record *record)
{
	(void)pcapng;
	record->time_ns = time_of(interface, count);
	record->dlt = interface->dlt;
	record->link = interface->link;
	return PCAPNG_PACKET;
}

// Enhanced packet block, and the obsolete one that differs in its interface field only.
static enum pcapng_next read_packet(struct pcapng *pcapng, const uint8_t *block, uint32_t interface,
									struct record *record)
{
	record->captured_bytes = load_u32(pcapng, block + 20);
	record->wire_bytes = load_u32(pcapng, block + 24);
	record->data = block + ENHANCED_FIXED;
	if (interface >= pcapng->interfaces_count)
		return fail(pcapng, "a packet of interface %u, and the section describes %u interfaces", interface,
					pcapng->interfaces_count);
	if (record->captured_bytes > pcapng->record_bytes - ENHANCED_FIXED - 4)
		return fail(pcapng, "a packet of %u captured bytes in a block of %u", record->captured_bytes,
					pcapng->record_bytes);
	return give(pcapng, &pcapng->interfaces[interface],
				(uint64_t)load_u32(pcapng, block + 12) << 32 | load_u32(pcapng, block + 16), record);
}

static enum pcapng_next read_enhanced(struct pcapng *pcapng, const uint8_t *block, struct record *record)
{
	return read_packet(pcapng, block, load_u32(pcapng, block + 8), record);
}

static enum pcapng_next read_old(struct pcapng *pcapng, const uint8_t *block, struct record *record)
{
	return read_packet(pcapng, block, load_u16(pcapng, block + 8), record);
}

// Simple packet block: of the first interface, without a time, and as long as the snap length allows.
static enum pcapng_next read_simple(struct pcapng *pcapng, const uint8_t *block, struct record *record)
{
	struct pcapng_interface *interface = &pcapng->interfaces[0];

	if (pcapng->interfaces_count == 0)
		return fail(pcapng, "a packet of an interface that no block describes");
	record->wire_bytes = load_u32(pcapng, block + 8);
	record->captured_bytes =
		interface->snap_bytes == 0 ? record->wire_bytes : MW_MIN(record->wire_bytes, interface->snap_bytes);
	record->data = block + SIMPLE_FIXED;
	if (record->captured_bytes > pcapng->record_bytes - SIMPLE_FIXED - 4)
		return fail(pcapng, "a packet of %u captured bytes in a block of %u", record->captured_bytes,
					pcapng->record_bytes);
	return give(pcapng, interface, 0, record);
}

static bool set_resolution(struct pcapng_interface *interface, uint8_t resolution)
{
	const bool is_binary = (resolution & 0x80) != 0; // a negative power of two
	const uint8_t power = resolution & 0x7f;

	if (power > (is_binary ? 63 : DECIMAL_MAX))
		return false;
	interface->ticks = is_binary ? UINT64_C(1) << power : 1;
	for (uint8_t i = 0; !is_binary && i < power; i++)
		interface->ticks *= 10;
	if (is_binary) {
		interface->shift = power > BINARY_MAX ? power - BINARY_MAX : 0;
		interface->up = MW_NS_PER_SECOND;
		interface->down = interface->ticks >> interface->shift;
		return true;
	}
	interface->up = interface->ticks < MW_NS_PER_SECOND ? MW_NS_PER_SECOND / interface->ticks : 1;
	interface->down = interface->ticks > MW_NS_PER_SECOND ? interface->ticks / MW_NS_PER_SECOND : 1;
	return true;
}

static enum pcapng_next read_option(struct pcapng *pcapng, const uint8_t *option, struct pcapng_interface *interface)
{
	const uint16_t code = load_u16(pcapng, option), length = load_u16(pcapng, option + 2);

	if (code == OPTION_RESOLUTION && length != 1)
		return fail(pcapng, "an interface with a time resolution of %u bytes", length);
	if (code == OPTION_RESOLUTION && !set_resolution(interface, option[4]))
		return fail(pcapng, "an interface with a time resolution of %u^-%u s", option[4] & 0x80 ? 2 : 10,
					option[4] & 0x7f);
	if (code == OPTION_OFFSET && length != 8)
		return fail(pcapng, "an interface with a time offset of %u bytes", length);
	if (code == OPTION_OFFSET)
		interface->offset_s = load_u64(pcapng, option + 4);
	return PCAPNG_END;
}

static enum pcapng_next read_interface(struct pcapng *pcapng, const uint8_t *block, struct record *record)
{
	const uint16_t dlt = dlt_of_link_type(load_u16(pcapng, block + 8));
	struct pcapng_interface interface = {.ticks = 1000000,
										 .up = 1000,
										 .down = 1,
										 .snap_bytes = load_u32(pcapng, block + 12),
										 .dlt = dlt,
										 .link = (uint8_t)link_of_dlt(dlt)};
	const uint32_t end = pcapng->record_bytes - 4;
	uint32_t length;

	(void)record;
	if (pcapng->interfaces_count == PCAPNG_INTERFACES_MAX)
		return fail(pcapng, "a section with more than %u interfaces", PCAPNG_INTERFACES_MAX);
	for (uint32_t at = INTERFACE_FIXED; end - at >= 4; at += 4 + length) {
		if (load_u16(pcapng, block + at) == OPTION_END)
			break;
		length = (load_u16(pcapng, block + at + 2) + 3u) / 4 * 4;
		if (length > end - at - 4)
			return fail(pcapng, "an interface with an option of %u bytes beyond its end", length);
		if (read_option(pcapng, block + at, &interface) == PCAPNG_BROKEN)
			return PCAPNG_BROKEN;
	}
	interface.begin_s = interface.offset_s;
	pcapng->interfaces[pcapng->interfaces_count++] = interface;
	return PCAPNG_END;
}

static enum pcapng_next read_section(struct pcapng *pcapng, const uint8_t *block, struct record *record)
{
	const uint16_t major = load_u16(pcapng, block + 12), minor = load_u16(pcapng, block + 14);

	(void)record;
	if (major != 1)
		return fail(pcapng, "a section of pcapng version %u.%u", major, minor);
	pcapng->interfaces_count = 0;
	return PCAPNG_END;
}

/** min_bytes: of the block, with its fixed fields and its frame. */
static const struct block {
	uint32_t type, min_bytes;
	handler *read;
} BLOCKS[] = {
	{PACKET_ENHANCED, ENHANCED_FIXED + 4, read_enhanced}, {PACKET_SIMPLE, SIMPLE_FIXED + 4, read_simple},
	{PACKET_OLD, ENHANCED_FIXED + 4, read_old},           {INTERFACE, INTERFACE_FIXED + 4, read_interface},
	{SECTION, SECTION_FIXED + 4, read_section},
};

// Statistics, names, secrets and what others invented have no handler.
static enum pcapng_next read_block(struct pcapng *pcapng, uint32_t type, const uint8_t *block, struct record *record)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(BLOCKS); i++) {
		if (BLOCKS[i].type != type)
			continue;
		if (pcapng->record_bytes < BLOCKS[i].min_bytes)
			return fail(pcapng, "a block of type %u of %u bytes", type, pcapng->record_bytes);
		return BLOCKS[i].read(pcapng, block, record);
	}
	return PCAPNG_END;
}

// The bytes are not there: no room, the end, or an end too early, of which whoever stores them knows more.
static enum pcapng_next stop_short(struct pcapng *pcapng)
{
	if (pcapng->window.is_full)
		return PCAPNG_LATER;
	if (pcapng->window.error == 0 && pcapng->window.end == pcapng->window.at)
		return PCAPNG_END;
	pcapng->why[0] = '\0';
	return PCAPNG_BROKEN;
}

// A section begins: its number of the byte order stands behind its length, which is in that order.
static enum pcapng_next turn_to_section(struct pcapng *pcapng)
{
	const uint8_t *head = window_peek(&pcapng->window, BLOCK_FRAME);
	uint32_t order;

	if (head == NULL)
		return stop_short(pcapng);
	memcpy(&order, head + 8, sizeof(order));
	if (order != ORDER_MAGIC && order != bswap_32(ORDER_MAGIC))
		return fail(pcapng, "a section of no byte order: 0x%08x", order);
	pcapng->swapped = order != ORDER_MAGIC;
	return PCAPNG_PACKET;
}

// A whole block with both its lengths right. @return PACKET and *block; others as pcapng_peek.
static enum pcapng_next peek_block(struct pcapng *pcapng, uint32_t *type, const uint8_t **block)
{
	const uint8_t *head = window_peek(&pcapng->window, 8);
	uint32_t bytes, again;

	if (MW_UNLIKELY(head == NULL))
		return stop_short(pcapng);
	*type = load_u32(pcapng, head);
	if (MW_UNLIKELY(*type == SECTION)) {
		enum pcapng_next next = turn_to_section(pcapng);

		if (next != PCAPNG_PACKET)
			return next;
		head = window_peek(&pcapng->window, 8);
	}
	bytes = load_u32(pcapng, head + 4);
	if (bytes < BLOCK_FRAME || bytes % 4 != 0 || bytes > BLOCK_BYTES_MAX)
		return fail(pcapng, "a block of type 0x%x with a length of %u bytes", *type, bytes);
	*block = window_peek(&pcapng->window, bytes);
	if (MW_UNLIKELY(*block == NULL))
		return stop_short(pcapng);
	again = load_u32(pcapng, *block + bytes - 4);
	if (again != bytes && *type != SECTION) // libpcap reads such a section, too
		return fail(pcapng, "a block of %u bytes that ends as one of %u", bytes, again);
	pcapng->record_bytes = bytes;
	return PCAPNG_PACKET;
}

enum pcapng_next pcapng_peek(struct pcapng *pcapng, struct record *record)
{
	for (;;) {
		const uint8_t *block = NULL;
		uint32_t type = 0;
		enum pcapng_next next = peek_block(pcapng, &type, &block);

		if (next != PCAPNG_PACKET)
			return next;
		next = read_block(pcapng, type, block, record);
		if (next != PCAPNG_END)
			return next;
		window_pass(&pcapng->window, pcapng->record_bytes);
	}
}

int pcapng_first_dlt(struct pcapng *pcapng)
{
	while (pcapng->interfaces_count == 0) {
		struct record record;
		const uint8_t *block = NULL;
		uint32_t type = 0;
		enum pcapng_next next = peek_block(pcapng, &type, &block);

		if (next == PCAPNG_END)
			fail(pcapng, "it describes no interface");
		if (next != PCAPNG_PACKET || read_block(pcapng, type, block, &record) != PCAPNG_END)
			return -1;
		window_pass(&pcapng->window, pcapng->record_bytes);
	}
	return pcapng->interfaces[0].dlt;
}

int pcapng_start(struct pcapng *pcapng, struct stream *stream)
{
	void *interfaces =
		mmap(NULL, INTERFACES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*pcapng = (struct pcapng){.why = ""};
	if (interfaces == MAP_FAILED)
		return -ENOMEM;
	pcapng->interfaces = interfaces;
	if (window_new(&pcapng->window, stream) == 0)
		return 0;
	munmap(interfaces, INTERFACES_BYTES);
	pcapng->interfaces = NULL;
	return -ENOMEM;
}

void pcapng_stop(struct pcapng *pcapng)
{
	if (pcapng->interfaces == NULL)
		return;
	window_free(&pcapng->window);
	munmap(pcapng->interfaces, INTERFACES_BYTES);
	pcapng->interfaces = NULL;
}
