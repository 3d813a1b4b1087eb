// SPDX-License-Identifier: BSD-3-Clause
// Hyperscan's compiler. Block mode; only calls that Vectorscan has too.
// Neighbours: compile.h.
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** Who is told of problems. */
struct compile {
	struct rules_set *set;
	mw_signature_problem_hook *hook;
	void *context;
};

static void report(const struct compile *compile, const struct rules_pattern *pattern, const char *message)
{
	compile->set->problems++;
	compile->hook(compile->context, pattern != NULL ? pattern->file : "signatures", pattern != NULL ? pattern->line : 0,
				  message);
}

/** Tries each expression alone, so that all the bad ones are named in one run; takes their widths. */
static void check_patterns(const struct compile *compile)
{
	for (uint32_t i = 0; i < compile->set->patterns_count; i++) {
		struct rules_pattern *pattern = &compile->set->patterns[i];
		hs_compile_error_t *error = NULL;
		hs_expr_info_t *info = NULL;
		char message[256];

		if (hs_expression_info(pattern->regex, COMPILE_FLAGS, &info, &error) == HS_SUCCESS) {
			if (info->min_width == 0)
				report(compile, pattern, "expression matches the empty text");
			pattern->width_min = info->min_width;
			free(info);
			continue;
		}
		snprintf(message, sizeof(message), "expression: %s", error != NULL ? error->message : "not understood");
		report(compile, pattern, message);
		hs_free_compile_error(error);
	}
}

/** One compilation's arguments, as hs_compile_multi takes them. */
struct expressions {
	const char *texts[RULES_PATTERNS_MAX];
	unsigned flags[RULES_PATTERNS_MAX], rules[RULES_PATTERNS_MAX];
	uint32_t patterns[RULES_PATTERNS_MAX];
	uint32_t count;
};

static void collect(const struct rules_set *set, uint8_t on, struct expressions *expressions)
{
	expressions->count = 0;
	for (uint32_t i = 0; i < set->patterns_count; i++) {
		uint32_t at = expressions->count;

		if (set->rules[set->patterns[i].rule].on != on)
			continue;
		expressions->texts[at] = set->patterns[i].regex;
		expressions->flags[at] = COMPILE_FLAGS;
		expressions->rules[at] = set->patterns[i].rule;
		expressions->patterns[at] = i;
		expressions->count++;
	}
}

static int compile_one(const struct compile *compile, uint8_t on, struct expressions *expressions,
					   hs_database_t **database)
{
	const struct rules_pattern *pattern = NULL;
	hs_compile_error_t *error = NULL;

	collect(compile->set, on, expressions);
	if (expressions->count == 0 ||
		hs_compile_multi(expressions->texts, expressions->flags, expressions->rules, expressions->count, HS_MODE_BLOCK,
						 NULL, database, &error) == HS_SUCCESS)
		return 0;
	if (error != NULL && error->expression >= 0)
		pattern = &compile->set->patterns[expressions->patterns[error->expression]];
	report(compile, pattern, error != NULL ? error->message : "the rules cannot be compiled");
	hs_free_compile_error(error);
	return -EINVAL;
}

int compile_rules(struct rules_set *set, mw_signature_problem_hook *hook, void *context,
				  hs_database_t *databases[MW_SIGNATURE_ONS])
{
	const struct compile compile = {set, hook, context};
	struct expressions *expressions;
	int result = 0;

	check_patterns(&compile);
	if (set->problems > 0)
		return -EINVAL;
	expressions = malloc(sizeof(*expressions));
	if (expressions == NULL)
		return -ENOMEM;
	for (uint8_t on = 0; on < MW_SIGNATURE_ONS && result == 0; on++)
		result = compile_one(&compile, on, expressions, &databases[on]);
	free(expressions);
	return result;
}
