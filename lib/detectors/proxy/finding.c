// SPDX-License-Identifier: BSD-3-Clause
// A transparent proxy in plain words. Its row comes again at each interval's end and tells of the whole run: the latest
// one stands. Neighbours: mw_diagnosis.h; rows from row.c, the proof from fit.c.
#include <string.h>

#include "mw_diagnosis.h"
#include "mw_middlebox.h"
#include "mw_time.h"
#include "proxy.h"

/** From here on it is more than a hint. */
#define SURE 80

static void write_summary(struct mw_finding *finding, const struct mw_middlebox_row *row)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&text,
				"One machine in the path answers TCP handshakes in the name of %lld servers of unrelated networks%s: "
				"connections that look direct end at it (a transparent proxy).",
				(long long)row->servers, row->confidence >= SURE ? "" : ", as it seems");
	if (row->hops_estimate != MW_UNKNOWN_I64)
		mw_text_add(&text, " It is about %lld router%s away from this tap.", (long long)row->hops_estimate,
					row->hops_estimate == 1 ? "" : "s");
}

static void write_evidence(struct mw_finding *finding, const struct mw_middlebox_row *row)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add_chars(&text, row->proof, strlen(row->proof));
	mw_text_add(&text, "- Servers that have nothing to do with each other do not share a clock: each counts from its "
					   "own start, or from a random number for each client.\n- Seen since ");
	mw_time_add_rfc3339(&text, row->first_ns);
	mw_text_add(&text, ", last ");
	mw_time_add_rfc3339(&text, row->last_ns);
	if (row->clients != MW_UNKNOWN_I64)
		mw_text_add(&text, ", by at least %lld client%s", (long long)row->clients, row->clients == 1 ? "" : "s");
	mw_text_add(&text, ".\n");
}

static void write_alternatives(struct mw_finding *finding)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	mw_text_add(&text,
				"- A proxy, firewall or security product of your own, or your router, between this tap and the "
				"Internet: it does so on purpose.\n"
				"- One operator's load balancer or content network, when nearly all connections go to its servers.\n"
				"- A VPN, a laboratory or a test network where one machine plays all servers.\n");
}

static void write_advice(struct mw_finding *finding)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));

	mw_text_add(&text,
				"- Rule out your own devices first: is the same seen with them bypassed?\n"
				"- Do not trust what handshakes show here: round trip, MSS and window are those of the box, and a "
				"connection that opens does not prove that the server is up.\n"
				"- To get past it: an encrypted UDP tunnel such as WireGuard; often other ports, or QUIC, bypass it "
				"too.\n"
				"- When connections stall or are reset: the box holds the state of each and can lose it. Tell the "
				"carrier the times and numbers above.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct mw_middlebox_row *row = (const struct mw_middlebox_row *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	finding->confidence = row->confidence;
	finding->count = row->servers;
	finding->severity = row->confidence >= SURE ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	mw_text_add(&subject, "%s %s", row->label, row->cluster);
	write_summary(finding, row);
	write_evidence(finding, row);
	write_alternatives(finding);
	write_advice(finding);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_middlebox_row *row = data;
	struct diagnosis_entry *entry;

	if (row->kind != MW_MIDDLEBOX_PROXY)
		return;
	entry = diagnosis_entry(diagnosis, &finding_proxy_transparent, row->cluster, sizeof(*row), write, row->first_ns,
							row->last_ns);
	if (entry != NULL)
		memcpy(entry->facts, row, sizeof(*row));
}

const struct mw_diagnoser diagnose_proxy = {.record = &mw_middlebox_record, .row = on_row};
