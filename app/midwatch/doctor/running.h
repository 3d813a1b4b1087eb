// SPDX-License-Identifier: BSD-3-Clause
// A midwatch that runs on this machine, and whether its rows are about the port that is asked about.
// Neighbours: facts.c calls it; ../options.c reads the command line of that process as it read that of ours.
#ifndef DOCTOR_RUNNING_H
#define DOCTOR_RUNNING_H

#include "doctor.h"

/**
 * Fills running and watched, and takes the directory of rows from the process when it names one. Of several processes
 * that which watches the port counts.
 */
void running_find(struct doctor *doctor);

#endif
