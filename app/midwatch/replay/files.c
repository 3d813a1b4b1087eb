// SPDX-License-Identifier: BSD-3-Clause
// Before a replay begins: can every file be read, does the filter fit, and in which order did they happen?
// Neighbours: replay/replay.h.
#include "replay/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mw_log.h"
#include "options.h"
#include "replay/replay.h"
#include "replay/twins.h"

int replay_filter(const struct options *options, const char *path, int dlt, struct mw_text *problem,
				  struct mw_filter **filter)
{
	char why[256] = "";
	struct mw_text why_text = mw_text_in(why, sizeof(why));
	int error;

	*filter = NULL;
	if (options->filter == NULL)
		return 0;
	error = mw_filter_new(options->filter, filter);
	if (error == 0 && dlt >= 0)
		error = mw_filter_add(*filter, dlt, &why_text);
	if (error == 0)
		return 0;
	mw_text_add(problem, "-f '%s' on %s: %s", options->filter, path, why[0] != '\0' ? why : strerror(-error));
	mw_filter_free(*filter);
	*filter = NULL;
	return error;
}

void replay_filter_links(struct mw_filter *filter, const char *path, const struct mw_packet frames[], uint32_t count)
{
	for (uint32_t i = 0; filter != NULL && i < count; i++) {
		char why[256] = "", name[64];
		struct mw_text why_text = mw_text_in(why, sizeof(why)), name_text = mw_text_in(name, sizeof(name));
		int error;

		if (mw_filter_knows(filter, frames[i].dlt))
			continue;
		error = mw_filter_add(filter, frames[i].dlt, &why_text);
		if (error == 0 || path == NULL)
			continue;
		mw_capture_add_link_name(&name_text, frames[i].dlt);
		mw_log_warning("%s: -f matches no packet of link type %s: %s", path, name,
					   error == -EINVAL ? why : strerror(-error));
	}
}

/** A file and when it begins. */
struct file {
	const char *path;
	uint32_t position; // on the command line
	uint64_t first_ns; // 0: without packets, or not known
};

// What the filter has to fit is the link type of the first packet: interfaces before it may be idle.
static int check_file(const struct options *options, struct file *file)
{
	char problem[512];
	struct mw_text text = mw_text_in(problem, sizeof(problem));
	struct mw_packet frame = {0};
	struct mw_capture *capture;
	struct mw_filter *filter;
	int error = mw_capture_open(file->path, &text, &capture) == 0 ? 0 : -EIO;

	if (error == 0) {
		bool has_packet = mw_capture_next(capture, &frame, &text) == 1;

		text = mw_text_in(problem, sizeof(problem)); // what is unreadable is told when it is read
		file->first_ns = has_packet ? frame.time_ns : 0;
		error = replay_filter(options, file->path, has_packet ? frame.dlt : mw_capture_dlt(capture), &text, &filter);
		mw_filter_free(filter);
		mw_capture_close(capture);
	}
	if (error != 0)
		mw_log_error("%s", problem);
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

// Later ones that hold more take the place of what they hold. @return whether file is read beside the first count of
// them.
static bool is_another(struct file files[], uint32_t count, const struct file *file)
{
	for (uint32_t i = 0; i < count; i++) {
		const enum twins twins = file->first_ns != 0 && file->first_ns == files[i].first_ns
									 ? twins_compare(files[i].path, file->path)
									 : TWINS_NONE;
		const bool replaces = twins == TWINS_FIRST_WITHIN;

		if (twins == TWINS_NONE)
			continue;
		if (twins == TWINS_ONE_FILE)
			mw_log_warning("%s: the same file is given twice: it is read once", file->path);
		else
			mw_log_warning("%s: all its packets are in %s, with the same times: it is left out",
						   replaces ? files[i].path : file->path, replaces ? file->path : files[i].path);
		files[i] = replaces ? *file : files[i];
		return false;
	}
	return true;
}

// A packet counts once, however often it is given. ordered: the files are in the order of their first packets.
static void leave_out_twins(struct options *options, struct file files[], bool ordered)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < options->files_count; i++) {
		if (is_another(files, count, &files[i]))
			files[count++] = files[i];
	}
	options->files_count = count;
	for (uint32_t i = 0; i < count; i++) {
		options->files[i] = files[i].path;
		options->files_ns[i] = ordered ? files[i].first_ns : 0;
	}
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
	if (result != 0)
		return result;
	if (!streams)
		order_files(options, files);
	leave_out_twins(options, files, !streams);
	return 0;
}
