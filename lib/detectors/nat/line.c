// SPDX-License-Identifier: BSD-3-Clause
// The table of lines: configured names, a chained hash, and slots that are used again.
// Neighbours: line.h; line_ports.c infers port sets.
#include "line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_kit_index.h"

#define NAME_BYTES_MAX 24 // so that an address fits behind it

struct name {
	char name[NAME_BYTES_MAX];
	struct mw_prefix prefix;
	uint32_t number; // of the first with this name
};

struct nat_lines {
	uint64_t no_room;
	uint32_t changes;
	struct mw_kit_index index;
	struct nat_line *lines; // by number in the index, less one
	struct nat_line *latest; // that was found: often the next one as well
	struct nat_health *healths;
	struct nat_ledger *ledgers;
	struct mw_hash_key hash_key;
	uint32_t names_count;
	struct name names[MW_SETTING_LIST_MAX];
};

/** Reads NAME=PREFIX. */
static bool read_name(const char *item, struct name *name)
{
	const char *sign = strchr(item, '=');
	size_t len = sign == NULL ? 0 : (size_t)(sign - item);

	if (len == 0 || len >= sizeof(name->name) || mw_prefix_parse(sign + 1, &name->prefix) != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (item[i] <= ' ' || item[i] > '~' || strchr(",\"'\\", item[i]) != NULL)
			return false;
	}
	memcpy(name->name, item, len);
	name->name[len] = '\0';
	return strchr("=+-@", name->name[0]) == NULL;
}

int nat_lines_check(const char *item, struct mw_text *why)
{
	struct name ignored;

	if (read_name(item, &ignored))
		return 0;
	mw_text_add(why, "is not NAME=PREFIX; the name has 1 to %u letters, the prefix no host bits", NAME_BYTES_MAX - 1);
	return -EINVAL;
}

int nat_lines_check_beside(const struct mw_setting_texts *before, const char *item, struct mw_text *why)
{
	struct name name, wider;

	read_name(item, &name);
	for (uint32_t i = 0; i < before->count; i++) {
		if (!read_name(before->items[i], &wider) || strcmp(wider.name, name.name) == 0 ||
			wider.prefix.len_bits > name.prefix.len_bits || !mw_prefix_holds(&wider.prefix, &name.prefix.address))
			continue;
		mw_text_add(why, "lies within %s, which stands before it and takes it all: put the narrower one first",
					before->items[i]);
		return -EINVAL;
	}
	return 0;
}

// The texts are good: nat_lines_check has seen them.
static void read_names(const struct mw_setting_texts *texts, struct nat_lines *lines)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		struct name *name = &lines->names[i];

		read_name(texts->items[i], name);
		name->number = i;
		for (uint32_t j = i; j-- > 0;) {
			if (strcmp(lines->names[j].name, name->name) == 0)
				name->number = j;
		}
	}
	lines->names_count = texts->count;
}

static int make_room(struct nat_lines *lines, uint32_t room)
{
	int error = mw_kit_index_new(&lines->index, room);

	lines->lines = calloc(room, sizeof(*lines->lines));
	lines->healths = calloc(room, sizeof(*lines->healths));
	lines->ledgers = calloc(room, sizeof(*lines->ledgers));
	if (lines->lines == NULL || lines->healths == NULL || lines->ledgers == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < room; i++) {
		lines->lines[i].model = lines->lines[i].entries = NAT_LINE_NONE;
		lines->lines[i].health = &lines->healths[i];
		lines->lines[i].ledger = &lines->ledgers[i];
	}
	return error;
}

int nat_lines_new(const struct mw_nat_settings *settings, const struct mw_hash_key *hash_key, struct nat_lines **lines)
{
	struct nat_lines *self = calloc(1, sizeof(*self));
	int error = self == NULL ? -ENOMEM : make_room(self, (uint32_t)settings->lines_max);

	if (error != 0) {
		nat_lines_free(self);
		return error;
	}
	read_names(&settings->lines, self);
	self->hash_key = *hash_key;
	*lines = self;
	return 0;
}

void nat_lines_free(struct nat_lines *lines)
{
	if (lines == NULL)
		return;
	mw_kit_index_free(&lines->index);
	free(lines->lines);
	free(lines->healths);
	free(lines->ledgers);
	free(lines);
}

uint32_t nat_lines_named(const struct nat_lines *lines, const struct mw_address *address)
{
	for (uint32_t i = 0; i < lines->names_count; i++) {
		if (mw_prefix_holds(&lines->names[i].prefix, address))
			return lines->names[i].number;
	}
	return NAT_LINE_NONE;
}

const struct mw_kit_index *nat_lines_index(const struct nat_lines *lines)
{
	return &lines->index;
}

static uint64_t hash_of(const struct nat_lines *lines, const struct nat_line_key *key)
{
	return mw_hash(&lines->hash_key, key, sizeof(*key));
}

struct nat_line *nat_lines_find(struct nat_lines *lines, const struct nat_line_key *key)
{
	struct mw_kit_walk walk;

	if (lines->latest != NULL && lines->latest->used && memcmp(&lines->latest->key, key, sizeof(*key)) == 0)
		return lines->latest;
	walk = mw_kit_walk(&lines->index, hash_of(lines, key));
	for (; walk.number != 0; mw_kit_walk_next(&lines->index, &walk)) {
		struct nat_line *line = &lines->lines[walk.number - 1];

		if (memcmp(&line->key, key, sizeof(*key)) == 0)
			return lines->latest = line;
	}
	return NULL;
}

/** Several CEs may share an outside address: the second one is named by its own. */
static bool address_is_taken(const struct nat_lines *lines, const struct nat_line *line)
{
	for (uint32_t i = 0; i < lines->index.fresh; i++) {
		const struct nat_line *other = &lines->lines[i];

		if (other != line && other->used && other->key.side >= NAT_LINE_TUNNEL &&
			mw_address_compare(&other->outside, &line->outside) == 0)
			return true;
	}
	return false;
}

/**
 * An inside line takes its number's name; another one the name of its address or CE, and the address if it is one of
 * many.
 */
static void add_configured(const struct nat_lines *lines, const struct nat_line_key *key, struct mw_text *text)
{
	const struct mw_address *address = key->side == NAT_LINE_DS_LITE ? &key->ce : &key->address;
	uint32_t number = nat_lines_named(lines, address);

	if (key->side == NAT_LINE_TUNNEL && number == NAT_LINE_NONE)
		number = nat_lines_named(lines, address = &key->ce);
	if (number == NAT_LINE_NONE)
		return;
	mw_text_add(text, "%s", lines->names[number].name);
	for (uint32_t i = 0; i < lines->names_count; i++) {
		const struct mw_prefix *prefix = &lines->names[i].prefix;

		if (lines->names[i].number == number && mw_prefix_holds(prefix, address) && prefix->len_bits < 128 &&
			key->side == NAT_LINE_OUTSIDE) {
			mw_text_add(text, " ");
			mw_address_add_text(text, address);
			return;
		}
	}
}

static void name_line(const struct nat_lines *lines, struct nat_line *line)
{
	const struct nat_line_key *key = &line->key;
	struct mw_text text = mw_text_in(line->name, sizeof(line->name));

	if (key->side == NAT_LINE_INSIDE && key->ce.bytes[0] != 0)
		mw_text_add(&text, "%s", lines->names[key->address.bytes[15]].name);
	else if (key->side == NAT_LINE_INSIDE)
		mw_text_add(&text, "%s", key->address.bytes[15] == 0 ? "inside" : "inside-cgn");
	else
		add_configured(lines, key, &text);
	if (text.len_bytes > 0)
		return;
	mw_address_add_text(&text,
						key->side == NAT_LINE_DS_LITE || (key->side == NAT_LINE_TUNNEL && address_is_taken(lines, line))
							? &key->ce
							: &key->address);
}

static void read_ce(struct nat_line *line)
{
	struct mw_mape_ce ce;

	if (line->key.side != NAT_LINE_TUNNEL || !mw_mape_ce_read(&line->key.ce, &ce) ||
		mw_address_compare(&ce.ipv4, &line->key.address) != 0)
		return;
	line->ports.psid_known = true;
	line->ports.psid = ce.psid;
}

struct nat_line *nat_lines_open(struct nat_lines *lines, const struct nat_line_key *key, uint64_t now_ns)
{
	struct nat_line *line;

	if (mw_kit_index_full(&lines->index)) {
		lines->no_room++;
		return NULL;
	}
	lines->changes++;
	line = &lines->lines[mw_kit_index_add(&lines->index, hash_of(lines, key)) - 1];
	*line = (struct nat_line){.key = *key,
							  .used = true,
							  .model = line->model,
							  .entries = line->entries,
							  .health = line->health,
							  .ledger = line->ledger,
							  .ports = {.chance = 1},
							  .now = {.from_ns = now_ns},
							  .first_ns = now_ns,
							  .last_ns = now_ns};
	memset(line->health, 0, sizeof(*line->health));
	line->ledger->base_ns = 0; // the rest is cleared when it is used: large, and for most lines never
	if (key->side == NAT_LINE_TUNNEL || key->side == NAT_LINE_OUTSIDE)
		line->outside = key->address;
	name_line(lines, line);
	read_ce(line);
	return line;
}

void nat_lines_release(struct nat_lines *lines, struct nat_line *line)
{
	line->used = false;
	lines->changes++;
	mw_kit_index_remove(&lines->index, nat_lines_place(lines, line) + 1);
}

uint32_t nat_lines_changes(const struct nat_lines *lines)
{
	return lines->changes;
}

struct nat_line *nat_lines_at(struct nat_lines *lines, uint32_t place)
{
	return &lines->lines[place];
}

uint32_t nat_lines_top(const struct nat_lines *lines)
{
	return lines->index.fresh;
}

uint32_t nat_lines_place(const struct nat_lines *lines, const struct nat_line *line)
{
	return (uint32_t)(line - lines->lines);
}

uint32_t nat_lines_count(const struct nat_lines *lines)
{
	return lines->index.used;
}

uint64_t nat_lines_no_room(const struct nat_lines *lines)
{
	return lines->no_room;
}
