// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time: intervals aligned to whole multiples in UTC, the first and the last one partial.
// Neighbours: engine.h; replay.c and live.c call it.
#include <inttypes.h>

#include "engine.h"
#include "mw_log.h"

#define EMPTY_INTERVALS_MAX 1440u // a day of minutes: a longer silence is skipped, and said

static void publish_findings(struct engine *engine, uint64_t since_ns)
{
	const struct mw_finding *const *findings;
	uint32_t count;

	if (engine->server == NULL || !mw_server_followed(engine->server, "findings"))
		return;
	count = mw_diagnosis_findings(mw_aggregate_diagnosis(engine->aggregate), &findings);
	for (uint32_t i = 0; i < count; i++) {
		if (findings[i]->last_ns >= since_ns)
			mw_server_publish(engine->server, "findings", mw_json_from_row(&mw_finding_record, findings[i]));
	}
}

static void close_interval(struct engine *engine, uint64_t end_ns)
{
	uint64_t start_ns = engine->interval_start_ns;

	mw_aggregate_interval(engine->aggregate, start_ns, end_ns - engine->interval_from_ns, end_ns);
	publish_findings(engine, start_ns);
	if (engine->live) {
		mw_aggregate_write_findings(engine->aggregate, start_ns);
		mw_csv_publish(engine->csv, start_ns);
	}
	engine->interval_start_ns = end_ns;
	engine->interval_from_ns = end_ns;
}

static uint64_t end_of(const struct engine *engine)
{
	return (engine->interval_start_ns / engine->interval_ns + 1) * engine->interval_ns;
}

static void skip_silence(struct engine *engine, uint64_t now_ns)
{
	uint64_t empty = (now_ns - end_of(engine)) / engine->interval_ns;

	if (empty <= EMPTY_INTERVALS_MAX)
		return;
	mw_log_notice("no packet for %" PRIu64 " intervals: they get no rows", empty);
	engine->interval_start_ns = now_ns / engine->interval_ns * engine->interval_ns;
	engine->interval_from_ns = engine->interval_start_ns;
}

void engine_advance(struct engine *engine, uint64_t now_ns, void (*tick)(void *context, uint64_t now_ns), void *context)
{
	if (!engine->started) {
		engine->started = true;
		engine->interval_start_ns = now_ns / engine->interval_ns * engine->interval_ns;
		engine->interval_from_ns = now_ns;
		engine->first_ns = now_ns;
	}
	for (bool first = true; end_of(engine) <= now_ns; first = false) {
		uint64_t end_ns = end_of(engine);

		tick(context, end_ns);
		close_interval(engine, end_ns);
		if (first && end_of(engine) <= now_ns)
			skip_silence(engine, now_ns);
	}
	engine->last_ns = now_ns;
}

void engine_finish(struct engine *engine)
{
	mw_aggregate_end(engine->aggregate, engine->last_ns);
	if (engine->started)
		mw_aggregate_interval(engine->aggregate, engine->interval_start_ns, engine->last_ns - engine->interval_from_ns,
							  engine->last_ns);
	if (engine->watcher.before_findings != NULL)
		engine->watcher.before_findings(engine->watcher.context);
	mw_aggregate_write_findings(engine->aggregate, engine->live ? engine->interval_start_ns : 0);
	if (engine->live)
		mw_csv_publish(engine->csv, engine->interval_start_ns);
	engine->state = "finished";
}
