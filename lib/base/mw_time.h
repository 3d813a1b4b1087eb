// SPDX-License-Identifier: BSD-3-Clause
// Points in time as text. Time is packet time: nothing here reads a clock.
// Neighbours: mw_text.h. Follows RFC 3339. Any thread.
#ifndef MW_TIME_H
#define MW_TIME_H

#include "mw_text.h"

/** Bytes that mw_time_rfc3339 needs, terminator included: 2026-01-11T09:30:00.123456Z */
#define MW_TIME_TEXT_BYTES 28

/** Appends time_ns (since the Unix epoch, UTC) as RFC 3339 with six decimals and Z; "never" for 0. */
void mw_time_add_rfc3339(struct mw_text *text, uint64_t time_ns);

/** Reads what mw_time_add_rfc3339 writes, no more and no less. @return 0; -EINVAL, so too before 1970 or after 2262. */
int mw_time_parse_rfc3339(const char *chars, uint64_t *time_ns);

/** Appends time_ns as 20260111T093000Z, for file names. */
void mw_time_add_compact(struct mw_text *text, uint64_t time_ns);

/** Appends a duration for people: 12 us, 3.4 ms, 5.0 s, 4 min 5 s, 3 h 2 min, 2 d 4 h. */
void mw_time_add_duration(struct mw_text *text, uint64_t duration_ns);

#endif
