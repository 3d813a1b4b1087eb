// SPDX-License-Identifier: BSD-3-Clause
// Random pieces of random datagrams against a plain model that has a flag for every byte.
// Neighbours: lib/fragment/ranges.c.
#include "fragment_world.h"

#include <string.h>

#define DATAGRAMS  2000
#define BYTES_MAX  16000
#define PIECES_MAX 64

/** One datagram as the model sees it. */
struct model {
	uint8_t seen[BYTES_MAX];
	uint32_t total, pieces, bytes_seen, ranges_most;
	bool last_seen;
};

static uint32_t ranges_in(const struct model *model)
{
	uint32_t ranges = 0;

	for (uint32_t i = 0; i < model->total; i++)
		ranges += model->seen[i] && (i == 0 || !model->seen[i - 1]);
	return ranges;
}

static void model_take(struct model *model, uint32_t from, uint32_t bytes)
{
	for (uint32_t i = from; i < from + bytes; i++) {
		model->bytes_seen += !model->seen[i];
		model->seen[i] = 1;
	}
	model->last_seen = model->last_seen || from + bytes == model->total;
	model->pieces++;
	model->ranges_most = MW_MAX(model->ranges_most, ranges_in(model));
}

/** Gaps up to the end that is known, and the open one behind. */
static void assert_gaps(const struct model *model, const struct mw_fragment_datagram *datagram)
{
	uint32_t nth = 0, end = model->last_seen || model->seen[0] ? model->total : 0, at = 0;

	while (at < model->total) {
		uint32_t from = at;

		while (at < model->total && !model->seen[at])
			at++;
		if (at > from && (at < model->total || end > 0))
			assert_missing(datagram, nth++, from, at);
		else if (at > from)
			assert_missing(datagram, nth++, from, MW_FRAGMENT_OPEN);
		while (at < model->total && model->seen[at])
			at++;
	}
	assert_int_equal(datagram->missing_count, nth);
}

/** Cuts at random places, shuffles, loses some, doubles some; every seed is another datagram. */
static void play(struct world *world, struct model *model, uint64_t *seed, uint32_t id)
{
	uint32_t cuts[PIECES_MAX + 1], order[PIECES_MAX], pieces = 0, lose = next_random(seed) % 4;
	uint32_t step = 8 * (1 + next_random(seed) % 100);

	memset(model, 0, sizeof(*model));
	model->total = 200 + next_random(seed) % (BYTES_MAX - 200);
	for (uint32_t at = 0; pieces < PIECES_MAX && at < model->total; pieces++) {
		order[pieces] = pieces;
		cuts[pieces] = at;
		at += MW_MAX(48, 8 * (1 + next_random(seed) % (step / 4 + 1)) + (at == 0 ? 48 : 0));
	}
	cuts[pieces] = model->total;
	if (pieces == 1)
		return; // no fragment
	for (uint32_t i = pieces; i-- > 1;) {
		uint32_t j = next_random(seed) % (i + 1), kept = order[i];

		if (id % 3 != 0) {
			order[i] = order[j];
			order[j] = kept;
		}
	}
	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t from = cuts[order[i]], bytes = cuts[order[i] + 1] - from;

		if (next_random(seed) % 16 < lose)
			continue;
		for (uint32_t copies = 1 + (next_random(seed) % 8 == 0); copies > 0; copies--)
			give(world, .at = id * 100.0, .id = id, .content = id, .total = model->total, .from = from, .bytes = bytes,
				 .v6 = id & 1);
		model_take(model, from, bytes);
	}
}

static void assert_as_model(const struct world *world, const struct model *model)
{
	const struct mw_fragment_datagram *datagram = &world->told[0].datagram;
	bool complete = model->bytes_seen == model->total;

	assert_int_equal(world->told[0].end, complete ? MW_FRAGMENT_COMPLETE : MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(datagram->fragments, model->pieces);
	assert_int_equal(datagram->bytes_seen, model->bytes_seen);
	assert_int_equal(datagram->last_seen, model->last_seen);
	assert_int_equal(datagram->anomalies, 0);
	assert_gaps(model, datagram);
}

static void random_datagrams_are_told_as_a_plain_model_tells_them(void **state)
{
	static struct model model;
	struct world *world = world_new(4, 1, NULL);
	uint32_t seen[MW_FRAGMENT_ENDS] = {0};

	(void)state;
	for (uint32_t id = 1; id <= DATAGRAMS; id++) {
		uint64_t seed = id;

		world->told_count = 0;
		play(world, &model, &seed, id);
		expire(world, id * 100.0 + 60);
		if (model.pieces == 0 || model.ranges_most > MW_FRAGMENT_RANGES)
			continue;
		assert_int_equal(world->told_count, 1);
		assert_as_model(world, &model);
		seen[world->told[0].end]++;
	}
	world_free(world);
	assert_true(seen[MW_FRAGMENT_COMPLETE] > DATAGRAMS / 8);
	assert_true(seen[MW_FRAGMENT_INCOMPLETE] > DATAGRAMS / 8);
}

static void assert_same(const struct told *a, const struct told *b)
{
	const struct mw_fragment_datagram *x = &a->datagram, *y = &b->datagram;

	assert_int_equal(a->end, b->end);
	assert_true(x->id == y->id && x->first_ns == y->first_ns && x->last_ns == y->last_ns);
	assert_true(x->fragments == y->fragments && x->bytes_seen == y->bytes_seen && x->bytes_total == y->bytes_total);
	assert_true(x->anomalies == y->anomalies && x->answered == y->answered && x->first_seen == y->first_seen);
	assert_int_equal(x->missing_count, y->missing_count);
	assert_memory_equal(x->missing, y->missing, sizeof(x->missing));
	assert_memory_equal(x->head, y->head, sizeof(x->head));
}

// Many at a time, some of them evicted: what is told does not depend on the hash.
static void mixed_datagrams_are_told_alike_whatever_the_hash(void **state)
{
	struct world *worlds[2] = {world_new(64, 1, NULL), world_new(64, 2, NULL)};

	(void)state;
	for (uint32_t w = 0; w < 2; w++) {
		uint64_t seed = 3;

		for (uint32_t i = 0; i < 6000; i++) {
			uint32_t id = next_random(&seed) % 100, from = next_random(&seed) % 4 * 1480;

			give(worlds[w], .at = i * 0.002, .id = id, .content = id + i / 3000, .total = 5920, .from = from,
				 .bytes = next_random(&seed) % 16 == 0 ? 1400 : 1480, .answered = id % 2);
		}
		mw_fragments_finish(worlds[w]->fragments);
	}
	assert_int_equal(worlds[0]->told_count, worlds[1]->told_count);
	assert_true(worlds[0]->told_count > 500);
	assert_true(counter(worlds[0], MW_FRAGMENT_COUNT_EVICTED) > 0);
	for (uint32_t i = 0; i < worlds[0]->told_count; i++)
		assert_same(&worlds[0]->told[i], &worlds[1]->told[i]);
	world_free(worlds[0]);
	world_free(worlds[1]);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(random_datagrams_are_told_as_a_plain_model_tells_them),
	MW_TEST(mixed_datagrams_are_told_alike_whatever_the_hash),
};
MW_TEST_MAIN("fragment_random", tests)
