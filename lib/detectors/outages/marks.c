// SPDX-License-Identifier: BSD-3-Clause
// Most marks are one message. Two take memory: what a router says more often when it starts than later, and its boot
// number. Neighbours: marks.h.
#include "marks.h"

#include "outages.h"

#define LEAVES_NS (30 * MW_NS_PER_SECOND) // it goes on forwarding for a while, until it is off

static const struct {
	uint8_t surer;
	const char *words;
} table[OUTAGES_MARKS] = {
	[OUTAGES_MARK_LINK] = {10, "the next hop's link came up"},
	[OUTAGES_MARK_LEFT] = {5, "it had said that it stops being a router"},
	[OUTAGES_MARK_ADVERTISES] = {10, "it advertised itself as a router that starts"},
	[OUTAGES_MARK_BOOTS] = {10, "its UPnP boot number rose"},
	[OUTAGES_MARK_QUERIES4] = {5, "it asked for IPv4 groups as a querier that starts"},
	[OUTAGES_MARK_QUERIES6] = {5, "it asked for IPv6 groups as a querier that starts"},
	[OUTAGES_MARK_SOLICITS4] = {5, "it sought a DHCP server"},
	[OUTAGES_MARK_SOLICITS6] = {5, "it sought a DHCPv6 server"},
	[OUTAGES_MARK_DIALS] = {5, "it sought a PPPoE server"},
};

/** The first ones, so many more than one, are so close; later ones are minutes apart. */
static const struct {
	uint64_t close_ns;
	uint32_t least;
	uint8_t sort, mark;
} rhythms[OUTAGES_RHYTHMS] = {
	// MAX_INITIAL_RTR_ADVERTISEMENTS, MAX_INITIAL_RTR_ADVERT_INTERVAL (RFC 4861 sections 6.2.4, 10)
	{16 * MW_NS_PER_SECOND, 2, OUTAGES_ADVERTISES, OUTAGES_MARK_ADVERTISES},
	// Startup Query Count, Startup Query Interval: a quarter of 125 s (RFC 3376 8.6, 8.7; RFC 3810 9.6, 9.7)
	{32 * MW_NS_PER_SECOND, 1, OUTAGES_QUERIES4, OUTAGES_MARK_QUERIES4},
	{32 * MW_NS_PER_SECOND, 1, OUTAGES_QUERIES6, OUTAGES_MARK_QUERIES6},
};

/** Sorts that are a mark by themselves. */
static const struct {
	uint8_t sort, mark;
} plain[] = {{OUTAGES_STARTS, OUTAGES_MARK_LINK},
			 {OUTAGES_SOLICITS4, OUTAGES_MARK_SOLICITS4},
			 {OUTAGES_SOLICITS6, OUTAGES_MARK_SOLICITS6},
			 {OUTAGES_DIALS, OUTAGES_MARK_DIALS}};

static bool begins_anew(struct outages_rhythm *rhythm, unsigned which, uint64_t time_ns, bool is_open)
{
	const bool close = rhythm->said_ns != 0 && time_ns - rhythm->said_ns <= rhythms[which].close_ns;

	rhythm->close = close ? rhythm->close + 1 : 0;
	rhythm->said_ns = time_ns;
	if (!is_open)
		rhythm->talks = rhythm->close >= rhythms[which].least;
	return !rhythm->talks && rhythm->close >= rhythms[which].least;
}

/** Notes a device's boot number. @return true when it had a lower one. */
static bool rises(struct outages_marks *marks, uint32_t device, uint32_t boot)
{
	uint32_t at = 0, before;

	while (at < MW_MIN(marks->devices_count, (uint32_t)OUTAGES_DEVICES) && marks->devices[at].device != device)
		at++;
	if (at == MW_MIN(marks->devices_count, (uint32_t)OUTAGES_DEVICES)) {
		at = marks->devices_count++ % OUTAGES_DEVICES;
		marks->devices[at].device = device;
		marks->devices[at].boot = boot;
	}
	before = marks->devices[at].boot;
	marks->devices[at].boot = boot;
	return boot > before;
}

void outages_marks_take(struct outages_marks *marks, const struct outages_sign *sign, uint32_t *seen)
{
	uint32_t found = 0;

	if (sign->sort == OUTAGES_LEAVES)
		marks->left_ns = sign->time_ns;
	for (size_t i = 0; i < MW_ARRAY_SIZE(plain); i++)
		found |= (uint32_t)(sign->sort == plain[i].sort) << plain[i].mark;
	for (unsigned i = 0; i < OUTAGES_RHYTHMS; i++) {
		if (sign->sort == rhythms[i].sort)
			found |= (uint32_t)begins_anew(&marks->rhythms[i], i, sign->time_ns, seen != NULL) << rhythms[i].mark;
	}
	if (sign->sort == OUTAGES_BOOTS)
		found |= (uint32_t)rises(marks, (uint32_t)(sign->until_ns >> 32), (uint32_t)sign->until_ns)
				 << OUTAGES_MARK_BOOTS;
	if (seen != NULL)
		*seen |= found;
}

bool outages_marks_left(const struct outages_marks *marks, uint64_t from_ns)
{
	return marks->left_ns != 0 && marks->left_ns + LEAVES_NS >= from_ns;
}

int64_t outages_marks_weigh(uint32_t seen)
{
	int64_t surer = 0;

	for (unsigned mark = 0; mark < OUTAGES_MARKS; mark++)
		surer += (seen >> mark & 1) * table[mark].surer;
	return surer;
}

const char *outages_marks_words(unsigned mark)
{
	return table[mark].words;
}
