// SPDX-License-Identifier: BSD-3-Clause
// What the files of the generator share: random numbers, the clock, the building of one frame.
// Neighbours: gen.h.
#ifndef GEN_FRAME_H
#define GEN_FRAME_H

#include "gen.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/** What a packet needs to know of its flow. */
struct flow {
	uint32_t client, server; // IPv4, or the low 32 bits of the IPv6 address
	uint16_t client_port, server_port;
	uint32_t client_seq, server_seq;
	uint16_t ip_id;
	bool ipv6, udp;
};

struct gen {
	struct gen_options options;
	struct gen_sink sink;
	struct gen_facts facts;
	uint64_t random; // splitmix64
	uint64_t clock_tenths; // wire clock, 0.1 ns units
	uint8_t pool[GEN_POOL_BYTES + 1514]; // random payload bytes
	uint8_t frame[GEN_FRAME_BYTES_MAX];
};

uint64_t gen_mix(uint64_t word);
uint64_t gen_random(struct gen *gen);
uint32_t gen_below(struct gen *gen, uint32_t limit);
double gen_unit(struct gen *gen);

/** A zeroed array; ends the program when there is no memory. */
void *gen_array(size_t count, size_t each_bytes);

/** Flow number i: addresses are a bijection of its low 24 bits, so that tuples are distinct. */
void gen_flow(struct gen *gen, struct flow *flow, uint32_t i, bool ipv6, bool udp);

void gen_tcp(struct gen *gen, struct flow *flow, bool to_server, unsigned flags, uint32_t payload_bytes);
void gen_udp(struct gen *gen, struct flow *flow, bool to_server, uint32_t payload_bytes);

/** One fragment, from offset on, of a UDP datagram with datagram_bytes behind its header. */
void gen_fragment(struct gen *gen, struct flow *flow, uint32_t offset, uint32_t len_bytes, uint32_t datagram_bytes);

// The workloads
void gen_min64(struct gen *gen);
void gen_imix(struct gen *gen);
void gen_churn(struct gen *gen);
void gen_flood(struct gen *gen);

#endif
