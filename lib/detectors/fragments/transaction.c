// SPDX-License-Identifier: BSD-3-Clause
// Two lines of a message of text, by their names.
// Neighbours: transaction.h. Follows RFC 3261 sections 7.3.1, 7.3.3.
#include "transaction.h"

#include <string.h>
#include <strings.h>

#include "mw_base.h"

#define LOOK_BYTES 2048
#define PRIME      0x01000193u
#define VERSION    "SIP/2.0"

enum { CALL, NUMBER, LINES };

static const struct {
	const char *name;
	uint8_t line;
} NAMES[] = {{"call-id", CALL}, {"i", CALL}, {"cseq", NUMBER}};

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/** Of the words, and not of what stands between them. 0 is no digest. */
static uint32_t digest(const uint8_t *at, uint32_t bytes)
{
	uint32_t value = 0x811c9dc5u;

	for (uint32_t i = 0; i < bytes; i++)
		value = is_blank(at[i]) ? value : (value ^ at[i]) * PRIME;
	return value | 1;
}

static void read_line(const uint8_t *line, uint32_t bytes, uint32_t digests[LINES])
{
	const uint8_t *colon = memchr(line, ':', bytes);
	uint32_t name_bytes = colon == NULL ? 0 : (uint32_t)(colon - line);

	while (name_bytes > 0 && is_blank(line[name_bytes - 1]))
		name_bytes--;
	for (size_t i = 0; i < MW_ARRAY_SIZE(NAMES); i++) {
		if (name_bytes == strlen(NAMES[i].name) && strncasecmp((const char *)line, NAMES[i].name, name_bytes) == 0)
			digests[NAMES[i].line] = digest(colon + 1, bytes - (uint32_t)(colon + 1 - line));
	}
}

/** "INVITE sip:b@x SIP/2.0": section 7.1. */
static bool is_request_line(const uint8_t *line, uint32_t bytes)
{
	while (bytes > 0 && is_blank(line[bytes - 1]))
		bytes--;
	return bytes >= sizeof(VERSION) - 1 &&
		   memcmp(line + bytes - (sizeof(VERSION) - 1), VERSION, sizeof(VERSION) - 1) == 0;
}

/** Where the message begins as one of its kind does; most datagrams do not, and are not read any further. */
static bool begins(const uint8_t *payload, uint32_t bytes, bool response)
{
	const uint8_t *end;

	if (response)
		return bytes > sizeof(VERSION) && memcmp(payload, VERSION " ", sizeof(VERSION)) == 0;
	if (bytes == 0 || (payload[0] | 0x20) < 'a' || (payload[0] | 0x20) > 'z')
		return false;
	end = memchr(payload, '\n', bytes);
	return end != NULL && is_request_line(payload, (uint32_t)(end - payload));
}

uint32_t fragment_transaction(const uint8_t *payload, uint32_t payload_bytes, bool response)
{
	uint32_t left = MW_MIN(payload_bytes, (uint32_t)LOOK_BYTES), digests[LINES] = {0};
	const uint8_t *end;

	if (!begins(payload, left, response))
		return 0;
	for (; (end = memchr(payload, '\n', left)) != NULL; payload = end + 1) { // a last line that is cut is none
		read_line(payload, (uint32_t)(end - payload), digests);
		left -= (uint32_t)(end + 1 - payload);
	}
	return digests[CALL] == 0 || digests[NUMBER] == 0 ? 0 : (digests[CALL] * PRIME ^ digests[NUMBER]) | 1;
}
