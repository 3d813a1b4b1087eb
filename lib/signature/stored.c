// SPDX-License-Identifier: BSD-3-Clause
// One file a set of rules, in one of a few names: old ones are written over, so the directory does not grow.
// Neighbours: stored.h. A reader sees an old file or a new one, never half of one: rename(2).
#include "stored.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_file.h"

#define FILES      8u // sets of rules that are kept side by side
#define BYTES_MAX  ((off_t)64 << 20)
#define NAME_BYTES 64

/** The file: this, a width for each pattern, then the databases as hs_serialize_database makes them. */
struct head {
	uint8_t digest[SHA256_DIGEST_SIZE]; // of everything behind it
	char magic[8];
	uint8_t key[SHA256_DIGEST_SIZE];
	uint64_t bytes[MW_SIGNATURE_ONS]; // of each database; 0: there is none
};

static const char magic[8] = "mwrules1";

static void add_text(struct sha256_ctx *sha, const char *chars)
{
	sha256_update(sha, strlen(chars) + 1, (const uint8_t *)chars);
}

// Everything that databases and widths depend on.
static void make_key(const struct rules_set *set, uint8_t key[SHA256_DIGEST_SIZE])
{
	hs_platform_info_t platform = {0};
	struct sha256_ctx sha;
	char line[128];

	hs_populate_platform(&platform);
	snprintf(line, sizeof(line), "%u %llu %u %u", platform.tune, platform.cpu_features, COMPILE_FLAGS,
			 set->patterns_count);
	sha256_init(&sha);
	add_text(&sha, hs_version());
	add_text(&sha, line);
	for (uint32_t i = 0; i < set->patterns_count; i++) {
		const struct rules_pattern *pattern = &set->patterns[i];

		snprintf(line, sizeof(line), "%u %u", set->rules[pattern->rule].on, pattern->rule);
		add_text(&sha, line);
		add_text(&sha, pattern->regex);
	}
	sha256_digest(&sha, SHA256_DIGEST_SIZE, key);
}

static void digest_of(const uint8_t *file, size_t file_bytes, uint8_t digest[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, file_bytes - SHA256_DIGEST_SIZE, file + SHA256_DIGEST_SIZE);
	sha256_digest(&sha, SHA256_DIGEST_SIZE, digest);
}

static void name_of(const uint8_t key[SHA256_DIGEST_SIZE], char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "signatures-%u.hs", key[0] % FILES);
}

// A file that only this user could have written. @return its bytes, to be freed, or NULL.
static uint8_t *load(int store, const char *name, size_t *file_bytes)
{
	int fd = openat(store, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t *bytes = NULL;
	struct stat status;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
		(status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && status.st_size >= (off_t)sizeof(struct head) &&
		status.st_size <= BYTES_MAX) {
		*file_bytes = (size_t)status.st_size;
		bytes = malloc(*file_bytes);
		if (bytes != NULL && mw_file_read(fd, bytes, *file_bytes) != (ssize_t)*file_bytes) {
			free(bytes);
			bytes = NULL;
		}
	}
	close(fd);
	return bytes;
}

static bool is_sound(const struct head *head, const struct rules_set *set, const uint8_t *file, size_t file_bytes)
{
	uint64_t expected = sizeof(*head) + set->patterns_count * sizeof(uint32_t);
	uint8_t value[SHA256_DIGEST_SIZE];

	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++) {
		if (head->bytes[on] > (uint64_t)BYTES_MAX)
			return false;
		expected += head->bytes[on];
	}
	make_key(set, value);
	if (memcmp(head->magic, magic, sizeof(magic)) != 0 || memcmp(head->key, value, sizeof(value)) != 0 ||
		expected != file_bytes)
		return false;
	digest_of(file, file_bytes, value);
	return memcmp(head->digest, value, sizeof(value)) == 0;
}

static bool take_databases(const struct head *head, const uint8_t *at, hs_database_t *databases[MW_SIGNATURE_ONS])
{
	hs_database_t *taken[MW_SIGNATURE_ONS] = {NULL};
	bool good = true;

	for (uint32_t on = 0; on < MW_SIGNATURE_ONS && good; on++) {
		if (head->bytes[on] > 0)
			good = hs_deserialize_database((const char *)at, head->bytes[on], &taken[on]) == HS_SUCCESS;
		at += head->bytes[on];
	}
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++) {
		if (good)
			databases[on] = taken[on];
		else
			hs_free_database(taken[on]);
	}
	return good;
}

bool stored_read(int store, struct rules_set *set, hs_database_t *databases[MW_SIGNATURE_ONS])
{
	uint8_t key[SHA256_DIGEST_SIZE], *file;
	const uint8_t *widths;
	char name[NAME_BYTES];
	struct head head;
	size_t file_bytes;
	bool good;

	if (store < 0)
		return false;
	make_key(set, key);
	name_of(key, name);
	file = load(store, name, &file_bytes);
	if (file == NULL)
		return false;
	memcpy(&head, file, sizeof(head));
	widths = file + sizeof(head);
	good = is_sound(&head, set, file, file_bytes) &&
		   take_databases(&head, widths + set->patterns_count * sizeof(uint32_t), databases);
	for (uint32_t i = 0; good && i < set->patterns_count; i++)
		memcpy(&set->patterns[i].width_min, widths + i * sizeof(uint32_t), sizeof(uint32_t));
	free(file);
	return good;
}

// A name that a process which died left behind is no hindrance.
static void save(int store, const char *name, const uint8_t *file, size_t file_bytes)
{
	char temporary[NAME_BYTES + 32];
	bool good;
	int fd;

	snprintf(temporary, sizeof(temporary), ".%s.tmp-%ld", name, (long)getpid());
	unlinkat(store, temporary, 0);
	fd = openat(store, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	good = mw_file_write(fd, file, file_bytes) == file_bytes;
	if (close(fd) != 0 || !good || renameat(store, temporary, store, name) != 0)
		unlinkat(store, temporary, 0);
}

/** What hs_serialize_database gave for each database; chars are to be freed. */
struct serial {
	char *chars[MW_SIGNATURE_ONS];
	size_t bytes[MW_SIGNATURE_ONS];
};

static uint8_t *pack(const struct rules_set *set, const struct serial *serial, size_t *file_bytes)
{
	struct head head = {0};
	uint8_t *file, *at;

	*file_bytes = sizeof(head) + set->patterns_count * sizeof(uint32_t);
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++) {
		head.bytes[on] = serial->bytes[on];
		*file_bytes += serial->bytes[on];
	}
	file = malloc(*file_bytes);
	if (file == NULL)
		return NULL;
	memcpy(head.magic, magic, sizeof(magic));
	make_key(set, head.key);
	memcpy(file, &head, sizeof(head));
	at = file + sizeof(head);
	for (uint32_t i = 0; i < set->patterns_count; i++, at += sizeof(uint32_t))
		memcpy(at, &set->patterns[i].width_min, sizeof(uint32_t));
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++) {
		if (serial->bytes[on] > 0)
			memcpy(at, serial->chars[on], serial->bytes[on]);
		at += serial->bytes[on];
	}
	digest_of(file, *file_bytes, file); // the digest is the first of head
	return file;
}

void stored_write(int store, const struct rules_set *set, hs_database_t *const databases[MW_SIGNATURE_ONS])
{
	struct serial serial = {0};
	uint8_t key[SHA256_DIGEST_SIZE], *file = NULL;
	char name[NAME_BYTES];
	size_t file_bytes;
	bool good = store >= 0;

	for (uint32_t on = 0; on < MW_SIGNATURE_ONS && good; on++) {
		if (databases[on] != NULL)
			good = hs_serialize_database(databases[on], &serial.chars[on], &serial.bytes[on]) == HS_SUCCESS;
	}
	if (good)
		file = pack(set, &serial, &file_bytes);
	if (file != NULL) {
		make_key(set, key);
		name_of(key, name);
		save(store, name, file, file_bytes);
	}
	free(file);
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++)
		free(serial.chars[on]);
}
