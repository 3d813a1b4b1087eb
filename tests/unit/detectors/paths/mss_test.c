// SPDX-License-Identifier: BSD-3-Clause
// Reduced MSS values: one host's own, or written by something in the path.
// Neighbours: lib/detectors/paths/mss.c, control.c, verdict.c.
#include "mw_test.h"

#include "control_world.h"

static void one_reduced_mss_alone_is_no_clamp(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_path_row row;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		world_tell_other_flow(world, handshake(1460, 1414));
	row = world_row(world);
	assert_int_equal(row.verdict, MW_PATH_OK);
	assert_int_equal(row.confidence, 50);
	assert_int_equal(row.mss_syn, 1460);
	assert_int_equal(row.mss_synack, 1414);
	assert_int_equal(row.mtu_high, MW_UNKNOWN_I64);
	assert_int_equal(world_rows(world, 0), 1); // nothing limits the other direction
	world_free(world);
}

static void servers_of_three_networks_with_one_mss_are_clamped(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_path_row row;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(world_rows(world, 0), i);
		world->flow.dst = world_v4(198, 51, 100 + i, 2);
		world_tell(world, handshake(1460, 1340));
		assert_int_equal(world_row(world).verdict, i < 2 ? MW_PATH_OK : MW_PATH_CLAMPED);
	}
	world->flow.dst = world_v4(198, 51, 100, 2); // the first one is, too
	row = world_row(world);
	assert_int_equal(row.verdict, MW_PATH_CLAMPED);
	assert_int_equal(row.confidence, 75);
	assert_int_equal(row.mtu_high, 1380);
	assert_int_equal(row.flows, 1);
	world->flow.dst = world_v4(198, 51, 110, 2); // another value says nothing of this one
	world_tell(world, handshake(1460, 1300));
	assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	world_free(world);
}

/** What reaches the host unreduced from others shows that nothing near it reduces: the servers are one operator's. */
static void a_larger_mss_that_reaches_the_same_host_refutes_the_clamp(void **state)
{
	const struct path_facts full = {.what = PATH_FULL_MSS, .mss_synack = 1460};
	struct path_world *world = world_new(64);
	struct mw_event_flow flow;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		world->flow.dst = world_v4(198, 51, 100 + i, 2);
		world_tell(world, handshake(1460, 1400));
	}
	CHECK(world, "clamped", 75);
	flow = world->flow;
	world->flow.src = world_v4(192, 0, 2, 9);
	world_tell(world, full); // another host
	world->flow = flow;
	world_tell(world, full); // a server whose MSS is reduced at other times
	CHECK(world, "clamped", 75);
	world->flow.dst = world_v4(198, 51, 110, 2);
	world_tell(world, full);
	world->flow = flow;
	CHECK(world, "ok", 50);
	world_tell(world, (struct path_facts){.what = PATH_HANDSHAKE, .mss_synack = 1400, .mss_before = 1460});
	CHECK(world, "clamped", 95); // both sides of the device are in view
	world_free(world);
}

static void tell_full(struct path_world *world, struct mw_address server)
{
	const struct mw_event_flow flow = world->flow;

	world->flow.dst = server;
	world_tell(world, (struct path_facts){.what = PATH_FULL_MSS, .mss_synack = 1460});
	world->flow = flow;
}

/** A server of the client's own network is not behind the line, be it of IPv4, IPv6 or a routed private one. */
static void a_server_of_the_same_network_refutes_no_clamp(void **state)
{
	const struct mw_address clients[] = {world_v4(192, 0, 2, 1), world_v4(192, 168, 1, 9), world_v6(7, 9)};
	const struct mw_address servers[] = {world_v4(192, 0, 2, 5), world_v4(10, 9, 0, 5), world_v6(7, 5)};

	(void)state;
	for (uint32_t k = 0; k < 3; k++) {
		struct path_world *world = world_new(64);

		world->flow.src = clients[k];
		for (uint32_t i = 0; i < 3; i++) {
			world->flow.dst = k < 2 ? world_v4(198, 51, 100 + i, 2) : world_v6(20 + i, 2);
			world_tell(world, handshake(1440, 1400));
		}
		for (uint32_t i = 0; i < 6; i++) { // more than there is room for: one from outside is heard all the same
			struct mw_address server = servers[k];

			server.bytes[15] = (uint8_t)(20 + i);
			tell_full(world, server);
		}
		CHECK(world, "clamped", 75);
		tell_full(world, k < 2 ? world_v4(203, 0, 113, 2) : world_v6(30, 2));
		CHECK(world, "ok", 50);
		world_free(world);
	}
}

/** Of another network, but on the same link by its TTL: it refutes what such ones share, and nothing else. */
static void a_server_on_the_same_link_refutes_no_clamp(void **state)
{
	(void)state;
	for (uint32_t near = 0; near < 2; near++) {
		struct path_world *world = world_new(64);
		struct path_facts facts = handshake(1460, 1400);
		struct mw_event_flow flow;

		facts.near = near;
		for (uint32_t i = 0; i < 3; i++) {
			world->flow.dst = world_v4(198, 51, 100 + i, 2);
			world_tell(world, facts);
		}
		flow = world->flow;
		world->flow.dst = world_v4(203, 0, 113, 9);
		world_tell(world, (struct path_facts){.what = PATH_FULL_MSS, .mss_synack = 1460, .near = true});
		world->flow = flow;
		assert_int_equal(world_row(world).verdict, near ? MW_PATH_OK : MW_PATH_CLAMPED);
		world_free(world);
	}
}

/** Between private networks such a line may lie, too. */
static void private_servers_refute_what_private_servers_share(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world->flow.src = world_v4(10, 0, 0, 9);
	for (uint32_t i = 0; i < 3; i++) {
		world->flow.dst = world_v4(10, 1, i, 2);
		world_tell(world, handshake(1460, 1400));
	}
	CHECK(world, "clamped", 75);
	tell_full(world, world_v4(10, 2, 0, 2));
	CHECK(world, "ok", 50);
	world_free(world);
}

/** Any larger value does, and in each direction for itself. */
static void a_less_reduced_mss_refutes_it_too(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		world->flow.src = world_v4(192, 0, i, 1);
		world_tell(world, handshake(1340, 1452));
	}
	assert_int_equal(world_row_of(world, "198.51.100.2", "192.0.2.1").verdict, MW_PATH_CLAMPED);
	world->flow.src = world_v4(192, 0, 9, 1);
	world_tell(world, handshake(1412, 1452));
	assert_int_equal(world_row_of(world, "198.51.100.2", "192.0.2.1").verdict, MW_PATH_OK);
	world_free(world);
}

static void clients_of_one_network_with_one_mss_are_less_sure(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_path_row row;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		world->flow.src = world_v4(192, 0, 2, 1 + i);
		world_tell(world, handshake(1414, 1460));
	}
	row = world_row_of(world, "198.51.100.2", "192.0.2.3"); // what the server sends is limited
	assert_int_equal(row.verdict, MW_PATH_CLAMPED);
	assert_int_equal(row.confidence, 60);
	assert_int_equal(row.mtu_high, 1454);
	assert_int_equal(row.mss_syn, 1414);
	assert_int_equal(world_rows(world, 0), 3);
	world_free(world);
}

static void an_mss_that_changed_on_its_way_is_clamped(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = handshake(1340, 1440);
	struct mw_path_row row;

	(void)state;
	facts.mss_before = 1460;
	world->flow.src = world_v6(1, 1);
	world->flow.dst = world_v6(2, 1);
	world_tell(world, facts);
	row = world_row_of(world, "2001:db8:2::1", "2001:db8:1::1");
	assert_int_equal(row.verdict, MW_PATH_CLAMPED);
	assert_int_equal(row.confidence, 95);
	assert_int_equal(row.mtu_high, 1400);
	assert_int_equal(row.mss_before, 1460);
	world_tell(world, handshake(1440, 1400)); // the SYN is whole now, the SYN-ACK is not
	assert_int_equal(world_row_of(world, "2001:db8:2::1", "2001:db8:1::1").verdict, MW_PATH_VERDICTS);
	assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	world_free(world);
}

static void only_the_smaller_of_two_reduced_values_changed_on_its_way(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = handshake(1400, 1340);

	(void)state;
	facts.mss_before = 1460;
	world_tell(world, facts);
	assert_int_equal(world_row(world).verdict, MW_PATH_CLAMPED);
	assert_int_equal(world_row_of(world, "198.51.100.2", "192.0.2.1").verdict, MW_PATH_OK);
	world_free(world);
}

static void the_other_side_of_a_clamp_is_no_end_of_it(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = handshake(0, 1340);
	struct mw_path_row row;

	(void)state;
	facts.mss_before = 1460;
	world_tell(world, facts);
	world_tell(world, handshake(1400, 1460)); // as it was before the clamp
	row = world_row(world);
	assert_int_equal(row.verdict, MW_PATH_CLAMPED);
	assert_int_equal(row.confidence, 95);
	assert_int_equal(row.mss_syn, 1400);
	assert_int_equal(row.mss_synack, 1340);
	world_free(world);
}

static void values_that_small_stacks_choose_are_no_clamp(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		world->flow.dst = world_v4(198, 51, 100 + i, 2);
		world_tell(world, handshake(1460, 536));
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	}
	for (uint32_t i = 0; i < 5; i++) {
		world->flow.src = world_v6(1, 1);
		world->flow.dst = world_v6(2 + i, 1);
		world_tell(world, handshake(1440, 1220));
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	}
	world_free(world);
}

static void whole_and_jumbo_values_are_not_reduced(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, handshake(1460, 8960));
	world_tell(world, handshake(0, 0));
	assert_int_equal(world_rows(world, 0), 0);
	world->flow.src = world_v6(1, 1);
	world->flow.dst = world_v6(2, 1);
	world_tell(world, handshake(1440, UINT16_MAX));
	assert_int_equal(world_rows(world, 0), 0);
	assert_int_equal(world->state->table.index.used, 0);
	world_free(world);
}

static void a_black_hole_counts_more_than_a_clamp(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = handshake(1460, 1414);

	(void)state;
	facts.mss_before = 1460;
	world_tell(world, facts);
	facts = stuck(PATH_GAVE_UP);
	facts.smallest_lost = 1454;
	world_tell(world, facts);
	assert_int_equal(world_row(world).verdict, MW_PATH_BLACK_HOLE);
	assert_int_equal(world_row(world).mss_synack, 1414);
	assert_int_equal(world_row(world).mtu_high, 1453);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_reduced_mss_alone_is_no_clamp),
	MW_TEST(servers_of_three_networks_with_one_mss_are_clamped),
	MW_TEST(a_larger_mss_that_reaches_the_same_host_refutes_the_clamp),
	MW_TEST(a_server_of_the_same_network_refutes_no_clamp),
	MW_TEST(a_server_on_the_same_link_refutes_no_clamp),
	MW_TEST(private_servers_refute_what_private_servers_share),
	MW_TEST(a_less_reduced_mss_refutes_it_too),
	MW_TEST(clients_of_one_network_with_one_mss_are_less_sure),
	MW_TEST(an_mss_that_changed_on_its_way_is_clamped),
	MW_TEST(only_the_smaller_of_two_reduced_values_changed_on_its_way),
	MW_TEST(the_other_side_of_a_clamp_is_no_end_of_it),
	MW_TEST(values_that_small_stacks_choose_are_no_clamp),
	MW_TEST(whole_and_jumbo_values_are_not_reduced),
	MW_TEST(a_black_hole_counts_more_than_a_clamp),
};
MW_TEST_MAIN("detect_path_mss", tests)
