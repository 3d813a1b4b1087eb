// SPDX-License-Identifier: BSD-3-Clause
// Hosts by the reduced MSS that they show.
// Neighbours: mss.h.
#include "mss.h"

#include "mw_base.h"
#include "network.h"

#define REACHED_KEPT_NS (3600 * MW_NS_PER_SECOND)

static const uint32_t own_choice[2] = {536, 1220}; // of IPv4, IPv6: the default without a word of the other end

static void add_distinct(struct mw_address *items, uint8_t *count, const struct mw_address *item)
{
	for (uint32_t i = 0; i < *count; i++) {
		if (mw_address_compare(&items[i], item) == 0)
			return;
	}
	if (*count < PATH_MSS_HOSTS)
		items[(*count)++] = *item;
}

static bool is_of(const struct path_mss_reached *place, const struct mw_address *host, enum path_mss_side side)
{
	return place->used && place->side == side && mw_address_compare(&place->host, host) == 0;
}

static uint64_t mark_of(const struct path_mss_table *table, const struct mw_address *host, enum path_mss_side side)
{
	const struct {
		struct mw_address host;
		uint64_t side;
	} key = {*host, side};

	return mw_hash_portable(&table->hash_key, &key, sizeof(key));
}

static uint32_t set_of(uint64_t mark)
{
	return (uint32_t)(mark % PATH_MSS_REACHED_SETS) * PATH_MSS_REACHED_WAYS;
}

/** How soon it gives way: free ones first, then old ones, then by mark. */
static uint64_t weakness(const struct path_mss_reached *place, uint64_t now_ns)
{
	if (!place->used)
		return UINT64_MAX;
	return place->last_ns + REACHED_KEPT_NS < now_ns ? UINT64_MAX - 1 : place->mark / 2;
}

/** The place of a host in its set, taken from another one if need be; NULL when those that are there stay. */
static struct path_mss_reached *place_of(struct path_mss_table *table, const struct mw_address *host,
										 enum path_mss_side side, uint64_t time_ns)
{
	const struct path_mss_reached mine = {
		.host = *host, .side = side, .used = true, .mark = mark_of(table, host, side)};
	struct path_mss_reached *first = &table->reached[set_of(mine.mark)], *place = first;

	for (uint32_t i = 0; i < PATH_MSS_REACHED_WAYS; i++) {
		if (is_of(&first[i], host, side))
			return &first[i];
		if (weakness(&first[i], time_ns) > weakness(place, time_ns))
			place = &first[i];
	}
	if (weakness(place, time_ns) <= mine.mark / 2)
		return NULL;
	*place = mine;
	return place;
}

bool path_mss_is_near(const struct mw_address *a, const struct mw_address *b)
{
	const struct mw_address network_a = path_network(a), network_b = path_network(b);

	return mw_address_compare(&network_a, &network_b) == 0 || (mw_address_is_private(a) && mw_address_is_private(b));
}

/** Of a host's senders: a place that is free, then one near it, then the smaller MSS. */
static bool tells_less(const struct path_mss_sender *a, const struct path_mss_sender *b)
{
	if (a->mss == 0 || b->mss == 0 || a->near == b->near)
		return a->mss < b->mss;
	return a->near;
}

void path_mss_reach(struct path_mss_table *table, const struct mw_address *host, enum path_mss_side side,
					const struct path_mss_sender *sender, uint64_t time_ns)
{
	struct path_mss_reached *place = place_of(table, host, side, time_ns);
	uint32_t least = 0;

	if (place == NULL)
		return;
	place->last_ns = MW_MAX(place->last_ns, time_ns);
	for (uint32_t i = 0; i < PATH_MSS_SENDERS; i++) {
		struct path_mss_sender *known = &place->senders[i];

		if (known->mss != 0 && mw_address_compare(&known->from, &sender->from) == 0) {
			known->mss = MW_MIN(known->mss, sender->mss);
			known->near &= sender->near;
			return;
		}
		if (tells_less(known, &place->senders[least]))
			least = i;
	}
	if (tells_less(&place->senders[least], sender))
		place->senders[least] = *sender;
}

uint32_t path_mss_most(const struct path_mss_table *table, const struct mw_address *host, enum path_mss_side side,
					   bool near_too)
{
	const struct path_mss_reached *first = &table->reached[set_of(mark_of(table, host, side))];
	uint32_t most = 0;

	for (uint32_t i = 0; i < PATH_MSS_REACHED_WAYS; i++) {
		for (uint32_t k = 0; is_of(&first[i], host, side) && k < PATH_MSS_SENDERS; k++) {
			if (near_too || !first[i].senders[k].near)
				most = MW_MAX(most, first[i].senders[k].mss);
		}
	}
	return most;
}

void path_mss_saw(struct path_mss_table *table, bool v6, enum path_mss_side side, uint32_t mss,
				  const struct mw_address *host)
{
	struct mw_address network = path_network(host);
	struct path_mss_hosts *hosts;

	if (side == PATH_MSS_NONE || !path_mss_is_reduced(v6, mss))
		return;
	hosts = &table->values[v6][side - 1][mss];
	add_distinct(hosts->hosts, &hosts->hosts_count, host);
	add_distinct(hosts->networks, &hosts->networks_count, &network);
}

const struct path_mss_hosts *path_mss_shared(const struct path_mss_table *table, bool v6, enum path_mss_side side,
											 uint32_t mss)
{
	if (side == PATH_MSS_NONE || !path_mss_is_reduced(v6, mss) || mss <= own_choice[v6])
		return NULL;
	return &table->values[v6][side - 1][mss];
}
