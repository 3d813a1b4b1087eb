// SPDX-License-Identifier: BSD-3-Clause
// Adds up what is told of a path. Of two facts that cannot both be true the newer one stands.
// Neighbours: sum.h; stuck.c says what a stuck connection shows.
#include "sum.h"

#include <string.h>

#include "mw_hash.h"
#include "merged.h"
#include "reporter.h"
#include "stuck.h"

#define SENT_AFTER_LEAST 2 // one may have been on its way
#define DISPROVED_NS     (60 * MW_NS_PER_SECOND) // that long a report that was wrong is wrong again

static uint32_t least_known(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static void note_passed(struct path_sum *sum, uint32_t bytes)
{
	sum->largest_acked = MW_MAX(sum->largest_acked, bytes);
	sum->passed = MW_MAX(sum->passed, bytes);
	if (sum->bound != 0 && bytes > sum->bound) {
		sum->bound = 0;
		sum->contradicted = true;
	}
	for (uint32_t i = 0; i < PATH_BLACK_HOLE_SHOWS; i++) {
		struct path_evidence *evidence = &sum->evidence[i];

		if (evidence->smallest_lost != 0 && evidence->smallest_lost <= bytes)
			*evidence = (struct path_evidence){0}; // that size passes: what was lost, was lost for another reason
	}
}

static void note_bound(struct path_sum *sum, uint32_t bytes)
{
	sum->bound = least_known(sum->bound, bytes);
	if (sum->passed > sum->bound) {
		sum->passed = 0;
		sum->contradicted = true;
	}
}

/** Whether this connection did not show this lately; remembers it. */
static bool is_new(struct path_sum *sum, const struct mw_event_flow *flow, enum path_show show)
{
	static const struct mw_hash_key key; // any: the portable hash is the same everywhere
	struct {
		struct mw_address src, dst;
		uint16_t src_port, dst_port, protocol, show;
	} of = {flow->src, flow->dst, flow->src_port, flow->dst_port, flow->protocol, (uint16_t)show};
	uint64_t mark = mw_hash_portable(&key, &of, sizeof(of)) | 1;

	for (uint32_t i = 0; i < PATH_MARKS; i++) {
		if (sum->marks[i] == mark)
			return false;
	}
	sum->marks[sum->marks_next] = mark;
	sum->marks_next = (sum->marks_next + 1) % PATH_MARKS;
	return true;
}

static void add_evidence(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
						 enum path_show show)
{
	struct path_evidence *evidence = &sum->evidence[show];
	bool fresh = is_new(sum, &event->flow, show);

	if (show < PATH_BLACK_HOLE_SHOWS && facts->smallest_lost != 0 && facts->smallest_lost <= sum->largest_acked)
		return; // that size is known to pass
	evidence->smallest_lost = least_known(evidence->smallest_lost, facts->smallest_lost);
	if (!fresh && evidence->flows > 0)
		return;
	evidence->flows++;
	evidence->clean += facts->mirror_gaps ? 0 : 1;
	evidence->upstream += facts->what == PATH_HOLE ? 1 : 0;
	evidence->segments += facts->segments_lost;
}

static void note_protocol(struct path_sum *sum, uint8_t protocol)
{
	sum->tcp |= protocol == 6;
	sum->udp |= protocol == 17;
	sum->other |= protocol != 6 && protocol != 17;
}

/** Of more reporters than there is room for, one of which nothing was proved gives way to one that is proven. */
static void add_reporter(struct path_sum *sum, const struct path_facts *facts, bool proven)
{
	const struct mw_path_reporter reporter = {facts->reporter, facts->mtu_bytes};
	uint32_t at = 0;

	while (at < sum->reporters_count && (sum->reporters[at].mtu_bytes != reporter.mtu_bytes ||
										 mw_address_compare(&sum->reporters[at].address, &reporter.address) != 0))
		at++;
	if (at == MW_PATH_REPORTERS && proven) {
		for (at = 0; at < MW_PATH_REPORTERS && sum->reporters_proven >> at & 1; at++)
			;
	}
	if (at == MW_PATH_REPORTERS)
		return;
	sum->reporters[at] = reporter;
	sum->reporters_count = MW_MAX(sum->reporters_count, at + 1);
	sum->reporters_proven |= (uint8_t)(proven << at);
}

static bool is_multicast(const struct mw_address *address)
{
	return mw_address_is_v4(address) ? address->bytes[12] >> 4 == 14 : address->bytes[0] == 0xff;
}

static bool is_known(const struct mw_address *address)
{
	static const struct mw_address nothing;

	return mw_address_compare(address, &nothing) != 0;
}

bool path_sum_believes(const struct path_facts *facts, bool v6)
{
	return facts->flow_known && path_reporter_may_be_router(&facts->reporter) &&
		   !path_reporter_is_absurd(v6, facts->mtu_bytes, facts->quoted_bytes);
}

/** It says no more than one that was wrong a short time ago. */
static bool is_disproved(const struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts)
{
	return sum->disproved_ns != 0 && event->time_ns <= sum->disproved_ns + DISPROVED_NS &&
		   facts->mtu_bytes < sum->largest_acked;
}

/** The MSS that no packet of the pair exceeds; 0 not known. */
static uint32_t largest_mss(const struct path_sum *sum)
{
	return sum->mss_syn == 0 || sum->mss_synack == 0 ? 0 : MW_MAX(sum->mss_syn, sum->mss_synack);
}

/** As the worker says, or as another connection of the pair shows. */
static bool is_merged(const struct path_sum *sum, const struct path_facts *facts, uint32_t bytes)
{
	uint32_t mss = largest_mss(sum);

	if (mss == 0)
		return facts->merged;
	return path_merged_exceeds(sum->v6, mss, bytes) &&
		   (facts->what == PATH_STUCK || facts->mtu_bytes >= mss + path_merged_headers(sum->v6));
}

static void add_merged(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
					   uint32_t bytes)
{
	const struct path_facts shown = {.what = facts->what, .mirror_gaps = facts->mirror_gaps};

	note_protocol(sum, event->flow.protocol);
	sum->merged_bytes = MW_MAX(sum->merged_bytes, bytes);
	sum->merged_times += MW_MAX(facts->count, MW_MAX(facts->segments_lost, 1u));
	add_evidence(sum, event, &shown, PATH_SHOWS_MERGED);
}

static void add_report(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts)
{
	uint32_t count = MW_MAX(facts->count, 1u);
	bool believed = path_sum_believes(facts, sum->v6) && !is_disproved(sum, event, facts);

	sum->reports += count;
	add_reporter(sum, facts, believed);
	if (!believed)
		return;
	if (is_merged(sum, facts, facts->quoted_bytes)) {
		add_merged(sum, event, facts, facts->quoted_bytes);
		return;
	}
	note_protocol(sum, event->flow.protocol);
	sum->smallest_quoted = least_known(sum->smallest_quoted, facts->quoted_bytes);
	if (!is_known(&facts->told) || mw_address_compare(&facts->told, &event->flow.src) == 0) {
		sum->reports_right += count;
	} else if (!is_multicast(&facts->told)) {
		sum->reports_misaddressed += count;
		sum->told = facts->told;
		add_evidence(sum, event, facts, PATH_SHOWS_MISADDRESSED);
	}
	if (facts->mtu_bytes != 0)
		note_bound(sum, facts->mtu_bytes);
	else if (facts->quoted_bytes != 0)
		note_bound(sum, facts->quoted_bytes - 1);
}

static struct mw_path_quote quote_of(const struct path_lost *lost, const struct path_stray *stray)
{
	const uint8_t misquote = (uint8_t)path_quotes_differ(lost, stray);
	const struct mw_event_flow *sent = &lost->ends, *quoted = &stray->quoted;

	if (misquote == MW_PATH_MISQUOTE_DST)
		return (struct mw_path_quote){misquote, sent->dst, quoted->dst, sent->dst_port, quoted->dst_port};
	return (struct mw_path_quote){misquote, sent->src, quoted->src, sent->src_port, quoted->src_port};
}

void path_sum_misquoted(struct path_sum *sum, const struct path_lost *lost, const struct path_stray *stray,
						bool is_other)
{
	const struct mw_event event = {.flow = lost->ends};
	const struct path_facts facts = {
		.what = PATH_REPORT, .reporter = stray->reporter, .mtu_bytes = stray->mtu_bytes, .smallest_lost = lost->size};

	sum->reports += is_other ? stray->waiting : 0;
	sum->reports_misquoted += stray->waiting;
	sum->first_ns = sum->first_ns == 0 ? stray->first_ns : MW_MIN(sum->first_ns, stray->first_ns);
	sum->last_ns = MW_MAX(sum->last_ns, stray->last_ns);
	sum->v6 = !mw_address_is_v4(&lost->ends.src);
	sum->quote = quote_of(lost, stray);
	note_protocol(sum, lost->ends.protocol);
	add_reporter(sum, &facts, true);
	add_evidence(sum, &event, &facts, PATH_SHOWS_MISQUOTED);
	note_bound(sum, stray->mtu_bytes != 0 ? stray->mtu_bytes : stray->quoted_bytes - 1);
}

static void note_mss(struct path_sum *sum, const struct path_facts *facts)
{
	if (facts->mss_syn != 0)
		sum->mss_syn = facts->mss_syn;
	if (facts->mss_synack != 0)
		sum->mss_synack = facts->mss_synack;
}

/** What they said is too big got through after them. */
static void forget_reports(struct path_sum *sum, const struct path_facts *facts)
{
	sum->disproved_ns = MW_MAX(sum->disproved_ns, facts->to_ns);
	sum->reaction = PATH_NONE_SEEN;
	sum->smallest_quoted = 0;
	sum->evidence[PATH_SHOWS_MISADDRESSED] = sum->evidence[PATH_SHOWS_IGNORED] = sum->evidence[PATH_SHOWS_MISQUOTED] =
		(struct path_evidence){0};
}

static void add_reaction(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts)
{
	note_mss(sum, facts);
	if (facts->reaction == PATH_DISPROVED)
		forget_reports(sum, facts);
	if (!facts->flow_known) // the sender need not heed it
		return;
	if (facts->reaction == PATH_HONOURED) {
		sum->acked_after |= facts->largest_acked != 0;
		sum->reaction = PATH_HONOURED;
		add_evidence(sum, event, facts, PATH_SHOWS_HONOURED);
	} else if (facts->reaction == PATH_IGNORED && facts->sent_after >= SENT_AFTER_LEAST) {
		sum->reaction = PATH_IGNORED;
		sum->smallest_quoted = least_known(sum->smallest_quoted, facts->smallest_lost);
		add_evidence(sum, event, facts, PATH_SHOWS_IGNORED);
	}
	sum->sent_after += facts->sent_after;
}

/** A report came for it, of an MTU that does not allow that size: a narrower hop may be silent all the same. */
static bool is_explained(const struct path_sum *sum, const struct path_facts *facts)
{
	return facts->reported && (sum->bound == 0 || facts->smallest_lost == 0 || facts->smallest_lost > sum->bound);
}

/**
 * A host that is gone opens no connection any more: one that opens after another was stuck shows that the path lives.
 */
static void note_opening(struct path_sum *sum, const struct path_facts *facts)
{
	if (facts->opened_ns == 0)
		return;
	sum->opens_on |=
		(sum->stuck_first_ns != 0 && facts->opened_ns > sum->stuck_first_ns) || sum->opened_last_ns > facts->from_ns;
	sum->opened_last_ns = MW_MAX(sum->opened_last_ns, facts->opened_ns);
	sum->stuck_last_ns = MW_MAX(sum->stuck_last_ns, facts->from_ns);
	sum->stuck_first_ns = sum->stuck_first_ns == 0 ? facts->from_ns : MW_MIN(sum->stuck_first_ns, facts->from_ns);
}

static void add_stuck(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
					  uint64_t retransmits_at_least)
{
	enum path_show show = PATH_SHOWS_REPORTED;

	sum->retransmits = MW_MAX(sum->retransmits, facts->retransmits);
	note_mss(sum, facts);
	if (facts->what == PATH_STUCK && is_merged(sum, facts, facts->smallest_lost)) {
		show = path_stuck_shows(facts, retransmits_at_least);
		if (show == PATH_SHOWS_SHRANK || show == PATH_SHOWS_ALIVE)
			add_merged(sum, event, facts, facts->smallest_lost);
		return;
	}
	if (facts->what != PATH_SIZES && facts->end == PATH_GOT_THROUGH)
		note_passed(sum, facts->smallest_lost);
	if (!path_stuck_is_lost(facts))
		return;
	note_protocol(sum, event->flow.protocol);
	sum->smallest_lost = least_known(sum->smallest_lost, facts->smallest_lost);
	sum->segments_lost += facts->segments_lost;
	sum->unanswered += facts->unanswered;
	sum->receiver_alive |= facts->receiver_alive || facts->answered > 0;
	sum->small_arrived |= facts->burst_small;
	note_opening(sum, facts);
	if (!is_explained(sum, facts))
		show = path_stuck_shows(facts, retransmits_at_least);
	if (show != PATH_SHOWS)
		add_evidence(sum, event, facts, show);
}

static void see(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts)
{
	sum->v6 = !mw_address_is_v4(&event->flow.src);
	sum->first_ns = sum->first_ns == 0 ? event->time_ns : MW_MIN(sum->first_ns, event->time_ns);
	sum->last_ns = MW_MAX(sum->last_ns, MW_MAX(event->time_ns, facts->to_ns));
	sum->mirror_gaps |= facts->mirror_gaps;
}

static void add_pieces(struct path_sum *sum, const struct path_facts *facts)
{
	sum->fragmented += MW_MAX(facts->count, 1u);
	sum->answered |= facts->flow_known;
}

void path_sum_add(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
				  uint64_t retransmits_at_least)
{
	see(sum, event, facts);
	if (facts->largest_acked != 0)
		note_passed(sum, facts->largest_acked);
	if (facts->what == PATH_REPORT)
		add_report(sum, event, facts);
	else if (facts->what == PATH_REACTION)
		add_reaction(sum, event, facts);
	else if (facts->what == PATH_PIECES)
		add_pieces(sum, facts);
	else
		add_stuck(sum, event, facts, retransmits_at_least);
}

/** The smaller one is what was reduced on its way, when one of them was. */
static uint16_t smaller_mss(const struct path_facts *facts)
{
	return (uint16_t)least_known(facts->mss_syn, facts->mss_synack);
}

void path_sum_handshake(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
						enum path_mss_side side)
{
	uint16_t mss = side == PATH_MSS_SYN ? facts->mss_syn : facts->mss_synack;
	bool before = mss != 0 && mss == sum->mss_before; // the other side of what reduces it

	see(sum, event, facts);
	if (facts->mss_syn != 0 && !(before && side == PATH_MSS_SYN))
		sum->mss_syn = facts->mss_syn;
	if (facts->mss_synack != 0 && !(before && side == PATH_MSS_SYN_ACK))
		sum->mss_synack = facts->mss_synack;
	if (mss == 0 || before)
		return;
	if (!path_mss_is_reduced(sum->v6, mss)) { // nothing reduces it any more
		sum->mss_limit = sum->mss_before = 0;
		sum->mss_side = PATH_MSS_NONE;
		sum->evidence[PATH_SHOWS_CLAMPED] = (struct path_evidence){0};
		return;
	}
	if (sum->mss_limit != mss)
		sum->mss_before = 0; // that was of another value
	sum->mss_limit = mss;
	sum->mss_side = (uint8_t)side;
	sum->mss_near = side == PATH_MSS_SYN ? event->flow.dst : event->flow.src;
	sum->mss_from_near = facts->near || path_mss_is_near(&event->flow.src, &event->flow.dst);
	add_evidence(sum, event, facts, PATH_SHOWS_CLAMPED);
	if (facts->mss_before > mss && mss == smaller_mss(facts))
		sum->mss_before = facts->mss_before;
}

bool path_sum_is_hearsay(const struct path_sum *sum)
{
	return sum->reports + sum->fragmented > 0 &&
		   sum->reports_right + sum->reports_misaddressed + sum->reports_misquoted == 0 && sum->retransmits == 0 &&
		   sum->largest_acked == 0 && sum->smallest_lost == 0 && sum->mss_limit == 0 && !sum->answered &&
		   sum->sent_after == 0;
}

bool path_sum_uses(const struct path_facts *facts)
{
	if (facts->what == PATH_STUCK || facts->what == PATH_HOLE)
		return facts->end == PATH_GOT_THROUGH || facts->largest_acked != 0 || path_stuck_is_lost(facts);
	return facts->what < PATH_WHATS;
}
