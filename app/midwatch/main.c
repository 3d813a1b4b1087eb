// SPDX-License-Identifier: BSD-3-Clause
// midwatch: start-up, step by step, and exit status.
// Neighbours: options.h, engine.h, replay/replay.h, live/live.h, report/report.h.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "confine.h"
#include "doctor/doctor.h"
#include "documents/documents.h"
#include "engine.h"
#include "live/live.h"
#include "log_limit.h"
#include "mw_log.h"
#include "notify.h"
#include "options.h"
#include "replay/replay.h"
#include "replay/plan.h"
#include "overlap.h"
#include "report/report.h"
#include "setup/setup.h"
#include "signals.h"

enum exit_status { EXIT_ANALYSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INCOMPLETE = 3 };

/** Whether what was printed has arrived: a report that was lost is a failure. @return 0, or -EIO, logged once. */
static int flush_output(void)
{
	static bool told;

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	if (!told)
		mw_log_error("cannot write all to standard output");
	told = true;
	return -EIO;
}

static int report(struct engine *engine, const struct report_source *source)
{
	int error = 0;

	engine_close_output(engine);
	if (engine->options->json)
		error = report_print_json(engine, source);
	else if (!engine->options->quiet)
		report_print(engine, source);
	if (error != 0)
		mw_log_error("cannot make the report: %s", strerror(-error));
	return error != 0 ? error : flush_output();
}

static int run_files(struct engine *engine, struct options *options)
{
	static struct replay_result result;
	struct report_source source = {.replay = &result};
	struct replay_plan plan;
	int error;

	engine_name_output(engine);
	if (overlap_found(options->files, options->files_count, engine->output.directory))
		return EXIT_USAGE;
	if (engine_open_socket(engine) != 0 || confine_replay(engine) != 0)
		return EXIT_FAILED;
	error = replay_check(options);
	if (error != 0)
		return error == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	plan = replay_plan(options);
	if (engine_build(engine, plan.workers) != 0 || engine_open_output(engine) != 0 ||
		replay_run(engine, plan.threaded, &result) != 0)
		return EXIT_FAILED;
	error = report(engine, &source);
	if (result.problem[0] != '\0')
		mw_log_error("%s", result.problem);
	if (result.unread.text[0] != '\0')
		mw_log_warning("%s", result.unread.text);
	if (error != 0 || (result.problem[0] != '\0' && result.files_read == 0))
		return EXIT_FAILED; // standard input that is no capture: files were looked at before
	return replay_is_complete(&result) ? EXIT_ANALYSED : EXIT_INCOMPLETE;
}

static int run_ports(struct engine *engine, const struct options *options)
{
	static struct live live;
	struct report_source source = {.live = &live};
	uint16_t workers_count = 0;
	bool good = live_open(&live, engine, options, &workers_count) == 0 && engine_build(engine, workers_count) == 0 &&
				live_take_memory(&live) == 0 && engine_open_socket(engine) == 0 && engine_open_output(engine) == 0;
	int error = -EINVAL;

	if (good) {
		notify_open();
		confine_live(engine, &live);
		error = live_run(&live);
	}
	if (error == 0 || error == -ENODEV) // what was seen before the port went is reported
		good = report(engine, &source) == 0;
	live_close(&live);
	if (!good || error != 0)
		return EXIT_FAILED;
	return live_watch_whole(&live) ? EXIT_ANALYSED : EXIT_INCOMPLETE;
}

// Everything is asked, so that everything is told in one run.
static bool is_good(struct engine *engine, struct options *options)
{
	bool good = check_command(options) == 0;

	good &= check_machine(engine) == 0;
	if (!options->check || options->files_count == 0)
		return good; // a run looks at its files by itself, locked in
	confine_check(engine);
	return replay_check(options) == 0 && good;
}

static int run(struct options *options)
{
	static struct engine engine;
	int status = EXIT_USAGE;

	if (engine_configure(&engine, options) != 0 || !is_good(&engine, options))
		goto end;
	if (options->check) {
		check_tell(&engine);
		status = EXIT_ANALYSED;
		goto end;
	}
	signals_install();
	status = options->files_count > 0 ? run_files(&engine, options) : run_ports(&engine, options);
	if (status == EXIT_FAILED || status == EXIT_USAGE)
		confine_undo_directory(&engine);
end:
	if (engine_close(&engine) != 0 && status == EXIT_ANALYSED)
		status = EXIT_FAILED;
	return status;
}

// A standard stream that the parent closed: its number must not go to a file of ours, or the report would be written
// there.
static void hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR); // NOLINT: takes the lowest free number, and that is fd
	}
}

static int run_action(struct options *options)
{
	if (options->quiet)
		mw_log_set_level(MW_LOG_WARNING);
	if (options->action == OPTIONS_HELP) {
		options_print_help();
		return 0;
	}
	if (options->action == OPTIONS_VERSION) {
		printf("midwatch %s\n", MW_VERSION);
		return 0;
	}
	if (options->action == OPTIONS_DOCUMENT) {
		if (documents_print(options->document) == 0)
			return 0;
		fprintf(stderr, "midwatch: --document %s: no such page; see midwatch --help\n", options->document);
		return EXIT_USAGE;
	}
	if (options->action == OPTIONS_DOCTOR)
		return doctor_run(options);
	if (options->action == OPTIONS_SETUP)
		return setup_run(options);
	if (options->print_config) {
		documents_print_configuration();
		return 0;
	}
	return run(options);
}

int main(int argc, char **argv)
{
	static struct options options;
	int status;

	hold_standard_streams();
	log_limit_install();
	if (options_read(argc, argv, &options) != 0)
		return EXIT_USAGE;
	status = run_action(&options);
	return flush_output() != 0 && status != EXIT_USAGE ? EXIT_FAILED : status;
}
