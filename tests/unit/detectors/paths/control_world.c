// SPDX-License-Identifier: BSD-3-Clause
// Facts of paths, and rows made of them.
// Neighbours: control_world.h.
#include "control_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "detector_world.h"

struct path_world *world_new(uint64_t paths_max)
{
	struct path_world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct mw_path_settings){.enabled = true, .retransmits_at_least = 3, .paths_max = paths_max};
	world->flow = (struct mw_event_flow){.src = world_v4(192, 0, 2, 1),
										 .dst = world_v4(198, 51, 100, 2),
										 .src_port = 40000,
										 .dst_port = 443,
										 .protocol = 6};
	world->now_ns = WORLD_START_NS;
	detector_control_start(&world->control, &mw_detector_paths, &world->settings, (struct mw_row_sink){0});
	world->state = world->control.state;
	return world;
}

void world_free(struct path_world *world)
{
	detector_control_stop(&world->control, &mw_detector_paths);
	free(world);
}

struct mw_address world_v4(unsigned a, unsigned b, unsigned c, unsigned d)
{
	const uint8_t bytes[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};

	return mw_address_from_v4(bytes);
}

struct mw_address world_v6(unsigned site, unsigned host)
{
	return (struct mw_address){{0x20, 0x01, 0x0d, 0xb8, (uint8_t)(site >> 8), (uint8_t)site, 0, 0, 0, 0, 0, 0, 0, 0,
								(uint8_t)(host >> 8), (uint8_t)host}};
}

void world_tell(struct path_world *world, struct path_facts facts)
{
	struct mw_event event = {.time_ns = world->now_ns, .flow = world->flow, .body_bytes = sizeof(facts)};

	memcpy(event.body, &facts, sizeof(facts));
	world->control.clock_ns = world->now_ns;
	path_control_event(&world->control, &event);
	world->now_ns += MW_NS_PER_SECOND;
}

void world_tell_other_flow(struct path_world *world, struct path_facts facts)
{
	world->flow.src_port++;
	world_tell(world, facts);
}

struct wanted {
	const char *src, *dst;
	struct mw_path_row row;
	uint32_t count;
};

static void take_row(void *context, const struct mw_record *record, const void *row)
{
	struct wanted *wanted = context;
	const struct mw_path_row *path = row;

	assert_ptr_equal(record, &mw_path_record);
	wanted->count++;
	if (wanted->src != NULL && strcmp(path->src, wanted->src) == 0 && strcmp(path->dst, wanted->dst) == 0)
		wanted->row = *path;
}

uint32_t world_rows(struct path_world *world, uint64_t since_ns)
{
	struct wanted wanted = {0};
	const struct mw_row_sink rows = {take_row, &wanted};

	path_control_report(&world->control, since_ns, &rows);
	return wanted.count;
}

struct mw_path_row world_row_of(struct path_world *world, const char *src, const char *dst)
{
	struct wanted wanted = {.src = src, .dst = dst, .row = {.verdict = MW_PATH_VERDICTS}};
	const struct mw_row_sink rows = {take_row, &wanted};

	path_control_report(&world->control, 0, &rows);
	return wanted.row;
}

struct mw_path_row world_row(struct path_world *world)
{
	char src_chars[MW_ADDRESS_TEXT_BYTES], dst_chars[MW_ADDRESS_TEXT_BYTES];
	struct mw_text src = mw_text_in(src_chars, sizeof(src_chars)), dst = mw_text_in(dst_chars, sizeof(dst_chars));

	mw_address_add_text(&src, &world->flow.src);
	mw_address_add_text(&dst, &world->flow.dst);
	return world_row_of(world, src_chars, dst_chars);
}

struct path_facts report_of(const struct path_world *world, uint32_t mtu_bytes)
{
	return (struct path_facts){.what = PATH_REPORT,
							   .count = 1,
							   .flow_known = true,
							   .reporter = world_v4(203, 0, 113, 1),
							   .told = world->flow.src,
							   .mtu_bytes = mtu_bytes,
							   .quoted_bytes = 1500};
}

struct path_facts ignored(uint32_t sent_after)
{
	return (struct path_facts){
		.what = PATH_REACTION, .flow_known = true, .reaction = PATH_IGNORED, .sent_after = sent_after};
}

struct path_facts honoured(void)
{
	return (struct path_facts){.what = PATH_REACTION, .flow_known = true, .reaction = PATH_HONOURED};
}

struct path_facts stuck(enum path_end end)
{
	return (struct path_facts){.what = PATH_STUCK,
							   .end = (uint8_t)end,
							   .gaps_grow = true,
							   .full_size = true,
							   .receiver_alive = true,
							   .small_acked = true,
							   .largest_acked = 140,
							   .smallest_lost = 1500,
							   .retransmits = 5,
							   .segments_lost = 1};
}

struct path_facts hole(enum path_end end)
{
	return (struct path_facts){.what = PATH_HOLE,
							   .end = (uint8_t)end,
							   .full_size = true,
							   .receiver_alive = true,
							   .small_acked = true,
							   .largest_acked = 140,
							   .smallest_lost = 1500,
							   .segments_lost = 3};
}

struct path_facts sizes(uint32_t unanswered)
{
	return (struct path_facts){
		.what = PATH_SIZES, .largest_acked = 1300, .smallest_lost = 1400, .answered = 8, .unanswered = unanswered};
}

struct path_facts handshake(uint16_t mss_syn, uint16_t mss_synack)
{
	return (struct path_facts){.what = PATH_HANDSHAKE, .mss_syn = mss_syn, .mss_synack = mss_synack};
}
