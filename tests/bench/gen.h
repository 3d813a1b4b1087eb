// SPDX-License-Identifier: BSD-3-Clause
// The traffic generator: the same arguments give the same frames on every machine.
// Neighbours: gen_frame.c builds frames, gen_steady.c and gen_imix.c workloads; trace.c keeps, gen_main.c writes them.
#ifndef GEN_H
#define GEN_H

#include "mw_base.h"

#define GEN_FRAME_BYTES_MAX 1554 // 1514 and the IPv6 header of a 4in6 tunnel
#define GEN_POOL_BYTES      (1u << 16)

enum gen_kind { GEN_MIN64, GEN_IMIX, GEN_CHURN, GEN_FLOOD, GEN_KINDS };

/** The names of the kinds, as gen's command line has them. */
extern const char *const gen_kinds[GEN_KINDS];

/** What to generate; 0 is the kind's default, 1 the default seed. */
struct gen_options {
	enum gen_kind kind;
	uint64_t frames; // after the warm-up
	uint32_t flows; // min64, imix: flow slots; flood: established flows
	uint64_t seed;
	uint32_t window; // churn: steps between the segments of a flow
	double exponent; // imix: Zipf
	uint32_t stretch; // how much slower than 10 GbE the clock runs
	uint32_t flood; // flood: SYNs before each segment of an established flow; 0: none
	bool ipv6; // min64: 40-byte keys
	bool tunnel; // IPv4 travels in IPv6, between one pair of tunnel ends
	bool warm; // min64: each flow's first frame comes before all others
};

/** Where frames go. bytes are valid during the call; a frame's length is without FCS. */
struct gen_sink {
	void (*frame)(void *context, const uint8_t *bytes, uint32_t len_bytes, uint64_t time_ns);
	void *context;
};

/** What was generated. flows: different tuples of frames that are no later fragment. */
struct gen_facts {
	uint64_t frames, bytes, flows, flows_ipv6;
	uint64_t warm_frames; // the first ones of frames: flows being opened
	uint64_t wire_ns;
	uint64_t imix[4]; // frames by class: tcp4 udp4 ip6 fragments
	uint64_t connections, resets;
};

/** Runs a generator to its end. Ends the program when memory is short. */
struct gen_facts gen_run(const struct gen_options *options, const struct gen_sink *sink);

#endif
