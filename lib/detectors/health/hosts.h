// SPDX-License-Identifier: BSD-3-Clause
// Who asked what still lives, and had no answer: a family that suffers on one host alone is that host's affair.
// Neighbours: control.c notes, rows.c takes the sum, finding_family.c weighs it. Control thread.
#ifndef HEALTH_HOSTS_H
#define HEALTH_HOSTS_H

#include "cells.h"

#define HEALTH_HOSTS_MAX 64 // of an interval and family; hosts of one hash count as one

struct health_host {
	struct mw_address address;
	uint32_t asked, unanswered; // transmissions to peers that live
};

struct health_hosts {
	struct health_host hosts[HEALTH_INTERVALS_MAX][HEALTH_FAMILIES][HEALTH_HOSTS_MAX];
};

/** An exchange of asker with a peer that lives has ended after so many transmissions; hash is the asker's. */
void health_hosts_note(struct health_hosts *hosts, uint32_t interval, uint8_t family, uint64_t hash,
					   const struct mw_address *asker, uint32_t asked, bool answered);

/** Who had fewest answers in an interval, and all others together, to the sum of its family. */
void health_hosts_add(const struct health_hosts *hosts, uint32_t interval, struct health_row *sum);

/** The interval is written. */
void health_hosts_forget(struct health_hosts *hosts, uint32_t interval);

#endif
