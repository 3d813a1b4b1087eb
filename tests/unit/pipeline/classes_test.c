// SPDX-License-Identifier: BSD-3-Clause
// Every packet counts once in its family, protocol, encapsulations and service; every flow once.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/classes.c.
#include "pipeline_world.h"
#include "mw_test.h"

static struct pb pb;
static uint64_t now_ns;

static struct mw_packet send(struct pipeline_world *world)
{
	pb_finish(&pb);
	now_ns += 10 * MW_NS_PER_MS;
	return world_send_built(world, &pb, WORLD_EPOCH_NS + now_ns);
}

static void start(void)
{
	pb_init(&pb);
	pb_ethernet(&pb);
}

#define packets(dimension, name) world_class(world, "class-packets", dimension, name)
#define flows(dimension, name)   world_class(world, "class-flows", dimension, name)

static void dimension_sums_to(const struct pipeline_world *world, const char *dimension, uint64_t expected)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		if (mw_pipeline_classes[i].dimension[0] == dimension[0])
			sum += world_sum(world, world->counters.classes_packets + i);
	}
	assert_int_equal(sum, expected);
}

static void packet_counts_in_family_and_protocol(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	start();
	pb_ipv4(&pb);
	pb_tcp(&pb);
	send(world);
	start();
	pb_ipv6(&pb);
	pb_icmp6(&pb, .type = 128);
	send(world);
	start();
	pb_ipv6(&pb);
	pb_udp(&pb);
	send(world);
	start();
	pb_ipv4(&pb, .protocol = 254);
	pb_fill(&pb, 8);
	send(world);
	start();
	pb_arp(&pb);
	send(world);
	assert_int_equal(packets("family", "ipv4"), 2);
	assert_int_equal(packets("family", "ipv6"), 2);
	assert_int_equal(packets("protocol", "tcp"), 1);
	assert_int_equal(packets("protocol", "udp"), 1);
	assert_int_equal(packets("protocol", "icmpv6"), 1);
	assert_int_equal(packets("protocol", "other"), 1);
	dimension_sums_to(world, "family", 5);
	dimension_sums_to(world, "protocol", 4);
	world_free(world);
}

static void two_tags_are_one_packet_of_class_vlan(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	start();
	pb_vlan(&pb, 7);
	pb_vlan(&pb, 8);
	pb_ipv4(&pb);
	pb_tcp(&pb);
	send(world);
	assert_int_equal(packets("encapsulation", "vlan"), 1);
	dimension_sums_to(world, "encapsulation", 1);
	world_free(world);
}

static void every_encapsulation_of_a_packet_counts(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet packet;

	(void)state;
	start();
	pb_qinq(&pb, 7);
	pb_ipv6(&pb);
	pb_ipv4(&pb, .src = "10.0.0.1");
	pb_udp(&pb);
	packet = send(world);
	assert_int_equal(packets("encapsulation", "qinq"), 1);
	assert_int_equal(packets("encapsulation", "4in6"), 1);
	assert_int_equal(packets("family", "ipv4"), 1); // the innermost one's
	assert_int_equal(packets("family", "ipv6"), 0);
	assert_int_equal(world_count(world, "pipeline", "tunnelled"), 1);
	assert_int_equal(world_class(world, "class-bytes", "encapsulation", "4in6"), packet.wire_bytes);
	world_free(world);
}

static void service_by_port_without_payload(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	start();
	pb_ipv4(&pb);
	pb_tcp(&pb, .dport = 443, .flags = MW_TCP_SYN);
	send(world);
	assert_int_equal(packets("service", "tls"), 1);
	assert_int_equal(flows("service", "tls"), 0); // until it shows a payload
	world_free(world);
}

static void tcp_payload(struct pipeline_world *world, uint16_t dport, uint32_t seq, const char *text)
{
	start();
	pb_ipv4(&pb);
	pb_tcp(&pb, .dport = dport, .seq = seq, .flags = MW_TCP_ACK | MW_TCP_PSH);
	pb_text(&pb, text);
	send(world);
}

static void service_by_signature_on_another_port(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	tcp_payload(world, 18080, 1, "GET / HTTP/1.1\r\n\r\n");
	tcp_payload(world, 18080, 20, "more of it");
	assert_int_equal(packets("service", "http"), 2); // the flow keeps it
	assert_int_equal(packets("service", "unknown"), 0);
	assert_int_equal(flows("service", "http"), 1);
	world_free(world);
}

static void signature_beats_the_port(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	tcp_payload(world, 443, 1, "SSH-2.0-OpenSSH_9.2\r\n");
	assert_int_equal(packets("service", "ssh"), 1);
	assert_int_equal(packets("service", "tls"), 0);
	world_free(world);
}

static void flow_counts_once(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		tcp_payload(world, 443, i, "x");
	assert_int_equal(flows("family", "ipv4"), 1);
	assert_int_equal(flows("protocol", "tcp"), 1);
	assert_int_equal(flows("service", "tls"), 1);
	assert_int_equal(packets("service", "tls"), 10);
	assert_int_equal(world_count(world, "flow", "new"), 1);
	world_free(world);
}

static void reset_counts_and_its_payload_is_no_service(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	start();
	pb_ipv4(&pb);
	pb_tcp(&pb, .dport = 18080, .flags = MW_TCP_RST | MW_TCP_ACK);
	pb_text(&pb, "GET / HTTP/1.1\r\n");
	send(world);
	assert_int_equal(world_count(world, "pipeline", "resets"), 1);
	assert_int_equal(packets("service", "http"), 0);
	world_free(world);
}

static void tags_and_sessions_without_ip_count_too(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	start();
	pb_qinq(&pb, 100);
	pb_arp(&pb);
	send(world);
	start();
	pb_qinq(&pb, 100);
	pb_vlan(&pb, 7);
	pb_arp(&pb);
	send(world);
	start();
	pb_vlan(&pb, 7);
	pb_pppoe(&pb, 1);
	pb_payload(&pb, "\xc0\x21\x09\1\0\x08\0\0\0\0", 10); // LCP echo
	send(world);
	start();
	pb_mpls(&pb, 16);
	pb_text(&pb, "0123456789012345"); // neither IP nor Ethernet
	send(world);
	assert_int_equal(packets("family", "no-ip"), 4);
	assert_int_equal(packets("encapsulation", "qinq"), 2);
	assert_int_equal(packets("encapsulation", "vlan"), 2);
	assert_int_equal(packets("encapsulation", "pppoe"), 1);
	assert_int_equal(packets("encapsulation", "mpls"), 1);
	dimension_sums_to(world, "protocol", 0);
	dimension_sums_to(world, "service", 0);
	assert_int_equal(world_count(world, "pipeline", "other"), 4);
	world_free(world);
}

static void later_pieces_count_by_their_protocol(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *counter, *class;
	} cases[] = {{17, "udp", "udp"}, {6, "tcp", "tcp"}, {1, "icmp", "icmp"}, {50, "other", "other"}};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		for (int family = 4; family <= 6; family += 2) {
			struct pipeline_world *world = world_new(1);

			start();
			if (family == 4) {
				pb_ipv4(&pb, .protocol = cases[i].protocol, .fragment_offset_bytes = 1480);
			} else {
				pb_ipv6(&pb);
				pb_fragment6(&pb, .next_header = cases[i].protocol, .offset_bytes = 1448);
			}
			pb_fill(&pb, 64);
			send(world);
			assert_int_equal(world_count(world, "pipeline", cases[i].counter), 1);
			assert_int_equal(packets("protocol", cases[i].class), 1);
			world_free(world);
		}
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(tags_and_sessions_without_ip_count_too),
	MW_TEST(later_pieces_count_by_their_protocol),
	MW_TEST(packet_counts_in_family_and_protocol),
	MW_TEST(two_tags_are_one_packet_of_class_vlan),
	MW_TEST(every_encapsulation_of_a_packet_counts),
	MW_TEST(service_by_port_without_payload),
	MW_TEST(service_by_signature_on_another_port),
	MW_TEST(signature_beats_the_port),
	MW_TEST(flow_counts_once),
	MW_TEST(reset_counts_and_its_payload_is_no_service),
};

MW_TEST_MAIN("pipeline_classes", tests)
