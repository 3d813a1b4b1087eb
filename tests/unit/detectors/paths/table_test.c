// SPDX-License-Identifier: BSD-3-Clause
// Paths in fixed room: by address, by network, and who gives way.
// Neighbours: lib/detectors/paths/table.c.
#include "mw_test.h"

#include "control_world.h"
#include "detector_world.h"

#define ROOM 64

static struct path_facts pieces(void)
{
	return (struct path_facts){.what = PATH_PIECES, .flow_known = true, .count = 1};
}

/** Paths to hosts of one network each: numbers from on, before to. */
static void tell_of_networks(struct path_world *world, uint32_t from, uint32_t to, struct path_facts facts)
{
	for (uint32_t i = from; i < to; i++) {
		world->flow.dst = world_v4(10, i >> 8, i & 255, 9);
		world_tell(world, facts);
	}
}

static void a_pair_has_one_row_for_each_direction(void **state)
{
	struct path_world *world = world_new(ROOM);
	struct mw_address src = world->flow.src;

	(void)state;
	world_tell(world, pieces());
	world_tell(world, pieces());
	world->flow.src = world->flow.dst;
	world->flow.dst = src;
	world_tell(world, pieces());
	assert_int_equal(world_rows(world, 0), 2);
	assert_int_equal(world_row(world).fragmented, 1);
	world_free(world);
}

static void beyond_half_of_the_room_new_paths_are_networks(void **state)
{
	struct path_world *world = world_new(ROOM);

	(void)state;
	tell_of_networks(world, 0, ROOM / 2 + 1, pieces());
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.32.9").fragmented, 1);
	for (uint32_t i = 0; i < 200; i++) {
		world->flow.src = world_v4(192, 0, 2, i);
		world->flow.dst = world_v4(172, 16, 5, i + 3);
		world_tell(world, pieces());
	}
	assert_int_equal(world_rows(world, 0), ROOM / 2 + 2);
	assert_int_equal(world_row_of(world, "192.0.2.0/24", "172.16.5.0/24").fragmented, 200);
	for (uint32_t i = 0; i < 200; i++) {
		world->flow.src = world_v6(7, i);
		world->flow.dst = world_v6(8, i);
		world_tell(world, pieces());
	}
	assert_int_equal(world_row_of(world, "2001:db8:7::/48", "2001:db8:8::/48").fragmented, 200);
	world->flow.src = world_v4(192, 0, 2, 1);
	tell_of_networks(world, 4, 5, pieces()); // known by address: stays so
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.4.9").fragmented, 2);
	assert_int_equal(world->state->table.given_up, 0);
	world_free(world);
}

static void the_path_that_was_silent_for_longest_gives_way(void **state)
{
	struct path_world *world = world_new(ROOM);

	(void)state;
	tell_of_networks(world, 0, ROOM, pieces());
	tell_of_networks(world, 0, 1, pieces()); // seen again
	tell_of_networks(world, ROOM, ROOM + 1, pieces());
	assert_int_equal(world_rows(world, 0), ROOM);
	assert_int_equal(world->state->table.given_up, 1);
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.0.9").fragmented, 2);
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.1.9").verdict, MW_PATH_VERDICTS);
	assert_int_equal(world_row_of(world, "192.0.2.0/24", "10.0.64.0/24").fragmented, 1);
	world_free(world);
}

static void a_flood_of_harmless_paths_drives_out_no_serious_one(void **state)
{
	struct path_world *world = world_new(ROOM);

	(void)state;
	tell_of_networks(world, 0, 10, stuck(PATH_SHRANK));
	tell_of_networks(world, 10, 5000, pieces());
	tell_of_networks(world, 5000, 9000, stuck(PATH_GOT_THROUGH));
	for (uint32_t i = 0; i < 10; i++) {
		world->flow.dst = world_v4(10, 0, i, 9);
		assert_int_equal(world_row(world).verdict, MW_PATH_BLACK_HOLE);
	}
	assert_int_equal(world_rows(world, 0), ROOM);
	assert_int_equal(world->state->table.given_up, 9000 - ROOM);
	world_free(world);
}

/** Datagrams in pieces from false senders: others stay known by address, not by network. */
static void pieces_that_nobody_answered_have_a_small_share(void **state)
{
	struct path_world *world = world_new(ROOM);
	struct path_facts unanswered = pieces();

	(void)state;
	unanswered.flow_known = false;
	tell_of_networks(world, 0, 5000, unanswered);
	assert_int_equal(world_rows(world, 0), ROOM / PATH_HEARSAY_SHARE);
	tell_of_networks(world, 6000, 6010, pieces());
	tell_of_networks(world, 7000, 7001, stuck(PATH_SHRANK));
	assert_int_equal(world_row(world).verdict, MW_PATH_BLACK_HOLE);
	world->flow.dst = world_v4(10, 6005 >> 8, 6005 & 255, 9);
	assert_int_equal(world_row(world).fragmented, 1);
	assert_int_equal(world_rows(world, 0), ROOM / PATH_HEARSAY_SHARE + 11);
	world_free(world);
}

static void what_cannot_be_serious_takes_no_place_of_what_is(void **state)
{
	struct path_world *world = world_new(ROOM);

	(void)state;
	tell_of_networks(world, 0, ROOM, stuck(PATH_SHRANK));
	tell_of_networks(world, ROOM, 2 * ROOM, pieces());
	tell_of_networks(world, ROOM, 2 * ROOM, handshake(1400, 1400));
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.0.9").verdict, MW_PATH_BLACK_HOLE);
	tell_of_networks(world, ROOM, ROOM + 1, stuck(PATH_SHRANK)); // but what can be does
	assert_int_equal(world_row_of(world, "192.0.2.1", "10.0.0.9").verdict, MW_PATH_VERDICTS);
	assert_int_equal(world_row_of(world, "192.0.2.0/24", "10.0.64.0/24").verdict, MW_PATH_BLACK_HOLE);
	assert_int_equal(world_rows(world, 0), ROOM);
	world_free(world);
}

/** The longest chain of paths that share one under the key of zeros, in a table that uses the run's or that one. */
static uint32_t aimed_chain(const struct mw_hash_key *used)
{
	const struct mw_hash_key zero = {.bytes = {0}};
	struct path_table table;
	uint32_t longest;

	assert_int_equal(path_table_start(&table, 1024, used), 0);
	for (uint32_t i = 0, made = 0; made < 200; i++) {
		const struct {
			struct mw_address src, dst;
			uint64_t is_network;
		} key = {world_v4(192, 0, 2, 1), world_v4(10, i >> 16, i >> 8 & 255, i & 255), 0};

		if ((mw_hash(&zero, &key, sizeof(key)) & 1023) != 5)
			continue;
		assert_non_null(path_table_get(&table, &key.src, &key.dst, 1));
		made++;
	}
	longest = mw_kit_index_longest(&table.index);
	path_table_stop(&table);
	return longest;
}

static void paths_aimed_under_a_key_of_zeros_lie_apart(void **state)
{
	const struct mw_hash_key zero = {.bytes = {0}};

	(void)state;
	assert_int_equal(aimed_chain(&zero), 200);
	assert_in_range(aimed_chain(detector_world_key()), 1, 12);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_pair_has_one_row_for_each_direction),
	MW_TEST(beyond_half_of_the_room_new_paths_are_networks),
	MW_TEST(the_path_that_was_silent_for_longest_gives_way),
	MW_TEST(a_flood_of_harmless_paths_drives_out_no_serious_one),
	MW_TEST(pieces_that_nobody_answered_have_a_small_share),
	MW_TEST(what_cannot_be_serious_takes_no_place_of_what_is),
	MW_TEST(paths_aimed_under_a_key_of_zeros_lie_apart),
};
MW_TEST_MAIN("detect_path_table", tests)
