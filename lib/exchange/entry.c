// SPDX-License-Identifier: BSD-3-Clause
// One exchange: found, begun, asked again, answered, ended. Chains over a fixed array, a list in order of time.
// Neighbours: exchanges.h; the protocols' files call this.
#include <string.h>

#include "exchanges.h"

// A client's first flight of QUIC may be several datagrams, and no retry: that comes after a probe timeout of about a
// second (RFC 9002 section 6.2.2).
#define QUIC_FLIGHT_NS (100 * MW_NS_PER_MS)

// How deep a chain is walked. With a key that nobody knows no chain comes near it. Where the key is public (a replay),
// questions that were chosen to collide lie deeper: they are not found again, and end when their time is over.
#define CHAIN_MAX 64

#define EXPIRE_A_QUESTION 4 // of those that are due, so that no packet pays for a flood

struct mw_exchange_key exchange_key(const struct mw_packet *packet, enum mw_exchange_kind kind, uint32_t id,
									bool answers)
{
	return (struct mw_exchange_key){
		.asker = answers ? packet->dst : packet->src,
		.responder = answers ? packet->src : packet->dst,
		.scope = packet->scope,
		.id = id,
		.asker_port = answers ? packet->dst_port : packet->src_port,
		.responder_port = answers ? packet->src_port : packet->dst_port,
		.kind = (uint8_t)kind,
		.protocol = packet->protocol,
	};
}

static uint32_t hash_of(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key)
{
	return (uint32_t)mw_hash(&exchanges->config.hash_key, key, sizeof(*key));
}

static struct entry *find(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key, uint32_t hash)
{
	uint32_t number = exchanges->buckets[hash & exchanges->buckets_mask];

	for (uint32_t i = 0; number != 0 && i < CHAIN_MAX; number = exchange_at(exchanges, number)->chain, i++) {
		struct entry *entry = exchange_at(exchanges, number);

		if (entry->hash == hash && memcmp(&entry->exchange.key, key, sizeof(*key)) == 0)
			return entry;
	}
	return NULL;
}

struct entry *exchange_find(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key)
{
	return find(exchanges, key, hash_of(exchanges, key));
}

static void enlist(struct mw_exchanges *exchanges, struct entry *entry, uint32_t number)
{
	entry->older = exchanges->newest;
	entry->newer = 0;
	if (exchanges->newest != 0)
		exchange_at(exchanges, exchanges->newest)->newer = number;
	else
		exchanges->oldest = number;
	exchanges->newest = number;
}

static void unlist(struct mw_exchanges *exchanges, const struct entry *entry)
{
	if (entry->older != 0)
		exchange_at(exchanges, entry->older)->newer = entry->newer;
	else
		exchanges->oldest = entry->newer;
	if (entry->newer != 0)
		exchange_at(exchanges, entry->newer)->older = entry->older;
	else
		exchanges->newest = entry->older;
}

static void chain(struct mw_exchanges *exchanges, struct entry *entry, uint32_t number)
{
	uint32_t *bucket = &exchanges->buckets[entry->hash & exchanges->buckets_mask];

	entry->chain = *bucket;
	entry->before = 0;
	if (*bucket != 0)
		exchange_at(exchanges, *bucket)->before = number;
	*bucket = number;
}

static void unchain(struct mw_exchanges *exchanges, const struct entry *entry)
{
	if (entry->before != 0)
		exchange_at(exchanges, entry->before)->chain = entry->chain;
	else
		exchanges->buckets[entry->hash & exchanges->buckets_mask] = entry->chain;
	if (entry->chain != 0)
		exchange_at(exchanges, entry->chain)->before = entry->before;
}

static uint32_t take_number(struct mw_exchanges *exchanges)
{
	uint32_t number;

	if (exchanges->used == exchanges->max)
		exchange_end(exchanges, exchange_at(exchanges, exchanges->oldest), MW_EXCHANGE_EVICTED);
	number = exchanges->free;
	if (number == 0)
		return ++exchanges->fresh;
	exchanges->free = exchange_at(exchanges, number)->chain;
	return number;
}

// Under a key that is not there: the newest, zeroed but for its key; the oldest gives way when all are taken.
static struct entry *add(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, uint32_t hash)
{
	const uint32_t number = take_number(exchanges);
	struct entry *entry = exchange_at(exchanges, number);

	memset(entry, 0, sizeof(*entry));
	entry->exchange.key = *key;
	entry->hash = hash;
	chain(exchanges, entry, number);
	enlist(exchanges, entry, number);
	exchanges->used++;
	return entry;
}

void exchange_end(struct mw_exchanges *exchanges, struct entry *entry, enum mw_exchange_end end)
{
	static const uint8_t counters[MW_EXCHANGE_ENDS] = {
		[MW_EXCHANGE_ANSWERED] = MW_EXCHANGE_COUNT_ANSWERED,
		[MW_EXCHANGE_REFUSED] = MW_EXCHANGE_COUNT_ANSWERED,
		[MW_EXCHANGE_UNREACHABLE] = MW_EXCHANGE_COUNT_ANSWERED,
		[MW_EXCHANGE_UNANSWERED] = MW_EXCHANGE_COUNT_UNANSWERED,
		[MW_EXCHANGE_UNFINISHED] = MW_EXCHANGE_COUNT_UNFINISHED,
		[MW_EXCHANGE_EVICTED] = MW_EXCHANGE_COUNT_EVICTED,
	};
	const uint32_t number = (uint32_t)(entry - exchanges->entries) + 1;

	exchange_count(exchanges, counters[end]);
	exchanges->config.on_end(exchanges->config.context, &entry->exchange, end);
	unlist(exchanges, entry);
	unchain(exchanges, entry);
	entry->chain = exchanges->free;
	exchanges->free = number;
	exchanges->used--;
}

bool exchange_is_due(const struct mw_exchanges *exchanges, const struct entry *entry, uint64_t clock_ns)
{
	return clock_ns - entry->clock_ns >= exchanges->settings.timeout_ns;
}

static void again(struct mw_exchanges *exchanges, struct mw_exchange *exchange, uint64_t time_ns)
{
	if (exchange->key.kind == MW_EXCHANGE_QUIC && time_ns - exchange->again_ns < QUIC_FLIGHT_NS)
		return;
	exchange_count(exchanges, MW_EXCHANGE_COUNT_AGAIN);
	exchange->again_ns = time_ns;
	exchange->transmissions = (uint8_t)MW_MIN(exchange->transmissions + 1, UINT8_MAX);
}

bool exchange_may_ask(struct mw_exchanges *exchanges, uint64_t clock_ns)
{
	const uint64_t second = clock_ns / MW_NS_PER_SECOND;

	if (exchanges->second != second) {
		exchanges->second = second;
		exchanges->spent = 0;
	}
	if (exchanges->spent < exchanges->settings.asked_per_second)
		return true;
	exchange_count(exchanges, MW_EXCHANGE_COUNT_CAPPED);
	return false;
}

static void begin(struct mw_exchange *exchange, const struct mw_packet *packet)
{
	exchange->asked_ns = exchange->again_ns = packet->time_ns;
	exchange->transmissions = 1;
	exchange->family = packet->family;
	exchange->tunnel = packet->tunnel;
	exchange->vlan = packet->vlan_outer;
	memcpy(exchange->mac_asker, packet->mac_src, sizeof(exchange->mac_asker));
	memcpy(exchange->mac_next, packet->mac_dst, sizeof(exchange->mac_next));
}

struct entry *exchange_ask(struct mw_exchanges *exchanges, const struct mw_exchange_key *key,
						   const struct mw_packet *packet)
{
	struct entry *entry;
	uint32_t hash;

	if (!exchange_may_ask(exchanges, packet->clock_ns))
		return NULL;
	mw_exchanges_expire(exchanges, packet->clock_ns, EXPIRE_A_QUESTION);
	hash = hash_of(exchanges, key);
	entry = find(exchanges, key, hash);
	if (entry != NULL && exchange_is_due(exchanges, entry, packet->clock_ns)) {
		exchange_end(exchanges, entry, MW_EXCHANGE_UNANSWERED);
		entry = NULL;
	}
	if (entry != NULL) {
		again(exchanges, &entry->exchange, packet->time_ns);
		return entry;
	}
	exchanges->spent++;
	exchange_count(exchanges, MW_EXCHANGE_COUNT_ASKED);
	entry = add(exchanges, key, hash);
	entry->clock_ns = packet->clock_ns;
	begin(&entry->exchange, packet);
	return entry;
}

bool exchange_answer(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, const struct mw_packet *packet,
					 enum mw_exchange_end end, uint16_t code)
{
	struct entry *entry = exchange_find(exchanges, key);

	if (entry == NULL)
		return false;
	if (exchange_is_due(exchanges, entry, packet->clock_ns)) {
		exchange_end(exchanges, entry, MW_EXCHANGE_UNANSWERED);
		return false;
	}
	entry->exchange.answered_ns = packet->time_ns;
	entry->exchange.code = code;
	exchange_end(exchanges, entry, end);
	return true;
}
