// SPDX-License-Identifier: BSD-3-Clause
// What systemd is told: sd_notify(3) without the library. Nothing happens where nobody asked for it.
// Neighbours: live/live.c; config/midwatch.service.in has Type=notify and WatchdogSec.
#ifndef NOTIFY_H
#define NOTIFY_H

/** Connects to $NOTIFY_SOCKET while that is still allowed. Main thread, once. */
void notify_open(void);

/** Sends a state, such as "READY=1". Never waits. Main thread. */
void notify_say(const char *state);

#endif
