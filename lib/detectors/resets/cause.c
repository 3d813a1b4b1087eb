// SPDX-License-Identifier: BSD-3-Clause
// Takes a BIG-IP reset cause apart and says what it means. Bounded by the reader; any bytes may come.
// Neighbours: cause.h.
#include "cause.h"

#include <string.h>

#include "mw_reader.h"

const char *const mw_cause_group_names[MW_CAUSE_GROUPS] = {"state-lost", "policy",  "capacity",
														   "back-end",   "routing", "other"};

/** Causes by how they begin, longest first where one begins another; spelling as seen on the wire. */
static const struct {
	const char *begins;
	uint8_t group;
	const char *meaning;
} causes[] = {
	{"No flow found", MW_CAUSE_STATE_LOST, "the box no longer knows a connection that both ends believe to be open"},
	{"Flow expired", MW_CAUSE_STATE_LOST, "the box's idle timer removed the connection while the ends kept it open"},
	{"HA disconnect", MW_CAUSE_STATE_LOST,
	 "the box failed over to its partner and the connections were not carried over"},
	{"TCP closed", MW_CAUSE_STATE_LOST, "the box had closed the connection already"},
	{"Policy action", MW_CAUSE_POLICY, "a policy on the box refuses this connection"},
	{"iRule execution", MW_CAUSE_POLICY, "a script on the box refuses this connection"},
	{"Port denied", MW_CAUSE_POLICY, "the box does not accept connections on this port"},
	{"TCP 3WHS rejected", MW_CAUSE_POLICY, "the box refuses the connection at its handshake"},
	{"Connection flow rejected", MW_CAUSE_POLICY, "the box refuses this connection"},
	{"Connection limit exceeded", MW_CAUSE_CAPACITY, "the box carries as many connections as it is allowed to"},
	{"Unable to select local port", MW_CAUSE_CAPACITY,
	 "the box has no free source port for translation (SNAT exhausted)"},
	{"License limit exceeded", MW_CAUSE_CAPACITY, "the box's licence allows no more"},
	{"No pool member available", MW_CAUSE_BACK_END, "the box has no healthy server behind it"},
	{"No server selected", MW_CAUSE_BACK_END, "the box could not choose a server behind it"},
	{"No persist member", MW_CAUSE_BACK_END, "the server that this client is tied to is gone"},
	{"TCP RST from remote system", MW_CAUSE_BACK_END, "the box passes on a reset from its other side"},
	{"Service reset", MW_CAUSE_BACK_END, "the box took its server out of service"},
	{"Pool member reset", MW_CAUSE_BACK_END, "the box took its server out of service"},
	{"No route to host", MW_CAUSE_ROUTING, "the box knows no route to the server"},
	{"No local listener", MW_CAUSE_OTHER, "nothing on the box is set up for this address and port"},
	{"handshake timeout", MW_CAUSE_OTHER, "the connection's handshake through the box did not finish in time"},
	{"SSL handshake", MW_CAUSE_OTHER, "the TLS handshake with the box failed or took too long"},
	{"TCP retransmit timeout", MW_CAUSE_OTHER, "the box repeated data without an answer until it gave up"},
	{"TCP zero window timeout", MW_CAUSE_OTHER, "one end accepted no data until the box gave up"},
	{"TCP keep-alive timeout", MW_CAUSE_OTHER, "one end did not answer the box's keep-alives"},
	{"TCP FIN timeout", MW_CAUSE_OTHER, "one end did not finish closing in the box's time"},
	{"RST from BIG-IP internal Linux host", MW_CAUSE_OTHER, "the box's own management system refused the connection"},
	{"HTTP header exceeds", MW_CAUSE_OTHER, "an HTTP header is larger than the box accepts"},
	{"Incomplete HTTP request", MW_CAUSE_OTHER, "the box waited in vain for the rest of an HTTP request"},
	{"Compression error", MW_CAUSE_OTHER, "the box failed to compress or decompress"},
	{"Internal error", MW_CAUSE_OTHER, "the box reports an error of its own"},
	{"Unknown reason", MW_CAUSE_OTHER, "the box gives no reason"},
};

static bool take_word(struct mw_reader *reader, const char *word)
{
	size_t length = strlen(word);
	const uint8_t *at = mw_reader_peek(reader, length);

	return at != NULL && memcmp(at, word, length) == 0 && mw_reader_skip(reader, length);
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static struct mw_cause_span take_while(struct mw_reader *reader, bool (*good)(uint8_t))
{
	struct mw_cause_span span = {.bytes = reader->at};

	while (mw_reader_left(reader) > 0 && good(*reader->at))
		mw_reader_skip(reader, 1);
	span.count = (uint32_t)(reader->at - span.bytes);
	return span;
}

/** Offset of word in the span, or its count when it is not there. */
static uint32_t find_word(const struct mw_cause_span *span, const char *word)
{
	const uint8_t *at = span->count == 0 ? NULL : memmem(span->bytes, span->count, word, strlen(word));

	return at == NULL ? span->count : (uint32_t)(at - span->bytes);
}

/** Takes " key=value" off the span; value ends at the next space. */
static struct mw_cause_span split_value(struct mw_cause_span *span, const char *key)
{
	uint32_t at = find_word(span, key);
	struct mw_cause_span value = {0};

	if (at == span->count)
		return value;
	value.bytes = span->bytes + at + strlen(key);
	while (value.bytes + value.count < span->bytes + span->count && value.bytes[value.count] != ' ')
		value.count++;
	return value;
}

static void trim(struct mw_cause_span *span)
{
	while (span->count > 0 && (span->bytes[span->count - 1] == ' ' || span->bytes[span->count - 1] == '\0'))
		span->count--;
}

static bool matches(const struct mw_cause_span *text, const char *begins, bool cut)
{
	size_t length = strlen(begins);

	if (text->count >= length)
		return memcmp(text->bytes, begins, length) == 0;
	// at least two letters, or any cause would fit
	return cut && text->count >= 2 && memcmp(text->bytes, begins, text->count) == 0;
}

static void classify(struct mw_reset_cause *cause, bool cut)
{
	bool found = false;

	cause->group = MW_CAUSE_OTHER;
	cause->meaning = "the box gives a reason that we do not know";
	for (size_t i = 0; i < MW_ARRAY_SIZE(causes); i++) {
		if (!matches(&cause->text, causes[i].begins, cut))
			continue;
		if (found && cause->group != causes[i].group) {
			cause->group = MW_CAUSE_OTHER;
			cause->meaning = "the text was cut before its reason";
			break;
		}
		if (!found) {
			cause->group = causes[i].group;
			cause->meaning = causes[i].meaning;
		}
		found = true;
	}
	if (cause->peer)
		cause->group = MW_CAUSE_BACK_END;
}

bool mw_reset_cause_parse(const uint8_t *bytes, uint32_t count, bool cut, struct mw_reset_cause *cause)
{
	struct mw_reader reader = mw_reader_of(bytes, count);
	struct mw_cause_span rest;
	uint32_t end;

	memset(cause, 0, sizeof(*cause));
	if (!take_word(&reader, "BIG-IP: [0x"))
		return false;
	cause->id = take_while(&reader, is_hex);
	if (take_word(&reader, ":"))
		cause->line = take_while(&reader, is_digit);
	cause->bracket = take_word(&reader, "]") && cause->id.count > 0 && cause->line.count > 0;
	if (!cause->bracket && !(cut && mw_reader_left(&reader) == 0))
		return false;
	cause->peer = take_word(&reader, " {peer}");
	take_word(&reader, " ");
	rest = (struct mw_cause_span){reader.at, (uint32_t)mw_reader_left(&reader)};
	cause->listener = split_value(&rest, " lis=");
	cause->port = split_value(&rest, " port=");
	end = find_word(&rest, " lis=");
	cause->text = rest;
	cause->text.count = MW_MIN(end, find_word(&rest, " port="));
	trim(&cause->text);
	classify(cause, cut);
	return true;
}
