// SPDX-License-Identifier: BSD-3-Clause
// A table with its memory, counters and a log of ended flows; packets filled in by hand.
// Neighbours: every test in this folder; detectors whose tests need a real flow.
#ifndef FLOW_FIXTURE_H
#define FLOW_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "mw_flow.h"
#include "mw_test.h"

#define SECOND      MW_NS_PER_SECOND
#define GUARD_BYTES 256

struct fixture {
	struct mw_flow_config config;
	struct mw_flow_table *table;
	uint8_t *memory;
	size_t memory_bytes;
	struct mw_stats_block *stats;
	uint64_t ends[4]; // by enum mw_flow_end
	struct mw_flow_view last_end;
	void (*also)(struct fixture *, const struct mw_flow_view *, enum mw_flow_end);
};

static inline void fixture_on_end(void *context, struct mw_flow *flow, enum mw_flow_end why)
{
	struct fixture *fixture = context;

	fixture->ends[why]++;
	mw_flow_view(flow, &fixture->last_end);
	if (fixture->also != NULL)
		fixture->also(fixture, &fixture->last_end, why);
}

static inline struct fixture *fixture_new(uint32_t flows_max, uint32_t state_bytes)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->config = (struct mw_flow_config){
		.flows_max = flows_max,
		.state_bytes = state_bytes,
		.tcp_idle_ns = 900 * SECOND,
		.tcp_opening_ns = 30 * SECOND,
		.tcp_closing_ns = 10 * SECOND,
		.udp_idle_ns = 60 * SECOND,
		.other_idle_ns = 20 * SECOND,
		.on_end = fixture_on_end,
		.context = fixture,
	};
	mw_hash_key_from_seed(&fixture->config.hash_key, 1);
	return fixture;
}

static inline struct fixture *fixture_build(struct fixture *fixture)
{
	fixture->memory_bytes = mw_flow_table_bytes(&fixture->config);
	assert_int_equal(fixture->memory_bytes % 64, 0);
	fixture->memory = aligned_alloc(64, fixture->memory_bytes + GUARD_BYTES);
	fixture->stats = aligned_alloc(64, sizeof(*fixture->stats));
	assert_non_null(fixture->memory);
	assert_non_null(fixture->stats);
	memset(fixture->memory, 0, fixture->memory_bytes);
	memset(fixture->memory + fixture->memory_bytes, 0xa5, GUARD_BYTES);
	memset(fixture->stats, 0, sizeof(*fixture->stats));
	fixture->table = mw_flow_table_init(fixture->memory, fixture->memory_bytes, &fixture->config, fixture->stats, 7);
	assert_non_null(fixture->table);
	return fixture;
}

static inline struct fixture *fixture_of(uint32_t flows_max)
{
	return fixture_build(fixture_new(flows_max, MW_FLOW_STATE_BYTES));
}

static inline void fixture_free(struct fixture *fixture)
{
	for (size_t i = 0; i < GUARD_BYTES; i++)
		assert_int_equal(fixture->memory[fixture->memory_bytes + i], 0xa5);
	free(fixture->stats);
	free(fixture->memory);
	free(fixture);
}

static inline uint64_t counted(const struct fixture *fixture, enum mw_flow_counter number)
{
	return mw_stats_read(fixture->stats, 7 + (uint32_t)number);
}

static inline struct mw_address v4(uint32_t address)
{
	const uint8_t bytes[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
							  (uint8_t)address};

	return mw_address_from_v4(bytes);
}

static inline struct mw_packet udp_packet(uint32_t src, uint16_t src_port, uint32_t dst, uint16_t dst_port,
										  uint64_t time_ns)
{
	struct mw_packet packet = {
		.time_ns = time_ns,
		.clock_ns = time_ns,
		.wire_bytes = 100,
		.captured_bytes = 100,
		.tunnel = MW_LAYERS,
		.fate = MW_FATE_ANALYSED,
		.family = 4,
		.protocol = 17,
		.kinds = MW_KIND_UDP,
		.src = v4(src),
		.dst = v4(dst),
		.src_port = src_port,
		.dst_port = dst_port,
		.ttl = 64,
		.payload_bytes = 58,
		.payload_wire_bytes = 58,
	};

	return packet;
}

/** Client 10.0.0.1:40000 is the key's a, server 10.0.0.2:443 its b. */
static inline struct mw_packet tcp_packet(bool from_client, uint8_t flags, uint32_t seq, uint32_t ack,
										  uint32_t payload_bytes, uint64_t time_ns)
{
	struct mw_packet packet = from_client ? udp_packet(0x0a000001, 40000, 0x0a000002, 443, time_ns)
										  : udp_packet(0x0a000002, 443, 0x0a000001, 40000, time_ns);

	packet.protocol = 6;
	packet.kinds = MW_KIND_TCP;
	if ((flags & (MW_TCP_SYN | MW_TCP_ACK)) == MW_TCP_SYN)
		packet.kinds |= MW_KIND_SYN;
	if ((flags & (MW_TCP_SYN | MW_TCP_ACK)) == (MW_TCP_SYN | MW_TCP_ACK))
		packet.kinds |= MW_KIND_SYN_ACK;
	if (flags & MW_TCP_RST)
		packet.kinds |= MW_KIND_RST;
	if (payload_bytes != 0)
		packet.kinds |= MW_KIND_PAYLOAD;
	packet.payload_bytes = payload_bytes;
	packet.payload_wire_bytes = payload_bytes;
	packet.tcp = (struct mw_packet_tcp){.seq = seq, .ack = ack, .flags = flags, .window = 1000, .header_bytes = 20};
	return packet;
}

/** mw_flow_view_talk says the same of the flow, and sets all that it says. */
static inline void assert_same_talk(const struct mw_flow *flow, const struct mw_flow_view *view)
{
	struct mw_flow_view talk = *view;

	for (unsigned i = 0; i < 2; i++) {
		talk.side[i] = (struct mw_flow_side){.packets = view->side[i].packets, .bytes = view->side[i].bytes};
		memset((uint8_t *)&talk.side[i] + offsetof(struct mw_flow_side, last_ns), 0xa5,
			   sizeof(talk.side[i]) - offsetof(struct mw_flow_side, last_ns));
	}
	talk.first_ns = talk.last_ns = talk.syn_ns = talk.syn_ack_ns = talk.handshake_ns = 1;
	talk.tcp_state = talk.client = talk.mac_known = 99;
	talk.timestamps = !talk.timestamps;
	memset(talk.mac, 0xa5, sizeof(talk.mac));
	mw_flow_view_talk(flow, &talk);
	for (unsigned i = 0; i < 2; i++) { // bytes that are in no field
		static const size_t gaps[][2] = {
			{offsetof(struct mw_flow_side, ts_value) + sizeof(uint32_t), offsetof(struct mw_flow_side, ts_time_ns)},
			{offsetof(struct mw_flow_side, data_packets) + 1, offsetof(struct mw_flow_side, answer_least_ns)},
			{offsetof(struct mw_flow_side, ahead) + 1, sizeof(struct mw_flow_side)}};

		for (size_t j = 0; j < MW_ARRAY_SIZE(gaps); j++)
			memcpy((uint8_t *)&talk.side[i] + gaps[j][0], (const uint8_t *)&view->side[i] + gaps[j][0],
				   gaps[j][1] - gaps[j][0]);
	}
	assert_memory_equal(&talk, view, sizeof(talk));
}

/** What the table knows of a flow now; valid until the next call. */
static inline const struct mw_flow_view *see(const struct mw_flow *flow)
{
	static struct mw_flow_view view;

	mw_flow_view(flow, &view);
	assert_same_talk(flow, &view);
	return &view;
}

/** Runs one packet through lookup, enter and update. @return its flow, or NULL. */
static inline struct mw_flow *run(struct fixture *fixture, struct mw_packet *packet)
{
	struct mw_packet *const batch[1] = {packet};

	mw_flow_lookup(fixture->table, batch, 1);
	mw_flow_enter(fixture->table, packet);
	mw_flow_update(fixture->table, packet);
	return packet->flow;
}

static inline struct mw_flow *run_udp(struct fixture *fixture, uint32_t src, uint16_t src_port, uint32_t dst,
									  uint16_t dst_port, uint64_t time_ns)
{
	struct mw_packet packet = udp_packet(src, src_port, dst, dst_port, time_ns);

	return run(fixture, &packet);
}

static inline struct mw_flow *run_tcp(struct fixture *fixture, bool from_client, uint8_t flags, uint32_t seq,
									  uint32_t ack, uint32_t payload_bytes, uint64_t time_ns)
{
	struct mw_packet packet = tcp_packet(from_client, flags, seq, ack, payload_bytes, time_ns);

	return run(fixture, &packet);
}

static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

/** new - ended - evicted = live, and what was counted was told. */
static inline void check_books(const struct fixture *fixture)
{
	uint64_t ended = counted(fixture, MW_FLOW_COUNTER_ENDED_IDLE) + counted(fixture, MW_FLOW_COUNTER_ENDED_REUSED) +
					 counted(fixture, MW_FLOW_COUNTER_EVICTED);

	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ENDED_IDLE), fixture->ends[MW_FLOW_END_IDLE]);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_ENDED_REUSED), fixture->ends[MW_FLOW_END_REUSED]);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), fixture->ends[MW_FLOW_END_EVICTED]);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW) - ended - fixture->ends[MW_FLOW_END_SHUTDOWN],
					 mw_flow_count(fixture->table));
}

/** Live entries as a reader finds them. */
static inline uint32_t walk_count(const struct fixture *fixture)
{
	struct mw_flow_view copy;
	uint32_t live = 0;

	for (uint32_t slot = 0; slot < mw_flow_slots(fixture->table); slot++)
		live += mw_flow_snapshot(fixture->table, slot, &copy) == 1;
	return live;
}

#endif
