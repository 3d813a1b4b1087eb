// SPDX-License-Identifier: BSD-3-Clause
// Flows on which ESP is awaited: found, begun anew, given up for later ones, forgotten.
// Neighbours: lib/detectors/ike/watch.c.
#include <stdlib.h>

#include "watch.h"
#include "mw_test.h"

static struct mw_flow flows[IKE_WATCH_WAYS + 1];

static int start(void **state)
{
	*state = calloc(1, sizeof(struct ike_watches));
	return *state == NULL;
}

static int stop(void **state)
{
	free(*state);
	return 0;
}

static void a_flow_is_found_by_its_hash_until_it_is_forgotten(void **state)
{
	struct mw_flow *evicted;
	struct ike_watch *watch = ike_watch_begin(*state, &flows[0], 77, &evicted);

	assert_null(evicted);
	watch->told[1] = 1;
	assert_ptr_equal(ike_watch_find(*state, &flows[0], 77), watch);
	assert_null(ike_watch_find(*state, &flows[1], 77));
	assert_null(ike_watch_find(*state, &flows[0], 78));
	ike_watch_forget(*state, &flows[0]);
	assert_null(ike_watch_find(*state, &flows[0], 77));
}

static void a_message_begins_anew(void **state)
{
	struct mw_flow *evicted;
	struct ike_watch *watch = ike_watch_begin(*state, &flows[0], 5, &evicted);

	watch->told[0] = 1;
	watch->looks = 3;
	assert_ptr_equal(ike_watch_begin(*state, &flows[0], 5, &evicted), watch);
	assert_null(evicted);
	assert_int_equal(watch->told[0], 0);
	assert_int_equal(watch->looks, 0);
}

static void the_one_begun_first_gives_way(void **state)
{
	struct mw_flow *evicted;

	for (uint32_t i = 0; i < IKE_WATCH_WAYS; i++) {
		ike_watch_begin(*state, &flows[i], i * IKE_WATCH_SETS, &evicted);
		assert_null(evicted);
	}
	ike_watch_begin(*state, &flows[0], 0, &evicted); // again: now it is the newest
	ike_watch_begin(*state, &flows[IKE_WATCH_WAYS], 0, &evicted);
	assert_ptr_equal(evicted, &flows[1]);
	assert_null(ike_watch_find(*state, &flows[1], 0));
	assert_non_null(ike_watch_find(*state, &flows[0], 0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(a_flow_is_found_by_its_hash_until_it_is_forgotten),
	CASE(a_message_begins_anew),
	CASE(the_one_begun_first_gives_way),
};
MW_TEST_MAIN("detect_ike_watch", tests)
