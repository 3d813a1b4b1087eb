// SPDX-License-Identifier: BSD-3-Clause
// Which tunnel an inside address belongs to: a network identifier, or the line of a DS-Lite client.
// Neighbours: ip.c, lane.c, the tunnels with an identifier. Follows RFC 6333 section 6.6; SipHash as in mw_hash.h.
#include <endian.h>

#include "decode.h"

void set_scope(struct cursor *c, uint32_t identifier)
{
	uint32_t around = c->packet->scope;

	c->packet->scope = around == 0 ? identifier : around * 0x9e3779b1u ^ identifier;
}

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t load_le(const void *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline struct sip sip_round(struct sip sip)
{
	sip.v0 += sip.v1;
	sip.v2 += sip.v3;
	sip.v1 = rotate(sip.v1, 13) ^ sip.v0;
	sip.v3 = rotate(sip.v3, 16) ^ sip.v2;
	sip.v0 = rotate(sip.v0, 32) + sip.v3;
	sip.v2 += sip.v1;
	sip.v1 = rotate(sip.v1, 17) ^ sip.v2;
	sip.v3 = rotate(sip.v3, 21) ^ sip.v0;
	sip.v2 = rotate(sip.v2, 32);
	return sip;
}

static inline struct sip sip_absorb(struct sip sip, uint64_t word)
{
	sip.v3 ^= word;
	sip = sip_round(sip);
	sip.v0 ^= word;
	return sip;
}

// The lower half of mw_hash_portable() for 16 bytes and a key known to the compiler: a packet of a line pays for it.
// The key is fixed: a scope has to be the same in every run and on every machine.
static uint32_t hash_address(const struct mw_address *address)
{
	const uint64_t k0 = load_le("midwatch"), k1 = load_le(": scope ");
	struct sip sip = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
					  k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
	uint32_t hash;

	sip = sip_absorb(sip, load_le(address->bytes));
	sip = sip_absorb(sip, load_le(address->bytes + 8));
	sip = sip_absorb(sip, (uint64_t)sizeof(address->bytes) << 56);
	sip.v2 ^= 0xff;
	sip = sip_round(sip_round(sip_round(sip)));
	hash = (uint32_t)(sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3);
	return hash == 0 ? 1 : hash;
}

/** As mw_address_is_private() of the mapped form. */
static inline bool is_private(const uint8_t *v4)
{
	uint32_t address = mw_load_u32_be(v4);

	return address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8 || address >> 22 == 0x191 ||
		   address >> 3 == 0xc0000000 >> 3 || address >> 16 == 0xa9fe;
}

// Both private: either direction has to give the same.
uint32_t identifier_of_line(const struct mw_address *outer_src, const struct mw_address *outer_dst,
							const uint8_t *inner_src, const uint8_t *inner_dst)
{
	return (is_private(inner_src) ? hash_address(outer_src) : 0) ^
		   (is_private(inner_dst) ? hash_address(outer_dst) : 0);
}
