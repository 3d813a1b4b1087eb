// SPDX-License-Identifier: BSD-3-Clause
// The BIG-IP reset cause: every sample known from the wire, every truncation of it.
// Neighbours: lib/detectors/resets/cause.c.
#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "cause.h"

struct sample {
	const char *payload, *id, *line, *text, *listener, *port;
	bool peer;
	uint8_t group;
};

static const struct sample samples[] = {
	{"BIG-IP: [0x2664c65:2574] No flow found for ACK", "2664c65", "2574", "No flow found for ACK", "", "", false,
	 MW_CAUSE_STATE_LOST},
	{"BIG-IP: [0x2664c65:2574] Policy action", "2664c65", "2574", "Policy action", "", "", false, MW_CAUSE_POLICY},
	{"BIG-IP: [0x2409a71:704] Flow expired (sweeper) (idle timeout)", "2409a71", "704",
	 "Flow expired (sweeper) (idle timeout)", "", "", false, MW_CAUSE_STATE_LOST},
	{"BIG-IP: [0x31ae141:4666] {peer} TCP RST from remote system", "31ae141", "4666", "TCP RST from remote system", "",
	 "", true, MW_CAUSE_BACK_END},
	{"BIG-IP: [0x235ef8f:2618] No local listener", "235ef8f", "2618", "No local listener", "", "", false,
	 MW_CAUSE_OTHER},
	{"BIG-IP: [0x34315a9:136] Port denied lis=default-ltm-vs-basic port=1.1", "34315a9", "136", "Port denied",
	 "default-ltm-vs-basic", "1.1", false, MW_CAUSE_POLICY},
	{"BIG-IP: [0x2060d7c:1342] handshake timeout", "2060d7c", "1342", "handshake timeout", "", "", false,
	 MW_CAUSE_OTHER},
	{"BIG-IP: [0x2060d7c:1342] No pool member available", "2060d7c", "1342", "No pool member available", "", "", false,
	 MW_CAUSE_BACK_END},
	{"BIG-IP: [0x1:2] Unable to select local port", "1", "2", "Unable to select local port", "", "", false,
	 MW_CAUSE_CAPACITY},
	{"BIG-IP: [0x1:2] No route to host", "1", "2", "No route to host", "", "", false, MW_CAUSE_ROUTING},
	{"BIG-IP: [0x1:2] {peer} Flow expired (sweeper)", "1", "2", "Flow expired (sweeper)", "", "", true,
	 MW_CAUSE_BACK_END},
	{"BIG-IP: [0x1:2] Something never seen", "1", "2", "Something never seen", "", "", false, MW_CAUSE_OTHER},
};

static void assert_span(const struct mw_cause_span *span, const char *expected)
{
	assert_int_equal(span->count, strlen(expected));
	assert_memory_equal(span->count == 0 ? (const uint8_t *)"" : span->bytes, expected, span->count);
}

static void every_known_sample_is_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++) {
		const struct sample *sample = &samples[i];
		struct mw_reset_cause cause;

		assert_true(
			mw_reset_cause_parse((const uint8_t *)sample->payload, (uint32_t)strlen(sample->payload), false, &cause));
		assert_true(cause.bracket);
		assert_span(&cause.id, sample->id);
		assert_span(&cause.line, sample->line);
		assert_span(&cause.text, sample->text);
		assert_span(&cause.listener, sample->listener);
		assert_span(&cause.port, sample->port);
		assert_int_equal(cause.peer, sample->peer);
		assert_int_equal(cause.group, sample->group);
		assert_non_null(cause.meaning);
	}
}

static void every_truncation_stays_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++) {
		for (uint32_t count = 0; count <= strlen(samples[i].payload); count++) {
			uint8_t *exact = malloc(count + 1); // on the heap, so that a sanitizer sees one byte too far
			struct mw_reset_cause cause;
			bool cut;

			assert_non_null(exact);
			memcpy(exact, samples[i].payload, count);
			for (cut = false;; cut = true) {
				if (mw_reset_cause_parse(exact, count, cut, &cause)) {
					assert_true(count >= strlen("BIG-IP: [0x"));
					assert_true(cause.text.count <= count);
				}
				if (cut)
					break;
			}
			free(exact);
		}
	}
}

static void a_text_cut_by_the_snap_length_still_has_its_group(void **state)
{
	static const char cut_text[] = "BIG-IP: [0x2060d7c:1342] No flow found for";
	static const char too_short[] = "BIG-IP: [0x2060d7c:1342] No";
	struct mw_reset_cause cause;

	(void)state;
	assert_true(mw_reset_cause_parse((const uint8_t *)cut_text, sizeof(cut_text) - 1, true, &cause));
	assert_int_equal(cause.group, MW_CAUSE_STATE_LOST);
	assert_span(&cause.text, "No flow found for");
	assert_true(mw_reset_cause_parse((const uint8_t *)too_short, sizeof(too_short) - 1, true, &cause));
	assert_int_equal(cause.group, MW_CAUSE_OTHER);
}

static void other_texts_are_refused(void **state)
{
	static const char *const texts[] = {"",
										"BIG-IP:",
										"BIG-IP: [0x12:34",
										"BIG-IP: [0xzz:12] a",
										"BIG-IP: [0x12:] a",
										"BIG-IP: [0x:12] a",
										"No TCP",
										"big-ip: [0x12:34] a"};
	struct mw_reset_cause cause;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(texts); i++)
		assert_false(mw_reset_cause_parse((const uint8_t *)texts[i], (uint32_t)strlen(texts[i]), false, &cause));
}

static void trailing_noise_is_no_part_of_the_cause(void **state)
{
	static const char text[] = "BIG-IP: [0x1:2] No route to host \0\0";
	struct mw_reset_cause cause;

	(void)state;
	assert_true(mw_reset_cause_parse((const uint8_t *)text, sizeof(text) - 1, false, &cause));
	assert_span(&cause.text, "No route to host");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(every_known_sample_is_taken_apart),
	MW_TEST(every_truncation_stays_inside),
	MW_TEST(a_text_cut_by_the_snap_length_still_has_its_group),
	MW_TEST(other_texts_are_refused),
	MW_TEST(trailing_noise_is_no_part_of_the_cause),
};

MW_TEST_MAIN("detect_reset_cause", tests)
