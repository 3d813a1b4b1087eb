// SPDX-License-Identifier: BSD-3-Clause
// The name in a ClientHello: whole, cut anywhere, and with every length a lie.
// Neighbours: lib/detectors/outages/hello.c.
#include "hello.h"

#include "detector_world.h"
#include "outages.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

#define NAME "api.Enabler.ne.jp"

// openssl s_client -servername, ciphers and extensions reduced to what differs in kind.
static const uint8_t head[] = {22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3};
static const uint8_t middle[] = {4, 1, 2,    3, 4, // session
								 0, 4, 0x13, 1, 0x13, 2, // ciphers
								 1, 0}; // compressions
static const uint8_t before[] = {0, 0x0b, 0, 2, 1, 0}; // ec_point_formats
static const uint8_t after[] = {0, 0x2b, 0, 3, 2, 3, 4}; // supported_versions

struct hello {
	uint8_t bytes[512];
	size_t count, extensions_at, name_at; // name_at: the extension of the name
};

static void put(struct hello *hello, const void *bytes, size_t count)
{
	assert_true(hello->count + count <= sizeof(hello->bytes));
	memcpy(hello->bytes + hello->count, bytes, count);
	hello->count += count;
}

static void put_u16(struct hello *hello, size_t value)
{
	put(hello, (const uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void set_u16(struct hello *hello, size_t at, size_t value)
{
	hello->bytes[at] = (uint8_t)(value >> 8);
	hello->bytes[at + 1] = (uint8_t)value;
}

static struct hello hello_of(const char *name)
{
	static const uint8_t random[32];
	struct hello hello = {.count = 0};
	const size_t name_bytes = strlen(name);

	put(&hello, head, sizeof(head));
	put(&hello, random, sizeof(random));
	put(&hello, middle, sizeof(middle));
	hello.extensions_at = hello.count;
	put_u16(&hello, sizeof(before) + sizeof(after) + 9 + name_bytes);
	put(&hello, before, sizeof(before));
	hello.name_at = hello.count;
	put_u16(&hello, 0);
	put_u16(&hello, name_bytes + 5);
	put_u16(&hello, name_bytes + 3);
	put(&hello, "", 1);
	put_u16(&hello, name_bytes);
	put(&hello, name, name_bytes);
	put(&hello, after, sizeof(after));
	set_u16(&hello, 3, hello.count - 5);
	set_u16(&hello, 7, hello.count - 9);
	return hello;
}

/** Reads so many bytes of it, in memory that ends there. */
static bool read_cut(const struct hello *hello, size_t count, char name[OUTAGES_HELLO_NAME_BYTES])
{
	uint8_t *copy = malloc(count + 1);
	bool found;

	assert_non_null(copy);
	memcpy(copy + 1, hello->bytes, count);
	found = outages_hello_name(copy + 1, count, name);
	free(copy);
	return found;
}

static bool reads(const struct hello *hello)
{
	char name[OUTAGES_HELLO_NAME_BYTES];

	return read_cut(hello, hello->count, name);
}

static void a_name_is_read_in_small_letters(void **state)
{
	const struct hello hello = hello_of(NAME);
	const size_t end = hello.name_at + 9 + strlen(NAME);
	char name[OUTAGES_HELLO_NAME_BYTES];

	(void)state;
	for (size_t cut = 0; cut <= hello.count; cut++) // the rest of a long one comes in the next segment
		assert_int_equal(read_cut(&hello, cut, name), cut >= end);
	assert_string_equal(name, "api.enabler.ne.jp");
	assert_false(outages_hello_name(NULL, 0, name));
}

static void every_length_may_lie(void **state)
{
	static const uint8_t lies[] = {0, 1, 2, 0x7f, 0xff};
	const struct hello whole = hello_of(NAME);
	char name[OUTAGES_HELLO_NAME_BYTES];

	(void)state;
	for (size_t at = 0; at < whole.count; at++) {
		for (size_t lie = 0; lie < MW_ARRAY_SIZE(lies); lie++) {
			struct hello hello = whole;

			hello.bytes[at] = lies[lie];
			if (read_cut(&hello, hello.count, name))
				assert_true(strlen(name) < OUTAGES_HELLO_NAME_BYTES);
		}
	}
}

static void a_length_within_another_ends_with_it(void **state)
{
	const struct hello whole = hello_of(NAME);
	// of the record, the message, all extensions, the name's, the list; the name itself would be a shorter one
	const size_t places[] = {3, 7, whole.extensions_at, whole.name_at + 2, whole.name_at + 4};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(places); i++) {
		struct hello hello = whole;

		set_u16(&hello, places[i], 4);
		assert_false(reads(&hello));
	}
}

static void what_is_no_name_is_not_read(void **state)
{
	char longest[OUTAGES_HELLO_NAME_BYTES + 1];
	struct hello hello;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[OUTAGES_HELLO_NAME_BYTES] = '\0';
	hello = hello_of(longest);
	assert_false(reads(&hello));
	longest[OUTAGES_HELLO_NAME_BYTES - 1] = '\0';
	hello = hello_of(longest);
	assert_true(reads(&hello));
	hello = hello_of("");
	assert_false(reads(&hello));
	hello = hello_of("two words.example");
	assert_false(reads(&hello));
	hello = hello_of(NAME);
	hello.bytes[hello.name_at + 6] = 1; // a type of name that nobody knows
	assert_false(reads(&hello));
}

static void other_messages_have_no_name(void **state)
{
	static const size_t places[] = {0, 1, 5}; // of the record's type, its version, the message's type

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(places); i++) {
		struct hello hello = hello_of(NAME);

		hello.bytes[places[i]]++;
		assert_false(reads(&hello));
	}
}

static int start(void **state)
{
	static const struct outages_settings settings = {.enabled = true, .events_per_second = 500};

	return detector_worker_set_up(state, &mw_detector_outages, &settings, MW_NS_PER_SECOND);
}

static void send(struct detector_worker *worker, uint16_t port, uint8_t flags, const struct hello *hello)
{
	struct mw_packet packet = {
		.kinds = MW_KIND_TCP | (flags & MW_TCP_SYN ? MW_KIND_SYN : 0u) | (flags & MW_TCP_FIN ? MW_KIND_FIN : 0u),
		.fate = MW_FATE_ANALYSED,
		.family = 6,
		.protocol = 6,
		.tunnel = MW_LAYERS,
		.ttl = 64,
		.wire_bytes = 74,
		.src = {{0x20, 1, 0x0d, 0xb8, 1, [15] = 1}},
		.dst = {{0x20, 1, 0x0d, 0xb8, 2, [15] = 2}},
		.src_port = port,
		.dst_port = 443,
		.mac_src = {2, [5] = 1},
		.mac_dst = {2, [5] = 2},
		.time_ns = DETECTOR_EPOCH_NS,
		.tcp = {.seq = flags & MW_TCP_SYN ? 0 : 1, .window = 1000, .flags = flags, .header_bytes = 20},
	};

	packet.clock_ns = packet.time_ns;
	if (hello != NULL) {
		packet.kinds |= MW_KIND_PAYLOAD;
		packet.payload = hello->bytes;
		packet.payload_bytes = packet.payload_wire_bytes = (uint32_t)hello->count;
		packet.wire_bytes += (uint32_t)hello->count;
	}
	detector_worker_send(worker, &packet);
}

static void a_connection_is_watched_until_it_says_its_name(void **state)
{
	const struct hello hello = hello_of(NAME);
	struct detector_worker *worker = *state;
	const struct mw_event *event;
	struct outages_facts facts;

	send(worker, 50000, MW_TCP_SYN, NULL);
	assert_true(detector_worker_watches(worker));
	send(worker, 50000, MW_TCP_ACK, NULL);
	worker->events_count = 0;
	send(worker, 50000, MW_TCP_ACK, &hello);
	assert_false(detector_worker_watches(worker));
	assert_int_equal(worker->events_count, 1);
	event = detector_worker_event(worker, 0);
	memcpy(&facts, event->body, sizeof(facts));
	assert_int_equal(event->brief[0], OUTAGES_NAMES);
	assert_int_equal(facts.flow, mw_exchange_question(detector_world_key(), "api.enabler.ne.jp", 1));
}

static void a_flood_of_connections_is_not_watched(void **state)
{
	struct detector_worker *worker = *state;
	uint32_t watched = 0;

	for (uint16_t port = 0; port < 1000; port++) {
		send(worker, (uint16_t)(40000 + port), MW_TCP_SYN, NULL);
		watched += detector_worker_watches(worker);
	}
	assert_int_equal(watched, 50);
}

static void a_connection_that_ends_is_left(void **state)
{
	send(*state, 50000, MW_TCP_SYN, NULL);
	send(*state, 50000, MW_TCP_FIN | MW_TCP_ACK, NULL);
	assert_false(detector_worker_watches(*state));
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, start, detector_worker_tear_down)

static const struct CMUnitTest tests[] = {
	MW_TEST(a_name_is_read_in_small_letters),      MW_TEST(every_length_may_lie),
	MW_TEST(a_length_within_another_ends_with_it), MW_TEST(what_is_no_name_is_not_read),
	MW_TEST(other_messages_have_no_name),          STORY(a_connection_is_watched_until_it_says_its_name),
	STORY(a_flood_of_connections_is_not_watched),  STORY(a_connection_that_ends_is_left),
};

MW_TEST_MAIN("outages_hello", tests)
