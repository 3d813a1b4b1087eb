// SPDX-License-Identifier: BSD-3-Clause
// Before a replay begins: can every file be read, does the filter fit, and in which order did they happen?
// Neighbours: replay.h.
#include "replay_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mw_log.h"
#include "options.h"
#include "replay.h"

int replay_filter(const struct options *options, const struct mw_capture *capture, const char *path,
				  struct mw_text *problem, struct mw_filter **filter)
{
	char why[256];
	struct mw_text why_text = mw_text_in(why, sizeof(why));
	int error;

	*filter = NULL;
	if (options->filter == NULL)
		return 0;
	error = mw_filter_new(options->filter, mw_capture_dlt(capture), mw_capture_snap_bytes(capture), &why_text, filter);
	if (error != 0)
		mw_text_add(problem, "-f '%s' on %s: %s", options->filter, path, why);
	return error;
}

/** A file and when it begins. */
struct file {
	const char *path;
	uint32_t position; // on the command line
	uint64_t first_ns; // 0: without packets, or not known
};

static int check_file(const struct options *options, struct file *file)
{
	char problem[512];
	struct mw_text text = mw_text_in(problem, sizeof(problem));
	struct mw_packet frame = {0};
	struct mw_capture *capture;
	struct mw_filter *filter;
	int error;

	error = mw_capture_open(file->path, &text, &capture) == 0 ? 0 : -EIO;
	if (error == 0) {
		error = replay_filter(options, capture, file->path, &text, &filter);
		mw_filter_free(filter);
	}
	if (error != 0)
		mw_log_error("%s", problem);
	else if (mw_capture_next(capture, &frame, &text) == 1)
		file->first_ns = frame.time_ns;
	if (error != -EIO)
		mw_capture_close(capture);
	return error;
}

static int compare_files(const void *a, const void *b)
{
	const struct file *left = a, *right = b;

	if (left->first_ns != right->first_ns)
		return left->first_ns < right->first_ns ? -1 : 1;
	return left->position < right->position ? -1 : left->position > right->position;
}

static void order_files(struct options *options, struct file files[])
{
	bool moved = false;

	qsort(files, options->files_count, sizeof(files[0]), compare_files);
	for (uint32_t i = 0; i < options->files_count; i++) {
		moved |= files[i].position != i;
		options->files[i] = files[i].path;
	}
	if (moved)
		mw_log_notice("the files are read in the order of their first packets");
}

bool replay_is_stream(const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0)
		return true;
	return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

int replay_check(struct options *options)
{
	struct file files[OPTIONS_LIST_MAX];
	bool streams = false;
	int result = 0;

	for (uint32_t i = 0; i < options->files_count; i++) {
		int error = 0;

		files[i] = (struct file){.path = options->files[i], .position = i};
		if (replay_is_stream(files[i].path))
			streams = true; // looked at when its turn comes
		else
			error = check_file(options, &files[i]);
		result = error != 0 ? error : result;
	}
	if (result == 0 && !streams)
		order_files(options, files);
	return result;
}
