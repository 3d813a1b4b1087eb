// SPDX-License-Identifier: BSD-3-Clause
// Addresses and prefixes as text.
// Neighbours: mw_address.h. Follows RFC 4291, RFC 5952, RFC 1918, RFC 6598, RFC 6333, RFC 4193.
#include "mw_address.h"

#include <arpa/inet.h>
#include <errno.h>

#include "mw_reader.h"

static bool is_private_v4(uint32_t v4)
{
	static const struct {
		uint32_t prefix, mask;
	} privates[] = {
		{0x0a000000, 0xff000000}, // 10.0.0.0/8
		{0xac100000, 0xfff00000}, // 172.16.0.0/12
		{0xc0a80000, 0xffff0000}, // 192.168.0.0/16
		{0x64400000, 0xffc00000}, // 100.64.0.0/10
		{0xc0000000, 0xfffffff8}, // 192.0.0.0/29
		{0xa9fe0000, 0xffff0000}, // 169.254.0.0/16
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(privates); i++) {
		if ((v4 & privates[i].mask) == privates[i].prefix)
			return true;
	}
	return false;
}

bool mw_address_is_private(const struct mw_address *address)
{
	if (mw_address_is_v4(address))
		return is_private_v4(mw_load_u32_be(&address->bytes[12]));
	return (address->bytes[0] & 0xfe) == 0xfc || (address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80);
}

// Rows are full of them, and inet_ntop goes through printf.
static void add_v4(struct mw_text *text, const uint8_t bytes[4])
{
	char chars[sizeof("255.255.255.255")];
	size_t len_bytes = 0;

	for (int i = 0; i < 4; i++) {
		if (bytes[i] >= 100)
			chars[len_bytes++] = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			chars[len_bytes++] = (char)('0' + bytes[i] / 10 % 10);
		chars[len_bytes++] = (char)('0' + bytes[i] % 10);
		chars[len_bytes++] = '.';
	}
	mw_text_add_chars(text, chars, len_bytes - 1);
}

void mw_address_add_text(struct mw_text *text, const struct mw_address *address)
{
	char chars[MW_ADDRESS_TEXT_BYTES];

	if (mw_address_is_v4(address))
		add_v4(text, &address->bytes[12]);
	else if (inet_ntop(AF_INET6, address->bytes, chars, sizeof(chars)) != NULL)
		mw_text_add_chars(text, chars, strlen(chars));
}

bool mw_prefix_holds(const struct mw_prefix *prefix, const struct mw_address *address)
{
	unsigned whole = prefix->len_bits / 8;
	unsigned rest = prefix->len_bits % 8;

	if (memcmp(prefix->address.bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || ((prefix->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

static bool host_bits_set(const struct mw_prefix *prefix)
{
	for (unsigned bit = prefix->len_bits; bit < 128; bit++) {
		if (prefix->address.bytes[bit / 8] & (0x80 >> (bit % 8)))
			return true;
	}
	return false;
}

int mw_prefix_parse(const char *chars, struct mw_prefix *prefix)
{
	const char *slash = strchr(chars, '/');
	size_t len = slash == NULL ? strlen(chars) : (size_t)(slash - chars);
	char host[MW_ADDRESS_TEXT_BYTES];
	struct mw_prefix read = {.len_bits = 128};
	unsigned family_bits = 128;
	uint8_t v4[4];

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, chars, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, v4) == 1) {
		read.address = mw_address_from_v4(v4);
		family_bits = 32;
	} else if (inet_pton(AF_INET6, host, read.address.bytes) != 1) {
		return -EINVAL;
	}
	if (slash != NULL) {
		uint64_t bits;

		if (strlen(slash + 1) > 3 || mw_text_parse_uint(slash + 1, &bits) != 0 || bits > family_bits)
			return -EINVAL;
		read.len_bits = (uint8_t)(128 - family_bits + bits);
	}
	if (host_bits_set(&read))
		return -EINVAL;
	*prefix = read;
	return 0;
}
