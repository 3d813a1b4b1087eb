// SPDX-License-Identifier: BSD-3-Clause
// Which diagnosers keep something, and whether that has changed.
// Neighbours: kept.h.
#include "kept.h"

#include <errno.h>
#include <string.h>

#include "mw_detectors.h"
#include "mw_diagnosis.h"
#include "mw_digest.h"
#include "mw_kept.h"

struct keeper {
	const struct mw_diagnoser *diagnoser;
	void *memory;
	struct engine_kept *kept;
};

static bool take(void *context, const char *line)
{
	const struct keeper *keeper = context;

	return keeper->diagnoser->recall(keeper->memory, line);
}

static void recall(const struct engine *engine, struct keeper *keeper)
{
	const int error = mw_kept_read(engine->output.directory, keeper->diagnoser->kept, take, keeper);

	if (error != 0)
		memset(keeper->memory, 0, keeper->diagnoser->memory_bytes); // nothing by halves
	keeper->kept->off = error != 0 && error != -EINVAL;
}

// What cannot be written now is tried with the next change: a full disk is told once for each.
static void keep(const struct engine *engine, struct keeper *keeper)
{
	static char chars[MW_KEPT_BYTES_MAX - 1024]; // a header and a remark come before
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	uint32_t digest;

	keeper->diagnoser->keep(keeper->memory, &text);
	digest = mw_digest_32(text.chars, text.len_bytes);
	if (keeper->kept->off || text.len_bytes == 0 || digest == keeper->kept->digest)
		return;
	keeper->kept->digest = digest;
	mw_kept_write(engine->output.directory, keeper->diagnoser->kept, text.chars, text.len_bytes);
}

static void each(struct engine *engine, void (*what)(const struct engine *engine, struct keeper *keeper))
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->findings_count; j++) {
			struct keeper keeper = {.diagnoser = mw_detectors.items[i]->findings[j]->diagnoser};

			if (keeper.diagnoser->kept == NULL || number == MW_ARRAY_SIZE(engine->kept))
				continue;
			keeper.memory = diagnosis_memory(mw_aggregate_diagnosis(engine->aggregate), keeper.diagnoser);
			keeper.kept = &engine->kept[number++];
			what(engine, &keeper);
		}
	}
}

void kept_recall(struct engine *engine)
{
	each(engine, recall);
}

void kept_write(struct engine *engine)
{
	each(engine, keep);
}
