// SPDX-License-Identifier: BSD-3-Clause
// The JSON schema of a row, and the section "output".
// Neighbours: lib/export/schema.c, output_settings.c.
#include <jansson.h>
#include <string.h>

#include "example.h"
#include "mw_test.h"

static json_t *schema_of(const struct mw_record *record)
{
	static char chars[65536];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	json_error_t error;
	json_t *schema;

	mw_csv_add_schema(&text, record);
	assert_false(text.cut);
	schema = json_loads(chars, JSON_REJECT_DUPLICATES, &error);
	if (schema == NULL)
		fail_msg("%s in line %d of\n%s", error.text, error.line, chars);
	return schema;
}

static void properties_are_the_columns_in_order(void **state)
{
	static const char *const names[] = {"schema", "ts",   "probe", "count",   "ratio",   "last",
										"seen",   "word", "host",  "verdict", "evidence"};
	json_t *schema = schema_of(&example_record);
	json_t *properties = json_object_get(schema, "properties");
	json_t *required = json_object_get(schema, "required");
	const char *name;
	json_t *property;
	size_t i = 0;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
						"https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(json_string_value(json_object_get(schema, "title")), "resets");
	assert_int_equal(json_object_size(properties), MW_ARRAY_SIZE(names));
	assert_int_equal(json_array_size(required), MW_ARRAY_SIZE(names));
	json_object_foreach(properties, name, property)
	{
		assert_string_equal(name, names[i]);
		assert_string_equal(json_string_value(json_array_get(required, i)), names[i]);
		assert_non_null(json_object_get(property, "description"));
		i++;
	}
	json_decref(schema);
}

static void check_property(json_t *schema, const char *name, const char *expected)
{
	json_t *property = json_object_get(json_object_get(schema, "properties"), name);
	char *chars;

	json_object_del(property, "description");
	chars = json_dumps(property, JSON_COMPACT);
	assert_string_equal(chars, expected);
	free(chars);
}

static void each_type_of_column_has_its_kind(void **state)
{
	json_t *schema = schema_of(&example_record);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(
							json_object_get(json_object_get(schema, "properties"), "count"), "description")),
						"How \"many\".");
	check_property(schema, "schema", "{\"const\":3}");
	check_property(schema, "count", "{\"type\":[\"integer\",\"null\"]}");
	check_property(schema, "ratio", "{\"type\":[\"number\",\"null\"]}");
	check_property(schema, "last", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
	check_property(schema, "seen", "{\"enum\":[\"yes\",\"no\",null]}");
	check_property(schema, "host", "{\"type\":[\"string\",\"null\"]}");
	check_property(schema, "verdict", "{\"enum\":[\"ok\",\"-bad\",null]}");
	check_property(schema, "evidence",
				   "{\"type\":[\"string\",\"null\"],\"pattern\":\"^(ttl-split|cluster)(\\\\+(ttl-split|cluster))*$\"}");
	json_decref(schema);
}

static void output_has_the_documented_defaults(void **state)
{
	static const struct mw_settings_module *const modules[] = {&mw_output_settings_module};
	const struct mw_output_settings *output;
	struct mw_settings *settings = NULL;

	(void)state;
	assert_int_equal(mw_settings_load(modules, 1, NULL, NULL, 0, NULL, NULL, &settings), 0);
	output = mw_settings_values(settings, "output");
	assert_string_equal(output->directory, "/var/log/midwatch");
	assert_string_equal(output->probe, "");
	assert_int_equal(output->interval_ns, 60 * MW_NS_PER_SECOND);
	assert_int_equal(output->file_bytes_max, 64 << 20);
	assert_int_equal(output->retain_bytes_max, UINT64_C(10) << 30);
	mw_settings_free(settings);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(properties_are_the_columns_in_order),
	MW_TEST(each_type_of_column_has_its_kind),
	MW_TEST(output_has_the_documented_defaults),
};

MW_TEST_MAIN("export_schema", tests)
