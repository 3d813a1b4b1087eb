// SPDX-License-Identifier: BSD-3-Clause
// Small pieces of text that the findings about translators are made of.
// Neighbours: finding.h; finding_exhaustion.c, finding_risk.c, finding_churn_text.c, advice.c.
#include <string.h>

#include "mw_time.h"
#include "finding.h"

#define MOST       1e9 // no honest number here is larger
#define LEAST_RATE 0.001 // a second; smaller ones would read as none

static double within_bounds(double value)
{
	return value > 0 ? MW_MIN(value, MOST) : 0; // NaN too
}

void nats_add_rate(struct mw_text *text, double per_s)
{
	per_s = within_bounds(per_s);
	if (per_s < LEAST_RATE)
		mw_text_add(text, "less than %.3f", LEAST_RATE);
	else
		mw_text_add(text, "%.*f", per_s < 0.1 ? 3 : per_s < 10 ? 2 : 0, per_s);
}

void nats_add_duration(struct mw_text *text, uint64_t duration_ns)
{
	if (duration_ns < MW_NS_PER_SECOND)
		mw_text_add(text, "less than a second");
	else
		mw_time_add_duration(text, duration_ns);
}

void nats_add_pct(struct mw_text *text, double pct)
{
	mw_text_add(text, "%.0f %%", MW_MIN(within_bounds(pct), 100));
}

void nats_add_ports(struct mw_text *text, double ports)
{
	mw_text_add(text, "%.0f", within_bounds(ports));
}

void nats_add_second(struct mw_text *text, uint64_t time_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text all = mw_text_in(chars, sizeof(chars));

	mw_time_add_rfc3339(&all, time_ns);
	mw_text_add(text, "%.*sZ", (int)strcspn(chars, ".Z"), chars);
}

void nats_add_host(struct mw_text *text, const struct nats_churn *churn)
{
	mw_text_add(text, "%s", churn->outside ? "a host behind " : "");
	mw_address_add_text(text, &churn->host);
}

void nats_add_place(struct mw_text *text, const struct mw_nat_habit *habit)
{
	static const char *const protocols[MW_NAT_PROTOCOLS] = {"TCP", "UDP", "ICMP echo"};

	mw_address_add_text(text, &habit->dst);
	if (habit->dport != 0)
		mw_text_add(text, " port %u", habit->dport);
	if (habit->protocol < MW_NAT_PROTOCOLS)
		mw_text_add(text, " (%s)", protocols[habit->protocol]);
}

void nats_add_limit(struct mw_text *text, const struct mw_nat_line_row *row)
{
	mw_text_add(text, "%s", row->limit_least != 0 ? "about " : "");
	nats_add_ports(text, (double)row->ports_limit);
}

void nats_add_used(struct mw_text *text, const struct mw_nat_line_row *row)
{
	int64_t used = nats_used(row);

	if (!nats_known(row->ports_limit)) {
		nats_add_ports(text, (double)used);
		return;
	}
	if (used < row->ports_limit) {
		nats_add_ports(text, (double)used);
		mw_text_add(text, " of ");
	} else {
		mw_text_add(text, row->limit_least != 0 ? "all of " : "all "); // a model may count more
	}
	nats_add_limit(text, row);
}

void nats_add_steady(struct mw_text *text, double per_s, int64_t timer_s, double ports)
{
	double product = nats_known(timer_s) ? per_s * (double)timer_s : 0;

	if (!(per_s >= LEAST_RATE)) {
		mw_text_add(text, "what is open by now leads to ");
		nats_add_ports(text, ports);
		mw_text_add(text, " ports");
		return;
	}
	nats_add_rate(text, per_s);
	mw_text_add(text, " new sessions/s");
	if (product > ports * 0.9 && product < ports * 1.1) { // sessions that close earlier make it less
		mw_text_add(text, " x %lld s = ", (long long)timer_s);
		nats_add_ports(text, product);
	} else {
		mw_text_add(text, " lead to ");
		nats_add_ports(text, ports);
	}
	mw_text_add(text, " ports");
}

void nats_write_subject(struct mw_finding *finding, const struct mw_nat_line_row *row)
{
	static const struct mw_address none;
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));

	mw_text_add(&text, "line %s (%s", row->line,
				mw_nat_line_kind_names[row->kind < MW_NAT_LINE_KINDS ? row->kind : MW_NAT_LINE_UNKNOWN]);
	if (mw_address_compare(&row->outside, &none) != 0) {
		mw_text_add(&text, ", ");
		mw_address_add_text(&text, &row->outside);
	}
	if (row->psid >= 0 && row->psid <= UINT16_MAX)
		mw_text_add(&text, ", PSID %lld", (long long)row->psid);
	mw_text_add(&text, ")");
}

double nats_share_of(const struct mw_nat_line_row *row, uint8_t protocol)
{
	const int64_t ports[MW_NAT_PROTOCOLS] = {
		[MW_NAT_TCP] = row->ports_tcp, [MW_NAT_UDP] = row->ports_udp, [MW_NAT_ICMP] = row->ports_icmp};
	double sum = 0;

	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		sum += within_bounds((double)ports[i]);
	return sum > 0 ? within_bounds((double)ports[protocol]) / sum : MW_UNKNOWN_DOUBLE;
}

void nats_line_words(struct lines *lines, const char *words)
{
	mw_text_add(&lines->text, "%s", words);
	lines_end(lines);
}

void nats_line_culprit(struct lines *lines, const struct nats_line_facts *facts)
{
	const struct nats_churn *churn = nats_culprit(facts);
	struct mw_text *text = &lines->text;

	if (churn == NULL)
		return;
	mw_text_add(text, "- Who eats them: ");
	nats_add_host(text, churn);
	mw_text_add(text, ", about ");
	nats_add_ports(text, churn->held);
	mw_text_add(text, " ports for packets to ");
	nats_add_place(text, &churn->habit);
	mw_text_add(text, " that are never answered: see the finding nat-churner.");
	lines_end(lines);
}

bool nats_timer_confirmed(int64_t timer_s, int64_t measured_s)
{
	// ports come back when they are asked for, which is a little after the timer has ended
	return nats_known(timer_s) && nats_known(measured_s) && measured_s >= timer_s - NATS_TIMER_SLACK_S &&
		   measured_s <= timer_s + NATS_TIMER_SLACK_S;
}

/** Nothing to doubt where the translator itself has shown its timer. */
static void line_timer(struct lines *lines, const struct mw_nat_line_row *row, int64_t measured_timer_s)
{
	static const char *const sources[MW_NAT_TIMER_FROMS] = {
		[MW_NAT_TIMER_ASSUMED] = "assumed, neither configured nor seen",
		[MW_NAT_TIMER_MEASURED] = "measured by how long ports rested before they came back",
		[MW_NAT_TIMER_CONFIGURED] = "configured, not seen",
	};

	if (nats_timer_confirmed(row->timer_s, measured_timer_s))
		return;
	mw_text_add(&lines->text, "- The number of ports is a model");
	if (nats_known(measured_timer_s) && nats_known(row->timer_s))
		mw_text_add(&lines->text, " with a timer of %lld s, which is not the router's. Set it right in section nat.",
					(long long)row->timer_s);
	else if (nats_known(row->timer_s))
		mw_text_add(&lines->text, ": its timer (%lld s) is %s. A shorter one holds fewer ports.",
					(long long)row->timer_s, sources[MW_MIN(row->timer_from, MW_NAT_TIMER_FROMS - 1)]);
	else
		mw_text_add(&lines->text, ": the router's timers are not known.");
	lines_end(lines);
}

void nats_line_doubts(struct lines *lines, const struct mw_nat_line_row *row, int64_t measured_timer_s)
{
	struct mw_text *text = &lines->text;

	line_timer(lines, row, measured_timer_s);
	if (!nats_known(row->ports_limit) || !row->limit_inferred)
		return;
	if (row->limit_least != 0) {
		mw_text_add(text, "- The limit is what the hosts held, by the model, when the first of them was refused: ");
		nats_add_ports(text, (double)row->ports_limit);
		mw_text_add(text, " with the timers assumed here, ");
		nats_add_ports(text, (double)row->limit_least);
		mw_text_add(text, " with the shortest in use. Set nat.ports-limit.");
		lines_end(lines);
		return;
	}
	mw_text_add(text, "- The limit is inferred from the pattern of port numbers");
	if (row->pattern_chance > 0 && row->pattern_chance <= 0.5)
		mw_text_add(text, "; chance that it is none: 1 in %.0f", MW_MIN(1 / row->pattern_chance, MOST));
	mw_text_add(text, ".");
	lines_end(lines);
}
