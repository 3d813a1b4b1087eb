// SPDX-License-Identifier: BSD-3-Clause
// Exchanges: what was asked, and whether an answer came. Connects, DNS, echo, NTP, QUIC, data that waits for its ACK.
// Neighbours: pipeline/ gives the packets and hands the ends to the detectors (mw_detector.on_exchange). Follows RFC
// 9293 3.5 and 3.8, RFC 1035 4.1, RFC 792, RFC 4443 4, RFC 5905 7.3, RFC 9000 14.1 and 17.2.
//
// A worker has one tracker, which one thread uses; both directions of an exchange belong to the same worker, as its
// flow does. An exchange begins with the first transmission, ends once, and is told when it ends: not answered means
// that nothing came for mw_exchange_settings.timeout since the first. What is asked again afterwards is another
// exchange. Times are packet times, so a replay tells the same with any number of workers as long as no table was full.
// Memory: 128 bytes and a place of the index an exchange, and 16 KB; cost: one keyed hash and four cache lines a packet
// that asks or answers. Other packets are never given.
#ifndef MW_EXCHANGE_H
#define MW_EXCHANGE_H

#include "mw_address.h"
#include "mw_base.h"
#include "mw_hash.h"
#include "mw_packet.h"
#include "mw_settings.h"
#include "mw_stats.h"

/** What is asked. */
enum mw_exchange_kind {
	MW_EXCHANGE_CONNECT, // a SYN, answered by SYN-ACK or reset
	MW_EXCHANGE_DATA, // a segment that was sent again, answered by an acknowledgement of it
	MW_EXCHANGE_DNS, // a query over UDP
	MW_EXCHANGE_DNS_TCP, // a query over TCP
	MW_EXCHANGE_ECHO, // an echo request
	MW_EXCHANGE_QUIC, // a client's first datagram, answered by any of the server's
	MW_EXCHANGE_NTP, // a client's request
	MW_EXCHANGE_KINDS,
};

/** How an exchange ended. */
enum mw_exchange_end {
	MW_EXCHANGE_ANSWERED, // by the responder; code has what it said
	MW_EXCHANGE_REFUSED, // the responder said no: a reset, or it has no such port (ICMP)
	MW_EXCHANGE_UNREACHABLE, // a router said so (ICMP error); code is type and code, reporter the router
	MW_EXCHANGE_UNANSWERED, // nothing came for the time-out
	MW_EXCHANGE_UNFINISHED, // the input ended before that
	MW_EXCHANGE_EVICTED, // its place was needed for another
	MW_EXCHANGE_UNASKED, // none began: a DNS response that nothing waits for. Late, from another address, or sent twice
	MW_EXCHANGE_ENDS,
};

/** Who asked whom what: by this an answer is known. */
struct mw_exchange_key {
	struct mw_address asker, responder;
	uint32_t scope; // mw_packet.scope
	uint32_t id; // TCP: the number of the SYN; DNS: the ID; echo: the sequence number; NTP: of the transmit timestamp
	uint16_t asker_port, responder_port; // echo: the identifier in both
	uint8_t kind; // enum mw_exchange_kind
	uint8_t protocol; // IP protocol
	uint8_t zero[2];
};

/**
 * What a tracker finds an exchange by. From its fields where they stand: a key that was just put together in memory and
 * is read again in larger pieces would be waited for. Any thread.
 */
static inline uint32_t mw_exchange_hash(const struct mw_hash_key *hash_key, const struct mw_exchange_key *key)
{
	const uint64_t asker = mw_hash_address(hash_key, key->asker.bytes);
	const uint64_t responder = mw_hash_address(hash_key, key->responder.bytes);
	const uint64_t ports = (uint64_t)key->asker_port << 48 | (uint64_t)key->responder_port << 32 | key->id;
	const uint64_t rest = (uint64_t)key->scope << 16 | (uint32_t)key->kind << 8 | key->protocol;

	return (uint32_t)mw_hash_fold(mw_hash_ends(hash_key, asker, responder, rest), mw_hash_secret(hash_key, 0) ^ ports);
}

struct mw_exchange {
	struct mw_exchange_key key;
	uint64_t asked_ns; // first transmission; DATA: when its bytes had passed first, as far as that is known
	uint64_t again_ns; // last transmission that was seen
	uint64_t answered_ns; // of the answer, refusal or report; 0 without one
	struct mw_address reporter; // of UNREACHABLE and of a REFUSED by ICMP: who sent the error; else zero
	uint32_t wanted; // DATA: the acknowledgement that answers is past this number; DNS: mw_exchange_question
	uint16_t code; // DNS: RCODE; ICMP error: type in the upper, code in the lower byte; else 0
	uint16_t vlan; // of the first transmission; 0 untagged
	uint8_t transmissions; // seen, saturating at 255
	uint8_t family; // 4 or 6
	uint8_t tunnel; // enum mw_layer around it, MW_LAYERS for none
	bool truncated; // DNS: the answer says that it did not fit (TC)
	uint8_t mac_asker[6], mac_next[6]; // source and destination of the first transmission's frame; zero without
};

/** Section "exchange". */
struct mw_exchange_settings {
	uint64_t exchanges_max; // a worker; restart
	uint64_t timeout_ns;
	uint64_t asked_per_second; // a worker
};
extern const struct mw_settings_module mw_exchange_settings_module;

/** Counters, in enum order, for mw_stats_register("exchanges", ...). */
enum mw_exchange_counter {
	MW_EXCHANGE_COUNT_ASKED, // exchanges begun
	MW_EXCHANGE_COUNT_AGAIN, // further transmissions
	MW_EXCHANGE_COUNT_ANSWERED, // refusals and reports too
	MW_EXCHANGE_COUNT_UNANSWERED,
	MW_EXCHANGE_COUNT_UNFINISHED,
	MW_EXCHANGE_COUNT_EVICTED,
	MW_EXCHANGE_COUNT_CAPPED, // questions that were not followed: too many in a second
	MW_EXCHANGE_COUNT_UNASKED, // DNS responses that nothing waited for
	MW_EXCHANGE_COUNTERS,
};
extern const struct mw_counter mw_exchange_counters[MW_EXCHANGE_COUNTERS];

/** Packets of these kinds may ask or answer on every flow, and all of DNS and NTP; others on flows that are watched. */
#define MW_EXCHANGE_WANTS                                                                                              \
	(MW_KIND_SYN | MW_KIND_OUT_OF_ORDER | MW_KIND_ICMP | MW_KIND_ICMP_ERROR | MW_KIND_FLOW_START | MW_KIND_FLOW_AGAIN)

struct mw_exchanges; // a worker's tracker

struct mw_exchange_config {
	const struct mw_exchange_settings *settings;
	struct mw_hash_key hash_key;
	/** Called for each exchange that ends; it lives during the call only. May not call back. */
	void (*on_end)(void *context, const struct mw_exchange *exchange, enum mw_exchange_end end);
	void *context;
};

/** The lowest bits of a DNS question's hash are those of what its name ends in: one, two, and three labels. */
#define MW_EXCHANGE_SUFFIXES    3
#define MW_EXCHANGE_SUFFIX_BITS 4
#define MW_EXCHANGE_SUFFIX_MASK ((1u << MW_EXCHANGE_SUFFIXES * MW_EXCHANGE_SUFFIX_BITS) - 1)

/** Names that end in the same labels+1 labels have the same number, 0 to 15; others have it by chance. */
static inline uint32_t mw_exchange_suffix(uint32_t question, unsigned labels)
{
	return question >> labels * MW_EXCHANGE_SUFFIX_BITS & ((1u << MW_EXCHANGE_SUFFIX_BITS) - 1);
}

/**
 * mw_exchange.wanted of a query for this name ("www.example.com") and record type, of class IN; key as in the tracker's
 * configuration. @return 0: it is no name. Any thread.
 */
uint32_t mw_exchange_question(const struct mw_hash_key *key, const char *name, uint16_t type);

/** Bytes of memory that a tracker with this configuration needs. */
size_t mw_exchanges_bytes(const struct mw_exchange_config *config);

/**
 * Builds a tracker in memory (64-byte aligned, zeroed, at least mw_exchanges_bytes). No later call allocates.
 * @return the tracker, or NULL when memory_bytes is too small.
 */
struct mw_exchanges *mw_exchanges_init(void *memory, size_t memory_bytes, const struct mw_exchange_config *config,
									   struct mw_stats_block *stats, uint32_t counters_base);

/** Takes new settings between two packets; only those that need no restart may differ. Worker only. */
void mw_exchanges_settings(struct mw_exchanges *exchanges, const struct mw_exchange_settings *settings);

/**
 * An analysed packet that is no mirrored copy, before its flow is updated with it. watched: what this function returned
 * for the packet before it of the same flow.
 * @return true while the flow's further packets may answer and have to be given, whatever their kind; false else.
 * Worker only.
 */
bool mw_exchanges_take(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched);

/**
 * Asked before anything is looked up: a flood pays no more than this. So retries are not counted either, then. Whoever
 * asks it of a first packet that connects need not give that when it is false. Worker only.
 * @return false, and counted, when exchange.asked-per-second is spent.
 */
bool mw_exchanges_may_ask(struct mw_exchanges *exchanges, uint64_t clock_ns);

/**
 * False when mw_exchanges_take() would do nothing with a datagram of this service and payload (captured part), of a
 * flow that is not watched and was seen before. Any thread.
 */
bool mw_exchanges_may_take(uint8_t service, const uint8_t *payload, uint32_t payload_bytes);

/** The kinds of packets that have something to fetch: a flood whose second is spent asks for nothing. Worker only. */
uint32_t mw_exchanges_fetches(const struct mw_exchanges *exchanges);

/**
 * Fetches what a whole packet of MW_KIND_SYN or MW_KIND_SYN_ACK will ask for, some packets ahead. @return the hash of
 * what it asks or answers. Worker only.
 */
uint32_t mw_exchanges_fetch(const struct mw_exchanges *exchanges, const struct mw_packet *packet);

/** Fetches the exchange that is answered, once what mw_exchanges_fetch asked for has come. Worker only. */
void mw_exchanges_fetch_waiting(const struct mw_exchanges *exchanges, uint32_t hash);

/** Ends what is due at now_ns: at most budget of them, 0 for all. @return false when some were left. Worker only. */
bool mw_exchanges_expire(struct mw_exchanges *exchanges, uint64_t now_ns, uint32_t budget);

/** End of input: what still waits was neither answered nor was its time over. Worker only. */
void mw_exchanges_finish(struct mw_exchanges *exchanges);

#endif
