// SPDX-License-Identifier: BSD-3-Clause
// Which steps of a connection the NAT detector's worker half tells, and of whom.
// Neighbours: lib/detectors/nat/nat.c; a real flow table says what is new.
#include <stdlib.h>
#include <string.h>

#include "nat.h"
#include "mw_test.h"
#include "detector_world.h"
#include "facts.h"

static int start(void **state)
{
	static const struct mw_nat_settings settings = {.enabled = true, .steps_per_second = 10};

	return detector_worker_set_up(state, &mw_detector_nat, &settings, 60 * MW_NS_PER_SECOND);
}

/** One packet between 192.168.1.2 and 203.0.113.5; kinds beyond the protocol's own. */
struct step {
	bool back; // from the far end
	uint64_t at_ms;
	uint8_t protocol;
	uint32_t kinds;
	uint8_t tunnel; // 0: none
	uint16_t port; // of the near end, default 40000; ICMP: of both
};

static void send_step(struct detector_worker *worker, const struct step *step)
{
	static const uint8_t near[4] = {192, 168, 1, 2}, far[4] = {203, 0, 113, 5};
	uint16_t near_port = step->port != 0 ? step->port : 40000;
	uint16_t far_port = step->protocol == 1 ? near_port : 53;
	struct mw_packet packet = {.time_ns = DETECTOR_EPOCH_NS + step->at_ms * MW_NS_PER_MS};

	packet.clock_ns = packet.time_ns;
	packet.fate = MW_FATE_ANALYSED;
	packet.family = 4;
	packet.protocol = step->protocol;
	packet.tunnel = step->tunnel != 0 ? step->tunnel : MW_LAYERS;
	packet.src = mw_address_from_v4(step->back ? far : near);
	packet.dst = mw_address_from_v4(step->back ? near : far);
	packet.outer_src = packet.dst; // anything
	packet.src_port = step->back ? far_port : near_port;
	packet.dst_port = step->back ? near_port : far_port;
	packet.kinds = (step->protocol == 6    ? MW_KIND_TCP
					: step->protocol == 17 ? MW_KIND_UDP
										   : MW_KIND_ICMP) |
				   step->kinds;
	packet.tcp.flags =
		(uint8_t)((step->kinds & MW_KIND_SYN ? MW_TCP_SYN : MW_TCP_ACK) |
				  (step->kinds & MW_KIND_SYN_ACK ? MW_TCP_SYN : 0) | (step->kinds & MW_KIND_FIN ? MW_TCP_FIN : 0) |
				  (step->kinds & MW_KIND_RST ? MW_TCP_RST : 0));
	detector_worker_send(worker, &packet);
}
#define SEND(worker, ...) send_step(worker, &(struct step){__VA_ARGS__})

static struct nat_facts facts(const struct detector_worker *worker, uint32_t i)
{
	struct nat_facts facts;

	nat_facts_read(detector_worker_event(worker, i), &facts);
	return facts;
}

static void assert_told(const struct detector_worker *worker, uint32_t i, enum nat_what what, bool from_opener)
{
	assert_int_equal(facts(worker, i).what, what);
	assert_int_equal(facts(worker, i).from_opener, from_opener);
	assert_int_equal(worker->events[i].flow.src.bytes[12], 192); // the opener in all of them
}

static void question_and_answer_are_told_once(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 17);
	SEND(*state, .at_ms = 10, .back = true, .protocol = 17);
	SEND(*state, .at_ms = 20, .protocol = 17);
	SEND(*state, .at_ms = 30, .back = true, .protocol = 17);
	assert_int_equal(((struct detector_worker *)*state)->events_count, 2);
	assert_told(*state, 0, NAT_OPEN, true);
	assert_told(*state, 1, NAT_ANSWER, false);
	assert_int_equal(facts(*state, 1).opened_ns, DETECTOR_EPOCH_NS);
}

static void each_direction_tells_again_after_a_while(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 17);
	SEND(*state, .at_ms = 10, .back = true, .protocol = 17);
	SEND(*state, .at_ms = 5000, .protocol = 17);
	SEND(*state, .at_ms = 5001, .back = true, .protocol = 17);
	assert_told(*state, 2, NAT_ALIVE, true);
	assert_told(*state, 3, NAT_ALIVE, false);
	assert_int_equal(((struct detector_worker *)*state)->events_count, 4);
}

static void handshake_met_at_its_second_step_has_its_true_opener(void **state)
{
	SEND(*state, .at_ms = 0, .back = true, .protocol = 6, .kinds = MW_KIND_SYN_ACK);
	assert_told(*state, 0, NAT_OPEN, false);
	assert_int_equal(facts(*state, 0).syn, 0);
}

static void closing_is_told_at_once(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 6, .kinds = MW_KIND_SYN);
	SEND(*state, .at_ms = 1, .back = true, .protocol = 6, .kinds = MW_KIND_SYN_ACK);
	SEND(*state, .at_ms = 2, .protocol = 6, .kinds = MW_KIND_FIN);
	SEND(*state, .at_ms = 3, .back = true, .protocol = 6, .kinds = MW_KIND_FIN);
	SEND(*state, .at_ms = 4, .protocol = 6, .kinds = MW_KIND_RST);
	assert_int_equal(facts(*state, 0).syn, 1);
	assert_told(*state, 1, NAT_ANSWER, false);
	assert_told(*state, 2, NAT_CLOSE, true);
	assert_int_equal(((struct detector_worker *)*state)->events_count, 3); // one is enough
}

static void echo_is_a_session_by_its_identifier_and_other_icmp_is_none(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 1, .port = 77);
	SEND(*state, .at_ms = 5, .protocol = 1, .port = 78, .kinds = MW_KIND_ICMP_ERROR);
	assert_int_equal(((struct detector_worker *)*state)->events_count, 1);
	assert_int_equal(((struct detector_worker *)*state)->events[0].flow.src_port, 77);
}

static void copies_of_the_mirror_are_not_told(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 17, .kinds = MW_KIND_DUPLICATE);
	assert_int_equal(((struct detector_worker *)*state)->events_count, 0);
}

static void tunnels_tell_their_outer_ends(void **state)
{
	SEND(*state, .at_ms = 0, .protocol = 17, .tunnel = MW_LAYER_IPV4_IN_IPV6);
	SEND(*state, .at_ms = 0, .protocol = 17, .port = 50000);
	assert_int_equal(facts(*state, 0).outer_src.bytes[12], 203);
	assert_int_equal(facts(*state, 1).outer_src.bytes[12], 0);
}

static void flood_is_told_up_to_the_budget_of_a_second_and_counted(void **state)
{
	struct detector_worker *worker = *state;

	for (uint16_t i = 0; i < 25; i++)
		SEND(worker, .at_ms = 100, .protocol = 17, .port = (uint16_t)(1000 + i));
	assert_int_equal(worker->events_count, 5);
	assert_int_equal(detector_worker_count(worker, "told"), 5);
	assert_int_equal(detector_worker_count(worker, "capped"), 20);
	for (uint16_t i = 0; i < 25; i++) // the other half is for those that are known
		SEND(worker, .at_ms = 200, .back = true, .protocol = 17, .port = (uint16_t)(1000 + i));
	assert_int_equal(worker->events_count, 10);
	assert_told(worker, 5, NAT_ANSWER, false);
	assert_int_equal(detector_worker_count(worker, "capped"), 40);
	SEND(worker, .at_ms = 1100, .protocol = 17, .port = 2000); // another second
	assert_int_equal(worker->events_count, 11);
}

static void workers_share_what_is_told_in_a_second(void **state)
{
	struct detector_worker *worker = *state;

	worker->ctx.workers = 2;
	for (uint16_t i = 0; i < 25; i++)
		SEND(worker, .at_ms = 100, .protocol = 17, .port = (uint16_t)(1000 + i));
	for (uint16_t i = 0; i < 25; i++)
		SEND(worker, .at_ms = 200, .back = true, .protocol = 17, .port = (uint16_t)(1000 + i));
	assert_int_equal(worker->events_count, 5);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, start, detector_worker_tear_down)

static const struct CMUnitTest tests[] = {
	STORY(question_and_answer_are_told_once),
	STORY(each_direction_tells_again_after_a_while),
	STORY(handshake_met_at_its_second_step_has_its_true_opener),
	STORY(closing_is_told_at_once),
	STORY(echo_is_a_session_by_its_identifier_and_other_icmp_is_none),
	STORY(copies_of_the_mirror_are_not_told),
	STORY(tunnels_tell_their_outer_ends),
	STORY(flood_is_told_up_to_the_budget_of_a_second_and_counted),
	STORY(workers_share_what_is_told_in_a_second),
};

MW_TEST_MAIN("detect_nat", tests)
