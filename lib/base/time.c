// SPDX-License-Identifier: BSD-3-Clause
// Points in time as text, by arithmetic alone: no time zone, no lock, no clock.
// Neighbours: mw_time.h. Follows RFC 3339.
#include "mw_time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct civil {
	unsigned year, month, day, hour, minute, second, microsecond;
};

// Days are counted in years that begin in March, so that the leap day comes last.
static struct civil civil_of(uint64_t time_ns)
{
	uint64_t seconds = time_ns / MW_NS_PER_SECOND;
	unsigned in_day = (unsigned)(seconds % 86400);
	unsigned days = (unsigned)(seconds / 86400) + 719468; // since 0000-03-01
	unsigned era = days / 146097;
	unsigned day_of_era = days % 146097;
	unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month_from_march = (5 * day_of_year + 2) / 153;
	unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	return (struct civil){
		.year = year_of_era + era * 400 + (month <= 2),
		.month = month,
		.day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
		.hour = in_day / 3600,
		.minute = in_day / 60 % 60,
		.second = in_day % 60,
		.microsecond = (unsigned)(time_ns % MW_NS_PER_SECOND / MW_NS_PER_US),
	};
}

static uint64_t seconds_of(const struct civil *at)
{
	const uint64_t year = at->year - (at->month <= 2);
	const unsigned month_from_march = at->month > 2 ? at->month - 3 : at->month + 9;
	const uint64_t days = year / 400 * 146097 + year % 400 * 365 + year % 400 / 4 - year % 400 / 100 +
						  (153 * month_from_march + 2) / 5 + at->day - 1 - 719468;

	return days * 86400 + at->hour * UINT64_C(3600) + at->minute * UINT64_C(60) + at->second;
}

// Every row has a time: printf would take longer than all the rest. d stands for the next two digits.
static void add_form(struct mw_text *text, const struct civil *at, const char *form)
{
	const unsigned us = at->microsecond;
	const unsigned pairs[] = {at->year / 100, at->year % 100, at->month,  at->day,        at->hour,
							  at->minute,     at->second,     us / 10000, us / 100 % 100, us % 100};
	char chars[MW_TIME_TEXT_BYTES];
	size_t len_bytes = 0;

	for (unsigned pair = 0; *form != '\0'; form++) {
		if (*form != 'd') {
			chars[len_bytes++] = *form;
			continue;
		}
		chars[len_bytes++] = (char)('0' + pairs[pair] / 10 % 10);
		chars[len_bytes++] = (char)('0' + pairs[pair++] % 10);
	}
	mw_text_add_chars(text, chars, len_bytes);
}

void mw_time_add_rfc3339(struct mw_text *text, uint64_t time_ns)
{
	struct civil at = civil_of(time_ns);

	if (time_ns == 0)
		mw_text_add(text, "never");
	else
		add_form(text, &at, "dd-d-dTd:d:d.dddZ");
}

int mw_time_parse_rfc3339(const char *chars, uint64_t *time_ns)
{
	char again[MW_TIME_TEXT_BYTES];
	struct mw_text text = mw_text_in(again, sizeof(again));
	struct civil at;

	if (sscanf(chars, "%4u-%2u-%2uT%2u:%2u:%2u.%6uZ", &at.year, &at.month, &at.day, &at.hour, &at.minute, &at.second,
			   &at.microsecond) != 7 ||
		at.year < 1970 || at.year > 2262)
		return -EINVAL;
	*time_ns = seconds_of(&at) * MW_NS_PER_SECOND + at.microsecond * MW_NS_PER_US;
	mw_time_add_rfc3339(&text, *time_ns);
	return strcmp(again, chars) == 0 ? 0 : -EINVAL; // no other form, no day that there is not
}

void mw_time_add_compact(struct mw_text *text, uint64_t time_ns)
{
	struct civil at = civil_of(time_ns);

	add_form(text, &at, "ddddTdddZ");
}

// One decimal, cut rather than rounded, so that 59.99 s does not read as 60.0 s.
static void add_tenths(struct mw_text *text, uint64_t value, uint64_t unit, const char *name)
{
	mw_text_add(text, "%" PRIu64 ".%" PRIu64 " %s", value / unit, value % unit * 10 / unit, name);
}

void mw_time_add_duration(struct mw_text *text, uint64_t duration_ns)
{
	uint64_t seconds = duration_ns / MW_NS_PER_SECOND;

	if (duration_ns < MW_NS_PER_US)
		mw_text_add(text, "%" PRIu64 " ns", duration_ns);
	else if (duration_ns < MW_NS_PER_MS)
		mw_text_add(text, "%" PRIu64 " us", duration_ns / MW_NS_PER_US);
	else if (duration_ns < MW_NS_PER_SECOND)
		add_tenths(text, duration_ns, MW_NS_PER_MS, "ms");
	else if (seconds < 60)
		add_tenths(text, duration_ns, MW_NS_PER_SECOND, "s");
	else if (seconds < 3600)
		mw_text_add(text, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		mw_text_add(text, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
	else
		mw_text_add(text, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400, seconds / 3600 % 24);
}
