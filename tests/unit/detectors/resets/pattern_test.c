// SPDX-License-Identifier: BSD-3-Clause
// Patterns of resets, and connections that end in silence, told packet by packet over a real flow table.
// Neighbours: lib/detectors/resets/pattern.c.
#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "../../flow/flow_fixture.h"
#include "pattern.h"

#define NONE 255

static void every_pattern_has_its_name_and_stage(void **state)
{
	uint32_t by_stage[MW_RESET_STAGES] = {0};

	(void)state;
	assert_int_equal(MW_RESET_PATTERNS, 19);
	for (uint32_t i = 0; i < MW_RESET_PATTERNS; i++) {
		assert_non_null(mw_reset_pattern_names[i]);
		assert_in_range(mw_reset_pattern_stages[i], 0, MW_RESET_STAGES - 1);
		by_stage[mw_reset_pattern_stages[i]]++;
	}
	assert_int_equal(by_stage[MW_RESET_POST_SYN], 4);
	assert_int_equal(by_stage[MW_RESET_POST_ACK], 5);
	assert_int_equal(by_stage[MW_RESET_POST_PSH], 8);
	assert_int_equal(by_stage[MW_RESET_LATER], 2);
	assert_string_equal(mw_reset_pattern_names[MW_RESET_PATTERN_PSH_RST_ZERO], "psh>rst;rst0");
	assert_string_equal(mw_reset_side_names[MW_RESET_SIDE_CLIENT], "client");
	assert_string_equal(mw_reset_side_names[MW_RESET_SIDE_SERVER], "server");
}

/** Resets, one a sign: 0, 7 and 9 a plain one with that acknowledgement field, a and b one with ACK. */
static struct reset_mix mix_of(const char *resets)
{
	struct reset_mix mix = {0};

	for (; *resets != '\0'; resets++) {
		if (*resets >= 'a')
			reset_mix_add(&mix, MW_TCP_RST | MW_TCP_ACK, (uint32_t)*resets);
		else
			reset_mix_add(&mix, MW_TCP_RST, (uint32_t)(*resets - '0'));
	}
	return mix;
}

static void assert_pattern(uint8_t stage, const char *resets, const char *expected)
{
	struct reset_mix mix = mix_of(resets);
	uint8_t pattern = reset_pattern_of(stage, &mix);
	const char *name = pattern == NONE ? "none" : mw_reset_pattern_names[pattern];

	if (strcmp(name, expected) != 0)
		fail_msg("resets \"%s\" at stage %u: %s, not %s", resets, stage, name, expected);
	if (pattern != NONE)
		assert_int_equal(mw_reset_pattern_stages[pattern], stage);
}

static void resets_after_the_syn_are_told_by_their_kind(void **state)
{
	(void)state;
	assert_pattern(MW_RESET_POST_SYN, "0", "syn>rst");
	assert_pattern(MW_RESET_POST_SYN, "079", "syn>rst");
	assert_pattern(MW_RESET_POST_SYN, "a", "syn>rst-ack");
	assert_pattern(MW_RESET_POST_SYN, "aba", "syn>rst-ack");
	assert_pattern(MW_RESET_POST_SYN, "a0", "syn>rst;rst-ack");
	assert_pattern(MW_RESET_POST_SYN, "00a", "syn>rst;rst-ack");
}

static void resets_after_the_handshake_are_told_by_kind_and_number(void **state)
{
	(void)state;
	assert_pattern(MW_RESET_POST_ACK, "0", "ack>rst");
	assert_pattern(MW_RESET_POST_ACK, "00", "ack>rst;rst");
	assert_pattern(MW_RESET_POST_ACK, "79", "ack>rst;rst");
	assert_pattern(MW_RESET_POST_ACK, "a", "ack>rst-ack");
	assert_pattern(MW_RESET_POST_ACK, "aab", "ack>rst-ack;rst-ack");
}

static void resets_after_the_first_data_are_told_by_what_they_acknowledge(void **state)
{
	(void)state;
	assert_pattern(MW_RESET_POST_PSH, "7", "psh>rst");
	assert_pattern(MW_RESET_POST_PSH, "0", "psh>rst");
	assert_pattern(MW_RESET_POST_PSH, "a", "psh>rst-ack");
	assert_pattern(MW_RESET_POST_PSH, "7a", "psh>rst;rst-ack");
	assert_pattern(MW_RESET_POST_PSH, "a0b", "psh>rst;rst-ack");
	assert_pattern(MW_RESET_POST_PSH, "ab", "psh>rst-ack;rst-ack");
	assert_pattern(MW_RESET_POST_PSH, "777", "psh>rst=rst");
	assert_pattern(MW_RESET_POST_PSH, "00", "psh>rst=rst"); // the same number in both, if 0
	assert_pattern(MW_RESET_POST_PSH, "79", "psh>rst!=rst");
	assert_pattern(MW_RESET_POST_PSH, "779", "psh>rst!=rst");
	assert_pattern(MW_RESET_POST_PSH, "70", "psh>rst;rst0");
	assert_pattern(MW_RESET_POST_PSH, "079", "psh>rst;rst0");
}

static void later_resets_are_told_by_their_kind(void **state)
{
	(void)state;
	assert_pattern(MW_RESET_LATER, "0", "data>rst");
	assert_pattern(MW_RESET_LATER, "079", "data>rst");
	assert_pattern(MW_RESET_LATER, "a", "data>rst-ack");
	assert_pattern(MW_RESET_LATER, "ab", "data>rst-ack");
}

static void a_mix_without_a_name_is_called_by_the_kind_there_is_more_of(void **state)
{
	(void)state;
	assert_pattern(MW_RESET_POST_ACK, "00a", "ack>rst;rst");
	assert_pattern(MW_RESET_POST_ACK, "0ab", "ack>rst-ack;rst-ack");
	assert_pattern(MW_RESET_POST_ACK, "0a", "ack>rst-ack;rst-ack");
	assert_pattern(MW_RESET_POST_ACK, "a0", "ack>rst-ack;rst-ack"); // whatever their order
	assert_pattern(MW_RESET_LATER, "0a9", "data>rst");
	assert_pattern(MW_RESET_LATER, "a0", "data>rst-ack");
}

static void without_a_stage_or_a_reset_there_is_no_pattern(void **state)
{
	(void)state;
	assert_pattern(NONE, "0", "none");
	assert_pattern(MW_RESET_STAGES, "a", "none");
	assert_pattern(MW_RESET_POST_PSH, "", "none");
}

static void a_flood_of_resets_stays_what_it_is(void **state)
{
	struct reset_mix mix = {0};

	(void)state;
	for (uint32_t i = 0; i < 65536 + 1; i++)
		reset_mix_add(&mix, MW_TCP_RST, 7);
	assert_int_equal(mix.plain, UINT16_MAX);
	assert_int_equal(reset_pattern_of(MW_RESET_POST_PSH, &mix), MW_RESET_PATTERN_PSH_RSTS_SAME);
	for (uint32_t i = 0; i < 65536; i++)
		reset_mix_add(&mix, MW_TCP_RST | MW_TCP_ACK, 7);
	assert_int_equal(mix.with_ack, UINT16_MAX);
	assert_int_equal(reset_pattern_of(MW_RESET_POST_PSH, &mix), MW_RESET_PATTERN_PSH_BOTH);
}

/** A connection on the way: what each side has sent and what the other knows of it. */
struct talk {
	struct fixture *fixture;
	const struct mw_flow *flow;
	uint32_t sent[2], known[2]; // of client and server
	uint32_t last_bytes;
	uint64_t time_ns;
};

static void send_segment(struct talk *talk, bool from_client, uint8_t flags, uint32_t seq, uint32_t bytes)
{
	struct mw_packet packet =
		tcp_packet(from_client, flags, seq, talk->known[from_client], bytes, talk->time_ns += MW_NS_PER_MS);

	packet.wire_bytes = 54 + bytes;
	if (flags & MW_TCP_FIN)
		packet.kinds |= MW_KIND_FIN;
	talk->flow = run(talk->fixture, &packet);
}

static void send_data(struct talk *talk, bool from_client, uint32_t bytes)
{
	uint32_t *sent = &talk->sent[!from_client];

	send_segment(talk, from_client, MW_TCP_ACK | MW_TCP_PSH, *sent, bytes);
	*sent += bytes;
	talk->last_bytes = bytes;
}

/** Who hears all that was sent so far. */
static void hear(struct talk *talk, bool client)
{
	talk->known[client] = talk->sent[client];
}

/**
 * One sign. Client: S SYN, A ACK, D data of 100 bytes, B of 1400, R its last data again, k keep-alive, F FIN, X reset.
 * Server: o SYN of its own, s SYN-ACK, a ACK, d data of 1000 bytes, f FIN, x reset.
 */
static void play(struct talk *talk, char sign)
{
	bool client = sign < 'a' || sign == 'k';

	if (strchr("saAxfF", sign) != NULL || (strchr("DBd", sign) != NULL && talk->known[client] == 0))
		hear(talk, client);
	switch (sign) {
	case 'S':
		send_segment(talk, true, MW_TCP_SYN, 1000, 0);
		talk->sent[0] = 1001;
		break;
	case 'o':
		send_segment(talk, false, MW_TCP_SYN, 5000, 0);
		talk->sent[1] = 5001;
		break;
	case 's':
		send_segment(talk, false, MW_TCP_SYN | MW_TCP_ACK, 5000, 0);
		talk->sent[1] = 5001;
		break;
	case 'A':
	case 'a':
		send_segment(talk, client, MW_TCP_ACK, talk->sent[!client], 0);
		break;
	case 'D':
	case 'B':
	case 'd':
		send_data(talk, client, sign == 'D' ? 100 : sign == 'B' ? 1400 : 1000);
		break;
	case 'R':
		send_segment(talk, true, MW_TCP_ACK | MW_TCP_PSH, talk->sent[0] - talk->last_bytes, talk->last_bytes);
		break;
	case 'k':
		send_segment(talk, true, MW_TCP_ACK, talk->sent[0] - 1, 1);
		break;
	case 'F':
	case 'f':
		send_segment(talk, client, MW_TCP_FIN | MW_TCP_ACK, talk->sent[!client]++, 0);
		break;
	default:
		send_segment(talk, client, MW_TCP_RST, talk->sent[!client], 0);
	}
}

/** What is left of a flow when all but its first line is lost. */
static uint8_t ask_line_0(const struct mw_flow *flow, uint8_t *side)
{
	struct mw_flow *line_0 = malloc(4 * MW_CACHE_LINE_BYTES);
	uint8_t pattern;

	assert_non_null(line_0);
	memset(line_0, 0xa5, 4 * MW_CACHE_LINE_BYTES);
	memcpy(line_0, flow, MW_CACHE_LINE_BYTES);
	pattern = reset_pattern_silent(line_0, side);
	free(line_0);
	return pattern;
}

/** expected: side and pattern, or "none". */
static void assert_silence(const char *signs, const char *expected)
{
	struct talk talk = {.fixture = fixture_of(64), .time_ns = SECOND};
	uint8_t side = 77, pattern;
	char found[64] = "none";

	for (const char *sign = signs; *sign != '\0'; sign++)
		play(&talk, *sign);
	pattern = ask_line_0(talk.flow, &side);
	if (pattern != NONE)
		snprintf(found, sizeof(found), "%s %s", mw_reset_side_names[side], mw_reset_pattern_names[pattern]);
	if (strcmp(found, expected) != 0)
		fail_msg("%.40s: %s, not %s", signs, found, expected);
	fixture_free(talk.fixture);
}

static void an_unanswered_syn_is_the_servers_silence(void **state)
{
	(void)state;
	assert_silence("S", "server syn>none");
	assert_silence("SSS", "server syn>none");
}

static void a_client_that_leaves_the_syn_ack_unanswered_is_silent(void **state)
{
	(void)state;
	assert_silence("Ss", "client syn>none");
	assert_silence("Sssss", "client syn>none");
}

static void a_handshake_without_data_is_the_clients_silence(void **state)
{
	(void)state;
	assert_silence("SsA", "client ack>none");
	assert_silence("SsAkaka", "client ack>none");
	assert_silence("SsAd", "client ack>none"); // a greeting that nobody heard
	assert_silence("SsAdA", "none"); // one that was heard
}

static void a_request_without_an_answer_is_the_servers_silence(void **state)
{
	(void)state;
	assert_silence("SsAD", "server psh>none");
	assert_silence("SsD", "server psh>none"); // with the ACK of the handshake
	assert_silence("SsADa", "server psh>none");
	assert_silence("SsAB", "server psh>none");
}

static void a_request_that_is_repeated_into_the_void_is_one_request(void **state)
{
	(void)state;
	assert_silence("SsADRRRRRRR", "server psh>none");
	assert_silence("SsABRRR", "server psh>none");
	assert_silence("SsABBRR", "none"); // two segments: no longer after the first
	assert_silence("SsADaDRRR", "none"); // the first was heard
}

static void an_answer_that_nobody_hears_is_the_clients_silence(void **state)
{
	(void)state;
	assert_silence("SsADd", "client psh>none");
	assert_silence("SsADaddd", "client psh>none");
	assert_silence("SsADdAdd", "none"); // it had begun to listen
}

static void an_idle_connection_is_not_silent(void **state)
{
	(void)state;
	assert_silence("SsADdA", "none");
	assert_silence("SsADaddA", "none");
	assert_silence("SsDdA", "none"); // in as few packets as can be
	assert_silence("SsADdADdA", "none");
	assert_silence("SsADdAkaka", "none");
}

static void what_was_closed_is_not_silent(void **state)
{
	(void)state;
	assert_silence("SsAF", "none");
	assert_silence("SsADf", "none");
	assert_silence("SsADfF", "none");
	assert_silence("Sx", "none");
	assert_silence("SsX", "none");
	assert_silence("SsADx", "none");
}

static void half_a_mirror_tells_of_no_silence(void **state)
{
	(void)state;
	assert_silence("SAD", "none");
	assert_silence("s", "none");
	assert_silence("sd", "none");
	assert_silence("D", "none");
	assert_silence("Dd", "none");
}

static void two_that_open_at_once_are_not_silent(void **state)
{
	(void)state;
	assert_silence("So", "none");
}

/** opening, then pair 64 times, then end. */
static void assert_long_silence(const char *opening, const char *pair, const char *end, const char *expected)
{
	char signs[256] = "";

	strcat(signs, opening);
	for (uint32_t i = 0; i < 64; i++)
		strcat(signs, pair);
	strcat(signs, end);
	assert_silence(signs, expected);
}

static void counts_that_begin_anew_make_no_opening(void **state)
{
	(void)state;
	assert_long_silence("SsAD", "dA", "d", "none"); // the client's 67 packets look like 3
	assert_long_silence("SsA", "Da", "D", "none"); // the server's 65 look like 1
}

static void other_protocols_are_not_silent(void **state)
{
	struct fixture *fixture = fixture_of(64);
	const struct mw_flow *flow = run_udp(fixture, 0x0a000001, 40000, 0x0a000002, 53, SECOND);
	uint8_t side = 77;

	(void)state;
	assert_int_equal(ask_line_0(flow, &side), NONE);
	assert_int_equal(side, 77);
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(every_pattern_has_its_name_and_stage),
	MW_TEST(resets_after_the_syn_are_told_by_their_kind),
	MW_TEST(resets_after_the_handshake_are_told_by_kind_and_number),
	MW_TEST(resets_after_the_first_data_are_told_by_what_they_acknowledge),
	MW_TEST(later_resets_are_told_by_their_kind),
	MW_TEST(a_mix_without_a_name_is_called_by_the_kind_there_is_more_of),
	MW_TEST(without_a_stage_or_a_reset_there_is_no_pattern),
	MW_TEST(a_flood_of_resets_stays_what_it_is),
	MW_TEST(an_unanswered_syn_is_the_servers_silence),
	MW_TEST(a_client_that_leaves_the_syn_ack_unanswered_is_silent),
	MW_TEST(a_handshake_without_data_is_the_clients_silence),
	MW_TEST(a_request_without_an_answer_is_the_servers_silence),
	MW_TEST(a_request_that_is_repeated_into_the_void_is_one_request),
	MW_TEST(an_answer_that_nobody_hears_is_the_clients_silence),
	MW_TEST(an_idle_connection_is_not_silent),
	MW_TEST(what_was_closed_is_not_silent),
	MW_TEST(half_a_mirror_tells_of_no_silence),
	MW_TEST(two_that_open_at_once_are_not_silent),
	MW_TEST(counts_that_begin_anew_make_no_opening),
	MW_TEST(other_protocols_are_not_silent),
};

MW_TEST_MAIN("detect_reset_pattern", tests)
