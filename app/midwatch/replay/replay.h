// SPDX-License-Identifier: BSD-3-Clause
// Analysing capture files.
// Neighbours: main.c calls it; engine.h.
#ifndef REPLAY_H
#define REPLAY_H

#include "evidence/write.h"
#include "replay/unread.h"

struct engine;
struct options;

/** What came of reading, for the report and the exit status. */
struct replay_result {
	uint32_t files_read;
	uint64_t packets;
	char problem[512]; // "" when every file was read to its end
	struct unread_verdict unread;
	bool interrupted;
	struct evidence_account evidence;
};

/** True when every file was read to its end and most packets could be made out, or were cut by a snap length alone. */
static inline bool replay_is_complete(const struct replay_result *result)
{
	return result->problem[0] == '\0' && !result->unread.is_fault && !result->interrupted;
}

/**
 * Tries every file (but standard input and pipes) and the filter on it, says what is wrong with each, and puts the
 * files into the order of their first packets: packet time goes forward only. Those that are given twice are left out.
 * @return 0; -EIO when a file cannot be opened; -EINVAL when the filter is wrong.
 */
int replay_check(struct options *options);

/**
 * Reads all files through the engine's workers, with control in a thread of its own or in the caller's.
 * @return 0, or -errno when it could not start.
 */
int replay_run(struct engine *engine, bool threaded, struct replay_result *result);

#endif
