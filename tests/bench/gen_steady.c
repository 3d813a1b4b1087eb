// SPDX-License-Identifier: BSD-3-Clause
// The workloads of minimum-size frames: uniform over live flows, sustained creation, a SYN flood beside a live service.
// Neighbours: gen.h; gen_imix.c has the mixed one.
#include "gen_frame.h"

#include <stdlib.h>
#include <string.h>

const char *const gen_kinds[GEN_KINDS] = {"min64", "imix", "churn", "flood"};

// TCP carries 6 payload bytes, UDP 18: 64 bytes with FCS (84 over IPv6).
static void small_frame(struct gen *gen, struct flow *flow, bool to_server)
{
	if (flow->udp)
		gen_udp(gen, flow, to_server, 18);
	else
		gen_tcp(gen, flow, to_server, PSH | ACK, 6);
}

static uint64_t count_seen(const bool *seen, uint32_t count)
{
	uint64_t flows = 0;

	for (uint32_t i = 0; i < count; i++)
		flows += seen[i];
	return flows;
}

// Flows are TCP (even) or UDP (odd); each frame picks a flow and a direction uniformly.
void gen_min64(struct gen *gen)
{
	const uint32_t count = gen->options.flows;
	struct flow *flows = gen_array(count, sizeof(*flows));
	bool *seen = gen_array(count, sizeof(*seen));

	for (uint32_t i = 0; i < count; i++)
		gen_flow(gen, &flows[i], i, gen->options.ipv6, i & 1);
	for (uint32_t i = 0; gen->options.warm && i < count; i++) {
		seen[i] = true;
		small_frame(gen, &flows[i], true);
	}
	gen->facts.warm_frames = gen->facts.frames;
	while (gen->facts.frames - gen->facts.warm_frames < gen->options.frames) {
		uint32_t i = gen_below(gen, count);

		seen[i] = true;
		small_frame(gen, &flows[i], (bool)(gen_random(gen) >> 63));
	}
	gen->facts.flows = count_seen(seen, count);
	gen->facts.flows_ipv6 = gen->options.ipv6 ? gen->facts.flows : 0;
	free(seen);
	free(flows);
}

// Flow i sends its SYN at step i, its SYN-ACK a window later, its RST (from the client) another window later.
void gen_churn(struct gen *gen)
{
	const uint32_t window = gen->options.window, span = 2 * window + 1;
	const uint64_t frames = gen->options.frames, count = (frames + 2) / 3;
	struct flow *ring = gen_array(span, sizeof(*ring));

	for (uint64_t i = 0; gen->facts.frames < frames; i++) {
		if (i < count) {
			gen_flow(gen, &ring[i % span], (uint32_t)i, false, false);
			gen_tcp(gen, &ring[i % span], true, SYN, 0);
			gen->facts.flows++;
		}
		if (i >= window && i - window < count && gen->facts.frames < frames)
			gen_tcp(gen, &ring[(i - window) % span], false, SYN | ACK, 0);
		if (i >= 2 * window && gen->facts.frames < frames)
			gen_tcp(gen, &ring[(i - 2 * window) % span], true, RST, 0);
	}
	free(ring);
}

static void flood_syn(struct gen *gen, uint32_t i)
{
	struct flow flow = {
		.client = 0x0b000000 | ((i * 0x9e3779b1u) & 0xffffff),
		.server = 0xac100001,
		.client_port = (uint16_t)(1024 + gen_below(gen, 64512)),
		.server_port = 443,
		.client_seq = (uint32_t)gen_random(gen),
	};

	gen_tcp(gen, &flow, true, SYN, 0);
}

// Connections are opened first; then every segment of one of them comes behind SYNs that nobody will answer.
void gen_flood(struct gen *gen)
{
	const uint32_t count = gen->options.flows;
	struct flow *flows = gen_array(count, sizeof(*flows));
	uint32_t syns = 0;

	for (uint32_t i = 0; i < count; i++) {
		gen_flow(gen, &flows[i], i, false, false);
		gen_tcp(gen, &flows[i], true, SYN, 0);
		gen_tcp(gen, &flows[i], false, SYN | ACK, 0);
		gen_tcp(gen, &flows[i], true, ACK, 0);
	}
	gen->facts.warm_frames = gen->facts.frames;
	while (gen->facts.frames - gen->facts.warm_frames < gen->options.frames) {
		for (uint32_t i = 0; i < gen->options.flood; i++)
			flood_syn(gen, syns++);
		small_frame(gen, &flows[gen_below(gen, count)], (bool)(gen_random(gen) >> 63));
	}
	gen->facts.flows = (uint64_t)count + syns;
	free(flows);
}

struct gen_facts gen_run(const struct gen_options *options, const struct gen_sink *sink)
{
	static void (*const run[GEN_KINDS])(struct gen *) = {gen_min64, gen_imix, gen_churn, gen_flood};
	static const struct gen_options defaults[GEN_KINDS] = {
		[GEN_MIN64] = {.frames = 10000000, .flows = 1000000},
		[GEN_IMIX] = {.frames = 5000000, .flows = 100000},
		[GEN_CHURN] = {.frames = 5000000},
		[GEN_FLOOD] = {.frames = 15000000, .flows = 100000},
	};
	struct gen *gen = gen_array(1, sizeof(*gen));
	struct gen_facts facts;

	gen->options = *options;
	gen->sink = *sink;
	if (options->frames == 0)
		gen->options.frames = defaults[options->kind].frames;
	if (options->flows == 0)
		gen->options.flows = defaults[options->kind].flows;
	gen->options.stretch = options->stretch == 0 ? 1 : options->stretch;
	gen->options.window = options->window == 0 ? 1024 : options->window;
	gen->options.exponent = options->exponent <= 0 ? 1.1 : options->exponent;
	gen->random = gen_mix(options->seed == 0 ? 1 : options->seed);
	for (size_t i = 0; i < sizeof(gen->pool); i++)
		gen->pool[i] = (uint8_t)gen_random(gen);
	run[options->kind](gen);
	gen->facts.wire_ns = gen->clock_tenths / 10;
	facts = gen->facts;
	free(gen);
	return facts;
}
