// SPDX-License-Identifier: BSD-3-Clause
// Requests and responses of SIP by call and number.
// Neighbours: lib/detectors/fragments/transaction.c.
#include "transaction.h"

#include <string.h>

#include "mw_test.h"

static uint32_t of(const char *text, bool response)
{
	return fragment_transaction((const uint8_t *)text, (uint32_t)strlen(text), response);
}

static uint32_t request(void)
{
	uint32_t transaction =
		of("INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nCall-ID: c1@a\r\nCSeq: 7 INVITE\r\n", false);

	assert_int_not_equal(transaction, 0);
	return transaction;
}

static void a_response_has_the_call_and_the_number(void **state)
{
	(void)state;
	assert_int_equal(
		of("SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP a;received=b\r\nCSeq: 7 INVITE\r\nCall-ID: c1@a\r\n\r\n", true),
		request());
}

static void names_may_be_short_and_written_otherwise(void **state)
{
	(void)state;
	assert_int_equal(of("SIP/2.0 200 OK\r\ni : c1@a\r\nCSEQ:7  INVITE\r\n", true), request());
}

static void another_number_call_or_method_is_another_one(void **state)
{
	(void)state;
	assert_int_not_equal(of("SIP/2.0 100 Trying\r\nCSeq: 8 INVITE\r\nCall-ID: c1@a\r\n", true), request());
	assert_int_not_equal(of("SIP/2.0 100 Trying\r\nCSeq: 7 INVITE\r\nCall-ID: c2@a\r\n", true), request());
	assert_int_not_equal(of("SIP/2.0 200 OK\r\nCSeq: 7 CANCEL\r\nCall-ID: c1@a\r\n", true), request());
}

static void what_is_cut_or_no_sip_is_none(void **state)
{
	static const char response[] = "SIP/2.0 100 Trying\r\nCSeq: 7 INVITE\r\nCall-ID: c1@a\r\n";

	(void)state;
	for (uint32_t bytes = 0; bytes < sizeof(response) - 1; bytes++)
		assert_int_equal(fragment_transaction((const uint8_t *)response, bytes, true), 0);
	assert_int_equal(of(response, false), 0); // no request
	assert_int_equal(of("NOTIFY * HTTP/1.1\r\nHost: a\r\n", false), 0);
	assert_int_equal(of("INVITE sip:b@x HTTP/1.1\r\nCall-ID: c1@a\r\nCSeq: 7 INVITE\r\n", false), 0);
	assert_int_equal(of("\001 sip:b@x SIP/2.0\r\nCall-ID: c1@a\r\nCSeq: 7 INVITE\r\n", false), 0);
	assert_int_equal(of("\n\n\n\n\n\n\n\n\n\n:\n :\n", false), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_response_has_the_call_and_the_number),
	cmocka_unit_test(names_may_be_short_and_written_otherwise),
	cmocka_unit_test(another_number_call_or_method_is_another_one),
	cmocka_unit_test(what_is_cut_or_no_sip_is_none),
};

MW_TEST_MAIN("fragments_transaction", tests)
