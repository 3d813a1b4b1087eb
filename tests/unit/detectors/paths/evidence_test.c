// SPDX-License-Identifier: BSD-3-Clause
// Evidence of paths that lose large packets, told as connections: which packets are kept, and the words beside them.
// The packets are marked by the detector's own worker half.
// Neighbours: lib/detectors/paths/evidence.c, evidence_text.c; worker_world.c.
#include <stdio.h>
#include <string.h>

#include "evidence.h"
#include "evidence_scene.h"
#include "worker_world.h"
#include "mw_test.h"

#define LARGE 1500u
#define SMALL 540u

static struct mw_path_row row_of(uint8_t verdict)
{
	struct mw_path_row row = {.ts_ns = SCENE_NS,
							  .last_ns = SCENE_NS + 60 * MW_NS_PER_SECOND,
							  .src = "192.0.2.1",
							  .dst = "198.51.100.7",
							  .mtu_low = 1380,
							  .mtu_high = 1499,
							  .smallest_lost = 1500,
							  .verdict = verdict,
							  .confidence = 90};

	row.src_prefix = (struct mw_prefix){scene_v4(192, 0, 2, 1), 128};
	row.dst_prefix = (struct mw_prefix){scene_v4(198, 51, 100, 7), 128};
	return row;
}

static struct world *world; // whose detector marks

/** A scene of the row, and a detector that has seen nothing. */
static struct scene *open_scene(const struct mw_evidence_kind *kind, const struct mw_path_row *row)
{
	void *fresh;

	world_start(&fresh);
	world = fresh;
	return scene_open(kind, row);
}

static void close_scene(struct scene *scene)
{
	void *used = world;

	scene_close(scene);
	world_stop(&used);
}

static int set_up(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_BLACK_HOLE);

	*state = open_scene(&evidence_black_holes, &row);
	return *state == NULL;
}

static int tear_down(void **state)
{
	close_scene(*state);
	return 0;
}

static void take(struct scene *scene, struct mw_packet *packet)
{
	struct mw_detector_mark mark = world_look(world, packet);

	scene_take_marked(scene, packet, mark);
}

/** One packet of the connection from this port of the sender. */
static struct mw_packet packet_of(bool from_sender, uint16_t port, uint32_t bytes, int64_t after_ns)
{
	struct mw_address src = scene_v4(192, 0, 2, 1), dst = scene_v4(198, 51, 100, 7);

	return (struct mw_packet){.time_ns = SCENE_NS + (uint64_t)after_ns,
							  .clock_ns = SCENE_NS + (uint64_t)after_ns,
							  .kinds = MW_KIND_TCP | (bytes > 40 ? MW_KIND_PAYLOAD : 0u),
							  .tunnel = MW_LAYERS,
							  .ttl = 60,
							  .dont_fragment = true,
							  .family = 4,
							  .protocol = 6,
							  .src = from_sender ? src : dst,
							  .dst = from_sender ? dst : src,
							  .src_port = from_sender ? port : 443,
							  .dst_port = from_sender ? 443 : port,
							  .ip_header_bytes = 20,
							  .ip_total_bytes = bytes,
							  .payload_wire_bytes = bytes - 40,
							  .tcp = {.flags = MW_TCP_ACK, .header_bytes = 20, .window = 60000}};
}

static void data(struct scene *scene, uint16_t port, uint32_t seq, uint32_t bytes, int64_t after_ms)
{
	struct mw_packet packet = packet_of(true, port, bytes, after_ms * SCENE_MS);

	packet.tcp.seq = seq;
	take(scene, &packet);
}

static void ack(struct scene *scene, uint16_t port, uint32_t number, int64_t after_ms)
{
	struct mw_packet packet = packet_of(false, port, 40, after_ms * SCENE_MS);

	packet.tcp.ack = number;
	take(scene, &packet);
}

static void opening_with(struct scene *scene, uint16_t port, uint32_t seq, int64_t after_ms, uint16_t receiver_mss)
{
	struct mw_packet packet = packet_of(true, port, 60, after_ms * SCENE_MS);

	packet.payload_wire_bytes = 0;
	packet.kinds |= MW_KIND_SYN;
	packet.tcp = (struct mw_packet_tcp){.flags = MW_TCP_SYN, .seq = seq, .mss = 1460, .present = MW_TCP_OPTION_MSS};
	take(scene, &packet);
	packet = packet_of(false, port, 60, after_ms * SCENE_MS);
	packet.payload_wire_bytes = 0;
	packet.kinds |= MW_KIND_SYN_ACK;
	packet.tcp = (struct mw_packet_tcp){
		.flags = MW_TCP_SYN | MW_TCP_ACK, .seq = 9, .ack = seq + 1, .mss = receiver_mss, .present = MW_TCP_OPTION_MSS};
	take(scene, &packet);
}

static void opening(struct scene *scene, uint16_t port, uint32_t seq, int64_t after_ms)
{
	opening_with(scene, port, seq, after_ms, 0);
}

static void report(struct scene *scene, uint16_t port, uint32_t mtu_bytes, int64_t after_ms, bool misaddressed)
{
	struct mw_packet packet = packet_of(false, port, 56, after_ms * SCENE_MS);

	packet.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	packet.protocol = 1;
	packet.src = scene_v4(203, 0, 113, 1);
	packet.dst = misaddressed ? scene_v4(203, 0, 113, 9) : scene->subject.src;
	packet.icmp_type = 3;
	packet.icmp_code = 4;
	packet.quote = (struct mw_packet_quote){.src = scene->subject.src,
											.dst = scene->subject.dst,
											.src_port = port,
											.dst_port = 443,
											.protocol = 6,
											.ports_known = true,
											.mtu_bytes = mtu_bytes,
											.total_bytes = LARGE};
	take(scene, &packet);
}

static void path_that_shows_it_no_more_is_still_found(void **state)
{
	struct scene *shows = *state;
	struct mw_path_row row = row_of(MW_PATH_OK);
	struct scene *scene = scene_open(&evidence_black_holes, &row);

	assert_non_null(scene);
	assert_string_equal(scene->key, "192.0.2.1 > 198.51.100.7");
	assert_true(scene->subject.confidence < 0); // what shows it comes first
	assert_int_equal(shows->subject.confidence, 90);
	scene_close(scene);
}

static void stuck_connection_keeps_handshake_first_time_repeats_and_answers(void **state)
{
	struct scene *scene = *state;

	opening(scene, 40000, 99, 0); // 1, 2
	data(scene, 40000, 100, SMALL, 10); // 3: passes
	ack(scene, 40000, 600, 30); // 4
	data(scene, 40000, 600, LARGE, 40); // 5
	data(scene, 40000, 2060, LARGE, 41); // 6
	data(scene, 40000, 600, LARGE, 243); // 7
	data(scene, 40000, 600, LARGE, 649); // 8
	ack(scene, 40000, 600, 700); // 9
	data(scene, 40000, 600, SMALL, 1500); // 10
	ack(scene, 40000, 1100, 1520); // 11
	mw_evidence_packets_finish(&scene->packets);
	assert_string_equal(scene_comment(scene, 1), "midwatch: the beginning of the connection, by the sender of the "
												 "large packets: takes segments of up to 1460 bytes (MSS)");
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: the beginning of the connection, by their receiver: no MSS");
	assert_null(scene_packet(scene, 3));
	assert_string_equal(scene_comment(scene, 5),
						"midwatch: a large packet, 1500 bytes, for the first time: it is sent again later");
	assert_string_equal(scene_comment(scene, 6),
						"midwatch: a large packet, 1500 bytes, not acknowledged when the trouble began");
	assert_string_equal(scene_comment(scene, 7),
						"midwatch: the same bytes again, 1500 bytes, 203.0 ms after the time before");
	assert_string_equal(scene_comment(scene, 8),
						"midwatch: the same bytes again, 1500 bytes, 406.0 ms after the time before");
	assert_string_equal(scene_comment(scene, 9),
						"midwatch: the receiver answers, and does not acknowledge the large packet, 457.0 ms after the "
						"first sign of loss");
	assert_string_equal(scene_comment(scene, 10),
						"midwatch: a smaller packet of this sender, 540 bytes, 1.2 s after the first sign of loss");
	assert_string_equal(scene_comment(scene, 11),
						"midwatch: the receiver acknowledges what was sent again, or part of it, 1.2 s after the first "
						"sign of loss");
	assert_true(scene_packet(scene, 7)->proves);
	assert_false(scene_packet(scene, 1)->proves);
}

static void connections_that_go_well_are_left_out(void **state)
{
	struct scene *scene = *state;

	opening(scene, 40000, 99, 0);
	for (uint32_t i = 0; i < 50; i++) {
		data(scene, 40000, 100 + 1460 * i, LARGE, 10 * (int64_t)i);
		ack(scene, 40000, 100 + 1460 * (i + 1), 10 * (int64_t)i + 5);
	}
	mw_evidence_packets_finish(&scene->packets);
	for (uint64_t i = 1; i <= scene->number; i++)
		assert_null(scene_packet(scene, i));
}

static void oldest_that_is_not_acknowledged_is_kept_for_later(void **state)
{
	struct scene *scene = *state;

	for (uint32_t i = 0; i < 20; i++)
		data(scene, 40000, 1460 * i, LARGE, i);
	ack(scene, 40000, 1460 * 17, 25); // of 20
	for (uint32_t i = 20; i < 30; i++)
		data(scene, 40000, 1460 * i, LARGE, 10 + i);
	data(scene, 40000, 1460 * 20, LARGE, 300);
	mw_evidence_packets_finish(&scene->packets);
	assert_null(scene_packet(scene, 1));
	assert_string_equal(scene_comment(scene, 22),
						"midwatch: a large packet, 1500 bytes, for the first time: it is sent again later");
}

static void packet_that_the_mirror_shows_twice_is_not_sent_again(void **state)
{
	struct scene *scene = *state;

	struct mw_packet packet = packet_of(true, 40000, LARGE, 5 * SCENE_MS);

	opening(scene, 40000, 99, 0);
	data(scene, 40000, 100, LARGE, 1);
	packet.tcp.seq = 100;
	packet.kinds |= MW_KIND_DUPLICATE; // on its other way it took 4 ms longer
	take(scene, &packet);
	mw_evidence_packets_finish(&scene->packets);
	assert_null(scene_packet(scene, 3));
}

static void busy_hosts_do_not_hide_the_connection_that_is_stuck(void **state)
{
	struct scene *scene = *state;

	opening(scene, 40000, 99, 0);
	data(scene, 40000, 100, LARGE, 1); // 3
	for (uint16_t i = 0; i < EVIDENCE_FLOWS - 1; i++)
		opening(scene, 41000 + i, 5, 2 + i);
	data(scene, 40000, 100, LARGE, 300);
	for (uint16_t i = 0; i < 100; i++)
		opening(scene, 42000 + i, 5, 301 + i);
	mw_evidence_packets_finish(&scene->packets);
	assert_non_null(scene_packet(scene, 1));
	assert_non_null(scene_packet(scene, 3));
	assert_int_equal(scene_kept(scene, EVIDENCE_AGAIN), 1);
	assert_int_equal(scene_kept(scene, EVIDENCE_HANDSHAKE), 2);
}

static void next_connection_of_the_same_ports_is_left_out(void **state)
{
	struct scene *scene = *state;

	opening(scene, 40000, 99, 0);
	data(scene, 40000, 100, LARGE, 1);
	data(scene, 40000, 100, LARGE, 300);
	opening(scene, 40000, 777, 9000);
	data(scene, 40000, 778, LARGE, 9001);
	assert_non_null(scene_packet(scene, 4));
	assert_null(scene_packet(scene, 5));
	assert_null(scene_packet(scene, 7));
}

static void report_and_what_is_still_too_large_after_it_are_kept(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_IGNORED);
	struct scene *scene;

	(void)state;
	row.mtu_high = 1380;
	scene = open_scene(&evidence_ignored_reports, &row);
	assert_non_null(scene);
	data(scene, 40000, 0, LARGE, 0);
	report(scene, 40000, 1380, 1, true);
	data(scene, 40000, 1460, LARGE, 300);
	data(scene, 40000, 0, LARGE, 600);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: a large packet, 1500 bytes, for the first time: it is sent again later");
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: 203.0.113.1 says that a packet of 1500 bytes from 192.0.2.1 is too big, 1380 are "
						"allowed; it tells 203.0.113.9, not the sender");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: a large packet that repeats what was sent or follows a report, 1500 bytes, 299.0 ms "
						"after a report that allows 1380");
	assert_string_equal(scene_comment(scene, 4),
						"midwatch: the same bytes again, 1500 bytes, 600.0 ms after the time before, 599.0 ms after a "
						"report that allows 1380");
	close_scene(scene);
}

static void what_the_detector_takes_no_notice_of_is_left_out(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_BLACK_HOLE);
	struct scene *scene;

	(void)state;
	row.upstream = true;
	scene = open_scene(&evidence_black_holes, &row);
	assert_non_null(scene);
	opening(scene, 40000, 99, 0);
	for (int i = 0; i < 6; i++)
		ack(scene, 40000, 600, 100 + i);
	mw_evidence_packets_finish(&scene->packets);
	for (uint64_t i = 1; i <= scene->number; i++)
		assert_null(scene_packet(scene, i));
	close_scene(scene);
}

static void loss_before_this_place_is_shown_by_what_comes_behind_it(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_BLACK_HOLE);
	struct mw_packet fin = packet_of(true, 40000, 40, 22000 * SCENE_MS);
	struct scene *scene;

	(void)state;
	row.upstream = true;
	scene = open_scene(&evidence_black_holes, &row);
	assert_non_null(scene);
	opening_with(scene, 40000, 99, 0, 1460);
	data(scene, 40000, 100, 90, 10); // 50 bytes
	ack(scene, 40000, 150, 20);
	fin.tcp.flags |= MW_TCP_FIN;
	fin.tcp.seq = 4530;
	take(scene, &fin); // 5
	ack(scene, 40000, 150, 22010);
	mw_evidence_packets_finish(&scene->packets);
	assert_non_null(scene_packet(scene, 1));
	assert_string_equal(scene_comment(scene, 5), "midwatch: a packet of this sender behind 4380 bytes of data that "
												 "never passed here, at the first sign of loss");
	assert_true(scene_packet(scene, 5)->proves);
	assert_string_equal(scene_comment(scene, 6),
						"midwatch: the receiver still asks for byte 150: what is missing never passed here, 10.0 ms "
						"after the first sign of loss");
	close_scene(scene);
}

static void what_the_mirror_lost_is_no_loss_before_it(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_BLACK_HOLE);
	struct scene *scene;

	(void)state;
	row.upstream = true;
	scene = open_scene(&evidence_black_holes, &row);
	assert_non_null(scene);
	data(scene, 40000, 100, 90, 10);
	ack(scene, 40000, 1610, 20); // the receiver has it
	data(scene, 40000, 1610, 90, 30);
	mw_evidence_packets_finish(&scene->packets);
	assert_null(scene_packet(scene, 3));
	close_scene(scene);
}

static void udp_shows_large_datagrams_and_what_came_back(void **state)
{
	struct scene *scene = *state;
	struct mw_packet packet = packet_of(true, 40000, LARGE, 0);

	packet.kinds = MW_KIND_UDP;
	packet.protocol = 17;
	packet.tcp = (struct mw_packet_tcp){0};
	for (int i = 0; i < 5; i++)
		take(scene, &packet);
	packet.src = scene->subject.dst;
	packet.dst = scene->subject.src;
	packet.src_port = 443;
	packet.dst_port = 40000;
	packet.ip_total_bytes = 100;
	packet.time_ns += MW_NS_PER_SECOND;
	take(scene, &packet);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: a large packet, 1500 bytes, more than the path is known to take");
	assert_string_equal(scene_comment(scene, 5), "midwatch: another large packet, 1500 bytes");
	assert_string_equal(scene_comment(scene, 6), "midwatch: the other way, after the first large packet: 100 bytes, "
												 "1.0 s after the first sign of loss");
}

static void prefix_holds_all_its_hosts(void **state)
{
	struct mw_path_row row = row_of(MW_PATH_BLACK_HOLE);
	struct scene *scene;

	(void)state;
	snprintf(row.src, sizeof(row.src), "192.0.2.0/24");
	snprintf(row.dst, sizeof(row.dst), "198.51.100.0/24");
	row.src_prefix = (struct mw_prefix){scene_v4(192, 0, 2, 0), 96 + 24};
	row.dst_prefix = (struct mw_prefix){scene_v4(198, 51, 100, 0), 96 + 24};
	scene = open_scene(&evidence_black_holes, &row);
	assert_non_null(scene);
	assert_string_equal(scene->key, "192.0.2.0/24 > 198.51.100.0/24");
	data(scene, 40000, 0, LARGE, 0);
	data(scene, 40000, 0, LARGE, 300);
	assert_non_null(scene_packet(scene, 1));
	assert_non_null(scene_packet(scene, 2));
	close_scene(scene);
}

static void number_of_packets_is_bounded(void **state)
{
	struct scene *scene = *state;
	uint32_t kept = 0;

	for (uint16_t port = 0; port < 40; port++) {
		for (int i = 0; i < 40; i++) {
			opening(scene, port, 0, i);
			data(scene, port, 1, LARGE, 400 * i);
			data(scene, port, 1, SMALL, 400 * i);
			ack(scene, port, 1, 400 * i);
			report(scene, port, 1380, 400 * i, false);
		}
	}
	for (uint32_t part = 0; part < EVIDENCE_PATHS_PARTS; part++)
		kept += scene_kept(scene, part);
	assert_int_equal(scene_kept(scene, EVIDENCE_REPORTS), 12);
	assert_int_equal(scene_kept(scene, EVIDENCE_AGAIN), 4 * EVIDENCE_FLOWS);
	assert_true(kept <= evidence_black_holes.places);
}

#define SCENE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	SCENE(path_that_shows_it_no_more_is_still_found),
	SCENE(stuck_connection_keeps_handshake_first_time_repeats_and_answers),
	SCENE(connections_that_go_well_are_left_out),
	SCENE(oldest_that_is_not_acknowledged_is_kept_for_later),
	SCENE(packet_that_the_mirror_shows_twice_is_not_sent_again),
	SCENE(busy_hosts_do_not_hide_the_connection_that_is_stuck),
	SCENE(next_connection_of_the_same_ports_is_left_out),
	MW_TEST(report_and_what_is_still_too_large_after_it_are_kept),
	MW_TEST(what_the_detector_takes_no_notice_of_is_left_out),
	MW_TEST(loss_before_this_place_is_shown_by_what_comes_behind_it),
	MW_TEST(what_the_mirror_lost_is_no_loss_before_it),
	SCENE(udp_shows_large_datagrams_and_what_came_back),
	MW_TEST(prefix_holds_all_its_hosts),
	SCENE(number_of_packets_is_bounded),
};

MW_TEST_MAIN("paths_evidence", tests)
