// SPDX-License-Identifier: BSD-3-Clause
// Of the files that are open, each with a batch of its own, the one whose next frame is the earliest gives the frames
// until another's is. Where one alone is left its batches are given as they are.
// Neighbours: replay/merge.h.
#include "replay/merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_BYTES 512

/** A file that is open. */
struct source {
	struct mw_capture *capture; // NULL: it is not, or no more
	struct mw_packet *frames; // its batch; NULL until it has one
	uint32_t count, at;
};

struct merge {
	const struct options *options;
	uint32_t files_count, opened, open, latest; // latest: the file of the latest batch
	uint64_t clock_ns; // of the latest frame
	int error; // of the first file whose rest was unreadable
	uint32_t failed, failed_more; // which it was, and how many others
	char problem[WHY_BYTES];
	struct source sources[OPTIONS_LIST_MAX];
};

static void close_source(struct merge *merge, struct source *source)
{
	if (source->capture == NULL)
		return;
	mw_capture_close(source->capture);
	free(source->frames);
	*source = (struct source){0};
	merge->open--;
}

void merge_free(struct merge *merge)
{
	for (uint32_t i = 0; merge != NULL && i < merge->opened; i++)
		close_source(merge, &merge->sources[i]);
	free(merge);
}

// @return 0 or what mw_capture_open says.
static int open_next(struct merge *merge, struct mw_text *problem)
{
	struct source *source = &merge->sources[merge->opened];
	const int error = mw_capture_open(merge->options->files[merge->opened], problem, &source->capture);

	if (error != 0) {
		source->capture = NULL;
		return error;
	}
	mw_capture_set_clock(source->capture, merge->clock_ns);
	merge->opened++;
	merge->open++;
	return 0;
}

int merge_new(const struct options *options, uint32_t files_count, struct mw_text *problem, struct merge **merge)
{
	int error;

	*merge = calloc(1, sizeof(**merge));
	if (*merge == NULL)
		return -ENOMEM;
	(*merge)->options = options;
	(*merge)->files_count = files_count;
	error = files_count == 0 ? 0 : open_next(*merge, problem);
	if (error != 0) {
		merge_free(*merge);
		*merge = NULL;
	}
	return error;
}

// The others are read all the same, and at the end it is told.
static void note_failure(struct merge *merge, const struct source *source, int error, const char *why)
{
	if (merge->error != 0) {
		merge->failed_more++;
		return;
	}
	merge->error = error;
	merge->failed = (uint32_t)(source - merge->sources);
	snprintf(merge->problem, sizeof(merge->problem), "%s", why);
}

// Its next batch, when it has given all of the one before; at its end it is closed. @return 0, -ENOMEM.
static int fill(struct merge *merge, struct source *source, struct mw_text *problem)
{
	char chars[WHY_BYTES] = "";
	struct mw_text why = mw_text_in(chars, sizeof(chars));
	int got;

	if (source->capture == NULL || source->at < source->count)
		return 0;
	if (source->frames == NULL)
		source->frames = calloc(MW_BATCH_PACKETS, sizeof(source->frames[0]));
	if (source->frames == NULL) {
		mw_text_add(problem, "no memory for a batch");
		return -ENOMEM;
	}
	source->at = 0;
	got = mw_capture_batch(source->capture, source->frames, MW_BATCH_PACKETS, &source->count, &why);
	if (got < 0)
		note_failure(merge, source, got, chars);
	if (got <= 0)
		close_source(merge, source);
	return 0;
}

static uint64_t head_ns(const struct source *source)
{
	return source->at < source->count ? source->frames[source->at].clock_ns : UINT64_MAX;
}

static uint32_t earliest(const struct merge *merge)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < merge->opened; i++) {
		if (head_ns(&merge->sources[i]) < head_ns(&merge->sources[best]))
			best = i;
	}
	return best;
}

static bool is_due(const struct merge *merge)
{
	const uint64_t first_ns = merge->opened < merge->files_count ? merge->options->files_ns[merge->opened] : 0;

	return merge->opened < merge->files_count &&
		   (merge->open == 0 || (first_ns != 0 && first_ns <= head_ns(&merge->sources[earliest(merge)])));
}

// Until all that may have the earliest frame have one. @return 0 or an error.
static int prepare(struct merge *merge, struct mw_text *problem)
{
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < merge->opened; i++)
		error = fill(merge, &merge->sources[i], problem);
	while (error == 0 && is_due(merge)) {
		error = open_next(merge, problem);
		if (error == 0)
			error = fill(merge, &merge->sources[merge->opened - 1], problem);
	}
	return error;
}

// What is given of it comes no later than this: then another's frame is due, or a file.
static uint64_t turn_ends(const struct merge *merge, uint32_t file)
{
	uint64_t ends_ns = UINT64_MAX;

	for (uint32_t i = 0; i < merge->opened; i++) {
		const uint64_t head = head_ns(&merge->sources[i]);

		if (i != file && head != UINT64_MAX)
			ends_ns = MW_MIN(ends_ns, i < file ? head - 1 : head);
	}
	if (merge->opened < merge->files_count && merge->options->files_ns[merge->opened] != 0)
		ends_ns = MW_MIN(ends_ns, merge->options->files_ns[merge->opened]);
	return ends_ns;
}

static void give(struct merge *merge, uint32_t file, struct mw_packet frames[], uint32_t *count)
{
	struct source *source = &merge->sources[file];
	const uint64_t ends_ns = turn_ends(merge, file);

	do {
		const struct mw_packet *frame = &source->frames[source->at++];

		frames[*count].data = frame->data;
		frames[*count].time_ns = frame->time_ns;
		frames[*count].clock_ns = frame->clock_ns;
		frames[*count].captured_bytes = frame->captured_bytes;
		frames[*count].wire_bytes = frame->wire_bytes;
		frames[*count].dlt = frame->dlt;
		frames[*count].link = frame->link;
		frames[*count].source_cookie = NULL;
		frames[(*count)++].is_marker = 0;
	} while (source->at < source->count && source->frames[source->at].clock_ns <= ends_ns);
	merge->clock_ns = frames[*count - 1].clock_ns;
}

// The only file that is left, when nothing of it waits.
static struct source *alone(struct merge *merge)
{
	struct source *source = NULL;

	if (merge->open != 1 || merge->opened < merge->files_count)
		return NULL;
	for (uint32_t i = 0; i < merge->opened; i++) {
		if (merge->sources[i].capture != NULL)
			source = &merge->sources[i];
	}
	return source->at < source->count ? NULL : source;
}

// @return as merge_batch does at the end.
static int end(const struct merge *merge, uint32_t *file, struct mw_text *problem)
{
	if (merge->error == 0)
		return 0;
	*file = merge->failed;
	mw_text_add(problem, "%s", merge->problem);
	if (merge->failed_more > 0)
		mw_text_add(problem, "; nor can the rest of %u more be read", merge->failed_more);
	return merge->error;
}

int merge_batch(struct merge *merge, struct mw_packet frames[], uint32_t *count, uint32_t *file,
				struct mw_text *problem)
{
	struct source *source = alone(merge);
	char chars[WHY_BYTES] = "";
	struct mw_text why = mw_text_in(chars, sizeof(chars));
	int got;

	*count = 0;
	if (source == NULL) {
		got = prepare(merge, problem);
		if (got != 0)
			return got;
		if (merge->open == 0)
			return end(merge, file, problem);
		merge->latest = earliest(merge);
		give(merge, merge->latest, frames, count);
		*file = merge->latest;
		return 1;
	}
	*file = merge->latest = (uint32_t)(source - merge->sources);
	got = mw_capture_batch(source->capture, frames, MW_BATCH_PACKETS, count, &why);
	if (got < 0)
		note_failure(merge, source, got, chars);
	return got <= 0 ? end(merge, file, problem) : got;
}

uint32_t merge_opened(const struct merge *merge)
{
	return merge->opened;
}

int merge_dlt(const struct merge *merge)
{
	return mw_capture_dlt(merge->sources[0].capture);
}

void merge_progress(const struct merge *merge, uint64_t *read_bytes, uint64_t *total_bytes)
{
	const struct source *source = &merge->sources[merge->latest];

	*read_bytes = *total_bytes = 0;
	if (source->capture != NULL)
		mw_capture_progress(source->capture, read_bytes, total_bytes);
}
