// SPDX-License-Identifier: BSD-3-Clause
// Messages that implementations send are read; what nobody sends is read no further than it makes sense.
// Neighbours: lib/detectors/ike/message.c; build.c writes the messages.
#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "mw_test.h"

/** Reads from memory of exactly count bytes, so that a tool sees a read beyond them. */
static enum ike_read read_exactly(const uint8_t *bytes, size_t count, struct ike_facts *facts)
{
	uint8_t *copy = malloc(count == 0 ? 1 : count);
	enum ike_read read;

	assert_non_null(copy);
	memcpy(copy, bytes, count);
	memset(facts, 0, sizeof(*facts));
	read = ike_message_read(copy, count, facts);
	free(copy);
	return read;
}

static struct ike_facts read_whole(const struct ike_build *build)
{
	struct ike_facts facts;

	assert_int_equal(read_exactly(build->bytes, build->bytes_count, &facts), IKE_READ_WHOLE);
	assert_int_equal(facts.message_bytes, build->bytes_count);
	return facts;
}

static struct ike_facts read_broken(const struct ike_build *build)
{
	struct ike_facts facts;

	assert_int_equal(read_exactly(build->bytes, build->bytes_count, &facts), IKE_READ_BROKEN);
	return facts;
}

static void first_request_offers_fragmentation_and_detects_nat(void **state)
{
	static const uint8_t spi_i[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
	static const uint8_t no_spi[8];
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_init(&build, false, true);
	facts = read_whole(&build);
	assert_int_equal(facts.version, 2);
	assert_int_equal(facts.exchange, IKE_SA_INIT);
	assert_true(facts.from_initiator);
	assert_false(facts.is_response);
	assert_int_equal(facts.message_id, 0);
	assert_int_equal(facts.says, IKE_SAYS_FRAGMENTATION | IKE_SAYS_NAT_DETECTION);
	assert_int_equal(facts.error_notify, 0);
	assert_memory_equal(facts.spi_i, spi_i, 8);
	assert_memory_equal(facts.spi_r, no_spi, 8);
}

static void response_without_offer_says_so(void **state)
{
	static const uint8_t spi_r[8] = {0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0};
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_init(&build, true, false);
	facts = read_whole(&build);
	assert_true(facts.is_response);
	assert_false(facts.from_initiator);
	assert_int_equal(facts.says, IKE_SAYS_NAT_DETECTION);
	assert_memory_equal(facts.spi_r, spi_r, 8);
}

static void cookie_and_redirect_are_told(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_header(&build, .response = true);
	ike_build_notify(&build, 16390, 16);
	facts = read_whole(&build);
	assert_int_equal(facts.says, IKE_SAYS_COOKIE);
	assert_int_equal(facts.error_notify, 0);
	ike_build_header(&build, .response = true);
	ike_build_notify(&build, 16407, 6);
	facts = read_whole(&build);
	assert_int_equal(facts.says, IKE_SAYS_REDIRECT);
}

static void invalid_ke_is_a_request_and_no_error(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_header(&build, .response = true);
	ike_build_notify(&build, 17, 2);
	facts = read_whole(&build);
	assert_int_equal(facts.says, IKE_SAYS_INVALID_KE);
	assert_int_equal(facts.error_notify, 0);
}

static void first_error_is_kept_and_statuses_are_none(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_header(&build, .response = true);
	ike_build_notify(&build, 16384, 0);
	ike_build_notify(&build, 14, 0); // NO_PROPOSAL_CHOSEN
	ike_build_notify(&build, 24, 0);
	facts = read_whole(&build);
	assert_int_equal(facts.error_notify, 14);
	assert_int_equal(facts.says, 0);
}

static void encrypted_payload_ends_the_chain(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_auth(&build, true, 3000);
	ike_build_notify(&build, 14, 0); // behind the last one: nobody's
	facts = read_whole(&build);
	assert_int_equal(facts.exchange, IKE_AUTH);
	assert_int_equal(facts.message_id, 1);
	assert_false(facts.skf);
	assert_int_equal(facts.error_notify, 0);
}

static void fragments_have_number_and_total(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	for (uint16_t number = 1; number <= 3; number++) {
		ike_build_header(&build, .exchange = IKE_AUTH, .message_id = 1);
		ike_build_skf(&build, number, 3, number == 3 ? 200 : 1100);
		facts = read_whole(&build);
		assert_true(facts.skf);
		assert_int_equal(facts.skf_number, number);
		assert_int_equal(facts.skf_total, 3);
	}
}

static void fragment_numbers_that_cannot_be_are_no_fragment(void **state)
{
	static const uint16_t numbers[][2] = {{0, 3}, {4, 3}, {1, 0}, {0, 0}};
	struct ike_build build;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ike_build_header(&build, .exchange = IKE_AUTH);
		ike_build_skf(&build, numbers[i][0], numbers[i][1], 100);
		assert_false(read_broken(&build).skf);
	}
}

static void first_version_is_known_by_its_header_alone(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_header(&build, .version = 1, .exchange = 2, .response = true);
	ike_build_notify(&build, 14, 0);
	facts = read_whole(&build);
	assert_int_equal(facts.version, 1);
	assert_int_equal(facts.exchange, 2);
	assert_false(facts.is_response);
	assert_false(facts.from_initiator);
	assert_int_equal(facts.error_notify, 0);
}

static void other_bytes_are_no_message(void **state)
{
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	ike_build_header(&build, .version = 3);
	assert_int_equal(read_exactly(build.bytes, build.bytes_count, &facts), IKE_READ_NONE);
	ike_build_header(&build, .version = 2);
	memset(build.bytes, 0, 8); // no SPI
	assert_int_equal(read_exactly(build.bytes, build.bytes_count, &facts), IKE_READ_NONE);
	ike_build_header(&build, .version = 2);
	build.bytes[27] = 27; // shorter than its header
	assert_int_equal(read_exactly(build.bytes, build.bytes_count, &facts), IKE_READ_NONE);
	assert_int_equal(facts.version, 0);
}

static void payload_of_no_length_does_not_hang(void **state)
{
	struct ike_build build;
	uint32_t at;

	(void)state;
	for (uint8_t length = 0; length < 4; length++) {
		ike_build_header(&build, .version = 2);
		ike_build_notify(&build, 16430, 0);
		at = ike_build_payload(&build, IKE_PAYLOAD_NONCE, 16);
		build.bytes[at] = IKE_PAYLOAD_NONCE; // names itself
		build.bytes[at + 3] = length;
		assert_int_equal(read_broken(&build).says, IKE_SAYS_FRAGMENTATION);
	}
}

static void payload_beyond_the_message_is_not_believed(void **state)
{
	struct ike_build build;
	uint32_t at;

	(void)state;
	ike_build_init(&build, false, false);
	at = ike_build_payload(&build, IKE_PAYLOAD_NOTIFY, 4);
	build.bytes[at + 6] = 16430 >> 8;
	build.bytes[at + 7] = 16430 & 255;
	build.bytes[at + 3]++;
	assert_int_equal(read_broken(&build).says, IKE_SAYS_NAT_DETECTION);
}

static void chain_that_goes_on_behind_the_message_is_broken(void **state)
{
	struct ike_build build;

	(void)state;
	ike_build_init(&build, false, true);
	build.bytes[build.next_at] = IKE_PAYLOAD_NOTIFY;
	assert_int_equal(read_broken(&build).says, IKE_SAYS_NAT_DETECTION | IKE_SAYS_FRAGMENTATION);
}

static void notify_without_a_type_is_broken(void **state)
{
	struct ike_build build;

	(void)state;
	ike_build_header(&build, .version = 2);
	ike_build_payload(&build, IKE_PAYLOAD_NOTIFY, 3);
	assert_int_equal(read_broken(&build).says, 0);
}

static void endless_chain_is_given_up(void **state)
{
	struct ike_build build;

	(void)state;
	ike_build_header(&build, .version = 2);
	for (int i = 0; i < 1000; i++)
		ike_build_payload(&build, IKE_PAYLOAD_NONCE, 0);
	ike_build_notify(&build, 14, 0);
	assert_int_equal(read_broken(&build).error_notify, 0);
}

static void message_cut_anywhere_is_read_so_far(void **state)
{
	struct ike_build builds[3];
	struct ike_facts facts;

	(void)state;
	ike_build_init(&builds[0], false, true);
	ike_build_auth(&builds[1], true, 300);
	ike_build_header(&builds[2], .exchange = IKE_AUTH);
	ike_build_skf(&builds[2], 2, 3, 200);
	for (size_t i = 0; i < 3; i++) {
		for (uint32_t count = 0; count < builds[i].bytes_count; count++) {
			enum ike_read read = read_exactly(builds[i].bytes, count, &facts);

			assert_int_equal(read, count < 28 ? IKE_READ_NONE : IKE_READ_WHOLE);
			assert_int_equal(facts.message_bytes, count < 28 ? 0 : builds[i].bytes_count);
			if (i == 2)
				assert_int_equal(facts.skf_number, count < 36 ? 0 : 2);
		}
	}
}

static void any_bytes_are_read_without_harm(void **state)
{
	uint64_t random = 88172645463325252u;
	struct ike_build build;
	struct ike_facts facts;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		ike_build_init(&build, i & 1, true);
		for (int spoiled = 0; spoiled < 1 + i % 40; spoiled++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			build.bytes[random % build.bytes_count] = (uint8_t)(random >> 40);
		}
		if (read_exactly(build.bytes, random % build.bytes_count, &facts) != IKE_READ_NONE)
			assert_in_range(facts.version, 1, 2);
	}
}

static void marker_tells_message_from_esp_on_nat_traversal(void **state)
{
	static const uint8_t esp[8] = {0, 0, 0, 1, 0, 0, 0, 7}, marked[5] = {0, 0, 0, 0, 9};
	size_t count = 0;

	(void)state;
	assert_ptr_equal(ike_message_in_udp(esp, 8, 500, 500, &count), esp);
	assert_int_equal(count, 8);
	assert_null(ike_message_in_udp(esp, 8, 4500, 61000, &count));
	assert_ptr_equal(ike_message_in_udp(marked, 5, 61000, 4500, &count), marked + 4);
	assert_int_equal(count, 1);
	assert_null(ike_message_in_udp(marked, 4, 4500, 4500, &count));
	assert_null(ike_message_in_udp(marked, 1, 4500, 4500, &count)); // a keepalive
	assert_null(ike_message_in_udp(NULL, 0, 500, 500, &count));
}

static void digest_differs_by_any_byte_and_by_length(void **state)
{
	struct ike_build build;
	uint64_t whole;

	(void)state;
	ike_build_auth(&build, false, 301);
	whole = ike_message_digest(build.bytes, 301);
	assert_true(whole == ike_message_digest(build.bytes, 301));
	for (uint32_t i = 0; i < 301; i++) {
		build.bytes[i] ^= 1;
		assert_true(whole != ike_message_digest(build.bytes, 301));
		build.bytes[i] ^= 1;
		assert_true(whole != ike_message_digest(build.bytes, i));
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(first_request_offers_fragmentation_and_detects_nat),
	MW_TEST(response_without_offer_says_so),
	MW_TEST(cookie_and_redirect_are_told),
	MW_TEST(invalid_ke_is_a_request_and_no_error),
	MW_TEST(first_error_is_kept_and_statuses_are_none),
	MW_TEST(encrypted_payload_ends_the_chain),
	MW_TEST(fragments_have_number_and_total),
	MW_TEST(fragment_numbers_that_cannot_be_are_no_fragment),
	MW_TEST(first_version_is_known_by_its_header_alone),
	MW_TEST(other_bytes_are_no_message),
	MW_TEST(payload_of_no_length_does_not_hang),
	MW_TEST(payload_beyond_the_message_is_not_believed),
	MW_TEST(chain_that_goes_on_behind_the_message_is_broken),
	MW_TEST(notify_without_a_type_is_broken),
	MW_TEST(endless_chain_is_given_up),
	MW_TEST(message_cut_anywhere_is_read_so_far),
	MW_TEST(any_bytes_are_read_without_harm),
	MW_TEST(marker_tells_message_from_esp_on_nat_traversal),
	MW_TEST(digest_differs_by_any_byte_and_by_length),
};
MW_TEST_MAIN("detect_ike_message", tests)
