// SPDX-License-Identifier: BSD-3-Clause
// Where a run may keep what spares the next one work.
// Neighbours: engine.c asks; lib/signature/stored.c writes there. XDG Base Directory Specification; systemd.exec(5).
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

/**
 * Opens, and where it is missing makes: the state directory of the service ($STATE_DIRECTORY), else
 * $XDG_CACHE_HOME/midwatch, else ~/.cache/midwatch. Each only if it is this user's and nobody else may write there.
 * @return a descriptor to be closed; -1: there is no such place, which is no error.
 */
int store_place_open(void);

#endif
