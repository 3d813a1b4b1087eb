// SPDX-License-Identifier: BSD-3-Clause
// Reads the hints by port.
// Neighbours: hints.h; config/nat/port-hints.txt says how a line looks.
#include "hints.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_file.h"
#include "nat_model.h"
#include "mw_text.h"

#define HINTS_MAX  512
#define LINE_BYTES 512
#define TEXT_BYTES 96

struct hint {
	uint8_t protocol;
	uint16_t first, last;
	char text[TEXT_BYTES];
};

struct nat_hints {
	uint32_t count;
	struct hint hints[HINTS_MAX];
};

/** The next word of a line; ends it with a NUL and moves on. "" at the end. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	char *end = word + strcspn(word, " \t");

	*line = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return word;
}

static void trim(char *chars)
{
	size_t len = strlen(chars);

	while (len > 0 && isspace((unsigned char)chars[len - 1]))
		chars[--len] = '\0';
}

static bool parse_port(const char *chars, uint16_t *port)
{
	uint64_t value;

	if (mw_text_parse_uint(chars, &value) != 0 || value == 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool parse_ports(char *chars, struct hint *hint)
{
	char *dash = strchr(chars, '-');

	if (dash != NULL)
		*dash = '\0';
	return parse_port(chars, &hint->first) && parse_port(dash != NULL ? dash + 1 : chars, &hint->last) &&
		   hint->first <= hint->last;
}

static bool is_plain(const char *chars)
{
	for (; *chars != '\0'; chars++) {
		if (!isprint((unsigned char)*chars))
			return false;
	}
	return true;
}

/** @return what is wrong with a line, or NULL. */
static const char *parse_line(char *line, struct hint *hint)
{
	char *source = strchr(line, '#');
	const char *protocol;

	if (source == NULL || source[1 + strspn(source + 1, " \t")] == '\0')
		return "no source: expected PROTOCOL PORT[-PORT] TEXT # SOURCE";
	*source = '\0';
	protocol = next_word(&line);
	if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)
		return "expected tcp or udp";
	hint->protocol = strcmp(protocol, "tcp") == 0 ? MW_NAT_TCP : MW_NAT_UDP;
	if (!parse_ports(next_word(&line), hint))
		return "expected a port of 1 to 65535, or two with a dash, the lower first";
	line += strspn(line, " \t");
	trim(line);
	if (*line == '\0' || strlen(line) >= TEXT_BYTES || !is_plain(line))
		return "expected a text of 1 to 95 printable ASCII characters";
	strcpy(hint->text, line); // NOLINT: measured above
	return NULL;
}

/** Reads the rest of a line that is too long. */
static void skip_line(FILE *file)
{
	int next;

	do
		next = fgetc(file);
	while (next != '\n' && next != EOF);
}

static int read_lines(FILE *file, const char *path,
					  void (*problem)(void *context, const char *file, unsigned line, const char *message),
					  void *context, struct nat_hints *hints)
{
	char line[LINE_BYTES];
	int result = 0;

	for (unsigned number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
		const char *wrong = NULL;
		char *start = line + strspn(line, " \t\r\n");

		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n') {
			skip_line(file);
			wrong = "line too long";
		}
		if (wrong == NULL && (*start == '\0' || *start == '#'))
			continue;
		trim(start);
		if (wrong == NULL && hints->count == HINTS_MAX)
			wrong = "too many hints: 512 are read";
		if (wrong == NULL)
			wrong = parse_line(start, &hints->hints[hints->count]);
		if (wrong == NULL) {
			hints->count++;
			continue;
		}
		problem(context, path, number, wrong);
		result = -EINVAL;
	}
	return ferror(file) ? -EIO : result;
}

int nat_hints_load(const char *path,
				   void (*problem)(void *context, const char *file, unsigned line, const char *message), void *context,
				   struct nat_hints **hints)
{
	FILE *file = fopen(path, "re");
	int result;

	*hints = NULL;
	if (file == NULL)
		return -errno;
	*hints = calloc(1, sizeof(**hints));
	result = *hints != NULL ? read_lines(file, path, problem, context, *hints) : -ENOMEM;
	fclose(file);
	if (result != 0) {
		nat_hints_free(*hints);
		*hints = NULL;
	}
	return result;
}

void nat_hints_free(struct nat_hints *hints)
{
	free(hints);
}

const char *nat_hints_find(const struct nat_hints *hints, uint8_t protocol, uint16_t port)
{
	for (uint32_t i = 0; hints != NULL && i < hints->count; i++) {
		const struct hint *hint = &hints->hints[i];

		if (hint->protocol == protocol && hint->first <= port && port <= hint->last)
			return hint->text;
	}
	return NULL;
}

const char *nat_hints_default_path(void)
{
	return !mw_file_in_place() && access(MW_NAT_HINTS_INSTALLED, R_OK) == 0 ? MW_NAT_HINTS_INSTALLED
																			: MW_NAT_HINTS_SOURCE;
}
