// SPDX-License-Identifier: BSD-3-Clause
// Chains of attempts by number: no pointer moves, and no call costs more than a chain's length.
// Neighbours: table.h.
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "mw_hash.h"

enum { BY_SPI, BY_ENDS, BY_AGE };

_Static_assert(BY_AGE < IKE_LINKS, "each chain has its link");

/** A chain: its first and last attempt's number and 1. */
struct chain {
	uint32_t first, last;
};

struct ike_table {
	struct mw_hash_key hash_key; // shows in no result: every chain is walked to its end
	uint32_t mask; // of the buckets
	uint32_t free; // first unused attempt, chained by BY_AGE
	struct chain *by[2]; // BY_SPI, BY_ENDS
	struct chain lists[IKE_LISTS];
	struct ike_attempt *attempts;
};

struct spi_key {
	uint8_t spi_i[IKE_SPI_BYTES];
	struct mw_address initiator, responder;
};

struct ends_key {
	struct mw_address initiator, responder;
};

static struct ike_attempt *at(const struct ike_table *table, uint32_t number)
{
	return number == 0 ? NULL : &table->attempts[number - 1];
}

static uint32_t number_of(const struct ike_table *table, const struct ike_attempt *attempt)
{
	return (uint32_t)(attempt - table->attempts) + 1;
}

static struct chain *by_spi(const struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
							const struct mw_address *initiator, const struct mw_address *responder)
{
	struct spi_key key = {.initiator = *initiator, .responder = *responder};

	memcpy(key.spi_i, spi_i, sizeof(key.spi_i));
	return &table->by[BY_SPI][mw_hash(&table->hash_key, &key, sizeof(key)) & table->mask];
}

static struct chain *by_ends(const struct ike_table *table, const struct mw_address *initiator,
							 const struct mw_address *responder)
{
	struct ends_key key = {*initiator, *responder};

	return &table->by[BY_ENDS][mw_hash(&table->hash_key, &key, sizeof(key)) & table->mask];
}

struct ike_table *ike_table_new(uint32_t attempts_max)
{
	struct ike_table *table = calloc(1, sizeof(*table));
	uint32_t buckets = 1;

	if (table == NULL)
		return NULL;
	while (buckets < attempts_max)
		buckets *= 2;
	table->mask = buckets - 1;
	table->attempts = calloc(attempts_max, sizeof(*table->attempts));
	table->by[BY_SPI] = calloc(buckets, sizeof(struct chain));
	table->by[BY_ENDS] = calloc(buckets, sizeof(struct chain));
	if (table->attempts == NULL || table->by[BY_SPI] == NULL || table->by[BY_ENDS] == NULL ||
		mw_hash_key_random(&table->hash_key) != 0) {
		ike_table_free(table);
		return NULL;
	}
	for (uint32_t i = attempts_max; i > 0; i--) {
		table->attempts[i - 1].links[BY_AGE].next = table->free;
		table->free = i;
	}
	return table;
}

void ike_table_free(struct ike_table *table)
{
	if (table == NULL)
		return;
	free(table->by[BY_SPI]);
	free(table->by[BY_ENDS]);
	free(table->attempts);
	free(table);
}

static void append(struct ike_table *table, struct chain *chain, uint32_t link, struct ike_attempt *attempt)
{
	uint32_t number = number_of(table, attempt);

	attempt->links[link] = (struct ike_link){.before = chain->last};
	if (chain->last != 0)
		at(table, chain->last)->links[link].next = number;
	else
		chain->first = number;
	chain->last = number;
}

static void take_out(struct ike_table *table, struct chain *chain, uint32_t link, struct ike_attempt *attempt)
{
	struct ike_link links = attempt->links[link];

	if (links.before != 0)
		at(table, links.before)->links[link].next = links.next;
	else
		chain->first = links.next;
	if (links.next != 0)
		at(table, links.next)->links[link].before = links.before;
	else
		chain->last = links.before;
}

static bool is_between(const struct ike_attempt *attempt, const struct mw_address *initiator,
					   const struct mw_address *responder)
{
	return mw_address_compare(&attempt->initiator, initiator) == 0 &&
		   mw_address_compare(&attempt->responder, responder) == 0;
}

struct ike_attempt *ike_table_find(const struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
								   const struct mw_address *initiator, const struct mw_address *responder)
{
	struct ike_attempt *attempt = at(table, by_spi(table, spi_i, initiator, responder)->first);

	while (attempt != NULL &&
		   (memcmp(attempt->spi_i, spi_i, sizeof(attempt->spi_i)) != 0 || !is_between(attempt, initiator, responder)))
		attempt = at(table, attempt->links[BY_SPI].next);
	return attempt;
}

struct ike_attempt *ike_table_next(const struct ike_table *table, const struct ike_attempt *attempt,
								   const struct mw_address *initiator, const struct mw_address *responder)
{
	attempt = at(table, attempt == NULL ? by_ends(table, initiator, responder)->last : attempt->links[BY_ENDS].before);
	while (attempt != NULL && !is_between(attempt, initiator, responder))
		attempt = at(table, attempt->links[BY_ENDS].before);
	return at(table, attempt == NULL ? 0 : number_of(table, attempt));
}

struct ike_attempt *ike_table_add(struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
								  const struct mw_address *initiator, const struct mw_address *responder,
								  uint64_t now_ns)
{
	struct ike_attempt *attempt = at(table, table->free);

	if (attempt == NULL)
		return NULL;
	table->free = attempt->links[BY_AGE].next;
	*attempt = (struct ike_attempt){.initiator = *initiator, .responder = *responder};
	memcpy(attempt->spi_i, spi_i, sizeof(attempt->spi_i));
	attempt->touched_ns = now_ns;
	attempt->list = IKE_LIST_UNANSWERED;
	append(table, by_spi(table, spi_i, initiator, responder), BY_SPI, attempt);
	append(table, by_ends(table, initiator, responder), BY_ENDS, attempt);
	append(table, &table->lists[attempt->list], BY_AGE, attempt);
	return attempt;
}

void ike_table_touch(struct ike_table *table, struct ike_attempt *attempt, enum ike_list list, uint64_t now_ns)
{
	take_out(table, &table->lists[attempt->list], BY_AGE, attempt);
	attempt->list = (uint8_t)list;
	attempt->touched_ns = now_ns;
	append(table, &table->lists[list], BY_AGE, attempt);
}

struct ike_attempt *ike_table_oldest(const struct ike_table *table, enum ike_list list)
{
	return at(table, table->lists[list].first);
}

void ike_table_remove(struct ike_table *table, struct ike_attempt *attempt)
{
	take_out(table, &table->lists[attempt->list], BY_AGE, attempt);
	take_out(table, by_spi(table, attempt->spi_i, &attempt->initiator, &attempt->responder), BY_SPI, attempt);
	take_out(table, by_ends(table, &attempt->initiator, &attempt->responder), BY_ENDS, attempt);
	attempt->links[BY_AGE] = (struct ike_link){.next = table->free};
	table->free = number_of(table, attempt);
}
