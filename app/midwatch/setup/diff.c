// SPDX-License-Identifier: BSD-3-Clause
// A change of a small file as a unified diff: one hunk from the first line that differs to the last.
// Neighbours: setup.h. The form is that of diff(1) -u, so that patch(1) reads it.
#include <stdio.h>
#include <string.h>

#include "setup.h"

#define CONTEXT_LINES 3
#define LINES_MAX     4096

struct lines {
	const char *at[LINES_MAX + 1];
	size_t count;
};

static void cut(const char *chars, struct lines *lines)
{
	lines->count = 0;
	while (*chars != '\0' && lines->count < LINES_MAX) {
		const char *end = strchr(chars, '\n');

		lines->at[lines->count++] = chars;
		chars = end == NULL ? chars + strlen(chars) : end + 1;
	}
	lines->at[lines->count] = chars;
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
	size_t len = (size_t)(a->at[i + 1] - a->at[i]);

	return len == (size_t)(b->at[k + 1] - b->at[k]) && memcmp(a->at[i], b->at[k], len) == 0;
}

static void print(char sign, const struct lines *lines, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		printf("%c%.*s\n", sign, (int)strcspn(lines->at[i], "\n"), lines->at[i]);
}

void setup_print_diff(const char *path, const struct setup_content *before, const struct setup_content *now)
{
	static struct lines old, new;
	size_t head = 0, tail = 0, start, shared;

	cut(before->chars, &old);
	cut(now->chars, &new);
	while (head < old.count && head < new.count &&same(&old, head, &new, head))
		head++;
	while (tail < old.count - head &&
		   tail < new.count - head &&same(&old, old.count - 1 - tail, &new, new.count - 1 - tail))
		tail++;
	if (before->there == now->there && head == old.count && head == new.count)
		return;
	start = head < CONTEXT_LINES ? 0 : head - CONTEXT_LINES;
	shared = MW_MIN(tail, (size_t)CONTEXT_LINES);
	printf("--- %s\n+++ %s\n", before->there ? path : "/dev/null", now->there ? path : "/dev/null");
	printf("@@ -%zu,%zu +%zu,%zu @@\n", old.count == 0 ? 0 : start + 1, old.count - tail + shared - start,
		   new.count == 0 ? 0 : start + 1, new.count - tail + shared - start);
	print(' ', &old, start, head);
	print('-', &old, head, old.count - tail);
	print('+', &new, head, new.count - tail);
	print(' ', &old, old.count - tail, old.count - tail + shared);
	printf("\n");
}
