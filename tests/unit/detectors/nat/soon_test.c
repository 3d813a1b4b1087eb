// SPDX-License-Identifier: BSD-3-Clause
// Looking ahead changes nothing: the same steps give the same rows whether they are told beforehand in lots or not.
// Neighbours: lib/detectors/nat/soon.c, place.c.
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_settings.h"
#include "mw_test.h"
#include "detector_world.h"
#include "control.h"
#include "world.h"

#define STEPS    20000u
#define ROWS_MAX 4096u
#define TEXT     512u

/** A control half, and its rows in words. */
struct half {
	struct mw_settings *snapshot;
	struct mw_detector_control control;
	char rows[ROWS_MAX][TEXT];
	uint32_t rows_count;
};

static void keep(void *context, const struct mw_record *record, const void *row)
{
	struct half *half = context;
	struct mw_text text = mw_text_in(half->rows[half->rows_count], TEXT);

	assert_true(half->rows_count < ROWS_MAX);
	mw_text_add(&text, "%s", record->name);
	for (uint32_t i = 0; i < record->columns_count; i++) {
		mw_text_add(&text, ",");
		mw_record_add_cell(&text, &record->columns[i], row);
	}
	half->rows_count++;
}

static struct half *half_new(const char *const overrides[])
{
	struct half *half = calloc(1, sizeof(*half));
	const struct mw_nat_settings *settings;

	assert_non_null(half);
	half->snapshot = nat_world_settings(overrides, &settings);
	detector_control_start(&half->control, &mw_detector_nat, settings, (struct mw_row_sink){keep, half});
	return half;
}

static void half_free(struct half *half)
{
	detector_control_stop(&half->control, &mw_detector_nat);
	mw_settings_free(half->snapshot);
	free(half);
}

static uint32_t dice(uint32_t faces)
{
	static uint64_t state = 7;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(state >> 33) % faces;
}

/**
 * Hosts of a LAN, of tunnels that become lines midway, and public ones; answers, closes and reports as chance has it.
 */
static struct mw_event step(double at_s, bool six)
{
	static const char *const formats[] = {"192.168.5.%u", "10.9.8.%u", "198.51.100.%u", "203.0.113.%u", "2001:db8::%u"};
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};
	char src[32], dst[32], ce[64];
	uint32_t kind = six ? 4 : dice(4), protocol = dice(8);
	struct nat_story story = {
		src,  dst, (uint16_t)(1024 + dice(40)), (uint16_t)(dice(2) ? 443 : 53), protocols[protocol / 2 % 3], NULL,
		NULL, NULL};

	snprintf(src, sizeof(src), formats[kind], 1 + dice(12)); // NOLINT: the formats are above
	snprintf(dst, sizeof(dst), formats[six ? 4 : dice(4)], 100 + dice(9)); // NOLINT: so too
	snprintf(ce, sizeof(ce), "2001:db8:0:2%02x::1", dice(6));
	if (!six && dice(3) == 0) {
		story.near = ce;
		story.far = "2001:db8:ffff::1";
	}
	return nat_world_event(&story, at_s, (enum nat_what)dice(story.near == NULL ? 5 : 4), dice(2), at_s);
}

static void feed(struct half *one_by_one, struct half *ahead, const struct mw_event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		nat_control_soon(&ahead->control, &events[i]);
	for (uint32_t i = 0; i < count; i++) {
		nat_control_event(&one_by_one->control, &events[i]);
		nat_control_event(&ahead->control, &events[i]);
	}
}

static void compare(const char *const overrides[])
{
	struct half *one_by_one = half_new(overrides), *ahead = half_new(overrides);
	struct mw_event events[MW_DETECTOR_SOON_MAX];
	double at_s = 1, from_s = 0;

	for (uint32_t done = 0; done < STEPS;) {
		uint32_t count = 1 + dice(MW_DETECTOR_SOON_MAX);
		bool six = dice(3) == 0; // steps of IPv6 are told as well, and have no place

		for (uint32_t i = 0; i < count; i++, at_s += 0.013)
			events[i] = step(at_s, six);
		feed(one_by_one, ahead, events, count);
		done += count;
		if (at_s - from_s < 30)
			continue;
		for (uint32_t i = 0; i < 2; i++)
			nat_control_interval(&(i == 0 ? one_by_one : ahead)->control, NAT_WORLD_EPOCH_NS + (uint64_t)(from_s * 1e9),
								 NAT_WORLD_EPOCH_NS + (uint64_t)(at_s * 1e9));
		from_s = at_s;
	}
	assert_true(one_by_one->rows_count > 50);
	assert_int_equal(one_by_one->rows_count, ahead->rows_count);
	for (uint32_t i = 0; i < one_by_one->rows_count; i++)
		assert_string_equal(one_by_one->rows[i], ahead->rows[i]);
	half_free(one_by_one);
	half_free(ahead);
}

static void steps_told_beforehand_give_the_same_rows(void **state)
{
	(void)state;
	compare((const char *const[]){"nat.hosts-max=1024", "nat.sessions-max=65536", NULL});
	compare((const char *const[]){"nat.hosts-max=1024", "nat.sessions-max=65536", "nat.profile=rtx", NULL});
}

static void tables_that_are_full_give_the_same_rows(void **state)
{
	(void)state;
	compare((const char *const[]){"nat.hosts-max=16", "nat.sessions-max=1024", "nat.lines-max=3", "nat.ports-limit=16",
								  NULL});
}

static const struct CMUnitTest tests[] = {
	MW_TEST(steps_told_beforehand_give_the_same_rows),
	MW_TEST(tables_that_are_full_give_the_same_rows),
};
MW_TEST_MAIN("nat_soon", tests)
