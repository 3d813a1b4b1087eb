// SPDX-License-Identifier: BSD-3-Clause
// One address family suffers and another does not: the sums of an interval's families are held against each other.
// Neighbours: health.h; rows.c makes the sums, of peers that answered before. finding_dns.c has a single resolver.
#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "finding_text.h"

#define EXCHANGES_LEAST 10 // of each family in an interval
#define PEERS_LEAST     2 // that fail: one dead server is no family
#define LOST_LEAST      0.10
#define OTHER_LOST_MOST 0.05

/** The sums of one interval, as they come. */
struct memory {
	uint64_t ts_ns;
	struct health_row sums[HEALTH_FAMILIES];
};

struct facts {
	uint64_t rows;
	uint8_t family, other;
	int64_t exchanges, unanswered, unreachable;
	int64_t other_exchanges, other_unanswered;
	int64_t peers, peers_failing; // most of an interval
	bool alone; // one host of several
	struct mw_address host;
	int64_t beside_exchanges, beside_unanswered; // alone: of all other hosts, and exchanges are the host's
};

const char *const health_family_titles[HEALTH_FAMILIES] = {"IPv4", "IPv6", "IPv4 in the tunnel (4in6)"};

static double lost(const struct health_row *sum)
{
	return (double)health_lost(&sum->counts) / (double)sum->counts.asked;
}

bool health_family_suffers(const struct health_row *sum)
{
	return sum->counts.exchanges >= EXCHANGES_LEAST && lost(sum) >= LOST_LEAST && sum->peers_failing >= PEERS_LEAST &&
		   sum->peers_failing * 2 >= sum->peers;
}

static bool does_not(const struct health_row *sum)
{
	return sum->counts.exchanges >= EXCHANGES_LEAST && lost(sum) <= OTHER_LOST_MOST;
}

static bool differ(const struct health_row *worse, const struct health_row *better)
{
	return health_share_bounds(health_lost(&worse->counts), worse->counts.asked).low >
		   health_share_bounds(health_lost(&better->counts), better->counts.asked).high;
}

// Where all others are answered it is neither the line nor the family.
static bool is_alone(const struct health_row *sum)
{
	return sum->of_host.unanswered > 0 && sum->beside.asked >= EXCHANGES_LEAST &&
		   (double)sum->beside.unanswered <= OTHER_LOST_MOST * (double)sum->beside.asked &&
		   health_share_bounds(sum->of_host.unanswered, sum->of_host.asked).low >
			   health_share_bounds(sum->beside.unanswered, sum->beside.asked).high;
}

void health_family_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct health_row *sum)
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	mw_text_add(&text, "%s", health_family_titles[sum->family]);
	if (!is_alone(sum))
		return;
	mw_text_add(&text, " of ");
	mw_address_add_text(&text, &sum->host);
}

static void write_of_host(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text evidence = mw_text_in(finding->evidence, sizeof(finding->evidence));
	struct mw_text alternatives = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text advice = mw_text_in(finding->advice, sizeof(finding->advice));

	mw_text_add(&evidence, "- %s of this host, without an answer: ", health_family_titles[facts->family]);
	health_add_share(&evidence, facts->unanswered, facts->exchanges);
	mw_text_add(&evidence, " queries, connects and echoes to peers that had answered.\n- Of all other hosts: ");
	health_add_share(&evidence, facts->beside_unanswered, facts->beside_exchanges);
	mw_text_add(&evidence, ". So it is not the line.\n- %s meanwhile: ", health_family_titles[facts->other]);
	health_add_share(&evidence, facts->other_unanswered, facts->other_exchanges);
	mw_text_add(&evidence, " without an answer.\n");
	mw_text_add(&alternatives,
				"- Its peers are other machines than those of its neighbours: several of them may be ill.\n"
				"- The mirror loses what goes to this host's port.\n");
	mw_text_add(&advice,
				"- Look on the gateway for a limit of sessions or ports for each host, and whether this one opens "
				"many.\n"
				"- Look for a rule of the gateway or of the host's own firewall, a VPN, or a second host with its "
				"address.\n");
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- %s, without an answer: ", health_family_titles[facts->family]);
	health_add_share(&text, facts->unanswered, facts->exchanges);
	mw_text_add(&text,
				" queries, connects and echoes to peers that had answered, retries among them; of %" PRId64
				" peers %" PRId64 " fail.\n- %s meanwhile: ",
				facts->peers, facts->peers_failing, health_family_titles[facts->other]);
	health_add_share(&text, facts->other_unanswered, facts->other_exchanges);
	mw_text_add(&text, " without an answer.\n");
	if (facts->unreachable > 0)
		mw_text_add(&text, "- A router called the destination unreachable %" PRId64 " times.\n", facts->unreachable);
}

static void write_alternatives(struct mw_finding *finding)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	mw_text_add(&text,
				"- The peers of one family are other machines than those of the other: several of them may be ill.\n"
				"- The mirror loses packets of one family more than of the other.\n");
}

static void write_advice(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));

	if (facts->family == HEALTH_IPV6)
		mw_text_add(&text,
					"- Look at the IPv6 route of the line: the prefix that the router holds, its default route.\n");
	else
		mw_text_add(&text,
					"- Look at what IPv4 has and IPv6 has not: the translator, its ports, the tunnel and its relay.\n"
					"- New IPv4 connections alone fail and open ones live: see nat-exhaustion.\n");
	mw_text_add(&text, "- Compare by hand: ping and dig over either family to the same provider, for a minute.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const struct health_bounds bounds = health_share_bounds(facts->unanswered, facts->exchanges);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));

	finding->severity = facts->alone ? MW_SEVERITY_NOTICE : MW_SEVERITY_WARNING;
	finding->confidence = MW_MIN(95, 70 + (int64_t)(50 * bounds.low));
	finding->count = facts->unanswered;
	finding->cases = (int64_t)facts->rows;
	finding->known = true;
	finding->absence = (struct mw_absence){facts->unanswered, facts->exchanges, 1, 1};
	finding->families = (uint8_t)(1u << facts->family);
	mw_text_add(&subject, "%s", health_family_titles[facts->family]);
	if (facts->alone) {
		mw_text_add(&subject, " of ");
		mw_address_add_text(&subject, &facts->host);
	}
	mw_text_add(&summary, "%s suffers, %s does not: ", finding->subject,
				facts->alone ? "that of other hosts" : health_family_titles[facts->other]);
	health_add_share(&summary, facts->unanswered, facts->exchanges);
	mw_text_add(&summary, " questions got no answer against ");
	health_add_share(&summary, facts->alone ? facts->beside_unanswered : facts->other_unanswered,
					 facts->alone ? facts->beside_exchanges : facts->other_exchanges);
	mw_text_add(&summary, ", ");
	health_add_span(&summary, finding);
	mw_text_add(&summary, ".");
	if (facts->alone) {
		write_of_host(finding, facts);
		return;
	}
	write_evidence(finding, facts);
	write_alternatives(finding);
	write_advice(finding, facts);
}

static void add(struct mw_diagnosis *diagnosis, const struct health_row *worse, const struct health_row *better)
{
	const bool alone = is_alone(worse);
	struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];
	struct facts *facts;

	health_family_write_key(key, worse);
	entry = diagnosis_entry(diagnosis, &health_family_finding, key, sizeof(struct facts), write, worse->first_ns,
							worse->last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->rows++;
	facts->family = worse->family;
	facts->other = better->family;
	facts->alone = alone;
	facts->host = worse->host;
	facts->beside_exchanges += worse->beside.asked;
	facts->beside_unanswered += worse->beside.unanswered;
	facts->exchanges += alone ? worse->of_host.asked : worse->counts.asked;
	facts->unanswered += alone ? worse->of_host.unanswered : health_lost(&worse->counts);
	facts->unreachable += worse->counts.unreachable;
	facts->other_exchanges += better->counts.asked;
	facts->other_unanswered += health_lost(&better->counts);
	facts->peers = MW_MAX(facts->peers, worse->peers);
	facts->peers_failing = MW_MAX(facts->peers_failing, worse->peers_failing);
}

// The sums of an interval come in the order of the families: each is held against those before it.
static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	struct memory *memory = diagnosis_memory(diagnosis, &health_family_diagnoser);
	const struct health_row *row = data;

	if (row->service != HEALTH_SERVICES)
		return;
	if (memory->ts_ns != row->ts_ns)
		memset(memory, 0, sizeof(*memory));
	memory->ts_ns = row->ts_ns;
	memory->sums[row->family] = *row;
	for (uint8_t other = 0; other < row->family; other++) {
		const struct health_row *before = &memory->sums[other];

		if (health_family_suffers(row) && does_not(before) && differ(row, before))
			add(diagnosis, row, before);
		else if (health_family_suffers(before) && does_not(row) && differ(before, row))
			add(diagnosis, before, row);
	}
}

const struct mw_diagnoser health_family_diagnoser = {
	.record = &health_record, .row = on_row, .memory_bytes = sizeof(struct memory)};
