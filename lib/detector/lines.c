// SPDX-License-Identifier: BSD-3-Clause
// Whole lines or none.
// Neighbours: mw_lines.h.
#include "mw_lines.h"

#include <string.h>

struct lines lines_in(char *chars, size_t size_bytes, size_t spare_bytes)
{
	return (struct lines){.text = mw_text_in(chars, size_bytes - spare_bytes), .size_bytes = size_bytes};
}

bool lines_end(struct lines *lines)
{
	struct mw_text *text = &lines->text;
	bool fits;

	mw_text_add(text, "\n");
	fits = !text->cut;
	if (!fits) {
		text->len_bytes = lines->kept_bytes;
		text->chars[text->len_bytes] = '\0';
		text->cut = false;
		lines->left_out++;
	}
	lines->kept_bytes = text->len_bytes;
	return fits;
}

void lines_open_spare(struct lines *lines)
{
	lines->text.size_bytes = lines->size_bytes;
}

void lines_add_short(struct mw_text *text, const char *escaped, size_t max_chars)
{
	size_t length = strlen(escaped), taken = 0;

	while (length > max_chars && taken < max_chars) {
		size_t step = escaped[taken] == '\\' ? 4 : 1; // \xNN

		if (taken + step > max_chars)
			break;
		taken += step;
	}
	mw_text_add_chars(text, escaped, length > max_chars ? taken : length);
	if (length > max_chars)
		mw_text_add(text, "...");
}
