// SPDX-License-Identifier: BSD-3-Clause
// Order and text of events.
// Neighbours: lib/event/event.c.
#include "mw_event.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

static struct mw_event event_of(uint64_t time_ns, uint16_t kind, uint8_t last, uint8_t body)
{
	const uint8_t src[4] = {192, 0, 2, last};
	struct mw_event event;

	memset(&event, 0, sizeof(event));
	event.time_ns = time_ns;
	event.kind = kind;
	event.flow.src = mw_address_from_v4(src);
	event.body_bytes = 1;
	event.body[0] = body;
	return event;
}

static void order_is_time_then_kind_then_flow_then_body(void **state)
{
	const struct mw_event sorted[] = {event_of(1, 9, 9, 9), event_of(2, 1, 9, 9), event_of(2, 2, 1, 9),
									  event_of(2, 2, 2, 1), event_of(2, 2, 2, 2)};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(sorted); i++) {
		for (size_t j = 0; j < MW_ARRAY_SIZE(sorted); j++) {
			int order = mw_event_compare(&sorted[i], &sorted[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void the_worker_that_sent_it_does_not_matter(void **state)
{
	struct mw_event one = event_of(5, 5, 5, 5);
	struct mw_event other = one;

	(void)state;
	other.worker = 3;
	assert_int_equal(mw_event_compare(&one, &other), 0);
}

static void what_lies_behind_the_body_does_not_matter(void **state)
{
	struct mw_event one = event_of(5, 5, 5, 5);
	struct mw_event other = one;

	(void)state;
	other.body[1] = 7;
	assert_int_equal(mw_event_compare(&one, &other), 0);
	other.body_bytes = 2;
	assert_true(mw_event_compare(&one, &other) < 0);
	assert_true(mw_event_compare(&other, &one) > 0);
}

static void a_body_is_no_longer_than_its_room(void **state)
{
	struct mw_event event = event_of(5, 5, 5, 5);

	(void)state;
	assert_int_equal(mw_event_used_bytes(&event), MW_EVENT_BYTES - MW_EVENT_BODY_BYTES + 1);
	event.body_bytes = UINT32_MAX;
	assert_int_equal(mw_event_used_bytes(&event), MW_EVENT_BYTES);
	assert_int_equal(mw_event_compare(&event, &event), 0);
}

static void text_names_both_ends(void **state)
{
	struct mw_event event = event_of(1768123800123456789, 1, 7, 0);
	char chars[256];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	event.flow.src_port = 443;
	event.flow.dst.bytes[0] = 0x20;
	event.flow.dst.bytes[1] = 0x01;
	event.flow.dst.bytes[15] = 1;
	event.flow.dst_port = 50000;
	mw_event_add_ends(&text, &event);
	assert_string_equal(chars, "192.0.2.7:443 > [2001::1]:50000");
	event.flow.src_port = 65535;
	event.flow.dst_port = 1;
	text = mw_text_in(chars, sizeof(chars));
	mw_event_add_ends(&text, &event);
	assert_string_equal(chars, "192.0.2.7:65535 > [2001::1]:1");
}

static void addresses_without_port_need_no_brackets(void **state)
{
	struct mw_event event = event_of(1768123800000000000, 1, 7, 0);
	char chars[256];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	event.flow.dst.bytes[15] = 1;
	mw_event_add_ends(&text, &event);
	assert_string_equal(chars, "192.0.2.7 > ::1");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(order_is_time_then_kind_then_flow_then_body),
	MW_TEST(the_worker_that_sent_it_does_not_matter),
	MW_TEST(what_lies_behind_the_body_does_not_matter),
	MW_TEST(a_body_is_no_longer_than_its_room),
	MW_TEST(text_names_both_ends),
	MW_TEST(addresses_without_port_need_no_brackets),
};

MW_TEST_MAIN("event", tests)
