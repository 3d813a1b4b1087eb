// SPDX-License-Identifier: BSD-3-Clause
// A long report's beginning: who reads only this knows what there is, and by which id to look for it.
// Neighbours: report/index.h; an id begins with the finding's kind.
#include "report/index.h"

#include <stdio.h>
#include <string.h>

#include "mw_page.h"

#define FEW   10 // findings that need no index
#define MOST  30u // lines of it
#define WIDTH 100

void index_print_severities(const struct mw_finding *const *findings, uint32_t count)
{
	const char *between = "";

	for (int severity = MW_SEVERITIES - 1; severity >= 0; severity--) {
		uint32_t of_it = 0;

		for (uint32_t i = 0; i < count; i++)
			of_it += (int)findings[i]->severity == severity;
		if (of_it > 0)
			printf("%s%u %s", between, of_it, mw_severity_names[severity]);
		between = of_it > 0 ? ", " : between;
	}
}

/** Bytes of text that fit, and no half of a character. */
static int fitting(const char *text, size_t room)
{
	size_t len = strlen(text);

	if (len <= room)
		return (int)len;
	for (len = room - strlen("..."); len > 0 && ((unsigned char)text[len] & 0xc0u) == 0x80u; len--)
		;
	return (int)len;
}

static void print_entry(const struct mw_finding *finding, uint32_t number, int id_width)
{
	const int used = 8 + 10 + id_width + 2;
	const int fits = fitting(finding->subject, used + 20 < WIDTH ? (size_t)(WIDTH - used) : 20);

	printf("  %4u  %-8s  %-*s  %.*s%s\n", number, mw_severity_names[finding->severity], id_width, finding->id, fits,
		   finding->subject, finding->subject[fits] != '\0' ? "..." : "");
}

static bool is_of_group(const struct mw_finding *finding, const struct mw_finding *first)
{
	return finding->kind == first->kind && finding->severity == first->severity;
}

static bool is_first_of_group(const struct mw_finding *const *findings, uint32_t which)
{
	for (uint32_t i = 0; i < which; i++) {
		if (is_of_group(findings[i], findings[which]))
			return false;
	}
	return true;
}

void index_print(const struct mw_finding *const *findings, const uint8_t *places, uint32_t count)
{
	uint32_t shown = 0, number = 0;
	int id_width = 0;

	for (uint32_t i = 0; i < count; i++) {
		shown += places[i] != MW_PAGE_OUT;
		if (places[i] != MW_PAGE_OUT)
			id_width = MW_MAX(id_width, (int)strlen(findings[i]->id));
	}
	if (shown <= FEW)
		return;
	printf("\n");
	for (uint32_t i = 0; i < count; i++) {
		for (uint8_t place = MW_PAGE_LONG_TEXT; place > MW_PAGE_OUT && is_first_of_group(findings, i); place--) {
			for (uint32_t j = i; j < count; j++) {
				if (places[j] == place && is_of_group(findings[j], findings[i]) && number < MOST)
					print_entry(findings[j], ++number, id_width);
			}
		}
	}
	if (number < count)
		printf("        and %u more\n", count - number);
}
