// SPDX-License-Identifier: BSD-3-Clause
// A resolver that stopped answering while others of its family answer: it is the resolver, not the line.
// Neighbours: health.h; rows.c says what the others did; finding_family.c has the contrary.
#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "finding_text.h"
#include "mw_time.h"

#define UNANSWERED_LEAST 5 // exchanges of an interval
#define FAILS_PCT        50
#define OTHERS_LEAST     5 // exchanges, nearly all answered
#define OTHERS_LOST_PCT  20
#define PORTS_LEAST      64 // queries; no line has fewer outside ports

struct facts {
	uint64_t rows;
	int64_t exchanges, unanswered, unreachable, askers; // askers: most of an interval
	uint64_t failed_first_ns, failed_last_ns;
	struct health_counts others;
	struct mw_address peer;
	uint8_t family;
	bool lived;
};

bool health_dns_is_failing(const struct health_row *row)
{
	return row->service == HEALTH_DNS && !row->several && row->counts.unanswered >= UNANSWERED_LEAST &&
		   row->counts.unanswered * 100 >= row->counts.exchanges * FAILS_PCT && row->others.exchanges >= OTHERS_LEAST &&
		   row->others.unanswered * 100 <= row->others.exchanges * OTHERS_LOST_PCT;
}

static int64_t confidence_of(const struct facts *facts)
{
	const struct health_bounds bounds = health_share_bounds(facts->unanswered, facts->exchanges);
	const int64_t sure = facts->lived ? 50 + (int64_t)(45 * bounds.low) : 40 + (int64_t)(20 * bounds.low);

	return facts->askers > 1 ? sure : sure - 10;
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- Queries without an answer within exchange.timeout: ");
	health_add_share(&text, facts->unanswered, facts->exchanges);
	mw_text_add(&text, ", from about %" PRId64 " host%s", facts->askers, facts->askers == 1 ? "" : "s");
	if (facts->unreachable > 0)
		mw_text_add(&text, "; a router called it unreachable %" PRId64 " times", facts->unreachable);
	mw_text_add(&text, ".\n- Others of the same family, meanwhile: ");
	health_add_share(&text, facts->others.unanswered, facts->others.exchanges);
	mw_text_add(&text, " without an answer.\n- %s.\n",
				facts->lived ? "It had answered within the ten minutes before"
							 : "It had not answered in the ten minutes before, if it ever did");
}

/** So many queries may have taken all ports that a translator has towards it. */
static bool may_lack_ports(const struct facts *facts)
{
	return facts->lived && facts->exchanges >= PORTS_LEAST && mw_address_is_v4(&facts->peer) &&
		   !mw_address_is_private(&facts->peer);
}

static void write_alternatives(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	mw_text_add(&text, "- The way to this one resolver is cut, and the others are reached by another way.\n"
					   "- It limits how many queries it answers a second for one address.\n");
	if (may_lack_ports(facts))
		mw_text_add(&text,
					"- A translator on the way has no port left towards it: each query from a new port holds one for "
					"half a minute or more. Its other side shows that (nat_lines.csv).\n");
	if (!facts->lived)
		mw_text_add(&text, "- It is no resolver, or none for these hosts: an address typed wrong.\n");
	if (facts->askers < 2)
		mw_text_add(&text, "- One host alone is filtered there.\n");
}

static void write_advice(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));

	mw_text_add(&text, "- Ask it: dig @");
	mw_address_add_text(&text, &facts->peer);
	mw_text_add(&text, " example.com; if it stays silent, use another resolver (DHCP option 6, RA RDNSS).\n"
					   "- Hosts wait five seconds for each query to a dead resolver: take it off their list.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));

	finding->severity = facts->lived ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = confidence_of(facts);
	finding->count = facts->unanswered;
	finding->cases = (int64_t)facts->rows;
	finding->known = facts->lived;
	finding->absence = (struct mw_absence){facts->unanswered, facts->exchanges, 1, 1};
	finding->families = (uint8_t)(1u << facts->family);
	mw_address_add_text(&subject, &facts->peer);
	mw_text_add(&summary, "Resolver %s %s: ", finding->subject, facts->lived ? "stopped answering" : "does not answer");
	health_add_share(&summary, facts->unanswered, facts->exchanges);
	mw_text_add(&summary, " queries got nothing, the first at ");
	mw_time_add_rfc3339(&summary, facts->failed_first_ns);
	mw_text_add(&summary, ", the last at ");
	mw_time_add_rfc3339(&summary, facts->failed_last_ns);
	mw_text_add(&summary, "; others answer. The line is up.");
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding, facts);
}

void health_dns_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct health_row *row)
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	mw_address_add_text(&text, &row->peer);
	mw_text_add(&text, " %s", health_family_names[row->family]);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct health_row *row = data;
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (!health_dns_is_failing(row))
		return;
	health_dns_write_key(key, row);
	entry = diagnosis_entry(diagnosis, &health_dns_finding, key, sizeof(*facts), write, row->first_ns, row->last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->failed_first_ns =
		facts->rows == 0 ? row->failed_first_ns : MW_MIN(facts->failed_first_ns, row->failed_first_ns);
	facts->failed_last_ns = MW_MAX(facts->failed_last_ns, row->failed_last_ns);
	facts->rows++;
	facts->exchanges += row->counts.exchanges;
	facts->unanswered += row->counts.unanswered;
	facts->unreachable += row->counts.unreachable;
	facts->askers = MW_MAX(facts->askers, row->askers);
	health_join(&facts->others, &row->others);
	facts->peer = row->peer;
	facts->family = row->family;
	facts->lived |= row->lived;
}

const struct mw_diagnoser health_dns_diagnoser = {.record = &health_record, .row = on_row};
