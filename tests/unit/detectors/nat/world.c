// SPDX-License-Identifier: BSD-3-Clause
// Events from stories.
// Neighbours: world.h.
#include "world.h"

#include <netinet/in.h>
#include <string.h>

#include "mw_settings.h"
#include "mw_test.h"

struct mw_address nat_world_address(const char *chars)
{
	struct mw_prefix prefix;

	assert_int_equal(mw_prefix_parse(chars, &prefix), 0);
	return prefix.address;
}

static uint64_t ns_of(double at_s)
{
	return NAT_WORLD_EPOCH_NS + (uint64_t)(at_s * 1e9);
}

static void fill_outer(const struct nat_story *story, bool from_opener, struct nat_facts *facts)
{
	const char *far = !from_opener && story->back != NULL ? story->back : story->far;
	struct mw_address near_address = nat_world_address(story->near), far_address = nat_world_address(far);

	facts->outer_src = from_opener ? near_address : far_address;
	facts->outer_dst = from_opener ? far_address : near_address;
}

struct mw_event nat_world_event(const struct nat_story *story, double at_s, enum nat_what what, bool from_opener,
								double opened_s)
{
	struct mw_event event = {
		.time_ns = ns_of(at_s),
		.flow = {.src = nat_world_address(story->src),
				 .dst = nat_world_address(story->dst),
				 .src_port = story->sport,
				 .dst_port = story->dport,
				 .protocol = story->protocol,
				 .tunnel = story->near != NULL ? MW_LAYER_IPV4_IN_IPV6 : MW_LAYERS},
	};
	struct nat_facts facts = {.opened_ns = ns_of(opened_s),
							  .what = (uint8_t)what,
							  .from_opener = from_opener,
							  .syn = what == NAT_OPEN && story->protocol == IPPROTO_TCP};

	if (story->near != NULL)
		fill_outer(story, from_opener, &facts);
	nat_facts_write(&event, &facts, story->near != NULL);
	return event;
}

static void on_problem(void *context, const struct mw_settings_problem *problem)
{
	(void)context;
	fail_msg("%s: %s", problem->key, problem->message);
}

struct mw_settings *nat_world_settings(const char *const overrides[], const struct mw_nat_settings **settings)
{
	static const struct mw_settings_module *const modules[] = {&mw_nat_settings_module};
	struct mw_settings *snapshot = NULL;
	uint32_t count = 0;

	while (overrides[count] != NULL)
		count++;
	assert_int_equal(mw_settings_load(modules, 1, NULL, overrides, count, on_problem, NULL, &snapshot), 0);
	*settings = mw_settings_values(snapshot, "nat");
	assert_non_null(*settings);
	return snapshot;
}
