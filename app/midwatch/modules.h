// SPDX-License-Identifier: BSD-3-Clause
// Every section of the configuration: the modules' tables in the order of the file.
// Neighbours: engine.c, documents/documents.c, main.c.
#ifndef MODULES_H
#define MODULES_H

#include "mw_settings.h"

#define MODULES_MAX 64

/** Fills modules. @return how many. */
uint32_t modules_all(const struct mw_settings_module *modules[MODULES_MAX]);

#endif
