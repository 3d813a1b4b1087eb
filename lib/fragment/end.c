// SPDX-License-Identifier: BSD-3-Clause
// How a datagram ends: what is told of it, and which one gives way when there is no room.
// Neighbours: fragment.c, finish.c; config.on_end receives.
#include "table.h"

#include <string.h>

static uint32_t total_of(const struct datagram *datagram)
{
	if (datagram->end_bytes != MW_FRAGMENT_OPEN)
		return datagram->end_bytes;
	return datagram->udp_bytes > ranges_end(datagram) ? datagram->udp_bytes : 0;
}

static void show(const struct datagram *datagram, struct mw_fragment_datagram *shown)
{
	uint32_t total_bytes = total_of(datagram);

	*shown = (struct mw_fragment_datagram){
		.first_ns = datagram->first_ns,
		.last_ns = datagram->last_ns,
		.src = datagram->key.src,
		.dst = datagram->key.dst,
		.id = datagram->key.id,
		.scope = datagram->key.scope,
		.vlan = datagram->vlan,
		.family = datagram->key.family,
		.protocol = datagram->protocol,
		.tunnel = datagram->tunnel,
		.ports_known = datagram->ports_known,
		.answered = datagram->answered,
		.first_seen = datagram->first_seen,
		.last_seen = datagram->end_bytes != MW_FRAGMENT_OPEN,
		.src_port = datagram->src_port,
		.dst_port = datagram->dst_port,
		.fragments = datagram->fragments,
		.bytes_seen = datagram->bytes_seen,
		.bytes_total = total_bytes,
		.largest_bytes = datagram->largest_bytes,
		.anomalies = datagram->anomalies,
		.head_bytes = datagram->head_bytes,
	};
	if (!ranges_complete(datagram))
		shown->missing_count =
			ranges_missing(datagram, total_bytes == 0 ? MW_FRAGMENT_OPEN : total_bytes, shown->missing);
	memcpy(shown->head, datagram->head, datagram->head_bytes);
}

void notify_end(struct mw_fragments *fragments, const struct datagram *datagram, enum mw_fragment_end end)
{
	static const uint8_t counters[MW_FRAGMENT_ENDS] = {
		[MW_FRAGMENT_COMPLETE] = MW_FRAGMENT_COUNT_COMPLETE,
		[MW_FRAGMENT_INCOMPLETE] = MW_FRAGMENT_COUNT_INCOMPLETE,
		[MW_FRAGMENT_IRREGULAR] = MW_FRAGMENT_COUNT_IRREGULAR,
		[MW_FRAGMENT_EVICTED] = MW_FRAGMENT_COUNT_EVICTED,
		[MW_FRAGMENT_UNFINISHED] = MW_FRAGMENT_COUNT_UNFINISHED,
	};
	struct mw_fragment_datagram shown;

	count(fragments, counters[end]);
	show(datagram, &shown);
	fragments->config.on_end(fragments->config.context, &shown, end);
}

static void notify_remembered(struct mw_fragments *fragments, const struct datagram *datagram)
{
	if (datagram->anomalies != 0)
		notify_end(fragments, datagram, MW_FRAGMENT_IRREGULAR);
}

void notify_over(struct mw_fragments *fragments, const struct datagram *datagram)
{
	if (datagram->list == LIST_COMPLETE)
		notify_remembered(fragments, datagram);
	else if (datagram->doubtful || tunnels_may_have_first(fragments, datagram)) {
		count(fragments, MW_FRAGMENT_COUNT_UNKNOWN);
		notify_end(fragments, datagram, MW_FRAGMENT_UNFINISHED);
	} else
		notify_end(fragments, datagram, MW_FRAGMENT_INCOMPLETE);
}

/** @return true when other went with it. */
static bool end_one(struct mw_fragments *fragments, struct datagram *datagram, const struct datagram *other)
{
	bool joined = late_joins(fragments, datagram), gone = datagram == other || other->gone;

	if (joined)
		late_remove(fragments, datagram);
	else
		notify_over(fragments, datagram);
	datagram_remove(fragments, datagram);
	return gone;
}

// One that another may be late pieces of stands in a list of its own perhaps, and ends before it all the same.
void end_over(struct mw_fragments *fragments, struct datagram *datagram)
{
	while (!end_one(fragments, late_first(fragments, datagram), datagram))
		;
}

void evict_least(struct mw_fragments *fragments)
{
	struct datagram *datagram;
	uint32_t list = 0;

	while (fragments->lists[list].oldest == 0)
		list++;
	datagram = datagram_at(fragments, fragments->lists[list].oldest);
	if (list == LIST_COMPLETE)
		notify_remembered(fragments, datagram);
	else
		notify_end(fragments, datagram, MW_FRAGMENT_EVICTED);
	datagram_remove(fragments, datagram);
}
