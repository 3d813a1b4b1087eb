// SPDX-License-Identifier: BSD-3-Clause
// A small random number generator and what it does to payloads.
// Neighbours: mutate.h. Generator: xorshift64, G. Marsaglia 2003.
#include "mutate.h"

#include <string.h>

uint64_t mutate_seed;

uint32_t any_below(uint32_t count)
{
	mutate_seed ^= mutate_seed << 13;
	mutate_seed ^= mutate_seed >> 7;
	mutate_seed ^= mutate_seed << 17;
	return (uint32_t)(mutate_seed >> 32) % count;
}

void mutate(struct payload *payload)
{
	uint32_t at = any_below(MW_MIN(payload->count + 1, 40)), rest = payload->count - at;

	switch (any_below(6)) {
	case 0:
		payload->bytes[at] = (uint8_t)any_below(256);
		break;
	case 1:
		payload->bytes[at] ^= (uint8_t)(1u << any_below(8));
		break;
	case 2:
		payload->count = at;
		break;
	case 3:
		payload->count += any_below(payload->count < 400 ? 8 : 1);
		break;
	case 4: // one more
		memmove(payload->bytes + at + 1, payload->bytes + at, rest);
		payload->count += payload->count < 400;
		break;
	case 5: // one less
		memmove(payload->bytes + at, payload->bytes + at + 1, rest);
		payload->count -= payload->count > 0;
		break;
	}
}
