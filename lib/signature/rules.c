// SPDX-License-Identifier: BSD-3-Clause
// Reads rule stanzas: "rule NAME", then one key a line. All problems of a file are found in one run.
// Neighbours: rules.h, signature.c.
#include "rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_service.h"
#include "mw_text.h"

/** A file being read. */
struct parse {
	struct rules_set *set;
	const char *file;
	unsigned line;
	mw_signature_problem_hook *hook;
	void *context;
	bool in_rule; // a stanza is open: the last rule of set
	bool broken; // its first line was refused: its keys are only checked
	unsigned rule_line; // where it began
	uint32_t keys; // bits of the key table seen in it
	uint32_t matches;
};

static void problem(struct parse *parse, unsigned line, const char *format, ...) MW_PRINTF(3, 4);
static void problem(struct parse *parse, unsigned line, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args); // NOLINT(clang-analyzer-valist.Uninitialized)
	va_end(args);
	parse->set->problems++;
	parse->hook(parse->context, parse->file, line, message);
}

static struct mw_signature_rule *current(struct parse *parse)
{
	return &parse->set->rules[parse->set->rules_count - 1];
}

/** Index of value in a list of words that NULL ends, or -1. */
static int word_index(const char *const words[], const char *value)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0)
			return i;
	}
	return -1;
}

static void key_on(struct parse *parse, char *value)
{
	static const char *const words[] = {"reset", "service", NULL};
	int index = word_index(words, value);

	if (index < 0)
		problem(parse, parse->line, "on \"%.40s\": must be reset or service", value);
	else
		current(parse)->on = (uint8_t)index;
}

static void key_means(struct parse *parse, char *value)
{
	static const char *const words[] = {"middlebox", "benign", "shown", "service", NULL};
	int index = word_index(words, value);

	if (index < 0)
		problem(parse, parse->line, "means \"%.40s\": must be middlebox, benign, shown or service", value);
	else
		current(parse)->means = (uint8_t)index;
}

static void key_service(struct parse *parse, char *value)
{
	int service = mw_service_find(value);

	if (service <= 0)
		problem(parse, parse->line, "service \"%.40s\" is not known", value);
	else
		current(parse)->service = (uint8_t)service;
}

static void key_protocol(struct parse *parse, char *value)
{
	static const char *const words[] = {"any", "tcp", "udp", NULL};
	static const uint8_t numbers[] = {0, 6, 17};
	int index = word_index(words, value);

	if (index < 0)
		problem(parse, parse->line, "protocol \"%.40s\": must be tcp, udp or any", value);
	else
		current(parse)->protocol = numbers[index];
}

/** Copies a text that may stand in double quotes. */
static void copy_text(struct parse *parse, const char *key, char *value, char *out, size_t out_bytes)
{
	size_t length = strlen(value);

	if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
		value[length - 1] = '\0';
		value++;
		length -= 2;
	}
	if (strchr(value, '\t') != NULL)
		problem(parse, parse->line, "%s has a tab in it", key);
	else if (length >= out_bytes)
		problem(parse, parse->line, "%s is longer than %zu bytes", key, out_bytes - 1);
	else
		memcpy(out, value, length + 1);
}

static void key_label(struct parse *parse, char *value)
{
	copy_text(parse, "label", value, current(parse)->label, sizeof(current(parse)->label));
}

static void key_source(struct parse *parse, char *value)
{
	copy_text(parse, "source", value, current(parse)->source, sizeof(current(parse)->source));
}

static void key_match(struct parse *parse, char *value)
{
	struct rules_set *set = parse->set;
	struct rules_pattern *pattern = &set->patterns[set->patterns_count];

	if (strlen(value) >= sizeof(pattern->regex)) {
		problem(parse, parse->line, "expression is longer than %d bytes", RULES_PATTERN_BYTES - 1);
		return;
	}
	if (set->patterns_count == RULES_PATTERNS_MAX) {
		problem(parse, parse->line, "more than %d match lines in all files", RULES_PATTERNS_MAX);
		return;
	}
	strcpy(pattern->regex, value); // NOLINT: its length was checked above
	pattern->rule = set->rules_count - 1;
	pattern->line = parse->line;
	pattern->file = parse->file;
	set->patterns_count++;
	parse->matches++;
}

enum key { KEY_ON, KEY_MEANS, KEY_SERVICE, KEY_PROTOCOL, KEY_LABEL, KEY_SOURCE, KEY_MATCH, KEYS };

static const struct {
	const char *name;
	void (*read)(struct parse *parse, char *value);
	bool repeats;
} keys[KEYS] = {
	[KEY_ON] = {"on", key_on, false},
	[KEY_MEANS] = {"means", key_means, false},
	[KEY_SERVICE] = {"service", key_service, false},
	[KEY_PROTOCOL] = {"protocol", key_protocol, false},
	[KEY_LABEL] = {"label", key_label, false},
	[KEY_SOURCE] = {"source", key_source, false},
	[KEY_MATCH] = {"match", key_match, true},
};

static bool has(const struct parse *parse, enum key key)
{
	return parse->keys & 1u << key;
}

/** What a finished stanza lacks. */
static void finish_rule(struct parse *parse)
{
	struct mw_signature_rule *rule;

	if (!parse->in_rule || parse->broken)
		return;
	rule = current(parse);
	if (!has(parse, KEY_MATCH))
		problem(parse, parse->rule_line, "rule %s has no match line", rule->name);
	if (!has(parse, KEY_ON))
		problem(parse, parse->rule_line, "rule %s does not say what it is held against: on reset, or on service",
				rule->name);
	else if (rule->on == MW_SIGNATURE_ON_RESET && (!has(parse, KEY_MEANS) || rule->means == MW_SIGNATURE_SERVICE))
		problem(parse, parse->rule_line,
				"rule %s is held against resets, so it must say: means middlebox, means benign or means shown",
				rule->name);
	else if (rule->on == MW_SIGNATURE_ON_SERVICE && !has(parse, KEY_SERVICE))
		problem(parse, parse->rule_line, "rule %s is held against first payloads, so it must name a service",
				rule->name);
	else if (rule->on == MW_SIGNATURE_ON_SERVICE && has(parse, KEY_MEANS) && rule->means != MW_SIGNATURE_SERVICE)
		problem(parse, parse->rule_line, "rule %s is held against first payloads: it can only mean service",
				rule->name);
	if (rule->on == MW_SIGNATURE_ON_SERVICE)
		rule->means = MW_SIGNATURE_SERVICE;
}

static bool name_is_good(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= sizeof(((struct mw_signature_rule *)0)->name))
		return false;
	for (; *name != '\0'; name++) {
		if (!(*name >= 'a' && *name <= 'z') && !(*name >= '0' && *name <= '9') && *name != '-')
			return false;
	}
	return true;
}

static bool name_is_taken(const struct rules_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->rules_count; i++) {
		if (strcmp(set->rules[i].name, name) == 0)
			return true;
	}
	return false;
}

static void start_rule(struct parse *parse, const char *name)
{
	struct rules_set *set = parse->set;

	finish_rule(parse);
	parse->in_rule = true;
	parse->broken = true;
	parse->rule_line = parse->line;
	parse->keys = 0;
	parse->matches = 0;
	if (!name_is_good(name)) {
		problem(parse, parse->line, "a rule's name is 1 to 47 of a-z, 0-9 and -: \"%.60s\"", name);
	} else if (name_is_taken(set, name)) {
		problem(parse, parse->line, "rule %s is already defined", name);
	} else if (set->rules_count == RULES_MAX) {
		problem(parse, parse->line, "more than %d rules in all files", RULES_MAX);
	} else {
		memset(&set->rules[set->rules_count], 0, sizeof(set->rules[0]));
		strcpy(set->rules[set->rules_count].name, name); // NOLINT: its length was checked
		set->rules_count++;
		parse->broken = false;
	}
}

static void read_key(struct parse *parse, const char *name, char *value)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (value[0] == '\0')
			problem(parse, parse->line, "%s has no value", name);
		else if (!keys[i].repeats && has(parse, i))
			problem(parse, parse->line, "%s stands twice in one rule", name);
		else if (!parse->broken)
			keys[i].read(parse, value);
		parse->keys |= 1u << i;
		return;
	}
	problem(parse, parse->line, "\"%.40s\" is no key of a rule", name);
}

/** What a label, a source or a message would carry into a terminal is refused where it stands; tabs part words. */
static bool is_clean(struct parse *parse, const char *line)
{
	const char *harmful = line - 1;

	do
		harmful = mw_text_find_harmful(harmful + 1);
	while (harmful != NULL && *harmful == '\t');
	if (harmful == NULL)
		return true;
	problem(parse, parse->line,
			"column %zu: a control character, or not UTF-8; in an expression write such a byte as \\xNN",
			(size_t)(harmful - line) + 1);
	return false;
}

/** A line that is not read: neither it nor its rule is judged any further. */
static void leave_line(struct parse *parse, const char *name)
{
	if (strncmp(name, "rule", 4) == 0 && isspace((unsigned char)name[4])) {
		finish_rule(parse);
		parse->in_rule = true;
		parse->rule_line = parse->line;
		parse->keys = 0;
	}
	parse->broken = true;
}

/** One line, terminated, without its newline. */
static void read_line(struct parse *parse, char *line)
{
	char *end = line + strlen(line);
	char *name, *value;

	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	for (name = line; isspace((unsigned char)*name); name++)
		;
	if (*name == '\0' || *name == '#')
		return;
	if (!is_clean(parse, line)) {
		leave_line(parse, name);
		return;
	}
	for (value = name; *value != '\0' && !isspace((unsigned char)*value); value++)
		;
	if (*value != '\0')
		*value++ = '\0';
	while (isspace((unsigned char)*value))
		value++;
	if (strcmp(name, "rule") == 0)
		start_rule(parse, value);
	else if (!parse->in_rule)
		problem(parse, parse->line, "\"%.40s\" stands before the first rule", name);
	else
		read_key(parse, name, value);
}

/** Makes room once for all that a set may ever hold. */
static int set_room(struct rules_set *set, const char *file)
{
	char **files = realloc(set->files, (set->files_count + 1) * sizeof(files[0]));

	if (files == NULL)
		return -ENOMEM;
	set->files = files;
	files[set->files_count] = strdup(file);
	if (files[set->files_count] == NULL)
		return -ENOMEM;
	set->files_count++;
	if (set->rules == NULL)
		set->rules = calloc(RULES_MAX, sizeof(set->rules[0]));
	if (set->patterns == NULL)
		set->patterns = calloc(RULES_PATTERNS_MAX + 1, sizeof(set->patterns[0]));
	return set->rules != NULL && set->patterns != NULL ? 0 : -ENOMEM;
}

int rules_parse(struct rules_set *set, const char *file, const char *chars, size_t count,
				mw_signature_problem_hook *hook, void *context)
{
	struct parse parse = {.set = set, .hook = hook, .context = context, .file = file};
	const char *end = chars + count;
	int result = set_room(set, file);

	if (result != 0)
		return result;
	parse.file = set->files[set->files_count - 1];
	if (count > RULES_FILE_BYTES) {
		problem(&parse, 0, "the file is larger than %d KiB", RULES_FILE_BYTES / 1024);
		return 0;
	}
	while (chars < end) {
		const char *newline = memchr(chars, '\n', (size_t)(end - chars));
		size_t length = (size_t)((newline != NULL ? newline : end) - chars);
		char line[RULES_LINE_BYTES];

		parse.line++;
		if (length >= sizeof(line)) {
			problem(&parse, parse.line, "the line is longer than %d bytes", RULES_LINE_BYTES - 1);
		} else if (memchr(chars, '\0', length) != NULL) {
			problem(&parse, parse.line, "the line holds a NUL byte: not a text file");
		} else {
			memcpy(line, chars, length);
			line[length] = '\0';
			read_line(&parse, line);
		}
		chars += length + (newline != NULL);
	}
	finish_rule(&parse);
	return 0;
}

void rules_free(struct rules_set *set)
{
	for (uint32_t i = 0; i < set->files_count; i++)
		free(set->files[i]);
	free(set->files);
	free(set->rules);
	free(set->patterns);
	memset(set, 0, sizeof(*set));
}
