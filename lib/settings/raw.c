// SPDX-License-Identifier: BSD-3-Clause
// libcyaml with a schema made from the modules' tables: every value is taken as text, numbers are read by value.c.
// Neighbours: raw.h. libcyaml 1.3 reads 100_000 as 100, hence text; aliases stay forbidden (alias bombs).
#include "raw.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

struct raw {
	cyaml_schema_value_t top;
	cyaml_schema_field_t *sections; // modules and an end
	cyaml_schema_field_t *settings; // of all modules, each with an end
	struct raw_value **values; // a pointer a module: libcyaml's memory
	char log_chars[MESSAGE_BYTES];
	struct mw_text log;
};

static const cyaml_schema_value_t item_schema = {
	.type = CYAML_STRING,
	.flags = CYAML_FLAG_POINTER,
	.data_size = sizeof(char),
	.string = {.min = 0, .max = CYAML_UNLIMITED},
};

static cyaml_schema_field_t field_of(const struct mw_setting *setting, uint32_t index)
{
	uint32_t base = index * (uint32_t)sizeof(struct raw_value);
	cyaml_schema_field_t field = {.key = setting->name};

	if (value_is_list(setting->type)) {
		field.data_offset = base + (uint32_t)offsetof(struct raw_value, items);
		field.count_offset = base + (uint32_t)offsetof(struct raw_value, items_count);
		field.count_size = sizeof(unsigned);
		field.value.type = CYAML_SEQUENCE;
		field.value.flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR;
		field.value.data_size = sizeof(char *);
		field.value.sequence.entry = &item_schema;
		field.value.sequence.max = CYAML_UNLIMITED;
	} else {
		field.data_offset = base + (uint32_t)offsetof(struct raw_value, chars);
		field.value = item_schema;
		field.value.flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER;
	}
	return field;
}

static void make_schema(struct raw *raw, const struct mw_settings_module *const modules[], uint32_t modules_count)
{
	cyaml_schema_field_t *field = raw->settings;

	for (uint32_t m = 0; m < modules_count; m++) {
		raw->sections[m] = (cyaml_schema_field_t){
			.key = modules[m]->name,
			.data_offset = m * (uint32_t)sizeof(struct raw_value *),
			.value = {.type = CYAML_MAPPING,
					  .flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
					  .data_size = MW_MAX(modules[m]->settings_count, 1u) * (uint32_t)sizeof(struct raw_value),
					  .mapping = {.fields = field}},
		};
		for (uint32_t i = 0; i < modules[m]->settings_count; i++)
			*field++ = field_of(&modules[m]->settings[i], i);
		field++; // an end: calloc left its key NULL
	}
	raw->top = (cyaml_schema_value_t){.type = CYAML_MAPPING,
									  .flags = CYAML_FLAG_POINTER,
									  .data_size = (modules_count + 1) * (uint32_t)sizeof(struct raw_value *),
									  .mapping = {.fields = raw->sections}};
}

// libcyaml's words, newlines taken out, in one line.
__attribute__((format(printf, 3, 0))) static void keep_log(cyaml_log_t level, void *context, const char *format,
														   va_list args)
{
	struct raw *raw = context;
	char line[MESSAGE_BYTES];

	(void)level;
	if (vsnprintf(line, sizeof(line), format, args) < 0)
		return;
	line[strcspn(line, "\n")] = '\0';
	mw_text_add(&raw->log, "%s%s", raw->log.len_bytes == 0 ? "" : "; ", line);
}

// Unknown keys are structure.c's to report, with all of their positions; libcyaml would stop at the first.
static cyaml_config_t config_of(struct raw *raw)
{
	return (cyaml_config_t){
		.log_fn = keep_log,
		.log_ctx = raw,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS | CYAML_CFG_IGNORE_UNKNOWN_KEYS,
	};
}

int raw_load(struct reporter *reporter, const struct mw_settings_module *const modules[], uint32_t modules_count,
			 const char *yaml, size_t len_bytes, struct raw **out)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	size_t fields = 0;
	cyaml_config_t config;
	cyaml_err_t err;

	for (uint32_t m = 0; m < modules_count; m++)
		fields += modules[m]->settings_count + 1u;
	if (raw == NULL)
		return -ENOMEM;
	raw->sections = calloc(modules_count + 1u, sizeof(*raw->sections));
	raw->settings = calloc(fields + 1, sizeof(*raw->settings));
	if (raw->sections == NULL || raw->settings == NULL) {
		raw_free(raw);
		return -ENOMEM;
	}
	raw->log = mw_text_in(raw->log_chars, sizeof(raw->log_chars));
	make_schema(raw, modules, modules_count);
	config = config_of(raw);
	err = cyaml_load_data((const uint8_t *)yaml, len_bytes, &config, &raw->top, (cyaml_data_t **)&raw->values, NULL);
	if (err != CYAML_OK) {
		report(reporter, (struct position){0, 0}, "", "%s: %s", cyaml_strerror(err), raw->log.chars);
		raw_free(raw);
		return err == CYAML_ERR_OOM ? -ENOMEM : -EINVAL;
	}
	*out = raw;
	return 0;
}

const struct raw_value *raw_value_of(const struct raw *raw, uint32_t module, uint32_t setting)
{
	const struct raw_value *section = raw->values[module];

	return section == NULL ? NULL : &section[setting];
}

void raw_free(struct raw *raw)
{
	cyaml_config_t config;

	if (raw == NULL)
		return;
	if (raw->values != NULL) {
		config = config_of(raw);
		cyaml_free(&config, &raw->top, raw->values, 0);
	}
	free(raw->sections);
	free(raw->settings);
	free(raw);
}
