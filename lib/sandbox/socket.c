// SPDX-License-Identifier: BSD-3-Clause
// socket(2) in the C library's place, for all of the process: DPDK's drivers and the C library ask interfaces (ioctl)
// through a socket of INET. A local one answers the same, and with it nothing can be sent to a network.
// Neighbours: calls.c, which lets no other through. netdevice(7): any socket will do.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

#ifndef MW_SANITIZED // ThreadSanitizer has a socket() of its own
#define KIND 0xf // of a type; the rest are flags

int socket(int domain, int type, int protocol) // NOLINT: the C library's declaration names them otherwise
{
	if ((domain == AF_INET || domain == AF_INET6) && (type & KIND) == SOCK_DGRAM)
		return (int)syscall(SYS_socket, AF_UNIX, type, 0);
	return (int)syscall(SYS_socket, domain, type, protocol);
}
#endif
