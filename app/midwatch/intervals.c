// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time: intervals aligned to whole multiples in UTC, the first and the last one partial.
// Neighbours: engine.h; replay/replay.c and live/live.c call it.

#include "engine.h"
#include "mw_log.h"
#include "mw_time.h"

#define EMPTY_INTERVALS_MAX 1440u // a day of minutes: a longer silence is skipped, and said
#define EMPTY_OF_A_RUN_MAX  (1u << 20) // two years of minutes: a small capture with a packet a day would fill a disk

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

void engine_end_interval(struct engine *engine, const struct intervals_ended *ended)
{
	mw_aggregate_interval(engine->aggregate, ended->start_ns, ended->end_ns - ended->from_ns, ended->end_ns);
	publish_findings(engine, ended->start_ns);
	if (engine->live) {
		mw_aggregate_write_findings(engine->aggregate, ended->start_ns);
		mw_csv_publish(engine->output.csv, ended->start_ns);
	}
}

static uint64_t end_of(const struct intervals *intervals)
{
	return (intervals->start_ns / intervals->length_ns + 1) * intervals->length_ns;
}

// 0 is no time: the interval that begins there does so a nanosecond later.
static uint64_t start_of(const struct intervals *intervals, uint64_t now_ns)
{
	return MW_MAX(now_ns / intervals->length_ns * intervals->length_ns, UINT64_C(1));
}

// The interval that begins is empty.
static void skip_silence(struct intervals *intervals, uint64_t now_ns)
{
	uint64_t empty = (now_ns - end_of(intervals)) / intervals->length_ns;

	if (empty <= EMPTY_INTERVALS_MAX && intervals->empty < EMPTY_OF_A_RUN_MAX) {
		intervals->empty++;
		return;
	}
	intervals->silences++;
	if (now_ns - intervals->last_ns > intervals->silence_ns) {
		intervals->silence_ns = now_ns - intervals->last_ns;
		intervals->silence_from_ns = intervals->last_ns;
	}
	intervals->start_ns = start_of(intervals, now_ns);
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

void intervals_saw(struct intervals *intervals, uint64_t time_ns)
{
	if (intervals->started)
		intervals->last_ns = MW_MAX(intervals->last_ns, time_ns);
}

bool intervals_next(struct intervals *intervals, uint64_t now_ns, struct intervals_ended *ended)
{
	uint64_t end_ns;

	if (!intervals->started) {
		intervals->started = true;
		intervals->start_ns = start_of(intervals, now_ns);
		intervals->from_ns = now_ns;
		intervals->first_ns = now_ns;
	}
	end_ns = end_of(intervals);
	if (end_ns > now_ns) {
		intervals->last_ns = now_ns;
		return false;
	}
	*ended = (struct intervals_ended){intervals->start_ns, end_ns, intervals->from_ns};
	intervals->start_ns = end_ns;
	intervals->from_ns = end_ns;
	if (end_of(intervals) <= now_ns)
		skip_silence(intervals, now_ns);
	return true;
}

void engine_advance(struct engine *engine, uint64_t now_ns)
{
	struct intervals_ended ended;

	while (intervals_next(&engine->intervals, now_ns, &ended))
		engine_end_interval(engine, &ended);
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
