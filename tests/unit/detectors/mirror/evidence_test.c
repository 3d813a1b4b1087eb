// SPDX-License-Identifier: BSD-3-Clause
// Evidence of the mirror's faults: what the worker marked, and where the mirror showed less, what was around.
// Neighbours: lib/detectors/mirror/evidence.c.
#include <stdio.h>
#include <string.h>

#include "evidence_scene.h"
#include "mirror.h"
#include "mw_test.h"
#include "outages.h"

static const struct mirror_row row = {.from_ns = SCENE_NS,
									  .end_ns = SCENE_NS + 60 * MW_NS_PER_SECOND,
									  .direction = MIRROR_BOTH,
									  .amounts = {[MIRROR_UNSEEN] = 1000},
									  .copies = 1000,
									  .copies_pct = 40,
									  .one_way = 40,
									  .cut = 1000,
									  .cut_pct = 40,
									  .cut_ip_bytes = 46};

static void give(struct scene *scene, int64_t at_ms, uint8_t ttl, uint8_t reason, uint32_t value)
{
	const struct mw_packet packet = {.time_ns = SCENE_NS + (uint64_t)(at_ms * SCENE_MS),
									 .family = 4,
									 .kinds = MW_KIND_TCP,
									 .protocol = 6,
									 .ttl = ttl,
									 .src = scene_v4(192, 0, 2, 1),
									 .dst = scene_v4(198, 51, 100, 1)};

	scene_take_marked(scene, &packet, (struct mw_detector_mark){reason, value});
}

static void what_was_never_seen_is_shown_by_its_acknowledgement(void **state)
{
	struct scene *scene = scene_open(&mirror_lossy_evidence, &row);

	(void)state;
	give(scene, 0, 64, 0, 0);
	give(scene, 1, 64, MIRROR_MARK_UNSEEN, 1448);
	give(scene, 2, 64, MIRROR_MARK_JUMP, 2896);
	assert_null(scene_packet(scene, 1));
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: acknowledges 1448 bytes of the other side that never passed here");
	assert_string_equal(scene_comment(scene, 3), "midwatch: 2896 bytes before this segment have not passed here");
	scene_close(scene);
}

static void a_copy_is_kept_beside_its_original(void **state)
{
	struct scene *scene = scene_open(&mirror_twice_evidence, &row);

	(void)state;
	give(scene, 0, 64, 0, 0);
	give(scene, 1, 63, MIRROR_MARK_COPY, 12);
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: shown before, 12 us earlier, then with TTL 64 instead of 63");
	assert_non_null(scene_packet(scene, 1));
	scene_close(scene);
}

static void one_side_alone_is_shown(void **state)
{
	struct scene *scene = scene_open(&mirror_one_way_evidence, &row);

	(void)state;
	give(scene, 0, 64, MIRROR_MARK_ONE_WAY, 0);
	assert_non_null(strstr(scene_comment(scene, 1), "nothing of the other side passes here"));
	scene_close(scene);
}

static void packets_without_their_end_are_shown(void **state)
{
	const struct mw_packet snapped = {.time_ns = SCENE_NS, .family = 4, .captured_bytes = 60, .wire_bytes = 1514};
	const struct mw_packet sliced = {.time_ns = SCENE_NS,
									 .refusal = MW_REFUSAL_IP4_TOTAL_LENGTH,
									 .captured_bytes = 60,
									 .wire_bytes = 60,
									 .ip_total_bytes = 1500};
	struct scene *scene = scene_open(&mirror_cut_evidence, &row);

	(void)state;
	give(scene, 0, 64, 0, 0);
	scene_take(scene, &snapped);
	scene_take(scene, &sliced);
	assert_null(scene_packet(scene, 1));
	assert_string_equal(scene_comment(scene, 2), "midwatch: its end is missing: it had 1514 bytes");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: the mirror cut it: it has 60 bytes, and its IP header says 1500");
	scene_close(scene);
}

static void silence_is_shown_by_what_is_around_it(void **state)
{
	struct outages_row silent = {.start_ns = SCENE_NS + 10 * MW_NS_PER_SECOND,
								 .end_ns = SCENE_NS + 20 * MW_NS_PER_SECOND,
								 .verdict = OUTAGES_MIRROR_SILENT,
								 .line = "mirror"};
	struct scene *scene = scene_open(&mirror_blind_evidence, &silent);

	(void)state;
	assert_string_equal(scene->key, "mirror");
	give(scene, 9000, 64, 0, 0);
	give(scene, 20100, 64, 0, 0);
	give(scene, 20200, 64, MIRROR_MARK_JUMP, 5000);
	give(scene, 30000, 64, MIRROR_MARK_JUMP, 5000);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: among the last before, 1.0 s before the mirror showed less");
	assert_string_equal(scene_comment(scene, 2),
						"midwatch: among the first afterwards, 10.1 s after the mirror showed less");
	assert_string_equal(scene_comment(scene, 3), "midwatch: 5000 bytes before this segment have not passed here");
	assert_null(scene_packet(scene, 4));
	scene_close(scene);
	silent.verdict = OUTAGES_LINE_DOWN;
	assert_null(scene_open(&mirror_blind_evidence, &silent));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_was_never_seen_is_shown_by_its_acknowledgement),
	cmocka_unit_test(a_copy_is_kept_beside_its_original),
	cmocka_unit_test(one_side_alone_is_shown),
	cmocka_unit_test(packets_without_their_end_are_shown),
	cmocka_unit_test(silence_is_shown_by_what_is_around_it),
};
MW_TEST_MAIN("mirror_evidence", tests)
