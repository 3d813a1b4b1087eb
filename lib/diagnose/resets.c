// SPDX-License-Identifier: BSD-3-Clause
// Groups forged episodes by device: by the text it writes, else by how and from where it forges.
// Neighbours: resets.h; rows from detect/.
#include "resets.h"

#include <stdio.h>
#include <string.h>

/**
 * A text names label and build: the bracket's first number is the same all over one build, the second is a place in
 * it. Without a text there is one finding for what comes from within the path and one for what comes from beside it.
 */
static void make_key(const struct mw_reset_row *row, char *key, size_t key_bytes)
{
	const char *colon = strchr(row->device, ':');

	if (row->signature[0] != '\0' && row->evidence & 1u << MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE)
		snprintf(key, key_bytes, "%s %.*s", row->label[0] != '\0' ? row->label : row->signature,
				 colon != NULL ? (int)(colon - row->device) : 0, row->device);
	else
		snprintf(key, key_bytes, "%s", mw_reset_origin_names[row->origin]);
}

static void stretch(struct resets_range *range, int64_t value)
{
	if (value == MW_UNKNOWN_I64)
		return;
	range->low = range->any ? MW_MIN(range->low, value) : value;
	range->high = range->any ? MW_MAX(range->high, value) : value;
	range->any = true;
}

static void add_cause(struct resets_facts *facts, const struct mw_reset_row *row)
{
	struct resets_cause *cause;
	char shown[RESETS_CAUSE_BYTES];
	struct mw_text text = mw_text_in(shown, sizeof(shown));

	if (row->cause[0] == '\0')
		return;
	memset(shown, 0, sizeof(shown));
	mw_text_add_chars(&text, row->cause, strlen(row->cause));
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
	memcpy(cause->text, shown, sizeof(shown));
	cause->meaning = row->cause_meaning;
	cause->group = row->cause_group;
	cause->peer = row->cause_peer;
	cause->episodes = 1;
}

static void add_ends(struct resets_facts *facts, const struct mw_reset_row *row)
{
	bool from_server = row->sport < row->dport; // servers have the lower port

	seen_add(&facts->connections, row->flow, strlen(row->flow));
	seen_add(&facts->named, &row->src, sizeof(row->src));
	seen_add(&facts->receivers, &row->dst, sizeof(row->dst));
	seen_add(&facts->servers, from_server ? &row->src : &row->dst, sizeof(row->src));
	seen_add(&facts->clients, from_server ? &row->dst : &row->src, sizeof(row->dst));
}

static void start_facts(struct resets_facts *facts, const struct mw_reset_row *row)
{
	struct mw_text example = mw_text_in(facts->example, sizeof(facts->example));

	facts->origin = row->origin;
	if (row->evidence & 1u << MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE) {
		memcpy(facts->label, row->label[0] != '\0' ? row->label : row->signature,
			   row->label[0] != '\0' ? sizeof(row->label) : sizeof(row->signature));
		memcpy(facts->device, row->device, sizeof(facts->device));
	}
	memcpy(facts->payload, row->payload, sizeof(facts->payload));
	mw_address_add_text(&example, &row->src);
	mw_text_add(&example, " port %lld to ", (long long)row->sport);
	mw_address_add_text(&example, &row->dst);
	mw_text_add(&example, " port %lld", (long long)row->dport);
}

/** True when the reset started on this very link: its TTL is one that stacks start from. */
static bool is_near(const struct mw_reset_row *row)
{
	return row->evidence & 1u << MW_RESET_EVIDENCE_TTL_SPLIT && row->ttl != row->ttl_expected &&
		   (row->ttl == 64 || row->ttl == 128 || row->ttl == 255);
}

static void add_row(struct resets_facts *facts, const struct mw_reset_row *row)
{
	if (facts->episodes == 0)
		start_facts(facts, row);
	facts->episodes++;
	facts->resets += (uint64_t)row->count;
	facts->near += is_near(row);
	add_ends(facts, row);
	add_cause(facts, row);
	stretch(&facts->ttl, row->ttl);
	stretch(&facts->ttl_expected, row->ttl_expected);
	for (uint32_t i = 0; i < MW_RESET_EVIDENCES; i++)
		facts->evidence[i] += row->evidence >> i & 1;
	if (row->stage < MW_RESET_STAGES)
		facts->stages[row->stage]++;
	facts->confidence = MW_MAX(facts->confidence, row->confidence);
	if (facts->device[0] != '\0' && row->device[0] != '\0' && strcmp(facts->device, row->device) != 0)
		facts->devices = true;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_reset_row *row = data;
	struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];

	if (row->verdict != MW_RESET_FORGED)
		return;
	make_key(row, key, sizeof(key));
	entry = diagnosis_entry(diagnosis, MW_FINDING_FORGED_RESETS, key, sizeof(struct resets_facts), resets_write,
							row->ts_ns, row->last_ns);
	if (entry != NULL)
		add_row((struct resets_facts *)entry->facts, row);
}

const struct diagnoser diagnose_resets = {.record = &mw_reset_record, .row = on_row};
