// SPDX-License-Identifier: BSD-3-Clause
// AF_PACKET and AF_XDP sockets of this process, found through /proc/self.
// Neighbours: port_packet.h.
#include "port_packet.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port.h"

#define RING_BYTES      (16u << 20)
#define BLOCK_BYTES     (64u << 10)
#define FRAME_BYTES_MIN 2048u
#define FRAME_BYTES_MAX 32768u

static uint32_t power_of_two(uint64_t at_least, uint32_t lowest, uint32_t highest)
{
	uint32_t value = lowest;

	while (value < at_least && value < highest)
		value *= 2;
	return value;
}

struct port_packet_ring port_packet_ring(uint32_t mtu_bytes, uint64_t descriptors)
{
	uint64_t needed_bytes = (uint64_t)mtu_bytes + PORT_LINK_HEADER_BYTES + PORT_PACKET_HEADER_BYTES;
	uint32_t frame_bytes = power_of_two(needed_bytes, FRAME_BYTES_MIN, FRAME_BYTES_MAX);

	return (struct port_packet_ring){
		.block_bytes = BLOCK_BYTES,
		.frame_bytes = frame_bytes,
		.frames = power_of_two(descriptors, RING_BYTES / frame_bytes, 65536),
	};
}

static bool is_wanted(int fd, int family, int ifindex)
{
	int domain = 0;
	socklen_t domain_bytes = sizeof(domain);
	struct sockaddr_ll address = {0};
	socklen_t address_bytes = sizeof(address);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_bytes) != 0 || domain != family)
		return false;
	if (family != AF_PACKET)
		return true;
	return getsockname(fd, (struct sockaddr *)&address, &address_bytes) == 0 && address.sll_ifindex == ifindex;
}

void port_sockets_find(struct port_sockets *sockets, int family, int ifindex)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;

	*sockets = (struct port_sockets){.family = family};
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && sockets->count < PORT_SOCKETS_MAX && is_wanted(fd, family, ifindex))
			sockets->fds[sockets->count++] = fd;
	}
	closedir(folder);
}

void port_sockets_subtract(struct port_sockets *sockets, const struct port_sockets *before)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sockets->count; i++) {
		bool old = false;

		for (uint32_t j = 0; j < before->count; j++)
			old = old || before->fds[j] == sockets->fds[i];
		if (!old)
			sockets->fds[kept++] = sockets->fds[i];
	}
	sockets->count = kept;
}

// Where the driver mapped the ring of this socket.
static void *find_mapping(int fd, size_t mapping_bytes)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	struct stat status;
	void *found = NULL;

	if (maps == NULL)
		return NULL;
	if (fstat(fd, &status) == 0) {
		while (found == NULL && fgets(line, sizeof(line), maps) != NULL) {
			unsigned long start, end, inode;

			if (sscanf(line, "%lx-%lx %*s %*s %*s %lu socket:", &start, &end, &inode) == 3 && inode == status.st_ino &&
				end - start == mapping_bytes)
				found = (void *)start; // NOLINT(performance-no-int-to-ptr): the kernel gives it as text
		}
	}
	fclose(maps);
	return found;
}

// As the driver sets its own up.
static int make_ring(int fd, const struct port_packet_ring *ring)
{
	int version = TPACKET_V2;
	struct tpacket_req request = {
		.tp_block_size = ring->block_bytes,
		.tp_block_nr = ring->frames / (ring->block_bytes / ring->frame_bytes),
		.tp_frame_size = ring->frame_bytes,
		.tp_frame_nr = ring->frames,
	};

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &request, sizeof(request)) != 0)
		return -errno;
	return 0;
}

// The ring must lie where the driver looks: our mapping replaces its mapping.
static int map_and_bind(int fd, void *where, size_t mapping_bytes, int ifindex, bool in_group)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int group = ((getpid() ^ ifindex) & 0x7fff) | 0x8000 | PACKET_FANOUT_HASH << 16;

	if (mmap(where, mapping_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) != where)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	if (in_group && setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, sizeof(group)) != 0)
		return -errno;
	return 0;
}

static int replace_one(int old_fd, const struct port_packet_ring *ring, int ifindex, bool in_group)
{
	size_t mapping_bytes = 2 * (size_t)ring->frames * ring->frame_bytes; // receive and send
	void *where = find_mapping(old_fd, mapping_bytes);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = where == NULL ? -ENOENT : make_ring(fd, ring);
	if (error == 0)
		error = map_and_bind(fd, where, mapping_bytes, ifindex, in_group);
	if (error == 0 && dup3(fd, old_fd, O_CLOEXEC) < 0)
		error = -errno;
	close(fd);
	return error;
}

int port_packet_replace(struct port_sockets *sockets, const struct port_packet_ring *ring, int ifindex)
{
	int error = sockets->count == 0 ? -ENOENT : 0;

	for (uint32_t i = 0; error == 0 && i < sockets->count; i++)
		error = replace_one(sockets->fds[i], ring, ifindex, sockets->count > 1);
	return error;
}

int port_packet_promiscuous(int ifindex)
{
	struct packet_mreq request = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); // of no protocol: it receives nothing
	int error;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static uint64_t xdp_dropped_pkts(int fd)
{
	struct xdp_statistics stats = {0};
	socklen_t stats_bytes = sizeof(stats);

	if (getsockopt(fd, SOL_XDP, XDP_STATISTICS, &stats, &stats_bytes) != 0)
		return 0;
	return stats.rx_dropped + stats.rx_ring_full; // the driver tells only the first
}

static uint64_t packet_dropped_pkts(int fd)
{
	struct tpacket_stats stats = {0};
	socklen_t stats_bytes = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &stats_bytes) != 0)
		return 0;
	return stats.tp_drops;
}

uint64_t port_sockets_dropped_pkts(struct port_sockets *sockets)
{
	uint64_t now_pkts = 0;

	for (uint32_t i = 0; i < sockets->count; i++) {
		if (sockets->family == AF_XDP)
			now_pkts += xdp_dropped_pkts(sockets->fds[i]);
		else
			sockets->dropped_pkts += packet_dropped_pkts(sockets->fds[i]);
	}
	return sockets->dropped_pkts + now_pkts;
}
