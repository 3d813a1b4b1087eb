// SPDX-License-Identifier: BSD-3-Clause
// By device and inode, or by the packets: the first one already tells most files apart.
// Neighbours: replay/twins.h.
#include "replay/twins.h"

#include <string.h>

#include "mw_capture.h"
#include "mw_file.h"

static bool is_same(const struct mw_packet *a, const struct mw_packet *b)
{
	return a->time_ns == b->time_ns && a->dlt == b->dlt && a->wire_bytes == b->wire_bytes &&
		   a->captured_bytes == b->captured_bytes && memcmp(a->data, b->data, a->captured_bytes) == 0;
}

static enum twins compare_packets(struct mw_capture *first, struct mw_capture *second)
{
	char ignored[512];
	bool any = false;

	for (;; any = true) {
		struct mw_text text = mw_text_in(ignored, sizeof(ignored));
		struct mw_packet a, b;
		const bool has_a = mw_capture_next(first, &a, &text) == 1, has_b = mw_capture_next(second, &b, &text) == 1;

		if (!has_a || !has_b)
			return !any ? TWINS_NONE : has_a ? TWINS_SECOND_WITHIN : TWINS_FIRST_WITHIN;
		if (!is_same(&a, &b))
			return TWINS_NONE;
	}
}

enum twins twins_compare(const char *first, const char *second)
{
	struct mw_capture *a = NULL, *b = NULL;
	enum twins twins = TWINS_NONE;
	char ignored[512];
	struct mw_text text = mw_text_in(ignored, sizeof(ignored));

	if (mw_file_is_one(first, second))
		return TWINS_ONE_FILE;
	if (mw_capture_open(first, &text, &a) == 0 && mw_capture_open(second, &text, &b) == 0)
		twins = compare_packets(a, b);
	mw_capture_close(b);
	mw_capture_close(a);
	return twins;
}
