// SPDX-License-Identifier: BSD-3-Clause
// The end of input: every datagram ends, in an order that depends on the packets alone.
// Neighbours: end.c. The index has no more use, so its memory holds the order.
#include <string.h>

#include "table.h"

/** First piece first; no two datagrams have one key. */
static bool is_before(const struct mw_fragments *fragments, uint32_t a, uint32_t b)
{
	const struct datagram *x = datagram_at(fragments, a), *y = datagram_at(fragments, b);

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns;
	return memcmp(&x->key, &y->key, sizeof(x->key)) < 0;
}

/** Lets the number at place sink to where none below it comes later. */
static void sink(const struct mw_fragments *fragments, uint32_t *numbers, uint32_t place, uint32_t numbers_count)
{
	for (uint32_t child; (child = 2 * place + 1) < numbers_count; place = child) {
		uint32_t number = numbers[place];

		if (child + 1 < numbers_count && is_before(fragments, numbers[child], numbers[child + 1]))
			child++;
		if (!is_before(fragments, number, numbers[child]))
			return;
		numbers[place] = numbers[child];
		numbers[child] = number;
	}
}

/** Heapsort: neither memory nor a bad case. */
static void sort(const struct mw_fragments *fragments, uint32_t *numbers, uint32_t numbers_count)
{
	for (uint32_t place = numbers_count / 2; place-- > 0;)
		sink(fragments, numbers, place, numbers_count);
	for (uint32_t left = numbers_count; left-- > 1;) {
		uint32_t last = numbers[0];

		numbers[0] = numbers[left];
		numbers[left] = last;
		sink(fragments, numbers, 0, left);
	}
}

static uint32_t collect(const struct mw_fragments *fragments, uint32_t *numbers)
{
	uint32_t numbers_count = 0;

	for (uint32_t list = 0; list < LISTS; list++)
		for (uint32_t number = fragments->lists[list].oldest; number != 0;
			 number = datagram_at(fragments, number)->newer)
			numbers[numbers_count++] = number;
	return numbers_count;
}

void mw_fragments_finish(struct mw_fragments *fragments)
{
	uint32_t *numbers = fragments->buckets;
	uint32_t numbers_count;

	late_finish(fragments);
	numbers_count = collect(fragments, numbers);
	sort(fragments, numbers, numbers_count);
	for (uint32_t i = 0; i < numbers_count; i++) {
		const struct datagram *datagram = datagram_at(fragments, numbers[i]);

		if (datagram->gone)
			continue;
		if (datagram->list != LIST_COMPLETE && fragments->clock_ns - datagram->clock_ns < YOUNG_NS)
			notify_end(fragments, datagram, MW_FRAGMENT_UNFINISHED);
		else
			notify_over(fragments, datagram);
	}
	datagram_clear_all(fragments);
}
