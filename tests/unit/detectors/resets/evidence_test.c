// SPDX-License-Identifier: BSD-3-Clause
// What an evidence file shows of forged resets: which packets of a connection, and the words beside them.
// Neighbours: lib/detectors/resets/evidence.c, lib/detector/evidence_packets.c.
#include <stdio.h>
#include <string.h>

#include "evidence.h"
#include "evidence_scene.h"
#include "resets.h"
#include "mw_test.h"

#define FIRST_NS SCENE_NS
#define MS       SCENE_MS

static struct mw_reset_row row_of(const char *cluster, uint8_t network, uint16_t dport, int64_t confidence)
{
	struct mw_reset_row row = {
		.ts_ns = FIRST_NS + dport,
		.last_ns = FIRST_NS + dport + 5,
		.vlan = MW_UNKNOWN_I64,
		.src = scene_v4(198, network, 0, 1),
		.dst = scene_v4(10, 0, 0, 1),
		.sport = 443,
		.dport = dport,
		.verdict = MW_RESET_FORGED,
		.origin = MW_MIDDLEBOX_ORIGIN_IN_PATH,
		.confidence = confidence,
	};

	snprintf(row.cluster, sizeof(row.cluster), "%s", cluster);
	row.device_sure = cluster[0] != '\0';
	return row;
}

static void only_forged_resets_have_evidence_and_share_a_device_or_an_origin(void **state)
{
	struct mw_reset_row row = row_of("mb-1", 9, 9, 99);
	struct scene *scene = scene_open(&evidence_resets, &row);

	(void)state;
	assert_string_equal(scene->key, "mb-1");
	scene_close(scene);
	row = row_of("", 1, 1, 80);
	scene = scene_open(&evidence_resets, &row);
	assert_string_equal(scene->key, "in-path"); // without a cluster: where it came from
	scene_close(scene);
	row.verdict = MW_RESET_ENDPOINT;
	assert_null(scene_open(&evidence_resets, &row));
}

/** An episode whose resets name the server, from FIRST_NS on for a second. */
static int set_up(void **state)
{
	struct mw_reset_row row = row_of("mb-1", 51, 40000, 97);
	struct scene *scene;

	row.ts_ns = FIRST_NS;
	row.last_ns = FIRST_NS + MW_NS_PER_SECOND;
	row.ttl = 63;
	row.ttl_expected = 46;
	row.count = 2;
	row.evidence = 1u << MW_RESET_EVIDENCE_TTL_SPLIT | 1u << MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE;
	scene = scene_open(&evidence_resets, &row);
	*state = scene;
	return scene == NULL;
}

static int tear_down(void **state)
{
	scene_close(*state);
	return 0;
}

static void take_bytes(struct scene *scene, bool from_server, uint8_t flags, uint8_t ttl, uint32_t seq,
					   int64_t after_ns, uint32_t captured_bytes)
{
	const struct mw_packet packet = {
		.captured_bytes = captured_bytes,
		.time_ns = FIRST_NS + (uint64_t)after_ns,
		.kinds = MW_KIND_TCP | (flags & MW_TCP_RST ? MW_KIND_RST : 0) | (flags == MW_TCP_SYN ? MW_KIND_SYN : 0),
		.family = 4,
		.protocol = 6,
		.src = from_server ? scene->subject.src : scene->subject.dst,
		.dst = from_server ? scene->subject.dst : scene->subject.src,
		.src_port = from_server ? 443 : 40000,
		.dst_port = from_server ? 40000 : 443,
		.ttl = ttl,
		.tcp = {.seq = seq, .flags = flags},
	};

	scene_take(scene, &packet);
}

static void take(struct scene *scene, bool from_server, uint8_t flags, uint8_t ttl, uint32_t seq, int64_t after_ns)
{
	take_bytes(scene, from_server, flags, ttl, seq, after_ns, 100);
}

static void other_ports_and_vlans_are_other_connections(void **state)
{
	struct scene *scene = *state;
	struct mw_packet packet = {.time_ns = FIRST_NS,
							   .kinds = MW_KIND_TCP | MW_KIND_RST,
							   .family = 4,
							   .protocol = 6,
							   .src = scene->subject.src,
							   .dst = scene->subject.dst,
							   .src_port = 443,
							   .dst_port = 40001};

	scene_take(scene, &packet);
	packet.dst_port = 40000;
	packet.vlan_outer = 7;
	scene_take(scene, &packet);
	scene->packets.vlan_matters = true;
	scene_take(scene, &packet);
	assert_null(scene_packet(scene, 1));
	assert_non_null(scene_packet(scene, 2));
	assert_null(scene_packet(scene, 3));
}

static void long_connection_keeps_handshake_what_was_last_resets_and_what_followed(void **state)
{
	struct scene *scene = *state;

	take(scene, false, MW_TCP_SYN, 128, 1, -900000 * MS);
	take(scene, true, MW_TCP_SYN | MW_TCP_ACK, 46, 1, -899999 * MS);
	for (int i = 0; i < 1000; i++)
		take(scene, i % 2 == 0, MW_TCP_ACK, 46, 2, (i - 1001) * MS);
	for (int i = 0; i < 40; i++)
		take(scene, true, MW_TCP_RST, 63, 2, i * MS);
	for (int i = 0; i < 40; i++)
		take(scene, true, MW_TCP_ACK, 46, 2, (i + 50) * MS);
	assert_int_equal(scene_kept(scene, EVIDENCE_BEGINNING), 8);
	assert_int_equal(scene_kept(scene, EVIDENCE_BEFORE), 24);
	assert_int_equal(scene_kept(scene, EVIDENCE_RESETS), 12);
	assert_int_equal(scene_kept(scene, EVIDENCE_DECIDING), 4);
	assert_int_equal(scene_kept(scene, EVIDENCE_AFTER), 16);
	assert_non_null(scene_packet(scene, 1));
	assert_non_null(scene_packet(scene, 1002)); // the very last before the resets
	assert_null(scene_packet(scene, 1002 - 24));
	assert_non_null(scene_packet(scene, 1003));
	assert_non_null(scene_packet(scene, 1043));
}

static void reset_that_decided_is_kept_though_it_came_late(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 30; i++)
		take(scene, true, MW_TCP_RST, 46, 2, i * MS);
	assert_int_equal(scene_kept(scene, EVIDENCE_DECIDING), 0);
	take(scene, true, MW_TCP_RST, 63, 2, 30 * MS);
	assert_non_null(scene_packet(scene, 31));
	assert_int_equal(scene_packet(scene, 31)->part, EVIDENCE_DECIDING);
}

static void other_connections_of_the_same_ends_are_left_out(void **state)
{
	struct scene *scene = *state;

	take(scene, false, MW_TCP_SYN, 128, 1, -9000 * MS);
	take(scene, true, MW_TCP_ACK, 46, 1, -8999 * MS);
	take(scene, false, MW_TCP_SYN, 128, 777, -1000 * MS); // 3
	take(scene, false, MW_TCP_SYN, 128, 777, -900 * MS); // again, as it was not answered
	take(scene, true, MW_TCP_RST, 63, 1, 0);
	take(scene, false, MW_TCP_SYN, 128, 777, MS);
	take(scene, false, MW_TCP_SYN, 128, 888, 2 * MS); // 7: the next one
	take(scene, true, MW_TCP_ACK, 46, 1, 3 * MS);
	for (uint64_t number = 1; number <= 8; number++) {
		if (number >= 3 && number <= 6)
			assert_non_null(scene_packet(scene, number));
		else
			assert_null(scene_packet(scene, number));
	}
}

static void what_comes_long_after_is_left_out(void **state)
{
	struct scene *scene = *state;

	take(scene, true, MW_TCP_RST, 63, 1, 0);
	take(scene, true, MW_TCP_ACK, 46, 1, 3900 * MS);
	take(scene, true, MW_TCP_ACK, 46, 1, 4100 * MS);
	assert_non_null(scene_packet(scene, 2));
	assert_null(scene_packet(scene, 3));
}

static void long_frames_are_cut(void **state)
{
	struct scene *scene = *state;

	take_bytes(scene, true, MW_TCP_ACK, 46, 1, -MS, 9000);
	assert_int_equal(scene_packet(scene, 1)->captured_bytes, evidence_resets.frame_bytes);
	assert_int_equal(scene_packet(scene, 1)->wire_bytes, 9000);
}

static void comments_say_why_each_packet_is_there(void **state)
{
	struct scene *scene = *state;

	take(scene, true, MW_TCP_ACK, 46, 1, -250 * MS);
	take(scene, false, MW_TCP_ACK, 128, 1, -90 * MS);
	take(scene, false, MW_TCP_ACK, 128, 1, -12 * MS);
	take(scene, true, MW_TCP_RST, 63, 1, 0);
	take(scene, true, MW_TCP_RST, 46, 1, MS);
	take(scene, false, MW_TCP_RST, 128, 1, 2 * MS);
	take(scene, true, MW_TCP_RST, 46, 1, 3000 * MS);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: an ordinary packet of the named sender: TTL 46, 250.0 ms before the first reset");
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: same connection, the other way: TTL 128, 90.0 ms before the first reset");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: same connection, the other way: TTL 128, 12.0 ms before the first reset; the last "
						"packet to its named sender before it");
	assert_string_equal(scene_comment(scene, 4),
						"midwatch: this reset is judged forged (confidence 97): payload-signature, ttl-split; TTL 63, "
						"the sender's packets have 46");
	assert_string_equal(scene_comment(scene, 5),
						"midwatch: a reset of an episode that is judged forged (confidence 97): payload-signature, "
						"ttl-split; TTL 46, the sender's packets have 46");
	assert_string_equal(scene_comment(scene, 6),
						"midwatch: same connection, a reset the other way: TTL 128, 2.0 ms after the first reset");
	assert_string_equal(scene_comment(scene, 7),
						"midwatch: another reset in the name of this sender, not of this episode: TTL 46, 3.0 s after "
						"the first reset");
}

/** What the row says for and against it. */
static uint32_t *evidence_of(struct scene *scene)
{
	return &((struct evidence_resets_detail *)(void *)scene->subject.detail)->evidence;
}

static void longest_comment_fits(void **state)
{
	struct scene *scene = *state;

	*evidence_of(scene) = (1u << MW_RESET_EVIDENCES) - 1;
	take(scene, true, MW_TCP_RST, 255, 1, 0);
	assert_non_null(strstr(scene_comment(scene, 1), "; TTL 255, the sender's packets have 46"));
}

static void what_speaks_against_it_is_not_hidden(void **state)
{
	struct scene *scene = *state;

	*evidence_of(scene) = 1u << MW_RESET_EVIDENCE_CLUSTER | 1u << MW_RESET_EVIDENCE_IN_WINDOW;
	take(scene, true, MW_TCP_RST, 63, 1, 0);
	assert_non_null(strstr(scene_comment(scene, 1), "(confidence 97): cluster; against it: in-window; TTL"));
}

#define SCENE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	MW_TEST(only_forged_resets_have_evidence_and_share_a_device_or_an_origin),
	SCENE(other_ports_and_vlans_are_other_connections),
	SCENE(long_connection_keeps_handshake_what_was_last_resets_and_what_followed),
	SCENE(reset_that_decided_is_kept_though_it_came_late),
	SCENE(other_connections_of_the_same_ends_are_left_out),
	SCENE(what_comes_long_after_is_left_out),
	SCENE(long_frames_are_cut),
	SCENE(comments_say_why_each_packet_is_there),
	SCENE(longest_comment_fits),
	SCENE(what_speaks_against_it_is_not_hidden),
};

MW_TEST_MAIN("resets_evidence", tests)
