// SPDX-License-Identifier: BSD-3-Clause
// Two hosts with one address: the second resets the connections of the first, for it knows nothing of them.
// Neighbours: finding.c gives the rows; weights.c has the two signs. Follows RFC 5227.
#include <stdio.h>
#include <string.h>

#include "finding.h"

struct facts {
	struct mw_address address;
	uint8_t mac[6], mac_named[6];
	uint64_t resets, sent_to_it, claims;
	struct seen connections, others;
	struct resets_example example;
};

static void add_mac(struct mw_text *text, const uint8_t mac[6])
{
	for (size_t i = 0; i < 6; i++)
		mw_text_add(text, "%s%02x", i > 0 ? ":" : "", mac[i]);
}

static void write_summary(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_address_add_text(&subject, &facts->address);
	mw_text_add(&text, "Two hosts on this link have the address ");
	mw_address_add_text(&text, &facts->address);
	mw_text_add(&text, ": MAC addresses ");
	add_mac(&text, facts->mac_named);
	mw_text_add(&text, " and ");
	add_mac(&text, facts->mac);
	mw_text_add(&text, ". The second one resets connections of the first, which it does not know: ");
	seen_add_text(&text, &facts->connections, "connection", "connections");
	mw_text_add(&text, " with ");
	seen_add_text(&text, &facts->others, "host", "hosts");
	mw_text_add(&text, ".");
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- %llu reset%s from MAC address ", (unsigned long long)facts->resets,
				facts->resets == 1 ? "" : "s");
	add_mac(text, facts->mac);
	mw_text_add(text, "; the first to ");
	resets_add_end(text, &facts->example.dst, facts->example.dport);
	mw_text_add(text, ", from port %lld.", (long long)facts->example.sport);
	lines_end(&lines);
	if (facts->sent_to_it > 0) {
		mw_text_add(text,
					"- The packet that it answers was sent to that MAC address: it does not listen, it is asked.");
		lines_end(&lines);
	}
	if (facts->claims > 0) {
		mw_text_add(text, "- That MAC address claims the address by %s.",
					mw_address_is_v4(&facts->address) ? "ARP" : "neighbour discovery");
		lines_end(&lines);
	}
	mw_text_add(text, "- Packets of ");
	add_mac(text, facts->mac_named);
	mw_text_add(text, " with that address came afterwards: both are up.");
	lines_end(&lines);
}

static void write_finding(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->severity = MW_SEVERITY_WARNING;
	finding->confidence = facts->sent_to_it > 0 && facts->claims > 0 ? 95 : facts->claims > 0 ? 90 : 80;
	finding->count = (int64_t)facts->resets;
	finding->known = true;
	write_summary(finding, facts);
	write_evidence(finding, facts);
	snprintf(finding->alternatives, sizeof(finding->alternatives), "%s",
			 "- A cluster of two whose members both think that they are the active one.\n"
			 "- A host that moves the address from one card to another.\n"
			 "- Somebody who claims the address on purpose (ARP spoofing).\n");
	snprintf(finding->advice, sizeof(finding->advice), "%s",
			 "- Find both: the switch's address table names the port of each MAC address.\n"
			 "- Give one another address; look for a fixed address inside the DHCP range.\n"
			 "- See them: arping -D -I IF ADDRESS, or ndisc6 for IPv6; two different answers are the fault.\n"
			 "- Neither a tunnel nor the carrier helps with this.\n");
}

void resets_conflict_row(struct mw_diagnosis *diagnosis, const struct mw_reset_row *row)
{
	char key[MW_ADDRESS_TEXT_BYTES];
	struct mw_text text = mw_text_in(key, sizeof(key));
	struct diagnosis_entry *entry;
	struct facts *facts;

	mw_address_add_text(&text, &row->src);
	entry = diagnosis_entry(diagnosis, &finding_resets_conflict, key, sizeof(struct facts), write_finding, row->ts_ns,
							row->last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)entry->facts;
	facts->address = row->src;
	if (facts->resets == 0) {
		memcpy(facts->mac, row->mac, sizeof(facts->mac));
		memcpy(facts->mac_named, row->mac_named, sizeof(facts->mac_named));
	}
	facts->resets += (uint64_t)row->count;
	facts->sent_to_it += row->evidence >> MW_RESET_EVIDENCE_SENT_TO_IT & 1;
	facts->claims += row->evidence >> MW_RESET_EVIDENCE_CLAIMS_ADDRESS & 1;
	seen_add(&facts->connections, row->flow, strlen(row->flow));
	seen_add(&facts->others, &row->dst, sizeof(row->dst));
	if (facts->example.ts_ns == 0 || row->ts_ns < facts->example.ts_ns)
		facts->example = (struct resets_example){row->ts_ns, row->src, row->dst, row->sport, row->dport};
}
