// SPDX-License-Identifier: BSD-3-Clause
// How a piece meets those before it: bounds that came before, and signs of its units against theirs.
// Neighbours: fragment.c, check.c; unit.c makes the signs.
#include "table.h"

#include <string.h>

#include "mw_reader.h"
#include "unit.h"

#define MIX UINT64_C(0x9e3779b97f4a7c15) // 2^64 over the golden ratio

/** Signs of the piece's units in turn; 0 for one that is not whole or was not captured. */
static uint8_t next_sign(struct mw_reader *in)
{
	const uint8_t *at = mw_reader_take(in, UNIT_BYTES);

	return at == NULL ? 0 : unit_sign(at);
}

static uint32_t signed_end(const struct piece *piece)
{
	return MW_MIN(piece->to, SIGNED_BYTES);
}

static void compare(const struct datagram *datagram, const struct piece *piece, struct meeting *meeting)
{
	struct mw_reader in = mw_reader_of(piece->payload, piece->captured_bytes);

	for (uint32_t at = piece->from; at < signed_end(piece); at += UNIT_BYTES) {
		uint8_t now = next_sign(&in), before = datagram->signs[at / UNIT_BYTES];

		if (now == 0 || ranges_covered(datagram, at, at + UNIT_BYTES) < UNIT_BYTES || before == 0)
			continue;
		meeting->compared++;
		meeting->differing += now != before;
	}
}

// Two bits a piece, from its bounds and from whether it is a last one.
static uint64_t bounds_hash(const struct piece *piece)
{
	uint64_t word = ((uint64_t)piece->from << 32 | piece->to << 1 | piece->more) * MIX;

	return (word ^ word >> 32) * MIX;
}

#define BOUNDS_BITS (BOUNDS_WORDS * 64)

static bool bounds_seen(const struct datagram *datagram, const struct piece *piece)
{
	uint64_t hash = bounds_hash(piece);
	uint32_t a = (uint32_t)(hash >> 48) % BOUNDS_BITS, b = (uint32_t)(hash >> 32 & 0xffff) % BOUNDS_BITS;

	return (datagram->bounds[a / 64] >> a % 64 & datagram->bounds[b / 64] >> b % 64 & 1) != 0;
}

void bounds_add(struct datagram *datagram, const struct piece *piece)
{
	uint64_t hash = bounds_hash(piece);
	uint32_t a = (uint32_t)(hash >> 48) % BOUNDS_BITS, b = (uint32_t)(hash >> 32 & 0xffff) % BOUNDS_BITS;

	datagram->bounds[a / 64] |= UINT64_C(1) << a % 64;
	datagram->bounds[b / 64] |= UINT64_C(1) << b % 64;
}

struct meeting meet_piece(const struct datagram *datagram, const struct piece *piece)
{
	uint32_t covered = ranges_covered(datagram, piece->from, piece->to);
	struct meeting meeting = {.overlaps = covered > 0};

	if (!meeting.overlaps)
		return meeting;
	meeting.within = covered == piece->to - piece->from;
	meeting.same_bounds = meeting.within && bounds_seen(datagram, piece);
	compare(datagram, piece, &meeting);
	return meeting;
}

/** Where nothing passed before: whole units one behind the other. Every piece but the odd one comes here. */
static void sign_fresh(struct datagram *datagram, const struct piece *piece)
{
	const uint32_t first = piece->from / UNIT_BYTES, end = (signed_end(piece) + UNIT_BYTES - 1) / UNIT_BYTES;
	const uint32_t captured = first + piece->captured_bytes / UNIT_BYTES, whole = MW_MIN(captured, end);
	struct mw_reader in = mw_reader_of(piece->payload, piece->captured_bytes);
	const uint8_t *at;

	if (first >= end)
		return;
	at = mw_reader_take(&in, (size_t)(whole - first) * UNIT_BYTES);
	if (at != NULL)
		unit_signs(at, whole - first, &datagram->signs[first]);
	memset(&datagram->signs[whole], 0, end - whole);
}

void sign_piece(struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	struct mw_reader in = mw_reader_of(piece->payload, piece->captured_bytes);

	if (MW_LIKELY(!meeting->overlaps)) {
		sign_fresh(datagram, piece);
		return;
	}
	for (uint32_t at = piece->from; at < signed_end(piece); at += UNIT_BYTES) {
		uint8_t now = next_sign(&in);

		if (ranges_covered(datagram, at, at + UNIT_BYTES) == 0)
			datagram->signs[at / UNIT_BYTES] = now;
	}
}
