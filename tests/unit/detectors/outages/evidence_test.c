// SPDX-License-Identifier: BSD-3-Clause
// Evidence of an outage: the last that came, what was asked in vain, the first that came back.
// Neighbours: lib/detectors/outages/evidence.c.
#include "evidence.h"

#include <stdio.h>
#include <string.h>

#include "evidence_scene.h"
#include "mw_test.h"

#define S(seconds) (SCENE_NS + (uint64_t)(seconds)*MW_NS_PER_SECOND)

static const uint8_t gateway[6] = {2, 0, 0, 0, 0, 1}, host[6] = {2, 0, 0, 0, 0, 9};

static struct outages_row row_of(uint8_t verdict, const char *line)
{
	struct outages_row row = {.start_earliest_ns = S(10),
							  .start_ns = S(11),
							  .end_earliest_ns = S(29),
							  .end_ns = S(30),
							  .lost_ns = S(11) - 20 * MW_NS_PER_MS,
							  .parts = 1u << OUTAGES_IPV4,
							  .confidence = 90,
							  .verdict = verdict};

	snprintf(row.line, sizeof(row.line), "%s", line);
	return row;
}

static void give(struct scene *scene, bool from_gateway, uint32_t kinds, uint64_t at_ns)
{
	struct mw_packet packet = {.time_ns = at_ns,
							   .family = 4,
							   .kinds = kinds,
							   .protocol = 6,
							   .tcp = {.flags = (kinds & MW_KIND_SYN) != 0 ? MW_TCP_SYN : MW_TCP_ACK},
							   .src_port = from_gateway ? 443 : 50001,
							   .dst_port = from_gateway ? 50001 : 443};

	packet.src = from_gateway ? scene_v4(198, 51, 100, 1) : scene_v4(192, 0, 2, 1);
	packet.dst = from_gateway ? scene_v4(192, 0, 2, 1) : scene_v4(198, 51, 100, 1);
	memcpy(packet.mac_src, from_gateway ? gateway : host, 6);
	memcpy(packet.mac_dst, from_gateway ? host : gateway, 6);
	scene_take(scene, &packet);
}

static void what_was_asked_in_vain_is_kept_between_what_came(void **state)
{
	const struct outages_row row = row_of(OUTAGES_LINE_DOWN, "02:00:00:00:00:01");
	struct scene *scene = scene_open(&outages_evidence, &row);

	(void)state;
	give(scene, true, MW_KIND_TCP, S(9));
	give(scene, false, MW_KIND_TCP | MW_KIND_SYN, S(20));
	give(scene, false, MW_KIND_TCP | MW_KIND_SYN, S(29));
	give(scene, true, MW_KIND_TCP | MW_KIND_SYN_ACK, S(30));
	mw_evidence_packets_finish(&scene->packets);
	assert_string_equal(scene_comment(scene, 1), "midwatch: among the last that came through this gateway, "
												 "2.0 s before the outage began");
	assert_string_equal(scene_comment(scene, 2), "midwatch: a connect (SYN) that had no answer here, "
												 "9.0 s after the outage began");
	assert_null(scene_packet(scene, 3)); // answered
	assert_string_equal(scene_comment(scene, 4), "midwatch: among the first that came through this gateway afterwards, "
												 "19.0 s after the outage began");
	scene_close(scene);
}

// The bound of the start is often data of an open connection, sent again.
static void the_first_without_an_answer_are_kept(void **state)
{
	const struct outages_row row = row_of(OUTAGES_LINE_DOWN, "02:00:00:00:00:01");
	struct scene *scene = scene_open(&outages_evidence, &row);

	(void)state;
	give(scene, false, MW_KIND_TCP | MW_KIND_PAYLOAD, row.lost_ns - 1); // was answered
	give(scene, false, MW_KIND_TCP | MW_KIND_PAYLOAD, row.lost_ns);
	give(scene, false, MW_KIND_TCP, S(11)); // an acknowledgement
	give(scene, false, MW_KIND_TCP | MW_KIND_PAYLOAD, S(12));
	mw_evidence_packets_finish(&scene->packets);
	assert_null(scene_packet(scene, 1));
	assert_string_equal(scene_comment(scene, 2), "midwatch: the first that had no answer: by it the outage had begun, "
												 "20.0 ms before the latest time it can have begun");
	assert_null(scene_packet(scene, 3));
	assert_string_equal(scene_comment(scene, 4), "midwatch: among the first that had no answer, "
												 "1.0 s after the latest time it can have begun");
	scene_close(scene);
}

static void of_a_hosts_link_its_own_packets_are_kept(void **state)
{
	const struct outages_row row = row_of(OUTAGES_LINK_FLAP, "02:00:00:00:00:09");
	struct scene *scene = scene_open(&outages_evidence, &row);

	(void)state;
	give(scene, false, MW_KIND_TCP, S(10));
	give(scene, true, MW_KIND_TCP, S(20)); // to it
	give(scene, false, MW_KIND_TCP, S(30));
	mw_evidence_packets_finish(&scene->packets);
	assert_string_equal(scene_comment(scene, 1), "midwatch: among the last that came from the host, "
												 "1.0 s before the outage began");
	assert_null(scene_packet(scene, 2));
	assert_non_null(scene_packet(scene, 3));
	scene_close(scene);
}

static void what_the_mirror_hid_is_no_outage(void **state)
{
	const struct outages_row row = row_of(OUTAGES_MIRROR_SILENT, "mirror");

	(void)state;
	assert_null(scene_open(&outages_evidence, &row));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_was_asked_in_vain_is_kept_between_what_came),
	cmocka_unit_test(the_first_without_an_answer_are_kept),
	cmocka_unit_test(of_a_hosts_link_its_own_packets_are_kept),
	cmocka_unit_test(what_the_mirror_hid_is_no_outage),
};
MW_TEST_MAIN("outages_evidence", tests)
