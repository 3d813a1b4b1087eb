// SPDX-License-Identifier: BSD-3-Clause
// How a run is asked for. Neighbours: replays.c serves, run.c asks.
#pragma once

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/** The environment variable that names the socket: AF_UNIX, SOCK_SEQPACKET, abstract, so that no file stays behind. */
#define REPLAYS_SOCKET "MW_REPLAYS"

/**
 * A request is one message: the working directory and the words of the command line, each with its NUL; with it come
 * the three standard streams (SCM_RIGHTS). The answer is one int, the status as waitpid() has it.
 */
#define REPLAYS_REQUEST_BYTES 65536
#define REPLAYS_STREAMS       3
#define REPLAYS_FAILED        125 // exit status of both programs: no run came about

static inline struct sockaddr_un replays_address(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	return address;
}
