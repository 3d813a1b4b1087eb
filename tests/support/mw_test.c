// SPDX-License-Identifier: BSD-3-Clause
// googletest's command line, output and XML report over CMocka: what meson's protocol 'gtest' and CI tools read.
// Neighbours: mw_test.h; tests/support/self/ tests it. Follows googletest's docs/advanced.md
#include "mw_test.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX   4096
#define PATH_BYTES 512

enum outcome { NOT_RUN, PASSED, FAILED, SKIPPED, OUTCOME_COUNT };

struct result {
	enum outcome outcome;
	double seconds;
	char text[TEXT_MAX]; // CMocka's message of a failed test, the reason of a skipped one
};

struct options {
	bool list, help;
	const char *filter, *xml_path;
};

static const char *skip_reason;

void mw_test_set_skip_reason(const char *reason)
{
	skip_reason = reason;
}

static int usage(FILE *to, const char *program)
{
	fprintf(to,
			"Usage: %s [FLAG...]\n"
			"  --gtest_list_tests          list the tests\n"
			"  --gtest_filter=A:B*-C.d?    run the tests SUITE.CASE that match, without those after '-'\n"
			"  --gtest_output=xml:FILE     write a JUnit-style report\n"
			"  --help\n",
			program);
	return to == stderr ? 2 : 0;
}

// @return 0 or the exit status of a usage error, which is told on standard error.
static int parse(int argc, char **argv, struct options *options)
{
	static const char filter[] = "--gtest_filter=", output[] = "--gtest_output=xml:";

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--gtest_list_tests") == 0) {
			options->list = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			options->help = true;
		} else if (strncmp(argv[i], filter, sizeof(filter) - 1) == 0 && strlen(argv[i]) < TEXT_MAX) {
			options->filter = argv[i] + sizeof(filter) - 1;
		} else if (strncmp(argv[i], output, sizeof(output) - 1) == 0 && argv[i][sizeof(output) - 1] != '\0') {
			options->xml_path = argv[i] + sizeof(output) - 1;
		} else {
			fprintf(stderr, "%s: unknown flag '%s'\n", argv[0], argv[i]);
			return usage(stderr, argv[0]);
		}
	}
	return 0;
}

// Whether any glob of the colon-separated list matches.
static bool matches_any(const char *list, const char *name)
{
	char copy[TEXT_MAX], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *glob = strtok_r(copy, ":", &save); glob != NULL; glob = strtok_r(NULL, ":", &save))
		if (fnmatch(glob, name, 0) == 0)
			return true;
	return false;
}

static bool selected(const char *filter, const char *suite, const char *name)
{
	char full[PATH_BYTES], positive[TEXT_MAX];

	snprintf(full, sizeof(full), "%s.%s", suite, name);
	snprintf(positive, sizeof(positive), "%s", filter);
	char *minus = strchr(positive, '-');
	if (minus != NULL)
		*minus++ = '\0';
	if (minus != NULL && matches_any(minus, full))
		return false;
	return positive[0] == '\0' || matches_any(positive, full);
}

static void list_tests(const char *filter, const char *suite, const struct CMUnitTest *tests, size_t count)
{
	printf("%s.\n", suite);
	for (size_t i = 0; i < count; i++)
		if (selected(filter, suite, tests[i].name))
			printf("  %s\n", tests[i].name);
}

// Reads CMocka's XML about one test, and removes it: a skipped one says so, a failed one has its message in CDATA.
static void read_cmocka_report(const char *path, struct result *result)
{
	char report[TEXT_MAX];
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return;
	size_t length = fread(report, 1, sizeof(report) - 1, file);
	fclose(file);
	unlink(path);
	report[length] = '\0';
	if (strstr(report, "<skipped/>") != NULL)
		result->outcome = SKIPPED;
	char *text = strstr(report, "<![CDATA[");
	if (text == NULL)
		return;
	text += strlen("<![CDATA[");
	char *end = strstr(text, "]]>");
	if (end != NULL)
		*end = '\0';
	snprintf(result->text, sizeof(result->text), "%s", text);
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// A name nobody can have guessed: CMocka wants to create the file itself, and a crash must leave nothing behind.
static void report_path(char *path, size_t size)
{
	uint64_t noise[2];

	if (getentropy(noise, sizeof(noise)) != 0)
		abort();
	snprintf(path, size, "%s/mw_test.%016jx%016jx", P_tmpdir, (uintmax_t)noise[0], (uintmax_t)noise[1]);
}

// A group of one: so each result, time and message is known on its own, and a crash leaves what went before on screen.
static void run_one(const char *suite, const struct CMUnitTest *test, struct result *result)
{
	static const char *const labels[OUTCOME_COUNT] = {"", "      OK", " FAILED ", " SKIPPED"};
	char path[PATH_BYTES];

	report_path(path, sizeof(path));
	setenv("CMOCKA_XML_FILE", path, 1);
	skip_reason = NULL;
	printf("[ RUN      ] %s.%s\n", suite, test->name);
	fflush(stdout);
	double start = now_seconds();
	result->outcome = _cmocka_run_group_tests(test->name, test, 1, NULL, NULL) == 0 ? PASSED : FAILED;
	result->seconds = now_seconds() - start;
	read_cmocka_report(path, result);
	if (result->outcome == SKIPPED)
		snprintf(result->text, sizeof(result->text), "%s", skip_reason != NULL ? skip_reason : "");
	if (result->text[0] != '\0')
		printf("%s\n", result->text);
	printf("[ %s ] %s.%s (%.0f ms)\n", labels[result->outcome], suite, test->name, result->seconds * 1000);
	fflush(stdout);
}

// As element text or attribute: the five entities and the line end; a byte that XML 1.0 has no place for becomes '?'.
static void print_escaped(FILE *to, const char *text)
{
	static const char special[] = "<>&\"'\n";
	static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&#10;"};

	for (; *text != '\0'; text++) {
		const char *found = strchr(special, *text);
		unsigned char byte = (unsigned char)*text;
		if (found != NULL)
			fputs(entities[found - special], to);
		else
			fputc((byte < 0x20 && byte != '\t') || byte >= 0x7f ? '?' : byte, to);
	}
}

static void print_case(FILE *to, const char *suite, const char *name, const struct result *result)
{
	static const char *const elements[OUTCOME_COUNT] = {NULL, NULL, "failure", "skipped"};
	const char *element = elements[result->outcome];

	fprintf(to, "    <testcase name=\"%s\" classname=\"%s\" status=\"%s\" time=\"%.3f\"", name, suite,
			result->outcome == NOT_RUN ? "notrun" : "run", result->seconds);
	if (element == NULL) {
		fprintf(to, " />\n");
		return;
	}
	fprintf(to, ">\n      <%s message=\"", element);
	print_escaped(to, result->text);
	fprintf(to, "\" />\n    </testcase>\n");
}

static int write_xml(const char *path, const char *suite, const struct CMUnitTest *tests, const struct result *results,
					 size_t count, const size_t totals[OUTCOME_COUNT], double seconds)
{
	FILE *to = fopen(path, "w");
	if (to == NULL) {
		fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
		return 2;
	}
	size_t run = count - totals[NOT_RUN];
	fprintf(to,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"AllTests\" tests=\"%zu\" failures=\"%zu\""
			" skipped=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
			run, totals[FAILED], totals[SKIPPED], seconds);
	fprintf(to, "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
			suite, run, totals[FAILED], totals[SKIPPED], seconds);
	for (size_t i = 0; i < count; i++)
		if (results[i].outcome != NOT_RUN)
			print_case(to, suite, tests[i].name, &results[i]);
	fprintf(to, "  </testsuite>\n</testsuites>\n");
	bool failed = ferror(to) != 0;
	if (fclose(to) != 0 || failed) {
		fprintf(stderr, "cannot write %s\n", path);
		return 2;
	}
	return 0;
}

static void print_summary(const char *suite, const struct CMUnitTest *tests, const struct result *results, size_t count,
						  const size_t totals[OUTCOME_COUNT], double seconds)
{
	printf("[==========] %zu tests ran. (%.0f ms total)\n", count - totals[NOT_RUN], seconds * 1000);
	printf("[  PASSED  ] %zu tests.\n", totals[PASSED]);
	if (totals[SKIPPED] > 0)
		printf("[  SKIPPED ] %zu tests.\n", totals[SKIPPED]);
	if (totals[FAILED] > 0)
		printf("[  FAILED  ] %zu tests, listed below:\n", totals[FAILED]);
	for (size_t i = 0; i < count; i++)
		if (results[i].outcome == FAILED)
			printf("[  FAILED  ] %s.%s\n", suite, tests[i].name);
}

// @return the exit status.
static int run_all(const struct options *options, const char *suite, const struct CMUnitTest *tests, size_t count,
				   struct result *results)
{
	size_t totals[OUTCOME_COUNT] = {0};
	double start = now_seconds();
	int status = 0;

	printf("[==========] Running suite %s.\n", suite);
	for (size_t i = 0; i < count; i++) {
		if (selected(options->filter, suite, tests[i].name))
			run_one(suite, &tests[i], &results[i]);
		totals[results[i].outcome]++;
	}
	double seconds = now_seconds() - start;
	print_summary(suite, tests, results, count, totals, seconds);
	if (totals[NOT_RUN] == count)
		printf("Note: no test matches the filter '%s'.\n", options->filter);
	if (options->xml_path != NULL)
		status = write_xml(options->xml_path, suite, tests, results, count, totals, seconds);
	if (totals[FAILED] > 0)
		return 1;
	return status == 0 && totals[SKIPPED] > 0 && totals[PASSED] == 0 ? 77 : status;
}

int mw_test_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
	struct options options = {.filter = ""};
	int status = parse(argc, argv, &options);
	if (status != 0)
		return status;
	if (options.help)
		return usage(stdout, argv[0]);
	if (options.list) {
		list_tests(options.filter, suite, tests, count);
		return 0;
	}
	struct result *results = calloc(count, sizeof(*results));
	if (results == NULL) {
		fprintf(stderr, "%s: out of memory\n", argv[0]);
		return 2;
	}
	cmocka_set_message_output(CM_OUTPUT_XML);
	status = run_all(&options, suite, tests, count, results);
	free(results);
	return status;
}

const char *mw_test_shared_dir(void)
{
	return access(MW_SOURCE_ROOT "/../shared", R_OK) == 0 ? MW_SOURCE_ROOT "/../shared" : NULL;
}

const char *mw_test_source_root(void)
{
	return MW_SOURCE_ROOT;
}
