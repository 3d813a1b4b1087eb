// SPDX-License-Identifier: BSD-3-Clause
// A piece that contradicts the others after a silence: of another datagram with the same identification (RFC 4963), or
// an overlap that takes its time. It begins a datagram of its own; when its time is over the two are told apart.
// Neighbours: fragment.c begins it, end.c and finish.c ask. Follows RFC 815, RFC 5722.
//
// A receiver joins all that comes before its time-out. What followed is another datagram when it is complete by itself,
// or begins as the first one did, with the same bounds. Together the pieces are one when no byte of it is missing.
#include "table.h"

#include <string.h>

#define FOLLOWERS_MAX 64 // one in SILENT_NS at most, until the first one's time is over

_Static_assert(MW_FRAGMENT_DONT_FRAGMENT < 16, "what a piece can show fits into late");

void late_begin(struct datagram *before, struct datagram *datagram, uint32_t shows, const struct meeting *meeting)
{
	bool same_shape = meeting->same_bounds && meeting->differing > 0;

	before->followed = true;
	datagram->late = same_shape ? 0 : (uint16_t)shows;
}

struct datagram *late_first(struct mw_fragments *fragments, struct datagram *datagram)
{
	struct datagram *first = datagram;

	if (datagram->late == 0 || datagram->list == LIST_COMPLETE)
		return datagram;
	for (uint32_t number = datagram->chain; number != 0; number = datagram_at(fragments, number)->chain) {
		struct datagram *other = datagram_at(fragments, number);

		if (other->hash == datagram->hash && other->followed && !other->gone && other->list != LIST_COMPLETE &&
			memcmp(&other->key, &datagram->key, sizeof(other->key)) == 0)
			first = other;
	}
	return first;
}

struct followers {
	struct datagram *at[FOLLOWERS_MAX];
	uint32_t count;
};

/** Those that followed it and may be of it. In its chain they stand before it, the newest first. */
static void collect(const struct mw_fragments *fragments, const struct datagram *datagram, struct followers *followers)
{
	uint32_t number = fragments->buckets[datagram->hash & fragments->buckets_mask];

	followers->count = 0;
	for (; number != 0 && number != number_of(fragments, datagram); number = datagram_at(fragments, number)->chain) {
		struct datagram *other = datagram_at(fragments, number);

		if (other->hash != datagram->hash || memcmp(&other->key, &datagram->key, sizeof(other->key)) != 0)
			continue;
		if (other->late == 0 || other->list == LIST_COMPLETE || other->gone)
			followers->count = 0; // it is another one, and so are those that followed it
		else if (followers->count < FOLLOWERS_MAX)
			followers->at[followers->count++] = other;
	}
}

static void learn_first(struct datagram *joined, const struct datagram *other)
{
	joined->first_seen = true;
	joined->ports_known = other->ports_known;
	joined->answered = other->answered;
	joined->protocol = other->protocol;
	joined->src_port = other->src_port;
	joined->dst_port = other->dst_port;
	joined->udp_bytes = other->udp_bytes;
	joined->head_bytes = other->head_bytes;
	memcpy(joined->head, other->head, sizeof(joined->head));
}

static void add(struct datagram *joined, const struct datagram *other)
{
	if (!joined->first_seen && other->first_seen)
		learn_first(joined, other);
	if (joined->end_bytes == MW_FRAGMENT_OPEN)
		joined->end_bytes = other->end_bytes;
	for (uint32_t i = 0; i < other->ranges_count; i++)
		joined->bytes_seen += ranges_add(joined, other->ranges[i].from, other->ranges[i].to);
	joined->anomalies |= other->late | (other->anomalies & ~(1u << MW_FRAGMENT_ID_REUSE));
	joined->fragments += other->fragments;
	joined->last_ns = MW_MAX(joined->last_ns, other->last_ns);
	joined->largest_bytes = MW_MAX(joined->largest_bytes, other->largest_bytes);
}

bool late_joins(struct mw_fragments *fragments, const struct datagram *datagram)
{
	struct followers followers;
	struct datagram joined;

	if (!datagram->followed || datagram->list == LIST_COMPLETE)
		return false;
	collect(fragments, datagram, &followers);
	if (followers.count == 0)
		return false;
	joined = *datagram;
	for (uint32_t i = followers.count; i-- > 0;)
		add(&joined, followers.at[i]);
	if (!ranges_complete(&joined))
		return false;
	for (uint32_t i = 0; i < followers.count; i++) {
		followers.at[i]->gone = true;
		count(fragments, MW_FRAGMENT_COUNT_LATE);
	}
	notify_end(fragments, &joined, MW_FRAGMENT_COMPLETE);
	notify_end(fragments, &joined, MW_FRAGMENT_IRREGULAR);
	return true;
}

void late_remove(struct mw_fragments *fragments, const struct datagram *datagram)
{
	uint32_t next, number = fragments->buckets[datagram->hash & fragments->buckets_mask];

	for (; number != 0 && number != number_of(fragments, datagram); number = next) {
		struct datagram *other = datagram_at(fragments, number);

		next = other->chain;
		if (other->gone)
			datagram_remove(fragments, other);
	}
}

void late_finish(struct mw_fragments *fragments)
{
	for (uint32_t list = 0; list < LISTS; list++) {
		uint32_t number = fragments->lists[list].oldest;

		for (; number != 0; number = datagram_at(fragments, number)->newer) {
			struct datagram *first = late_first(fragments, datagram_at(fragments, number));

			first->gone = first->gone || late_joins(fragments, first);
		}
	}
}
