// SPDX-License-Identifier: BSD-3-Clause
// What to do when a line is short of outside ports: at the host, at the router, at the provider; the quickest first.
// Neighbours: finding.h. Yamaha's timers: command reference, chapter on NAT (`nat descriptor timer`).
#include "finding.h"

/** What is recommended: the shortest that long-lived UDP still stands, then the least of RFC 4787 (REQ-5). */
static int64_t better_timer_s(int64_t timer_s)
{
	return !nats_known(timer_s) || timer_s > 300 + NATS_TIMER_SLACK_S ? 300
		   : timer_s > 120 + NATS_TIMER_SLACK_S                       ? 120
																	  : 0;
}

static void line_host(struct lines *lines, const struct nats_churn *churn)
{
	struct mw_text *text = &lines->text;

	if (churn == NULL)
		return;
	if (churn->outside) {
		mw_text_add(text, "- Find the host: look for ");
		nats_add_place(text, &churn->habit);
		mw_text_add(text, " in the router's table. Switch off what sends it");
	} else {
		mw_text_add(text, "- On ");
		nats_add_host(text, churn);
		mw_text_add(text, ": switch off what sends this");
	}
	if (churn->habit.hint[0] != '\0')
		mw_text_add(text, " (perhaps %s)", churn->habit.hint);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_block(struct lines *lines, const struct nats_churn *churn)
{
	struct mw_text *text = &lines->text;

	if (churn == NULL)
		return;
	mw_text_add(text, "- Or drop packets to ");
	mw_address_add_text(text, &churn->habit.dst);
	mw_text_add(text, " before they are translated (filter on the LAN side%s).",
				churn->habit.dst_private ? ", or a null route" : "");
	lines_end(lines);
}

/** With the budget in numbers: ports / timer = new ones a second for ever. */
static void line_udp(struct lines *lines, const struct mw_nat_line_row *row)
{
	int64_t now_s = nats_known(row->measured_timer_s) ? row->measured_timer_s : row->timer_s;
	int64_t timer_s = better_timer_s(now_s);
	struct mw_text *text = &lines->text;

	if (timer_s == 0)
		return;
	mw_text_add(text, "- Shorten the router's UDP timer to %lld s", (long long)timer_s);
	if (nats_known(row->ports_limit)) {
		mw_text_add(text, ": ");
		nats_add_limit(text, row);
		mw_text_add(text, " ports / %lld s = ", (long long)timer_s);
		nats_add_rate(text, (double)row->ports_limit / (double)timer_s);
		mw_text_add(text, " new ones/s");
		if (nats_known(now_s)) {
			mw_text_add(text, " (now %lld s: ", (long long)now_s);
			nats_add_rate(text, (double)row->ports_limit / (double)now_s);
			mw_text_add(text, ")");
		}
	}
	mw_text_add(text, ". Yamaha RTX: nat descriptor timer N protocol=udp %lld", (long long)timer_s);
	lines_end(lines);
}

/** What holds most of the ports; without a host to blame and without numbers it is UDP in nearly all cases. */
static uint8_t eater_of(const struct mw_nat_line_row *row, const struct nats_churn *churn)
{
	uint8_t eater = MW_NAT_UDP;

	if (churn != NULL && churn->habit.protocol < MW_NAT_PROTOCOLS)
		return churn->habit.protocol;
	if (row->scarce.ports > 0 && row->scarce.protocol < MW_NAT_PROTOCOLS)
		return row->scarce.protocol;
	for (uint8_t protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++) {
		if (nats_share_of(row, protocol) > nats_share_of(row, eater))
			eater = protocol;
	}
	return eater;
}

/** The timer of the protocol that eats the ports: another one would give nothing back. */
static void line_timer(struct lines *lines, const struct mw_nat_line_row *row, const struct nats_churn *churn)
{
	switch ((enum mw_nat_protocol)eater_of(row, churn)) {
	case MW_NAT_UDP:
		line_udp(lines, row);
		break;
	case MW_NAT_TCP:
		nats_line_words(lines, "- TCP holds most of the ports: shorten the time that the router keeps idle and closed "
							   "TCP connections. Yamaha RTX: nat descriptor timer N protocol=tcp SECONDS, and tcpfin");
		break;
	default:
		nats_line_words(lines,
						"- Ping holds most of the ports, as identifiers: shorten the router's ICMP timer to 60 s "
						"(the least of RFC 5508). Yamaha RTX: nat descriptor timer N protocol=icmp 60");
		break;
	}
}

void nats_write_advice(struct mw_finding *finding, const struct mw_nat_line_row *row, const struct nats_churn *churn)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	if (churn == NULL)
		nats_lines_scarce_advice(&lines, &row->scarce);
	line_host(&lines, churn);
	line_block(&lines, churn);
	line_timer(&lines, row, churn);
	if (row->turn_ranges != 0)
		nats_line_words(&lines,
						"- Let the router choose among all of its ports, if it can, not among ranges in turn: then it "
						"refuses only when all are taken.");
	if (row->state == MW_NAT_EXHAUSTED)
		nats_line_words(&lines, "- For now: clear the router's NAT table. It fills again until the cause is gone.");
	nats_line_words(&lines, "- Use IPv6 where you can: it needs no ports.");
	nats_line_words(&lines, "- Ask the provider for a service with more ports.");
	mw_text_add(&lines.text, "- Watch it: midwatchctl show nat");
	if (churn != NULL || nats_holder_known(&row->scarce)) {
		mw_text_add(&lines.text, " ");
		mw_address_add_text(&lines.text, churn != NULL ? &churn->host : &row->scarce.host);
	}
	lines_end(&lines);
}
