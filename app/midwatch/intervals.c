// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time: intervals aligned to whole multiples in UTC, the first and the last one partial.
// Neighbours: engine.h; replay.c and live.c call it.

#include "engine.h"
#include "mw_log.h"
#include "mw_time.h"

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
	uint64_t start_ns = engine->intervals.start_ns;

	mw_aggregate_interval(engine->aggregate, start_ns, end_ns - engine->intervals.from_ns, end_ns);
	publish_findings(engine, start_ns);
	if (engine->live) {
		mw_aggregate_write_findings(engine->aggregate, start_ns);
		mw_csv_publish(engine->output.csv, start_ns);
	}
	engine->intervals.start_ns = end_ns;
	engine->intervals.from_ns = end_ns;
}

static uint64_t end_of(const struct engine *engine)
{
	return (engine->intervals.start_ns / engine->intervals.length_ns + 1) * engine->intervals.length_ns;
}

static void skip_silence(struct engine *engine, uint64_t now_ns)
{
	struct intervals *intervals = &engine->intervals;
	uint64_t empty = (now_ns - end_of(engine)) / intervals->length_ns;

	if (empty <= EMPTY_INTERVALS_MAX)
		return;
	intervals->silences++;
	if (now_ns - intervals->last_ns > intervals->silence_ns) {
		intervals->silence_ns = now_ns - intervals->last_ns;
		intervals->silence_from_ns = intervals->last_ns;
	}
	intervals->start_ns = now_ns / intervals->length_ns * intervals->length_ns;
	intervals->from_ns = intervals->start_ns;
}

/** Once for all: a folder of old captures has many. */
static void log_silences(const struct intervals *intervals)
{
	char lasted[48], from[MW_TIME_TEXT_BYTES];
	struct mw_text lasted_text = mw_text_in(lasted, sizeof(lasted)), from_text = mw_text_in(from, sizeof(from));

	if (intervals->silences == 0)
		return;
	mw_time_add_duration(&lasted_text, intervals->silence_ns);
	mw_time_add_rfc3339(&from_text, intervals->silence_from_ns);
	if (intervals->silences == 1)
		mw_log_notice("no packet for %s from %s on: intervals of that time have no rows", lasted, from);
	else
		mw_log_notice(
			"%u long times without a packet, the longest %s from %s on: intervals of these times have no rows",
			intervals->silences, lasted, from);
}

void engine_saw(struct engine *engine, uint64_t time_ns)
{
	if (engine->intervals.started)
		engine->intervals.last_ns = MW_MAX(engine->intervals.last_ns, time_ns);
}

void engine_advance(struct engine *engine, uint64_t now_ns, void (*tick)(void *context, uint64_t now_ns), void *context)
{
	if (!engine->intervals.started) {
		engine->intervals.started = true;
		engine->intervals.start_ns = now_ns / engine->intervals.length_ns * engine->intervals.length_ns;
		engine->intervals.from_ns = now_ns;
		engine->intervals.first_ns = now_ns;
	}
	for (bool first = true; end_of(engine) <= now_ns; first = false) {
		uint64_t end_ns = end_of(engine);

		tick(context, end_ns);
		close_interval(engine, end_ns);
		if (first && end_of(engine) <= now_ns)
			skip_silence(engine, now_ns);
	}
	engine->intervals.last_ns = now_ns;
}

void engine_finish(struct engine *engine)
{
	log_silences(&engine->intervals);
	mw_aggregate_end(engine->aggregate, engine->intervals.last_ns);
	if (engine->intervals.started)
		mw_aggregate_interval(engine->aggregate, engine->intervals.start_ns,
							  engine->intervals.last_ns - engine->intervals.from_ns, engine->intervals.last_ns);
	if (engine->watcher.before_findings != NULL)
		engine->watcher.before_findings(engine->watcher.context);
	mw_aggregate_write_findings(engine->aggregate, engine->live ? engine->intervals.start_ns : 0);
	if (engine->live)
		mw_csv_publish(engine->output.csv, engine->intervals.start_ns);
	engine->state = "finished";
}
