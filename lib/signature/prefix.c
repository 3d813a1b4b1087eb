// SPDX-License-Identifier: BSD-3-Clause
// Reads an expression from its beginning, follows every way through it, and gives up where it does not understand.
// Neighbours: prefix.h, byte_set.c, path.c, look.c. Assertions other than ^ are taken as true everywhere.
#include "prefix.h"

#include <string.h>

#define DEPTH_MAX   8 // groups inside groups
#define ATOMS_MAX   2000 // read, each repetition counted
#define REPEATS_MAX 65535 // no bound, too

/** An expression being read. Every parse_ function returns false where it does not understand. */
struct parser {
	const char *at;
	uint32_t depth, atoms;
};

static void add_paths(struct prefix *prefix, const struct prefix *more)
{
	for (uint32_t i = 0; i < more->count; i++)
		path_add(prefix->paths, &prefix->count, PREFIX_PATHS, &more->paths[i]);
}

static void open_paths(struct prefix *prefix)
{
	for (uint32_t i = 0; i < prefix->count; i++)
		prefix->paths[i].open = true;
}

static void append(struct prefix *prefix, const struct byte_set *set)
{
	for (uint32_t i = 0; i < prefix->count; i++) {
		struct path *path = &prefix->paths[i];

		path->open = path->open || !path->anchored;
		if (!path->open && path->count < PATH_BYTES)
			path->bytes[path->count++] = *set;
	}
}

static void anchor(struct prefix *prefix)
{
	for (uint32_t i = 0; i < prefix->count; i++) {
		if (prefix->paths[i].count == 0 && !prefix->paths[i].open)
			prefix->paths[i].anchored = true;
	}
}

static bool parse_alternatives(struct parser *parser, struct prefix *prefix);

/** After the opening parenthesis. Of what may follow a question mark only the colon is understood. */
static bool parse_group(struct parser *parser, struct prefix *prefix)
{
	if (parser->at[0] == '?' && parser->at[1] == ':')
		parser->at += 2;
	if (parser->depth == DEPTH_MAX)
		return false;
	parser->depth++;
	if (!parse_alternatives(parser, prefix) || *parser->at != ')')
		return false;
	parser->depth--;
	parser->at++;
	return true;
}

static bool begins_repeats(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

/** What can be repeated: a byte, a set of bytes, a group, an assertion. */
static bool parse_atom(struct parser *parser, struct prefix *prefix)
{
	struct byte_set set = {{0}};
	char c = *parser->at++;
	bool escapes = c == '\\';
	int single;

	if (parser->atoms++ == ATOMS_MAX || begins_repeats(c))
		return false;
	if (c == '(')
		return parse_group(parser, prefix);
	if (c == '^' || (escapes && *parser->at == 'A'))
		anchor(prefix);
	if (c == '^' || c == '$')
		return true;
	if (escapes && *parser->at != '\0' && strchr("AzZbB", *parser->at) != NULL) {
		parser->at++;
		return true;
	}
	if ((escapes && !byte_set_escape(&parser->at, &set, &single)) || (c == '[' && !byte_set_class(&parser->at, &set)))
		return false;
	if (c == '.')
		byte_set_add(&set, 0, UINT8_MAX);
	else if (!escapes && c != '[')
		byte_set_add(&set, (uint8_t)c, (uint8_t)c);
	append(prefix, &set);
	return true;
}

static bool parse_number(struct parser *parser, uint32_t *number)
{
	const char *begin = parser->at;

	for (*number = 0; *parser->at >= '0' && *parser->at <= '9' && *number < REPEATS_MAX; parser->at++)
		*number = *number * 10 + (uint32_t)(*parser->at - '0');
	return parser->at > begin && *number < REPEATS_MAX;
}

/** {least}, {least,} or {least,most}, after the brace. */
static bool parse_bounds(struct parser *parser, uint32_t *least, uint32_t *most)
{
	if (!parse_number(parser, least))
		return false;
	*most = *least;
	if (*parser->at == ',') {
		parser->at++;
		*most = REPEATS_MAX;
		if (*parser->at != '}' && !parse_number(parser, most))
			return false;
	}
	return *parser->at++ == '}' && *least <= *most;
}

/** How often what stands before is repeated: once where nothing is said. */
static bool parse_repeats(struct parser *parser, uint32_t *least, uint32_t *most)
{
	char c = *parser->at;

	*least = c == '*' || c == '?' ? 0 : 1;
	*most = c == '*' || c == '+' ? REPEATS_MAX : 1;
	if (!begins_repeats(c))
		return true;
	parser->at++;
	if (c == '{' && !parse_bounds(parser, least, most))
		return false;
	if (*parser->at == '?') // lazy: the same texts match
		parser->at++;
	return true;
}

/** Reads the atom at begin as often as is said, or until no path grows any more. */
static bool repeat(struct parser *parser, const char *begin, uint32_t least, uint32_t most, struct prefix *prefix)
{
	struct prefix out;
	bool understood = true;

	for (uint32_t i = 0; i < MW_MIN(least, PATH_BYTES) && understood; i++) {
		parser->at = begin;
		understood = parse_atom(parser, prefix);
	}
	if (least > PATH_BYTES || most - least > PREFIX_PATHS) {
		open_paths(prefix);
		return understood;
	}
	out = *prefix;
	for (uint32_t i = least; i < most && understood; i++) {
		parser->at = begin;
		understood = parse_atom(parser, prefix);
		add_paths(&out, prefix);
	}
	*prefix = out;
	return understood;
}

/** An atom and how often it is repeated. Where that is not understood, the parser stays before it. */
static bool parse_piece(struct parser *parser, struct prefix *prefix)
{
	const struct prefix before = *prefix;
	const char *begin = parser->at, *end;
	uint32_t depth = parser->depth, least, most;
	bool understood = parse_atom(parser, prefix) && parse_repeats(parser, &least, &most);

	if (understood && (least != 1 || most != 1)) {
		end = parser->at;
		*prefix = before;
		understood = repeat(parser, begin, least, most, prefix);
		parser->at = end;
	}
	if (!understood) {
		parser->at = begin;
		parser->depth = depth;
	}
	return understood;
}

/**
 * Up to a bar, a closing parenthesis or the end. Where something is not understood, the paths end before the piece
 * before it: it may be nothing, as \E is, with a repetition behind it that is of that piece.
 */
static bool parse_branch(struct parser *parser, struct prefix *prefix)
{
	struct prefix before = *prefix;

	while (*parser->at != '\0' && *parser->at != '|' && *parser->at != ')') {
		struct prefix after = *prefix;

		if (!parse_piece(parser, &after)) {
			*prefix = before;
			return false;
		}
		before = *prefix;
		*prefix = after;
	}
	return true;
}

static bool parse_alternatives(struct parser *parser, struct prefix *prefix)
{
	const struct prefix before = *prefix;

	prefix->count = 0;
	for (;;) {
		struct prefix branch = before;
		bool understood = parse_branch(parser, &branch);

		add_paths(prefix, &branch);
		if (*parser->at != '|' || !understood)
			return understood;
		parser->at++;
	}
}

/** Knows nothing but that a match begins somewhere. */
static void reset(struct prefix *prefix, uint32_t width_min)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->count = 1;
	prefix->paths[0].width_min = width_min;
}

void prefix_parse(const char *expression, uint32_t width_min, struct prefix *prefix)
{
	struct parser parser = {.at = expression};

	reset(prefix, width_min);
	// what is not understood may change what a later alternative means, as (?i) does, or hide a bar, as \Q does
	if ((!parse_alternatives(&parser, prefix) && strchr(parser.at, '|') != NULL) || *parser.at == ')')
		reset(prefix, width_min);
	for (uint32_t i = 0; i < prefix->count; i++) {
		for (struct path *path = &prefix->paths[i]; path->count < PATH_BYTES; path->count++)
			byte_set_add(&path->bytes[path->count], 0, UINT8_MAX);
	}
}
