// SPDX-License-Identifier: BSD-3-Clause
// Attempts by number, in two indexes and the lists by worth: no pointer moves.
// Neighbours: table.h.
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "mw_kit_index.h"

struct ike_table {
	struct mw_hash_key hash_key; // shows in no result
	struct mw_kit_index by_spi, by_ends; // the first one deals out the numbers
	struct mw_kit_list lists[IKE_LISTS];
	struct ike_attempt *attempts;
};

static uint32_t number_of(const struct ike_table *table, const struct ike_attempt *attempt)
{
	return (uint32_t)(attempt - table->attempts);
}

static struct ike_attempt *at(const struct ike_table *table, uint32_t number)
{
	return number == 0 ? NULL : &table->attempts[number];
}

static uint64_t hash_of_spi(const struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
							const struct mw_address *initiator, const struct mw_address *responder)
{
	struct {
		uint8_t spi_i[IKE_SPI_BYTES];
		struct mw_address initiator, responder;
	} key = {.initiator = *initiator, .responder = *responder};

	memcpy(key.spi_i, spi_i, sizeof(key.spi_i));
	return mw_hash(&table->hash_key, &key, sizeof(key));
}

static uint64_t hash_of_ends(const struct ike_table *table, const struct mw_address *initiator,
							 const struct mw_address *responder)
{
	const struct mw_address key[2] = {*initiator, *responder};

	return mw_hash(&table->hash_key, key, sizeof(key));
}

struct ike_table *ike_table_new(uint32_t attempts_max, const struct mw_hash_key *hash_key)
{
	struct ike_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->hash_key = *hash_key;
	table->attempts = calloc((size_t)attempts_max + 1, sizeof(*table->attempts));
	if (mw_kit_index_new(&table->by_spi, attempts_max) == 0 && mw_kit_index_new(&table->by_ends, attempts_max) == 0 &&
		table->attempts != NULL)
		return table;
	ike_table_free(table);
	return NULL;
}

void ike_table_free(struct ike_table *table)
{
	if (table == NULL)
		return;
	mw_kit_index_free(&table->by_spi);
	mw_kit_index_free(&table->by_ends);
	free(table->attempts);
	free(table);
}

static void append(struct ike_table *table, struct ike_attempt *attempt, enum ike_list list)
{
	attempt->list = (uint8_t)list;
	mw_kit_list_append(&table->lists[list], &table->attempts->age, sizeof(*attempt), number_of(table, attempt));
}

static void take_out(struct ike_table *table, const struct ike_attempt *attempt)
{
	mw_kit_list_remove(&table->lists[attempt->list], &table->attempts->age, sizeof(*attempt),
					   number_of(table, attempt));
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
	struct mw_kit_walk walk = mw_kit_walk(&table->by_spi, hash_of_spi(table, spi_i, initiator, responder));

	for (; walk.number != 0; mw_kit_walk_next(&table->by_spi, &walk)) {
		struct ike_attempt *attempt = &table->attempts[walk.number];

		if (memcmp(attempt->spi_i, spi_i, sizeof(attempt->spi_i)) == 0 && is_between(attempt, initiator, responder))
			return attempt;
	}
	return NULL;
}

struct ike_attempt *ike_table_next(const struct ike_table *table, const struct ike_attempt *attempt,
								   const struct mw_address *initiator, const struct mw_address *responder)
{
	struct mw_kit_walk walk = attempt == NULL ? mw_kit_walk(&table->by_ends, hash_of_ends(table, initiator, responder))
											  : mw_kit_walk_behind(&table->by_ends, number_of(table, attempt));

	while (walk.number != 0 && !is_between(&table->attempts[walk.number], initiator, responder))
		mw_kit_walk_next(&table->by_ends, &walk);
	return at(table, walk.number);
}

struct ike_attempt *ike_table_add(struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
								  const struct mw_address *initiator, const struct mw_address *responder,
								  uint64_t now_ns)
{
	struct ike_attempt *attempt;
	uint32_t number;

	if (mw_kit_index_full(&table->by_spi))
		return NULL;
	number = mw_kit_index_add(&table->by_spi, hash_of_spi(table, spi_i, initiator, responder));
	mw_kit_index_put(&table->by_ends, number, hash_of_ends(table, initiator, responder));
	attempt = &table->attempts[number];
	*attempt = (struct ike_attempt){.initiator = *initiator, .responder = *responder, .touched_ns = now_ns};
	memcpy(attempt->spi_i, spi_i, sizeof(attempt->spi_i));
	append(table, attempt, IKE_LIST_UNANSWERED);
	return attempt;
}

void ike_table_touch(struct ike_table *table, struct ike_attempt *attempt, enum ike_list list, uint64_t now_ns)
{
	take_out(table, attempt);
	attempt->touched_ns = now_ns;
	append(table, attempt, list);
}

struct ike_attempt *ike_table_oldest(const struct ike_table *table, enum ike_list list)
{
	return at(table, table->lists[list].oldest);
}

void ike_table_remove(struct ike_table *table, struct ike_attempt *attempt)
{
	take_out(table, attempt);
	mw_kit_index_take_out(&table->by_ends, number_of(table, attempt));
	mw_kit_index_remove(&table->by_spi, number_of(table, attempt));
}
