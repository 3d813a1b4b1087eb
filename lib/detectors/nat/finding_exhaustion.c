// SPDX-License-Identifier: BSD-3-Clause
// A line that has run out of outside ports, in plain words: since when, what fails, what lives, that it is no outage.
// Neighbours: finding.h; finding.c gathers.
#include "mw_time.h"
#include "finding.h"

#define LIVES_PCT 20 // fewer failures than these: it works
#define FULL_PCT  90

/** NaN is not known: false. */
static bool lives(double failed_pct)
{
	return failed_pct < LIVES_PCT;
}

/** Outside the router those that get no port are not in view. */
static bool sees_failures(const struct mw_nat_line_row *row)
{
	return row->new_v4_failed_pct >= LIVES_PCT;
}

static uint64_t total_ns(const struct nats_line_facts *facts)
{
	return facts->total_ns + (facts->to_ns - facts->from_ns);
}

/** "Since 12:00 for 5 min", "3 times since 12:00, 14 min in all; over now". */
static void add_when(struct mw_text *text, const struct mw_finding *finding, const struct nats_line_facts *facts)
{
	if (facts->episodes > 1)
		mw_text_add(text, "%llu times since ", (unsigned long long)facts->episodes);
	else
		mw_text_add(text, "%s ", facts->over ? "From" : "Since");
	nats_add_second(text, finding->first_ns);
	mw_text_add(text, "%s ", facts->episodes > 1 ? "," : " for");
	nats_add_duration(text, total_ns(facts));
	mw_text_add(text, "%s%s.", facts->episodes > 1 ? " in all" : "", facts->over ? "; over now" : "");
}

/** What lives shows that the line itself is up. */
static void add_lives(struct mw_text *text, const struct mw_nat_line_row *row)
{
	bool open = lives(row->established_v4_failed_pct), v6 = lives(row->new_v6_failed_pct);

	if (open || v6)
		mw_text_add(text, "; %s%s%s work%s", open ? "open ones" : "", open && v6 ? " and " : "", v6 ? "IPv6" : "",
					open ? "" : "s");
}

/** " (all 240 in use)"; without a limit what is asked for. */
static void add_demand(struct mw_text *text, const struct mw_nat_line_row *row)
{
	if (!nats_known(row->ports_used))
		return;
	mw_text_add(text, nats_known(row->ports_limit) ? " (" : " (its hosts ask for ");
	nats_add_used(text, row);
	mw_text_add(text, nats_known(row->ports_limit) ? " in use)" : ")");
}

static void add_culprit(struct mw_text *text, const struct nats_line_facts *facts, bool place)
{
	const struct nats_churn *churn = nats_culprit(facts);

	if (churn == NULL) {
		nats_add_holder(text, &facts->worst.scarce);
		return;
	}
	mw_text_add(text, " Likely cause: ");
	nats_add_host(text, churn);
	if (place) {
		mw_text_add(text, ", with packets to ");
		nats_add_place(text, &churn->habit);
	}
	mw_text_add(text, ".");
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct nats_line_facts *facts, bool culprit, bool place)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const struct mw_nat_line_row *row = &facts->worst;

	mw_text_add(&text, "Line %s has run out of outside ports", row->line);
	if (row->turn_ranges != 0 && nats_known(row->ports_limit) && row->ports_used < row->ports_limit)
		mw_text_add(&text, " in some of the %u ranges that its router takes in turn", row->turn_ranges);
	nats_add_scarce(&text, &row->scarce);
	add_demand(&text, row);
	if (sees_failures(row)) {
		mw_text_add(&text, ": new IPv4 connections fail (");
		nats_add_pct(&text, row->new_v4_failed_pct);
		mw_text_add(&text, ")");
	} else {
		mw_text_add(&text, ": new IPv4 connections get none");
	}
	add_lives(&text, row);
	mw_text_add(&text, ". No outage. ");
	add_when(&text, finding, facts);
	if (culprit)
		add_culprit(&text, facts, place);
	return !text.cut;
}

static void line_when(struct lines *lines, const struct mw_finding *finding, const struct nats_line_facts *facts)
{
	mw_text_add(&lines->text, "- ");
	add_when(&lines->text, finding, facts);
	if (facts->episodes > 1) {
		mw_text_add(&lines->text, " The latest: from ");
		nats_add_second(&lines->text, facts->from_ns);
		mw_text_add(&lines->text, " for ");
		nats_add_duration(&lines->text, facts->to_ns - facts->from_ns);
		mw_text_add(&lines->text, ".");
	}
	lines_end(lines);
}

static void line_ports(struct lines *lines, const struct mw_nat_line_row *row)
{
	struct mw_text *text = &lines->text;

	if (nats_known(row->ports_used)) {
		mw_text_add(text, "- Outside ports %s: ", nats_known(row->ports_limit) ? "in use" : "that its hosts ask for");
		nats_add_used(text, row);
		mw_text_add(text, "%s%s.", row->inside ? ", by the model of the router" : ", as seen outside the router",
					nats_known(row->ports_limit) ? "" : "; how many the line has is not known");
		lines_end(lines);
	}
	if (row->first_block_only) {
		mw_text_add(text, "- The router uses only one block of its ports: see the finding map-e-first-block-only.");
		lines_end(lines);
	}
	if (nats_known(row->sessions) && nats_known(row->sessions_limit)) {
		mw_text_add(text, "- Sessions: %lld of %lld. ", (long long)row->sessions, (long long)row->sessions_limit);
		mw_text_add(text, "%s",
					(double)row->sessions < (double)row->sessions_limit * FULL_PCT / 100
						? "A router's table with room is no comfort: the ports run out first."
						: "The table is filling too.");
		lines_end(lines);
	}
}

/** A router that takes ranges in turn refuses while ports are left. */
static void line_turns(struct lines *lines, const struct mw_nat_line_row *row)
{
	struct mw_text *text = &lines->text;

	if (row->turn_ranges == 0)
		return;
	mw_text_add(text,
				"- The router takes its %u ranges of %u ports in turn, one range for each new session, and refuses the "
				"session if that range is full towards its destination, though others have ports left. Ranges full "
				"towards ",
				row->turn_ranges, row->turn_range_ports);
	mw_address_add_text(text, &row->full_peer);
	mw_text_add(text, " port %u (UDP) were passed over%s.", row->full_port,
				row->full_answers ? "" : "; nothing ever came from there, so nobody misses it");
	lines_end(lines);
}

/** "- New IPv6 connections that failed: 0 %: ..."; words is what it means. */
static void line_failed(struct lines *lines, const char *what, double pct, const char *words)
{
	if (!(pct >= 0))
		return;
	mw_text_add(&lines->text, "- %s: ", what);
	nats_add_pct(&lines->text, pct);
	mw_text_add(&lines->text, " failed%s.", words);
	lines_end(lines);
}

static void lines_failed(struct lines *lines, const struct mw_nat_line_row *row)
{
	double ping = row->ping_failed_pct >= 0 ? (double)row->ping_failed_pct : MW_UNKNOWN_DOUBLE;

	line_failed(lines, "New IPv4 connections", row->new_v4_failed_pct,
				row->inside ? "" : "; those that get no port never reach this side of the router");
	line_failed(lines, "Open IPv4 connections", row->established_v4_failed_pct,
				lives(row->established_v4_failed_pct) ? ": packets do pass the line" : "");
	line_failed(lines, "New IPv6 connections", row->new_v6_failed_pct,
				lives(row->new_v6_failed_pct) ? ": the line is up" : "");
	line_failed(lines, "IPv4 ping", ping,
				lives(ping) ? "" : ": its identifiers are taken from the same ports, so ping misleads here");
	nats_line_words(lines, "- An outage or loss hits all of these alike. Here only what needs a new port fails.");
}

/** The timer that the returning ports show. */
static void line_measured(struct lines *lines, const struct nats_line_facts *facts)
{
	struct mw_text *text = &lines->text;
	int64_t timer_s = facts->last.timer_s;
	uint8_t from = (uint8_t)MW_MIN(facts->last.timer_from, MW_NAT_TIMER_FROMS - 1);

	if (!nats_known(facts->measured_timer_s))
		return;
	mw_text_add(text, "- Ports came back about %lld s after their last use: that is the router's real timer",
				(long long)facts->measured_timer_s);
	if (nats_timer_confirmed(timer_s, facts->measured_timer_s))
		mw_text_add(text, from == MW_NAT_TIMER_MEASURED ? ", and the model goes by it" : ", as %s here",
					mw_nat_timer_from_names[from]);
	else if (nats_known(timer_s))
		mw_text_add(text, ". %lld s is %s here", (long long)timer_s, mw_nat_timer_from_names[from]);
	mw_text_add(text, ".");
	lines_end(lines);
}

/** The same line seen from the other side: two witnesses. */
static void line_outside(struct lines *lines, const struct nats_line_facts *facts)
{
	const struct nats_outside *outside = &facts->outside;
	struct mw_text *text = &lines->text;

	if (outside->from_ns == 0)
		return;
	mw_text_add(text, "- Seen outside the router too, as line %s: short of ports", outside->line);
	nats_add_scarce(text, &outside->worst.scarce);
	mw_text_add(text, " from ");
	nats_add_second(text, outside->from_ns);
	mw_text_add(text, " to ");
	nats_add_second(text, outside->to_ns);
	if (nats_known(outside->worst.ports_used)) {
		mw_text_add(text, ", ");
		nats_add_used(text, &outside->worst);
		mw_text_add(text, " ports in use");
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_now(struct lines *lines, const struct nats_line_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (!facts->over)
		return;
	mw_text_add(text, "- New IPv4 connections have worked again since ");
	nats_add_second(text, facts->to_ns);
	if (facts->last.state != MW_NAT_EXHAUSTED && nats_known(facts->last.ports_used)) {
		mw_text_add(text, "; at the last look ");
		nats_add_used(text, &facts->last);
		mw_text_add(text, " ports were in use");
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

static void write_evidence(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	line_when(&lines, finding, facts);
	nats_line_culprit(&lines, facts);
	nats_lines_scarce(&lines, &facts->worst);
	line_ports(&lines, &facts->worst);
	line_turns(&lines, &facts->worst);
	lines_failed(&lines, &facts->worst);
	line_measured(&lines, facts);
	line_outside(&lines, facts);
	line_now(&lines, facts);
}

static void write_alternatives(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);
	struct mw_nat_line_row row = facts->worst;

	nats_lines_scarce_doubts(&lines, &facts->worst.scarce);
	if (nats_culprit(facts) == NULL && !nats_holder_known(&row.scarce) && (row.inside || row.scarce.ports == 0))
		nats_line_words(&lines, "- No single host stands out: many users at peak hours, a scan, or a download of many "
								"parts. See nat_hosts.csv.");
	nats_line_words(&lines, "- A resolver or service that is down: then only those who ask it fail.");
	nats_line_words(&lines, "- A filter, or the provider's translator or relay, that refuses new IPv4 connections.");
	if (!sees_failures(&facts->worst) && row.scarce.ports == 0)
		nats_line_words(&lines,
						"- A router that uses a port towards several peers at once: then connections to busy ones "
						"fail, others do not.");
	row.timer_s = facts->last.timer_s; // what was assumed then may be measured by now
	row.timer_from = facts->last.timer_from;
	nats_line_doubts(&lines, &row, facts->measured_timer_s);
}

/** What is refused for a range that is full towards somebody who answers nobody, while other ports are left. */
static bool harms_nobody(const struct mw_nat_line_row *row)
{
	return row->turn_ranges != 0 && !row->full_answers && (row->reused >> MW_NAT_UDP & 1) &&
		   nats_known(row->ports_limit) && row->ports_used < row->ports_limit;
}

/** Each thing that lives, and a model that agrees, make it surer. */
static int64_t confidence_of(const struct nats_line_facts *facts)
{
	const struct mw_nat_line_row *row = &facts->worst;
	int64_t sure = 55;

	sure += lives(row->established_v4_failed_pct) ? 15 : 0;
	sure += lives(row->new_v6_failed_pct) ? 10 : 0;
	sure += row->limit_least == 0 && nats_used_pct(row) >= FULL_PCT ? 10 : 0;
	sure -= sees_failures(row) ? 0 : 10; // full, but what is refused is not in view
	sure += row->ping_failed_pct >= 50 ? 3 : 0;
	sure += nats_known(facts->measured_timer_s) ? 3 : 0;
	sure += facts->outside.from_ns != 0 ? 5 : 0;
	sure -= row->scarce.held > 0 && !nats_holder_has_bulk(&row->scarce) ? 10 : 0; // shared out
	return MW_MIN(sure, 98);
}

void nats_write_exhaustion(struct diagnosis_entry *entry)
{
	const struct nats_line_facts *facts = (const struct nats_line_facts *)(const void *)entry->facts;
	const struct nats_churn *churn = nats_culprit(facts);
	struct mw_finding *finding = &entry->finding;
	struct mw_nat_line_row row = facts->worst;

	row.measured_timer_s = facts->measured_timer_s; // advice goes by the router
	finding->severity = harms_nobody(&facts->worst) ? MW_SEVERITY_NOTICE : MW_SEVERITY_CRITICAL;
	finding->families = MW_FINDING_IPV4 | MW_FINDING_4IN6;
	finding->confidence = confidence_of(facts);
	finding->count = (int64_t)facts->episodes;
	nats_write_subject(finding, &facts->worst);
	if (!try_summary(finding, facts, true, true) && !try_summary(finding, facts, true, false))
		try_summary(finding, facts, false, false);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	nats_write_advice(finding, &row, churn);
}
