// SPDX-License-Identifier: BSD-3-Clause
// Gathers forged episodes by the device that sent them; those of no known device by where they come from.
// Neighbours: finding.h; rows from row.c, verdicts from judge.c.
#include "finding.h"

#include <stdio.h>
#include <string.h>

static bool has(const struct mw_reset_row *row, enum mw_reset_evidence evidence)
{
	return row->evidence >> evidence & 1;
}

static void stretch(struct resets_range *range, int64_t value)
{
	if (value == MW_UNKNOWN_I64)
		return;
	range->low = range->episodes > 0 ? MW_MIN(range->low, value) : value;
	range->high = range->episodes > 0 ? MW_MAX(range->high, value) : value;
	range->episodes++;
}

/** Routers passed, by the usual values that stacks start from. */
static int64_t hops_of(int64_t ttl)
{
	return (ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

static void add_cause(struct resets_facts *facts, const struct mw_reset_row *row)
{
	struct resets_cause *cause;
	char shown[RESETS_CAUSE_BYTES];
	struct mw_text text = mw_text_in(shown, sizeof(shown));

	if (row->cause[0] == '\0')
		return;
	lines_add_short(&text, row->cause, 48);
	for (uint32_t i = 0; i < facts->causes_count; i++) {
		if (strcmp(facts->causes[i].text, shown) == 0 && facts->causes[i].peer == row->cause_peer) {
			facts->causes[i].episodes++;
			return;
		}
	}
	if (facts->causes_count == RESETS_CAUSES) {
		facts->other_causes++;
		return;
	}
	cause = &facts->causes[facts->causes_count++];
	snprintf(cause->text, sizeof(cause->text), "%s", shown);
	cause->meaning = row->cause_meaning;
	cause->group = row->cause_group;
	cause->peer = row->cause_peer;
	cause->episodes = 1;
}

static void add_text(struct resets_facts *facts, const struct mw_reset_row *row)
{
	if (has(row, MW_RESET_EVIDENCE_PAYLOAD_TEXT))
		resets_texts_add(&facts->texts, row->payload);
	if (row->payload[0] != '\0') {
		facts->payloads |= facts->payload[0] != '\0' && strcmp(facts->payload, row->payload) != 0;
		if (facts->payload[0] == '\0')
			memcpy(facts->payload, row->payload, sizeof(facts->payload));
	}
	if (!has(row, MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE))
		return;
	if (facts->label[0] == '\0')
		snprintf(facts->label, sizeof(facts->label), "%s", row->label[0] != '\0' ? row->label : row->signature);
	if (facts->template[0] == '\0')
		memcpy(facts->template, row->template, sizeof(facts->template));
	if (facts->device[0] == '\0')
		memcpy(facts->device, row->device, sizeof(facts->device));
	else if (row->device[0] != '\0' && strcmp(facts->device, row->device) != 0)
		facts->devices = true;
	add_cause(facts, row);
}

static bool names_server(const struct mw_reset_row *row)
{
	if (row->named < MW_RESET_SIDES)
		return row->named == MW_RESET_SIDE_SERVER;
	return row->sport < row->dport; // servers have the lower port
}

static void add_ends(struct resets_facts *facts, const struct mw_reset_row *row)
{
	bool server = names_server(row);
	const struct mw_address *server_address = server ? &row->src : &row->dst;
	uint32_t before = facts->servers.count;

	facts->named[server ? MW_RESET_SIDE_SERVER : MW_RESET_SIDE_CLIENT]++;
	seen_add(&facts->connections, row->flow, strlen(row->flow));
	seen_add(&facts->named_addresses, &row->src, sizeof(row->src));
	seen_add(&facts->servers, server_address, sizeof(*server_address));
	seen_add(&facts->clients, server ? &row->dst : &row->src, sizeof(row->dst));
	if (facts->servers.count > before && before < RESETS_SERVERS)
		facts->server[before] = *server_address;
	facts->ipv6 |= !mw_address_is_v4(&row->src);
	if (facts->example.ts_ns == 0 || row->ts_ns < facts->example.ts_ns)
		facts->example = (struct resets_example){row->ts_ns, row->src, row->dst, row->sport, row->dport};
}

/** It started on this very link: no router has lowered its TTL, though its named sender's packets passed some. */
static bool is_near(const struct mw_reset_row *row)
{
	if (row->hops != 0)
		return false;
	return has(row, MW_RESET_EVIDENCE_MAC_CHANGE) ||
		   (row->ttl_expected != MW_UNKNOWN_I64 && hops_of(row->ttl_expected) != 0);
}

/** Its TTL is its own, and started at a usual value: not the named sender's, no copy, no random number. */
static bool shows_distance(const struct mw_reset_row *row)
{
	bool own = has(row, MW_RESET_EVIDENCE_TTL_SPLIT) ||
			   (has(row, MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE) && !has(row, MW_RESET_EVIDENCE_SAME_TTL));

	return own && !has(row, MW_RESET_EVIDENCE_TTL_MIRRORS_TRIGGER) && row->hops <= RESETS_HOPS_MAX;
}

static void add_place(struct resets_facts *facts, const struct mw_reset_row *row)
{
	facts->origins[row->origin < MW_MIDDLEBOX_ORIGINS ? row->origin : MW_MIDDLEBOX_ORIGIN_UNKNOWN]++;
	facts->near += is_near(row);
	if (shows_distance(row))
		stretch(&facts->hops, row->hops);
	stretch(&facts->ip_id, row->ip_id);
	stretch(&facts->window, row->window);
	if (has(row, MW_RESET_EVIDENCE_BOTH_ENDS))
		stretch(&facts->silence_ms, row->silence_ms);
	if (has(row, MW_RESET_EVIDENCE_TTL_SPLIT) && row->ttl_expected != MW_UNKNOWN_I64) {
		stretch(&facts->ttl, row->ttl);
		stretch(&facts->ttl_expected, row->ttl_expected);
		stretch(&facts->hops_expected, hops_of(row->ttl_expected));
	}
	if (!has(row, MW_RESET_EVIDENCE_MAC_CHANGE) || !row->mac_known)
		return;
	if (!facts->mac.known)
		memcpy(facts->mac.bytes, row->mac, sizeof(facts->mac.bytes));
	facts->mac.several |= facts->mac.known && memcmp(facts->mac.bytes, row->mac, sizeof(row->mac)) != 0;
	facts->mac.known = true;
}

/** Remembers the episode that came soonest against its round trip. */
static void add_delay(struct resets_facts *facts, const struct mw_reset_row *row)
{
	if (!has(row, MW_RESET_EVIDENCE_FASTER_THAN_RTT) || !(row->rtt_ms > 0 && row->rtt_ms < 1e9) ||
		!(row->rtt_fraction >= 0 && row->rtt_fraction < 1))
		return;
	if (facts->soonest_rtt_ns != 0 && facts->soonest_fraction <= row->rtt_fraction)
		return;
	facts->soonest_fraction = row->rtt_fraction;
	facts->soonest_rtt_ns = (uint64_t)(row->rtt_ms * 1e6 + 0.5);
	facts->soonest_ns = (uint64_t)(row->rtt_ms * 1e6 * row->rtt_fraction + 0.5);
}

static void add_habit(struct resets_facts *facts, const struct mw_reset_row *row)
{
	for (uint32_t i = 0; i < RESETS_HABITS && row->habit[0] != '\0'; i++) {
		struct resets_habit *habit = &facts->habits[i];

		if (habit->episodes > 0 && strcmp(habit->label, row->habit) != 0)
			continue;
		memcpy(habit->label, row->habit, sizeof(habit->label));
		habit->episodes++;
		return;
	}
}

static void add_row(struct resets_facts *facts, const struct mw_reset_row *row)
{
	facts->episodes++;
	facts->resets += (uint64_t)row->count;
	add_ends(facts, row);
	add_text(facts, row);
	add_place(facts, row);
	add_delay(facts, row);
	add_habit(facts, row);
	for (uint32_t i = 0; i < MW_RESET_EVIDENCES; i++)
		facts->evidence[i] += row->evidence >> i & 1;
	if (row->stage < MW_RESET_STAGES)
		facts->stages[row->stage]++;
	if (row->pattern < MW_RESET_PATTERNS)
		facts->patterns[row->pattern]++;
	facts->one_way += row->one_way;
	facts->lossy += row->lossy;
	facts->no_baseline += row->ttl_expected == MW_UNKNOWN_I64;
	facts->confidence = MW_MAX(facts->confidence, row->confidence);
}

/** Another host has the address, and its named sender lives on: after a fail-over it would not. */
static bool is_conflict(const struct mw_reset_row *row)
{
	return (has(row, MW_RESET_EVIDENCE_SENT_TO_IT) || has(row, MW_RESET_EVIDENCE_CLAIMS_ADDRESS)) &&
		   has(row, MW_RESET_EVIDENCE_MAC_CHANGE) && has(row, MW_RESET_EVIDENCE_DATA_AFTER_RESET);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_reset_row *row = data;
	struct diagnosis_entry *entry;
	struct resets_facts *facts;

	if (row->verdict == MW_RESET_UNKNOWN && has(row, MW_RESET_EVIDENCE_PAYLOAD_TEXT))
		resets_texts_row(diagnosis, row);
	if (row->verdict == MW_RESET_UNKNOWN && is_conflict(row))
		resets_conflict_row(diagnosis, row);
	if (row->verdict != MW_RESET_FORGED)
		return;
	entry = diagnosis_entry(diagnosis, &finding_resets_forged, mw_reset_row_key(row), sizeof(struct resets_facts),
							resets_write, row->ts_ns, row->last_ns);
	if (entry == NULL)
		return;
	facts = (struct resets_facts *)entry->facts;
	entry->gathers = !row->device_sure;
	if (row->device_sure)
		memcpy(facts->cluster, row->cluster, sizeof(facts->cluster));
	add_row(facts, row);
}

const struct mw_diagnoser diagnose_resets = {.record = &mw_reset_record, .row = on_row};
