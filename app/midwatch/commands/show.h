// SPDX-License-Identifier: BSD-3-Clause
// `show` of rows: the latest ones that are remembered, or those of things that last.
// Neighbours: commands/commands.c has the table; recent.h remembers; detectors say which of their records have a
// command.
#ifndef COMMANDS_SHOW_H
#define COMMANDS_SHOW_H

#include "mw_command.h"
#include "mw_detector.h"

/** Fills commands with what the detectors have to show, in their order. @return how many. */
uint32_t commands_show_detectors(struct mw_command commands[MW_DETECTOR_RECORDS_MAX]);

/** Runs a command that is about a struct mw_record: its latest rows, oldest first. */
bool commands_show_recent(void *backend, const json_t *arguments, struct mw_reply *reply);

/** The latest events, oldest first: they fit one answer, and while it is read others come. */
bool commands_show_events(void *backend, const json_t *arguments, struct mw_reply *reply);

#endif
