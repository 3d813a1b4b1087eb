// SPDX-License-Identifier: BSD-3-Clause
// Record, handshake, extensions, list of names: each length is held against the one around it.
// Neighbours: hello.h.
#include "hello.h"

#include "mw_reader.h"

enum {
	RECORD_HANDSHAKE = 22,
	HANDSHAKE_CLIENT_HELLO = 1,
	EXTENSION_SERVER_NAME = 0,
	NAME_HOST = 0,
};
#define VERSION_MAJOR   3 // of all of TLS, on the wire
#define FIXED_BYTES     34 // version and random
#define EXTENSIONS_MOST 64 // of one hello; clients send some twenty

// Into a record and the message that it begins with. What is said to be longer than what there is ends with it.
static bool enter_hello(struct mw_reader *in)
{
	uint8_t type, major, high;
	uint16_t bytes;

	if (!mw_reader_u8(in, &type) || type != RECORD_HANDSHAKE || !mw_reader_u8(in, &major) || major != VERSION_MAJOR ||
		!mw_reader_skip(in, 1) || !mw_reader_u16_be(in, &bytes))
		return false;
	mw_reader_limit(in, bytes);
	if (!mw_reader_u8(in, &type) || type != HANDSHAKE_CLIENT_HELLO || !mw_reader_u8(in, &high) ||
		!mw_reader_u16_be(in, &bytes))
		return false;
	mw_reader_limit(in, (size_t)high << 16 | bytes);
	return mw_reader_skip(in, FIXED_BYTES);
}

// Over the session, the ciphers and the compressions, into the extensions.
static bool enter_extensions(struct mw_reader *in)
{
	uint8_t few;
	uint16_t many;

	if (!mw_reader_u8(in, &few) || !mw_reader_skip(in, few) || !mw_reader_u16_be(in, &many) ||
		!mw_reader_skip(in, many) || !mw_reader_u8(in, &few) || !mw_reader_skip(in, few) ||
		!mw_reader_u16_be(in, &many))
		return false;
	mw_reader_limit(in, many);
	return true;
}

// Into the extension that has the name.
static bool enter_server_name(struct mw_reader *in)
{
	uint16_t type, bytes;

	for (unsigned i = 0; i < EXTENSIONS_MOST; i++) {
		if (!mw_reader_u16_be(in, &type) || !mw_reader_u16_be(in, &bytes))
			return false;
		if (type == EXTENSION_SERVER_NAME) {
			mw_reader_limit(in, bytes);
			return true;
		}
		if (!mw_reader_skip(in, bytes))
			return false;
	}
	return false;
}

static bool is_of_name(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';
}

// The first of the list: there is one of a type (RFC 6066 section 3), and no other type than that of hosts.
static bool read_name(struct mw_reader *in, char name[OUTAGES_HELLO_NAME_BYTES])
{
	const uint8_t *at;
	uint8_t type;
	uint16_t bytes;

	if (!mw_reader_u16_be(in, &bytes))
		return false;
	mw_reader_limit(in, bytes);
	if (!mw_reader_u8(in, &type) || type != NAME_HOST || !mw_reader_u16_be(in, &bytes) || bytes == 0 ||
		bytes >= OUTAGES_HELLO_NAME_BYTES)
		return false;
	at = mw_reader_take(in, bytes);
	if (at == NULL)
		return false;
	for (unsigned i = 0; i < bytes; i++) {
		const uint8_t small = at[i] >= 'A' && at[i] <= 'Z' ? (uint8_t)(at[i] + ('a' - 'A')) : at[i];

		if (!is_of_name(small))
			return false;
		name[i] = (char)small;
	}
	name[bytes] = '\0';
	return true;
}

bool outages_hello_name(const uint8_t *bytes, size_t bytes_count, char name[OUTAGES_HELLO_NAME_BYTES])
{
	struct mw_reader in = mw_reader_of(bytes, bytes_count);

	return enter_hello(&in) && enter_extensions(&in) && enter_server_name(&in) && read_name(&in, name);
}
