// SPDX-License-Identifier: BSD-3-Clause
// The attempts that are followed: found by SPI and ends, or by ends alone; in the order in which they were silent.
// Neighbours: control.c. Memory is fixed at start. SPIs are hostile: chains are chosen by a keyed hash.
#ifndef IKE_TABLE_H
#define IKE_TABLE_H

#include "attempt.h"
#include "mw_hash.h"

/** By worth: when room is needed, the first list gives up its attempt that was silent for longest, then the next. */
enum ike_list {
	IKE_LIST_WRITTEN, // its row is written: remembered, so that it gets no second one
	IKE_LIST_UNANSWERED,
	IKE_LIST_ANSWERED,
	IKE_LISTS,
};

struct ike_table;

/** Copies the key. @return NULL without memory. Free with ike_table_free. */
struct ike_table *ike_table_new(uint32_t attempts_max, const struct mw_hash_key *hash_key);
void ike_table_free(struct ike_table *table);

/** The attempt of these SPIs and ends, or NULL. */
struct ike_attempt *ike_table_find(const struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
								   const struct mw_address *initiator, const struct mw_address *responder);

/** The newest attempt between these ends, after NULL, or the next older one after attempt; NULL: no other. */
struct ike_attempt *ike_table_next(const struct ike_table *table, const struct ike_attempt *attempt,
								   const struct mw_address *initiator, const struct mw_address *responder);

/** A new attempt in list IKE_LIST_UNANSWERED, or NULL when the table is full. It is not there yet. */
struct ike_attempt *ike_table_add(struct ike_table *table, const uint8_t spi_i[IKE_SPI_BYTES],
								  const struct mw_address *initiator, const struct mw_address *responder,
								  uint64_t now_ns);

/** Moves attempt to the end of a list. now_ns never goes back. */
void ike_table_touch(struct ike_table *table, struct ike_attempt *attempt, enum ike_list list, uint64_t now_ns);

/** The attempt of the list that was silent for longest, or NULL. */
struct ike_attempt *ike_table_oldest(const struct ike_table *table, enum ike_list list);

void ike_table_remove(struct ike_table *table, struct ike_attempt *attempt);

#endif
