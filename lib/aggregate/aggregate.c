// SPDX-License-Identifier: BSD-3-Clause
// Events of all workers, sorted, into the detectors' control halves; their rows onward.
// Neighbours: interval.c for the counters; mw_aggregate.h.
#include "aggregate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_pages.h"

static void list_summarised(struct mw_aggregate *aggregate)
{
	const struct mw_detector_set *set = &aggregate->config.detectors;

	for (uint32_t i = 0; i < set->count; i++) {
		for (uint32_t j = 0; j < set->items[i]->records_count; j++) {
			if (set->items[i]->records[j].summarise != NULL && aggregate->summarised_count < MW_DETECTOR_RECORDS_MAX)
				aggregate->summarised[aggregate->summarised_count++] = &set->items[i]->records[j];
		}
	}
}

static void summarise(struct mw_aggregate *aggregate, const struct mw_record *record, const void *row)
{
	for (uint32_t i = 0; i < aggregate->summarised_count; i++) {
		if (aggregate->summarised[i]->record == record)
			aggregate->summarised[i]->summarise(row, &aggregate->summary);
	}
}

void aggregate_row(void *context, const struct mw_record *record, const void *row)
{
	struct mw_aggregate *aggregate = context;

	summarise(aggregate, record, row);
	mw_diagnosis_row(aggregate->diagnosis, record, row);
	aggregate->config.rows.row(aggregate->config.rows.context, record, row);
}

static int start_controls(struct mw_aggregate *aggregate)
{
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < aggregate->config.detectors.count; i++) {
		struct mw_detector_control *control = &aggregate->controls[i];

		control->signatures = aggregate->config.signatures;
		control->hash_key = &aggregate->config.hash_key;
		control->rows = (struct mw_row_sink){.row = aggregate_row, .context = aggregate};
		control->state = mw_pages_take(1, MW_MAX(aggregate->config.detectors.items[i]->control_bytes, 1u));
		if (control->state == NULL)
			return -ENOMEM;
		if (aggregate->config.detectors.items[i]->control_start != NULL)
			error = aggregate->config.detectors.items[i]->control_start(control);
	}
	return error;
}

// Each once, in the order of the detectors and of their kinds of findings. A diagnoser may make findings of several
// kinds.
static uint32_t list_diagnosers(struct mw_aggregate *aggregate)
{
	const struct mw_detector_set *set = &aggregate->config.detectors;
	uint32_t count = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		for (uint32_t j = 0; j < set->items[i]->findings_count; j++) {
			const struct mw_diagnoser *diagnoser = set->items[i]->findings[j]->diagnoser;
			uint32_t at = 0;

			while (at < count && aggregate->diagnosers[at] != diagnoser)
				at++;
			if (at == count && count < MW_DETECTOR_FINDINGS_MAX)
				aggregate->diagnosers[count++] = diagnoser;
		}
	}
	return count;
}

static void copy_config(struct mw_aggregate *aggregate, const struct mw_aggregate_config *config)
{
	aggregate->config = *config;
	memcpy(aggregate->blocks, config->blocks, config->workers_count * sizeof(aggregate->blocks[0]));
	memcpy(aggregate->flows, config->flows, config->workers_count * sizeof(aggregate->flows[0]));
	memcpy(aggregate->rings, config->rings, config->workers_count * sizeof(aggregate->rings[0]));
	aggregate->config.blocks = aggregate->blocks;
	aggregate->config.flows = aggregate->flows;
	aggregate->config.rings = aggregate->rings;
}

/** Room for all rings at once: a live run asks for no more. */
static int reserve(struct mw_aggregate *aggregate)
{
	struct mw_event_ring_sizes all = {{0}};

	for (uint32_t i = 0; i < aggregate->config.workers_count; i++) {
		const struct mw_event_ring_sizes sizes = mw_event_ring_sizes_of(aggregate->rings[i]);

		for (uint32_t class = 0; class < MW_EVENT_CLASSES; class ++)
			all.lines[class] += sizes.lines[class];
	}
	return aggregate_lot_reserve(&aggregate->lot, &all);
}

int mw_aggregate_new(const struct mw_aggregate_config *config, struct mw_aggregate **aggregate_out)
{
	struct mw_aggregate *aggregate = calloc(1, sizeof(*aggregate));
	int error;

	if (aggregate == NULL)
		return -ENOMEM;
	if (config->workers_count > MW_WORKERS_MAX) {
		free(aggregate);
		return -EINVAL;
	}
	copy_config(aggregate, config);
	list_summarised(aggregate);
	error = reserve(aggregate);
	if (error == 0)
		error = mw_diagnosis_new(aggregate->diagnosers, list_diagnosers(aggregate), config->findings_max,
								 &aggregate->diagnosis);
	if (error == 0) {
		mw_aggregate_settings(aggregate, config->settings);
		error = start_controls(aggregate);
	}
	if (error != 0) {
		mw_aggregate_free(aggregate);
		return error;
	}
	*aggregate_out = aggregate;
	return 0;
}

void mw_aggregate_free(struct mw_aggregate *aggregate)
{
	if (aggregate == NULL)
		return;
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		if (aggregate->controls[i].state != NULL && aggregate->config.detectors.items[i]->control_stop != NULL)
			aggregate->config.detectors.items[i]->control_stop(&aggregate->controls[i]);
		free(aggregate->controls[i].state);
	}
	mw_diagnosis_free(aggregate->diagnosis);
	aggregate_lot_free(&aggregate->lot);
	free(aggregate);
}

static void collect(struct mw_aggregate *aggregate)
{
	for (uint32_t i = 0; i < aggregate->config.workers_count; i++) {
		struct mw_event_positions until = mw_event_ring_sent(aggregate->rings[i]);

		if (aggregate->point != NULL)
			until = aggregate->point->events[i];
		aggregate_lot_take(&aggregate->lot, aggregate->rings[i], &until);
	}
	aggregate_lot_sort(&aggregate->lot);
}

static const struct mw_detector *detector_of(const struct mw_aggregate *aggregate, const struct mw_event *event)
{
	uint32_t number = event->kind >> 8;

	return number < aggregate->config.detectors.count ? aggregate->config.detectors.items[number] : NULL;
}

// Detectors whose tables are large hear of events beforehand: memory is waited for while others are worked on.
static void announce(struct mw_aggregate *aggregate, const struct mw_event *event)
{
	const struct mw_detector *detector = detector_of(aggregate, event);

	if (detector != NULL && detector->on_soon != NULL)
		detector->on_soon(&aggregate->controls[event->kind >> 8], event);
}

static void hand_over(struct mw_aggregate *aggregate, const struct mw_event *event, uint64_t clock_ns)
{
	const struct mw_detector *detector = detector_of(aggregate, event);
	struct mw_detector_control *control;

	if (aggregate->config.on_event != NULL)
		aggregate->config.on_event(aggregate->config.context, event);
	if (detector == NULL || detector->on_event == NULL)
		return;
	control = &aggregate->controls[event->kind >> 8];
	control->clock_ns = clock_ns;
	detector->on_event(control, event);
}

void mw_aggregate_see(struct mw_aggregate *aggregate, const struct mw_aggregate_point *point)
{
	aggregate->point = point;
}

uint32_t mw_aggregate_drain(struct mw_aggregate *aggregate, uint64_t clock_ns)
{
	const struct mw_event *events[MW_DETECTOR_SOON_MAX], *next;
	uint32_t told = 0, given = 0;

	aggregate->clock_ns = MW_MAX(aggregate->clock_ns, clock_ns);
	collect(aggregate);
	while ((next = aggregate_lot_next(&aggregate->lot)) != NULL) {
		if (told - given == MW_DETECTOR_SOON_MAX)
			hand_over(aggregate, events[given++ % MW_DETECTOR_SOON_MAX], clock_ns);
		announce(aggregate, next);
		events[told++ % MW_DETECTOR_SOON_MAX] = next;
	}
	while (given != told)
		hand_over(aggregate, events[given++ % MW_DETECTOR_SOON_MAX], clock_ns);
	return given;
}

void mw_aggregate_blind(struct mw_aggregate *aggregate, const struct mw_blind *blind)
{
	aggregate->blind_ns += blind->to_ns - blind->from_ns;
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		if (aggregate->config.detectors.items[i]->on_blind != NULL)
			aggregate->config.detectors.items[i]->on_blind(&aggregate->controls[i], blind);
	}
}

uint32_t mw_aggregate_records(const struct mw_detector_set *detectors,
							  const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX])
{
	uint32_t count = 0;

	records[count++] = &mw_finding_record;
	for (uint32_t i = 0; i < detectors->count; i++) {
		for (uint32_t j = 0; j < detectors->items[i]->records_count && count < MW_AGGREGATE_RECORDS_MAX - 2; j++)
			records[count++] = detectors->items[i]->records[j].record;
	}
	records[count++] = &mw_summary_record;
	records[count++] = &mw_classes_record;
	return count;
}

// Who is asked knows how late it is, though nothing may have happened for a while.
void mw_aggregate_report(struct mw_aggregate *aggregate, uint64_t since_ns, const struct mw_row_sink *rows)
{
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		aggregate->controls[i].clock_ns = aggregate->clock_ns;
		if (aggregate->config.detectors.items[i]->on_report != NULL)
			aggregate->config.detectors.items[i]->on_report(&aggregate->controls[i], since_ns, rows);
	}
}

void mw_aggregate_watched(struct mw_aggregate *aggregate, struct mw_detector_watched *watched)
{
	*watched = (struct mw_detector_watched){.until_ns = 0};
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		aggregate->controls[i].clock_ns = aggregate->clock_ns;
		if (aggregate->config.detectors.items[i]->on_watched != NULL)
			aggregate->config.detectors.items[i]->on_watched(&aggregate->controls[i], watched);
	}
}

uint32_t mw_aggregate_write_findings(struct mw_aggregate *aggregate, uint64_t since_ns)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(aggregate->diagnosis, &findings);
	uint32_t written = 0;

	mw_aggregate_report(aggregate, since_ns, &aggregate->config.rows);
	for (uint32_t i = 0; i < count; i++) {
		const bool news = mw_diagnosis_news(aggregate->diagnosis, findings[i]);

		if (findings[i]->last_ns < since_ns && !news)
			continue;
		aggregate->config.rows.row(aggregate->config.rows.context, &mw_finding_record, findings[i]);
		written++;
	}
	return written;
}

struct mw_detector_control *mw_aggregate_control(struct mw_aggregate *aggregate, uint32_t number)
{
	return &aggregate->controls[number];
}

struct mw_diagnosis *mw_aggregate_diagnosis(struct mw_aggregate *aggregate)
{
	return aggregate->diagnosis;
}

void mw_aggregate_settings(struct mw_aggregate *aggregate, const struct mw_settings *settings)
{
	aggregate->config.settings = settings;
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		if (aggregate->config.detectors.items[i]->settings != NULL)
			aggregate->controls[i].settings =
				mw_settings_values(settings, aggregate->config.detectors.items[i]->settings->name);
	}
}
