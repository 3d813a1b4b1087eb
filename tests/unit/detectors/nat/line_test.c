// SPDX-License-Identifier: BSD-3-Clause
// Which line a connection belongs to, from where it is seen, and what is no line.
// Neighbours: lib/detectors/nat/place.c, line.c, candidate.c, inside.c.
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_settings.h"
#include "mw_test.h"
#include "detector_world.h"
#include "place.h"
#include "world.h"

#define BR  "2001:db8:ffff::1"
#define CE  "2001:db8:0:100:c6:3364:7b00:2200" // draft-03: 198.51.100.123, PSID 0x22
#define CE2 "2001:db8:0:200::1"

struct world {
	struct mw_settings *snapshot;
	const struct mw_nat_settings *settings;
	struct nat_places places;
	struct nat_place place;
};

static struct world *begin(const char *const overrides[])
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->snapshot = nat_world_settings(overrides, &world->settings);
	assert_int_equal(nat_places_start(&world->places, world->settings, detector_world_key()), 0);
	return world;
}

static void end(struct world *world)
{
	nat_places_stop(&world->places);
	mw_settings_free(world->snapshot);
	free(world);
}

#define BEGIN(...) begin((const char *const[]){__VA_ARGS__, NULL})

static bool see(struct world *world, const struct nat_story *story, double at_s, enum nat_what what, bool from_opener)
{
	struct mw_event event = nat_world_event(story, at_s, what, from_opener, at_s);
	struct nat_facts facts;

	nat_facts_read(&event, &facts);
	return nat_place_find(&world->places, world->settings, &event, &facts, event.time_ns, &world->place);
}

static bool opens(struct world *world, const struct nat_story *story, double at_s)
{
	return see(world, story, at_s, NAT_OPEN, true);
}

static bool answered(struct world *world, const struct nat_story *story, double at_s)
{
	opens(world, story, at_s);
	return see(world, story, at_s + 0.02, NAT_ANSWER, false);
}

static void inside_host_to_the_internet_is_of_the_inside_line(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story web = {"192.168.5.10", "203.0.113.80", 50000, 443, IPPROTO_TCP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &web, 1));
	assert_string_equal(world->place.line->name, "inside");
	assert_true(nat_line_is_inside(world->place.line));
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_NAPT);
	assert_true(world->place.outbound);
	assert_int_equal(world->place.port, 50000);
	assert_true(see(world, &web, 1.1, NAT_ANSWER, false));
	assert_false(world->place.outbound);
	end(world);
}

static void shared_address_space_is_a_line_of_its_own(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story web = {"100.64.9.9", "203.0.113.80", 50000, 443, IPPROTO_TCP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &web, 1));
	assert_string_equal(world->place.line->name, "inside-cgn");
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_CGN);
	end(world);
}

static void private_destination_that_nobody_lives_at_goes_through_the_translator(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story flow = {"192.168.156.45", "192.168.1.211", 40000, 59870, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &flow, 1));
	assert_true(opens(world, &flow, 4));
	assert_string_equal(world->place.line->name, "inside");
	end(world);
}

static void neighbours_and_networks_that_answer_are_reached_without_the_translator(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story near = {"192.168.5.10", "192.168.5.1", 40000, 53, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story other = {"192.168.5.10", "10.0.0.53", 40000, 53, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story many = {"192.168.5.10", "239.255.255.250", 40000, 1900, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	assert_false(opens(world, &near, 1));
	assert_false(opens(world, &many, 1));
	assert_true(opens(world, &other, 1)); // it may be the default route that takes this
	assert_false(see(world, &other, 1.1, NAT_ANSWER, false));
	assert_false(opens(world, &other, 2));
	end(world);
}

static void single_made_up_packets_make_no_network_live(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story forged = {"192.168.1.7", "203.0.113.80", 1, 80, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story flow = {"192.168.156.45", "192.168.1.211", 40000, 59870, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	for (uint16_t i = 1; i < 100; i++) {
		forged.sport = i;
		assert_true(opens(world, &forged, i));
	}
	assert_true(opens(world, &flow, 101));
	end(world);
}

/** Hosts of a network answer here; a session of the line's own outside address to it is the line's all the same. */
static void an_outside_address_holds_a_port_for_private_destinations_too(void **state)
{
	struct world *world = BEGIN("nat.lines=uplink=198.51.100.7");
	struct nat_story web = {"198.51.100.7", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story flow = {"198.51.100.7", "192.168.1.211", 40001, 59870, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story host = {"192.168.1.9", "203.0.113.81", 500, 500, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story stranger = {"203.0.113.90", "192.168.1.9", 40000, 22, IPPROTO_TCP, NULL, NULL, NULL};
	struct nat_facts facts;
	struct mw_event event;

	(void)state;
	assert_true(answered(world, &web, 1));
	assert_true(answered(world, &host, 2));
	assert_true(opens(world, &flow, 3));
	assert_string_equal(world->place.line->name, "uplink");
	assert_true(world->place.opened_inside);
	assert_int_equal(world->place.port, 40001);
	event = nat_world_event(&flow, 4, NAT_CLOSE, true, 3);
	nat_facts_read(&event, &facts);
	assert_int_equal(nat_place_known(&world->places, world->settings, &event, &facts, &world->place),
					 NAT_PLACE_AT_LINE);
	assert_string_equal(world->place.line->name, "uplink");
	assert_true(opens(world, &stranger, 5)); // comes in through the translator
	assert_string_equal(world->place.line->name, "inside");
	assert_false(world->place.opened_inside);
	end(world);
}

/** Ahead, it is known as well that a step has no translator in its way. */
static void what_stays_on_this_side_needs_no_second_look(void **state)
{
	struct world *world = BEGIN(NULL);
	struct nat_story within = {"192.168.1.9", "192.168.1.211", 40001, 59870, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story beyond = {"192.168.1.9", "192.168.7.1", 40001, 59870, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_facts facts;
	struct mw_event event;

	(void)state;
	event = nat_world_event(&within, 1, NAT_OPEN, true, 1);
	nat_facts_read(&event, &facts);
	assert_int_equal(nat_place_known(&world->places, world->settings, &event, &facts, &world->place), NAT_PLACE_NONE);
	event = nat_world_event(&beyond, 1, NAT_OPEN, true, 1);
	nat_facts_read(&event, &facts);
	assert_int_equal(nat_place_known(&world->places, world->settings, &event, &facts, &world->place),
					 NAT_PLACE_UNKNOWN); // until its network answers from this side
	end(world);
}

static void configured_inside_prefixes_decide_alone(void **state)
{
	struct world *world = BEGIN("nat.inside=192.168.5.0/24,203.0.113.0/24");
	struct nat_story own = {"203.0.113.9", "198.51.100.1", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story upstream = {"192.168.5.10", "192.168.1.1", 40000, 53, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story between = {"192.168.5.10", "203.0.113.9", 40000, 53, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &own, 1));
	assert_string_equal(world->place.line->name, "inside");
	assert_true(opens(world, &upstream, 1));
	assert_true(see(world, &upstream, 1.1, NAT_ANSWER, false)); // a second translator's network
	assert_true(opens(world, &upstream, 2));
	assert_false(opens(world, &between, 3));
	end(world);
}

static void configured_names_are_given_to_both_sides(void **state)
{
	struct world *world = BEGIN("nat.lines=office=192.168.5.0/24,office=192.168.6.0/24,uplink=198.51.100.7");
	struct nat_story one = {"192.168.5.10", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story two = {"192.168.6.10", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story out = {"198.51.100.7", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	const struct nat_line *office;

	(void)state;
	assert_true(opens(world, &one, 1));
	office = world->place.line;
	assert_string_equal(office->name, "office");
	assert_true(opens(world, &two, 1));
	assert_ptr_equal(world->place.line, office);
	assert_true(opens(world, &out, 1)); // configured: nothing has to be shown
	assert_string_equal(world->place.line->name, "uplink");
	assert_false(nat_line_is_inside(world->place.line));
	end(world);
}

static void a_name_without_a_prefix_is_refused(void **state)
{
	char said[128];
	struct mw_text why = mw_text_in(said, sizeof(said));

	(void)state;
	assert_int_equal(nat_lines_check("office=10.0.0.0/8", &why), 0);
	assert_int_equal(nat_lines_check("office", &why), -EINVAL);
	assert_non_null(strstr(said, "is not NAME=PREFIX"));
}

static void a_line_within_one_before_it_is_refused(void **state)
{
	const struct mw_setting_texts before = {.count = 2, .items = {"office=10.0.0.0/8", "uplink=2001:db8::1"}};
	static const char *const good[] = {"all=0.0.0.0/0", "guests=192.168.0.0/16", "office=10.1.0.0/16",
									   "uplink=2001:db8::1", "other=2001:db8::2"};
	static const char *const bad[] = {"guests=10.0.0.0/8", "guests=10.1.0.0/16", "guests=10.1.2.3", "two=2001:db8::1"};
	char said[128];

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(good); i++) {
		struct mw_text why = mw_text_in(said, sizeof(said));

		assert_int_equal(nat_lines_check_beside(&before, good[i], &why), 0);
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(bad); i++) {
		struct mw_text why = mw_text_in(said, sizeof(said));

		assert_int_equal(nat_lines_check_beside(&before, bad[i], &why), -EINVAL);
		assert_non_null(strstr(said, i < 3 ? "lies within office=10.0.0.0/8" : "lies within uplink=2001:db8::1"));
	}
}

static void ds_lite_line_is_named_by_its_ce_once_it_is_answered(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story web = {"192.168.5.10", "203.0.113.80", 40000, 443, IPPROTO_TCP, CE2, BR, NULL};

	(void)state;
	assert_false(opens(world, &web, 1));
	assert_true(see(world, &web, 1.1, NAT_ANSWER, false));
	assert_string_equal(world->place.line->name, CE2);
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_DS_LITE);
	assert_non_null(world->place.before);
	assert_true(opens(world, &web, 2));
	assert_null(world->place.before);
	end(world);
}

static void map_e_line_is_known_by_its_ce_and_replies_may_come_from_elsewhere(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story web = {"198.51.100.123", "203.0.113.80", 0x1220, 443, IPPROTO_TCP, CE, BR, "2001:db8:eeee::5"};

	(void)state;
	assert_true(answered(world, &web, 1));
	assert_string_equal(world->place.line->name, "198.51.100.123");
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_MAP_E);
	assert_true(world->place.line->ports.psid_known);
	assert_int_equal(world->place.line->ports.psid, 0x22);
	assert_false(world->place.outbound);
	end(world);
}

static void ce_that_sends_to_a_private_address_stays_a_map_e_line(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story web = {"198.51.100.123", "203.0.113.80", 0x1220, 443, IPPROTO_TCP, CE, BR, NULL};
	struct nat_story flow = {"198.51.100.123", "192.168.1.211", 0x2221, 59870, IPPROTO_UDP, CE, BR, NULL};

	(void)state;
	assert_true(answered(world, &web, 1));
	assert_true(opens(world, &flow, 2));
	assert_string_equal(world->place.line->name, "198.51.100.123");
	assert_true(world->place.outbound);
	end(world);
}

static void second_ce_of_a_shared_address_is_named_by_its_own(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story one = {"198.51.100.123", "203.0.113.80", 0x1220, 443, IPPROTO_UDP, CE, BR, NULL};
	struct nat_story two = {"198.51.100.123", "203.0.113.80", 0x1330, 443, IPPROTO_UDP, CE2, BR, NULL};

	(void)state;
	assert_true(answered(world, &one, 1));
	for (uint16_t i = 0; i < 8 && !answered(world, &two, 2 + i); i++)
		two.sport++;
	assert_non_null(world->place.line);
	assert_string_equal(world->place.line->name, CE2);
	end(world);
}

static void made_up_tunnels_become_no_lines(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	char ce[40];
	struct nat_story forged = {"10.0.0.1", "203.0.113.80", 40000, 443, IPPROTO_UDP, ce, BR, NULL};
	struct nat_story true_one = {"192.168.5.10", "203.0.113.80", 40000, 443, IPPROTO_UDP, CE2, BR, NULL};

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(ce, sizeof(ce), "2001:db8:%x:%x::1", i >> 8, i & 255);
		assert_false(opens(world, &forged, 1 + i * 1e-4));
	}
	assert_int_equal(nat_lines_count(world->places.lines), 0);
	assert_true(answered(world, &true_one, 4));
	end(world);
}

static uint16_t set_port(uint32_t psid, uint32_t i)
{
	return (uint16_t)((1 + i % 15) << 12 | psid << 4 | i / 15 % 16);
}

static void ports_of_one_set_make_a_public_address_a_line(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_UDP, NULL, NULL, NULL};
	bool inferred;
	uint32_t i;

	(void)state;
	for (i = 0; i < 15; i++) {
		story.sport = set_port(177, i);
		if (opens(world, &story, 1 + i))
			break;
	}
	assert_true(i < 15);
	assert_string_equal(world->place.line->name, "198.51.100.7");
	for (i = 0; i < 30; i++)
		nat_line_learn(world->place.line, set_port(177, i));
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_MAP_E);
	assert_int_equal(world->place.line->ports.set.psid, 177);
	assert_int_equal(nat_line_limit(world->place.line, world->settings, &inferred), 240);
	assert_true(inferred);
	end(world);
}

static void clients_of_an_internet_mirror_become_no_lines(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	char src[20];
	struct nat_story story = {src, "203.0.113.80", 0, 443, IPPROTO_TCP, NULL, NULL, NULL};
	uint32_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		snprintf(src, sizeof(src), "198.%u.%u.9", 20 + i % 100, i % 7);
		random = random * 1664525 + 1013904223;
		story.sport = (uint16_t)(32768 + (random >> 16) % 28232);
		assert_false(answered(world, &story, 1 + i * 0.01));
	}
	assert_int_equal(nat_lines_count(world->places.lines), 0);
	end(world);
}

static void a_server_seen_midway_becomes_no_line(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 443, 0, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	for (uint16_t i = 0; i < 500; i++) {
		story.dport = (uint16_t)(40000 + i);
		assert_false(answered(world, &story, 1 + i * 0.01));
	}
	end(world);
}

static void busy_public_address_is_a_line_of_unknown_kind(void **state)
{
	struct world *world = BEGIN("nat.lines-max=16");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_UDP, NULL, NULL, NULL};
	uint32_t random = 1, i;

	(void)state;
	for (i = 0; i < 200; i++) {
		random = random * 1664525 + 1013904223;
		story.sport = (uint16_t)(1024 + (random >> 16) % 60000);
		if (answered(world, &story, 1 + i * 0.01))
			break;
	}
	assert_true(i >= 60 && i < 200);
	assert_int_equal(nat_line_kind(world->place.line), MW_NAT_LINE_UNKNOWN);
	end(world);
}

static void inbound_to_a_known_line_is_seen_from_the_line(void **state)
{
	struct world *world = BEGIN("nat.lines=uplink=198.51.100.7");
	struct nat_story out = {"198.51.100.7", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story in = {"203.0.113.99", "198.51.100.7", 1234, 22, IPPROTO_TCP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &out, 1));
	assert_true(opens(world, &in, 2));
	assert_false(world->place.opened_inside);
	assert_false(world->place.outbound);
	assert_int_equal(world->place.port, 22);
	end(world);
}

static void strays_do_not_take_back_a_sure_set(void **state)
{
	struct nat_line line = {.ports = {.chance = 1}};

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		nat_line_learn(&line, set_port(177, i));
	assert_true(line.ports.set_known);
	nat_line_learn(&line, 500);
	nat_line_learn(&line, 33333);
	assert_true(line.ports.set_known);
	assert_int_equal(line.ports.set.psid, 177);
	assert_int_equal(line.ports.outside, 2);
}

static void a_line_that_moves_to_another_set_is_learnt_anew(void **state)
{
	struct nat_line line = {.ports = {.chance = 1}};

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		nat_line_learn(&line, set_port(177, i));
	for (uint32_t i = 0; i < 60; i++)
		nat_line_learn(&line, set_port(33, i));
	assert_true(line.ports.set_known);
	assert_int_equal(line.ports.set.psid, 33);
}

static void full_table_counts_what_finds_no_room_and_a_released_place_serves_again(void **state)
{
	struct world *world = BEGIN("nat.lines-max=1");
	struct nat_story lan = {"192.168.5.10", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story cgn = {"100.64.9.9", "203.0.113.80", 40000, 443, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	assert_true(opens(world, &lan, 1));
	assert_false(opens(world, &cgn, 1));
	assert_int_equal(nat_lines_no_room(world->places.lines), 1);
	assert_true(opens(world, &lan, 2));
	nat_lines_release(world->places.lines, world->place.line);
	assert_int_equal(nat_lines_count(world->places.lines), 0);
	assert_true(opens(world, &cgn, 3));
	assert_string_equal(world->place.line->name, "inside-cgn");
	end(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(inside_host_to_the_internet_is_of_the_inside_line),
	MW_TEST(shared_address_space_is_a_line_of_its_own),
	MW_TEST(private_destination_that_nobody_lives_at_goes_through_the_translator),
	MW_TEST(neighbours_and_networks_that_answer_are_reached_without_the_translator),
	MW_TEST(single_made_up_packets_make_no_network_live),
	MW_TEST(an_outside_address_holds_a_port_for_private_destinations_too),
	MW_TEST(what_stays_on_this_side_needs_no_second_look),
	MW_TEST(configured_inside_prefixes_decide_alone),
	MW_TEST(configured_names_are_given_to_both_sides),
	MW_TEST(a_name_without_a_prefix_is_refused),
	MW_TEST(a_line_within_one_before_it_is_refused),
	MW_TEST(ds_lite_line_is_named_by_its_ce_once_it_is_answered),
	MW_TEST(map_e_line_is_known_by_its_ce_and_replies_may_come_from_elsewhere),
	MW_TEST(ce_that_sends_to_a_private_address_stays_a_map_e_line),
	MW_TEST(second_ce_of_a_shared_address_is_named_by_its_own),
	MW_TEST(made_up_tunnels_become_no_lines),
	MW_TEST(ports_of_one_set_make_a_public_address_a_line),
	MW_TEST(clients_of_an_internet_mirror_become_no_lines),
	MW_TEST(a_server_seen_midway_becomes_no_line),
	MW_TEST(busy_public_address_is_a_line_of_unknown_kind),
	MW_TEST(inbound_to_a_known_line_is_seen_from_the_line),
	MW_TEST(strays_do_not_take_back_a_sure_set),
	MW_TEST(a_line_that_moves_to_another_set_is_learnt_anew),
	MW_TEST(full_table_counts_what_finds_no_room_and_a_released_place_serves_again),
};

MW_TEST_MAIN("nat_line", tests)
