// SPDX-License-Identifier: BSD-3-Clause
// Two lines of a message of text, by their names.
// Neighbours: transaction.h. Follows RFC 3261 sections 7.3.1, 7.3.3.
#include "transaction.h"

#include <string.h>
#include <strings.h>

#include "mw_base.h"

#define LOOK_BYTES 2048
#define PRIME      0x01000193u

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

uint32_t fragment_transaction(const uint8_t *payload, uint32_t payload_bytes, bool response)
{
	static const char status[] = "SIP/2.0 ";
	uint32_t left = MW_MIN(payload_bytes, (uint32_t)LOOK_BYTES), digests[LINES] = {0};
	const uint8_t *end;

	if (left < sizeof(status) || (memcmp(payload, status, sizeof(status) - 1) == 0) != response)
		return 0;
	for (; (end = memchr(payload, '\n', left)) != NULL; payload = end + 1) { // a last line that is cut is none
		read_line(payload, (uint32_t)(end - payload), digests);
		left -= (uint32_t)(end + 1 - payload);
	}
	return digests[CALL] == 0 || digests[NUMBER] == 0 ? 0 : (digests[CALL] * PRIME ^ digests[NUMBER]) | 1;
}
