// SPDX-License-Identifier: BSD-3-Clause
// Blocks of pcapng in the machine's byte order, which the section header states.
// Neighbours: mw_pcapng.h. draft-ietf-opsawg-pcapng: sections 4.1 (section), 4.2 (interface), 4.3 (packet), 3.5
// (options).
#include "mw_pcapng.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "mw_log.h"

#define NAME_BYTES  160
#define BLOCK_FRAME 12u // bytes of a block around its body: type, and its length twice

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_APPLICATION = 4, OPTION_RESOLUTION = 9 };

struct mw_pcapng {
	FILE *stream;
	int directory_fd;
	int error; // first -errno, 0 none
	uint64_t bytes; // written
	char *directory; // for messages
	char name[NAME_BYTES], temporary[NAME_BYTES];
	uint32_t snap_bytes;
};

/** One option; of no bytes: there is none. */
struct option {
	uint16_t code;
	uint16_t bytes;
	const void *value;
};

static int log_failure(const struct mw_pcapng *file, const char *verb, int error)
{
	mw_log_error("cannot %s %s/%s: %s", verb, file->directory, file->name, strerror(-error));
	return error;
}

static uint32_t padded(uint32_t bytes)
{
	return (bytes + 3) & ~3u;
}

// Nothing is appended behind what failed.
static void put(struct mw_pcapng *file, const void *bytes, size_t count)
{
	if (file->error != 0 || count == 0)
		return;
	errno = ENOSPC;
	if (fwrite(bytes, 1, count, file->stream) != count)
		file->error = -errno;
	file->bytes += count;
}

static void put_padded(struct mw_pcapng *file, const void *bytes, uint32_t count)
{
	static const uint8_t zeros[4];

	put(file, bytes, count);
	put(file, zeros, padded(count) - count);
}

static void put_u32(struct mw_pcapng *file, uint32_t value)
{
	put(file, &value, sizeof(value));
}

static uint32_t options_bytes(const struct option options[], uint32_t count)
{
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += options[i].bytes == 0 ? 0 : 4 + padded(options[i].bytes);
	return bytes == 0 ? 0 : bytes + 4; // and the end of options
}

static void put_options(struct mw_pcapng *file, const struct option options[], uint32_t count)
{
	if (options_bytes(options, count) == 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const uint16_t head[2] = {options[i].code, options[i].bytes};

		if (options[i].bytes == 0)
			continue;
		put(file, head, sizeof(head));
		put_padded(file, options[i].value, options[i].bytes);
	}
	put_u32(file, OPTION_END);
}

static struct option text_option(uint16_t code, const char *text)
{
	return (struct option){code, text == NULL ? 0 : (uint16_t)strnlen(text, MW_PCAPNG_COMMENT_BYTES), text};
}

/** What a block is made of: its fixed part, data that is padded, options. */
struct block {
	uint32_t type;
	const uint32_t *fixed;
	uint32_t fixed_words;
	const uint8_t *data;
	uint32_t data_bytes;
	const struct option *options;
	uint32_t options_count;
};

static void put_block(struct mw_pcapng *file, const struct block *block)
{
	uint32_t bytes = BLOCK_FRAME + block->fixed_words * 4 + padded(block->data_bytes) +
					 options_bytes(block->options, block->options_count);

	put_u32(file, block->type);
	put_u32(file, bytes);
	put(file, block->fixed, (size_t)block->fixed_words * 4);
	put_padded(file, block->data, block->data_bytes);
	put_options(file, block->options, block->options_count);
	put_u32(file, bytes);
}

// Two 16-bit numbers that follow each other.
static uint32_t pair(uint16_t first, uint16_t second)
{
	const uint16_t both[2] = {first, second};
	uint32_t word;

	memcpy(&word, both, sizeof(word));
	return word;
}

static void put_head(struct mw_pcapng *file, const struct mw_pcapng_head *head)
{
	static const uint8_t nanoseconds = 9; // 10^-9 s
	const uint32_t section[] = {0x1a2b3c4d, pair(1, 0), UINT32_MAX, UINT32_MAX}; // version 1.0, length not given
	const struct option about[] = {text_option(OPTION_COMMENT, head->comment),
								   text_option(OPTION_APPLICATION, head->application)};
	const struct option clock[] = {{OPTION_RESOLUTION, sizeof(nanoseconds), &nanoseconds}};

	put_block(file, &(struct block){.type = BLOCK_SECTION,
									.fixed = section,
									.fixed_words = MW_ARRAY_SIZE(section),
									.options = about,
									.options_count = MW_ARRAY_SIZE(about)});
	for (uint32_t i = 0; i < head->link_types_count; i++) {
		const uint32_t interface[] = {pair(head->link_types[i], 0), head->snap_bytes};

		put_block(file, &(struct block){.type = BLOCK_INTERFACE,
										.fixed = interface,
										.fixed_words = MW_ARRAY_SIZE(interface),
										.options = clock,
										.options_count = MW_ARRAY_SIZE(clock)});
	}
}

void mw_pcapng_add(struct mw_pcapng *file, const struct mw_pcapng_packet *packet)
{
	uint32_t captured_bytes = MW_MIN(packet->captured_bytes, file->snap_bytes);
	const uint32_t fixed[] = {packet->interface, (uint32_t)(packet->time_ns >> 32), (uint32_t)packet->time_ns,
							  captured_bytes, MW_MAX(packet->wire_bytes, captured_bytes)};
	const struct option comment = text_option(OPTION_COMMENT, packet->comment);

	put_block(file, &(struct block){.type = BLOCK_PACKET,
									.fixed = fixed,
									.fixed_words = MW_ARRAY_SIZE(fixed),
									.data = packet->data,
									.data_bytes = captured_bytes,
									.options = &comment,
									.options_count = 1});
}

uint64_t mw_pcapng_bytes(const struct mw_pcapng *file)
{
	return file->bytes;
}

int mw_pcapng_error(const struct mw_pcapng *file)
{
	return file->error;
}

// A living process holds a lock on its file.
static void remove_if_dead(int directory_fd, const char *name)
{
	int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(directory_fd, name, 0);
	close(fd);
}

static bool is_temporary(const char *name)
{
	static const char infix[] = ".pcapng.tmp-";
	const char *at = strstr(name, infix);

	return name[0] == '.' && at != NULL && at[sizeof(infix) - 1 + strspn(at + sizeof(infix) - 1, "0123456789")] == '\0';
}

static void remove_leftovers(const struct mw_pcapng *file)
{
	int fd = openat(file->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (directory == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (is_temporary(entry->d_name))
			remove_if_dead(file->directory_fd, entry->d_name);
	}
	closedir(directory);
}

static int open_stream(struct mw_pcapng *file)
{
	int fd = openat(file->directory_fd, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);

	if (fd < 0)
		return errno == EEXIST ? -EBUSY : -errno;
	flock(fd, LOCK_EX | LOCK_NB); // a file system without locks loses only the cleaning
	file->stream = fdopen(fd, "w");
	if (file->stream != NULL)
		return 0;
	close(fd);
	unlinkat(file->directory_fd, file->temporary, 0);
	return -ENOMEM;
}

int mw_pcapng_create(const char *directory, const char *name, const struct mw_pcapng_head *head,
					 struct mw_pcapng **file)
{
	struct mw_pcapng *made = calloc(1, sizeof(*made));
	int error = -ENOMEM;

	if (made == NULL)
		goto told;
	made->snap_bytes = head->snap_bytes;
	made->directory_fd = -1;
	made->directory = strdup(directory);
	error = -ENAMETOOLONG;
	if (made->directory == NULL || strlen(name) >= sizeof(made->name) ||
		snprintf(made->temporary, NAME_BYTES, ".%s.tmp-%ld", name, (long)getpid()) >= NAME_BYTES)
		goto told;
	strcpy(made->name, name);
	made->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	error = made->directory_fd < 0 ? -errno : 0;
	if (error == 0) {
		remove_leftovers(made);
		error = open_stream(made);
	}
	if (error != 0)
		goto told;
	put_head(made, head);
	*file = made;
	return 0;

told:
	mw_log_error("cannot make %s/%s: %s", directory, name,
				 error == -EBUSY ? "another process writes it" : strerror(-error));
	mw_pcapng_drop(made);
	return error;
}

void mw_pcapng_drop(struct mw_pcapng *file)
{
	if (file == NULL)
		return;
	if (file->stream != NULL) {
		unlinkat(file->directory_fd, file->temporary, 0);
		fclose(file->stream);
	}
	if (file->directory_fd >= 0)
		close(file->directory_fd);
	free(file->directory);
	free(file);
}

// Every step may fail: the disk may have taken nothing so far but into its cache.
static int sync_and_rename(struct mw_pcapng *file)
{
	if (file->error == 0 && fflush(file->stream) != 0)
		file->error = -errno;
	if (file->error != 0)
		return log_failure(file, "write", file->error);
	if (fsync(fileno(file->stream)) != 0)
		return log_failure(file, "sync", -errno);
	if (renameat(file->directory_fd, file->temporary, file->directory_fd, file->name) != 0)
		return log_failure(file, "rename", -errno);
	fclose(file->stream);
	file->stream = NULL; // there is no temporary file any more
	if (fsync(file->directory_fd) != 0)
		return log_failure(file, "sync the directory of", -errno);
	return 0;
}

int mw_pcapng_publish(struct mw_pcapng *file)
{
	int error = sync_and_rename(file);

	mw_pcapng_drop(file);
	return error;
}
