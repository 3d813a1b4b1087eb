// SPDX-License-Identifier: BSD-3-Clause
// What must agree: who was told, one whole end, the size, the time, and the number of a byte or of the packet. Where
// the numbers do not, several reports of the same addresses and one port do; where no end does, both numbers of
// several.
// Neighbours: quotes.h.
#include "quotes.h"

#include "reporter.h"

#define PROTOCOL_TCP 6
#define BEFORE_NS    (4 * MW_NS_PER_SECOND) // the first transmission, before its first retransmission
#define AFTER_NS     (2 * MW_NS_PER_SECOND)
#define SEVERAL      2 // reports that agree in size and time

static bool same_end(const struct mw_address *a, uint16_t a_port, const struct mw_address *b, uint16_t b_port)
{
	return mw_address_compare(a, b) == 0 && a_port == b_port;
}

enum mw_path_misquote path_quotes_differ(const struct path_lost *lost, const struct path_stray *stray)
{
	const struct mw_event_flow *sent = &lost->ends, *quoted = &stray->quoted;
	bool src = same_end(&sent->src, sent->src_port, &quoted->src, quoted->src_port);
	bool dst = same_end(&sent->dst, sent->dst_port, &quoted->dst, quoted->dst_port);

	if (src && dst)
		return MW_PATH_MISQUOTE_NUMBER;
	if (!src && !dst)
		return MW_PATH_MISQUOTE_BOTH;
	return src ? MW_PATH_MISQUOTE_DST : MW_PATH_MISQUOTE_SRC;
}

static bool same_number(const struct path_lost *lost, const struct path_stray *stray)
{
	return stray->seq - lost->seq < MW_MIN(lost->outstanding_bytes, PATH_QUOTES_NEAR);
}

static bool same_id(const struct path_lost *lost, const struct path_stray *stray)
{
	return stray->ip_id != 0 && stray->ip_id == lost->ip_id;
}

/** Of no end that is the packet's, its numbers must say it: both, and again and again. */
static bool same_packet(const struct path_lost *lost, const struct path_stray *stray)
{
	if (path_quotes_differ(lost, stray) == MW_PATH_MISQUOTE_BOTH)
		return stray->count >= SEVERAL && same_number(lost, stray) && same_id(lost, stray);
	return same_number(lost, stray) || same_id(lost, stray);
}

/** Not one forged packet: the same size again and again, while packets of that size are stuck. */
static bool same_pair(const struct path_lost *lost, const struct path_stray *stray)
{
	return stray->count >= SEVERAL && path_quotes_differ(lost, stray) != MW_PATH_MISQUOTE_BOTH &&
		   mw_address_compare(&lost->ends.src, &stray->quoted.src) == 0 &&
		   mw_address_compare(&lost->ends.dst, &stray->quoted.dst) == 0;
}

static bool fits(const struct path_lost *lost, const struct path_stray *stray)
{
	if (!lost->used || stray->quoted_bytes != lost->size || stray->last_ns + BEFORE_NS < lost->from_ns ||
		stray->first_ns > lost->to_ns + AFTER_NS || mw_address_compare(&stray->told, &lost->ends.src) != 0)
		return false;
	return same_packet(lost, stray) || same_pair(lost, stray);
}

static bool is_same(const struct path_stray *stray, const struct mw_event *event, const struct path_facts *facts)
{
	return same_end(&stray->quoted.src, stray->quoted.src_port, &event->flow.src, event->flow.src_port) &&
		   same_end(&stray->quoted.dst, stray->quoted.dst_port, &event->flow.dst, event->flow.dst_port) &&
		   mw_address_compare(&stray->told, &facts->told) == 0;
}

/** What gives way: the report that came least often, of these the oldest. */
static bool is_worth_less(const struct path_stray *a, const struct path_stray *b)
{
	return a->count != b->count ? a->count < b->count : a->last_ns < b->last_ns;
}

static struct path_stray *stray_of(struct path_quotes *quotes, const struct mw_hash_key *hash_key,
								   const struct mw_event *event, const struct path_facts *facts)
{
	const struct {
		struct mw_address src, dst, told;
		uint16_t src_port, dst_port, padding[2];
	} key = {event->flow.src, event->flow.dst, facts->told, event->flow.src_port, event->flow.dst_port, {0}};
	uint32_t first = (uint32_t)(mw_hash_portable(hash_key, &key, sizeof(key)) % PATH_QUOTES_SETS) * PATH_QUOTES_WAYS;
	struct path_stray *chosen = &quotes->strays[first];

	for (uint32_t i = first; i < first + PATH_QUOTES_WAYS; i++) {
		struct path_stray *stray = &quotes->strays[i];

		if (stray->count > 0 && is_same(stray, event, facts))
			return stray;
		if (is_worth_less(stray, chosen))
			chosen = stray;
	}
	*chosen = (struct path_stray){.quoted = event->flow, .told = facts->told, .first_ns = event->time_ns};
	return chosen;
}

void path_quotes_report(struct path_quotes *quotes, const struct mw_hash_key *hash_key, const struct mw_event *event,
						const struct path_facts *facts, const struct path_quotes_found *found)
{
	bool v6 = !mw_address_is_v4(&event->flow.src);
	struct path_stray *stray;

	if (event->flow.protocol != PROTOCOL_TCP || !path_reporter_may_be_router(&facts->reporter) ||
		path_reporter_is_absurd(v6, facts->mtu_bytes, facts->quoted_bytes))
		return;
	stray = stray_of(quotes, hash_key, event, facts);
	stray->reporter = facts->reporter;
	stray->last_ns = MW_MAX(stray->last_ns, MW_MAX(event->time_ns, facts->to_ns));
	stray->mtu_bytes = facts->mtu_bytes;
	stray->quoted_bytes = facts->quoted_bytes;
	if (!path_quotes_number_near(stray->seq, facts->seq))
		stray->count = stray->waiting = 0;
	stray->seq = facts->seq;
	stray->ip_id = facts->ip_id;
	stray->count += MW_MAX(facts->alike, 1u);
	stray->waiting += MW_MAX(facts->alike, 1u);
	for (uint32_t i = 0; i < PATH_QUOTES_LOST; i++) {
		if (!fits(&quotes->lost[i], stray))
			continue;
		found->found(found->context, &quotes->lost[i], stray);
		stray->waiting = 0;
		return;
	}
}

void path_quotes_stuck(struct path_quotes *quotes, const struct mw_event *event, const struct path_facts *facts,
					   const struct path_quotes_found *found)
{
	struct path_lost *lost = &quotes->lost[quotes->lost_next];

	quotes->lost_next = (quotes->lost_next + 1) % PATH_QUOTES_LOST;
	*lost = (struct path_lost){.ends = event->flow,
							   .from_ns = facts->from_ns,
							   .to_ns = facts->to_ns,
							   .size = facts->smallest_lost,
							   .seq = facts->seq,
							   .ip_id = facts->ip_id,
							   .outstanding_bytes = MW_MAX(facts->segments_lost, 1u) * facts->smallest_lost,
							   .used = true};
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(quotes->strays); i++) {
		struct path_stray *stray = &quotes->strays[i];

		if (stray->count == 0 || !fits(lost, stray))
			continue;
		found->found(found->context, lost, stray);
		stray->waiting = 0;
	}
}
