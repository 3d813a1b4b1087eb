// SPDX-License-Identifier: BSD-3-Clause
// Too-big reports and what senders make of them; handshakes; datagrams in pieces.
// Neighbours: lib/detectors/paths/icmp.c, reaction.c, repeat.c; worker_world.h tells the stories.
#include "mw_test.h"

#include "worker_world.h"

static void report_is_told_with_its_words(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	assert_int_equal(world_told(*state, PATH_REPORT), 1); // at once
	facts = world_facts(*state, PATH_REPORT, 0);
	assert_int_equal(facts->mtu_bytes, 1380);
	assert_int_equal(facts->quoted_bytes, 1500);
	assert_int_equal(facts->count, 1);
	assert_true(facts->flow_known);
	assert_int_equal(facts->reporter.bytes[15], 1);
	assert_int_equal(facts->told.bytes[12], 10);
	assert_int_equal(world_event(*state, PATH_REPORT, 0)->flow.src.bytes[12], 10);
	assert_int_equal(world_event(*state, PATH_REPORT, 0)->flow.dst.bytes[12], 203);
}

static void reports_that_repeat_are_counted(void **state)
{
	for (uint32_t i = 0; i < 8; i++)
		world_report(*state, .at_ms = 60 + i, .mtu = 1380, .quoted_bytes = 1500, .unknown_flow = true);
	assert_int_equal(world_told(*state, PATH_REPORT), 1);
	world_tick(*state, 2000);
	assert_int_equal(world_told(*state, PATH_REPORT), 2);
	assert_int_equal(world_facts(*state, PATH_REPORT, 1)->count, 7);
	assert_false(world_facts(*state, PATH_REPORT, 1)->flow_known);
	world_report(*state, .at_ms = 2100, .mtu = 1380, .quoted_bytes = 1500, .unknown_flow = true);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REPORT), 3);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
}

/** Guesses of a blind forger: other ports each, or other numbers, are no reports that agree. */
static void reports_that_quote_other_ports_or_numbers_are_not_alike(void **state)
{
	for (uint32_t i = 0; i < 40; i++)
		world_report(*state, .at_ms = 60 + i, .mtu = 1380, .quoted_bytes = 1500, .port = (uint16_t)(1000 + i));
	for (uint32_t i = 0; i < 5; i++)
		world_report(*state, .at_ms = 1070 + i, .mtu = 1380, .quoted_bytes = 1500, .port = 7, .seq = i << 28);
	for (uint32_t i = 0; i < 3; i++)
		world_report(*state, .at_ms = 2100 + i, .mtu = 1380, .quoted_bytes = 1500, .port = 7, .seq = i * 1448);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REPORT), 4);
	assert_int_equal(world_facts(*state, PATH_REPORT, 0)->alike, 1);
	assert_int_equal(world_facts(*state, PATH_REPORT, 1)->count, 40);
	assert_int_equal(world_facts(*state, PATH_REPORT, 1)->alike, 1);
	assert_int_equal(world_facts(*state, PATH_REPORT, 2)->count, 5);
	assert_int_equal(world_facts(*state, PATH_REPORT, 2)->alike, 1);
	assert_int_equal(world_facts(*state, PATH_REPORT, 3)->alike, 2);
}

static void two_routers_are_two_reports(void **state)
{
	world_report(*state, .at_ms = 60, .mtu = 1440, .quoted_bytes = 1500, .unknown_flow = true);
	world_report(*state, .at_ms = 61, .mtu = 1380, .quoted_bytes = 1440, .reporter = 9, .unknown_flow = true);
	assert_int_equal(world_told(*state, PATH_REPORT), 2);
	assert_int_equal(world_facts(*state, PATH_REPORT, 1)->reporter.bytes[15], 9);
}

static void sender_that_resends_in_smaller_packets_honours(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	for (uint32_t i = 0; i < 4; i++)
		world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 61, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	world_send(*state, .at_ms = 62, .flags = ACK, .seq = 6893, .ack = 5091, .bytes = 1448); // was on its way
	world_send(*state, .at_ms = 63, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1328);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
	world_send(*state, SERVER, .at_ms = 83, .flags = ACK, .seq = 5091, .ack = 2429);
	assert_int_equal(world_told(*state, PATH_REACTION), 1);
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_HONOURED);
	assert_int_equal(facts->mtu_bytes, 1380);
	assert_int_equal(facts->largest_acked, 1380);
	assert_int_equal(facts->sent_after, 0);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

/** The next hop is narrower still, and silent: what the sender cut them to is lost, too. */
static void smaller_packets_that_nobody_acknowledges_did_not_pass(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	for (uint32_t i = 0; i < 4; i++)
		world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 61, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t at_ms = 400; at_ms < 30000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1328);
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_HONOURED);
	assert_int_equal(facts->largest_acked, 0);
	assert_int_equal(world_facts(*state, PATH_STUCK, 0)->end, PATH_GAVE_UP);
	assert_int_equal(world_facts(*state, PATH_STUCK, 0)->smallest_lost, 1380);
	assert_true(world_facts(*state, PATH_STUCK, 0)->full_size); // as large as the report allows
}

static void other_bytes_that_are_sent_again_are_no_answer(void **state)
{
	world_talk(*state, 0);
	world_send(*state, .at_ms = 58, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 200);
	world_send(*state, .at_ms = 59, .flags = ACK, .seq = 1301, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .seq = 1301);
	world_send(*state, .at_ms = 61, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 200);
	world_send(*state, SERVER, .at_ms = 81, .flags = ACK, .seq = 5091, .ack = 1301);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_NONE_SEEN);
}

static void counts_that_wait_are_told_at_the_end(void **state)
{
	world_settings(*state)->steps_per_second = 1;
	for (uint32_t i = 0; i < 5; i++)
		world_report(*state, .at_ms = 60 + i, .mtu = 1380, .quoted_bytes = 1500, .unknown_flow = true);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REPORT), 2);
	assert_int_equal(world_facts(*state, PATH_REPORT, 1)->count, 4);
}

static void sender_that_goes_on_ignores(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	for (uint32_t at_ms = 61; at_ms < 8000; at_ms *= 2) {
		world_report(*state, .at_ms = at_ms, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
		world_send(*state, .at_ms = at_ms * 2 - 1, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	}
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_IGNORED);
	assert_int_equal(facts->sent_after, 6); // those of the first quarter of a second are forgiven
	assert_int_equal(facts->smallest_lost, 1500);
	assert_true(world_facts(*state, PATH_STUCK, 0)->reported);
}

static void packets_on_their_way_are_forgiven(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t i = 0; i < 20; i++)
		world_send(*state, .at_ms = 61 + i, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_NONE_SEEN);
	assert_int_equal(facts->sent_after, 0);
}

static void small_talk_is_no_answer_to_a_report(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t i = 0; i < 5; i++)
		world_send(*state, .at_ms = 1000 + i, .flags = ACK, .seq = 2549 + i * 10, .ack = 5091, .bytes = 10);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_NONE_SEEN);
}

static void new_packets_cut_to_the_limit_honour(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .seq = 1101);
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 2549, .ack = 5091, .bytes = 1328);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_HONOURED);
}

static void lower_report_begins_anew(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1440, .quoted_bytes = 1500, .seq = 1101);
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1388);
	world_report(*state, .at_ms = 1001, .mtu = 1380, .quoted_bytes = 1440, .seq = 1101, .reporter = 9);
	world_send(*state, .at_ms = 1100, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1328);
	world_send(*state, SERVER, .at_ms = 1120, .flags = ACK, .seq = 5091, .ack = 2429);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REACTION), 2);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->reaction, PATH_HONOURED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->mtu_bytes, 1440);
	assert_int_equal(world_facts(*state, PATH_REACTION, 1)->reaction, PATH_HONOURED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 1)->mtu_bytes, 1380);
	assert_int_equal(world_facts(*state, PATH_REACTION, 1)->largest_acked, 1380);
}

static void udp_sender_with_smaller_packets_honours(void **state)
{
	world_send(*state, .udp = true, .at_ms = 0, .bytes = 1400);
	world_report(*state, .udp = true, .at_ms = 1, .mtu = 1380, .quoted_bytes = 1428);
	for (uint32_t i = 0; i < 3; i++)
		world_send(*state, .udp = true, .at_ms = 600 + i * 300, .bytes = 1000 + i * 100);
	world_tick(*state, 1500);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
	world_tick(*state, 3000);
	assert_int_equal(world_told(*state, PATH_REACTION), 1);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->reaction, PATH_HONOURED);
	world_tick(*state, 6000);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REACTION), 1);
}

static void single_small_packet_is_waited_out(void **state)
{
	world_send(*state, .udp = true, .at_ms = 0, .bytes = 1400);
	world_report(*state, .udp = true, .at_ms = 1, .mtu = 1380, .quoted_bytes = 1428);
	world_send(*state, .udp = true, .at_ms = 600, .bytes = 1000);
	world_tick(*state, 5000);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
	world_tick(*state, 11000);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->reaction, PATH_HONOURED);
}

static void udp_sender_with_large_packets_ignores(void **state)
{
	const struct path_facts *facts;

	for (uint32_t i = 0; i < 24; i++) {
		world_send(*state, .udp = true, .at_ms = i * 300, .bytes = i % 3 == 0 ? 1000 : 1400 + i);
		if (i % 3 != 0)
			world_report(*state, .udp = true, .at_ms = i * 300, .mtu = 1380, .quoted_bytes = 1428 + i);
	}
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_IGNORED);
	assert_int_equal(facts->sent_after, 15);
	assert_int_equal(facts->smallest_lost, 1430);
}

static void packets_that_may_be_fragmented_are_not_too_big(void **state)
{
	world_send(*state, .udp = true, .at_ms = 0, .bytes = 1400);
	world_report(*state, .udp = true, .at_ms = 1, .mtu = 1380, .quoted_bytes = 1428);
	for (uint32_t i = 0; i < 5; i++)
		world_send(*state, .udp = true, .at_ms = 600 + i * 300, .bytes = 1400, .may_fragment = true);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_HONOURED);
}

static void report_without_mtu_means_the_next_plateau(void **state)
{
	world_send(*state, .udp = true, .at_ms = 0, .bytes = 1472);
	world_report(*state, .udp = true, .at_ms = 1, .mtu = 0, .quoted_bytes = 1500);
	for (uint32_t i = 0; i < 3; i++)
		world_send(*state, .udp = true, .at_ms = 600 + i * 300, .bytes = 1492 - 28);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_HONOURED);
	assert_int_equal(world_facts(*state, PATH_REPORT, 0)->mtu_bytes, 0);
}

static void less_than_hosts_go_down_to_is_not_asked_for(void **state)
{
	world_send(*state, .v6 = true, .udp = true, .at_ms = 0, .bytes = 1400);
	world_report(*state, .v6 = true, .udp = true, .at_ms = 1, .mtu = 1000, .quoted_bytes = 1448);
	for (uint32_t i = 0; i < 3; i++)
		world_send(*state, .v6 = true, .udp = true, .at_ms = 600 + i * 300, .bytes = 1232);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_HONOURED);
}

static void report_that_makes_no_sense_is_not_followed(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1500, .quoted_bytes = 1500, .seq = 1101);
	world_report(*state, .at_ms = 60, .mtu = 68, .quoted_bytes = 500, .seq = 1101);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REPORT), 2);
	assert_int_equal(world_told(*state, PATH_REACTION), 0);
}

static void shake(struct world *world, uint16_t port, uint64_t at_ms, uint16_t mss_syn, uint16_t mss_synack)
{
	world_send(world, .port = port, .at_ms = at_ms, .flags = MW_TCP_SYN, .seq = 1000, .mss = mss_syn);
	world_send(world, .port = port, SERVER, .at_ms = at_ms + 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001,
			   .mss = mss_synack);
}

static void reduced_mss_is_told_once(void **state)
{
	const struct path_facts *facts;

	for (uint16_t port = 10000; port < 10020; port++)
		shake(*state, port, port - 10000, 1460, 1340);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 1);
	facts = world_facts(*state, PATH_HANDSHAKE, 0);
	assert_int_equal(facts->mss_syn, 1460);
	assert_int_equal(facts->mss_synack, 1340);
	assert_int_equal(facts->mss_before, 0);
	assert_int_equal(world_event(*state, PATH_HANDSHAKE, 0)->flow.src.bytes[12], 10); // the client
	shake(*state, 10020, 70000, 1460, 1340);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 2);
	assert_int_equal(world_facts(*state, PATH_HANDSHAKE, 1)->count, 20);
}

static void mss_of_ethernet_is_not_told(void **state)
{
	shake(*state, 10000, 0, 1460, 1460);
	shake(*state, 10001, 0, 1460, 8960);
	world_send(*state, .v6 = true, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1440);
	world_send(*state, .v6 = true, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001,
			   .mss = 1440);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 0);
}

static void an_mss_of_ethernet_is_told_of_whom_it_reached(void **state)
{
	shake(*state, 10000, 0, 1460, 1340);
	shake(*state, 10001, 10, 1460, 1340);
	assert_int_equal(world_told(*state, PATH_FULL_MSS), 1); // the client's, at the server
	assert_int_equal(world_facts(*state, PATH_FULL_MSS, 0)->mss_syn, 1460);
	assert_int_equal(world_event(*state, PATH_FULL_MSS, 0)->flow.src.bytes[12], 203);
	shake(*state, 10002, 20, 1340, 1460);
	assert_int_equal(world_facts(*state, PATH_FULL_MSS, 1)->mss_synack, 1460);
	assert_int_equal(world_event(*state, PATH_FULL_MSS, 1)->flow.src.bytes[12], 10);
}

/** Server and client on one link, no router between: what it says of the line to others is nothing. */
static void a_server_on_the_same_link_is_marked(void **state)
{
	const struct {
		uint8_t client, server;
		bool near;
	} links[] = {{64, 64, true}, {64, 128, true}, {128, 255, true}, {63, 64, false}, {64, 52, false}};

	for (uint16_t i = 0; i < MW_ARRAY_SIZE(links); i++) {
		world_send(*state, .at_ms = i * 700000u, .port = i + 1, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1400,
				   .ttl = links[i].client);
		world_send(*state, .at_ms = i * 700000u, .port = i + 1, SERVER, .flags = MW_TCP_SYN | ACK, .seq = 5000,
				   .ack = 1001, .mss = 1460, .ttl = links[i].server);
		assert_int_equal(world_facts(*state, PATH_FULL_MSS, i)->near, links[i].near);
		assert_int_equal(world_facts(*state, PATH_HANDSHAKE, i)->near, links[i].near);
	}
}

/** Backscatter: nobody here sent a SYN, or it was another one. */
static void a_syn_ack_that_nobody_asked_for_tells_nothing(void **state)
{
	for (uint16_t port = 10000; port < 10100; port++)
		world_send(*state, SERVER, .port = port, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 77,
				   .mss = 1340);
	world_send(*state, .port = 9, .at_ms = 20, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1340);
	world_send(*state, SERVER, .port = 9, .at_ms = 21, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 2001,
			   .mss = 1340);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE) + world_told(*state, PATH_FULL_MSS), 0);
}

static void two_values_of_one_syn_show_the_clamp(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1460);
	world_send(*state, .at_ms = 1, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1340, .ttl = 63);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 1);
	assert_int_equal(world_facts(*state, PATH_HANDSHAKE, 0)->mss_syn, 1340);
	assert_int_equal(world_facts(*state, PATH_HANDSHAKE, 0)->mss_synack, 0);
	assert_int_equal(world_facts(*state, PATH_HANDSHAKE, 0)->mss_before, 1460);
}

static void syn_that_is_sent_again_with_less_shows_no_clamp(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1460);
	world_send(*state, .at_ms = 3000, .flags = MW_TCP_SYN, .seq = 1000, .mss = 536);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 0);
}

static void whole_datagrams_in_pieces_are_counted(void **state)
{
	world_datagram(*state, 0, 1300, MW_FRAGMENT_COMPLETE);
	world_datagram(*state, 100, 1500, MW_FRAGMENT_COMPLETE);
	world_datagram(*state, 200, 1400, MW_FRAGMENT_COMPLETE);
	world_datagram(*state, 300, 1500, MW_FRAGMENT_INCOMPLETE);
	world_tick(*state, 59000);
	assert_int_equal(world_told(*state, PATH_PIECES), 1);
	world_tick(*state, 61000);
	assert_int_equal(world_told(*state, PATH_PIECES), 2);
	assert_int_equal(world_facts(*state, PATH_PIECES, 1)->count, 2);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_PIECES), 2);
}

static void handshakes_leave_half_of_the_cap_to_the_rest(void **state)
{
	world_settings(*state)->steps_per_second = 4;
	for (uint16_t i = 0; i < 10; i++)
		shake(*state, (uint16_t)(10000 + i), 0, 1460, (uint16_t)(1300 + i));
	world_report(*state, .at_ms = 60, .mtu = 1380, .quoted_bytes = 1500, .unknown_flow = true);
	assert_int_equal(world_told(*state, PATH_HANDSHAKE), 2);
	assert_int_equal(world_told(*state, PATH_REPORT), 1);
	assert_int_equal(world_count(*state, "capped"), 8);
}

static void table_that_is_full_forgets_no_count(void **state)
{
	uint32_t count = 0;

	for (uint32_t mtu = 100; mtu < 3100; mtu++) {
		world_report(*state, .at_ms = 60, .mtu = mtu, .quoted_bytes = 9000, .unknown_flow = true);
		world_report(*state, .at_ms = 60, .mtu = mtu, .quoted_bytes = 9000, .unknown_flow = true);
	}
	world_settings(*state)->steps_per_second = UINT64_MAX;
	world_finish(*state);
	for (uint32_t i = 0, told = world_told(*state, PATH_REPORT); i < told; i++)
		count += world_facts(*state, PATH_REPORT, i)->count;
	assert_int_equal(count + world_count(*state, "capped"), 6000);
}

static const struct CMUnitTest tests[] = {
	STORY(report_is_told_with_its_words),
	STORY(reports_that_repeat_are_counted),
	STORY(reports_that_quote_other_ports_or_numbers_are_not_alike),
	STORY(two_routers_are_two_reports),
	STORY(sender_that_resends_in_smaller_packets_honours),
	STORY(smaller_packets_that_nobody_acknowledges_did_not_pass),
	STORY(other_bytes_that_are_sent_again_are_no_answer),
	STORY(counts_that_wait_are_told_at_the_end),
	STORY(sender_that_goes_on_ignores),
	STORY(packets_on_their_way_are_forgiven),
	STORY(small_talk_is_no_answer_to_a_report),
	STORY(new_packets_cut_to_the_limit_honour),
	STORY(lower_report_begins_anew),
	STORY(udp_sender_with_smaller_packets_honours),
	STORY(single_small_packet_is_waited_out),
	STORY(udp_sender_with_large_packets_ignores),
	STORY(packets_that_may_be_fragmented_are_not_too_big),
	STORY(report_without_mtu_means_the_next_plateau),
	STORY(less_than_hosts_go_down_to_is_not_asked_for),
	STORY(report_that_makes_no_sense_is_not_followed),
	STORY(reduced_mss_is_told_once),
	STORY(mss_of_ethernet_is_not_told),
	STORY(an_mss_of_ethernet_is_told_of_whom_it_reached),
	STORY(a_server_on_the_same_link_is_marked),
	STORY(a_syn_ack_that_nobody_asked_for_tells_nothing),
	STORY(two_values_of_one_syn_show_the_clamp),
	STORY(syn_that_is_sent_again_with_less_shows_no_clamp),
	STORY(whole_datagrams_in_pieces_are_counted),
	STORY(handshakes_leave_half_of_the_cap_to_the_rest),
	STORY(table_that_is_full_forgets_no_count),
};

MW_TEST_MAIN("detect_path_worker_report", tests)
