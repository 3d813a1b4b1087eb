// SPDX-License-Identifier: BSD-3-Clause
// The tracker's memory: exchanges in a fixed array, found by a keyed hash, in order of their first transmission.
// Neighbours: the .c files of this folder; lib/kit has the index and the list.
#ifndef EXCHANGES_H
#define EXCHANGES_H

#include <assert.h>

#include "mw_exchange.h"
#include "mw_kit_budget.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

struct entry {
	struct mw_exchange exchange;
	struct mw_kit_link age; // by the clock of the first transmission
	uint64_t clock_ns; // at the first transmission
};

static_assert(sizeof(struct entry) == 2 * MW_CACHE_LINE_BYTES, "an exchange lies in two lines");

#define EARLY_MAX 1024

/** A DNS response that nothing waited for: its question may stand behind it in the capture. */
struct early {
	uint64_t time_ns;
	uint32_t hash, question; // of its key
};

struct mw_exchanges {
	struct mw_exchange_config config;
	struct mw_exchange_settings settings;
	struct mw_stats_block *stats;
	uint32_t counters_base;
	struct mw_kit_budget asked, unasked; // of asked_per_second
	struct mw_kit_index index; // by the key's hash
	struct mw_kit_list by_age;
	struct entry *entries; // by number; 0 is nobody's
	struct early early[EARLY_MAX]; // by hash
};

static inline void exchange_count(struct mw_exchanges *exchanges, enum mw_exchange_counter which)
{
	mw_stats_add(exchanges->stats, exchanges->counters_base + (uint32_t)which, 1);
}

/** The exchange that waits under this key, or NULL. */
struct entry *exchange_find(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key);

/** Tells of an exchange that it ended, and gives its place back. */
void exchange_end(struct mw_exchanges *exchanges, struct entry *entry, enum mw_exchange_end end);

/** True when its time is over at clock_ns. */
bool exchange_is_due(const struct mw_exchanges *exchanges, const struct entry *entry, uint64_t clock_ns);

/**
 * A packet asks: begins an exchange, or counts another transmission. @return the exchange, or NULL: too many are asked.
 */
struct entry *exchange_ask(struct mw_exchanges *exchanges, const struct mw_exchange_key *key,
						   const struct mw_packet *packet);

/** A packet answers what waits under this key, if anything does. @return true when something did. */
bool exchange_answer(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, const struct mw_packet *packet,
					 enum mw_exchange_end end, uint16_t code);

/** A hash that tells keys apart. */
uint32_t exchange_hash(const struct mw_exchanges *exchanges, const struct mw_exchange_key *key);

/** Tells of a DNS response that nothing waits for, and remembers it. */
void exchange_unasked(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, const struct mw_packet *packet,
					  uint32_t question, uint16_t code);

/** When the answer to a question that begins now passed; 0: not yet. Mirrors bring two directions out of order. */
uint64_t exchange_early_ns(struct mw_exchanges *exchanges, const struct mw_exchange *exchange);

/** True when both may be one question: 0 fits any. */
static inline bool exchange_same_question(uint32_t asked, uint32_t answered)
{
	return asked == 0 || answered == 0 || ((asked ^ answered) & ~MW_EXCHANGE_SUFFIX_MASK) == 0;
}

/** The key of an exchange in which this packet asks (answers: false) or answers. */
struct mw_exchange_key exchange_key(const struct mw_packet *packet, enum mw_exchange_kind kind, uint32_t id,
									bool answers);

/** What each protocol takes. TCP and QUIC return as mw_exchanges_take does. */
bool exchange_take_tcp(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched);
bool exchange_take_udp(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched);
void exchange_take_echo(struct mw_exchanges *exchanges, const struct mw_packet *packet);
void exchange_take_error(struct mw_exchanges *exchanges, const struct mw_packet *packet);

/** False when what begins at bytes neither asks nor answers: exchange_take_dns() would do nothing. */
bool exchange_is_dns(const uint8_t *bytes, size_t bytes_count);

/** A DNS message that begins at bytes: a query asks, a response answers. */
void exchange_take_dns(struct mw_exchanges *exchanges, const struct mw_packet *packet, enum mw_exchange_kind kind,
					   const uint8_t *bytes, size_t bytes_count);

/** The identification of an NTP request by its transmit timestamp (8 bytes). */
static inline uint32_t ntp_id(const uint8_t timestamp[8])
{
	uint32_t words[2];

	__builtin_memcpy(words, timestamp, sizeof(words));
	return words[0] ^ words[1];
}

#endif
