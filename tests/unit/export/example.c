// SPDX-License-Identifier: BSD-3-Clause
// Two records, a directory of one's own, and eyes for what is in it.
// Neighbours: example.h.
#include "example.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_test.h"

static const char *const verdicts[] = {"ok", "-bad"};
static const char *const evidence[] = {"ttl-split", "cluster"};

static const struct mw_column columns[] = {
	{.name = "count", .type = MW_COLUMN_I64, MW_MEMBER(struct example_row, count), .help = "How \"many\"."},
	{.name = "ratio",
	 .type = MW_COLUMN_DOUBLE,
	 MW_MEMBER(struct example_row, ratio),
	 .decimals = 1,
	 .help = "Percent."},
	{.name = "last", .type = MW_COLUMN_TIME, MW_MEMBER(struct example_row, last_ns), .help = "Last seen."},
	{.name = "seen", .type = MW_COLUMN_BOOL, MW_MEMBER(struct example_row, seen), .help = "Whether seen."},
	{.name = "word", .type = MW_COLUMN_TEXT, MW_MEMBER(struct example_row, word), .help = "A word."},
	{.name = "host", .type = MW_COLUMN_ADDRESS, MW_MEMBER(struct example_row, host), .help = "A host."},
	{.name = "verdict",
	 .type = MW_COLUMN_ENUM,
	 MW_MEMBER(struct example_row, verdict),
	 .names = verdicts,
	 .names_count = 2,
	 .help = "A verdict."},
	{.name = "evidence",
	 .type = MW_COLUMN_FLAGS,
	 MW_MEMBER(struct example_row, evidence),
	 .names = evidence,
	 .names_count = 2,
	 .help = "Names joined by +."},
};

#define RECORD(given)                                                                                                  \
	{                                                                                                                  \
		.name = (given), .help = "one row per test", .schema = 3, .ts_offset = offsetof(struct example_row, ts_ns),    \
		.row_bytes = sizeof(struct example_row), .columns = columns, .columns_count = MW_ARRAY_SIZE(columns)           \
	}

const struct mw_record example_record = RECORD("resets");
const struct mw_record other_record = RECORD("resets-more");
const struct mw_record *const example_records[2] = {&example_record, &other_record};
const struct mw_output_settings example_settings = {.probe = "tap", .interval_ns = 60 * MW_NS_PER_SECOND};

unsigned log_count;
char log_last[512];

static void keep_log(enum mw_log_level level, const char *message)
{
	(void)level;
	log_count++;
	snprintf(log_last, sizeof(log_last), "%s", message);
}

int example_set_up(void **state)
{
	char *directory = strdup("/tmp/mw_export_XXXXXX");

	mw_log_set_hook(keep_log);
	log_count = 0;
	*state = mkdtemp(directory);
	if (*state == NULL)
		free(directory);
	return *state == NULL;
}

int example_tear_down(void **state)
{
	DIR *directory = opendir(*state);
	struct dirent *entry;

	while ((entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(*state);
	free(*state);
	return 0;
}

struct example_row row_of(uint64_t ts_ns, const char *word)
{
	struct example_row row = {
		.ts_ns = ts_ns, .count = MW_UNKNOWN_I64, .ratio = MW_UNKNOWN_DOUBLE, .seen = 2, .verdict = 255};

	snprintf(row.word, sizeof(row.word), "%s", word);
	return row;
}

const char *list_directory(const char *directory)
{
	static char names[65536];
	struct dirent **entries;
	char pid[32];
	int count = scandir(directory, &entries, NULL, alphasort);

	names[0] = '\0';
	snprintf(pid, sizeof(pid), ".tmp-%ld", (long)getpid());
	for (int i = 0; i < count; i++) {
		char *own = strstr(entries[i]->d_name, pid);

		if (own != NULL)
			strcpy(own, ".tmp-PID");
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			strcat(strcat(names, entries[i]->d_name), " ");
		free(entries[i]);
	}
	free(entries);
	return names;
}

const char *read_file(const char *directory, const char *name)
{
	static char chars[1 << 20];
	char path[512];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	if (file != NULL) {
		len = fread(chars, 1, sizeof(chars) - 1, file);
		fclose(file);
	}
	chars[len] = '\0';
	return chars;
}

void check_whole_files(const char *directory)
{
	char names[65536];
	char *rest = names;

	snprintf(names, sizeof(names), "%s", list_directory(directory));
	for (char *name = strsep(&rest, " "); name != NULL; name = strsep(&rest, " ")) {
		const char *at;

		if (name[0] == '\0' || name[0] == '.')
			continue;
		at = read_file(directory, name);
		assert_non_null(at);
		if (strncmp(at, EXAMPLE_HEADER, strlen(EXAMPLE_HEADER)) != 0)
			fail_msg("%s has no header", name);
		while (*at != '\0') {
			const char *end = strchr(at, '\n');
			unsigned commas = 0;

			if (end == NULL)
				fail_msg("%s ends inside a row: %s", name, at);
			for (; at < end; at++)
				commas += *at == ',';
			if (commas != 10)
				fail_msg("%s has a row of %u commas", name, commas);
			at = end + 1;
		}
	}
}
