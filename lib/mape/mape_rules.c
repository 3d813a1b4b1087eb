// SPDX-License-Identifier: BSD-3-Clause
// The mapping rules of known services.
// Neighbours: mape_yaml.c reads them; config/mape/rules.yaml holds them.
#include "mape_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_file.h"

const char *mw_mape_rules_default_path(void)
{
	return !mw_file_in_place() && access(MW_MAPE_RULES_INSTALLED, R_OK) == 0 ? MW_MAPE_RULES_INSTALLED
																			 : MW_MAPE_RULES_SOURCE;
}

int mape_rules_add(struct mw_mape_rules *rules, const struct mw_mape_rule *rule)
{
	if (rules->count == MAPE_RULES_MAX)
		return -E2BIG;
	if (rules->count == rules->room) {
		uint32_t room = rules->room == 0 ? 64 : rules->room * 2;
		struct mw_mape_rule *items = reallocarray(rules->items, room, sizeof(*items));

		if (items == NULL)
			return -ENOMEM;
		rules->items = items;
		rules->room = room;
	}
	rules->items[rules->count++] = *rule;
	return 0;
}

void mw_mape_rules_free(struct mw_mape_rules *rules)
{
	if (rules != NULL)
		free(rules->items);
	free(rules);
}

static int by_length(const void *left, const void *right)
{
	const struct mw_mape_rule *a = left, *b = right;

	if (a->rule6.len_bits != b->rule6.len_bits)
		return a->rule6.len_bits > b->rule6.len_bits ? -1 : 1;
	int order = mw_address_compare(&a->rule6.address, &b->rule6.address);

	return order != 0 ? order : strcmp(a->service, b->service);
}

int mw_mape_rules_load_text(const char *name, const char *yaml, size_t len_bytes, mw_settings_problem_hook *hook,
							void *context, struct mw_mape_rules **rules)
{
	struct mw_mape_rules *read = calloc(1, sizeof(*read));

	if (read == NULL)
		return -ENOMEM;
	int error = mape_yaml_read(read, name, yaml, len_bytes, hook, context);

	if (error != 0) {
		mw_mape_rules_free(read);
		return error;
	}
	if (read->count > 0)
		qsort(read->items, read->count, sizeof(*read->items), by_length);
	*rules = read;
	return 0;
}

static int cannot_read(const char *path, int error, mw_settings_problem_hook *hook, void *context)
{
	if (hook != NULL)
		hook(context, &(struct mw_settings_problem){.file = path, .key = "", .message = strerror(error)});
	return -error;
}

static int read_file(const char *path, char **chars, size_t *len_bytes)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	int error = 0;

	*chars = NULL;
	if (file == NULL)
		return errno;
	if (fstat(fileno(file), &status) != 0)
		error = errno;
	else if (S_ISDIR(status.st_mode))
		error = EISDIR;
	else if ((*chars = malloc(MW_SETTINGS_FILE_BYTES_MAX + 1)) == NULL)
		error = ENOMEM;
	if (error == 0) {
		*len_bytes = fread(*chars, 1, MW_SETTINGS_FILE_BYTES_MAX + 1, file);
		error = ferror(file) != 0 ? EIO : *len_bytes > MW_SETTINGS_FILE_BYTES_MAX ? EFBIG : 0;
	}
	fclose(file);
	return error;
}

int mw_mape_rules_load(const char *path, mw_settings_problem_hook *hook, void *context, struct mw_mape_rules **rules)
{
	char *chars = NULL;
	size_t len_bytes = 0;
	int error = read_file(path, &chars, &len_bytes);

	if (error == 0)
		error = mw_mape_rules_load_text(path, chars, len_bytes, hook, context, rules);
	else
		error = cannot_read(path, error, hook, context);
	free(chars);
	return error;
}

uint32_t mw_mape_rules_count(const struct mw_mape_rules *rules)
{
	return rules->count;
}

const struct mw_mape_rule *mw_mape_rules_at(const struct mw_mape_rules *rules, uint32_t index)
{
	return &rules->items[index];
}

const struct mw_mape_rule *mw_mape_rules_find(const struct mw_mape_rules *rules, const struct mw_address *address,
											  const struct mw_mape_rule *after)
{
	uint32_t begin = after == NULL ? 0 : (uint32_t)(after - rules->items) + 1;

	for (uint32_t i = begin; i < rules->count; i++)
		if (mw_prefix_holds(&rules->items[i].rule6, address))
			return &rules->items[i];
	return NULL;
}
