// SPDX-License-Identifier: BSD-3-Clause
// On what it was measured: nanoseconds mean little without it.
// Neighbours: bench.c prints it; report.c writes it into the JSON.
#ifndef MACHINE_H
#define MACHINE_H

/** One machine. */
struct machine {
	char cpu[128];
	double clock_ghz; // what a core runs at, by a chain of multiplications; 0 where that is not known
	double counter_ghz; // of the time stamp counter
	unsigned cores; // that this process was given
	double hugepages_mib; // free ones of 2 MiB
};

/** Takes a few milliseconds. */
void machine_read(struct machine *machine);
void machine_print(const struct machine *machine);

#endif
