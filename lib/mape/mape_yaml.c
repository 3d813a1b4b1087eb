// SPDX-License-Identifier: BSD-3-Clause
// Reads a file of mapping rules: services, each with what its rules have in common and a list of prefix pairs.
// Neighbours: mape_rules.h. The shape is fixed, so tables of keys tell what may stand where.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "mape_rules.h"

#define PATH_BYTES    96
#define MESSAGE_BYTES 256
#define FIELDS_MAX    8

struct reading {
	yaml_document_t document;
	struct mw_mape_rules *rules;
	const char *file;
	mw_settings_problem_hook *hook;
	void *context;
	unsigned problems;
	int error; // of memory
};

/** What a service's rules have in common. */
struct service {
	struct mw_mape_rule rule;
	uint8_t psid_bits;
	yaml_node_t *rules;
};

/** A key of a mapping: reads its value into out. */
struct field {
	const char *key;
	void (*take)(struct reading *reading, yaml_node_t *value, const char *path, void *out);
	bool required;
};

static void MW_PRINTF(4, 5)
	report(struct reading *reading, const yaml_mark_t *at, const char *path, const char *format, ...)
{
	char message[MESSAGE_BYTES];
	va_list list;

	va_start(list, format);
	vsnprintf(message, sizeof(message), format, list); // NOLINT(clang-analyzer-valist.Uninitialized)
	va_end(list);
	reading->problems++;
	if (reading->hook != NULL)
		reading->hook(reading->context, &(struct mw_settings_problem){reading->file, (unsigned)at->line + 1,
																	  (unsigned)at->column + 1, path, message});
}

static const char *const kinds[] = {
	[YAML_NO_NODE] = "nothing",
	[YAML_SCALAR_NODE] = "a single value",
	[YAML_SEQUENCE_NODE] = "a list",
	[YAML_MAPPING_NODE] = "a section",
};

static bool is_kind(struct reading *reading, const yaml_node_t *node, yaml_node_type_t kind, const char *path)
{
	if (node->type == kind)
		return true;
	report(reading, &node->start_mark, path, "%s is expected here, this is %s", kinds[kind], kinds[node->type]);
	return false;
}

// The text of a single value, or NULL, reported.
static const char *text_of(struct reading *reading, const yaml_node_t *node, const char *path)
{
	if (!is_kind(reading, node, YAML_SCALAR_NODE, path))
		return NULL;
	const char *chars = (const char *)node->data.scalar.value;

	for (size_t i = 0; i < node->data.scalar.length; i++) {
		if (chars[i] >= ' ' && chars[i] <= '~')
			continue;
		report(reading, &node->start_mark, path, "only printable ASCII characters are allowed here");
		return NULL;
	}
	if (node->data.scalar.length > 0)
		return chars;
	report(reading, &node->start_mark, path, "a value is missing");
	return NULL;
}

static void take_text(struct reading *reading, const yaml_node_t *value, const char *path, char *out, size_t size)
{
	const char *chars = text_of(reading, value, path);

	if (chars == NULL)
		return;
	if (strlen(chars) >= size)
		report(reading, &value->start_mark, path, "longer than %zu characters", size - 1);
	else
		memcpy(out, chars, strlen(chars) + 1);
}

static void take_name(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	struct service *service = out;

	take_text(reading, value, path, service->rule.service, sizeof(service->rule.service));
}

static void take_source(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	struct service *service = out;

	take_text(reading, value, path, service->rule.source, sizeof(service->rule.source));
}

static void take_bits(struct reading *reading, const yaml_node_t *value, const char *path, uint8_t *out)
{
	const char *chars = text_of(reading, value, path);
	uint64_t number;

	if (chars == NULL)
		return;
	if (mw_text_parse_uint(chars, &number) != 0 || number > MW_MAPE_PORT_BITS)
		report(reading, &value->start_mark, path, "'%.40s' is not a number of bits from 0 to 16", chars);
	else
		*out = (uint8_t)number;
}

static void take_psid_bits(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	take_bits(reading, value, path, &((struct service *)out)->psid_bits);
}

static void take_offset_bits(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	take_bits(reading, value, path, &((struct service *)out)->rule.offset_bits);
}

static void take_prefix(struct reading *reading, const yaml_node_t *value, const char *path, bool v4,
						struct mw_prefix *out)
{
	const char *chars = text_of(reading, value, path);

	if (chars == NULL)
		return;
	if (mw_prefix_parse(chars, out) != 0 || mw_address_is_v4(&out->address) != v4)
		report(reading, &value->start_mark, path, "'%.60s' is not an %s prefix such as %s (are host bits set?)", chars,
			   v4 ? "IPv4" : "IPv6", v4 ? "192.0.2.0/24" : "2001:db8::/32");
}

static void take_rule6(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	take_prefix(reading, value, path, false, &((struct mw_mape_rule *)out)->rule6);
}

static void take_rule4(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	take_prefix(reading, value, path, true, &((struct mw_mape_rule *)out)->rule4);
}

static void take_br(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	struct mw_prefix address;
	const char *chars = text_of(reading, value, path);

	if (chars == NULL)
		return;
	if (mw_prefix_parse(chars, &address) != 0 || address.len_bits != 128 || mw_address_is_v4(&address.address))
		report(reading, &value->start_mark, path, "'%.60s' is not an IPv6 address", chars);
	else
		((struct service *)out)->rule.br = address.address;
}

static void take_rules(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	if (is_kind(reading, value, YAML_SEQUENCE_NODE, path))
		((struct service *)out)->rules = value;
}

static const struct field service_fields[] = {
	{"name", take_name, true},
	{"source", take_source, true},
	{"psid-bits", take_psid_bits, true},
	{"offset-bits", take_offset_bits, true},
	{"br", take_br, false},
	{"rules", take_rules, true},
};

static const struct field pair_fields[] = {
	{"ipv6", take_rule6, true},
	{"ipv4", take_rule4, true},
};

// The index of the field that a key names; count when it is unknown or there already, reported.
static size_t field_of(struct reading *reading, const yaml_node_t *key, const char *path, const struct field *fields,
					   size_t count, const bool *seen)
{
	const char *name = text_of(reading, key, path);
	size_t i;

	if (name == NULL)
		return count;
	for (i = 0; i < count && strcmp(fields[i].key, name) != 0; i++)
		;
	if (i == count)
		report(reading, &key->start_mark, path, "unknown key '%.40s'", name);
	else if (seen[i])
		report(reading, &key->start_mark, path, "'%s' is given twice", name);
	return i == count || seen[i] ? count : i;
}

// Reads a mapping into out. @return true without problems.
static bool read_mapping(struct reading *reading, yaml_node_t *node, const char *path, const struct field *fields,
						 size_t count, void *out)
{
	unsigned before = reading->problems;
	bool seen[FIELDS_MAX] = {false};

	if (!is_kind(reading, node, YAML_MAPPING_NODE, path))
		return false;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
		char inner[PATH_BYTES];
		struct mw_text text = mw_text_in(inner, sizeof(inner));
		size_t i = field_of(reading, key, path, fields, count, seen);

		if (i == count)
			continue;
		seen[i] = true;
		mw_text_add(&text, "%s%s%s", path, path[0] == '\0' ? "" : ".", fields[i].key);
		fields[i].take(reading, yaml_document_get_node(&reading->document, pair->value), inner, out);
	}
	for (size_t i = 0; i < count; i++)
		if (fields[i].required && !seen[i])
			report(reading, &node->start_mark, path, "'%s' is missing", fields[i].key);
	return reading->problems == before;
}

static void read_pair(struct reading *reading, yaml_node_t *node, const char *path, const struct service *service)
{
	struct mw_mape_rule rule = service->rule;

	if (!read_mapping(reading, node, path, pair_fields, MW_ARRAY_SIZE(pair_fields), &rule))
		return;
	rule.ea_bits = (uint8_t)(128 - rule.rule4.len_bits + service->psid_bits);
	enum mw_mape_problem problem = mw_mape_rule_check(&rule);

	if (problem != MW_MAPE_GOOD) {
		report(reading, &node->start_mark, path, "%s", mw_mape_problem_text(problem));
		return;
	}
	int error = mape_rules_add(reading->rules, &rule);

	if (error == -E2BIG)
		report(reading, &node->start_mark, path, "more than %d rules", MAPE_RULES_MAX);
	else if (error != 0)
		reading->error = error;
}

static void read_service(struct reading *reading, yaml_node_t *node, const char *path)
{
	struct service service = {.rules = NULL};

	if (!read_mapping(reading, node, path, service_fields, MW_ARRAY_SIZE(service_fields), &service))
		return;
	const yaml_node_t *rules = service.rules;
	unsigned number = 0;

	for (yaml_node_item_t *item = rules->data.sequence.items.start; item < rules->data.sequence.items.top; item++) {
		char inner[PATH_BYTES];
		struct mw_text text = mw_text_in(inner, sizeof(inner));

		mw_text_add(&text, "%s.rules[%u]", path, number++);
		read_pair(reading, yaml_document_get_node(&reading->document, *item), inner, &service);
	}
}

static void take_services(struct reading *reading, yaml_node_t *value, const char *path, void *out)
{
	unsigned number = 0;

	(void)out;
	if (!is_kind(reading, value, YAML_SEQUENCE_NODE, path))
		return;
	for (yaml_node_item_t *item = value->data.sequence.items.start; item < value->data.sequence.items.top; item++) {
		char inner[PATH_BYTES];
		struct mw_text text = mw_text_in(inner, sizeof(inner));

		mw_text_add(&text, "%s[%u]", path, number++);
		read_service(reading, yaml_document_get_node(&reading->document, *item), inner);
	}
}

static const struct field top_fields[] = {{"services", take_services, true}};

static void read_document(struct reading *reading, yaml_parser_t *parser)
{
	static const yaml_mark_t beginning = {0};

	if (!yaml_parser_load(parser, &reading->document)) {
		report(reading, &parser->problem_mark, "", "not valid YAML: %s",
			   parser->problem == NULL ? "unreadable" : parser->problem);
		return;
	}
	yaml_node_t *root = yaml_document_get_root_node(&reading->document);

	if (root == NULL)
		report(reading, &beginning, "", "the file is empty");
	else
		read_mapping(reading, root, "", top_fields, MW_ARRAY_SIZE(top_fields), NULL);
	yaml_document_delete(&reading->document);
}

int mape_yaml_read(struct mw_mape_rules *rules, const char *name, const char *yaml, size_t len_bytes,
				   mw_settings_problem_hook *hook, void *context)
{
	struct reading reading = {.rules = rules, .file = name, .hook = hook, .context = context};
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, len_bytes);
	read_document(&reading, &parser);
	yaml_parser_delete(&parser);
	if (reading.error != 0)
		return reading.error;
	return reading.problems == 0 ? 0 : -EINVAL;
}
