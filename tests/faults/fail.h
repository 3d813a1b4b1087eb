// SPDX-License-Identifier: BSD-3-Clause
// What the library that makes calls fail is asked by the parts of midwatch that it cannot reach by a name.
// Neighbours: fail.c, rings.c. Any thread.
#ifndef FAULTS_FAIL_H
#define FAULTS_FAIL_H

#include <stdbool.h>

/** True when this event, or this hand-over of packets, is the one that finds no room. Absent without the library. */
bool fail_event(void) __attribute__((weak));
bool fail_handover(void) __attribute__((weak));

#endif
