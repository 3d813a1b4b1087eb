// SPDX-License-Identifier: BSD-3-Clause
// Neighbours: world.h.
#include "world.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void take_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	mw_diagnosis_row(world->diagnosis, record, row);
	if (record->unwritten(row))
		return;
	assert_in_range(world->rows_count, 0, ROWS_MAX - 1);
	memcpy(&world->rows[world->rows_count++], row, sizeof(world->rows[0]));
}

struct world *world_new(void)
{
	static const struct mw_diagnoser *const diagnosers[] = {&health_dns_diagnoser, &health_family_diagnoser};
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct health_settings){.enabled = true, .peers = 20};
	assert_int_equal(mw_diagnosis_new(diagnosers, 2, 64, &world->diagnosis), 0);
	detector_control_start(&world->control, &mw_detector_health, &world->settings,
						   (struct mw_row_sink){.row = take_row, .context = world});
	return world;
}

void world_free(struct world *world)
{
	detector_control_stop(&world->control, &mw_detector_health);
	mw_diagnosis_free(world->diagnosis);
	free(world);
}

static struct mw_address address(const char *chars)
{
	struct mw_address address;
	uint8_t v4[4];

	if (inet_pton(AF_INET, chars, v4) == 1)
		return mw_address_from_v4(v4);
	assert_int_equal(inet_pton(AF_INET6, chars, address.bytes), 1);
	return address;
}

static uint64_t at_ns(double at)
{
	return EPOCH_NS + (uint64_t)(at * 1e6 + 0.5) * MW_NS_PER_US;
}

void ask_with(struct world *world, const struct ask *with)
{
	const uint8_t end = with->end != 0 ? with->end : with->lost ? MW_EXCHANGE_UNANSWERED : MW_EXCHANGE_ANSWERED;
	struct health_brief brief = {
		.family = with->family & 3u,
		.service = with->service & 7u,
		.end = end & 7u,
		.transmissions = with->transmissions == 0 ? 1 : with->transmissions,
		.rcode = with->rcode & 15u,
		.suffixes = with->suffixes & 0xfffu,
		.us = (uint32_t)(with->seconds * 1e6) & HEALTH_US_MAX,
	};
	struct mw_event event = {0};

	event.flow.src = address(with->asker == NULL ? "192.168.0.1" : with->asker);
	event.flow.src_port = with->port == 0 ? 5353 : with->port;
	event.flow.dst = address(with->peer == NULL ? "192.0.2.53" : with->peer);
	for (uint32_t i = 0; i < MW_MAX(with->count, 1u); i++) {
		brief.question = (with->names == 0 ? i : i % with->names) & 31u;
		memcpy(event.brief, &brief, sizeof(brief));
		event.time_ns = at_ns(with->at + i);
		mw_detector_health.on_event(&world->control, &event);
	}
}

void interval(struct world *world, double start, double end)
{
	mw_detector_health.on_interval(&world->control, at_ns(start), at_ns(end));
}

void end_input(struct world *world, double start, double at)
{
	mw_detector_health.on_end(&world->control, at_ns(at));
	interval(world, start, at);
}

const struct health_row *row_of(const struct world *world, uint8_t family, uint8_t service, const char *peer)
{
	const struct mw_address wanted = peer == NULL ? (struct mw_address){{0}} : address(peer);

	for (uint32_t i = 0; i < world->rows_count; i++) {
		const struct health_row *row = &world->rows[i];

		if (row->family == family && row->service == service && mw_address_compare(&row->peer, &wanted) == 0)
			return row;
	}
	fail_msg("no row of %s", peer == NULL ? "the rest" : peer);
	return NULL;
}

const struct mw_finding *finding_of(struct world *world, const char *kind)
{
	const struct mw_finding *const *findings;
	const uint32_t count = mw_diagnosis_findings(world->diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(findings[i]->kind, kind) == 0)
			return findings[i];
	}
	return NULL;
}
