// SPDX-License-Identifier: BSD-3-Clause
// Text of whole lines in a bounded buffer: a line that does not fit is left out whole and counted, never cut.
// Neighbours: the diagnosers; mw_text.h. Any thread; lines are their owner's alone.
#ifndef MW_LINES_H
#define MW_LINES_H

#include "mw_text.h"

/** Write into text; every line ends with lines_end(). */
struct lines {
	struct mw_text text;
	size_t size_bytes; // of the buffer
	size_t kept_bytes; // up to the end of the last whole line
	uint32_t left_out; // lines that found no room
};

/** Lines over a char array; the last spare_bytes of it stay free until lines_open_spare(). */
struct lines lines_in(char *chars, size_t size_bytes, size_t spare_bytes);

/** Ends the line: keeps it when it fits, else takes it back. @return true when it was kept. */
bool lines_end(struct lines *lines);

/** Lets the lines that follow use the whole buffer. */
void lines_open_spare(struct lines *lines);

/** Appends escaped text, shortened to about max_chars with "..."; no escape is cut in two. */
void lines_add_short(struct mw_text *text, const char *escaped, size_t max_chars);

#endif
