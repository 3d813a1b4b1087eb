// SPDX-License-Identifier: BSD-3-Clause
// Evidence of lost and of harmful pieces: which packets are kept, and the words beside them.
// Neighbours: lib/detectors/fragments/evidence.c, lib/detector/evidence_pieces.c.
#include <stdio.h>
#include <string.h>

#include "evidence.h"
#include "evidence_scene.h"
#include "fragments.h"
#include "mw_test.h"

#define ID 4711

static struct mw_fragment_row row_of(void)
{
	return (struct mw_fragment_row){.ts_ns = SCENE_NS,
									.last_ns = SCENE_NS + MW_NS_PER_MS,
									.src = scene_v4(192, 0, 2, 1),
									.dst = scene_v4(198, 51, 100, 7),
									.ip_id = ID,
									.fragments_seen = 2,
									.bytes_total = 3480,
									.missing = "1480-2959",
									.verdict = MW_FRAGMENTS_INCOMPLETE,
									.word = 255};
}

static int set_up(void **state)
{
	struct mw_fragment_row row = row_of();

	*state = scene_open(&evidence_fragments_lost, &row);
	return *state == NULL;
}

static int tear_down(void **state)
{
	scene_close(*state);
	return 0;
}

static struct mw_packet packet_of(const struct scene *scene, bool forward, uint32_t bytes, int64_t after_ns)
{
	return (struct mw_packet){.time_ns = SCENE_NS + (uint64_t)after_ns,
							  .kinds = MW_KIND_UDP,
							  .family = 4,
							  .protocol = 17,
							  .src = forward ? scene->subject.src : scene->subject.dst,
							  .dst = forward ? scene->subject.dst : scene->subject.src,
							  .ip_header_bytes = 20,
							  .ip_total_bytes = 20 + bytes};
}

static void piece(struct scene *scene, uint32_t id, uint16_t from, uint32_t bytes, bool more, int64_t after_ns)
{
	struct mw_packet packet = packet_of(scene, true, bytes, after_ns);

	packet.kinds = MW_KIND_FRAGMENT;
	packet.ip_id = id;
	packet.ip_id_known = true;
	packet.fragment_offset_bytes = from;
	packet.more_fragments = more;
	scene_take(scene, &packet);
}

static void exceeded(struct scene *scene, uint32_t id, int64_t after_ns)
{
	struct mw_packet packet = packet_of(scene, false, 36, after_ns);

	packet.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	packet.protocol = 1;
	packet.icmp_type = 11;
	packet.icmp_code = 1;
	packet.quote.src = scene->subject.src;
	packet.quote.dst = scene->subject.dst;
	packet.quote.ip_id = id;
	packet.quote.ip_id_known = true;
	scene_take(scene, &packet);
}

static void uncut(struct scene *scene, bool forward, int64_t after_ns)
{
	struct mw_packet packet = packet_of(scene, forward, 80, after_ns);

	scene_take(scene, &packet);
}

static void comments_say_which_bytes_a_piece_has_and_which_never_passed(void **state)
{
	struct scene *scene = *state;

	uncut(scene, false, -1200 * SCENE_MS);
	piece(scene, ID, 0, 1480, true, 0);
	piece(scene, ID, 2960, 520, false, SCENE_MS);
	exceeded(scene, ID, 30000 * SCENE_MS);
	assert_string_equal(scene_comment(scene, 1), "midwatch: the same hosts, the other way, in one packet: 100 bytes, "
												 "1.2 s before the first piece");
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: a piece of a datagram that lacks bytes: first piece, bytes 0-1479 of 3480; bytes "
						"1480-2959 never passed here; identification 4711");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: a piece of a datagram that lacks bytes: last piece, bytes 2960-3479 of 3480; bytes "
						"1480-2959 never passed here; identification 4711");
	assert_string_equal(scene_comment(scene, 4),
						"midwatch: 198.51.100.7 says that it never had all pieces of the datagram with identification "
						"4711 (ICMP, reassembly time exceeded), 30.0 s after its first piece");
	for (uint64_t i = 2; i <= 4; i++)
		assert_true(scene_packet(scene, i)->proves);
	assert_false(scene_packet(scene, 1)->proves);
}

static void other_datagrams_with_the_same_identification_are_left_out(void **state)
{
	struct scene *scene = *state;

	piece(scene, ID, 0, 1480, true, -5000 * SCENE_MS);
	piece(scene, ID, 0, 1480, true, 0);
	piece(scene, ID, 1480, 1480, true, 5000 * SCENE_MS);
	exceeded(scene, ID + 1, 30000 * SCENE_MS);
	assert_null(scene_packet(scene, 1));
	assert_non_null(scene_packet(scene, 2));
	assert_null(scene_packet(scene, 3));
	assert_null(scene_packet(scene, 4));
}

static void datagram_that_passed_whole_is_shown_beside(void **state)
{
	struct scene *scene = *state;

	piece(scene, 1, 0, 1480, true, -50 * SCENE_MS); // lacks its end
	piece(scene, 2, 1480, 520, false, -40 * SCENE_MS);
	piece(scene, 2, 0, 1480, true, -39 * SCENE_MS);
	piece(scene, 3, 0, 1480, true, -30 * SCENE_MS);
	piece(scene, 3, 1480, 520, false, -29 * SCENE_MS);
	piece(scene, ID, 0, 1480, true, 0);
	mw_evidence_packets_finish(&scene->packets);
	assert_int_equal(scene_kept(scene, EVIDENCE_WHOLE), 2);
	assert_string_equal(scene_comment(scene, 3), "midwatch: for comparison, another datagram of these hosts, all of "
												 "which passed: first piece, bytes 0-1479 of 2000; identification 2");
	assert_int_equal(scene_kept(scene, EVIDENCE_PIECES), 1);
}

static void datagram_that_lacks_bytes_is_no_comparison(void **state)
{
	struct scene *scene = *state;

	piece(scene, 1, 0, 1480, true, -50 * SCENE_MS);
	piece(scene, 2, 1480, 520, false, -40 * SCENE_MS);
	mw_evidence_packets_finish(&scene->packets);
	assert_int_equal(scene_kept(scene, EVIDENCE_WHOLE), 0);
}

static void pieces_before_a_complaint_are_found_though_nobody_told_of_them(void **state)
{
	struct mw_fragment_row row = row_of();
	struct scene *scene;

	(void)state;
	row.verdict = MW_FRAGMENTS_IRREGULAR;
	row.anomaly = 1u << MW_FRAGMENT_RECEIVER;
	row.fragments_seen = row.bytes_total = MW_UNKNOWN_I64;
	row.missing[0] = '\0';
	scene = scene_open(&evidence_fragments_lost, &row);
	assert_non_null(scene);
	piece(scene, ID, 0, 1480, true, -30000 * SCENE_MS);
	piece(scene, ID, 1480, 520, false, -29999 * SCENE_MS);
	exceeded(scene, ID, 0);
	uncut(scene, true, 2000 * SCENE_MS);
	assert_string_equal(scene_comment(scene, 4), "midwatch: the same hosts, the same way, in one packet: 100 bytes, "
												 "2.0 s after the receiver's word");
	assert_string_equal(scene_comment(scene, 2), "midwatch: a piece of a datagram that its receiver never had whole: "
												 "last piece, bytes 1480-1999; identification 4711");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: 198.51.100.7 says that it never had all pieces of the datagram with identification "
						"4711 (ICMP, reassembly time exceeded)");
	scene_close(scene);
}

static void attack_says_what_is_not_regular_and_which_pieces_overlap(void **state)
{
	struct mw_fragment_row row = row_of();
	struct scene *scene;

	(void)state;
	row.verdict = MW_FRAGMENTS_IRREGULAR;
	row.anomaly = 1u << MW_FRAGMENT_OVERLAP_DIFFERENT;
	row.missing[0] = '\0';
	scene = scene_open(&evidence_fragment_attack, &row);
	assert_non_null(scene);
	assert_string_equal(scene->key, "192.0.2.1");
	piece(scene, ID, 0, 1480, true, 0);
	piece(scene, ID, 1472, 1480, true, 0);
	piece(scene, ID, 1472, 1480, true, 0);
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: a piece of a datagram that is not regular (overlap-different): bytes 1472-2951 of "
						"3480; identification 4711; overlaps a piece before it in bytes 1472-1479");
	assert_non_null(strstr(scene_comment(scene, 3), "; overlaps a piece before it in bytes 1472-1479"));
	scene_close(scene);
}

static void rows_without_loss_or_harm_make_no_evidence(void **state)
{
	struct mw_fragment_row row = row_of();

	(void)state;
	row.verdict = MW_FRAGMENTS_EVICTED;
	assert_null(scene_open(&evidence_fragments_lost, &row));
	row.verdict = MW_FRAGMENTS_IRREGULAR;
	row.anomaly = 1u << MW_FRAGMENT_OVERLAP_SAME;
	assert_null(scene_open(&evidence_fragments_lost, &row));
	assert_null(scene_open(&evidence_fragment_attack, &row));
	row.anomaly = 1u << MW_FRAGMENT_TEARDROP | 1u << MW_FRAGMENT_ID_REUSE; // two honest datagrams that met
	assert_null(scene_open(&evidence_fragment_attack, &row));
}

static void what_the_findings_leave_out_is_no_evidence_for_them(void **state)
{
	struct mw_fragment_row row = row_of();

	(void)state;
	row.anomaly = 1u << MW_FRAGMENT_BEYOND_LIMIT; // an attack that lacks bytes is no loss
	assert_null(scene_open(&evidence_fragments_lost, &row));
	row.anomaly = 1u << MW_FRAGMENT_TINY; // of UDP: it hides nothing
	row.first_seen = true;
	row.protocol = 17;
	assert_null(scene_open(&evidence_fragment_attack, &row));
	row.verdict = MW_FRAGMENTS_EVICTED;
	row.anomaly = 1u << MW_FRAGMENT_RECEIVER;
	assert_null(scene_open(&evidence_fragments_lost, &row));
}

static void first_piece_around_a_tunnel_is_a_piece(void **state)
{
	struct scene *scene = *state;
	struct mw_packet packet = packet_of(scene, true, 1400, 0);

	packet.outer_src = packet.src;
	packet.outer_dst = packet.dst;
	packet.src = scene_v4(10, 0, 0, 1);
	packet.dst = scene_v4(10, 0, 0, 2);
	packet.outer_is_fragment = true;
	packet.outer_ip_id = ID;
	packet.outer_fragment_bytes = 1480;
	scene_take(scene, &packet);
	assert_non_null(strstr(scene_comment(scene, 1), "first piece, bytes 0-1479 of 3480"));
}

static void number_of_packets_is_bounded(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 200; i++) {
		uncut(scene, true, (i - 300) * SCENE_MS);
		piece(scene, ID, (uint16_t)(8 * i), 8, true, 0);
		piece(scene, (uint32_t)i, 8, 8, true, 0);
		uncut(scene, false, SCENE_MS);
		exceeded(scene, ID, 2 * SCENE_MS);
	}
	assert_int_equal(scene_kept(scene, EVIDENCE_PIECES), 44);
	assert_int_equal(scene_kept(scene, EVIDENCE_UNCUT_BEFORE), 4);
	assert_int_equal(scene_kept(scene, EVIDENCE_UNCUT_AFTER), 4);
	assert_int_equal(scene_kept(scene, EVIDENCE_EXCEEDED), 4);
}

static void longest_comment_fits(void **state)
{
	struct mw_fragment_row row = row_of();
	struct mw_text missing = mw_text_in(row.missing, sizeof(row.missing));
	struct scene *scene;

	(void)state;
	while (missing.len_bytes < sizeof(row.missing) - 14)
		mw_text_add(&missing, "%s65000-65007", missing.len_bytes > 0 ? ";" : "");
	row.anomaly = ((1u << MW_FRAGMENT_ANOMALIES) - 1) & ~(1u << MW_FRAGMENT_ID_REUSE); // with it nobody is accused
	row.bytes_total = 65515;
	row.ip_id = UINT32_MAX;
	scene = scene_open(&evidence_fragment_attack, &row);
	assert_non_null(scene);
	piece(scene, UINT32_MAX, 65504, 65515, false, 0);
	piece(scene, UINT32_MAX, 65528, 65515, false, 0);
	assert_non_null(strstr(scene_comment(scene, 2), "65000-65007... never passed here"));
	assert_non_null(strstr(scene_comment(scene, 2), "; overlaps a piece before it in bytes 65528-131018"));
	scene_close(scene);
}

#define SCENE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	SCENE(comments_say_which_bytes_a_piece_has_and_which_never_passed),
	SCENE(other_datagrams_with_the_same_identification_are_left_out),
	SCENE(datagram_that_passed_whole_is_shown_beside),
	SCENE(datagram_that_lacks_bytes_is_no_comparison),
	MW_TEST(pieces_before_a_complaint_are_found_though_nobody_told_of_them),
	MW_TEST(attack_says_what_is_not_regular_and_which_pieces_overlap),
	MW_TEST(rows_without_loss_or_harm_make_no_evidence),
	MW_TEST(what_the_findings_leave_out_is_no_evidence_for_them),
	SCENE(first_piece_around_a_tunnel_is_a_piece),
	SCENE(number_of_packets_is_bounded),
	MW_TEST(longest_comment_fits),
};

MW_TEST_MAIN("fragments_evidence", tests)
