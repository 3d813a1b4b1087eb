// SPDX-License-Identifier: BSD-3-Clause
// Settings that bound one another (at_most of mw_setting), looked at when all values are there.
// Neighbours: load.c asks; file.c and load.c note what was given where.
#ifndef SETTINGS_RELATE_H
#define SETTINGS_RELATE_H

#include "report.h"
#include "snapshot.h"

/** What was given, in the order in which it came: at has line 0 for --set. */
struct given_value {
	const struct mw_setting *setting;
	struct position at;
};

struct given {
	uint32_t count, room;
	struct given_value *values;
};

void given_note(struct given *given, const struct mw_setting *setting, struct position at);

/**
 * Reports each setting that is above the one that bounds it, at the place of the one that was given last; file: the
 * name of the configuration file. A value that could not be read is 0 and passes.
 */
void relations_check(const struct mw_settings *settings, struct reporter *reporter, const char *file,
					 const struct given *given);

#endif
