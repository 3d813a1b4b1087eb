// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces, paths whose MTU matters and IKE attempts, in the report: what there was, also when all went well.
// Neighbours: report.h; findings tell what went wrong.
#include <inttypes.h>
#include <stdio.h>

#include "fragments.h"
#include "ike.h"
#include "paths.h"
#include "report.h"

#define PATHS_SHOWN    8u
#define ATTEMPTS_SHOWN 8u

static uint64_t counted(const struct engine *engine, enum mw_fragment_counter number)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < engine->workers_count; i++)
		sum += mw_stats_read(engine->workers[i].stats, engine->counters.fragments_first + number);
	return sum;
}

static void print_datagrams(const struct engine *engine)
{
	if (counted(engine, MW_FRAGMENT_COUNT_DATAGRAMS) == 0)
		return;
	printf("  pieces    %" PRIu64 " fragments of %" PRIu64 " datagrams: %" PRIu64 " whole, %" PRIu64
		   " that lack bytes, %" PRIu64 " cut by the end",
		   counted(engine, MW_FRAGMENT_COUNT_FRAGMENTS), counted(engine, MW_FRAGMENT_COUNT_DATAGRAMS),
		   counted(engine, MW_FRAGMENT_COUNT_COMPLETE), counted(engine, MW_FRAGMENT_COUNT_INCOMPLETE),
		   counted(engine, MW_FRAGMENT_COUNT_UNFINISHED));
	if (counted(engine, MW_FRAGMENT_COUNT_EVICTED) > 0)
		printf(", %" PRIu64 " given up for want of room", counted(engine, MW_FRAGMENT_COUNT_EVICTED));
	printf("\n");
}

static void print_mtu(const struct mw_path_row *row)
{
	if (row->mtu_low == row->mtu_high && row->mtu_low != MW_UNKNOWN_I64)
		printf(", MTU %" PRId64, row->mtu_low);
	else if (row->mtu_low != MW_UNKNOWN_I64 && row->mtu_high != MW_UNKNOWN_I64)
		printf(", MTU from %" PRId64 " to %" PRId64, row->mtu_low, row->mtu_high);
	else if (row->mtu_low != MW_UNKNOWN_I64)
		printf(", MTU at least %" PRId64, row->mtu_low);
	else if (row->mtu_high != MW_UNKNOWN_I64)
		printf(", MTU at most %" PRId64, row->mtu_high);
}

static void print_path(void *context, const struct mw_record *record, const void *any)
{
	const struct mw_path_row *row = any;
	uint32_t *count = context;

	if (record != &mw_path_record || row->verdict == MW_PATH_OK || ++*count > PATHS_SHOWN)
		return;
	printf("  %s%s > %s: %s", *count == 1 ? "paths     " : "          ", row->src, row->dst,
		   mw_path_verdict_names[row->verdict]);
	print_mtu(row);
	if (row->reporters[0] != '\0')
		printf(", said by %s", row->reporters);
	printf("\n");
}

static void print_paths(struct engine *engine)
{
	uint32_t count = 0;
	const struct mw_row_sink rows = {.row = print_path, .context = &count};

	mw_aggregate_report(engine->aggregate, 0, &rows);
	if (count > PATHS_SHOWN)
		printf("            ... and %u more: paths.csv has all\n", count - PATHS_SHOWN);
}

static void print_attempt(const struct mw_ike_row *row, bool first)
{
	char ends[2 * MW_ADDRESS_TEXT_BYTES + 4];
	struct mw_text text = mw_text_in(ends, sizeof(ends));

	mw_address_add_text(&text, &row->initiator);
	mw_text_add(&text, " > ");
	mw_address_add_text(&text, &row->responder);
	printf("  %s%s: %s", first ? "ike       " : "          ", ends, mw_ike_verdict_names[row->verdict]);
	if (row->response_bytes != MW_UNKNOWN_I64)
		printf(", response of %" PRId64 " bytes%s", row->response_bytes,
			   row->rfc7383 == MW_IKE_7383_USED ? " (in RFC 7383 fragments)"
			   : row->response_fragmented       ? " (in IP fragments: a path that drops them breaks it)"
												: "");
	printf("\n");
}

static void print_attempts(const struct engine *engine)
{
	const struct recent_rows *rows = recent_find(&engine->recent, mw_ike_record.name);
	uint64_t number = rows->total > ATTEMPTS_SHOWN ? rows->total - ATTEMPTS_SHOWN : 0;

	for (uint64_t i = number; i < rows->total; i++)
		print_attempt(recent_row(rows, i), i == number);
	if (number > 0)
		printf("            ... and %" PRIu64 " before: ike.csv has all\n", number);
}

void report_print_pieces(struct engine *engine)
{
	print_datagrams(engine);
	print_paths(engine);
	print_attempts(engine);
}
