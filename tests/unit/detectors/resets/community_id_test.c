// SPDX-License-Identifier: BSD-3-Clause
// Community ID against the published baseline of its specification.
// Neighbours: lib/detectors/resets/community_id.c.
#include "mw_test.h"

#include <arpa/inet.h>
#include <string.h>

#include "community_id.h"

static struct mw_event_flow flow_of(const char *src, uint16_t src_port, const char *dst, uint16_t dst_port,
									uint8_t protocol)
{
	struct mw_event_flow flow = {.src_port = src_port, .dst_port = dst_port, .protocol = protocol};
	uint8_t v4[4];

	if (inet_pton(AF_INET, src, v4) == 1) {
		flow.src = mw_address_from_v4(v4);
		assert_int_equal(inet_pton(AF_INET, dst, v4), 1);
		flow.dst = mw_address_from_v4(v4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, src, flow.src.bytes), 1);
		assert_int_equal(inet_pton(AF_INET6, dst, flow.dst.bytes), 1);
	}
	return flow;
}

static void assert_id(const struct mw_event_flow *flow, const char *expected)
{
	char id[COMMUNITY_ID_BYTES];

	community_id(flow, id);
	assert_string_equal(id, expected);
}

static void published_examples_agree(void **state)
{
	struct mw_event_flow tcp = flow_of("128.232.110.120", 34855, "66.35.250.204", 80, 6);
	struct mw_event_flow udp = flow_of("192.168.1.52", 54585, "8.8.8.8", 53, 17);

	(void)state;
	assert_id(&tcp, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	assert_id(&udp, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
}

static void both_directions_have_one_id(void **state)
{
	struct mw_event_flow there = flow_of("2001:db8::1", 443, "2001:db8::2", 50000, 6);
	struct mw_event_flow back = flow_of("2001:db8::2", 50000, "2001:db8::1", 443, 6);
	struct mw_event_flow same = flow_of("192.0.2.1", 2, "192.0.2.1", 1, 6);
	struct mw_event_flow same_back = flow_of("192.0.2.1", 1, "192.0.2.1", 2, 6);
	char id[COMMUNITY_ID_BYTES];

	(void)state;
	community_id(&there, id);
	assert_id(&back, id);
	community_id(&same, id);
	assert_id(&same_back, id);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(published_examples_agree),
	MW_TEST(both_directions_have_one_id),
};

MW_TEST_MAIN("detect_community_id", tests)
