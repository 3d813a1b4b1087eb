// SPDX-License-Identifier: BSD-3-Clause
// Names that a gateway asks for before it has IPv4 over IPv6.
// Neighbours: fetch.c; config/mape/provisioning.txt has them, each with its source.
#ifndef OUTAGES_PROVISIONING_H
#define OUTAGES_PROVISIONING_H

#include "mw_base.h"

#define OUTAGES_NAMES_MAX 32

struct outages_name {
	char name[96], service[48];
	bool relay; // its address is all that is asked for; else rules are fetched from it
};

struct outages_names {
	struct outages_name items[OUTAGES_NAMES_MAX];
	uint32_t count;
};

/** Where they are: installed, or beside the source. */
const char *outages_names_default_path(void);

/** Reads them; a line that is not sound is told with its number and left out. @return 0 or -errno: there is none. */
int outages_names_load(struct outages_names *names, const char *path);

#endif
