// SPDX-License-Identifier: BSD-3-Clause
// One request line to a checked JSON object: the protocol's limits before the parser sees a byte.
// Neighbours: mw_server.h (the limits), client.c (the lines), jansson. Follows RFC 8259.
#include "mw_server.h"

#include <errno.h>
#include <string.h>

// jansson's own limit of depth is 2048 and fixed: count brackets outside strings first.
static bool too_deep(const char *line, size_t len_bytes)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len_bytes; i++) {
		char c = line[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '[') && ++depth > MW_SERVER_DEPTH_MAX)
			return true;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return false;
}

static bool id_fits(const json_t *value)
{
	return json_is_integer(value) || json_is_string(value) || json_is_null(value);
}

static bool command_fits(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) > 0;
}

static bool arguments_fit(const json_t *value)
{
	return json_is_object(value) || json_is_null(value);
}

static const struct member {
	const char *name;
	bool (*fits)(const json_t *value);
	const char *problem;
} members[] = {
	{"id", id_fits, "\"id\" must be a whole number or a text"},
	{"command", command_fits, "\"command\" must be a text"},
	{"arguments", arguments_fit, "\"arguments\" must be an object"},
};

static const char *member_problem(const char *name, const json_t *value)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(members); i++)
		if (strcmp(name, members[i].name) == 0)
			return members[i].fits(value) ? NULL : members[i].problem;
	return "only the members \"id\", \"command\" and \"arguments\" are known";
}

static const char *request_problem(json_t *request)
{
	const char *name;
	json_t *value;

	if (!json_is_object(request))
		return "a request is an object: {\"id\":1,\"command\":\"help\"}";
	json_object_foreach(request, name, value)
	{
		const char *problem = member_problem(name, value);

		if (problem != NULL)
			return problem;
	}
	return json_object_get(request, "command") == NULL ? "the member \"command\" is missing" : NULL;
}

static const char *parse_problem(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return "a member stands twice";
	case json_error_invalid_utf8:
		return "the line is not UTF-8";
	case json_error_out_of_memory:
		return "memory is short";
	case json_error_numeric_overflow:
		return "a number is too large";
	default:
		return "the line is not valid JSON";
	}
}

int mw_request_parse(const char *line, size_t len_bytes, json_t **request, const char **problem)
{
	json_error_t error;

	*request = NULL;
	if (len_bytes > MW_SERVER_REQUEST_BYTES_MAX) {
		*problem = "the line is longer than 64 KiB";
		return -EINVAL;
	}
	if (too_deep(line, len_bytes)) {
		*problem = "brackets are nested deeper than 16";
		return -EINVAL;
	}
	*request = json_loadb(line, len_bytes, JSON_REJECT_DUPLICATES, &error);
	*problem = *request == NULL ? parse_problem(&error) : request_problem(*request);
	if (*problem == NULL)
		return 0;
	json_decref(*request);
	*request = NULL;
	return -EINVAL;
}
