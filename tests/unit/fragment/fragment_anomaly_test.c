// SPDX-License-Identifier: BSD-3-Clause
// What is not regular about pieces: each anomaly from the least that shows it, and what must show none.
// Neighbours: lib/fragment/check.c.
#include "fragment_world.h"

/** Up to six pieces, the anomalies that they show, and whether the datagram is complete. */
struct scene {
	const char *name;
	uint32_t anomalies;
	bool incomplete;
	struct give pieces[6];
};

static const struct scene scenes[] = {
	{"whole", 0, false, {{.bytes = 1480}, {.from = 1480}, {.from = 2960, .bytes = 48}}},
	{"same bytes at other bounds",
	 BIT(OVERLAP_SAME),
	 false,
	 {{.bytes = 1480}, {.from = 1400, .bytes = 1560}, {.from = 2960, .bytes = 48}}},
	{"other bytes at other bounds",
	 BIT(OVERLAP_DIFFERENT),
	 false,
	 {{.bytes = 1480}, {.from = 1400, .bytes = 1560, .content = 1}, {.from = 2960, .bytes = 48}}},
	{"other bytes behind the overlap",
	 BIT(OVERLAP_SAME),
	 false,
	 {{.bytes = 1480}, {.from = 1400, .bytes = 1560, .content = 1, .content_from = 1480}, {.from = 2960, .bytes = 48}}},
	{"other bytes at the same bounds",
	 BIT(OVERLAP_DIFFERENT),
	 false,
	 {{.bytes = 1480}, {.from = 1480}, {.from = 1480, .content = 1}, {.from = 2960, .bytes = 48}}},
	{"an overlap that comes first",
	 BIT(OVERLAP_DIFFERENT),
	 false,
	 {{.from = 1400, .bytes = 1560, .content = 1}, {.bytes = 1480}, {.from = 2960, .bytes = 48}}},
	{"one unit differs",
	 BIT(OVERLAP_DIFFERENT),
	 false,
	 {{.bytes = 1480}, {.from = 1400, .bytes = 1560, .content = 1, .content_from = 1472}, {.from = 2960, .bytes = 48}}},
	{"overlap that was not captured",
	 BIT(OVERLAP_UNSEEN),
	 false,
	 {{.bytes = 1480, .snap_bytes = 60}, {.from = 1400, .bytes = 1560}, {.from = 2960, .bytes = 48}}},
	{"overlap behind what is signed",
	 BIT(OVERLAP_UNSEEN),
	 false,
	 {{.bytes = 8000, .total = 10000}, {.from = 7992, .bytes = 2008, .total = 10000}}},
	{"a piece within another",
	 BIT(TEARDROP) | BIT(OVERLAP_SAME),
	 false,
	 {{.bytes = 1480}, {.from = 800, .bytes = 80, .more = true}, {.from = 1480, .bytes = 1528}}},
	{"a short last piece within another",
	 BIT(TEARDROP) | BIT(OVERLAP_UNSEEN) | BIT(BEYOND_LAST),
	 false,
	 {{.bytes = 80, .more = true}, {.bytes = 1, .from = 8, .last = true}}},
	{"a piece around another",
	 BIT(OVERLAP_SAME),
	 false,
	 {{.from = 800, .bytes = 80}, {.bytes = 2960}, {.from = 2960, .bytes = 48}}},
	{"ping of death", BIT(BEYOND_LIMIT), true, {{.bytes = 1480}, {.from = 65512, .bytes = 1480, .last = true}}},
	{"ping of death with its last bytes alone",
	 BIT(BEYOND_LIMIT),
	 true,
	 {{.bytes = 1480}, {.from = 65512, .bytes = 4, .last = true}}},
	{"the largest datagram's last bytes", 0, true, {{.bytes = 1480}, {.from = 65512, .bytes = 3, .last = true}}},
	{"IPv6 has twenty bytes more",
	 0,
	 true,
	 {{.v6 = true, .bytes = 1480}, {.v6 = true, .from = 65512, .bytes = 23, .last = true}}},
	{"IPv6 ping of death",
	 BIT(BEYOND_LIMIT),
	 true,
	 {{.v6 = true, .bytes = 1480}, {.v6 = true, .from = 65512, .bytes = 24, .last = true}}},
	{"first piece of 40 bytes", BIT(TINY), false, {{.bytes = 40, .total = 88}, {.from = 40, .bytes = 48, .total = 88}}},
	{"first piece of 48 bytes", 0, false, {{.bytes = 48, .total = 96}, {.from = 48, .bytes = 48, .total = 96}}},
	{"first piece of 8 bytes behind the longest header",
	 0,
	 false,
	 {{.bytes = 8, .total = 96, .options_bytes = 40}, {.from = 8, .bytes = 88, .total = 96, .options_bytes = 40}}},
	{"first piece of 24 bytes over IPv6",
	 BIT(TINY),
	 false,
	 {{.v6 = true, .bytes = 24, .total = 96}, {.v6 = true, .from = 24, .bytes = 72, .total = 96}}},
	{"rest of a piece that was cut again",
	 0,
	 false,
	 {{.bytes = 1472},
	  {.from = 1472, .bytes = 8},
	  {.from = 1480, .bytes = 1472},
	  {.from = 2952, .bytes = 8},
	  {.from = 2960, .bytes = 48}}},
	{"TCP at offset 8", BIT(TINY), true, {{.protocol = 6, .from = 8, .bytes = 1480, .total = 4000}}},
	{"UDP at offset 8", 0, true, {{.from = 8, .bytes = 1480, .total = 4000}}},
	{"first TCP piece without its header", BIT(TINY), true, {{.protocol = 6, .bytes = 16, .total = 4000}}},
	{"first TCP piece without its header, over IPv6",
	 BIT(TINY),
	 true,
	 {{.v6 = true, .protocol = 6, .bytes = 16, .total = 4000}}},
	{"nothing",
	 BIT(ZERO),
	 false,
	 {{.bytes = 1480}, {.from = 1480, .bytes = UINT32_MAX, .more = true}, {.from = 1480}, {.from = 2960, .bytes = 48}}},
	{"not a multiple of eight", BIT(NOT_MULTIPLE), true, {{.bytes = 1484}, {.from = 1488, .bytes = 1520}}},
	{"two last ones",
	 BIT(LAST_TWICE) | BIT(BEYOND_LAST),
	 true,
	 {{.bytes = 1480}, {.from = 2960, .bytes = 48, .last = true}, {.from = 3008, .bytes = 80, .last = true}}},
	{"bytes behind the end",
	 BIT(BEYOND_LAST),
	 true,
	 {{.bytes = 1480}, {.from = 2960, .bytes = 48, .last = true}, {.from = 4000, .bytes = 80, .more = true}}},
	{"an end before bytes that passed",
	 BIT(BEYOND_LAST),
	 true,
	 {{.bytes = 1480}, {.from = 4000, .bytes = 80, .more = true}, {.from = 2960, .bytes = 48, .last = true}}},
	{"later headers of two lengths",
	 BIT(HEADER),
	 false,
	 {{.bytes = 1480}, {.from = 1480, .options_bytes = 4}, {.from = 2960, .bytes = 48}}},
	{"options in the first piece alone",
	 0,
	 false,
	 {{.bytes = 1480, .options_bytes = 8}, {.from = 1480}, {.from = 2960, .bytes = 48}}},
	{"don't fragment",
	 BIT(DONT_FRAGMENT),
	 false,
	 {{.bytes = 1480}, {.from = 1480, .dont_fragment = true}, {.from = 2960, .bytes = 48}}},
};

static void play(struct world *world, const struct scene *scene)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(scene->pieces) && scene->pieces[i].bytes + scene->pieces[i].from > 0; i++)
		give_piece(world, &scene->pieces[i]);
	expire(world, 100);
}

static void each_anomaly_shows_in_its_scene_and_in_no_other(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(scenes); i++) {
		const struct scene *scene = &scenes[i];
		struct world *world = world_new(16, i, NULL);
		const struct told *last;

		play(world, scene);
		last = &world->told[world->told_count - 1];
		if (world->told_count != (!scene->incomplete && scene->anomalies != 0 ? 2 : 1) ||
			last->datagram.anomalies != scene->anomalies)
			fail_msg("%s: told %u, anomalies %#x, not %#x", scene->name, world->told_count, last->datagram.anomalies,
					 scene->anomalies);
		if (last->end != (scene->incomplete       ? MW_FRAGMENT_INCOMPLETE
						  : scene->anomalies != 0 ? MW_FRAGMENT_IRREGULAR
												  : MW_FRAGMENT_COMPLETE))
			fail_msg("%s: end %u", scene->name, last->end);
		world_free(world);
	}
}

static void atomic_fragment_is_told_alone_and_joins_no_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	const struct mw_fragment_datagram *datagram;

	(void)state;
	give_some(world, 1, .v6 = true, .id = 7);
	give(world, .v6 = true, .id = 7, .bytes = 100, .total = 100);
	assert_int_equal(world->told_count, 1);
	datagram = told(world, 0, MW_FRAGMENT_IRREGULAR);
	assert_int_equal(datagram->anomalies, BIT(ATOMIC));
	assert_int_equal(datagram->bytes_total, 100);
	assert_int_equal(datagram->bytes_seen, 100);
	assert_int_equal(datagram->missing_count, 0);
	assert_int_equal(datagram->fragments, 1);
	assert_int_equal(datagram->src_port, 500);
	assert_int_equal(datagram->largest_bytes, 148);
	give_some(world, 6, .v6 = true, .id = 7);
	assert_int_equal(told(world, 1, MW_FRAGMENT_COMPLETE)->anomalies, 0);
	world_free(world);
}

static void shuffled_pieces_with_more_gaps_than_are_followed_become_complete(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t odd = 2; odd-- > 0;)
		for (uint32_t from = odd * 800; from < 40000; from += 1600)
			give(world, .id = 7, .total = 40000, .from = from, .bytes = 800);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->bytes_seen, 40000);
	assert_int_equal(world->told[0].datagram.anomalies, BIT(SCATTERED));
	assert_int_equal(world->told[0].datagram.missing_count, 0);
	world_free(world);
}

static void scattered_datagram_says_nothing_of_missing_bytes(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t from = 0; from < 40000; from += 1600)
		give(world, .id = 7, .total = 40000, .from = from, .bytes = 800);
	expire(world, 100);
	assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->bytes_seen, 20000);
	assert_int_equal(world->told[0].datagram.missing_count, 0);
	world_free(world);
}

static void sixteen_gaps_are_followed(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 16; i++)
		give(world, .id = 7, .total = 40000, .from = 800 + i * 1600, .bytes = 800, .protocol = 6);
	expire(world, 100);
	assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->missing_count, 17);
	for (uint32_t i = 0; i < 16; i++)
		assert_missing(&world->told[0].datagram, i, i * 1600, i * 1600 + 800);
	assert_missing(&world->told[0].datagram, 16, 16 * 1600, MW_FRAGMENT_OPEN);
	world_free(world);
}

static void every_anomaly_and_counter_has_a_name(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MW_FRAGMENT_ANOMALIES; i++)
		assert_non_null(mw_fragment_anomaly_names[i]);
	for (uint32_t i = 0; i < MW_FRAGMENT_COUNTERS; i++)
		assert_true(mw_fragment_counters[i].name != NULL && mw_fragment_counters[i].help != NULL);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(each_anomaly_shows_in_its_scene_and_in_no_other),
	MW_TEST(atomic_fragment_is_told_alone_and_joins_no_datagram),
	MW_TEST(shuffled_pieces_with_more_gaps_than_are_followed_become_complete),
	MW_TEST(scattered_datagram_says_nothing_of_missing_bytes),
	MW_TEST(sixteen_gaps_are_followed),
	MW_TEST(every_anomaly_and_counter_has_a_name),
};
MW_TEST_MAIN("fragment_anomaly", tests)
