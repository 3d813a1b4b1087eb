// SPDX-License-Identifier: BSD-3-Clause
// Values of settings: a table with one parser and one writer a type.
// Neighbours: value.h. Numbers are read by mw_text.h: YAML libraries accept too much.
#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct value_type {
	size_t size_bytes;
	bool list;
	int (*take)(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why);
	void (*add_text)(struct mw_text *text, const struct mw_setting *setting, const void *value);
};

struct unit {
	uint64_t factor;
	const char *name;
};

// The offending value in quotes: escaped, and cut when somebody pastes a novel.
static void add_quoted(struct mw_text *text, const char *chars)
{
	size_t len = strlen(chars);

	mw_text_add(text, "\"");
	mw_text_add_escaped(text, (const uint8_t *)chars, MW_MIN(len, (size_t)40));
	mw_text_add(text, len > 40 ? "...\"" : "\"");
}

static int refuse(struct mw_text *why, const char *chars, const char *reason)
{
	add_quoted(why, chars);
	mw_text_add(why, " %s", reason);
	return -EINVAL;
}

static void add_in_units(struct mw_text *text, uint64_t number, const struct unit *units, size_t count)
{
	size_t i = 0;

	while (i < count - 1 && number % units[i].factor != 0)
		i++;
	mw_text_add(text, "%" PRIu64 "%s", number / units[i].factor, units[i].name);
}

static void add_size(struct mw_text *text, uint64_t number)
{
	static const struct unit units[] = {
		{UINT64_C(1) << 40, "Ti"},
		{UINT64_C(1000000000000), "T"},
		{UINT64_C(1) << 30, "Gi"},
		{UINT64_C(1000000000), "G"},
		{UINT64_C(1) << 20, "Mi"},
		{UINT64_C(1000000), "M"},
		{1, ""},
	};

	if (number == 0)
		mw_text_add(text, "0");
	else
		add_in_units(text, number, units, MW_ARRAY_SIZE(units));
}

static void add_duration(struct mw_text *text, uint64_t number_ns)
{
	static const struct unit units[] = {
		{86400 * MW_NS_PER_SECOND, "d"},
		{3600 * MW_NS_PER_SECOND, "h"},
		{60 * MW_NS_PER_SECOND, "min"},
		{MW_NS_PER_SECOND, "s"},
		{MW_NS_PER_MS, "ms"},
		{MW_NS_PER_US, "us"},
		{1, "ns"},
	};

	if (number_ns == 0)
		mw_text_add(text, "0");
	else
		add_in_units(text, number_ns, units, MW_ARRAY_SIZE(units));
}

static int check_range(const struct mw_setting *setting, uint64_t number, const char *chars, struct mw_text *why)
{
	if ((setting->min == 0 && setting->max == 0) || (number >= setting->min && number <= setting->max))
		return 0;
	add_quoted(why, chars);
	mw_text_add(why, " is out of range: ");
	value_add_range(why, setting);
	mw_text_add(why, " is allowed");
	return -EINVAL;
}

static int take_number(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	bool duration = setting->type == MW_SETTING_DURATION;
	uint64_t number;
	int rc = duration ? mw_text_parse_duration_ns(chars, &number) : mw_text_parse_uint(chars, &number);

	if (rc == -ERANGE)
		return refuse(why, chars, "is too large");
	if (rc != 0)
		return refuse(why, chars,
					  duration ? "is not a duration: write a whole number with ns, us, ms, s, min, h or d"
							   : "is not a whole number: write digits, then nothing or k M G T Ki Mi Gi Ti");
	rc = check_range(setting, number, chars, why);
	if (rc == 0)
		memcpy(value, &number, sizeof(number));
	return rc;
}

static int take_bool(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

	(void)setting;
	for (size_t i = 0; i < MW_ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], chars) == 0) {
			*(bool *)value = i % 2 == 1;
			return 0;
		}
	}
	return refuse(why, chars, "is neither yes nor no");
}

static int take_enum(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	for (uint8_t i = 0; i < setting->names_count; i++) {
		if (strcmp(setting->names[i], chars) == 0) {
			*(uint8_t *)value = i;
			return 0;
		}
	}
	add_quoted(why, chars);
	mw_text_add(why, " is not one of: ");
	value_add_range(why, setting);
	return -EINVAL;
}

static int check_chars(const char *chars, size_t size_bytes, struct mw_text *why)
{
	if (mw_text_find_harmful(chars) != NULL)
		return refuse(why, chars, "has a control character in it, or is not UTF-8");
	if (strlen(chars) >= size_bytes) {
		add_quoted(why, chars);
		mw_text_add(why, " is too long: at most %zu bytes", size_bytes - 1);
		return -EINVAL;
	}
	return 0;
}

static int take_text(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	int rc = check_chars(chars, MW_SETTING_TEXT_BYTES, why);

	(void)setting;
	if (rc == 0)
		memcpy(value, chars, strlen(chars) + 1);
	return rc;
}

static int check_room(uint32_t count, const char *chars, struct mw_text *why)
{
	return count < MW_SETTING_LIST_MAX ? 0 : refuse(why, chars, "is one item too many: a list holds at most 64");
}

static int take_prefix(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	struct mw_setting_prefixes *list = value;
	struct mw_prefix prefix;
	int rc = check_room(list->count, chars, why);

	(void)setting;
	if (rc != 0)
		return rc;
	if (mw_prefix_parse(chars, &prefix) != 0)
		return refuse(why, chars, "is not an address or prefix such as 10.0.0.0/8 with no bits set behind its length");
	list->items[list->count].address = prefix.address;
	list->items[list->count++].len_bits = prefix.len_bits;
	return 0;
}

static int take_item(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	struct mw_setting_texts *list = value;
	char reason[256];
	struct mw_text text = mw_text_in(reason, sizeof(reason));
	int rc = check_room(list->count, chars, why);

	if (rc == 0)
		rc = check_chars(chars, sizeof(list->items[0]), why);
	if (rc == 0 && setting->check_beside != NULL && setting->check_beside(list, chars, &text) != 0)
		rc = refuse(why, chars, reason);
	if (rc == 0)
		memcpy(list->items[list->count++], chars, strlen(chars) + 1);
	return rc;
}

static void add_uint_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	uint64_t number;

	(void)setting;
	memcpy(&number, value, sizeof(number));
	add_size(text, number);
}

static void add_duration_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	uint64_t number_ns;

	(void)setting;
	memcpy(&number_ns, value, sizeof(number_ns));
	add_duration(text, number_ns);
}

static void add_bool_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	(void)setting;
	mw_text_add(text, "%s", *(const bool *)value ? "yes" : "no");
}

static void add_enum_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	mw_text_add(text, "%s", setting->names[*(const uint8_t *)value]);
}

// Plain where YAML cannot take it for anything else, in double quotes otherwise.
static void add_yaml_text(struct mw_text *text, const char *chars)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/0123456789._-";

	if (chars[0] != '\0' && strchr(letters, chars[0]) != NULL && chars[strspn(chars, others)] == '\0') {
		mw_text_add(text, "%s", chars);
		return;
	}
	mw_text_add(text, "\"");
	for (; *chars != '\0'; chars++) {
		if (*chars == '"' || *chars == '\\')
			mw_text_add(text, "\\");
		mw_text_add_chars(text, chars, 1);
	}
	mw_text_add(text, "\"");
}

static void add_text_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	(void)setting;
	add_yaml_text(text, value);
}

static void add_prefixes_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	const struct mw_setting_prefixes *list = value;

	(void)setting;
	mw_text_add(text, "[");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct mw_prefix *prefix = &list->items[i];
		bool v4 = mw_address_is_v4(&prefix->address) && prefix->len_bits >= 96;

		mw_text_add(text, i == 0 ? "\"" : ", \""); // quoted: an IPv6 address has colons
		mw_address_add_text(text, &prefix->address);
		if (prefix->len_bits < 128)
			mw_text_add(text, "/%u", v4 ? prefix->len_bits - 96u : prefix->len_bits);
		mw_text_add(text, "\"");
	}
	mw_text_add(text, "]");
}

static void add_texts_text(struct mw_text *text, const struct mw_setting *setting, const void *value)
{
	const struct mw_setting_texts *list = value;

	(void)setting;
	mw_text_add(text, "[");
	for (uint32_t i = 0; i < list->count; i++) {
		mw_text_add(text, "%s", i == 0 ? "" : ", ");
		add_yaml_text(text, list->items[i]);
	}
	mw_text_add(text, "]");
}

static const struct value_type types[] = {
	[MW_SETTING_BOOL] = {sizeof(bool), false, take_bool, add_bool_text},
	[MW_SETTING_UINT] = {sizeof(uint64_t), false, take_number, add_uint_text},
	[MW_SETTING_DURATION] = {sizeof(uint64_t), false, take_number, add_duration_text},
	[MW_SETTING_TEXT] = {MW_SETTING_TEXT_BYTES, false, take_text, add_text_text},
	[MW_SETTING_ENUM] = {sizeof(uint8_t), false, take_enum, add_enum_text},
	[MW_SETTING_PREFIXES] = {sizeof(struct mw_setting_prefixes), true, take_prefix, add_prefixes_text},
	[MW_SETTING_TEXTS] = {sizeof(struct mw_setting_texts), true, take_item, add_texts_text},
};

size_t value_size(enum mw_setting_type type)
{
	return types[type].size_bytes;
}

bool value_is_list(enum mw_setting_type type)
{
	return types[type].list;
}

int value_take(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	char reason[256];
	struct mw_text text = mw_text_in(reason, sizeof(reason));

	if (setting->check != NULL && setting->check(chars, &text) != 0)
		return refuse(why, chars, reason);
	return types[setting->type].take(setting, value, chars, why);
}

static void trim(const char **from, const char **to)
{
	while (*from < *to && **from == ' ')
		++*from;
	while (*from < *to && (*to)[-1] == ' ')
		--*to;
}

// What stands between two characters, when it does.
static void strip(const char **from, const char **to, char left, char right)
{
	trim(from, to);
	if (*to - *from < 2 || **from != left || (*to)[-1] != right)
		return;
	++*from;
	--*to;
	trim(from, to);
}

// "a, b", and as it is shown: ["a", "b"].
int value_set(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why)
{
	const char *end = chars + strlen(chars);
	int rc = 0;

	memset(value, 0, value_size(setting->type));
	if (!value_is_list(setting->type))
		return value_take(setting, value, chars, why);
	strip(&chars, &end, '[', ']');
	while (rc == 0 && chars < end) {
		char item[MW_SETTING_TEXT_BYTES];
		size_t len = MW_MIN(strcspn(chars, ","), (size_t)(end - chars));
		const char *from = chars, *to = chars + len;

		strip(&from, &to, '"', '"');
		if ((size_t)(to - from) >= sizeof(item))
			return refuse(why, chars, "is too long for an item");
		memcpy(item, from, (size_t)(to - from));
		item[to - from] = '\0';
		rc = value_take(setting, value, item, why);
		chars += len + (chars + len < end);
		trim(&chars, &end);
	}
	return rc;
}

void value_add_text(struct mw_text *text, const struct mw_setting *setting, const void *value, const void *usual)
{
	bool number = setting->type == MW_SETTING_UINT || setting->type == MW_SETTING_DURATION;

	if (number && usual != NULL && memcmp(value, usual, sizeof(uint64_t)) == 0)
		mw_text_add(text, "%s", setting->default_text);
	else
		types[setting->type].add_text(text, setting, value);
}

void value_add_range(struct mw_text *text, const struct mw_setting *setting)
{
	if (setting->type == MW_SETTING_ENUM) {
		for (uint8_t i = 0; i < setting->names_count; i++)
			mw_text_add(text, "%s%s", i == 0 ? "" : ", ", setting->names[i]);
	} else if (setting->max == UINT64_MAX) {
		mw_text_add(text, "at least ");
		types[setting->type].add_text(text, setting, &setting->min);
	} else if (setting->max != 0) {
		types[setting->type].add_text(text, setting, &setting->min);
		mw_text_add(text, " to ");
		types[setting->type].add_text(text, setting, &setting->max);
	}
}
