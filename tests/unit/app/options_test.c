// SPDX-License-Identifier: BSD-3-Clause
// The command line: what it means, and which mistakes are refused.
// Neighbours: app/midwatch/options.c; tests/system has the exit statuses.
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "mw_test.h"

#define WORDS_MAX 300

static struct options options;

// A vector of words, ended by NULL.
static int read_words(const char *const *words)
{
	char *argv[WORDS_MAX + 2] = {(char[]){"midwatch"}};
	int argc = 1;

	for (; *words != NULL && argc < WORDS_MAX; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	optind = 0; // getopt begins anew
	return options_read(argc, argv, &options);
}

#define read(...) read_words((const char *const[]){__VA_ARGS__, NULL})

static void files_follow_the_option(void **state)
{
	(void)state;
	assert_int_equal(read("-r", "a.pcap", "b.pcap", "-", "-w", "4", "c.pcap"), 0);
	assert_int_equal(options.files_count, 4);
	assert_string_equal(options.files[1], "b.pcap");
	assert_string_equal(options.files[2], "-");
	assert_string_equal(options.files[3], "c.pcap");
	assert_int_equal(options.workers, 4);
}

static void names_after_two_dashes_are_files(void **state)
{
	(void)state;
	assert_int_equal(read("-r", "a.pcap", "--", "-odd-name"), 0);
	assert_int_equal(options.files_count, 2);
	assert_string_equal(options.files[1], "-odd-name");
}

static void every_option_is_taken(void **state)
{
	(void)state;
	assert_int_equal(read("-i", "eth1", "--interface=afpacket:eth2", "-c", "x.yaml", "--set", "a.b=c", "--set=d.e=f",
						  "-o", "out", "-f", "tcp", "-s", "sock", "--json", "--quiet", "--progress=json",
						  "--color=never"),
					 0);
	assert_int_equal(options.ports_count, 2);
	assert_string_equal(options.ports[1], "afpacket:eth2");
	assert_string_equal(options.configuration, "x.yaml");
	assert_int_equal(options.overrides_count, 2);
	assert_string_equal(options.overrides[1], "d.e=f");
	assert_string_equal(options.directory, "out");
	assert_string_equal(options.filter, "tcp");
	assert_string_equal(options.socket, "sock");
	assert_true(options.json);
	assert_true(options.quiet);
	assert_int_equal(options.progress, OPTIONS_JSON);
	assert_int_equal(options.color, OPTIONS_NEVER);
}

static void cores_are_a_list_of_numbers_and_ranges(void **state)
{
	(void)state;
	assert_int_equal(read("-r", "a", "--cores", "2,4-6"), 0);
	assert_int_equal(options.cores_count, 4);
	assert_int_equal(options.cores[0], 2);
	assert_int_equal(options.cores[3], 6);
	assert_int_not_equal(read("-r", "a", "--cores", "6-4"), 0);
	assert_int_not_equal(read("-r", "a", "--cores", ""), 0);
	assert_int_not_equal(read("-r", "a", "--cores", "1,,2"), 0);
	assert_int_not_equal(read("-r", "a", "--cores", "1,x"), 0);
	assert_int_not_equal(read("-r", "a", "--cores", "99999"), 0);
	assert_int_not_equal(read("-r", "a", "--cores", "-3"), 0);
}

static void workers_are_from_1_to_64(void **state)
{
	static const char *const bad[] = {"0", "65", "-1", "x", "", "1.5", "99999999999999999999"};

	(void)state;
	assert_int_equal(read("-r", "a", "-w", "64"), 0);
	for (size_t i = 0; i < MW_ARRAY_SIZE(bad); i++)
		assert_int_not_equal(read("-r", "a", "-w", bad[i]), 0);
	assert_int_not_equal(read("-r", "a", "-w", "3", "--cores", "1,2"), 0);
}

static void contradictions_are_refused(void **state)
{
	(void)state;
	assert_int_not_equal(read("-r", "a", "-i", "eth1"), 0);
	assert_int_not_equal(read("stray"), 0);
	assert_int_not_equal(read("-i", "eth1", "stray"), 0);
	assert_int_not_equal(read("--quiet"), 0); // nothing to do
	assert_int_not_equal(read("-r"), 0);
	assert_int_not_equal(read("-r", ""), 0);
	assert_int_not_equal(read("-r", "a", ""), 0);
	assert_int_not_equal(read("-i", ""), 0);
	assert_int_not_equal(read("--nonsense"), 0);
	assert_int_not_equal(read("-r", "a", "--progress=always"), 0);
	assert_int_not_equal(read("-r", "a", "--color=json"), 0);
}

static void some_actions_need_no_input(void **state)
{
	(void)state;
	assert_int_equal(read("--check"), 0);
	assert_true(options.check);
	assert_int_equal(read("--print-config"), 0);
	assert_true(options.print_config);
	assert_int_equal(read("--version"), 0);
	assert_int_equal(options.action, OPTIONS_VERSION);
	assert_int_equal(read("-h"), 0);
	assert_int_equal(options.action, OPTIONS_HELP);
	assert_int_equal(read("--document", "man"), 0);
	assert_string_equal(options.document, "man");
}

static void lists_have_an_end(void **state)
{
	const char *words[WORDS_MAX] = {"-r"};

	(void)state;
	for (int i = 1; i <= OPTIONS_LIST_MAX; i++)
		words[i] = "a";
	assert_int_equal(read_words(words), 0);
	assert_int_equal(options.files_count, OPTIONS_LIST_MAX);
	words[OPTIONS_LIST_MAX + 1] = "a";
	assert_int_not_equal(read_words(words), 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(files_follow_the_option),    MW_TEST(names_after_two_dashes_are_files),
	MW_TEST(every_option_is_taken),      MW_TEST(cores_are_a_list_of_numbers_and_ranges),
	MW_TEST(workers_are_from_1_to_64),   MW_TEST(contradictions_are_refused),
	MW_TEST(some_actions_need_no_input), MW_TEST(lists_have_an_end),
};

MW_TEST_MAIN("app_options", tests)
