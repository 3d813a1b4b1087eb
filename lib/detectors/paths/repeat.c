// SPDX-License-Identifier: BSD-3-Clause
// The table of what comes again: sets of a few entries, of which the one seen longest ago gives way.
// Neighbours: repeat.h. The hash has a fixed key: who aims at a set makes his own be told more often, up to the cap.
#include "repeat.h"

#include <string.h>

#include "mw_hash.h"
#include "quotes.h"
#include "worker.h"

_Static_assert(sizeof(struct path_repeat_key) == 80, "no padding but the named one");
_Static_assert(offsetof(struct path_repeat_key, mtu_bytes) == 64, "what is no address is as long as one");

static const uint64_t period_ns[PATH_WHATS] = {
	[PATH_REPORT] = MW_NS_PER_SECOND,
	[PATH_HANDSHAKE] = 60 * MW_NS_PER_SECOND,
	[PATH_FULL_MSS] = 600 * MW_NS_PER_SECOND,
	[PATH_PIECES] = 60 * MW_NS_PER_SECOND,
};

// What gives way shows in results, so a portable hash.
static uint64_t hash_of(const struct mw_detector_ctx *ctx, const struct path_repeat_key *key)
{
	const struct mw_hash_key *hash_key = ctx->hash_key;
	uint64_t ends =
		mw_hash_ends(hash_key, mw_hash_address(hash_key, key->src.bytes), mw_hash_address(hash_key, key->dst.bytes), 0);
	uint64_t others = mw_hash_ends(hash_key, mw_hash_address(hash_key, key->reporter.bytes),
								   mw_hash_address(hash_key, key->told.bytes), 0);
	uint64_t rest = mw_hash_address(hash_key, (const uint8_t *)key + offsetof(struct path_repeat_key, mtu_bytes));

	return mw_hash_ends(hash_key, ends, others, rest);
}

static void emit_entry(struct mw_detector_ctx *ctx, uint32_t at, uint64_t clock_ns)
{
	struct path_worker *worker = ctx->worker_state;
	struct path_repeat_entry *entry = &worker->repeat.entries[at];
	const struct path_repeat_key *key = &entry->key;
	struct mw_event_flow ends = {.src = key->src,
								 .dst = key->dst,
								 .src_port = entry->src_port,
								 .dst_port = entry->dst_port,
								 .protocol = key->protocol,
								 .tunnel = entry->tunnel,
								 .vlan = entry->vlan};
	struct path_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.what = key->what;
	facts.flow_known = entry->flow_known;
	facts.merged = key->merged;
	facts.near = key->near;
	facts.count = entry->count;
	facts.alike = entry->alike;
	facts.reporter = key->reporter;
	facts.told = key->told;
	facts.mtu_bytes = key->mtu_bytes;
	facts.quoted_bytes = entry->quoted_bytes;
	facts.seq = entry->seq;
	facts.ip_id = entry->ip_id;
	facts.to_ns = key->what == PATH_REPORT ? entry->last_ns : 0;
	facts.mss_syn = key->mss_syn;
	facts.mss_synack = key->mss_synack;
	facts.mss_before = key->mss_before;
	path_emit(ctx, entry->first_ns, &ends, &facts);
	entry->count = 0;
	entry->told_ns = clock_ns;
	worker->repeat.due_ns[at] = 0;
}

/** The entry that gives way: a free one, or that seen longest ago; what it has counted is told. */
static uint32_t clear(struct mw_detector_ctx *ctx, uint32_t first, uint64_t clock_ns)
{
	struct path_worker *worker = ctx->worker_state;
	const struct path_repeat *repeat = &worker->repeat;
	uint32_t oldest = first;

	for (uint32_t at = first; at < first + PATH_REPEAT_WAYS; at++) {
		if (repeat->tags[at] == 0 ||
			(repeat->tags[oldest] != 0 && repeat->entries[at].seen_ns < repeat->entries[oldest].seen_ns))
			oldest = at;
	}
	if (repeat->tags[oldest] != 0 && repeat->entries[oldest].count > 0)
		emit_entry(ctx, oldest, clock_ns);
	return oldest;
}

/** The entry of key; of a new one told_ns is 0 and *made is true. */
static uint32_t find(struct mw_detector_ctx *ctx, const struct path_repeat_key *key, uint64_t clock_ns, bool *made)
{
	struct path_worker *worker = ctx->worker_state;
	struct path_repeat *repeat = &worker->repeat;
	const uint64_t hash = hash_of(ctx, key);
	const uint32_t first = (uint32_t)(hash % PATH_REPEAT_SETS) * PATH_REPEAT_WAYS;
	const uint16_t tag = (uint16_t)(hash >> 48 | 1);
	uint32_t place;

	*made = false;
	for (uint32_t at = first; at < first + PATH_REPEAT_WAYS; at++) {
		if (repeat->tags[at] == tag && memcmp(&repeat->entries[at].key, key, sizeof(*key)) == 0)
			return at;
	}
	place = clear(ctx, first, clock_ns);
	repeat->entries[place] = (struct path_repeat_entry){.key = *key};
	repeat->tags[place] = tag;
	*made = true;
	return place;
}

static struct path_repeat_key key_of(const struct mw_event_flow *ends, const struct path_facts *facts)
{
	return (struct path_repeat_key){.src = ends->src,
									.dst = ends->dst,
									.reporter = facts->reporter,
									.told = facts->told,
									.mtu_bytes = facts->mtu_bytes,
									.mss_syn = facts->mss_syn,
									.mss_synack = facts->mss_synack,
									.mss_before = facts->mss_before,
									.what = facts->what,
									.merged = facts->merged,
									.near = facts->near,
									.protocol = ends->protocol};
}

/** They quote packets of one connection that were sent together; guesses do not (RFC 5927 section 4.1). */
static bool is_alike(const struct path_repeat_entry *entry, const struct mw_event_flow *ends,
					 const struct path_facts *facts)
{
	return entry->src_port == ends->src_port && entry->dst_port == ends->dst_port &&
		   path_quotes_number_near(entry->seq, facts->seq);
}

static void note_latest(struct path_repeat_entry *entry, const struct mw_event_flow *ends,
						const struct path_facts *facts, uint64_t time_ns)
{
	entry->alike = entry->count > 0 && is_alike(entry, ends, facts) ? entry->alike + 1 : 1;
	entry->last_ns = time_ns;
	entry->seq = facts->seq;
	entry->ip_id = facts->ip_id;
	entry->src_port = ends->src_port;
	entry->dst_port = ends->dst_port;
	entry->vlan = ends->vlan;
	entry->tunnel = ends->tunnel;
}

static void note_due(struct path_repeat *repeat, uint64_t due_ns)
{
	if (due_ns != 0 && (repeat->next_ns == 0 || due_ns < repeat->next_ns))
		repeat->next_ns = due_ns;
}

void path_repeat_add(struct mw_detector_ctx *ctx, const struct mw_event_flow *ends, const struct path_facts *facts,
					 uint64_t time_ns, uint64_t clock_ns)
{
	struct path_worker *worker = ctx->worker_state;
	const struct path_repeat_key key = key_of(ends, facts);
	bool first;
	uint32_t at = find(ctx, &key, clock_ns, &first);
	struct path_repeat_entry *entry = &worker->repeat.entries[at];

	if (entry->count == 0) {
		entry->first_ns = time_ns;
		entry->quoted_bytes = 0;
		entry->flow_known = false;
	}
	note_latest(entry, ends, facts, time_ns);
	entry->seen_ns = clock_ns;
	entry->count++;
	entry->quoted_bytes = MW_MAX(entry->quoted_bytes, facts->quoted_bytes);
	entry->flow_known |= facts->flow_known;
	worker->repeat.due_ns[at] = entry->told_ns + period_ns[key.what];
	note_due(&worker->repeat, worker->repeat.due_ns[at]);
	if (first || path_since(clock_ns, entry->told_ns) >= period_ns[key.what])
		emit_entry(ctx, at, clock_ns);
}

void path_repeat_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	struct path_worker *worker = ctx->worker_state;

	if (worker->repeat.next_ns == 0 || worker->repeat.next_ns > now_ns)
		return;
	worker->repeat.next_ns = 0;
	for (uint32_t at = 0; at < MW_ARRAY_SIZE(worker->repeat.due_ns); at++) {
		uint64_t due_ns = worker->repeat.due_ns[at];

		if (due_ns != 0 && due_ns <= now_ns)
			emit_entry(ctx, at, now_ns);
		else
			note_due(&worker->repeat, due_ns);
	}
}
