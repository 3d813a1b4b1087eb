// SPDX-License-Identifier: BSD-3-Clause
// One IKE message, read with the bounded reader: a length that a sender gives is believed within the message only.
// Neighbours: message.h. Follows RFC 7296 section 3, RFC 7383 section 2.5.
#include "message.h"

#include <string.h>

#include "mw_reader.h"

#define HEADER_BYTES         28
#define GENERIC_HEADER_BYTES 4
#define MARKER_BYTES         4
#define PAYLOADS_MAX         64 // in clear; real messages have about fifteen

enum { PORT_IKE = 500, PORT_NAT_T = 4500 };
enum { FLAG_INITIATOR = 0x08, FLAG_RESPONSE = 0x20 };
enum { PAYLOAD_NOTIFY = 41, PAYLOAD_ENCRYPTED = 46, PAYLOAD_ENCRYPTED_FRAGMENT = 53 };
enum { NOTIFY_INVALID_KE = 17, NOTIFY_STATUS = 16384 }; // types below STATUS are errors

static const struct {
	uint16_t type;
	uint8_t says; // IKE_SAYS_*
} NOTIFIES[] = {
	{NOTIFY_INVALID_KE, IKE_SAYS_INVALID_KE},
	{16388, IKE_SAYS_NAT_DETECTION},
	{16389, IKE_SAYS_NAT_DETECTION},
	{16390, IKE_SAYS_COOKIE},
	{16407, IKE_SAYS_REDIRECT},
	{16430, IKE_SAYS_FRAGMENTATION},
};

/** The payloads that are still to be read. */
struct chain {
	struct mw_reader in; // captured part
	uint32_t left_bytes; // of the message, captured or not
	uint8_t next; // type of the next payload, 0 none
};

bool ike_ports_nat_t(uint16_t src_port, uint16_t dst_port)
{
	return src_port == PORT_NAT_T || dst_port == PORT_NAT_T;
}

bool ike_ports(uint16_t src_port, uint16_t dst_port)
{
	return src_port == PORT_IKE || dst_port == PORT_IKE || ike_ports_nat_t(src_port, dst_port);
}

const uint8_t *ike_message_in_udp(const uint8_t *payload, size_t payload_bytes, uint16_t src_port, uint16_t dst_port,
								  size_t *count)
{
	struct mw_reader in = mw_reader_of(payload, payload_bytes);
	uint32_t marker;

	if (ike_ports_nat_t(src_port, dst_port) && (!mw_reader_u32_be(&in, &marker) || marker != 0))
		return NULL;
	*count = mw_reader_left(&in);
	return *count == 0 ? NULL : in.at;
}

uint64_t ike_message_digest(const uint8_t *bytes, size_t count)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t mix = (uint64_t)count * odd;
	uint64_t word;

	for (; count > 0; bytes += MW_MIN(count, sizeof(word)), count -= MW_MIN(count, sizeof(word))) {
		word = 0;
		memcpy(&word, bytes, MW_MIN(count, sizeof(word)));
		mix = (mix ^ le64toh(word)) * odd;
		mix ^= mix >> 29;
	}
	mix *= UINT64_C(0xbf58476d1ce4e5b9);
	return mix ^ mix >> 32;
}

static bool read_header(struct mw_reader *in, struct ike_facts *facts, struct chain *chain)
{
	static const uint8_t no_spi[IKE_SPI_BYTES];
	const uint8_t *at = mw_reader_take(in, HEADER_BYTES);
	uint32_t length_bytes;

	if (at == NULL || memcmp(at, no_spi, sizeof(no_spi)) == 0)
		return false;
	length_bytes = mw_load_u32_be(at + 24);
	if ((at[17] >> 4 != 1 && at[17] >> 4 != 2) || length_bytes < HEADER_BYTES)
		return false;
	memcpy(facts->spi_i, at, IKE_SPI_BYTES);
	memcpy(facts->spi_r, at + IKE_SPI_BYTES, IKE_SPI_BYTES);
	facts->version = at[17] >> 4;
	facts->exchange = at[18];
	if (facts->version == 2) { // the flags of version 1 mean other things
		facts->from_initiator = (at[19] & FLAG_INITIATOR) != 0;
		facts->is_response = (at[19] & FLAG_RESPONSE) != 0;
	}
	facts->message_id = mw_load_u32_be(at + 20);
	facts->message_bytes = length_bytes;
	*chain = (struct chain){.in = *in, .left_bytes = length_bytes - HEADER_BYTES, .next = at[16]};
	mw_reader_limit(&chain->in, chain->left_bytes);
	return true;
}

/** Section 3.10: protocol, SPI size, type. False when it is shorter than that. */
static bool read_notify(struct mw_reader in, uint32_t body_bytes, struct ike_facts *facts)
{
	const uint8_t *at = mw_reader_peek(&in, 4);
	uint16_t type;

	if (at == NULL)
		return body_bytes >= 4;
	type = mw_load_u16_be(at + 2);
	for (size_t i = 0; i < MW_ARRAY_SIZE(NOTIFIES); i++) {
		if (NOTIFIES[i].type == type)
			facts->says = (uint8_t)(facts->says | NOTIFIES[i].says);
	}
	if (type < NOTIFY_STATUS && type != NOTIFY_INVALID_KE && facts->error_notify == 0)
		facts->error_notify = type;
	return true;
}

/** Fragment number and total, counted from 1. False for numbers that no sender gives. */
static bool read_fragment(struct mw_reader in, uint32_t body_bytes, struct ike_facts *facts)
{
	const uint8_t *at = mw_reader_peek(&in, 4);
	uint16_t number, total;

	if (at == NULL) {
		facts->skf = body_bytes >= 4;
		return facts->skf;
	}
	number = mw_load_u16_be(at);
	total = mw_load_u16_be(at + 2);
	if (number == 0 || number > total)
		return false;
	facts->skf = true;
	facts->skf_number = number;
	facts->skf_total = total;
	return true;
}

/**
 * Moves over the next payload. Its body: of it body_bytes, captured what *body holds. False at a length that cannot be;
 * where the capture ends the chain ends too.
 */
static bool next_payload(struct chain *chain, uint8_t *type, struct mw_reader *body, uint32_t *body_bytes)
{
	const uint8_t *at;
	uint32_t length_bytes;

	*type = 0;
	if (chain->left_bytes < GENERIC_HEADER_BYTES)
		return false;
	at = mw_reader_take(&chain->in, GENERIC_HEADER_BYTES);
	if (at == NULL) {
		chain->next = 0;
		return true;
	}
	length_bytes = mw_load_u16_be(at + 2);
	if (length_bytes < GENERIC_HEADER_BYTES || length_bytes > chain->left_bytes)
		return false;
	*type = chain->next;
	*body_bytes = length_bytes - GENERIC_HEADER_BYTES;
	*body = chain->in;
	mw_reader_limit(body, *body_bytes);
	chain->left_bytes -= length_bytes;
	chain->next = mw_reader_skip(&chain->in, *body_bytes) ? at[0] : 0;
	return true;
}

/** False when the chain contradicts itself. */
static bool read_chain(struct chain *chain, struct ike_facts *facts)
{
	for (unsigned i = 0; chain->next != 0; i++) {
		struct mw_reader body;
		uint32_t body_bytes;
		uint8_t type;

		if (i == PAYLOADS_MAX || !next_payload(chain, &type, &body, &body_bytes))
			return false;
		if (type == PAYLOAD_ENCRYPTED)
			return true; // what it names as next lies inside it
		if (type == PAYLOAD_ENCRYPTED_FRAGMENT)
			return read_fragment(body, body_bytes, facts);
		if (type == PAYLOAD_NOTIFY && !read_notify(body, body_bytes, facts))
			return false;
	}
	return true;
}

enum ike_read ike_message_read(const uint8_t *bytes, size_t count, struct ike_facts *facts)
{
	struct mw_reader in = mw_reader_of(bytes, count);
	struct chain chain;

	if (!read_header(&in, facts, &chain))
		return IKE_READ_NONE;
	return facts->version == 1 || read_chain(&chain, facts) ? IKE_READ_WHOLE : IKE_READ_BROKEN;
}
