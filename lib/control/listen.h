// SPDX-License-Identifier: BSD-3-Clause
// The listening socket and its file.
// Neighbours: listen.c, server.c.
#ifndef LISTEN_H
#define LISTEN_H

#include <sys/stat.h>
#include <sys/un.h>

#include "mw_base.h"
#include "mw_text.h"

/** A listening socket and which file is its own. */
struct listener {
	int fd;
	dev_t dev;
	ino_t ino;
	struct sockaddr_un address;
};

/** As mw_server_open. */
int listener_open(struct listener *listener, const char *path, const char *group);

/** Closes, and removes the file if it is still the one that was made. */
void listener_close(struct listener *listener);

#endif
