// SPDX-License-Identifier: BSD-3-Clause
// The tables of the spreading hash.
// Neighbours: mw_spread.h.
#include "mw_spread.h"

#define KEY_USUAL                                                                                                      \
	0x6d5a // of the paper; when none of the run's bits will do, which happens to one key in forty thousand
#define ONES_MIN 5
#define ONES_MAX 11

uint16_t mw_spread_key(const struct mw_hash_key *key)
{
	for (size_t at = 0; at < sizeof(key->bytes); at += sizeof(uint16_t)) {
		const uint16_t value = (uint16_t)(key->bytes[at] << 8 | key->bytes[at + 1]);
		const int ones = __builtin_popcount(value);

		if (ones % 2 == 1 && ones >= ONES_MIN && ones <= ONES_MAX)
			return value;
	}
	return KEY_USUAL;
}

// Toeplitz: bit number i of the input, the highest first, adds the key from its bit i on.
uint16_t mw_spread_hash(uint16_t spread_key, uint16_t folded)
{
	uint16_t hash = 0;

	for (unsigned i = 0; i < 16; i++) {
		const uint32_t twice = (uint32_t)spread_key << 16 | spread_key;

		if ((folded >> (15 - i) & 1) != 0)
			hash ^= (uint16_t)(twice >> (16 - i));
	}
	return hash;
}

void mw_spread_init(struct mw_spread *spread, const struct mw_hash_key *key, uint16_t workers_count)
{
	const uint16_t spread_key = mw_spread_key(key);

	for (unsigned byte = 0; byte < 256; byte++) {
		spread->high[byte] = (uint8_t)(mw_spread_hash(spread_key, (uint16_t)(byte << 8)) % MW_SPREAD_SLOTS);
		spread->low[byte] = (uint8_t)(mw_spread_hash(spread_key, (uint16_t)byte) % MW_SPREAD_SLOTS);
	}
	for (uint32_t slot = 0; slot < MW_SPREAD_SLOTS; slot++)
		spread->worker[slot] = mw_spread_among(slot, workers_count);
}
