// SPDX-License-Identifier: BSD-3-Clause
// Evidence of lost IKE authentications: which packets are kept, and the words beside them.
// Neighbours: lib/detectors/ike/evidence.c, lib/detector/evidence_pieces.c.
#include <stdio.h>
#include <string.h>

#include "evidence.h"
#include "evidence_scene.h"
#include "ike.h"
#include "mw_test.h"

enum { INIT = 34, AUTH = 35 };

static struct mw_ike_row row_of(uint8_t verdict)
{
	return (struct mw_ike_row){.ts_ns = SCENE_NS,
							   .last_ns = SCENE_NS + 20 * MW_NS_PER_SECOND,
							   .initiator = scene_v4(192, 0, 2, 1),
							   .responder = scene_v4(198, 51, 100, 7),
							   .initiator_spi = {1, 2, 3, 4, 5, 6, 7, 8},
							   .verdict = verdict,
							   .confidence = 95};
}

static int set_up(void **state)
{
	struct mw_ike_row row = row_of(MW_IKE_RESPONSE_FRAGMENTS_LOST);

	*state = scene_open(&evidence_ike, &row);
	return *state == NULL;
}

static int tear_down(void **state)
{
	scene_close(*state);
	return 0;
}

static uint8_t frame[2000];

static struct mw_packet packet_of(const struct scene *scene, bool from_initiator, int64_t after_ms)
{
	return (struct mw_packet){.data = frame,
							  .captured_bytes = 60,
							  .time_ns = SCENE_NS + (uint64_t)(after_ms * SCENE_MS),
							  .family = 4,
							  .protocol = 17,
							  .src = from_initiator ? scene->subject.src : scene->subject.dst,
							  .dst = from_initiator ? scene->subject.dst : scene->subject.src,
							  .ip_header_bytes = 20,
							  .ip_total_bytes = 332};
}

/** A message; of more than 1472 bytes the first piece. */
static void message(struct scene *scene, bool from_initiator, uint8_t exchange, uint8_t spi, uint16_t bytes,
					uint32_t id, int64_t after_ms)
{
	struct mw_packet packet = packet_of(scene, from_initiator, after_ms);
	uint8_t *at = &frame[32]; // behind the non-ESP marker

	memset(frame, 0, sizeof(frame));
	for (uint8_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(spi + i);
	at[17] = 0x20;
	at[18] = exchange;
	at[19] = from_initiator ? 0x08 : 0x20;
	at[23] = exchange == AUTH;
	at[26] = (uint8_t)(bytes >> 8);
	at[27] = (uint8_t)bytes;
	packet.kinds = MW_KIND_UDP | MW_KIND_IKE;
	packet.src_port = packet.dst_port = 4500;
	packet.payload = &frame[28];
	packet.payload_bytes = 32;
	packet.ip_id = id;
	packet.ip_id_known = true;
	if (bytes > 1472) {
		packet.kinds |= MW_KIND_FRAGMENT;
		packet.more_fragments = true;
		packet.ip_total_bytes = 1500;
	}
	scene_take(scene, &packet);
}

static void later_piece(struct scene *scene, uint32_t id, uint16_t from, bool more, int64_t after_ms)
{
	struct mw_packet packet = packet_of(scene, false, after_ms);

	packet.kinds = MW_KIND_FRAGMENT;
	packet.ip_id = id;
	packet.ip_id_known = true;
	packet.fragment_offset_bytes = from;
	packet.more_fragments = more;
	packet.ip_total_bytes = 1500;
	scene_take(scene, &packet);
}

static void error(struct scene *scene, uint8_t type, uint8_t code, bool quotes_ike, int64_t after_ms)
{
	struct mw_packet packet = packet_of(scene, true, after_ms);

	packet.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	packet.protocol = 1;
	packet.icmp_type = type;
	packet.icmp_code = code;
	packet.quote = (struct mw_packet_quote){.src = scene->subject.dst,
											.dst = scene->subject.src,
											.src_port = quotes_ike ? 4500 : 53,
											.dst_port = quotes_ike ? 4500 : 53000,
											.protocol = 17,
											.ports_known = true};
	scene_take(scene, &packet);
}

static void comments_name_messages_and_the_bytes_that_were_lost(void **state)
{
	struct scene *scene = *state;

	message(scene, true, AUTH, 1, 300, 1, 0);
	message(scene, false, AUTH, 1, 3444, 2, 10);
	later_piece(scene, 2, 2960, false, 11);
	message(scene, true, AUTH, 1, 300, 3, 2000);
	error(scene, 11, 1, true, 30000);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: IKE_AUTH request, message 1, 300 bytes, from the initiator, in one packet of 332");
	assert_string_equal(
		scene_comment(scene, 2),
		"midwatch: IKE_AUTH response, message 1, 3444 bytes, from the responder; in IP fragments: first "
		"piece, bytes 0-1479, identification 2; bytes 1480-2959 never passed here");
	assert_string_equal(scene_comment(scene, 3),
						"midwatch: from the responder, without ports, of IKE by its time and addresses; in IP "
						"fragments: last piece, bytes 2960-4439, identification 2; bytes 1480-2959 never passed here");
	assert_string_equal(scene_comment(scene, 4),
						"midwatch: IKE_AUTH request, message 1, 300 bytes, from the initiator, sent again (1 before), "
						"in one packet of 332");
	assert_string_equal(scene_comment(scene, 5),
						"midwatch: ICMP type 11 code 1 of 192.0.2.1 about a message to 192.0.2.1: it never had all "
						"pieces (reassembly time exceeded)");
	for (uint64_t i = 1; i <= 5; i++)
		assert_true(scene_packet(scene, i)->proves);
}

static void whole_datagram_lacks_nothing(void **state)
{
	struct scene *scene = *state;

	later_piece(scene, 2, 1480, false, 9);
	message(scene, false, AUTH, 1, 2900, 2, 10);
	assert_non_null(strstr(scene_comment(scene, 2), "; all of it passed here"));
	assert_non_null(strstr(scene_comment(scene, 1), "; all of it passed here"));
}

static void end_that_was_not_seen_is_open(void **state)
{
	struct scene *scene = *state;

	message(scene, false, AUTH, 1, 2900, 2, 10);
	assert_non_null(strstr(scene_comment(scene, 1), "; bytes 1480- never passed here"));
}

static void pieces_that_found_no_room_are_not_called_lost(void **state)
{
	struct scene *scene = *state;

	for (uint16_t i = 0; i < 40; i++)
		later_piece(scene, 2, (uint16_t)(8 * i + 8), true, 10);
	assert_int_equal(scene_kept(scene, EVIDENCE_IKE_PIECES), 24);
	assert_null(strstr(scene_comment(scene, 1), "never passed"));
}

static void other_attempts_and_other_traffic_are_left_out(void **state)
{
	struct scene *scene = *state;
	struct mw_packet packet = packet_of(scene, true, 10);

	message(scene, true, INIT, 77, 300, 1, 0); // another SPI
	packet.kinds = MW_KIND_UDP;
	scene_take(scene, &packet);
	error(scene, 3, 3, false, 20); // about DNS
	message(scene, true, AUTH, 1, 300, 2, 26000); // long after
	message(scene, true, AUTH, 1, 300, 2, -10);
	for (uint64_t i = 1; i <= 5; i++)
		assert_null(scene_packet(scene, i));
}

static void only_lost_attempts_make_evidence(void **state)
{
	struct mw_ike_row row = row_of(MW_IKE_ESTABLISHED);

	(void)state;
	assert_null(scene_open(&evidence_ike, &row));
	row.verdict = MW_IKE_REFUSED;
	assert_null(scene_open(&evidence_ike, &row));
}

static void header_that_was_not_captured_is_not_guessed(void **state)
{
	struct scene *scene = *state;
	struct mw_packet packet = packet_of(scene, true, 10);

	packet.kinds = MW_KIND_UDP | MW_KIND_IKE;
	packet.src_port = packet.dst_port = 500;
	packet.captured_bytes = 60;
	packet.payload = &frame[50];
	packet.payload_bytes = 10;
	scene_take(scene, &packet);
	assert_string_equal(scene_comment(scene, 1),
						"midwatch: an IKE message from the initiator, its header not captured, in one packet of 332");
}

#define SCENE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	SCENE(comments_name_messages_and_the_bytes_that_were_lost),
	SCENE(whole_datagram_lacks_nothing),
	SCENE(end_that_was_not_seen_is_open),
	SCENE(pieces_that_found_no_room_are_not_called_lost),
	SCENE(other_attempts_and_other_traffic_are_left_out),
	MW_TEST(only_lost_attempts_make_evidence),
	SCENE(header_that_was_not_captured_is_not_guessed),
};

MW_TEST_MAIN("ike_evidence", tests)
