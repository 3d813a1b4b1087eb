// SPDX-License-Identifier: BSD-3-Clause
// What is, what should be, and the one command that mends it: a port and the machine around it, for the operator.
// Neighbours: each file of this folder has the checks of one concept; doctor.c runs and shows them. Reads files alone,
// sends nothing, changes nothing, and needs root only for what others may not read.
#ifndef DOCTOR_H
#define DOCTOR_H

#include <sched.h>
#include <sys/types.h>

#include "mw_pci.h"
#include "mw_port.h"
#include "mw_text.h"

struct options;

/** What the checks may know. */
struct doctor {
	const char *root; // stands before every path; "" is this machine
	struct mw_port_spec port; // text is "" when none is named
	struct mw_pci pci; // of a PCI port
	char interface[16]; // the kernel's; "" when it has none
	char device[64]; // its folder under root; "" for none, as of a virtual interface
	int node; // NUMA node of the port, -1 for none
	cpu_set_t cores; // that the workers are pinned to; empty for none
	uint32_t workers; // that the command line asks for; 0: as a mirror needs
	uint64_t hugepages; // of 2 MiB, that workers and buffers want
	cpu_set_t setup_cores; // that setup gives to workers; empty on a machine that has none to give
	uint64_t setup_hugepages; // that setup writes down for them
	char output[MW_SETTING_TEXT_BYTES]; // directory of rows
	pid_t running; // a midwatch that runs; 0 for none
	uint32_t watched; // ports that it watches, this one among them; 0: not this one
	const char *configuration; // the file that is read; NULL for none
	bool configured; // it and what else was set are good
};

enum doctor_verdict {
	DOCTOR_SKIPPED, // does not concern this port
	DOCTOR_FINE,
	DOCTOR_MEND,
	DOCTOR_NOTE, // not as it should be here, but not in the way
	DOCTOR_UNKNOWN, // could not be read
};

/** One line of the table. */
struct doctor_row {
	enum doctor_verdict verdict;
	struct mw_text is, should, mend;
};

struct doctor_check {
	const char *name;
	void (*look)(const struct doctor *doctor, struct doctor_row *row);
};

/** The checks of one file. */
struct doctor_section {
	const struct doctor_check *checks;
	uint32_t count;
};
extern const struct doctor_section doctor_port, doctor_bus, doctor_hugepages, doctor_cores, doctor_clock, doctor_mirror;

/** Whether the firmware offers an IOMMU, used or not. */
bool doctor_firmware_has_iommu(const char *root);

/** Sets the verdict, and when it is not good adds the command. */
void doctor_judge(struct doctor_row *row, bool good, const char *format, ...) MW_PRINTF(3, 4);

/** Says that something could not be read, and from where. */
void doctor_unread(struct doctor_row *row, const char *what);

/**
 * Looks at everything and prints the table.
 * @return 0: all is well; 1: something is to be mended; 2: usage.
 */
int doctor_run(const struct options *options);

#endif
