// SPDX-License-Identifier: BSD-3-Clause
// The rows of an interval: the peers that are asked most, the rest of them, and a sum of each family for the findings.
// Neighbours: control.h; row.c has the columns.
#include <stdlib.h>
#include <string.h>

#include "stretch.h"

#define FAILS_LEAST 2 // transmissions without an answer, and a fifth of all: a peer that fails

static int by_use(const void *a, const void *b)
{
	const struct health_cell *x = *(struct health_cell *const *)a, *y = *(struct health_cell *const *)b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->counts.asked != y->counts.asked)
		return x->counts.asked > y->counts.asked ? -1 : 1;
	return mw_address_compare(&x->peer, &y->peer);
}

static uint32_t choose(struct health_control *self, uint32_t interval)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i <= self->cells.index.fresh && self->cells.used > 0; i++) {
		if (self->cells.cells[i].used && self->cells.cells[i].interval == interval)
			self->chosen[count++] = &self->cells.cells[i];
	}
	qsort(self->chosen, count, sizeof(self->chosen[0]), by_use);
	return count;
}

static int64_t askers_of(const struct health_cell *cell)
{
	return __builtin_popcountll(cell->askers);
}

static struct health_row row_of(const struct health_control *self, const struct health_cell *cell)
{
	const struct health_counts *counts = &cell->counts;
	const bool asks = cell->service != HEALTH_TCP;

	return (struct health_row){
		.ts_ns = self->intervals[cell->interval % HEALTH_INTERVALS_MAX].start_ns,
		.first_ns = cell->first_ns,
		.last_ns = cell->last_ns,
		.peer = cell->peer,
		.family = cell->family,
		.service = cell->service,
		.several = cell->rest,
		.counts = *counts,
		.asked = asks ? counts->asked : MW_UNKNOWN_I64,
		.answered = asks ? counts->answered : MW_UNKNOWN_I64,
		.round_trips = cell->round_trips.count,
		.lost_pct = counts->asked == 0 || !asks
						? MW_UNKNOWN_DOUBLE
						: 100.0 * (double)(counts->asked - counts->answered) / (double)counts->asked,
		.rtt_ms_p50 = mw_kit_histogram_ms(&cell->round_trips, 500),
		.rtt_ms_p95 = mw_kit_histogram_ms(&cell->round_trips, 950),
		.askers = askers_of(cell),
		.questions = __builtin_popcount(cell->failed_questions),
		.lived = cell->lived,
		.afterwards = cell->afterwards,
	};
}

static bool fails(const struct health_counts *counts)
{
	return health_lost(counts) >= FAILS_LEAST && health_lost(counts) * 5 >= counts->asked;
}

static void sum_family(const struct health_control *self, uint32_t count, uint8_t family, struct health_row *sum)
{
	*sum = (struct health_row){.family = family, .service = HEALTH_SERVICES, .several = true};
	for (uint32_t i = 0; i < count; i++) {
		const struct health_cell *cell = self->chosen[i];

		if (cell->family != family || cell->service == HEALTH_TCP || !health_counts_for_line(cell))
			continue;
		sum->ts_ns = self->intervals[cell->interval % HEALTH_INTERVALS_MAX].start_ns;
		sum->first_ns = sum->first_ns == 0 ? cell->first_ns : MW_MIN(sum->first_ns, cell->first_ns);
		sum->last_ns = MW_MAX(sum->last_ns, cell->last_ns);
		health_join(&sum->counts, &cell->counts);
		sum->peers++;
		sum->peers_failing += fails(&cell->counts);
	}
}

static void emit(struct mw_detector_control *control, const struct health_row *row)
{
	control->rows.row(control->rows.context, &health_record, row);
}

static void write_sums(struct mw_detector_control *control, uint32_t interval, uint32_t count)
{
	struct health_control *self = control->state;
	struct health_row sum;

	for (uint8_t family = 0; family < HEALTH_FAMILIES; family++) {
		sum_family(self, count, family, &sum);
		health_hosts_add(&self->hosts, interval, &sum);
		health_losses_span(&self->losses, interval, self->intervals[interval % HEALTH_INTERVALS_MAX].start_ns,
						   self->intervals[interval % HEALTH_INTERVALS_MAX].end_ns, &sum);
		if (sum.counts.exchanges > 0)
			emit(control, &sum);
	}
	health_hosts_forget(&self->hosts, interval);
	health_losses_forget(&self->losses, interval);
}

static void write_peers(struct mw_detector_control *control, uint32_t count)
{
	const struct health_settings *settings = control->settings;
	struct health_control *self = control->state;
	uint64_t of_sort = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct health_cell *cell = self->chosen[i];
		struct health_row row = row_of(self, cell);

		of_sort = i > 0 && self->chosen[i - 1]->family == cell->family && self->chosen[i - 1]->service == cell->service
					  ? of_sort + 1
					  : 0;
		if (of_sort >= settings->peers)
			continue;
		if (cell->service == HEALTH_DNS)
			health_stretch_find(self, count, cell, &row.stretch);
		emit(control, &row);
	}
}

static void give_way_beyond(struct health_control *self, uint32_t count, uint64_t peers)
{
	uint8_t family = HEALTH_FAMILIES, service = HEALTH_SERVICES;
	uint64_t of_sort = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct health_cell *cell = self->chosen[i];

		of_sort = cell->family == family && cell->service == service ? of_sort + 1 : 0;
		family = cell->family;
		service = cell->service;
		if (of_sort < peers)
			health_cells_forget(&self->cells, cell);
		else
			health_cells_give_way(&self->cells, cell);
	}
}

static void write_rests(struct mw_detector_control *control, uint32_t interval)
{
	struct health_control *self = control->state;

	for (uint8_t family = 0; family < HEALTH_FAMILIES; family++) {
		for (uint8_t service = 0; service < HEALTH_SERVICES; service++) {
			struct health_cell *rest = &self->cells.rests[interval % HEALTH_INTERVALS_MAX][family][service];
			struct health_row row;

			if (!rest->used)
				continue;
			row = row_of(self, rest);
			emit(control, &row);
			health_cells_forget(&self->cells, rest);
		}
	}
}

void health_rows_write(struct mw_detector_control *control, uint32_t interval)
{
	const struct health_settings *settings = control->settings;
	struct health_control *self = control->state;
	const uint32_t count = choose(self, interval);

	write_sums(control, interval, count);
	write_peers(control, count);
	give_way_beyond(self, count, settings->peers);
	write_rests(control, interval);
}
