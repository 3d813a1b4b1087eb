// SPDX-License-Identifier: BSD-3-Clause
// Text written into memory that the caller owns: bounded, always terminated, safe for a terminal.
// Neighbours: mw_address.h and mw_time.h write through this; export/, control/ and app/ read the result. Any thread;
// a text is its owner's alone.
#ifndef MW_TEXT_H
#define MW_TEXT_H

#include "mw_base.h"

/** A text under construction in a fixed buffer. cut is set once something did not fit. */
struct mw_text {
	char *chars;
	size_t size_bytes; // room, terminator included
	size_t len_bytes; // without terminator
	bool cut;
};

/** A text over a char array of size_bytes >= 1; writes the terminator. */
struct mw_text mw_text_in(char *chars, size_t size_bytes);

/** Appends printf-formatted text; what does not fit is cut at a byte boundary and marked. */
void mw_text_add(struct mw_text *text, const char *format, ...) MW_PRINTF(2, 3);

/** Appends count characters as they are. */
void mw_text_add_chars(struct mw_text *text, const char *chars, size_t count);

/**
 * Appends bytes from a packet so that they can do no harm in a terminal, a CSV cell or a JSON string:
 * printable ASCII (0x20 to 0x7e) but the backslash stays, everything else becomes \xNN.
 */
void mw_text_add_escaped(struct mw_text *text, const uint8_t *bytes, size_t count);

/**
 * The first character of a terminated text that neither a terminal nor another file should get from us: a control
 * character, the tab among them, a line separator, a byte order mark, or what is not UTF-8 (RFC 3629). @return NULL:
 * none.
 */
const char *mw_text_find_harmful(const char *chars);

/**
 * Appends a name that is the operator's, as that of a file: readable as it is, but for harmful bytes, which become
 * \xNN.
 */
void mw_text_add_name(struct mw_text *text, const char *chars);

/**
 * Reads a whole unsigned number with an optional suffix k, M, G, T (powers of 1000) or Ki, Mi, Gi, Ti (of 1024).
 * @return 0; -EINVAL for an empty text, a sign, a point, an underscore or anything trailing; -ERANGE beyond 64 bits.
 */
int mw_text_parse_uint(const char *chars, uint64_t *value);

/**
 * Reads a duration into nanoseconds: a whole number with the unit ns, us, ms, s, min, h or d; the unit is required
 * but for 0. @return 0, -EINVAL, -ERANGE as above.
 */
int mw_text_parse_duration_ns(const char *chars, uint64_t *value_ns);

#endif
