// SPDX-License-Identifier: BSD-3-Clause
// Questions to the machine, each with a sentence that names the key.
// Neighbours: check.h.
#include "check.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/files.h"
#include "live/live.h"
#include "mw_log.h"
#include "place.h"

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

static void add_cores_here(struct mw_text *text)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (can_run_on(core))
			CPU_SET((size_t)core, &cores);
	}
	files_add_cores(text, &cores);
}

static int check_cores(struct engine *engine, struct mw_text *problem)
{
	const struct options *options = engine->options;
	cpu_set_t named;

	CPU_ZERO(&named);
	for (uint32_t i = 0; i < options->cores_count; i++) {
		const int core = options->cores[i];

		if (!can_run_on(core)) {
			mw_text_add(problem, "--cores: there is no core %d here that midwatch can have; there are ", core);
			add_cores_here(problem);
			return -EINVAL;
		}
		if (CPU_ISSET((size_t)core, &named)) {
			mw_text_add(problem, "--cores: core %d is named twice: two workers on one core wait for each other", core);
			return -EINVAL;
		}
		CPU_SET((size_t)core, &named);
	}
	return 0;
}

// A socket's directory is made when it is missing, and none above it.
static int check_socket_place(const char *path, struct mw_text *why)
{
	char directory[PLACE_PATH_BYTES];

	snprintf(directory, sizeof(directory), "%s", path);
	place_cut_name(directory);
	return place_can_hold(directory, 1, why);
}

// A path of the command line or the configuration, and which of both it is.
static int check_socket(struct engine *engine, struct mw_text *problem)
{
	const struct mw_server_settings *control = mw_settings_values(engine->settings, "control");
	const bool given = engine->options->socket != NULL;
	const char *path = given ? engine->options->socket : engine->live ? control->socket : "";
	const char *name = given ? "-s" : "control.socket";
	char chars[2 * PLACE_PATH_BYTES];
	struct mw_text why = mw_text_in(chars, sizeof(chars));
	struct stat status;

	if (strlen(path) > 0 && lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode)) {
		mw_text_add(problem, "%s: %s is not a socket: remove it or choose another path", name, path);
		return -EINVAL;
	}
	if (mw_server_check_path(path, &why) != 0)
		mw_text_add(problem, "%s: the path %s", name, chars);
	else if (path[0] != '\0' && check_socket_place(path, &why) != 0)
		mw_text_add(problem, "%s: %s", name, chars);
	else
		return 0;
	return -EINVAL;
}

static int check_output(struct engine *engine, struct mw_text *problem)
{
	const struct mw_output_settings *output = mw_settings_values(engine->settings, "output");
	const bool given = engine->options->directory != NULL;
	const char *path = given ? engine->options->directory : engine->live ? output->directory : ".";
	const char *name = given ? "-o" : "output.directory";
	char chars[PLACE_PATH_BYTES + 256];
	struct mw_text why = mw_text_in(chars, sizeof(chars));

	if (path[0] == '\0')
		mw_text_add(problem, "%s: no directory is named: files have to go somewhere", name);
	else if (strlen(path) >= sizeof(engine->output.directory))
		mw_text_add(problem, "%s: the path is too long: it may have %zu bytes, this one has %zu", name,
					sizeof(engine->output.directory) - 1, strlen(path));
	else if (place_can_hold(path, UINT32_MAX, &why) != 0)
		mw_text_add(problem, "%s: %s", name, chars);
	else
		return 0;
	return -EINVAL;
}

static int check_program(struct engine *engine, struct mw_text *problem)
{
	const struct mw_port_settings *input = mw_settings_values(engine->settings, "input");

	if (input->xdp_program[0] == '\0' || access(input->xdp_program, F_OK) == 0)
		return 0;
	mw_text_add(problem, "input.xdp-program: there is no %s: leave it empty for the one that was installed",
				input->xdp_program);
	return -EINVAL;
}

static int check_memory(struct engine *engine, struct mw_text *problem)
{
	uint32_t workers = engine->options->workers;

	return workers_fit(&engine->workers, (uint16_t)(workers == 0 ? 1 : workers), problem) == 0 ? 0 : -EINVAL;
}

static const struct {
	const char *what;
	int (*ask)(struct engine *engine, struct mw_text *problem);
	bool for_files; // asked before files are analysed, too
} questions[] = {{"signatures", check_signatures, false}, {"socket group", check_group, false},
				 {"cores here", check_cores, true},       {"socket", check_socket, true},
				 {"output", check_output, true},          {"XDP program", check_program, false},
				 {"memory", check_memory, false}};

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
		int error = 0;

		if (engine->options->files_count == 0 || questions[i].for_files)
			error = questions[i].ask(engine, &problem);
		if (error != 0)
			mw_log_error("%s", chars);
		result = error != 0 ? error : result;
	}
	return result;
}

static int check_filter(const struct options *options)
{
	struct mw_filter *filter = NULL;
	int error = options->files_count > 0 ? 0 : live_filter(options, &filter); // files have link types of their own

	mw_filter_free(filter);
	return error;
}

// Each packet would be counted twice, or one driver would take the port from the other.
static int check_once(const struct mw_port_spec specs[], uint32_t which, struct mw_text *problem)
{
	for (uint32_t i = 0; i < which; i++) {
		if (strcmp(specs[i].device, specs[which].device) != 0)
			continue;
		mw_text_add(problem, "%s is named twice: give each port once", specs[which].device);
		return -EINVAL;
	}
	return 0;
}

int check_command(const struct options *options)
{
	static struct mw_port_spec specs[LIVE_PORTS_MAX];
	int result = check_filter(options);

	if (options->ports_count > LIVE_PORTS_MAX) {
		mw_log_error("-i: at most %d ports", LIVE_PORTS_MAX);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < options->ports_count; i++) {
		char chars[512];
		struct mw_text problem = mw_text_in(chars, sizeof(chars));
		int error = mw_port_read(options->ports[i], &specs[i], &problem);

		if (error == 0)
			error = check_once(specs, i, &problem);
		if (error != 0)
			mw_log_error("-i %s: %s", options->ports[i], chars);
		result = error != 0 ? error : result;
	}
	return result;
}

void check_tell(const struct engine *engine)
{
	const struct options *options = engine->options;

	printf("good: configuration, %u signatures, cores", mw_signatures_count(engine->signatures));
	if (options->files_count == 0)
		printf(", memory, socket group");
	if (options->filter != NULL)
		printf(", filter");
	if (options->files_count > 0)
		printf(", %u file%s", options->files_count, options->files_count == 1 ? "" : "s");
	if (options->ports_count > 0)
		printf(", spelling of %u port%s", options->ports_count, options->ports_count == 1 ? "" : "s");
	printf(", socket, output; not looked at: rights%s\n",
		   options->ports_count > 0 ? ", the ports themselves (midwatch doctor PORT does)" : "");
}
