// SPDX-License-Identifier: BSD-3-Clause
// A text table that never ends up in memory whole: the first rows decide the columns, the others stream through.
// Neighbours: run.c, print.c, top.c.
#include "ctl.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_ROWS    200 // widths come from these
#define SAMPLE_BYTES   ((size_t)4 << 20) // at most so much is held back for them
#define COLUMNS_MAX    64
#define CELL_WIDTH_MAX 200u
#define TEXT_WIDTH_MIN 12u // of free text in a narrow terminal

struct column {
	char *name;
	unsigned width;
	bool number; // every cell so far is a number or not known
	bool known; // some cell is
	bool text; // some cell has words
};

struct table {
	const struct ctl *ctl;
	unsigned indent;
	bool fixed; // columns were chosen by the caller
	unsigned columns_count;
	struct column columns[COLUMNS_MAX];
	json_t *sample; // NULL once the header is out
	size_t sample_bytes;
};

static void add_column(struct table *table, const char *name)
{
	if (table->columns_count < COLUMNS_MAX)
		table->columns[table->columns_count++] =
			(struct column){.name = strdup(name), .width = (unsigned)strlen(name), .number = true};
}

struct table *table_new(const struct ctl *ctl, const char *const *columns, unsigned indent)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	*table = (struct table){.ctl = ctl, .indent = indent, .fixed = columns != NULL, .sample = json_array()};
	for (; columns != NULL && *columns != NULL; columns++)
		add_column(table, *columns);
	return table;
}

static bool has_column(const struct table *table, const char *name)
{
	for (unsigned i = 0; i < table->columns_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return true;
	return false;
}

static void measure(struct table *table, const json_t *row)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)row, name, value) if (!table->fixed && !has_column(table, name))
		add_column(table, name);
	for (unsigned i = 0; i < table->columns_count; i++) {
		struct column *column = &table->columns[i];

		value = json_object_get(row, column->name);
		char *cell = print_cell(value);
		unsigned len = cell != NULL ? (unsigned)strlen(cell) : 0;

		column->width = MW_MAX(column->width, MW_MIN(len, CELL_WIDTH_MAX));
		column->number = column->number && (value == NULL || json_is_null(value) || json_is_number(value));
		column->known = column->known || json_is_number(value);
		column->text = column->text || (cell != NULL && strchr(cell, ' ') != NULL);
		free(cell);
	}
}

// The widest column of words that may still be narrower; NULL when none may.
static struct column *widest_text(struct table *table)
{
	struct column *widest = NULL;

	for (unsigned i = 0; i < table->columns_count; i++) {
		struct column *column = &table->columns[i];

		if (column->text && column->width > TEXT_WIDTH_MIN && column->width > strlen(column->name) &&
			(widest == NULL || column->width > widest->width))
			widest = column;
	}
	return widest;
}

// Words give way to what cannot be shortened, so that the columns behind them are seen, too.
static void fit_terminal(struct table *table)
{
	unsigned width = table->indent + 2 * (table->columns_count - 1);
	struct column *column;

	for (unsigned i = 0; i < table->columns_count; i++)
		width += table->columns[i].width;
	for (; table->ctl->width > 0 && width > table->ctl->width && (column = widest_text(table)) != NULL; width--)
		column->width--;
}

static void shorten(const struct table *table, const struct column *column, char *cell)
{
	if (table->ctl->width > 0 && column->text && strlen(cell) > column->width)
		strcpy(cell + column->width - 2, "..");
}

static void put_cell(const struct table *table, FILE *stream, unsigned index, const char *cell)
{
	const struct column *column = &table->columns[index];
	bool last = index + 1 == table->columns_count;
	int width = (int)column->width;

	if (index > 0)
		fputs("  ", stream);
	if (column->number && column->known)
		fprintf(stream, "%*s", width, cell);
	else if (last)
		fputs(cell, stream);
	else
		fprintf(stream, "%-*s", width, cell);
}

// Only a terminal cuts lines: a file or a pipe gets everything.
static void put_line(const struct table *table, char *chars, bool heading)
{
	size_t len = strlen(chars);

	if (table->ctl->width > 0 && len > table->ctl->width)
		chars[table->ctl->width] = '\0';
	if (heading)
		print_heading(table->ctl, chars);
	else
		puts(chars);
}

// NULL is the header.
static void put_row(const struct table *table, const json_t *row)
{
	char *chars = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&chars, &size);

	if (stream == NULL)
		return;
	fprintf(stream, "%*s", (int)table->indent, "");
	for (unsigned i = 0; i < table->columns_count; i++) {
		json_t *name = json_string(table->columns[i].name);
		char *cell = print_cell(row != NULL ? json_object_get(row, table->columns[i].name) : name);

		if (cell != NULL)
			shorten(table, &table->columns[i], cell);
		put_cell(table, stream, i, cell != NULL ? cell : "");
		free(cell);
		json_decref(name);
	}
	fclose(stream);
	put_line(table, chars, row == NULL);
	free(chars);
}

static void put_sample(struct table *table)
{
	size_t index;
	json_t *row;

	json_array_foreach(table->sample, index, row) measure(table, row);
	if (table->columns_count > 0) {
		fit_terminal(table);
		put_row(table, NULL);
	}
	json_array_foreach(table->sample, index, row) put_row(table, row);
	json_decref(table->sample);
	table->sample = NULL;
}

void table_row(struct table *table, json_t *row)
{
	if (table == NULL)
		return;
	if (table->sample == NULL) {
		put_row(table, row);
		return;
	}
	json_array_append(table->sample, row);
	table->sample_bytes += json_dumpb(row, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	if (json_array_size(table->sample) == SAMPLE_ROWS || table->sample_bytes > SAMPLE_BYTES)
		put_sample(table);
}

void table_end(struct table *table)
{
	if (table == NULL)
		return;
	if (table->sample != NULL)
		put_sample(table);
	for (unsigned i = 0; i < table->columns_count; i++)
		free(table->columns[i].name);
	free(table);
}
