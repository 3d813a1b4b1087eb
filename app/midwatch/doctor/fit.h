// SPDX-License-Identifier: BSD-3-Clause
// Whether midwatch setup takes a port: what it refuses, doctor must not recommend.
// Neighbours: fit.c asks carries.h and the facts; ../setup refuses by it, the checks tell their command by it.
#ifndef DOCTOR_FIT_H
#define DOCTOR_FIT_H

#include "doctor.h"

/**
 * Whether setup writes the machine's files for this port. @return false, with the reason and what to do instead
 * appended to why: no port, a virtual one or the loopback, one that the machine needs, one that is not there, the
 * package missing, more hugepages than the machine can spare.
 */
bool fit_for_setup(const struct doctor *doctor, struct mw_text *why);

/** Whether so many hugepages leave the machine a quarter of its memory. @return false, with what to do in why. */
bool fit_memory(const char *root, uint64_t pages, struct mw_text *why);

/** Sets the verdict; when it is not good, tells to run setup and then after (""), or why that would be refused. */
void fit_judge(const struct doctor *doctor, struct doctor_row *row, bool good, const char *after);

#endif
