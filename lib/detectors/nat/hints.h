// SPDX-License-Identifier: BSD-3-Clause
// Applications known to use a port: data with sources in config/nat. A hint, never a proof.
// Neighbours: habit.c asks; control.c loads them at start.
#ifndef NAT_HINTS_H
#define NAT_HINTS_H

#include "mw_base.h"

struct nat_hints;

/**
 * Reads lines "PROTOCOL PORT[-PORT] TEXT # SOURCE"; protocol tcp or udp; the source is asked for. problem: each mistake
 * with file and line. @return 0, -errno of the file, -EINVAL (mistakes were told), -ENOMEM.
 */
int nat_hints_load(const char *path,
				   void (*problem)(void *context, const char *file, unsigned line, const char *message), void *context,
				   struct nat_hints **hints);
void nat_hints_free(struct nat_hints *hints);

/** The text for a port, or NULL; hints may be NULL. protocol: enum mw_nat_protocol. The first line that fits wins. */
const char *nat_hints_find(const struct nat_hints *hints, uint8_t protocol, uint16_t port);

/** The installed file, else the one of the source tree. */
const char *nat_hints_default_path(void);

#endif
