// SPDX-License-Identifier: BSD-3-Clause
// The JSON schema of a CSV row.
// Neighbours: mw_csv.h. Follows JSON Schema draft 2020-12; an empty cell is null.
#include "mw_csv.h"

static void add_string(struct mw_text *text, const char *chars)
{
	mw_text_add(text, "\"");
	for (; *chars != '\0'; chars++) {
		unsigned char byte = (unsigned char)*chars;

		if (byte < 0x20)
			mw_text_add(text, "\\u%04x", byte);
		else if (byte == '"' || byte == '\\')
			mw_text_add(text, "\\%c", byte);
		else
			mw_text_add_chars(text, chars, 1);
	}
	mw_text_add(text, "\"");
}

static void add_enum(struct mw_text *text, const char *const *names, uint8_t names_count)
{
	mw_text_add(text, "\"enum\": [");
	for (uint8_t i = 0; i < names_count; i++) {
		add_string(text, names[i]);
		mw_text_add(text, ", ");
	}
	mw_text_add(text, "null]");
}

// Names joined by +, in their order; names are words, so nothing in them means anything to a regular expression.
static void add_flags(struct mw_text *text, const struct mw_column *column)
{
	mw_text_add(text, "\"type\": [\"string\", \"null\"], \"pattern\": \"^(");
	for (int round = 0; round < 2; round++) {
		for (uint8_t i = 0; i < column->names_count; i++)
			mw_text_add(text, "%s%s", i == 0 ? "" : "|", column->names[i]);
		mw_text_add(text, "%s", round == 0 ? ")(\\\\+(" : "))*$\"");
	}
}

static void add_kind(struct mw_text *text, const struct mw_column *column)
{
	static const char *const booleans[] = {"yes", "no"};
	static const char *const kinds[] = {
		[MW_COLUMN_I64] = "\"type\": [\"integer\", \"null\"]",
		[MW_COLUMN_DOUBLE] = "\"type\": [\"number\", \"null\"]",
		[MW_COLUMN_TIME] = "\"type\": [\"string\", \"null\"], \"format\": \"date-time\"",
		[MW_COLUMN_TEXT] = "\"type\": [\"string\", \"null\"]",
		[MW_COLUMN_NAME] = "\"type\": [\"string\", \"null\"]",
		[MW_COLUMN_ADDRESS] = "\"type\": [\"string\", \"null\"]",
	};

	if (column->type == MW_COLUMN_BOOL)
		add_enum(text, booleans, MW_ARRAY_SIZE(booleans));
	else if (column->type == MW_COLUMN_ENUM)
		add_enum(text, column->names, column->names_count);
	else if (column->type == MW_COLUMN_FLAGS)
		add_flags(text, column);
	else
		mw_text_add(text, "%s", kinds[column->type]);
}

void mw_csv_add_schema(struct mw_text *text, const struct mw_record *record)
{
	mw_text_add(text, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": ");
	add_string(text, record->name);
	mw_text_add(text, ",\n  \"description\": ");
	add_string(text, record->help);
	mw_text_add(text, ",\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"properties\": {\n");
	mw_text_add(text,
				"    \"schema\": {\"const\": %u, \"description\": \"Version of the columns.\"},\n"
				"    \"ts\": {\"type\": [\"string\", \"null\"], \"format\": \"date-time\", "
				"\"description\": \"Time of the row, UTC.\"},\n"
				"    \"probe\": {\"type\": \"string\", \"description\": \"Name of the probe.\"}",
				record->schema);
	for (uint16_t i = 0; i < record->columns_count; i++) {
		mw_text_add(text, ",\n    ");
		add_string(text, record->columns[i].name);
		mw_text_add(text, ": {");
		add_kind(text, &record->columns[i]);
		mw_text_add(text, ", \"description\": ");
		add_string(text, record->columns[i].help == NULL ? "" : record->columns[i].help);
		mw_text_add(text, "}");
	}
	mw_text_add(text, "\n  },\n  \"required\": [\"schema\", \"ts\", \"probe\"");
	for (uint16_t i = 0; i < record->columns_count; i++) {
		mw_text_add(text, ", ");
		add_string(text, record->columns[i].name);
	}
	mw_text_add(text, "]\n}\n");
}
