// SPDX-License-Identifier: BSD-3-Clause
// An IP address of either family in 16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
// Neighbours: packet/, flow/ and every record that shows an address. Any thread.
#ifndef MW_ADDRESS_H
#define MW_ADDRESS_H

#include <endian.h>
#include <string.h>

#include "mw_base.h"
#include "mw_text.h"

#define MW_ADDRESS_TEXT_BYTES 46 // INET6_ADDRSTRLEN

struct mw_address {
	uint8_t bytes[16]; // network order
};

/** The mapped form of 4 bytes in network order. */
static inline struct mw_address mw_address_from_v4(const uint8_t v4[4])
{
	struct mw_address address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};

	memcpy(&address.bytes[12], v4, 4);
	return address;
}

/** True for a mapped IPv4 address. */
static inline bool mw_address_is_v4(const struct mw_address *address)
{
	static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(address->bytes, prefix, sizeof(prefix)) == 0;
}

/** Order of the 16 bytes, as memcmp has it. @return -1, 0 or 1. */
static inline int mw_address_compare(const struct mw_address *a, const struct mw_address *b)
{
	uint64_t x, y;

	for (size_t at = 0; at < sizeof(a->bytes); at += sizeof(x)) { // no call, and no branch within a word
		memcpy(&x, a->bytes + at, sizeof(x));
		memcpy(&y, b->bytes + at, sizeof(y));
		if (x != y)
			return be64toh(x) < be64toh(y) ? -1 : 1;
	}
	return 0;
}

/** RFC 1918, RFC 6598, RFC 6333 (192.0.0.0/29), link-local or unique-local (RFC 4193). */
bool mw_address_is_private(const struct mw_address *address);

/** Appends the usual text form (RFC 5952 for IPv6). */
void mw_address_add_text(struct mw_text *text, const struct mw_address *address);

/** A prefix: len_bits counts in the 128-bit mapped form, so an IPv4 /24 has 120. */
struct mw_prefix {
	struct mw_address address;
	uint8_t len_bits;
};

/** Reads "10.0.0.0/8", "2001:db8::/32" or a bare address. @return 0 or -EINVAL (also when host bits are set). */
int mw_prefix_parse(const char *chars, struct mw_prefix *prefix);

/** True when address lies within prefix. IPv4 lies within an IPv6 prefix as its mapped form does: within ::/0 too. */
bool mw_prefix_holds(const struct mw_prefix *prefix, const struct mw_address *address);

#endif
