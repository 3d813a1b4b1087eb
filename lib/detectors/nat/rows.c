// SPDX-License-Identifier: BSD-3-Clause
// Host rows first, those with most ports first; then the lines.
// Neighbours: rows.h; forecast.c for what comes.
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "mw_log.h"
#include "mw_pages.h"
#include "forecast.h"
#include "outside.h"
#include "pair.h"
#include "profile.h"

#define IDLE_NS      (600 * MW_NS_PER_SECOND) // a line without sessions is forgotten after so long
#define DISPROVED_NS (60 * MW_NS_PER_SECOND)
#define ROWS_AHEAD   16

struct nat_rows {
	uint32_t room, count;
	struct held {
		struct nat_line *line;
		struct mw_address host;
		struct mw_nat_counts counts;
		uint32_t line_peak;
		uint64_t hash; // what the host's habits are found by
	} * hosts;
};

/** What the rows of one interval share. */
struct writing {
	struct mw_detector_control *control;
	struct nat_control *self;
	const struct mw_nat_settings *settings;
	struct mw_nat_profile profile;
	uint64_t start_ns, now_ns, span_ns;
};

/** A line's numbers: ports by one, entries by another line of the model where they differ. */
struct numbers {
	struct mw_nat_counts ports, entries;
	struct nat_forecast_now pool;
};

struct nat_rows *nat_rows_new(uint32_t hosts_max)
{
	struct nat_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	rows->room = hosts_max;
	rows->hosts = mw_pages_advise(calloc(hosts_max, sizeof(*rows->hosts)), hosts_max * sizeof(*rows->hosts));
	if (rows->hosts != NULL)
		return rows;
	nat_rows_free(rows);
	return NULL;
}

void nat_rows_free(struct nat_rows *rows)
{
	if (rows == NULL)
		return;
	free(rows->hosts);
	free(rows);
}

static struct numbers numbers_of(const struct nat_control *self, const struct nat_line *line)
{
	struct numbers numbers;

	mw_nat_line_counts(self->model, line->model, &numbers.ports);
	numbers.entries = numbers.ports;
	numbers.pool = (struct nat_forecast_now){0};
	if (line->counts_entries)
		mw_nat_line_counts(self->model, line->entries, &numbers.entries);
	return numbers;
}

static double per_second(uint64_t count, uint64_t span_ns)
{
	return span_ns == 0 ? 0 : (double)count * (double)MW_NS_PER_SECOND / (double)span_ns;
}

/** What hosts of a line are kept with while the model tells of them. */
struct keeping {
	const struct nat_control *self;
	struct nat_rows *rows;
	struct nat_line *line;
	const struct numbers *numbers;
};

static void keep_host(void *context, const struct mw_address *host, const struct mw_nat_counts *counts)
{
	const struct keeping *keeping = context;
	const struct nat_control *self = keeping->self;
	struct nat_rows *rows = keeping->rows;
	struct held *held;

	if (rows->count == rows->room)
		return; // the model has no more hosts than there is room
	held = &rows->hosts[rows->count++];
	*held = (struct held){
		.line = keeping->line,
		.host = *host,
		.counts = *counts,
		.line_peak = keeping->numbers->ports.ports_peak,
		.hash = nat_hosts_hash(self->hosts, nat_lines_place(self->places.lines, keeping->line), host),
	};
	if (!keeping->line->counts_entries)
		return;
	// seen from outside the line is its only host
	held->counts.sessions = keeping->numbers->entries.sessions;
	held->counts.sessions_peak = keeping->numbers->entries.sessions_peak;
	held->counts.opened = keeping->numbers->entries.opened;
}

static int compare_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->counts.ports_peak != y->counts.ports_peak)
		return x->counts.ports_peak > y->counts.ports_peak ? -1 : 1;
	if (x->counts.opened != y->counts.opened)
		return x->counts.opened > y->counts.opened ? -1 : 1;
	if (x->line != y->line)
		return strcmp(x->line->name, y->line->name);
	return mw_address_compare(&x->host, &y->host);
}

static void fill_habit(const struct writing *writing, const struct nat_host *host, struct mw_nat_host_row *row)
{
	const struct nat_host_top top = nat_host_top(host);
	struct mw_text pattern = mw_text_in(row->pattern, sizeof(row->pattern));

	uint16_t port = top.port;

	if (top.count > 0)
		row->top_dst = mw_nat_address(top.dst);
	nat_hosts_judge(writing->self->hosts, host, writing->now_ns, writing->self->hints, &row->habit);
	if (row->habit.known) {
		row->top_dst = row->habit.dst;
		port = row->habit.dport;
		nat_habit_add_text(&pattern, &row->habit);
	}
	row->top_dport = port != 0 ? port : MW_UNKNOWN_I64;
	row->last_ns = host->last_ns;
	if (host->opened > 0)
		row->unanswered_pct = 100.0 * (host->opened - MW_MIN(host->answered, host->opened)) / host->opened;
}

static void write_host(const struct writing *writing, const struct held *held)
{
	const struct mw_row_sink *rows = &writing->control->rows;
	const struct mw_nat_counts *counts = &held->counts;
	const struct nat_host *host = nat_hosts_find(writing->self->hosts, held->hash,
												 nat_lines_place(writing->self->places.lines, held->line), &held->host);
	struct mw_nat_host_row row = {.ts_ns = writing->start_ns,
								  .host = held->host,
								  .sessions = counts->sessions,
								  .sessions_peak = counts->sessions_peak,
								  .ports_tcp = counts->ports[MW_NAT_TCP],
								  .ports_udp = counts->ports[MW_NAT_UDP],
								  .ports_icmp = counts->ports[MW_NAT_ICMP],
								  .ports_peak = counts->ports_peak,
								  .new_per_s = per_second(counts->opened, writing->span_ns),
								  .unanswered_pct = MW_UNKNOWN_DOUBLE,
								  .over_limit = (int64_t)counts->refused,
								  .top_dport = MW_UNKNOWN_I64,
								  .last_ns = held->line->last_ns};

	memcpy(row.line, held->line->name, sizeof(row.line));
	if (held->line_peak > 0)
		row.share_pct = MW_MIN(100.0, 100.0 * counts->ports_peak / held->line_peak);
	if (host != NULL)
		fill_habit(writing, host, &row);
	rows->row(rows->context, &mw_nat_host_record, &row);
}

static void fill_ports(const struct nat_line *line, const struct nat_forecast_now *pool, struct mw_nat_line_row *row)
{
	const struct nat_line_ports *ports = &line->ports;
	struct mw_mape_judgement judgement;
	uint32_t range_ports = 0;

	row->psid = row->psid_bits = row->psid_offset = MW_UNKNOWN_I64;
	row->blocks = row->blocks_seen = row->strays = MW_UNKNOWN_I64;
	row->pattern_chance = ports->set_known ? ports->chance : 1;
	mw_mape_seen_judge(&ports->seen, &judgement);
	if (ports->set_known) {
		row->psid = ports->set.psid;
		row->psid_bits = ports->set.layout.psid_bits;
		row->psid_offset = ports->set.layout.offset_bits;
		row->blocks = mw_mape_ranges(ports->set.layout);
		row->blocks_seen = mw_mape_seen_ranges(&ports->seen, ports->set.layout);
		row->strays = ports->outside;
		range_ports = mw_mape_range_ports(ports->set.layout);
	} else if (line->key.side == NAT_LINE_TUNNEL && judgement.verdict == MW_MAPE_ONE_BLOCK) {
		row->blocks_seen = 1;
		range_ports = judgement.block.last - judgement.block.first + 1u;
	}
	// demand that fills a whole block and never leaves it
	row->first_block_only = row->blocks_seen == 1 && row->blocks != 1 && ports->seen.adds >= 2 * range_ports &&
							pool->pool_peak >= range_ports;
}

static void fill_health(const struct nat_line *line, struct mw_nat_line_row *row)
{
	struct nat_health_look look;

	nat_health_look(line->health, &look);
	row->new_v4_failed_pct = look.new_v4_failed_pct;
	row->established_v4_failed_pct = look.established_v4_failed_pct;
	row->new_v6_failed_pct = look.new_v6_failed_pct;
	row->ping_failed_pct = look.ping4_failed_pct == look.ping4_failed_pct // not NaN
							   ? (int64_t)(look.ping4_failed_pct + 0.5)
							   : MW_UNKNOWN_I64;
	row->exhausted_from_ns = look.from_ns;
	row->exhausted_to_ns = look.to_ns;
	if (line->exhausted_from_ns != 0) {
		row->exhausted_from_ns = line->exhausted_from_ns;
		row->exhausted_to_ns = line->exhausted_to_ns;
	}
	if (look.exhausted || line->exhausted_from_ns != 0)
		row->state = MW_NAT_EXHAUSTED;
	if (line->refusal.to_ns == 0)
		return;
	row->turn_ranges = mw_mape_ranges(line->ports.set.layout);
	row->turn_range_ports = mw_mape_range_ports(line->ports.set.layout);
	row->full_answers = line->refusal.answers;
	row->full_peer = line->refusal.address;
	row->full_port = line->refusal.port;
}

/** A line cannot use more than it has, whatever the model adds up to. limit 0: none is known. */
static uint32_t within(uint32_t ports, uint32_t limit)
{
	return limit != 0 ? MW_MIN(ports, limit) : ports;
}

/**
 * Most port numbers in use at once. Pools apart may use the same ones: from inside it is not seen which do. Where a
 * number serves several peers, those of the fullest pool are what is short.
 */
static uint32_t numbers_of_pools(struct nat_line *line, const struct mw_nat_counts *counts,
								 const struct nat_forecast_now *pool)
{
	uint32_t numbers = pool->pool_peak;

	if (!line->profile.shared_pool && !line->counts_entries && line->profile.mapping[MW_NAT_UDP] == MW_NAT_INDEPENDENT)
		numbers = nat_outside_counts(line) ? line->numbers_peak : counts->ports_peak;
	line->numbers_most = MW_MAX(line->numbers_most, numbers);
	return numbers;
}

/** Whose ports show the timers: of a line inside those of the same line outside, if that is in view. */
static const struct nat_line *measured_at(const struct nat_control *self, const struct nat_line *line)
{
	const struct nat_line *outside = nat_line_is_inside(line) ? nat_pair_of(self->places.lines, line) : NULL;

	return outside != NULL ? outside : line;
}

static int64_t measured_timer_s(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	uint64_t timer_ns = nat_outside_counts(line) ? nat_outside_measured_udp_ns(line, settings) : 0;

	return timer_ns != 0 ? (int64_t)((timer_ns + MW_NS_PER_SECOND / 2) / MW_NS_PER_SECOND) : MW_UNKNOWN_I64;
}

static uint8_t timer_from(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	if (nat_profile_timer_told(settings, NAT_TIMER_UDP))
		return MW_NAT_TIMER_CONFIGURED;
	return measured_timer_s(line, settings) != MW_UNKNOWN_I64 ? MW_NAT_TIMER_MEASURED : MW_NAT_TIMER_ASSUMED;
}

/** A limit that counts for each destination says nothing of the line as a whole: neither does one that is reached. */
static void fill_peers(const struct nat_control *self, struct nat_line *line, uint32_t limit,
					   struct mw_nat_line_row *row)
{
	bool reached = false;

	row->full_peers_count =
		nat_peers_full(self->peers, nat_lines_place(self->places.lines, line), limit, row->full_peers);
	for (uint32_t i = 0; i < row->full_peers_count; i++)
		reached |= row->full_peers[i].limit_reached;
	line->limit_each_peer |= reached;
	row->limit_each_peer = line->limit_each_peer;
	if (reached) {
		nat_health_withdraw(line->health);
		nat_shortage_forget(&line->shortage);
	}
	if (!line->limit_each_peer)
		return;
	row->state = MW_NAT_OK;
	row->exhaustion_in_s = MW_UNKNOWN_I64;
}

/** Outside it is the ports that are modelled, and what serves several peers is learned. */
static uint8_t reused_of(const struct nat_line *line)
{
	return nat_line_is_inside(line) ? nat_scarce_reused(&line->profile) : (uint8_t)(line->saves_udp << MW_NAT_UDP);
}

/** Hosts are in view inside, how many ports are in use outside. */
static void fill_lan_side(const struct nat_control *self, const struct nat_line *line, struct mw_nat_line_row *row)
{
	const struct nat_line *lan = nat_line_is_inside(line) ? NULL : nat_pair_of(self->places.lines, line);
	struct mw_nat_scarce inside = line->scarce;

	if (lan == NULL)
		return;
	memcpy(row->lan_line, lan->name, sizeof(row->lan_line));
	if (line->scarce.ports == 0)
		return;
	nat_scarce_holders(&inside, self->model, lan->model);
	if (inside.ports == 0)
		return;
	row->scarce.host = inside.host;
	row->scarce.held = (uint32_t)((uint64_t)inside.held * line->scarce.ports / inside.ports);
}

static void write_line(const struct writing *writing, struct nat_line *line, const struct numbers *numbers)
{
	const struct mw_row_sink *rows = &writing->control->rows;
	const struct mw_nat_counts *counts = &numbers->ports;
	const struct nat_forecast_now *pool = &numbers->pool;
	const struct nat_line *measured = measured_at(writing->self, line);
	struct nat_forecast forecast;
	struct mw_nat_line_row row = {.ts_ns = writing->start_ns,
								  .kind = (uint8_t)nat_line_kind(line),
								  .outside = line->outside,
								  .ports_used = within(numbers_of_pools(line, counts, pool), pool->limit),
								  .ports_peak = within(line->numbers_most, pool->limit),
								  .pool_used = within(pool->pool_peak, pool->limit),
								  .ports_tcp = counts->ports[MW_NAT_TCP],
								  .ports_udp = counts->ports[MW_NAT_UDP],
								  .ports_icmp = counts->ports[MW_NAT_ICMP],
								  .sessions = numbers->entries.sessions,
								  .sessions_limit = MW_UNKNOWN_I64,
								  .timer_s = (int64_t)(line->profile.udp_ns / MW_NS_PER_SECOND),
								  .timer_from = timer_from(measured, writing->settings),
								  .inside = nat_line_is_inside(line),
								  .measured_timer_s = measured_timer_s(measured, writing->settings),
								  .refused = counts->refused,
								  .reused = reused_of(line),
								  .scarce = line->scarce,
								  .last_ns = line->last_ns};

	memcpy(row.line, line->name, sizeof(row.line));
	nat_forecast_make(line, &line->profile, counts, pool, &forecast);
	nat_line_limit(line, writing->settings, &row.limit_inferred);
	row.ports_limit = pool->limit != 0 ? pool->limit : MW_UNKNOWN_I64;
	if (writing->profile.sessions_limit != 0)
		row.sessions_limit = writing->profile.sessions_limit;
	row.exhaustion_in_s = forecast.exhaustion_in_s;
	row.new_per_s = forecast.new_per_s;
	row.steady_ports = forecast.steady_ports;
	row.timed_per_s = forecast.timed_per_s;
	row.state = forecast.warning ? MW_NAT_WARNING : MW_NAT_OK;
	fill_ports(line, pool, &row);
	if (row.limit_inferred && row.inside)
		row.limit_least = line->shortage.least;
	fill_peers(writing->self, line, row.limit_least != 0 ? 0 : pool->limit, &row);
	fill_health(line, &row);
	fill_lan_side(writing->self, line, &row);
	rows->row(rows->context, &mw_nat_line_record, &row);
}

/** Without a session in the whole interval there is nothing to tell. */
static bool is_told(const struct nat_line *line, const struct numbers *numbers)
{
	return line->used && line->modelled && (numbers->ports.sessions_peak > 0 || numbers->ports.refused > 0);
}

/** By their ports, hosts come in any order: their places in memory are asked for some rows before they are told of. */
static void fetch_ahead(const struct nat_hosts *hosts, const struct nat_rows *rows, uint32_t now)
{
	if (now + ROWS_AHEAD < rows->count)
		nat_hosts_soon(hosts, rows->hosts[now + ROWS_AHEAD].hash);
	if (now + ROWS_AHEAD / 2 < rows->count)
		nat_hosts_near(hosts, rows->hosts[now + ROWS_AHEAD / 2].hash, true);
}

static void write_hosts(const struct writing *writing)
{
	struct nat_control *self = writing->self;
	struct nat_rows *rows = self->rows;

	rows->count = 0;
	for (uint32_t i = 0; i < nat_lines_top(self->places.lines); i++) {
		struct nat_line *line = nat_lines_at(self->places.lines, i);
		struct numbers numbers;

		if (!line->used || !line->modelled)
			continue;
		numbers = numbers_of(self, line);
		if (is_told(line, &numbers))
			mw_nat_hosts(self->model, line->model, keep_host, &(struct keeping){self, rows, line, &numbers});
	}
	qsort(rows->hosts, rows->count, sizeof(*rows->hosts), compare_held);
	for (uint32_t i = 0; i < rows->count; i++) {
		fetch_ahead(self->hosts, rows, i);
		write_host(writing, &rows->hosts[i]);
	}
}

static struct nat_forecast_now pool_of(const struct writing *writing, const struct nat_line *line,
									   const struct mw_nat_counts *counts)
{
	bool inferred;

	bool counted = nat_outside_counts(line);

	return (struct nat_forecast_now){.pool = counted ? line->seen.used : nat_control_pool(&line->profile, counts),
									 .pool_peak =
										 line->profile.shared_pool && !counted ? counts->ports_peak : line->pool_peak,
									 .limit = nat_line_limit(line, writing->settings, &inferred),
									 .interval_ns = writing->span_ns,
									 .now_ns = writing->now_ns};
}

/** Sessions beyond the limit all came through for a while: it was none. */
static bool is_disproved(const struct nat_line *line, const struct mw_nat_counts *counts, uint64_t now_ns)
{
	return line->shortage.limit != 0 && counts->refused > 0 && !line->health->exhausted &&
		   now_ns > line->health->last_failed_ns + DISPROVED_NS;
}

/** Tells of a line and begins its next interval. */
static void settle_line(const struct writing *writing, struct nat_line *line)
{
	struct nat_control *self = writing->self;
	struct numbers numbers;

	nat_control_advance(self, writing->settings, line, writing->now_ns);
	numbers = numbers_of(self, line);
	numbers.pool = pool_of(writing, line, &numbers.ports);
	if (line->health->exhausted)
		nat_control_look(self, writing->settings, line);
	if (is_told(line, &numbers))
		write_line(writing, line, &numbers);
	if (is_disproved(line, &numbers.ports, writing->now_ns))
		nat_shortage_forget(&line->shortage);
	nat_forecast_interval(line, &numbers.ports, &numbers.pool);
	nat_health_interval(line->health, writing->now_ns);
	line->exhausted_from_ns = line->exhausted_to_ns = 0;
	line->refusal.to_ns = 0;
	line->scarce.ports = 0;
	line->pool_peak = nat_outside_counts(line) ? line->seen.used : 0; // what is in use as the next one begins
	line->numbers_peak = line->seen.numbers;
	if (numbers.ports.sessions == 0 && numbers.entries.sessions == 0 && writing->now_ns > line->last_ns + IDLE_NS)
		nat_lines_release(self->places.lines, line);
	else
		nat_control_profile(self, writing->settings, line);
}

// The operator has to know that numbers are too low; each time that there are twice as many.
static void log_no_room(struct nat_control *self)
{
	uint64_t lines = nat_lines_no_room(self->places.lines), others = mw_nat_no_room(self->model);

	if (lines + others < 2 * self->no_room_logged + 1)
		return;
	self->no_room_logged = lines + others;
	mw_log_warning(
		"nat: so far %llu hosts or sessions found no room or gave way, and steps of unknown lines %llu times: "
		"the network is larger than nat.hosts-max, nat.sessions-max or nat.lines-max, or somebody makes up "
		"senders; hosts that are answered stay",
		(unsigned long long)others, (unsigned long long)lines);
}

void nat_rows_write(struct mw_detector_control *control, uint64_t interval_start_ns)
{
	struct nat_control *self = control->state;
	struct writing writing = {.control = control,
							  .self = self,
							  .settings = control->settings,
							  .start_ns = interval_start_ns,
							  .now_ns = self->clock_ns,
							  .span_ns = self->clock_ns - self->interval_from_ns};

	nat_profile_make(writing.settings, &writing.profile);
	mw_nat_advance(self->model, self->clock_ns);
	nat_peers_look(self->peers, writing.profile.tcp_closing_ns, self->clock_ns);
	write_hosts(&writing);
	for (uint32_t i = 0; i < nat_lines_top(self->places.lines); i++) {
		struct nat_line *line = nat_lines_at(self->places.lines, i);

		if (line->used && line->modelled)
			settle_line(&writing, line);
	}
	mw_nat_interval(self->model);
	log_no_room(self);
	nat_hosts_interval(self->hosts, self->interval_from_ns, self->clock_ns);
}
