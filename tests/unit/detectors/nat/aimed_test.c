// SPDX-License-Identifier: BSD-3-Clause
// Hosts and lines that somebody chose to collide under a hash key that everybody knows.
// Neighbours: lib/detectors/nat/host.c, line.c.
#include <string.h>

#include "mw_kit_index.h"
#include "mw_test.h"
#include "detector_world.h"
#include "host.h"
#include "line.h"
#include "world.h"

#define ROOM    1024
#define HEADS   2048 // of hosts: their chains are shorter
#define AIMED   200
#define LONGEST 12 // of 200 in 1024 chains that nobody aimed at

static struct mw_address host_address(uint32_t i)
{
	return mw_address_from_v4((const uint8_t[]){10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
}

static uint32_t chain_of_hosts(const struct mw_hash_key *known, const struct mw_hash_key *used)
{
	struct nat_hosts *hosts = nat_hosts_new(ROOM, used);
	uint32_t longest;

	assert_non_null(hosts);
	for (uint32_t i = 0, made = 0; made < AIMED; i++) {
		const struct mw_address address = host_address(i);

		if ((mw_nat_host_hash(known, &address, 3) & (HEADS - 1)) != 5)
			continue;
		assert_non_null(nat_hosts_get(hosts, nat_hosts_hash(hosts, 3, &address), 3, &address, ++made));
	}
	longest = mw_kit_index_longest(nat_hosts_index(hosts));
	nat_hosts_free(hosts);
	return longest;
}

static uint32_t chain_of_lines(const struct mw_hash_key *known, const struct mw_hash_key *used)
{
	const struct mw_nat_settings *settings;
	struct mw_settings *snapshot = nat_world_settings((const char *const[]){"nat.lines-max=1024", NULL}, &settings);
	struct nat_lines *lines;
	uint32_t longest;

	assert_int_equal(nat_lines_new(settings, used, &lines), 0);
	for (uint32_t i = 0, made = 0; made < AIMED; i++) {
		const struct nat_line_key key = {.address = host_address(i), .side = NAT_LINE_OUTSIDE};

		if ((mw_hash(known, &key, sizeof(key)) & (ROOM - 1)) != 5)
			continue;
		assert_non_null(nat_lines_open(lines, &key, ++made));
		assert_non_null(nat_lines_find(lines, &key));
	}
	longest = mw_kit_index_longest(nat_lines_index(lines));
	nat_lines_free(lines);
	mw_settings_free(snapshot);
	return longest;
}

static void hosts_aimed_under_the_public_key_lie_apart(void **state)
{
	struct mw_hash_key public_key;

	(void)state;
	mw_hash_key_from_seed(&public_key, 0);
	assert_int_equal(chain_of_hosts(&public_key, &public_key), AIMED);
	assert_in_range(chain_of_hosts(&public_key, detector_world_key()), 1, LONGEST);
}

static void lines_aimed_under_the_public_key_lie_apart(void **state)
{
	struct mw_hash_key public_key;

	(void)state;
	mw_hash_key_from_seed(&public_key, 0);
	assert_int_equal(chain_of_lines(&public_key, &public_key), AIMED);
	assert_in_range(chain_of_lines(&public_key, detector_world_key()), 1, LONGEST);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(hosts_aimed_under_the_public_key_lie_apart),
	MW_TEST(lines_aimed_under_the_public_key_lie_apart),
};

MW_TEST_MAIN("nat_aimed", tests)
