// SPDX-License-Identifier: BSD-3-Clause
// Questions to the machine, each with a sentence that names the key.
// Neighbours: check.h.
#include "check.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>

#include "mw_log.h"

#define GROUP_BUFFER_BYTES 16384

static int check_signatures(struct engine *engine, struct mw_text *problem)
{
	if (engine->signatures != NULL && mw_signatures_count(engine->signatures) > 0)
		return 0;
	mw_text_add(problem,
				"signatures.directory: there is no signature in it; leave it empty for those that were installed");
	return -EINVAL;
}

static int check_group(struct engine *engine, struct mw_text *problem)
{
	const struct mw_server_settings *control = mw_settings_values(engine->settings, "control");
	char buffer[GROUP_BUFFER_BYTES];
	struct group entry, *found = NULL;

	if (control->group[0] == '\0' || getgrnam_r(control->group, &entry, buffer, sizeof(buffer), &found) != 0 ||
		found != NULL)
		return 0; // who cannot be asked will say so when the socket is made
	mw_text_add(problem, "control.group: there is no group \"%s\": groupadd --system %s", control->group,
				control->group);
	return -EINVAL;
}

// Whether a thread can be there: the core exists, is online, and is one of those that we are given.
static bool can_run_on(int core)
{
	cpu_set_t before, only;
	bool can;

	CPU_ZERO(&only);
	CPU_SET((size_t)core, &only);
	if (sched_getaffinity(0, sizeof(before), &before) != 0)
		return true;
	can = sched_setaffinity(0, sizeof(only), &only) == 0;
	sched_setaffinity(0, sizeof(before), &before);
	return can;
}

static int check_cores(struct engine *engine, struct mw_text *problem)
{
	for (uint32_t i = 0; i < engine->options->cores_count; i++) {
		if (can_run_on(engine->options->cores[i]))
			continue;
		mw_text_add(problem,
					"--cores: there is no core %d here that midwatch can have: lscpu --extended lists those there are",
					engine->options->cores[i]);
		return -EINVAL;
	}
	return 0;
}

static int check_memory(struct engine *engine, struct mw_text *problem)
{
	uint32_t workers = engine->options->workers;

	return workers_fit(&engine->workers, (uint16_t)(workers == 0 ? 1 : workers), problem) == 0 ? 0 : -EINVAL;
}

static const struct {
	const char *what;
	int (*ask)(struct engine *engine, struct mw_text *problem);
} questions[] = {{"signatures", check_signatures},
				 {"socket group", check_group},
				 {"cores here", check_cores},
				 {"memory", check_memory}};

const char *check_ask(struct engine *engine, uint32_t which, int *error, struct mw_text *problem)
{
	if (which >= MW_ARRAY_SIZE(questions))
		return NULL;
	*error = questions[which].ask(engine, problem);
	return questions[which].what;
}

int check_machine(struct engine *engine)
{
	int result = 0;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(questions); i++) {
		char chars[512];
		struct mw_text problem = mw_text_in(chars, sizeof(chars));
		int error = questions[i].ask(engine, &problem);

		if (error != 0)
			mw_log_error("%s", chars);
		result = error != 0 ? error : result;
	}
	return result;
}
