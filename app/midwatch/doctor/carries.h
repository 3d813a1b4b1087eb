// SPDX-License-Identifier: BSD-3-Clause
// Whether the machine needs an interface for itself: to take it would cut the operator off.
// Neighbours: port.c tells it, ../setup refuses such a port.
#ifndef DOCTOR_CARRIES_H
#define DOCTOR_CARRIES_H

#include "mw_base.h"
#include "mw_text.h"

/**
 * Looks for a default route (IPv4, IPv6) and for connections of an SSH server on the interface, or on a bridge, bond or
 * VLAN above it, and appends which. @return false for none of both.
 */
bool carries(const char *root, const char *interface, struct mw_text *what);

#endif
