// SPDX-License-Identifier: BSD-3-Clause
// A destination to which a translator has no port left, in plain words: what dies, what lives, what to do about it.
// Neighbours: finding.h; peers_look.c has the rule, finding.c hands the rows on.
#include <inttypes.h>

#include "mw_time.h"
#include "finding.h"

#define SURE_PCT   80 // with a limit that is reached
#define UNSURE_PCT 45
#define SAME_NS    (10 * MW_NS_PER_SECOND) // before the first failure that is counted

struct facts {
	struct mw_nat_full_peer worst; // with most failures
	struct mw_nat_line_row line; // of the same interval
};

static void add_peer(struct mw_text *text, const struct mw_nat_full_peer *peer)
{
	mw_address_add_text(text, &peer->peer);
	mw_text_add(text, ":%u", peer->port);
}

static void write_summary(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const struct mw_nat_full_peer *peer = &facts->worst;

	mw_text_add(&text, "%s TCP connections to ", peer->answered > 0 ? "Most new" : "New");
	add_peer(&text, peer);
	mw_text_add(&text,
				" get no answer while %" PRIu32 " open ones to it live and other destinations answer: ", peer->open);
	mw_text_add(&text, peer->limit_reached
						   ? "the translator has no port left for this destination."
						   : "a translator may have no port left for this destination; its limit is not known.");
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	const struct mw_nat_full_peer *peer = &facts->worst;
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- New ones without an answer from ");
	nats_add_second(text, peer->from_ns);
	mw_text_add(text, " to ");
	nats_add_second(text, peer->to_ns);
	mw_text_add(text,
				": %" PRIu32 ", of %" PRIu32 "%s inside host%s that it had answered before; each repeated its SYN: no "
				"SYN-ACK, no reset, no ICMP error. Answered in that time: %" PRIu32 ".",
				peer->failed, peer->hosts, peer->hosts >= 16 ? " or more" : "", peer->hosts == 1 ? "" : "s",
				peer->answered);
	lines_end(&lines);
	mw_text_add(text, "- Open ones to it: %" PRIu32, peer->open);
	if (peer->limit_reached)
		mw_text_add(text, ", with those just closed as many as the limit of %" PRId64 " ports",
					facts->line.ports_limit);
	mw_text_add(text, ". The server has sent in %" PRIu32 " of them since; %" PRIu32 " fell silent.", peer->lived,
				peer->silent);
	lines_end(&lines);
	mw_text_add(text,
				"- New ones of line %s to other destinations: %" PRIu32 " answered, %" PRIu32
				" not. So neither the line is down nor all ports are gone.",
				facts->line.line, peer->elsewhere_answered, peer->elsewhere_failed);
	lines_end(&lines);
}

static void write_alternatives(struct mw_finding *finding, const struct facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	nats_line_words(&lines,
					"- The server itself: a full accept queue (backlog), a limit of connections or of their rate "
					"for each client. Its own counters say so (Linux: nstat TcpExtListenOverflows).");
	nats_line_words(&lines,
					"- A firewall between, with a limit of connections or a new rule that drops the SYN and lets "
					"open ones pass.");
	if (!facts->worst.limit_reached)
		nats_line_words(&lines, "- How many ports the translator has for one destination is not known here: "
								"set nat.ports-limit.");
}

static void write_advice(struct mw_finding *finding)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	nats_line_words(&lines, "- Look at the translator's own numbers: Azure SnatConnectionCount (failed) and Used SNAT "
							"Ports, AWS NAT gateway ErrorPortAllocation, Linux conntrack -S (insert_failed, drop).");
	nats_line_words(&lines, "- Use connections again: keep-alive and a pool of them, instead of one for each request.");
	nats_line_words(&lines, "- Give the translator more outside addresses, or more ports for each host: a destination "
							"can be reached as often from each of them.");
	nats_line_words(&lines, "- Shorten the translator's idle TCP timer, and close what is not used any more.");
	nats_line_words(&lines,
					"- Go round the translator: a private endpoint for that service, a NAT gateway instead of a "
					"balancer's SNAT, or IPv6.");
	nats_line_words(&lines, "- Watch it: midwatchctl show nat");
}

static void write_peer(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	add_peer(&subject, &facts->worst);
	mw_text_add(&subject, " from line %s", facts->line.line);
	finding->severity = facts->worst.limit_reached ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = facts->worst.limit_reached ? SURE_PCT : UNSURE_PCT;
	finding->count = facts->worst.failed;
	finding->known = true;
	write_summary(finding, facts);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding);
}

static void add_one(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *row,
					const struct mw_nat_full_peer *peer)
{
	struct diagnosis_entry *entry;
	char chars[DIAGNOSIS_KEY_BYTES];
	struct mw_text key = mw_text_in(chars, sizeof(chars));
	struct facts *facts;

	mw_text_add(&key, "%s ", row->line);
	add_peer(&key, peer);
	entry = diagnosis_entry(diagnosis, &finding_nat_exhaustion, chars, sizeof(*facts), write_peer, peer->from_ns,
							peer->to_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	if (peer->limit_reached < facts->worst.limit_reached ||
		(peer->limit_reached == facts->worst.limit_reached && peer->failed < facts->worst.failed))
		return;
	facts->worst = *peer;
	facts->line = *row;
}

/** What was said of the line as a whole since the destination filled up is told better by now. */
static void replace_exhaustion(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *row)
{
	struct diagnosis_entry *entry = diagnosis_find(diagnosis, &finding_nat_exhaustion, row->line);

	if (entry != NULL && entry->finding.first_ns + SAME_NS >= row->full_peers[0].from_ns)
		diagnosis_forget(diagnosis, entry);
}

void nats_add_peers(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *row)
{
	struct diagnosis_entry *risk = diagnosis_find(diagnosis, &finding_nat_risk, row->line);

	if (row->state == MW_NAT_EXHAUSTED)
		return; // all of it is told there
	if (row->limit_each_peer && risk != NULL)
		diagnosis_forget(diagnosis, risk);
	if (row->limit_each_peer && row->full_peers_count > 0)
		replace_exhaustion(diagnosis, row);
	for (uint32_t i = 0; i < row->full_peers_count && i < MW_NAT_FULL_PEERS; i++)
		add_one(diagnosis, row, &row->full_peers[i]);
}
