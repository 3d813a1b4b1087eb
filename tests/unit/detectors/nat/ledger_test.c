// SPDX-License-Identifier: BSD-3-Clause
// What outside ports teach of the translator by coming back: a small translator with known timers hands them out.
// Neighbours: lib/detectors/nat/ledger.c, rests.c.
#include <stdlib.h>

#include "mw_test.h"
#include "ledger.h"

#define SECOND   MW_NS_PER_SECOND
#define EPOCH_NS (1700000000 * SECOND)
#define PORTS    240

/** A translator with one port a session. */
struct box {
	struct nat_ledger *ledger;
	uint64_t random;
	uint64_t free_at_ns[MW_NAT_PROTOCOLS][PORTS]; // by pool; a shared one is the first
	bool shared, in_order;
	uint32_t at; // in order
	uint64_t timers_ns[NAT_TIMERS]; // that the ledger is looked at with
};

static const struct mw_mape_set set = {.layout = {4, 8}, .psid = 177};

static struct box *new_box(bool shared)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->ledger = calloc(1, sizeof(*box->ledger));
	assert_non_null(box->ledger);
	box->shared = shared;
	box->random = 1;
	for (uint32_t i = 0; i < NAT_TIMERS; i++)
		box->timers_ns[i] = 300 * SECOND;
	nat_ledger_start(box->ledger, &set, EPOCH_NS);
	return box;
}

static void end_box(struct box *box)
{
	free(box->ledger);
	free(box);
}

static uint16_t port_at(uint32_t index)
{
	return (uint16_t)((1 + index / 16) << 12 | 177 << 4 | index % 16);
}

static void use(struct box *box, uint64_t now_ns, uint32_t index, uint8_t protocol, uint8_t step, uint32_t peer)
{
	nat_ledger_use(box->ledger,
				   &(struct nat_ledger_use){
					   .now_ns = now_ns, .peer = peer, .port = port_at(index), .protocol = protocol, .step = step});
}

/** Hands a port to a session of one packet that lives for timer_s. @return whether there was one. */
static bool hand_out(struct box *box, uint64_t now_ns, uint8_t protocol, uint32_t timer_s)
{
	uint64_t *free_at_ns = box->free_at_ns[box->shared ? 0 : protocol];

	for (uint32_t tries = 0; tries < 4000; tries++) {
		box->random = box->random * 6364136223846793005u + 1442695040888963407u;
		box->at = box->in_order ? (box->at + 1) % PORTS : (uint32_t)(box->random >> 33) % PORTS;
		if (free_at_ns[box->at] > now_ns)
			continue;
		free_at_ns[box->at] = now_ns + timer_s * SECOND;
		use(box, now_ns, box->at, protocol, NAT_LEDGER_BEGIN, (uint32_t)box->random);
		return true;
	}
	return false;
}

static struct nat_ledger_count look(struct box *box, uint64_t now_ns)
{
	struct nat_ledger_count count;

	nat_ledger_look(box->ledger, now_ns, box->timers_ns, &count);
	return count;
}

/** Seconds of a timer as the ledger has it; 0 not known. */
static uint64_t measured_s(const struct box *box, enum nat_timer timer, uint64_t assumed_s)
{
	return nat_ledger_timer_ns(box->ledger, timer, assumed_s * SECOND) / SECOND;
}

static void ports_that_come_back_show_the_timer(void **state)
{
	static const uint32_t timers_s[] = {30, 60, 120, 180, 240};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(timers_s); i++) {
		struct box *box = new_box(true);

		for (uint64_t second = 0; second < 500; second++) {
			hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, timers_s[i]);
			look(box, EPOCH_NS + second * SECOND);
		}
		assert_in_range(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 300), timers_s[i], timers_s[i] + 4);
		assert_false(nat_ledger_pools_apart(box->ledger));
		assert_false(nat_ledger_saves_ports(box->ledger, MW_NAT_UDP));
		assert_true(nat_ledger_chooses_freely(box->ledger));
		end_box(box);
	}
}

/** Questions to one resolver: to another peer no port comes back, but to this one. */
static void ports_that_come_back_to_the_resolver_show_its_timer(void **state)
{
	struct nat_rests_lists lists = {.peer = {.count = 0}};
	const struct nat_rests_reading asks = {.assumed_ds = 300, .asks = true}, others = {.assumed_ds = 300};
	static const uint32_t rests_ds[] = {203, 213, 235, 258, 300, 391};

	(void)state;
	for (uint16_t i = 0; i < 3; i++)
		nat_rests_add(&lists.again, rests_ds[i], 1000, i);
	assert_int_equal(nat_rests_timer_ds(&lists, &asks), 0); // programs that ask from one socket may be three
	for (uint16_t i = 3; i < MW_ARRAY_SIZE(rests_ds); i++)
		nat_rests_add(&lists.again, rests_ds[i], 1000, i);
	assert_int_equal(nat_rests_timer_ds(&lists, &asks), 203);
	assert_int_equal(nat_rests_timer_ds(&lists, &others), 0);
	nat_rests_add(&lists.again, 90, 1000, 100); // one that asks from its socket again
	assert_int_equal(nat_rests_timer_ds(&lists, &asks), 203);
}

/** A closed connection's port that is given to another has been free, however rarely that happens. */
static void three_ports_of_closed_connections_show_their_timer(void **state)
{
	struct nat_rests_lists lists = {.peer = {.count = 0}};
	const struct nat_rests_reading closed = {.assumed_ds = 600, .certain = true}, udp = {.assumed_ds = 600};

	(void)state;
	nat_rests_add(&lists.peer, 128, 1000, 1);
	nat_rests_add(&lists.peer, 224, 1000, 2);
	assert_int_equal(nat_rests_timer_ds(&lists, &closed), 0);
	nat_rests_add(&lists.peer, 120, 1000, 3);
	assert_int_equal(nat_rests_timer_ds(&lists, &closed), 68); // they come 5.2 s apart, the first so long after its end
	nat_rests_add(&lists.peer, 80, 1000, 4);
	assert_int_equal(nat_rests_timer_ds(&lists, &closed), 56);
	assert_int_equal(nat_rests_timer_ds(&lists, &udp), 0);
}

static void a_program_that_turns_to_other_peers_with_its_socket_shows_nothing(void **state)
{
	struct box *box = new_box(true);

	(void)state;
	for (uint64_t second = 0; second < 500; second++) {
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, 180);
		box->free_at_ns[0][7] = UINT64_MAX;
		if (second % 40 == 0)
			use(box, EPOCH_NS + second * SECOND, 7, MW_NAT_UDP, NAT_LEDGER_BEGIN, (uint32_t)second);
	}
	assert_in_range(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 300), 180, 190);
	end_box(box);
}

static void one_number_of_two_protocols_at_once_shows_that_pools_are_apart(void **state)
{
	struct box *box = new_box(false);

	(void)state;
	for (uint64_t second = 0; second < 300; second++) {
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, 120);
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_TCP, 7440);
	}
	assert_true(nat_ledger_pools_apart(box->ledger));
	assert_in_range(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 300), 120, 130);
	end_box(box);
}

static void ports_that_one_peer_never_answers_are_for_the_dead(void **state)
{
	struct box *box = new_box(true);

	(void)state;
	assert_false(nat_ledger_is_for_the_dead(box->ledger));
	for (uint32_t i = 0; i < PORTS; i++) {
		use(box, EPOCH_NS + i * SECOND, i, MW_NAT_UDP, NAT_LEDGER_BEGIN, i % 3 == 0 ? i : 7);
		assert_int_equal(nat_ledger_is_for_the_dead(box->ledger), i >= 179); // then two of three are half of all
	}
	use(box, EPOCH_NS + PORTS * SECOND, 3, MW_NAT_UDP, NAT_LEDGER_IN, 3);
	assert_true(nat_ledger_is_for_the_dead(box->ledger)); // that was another
	use(box, EPOCH_NS + PORTS * SECOND, 4, MW_NAT_UDP, NAT_LEDGER_IN, 7);
	assert_false(nat_ledger_is_for_the_dead(box->ledger));
	end_box(box);
}

static void ports_towards_several_peers_at_once_are_saved_and_no_rests(void **state)
{
	struct box *box = new_box(true);

	(void)state;
	for (uint64_t second = 0; second < 200; second++) {
		box->free_at_ns[0][0] = 0;
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, 0); // any port, whether in use or not
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, 0);
	}
	assert_true(nat_ledger_saves_ports(box->ledger, MW_NAT_UDP));
	assert_int_equal(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 300), 0);
	end_box(box);
}

static void ports_that_stay_away_show_a_longer_timer(void **state)
{
	struct box *box = new_box(true);
	struct nat_ledger_count count = {.all = 0};

	(void)state;
	box->timers_ns[NAT_TIMER_ICMP] = 20 * SECOND;
	for (uint64_t second = 0; second < 300; second++) {
		uint64_t now_ns = EPOCH_NS + second * SECOND, measured_ns;

		if (second % 2 == 0)
			hand_out(box, now_ns, MW_NAT_UDP, 600);
		else if (second % 3 == 0)
			hand_out(box, now_ns, MW_NAT_ICMP, 20);
		measured_ns = nat_ledger_timer_ns(box->ledger, NAT_TIMER_UDP_UNANSWERED, 60 * SECOND);
		box->timers_ns[NAT_TIMER_UDP_UNANSWERED] = measured_ns != 0 ? measured_ns : 60 * SECOND; // assumed
		count = look(box, now_ns);
	}
	assert_true(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 60) > 150);
	assert_in_range(count.all, 110, 156); // true are 150 and a few
	end_box(box);
}

static void ports_taken_in_order_show_no_longer_timer_and_no_chance(void **state)
{
	struct box *box = new_box(true);

	(void)state;
	box->in_order = true;
	box->timers_ns[NAT_TIMER_UDP_UNANSWERED] = 60 * SECOND;
	for (uint64_t second = 0; second < 700; second++) {
		hand_out(box, EPOCH_NS + second * SECOND, MW_NAT_UDP, 60);
		look(box, EPOCH_NS + second * SECOND);
	}
	assert_false(nat_ledger_chooses_freely(box->ledger));
	assert_int_equal(measured_s(box, NAT_TIMER_UDP_UNANSWERED, 60), 0); // they rest for 240 s, whatever the timer
	end_box(box);
}

static void count_is_of_different_numbers_and_never_above_the_set(void **state)
{
	struct box *box = new_box(false);
	struct nat_ledger_count count;

	(void)state;
	for (uint32_t i = 0; i < PORTS; i++) {
		use(box, EPOCH_NS + i, i, MW_NAT_UDP, NAT_LEDGER_BEGIN, 1);
		use(box, EPOCH_NS + i, i, MW_NAT_TCP, NAT_LEDGER_BEGIN, 1);
		use(box, EPOCH_NS + i, i, MW_NAT_ICMP, NAT_LEDGER_BEGIN, 1);
	}
	nat_ledger_use(box->ledger, &(struct nat_ledger_use){.now_ns = EPOCH_NS, .port = 80}); // none of the set
	count = look(box, EPOCH_NS + SECOND);
	assert_int_equal(count.all, PORTS);
	assert_int_equal(count.each[MW_NAT_UDP], PORTS);
	count = look(box, EPOCH_NS + 301 * SECOND);
	assert_int_equal(count.all, 0);
	end_box(box);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ports_that_come_back_show_the_timer),
	MW_TEST(ports_that_come_back_to_the_resolver_show_its_timer),
	MW_TEST(three_ports_of_closed_connections_show_their_timer),
	MW_TEST(a_program_that_turns_to_other_peers_with_its_socket_shows_nothing),
	MW_TEST(one_number_of_two_protocols_at_once_shows_that_pools_are_apart),
	MW_TEST(ports_that_one_peer_never_answers_are_for_the_dead),
	MW_TEST(ports_towards_several_peers_at_once_are_saved_and_no_rests),
	MW_TEST(ports_that_stay_away_show_a_longer_timer),
	MW_TEST(ports_taken_in_order_show_no_longer_timer_and_no_chance),
	MW_TEST(count_is_of_different_numbers_and_never_above_the_set),
};

MW_TEST_MAIN("nat_ledger", tests)
