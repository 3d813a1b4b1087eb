// SPDX-License-Identifier: BSD-3-Clause
// The text that an F5 BIG-IP writes into its resets: device id, source line, whose side, cause, listener and port.
// Neighbours: row.c, finding_cause.c. Known from tm.rstcause.pkt (F5 K13223) and samples seen on the wire.
#ifndef RESETS_CAUSE_H
#define RESETS_CAUSE_H

#include "mw_base.h"

/** What kind of trouble a cause tells of. */
enum mw_cause_group {
	MW_CAUSE_STATE_LOST, // the box forgot the connection
	MW_CAUSE_POLICY, // it was told to refuse
	MW_CAUSE_CAPACITY, // it ran out of something
	MW_CAUSE_BACK_END, // the far side of the proxy failed
	MW_CAUSE_ROUTING, // it has no way to the target
	MW_CAUSE_OTHER,
	MW_CAUSE_GROUPS,
};
extern const char *const mw_cause_group_names[MW_CAUSE_GROUPS];

/** A span of the payload. */
struct mw_cause_span {
	const uint8_t *bytes;
	uint32_t count;
};

/** A payload taken apart; spans point into it. */
struct mw_reset_cause {
	struct mw_cause_span id; // hex digits of the bracket's first number, without 0x
	struct mw_cause_span line; // digits of the second
	struct mw_cause_span text; // the cause, with its suffixes in parentheses
	struct mw_cause_span listener; // after lis=, or empty
	struct mw_cause_span port; // after port=, or empty
	bool peer; // {peer}: it arose on the other half of the proxy
	bool bracket; // id and line are whole
	uint8_t group; // enum mw_cause_group
	const char *meaning; // one clause in plain words
};

/**
 * Reads "BIG-IP: [0x<hex>:<digits>][ {peer}] <cause>[ lis=<name>][ port=<name>]".
 * cut says that the payload went on beyond bytes: then as much is filled as is there, and a cause that is the beginning
 * of exactly one group's causes still gets its group. @return false when it is no such text.
 */
bool mw_reset_cause_parse(const uint8_t *bytes, uint32_t count, bool cut, struct mw_reset_cause *cause);

#endif
