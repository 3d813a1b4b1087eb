// SPDX-License-Identifier: BSD-3-Clause
// Text in a reset that no signature knows: weak evidence, and never an echo of what the connection carried.
// Neighbours: lib/detectors/resets/text.c, finding_texts.c; world.h tells the stories.
#include "mw_test.h"

#include <string.h>

#include "world.h"

#define DENIED "Access denied. Reference #18.3f2a1700.1768000000.4c1d"

/** A reset that the server could have sent but for its text. */
static const struct mw_reset_row *reset_with(struct world *world, const char *text)
{
	world_send(world, SERVER, .at_ms = 90, .flags = RA, .seq = 6001, .ack = 1101, .ip_id = 302, .timestamp = true,
			   .ts_value = 9070, .text = text);
	return world_only_row(world);
}

static void assert_no_text(const struct mw_reset_row *row)
{
	assert_int_equal(row->evidence & E(PAYLOAD_TEXT), 0);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
}

static void an_unknown_text_alone_accuses_nobody(void **state)
{
	const struct mw_reset_row *row = reset_with(*state, DENIED);

	world_assert_evidence(row, E(PAYLOAD_TEXT) | E(IN_WINDOW) | E(SAME_TTL));
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
	assert_string_equal(row->payload, DENIED);
	assert_string_equal(row->signature, "");
}

static void an_unknown_text_speaks_beside_other_weak_signs(void **state)
{
	const struct mw_reset_row *row;

	// one packet to compare the TTL with, no option, another count of packets: without the text too little
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001, .timestamp = true);
	world_send(*state, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 200, .timestamp = true);
	world_send(*state, SERVER, .at_ms = 30, .flags = RA, .seq = 5001, .ack = 1201, .ttl = 200, .ip_id = 9999,
			   .text = "Verbindung abgelehnt (Regel 4711)");
	row = world_only_row(*state);
	world_assert_evidence(row, E(PAYLOAD_TEXT) | E(TTL_SPLIT));
	assert_int_equal(row->verdict, MW_RESET_FORGED);
}

static void an_unknown_text_from_elsewhere_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 90, .flags = RA, .seq = 1101, .ack = 6001, .ttl = 249, .text = DENIED);
	row = world_only_row(*state);
	world_assert_evidence(row, E(PAYLOAD_TEXT) | E(TTL_SPLIT));
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_int_equal(row->origin, MW_MIDDLEBOX_ORIGIN_UNKNOWN); // a text that nobody knows tells no place
}

static void what_the_other_side_sent_last_is_an_echo(void **state)
{
	char echo[101];

	memset(echo, 'a', 100); // as long as the client's request
	echo[100] = '\0';
	assert_no_text(reset_with(*state, echo));
}

static void what_its_named_sender_sent_last_is_an_echo(void **state)
{
	world_send(*state, SERVER, .at_ms = 50, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 30, .ip_id = 302);
	world_send(*state, .at_ms = 51, .flags = ACK, .seq = 1101, .ack = 6031);
	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 6031, .ack = 1101, .ip_id = 303, .timestamp = true,
			   .ts_value = 9070, .text = "a line of a protocol, 30 bytes");
	assert_no_text(world_only_row(*state));
}

static void an_older_segment_that_the_reset_names_is_an_echo(void **state)
{
	world_send(*state, .at_ms = 50, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 25);
	world_send(*state, .at_ms = 51, .flags = ACK, .seq = 1126, .ack = 6001, .bytes = 500);
	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 6001, .ack = 1126, .ip_id = 302, .timestamp = true,
			   .ts_value = 9070, .text = "PRIVMSG #ops :hello there");
	assert_no_text(world_only_row(*state));
}

static void without_the_other_side_nobody_knows_an_echo(void **state)
{
	world_send(*state, SERVER, .at_ms = 20, .flags = ACK, .seq = 5001, .ack = 1001, .bytes = 200);
	world_send(*state, SERVER, .at_ms = 30, .flags = ACK, .seq = 5201, .ack = 1001, .bytes = 200);
	world_send(*state, SERVER, .at_ms = 40, .flags = RA, .seq = 5401, .ack = 1001, .text = DENIED);
	assert_int_equal(world_only_row(*state)->evidence & E(PAYLOAD_TEXT), 0);
}

static void texts_of_other_scripts_are_texts(void **state)
{
	world_assert_evidence(reset_with(*state, "\xd0\x94\xd0\xbe\xd1\x81\xd1\x82\xd1\x83\xd0\xbf 451"), E(PAYLOAD_TEXT));
}

static void bytes_are_no_text(void **state)
{
	assert_no_text(reset_with(*state, "\x01\x02reason\x03"));
}

static void broken_utf8_is_no_text(void **state)
{
	assert_no_text(reset_with(*state, "denied \xc3\x28 denied"));
}

static void a_word_of_five_letters_is_no_text(void **state)
{
	assert_no_text(reset_with(*state, "abort"));
}

static void digits_are_no_text(void **state)
{
	assert_no_text(reset_with(*state, "1234567890"));
}

static void what_a_stack_is_known_to_write_is_none_of_these(void **state)
{
	assert_no_text(reset_with(*state, "tcp_close, during connect"));
}

static void a_draft_reason_is_none_of_these(void **state)
{
	assert_no_text(reset_with(*state, "\x33\xaa"
									  "abcdef"));
}

static const struct CMUnitTest tests[] = {
	STORY(an_unknown_text_alone_accuses_nobody),
	SILENT(an_unknown_text_speaks_beside_other_weak_signs),
	STORY(an_unknown_text_from_elsewhere_is_forged),
	STORY(what_the_other_side_sent_last_is_an_echo),
	STORY(what_its_named_sender_sent_last_is_an_echo),
	STORY(an_older_segment_that_the_reset_names_is_an_echo),
	SILENT(without_the_other_side_nobody_knows_an_echo),
	STORY(texts_of_other_scripts_are_texts),
	STORY(bytes_are_no_text),
	STORY(broken_utf8_is_no_text),
	STORY(a_word_of_five_letters_is_no_text),
	STORY(digits_are_no_text),
	STORY(what_a_stack_is_known_to_write_is_none_of_these),
	STORY(a_draft_reason_is_none_of_these),
};

MW_TEST_MAIN("detect_reset_text", tests)
