// SPDX-License-Identifier: BSD-3-Clause
// Packets of a replay that nobody could read: of which link type, or why, so that an empty report is not taken for a
// healthy network.
// Neighbours: replay/replay.c notes and tells; report/report.h shows it.
#ifndef UNREAD_H
#define UNREAD_H

#include "mw_packet.h"
#include "mw_text.h"
#include "options.h"

struct engine;

/** Of a file: packets of link types that are not read. */
struct unread_file {
	const char *path;
	int dlt; // of the first of them
	uint64_t packets, of_packets;
};

/** What was noted. Zeroed at first. */
struct unread {
	struct unread_file each[OPTIONS_LIST_MAX];
	uint32_t files; // that have such packets
	uint64_t packets; // of all files
	int dlt; // of all packets
	bool mixed; // they have several
};

/** Frames of the file with this number, at path, as they were read; path outlives this. */
void unread_note(struct unread *unread, uint32_t file, const char *path, const struct mw_packet frames[],
				 uint32_t count);

/** What could not be read. */
struct unread_verdict {
	char text[256]; // "" unless it was a link type, or more than half of what was looked at
	bool nothing; // that could be read
	bool is_fault; // of the input: a snap length is none
};

/** After the last packet. Control thread. */
void unread_judge(const struct unread *unread, const struct engine *engine, struct unread_verdict *verdict);

#endif
