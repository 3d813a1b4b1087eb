// SPDX-License-Identifier: BSD-3-Clause
// Events to paths, paths to rows.
// Neighbours: control.h.
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mw_log.h"
#include "stuck.h"

/** The most serious verdict that an event can lead to. */
static const uint8_t leads_to[PATH_WHATS] = {
	[PATH_REPORT] = MW_PATH_MISADDRESSED, [PATH_REACTION] = MW_PATH_IGNORED,  [PATH_STUCK] = MW_PATH_BLACK_HOLE,
	[PATH_HOLE] = MW_PATH_BLACK_HOLE,     [PATH_HANDSHAKE] = MW_PATH_CLAMPED, [PATH_SIZES] = MW_PATH_BLACK_HOLE,
	[PATH_PIECES] = MW_PATH_OK,
};

int path_control_start(struct mw_detector_control *control)
{
	const struct mw_path_settings *settings = control->settings;
	struct path_control *self = control->state;
	int error = path_table_start(&self->table, (uint32_t)settings->paths_max, control->hash_key);

	error = error != 0 ? error : path_outers_start(&self->outers, control->hash_key);
	self->mss = calloc(1, sizeof(*self->mss));
	self->quotes = calloc(1, sizeof(*self->quotes));
	self->hosts = calloc(1, sizeof(*self->hosts));
	if (error != 0 || self->mss == NULL || self->quotes == NULL || self->hosts == NULL) {
		mw_log_error("path: no memory for %" PRIu64 " paths; lower path.paths-max", settings->paths_max);
		path_control_stop(control);
		return -ENOMEM;
	}
	self->mss->hash_key = self->hosts->hash_key = *control->hash_key;
	return 0;
}

void path_control_stop(struct mw_detector_control *control)
{
	struct path_control *self = control->state;

	path_table_stop(&self->table);
	path_outers_stop(&self->outers);
	free(self->mss);
	free(self->quotes);
	free(self->hosts);
	self->mss = NULL;
	self->quotes = NULL;
	self->hosts = NULL;
}

static struct path_verdict judge(const struct path_control *self, const struct path *path)
{
	const struct path_evidence *flight = &path->sum.evidence[PATH_SHOWS_FLIGHT];
	struct path_host_shows host = {0};

	if (!path->is_network && flight->flows > 0)
		host = path_hosts_judge(self->hosts, &path->dst, path->sum.stuck_last_ns, flight->smallest_lost);
	return path_judge(&path->sum, self->mss, &host);
}

static void saw(struct path_control *self, struct path *path, uint64_t clock_ns)
{
	struct path_verdict verdict = judge(self, path);

	path->told_ns = MW_MAX(path->told_ns, MW_MAX(clock_ns, path->sum.last_ns));
	path_table_saw(&self->table, path, path_sum_is_hearsay(&path->sum) ? 0 : path_verdict_rank(verdict.verdict));
}

/** A reduced MSS makes a row of the direction that it limits; the other one is only told when it is there. */
static void add_limit(struct mw_detector_control *control, const struct mw_event *event, const struct path_facts *facts,
					  enum path_mss_side side)
{
	const bool by_client = side == PATH_MSS_SYN;
	const struct mw_address *from = by_client ? &event->flow.src : &event->flow.dst; // sent the MSS: receives
	const struct mw_address *sender = by_client ? &event->flow.dst : &event->flow.src;
	const uint16_t mss = by_client ? facts->mss_syn : facts->mss_synack;
	const struct path_mss_sender reached = {*from, mss, facts->near || path_mss_is_near(from, sender)};
	struct path_control *self = control->state;
	struct path *path;

	if (mss != 0)
		path_mss_reach(self->mss, sender, side, &reached, event->time_ns);
	if (path_mss_is_reduced(!mw_address_is_v4(from), mss)) {
		path_mss_saw(self->mss, !mw_address_is_v4(from), side, mss, from);
		path = path_table_get(&self->table, sender, from, path_verdict_rank(MW_PATH_CLAMPED));
	} else {
		path = path_table_find(&self->table, sender, from);
	}
	if (path == NULL)
		return;
	path_sum_handshake(&path->sum, event, facts, side);
	saw(self, path, control->clock_ns);
}

/** One that shows a reduced MSS to the same host at other times is no other one. */
static void add_full(struct path_control *self, const struct mw_event *event, const struct path_facts *facts)
{
	const struct path *path = path_table_find(&self->table, &event->flow.src, &event->flow.dst);
	bool by_client = facts->mss_syn != 0;
	const struct path_mss_sender reached = {event->flow.dst, by_client ? facts->mss_syn : facts->mss_synack,
											facts->near || path_mss_is_near(&event->flow.src, &event->flow.dst)};

	if (path == NULL || path->sum.mss_limit == 0)
		path_mss_reach(self->mss, &event->flow.src, by_client ? PATH_MSS_SYN : PATH_MSS_SYN_ACK, &reached,
					   event->time_ns);
}

/** Says so at the first path that gave way, and each time their number has doubled. */
static void log_given_up(struct path_control *self, uint64_t paths_max)
{
	if (self->table.given_up < MW_MAX(2 * self->given_up_logged, UINT64_C(1)))
		return;
	self->given_up_logged = self->table.given_up;
	mw_log_notice("path: %" PRIu64 " paths were given up for others; path.paths-max is %" PRIu64, self->given_up_logged,
				  paths_max);
}

/** A router's report on a stuck packet, that its sender could not tell from the quote. */
static void add_misquoted(void *context, const struct path_lost *lost, const struct path_stray *stray)
{
	struct mw_detector_control *control = context;
	struct path_control *self = control->state;
	struct path *path =
		path_table_get(&self->table, &lost->ends.src, &lost->ends.dst, path_verdict_rank(MW_PATH_IGNORED));

	if (path == NULL)
		return;
	path_sum_misquoted(&path->sum, lost, stray,
					   mw_address_compare(&lost->ends.src, &stray->quoted.src) != 0 ||
						   mw_address_compare(&lost->ends.dst, &stray->quoted.dst) != 0);
	saw(self, path, control->clock_ns);
}

/** Reports that fit no connection, and stuck packets without a report: perhaps they belong together. */
static void join_quotes(struct mw_detector_control *control, const struct mw_event *event,
						const struct path_facts *facts)
{
	const struct path_quotes_found found = {add_misquoted, control};
	struct path_control *self = control->state;

	if (facts->what == PATH_REPORT && !facts->flow_known)
		path_quotes_report(self->quotes, control->hash_key, event, facts, &found);
	else if (facts->what == PATH_STUCK && !facts->reported && facts->end != PATH_GOT_THROUGH)
		path_quotes_stuck(self->quotes, event, facts, &found);
}

/** What is known of a host has turned: all paths to it are judged again. */
static void judge_again(struct path_control *self, const struct mw_address *host, uint64_t clock_ns)
{
	for (uint32_t i = 1; i <= self->table.index.fresh; i++) {
		struct path *path = &self->table.paths[i];

		if (path->sum.evidence[PATH_SHOWS_FLIGHT].flows > 0 && mw_address_compare(&path->dst, host) == 0)
			saw(self, path, clock_ns);
	}
}

/** What event tells of the host that it is about, beyond the pair. path: NULL when it has no place. */
static void add_to_host(struct mw_detector_control *control, const struct mw_event *event,
						const struct path_facts *facts, const struct path *path)
{
	const struct mw_path_settings *settings = control->settings;
	static const struct mw_address all;
	const struct mw_address *host = &event->flow.dst;
	struct path_control *self = control->state;

	if (facts->what == PATH_PASSED)
		path_hosts_passed(self->hosts, mw_address_compare(host, &all) == 0 ? NULL : host, facts->largest_acked,
						  facts->to_ns);
	else if (facts->what != PATH_STUCK && facts->what != PATH_HOLE)
		return;
	else if (facts->end == PATH_GOT_THROUGH)
		path_hosts_passed(self->hosts, host, facts->smallest_lost, facts->to_ns);
	else if (path != NULL && path->sum.evidence[PATH_SHOWS_FLIGHT].flows > 0 && !facts->reported &&
			 !facts->mirror_gaps && path_stuck_shows(facts, settings->retransmits_at_least) == PATH_SHOWS_FLIGHT)
		path_hosts_flight(self->hosts, event, facts);
	if (path_hosts_turned(self->hosts, host))
		judge_again(self, host, control->clock_ns);
}

/** How serious the path can become by what is told. */
static uint8_t rank_most(const struct mw_event *event, const struct path_facts *facts)
{
	if (facts->what == PATH_REPORT && !path_sum_believes(facts, !mw_address_is_v4(&event->flow.src)))
		return 0;
	if (facts->what == PATH_PIECES && !facts->flow_known)
		return 0;
	return path_verdict_rank(leads_to[facts->what]);
}

void path_control_event(struct mw_detector_control *control, const struct mw_event *event)
{
	const struct mw_path_settings *settings = control->settings;
	struct path_control *self = control->state;
	struct path_facts facts = {.what = PATH_PIECES, .flow_known = true, .count = 1};
	struct path *path;

	if ((event->kind & 0xff) != PATH_EVENT_FACTS) {
		if (!path_outers_take(&self->outers, event))
			return;
	} else if (event->body_bytes >= sizeof(facts)) {
		memcpy(&facts, event->body, sizeof(facts));
	} else {
		return;
	}
	if (!path_sum_uses(&facts))
		return;
	if (facts.what == PATH_FULL_MSS) {
		add_full(self, event, &facts);
	} else if (facts.what == PATH_HANDSHAKE) {
		add_limit(control, event, &facts, PATH_MSS_SYN);
		add_limit(control, event, &facts, PATH_MSS_SYN_ACK);
	} else if (facts.what == PATH_PASSED) {
		add_to_host(control, event, &facts, NULL);
	} else {
		path = path_table_get(&self->table, &event->flow.src, &event->flow.dst, rank_most(event, &facts));
		if (path != NULL) {
			path_sum_add(&path->sum, event, &facts, settings->retransmits_at_least);
			saw(self, path, control->clock_ns);
		}
		add_to_host(control, event, &facts, path);
		join_quotes(control, event, &facts);
	}
	log_given_up(self, settings->paths_max);
}

void path_control_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows)
{
	const struct path_control *self = control->state;

	for (uint32_t i = 1; i <= self->table.index.fresh; i++) {
		const struct path *path = &self->table.paths[i];
		struct path_verdict verdict;
		struct mw_path_row row;

		if (path->told_ns < since_ns)
			continue;
		verdict = judge(self, path);
		if (path_row_fill(path, &verdict, &row))
			rows->row(rows->context, &mw_path_record, &row);
	}
}
