// SPDX-License-Identifier: BSD-3-Clause
// The table of devices in the middle: which episodes come from one machine.
// Neighbours: middlebox.h; device.c counts what is seen of each. Nothing here depends on memory addresses or
// on hash seeds, so the same episodes in the same order give the same devices with the same ids.
#include "device.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_digest.h"
#include "mw_gone.h"

#define NO_DEVICE UINT32_MAX

/** Keys lie apart from the devices: a search reads them alone. */
struct middlebox_table {
	uint64_t made; // devices so far
	uint32_t used; // slots
	uint32_t numbers[MIDDLEBOX_MAX]; // behind the ids
	uint32_t keys_count[MIDDLEBOX_MAX];
	uint64_t keys[MIDDLEBOX_MAX][MIDDLEBOX_KEYS];
	struct mw_gone gone; // by the keys that named them
	struct middlebox devices[MIDDLEBOX_MAX];
};

/** What an observation could be known by; 0: not by this. */
struct observation_keys {
	uint64_t of[MIDDLEBOX_KEY_KINDS];
};

static uint64_t key_of(enum middlebox_key kind, uint64_t value)
{
	return (uint64_t)(kind + 1) << 56 | (value & (UINT64_MAX >> 8));
}

/** With its terminator. */
static uint64_t digest_text(uint64_t value, const char *chars)
{
	return mw_digest_64(value, chars, strlen(chars) + 1);
}

static uint64_t text_key(const struct middlebox_observation *observation)
{
	uint64_t value = MW_DIGEST_64;

	if (!middlebox_is_text(observation->text_label) && !middlebox_is_text(observation->build))
		return 0;
	value = digest_text(value, middlebox_is_text(observation->text_label) ? observation->text_label : "");
	value = digest_text(value, middlebox_is_text(observation->build) ? observation->build : "");
	return key_of(MIDDLEBOX_KEY_TEXT, value);
}

static uint64_t mac_key(const struct middlebox_observation *observation)
{
	uint64_t value = 0;

	if (!observation->mac_foreign)
		return 0;
	for (size_t i = 0; i < sizeof(observation->mac); i++)
		value = value << 8 | observation->mac[i];
	return key_of(MIDDLEBOX_KEY_MAC, value);
}

static uint64_t shape_key(const struct middlebox_observation *observation)
{
	uint64_t ip_id = !observation->ip_id_known ? 0 : observation->ip_id == 0 ? 1 : 2;

	if (!observation->ttl_foreign)
		return 0;
	return key_of(MIDDLEBOX_KEY_SHAPE, (uint64_t)observation->ttl << 32 | (uint64_t)observation->tcp_flags << 24 |
										   (uint64_t)observation->tcp_options << 16 | ip_id << 8 |
										   (uint64_t)(observation->window == 0) << 1 |
										   mw_address_is_v4(&observation->named));
}

static struct observation_keys keys_of(const struct middlebox_observation *observation)
{
	return (struct observation_keys){{text_key(observation), mac_key(observation), shape_key(observation)}};
}

static bool same_label(const struct middlebox *device, const struct middlebox_observation *observation)
{
	return middlebox_text_is(device->text_label, sizeof(device->text_label), observation->text_label);
}

/** Keys of texts are hashes, which a sender can make collide; the other kinds are exact. */
static bool same_text(const struct middlebox *device, const struct middlebox_observation *observation)
{
	return same_label(device, observation) &&
		   middlebox_text_is(device->build, sizeof(device->build), observation->build);
}

static uint32_t holder_of(const struct middlebox_table *table, uint64_t key,
						  const struct middlebox_observation *observation)
{
	for (uint32_t i = 0; i < table->used; i++) {
		for (uint32_t k = 0; k < table->keys_count[i]; k++) {
			if (table->keys[i][k] == key &&
				(key >> 56 != MIDDLEBOX_KEY_TEXT + 1 || same_text(&table->devices[i], observation)))
				return i;
		}
	}
	return NO_DEVICE;
}

static bool has_mac(const struct middlebox_table *table, uint32_t number)
{
	for (uint32_t k = 0; k < table->keys_count[number]; k++) {
		if (table->keys[number][k] >> 56 == MIDDLEBOX_KEY_MAC + 1)
			return true;
	}
	return false;
}

/**
 * Whether a device found by a weaker key may have sent what carries a stronger one that it does not have. Another build
 * or another MAC is another machine. A text that was cut before its build is anybody's who writes so.
 */
static bool may_be(const struct middlebox_table *table, uint32_t number, const struct observation_keys *keys,
				   enum middlebox_key found_by, const struct middlebox_observation *observation)
{
	if (keys->of[MIDDLEBOX_KEY_TEXT] != 0 &&
		(middlebox_is_text(observation->build) || !same_label(&table->devices[number], observation)))
		return false;
	return found_by == MIDDLEBOX_KEY_MAC || keys->of[MIDDLEBOX_KEY_MAC] == 0 || !has_mac(table, number);
}

static uint32_t find_device(const struct middlebox_table *table, const struct observation_keys *keys,
							const struct middlebox_observation *observation)
{
	for (enum middlebox_key kind = MIDDLEBOX_KEY_TEXT; kind < MIDDLEBOX_KEY_KINDS; kind++) {
		uint32_t number = keys->of[kind] == 0 ? NO_DEVICE : holder_of(table, keys->of[kind], observation);

		if (number != NO_DEVICE && (kind == MIDDLEBOX_KEY_TEXT || may_be(table, number, keys, kind, observation)))
			return number;
	}
	return NO_DEVICE;
}

/** True when a is the better one to give up: seen only once, fewest resets, longest unseen, oldest. */
static bool goes_before(const struct middlebox *a, const struct middlebox *b)
{
	if (a->came_back != b->came_back)
		return b->came_back;
	if (a->resets != b->resets)
		return a->resets < b->resets;
	return a->last_ns != b->last_ns ? a->last_ns < b->last_ns : a->order < b->order;
}

/** The device to give up; never an established one. */
static uint32_t victim_of(const struct middlebox_table *table)
{
	const struct middlebox *worst = NULL;

	for (uint32_t i = 0; i < table->used; i++) {
		const struct middlebox *device = &table->devices[i];

		if (middlebox_established(device))
			continue;
		if (worst == NULL || goes_before(device, worst))
			worst = device;
	}
	return worst == NULL ? NO_DEVICE : (uint32_t)(worst - table->devices);
}

static bool number_is_taken(const struct middlebox_table *table, uint32_t number)
{
	for (uint32_t i = 0; i < table->used; i++) {
		if (table->keys_count[i] != 0 && table->numbers[i] == number)
			return true;
	}
	return false;
}

/** Of a key: the same on every machine, as an id must be. */
static uint32_t digest_of(uint64_t key)
{
	uint64_t key_be = htobe64(key);

	return mw_digest_32(&key_be, sizeof(key_be));
}

/** Of the key that names the device. */
static uint32_t free_number(const struct middlebox_table *table, uint64_t key)
{
	uint32_t value = digest_of(key);

	while (number_is_taken(table, value))
		value++;
	return value;
}

/** Names a zeroed device by the observation's strongest key. */
static void name_device(struct middlebox_table *table, uint32_t number, const struct observation_keys *keys,
						const struct middlebox_observation *observation)
{
	struct middlebox *device = &table->devices[number];
	enum middlebox_key kind = MIDDLEBOX_KEY_TEXT;

	while (keys->of[kind] == 0)
		kind++;
	table->numbers[number] = free_number(table, keys->of[kind]);
	table->keys[number][0] = keys->of[kind];
	table->keys_count[number] = 1;
	device->named_by = (uint8_t)kind;
	device->came_back = mw_gone_take(&table->gone, digest_of(keys->of[kind]));
	device->order = ++table->made;
	snprintf(device->id, sizeof(device->id), "mb-%08x", table->numbers[number]);
	if (kind != MIDDLEBOX_KEY_TEXT)
		return;
	middlebox_copy_text(device->text_label, sizeof(device->text_label), observation->text_label);
	middlebox_copy_text(device->build, sizeof(device->build), observation->build);
}

static uint32_t make_device(struct middlebox_table *table, const struct observation_keys *keys,
							const struct middlebox_observation *observation)
{
	uint32_t number = table->used < MIDDLEBOX_MAX ? table->used++ : victim_of(table);

	if (number == NO_DEVICE)
		return NO_DEVICE;
	if (table->keys_count[number] > 0)
		mw_gone_add(&table->gone, digest_of(table->keys[number][0]));
	table->keys_count[number] = 0;
	memset(&table->devices[number], 0, offsetof(struct middlebox, networks));
	name_device(table, number, keys, observation);
	return number;
}

/** Gives the device the weaker keys of an observation that are nobody's yet. */
static void claim_keys(struct middlebox_table *table, uint32_t number, const struct observation_keys *keys,
					   const struct middlebox_observation *observation)
{
	for (enum middlebox_key kind = MIDDLEBOX_KEY_MAC; kind < MIDDLEBOX_KEY_KINDS; kind++) {
		if (keys->of[kind] == 0 || table->keys_count[number] == MIDDLEBOX_KEYS)
			continue;
		if (holder_of(table, keys->of[kind], observation) == NO_DEVICE)
			table->keys[number][table->keys_count[number]++] = keys->of[kind];
	}
}

size_t middlebox_table_bytes(void)
{
	return sizeof(struct middlebox_table);
}

const struct middlebox *middlebox_find(const struct middlebox_table *table,
									   const struct middlebox_observation *observation)
{
	struct observation_keys keys = keys_of(observation);
	uint32_t number = find_device(table, &keys, observation);

	return number == NO_DEVICE ? NULL : &table->devices[number];
}

const struct middlebox *middlebox_add(struct middlebox_table *table, const struct middlebox_observation *observation)
{
	struct observation_keys keys = keys_of(observation);
	uint32_t number = find_device(table, &keys, observation);

	if (keys.of[MIDDLEBOX_KEY_TEXT] == 0 && keys.of[MIDDLEBOX_KEY_MAC] == 0 && keys.of[MIDDLEBOX_KEY_SHAPE] == 0)
		return NULL;
	if (number == NO_DEVICE)
		number = make_device(table, &keys, observation);
	if (number == NO_DEVICE)
		return NULL;
	claim_keys(table, number, &keys, observation);
	middlebox_device_note(&table->devices[number], observation);
	return &table->devices[number];
}

static int compare_devices(const void *a, const void *b)
{
	const struct middlebox *left = *(const struct middlebox *const *)a;
	const struct middlebox *right = *(const struct middlebox *const *)b;

	if (left->first_ns != right->first_ns)
		return left->first_ns < right->first_ns ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

void middlebox_report(const struct middlebox_table *table, uint64_t since_ns, const struct mw_row_sink *rows)
{
	const struct middlebox *devices[MIDDLEBOX_MAX];
	struct mw_middlebox_row row;
	size_t count = 0;

	for (uint32_t i = 0; i < table->used; i++) {
		if (table->devices[i].last_ns >= since_ns)
			devices[count++] = &table->devices[i];
	}
	qsort(devices, count, sizeof(devices[0]), compare_devices);
	for (size_t i = 0; i < count; i++) {
		middlebox_row(devices[i], &row);
		rows->row(rows->context, &mw_middlebox_record, &row);
	}
}
