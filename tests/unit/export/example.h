// SPDX-License-Identifier: BSD-3-Clause
// Two records, a directory of one's own, and eyes for what is in it.
// Neighbours: the tests in this folder.
#ifndef TEST_EXPORT_EXAMPLE_H
#define TEST_EXPORT_EXAMPLE_H

#include "mw_csv.h"
#include "mw_log.h"

struct example_row {
	uint64_t ts_ns;
	int64_t count;
	double ratio;
	uint64_t last_ns;
	uint8_t seen;
	char word[64];
	struct mw_address host;
	uint8_t verdict;
	uint32_t evidence;
};

#define EXAMPLE_HEADER "schema,ts,probe,count,ratio,last,seen,word,host,verdict,evidence\n"
#define EXAMPLE_TS_NS  UINT64_C(1768123800000000000) // 2026-01-11T09:30:00Z

extern const struct mw_record example_record, other_record;
extern const struct mw_record *const example_records[2];
extern const struct mw_output_settings example_settings; // probe "tap", interval 60 s, no limits

/** CMocka fixtures: an own directory in *state (char *), and log messages counted instead of printed. */
int example_set_up(void **state);
int example_tear_down(void **state);
extern unsigned log_count;
extern char log_last[512];

/** A row that is unknown but for time and word. */
struct example_row row_of(uint64_t ts_ns, const char *word);

/** Names in directory, sorted, each followed by a space; hidden ones too, their process id as PID. */
const char *list_directory(const char *directory);

/** The content of a file, "" when absent. */
const char *read_file(const char *directory, const char *name);

/** Checks that each published file in directory is whole: a header, then lines that end and have all columns. */
void check_whole_files(const char *directory);

#endif
