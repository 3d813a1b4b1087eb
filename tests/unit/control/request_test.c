// SPDX-License-Identifier: BSD-3-Clause
// Requests and their limits, without a socket.
// Neighbours: lib/control/request.c.
#include "mw_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

static const char *problem_of(const char *line)
{
	const char *problem = NULL;
	json_t *request = NULL;
	int result = mw_request_parse(line, strlen(line), &request, &problem);

	assert_int_equal(result, problem == NULL ? 0 : -EINVAL);
	assert_true((request != NULL) == (problem == NULL));
	json_decref(request);
	return problem;
}

static void plain_requests_are_read(void **state)
{
	(void)state;
	assert_null(problem_of("{\"id\":7,\"command\":\"show resets\",\"arguments\":{\"host\":\"10.0.0.1\"}}"));
	assert_null(problem_of("{\"command\":\"help\"}"));
	assert_null(problem_of("{\"id\":\"a\",\"command\":\"help\",\"arguments\":null}\r"));
}

static void broken_json_is_refused(void **state)
{
	static const char *const lines[] = {"",
										"{",
										"nonsense",
										"{\"command\":\"x\"} x",
										"[]",
										"\"help\"",
										"{\"command\":\"\xff\"}",
										"{\"command\":\"a\\u0000b\"}",
										"null"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(lines); i++)
		assert_non_null(problem_of(lines[i]));
}

static void members_of_wrong_type_are_refused(void **state)
{
	static const char *const lines[] = {"{\"id\":7}",
										"{\"command\":7}",
										"{\"command\":\"\"}",
										"{\"command\":\"x\",\"id\":{}}",
										"{\"command\":\"x\",\"id\":1.5}",
										"{\"command\":\"x\",\"arguments\":[]}",
										"{\"command\":\"x\",\"argument\":{}}"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(lines); i++)
		assert_non_null(problem_of(lines[i]));
}

static void a_key_given_twice_is_refused(void **state)
{
	(void)state;
	assert_string_equal(problem_of("{\"command\":\"x\",\"command\":\"y\"}"), "a member stands twice");
	assert_string_equal(problem_of("{\"command\":\"x\",\"arguments\":{\"a\":1,\"a\":2}}"), "a member stands twice");
}

static const char *problem_at_depth(int depth)
{
	static const char open[] = "[[[[[[[[[[[[[[[[[[[[", close[] = "]]]]]]]]]]]]]]]]]]]]";
	char line[128];

	snprintf(line, sizeof(line), "{\"command\":\"x\",\"arguments\":{\"a\":%.*s%.*s}}", depth - 2, open, depth - 2,
			 close);
	return problem_of(line);
}

static void depth_sixteen_is_read_and_seventeen_refused(void **state)
{
	(void)state;
	assert_null(problem_at_depth(16));
	assert_string_equal(problem_at_depth(17), "brackets are nested deeper than 16");
	assert_null(problem_of("{\"command\":\"[[[[[[[[[[[[[[[[[[\\\"[[[[[\"}"));
}

static void length_of_64_kib_is_read_and_one_more_refused(void **state)
{
	char *line = malloc(MW_SERVER_REQUEST_BYTES_MAX + 1);
	json_t *request = NULL;
	const char *problem = NULL;

	(void)state;
	memset(line, ' ', MW_SERVER_REQUEST_BYTES_MAX + 1);
	memcpy(line, "{\"command\":\"x\"}", 15); // NOLINT(bugprone-not-null-terminated-result): spaces follow
	assert_int_equal(mw_request_parse(line, MW_SERVER_REQUEST_BYTES_MAX, &request, &problem), 0);
	json_decref(request);
	assert_int_equal(mw_request_parse(line, MW_SERVER_REQUEST_BYTES_MAX + 1, &request, &problem), -EINVAL);
	assert_string_equal(problem, "the line is longer than 64 KiB");
	free(line);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(plain_requests_are_read),
	MW_TEST(broken_json_is_refused),
	MW_TEST(members_of_wrong_type_are_refused),
	MW_TEST(a_key_given_twice_is_refused),
	MW_TEST(depth_sixteen_is_read_and_seventeen_refused),
	MW_TEST(length_of_64_kib_is_read_and_one_more_refused),
};
MW_TEST_MAIN("control_request", tests)
