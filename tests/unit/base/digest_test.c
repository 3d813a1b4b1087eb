// SPDX-License-Identifier: BSD-3-Clause
// The digest without a key, by the test vectors of draft-eastlake-fnv.
// Neighbours: lib/base/mw_digest.h.
#include "mw_digest.h"
#include "mw_test.h"

static void texts_have_the_published_digests(void **state)
{
	(void)state;
	assert_int_equal(mw_digest_text(""), 0x811c9dc5);
	assert_int_equal(mw_digest_text("a"), 0xe40c292c);
	assert_int_equal(mw_digest_text("foobar"), 0xbf9cf968);
	assert_int_equal(mw_digest_32("foobar", 6), 0xbf9cf968);
	assert_true(mw_digest_64(MW_DIGEST_64, "", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(mw_digest_64(MW_DIGEST_64, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(mw_digest_64(MW_DIGEST_64, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void parts_one_after_the_other_are_the_whole(void **state)
{
	uint64_t part = mw_digest_64(MW_DIGEST_64, "foo", 3);

	(void)state;
	assert_true(mw_digest_64(part, "bar", 3) == mw_digest_64(MW_DIGEST_64, "foobar", 6));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(texts_have_the_published_digests),
	MW_TEST(parts_one_after_the_other_are_the_whole),
};

MW_TEST_MAIN("base_digest", tests)
