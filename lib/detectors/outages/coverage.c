// SPDX-License-Identifier: BSD-3-Clause
// coverage.csv: of each line and class how much of the time was seen, blind, or asked by nobody.
// Neighbours: ledger.h counts; lines that never answered what was asked through them have no rows.
#include <string.h>

#include "control.h"
#include "mw_time.h"

static const char *const classes[OUTAGES_CLASSES] = {[OUTAGES_IPV6] = "ipv6",
													 [OUTAGES_IPV4] = "ipv4",
													 [OUTAGES_4IN6] = "4in6",
													 [OUTAGES_LAN] = "lan",
													 [OUTAGES_CLOSED] = "closed"};

#define ROW struct outages_coverage
#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(ROW, member), .help = text, __VA_ARGS__                     \
	}

static const struct mw_column columns[] = {
	COLUMN("line", TEXT, line, "the MAC address of the next hop, and /VLAN where there is one"),
	COLUMN("class", ENUM, class, "what is asked through it; lan: it is asked itself", .names = classes,
		   .names_count = OUTAGES_CLASSES),
	COLUMN("until", TIME, until_ns, "end of what is told here; ts is its begin, the first packet"),
	COLUMN("wall_s", DOUBLE, wall_s, "until - ts, seconds: the sum of the three that follow", .decimals = 3),
	COLUMN("seen_s", DOUBLE, seen_s, "something came or was asked: what failed in it is an outage", .decimals = 3),
	COLUMN("blind_s", DOUBLE, blind_s, "the mirror or midwatch did not see", .decimals = 3),
	COLUMN("unasked_s", DOUBLE, unasked_s, "nobody asked: neither up nor down", .decimals = 3),
};

const struct mw_record outages_coverage_record = {
	.name = "coverage",
	.help = "one row per line and class: how much of the time somebody asked, and could be seen",
	.schema = 1,
	.ts_offset = offsetof(struct outages_coverage, from_ns),
	.row_bytes = sizeof(struct outages_coverage),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

// Tenths of a second below a minute, as the lines of outages have them.
static void add_seconds(struct mw_text *line, const char *before, double seconds)
{
	mw_text_add(line, "%s", before);
	if (seconds < 59.95)
		mw_text_add(line, "%.1f s", seconds);
	else
		mw_time_add_duration(line, (uint64_t)((seconds + 0.05) * 1e9));
}

bool outages_coverage_line(const void *data, struct mw_text *line)
{
	const struct outages_coverage *row = data;

	mw_text_add(line, "%s of %s: ", classes[row->class], row->line);
	add_seconds(line, "seen ", row->seen_s);
	if (row->blind_s > 0)
		add_seconds(line, ", blind ", row->blind_s);
	add_seconds(line, ", nobody asked ", row->unasked_s);
	return true;
}

/** The class's ledger when it has a row; NULL: nothing was asked and answered through the line, or of it. */
static const struct outages_ledger *ledger_of(const struct outages_line *line, uint8_t class)
{
	const struct outages_ledger *ledger = &line->classes[class].ledger;

	if (!line->flap.forwards || ledger->from_ns == 0 || (class == OUTAGES_LAN && !outages_line_routes(line)))
		return NULL;
	return ledger;
}

static void report(const struct outages_control *self, const struct outages_line *line, uint64_t since_ns,
				   const struct mw_row_sink *rows)
{
	for (uint8_t class = 0; class < OUTAGES_CLASSES; class ++) {
		const struct outages_ledger *ledger = ledger_of(line, class);
		struct outages_coverage row = {.class = class};

		if (ledger == NULL || ledger->until_ns < since_ns)
			continue;
		outages_write_line(line->key, row.line, sizeof(row.line));
		outages_ledger_row(ledger, &self->times, self->taken_ns, &row);
		rows->row(rows->context, &outages_coverage_record, &row);
	}
}

void outages_on_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows)
{
	const struct outages_control *self = control->state;

	outages_take_due(control);
	for (uint32_t i = self->lines.by_age.oldest; i != 0; i = self->lines.lines[i].age.newer)
		report(self, &self->lines.lines[i], since_ns, rows);
}

static void add(const struct outages_control *self, const struct outages_line *line,
				struct mw_detector_watched *watched)
{
	for (uint8_t class = 0; class < OUTAGES_CLASSES; class ++) {
		const struct outages_ledger *ledger = ledger_of(line, class);
		struct outages_ledger now;

		if (ledger == NULL)
			continue;
		now = outages_ledger_at(ledger, &self->times, self->taken_ns);
		watched->seen_ns += now.seen_ns;
		watched->blind_ns += now.blind_ns;
		watched->unasked_ns += now.unasked_ns;
		watched->until_ns = self->taken_ns;
	}
}

void outages_on_watched(struct mw_detector_control *control, struct mw_detector_watched *watched)
{
	const struct outages_control *self = control->state;

	outages_take_due(control);
	for (uint32_t i = self->lines.by_age.oldest; i != 0; i = self->lines.lines[i].age.newer)
		add(self, &self->lines.lines[i], watched);
}
