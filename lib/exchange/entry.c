// SPDX-License-Identifier: BSD-3-Clause
// One exchange: found, begun, asked again, answered, ended.
// Neighbours: exchanges.h; the protocols' files call this.
#include <string.h>

#include "exchanges.h"

// A client's first flight of QUIC may be several datagrams, and no retry: that comes after a probe timeout of about a
// second (RFC 9002 section 6.2.2).
#define QUIC_FLIGHT_NS (100 * MW_NS_PER_MS)

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

uint32_t exchange_hash(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key)
{
	return mw_exchange_hash(&exchanges->config.hash_key, key);
}

uint32_t mw_exchanges_fetches(const struct mw_exchanges *exchanges)
{
	const bool spent = exchanges->asked.spent >= exchanges->settings.asked_per_second;

	return MW_KIND_SYN_ACK | (spent ? 0u : MW_KIND_SYN);
}

uint32_t mw_exchanges_fetch(const struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const bool answers = (packet->kinds & MW_KIND_SYN_ACK) != 0;
	struct mw_exchange_key key;
	uint32_t hash;

	key = exchange_key(packet, MW_EXCHANGE_CONNECT, answers ? packet->tcp.ack - 1 : packet->tcp.seq, answers);
	hash = exchange_hash(exchanges, &key);
	mw_kit_index_prefetch(&exchanges->index, hash);
	return hash;
}

void mw_exchanges_fetch_waiting(const struct mw_exchanges *exchanges, uint32_t hash)
{
	const uint32_t number = mw_kit_index_head(&exchanges->index, hash);

	mw_kit_index_prefetch_node(&exchanges->index, number);
	for (size_t at = 0; at < sizeof(struct entry); at += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const char *)&exchanges->entries[number] + at);
}

static bool is_key(const struct mw_exchange_key *a, const struct mw_exchange_key *b)
{
	return a->asker_port == b->asker_port && a->responder_port == b->responder_port && a->id == b->id &&
		   a->kind == b->kind && a->protocol == b->protocol && a->scope == b->scope &&
		   mw_address_compare(&a->asker, &b->asker) == 0 && mw_address_compare(&a->responder, &b->responder) == 0;
}

static struct entry *find(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key, uint32_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&exchanges->index, hash);

	while (walk.number != 0 && !is_key(&exchanges->entries[walk.number].exchange.key, key))
		mw_kit_walk_next(&exchanges->index, &walk);
	return walk.number != 0 ? &exchanges->entries[walk.number] : NULL;
}

struct entry *exchange_find(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key)
{
	return find(exchanges, key, exchange_hash(exchanges, key));
}

// Under a key that is not there: the newest, zeroed but for its key; the oldest gives way when all are taken.
static struct entry *add(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, uint32_t hash)
{
	struct entry *entries = exchanges->entries;
	uint32_t number;

	if (mw_kit_index_full(&exchanges->index))
		exchange_end(exchanges, &entries[exchanges->by_age.oldest], MW_EXCHANGE_EVICTED);
	number = mw_kit_index_add(&exchanges->index, hash);
	entries[number] = (struct entry){.exchange = {.key = *key}};
	mw_kit_list_append(&exchanges->by_age, &entries[0].age, sizeof(entries[0]), number);
	return &entries[number];
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
	const uint32_t number = (uint32_t)(entry - exchanges->entries);

	exchange_count(exchanges, counters[end]);
	exchanges->config.on_end(exchanges->config.context, &entry->exchange, end);
	mw_kit_list_remove(&exchanges->by_age, &exchanges->entries[0].age, sizeof(*entry), number);
	mw_kit_index_remove(&exchanges->index, number);
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

bool mw_exchanges_may_ask(struct mw_exchanges *exchanges, uint64_t clock_ns)
{
	if (mw_kit_budget_has(&exchanges->asked, clock_ns, exchanges->settings.asked_per_second))
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

	if (!mw_exchanges_may_ask(exchanges, packet->clock_ns))
		return NULL;
	mw_exchanges_expire(exchanges, packet->clock_ns, EXPIRE_A_QUESTION);
	hash = exchange_hash(exchanges, key);
	entry = find(exchanges, key, hash);
	if (entry != NULL && exchange_is_due(exchanges, entry, packet->clock_ns)) {
		exchange_end(exchanges, entry, MW_EXCHANGE_UNANSWERED);
		entry = NULL;
	}
	if (entry != NULL) {
		again(exchanges, &entry->exchange, packet->time_ns);
		return entry;
	}
	exchanges->asked.spent++;
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
