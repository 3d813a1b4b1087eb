// SPDX-License-Identifier: BSD-3-Clause
// TCP tracking: handshakes in every order, sequence baselines, resets that must not poison, gaps, reuse.
// Neighbours: lib/flow/tcp.c, track.c. Client is side 0, server side 1.
#include <string.h>

#include "flow_fixture.h"

#define SYN     MW_TCP_SYN
#define SYN_ACK (MW_TCP_SYN | MW_TCP_ACK)
#define ACK     MW_TCP_ACK
#define FIN     (MW_TCP_FIN | MW_TCP_ACK)
#define RST     MW_TCP_RST

// ISNs 1000 and 5000; the client's first data byte is 1001.
static struct mw_flow *handshake(struct fixture *fixture)
{
	run_tcp(fixture, true, SYN, 1000, 0, 0, SECOND);
	run_tcp(fixture, false, SYN_ACK, 5000, 1001, 0, SECOND + 20);
	return run_tcp(fixture, true, ACK, 1001, 5001, 0, SECOND + 30);
}

static void a_handshake_is_timed_and_established(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, true, SYN, 1000, 0, 0, SECOND);

	(void)state;
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_SYN);
	run_tcp(fixture, true, SYN, 1000, 0, 0, SECOND + 10); // retransmitted
	assert_int_equal(see(flow)->syn_ns, SECOND);
	run_tcp(fixture, false, SYN_ACK, 5000, 1001, 0, SECOND + 20);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_SYN_ACK);
	run_tcp(fixture, true, ACK, 1001, 5001, 0, SECOND + 30);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_ESTABLISHED);
	assert_int_equal(see(flow)->syn_ack_ns, SECOND + 20);
	assert_int_equal(see(flow)->handshake_ns, SECOND + 30);
	assert_int_equal(see(flow)->client, 0);
	assert_int_equal(see(flow)->side[0].seq_first, 1000);
	assert_int_equal(see(flow)->side[0].seq_next, 1001);
	assert_int_equal(see(flow)->side[1].seq_next, 5001);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 1);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	fixture_free(fixture);
}

static void options_of_the_syn_are_kept(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet syn = tcp_packet(true, SYN, 1, 0, 0, SECOND);
	struct mw_flow *flow;

	(void)state;
	syn.tcp.present = MW_TCP_OPTION_MSS | MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_TIMESTAMP;
	syn.tcp.mss = 1460;
	syn.tcp.wscale = 200;
	syn.tcp.ts_value = 77;
	syn.mac_src[5] = 9;
	syn.ip_id = 4711;
	syn.ip_id_known = true;
	flow = run(fixture, &syn);
	assert_int_equal(see(flow)->side[0].mss, 1460);
	assert_int_equal(see(flow)->side[0].wscale, 255); // the other SYN decides
	assert_int_equal(see(flow)->side[0].ts_value, 77);
	assert_int_equal(see(flow)->side[0].ip_id, 4711);
	assert_int_equal(see(flow)->side[1].wscale, 255);
	assert_int_equal(see(flow)->mac_known, 1);
	assert_int_equal(see(flow)->mac[0][5], 9);
	assert_true(see(flow)->side[0].seen & MW_SIDE_TIMESTAMPS);
	assert_false(see(flow)->timestamps);
	run_tcp(fixture, false, SYN_ACK, 5, 2, 0, SECOND);
	assert_int_equal(see(flow)->side[0].wscale, 0);
	assert_int_equal(see(flow)->side[1].wscale, 0);
	assert_false(see(flow)->timestamps);
	assert_int_equal(see(flow)->side[0].seen, MW_SIDE_ANY | MW_SIDE_SYN | MW_SIDE_TIMESTAMPS);
	fixture_free(fixture);
}

static void where_a_sides_last_packet_went_is_known(void **state)
{
	static const uint8_t one[6] = {2, 0, 0, 0, 0, 1}, two[6] = {2, 0, 0, 0, 0, 2}, none[6];
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = tcp_packet(true, ACK, 1001, 5001, 10, SECOND);
	struct mw_flow *flow;

	(void)state;
	packet.mac_src[5] = 9;
	memcpy(packet.mac_dst, one, sizeof(one));
	flow = run(fixture, &packet);
	assert_true(mw_flow_went_to(flow, 0, one));
	assert_false(mw_flow_went_to(flow, 0, two));
	packet.tcp.seq += 10;
	memcpy(packet.mac_dst, two, sizeof(two)); // all else is as before
	flow = run(fixture, &packet);
	assert_true(mw_flow_went_to(flow, 0, two));
	assert_false(mw_flow_went_to(flow, 0, one));
	assert_false(mw_flow_went_to(flow, 0, none));
	assert_false(mw_flow_went_to(flow, 1, two)); // never spoke
	fixture_free(fixture);
}

static struct mw_flow *run_options(struct fixture *fixture, bool client, uint8_t flags, uint8_t present)
{
	struct mw_packet packet = tcp_packet(client, flags, client ? 1000 : 5000, client ? 5001 : 1001, 0, SECOND);

	packet.tcp.present = present;
	packet.tcp.wscale = client ? 7 : 200;
	packet.tcp.ts_value = 100;
	return run(fixture, &packet);
}

static void both_syns_agree_on_options(void **state)
{
	const uint8_t both = MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_TIMESTAMP;
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow;

	(void)state;
	run_options(fixture, true, SYN, both);
	flow = run_options(fixture, false, SYN_ACK, both);
	assert_int_equal(see(flow)->side[0].wscale, 7);
	assert_int_equal(see(flow)->side[1].wscale, 14);
	assert_true(see(flow)->timestamps);
	assert_true(mw_flow_has_timestamps(flow));
	fixture_free(fixture);
}

static void scale_of_one_side_alone_is_not_in_use(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow;

	(void)state;
	run_options(fixture, true, SYN, 0);
	flow = run_options(fixture, false, SYN_ACK, MW_TCP_OPTION_WSCALE);
	assert_int_equal(see(flow)->side[1].wscale, 0);
	fixture_free(fixture);
}

static void syn_ack_alone_tells_what_was_offered(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_options(fixture, false, SYN_ACK, MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_TIMESTAMP);

	(void)state;
	assert_int_equal(see(flow)->side[1].wscale, 14);
	assert_int_equal(see(flow)->side[0].wscale, 255);
	assert_true(see(flow)->timestamps);
	fixture_free(fixture);
}

static void segments_after_the_syn_tell_that_timestamps_are_in_use(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet later = tcp_packet(true, ACK, 1001, 5001, 10, 2 * SECOND);
	struct mw_flow *flow = run_options(fixture, true, SYN, MW_TCP_OPTION_TIMESTAMP);

	(void)state;
	assert_false(see(flow)->timestamps); // offered
	later.tcp.present = MW_TCP_OPTION_TIMESTAMP;
	later.tcp.ts_value = 5000;
	run(fixture, &later);
	assert_true(see(flow)->timestamps);
	fixture_free(fixture);
}

static void timestamps_only_move_forward(void **state)
{
	struct fixture *fixture = fixture_of(10);
	static const uint32_t values[] = {0xfffffff0, 5, 0xfffffff5, 5, 9}, kept[] = {0xfffffff0, 5, 5, 5, 9};

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		struct mw_packet packet = tcp_packet(true, ACK, 1, 1, 0, SECOND + i);
		struct mw_flow *flow;

		packet.tcp.present = MW_TCP_OPTION_TIMESTAMP;
		packet.tcp.ts_value = values[i];
		flow = run(fixture, &packet);
		assert_int_equal(see(flow)->side[0].ts_value, kept[i]);
		assert_int_equal(see(flow)->side[0].ts_time_ns, SECOND + i);
	}
	fixture_free(fixture);
}

static void a_reset_moves_nothing_but_the_counts(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);
	struct mw_packet reset = tcp_packet(false, RST | ACK, 999999, 888888, 46, 2 * SECOND);
	struct mw_flow_side before = see(flow)->side[1], peer = see(flow)->side[0];

	(void)state;
	reset.ttl = 33;
	reset.ip_id = 1;
	reset.ip_id_known = true;
	reset.mac_src[0] = 7;
	reset.tcp.present = MW_TCP_OPTION_TIMESTAMP;
	reset.tcp.ts_value = 5;
	run(fixture, &reset);
	before.packets++;
	before.bytes += reset.wire_bytes;
	before.seen |= MW_SIDE_RST;
	assert_memory_equal(&see(flow)->side[1], &before, sizeof(before));
	assert_memory_equal(&see(flow)->side[0], &peer, sizeof(peer));
	assert_int_equal(see(flow)->mac_known, 0);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_RESET);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	fixture_free(fixture);
}

static void data_after_a_reset_is_tracked_and_the_state_stays(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);

	(void)state;
	run_tcp(fixture, false, RST, 5001, 0, 0, 2 * SECOND);
	run_tcp(fixture, true, ACK, 1001, 5001, 100, 2 * SECOND);
	assert_int_equal(see(flow)->side[0].seq_next, 1101);
	assert_int_equal(see(flow)->side[0].data_packets, 1);
	run_tcp(fixture, true, FIN, 1101, 5001, 0, 2 * SECOND);
	run_tcp(fixture, false, FIN, 5001, 1102, 0, 2 * SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_RESET);
	fixture_free(fixture);
}

static void a_flow_that_starts_with_a_reset_has_no_baseline(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, false, RST, 5001, 0, 0, SECOND);

	(void)state;
	assert_int_equal(see(flow)->side[1].seen, MW_SIDE_RST);
	assert_int_equal(see(flow)->side[1].seq_next, 0);
	run_tcp(fixture, false, ACK, 6000, 1, 5, SECOND);
	assert_int_equal(see(flow)->side[1].seq_first, 6000);
	assert_int_equal(see(flow)->side[1].ttl_min, 64);
	fixture_free(fixture);
}

static void sequence_moves_forward_only_and_over_the_wrap(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, true, ACK, 0xffffff00, 1, 0x80, SECOND);

	(void)state;
	assert_int_equal(see(flow)->side[0].seq_next, 0xffffff80);
	run_tcp(fixture, true, ACK, 0xffffff80, 1, 0x100, SECOND);
	assert_int_equal(see(flow)->side[0].seq_next, 0x80);
	run_tcp(fixture, true, ACK, 0xffffff00, 1, 0x80, SECOND); // retransmitted
	run_tcp(fixture, true, ACK, 0x7f, 1, 0, SECOND); // keep-alive
	run_tcp(fixture, true, ACK, 0x7f, 1, 1, SECOND); // the same with a byte
	assert_int_equal(see(flow)->side[0].seq_next, 0x80);
	assert_int_equal(see(flow)->side[0].seq_first, 0xffffff00);
	assert_int_equal(see(flow)->side[0].data_packets, 3);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_MIDSTREAM);
	fixture_free(fixture);
}

static void a_mirrored_duplicate_counts_and_changes_nothing_else(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);
	struct mw_packet again = tcp_packet(true, ACK, 9000, 9000, 50, 5 * SECOND);
	struct mw_flow_side before = see(flow)->side[0];
	uint64_t last_ns = see(flow)->last_ns;

	(void)state;
	again.kinds |= MW_KIND_DUPLICATE;
	again.ttl = 63;
	run(fixture, &again);
	before.packets++;
	before.bytes += again.wire_bytes;
	assert_memory_equal(&see(flow)->side[0], &before, sizeof(before));
	assert_int_equal(see(flow)->last_ns, last_ns);
	again = tcp_packet(true, SYN, 777, 0, 0, 5 * SECOND);
	again.kinds |= MW_KIND_DUPLICATE;
	run(fixture, &again);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 1);
	fixture_free(fixture);
}

static void recent_acks_are_distinct_and_newest_first(void **state)
{
	struct fixture *fixture = fixture_of(10);
	static const uint32_t acks[] = {10, 20, 20, 10, 30, 40, 50}, kept[] = {50, 40, 30, 20};
	struct mw_flow *flow = NULL;

	(void)state;
	for (int i = 0; i < 7; i++)
		flow = run_tcp(fixture, true, ACK, 1, acks[i], 0, SECOND);
	assert_non_null(flow);
	assert_int_equal(see(flow)->side[0].ack_count, 4);
	assert_memory_equal(see(flow)->side[0].ack_recent, kept, sizeof(kept));
	fixture_free(fixture);
}

static void recent_acks_may_be_anywhere(void **state)
{
	struct fixture *fixture = fixture_of(10);
	static const uint32_t acks[] = {10, 90000, 90010, 5, 15, 25, 35, 10}, kept[][4] = {{10},
																					   {90000, 10},
																					   {90010, 90000, 10},
																					   {5, 90010, 90000, 90000},
																					   {15, 5, 90010, 90000},
																					   {25, 15, 5, 90010},
																					   {35, 25, 15, 5},
																					   {10, 35, 25, 15}};
	struct mw_flow *flow;

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(acks); i++) {
		flow = run_tcp(fixture, true, ACK, 1, acks[i], 0, SECOND);
		assert_int_equal(see(flow)->side[0].ack_count, MW_MIN(i + 1, 4u));
		for (unsigned j = 0; j < MW_MIN(i + 1, 4u); j++)
			assert_int_equal(see(flow)->side[0].ack_recent[j], kept[i][j]);
		assert_int_equal(see(flow)->side[0].acks_cut, i == 3); // 10, behind the second one out of line
	}
	fixture_free(fixture);
}

static void the_soonest_acknowledgement_of_new_data_stays(void **state)
{
	const uint64_t ms = MW_NS_PER_MS;
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow;

	(void)state;
	run_tcp(fixture, true, MW_TCP_SYN, 1000, 0, 0, SECOND);
	run_tcp(fixture, false, MW_TCP_SYN | ACK, 5000, 1001, 0, SECOND + 60 * ms);
	run_tcp(fixture, true, ACK, 1001, 5001, 100, SECOND + 61 * ms);
	flow = run_tcp(fixture, false, ACK, 5001, 1101, 0, SECOND + 130 * ms);
	assert_int_equal(see(flow)->side[1].answer_most_ns, 0);
	run_tcp(fixture, true, ACK, 1101, 5001, 100, SECOND + 200 * ms);
	run_tcp(fixture, false, ACK, 5001, 1201, 0, SECOND + 202 * ms);
	assert_int_equal(see(flow)->side[1].answer_least_ns, ms);
	assert_int_equal(see(flow)->side[1].answer_most_ns, 4 * ms);
	run_tcp(fixture, true, ACK, 1201, 5001, 100, SECOND + 300 * ms);
	run_tcp(fixture, false, ACK, 5001, 1301, 0, SECOND + 310 * ms);
	assert_int_equal(see(flow)->side[1].answer_most_ns, 4 * ms);
	run_tcp(fixture, true, ACK, 1301, 5001, 100, SECOND + 400 * ms);
	run_tcp(fixture, true, ACK, 1301, 5001, 100, SECOND + 700 * ms); // again: which of both is answered
	run_tcp(fixture, false, ACK, 5001, 1401, 0, SECOND + 700 * ms);
	assert_int_equal(see(flow)->side[1].answer_most_ns, 4 * ms);
	run_tcp(fixture, true, ACK, 1401, 5001, 100, SECOND + 800 * ms);
	run_tcp(fixture, false, ACK, 5001, 1501, 0, SECOND + 800 * ms + 1);
	assert_int_equal(see(flow)->side[1].answer_least_ns, 0);
	assert_int_equal(see(flow)->side[1].answer_most_ns, ms);
	fixture_free(fixture);
}

static void a_side_is_ahead_while_its_last_segment_was_new(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);

	(void)state;
	assert_false(see(flow)->side[0].ahead); // its last one was a bare ACK
	assert_true(see(flow)->side[1].ahead); // the SYN-ACK
	run_tcp(fixture, true, ACK, 1001, 5001, 100, SECOND + 40);
	assert_true(see(flow)->side[0].ahead);
	assert_int_equal(see(flow)->side[0].last_ns, SECOND + 40);
	run_tcp(fixture, true, ACK, 1001, 5001, 100, SECOND + 300); // again
	assert_false(see(flow)->side[0].ahead);
	run_tcp(fixture, true, ACK, 1101, 5001, 1, SECOND + 310);
	assert_true(see(flow)->side[0].ahead);
	run_tcp(fixture, true, ACK, 1102, 5001, 0, SECOND + 320);
	assert_false(see(flow)->side[0].ahead);
	fixture_free(fixture);
}

/** Whether a segment is the first of its flow, or of its side in a while. */
static bool again(struct fixture *fixture, bool from_client, uint64_t time_ns)
{
	struct mw_packet packet =
		tcp_packet(from_client, ACK, from_client ? 1001 : 5001, from_client ? 5001 : 1001, 0, time_ns);

	run(fixture, &packet);
	return (packet.kinds & (MW_KIND_FLOW_START | MW_KIND_FLOW_AGAIN)) != 0;
}

static void a_side_speaks_again_after_a_window_of_the_clock(void **state)
{
	struct fixture *fixture = fixture_of(10);
	const uint64_t window = UINT64_C(1) << 31, start = 100 * window;

	(void)state;
	assert_true(again(fixture, true, start)); // the first of all
	assert_false(again(fixture, true, start + 1));
	assert_true(again(fixture, false, start + 2)); // the other side's first
	assert_false(again(fixture, false, start + window - 1));
	assert_true(again(fixture, true, start + window));
	assert_true(again(fixture, false, start + window + 1));
	assert_false(again(fixture, true, start + window + 2));
	for (uint64_t i = 1; i < 8; i++) { // one side alone, the other's time falls far behind
		assert_true(again(fixture, true, start + (i + 1) * window));
		assert_false(again(fixture, true, start + (i + 1) * window + 9));
	}
	assert_true(again(fixture, false, start + 8 * window + 10));
	fixture_free(fixture);
}

static void an_ack_of_unseen_data_is_one_gap(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);

	(void)state;
	run_tcp(fixture, true, ACK, 1001, 5001, 100, SECOND);
	run_tcp(fixture, false, ACK, 5001, 1101, 0, SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	run_tcp(fixture, false, ACK, 5001, 1301, 0, SECOND); // 200 bytes that the tap missed
	run_tcp(fixture, false, ACK, 5001, 1301, 0, SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 1);
	assert_true(see(flow)->side[0].gaps);
	assert_false(see(flow)->side[1].gaps);
	assert_int_equal(see(flow)->side[0].seq_next, 1301);
	run_tcp(fixture, false, ACK, 5001, 1301 + (1u << 30), 0, SECOND); // nonsense
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 1);
	assert_int_equal(see(flow)->side[0].seq_next, 1301);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACKS), 6);
	fixture_free(fixture);
}

static void the_first_ack_midstream_is_no_gap(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	run_tcp(fixture, true, ACK, 1000, 1, 10, SECOND); // retransmitted, as it turns out
	run_tcp(fixture, false, ACK, 1, 2000, 10, SECOND); // more was sent before the capture began
	run_tcp(fixture, true, ACK, 2000, 11, 0, SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	run_tcp(fixture, false, ACK, 11, 2500, 0, SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 1);
	fixture_free(fixture);
}

static void one_direction_alone_has_no_gaps(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		run_tcp(fixture, false, ACK, 1, 1000 * i, 0, SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACKS), 0);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	fixture_free(fixture);
}

static void fins_close_one_side_then_both(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = handshake(fixture);

	(void)state;
	run_tcp(fixture, true, FIN, 1001, 5001, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_FIN);
	assert_int_equal(see(flow)->side[0].seq_next, 1002);
	run_tcp(fixture, true, FIN, 1001, 5001, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_FIN);
	run_tcp(fixture, false, FIN, 5001, 1002, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_CLOSED);
	run_tcp(fixture, true, ACK, 1002, 5002, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_CLOSED);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ACK_GAPS), 0);
	fixture_free(fixture);
}

static void the_receiver_of_a_syn_ack_is_the_client(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, false, SYN_ACK, 5000, 1001, 0, SECOND);

	(void)state;
	assert_int_equal(see(flow)->client, 0);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_SYN_ACK);
	run_tcp(fixture, true, SYN, 1000, 0, 0, SECOND); // overtaken on its way to the tap
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 1);
	assert_int_equal(see(flow)->client, 0);
	run_tcp(fixture, true, ACK, 1001, 5001, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_ESTABLISHED);
	fixture_free(fixture);
}

static void midstream_the_first_sender_is_the_client(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, false, ACK, 1, 1, 1, SECOND);

	(void)state;
	assert_int_equal(see(flow)->client, 1);
	assert_int_equal(see(flow)->handshake_ns, 0);
	fixture_free(fixture);
}

static void simultaneous_open_is_one_flow(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_tcp(fixture, true, SYN, 1000, 0, 0, SECOND);

	(void)state;
	run_tcp(fixture, false, SYN, 5000, 0, 0, SECOND);
	assert_int_equal(see(flow)->client, 0);
	run_tcp(fixture, true, SYN_ACK, 1000, 5001, 0, SECOND);
	run_tcp(fixture, false, SYN_ACK, 5000, 1001, 0, SECOND);
	run_tcp(fixture, true, ACK, 1001, 5001, 0, SECOND);
	assert_int_equal(see(flow)->tcp_state, MW_FLOW_TCP_ESTABLISHED);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 1);
	fixture_free(fixture);
}

/** What came before a SYN from the client, and whether that SYN starts a new flow. */
struct reuse {
	const char *name;
	struct {
		bool from_client;
		uint8_t flags;
		uint32_t seq, ack;
	} before[4];
	uint32_t syn_seq;
	bool starts;
};

static void a_syn_starts_anew_only_when_it_must(void **state)
{
	static const struct reuse cases[] = {
		{"retransmission", {{true, SYN, 1000, 0}}, 1000, false},
		{"new ISN while opening", {{true, SYN, 1000, 0}}, 2000, true},
		{"other side's SYN", {{false, SYN, 1000, 0}}, 2000, false},
		{"late retransmission", {{true, SYN, 1000, 0}, {false, SYN_ACK, 5000, 1001}}, 1000, false},
		{"new ISN after SYN-ACK", {{true, SYN, 1000, 0}, {false, SYN_ACK, 5000, 1001}}, 2000, true},
		{"new ISN, established",
		 {{true, SYN, 1000, 0}, {false, SYN_ACK, 5000, 1001}, {true, ACK, 1001, 5001}},
		 2000,
		 true},
		{"from the server, established",
		 {{false, SYN, 5000, 0}, {true, SYN_ACK, 1000, 5001}, {false, ACK, 5001, 1001}},
		 3000,
		 true},
		{"midstream", {{true, ACK, 7000, 1}}, 2000, true},
		{"midstream, other side", {{false, ACK, 7000, 1}}, 2000, true},
		{"overtaken by its own data", {{true, ACK, 2001, 1}}, 2000, false},
		{"overtaken by the SYN-ACK", {{false, SYN_ACK, 5000, 2001}}, 2000, false},
		{"overtaken by all", {{false, SYN_ACK, 5000, 2001}, {false, FIN, 5001, 9000}}, 2000, false},
		{"SYN-ACK for another SYN", {{false, SYN_ACK, 5000, 2001}}, 3000, true},
		{"after FIN", {{true, SYN, 1000, 0}, {true, FIN, 1001, 1}}, 1000, true},
		{"closed", {{true, FIN, 1001, 1}, {false, FIN, 1, 1002}}, 2000, true},
		{"reset, same ISN", {{true, SYN, 1000, 0}, {false, RST, 0, 1001}}, 1000, false},
		{"reset, new ISN", {{true, SYN, 1000, 0}, {false, RST, 0, 1001}}, 2000, true},
		{"reset alone", {{false, RST, 0, 1001}}, 2000, true},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct fixture *fixture = fixture_of(10);
		struct mw_packet syn = tcp_packet(true, SYN, cases[i].syn_seq, 0, 0, SECOND);

		for (size_t j = 0; j < 4 && cases[i].before[j].flags != 0; j++)
			run_tcp(fixture, cases[i].before[j].from_client, cases[i].before[j].flags, cases[i].before[j].seq,
					cases[i].before[j].ack, 0, SECOND);
		assert_int_equal(fixture->ends[MW_FLOW_END_REUSED], 0);
		run(fixture, &syn);
		if (fixture->ends[MW_FLOW_END_REUSED] != cases[i].starts)
			fail_msg("%s", cases[i].name);
		assert_int_equal((syn.kinds & MW_KIND_FLOW_START) != 0, cases[i].starts);
		check_books(fixture);
		fixture_free(fixture);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_handshake_is_timed_and_established),
	MW_TEST(options_of_the_syn_are_kept),
	MW_TEST(where_a_sides_last_packet_went_is_known),
	MW_TEST(both_syns_agree_on_options),
	MW_TEST(scale_of_one_side_alone_is_not_in_use),
	MW_TEST(syn_ack_alone_tells_what_was_offered),
	MW_TEST(segments_after_the_syn_tell_that_timestamps_are_in_use),
	MW_TEST(timestamps_only_move_forward),
	MW_TEST(a_reset_moves_nothing_but_the_counts),
	MW_TEST(data_after_a_reset_is_tracked_and_the_state_stays),
	MW_TEST(a_flow_that_starts_with_a_reset_has_no_baseline),
	MW_TEST(sequence_moves_forward_only_and_over_the_wrap),
	MW_TEST(a_mirrored_duplicate_counts_and_changes_nothing_else),
	MW_TEST(recent_acks_are_distinct_and_newest_first),
	MW_TEST(recent_acks_may_be_anywhere),
	MW_TEST(the_soonest_acknowledgement_of_new_data_stays),
	MW_TEST(a_side_is_ahead_while_its_last_segment_was_new),
	MW_TEST(a_side_speaks_again_after_a_window_of_the_clock),
	MW_TEST(an_ack_of_unseen_data_is_one_gap),
	MW_TEST(the_first_ack_midstream_is_no_gap),
	MW_TEST(one_direction_alone_has_no_gaps),
	MW_TEST(fins_close_one_side_then_both),
	MW_TEST(the_receiver_of_a_syn_ack_is_the_client),
	MW_TEST(midstream_the_first_sender_is_the_client),
	MW_TEST(simultaneous_open_is_one_flow),
	MW_TEST(a_syn_starts_anew_only_when_it_must),
};
MW_TEST_MAIN("flow_tcp", tests)
