// SPDX-License-Identifier: BSD-3-Clause
// What stands above many findings: how many of each severity, and a line for each that is on the page.
// Neighbours: report/findings.c prints the findings in the same order.
#ifndef REPORT_INDEX_H
#define REPORT_INDEX_H

#include "mw_finding.h"

/** "2 critical, 15 warning", on the line that is being printed. */
void index_print_severities(const struct mw_finding *const *findings, uint32_t count);

/** Where there are many, a numbered line each: severity, id, subject. places: as mw_page_arrange has filled them. */
void index_print(const struct mw_finding *const *findings, const uint8_t *places, uint32_t count);

#endif
