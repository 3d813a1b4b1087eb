// SPDX-License-Identifier: BSD-3-Clause
// Reference pages made from the program's own tables.
// Neighbours: main.c (--document, --print-config); docs/reference holds what they print, and a test compares.
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

/** Prints the default configuration with comments. */
void documents_print_configuration(void);

/** Prints one page: settings, files, counters, commands, man, man-ctl or schema:FILE. @return 0 or -EINVAL. */
int documents_print(const char *kind);

#endif
