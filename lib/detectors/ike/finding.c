// SPDX-License-Identifier: BSD-3-Clause
// Gathers attempts at an IKE SA by initiator and responder: those that lost the authentication, and those that came up.
// Neighbours: finding.h; rows from control.c, verdicts from decide.c.
#include "finding.h"

#include <string.h>

/** How much a verdict tells; 0: no loss. */
static const uint8_t severities[MW_IKE_VERDICTS] = {
	[MW_IKE_RESPONSE_FRAGMENTS_LOST] = 4,
	[MW_IKE_REQUEST_LOST] = 3,
	[MW_IKE_RESPONSE_LOST_AFTER_TAP] = 2,
	[MW_IKE_NO_ANSWER_TO_AUTH] = 1,
};

static uint8_t severity_of(const struct mw_ike_row *row)
{
	return row->verdict < MW_IKE_VERDICTS ? severities[row->verdict] : 0;
}

bool ikes_is_lost(const struct mw_ike_row *row)
{
	return severity_of(row) > 0;
}

/** Of two that tell the same, the surer one or the newer. */
static bool is_worse(const struct mw_ike_row *row, const struct mw_ike_row *than)
{
	if (severity_of(row) != severity_of(than))
		return severity_of(row) > severity_of(than);
	return row->confidence >= than->confidence;
}

struct ikes_way ikes_way_of(const struct ikes_facts *facts)
{
	bool request = facts->worst.verdict == MW_IKE_REQUEST_LOST;
	const struct pairs_ends *ends = &facts->pair.ends;

	if (request)
		return (struct ikes_way){&ends->src, &ends->dst, "initiator", "responder", "request"};
	return (struct ikes_way){&ends->dst, &ends->src, "responder", "initiator", "response"};
}

bool ikes_in_fragments(const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;

	return row->missing[0] != '\0' || facts->exceeded ||
		   (row->verdict == MW_IKE_REQUEST_LOST ? row->request_fragmented : row->response_fragmented);
}

static void add_lost(struct ikes_facts *facts, const struct mw_ike_row *row)
{
	facts->lost++;
	facts->up_after = 0;
	facts->requests += ikes_known(row->auth_requests) ? (uint64_t)row->auth_requests : 0;
	facts->exceeded |= row->exceeded;
	facts->unreachable |= row->unreachable;
	if (ikes_known(row->mtu_reported) && (facts->mtu == 0 || row->mtu_reported < facts->mtu)) {
		facts->mtu = row->mtu_reported;
		facts->mtu_reporter = row->mtu_reporter;
	}
	if (facts->lost == 1 || is_worse(row, &facts->worst))
		facts->worst = *row;
	if (facts->first_ns == 0 || row->ts_ns < facts->first_ns)
		facts->first_ns = row->ts_ns;
	facts->last_ns = MW_MAX(facts->last_ns, MW_MAX(row->ts_ns, row->last_ns));
}

static void add_up(struct ikes_facts *facts, const struct mw_ike_row *row)
{
	facts->up_after++;
	facts->up_fragmented += row->response_fragmented;
	if (!ikes_known(row->response_bytes))
		return;
	facts->up_low = facts->up_low > 0 ? MW_MIN(facts->up_low, row->response_bytes) : row->response_bytes;
	facts->up_high = MW_MAX(facts->up_high, row->response_bytes);
}

static void report_pair(struct mw_diagnosis *diagnosis, const struct ikes_facts *facts)
{
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;

	pairs_write_key(key, sizeof(key), PAIRS_ALONE, &facts->pair.ends);
	entry = diagnosis_entry(diagnosis, &finding_ike_auth_lost, key, sizeof(*facts), ikes_write, facts->first_ns,
							facts->last_ns);
	if (entry != NULL)
		memcpy(entry->facts, facts, sizeof(*facts));
}

static void report_many(struct mw_diagnosis *diagnosis, const struct ikes_facts *facts, enum pairs_place place,
						uint64_t rows)
{
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;

	pairs_write_key(key, sizeof(key), place, &facts->pair.ends);
	entry = diagnosis_entry(diagnosis, &finding_ike_auth_lost, key, sizeof(struct pairs_many), ikes_write_many,
							facts->first_ns, facts->last_ns);
	if (entry == NULL)
		return;
	entry->gathers = true;
	pairs_add((struct pairs_many *)(void *)entry->facts, place, &facts->pair.ends, rows, facts->worst.confidence);
}

/** A pair whose finding is given up for another one: it is told among many. */
static void give_up(struct mw_diagnosis *diagnosis, const struct pairs_displaced *displaced)
{
	struct ikes_facts facts;
	struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];

	pairs_write_key(key, sizeof(key), PAIRS_ALONE, &displaced->ends);
	entry = diagnosis_find(diagnosis, &finding_ike_auth_lost, key);
	if (entry == NULL)
		return;
	memcpy(&facts, entry->facts, sizeof(facts));
	diagnosis_forget(diagnosis, entry);
	report_many(diagnosis, &facts, displaced->place, facts.lost);
}

/** Its memory; one that had given way begins again with what its finding knows. */
static struct ikes_facts *facts_of(struct mw_diagnosis *diagnosis, const struct mw_ike_row *row)
{
	struct ikes_memory *memory = diagnosis_memory(diagnosis, &diagnose_ike);
	struct pairs_ends ends = {row->initiator, row->responder};
	struct ikes_facts *facts = pairs_of(memory->pairs, sizeof(*facts), &ends, row->ts_ns, severity_of(row));
	struct pairs_head head = facts->pair;
	const struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];

	if (facts->lost > 0 || !pairs_is_named(&memory->named, &ends))
		return facts;
	pairs_write_key(key, sizeof(key), PAIRS_ALONE, &ends);
	entry = diagnosis_find(diagnosis, &finding_ike_auth_lost, key);
	if (entry != NULL)
		memcpy(facts, entry->facts, sizeof(*facts));
	facts->pair = head;
	return facts;
}

/** An attempt that came up, or that never got so far, makes no finding, but is told beside a loss. */
static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_ike_row *row = data;
	struct ikes_memory *memory = diagnosis_memory(diagnosis, &diagnose_ike);
	struct pairs_displaced displaced;
	struct ikes_facts *facts;
	struct mw_worth worth;
	enum pairs_place place;

	if (!ikes_is_lost(row) && row->verdict != MW_IKE_ESTABLISHED)
		return;
	facts = facts_of(diagnosis, row);
	facts->attempts[row->verdict]++;
	if (row->verdict == MW_IKE_ESTABLISHED)
		add_up(facts, row);
	else
		add_lost(facts, row);
	if (facts->lost == 0)
		return;
	worth = ikes_worth(facts);
	place = pairs_admit(&memory->named, &facts->pair.ends, &worth, &displaced);
	if (displaced.place != PAIRS_ALONE)
		give_up(diagnosis, &displaced);
	if (place == PAIRS_ALONE)
		report_pair(diagnosis, facts);
	else if (row->verdict != MW_IKE_ESTABLISHED)
		report_many(diagnosis, facts, place, 1);
}

const struct mw_diagnoser diagnose_ike = {
	.record = &mw_ike_record, .row = on_row, .memory_bytes = sizeof(struct ikes_memory)};
