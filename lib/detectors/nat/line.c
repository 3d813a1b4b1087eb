// SPDX-License-Identifier: BSD-3-Clause
// The table of lines: configured names, a chained hash, and slots that are used again.
// Neighbours: line.h; line_ports.c infers port sets.
#include "line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_hash.h"
#include "mw_log.h"

#define NAME_BYTES_MAX 24 // so that an address fits behind it

struct name {
	char name[NAME_BYTES_MAX];
	struct mw_prefix prefix;
	uint32_t number; // of the first with this name
};

struct nat_lines {
	uint32_t room, top, count, free, buckets_mask; // top: places used so far
	uint64_t no_room;
	uint32_t *buckets;
	struct nat_line *lines;
	struct nat_health *healths;
	struct nat_reuse *reuses;
	struct mw_hash_key hash_key; // fixed: the order of what is shown never depends on it, but runs stay alike
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

static int read_names(const struct mw_setting_texts *texts, struct nat_lines *lines)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		struct name *name = &lines->names[i];

		if (!read_name(texts->items[i], name)) {
			mw_log_error("nat.lines: \"%s\" is not NAME=PREFIX; the name has 1 to %u letters, the prefix no host bits",
						 texts->items[i], NAME_BYTES_MAX - 1);
			return -EINVAL;
		}
		name->number = i;
		for (uint32_t j = i; j-- > 0;) {
			if (strcmp(lines->names[j].name, name->name) == 0)
				name->number = j;
		}
	}
	lines->names_count = texts->count;
	return 0;
}

static int make_room(struct nat_lines *lines, uint32_t room)
{
	uint32_t buckets = 16;

	while (buckets < room)
		buckets *= 2;
	lines->room = room;
	lines->buckets_mask = buckets - 1;
	lines->buckets = malloc(buckets * sizeof(*lines->buckets));
	lines->lines = calloc(room, sizeof(*lines->lines));
	lines->healths = calloc(room, sizeof(*lines->healths));
	lines->reuses = calloc(room, sizeof(*lines->reuses));
	if (lines->buckets == NULL || lines->lines == NULL || lines->healths == NULL || lines->reuses == NULL)
		return -ENOMEM;
	memset(lines->buckets, 0xff, buckets * sizeof(*lines->buckets));
	for (uint32_t i = 0; i < room; i++) {
		lines->lines[i].next = i + 1 < room ? i + 1 : NAT_LINE_NONE;
		lines->lines[i].model = lines->lines[i].entries = NAT_LINE_NONE;
		lines->lines[i].health = &lines->healths[i];
		lines->lines[i].reuse = &lines->reuses[i];
	}
	return 0;
}

int nat_lines_new(const struct mw_nat_settings *settings, struct nat_lines **lines)
{
	struct nat_lines *self = calloc(1, sizeof(*self));
	int error = self == NULL ? -ENOMEM : read_names(&settings->lines, self);

	if (error == 0)
		error = make_room(self, (uint32_t)settings->lines_max);
	if (error != 0) {
		nat_lines_free(self);
		return error;
	}
	mw_hash_key_from_seed(&self->hash_key, 0);
	*lines = self;
	return 0;
}

void nat_lines_free(struct nat_lines *lines)
{
	if (lines == NULL)
		return;
	free(lines->buckets);
	free(lines->lines);
	free(lines->healths);
	free(lines->reuses);
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

static uint32_t *bucket_of(const struct nat_lines *lines, const struct nat_line_key *key)
{
	return &lines->buckets[mw_hash(&lines->hash_key, key, sizeof(*key)) & lines->buckets_mask];
}

struct nat_line *nat_lines_find(const struct nat_lines *lines, const struct nat_line_key *key)
{
	for (uint32_t at = *bucket_of(lines, key); at != NAT_LINE_NONE; at = lines->lines[at].next) {
		if (memcmp(&lines->lines[at].key, key, sizeof(*key)) == 0)
			return &lines->lines[at];
	}
	return NULL;
}

/** Several CEs may share an outside address: the second one is named by its own. */
static bool address_is_taken(const struct nat_lines *lines, const struct nat_line *line)
{
	for (uint32_t i = 0; i < lines->top; i++) {
		const struct nat_line *other = &lines->lines[i];

		if (other != line && other->used && other->key.side >= NAT_LINE_TUNNEL &&
			mw_address_compare(&other->outside, &line->outside) == 0)
			return true;
	}
	return false;
}

/** An inside line takes its number's name; another one the name of its address or CE, and the address if it is one of many. */
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
	uint32_t place = lines->free, *bucket = bucket_of(lines, key);
	struct nat_line *line;

	if (place == NAT_LINE_NONE) {
		lines->no_room++;
		return NULL;
	}
	line = &lines->lines[place];
	lines->free = line->next;
	lines->top = MW_MAX(lines->top, place + 1);
	*line = (struct nat_line){.key = *key,
							  .next = *bucket,
							  .used = true,
							  .model = line->model,
							  .entries = line->entries,
							  .health = line->health,
							  .reuse = line->reuse,
							  .ports = {.chance = 1},
							  .now = {.from_ns = now_ns},
							  .first_ns = now_ns,
							  .last_ns = now_ns};
	memset(line->health, 0, sizeof(*line->health));
	memset(line->reuse, 0, sizeof(*line->reuse));
	if (key->side == NAT_LINE_TUNNEL || key->side == NAT_LINE_OUTSIDE)
		line->outside = key->address;
	name_line(lines, line);
	read_ce(line);
	*bucket = place;
	lines->count++;
	return line;
}

void nat_lines_release(struct nat_lines *lines, struct nat_line *line)
{
	uint32_t place = (uint32_t)(line - lines->lines);
	uint32_t *at = bucket_of(lines, &line->key);

	while (*at != place)
		at = &lines->lines[*at].next;
	*at = line->next;
	line->used = false;
	line->next = lines->free;
	lines->free = place;
	lines->count--;
}

struct nat_line *nat_lines_at(struct nat_lines *lines, uint32_t place)
{
	return &lines->lines[place];
}

uint32_t nat_lines_top(const struct nat_lines *lines)
{
	return lines->top;
}

uint32_t nat_lines_place(const struct nat_lines *lines, const struct nat_line *line)
{
	return (uint32_t)(line - lines->lines);
}

uint32_t nat_lines_count(const struct nat_lines *lines)
{
	return lines->count;
}

uint64_t nat_lines_no_room(const struct nat_lines *lines)
{
	return lines->no_room;
}
