// SPDX-License-Identifier: BSD-3-Clause
// Compiled rules that were kept: taken when they are whole and nobody else's, made anew otherwise.
// Neighbours: lib/signature/stored.c.
#include "mw_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signature.h"

static const char rules[] = "rule a\non reset\nmeans middlebox\nmatch ^blocked\nrule b\non service\nservice http\n"
							"protocol tcp\nmatch ^GET\nmatch ^POST x{3,}\n";

/** A directory of rules and one to keep things in. */
struct world {
	char rules[64], rule_file[96];
	char store[64], kept[512]; // the file that is kept
	int fd; // of store
};

static void write_rules(const struct world *world, const char *chars)
{
	FILE *file = fopen(world->rule_file, "w");

	assert_non_null(file);
	fputs(chars, file);
	fclose(file);
}

static int set_up(void **state)
{
	static struct world world;

	strcpy(world.rules, "/tmp/mw-stored-rules-XXXXXX");
	strcpy(world.store, "/tmp/mw-stored-XXXXXX");
	if (mkdtemp(world.rules) == NULL || mkdtemp(world.store) == NULL)
		return -1;
	snprintf(world.rule_file, sizeof(world.rule_file), "%s/a.sig", world.rules);
	world.fd = open(world.store, O_RDONLY | O_DIRECTORY);
	write_rules(&world, rules);
	*state = &world;
	return world.fd < 0;
}

// @return how many files there are; kept is the last of them.
static unsigned look(struct world *world)
{
	DIR *directory = opendir(world->store);
	unsigned count = 0;

	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || entry->d_name[1] == '.'))
			continue;
		snprintf(world->kept, sizeof(world->kept), "%s/%s", world->store, entry->d_name);
		count++;
	}
	closedir(directory);
	return count;
}

static int clean_up(void **state)
{
	struct world *world = *state;

	close(world->fd);
	while (look(world) > 0 && unlink(world->kept) == 0)
		;
	unlink(world->rule_file);
	return rmdir(world->rules) | rmdir(world->store);
}

static void on_problem(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	fail_msg("%s:%u: %s", file, line, message);
}

static int scan(const struct mw_signatures *signatures, enum mw_signature_on on, const char *text)
{
	struct mw_signature_scratch *scratch;
	int rule;

	assert_int_equal(mw_signature_scratch_new(signatures, &scratch), 0);
	rule = mw_signature_scan(signatures, scratch, on, 6, (const uint8_t *)text, (uint32_t)strlen(text));
	mw_signature_scratch_free(scratch);
	return rule;
}

// @return whether what was kept was taken. It matches the same in any case.
static bool load(int store, const struct world *world)
{
	struct mw_signatures *signatures;
	bool stored;

	assert_int_equal(mw_signatures_load(world->rules, store, on_problem, NULL, &signatures), 0);
	stored = signatures_were_stored(signatures);
	assert_int_equal(scan(signatures, MW_SIGNATURE_ON_RESET, "blocked by policy"), 0);
	assert_int_equal(scan(signatures, MW_SIGNATURE_ON_SERVICE, "POST xxx"), 1);
	assert_int_equal(scan(signatures, MW_SIGNATURE_ON_SERVICE, "POST xx"), -1);
	assert_int_equal(scan(signatures, MW_SIGNATURE_ON_SERVICE, "blocked"), -1);
	mw_signatures_free(signatures);
	return stored;
}

static void what_was_compiled_is_taken_the_next_time(void **state)
{
	struct world *world = *state;
	struct stat status;

	assert_false(load(world->fd, world));
	assert_int_equal(look(world), 1);
	assert_int_equal(stat(world->kept, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(load(world->fd, world));
	assert_false(load(-1, world));
	assert_int_equal(look(world), 1);
}

static void other_rules_are_not_taken_for_these(void **state)
{
	struct world *world = *state;
	char more[sizeof(rules) + 64];

	load(world->fd, world);
	snprintf(more, sizeof(more), "%srule c\non reset\nmeans benign\nmatch ^bye\n", rules);
	write_rules(world, more);
	assert_false(load(world->fd, world));
	assert_true(load(world->fd, world));
}

static long size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return (long)status.st_size;
}

static void flip(const char *path, long at)
{
	FILE *file = fopen(path, "r+");
	int byte;

	assert_non_null(file);
	fseek(file, at, SEEK_SET);
	byte = fgetc(file);
	fseek(file, at, SEEK_SET);
	fputc(byte ^ 0x20, file);
	fclose(file);
}

static void a_damaged_file_is_made_anew(void **state)
{
	struct world *world = *state;
	long size;

	load(world->fd, world);
	look(world);
	size = size_of(world->kept);
	for (long at = 0; at < size; at += at < 128 ? 8 : size / 24) {
		flip(world->kept, at);
		assert_false(load(world->fd, world));
		assert_true(load(world->fd, world));
	}
	flip(world->kept, size - 1);
	assert_false(load(world->fd, world));
}

static void a_file_of_another_length_is_made_anew(void **state)
{
	struct world *world = *state;
	long size;

	load(world->fd, world);
	look(world);
	size = size_of(world->kept);
	for (int i = 0; i < 6; i++) {
		const long lengths[6] = {0, 1, 100, size / 2, size - 1, size + 1};

		assert_int_equal(truncate(world->kept, lengths[i]), 0);
		assert_false(load(world->fd, world));
		assert_true(load(world->fd, world));
	}
}

static void a_file_that_others_may_write_is_made_anew(void **state)
{
	struct world *world = *state;
	struct stat status;

	load(world->fd, world);
	look(world);
	chmod(world->kept, 0620);
	assert_false(load(world->fd, world));
	chmod(world->kept, 0602);
	assert_false(load(world->fd, world));
	assert_int_equal(stat(world->kept, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(world->kept, 12345, 12345), 0);
	assert_false(load(world->fd, world));
	assert_true(load(world->fd, world));
}

static void no_link_is_followed(void **state)
{
	struct world *world = *state;
	char elsewhere[128];
	struct stat status;

	load(world->fd, world);
	look(world);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", world->rules);
	assert_int_equal(rename(world->kept, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, world->kept), 0);
	assert_false(load(world->fd, world));
	assert_int_equal(lstat(world->kept, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	unlink(elsewhere);
}

static void a_fifo_holds_nobody_up(void **state)
{
	struct world *world = *state;

	load(world->fd, world);
	look(world);
	unlink(world->kept);
	assert_int_equal(mkfifo(world->kept, 0600), 0);
	assert_false(load(world->fd, world));
}

static void without_room_the_rules_are_compiled(void **state)
{
	struct world *world = *state;

	assert_int_equal(rmdir(world->store), 0); // nothing can be made in it any more
	assert_false(load(world->fd, world));
	assert_false(load(world->fd, world));
	assert_int_equal(mkdir(world->store, 0700), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(what_was_compiled_is_taken_the_next_time, set_up, clean_up),
	cmocka_unit_test_setup_teardown(other_rules_are_not_taken_for_these, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_damaged_file_is_made_anew, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_file_of_another_length_is_made_anew, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_file_that_others_may_write_is_made_anew, set_up, clean_up),
	cmocka_unit_test_setup_teardown(no_link_is_followed, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_fifo_holds_nobody_up, set_up, clean_up),
	cmocka_unit_test_setup_teardown(without_room_the_rules_are_compiled, set_up, clean_up),
};

MW_TEST_MAIN("signature_stored", tests)
