// SPDX-License-Identifier: BSD-3-Clause
// The common beginning of several escaped texts.
// Neighbours: template.h; mw_text_add_escaped says what an escape looks like.
#include "template.h"

#include <string.h>

#define ESCAPE_CHARS 4 // \xNN; a backslash itself is escaped, so each one begins an escape

/** Ends a text after its first len characters with a *. */
static void end_with_star(char *chars, size_t len)
{
	for (size_t back = 1; back < ESCAPE_CHARS && back <= len; back++) {
		if (chars[len - back] == '\\') {
			len -= back;
			break;
		}
	}
	if (len == 0 || chars[len - 1] != '*')
		chars[len++] = '*';
	chars[len] = '\0';
}

void middlebox_template_add(char *template, size_t size_bytes, const char *text)
{
	size_t room = size_bytes - 2; // for the star and the terminator
	size_t same = 0;

	if (template[0] == '\0') {
		same = strnlen(text, size_bytes);
		memcpy(template, text, same < size_bytes ? same + 1 : room);
		if (same == size_bytes)
			end_with_star(template, room);
		return;
	}
	while (template[same] != '\0' && template[same] == text[same])
		same++;
	if (template[same] != text[same])
		end_with_star(template, same < room ? same : room);
}
