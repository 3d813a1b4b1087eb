// SPDX-License-Identifier: BSD-3-Clause
// A tracker with what it told, and pieces of datagrams whose bytes follow from a number.
// Neighbours: the tests of this folder. Pieces go through the packet builder and lib/decode.
#ifndef FRAGMENT_WORLD_H
#define FRAGMENT_WORLD_H

#include "mw_test.h"

#include "mw_decode.h"
#include "mw_fragment.h"
#include "packet_builder.h"

#define ENDS_MAX 8192
#define TOTAL    3008 // bytes of a datagram that a test says nothing else of

struct told {
	struct mw_fragment_datagram datagram;
	uint8_t end; // enum mw_fragment_end
};

struct world {
	struct mw_fragment_settings settings;
	struct mw_fragments *fragments;
	void *memory;
	size_t memory_bytes;
	struct mw_stats_block stats;
	uint32_t told_count;
	struct told told[ENDS_MAX];
};

/** A tracker for max datagrams; the seed is its hash's. Ends with a call of world_free. */
struct world *world_new(uint64_t max, uint64_t seed, struct mw_fragment_tunnels *tunnels);
void world_free(struct world *world);

/** A piece; what is left out has the value beside it. */
struct give {
	double at; // s
	const char *src, *dst; // 192.0.2.1, 198.51.100.2; or those of IPv6
	bool v6;
	uint32_t id;
	uint32_t total; // of the datagram: TOTAL
	uint32_t from, bytes; // 1480
	bool more; // "last" says the contrary of it
	bool last; // default: more, unless it ends at total
	uint32_t content; // the datagram's bytes follow from it
	uint32_t content_from; // from here on
	uint8_t protocol; // 17
	uint16_t sport, dport; // 500, 4500
	bool dont_fragment;
	uint8_t options_bytes;
	uint8_t destination_options; // IPv6: such headers behind the fragment header
	bool answered;
	uint32_t snap_bytes;
	uint16_t vlan;
};
#define give(world, ...) give_piece(world, &(struct give){__VA_ARGS__})
struct mw_fragment_match give_piece(struct world *world, const struct give *with);

/** Decodes and takes a finished packet. */
struct mw_fragment_match give_packet(struct world *world, const struct pb *pb, double at, uint32_t snap_bytes);

/** All three pieces of a datagram of TOTAL bytes: 1480, 1480, 48. */
#define give_all(world, ...) give_pieces(world, 7, &(struct give){__VA_ARGS__})
/** Some of them: bit i of which. */
#define give_some(world, which, ...) give_pieces(world, which, &(struct give){__VA_ARGS__})
void give_pieces(struct world *world, unsigned which, const struct give *with);

void expire(struct world *world, double at);

/** What was told as the nth, which must be of this end. */
const struct mw_fragment_datagram *told(const struct world *world, uint32_t nth, enum mw_fragment_end end);
uint64_t counter(const struct world *world, enum mw_fragment_counter which);

/** An anomaly's bit. */
#define BIT(anomaly) (1u << MW_FRAGMENT_##anomaly)

void assert_missing(const struct mw_fragment_datagram *datagram, uint32_t nth, uint32_t from, uint32_t to);

/** A random number whose order is the same everywhere. */
uint32_t next_random(uint64_t *seed);

#endif
