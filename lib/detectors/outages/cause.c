// SPDX-License-Identifier: BSD-3-Clause
// An outage to its row: bounds, scope, and the cause, the first of a fixed order that the evidence allows.
// Neighbours: line.h; README.md has the order and its sources.
#include <inttypes.h>
#include <string.h>

#include "line.h"

#define ALIVE_WITHIN_NS (3 * MW_NS_PER_SECOND) // a class that is heard so soon after the start did not fail
#define LAG_NS          (3 * MW_NS_PER_SECOND) // IPv4 later than IPv6: its software starts after the link
#define DIED_LEAST      3 // old IPv4 connections, none of which goes on
#define REPORTS_LEAST   2
#define ASKED_LEAST     2 // times that the next hop itself was asked in vain
#define SAYS_NS         (3 * MW_NS_PER_SECOND) // one that comes back itself says its address, and then things come
#define PAUSE_NS        (10 * MW_NS_PER_SECOND) // who restarts is silent for longer

enum { HAS_IPV6 = 1u << OUTAGES_IPV6 | 1u << OUTAGES_CLOSED, HAS_IPV4 = 1u << OUTAGES_IPV4 | 1u << OUTAGES_4IN6 };

/** What an outage has shown. */
struct view {
	const struct outages_outage *outage;
	uint64_t earliest_ns, latest_ns; // of its start
	uint64_t lost_ns; // what latest_ns is known by
	uint64_t back_ns; // of what came back first
	bool lagged, one_way;
	uint32_t says; // answers of the next hop while nothing came through it
	enum outages_lan lan;
	bool closed; // what is near answered all the time, what is behind did not
	unsigned alive; // bit per class
	uint32_t reported;
};

static bool has(const struct outages_outage *outage, unsigned class)
{
	return (outage->parts_known >> class & 1) != 0;
}

// What is still down when the input ends is a part without an end.
static void add_open_parts(struct outages_line *line)
{
	struct outages_outage *outage = &line->outage;

	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		struct outages_silence *silence = &line->classes[class].silence;

		if (!silence->down || has(outage, class))
			continue;
		silence->rtt_us = line->classes[class].rtt_us;
		outage->parts[class] = *silence;
		outage->parts_known |= (uint8_t)(1u << class);
		memset(silence, 0, sizeof(*silence));
		silence->heard_ns = line->classes[class].heard_ns;
	}
}

static uint64_t rtt_ns(const struct outages_outage *outage, unsigned class)
{
	return (uint64_t)outage->parts[class].rtt_us * MW_NS_PER_US;
}

// Parts that failed together did so within the bounds of each.
static void bound_start(struct view *view)
{
	const struct outages_outage *outage = view->outage;

	view->latest_ns = UINT64_MAX;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		const uint64_t latest_ns = outage->parts[class].lost_ns + rtt_ns(outage, class);

		if (!has(outage, class) || latest_ns >= view->latest_ns)
			continue;
		view->latest_ns = latest_ns;
		view->lost_ns = outage->parts[class].lost_ns;
	}
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		const uint64_t heard_ns = outage->parts[class].heard_ns, way_ns = rtt_ns(outage, class);

		if (has(outage, class) && heard_ns > way_ns && heard_ns - way_ns < view->latest_ns)
			view->earliest_ns = MW_MAX(view->earliest_ns, heard_ns - way_ns); // the last one was under way
	}
}

// Gone: asked more than once, it did not answer, and sent nothing else either. There: it answered, and never paused for
// as long as a restart takes.
static enum outages_lan lan_of(const struct view *view)
{
	const struct outages_outage *outage = view->outage;

	if (has(outage, OUTAGES_LAN))
		return outage->parts[OUTAGES_LAN].lasts_count >= ASKED_LEAST ? OUTAGES_LAN_DOWN : OUTAGES_LAN_UNKNOWN;
	return view->says >= OUTAGES_SAYS_LEAST && outage->pause_ns <= PAUSE_NS ? OUTAGES_LAN_UP : OUTAGES_LAN_UNKNOWN;
}

/**
 * Something of the class came after the others had failed, and while they were surely down, or nearer to the start than
 * to their return: what comes just before it may come after the end.
 */
static bool is_alive(const struct view *view, unsigned class)
{
	const struct outages_outage *outage = view->outage;
	const uint64_t alive_ns = outage->alive_ns[class], start_ns = MW_MIN(view->latest_ns, alive_ns);
	bool meanwhile = alive_ns != 0 && alive_ns < outage->opened_ns + ALIVE_WITHIN_NS;

	for (unsigned other = 0; other < OUTAGES_CLASSES; other++) {
		const struct outages_silence *part = &outage->parts[other];

		if (has(outage, other) && part->ended_ns != 0 && alive_ns >= outages_silence_end_earliest(part))
			meanwhile &= alive_ns + (alive_ns - start_ns) < part->ended_ns;
	}
	return meanwhile || outage->heard_ns[class] > view->latest_ns;
}

static void look(struct view *view)
{
	const struct outages_outage *outage = view->outage;

	bound_start(view);
	view->closed = outage->closed > 0 && has(outage, OUTAGES_IPV6) && !has(outage, OUTAGES_CLOSED);
	view->back_ns = UINT64_MAX;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		const struct outages_silence *part = &outage->parts[class];

		if (has(outage, class)) {
			view->one_way |= outages_silence_is_one_way(part);
			view->reported += part->reported;
			if (part->ended_ns != 0)
				view->back_ns = MW_MIN(view->back_ns, part->ended_ns);
		} else if (is_alive(view, class))
			view->alive |= 1u << class;
	}
	for (unsigned i = 0; i < OUTAGES_SAYS_LEAST; i++)
		view->says += outage->said_ns[i] != 0 && outage->said_ns[i] < view->back_ns - MW_MIN(view->back_ns, SAYS_NS);
	view->lan = lan_of(view);
}

static bool has_flow(const struct outages_flows *flows, uint32_t id)
{
	for (uint32_t i = 0; i < flows->count; i++) {
		if (flows->ids[i] == id)
			return true;
	}
	return false;
}

// An old IPv4 connection that goes on was known all the time: while it tried in vain the line was down.
static uint64_t tried_in_vain_ns(const struct outages_outage *outage, unsigned class)
{
	const struct outages_silence *part = &outage->parts[class];
	const uint64_t late_ns = outages_silence_late_ns(part);
	uint64_t latest_ns = 0;

	for (uint32_t i = 0; i < outage->waited.count; i++) {
		const struct outages_tries *tries = &outage->tries[i];
		const uint64_t time_ns = tries->last_ns + late_ns <= part->ended_ns ? tries->last_ns : tries->before_ns;

		if (tries->class == class && time_ns + late_ns <= part->ended_ns &&
			has_flow(&outage->resumed, outage->waited.ids[i]))
			latest_ns = MW_MAX(latest_ns, time_ns);
	}
	return latest_ns;
}

static void set_edge(const struct outages_outage *outage, unsigned class, uint64_t *latest_ns, uint64_t *earliest_ns)
{
	const struct outages_silence *part = &outage->parts[class];

	if (!has(outage, class) || part->ended_ns == 0 || part->ended_ns < *latest_ns)
		return;
	*latest_ns = part->ended_ns;
	*earliest_ns = MW_MAX(outages_silence_end_earliest(part), tried_in_vain_ns(outage, class));
}

// Nothing comes through a next hop that does not answer itself.
static void hold_against_lan(const struct view *view, uint64_t lan_earliest_ns, uint64_t latest_ns,
							 uint64_t *earliest_ns)
{
	if (view->lan == OUTAGES_LAN_DOWN && lan_earliest_ns <= latest_ns)
		*earliest_ns = MW_MAX(*earliest_ns, lan_earliest_ns);
}

static bool is_over(const struct outages_outage *outage)
{
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		if (has(outage, class) && outage->parts[class].ended_ns == 0)
			return false;
	}
	return true;
}

static void set_times(const struct view *view, struct outages_row *row)
{
	uint64_t lan_earliest_ns = 0;

	row->start_earliest_ns = view->earliest_ns;
	row->start_ns = view->latest_ns;
	row->lost_ns = view->lost_ns;
	set_edge(view->outage, OUTAGES_IPV6, &row->ipv6_ns, &row->ipv6_earliest_ns);
	set_edge(view->outage, OUTAGES_CLOSED, &row->ipv6_ns, &row->ipv6_earliest_ns);
	set_edge(view->outage, OUTAGES_IPV4, &row->ipv4_ns, &row->ipv4_earliest_ns);
	set_edge(view->outage, OUTAGES_4IN6, &row->ipv4_ns, &row->ipv4_earliest_ns);
	set_edge(view->outage, OUTAGES_LAN, &row->lan_ns, &lan_earliest_ns);
	hold_against_lan(view, lan_earliest_ns, row->ipv6_ns, &row->ipv6_earliest_ns);
	hold_against_lan(view, lan_earliest_ns, row->ipv4_ns, &row->ipv4_earliest_ns);
	row->duration_s = row->ipv4_lag_s = MW_UNKNOWN_DOUBLE;
	if (row->ipv6_ns != 0 && row->ipv4_ns != 0)
		row->ipv4_lag_s = ((double)row->ipv4_ns - (double)row->ipv6_ns) / 1e9;
	if (!is_over(view->outage))
		return;
	row->end_ns = MW_MAX(row->ipv6_ns, row->ipv4_ns);
	row->end_earliest_ns = MW_MAX(row->ipv6_earliest_ns, row->ipv4_earliest_ns);
	if (row->end_ns == 0) { // nobody asked through it
		row->end_ns = row->lan_ns;
		row->end_earliest_ns = lan_earliest_ns;
	}
	row->duration_s = ((double)row->end_ns - (double)row->start_ns) / 1e9;
}

static uint8_t scope_of(const struct view *view)
{
	const bool ipv6 = has(view->outage, OUTAGES_IPV6);
	const bool ipv4 = has(view->outage, OUTAGES_IPV4), in6 = has(view->outage, OUTAGES_4IN6);

	if (!ipv6 && !ipv4 && !in6)
		return OUTAGES_SCOPE_LINE; // the next hop itself
	if (ipv6 && !ipv4 && !in6 && (view->alive & HAS_IPV4) != 0)
		return OUTAGES_SCOPE_IPV6;
	if (!ipv6 && (view->alive & HAS_IPV6) != 0)
		return in6 && !ipv4 ? OUTAGES_SCOPE_4IN6 : OUTAGES_SCOPE_IPV4;
	return OUTAGES_SCOPE_LINE;
}

static void set_cause(struct outages_row *row, enum outages_verdict verdict, int64_t confidence)
{
	row->verdict = (uint8_t)verdict;
	row->confidence = confidence;
}

static void judge_restart(const struct view *view, struct outages_row *row)
{
	const int64_t gone = row->died + row->reset, surer = outages_marks_weigh(view->outage->marks);
	const bool starts = view->outage->marks >> OUTAGES_MARK_LINK & 1, was_gone = view->lan == OUTAGES_LAN_DOWN;
	const bool marked = was_gone ? surer > 0 : __builtin_popcount(view->outage->marks) > 1;

	if (row->resumed > 0)
		set_cause(row, was_gone ? OUTAGES_GATEWAY_DOWN : OUTAGES_LINE_DOWN,
				  MW_MIN(90, 65 + (int64_t)(5 * row->resumed)));
	else if (gone >= DIED_LEAST)
		set_cause(row, OUTAGES_GATEWAY_RESTART,
				  MW_MIN(95, 75 + surer + 5 * (was_gone + view->lagged + (row->resumed6 > 0))));
	else if (starts && view->lagged)
		set_cause(row, OUTAGES_GATEWAY_RESTART, gone > 0 ? 80 : 70);
	else if (starts || marked || (view->lagged && gone > 0))
		set_cause(row, OUTAGES_GATEWAY_RESTART, was_gone && marked ? MW_MIN(80, 60 + surer) : 60);
	else if (was_gone)
		set_cause(row, OUTAGES_GATEWAY_DOWN, 70);
	else
		set_cause(row, OUTAGES_LINE_DOWN, 40);
}

// The gateway was there all the time: without a mark of a start it is what is beyond it.
static bool is_beyond(const struct view *view, const struct outages_row *row)
{
	if (row->scope != OUTAGES_SCOPE_LINE)
		return false;
	if (row->resumed > 0)
		return view->says > 0 && view->lan != OUTAGES_LAN_DOWN;
	return view->lan == OUTAGES_LAN_UP && view->outage->marks == 0;
}

static void judge_cause(const struct view *view, struct outages_row *row)
{
	if (view->one_way)
		set_cause(row, OUTAGES_MIRROR_ONE_WAY, 90);
	else if (view->closed)
		set_cause(row, OUTAGES_UPSTREAM, MW_MIN(95, 75 + 5 * (int64_t)view->outage->closed));
	else if (view->reported >= REPORTS_LEAST)
		set_cause(row, OUTAGES_UPSTREAM, 90);
	else if (is_beyond(view, row))
		set_cause(row, OUTAGES_UPSTREAM, view->lan != OUTAGES_LAN_UP ? 70 : row->resumed > 0 ? 85 : 65);
	else if (row->scope == OUTAGES_SCOPE_IPV6)
		set_cause(row, OUTAGES_IPV6_ONLY, 85);
	else if (row->scope != OUTAGES_SCOPE_LINE)
		set_cause(row, OUTAGES_IPV4_ONLY, 85);
	else
		judge_restart(view, row);
}

static void add_item(struct mw_text *text, bool is, const char *words, int64_t count)
{
	if (!is)
		return;
	if (text->len_bytes > 0)
		mw_text_add(text, "; ");
	mw_text_add(text, words, count);
}

static void write_evidence(const struct view *view, struct outages_row *row)
{
	struct mw_text text = mw_text_in(row->evidence, sizeof(row->evidence));

	if (view->one_way) {
		add_item(&text, true, "hosts acknowledge what never passed", 0);
		return;
	}
	add_item(&text, view->reported > 0, "a neighbour's reports of unreachable: %" PRId64, view->reported);
	add_item(&text, view->closed, "only the closed network of the access line answers meanwhile: %" PRId64,
			 view->outage->closed);
	add_item(&text, view->outage->inside, "hosts ask from addresses of the closed network", 0);
	add_item(&text, view->lan == OUTAGES_LAN_DOWN, "the next hop itself did not answer its neighbours", 0);
	add_item(&text, view->says > 0 && view->lan != OUTAGES_LAN_DOWN,
			 view->lan == OUTAGES_LAN_UP ? "the next hop answers its neighbours all the time"
										 : "the next hop answers its neighbours",
			 0);
	add_item(&text, row->resumed > 0, "old IPv4 connections that go on: %" PRId64, row->resumed);
	add_item(&text, row->reset > 0, "reset: %" PRId64, row->reset);
	add_item(&text, row->died > 0, "old IPv4 connections without an answer afterwards: %" PRId64, row->died);
	add_item(&text, row->resumed6 > 0, "old IPv6 connections that go on: %" PRId64, row->resumed6);
	for (unsigned mark = 0; mark < OUTAGES_MARKS; mark++)
		add_item(&text, (view->outage->marks >> mark & 1) != 0, outages_marks_words(mark), 0);
	add_item(&text, view->lagged, "IPv4 came back after IPv6", 0);
	add_item(&text, !view->closed && (view->alive & HAS_IPV6) != 0, "IPv6 answers meanwhile", 0);
	add_item(&text, (view->alive & HAS_IPV4) != 0, "IPv4 answers meanwhile", 0);
}

void outages_write_line(uint64_t key, char *name, size_t name_bytes)
{
	struct mw_text text = mw_text_in(name, name_bytes);
	const unsigned vlan = key & 0xffff;

	for (unsigned i = 0; i < 6; i++)
		mw_text_add(&text, "%s%02x", i == 0 ? "" : ":", (unsigned)(key >> (56 - 8 * i) & 0xff));
	if (vlan != 0)
		mw_text_add(&text, "/%u", vlan);
}

static void count(const struct outages_outage *outage, struct outages_row *row)
{
	row->parts = outage->parts_known;
	row->flows_before = outage->waited.count;
	row->resumed = outage->resumed.count;
	row->resumed6 = outage->resumed6.count;
	row->reset = outage->reset.count;
	for (uint32_t i = 0; i < outage->died.count; i++) // what was reset, or goes on, did not die
		row->died += !has_flow(&outage->reset, outage->died.ids[i]) && !has_flow(&outage->resumed, outage->died.ids[i]);
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		if (!has(outage, class))
			continue;
		if (class == OUTAGES_LAN) {
			row->lan_questions = outage->parts[class].lasts_count;
			continue;
		}
		row->failures = MW_MAX(row->failures, (int64_t)outage->parts[class].failures);
		row->connects += outage->parts[class].connects;
		row->questions += outage->parts[class].questions;
		row->resent += outage->parts[class].resent;
	}
}

// What is not told as an outage counts as what fails on this line.
static void take_back(struct outages_line *line)
{
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		if (has(&line->outage, class))
			line->classes[class].odds.halves[0].failed += line->outage.parts[class].asked;
	}
}

/** True when one part at least is none of the silences that come about on a line that loses as this one does. */
static bool stands_out(const struct outages_line *line, uint64_t failures)
{
	const struct outages_outage *outage = &line->outage;

	if (has(outage, OUTAGES_LAN))
		return true;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		const struct outages_silence *part = &outage->parts[class];
		const uint64_t from_ns = part->heard_ns != 0 ? part->heard_ns : part->lost_ns;
		const uint64_t to_ns = part->ended_ns != 0 ? part->ended_ns : part->failed_last_ns;
		const struct outages_fare after = outages_odds_fare(&line->classes[class].odds);

		if (has(outage, class) && part->down &&
			outages_odds_tell(&outage->before[class], &after, part->asked, to_ns > from_ns ? to_ns - from_ns : 0,
							  failures))
			return true;
	}
	return false;
}

bool outages_line_judge(struct outages_line *line, bool ends, const struct outages_settings *settings,
						struct outages_row *row)
{
	struct view view = {.outage = &line->outage};

	memset(row, 0, sizeof(*row));
	if (ends)
		add_open_parts(line);
	line->outage.open = false;
	if (line->outage.parts_known == 0)
		return false;
	look(&view);
	if (!view.one_way && !stands_out(line, settings->failures)) {
		take_back(line);
		return false;
	}
	if (outages_marks_left(&line->marks, view.latest_ns))
		line->outage.marks |= 1u << OUTAGES_MARK_LEFT;
	line->outage.inside = line->inside_ns > view.earliest_ns;
	set_times(&view, row);
	view.lagged = row->ipv6_ns != 0 && row->ipv4_ns > row->ipv6_ns + LAG_NS;
	count(&line->outage, row);
	row->scope = scope_of(&view);
	judge_cause(&view, row);
	if (outages_is_blind(row->verdict))
		row->lan_ns = 0;
	else
		row->lan = (uint8_t)view.lan;
	row->closed = view.closed && row->verdict == OUTAGES_UPSTREAM;
	write_evidence(&view, row);
	outages_write_line(line->key, row->line, sizeof(row->line));
	row->since_previous_s =
		line->previous_ns == 0 ? MW_UNKNOWN_DOUBLE : ((double)row->start_ns - (double)line->previous_ns) / 1e9;
	if (!outages_is_blind(row->verdict))
		line->previous_ns = row->start_ns;
	return true;
}
