// SPDX-License-Identifier: BSD-3-Clause
// DNS messages (RFC 1035 section 4.1): an answer has the ID, the ends and the question of its query (RFC 5452 section
// 9.1).
// Neighbours: udp.c and tcp.c give them. Whatever a message says, at most 255 bytes of a name are read.
#include <string.h>

#include "exchanges.h"
#include "mw_reader.h"

#define NAME_BYTES_MAX  250 // of the name that are told apart: with type and class within what is hashed at once
#define LABEL_BYTES_MAX 63
#define QUERY_OPCODES   0x78 // of the first byte of the flags: OPCODE, 0 is a standard query
#define RESPONSE        0x80
#define TRUNCATED       0x02
#define RCODE           0x0f
#define CLASS_IN        1

struct header {
	uint16_t id, questions;
	uint8_t flags[2];
};

// @return false when it neither asks nor answers.
static bool read_header(struct mw_reader *in, struct header *header)
{
	const uint8_t *at = mw_reader_take(in, 12);

	if (at == NULL)
		return false;
	*header = (struct header){.id = mw_load_u16_be(at), .questions = mw_load_u16_be(at + 4), .flags = {at[2], at[3]}};
	return (at[2] & QUERY_OPCODES) == 0 && ((at[2] & RESPONSE) != 0 || header->questions != 0);
}

bool exchange_is_dns(const uint8_t *bytes, size_t bytes_count)
{
	struct mw_reader in = mw_reader_of(bytes, bytes_count);
	struct header header;

	return read_header(&in, &header);
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

// One label in small letters. @return its bytes with the length before them; 0 at the root, or when it is none.
static size_t read_label(struct mw_reader *in, uint8_t *to, size_t room)
{
	const uint8_t *at;
	uint8_t length;

	if (!mw_reader_u8(in, &length) || length == 0 || length > LABEL_BYTES_MAX || length + 1u > room)
		return 0;
	at = mw_reader_take(in, length);
	if (at == NULL)
		return 0;
	to[0] = length;
	for (size_t i = 0; i < length; i++)
		to[1 + i] = lower(at[i]);
	return length + 1u;
}

// @return a hash of the first question, never 0; 0 when there is none or it is cut.
static uint32_t hash_question(const struct mw_exchanges *exchanges, struct mw_reader *in, const struct header *header)
{
	uint8_t bytes[NAME_BYTES_MAX + 4];
	size_t count = 0, label;
	const uint8_t *type;

	if (header->questions == 0)
		return 0;
	while ((label = read_label(in, bytes + count, NAME_BYTES_MAX - count)) != 0)
		count += label;
	type = mw_reader_take(in, 4);
	if (type == NULL)
		return 0;
	memcpy(bytes + count, type, 4);
	return (uint32_t)mw_hash(&exchanges->config.hash_key, bytes, count + 4) | 1;
}

// The root's length ends a name on the wire, and is not hashed.
uint32_t mw_exchange_question(const struct mw_hash_key *key, const char *name, uint16_t type)
{
	uint8_t bytes[NAME_BYTES_MAX + 4];
	const uint8_t end[4] = {(uint8_t)(type >> 8), (uint8_t)type, 0, CLASS_IN};
	size_t count = 0, length;

	for (; *name != '\0'; name += length + (name[length] == '.')) {
		length = strcspn(name, ".");
		if (length == 0 || length > LABEL_BYTES_MAX || count + length + 1 > NAME_BYTES_MAX)
			return 0;
		bytes[count++] = (uint8_t)length;
		for (size_t i = 0; i < length; i++)
			bytes[count++] = lower((uint8_t)name[i]);
	}
	memcpy(bytes + count, end, sizeof(end));
	return (uint32_t)mw_hash(key, bytes, count + sizeof(end)) | 1;
}

static bool same_question(uint32_t asked, uint32_t answered)
{
	return asked == 0 || answered == 0 || asked == answered;
}

static void take_response(struct mw_exchanges *exchanges, const struct mw_packet *packet,
						  const struct mw_exchange_key *key, const struct header *header, uint32_t question)
{
	struct entry *entry = exchange_find(exchanges, key);

	if (entry == NULL || !same_question(entry->exchange.wanted, question))
		return;
	entry->exchange.truncated = (header->flags[0] & TRUNCATED) != 0;
	exchange_answer(exchanges, key, packet, MW_EXCHANGE_ANSWERED, header->flags[1] & RCODE);
}

static void ask(struct mw_exchanges *exchanges, const struct mw_packet *packet, const struct mw_exchange_key *key,
				uint32_t question)
{
	struct entry *entry = exchange_ask(exchanges, key, packet);

	if (entry != NULL)
		entry->exchange.wanted = question;
}

void exchange_take_dns(struct mw_exchanges *exchanges, const struct mw_packet *packet, enum mw_exchange_kind kind,
					   const uint8_t *bytes, size_t bytes_count)
{
	struct mw_reader in = mw_reader_of(bytes, bytes_count);
	struct mw_exchange_key key;
	struct header header;
	uint32_t question;

	if (!read_header(&in, &header))
		return;
	question = hash_question(exchanges, &in, &header);
	key = exchange_key(packet, kind, header.id, (header.flags[0] & RESPONSE) != 0);
	if (header.flags[0] & RESPONSE)
		take_response(exchanges, packet, &key, &header, question);
	else
		ask(exchanges, packet, &key, question);
}
