// SPDX-License-Identifier: BSD-3-Clause
// The quick update, and that of a side's first packet, against the slow one, which every packet could take: the same
// entry, byte for byte.
// Neighbours: lib/flow/lane.c, lib/flow/first.c, lib/flow/track.c, lib/flow/enter.c.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "mw_route.h"
#include "parts.h"

#define PACKETS 400000
#define FLOWS   8

static uint64_t random_state;

static uint32_t below(uint32_t count)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % count);
}

static bool one_in(uint32_t count)
{
	return below(count) == 0;
}

static struct mw_stats_block stats;

static struct mw_flow_table *table(void)
{
	static struct mw_flow_table *only;
	const struct mw_flow_config config = {.flows_max = 1000,
										  .tcp_idle_ns = 3 * MW_NS_PER_SECOND,
										  .tcp_opening_ns = MW_NS_PER_SECOND,
										  .tcp_closing_ns = MW_NS_PER_SECOND,
										  .udp_idle_ns = 3 * MW_NS_PER_SECOND,
										  .other_idle_ns = 3 * MW_NS_PER_SECOND};
	const size_t bytes = mw_flow_table_bytes(&config);

	if (only == NULL) {
		void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, bytes);

		assert_non_null(memory);
		memset(memory, 0, bytes);
		only = mw_flow_table_init(memory, bytes, &config, &stats, 0);
	}
	return only;
}

// A cell of the table to try things on.
static struct flow_entry *copy_of(const struct flow_entry *flow, unsigned which)
{
	static struct flow_entry *copies[2];

	if (copies[which] == NULL)
		copies[which] = entry_at(table(), entry_take(table()));
	*copies[which] = *flow;
	return copies[which];
}

/** What a flow's ends send next. */
struct talk {
	struct flow_entry *flow; // of the table
	bool tcp;
	uint32_t seq[2];
	uint32_t plain; // of so many segments one changes the connection
	uint32_t opening; // packets of a handshake that are still to come
};

static void begin(struct talk *talk, uint64_t time_ns)
{
	struct mw_packet packet = {.clock_ns = time_ns, .time_ns = time_ns};
	struct flow_wanted wanted = {0};
	uint32_t index = talk->flow == NULL ? entry_take(table()) : entry_index(table(), talk->flow);

	if (talk->flow != NULL)
		story_end(talk->flow, UINT8_MAX);
	talk->tcp = one_in(2);
	talk->opening = one_in(2) ? 3 : 0;
	talk->flow = entry_at(table(), index);
	wanted.brief.kind = talk->tcp ? FLOW_SHORT_TCP : FLOW_SHORT_UDP;
	entry_open(table(), index, 0, &wanted, &packet);
	talk->seq[0] = one_in(2) ? UINT32_MAX - below(3000) : below(1u << 30);
	talk->seq[1] = one_in(2) ? UINT32_MAX - below(3000) : below(1u << 30);
}

static void fill_tcp(struct talk *talk, struct mw_packet *packet)
{
	const unsigned side = packet->direction;
	const uint8_t rare[] = {MW_TCP_SYN, MW_TCP_SYN | MW_TCP_ACK, MW_TCP_FIN | MW_TCP_ACK, 0, MW_TCP_PSH, MW_TCP_RST};
	const uint32_t kinds[] = {MW_KIND_SYN, MW_KIND_SYN_ACK, MW_KIND_FIN, 0, 0, MW_KIND_RST};
	uint32_t which = below(MW_ARRAY_SIZE(rare) - (one_in(10) ? 0 : 1)); // after a reset nothing is ordinary

	packet->kinds = MW_KIND_TCP;
	packet->tcp.flags = MW_TCP_ACK;
	if (talk->opening > 1 || (talk->opening == 0 && one_in(talk->plain))) {
		which = talk->opening > 1 ? 3 - talk->opening : which; // the SYN, then the SYN-ACK
		packet->tcp.flags = rare[which];
		packet->kinds |= kinds[which];
	}
	talk->opening -= talk->opening > 0;
	packet->tcp.seq = talk->seq[side] - (one_in(10) ? below(3) : 0);
	packet->tcp.ack = talk->seq[!side] + (one_in(20) ? below(5000) - 2500 : 0);
	packet->tcp.window = (uint16_t)below(1u << 16);
	if (one_in(2)) {
		packet->tcp.present = MW_TCP_OPTION_TIMESTAMP;
		packet->tcp.ts_value = (uint32_t)(packet->time_ns / MW_NS_PER_MS) - (one_in(10) ? 5 : 0);
	}
	if ((packet->tcp.flags & MW_TCP_SYN) != 0 && one_in(2)) {
		packet->tcp.present |= MW_TCP_OPTION_MSS | MW_TCP_OPTION_WSCALE;
		packet->tcp.mss = (uint16_t)below(1u << 16);
		packet->tcp.wscale = (uint8_t)below(20);
	}
	talk->seq[side] = packet->tcp.seq + packet->payload_wire_bytes + ((packet->tcp.flags & MW_TCP_SYN) != 0);
}

static void fill(struct talk *talk, struct mw_packet *packet, uint64_t clock_ns)
{
	const uint32_t payloads[] = {0, 1, 2, 100, 1460};

	memset(packet, 0, sizeof(*packet));
	packet->direction = (uint8_t)below(2);
	if (talk->tcp && talk->opening > 0)
		packet->direction = talk->opening == 2;
	packet->clock_ns = clock_ns;
	packet->time_ns = clock_ns - (one_in(30) ? below(1000) : 0);
	packet->wire_bytes = one_in(500) ? 70000 : 60 + below(1440);
	packet->payload_wire_bytes = payloads[below(MW_ARRAY_SIZE(payloads))];
	packet->ttl = one_in(50) ? 63 : 64;
	packet->mac_src[5] = one_in(50) ? 2 : 1;
	packet->ip_id_known = !one_in(4);
	packet->ip_id = packet->ip_id_known ? below(1u << 16) : 0;
	packet->kinds = MW_KIND_UDP;
	if (talk->tcp)
		fill_tcp(talk, packet);
	if (one_in(40))
		packet->kinds |= MW_KIND_DUPLICATE;
}

/** As decode would have made it. */
static void fill_lane(struct mw_packet *packet)
{
	const bool tcp = (packet->kinds & MW_KIND_TCP) != 0;
	const struct mw_packet_tcp *words = &packet->tcp;

	packet->lane = (struct mw_lane){
		.copy = {words->ts_value, tcp ? (uint32_t)words->window << 16 | (uint32_t)words->flags << 8 | words->present
									  : packet->payload_wire_bytes},
		.seq = words->seq,
		.ack = words->ack,
		.ip_id = (uint16_t)packet->ip_id,
		.payload_bytes = (uint16_t)packet->payload_wire_bytes,
		.route = mw_route_of(packet),
		.direction = packet->direction,
		.shape = tcp ? MW_SHAPE_TCP : MW_SHAPE_UDP,
		.bits = (uint8_t)((words->present != 0 ? MW_LANE_STAMPED : 0) | (packet->ip_id_known ? MW_LANE_NUMBERED : 0)),
	};
	if (!tcp || (words->flags & (MW_TCP_ACK | MW_TCP_SYN | MW_TCP_FIN | MW_TCP_RST)) == MW_TCP_ACK)
		packet->lane.bits |= MW_LANE_ORDINARY;
}

// What the slow way would have told the detectors of it, and whether it would have ended the flow.
static void assert_unremarkable(const struct talk *talk, struct mw_packet packet)
{
	struct flow_entry *copy = copy_of(talk->flow, 1);
	const uint32_t kinds = packet.kinds;

	assert_true(timer_deadline(table(), copy) > packet.clock_ns);
	packet.flow = flow_of(copy);
	mw_flow_enter(table(), &packet);
	assert_int_equal(packet.kinds, kinds);
}

// @return true when the quick way took the packet.
static bool both_ways(struct talk *talk, struct mw_packet *packet)
{
	struct flow_entry *quick = copy_of(talk->flow, 0);
	struct track_counts counts = {0};
	bool taken = false;

	fill_lane(packet);
	atomic_store(&stats.values[MW_FLOW_COUNTER_ACKS], 0);
	packet->flow = flow_of(quick);
	if ((packet->lane.bits & MW_LANE_ORDINARY) != 0 && (packet->kinds & MW_KIND_DUPLICATE) == 0)
		taken = mw_flow_update_lane(table(), packet, 0);
	if (taken)
		assert_unremarkable(talk, *packet);
	else
		assert_memory_equal(quick, talk->flow, sizeof(*quick));
	publish_begin(talk->flow);
	track_packet(talk->flow, packet, &counts);
	publish_end(talk->flow);
	if (taken) {
		assert_memory_equal(quick, talk->flow, sizeof(*quick));
		assert_int_equal(atomic_load(&stats.values[MW_FLOW_COUNTER_ACKS]), counts.acks);
		assert_int_equal(counts.ack_gaps, 0);
	}
	return taken;
}

static void quick_way_says_what_the_slow_way_says(void **state)
{
	struct talk talks[FLOWS] = {0};
	uint64_t clock_ns = 1000 * MW_NS_PER_SECOND;
	uint32_t taken[2] = {0, 0}, opened = 0;

	(void)state;
	random_state = 1;
	for (int i = 0; i < FLOWS; i++) {
		talks[i].plain = 20;
		begin(&talks[i], clock_ns);
	}
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct talk *talk = &talks[below(FLOWS)];
		struct mw_packet packet;
		bool opens;

		clock_ns += one_in(1000) ? 5 * MW_NS_PER_SECOND : below(100000);
		if (one_in(1000) || (FLOW_FACT(talk->flow, STATE) == MW_FLOW_TCP_RESET && one_in(20)))
			begin(talk, clock_ns);
		fill(talk, &packet, clock_ns - (one_in(200) ? 1000 : 0));
		opens = FLOW_FACT(talk->flow, STATE) == MW_FLOW_TCP_SYN_ACK;
		if (both_ways(talk, &packet)) {
			taken[talk->tcp]++;
			opened += opens;
		}
	}
	// ordinary packets take it, or it is no use
	assert_true(taken[0] > PACKETS / 10);
	assert_true(taken[1] > PACKETS / 20);
	assert_true(opened > 20); // the last step of a handshake
}

// @return true when the way of first packets took it.
static bool first_both_ways(struct talk *talk, const struct mw_packet *packet)
{
	struct flow_entry *first = copy_of(talk->flow, 0);
	struct track_counts slow = {0}, quick = {0};
	bool taken;

	publish_begin(first);
	if (FLOW_FACT(first, SPOKE) == 0)
		taken = begin_track(table(), first, packet);
	else
		taken = (FLOW_FACT(first, SPOKE) >> packet->direction & 1) == 0 && first_track(table(), first, packet, &quick);
	publish_begin(talk->flow);
	if (!taken)
		assert_memory_equal(first, talk->flow, sizeof(*first));
	track_packet(talk->flow, packet, &slow);
	publish_end(talk->flow);
	publish_end(first);
	if (taken) {
		assert_memory_equal(first, talk->flow, sizeof(*first));
		assert_memory_equal(&quick, &slow, sizeof(slow));
	}
	return taken;
}

static void first_packets_say_what_the_slow_way_says(void **state)
{
	struct talk talk = {.plain = 2};
	uint64_t clock_ns = 1000 * MW_NS_PER_SECOND;
	uint32_t taken[2][2] = {{0}}; // by protocol, and whether the other side had spoken

	(void)state;
	random_state = 2;
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct mw_packet packet;
		bool answers;

		clock_ns += one_in(100) ? 5 * MW_NS_PER_SECOND : below(100000);
		if (i % 4 == 0)
			begin(&talk, clock_ns); // with its first packet
		answers = FLOW_FACT(talk.flow, SPOKE) != 0;
		fill(&talk, &packet, clock_ns - (one_in(200) ? 1000 : 0));
		if (one_in(2))
			fill_lane(&packet);
		taken[talk.tcp][answers] += first_both_ways(&talk, &packet);
	}
	for (unsigned tcp = 0; tcp < 2; tcp++) {
		assert_true(taken[tcp][false] > PACKETS / 4 / 2 / 3);
		assert_true(taken[tcp][true] > PACKETS / 4 / 2 / 4);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(quick_way_says_what_the_slow_way_says),
	MW_TEST(first_packets_say_what_the_slow_way_says),
};
MW_TEST_MAIN("flow_lane", tests)
