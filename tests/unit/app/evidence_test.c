// SPDX-License-Identifier: BSD-3-Clause
// What an evidence file shows: which episodes of a finding, which packets of an episode, and the words beside them.
// Neighbours: app/midwatch/evidence.c, evidence_packets.c, evidence_text.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "evidence_packets.h"
#include "mw_test.h"

#define FIRST_NS UINT64_C(1768123800000000000)

static struct mw_address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = {a, b, c, d};

	return mw_address_from_v4(bytes);
}

static struct mw_reset_row row_of(const char *cluster, uint8_t network, uint16_t dport, int64_t confidence)
{
	struct mw_reset_row row = {
		.ts_ns = FIRST_NS + dport,
		.last_ns = FIRST_NS + dport + 5,
		.vlan = MW_UNKNOWN_I64,
		.src = v4(198, network, 0, 1),
		.dst = v4(10, 0, 0, 1),
		.sport = 443,
		.dport = dport,
		.verdict = MW_RESET_FORGED,
		.origin = MW_RESET_ORIGIN_IN_PATH,
		.confidence = confidence,
	};

	snprintf(row.cluster, sizeof(row.cluster), "%s", cluster);
	row.device_sure = cluster[0] != '\0';
	return row;
}

static void add(struct evidence *evidence, const char *cluster, uint8_t network, uint16_t dport, int64_t confidence)
{
	struct mw_reset_row row = row_of(cluster, network, dport, confidence);

	evidence_row(evidence, &mw_reset_record, &row);
}

static struct evidence *fresh(void)
{
	struct evidence *evidence = NULL;

	assert_int_equal(evidence_new(&evidence), 0);
	return evidence;
}

static void each_network_is_shown_then_the_surest(void **state)
{
	const struct evidence_episode *chosen[EVIDENCE_EPISODES];
	struct evidence *evidence = fresh();

	(void)state;
	for (uint16_t i = 0; i < 20; i++)
		add(evidence, "mb-1", 1, i, 90 + i % 3);
	add(evidence, "mb-1", 2, 30, 71);
	add(evidence, "mb-1", 3, 31, 70);
	assert_int_equal(evidence_choose(evidence, "mb-1", chosen), 8);
	assert_int_equal(chosen[0]->dport, 2); // the first of confidence 92
	assert_int_equal(chosen[1]->dport, 30);
	assert_int_equal(chosen[2]->dport, 31);
	for (uint16_t i = 3; i < 8; i++)
		assert_int_equal(chosen[i]->dport, 3 * i - 4); // 5, 8, 11 ...: the others of 92, each once
	evidence_free(evidence);
}

static void order_of_rows_does_not_matter(void **state)
{
	const struct evidence_episode *one[EVIDENCE_EPISODES], *other[EVIDENCE_EPISODES];
	struct evidence *forward = fresh(), *backward = fresh();
	uint32_t count;

	(void)state;
	for (uint16_t i = 0; i < 300; i++) {
		uint16_t j = (uint16_t)(299 - i);

		add(forward, "mb-1", (uint8_t)(i * 7 % 13), i, 70 + i * 11 % 17);
		add(backward, "mb-1", (uint8_t)(j * 7 % 13), j, 70 + j * 11 % 17);
	}
	count = evidence_choose(forward, "mb-1", one);
	assert_int_equal(count, 8);
	assert_int_equal(evidence_choose(backward, "mb-1", other), count);
	for (uint32_t i = 0; i < count; i++)
		assert_memory_equal(one[i], other[i], sizeof(*one[i]));
	evidence_free(forward);
	evidence_free(backward);
}

static void findings_are_kept_apart_and_bounded(void **state)
{
	const struct evidence_episode *chosen[EVIDENCE_EPISODES];
	struct evidence *evidence = fresh();
	struct mw_reset_row honest = row_of("mb-1", 9, 9, 99);
	char key[16];

	(void)state;
	honest.verdict = MW_RESET_ENDPOINT;
	evidence_row(evidence, &mw_reset_record, &honest);
	assert_int_equal(evidence_choose(evidence, "mb-1", chosen), 0);
	add(evidence, "", 1, 1, 80);
	assert_int_equal(evidence_choose(evidence, "in-path", chosen), 1); // without a cluster: where it came from
	for (uint16_t i = 0; i < 2 * EVIDENCE_GROUPS; i++) {
		snprintf(key, sizeof(key), "mb-%u", i);
		add(evidence, key, 1, i, 80);
	}
	assert_int_equal(evidence_choose(evidence, "mb-7", chosen), 1);
	assert_int_equal(chosen[0]->dport, 7);
	assert_int_equal(evidence_choose(evidence, "mb-127", chosen), 0);
	evidence_free(evidence);
}

/** An episode whose resets name the server, from FIRST_NS on for a second, and its packets. */
struct scene {
	struct evidence_episode episode;
	struct evidence_packets packets;
	uint64_t number;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	scene->episode = (struct evidence_episode){
		.first_ns = FIRST_NS,
		.last_ns = FIRST_NS + MW_NS_PER_SECOND,
		.src = v4(198, 51, 100, 7),
		.dst = v4(10, 0, 0, 1),
		.sport = 443,
		.dport = 40000,
		.confidence = 97,
		.ttl = 63,
		.ttl_expected = 46,
		.count = 2,
		.evidence = 1u << MW_RESET_EVIDENCE_TTL_SPLIT | 1u << MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE,
	};
	scene->packets.episode = &scene->episode;
	scene->packets.frames = calloc(EVIDENCE_PACKETS, sizeof(*scene->packets.frames));
	*state = scene;
	return scene->packets.frames == NULL;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	free(scene->packets.frames);
	free(scene);
	return 0;
}

static void take_bytes(struct scene *scene, bool from_server, uint8_t flags, uint8_t ttl, uint32_t seq,
					   int64_t after_ns, uint32_t captured_bytes)
{
	static uint8_t frame[9000];
	struct mw_packet packet = {
		.data = frame,
		.captured_bytes = captured_bytes,
		.wire_bytes = captured_bytes,
		.time_ns = FIRST_NS + (uint64_t)after_ns,
		.kinds = MW_KIND_TCP | (flags & MW_TCP_RST ? MW_KIND_RST : 0) | (flags == MW_TCP_SYN ? MW_KIND_SYN : 0),
		.family = 4,
		.protocol = 6,
		.src = from_server ? scene->episode.src : scene->episode.dst,
		.dst = from_server ? scene->episode.dst : scene->episode.src,
		.src_port = from_server ? 443 : 40000,
		.dst_port = from_server ? 40000 : 443,
		.ttl = ttl,
		.tcp = {.seq = seq, .flags = flags},
	};

	evidence_packets_take(&scene->packets, &packet, 1, ++scene->number);
}

static void take(struct scene *scene, bool from_server, uint8_t flags, uint8_t ttl, uint32_t seq, int64_t after_ns)
{
	take_bytes(scene, from_server, flags, ttl, seq, after_ns, 100);
}

static uint32_t kept(const struct scene *scene, enum evidence_part part)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < EVIDENCE_PACKETS; i++)
		count += scene->packets.packets[i].captured_bytes > 0 && scene->packets.packets[i].part == part;
	return count;
}

static const struct evidence_packet *packet_of(const struct scene *scene, uint64_t number)
{
	for (uint32_t i = 0; i < EVIDENCE_PACKETS; i++) {
		if (scene->packets.packets[i].captured_bytes > 0 && scene->packets.packets[i].number == number)
			return &scene->packets.packets[i];
	}
	return NULL;
}

static const char *comment_of(const struct scene *scene, uint64_t number)
{
	static char comment[EVIDENCE_COMMENT_BYTES];
	struct mw_text text = mw_text_in(comment, sizeof(comment));

	assert_non_null(packet_of(scene, number));
	evidence_packets_comment(&scene->packets, packet_of(scene, number), &text);
	return comment;
}

#define MS ((int64_t)MW_NS_PER_MS)

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
	assert_int_equal(kept(scene, EVIDENCE_BEGINNING), 8);
	assert_int_equal(kept(scene, EVIDENCE_BEFORE), 24);
	assert_int_equal(kept(scene, EVIDENCE_RESETS), 12);
	assert_int_equal(kept(scene, EVIDENCE_DECIDING), 4);
	assert_int_equal(kept(scene, EVIDENCE_AFTER), 16);
	assert_non_null(packet_of(scene, 1));
	assert_non_null(packet_of(scene, 1002)); // the very last before the resets
	assert_null(packet_of(scene, 1002 - 24));
	assert_non_null(packet_of(scene, 1003));
	assert_non_null(packet_of(scene, 1043));
}

static void reset_that_decided_is_kept_though_it_came_late(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 30; i++)
		take(scene, true, MW_TCP_RST, 46, 2, i * MS);
	assert_int_equal(kept(scene, EVIDENCE_DECIDING), 0);
	take(scene, true, MW_TCP_RST, 63, 2, 30 * MS);
	assert_non_null(packet_of(scene, 31));
	assert_int_equal(packet_of(scene, 31)->part, EVIDENCE_DECIDING);
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
			assert_non_null(packet_of(scene, number));
		else
			assert_null(packet_of(scene, number));
	}
}

static void what_comes_long_after_is_left_out(void **state)
{
	struct scene *scene = *state;

	take(scene, true, MW_TCP_RST, 63, 1, 0);
	take(scene, true, MW_TCP_ACK, 46, 1, 3900 * MS);
	take(scene, true, MW_TCP_ACK, 46, 1, 4100 * MS);
	assert_non_null(packet_of(scene, 2));
	assert_null(packet_of(scene, 3));
}

static void long_frames_are_cut(void **state)
{
	struct scene *scene = *state;

	take_bytes(scene, true, MW_TCP_ACK, 46, 1, -MS, 9000);
	assert_int_equal(packet_of(scene, 1)->captured_bytes, EVIDENCE_FRAME_BYTES);
	assert_int_equal(packet_of(scene, 1)->wire_bytes, 9000);
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
	assert_string_equal(comment_of(scene, 1),
						"midwatch: an ordinary packet of the named sender: TTL 46, 250.0 ms before the first reset");
	assert_string_equal(comment_of(scene, 2),
						"midwatch: same connection, the other way: TTL 128, 90.0 ms before the first reset");
	assert_string_equal(comment_of(scene, 3),
						"midwatch: same connection, the other way: TTL 128, 12.0 ms before the first reset; the last "
						"packet to its named sender before it");
	assert_string_equal(comment_of(scene, 4),
						"midwatch: this reset is judged forged (confidence 97): payload-signature, ttl-split; TTL 63, "
						"the sender's packets have 46");
	assert_string_equal(comment_of(scene, 5),
						"midwatch: a reset of an episode that is judged forged (confidence 97): payload-signature, "
						"ttl-split; TTL 46, the sender's packets have 46");
	assert_string_equal(comment_of(scene, 6),
						"midwatch: same connection, a reset the other way: TTL 128, 2.0 ms after the first reset");
	assert_string_equal(comment_of(scene, 7),
						"midwatch: another reset in the name of this sender, not of this episode: TTL 46, 3.0 s after "
						"the first reset");
}

static void longest_comment_fits(void **state)
{
	struct scene *scene = *state;

	scene->episode.evidence = (1u << MW_RESET_EVIDENCES) - 1;
	take(scene, true, MW_TCP_RST, 255, 1, 0);
	assert_non_null(strstr(comment_of(scene, 1), "; TTL 255, the sender's packets have 46"));
}

static void what_speaks_against_it_is_not_hidden(void **state)
{
	struct scene *scene = *state;

	scene->episode.evidence = 1u << MW_RESET_EVIDENCE_CLUSTER | 1u << MW_RESET_EVIDENCE_IN_WINDOW;
	take(scene, true, MW_TCP_RST, 63, 1, 0);
	assert_non_null(strstr(comment_of(scene, 1), "(confidence 97): cluster; against it: in-window; TTL"));
}

#define SCENE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	MW_TEST(each_network_is_shown_then_the_surest),
	MW_TEST(order_of_rows_does_not_matter),
	MW_TEST(findings_are_kept_apart_and_bounded),
	SCENE(long_connection_keeps_handshake_what_was_last_resets_and_what_followed),
	SCENE(reset_that_decided_is_kept_though_it_came_late),
	SCENE(other_connections_of_the_same_ends_are_left_out),
	SCENE(what_comes_long_after_is_left_out),
	SCENE(long_frames_are_cut),
	SCENE(comments_say_why_each_packet_is_there),
	SCENE(longest_comment_fits),
	SCENE(what_speaks_against_it_is_not_hidden),
};

MW_TEST_MAIN("app_evidence", tests)
