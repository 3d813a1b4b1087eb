// SPDX-License-Identifier: BSD-3-Clause
// What the worker half tells of datagrams in pieces, with and without the first one.
// Neighbours: lib/detectors/ike/ike.c, pairs.c; lib/fragment follows the pieces.
#include <netinet/in.h>
#include <string.h>

#include "message.h"
#include "pairs.h"
#include "worker_world.h"
#include "mw_test.h"
#include "detector_world.h"
#include "packet_builder.h"

/** A response of 3 pieces that lacks the one in the middle. */
static struct mw_fragment_datagram pieces(uint64_t first_ms)
{
	return (struct mw_fragment_datagram){.first_ns = WORLD_EPOCH_NS + first_ms * MW_NS_PER_MS,
										 .last_ns = WORLD_EPOCH_NS + (first_ms + 1) * MW_NS_PER_MS,
										 .src = pb_address(WORLD_RESPONDER),
										 .dst = pb_address(WORLD_INITIATOR),
										 .id = 4711,
										 .family = 4,
										 .protocol = IPPROTO_UDP,
										 .tunnel = MW_LAYERS,
										 .last_seen = true,
										 .fragments = 2,
										 .bytes_seen = 1728,
										 .bytes_total = 3208,
										 .largest_bytes = 1500,
										 .missing_count = 1,
										 .missing = {{1480, 2960}}};
}

/** With the first piece: its ports and the beginning of its message. */
static struct mw_fragment_datagram begun(uint64_t first_ms, uint16_t port, const struct ike_build *message)
{
	struct mw_fragment_datagram datagram = pieces(first_ms);
	uint32_t marker = port == 4500 ? 4 : 0;

	datagram.first_seen = datagram.ports_known = true;
	datagram.src_port = port;
	datagram.dst_port = 61000;
	datagram.head_bytes = MW_FRAGMENT_HEAD_BYTES;
	memcpy(datagram.head + 8 + marker, message->bytes, MW_FRAGMENT_HEAD_BYTES - 8 - marker);
	return datagram;
}

static void incomplete_response_is_told_with_what_is_missing(void **state)
{
	struct mw_fragment_datagram datagram;
	const struct ike_facts *facts;
	struct ike_build message;
	struct mw_address responder = pb_address(WORLD_RESPONDER);

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 500, &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	facts = world_only(*state);
	assert_int_equal(facts->what, IKE_PIECES);
	assert_int_equal(facts->end, MW_FRAGMENT_INCOMPLETE);
	assert_true(facts->first_seen);
	assert_true(facts->is_response);
	assert_int_equal(facts->exchange, IKE_AUTH);
	assert_int_equal(facts->message_bytes, 3200);
	assert_int_equal(facts->packet_bytes, 1500);
	assert_int_equal(facts->ip_id, 4711);
	assert_int_equal(facts->bytes_seen, 1728);
	assert_int_equal(facts->bytes_total, 3208);
	assert_int_equal(facts->fragments, 2);
	assert_int_equal(facts->missing_count, 1);
	assert_int_equal(facts->missing[0].from, 1480);
	assert_int_equal(facts->missing[0].to, 2960);
	assert_true(facts->last_ns == datagram.last_ns);
	assert_true(world_event(*state, 0)->time_ns == datagram.first_ns);
	assert_int_equal(mw_address_compare(&world_event(*state, 0)->flow.src, &responder), 0);
	assert_int_equal(world_event(*state, 0)->flow.src_port, 500);
	assert_int_equal(world_count(*state, "pieces"), 1);
}

static void complete_and_evicted_datagrams_are_told(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 4500, &message);
	datagram.missing_count = 0;
	datagram.bytes_total = 3212;
	world_end_datagram(*state, 101, &datagram, MW_FRAGMENT_COMPLETE);
	world_end_datagram(*state, 101, &datagram, MW_FRAGMENT_EVICTED);
	assert_int_equal(world_told(*state), 2);
	assert_int_equal(world_facts(*state, 0)->end, MW_FRAGMENT_COMPLETE);
	assert_true(world_facts(*state, 0)->nat_t);
	assert_int_equal(world_facts(*state, 0)->message_bytes, 3200);
	assert_int_equal(world_facts(*state, 1)->end, MW_FRAGMENT_EVICTED);
}

static void message_is_no_longer_than_its_datagram(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 4500, &message);
	datagram.bytes_total = 2012;
	world_end_datagram(*state, 101, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_facts(*state, 0)->message_bytes, 2000);
}

static void irregular_and_unfinished_ends_are_not_told(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 500, &message);
	world_end_datagram(*state, 101, &datagram, MW_FRAGMENT_IRREGULAR);
	world_end_datagram(*state, 101, &datagram, MW_FRAGMENT_UNFINISHED);
	assert_int_equal(world_told(*state), 0);
}

static void rfc7383_fragment_in_ip_fragments_is_known(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_header(&message, .exchange = IKE_AUTH, .response = true, .message_id = 1);
	ike_build_skf(&message, 2, 4, 2000);
	datagram = begun(100, 4500, &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_true(world_only(*state)->skf);
	assert_int_equal(world_only(*state)->skf_number, 2);
	assert_int_equal(world_only(*state)->skf_total, 4);
}

static void esp_in_pieces_is_not_told(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 4500, &message);
	datagram.head[11] = 1; // an SPI where the marker would be
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 0);
}

static void other_datagrams_are_not_told(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 53, &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	datagram = begun(100, 500, &message);
	datagram.protocol = IPPROTO_TCP;
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 0);
}

static void head_cut_anywhere_is_told_only_with_its_header(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	for (uint8_t count = 0; count <= MW_FRAGMENT_HEAD_BYTES; count++) {
		uint32_t before = world_told(*state);

		datagram = begun(100, 4500, &message);
		datagram.head_bytes = count;
		world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
		assert_int_equal(world_told(*state) - before, count >= 8 + 4 + 28);
	}
}

static void many_gaps_are_counted_and_the_first_are_told(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 500, &message);
	datagram.missing_count = MW_FRAGMENT_RANGES + 1;
	for (uint32_t i = 0; i <= MW_FRAGMENT_RANGES; i++)
		datagram.missing[i] = (struct mw_fragment_range){i * 200 + 100, i * 200 + 200};
	datagram.missing[MW_FRAGMENT_RANGES].to = MW_FRAGMENT_OPEN;
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_only(*state)->missing_count, MW_FRAGMENT_RANGES + 1);
	assert_int_equal(world_only(*state)->missing[IKE_FACTS_MISSING - 1].from, (IKE_FACTS_MISSING - 1) * 200 + 100);
}

static void pieces_without_a_first_one_after_a_request_may_be_a_message(void **state)
{
	struct mw_fragment_datagram datagram = pieces(200);
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .at_ms = 100, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 2);
	assert_int_equal(world_facts(*state, 1)->what, IKE_PIECES);
	assert_false(world_facts(*state, 1)->first_seen);
	assert_int_equal(world_facts(*state, 1)->version, 0);
	assert_int_equal(world_facts(*state, 1)->message_bytes, 0);
	assert_int_equal(world_facts(*state, 1)->bytes_total, 3208);
}

static void pieces_without_a_first_one_and_without_a_message_are_ordinary(void **state)
{
	struct mw_fragment_datagram datagram = pieces(200);
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .at_ms = 100, .initiator = "192.168.0.3", .message = &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
}

static void pieces_without_a_first_one_long_after_a_message_are_ordinary(void **state)
{
	struct mw_fragment_datagram soon = pieces(60100), late = pieces(60101);
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .at_ms = 100, .message = &message);
	world_end_datagram(*state, 90000, &late, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
	world_end_datagram(*state, 90000, &soon, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 2);
}

static void pieces_without_a_first_one_beside_a_standing_sa_are_ordinary(void **state)
{
	struct mw_fragment_datagram datagram = pieces(200);
	struct ike_build message;

	ike_build_header(&message, .exchange = IKE_INFORMATIONAL, .message_id = 8);
	ike_build_sk(&message, 60);
	world_udp(*state, .at_ms = 100, .message = &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
}

static void pieces_without_a_first_one_that_did_not_expire_are_not_told(void **state)
{
	struct mw_fragment_datagram datagram = pieces(200), other_scope = pieces(200);
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .at_ms = 100, .message = &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_EVICTED);
	datagram.bytes_seen = 0;
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	other_scope.scope = 7;
	world_end_datagram(*state, 30000, &other_scope, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
}

static void pieces_beyond_the_cap_are_counted(void **state)
{
	struct mw_fragment_datagram datagram;
	struct ike_build message;

	world_settings(*state)->messages_per_second = 1;
	ike_build_auth(&message, true, 3200);
	datagram = begun(100, 500, &message);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	world_end_datagram(*state, 30000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
	assert_int_equal(world_count(*state, "capped"), 1);
	world_settings(*state)->enabled = false;
	world_end_datagram(*state, 32000, &datagram, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(world_told(*state), 1);
}

static void pairs_are_kept_until_their_set_is_full_of_newer_ones(void **state)
{
	static struct ike_pairs pairs;
	const uint32_t places = IKE_PAIRS_SETS * IKE_PAIRS_WAYS;
	struct mw_address one = pb_address(WORLD_RESPONDER);
	uint32_t kept = 0;

	(void)state;
	memset(&pairs, 0, sizeof(pairs));
	for (uint32_t i = 0; i < 4 * places; i++) {
		const uint8_t v4[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		struct mw_address other = mw_address_from_v4(v4);

		ike_pairs_note(&pairs, detector_world_key(), &other, &one, 0, i + 1);
		assert_true(ike_pairs_last_ns(&pairs, detector_world_key(), &one, &other, 0) == i + 1);
	}
	for (uint32_t i = 3 * places; i < 4 * places; i++) {
		const uint8_t v4[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		struct mw_address other = mw_address_from_v4(v4);

		kept += ike_pairs_last_ns(&pairs, detector_world_key(), &one, &other, 0) == i + 1;
	}
	assert_in_range(kept, places * 3 / 4, places); // the newest of each set
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

/** Twice as many as a set holds, in one set of a hash without a key. */
static void pairs_aimed_at_a_set_without_a_key_are_all_kept(void **state)
{
	static struct ike_pairs pairs;
	const struct mw_address one = pb_address(WORLD_RESPONDER);
	struct mw_address aimed[2 * IKE_PAIRS_WAYS];
	uint32_t count = 0;

	(void)state;
	memset(&pairs, 0, sizeof(pairs));
	for (uint32_t i = 0; count < MW_ARRAY_SIZE(aimed); i++) {
		const uint8_t v4[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		const struct mw_address ends[2] = {mw_address_from_v4(v4), one};

		if (ike_message_digest(ends[0].bytes, sizeof(ends)) % IKE_PAIRS_SETS == 5)
			aimed[count++] = ends[0];
	}
	for (uint32_t i = 0; i < count; i++)
		ike_pairs_note(&pairs, detector_world_key(), &aimed[i], &one, 0, i + 1);
	for (uint32_t i = 0; i < count; i++)
		assert_true(ike_pairs_last_ns(&pairs, detector_world_key(), &aimed[i], &one, 0) == i + 1);
}

static const struct CMUnitTest tests[] = {
	STORY(incomplete_response_is_told_with_what_is_missing),
	STORY(complete_and_evicted_datagrams_are_told),
	STORY(message_is_no_longer_than_its_datagram),
	STORY(irregular_and_unfinished_ends_are_not_told),
	STORY(rfc7383_fragment_in_ip_fragments_is_known),
	STORY(esp_in_pieces_is_not_told),
	STORY(other_datagrams_are_not_told),
	STORY(head_cut_anywhere_is_told_only_with_its_header),
	STORY(many_gaps_are_counted_and_the_first_are_told),
	STORY(pieces_without_a_first_one_after_a_request_may_be_a_message),
	STORY(pieces_without_a_first_one_and_without_a_message_are_ordinary),
	STORY(pieces_without_a_first_one_long_after_a_message_are_ordinary),
	STORY(pieces_without_a_first_one_beside_a_standing_sa_are_ordinary),
	STORY(pieces_without_a_first_one_that_did_not_expire_are_not_told),
	STORY(pieces_beyond_the_cap_are_counted),
	MW_TEST(pairs_are_kept_until_their_set_is_full_of_newer_ones),
	MW_TEST(pairs_aimed_at_a_set_without_a_key_are_all_kept),
};
MW_TEST_MAIN("detect_ike_worker_pieces", tests)
