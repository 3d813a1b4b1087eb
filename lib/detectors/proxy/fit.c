// SPDX-License-Identifier: BSD-3-Clause
// The clock fit: for each rate that stacks tick at, take the ticks since the first sample off every TSval; servers on
// one clock leave equal rests. What is told apart from one clock, and why, is in the constants.
// Neighbours: fit.h.
#include "fit.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/**
 * Ticks a second of TCP timestamp clocks. Linux: 100, 250, 300, 1000 by kernel build, 1000 since 4.13, 1000000 by
 * route; Windows 10, 100, 1000; the BSDs 1, 2, 100, 1000; network devices powers of two, 50, 60, 200, 500.
 */
static const uint32_t rates_hz[] = {1000, 100, 250, 10, 500, 1024, 512, 300, 256, 200, 128, 64, 60, 50, 2, 1, 1000000};

/** The way from box to tap is the same for all: its delay varies by queues and slow cores alone. */
#define JITTER_NS (100 * MW_NS_PER_MS)
/** Crystals are within 100 parts in a million of their name. */
#define DRIFT_PART UINT64_C(10000)
/** A value that does not move is no clock (some stacks send 0 or 1 in every SYN-ACK). Ten times the jitter. */
#define SPAN_LEAST_NS MW_NS_PER_SECOND
#define TICKS_LEAST   50
/** Ten million fits a day for a year stay below one false one in a hundred years. */
#define CHANCE_MOST 1e-12
/**
 * One operator may own many /16 of one /8 (Apple has all of 17/8), seldom in three: servers are unrelated when they are
 * in four networks, which are in three blocks: IPv4 /8, IPv6 /16.
 */
#define NETWORKS_LEAST 4
#define BLOCKS_LEAST   3
/** Machines whose TSval is the time of day in ticks share a clock with the world. One that is wrong by an hour, too. */
#define WALL_CLOCK_SECONDS 3600

/** Samples with equal rests at one rate. */
struct line {
	uint32_t rate_hz, count, width_ticks;
	uint64_t on;
	uint32_t allowed_ticks; // width that was looked for
};

static uint64_t since(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/** Ticks in a time; modulo 2^32, for any time and rate. */
static uint32_t ticks_of(uint64_t time_ns, uint32_t rate_hz)
{
	return (uint32_t)(time_ns / MW_NS_PER_SECOND * rate_hz + time_ns % MW_NS_PER_SECOND * rate_hz / MW_NS_PER_SECOND);
}

/** Distance allowed from a clock over a time, in ticks: jitter, drift and one tick for rounding. */
static uint32_t allowed_ticks(uint64_t span_ns, uint32_t rate_hz)
{
	uint64_t allowed_ns = JITTER_NS + MW_MIN(span_ns, 86400 * MW_NS_PER_SECOND) / DRIFT_PART;

	return (uint32_t)(allowed_ns * rate_hz / MW_NS_PER_SECOND + 1);
}

static int compare_rests(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/** Samples of a set, first and last. */
static void find_span(const struct proxy_sample *samples, uint32_t count, uint64_t of, uint64_t *first_ns,
					  uint64_t *last_ns)
{
	*first_ns = UINT64_MAX;
	*last_ns = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!(of >> i & 1))
			continue;
		*first_ns = MW_MIN(*first_ns, samples[i].time_ns);
		*last_ns = MW_MAX(*last_ns, samples[i].time_ns);
	}
}

/** The densest stretch of rests on the circle of 2^32; rests: sorted, sample number in the low byte. */
static void densest(const uint64_t *rests, uint32_t count, struct line *line)
{
	const uint32_t room = 2 * line->allowed_ticks;
	uint32_t end = 0, best = 0;

	for (uint32_t start = 0; start < count; start++) {
		uint32_t from = (uint32_t)(rests[start] >> 8), width;

		end = MW_MAX(end, start + 1);
		while (end < start + count && (uint32_t)(rests[end % count] >> 8) - from <= room)
			end++;
		width = (uint32_t)(rests[(end - 1) % count] >> 8) - from;
		if (end - start < line->count || (end - start == line->count && width >= line->width_ticks))
			continue;
		line->count = end - start;
		line->width_ticks = width;
		best = start;
	}
	line->on = 0;
	for (uint32_t i = 0; i < line->count; i++)
		line->on |= UINT64_C(1) << (rests[(best + i) % count] & 0xff);
}

static struct line line_at(const struct proxy_sample *samples, uint32_t count, uint32_t rate_hz)
{
	uint64_t rests[PROXY_SAMPLES], first_ns, last_ns;
	struct line line = {.rate_hz = rate_hz};

	find_span(samples, count, UINT64_MAX, &first_ns, &last_ns);
	line.allowed_ticks = allowed_ticks(last_ns - first_ns, rate_hz);
	for (uint32_t i = 0; i < count; i++)
		rests[i] = (uint64_t)(samples[i].ts_value - ticks_of(samples[i].time_ns - first_ns, rate_hz)) << 8 | i;
	qsort(rests, count, sizeof(rests[0]), compare_rests);
	densest(rests, count, &line);
	return line;
}

static uint64_t width_ns(const struct line *line)
{
	return line->width_ticks * MW_NS_PER_SECOND / line->rate_hz;
}

/** The rate with most samples on one line; of equals the one that they fit best. */
static struct line best_line(const struct proxy_sample *samples, uint32_t count)
{
	struct line best = line_at(samples, count, rates_hz[0]);

	for (size_t i = 1; i < MW_ARRAY_SIZE(rates_hz); i++) {
		struct line line = line_at(samples, count, rates_hz[i]);

		if (line.count > best.count || (line.count == best.count && width_ns(&line) < width_ns(&best)))
			best = line;
	}
	return best;
}

/** Random values: one chooses the line, each further one is on it with the same chance; any one, any rate. */
static double chance_of(const struct line *line, uint32_t count)
{
	double each = (2.0 * line->allowed_ticks + 1) / 4294967296.0;
	const size_t tries = count * MW_ARRAY_SIZE(rates_hz);
	double chance = (double)tries;

	for (uint32_t i = 1; i < line->count && chance > PROXY_CHANCE_LEAST; i++)
		chance *= each * (count - i) / i;
	return chance;
}

/** True when a TSval is the time of day in ticks of some rate. A thousandth of the circle at most: it may be chance. */
static bool is_wall_clock(const struct proxy_sample *sample)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(rates_hz); i++) {
		uint64_t margin = MW_MIN((uint64_t)WALL_CLOCK_SECONDS * rates_hz[i], (UINT64_C(1) << 32) / 2000);
		uint32_t off = sample->ts_value - ticks_of(sample->time_ns, rates_hz[i]) + (uint32_t)margin;

		if (off <= 2 * margin)
			return true;
	}
	return false;
}

uint64_t proxy_network(const struct mw_address *server)
{
	static const uint8_t translated[12] = {0, 0x64, 0xff, 0x9b};
	const bool is_translated = memcmp(server->bytes, translated, sizeof(translated)) == 0;
	struct mw_address inside = is_translated ? mw_address_from_v4(&server->bytes[12]) : *server;
	uint32_t head;

	if (mw_address_is_private(&inside))
		return 1;
	if (mw_address_is_v4(&inside))
		return UINT64_C(4) << 32 | (uint64_t)inside.bytes[12] << 24 | (uint64_t)inside.bytes[13] << 16;
	memcpy(&head, inside.bytes, sizeof(head));
	return UINT64_C(6) << 32 | be32toh(head);
}

/** The block that a network is in. */
static uint64_t block_of(uint64_t network)
{
	return network >> 32 == 4 ? network & ~UINT64_C(0xffffff) : network & ~UINT64_C(0xffff);
}

static uint32_t add_distinct(uint64_t *items, uint32_t count, uint64_t item)
{
	for (uint32_t i = 0; i < count; i++) {
		if (items[i] == item)
			return count;
	}
	items[count] = item;
	return count + 1;
}

static bool are_unrelated(const struct proxy_sample *samples, uint32_t count, uint64_t on)
{
	uint64_t networks[PROXY_SAMPLES], blocks[PROXY_SAMPLES];
	uint32_t networks_count = 0, blocks_count = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t network = proxy_network(&samples[i].server);

		if (!(on >> i & 1))
			continue;
		networks_count = add_distinct(networks, networks_count, network);
		blocks_count = add_distinct(blocks, blocks_count, block_of(network));
	}
	return networks_count >= NETWORKS_LEAST && blocks_count >= BLOCKS_LEAST;
}

/** The clock moved: over a time, and by as many ticks, at the least, as the line and its width leave. */
static bool advanced(const struct line *line, uint64_t span_ns)
{
	uint64_t ticks = span_ns / MW_NS_PER_US * line->rate_hz / (MW_NS_PER_SECOND / MW_NS_PER_US);

	return span_ns >= SPAN_LEAST_NS && ticks >= (uint64_t)line->width_ticks + TICKS_LEAST;
}

static void fill_fit(const struct proxy_sample *samples, uint32_t count, const struct line *line, struct proxy_fit *fit)
{
	uint64_t first_ns, last_ns;

	find_span(samples, count, line->on, &first_ns, &last_ns);
	*fit = (struct proxy_fit){.clock = {.rate_hz = line->rate_hz},
							  .on = line->on,
							  .span_ns = last_ns - first_ns,
							  .deviation_ns = width_ns(line) / 2,
							  .chance = chance_of(line, count)};
	for (uint32_t i = 0; i < count; i++) {
		if (!(line->on >> i & 1) || samples[i].time_ns != last_ns)
			continue;
		fit->clock.time_ns = last_ns;
		fit->clock.ts_value = samples[i].ts_value;
	}
}

bool proxy_fit(const struct proxy_sample *samples, uint32_t count, uint32_t servers_at_least, struct proxy_fit *fit)
{
	struct line line;
	uint32_t wall = 0;

	if (count < servers_at_least)
		return false;
	line = best_line(samples, count);
	if (line.count < servers_at_least || line.count * 10 < count * 9 || !are_unrelated(samples, count, line.on))
		return false;
	fill_fit(samples, count, &line, fit);
	for (uint32_t i = 0; i < count; i++)
		wall += line.on >> i & 1 && is_wall_clock(&samples[i]);
	return advanced(&line, fit->span_ns) && fit->chance <= CHANCE_MOST && wall * 2 < line.count;
}

bool proxy_on_clock(const struct proxy_clock *clock, const struct proxy_sample *sample, uint64_t *deviation_ns)
{
	uint64_t later_ns = since(clock->time_ns, sample->time_ns), earlier_ns = since(sample->time_ns, clock->time_ns);
	uint32_t expected = clock->ts_value + ticks_of(later_ns, clock->rate_hz) - ticks_of(earlier_ns, clock->rate_hz);
	int32_t off = (int32_t)(sample->ts_value - expected);
	uint32_t distance = off < 0 ? -(uint32_t)off : (uint32_t)off;

	*deviation_ns = distance * MW_NS_PER_SECOND / clock->rate_hz / 2;
	return distance <= 2 * allowed_ticks(later_ns + earlier_ns, clock->rate_hz);
}
