// SPDX-License-Identifier: BSD-3-Clause
// The receiver's own word that a datagram came whole though pieces of it never passed here: then this capture misses
// them, and the network does not. An acknowledgement of the TCP segment in it, an answer to the request in it.
// Neighbours: fragments.c asks when a datagram ends; answers.c knows which packet answers which.
//
// A segment, and a datagram, is delivered whole or not at all. A transmission of the same bytes in between makes the
// word one about either of the two: it counts for none. Of a datagram without its first piece no port is known: then it
// is the acknowledgement, on any flow of the pair, of a hole in the sequence numbers that has its length.
#ifndef FRAGMENTS_WORDS_H
#define FRAGMENTS_WORDS_H

#include "answers.h"
#include "mw_detector.h"

#define FRAGMENT_LISTENED_SETS 128 // pairs of hosts
#define FRAGMENT_LISTENED_WAYS 4
#define FRAGMENT_AWAITED       16 // datagrams of a pair at a time
#define FRAGMENT_NEAR          4096 // a power of two
#define FRAGMENT_SAID_SETS     2048
#define FRAGMENT_SAID_WAYS     4

/** What the receiver said. 255 for nothing, as in the column. */
enum fragment_word { FRAGMENT_ACKNOWLEDGED, FRAGMENT_ANSWERED, FRAGMENT_WORDS_COUNT, FRAGMENT_NO_WORD = 255 };

/** A datagram of which the receiver may speak yet. */
struct fragment_awaited {
	uint64_t at_ns; // clock at its newest piece; 0: free
	uint32_t id;
	uint32_t end_bytes; // of the IP payload, as far as it was seen
	uint32_t seq, seq_end; // TCP with ports: what it carries, once known
	uint16_t src_port, dst_port;
	uint8_t protocol;
	bool last_seen, ports_known, headless; // headless, with ports: the hole that it fits was found
};

/** One sender and one receiver. */
struct fragment_listened {
	struct mw_address src, dst;
	uint64_t at_ns; // clock at the newest piece
	uint32_t scope;
	bool answered; // the receiver spoke before: not made up
	uint8_t used; // of awaited: behind them nothing has a value
	struct fragment_awaited awaited[FRAGMENT_AWAITED]; // those used are looked at for each piece
	struct fragment_request requests[FRAGMENT_AWAITED]; // of those, not TCP
};

/** A datagram that its receiver had. */
struct fragment_said {
	uint64_t hash, at_ns; // at_ns 0: free
	uint8_t word; // enum fragment_word
};

/** Of a worker; zeroed memory is empty. */
struct fragment_words {
	uint32_t open; // datagrams that are awaited
	uint64_t said_ns; // clock when something was said last
	uint64_t near[FRAGMENT_NEAR / 64]; // a bit where near_counts are not 0: it stays in the cache
	uint16_t near_counts[FRAGMENT_NEAR]; // pairs that are listened to, by their fragment_pair_hash
	uint16_t tags[FRAGMENT_LISTENED_SETS][FRAGMENT_LISTENED_WAYS]; // 0: free; a pair that is not there costs no more
	struct fragment_listened listened[FRAGMENT_LISTENED_SETS][FRAGMENT_LISTENED_WAYS];
	struct fragment_said said[FRAGMENT_SAID_SETS][FRAGMENT_SAID_WAYS];
};

/**
 * False when nobody listens to the packet's hosts, which have this fragment_pair_hash; when many do it may be wrong.
 */
static inline bool fragment_words_is_near(const struct fragment_words *words, uint64_t pair)
{
	return words->open > 0 && (words->near[pair % FRAGMENT_NEAR / 64] >> pair % 64 & 1) != 0;
}

/**
 * Takes a packet: a piece, or one that may be a word. Of others than pieces and packets of watched flows, those alone
 * that are near matter.
 */
void fragment_words_see(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
						struct mw_flow *flow);

/** The datagram ends: it is awaited no more. @return what its receiver said of it. */
enum fragment_word fragment_words_end(struct fragment_words *words, const struct mw_detector_ctx *ctx,
									  const struct mw_fragment_datagram *datagram);

#endif
