// SPDX-License-Identifier: BSD-3-Clause
// A line of CSV in its two parts: rows of one moment begin alike.
// Neighbours: csv_format.c; csv_set.c writes the first part once for them.
#ifndef EXPORT_CSV_FORMAT_H
#define EXPORT_CSV_FORMAT_H

#include "mw_csv.h"

/** Appends the cells that every row has: schema, ts (0: not known) and probe. */
void csv_add_start(struct mw_text *text, uint16_t schema, uint64_t ts_ns, const char *probe);

/** Appends the record's own cells, each behind a comma, and LF. */
void csv_add_cells(struct mw_text *text, const struct mw_record *record, const void *row);

#endif
