// SPDX-License-Identifier: BSD-3-Clause
// The table against a naive model, an array walked from end to end, under random operations.
// Neighbours: all of lib/flow. No eviction here: the table is large enough (evict_test.c has those invariants).
#include "flow_fixture.h"

#define TUPLES 120

/** A flow as the model sees it; the rules of mw_flow.h written down as plainly as possible. */
struct model_flow {
	bool alive;
	uint64_t deadline_ns, first_ns, packets[2], bytes[2];
	int tcp_state;
	bool isn_known[2], fin[2];
	uint32_t isn[2];
};

static struct model_flow model[TUPLES];
static const struct mw_flow_config *model_config;

// Tuple number i: its b port is i, a third each TCP, UDP and ICMP, every fifth IPv6.
static struct mw_packet make_packet(uint32_t tuple, int direction, uint64_t now)
{
	struct mw_packet packet = udp_packet(0x0a000000, 7, 0x0a000001, (uint16_t)tuple, now);
	static const uint8_t protocols[] = {6, 17, 1};
	static const uint32_t kinds[] = {MW_KIND_TCP, MW_KIND_UDP, MW_KIND_ICMP};

	packet.protocol = protocols[tuple % 3];
	packet.kinds = kinds[tuple % 3];
	if (tuple % 5 == 0) {
		packet.family = 6;
		packet.src.bytes[0] = packet.dst.bytes[0] = 0x20;
	}
	if (direction == 1) {
		struct mw_address src = packet.src;

		packet.src = packet.dst;
		packet.dst = src;
		packet.src_port = packet.dst_port;
		packet.dst_port = 7;
	}
	return packet;
}

static void model_on_end(struct fixture *fixture, const struct mw_flow_view *flow, enum mw_flow_end why)
{
	struct model_flow *known = &model[flow->key.b_port];

	(void)fixture;
	assert_true(why == MW_FLOW_END_IDLE || why == MW_FLOW_END_REUSED);
	assert_true(known->alive);
	assert_int_equal(flow->first_ns, known->first_ns);
	for (int side = 0; side < 2; side++) {
		assert_int_equal(flow->side[side].packets, known->packets[side]);
		assert_int_equal(flow->side[side].bytes, known->bytes[side]);
	}
	assert_int_equal(flow->tcp_state, known->tcp_state);
	known->alive = false;
}

static bool model_reopens(const struct model_flow *flow, const struct mw_packet *packet, int direction)
{
	bool same = flow->isn_known[direction] && flow->isn[direction] == packet->tcp.seq;

	if ((packet->kinds & MW_KIND_SYN) == 0)
		return false;
	if (flow->tcp_state == MW_FLOW_TCP_FIN || flow->tcp_state == MW_FLOW_TCP_CLOSED)
		return true;
	if (flow->tcp_state == MW_FLOW_TCP_SYN && !flow->isn_known[direction])
		return false;
	return !same;
}

static int model_next_state(struct model_flow *flow, const struct mw_packet *packet, int direction)
{
	int now = flow->tcp_state;

	if (packet->kinds & MW_KIND_RST)
		return MW_FLOW_TCP_RESET;
	if ((packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK)) && !flow->isn_known[direction]) {
		flow->isn_known[direction] = true;
		flow->isn[direction] = packet->tcp.seq;
	}
	flow->fin[direction] |= (packet->tcp.flags & MW_TCP_FIN) != 0;
	if (now == MW_FLOW_TCP_RESET)
		return now;
	if (packet->tcp.flags & MW_TCP_FIN)
		return flow->fin[0] && flow->fin[1] ? MW_FLOW_TCP_CLOSED : MW_FLOW_TCP_FIN;
	if (packet->kinds & MW_KIND_SYN)
		return now == MW_FLOW_TCP_NONE ? MW_FLOW_TCP_SYN : now == MW_FLOW_TCP_MIDSTREAM ? MW_FLOW_TCP_ESTABLISHED : now;
	if (packet->kinds & MW_KIND_SYN_ACK)
		return now == MW_FLOW_TCP_NONE || now == MW_FLOW_TCP_SYN ? MW_FLOW_TCP_SYN_ACK : now;
	if (now == MW_FLOW_TCP_NONE)
		return MW_FLOW_TCP_MIDSTREAM;
	return now == MW_FLOW_TCP_SYN || now == MW_FLOW_TCP_SYN_ACK ? MW_FLOW_TCP_ESTABLISHED : now;
}

static uint64_t model_idle(const struct model_flow *flow, uint8_t protocol)
{
	if (protocol == 17)
		return model_config->udp_idle_ns;
	if (protocol != 6)
		return model_config->other_idle_ns;
	if (flow->tcp_state >= MW_FLOW_TCP_FIN)
		return model_config->tcp_closing_ns;
	if (flow->tcp_state == MW_FLOW_TCP_ESTABLISHED ||
		(flow->tcp_state == MW_FLOW_TCP_MIDSTREAM && flow->packets[0] != 0 && flow->packets[1] != 0))
		return model_config->tcp_idle_ns;
	return model_config->tcp_opening_ns;
}

static void model_packet(const struct mw_packet *packet, uint32_t tuple, int direction)
{
	struct model_flow *flow = &model[tuple];

	if (!flow->alive)
		*flow = (struct model_flow){.alive = true, .first_ns = packet->time_ns};
	flow->packets[direction]++;
	flow->bytes[direction] += packet->wire_bytes;
	if (packet->protocol == 6)
		flow->tcp_state = model_next_state(flow, packet, direction);
	flow->deadline_ns = packet->clock_ns + model_idle(flow, packet->protocol);
}

static void make_tcp(struct mw_packet *packet, uint64_t *random)
{
	static const uint8_t flags[] = {MW_TCP_SYN, MW_TCP_SYN | MW_TCP_ACK, MW_TCP_ACK, MW_TCP_ACK,
									MW_TCP_ACK, MW_TCP_FIN | MW_TCP_ACK, MW_TCP_RST};
	static const uint32_t kinds[] = {MW_KIND_SYN, MW_KIND_SYN_ACK, 0, 0, 0, MW_KIND_FIN, MW_KIND_RST};
	size_t choice = random_next(random) % MW_ARRAY_SIZE(flags);
	bool isn = (flags[choice] & MW_TCP_SYN) != 0;

	packet->kinds |= kinds[choice];
	packet->tcp.flags = flags[choice];
	packet->tcp.seq =
		isn ? (uint32_t)(1000 * (1 + random_next(random) % 2)) : 50000 + (uint32_t)random_next(random) % 99;
	packet->tcp.ack = 0x90000000; // far from all numbers: no SYN is one that comes late
}

static void check_state(const struct fixture *fixture)
{
	struct mw_flow_view copy;
	uint32_t alive = 0, walked = 0;

	for (uint32_t i = 0; i < TUPLES; i++)
		alive += model[i].alive;
	for (uint32_t slot = 0; slot < mw_flow_slots(fixture->table); slot++) {
		if (mw_flow_snapshot(fixture->table, slot, &copy) != 1)
			continue;
		walked++;
		assert_true(model[copy.key.b_port].alive);
		assert_int_equal(copy.side[0].packets, model[copy.key.b_port].packets[0]);
		assert_int_equal(copy.side[1].bytes, model[copy.key.b_port].bytes[1]);
		assert_int_equal(copy.tcp_state, model[copy.key.b_port].tcp_state);
	}
	assert_int_equal(walked, alive);
	assert_int_equal(mw_flow_count(fixture->table), alive);
	check_books(fixture);
}

static void run_packet(struct fixture *fixture, struct mw_packet *packet, uint32_t tuple, int direction)
{
	const struct model_flow before = model[tuple];
	uint64_t idle = fixture->ends[MW_FLOW_END_IDLE], reused = fixture->ends[MW_FLOW_END_REUSED];
	bool timed_out = before.alive && before.deadline_ns <= packet->clock_ns;
	bool reopened = before.alive && !timed_out && model_reopens(&before, packet, direction);

	mw_flow_enter(fixture->table, packet);
	assert_non_null(packet->flow);
	assert_int_equal(packet->direction, direction);
	assert_int_equal(fixture->ends[MW_FLOW_END_IDLE] - idle, timed_out);
	assert_int_equal(fixture->ends[MW_FLOW_END_REUSED] - reused, reopened);
	assert_int_equal((packet->kinds & MW_KIND_FLOW_START) != 0, !before.alive || timed_out || reopened);
	mw_flow_update(fixture->table, packet);
	model_packet(packet, tuple, direction);
}

static void expire(struct fixture *fixture, uint64_t now, uint64_t *random)
{
	bool exact = random_next(random) % 2 != 0;

	mw_flow_expire(fixture->table, now, exact ? UINT32_MAX : (uint32_t)(random_next(random) % 10));
	for (uint32_t i = 0; exact && i < TUPLES; i++)
		assert_false(model[i].alive && model[i].deadline_ns <= now);
}

static void run_batch(struct fixture *fixture, uint64_t *now, uint64_t *random)
{
	struct mw_packet packets[MW_BATCH_PACKETS], *batch[MW_BATCH_PACKETS];
	uint32_t tuples[MW_BATCH_PACKETS], length = 1 + (uint32_t)(random_next(random) % MW_BATCH_PACKETS);
	int directions[MW_BATCH_PACKETS];

	for (uint32_t i = 0; i < length; i++) {
		*now += random_next(random) % (random_next(random) % 50 == 0 ? 40 * SECOND : SECOND / 2);
		tuples[i] = (uint32_t)(random_next(random) % TUPLES);
		directions[i] = (int)(random_next(random) % 2);
		packets[i] = make_packet(tuples[i], directions[i], *now);
		if (packets[i].protocol == 6)
			make_tcp(&packets[i], random);
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, length);
	for (uint32_t i = 0; i < length; i++) {
		run_packet(fixture, batch[i], tuples[i], directions[i]);
		if (random_next(random) % 100 == 0)
			expire(fixture, packets[i].clock_ns, random);
	}
}

static void the_table_does_what_a_naive_model_does(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct fixture *fixture = fixture_of(4 * TUPLES);
		uint64_t random = seed * 7919, now = 1000 * SECOND;

		memset(model, 0, sizeof(model));
		model_config = &fixture->config;
		fixture->also = model_on_end;
		for (int step = 0; step < 300; step++) {
			run_batch(fixture, &now, &random);
			expire(fixture, now, &random);
			check_state(fixture);
		}
		assert_true(fixture->ends[MW_FLOW_END_IDLE] > 100);
		assert_true(fixture->ends[MW_FLOW_END_REUSED] > 100);
		fixture_free(fixture);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_table_does_what_a_naive_model_does),
};
MW_TEST_MAIN("flow_model", tests)
