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
#define TYPE_BYTES      4 // and class

struct header {
	uint16_t id, questions;
	uint8_t flags[2];
};

struct question {
	uint8_t bytes[NAME_BYTES_MAX + TYPE_BYTES]; // labels, the root's not, and type and class
	size_t count; // of the labels
	size_t labels[MW_EXCHANGE_SUFFIXES]; // where they begin, the last one first
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

static void begin_label(struct question *question)
{
	memmove(&question->labels[1], &question->labels[0], sizeof(question->labels) - sizeof(question->labels[0]));
	question->labels[0] = question->count;
}

// But for the suffixes; never 0.
static uint32_t hash_question(const struct mw_hash_key *key, const struct question *question)
{
	const uint32_t hash = (uint32_t)mw_hash(key, question->bytes, question->count + TYPE_BYTES);

	return (hash & ~MW_EXCHANGE_SUFFIX_MASK) | (MW_EXCHANGE_SUFFIX_MASK + 1);
}

// Only of what is followed or told: a flood of questions is not to pay for it.
static uint32_t hash_suffixes(const struct mw_hash_key *key, const struct question *question)
{
	uint32_t hash = 0;

	for (unsigned i = 0; i < MW_EXCHANGE_SUFFIXES && question->count > 0; i++) {
		const uint32_t one =
			(uint32_t)mw_hash(key, question->bytes + question->labels[i], question->count - question->labels[i]);

		hash |= (one & ((1u << MW_EXCHANGE_SUFFIX_BITS) - 1)) << i * MW_EXCHANGE_SUFFIX_BITS;
	}
	return hash;
}

// The first question. @return its hash, 0 when there is none or it is cut: then it has no suffixes either.
static uint32_t read_question(const struct mw_exchanges *exchanges, struct mw_reader *in, const struct header *header,
							  struct question *question)
{
	const uint8_t *type;
	size_t label;

	question->count = 0;
	memset(question->labels, 0, sizeof(question->labels));
	if (header->questions == 0)
		return 0;
	while ((label = read_label(in, question->bytes + question->count, NAME_BYTES_MAX - question->count)) != 0) {
		begin_label(question);
		question->count += label;
	}
	type = mw_reader_take(in, TYPE_BYTES);
	if (type == NULL) {
		question->count = 0;
		return 0;
	}
	memcpy(question->bytes + question->count, type, TYPE_BYTES);
	return hash_question(&exchanges->config.hash_key, question);
}

// The root's length ends a name on the wire, and is not hashed.
uint32_t mw_exchange_question(const struct mw_hash_key *key, const char *name, uint16_t type)
{
	const uint8_t end[TYPE_BYTES] = {(uint8_t)(type >> 8), (uint8_t)type, 0, CLASS_IN};
	struct question question = {.count = 0};
	size_t length;

	for (; *name != '\0'; name += length + (name[length] == '.')) {
		length = strcspn(name, ".");
		if (length == 0 || length > LABEL_BYTES_MAX || question.count + length + 1 > NAME_BYTES_MAX)
			return 0;
		begin_label(&question);
		question.bytes[question.count++] = (uint8_t)length;
		for (size_t i = 0; i < length; i++)
			question.bytes[question.count++] = lower((uint8_t)name[i]);
	}
	memcpy(question.bytes + question.count, end, sizeof(end));
	return hash_question(key, &question) | hash_suffixes(key, &question);
}

// A flood of responses pays a lookup and a count, as one of questions does.
static void take_unasked(struct mw_exchanges *exchanges, const struct mw_packet *packet,
						 const struct mw_exchange_key *key, const struct header *header,
						 const struct question *question, uint32_t hash)
{
	if (key->kind != MW_EXCHANGE_DNS)
		return;
	exchange_count(exchanges, MW_EXCHANGE_COUNT_UNASKED);
	if (mw_kit_budget_take(&exchanges->unasked, packet->clock_ns, exchanges->settings.asked_per_second))
		exchange_unasked(exchanges, key, packet, hash | hash_suffixes(&exchanges->config.hash_key, question),
						 header->flags[1] & RCODE);
}

static void take_response(struct mw_exchanges *exchanges, const struct mw_packet *packet,
						  const struct mw_exchange_key *key, const struct header *header,
						  const struct question *question, uint32_t hash)
{
	struct entry *entry = exchange_find(exchanges, key);

	if (entry != NULL && exchange_is_due(exchanges, entry, packet->clock_ns)) {
		exchange_end(exchanges, entry, MW_EXCHANGE_UNANSWERED);
		entry = NULL;
	}
	if (entry == NULL)
		take_unasked(exchanges, packet, key, header, question, hash);
	if (entry == NULL || !exchange_same_question(entry->exchange.wanted, hash))
		return;
	entry->exchange.truncated = (header->flags[0] & TRUNCATED) != 0;
	exchange_answer(exchanges, key, packet, MW_EXCHANGE_ANSWERED, header->flags[1] & RCODE);
}

static void ask(struct mw_exchanges *exchanges, const struct mw_packet *packet, const struct mw_exchange_key *key,
				const struct question *question, uint32_t hash)
{
	struct entry *entry = exchange_ask(exchanges, key, packet);

	if (entry == NULL || (entry->exchange.transmissions > 1 && exchange_same_question(entry->exchange.wanted, hash)))
		return;
	entry->exchange.wanted = hash | hash_suffixes(&exchanges->config.hash_key, question);
	if (key->kind != MW_EXCHANGE_DNS)
		return;
	entry->exchange.answered_ns = exchange_early_ns(exchanges, &entry->exchange);
	if (entry->exchange.answered_ns != 0)
		exchange_end(exchanges, entry, MW_EXCHANGE_ANSWERED);
}

void exchange_take_dns(struct mw_exchanges *exchanges, const struct mw_packet *packet, enum mw_exchange_kind kind,
					   const uint8_t *bytes, size_t bytes_count)
{
	struct mw_reader in = mw_reader_of(bytes, bytes_count);
	struct mw_exchange_key key;
	struct question question;
	struct header header;
	uint32_t hash;

	if (!read_header(&in, &header))
		return;
	hash = read_question(exchanges, &in, &header, &question);
	key = exchange_key(packet, kind, header.id, (header.flags[0] & RESPONSE) != 0);
	if (header.flags[0] & RESPONSE)
		take_response(exchanges, packet, &key, &header, &question, hash);
	else
		ask(exchanges, packet, &key, &question, hash);
}
