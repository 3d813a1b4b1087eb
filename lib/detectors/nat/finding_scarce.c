// SPDX-License-Identifier: BSD-3-Clause
// Which destination is short of ports and who holds those, in plain words: where a port serves several destinations,
// the host with most sessions may be none of those that use up what fails.
// Neighbours: finding.h; scarce.c looks, finding_exhaustion.c and advice.c write.
#include "finding.h"

#define BULK_PCT 67 // of the ports: surely it is this host
#define DNS_PORT 53

bool nats_reuses(const struct mw_nat_line_row *row, uint8_t protocol)
{
	return protocol < MW_NAT_PROTOCOLS && (row->reused >> protocol & 1);
}

bool nats_spares(const struct mw_nat_line_row *row, const struct mw_nat_habit *habit)
{
	const struct mw_nat_scarce *scarce = &row->scarce;

	if (!nats_reuses(row, habit->protocol))
		return false;
	return scarce->ports == 0 || scarce->protocol != habit->protocol || scarce->port != habit->dport ||
		   mw_address_compare(&scarce->peer, &habit->dst) != 0;
}

const struct nats_churn *nats_culprit(const struct nats_line_facts *facts)
{
	const struct nats_churn *churn = &facts->culprit;

	return churn->ts_ns == 0 || nats_spares(&facts->worst, &churn->habit) ? NULL : churn;
}

static double share_pct(const struct mw_nat_scarce *scarce)
{
	return scarce->ports == 0 ? 0 : 100.0 * scarce->held / scarce->ports;
}

bool nats_holder_known(const struct mw_nat_scarce *scarce)
{
	return share_pct(scarce) > 50;
}

bool nats_holder_has_bulk(const struct mw_nat_scarce *scarce)
{
	return share_pct(scarce) >= BULK_PCT;
}

static void add_place(struct mw_text *text, const struct mw_nat_scarce *scarce)
{
	const struct mw_nat_habit place = {.dst = scarce->peer, .dport = scarce->port, .protocol = scarce->protocol};

	nats_add_place(text, &place);
}

void nats_add_scarce(struct mw_text *text, const struct mw_nat_scarce *scarce)
{
	if (scarce->ports == 0)
		return;
	mw_text_add(text, " towards ");
	add_place(text, scarce);
}

void nats_add_holder(struct mw_text *text, const struct mw_nat_scarce *scarce)
{
	if (scarce->held == 0)
		return;
	if (!nats_holder_known(scarce)) {
		mw_text_add(text, " No single host holds most of them.");
		return;
	}
	mw_text_add(text, " Most of them are held by ");
	mw_address_add_text(text, &scarce->host);
	mw_text_add(text, " (%u of %u).", scarce->held, scarce->ports);
}

static void line_failed(struct lines *lines, const struct mw_nat_scarce *scarce)
{
	struct mw_text *text = &lines->text;

	if (!(scarce->failed_pct >= 0))
		return;
	mw_text_add(text, "- New connections to it: ");
	nats_add_pct(text, scarce->failed_pct);
	mw_text_add(text, " failed");
	if (scarce->others_failed_pct >= 0) {
		mw_text_add(text, "; to all others that had answered: ");
		nats_add_pct(text, scarce->others_failed_pct);
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

void nats_lines_scarce(struct lines *lines, const struct mw_nat_line_row *row)
{
	const struct mw_nat_scarce *scarce = &row->scarce;
	struct mw_text *text = &lines->text;

	if (scarce->ports == 0)
		return;
	mw_text_add(text, "- Who holds them: %u ports", scarce->ports);
	nats_add_scarce(text, scarce);
	if (scarce->held == 0) {
		mw_text_add(text, ", by hosts that are not in view outside the router.");
	} else {
		mw_text_add(text, ", of which ");
		mw_address_add_text(text, &scarce->host);
		mw_text_add(text, " has most: %u (", scarce->held);
		nats_add_pct(text, share_pct(scarce));
		mw_text_add(text, "), by the model. The router uses the same ports for other destinations too: how many "
						  "sessions a host has in all does not count.");
	}
	lines_end(lines);
	line_failed(lines, scarce);
}

void nats_lines_scarce_doubts(struct lines *lines, const struct mw_nat_scarce *scarce)
{
	struct mw_text *text = &lines->text;

	if (!nats_holder_known(scarce))
		return;
	mw_text_add(text, "- ");
	mw_address_add_text(text, &scarce->host);
	mw_text_add(text, " may ask for others, as a resolver or proxy of this network does.");
	lines_end(lines);
	if (!nats_holder_has_bulk(scarce))
		nats_line_words(lines, "- The rest of those ports is shared out among others: without this host they may run "
							   "short as well.");
}

void nats_lines_scarce_advice(struct lines *lines, const struct mw_nat_scarce *scarce)
{
	struct mw_text *text = &lines->text;

	if (scarce->ports == 0)
		return;
	if (nats_holder_known(scarce)) {
		mw_text_add(text, "- On ");
		mw_address_add_text(text, &scarce->host);
		mw_text_add(text, ": find what opens so many sessions to ");
	} else {
		mw_text_add(text, "- Look in the router's table which hosts have most sessions to ");
	}
	add_place(text, scarce);
	mw_text_add(text, ".");
	lines_end(lines);
	if (scarce->port == DNS_PORT)
		nats_line_words(lines, "- Let hosts ask a resolver inside that keeps its answers (dnsmasq, unbound): it asks "
							   "once for all.");
}
