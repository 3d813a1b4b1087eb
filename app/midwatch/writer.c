// SPDX-License-Identifier: BSD-3-Clause
// A short queue of lots under a lock, taken once for hundreds of rows.
// Neighbours: writer.h.
#include "writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(WRITER_LOT_BYTES > UINT16_MAX + sizeof(struct mw_record *), "any row fits");

static void write_lot(const struct writer *writer, const struct writer_lot *lot)
{
	for (size_t at = 0; at < lot->used_bytes;) {
		const struct mw_record *record;

		memcpy(&record, lot->bytes + at, sizeof(record));
		at += sizeof(record);
		mw_csv_row(writer->csv, record, lot->bytes + at);
		at += record->row_bytes;
	}
}

static void *run(void *argument)
{
	struct writer *writer = argument;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		while (writer->done == writer->given && !writer->stop)
			pthread_cond_wait(&writer->given_one, &writer->lock);
		if (writer->done == writer->given)
			break;
		pthread_mutex_unlock(&writer->lock);
		write_lot(writer, &writer->lots[writer->done % WRITER_LOTS]);
		pthread_mutex_lock(&writer->lock);
		writer->done++;
		pthread_cond_signal(&writer->done_one);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void free_lots(struct writer *writer)
{
	for (uint32_t i = 0; i < WRITER_LOTS; i++)
		free(writer->lots[i].bytes);
}

int writer_start(struct writer *writer, struct mw_csv_set *csv)
{
	int error = 0;

	*writer = (struct writer){.csv = csv};
	for (uint32_t i = 0; i < WRITER_LOTS; i++) {
		writer->lots[i].bytes = malloc(WRITER_LOT_BYTES);
		if (writer->lots[i].bytes == NULL)
			error = ENOMEM;
	}
	if (error == 0) {
		pthread_mutex_init(&writer->lock, NULL);
		pthread_cond_init(&writer->given_one, NULL);
		pthread_cond_init(&writer->done_one, NULL);
		error = pthread_create(&writer->thread, NULL, run, writer);
	}
	if (error != 0)
		free_lots(writer);
	writer->running = error == 0;
	return -error;
}

// Hands the lot over, and waits until no more than so many are on their way.
static void give(struct writer *writer, uint32_t waiting_max)
{
	pthread_mutex_lock(&writer->lock);
	if (writer->lots[writer->given % WRITER_LOTS].used_bytes > 0)
		writer->given++;
	pthread_cond_signal(&writer->given_one);
	while (writer->given - writer->done > waiting_max)
		pthread_cond_wait(&writer->done_one, &writer->lock);
	pthread_mutex_unlock(&writer->lock);
	writer->lots[writer->given % WRITER_LOTS].used_bytes = 0;
}

void writer_row(struct writer *writer, const struct mw_record *record, const void *row)
{
	struct writer_lot *lot = &writer->lots[writer->given % WRITER_LOTS];

	if (lot->used_bytes + sizeof(record) + record->row_bytes > WRITER_LOT_BYTES) {
		give(writer, WRITER_LOTS - 1);
		lot = &writer->lots[writer->given % WRITER_LOTS];
	}
	memcpy(lot->bytes + lot->used_bytes, &record, sizeof(record));
	memcpy(lot->bytes + lot->used_bytes + sizeof(record), row, record->row_bytes);
	lot->used_bytes += sizeof(record) + record->row_bytes;
}

void writer_settle(struct writer *writer)
{
	if (writer->running)
		give(writer, 0);
}

void writer_stop(struct writer *writer)
{
	if (!writer->running)
		return;
	give(writer, 0);
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	pthread_cond_signal(&writer->given_one);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	pthread_cond_destroy(&writer->given_one);
	pthread_cond_destroy(&writer->done_one);
	pthread_mutex_destroy(&writer->lock);
	free_lots(writer);
	writer->running = false;
}
