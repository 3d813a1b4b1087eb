// SPDX-License-Identifier: BSD-3-Clause
// What is read past libpcap is what libpcap reads: for files as they should be, odd ones, and thousands of damaged
// ones.
// Neighbours: lib/input/direct.c, window.c; capture_pair.c compares.
#include "capture_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture_writer.h"
#include "mw_test.h"

#define MAGIC_US  0xa1b2c3d4u
#define MAGIC_NS  0xa1b23c4du
#define MUTATIONS 250u // of each seed

static int compare(const uint8_t *bytes, size_t count)
{
	char chars[2048];
	struct mw_text difference = mw_text_in(chars, sizeof(chars));
	int packets = capture_pair_compare(bytes, count, &difference);

	if (packets < 0)
		fail_msg("%s", chars);
	return packets;
}

static void make_pcap(struct writer *writer, uint32_t magic, uint32_t link_type)
{
	writer_pcap(writer, magic, 100, link_type);
	writer_record(writer, 1700000000, 5, 60, 60, 0xaa);
	writer_record(writer, 1700000000, 999999, 0, 0, 0);
	writer_record(writer, 1700000000, 999999, 60, 0, 0xbb); // some writers leave the length at 0
	writer_record(writer, 1700000001, 0, 100, 1500, 0xcc);
	writer_record(writer, 1700000001, 1, 14, 14, 0xdd);
}

static void make_pcap_odd(struct writer *writer, uint32_t magic)
{
	writer_pcap(writer, magic, 100, 1);
	writer_record(writer, 1, 1000000000, 20, 20, 1); // a fraction of a second and more
	writer_record(writer, 1, 2, 101, 101, 2); // beyond the snap length: cut
	writer_record(writer, 0x80000000, 3, 20, 20, 3);
	writer_record(writer, 0xffffffff, 0xffffffff, 20, 20, 4);
	writer_record(writer, 2, 0x80000001, 20, 20, 5);
	writer_record(writer, 3, 0, 300, 300, 6);
	writer_record(writer, 3, 1, 20, 20, 7);
}

static void make_pcapng(struct writer *writer, uint16_t link_type)
{
	writer_section(writer);
	writer_other(writer, 0x0bad);
	writer_interface(writer, link_type, 100);
	writer_interface_clock(writer, link_type, 100, 3, 1000);
	writer_packet(writer, 0, UINT64_C(1700000000123456789), 60, 1500, 0xaa);
	writer_other(writer, 5); // statistics
	writer_packet(writer, 1, 1699999000124, 61, 61, 0xbb);
	writer_simple(writer, 30, 30, 0xcc);
	writer_old_packet(writer, 1, 1699999001000, 33, 33, 0xdd);
	writer_section(writer);
	writer_interface_clock(writer, link_type, 100, 6, -7);
	writer_packet(writer, 0, UINT64_C(1700000003000000), 14, 14, 0xee);
}

static void make_pcapng_clocks(struct writer *writer)
{
	static const uint8_t resolutions[] = {0, 3, 6, 9, 12, 19, 0x80, 0x94, 0xa2};

	writer_section(writer);
	for (size_t i = 0; i < sizeof(resolutions); i++)
		writer_interface_clock(writer, 1, 30, resolutions[i], i % 2 == 0 ? 100 : -100);
	writer_simple(writer, 20, 20, 2);
	for (uint32_t i = 0; i < 3 * sizeof(resolutions); i++)
		writer_packet(writer, i % (uint32_t)sizeof(resolutions), UINT64_C(0x123456789abcdef) * (i + 1), 20, 20, 1);
	writer_simple(writer, 30, 1500, 2);
}

/** The seeds: what the formats allow, in both byte orders. */
static void make_seed(uint32_t number, struct writer *writer)
{
	*writer = (struct writer){.big_endian = number % 2 != 0};
	switch (number / 2) {
	case 0:
		make_pcap(writer, MAGIC_US, 1);
		break;
	case 1:
		make_pcap(writer, MAGIC_NS, 101);
		break;
	case 2:
		make_pcap(writer, MAGIC_NS, 113); // Linux cooked
		break;
	case 3:
		make_pcap_odd(writer, MAGIC_US);
		break;
	case 4:
		make_pcap_odd(writer, MAGIC_NS);
		break;
	case 5:
		make_pcapng(writer, 1);
		break;
	case 6:
		make_pcapng(writer, 276); // Linux cooked, version 2
		break;
	default:
		make_pcapng_clocks(writer);
		break;
	}
}

#define SEEDS 16u

static void whole_files_are_read_alike(void **state)
{
	static const int packets[] = {5, 5, 5, 7, 7, 5, 5, 29};

	(void)state;
	for (uint32_t i = 0; i < SEEDS; i++) {
		struct writer writer;

		make_seed(i, &writer);
		assert_int_equal(compare(writer.bytes, writer.len_bytes), packets[i / 2]);
	}
}

static void start_pcapng(struct writer *writer)
{
	*writer = (struct writer){.len_bytes = 0};
	writer_section(writer);
	writer_interface(writer, 1, 100);
	writer_packet(writer, 0, 1, 20, 20, 1);
}

static void odd_blocks_are_told_alike(void **state)
{
	static const struct {
		uint32_t type, bytes; // of the block
		uint32_t words[6]; // its body; zeros follow
		uint32_t trailer;
	} odd[] = {
		{6, 52, {0, 0, 2, 21, 21}, 52}, // captured beyond the block's end
		{6, 52, {0, 0, 2, 20, 20}, 48},
		{6, 28, {0, 0, 2, 0}, 28}, // no room for its own fields
		{6, 50, {0, 0, 2, 16, 16}, 50}, // not in words
		{6, 52, {1, 0, 2, 20, 20}, 52}, // no such interface
		{2, 52, {0, 0, 2, 21, 21}, 52},
		{3, 12, {0}, 12},
		{3, 32, {17}, 32},
		{3, 32, {16}, 32}, // this one is fine
		{1, 12, {0}, 12},
		{1, 20, {1, 100}, 20}, // and this, and it brings microseconds
		{1, 20, {101, 100}, 20}, // another link type
		{1, 20, {1, 99}, 20}, // another snap length
		{1, 28, {1, 100, 0x00010009, 0x14}, 28}, // 10^-20 s
		{1, 28, {1, 100, 0x00020009, 6}, 28}, // a resolution of two bytes
		{1, 24, {1, 100, 0x00080009}, 24}, // an option beyond the end
		{1, 28, {1, 100, 0x00010009, 0xa3}, 28}, // 2^-35 s
		{0x0a0d0d0a, 12, {0}, 12},
		{0x0a0d0d0a, 28, {0x1a2b3c4d, 1, 0, 0}, 28}, // fine, but no interface
		{0x0a0d0d0a, 28, {0x4d3c2b1a, 1, 0, 0}, 28}, // turns the byte order
		{0x0a0d0d0a, 28, {0x1a2b3c4d, 2, 0, 0}, 28},
		{0x0bad, 8, {0}, 8},
		{0x0bad, 16, {0}, 0},
		{0x0bad, 0xfffffffc, {0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(odd); i++) {
		struct writer writer;
		uint32_t body = MW_MAX(MW_MIN(odd[i].bytes, 52u), 12u) - 12;

		start_pcapng(&writer);
		writer_u32(&writer, odd[i].type);
		writer_u32(&writer, odd[i].bytes);
		for (uint32_t at = 0; at + 4 <= body; at += 4)
			writer_u32(&writer, at / 4 < 6 ? odd[i].words[at / 4] : 0);
		if (body % 4 != 0)
			writer_u16(&writer, 0);
		writer_u32(&writer, odd[i].trailer);
		writer_interface_clock(&writer, 1, 100, 6, 50);
		writer_packet(&writer, 0, 3, 20, 20, 2);
		writer_packet(&writer, 0, 4, 20, 20, 2);
		writer_packet(&writer, 0, 5, 20, 20, 2);
		writer_packet(&writer, 1, 4, 20, 20, 3);
		compare(writer.bytes, writer.len_bytes);
	}
}

static void other_headers_are_told_alike(void **state)
{
	static const uint32_t magics[] = {MAGIC_US, MAGIC_NS, 0xa1b2cd34, 0xa12b3c4d, 0xa1b234cd, 0};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(magics) * 8; i++) {
		struct writer writer = {.big_endian = i % 2 != 0};

		writer_pcap(&writer, magics[i / 8], i % 4 < 2 ? 100 : 0, 1);
		writer.bytes[writer.big_endian ? 7 : 6] = i % 8 < 4 ? 4 : 3; // minor version; 3: the lengths may be exchanged
		writer_record(&writer, 1, 2, 20, 30, 1);
		writer_record(&writer, 1, 3, 30, 20, 1);
		compare(writer.bytes, writer.len_bytes);
	}
}

static void files_cut_anywhere_are_told_alike(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SEEDS; i += 2) {
		struct writer writer;

		make_seed(i, &writer);
		for (size_t bytes = 1; bytes < writer.len_bytes; bytes++)
			compare(writer.bytes, bytes);
	}
}

static uint32_t random_next(uint64_t *state) // xorshift64*
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

static void put_u32(struct writer *writer, size_t at, uint32_t value)
{
	size_t len_bytes = writer->len_bytes;

	writer->len_bytes = at;
	writer_u32(writer, value);
	writer->len_bytes = MW_MAX(len_bytes, at + 4);
}

// One wound: a byte, a number that formats trip over, a piece doubled, a piece lost.
static void wound(struct writer *writer, uint64_t *state)
{
	static const uint32_t numbers[] = {
		0,   1,   2,      3,      4,      5,      6,          11,         12,         16,         28,      32,
		100, 101, 0xffff, 262144, 262145, 524288, 0x7fffffff, 0x80000000, 0xffffffff, 0x0a0d0d0a, 1000000, 1000000000};
	size_t words = writer->len_bytes / 4, at = random_next(state) % words * 4;
	size_t count = random_next(state) % 16 * 4;

	count = MW_MIN(count, writer->len_bytes - at);
	switch (random_next(state) % 5) {
	case 0:
		writer->bytes[random_next(state) % writer->len_bytes] = (uint8_t)random_next(state);
		break;
	case 1:
	case 2:
		put_u32(writer, at, numbers[random_next(state) % MW_ARRAY_SIZE(numbers)]);
		break;
	case 3:
		memmove(writer->bytes + at + count, writer->bytes + at, writer->len_bytes - at);
		writer->len_bytes += count;
		break;
	default:
		memmove(writer->bytes + at, writer->bytes + at + count, writer->len_bytes - at - count);
		writer->len_bytes = MW_MAX(writer->len_bytes - count, 4u);
		break;
	}
}

static void damaged_files_are_told_alike(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < SEEDS * MUTATIONS; i++) {
		struct writer writer;

		make_seed(i % SEEDS, &writer);
		for (uint32_t wounds = 1 + random_next(&random) % 3; wounds > 0; wounds--)
			wound(&writer, &random);
		compare(writer.bytes, writer.len_bytes);
	}
}

/** A file larger than the reader's memory between two reads. */
struct large {
	uint8_t *bytes;
	size_t count;
};

static void add_u32(struct large *large, uint32_t value)
{
	memcpy(large->bytes + large->count, &value, sizeof(value));
	large->count += sizeof(value);
}

static void add_record(struct large *large, uint32_t seconds, uint32_t caplen)
{
	add_u32(large, seconds);
	add_u32(large, caplen % 1000);
	add_u32(large, caplen);
	add_u32(large, caplen);
	memset(large->bytes + large->count, (int)(caplen % 251), caplen);
	large->count += caplen;
}

static void add_block(struct large *large, uint32_t type, uint32_t body)
{
	add_u32(large, type);
	add_u32(large, 12 + body);
	memset(large->bytes + large->count, 0, body);
	large->count += body;
	add_u32(large, 12 + body);
}

static struct large large_new(const struct writer *start, size_t bytes)
{
	struct large large = {.bytes = malloc(bytes), .count = start->len_bytes};

	assert_non_null(large.bytes);
	memcpy(large.bytes, start->bytes, start->len_bytes);
	return large;
}

static void frames_of_every_size_are_read_alike(void **state)
{
	static const uint32_t sizes[] = {60, 0, 1514, 65535, 100, 262144, 9000};
	struct writer writer = {0};
	struct large large;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 262144, 1);
	large = large_new(&writer, 24u << 20);
	for (uint32_t i = 0; i < 2000; i++)
		add_record(&large, i / 150, i % 31 == 0 ? sizes[i / 31 % MW_ARRAY_SIZE(sizes)] : 60 + i % 64);
	for (uint32_t i = 0; i < 66; i++) // a batch of the longest frames
		add_record(&large, 1000, 262144);
	assert_int_equal(compare(large.bytes, large.count), 2066);
	free(large.bytes);
}

static void many_oddities_are_read_alike(void **state)
{
	struct writer writer = {0};
	struct large large;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	large = large_new(&writer, 1u << 20);
	for (uint32_t i = 0; i < 5000; i++)
		add_record(&large, i / 900, i % 40 == 39 ? 101 : 60);
	assert_int_equal(compare(large.bytes, large.count), 5000);
	free(large.bytes);
}

// More than a window of blocks that nobody reads, among packets of one second.
static void long_stretches_of_other_blocks_are_passed_alike(void **state)
{
	struct writer writer = {0};
	struct large large;

	(void)state;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_packet(&writer, 0, 1, 20, 20, 1);
	large = large_new(&writer, 80u << 20);
	for (uint32_t i = 0; i < 140; i++)
		add_block(&large, 0x0bad, 500u << 10);
	add_block(&large, 0x0bad, 600u << 10);
	memcpy(large.bytes + large.count, writer.bytes + 60, writer.len_bytes - 60);
	large.count += writer.len_bytes - 60;
	assert_int_equal(compare(large.bytes, large.count), 2);
	free(large.bytes);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(whole_files_are_read_alike),   MW_TEST(odd_blocks_are_told_alike),
	MW_TEST(other_headers_are_told_alike), MW_TEST(files_cut_anywhere_are_told_alike),
	MW_TEST(damaged_files_are_told_alike), MW_TEST(frames_of_every_size_are_read_alike),
	MW_TEST(many_oddities_are_read_alike), MW_TEST(long_stretches_of_other_blocks_are_passed_alike),
};
MW_TEST_MAIN("capture_pair", tests)
