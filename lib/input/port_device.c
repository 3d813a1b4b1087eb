// SPDX-License-Identifier: BSD-3-Clause
// sysfs, ioctl and capability questions about devices.
// Neighbours: port_device.h. sysfs layout: Documentation/ABI/testing/sysfs-bus-pci and sysfs-class-net.
#include "port_device.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_log.h"

#define PATH_BYTES 512

uint64_t port_device_hugepages_bytes(const char *sysfs)
{
	char path[PATH_BYTES];
	DIR *folder;
	const struct dirent *entry;
	uint64_t bytes = 0, kib;

	snprintf(path, sizeof(path), "%s/kernel/mm/hugepages", sysfs);
	folder = opendir(path);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (sscanf(entry->d_name, "hugepages-%" SCNu64 "kB", &kib) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/kernel/mm/hugepages/%s/free_hugepages", sysfs, entry->d_name);
		bytes += mw_file_number(path) * kib << 10;
	}
	if (folder != NULL)
		closedir(folder);
	return bytes;
}

int port_device_check_hugepages(const char *sysfs, struct mw_text *problem)
{
	if (port_device_hugepages_bytes(sysfs) != 0)
		return 0;
	mw_text_add(problem, "there are no free hugepages");
	return -ENOMEM;
}

static int ask_interface(const char *name, unsigned long request, struct ifreq *answer)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); // any kind answers: one that can send nothing to a network
	int error;

	if (fd < 0)
		return -errno;
	snprintf(answer->ifr_name, sizeof(answer->ifr_name), "%s", name);
	error = ioctl(fd, request, answer) == 0 ? 0 : -errno;
	close(fd);
	return error;
}

int port_device_check_interface(const char *name, struct mw_text *problem)
{
	struct ifreq answer = {0};

	if (strlen(name) >= IF_NAMESIZE || ask_interface(name, SIOCGIFFLAGS, &answer) != 0) {
		mw_text_add(problem, "there is no interface \"");
		mw_text_add_escaped(problem, (const uint8_t *)name, strlen(name));
		mw_text_add(problem, "\": ip -brief link lists those there are");
		return -ENODEV;
	}
	if ((answer.ifr_flags & IFF_UP) == 0) {
		mw_text_add(problem, "%s is down: ip link set dev %s up", name, name);
		return -ENODEV;
	}
	return 0;
}

#define BIT(capability) (UINT64_C(1) << (capability))

/** What a kind of port needs: measured by taking one capability away after the other. */
static const struct {
	uint64_t capabilities;
	const char *names, *setpriv;
} privileges[] = {
	// without CAP_PERFMON the verifier refuses the XDP program that looks prefixes up
	{BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN) | BIT(CAP_IPC_LOCK) | BIT(CAP_BPF) | BIT(CAP_PERFMON),
	 "CAP_NET_RAW, CAP_NET_ADMIN, CAP_IPC_LOCK, CAP_BPF and CAP_PERFMON",
	 "+net_raw,+net_admin,+ipc_lock,+bpf,+perfmon"},
	{BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN) | BIT(CAP_IPC_LOCK), "CAP_NET_RAW, CAP_NET_ADMIN and CAP_IPC_LOCK",
	 "+net_raw,+net_admin,+ipc_lock"},
};

uint64_t mw_port_capabilities(enum mw_port_kind kind, const char **names, const char **setpriv)
{
	bool packet_only = kind == MW_PORT_AF_PACKET;

	if (kind != MW_PORT_AF_XDP && !packet_only)
		return 0;
	*names = privileges[packet_only].names;
	*setpriv = privileges[packet_only].setpriv;
	return privileges[packet_only].capabilities;
}

// What stands for others: capabilities(7), and memory that may be locked without one.
static uint64_t with_implied(uint64_t have)
{
	struct rlimit locked;

	if ((have & BIT(CAP_SYS_ADMIN)) != 0)
		have |= BIT(CAP_BPF) | BIT(CAP_PERFMON);
	if (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur == RLIM_INFINITY)
		have |= BIT(CAP_IPC_LOCK);
	return have;
}

int port_device_check_privileges(const char *name, bool packet_only, struct mw_text *problem)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	uint64_t need = privileges[packet_only].capabilities;
	uint64_t have;

	if (syscall(SYS_capget, &header, data) != 0)
		return 0; // nobody can tell: the device will
	have = with_implied(data[0].effective | (uint64_t)data[1].effective << 32);
	if ((have & need) == need)
		return 0;
	mw_text_add(problem, "%s needs root or %s: run it with sudo, or setpriv --ambient-caps %s", name,
				privileges[packet_only].names, privileges[packet_only].setpriv);
	return -EPERM;
}

static uint32_t speed_mbps_of(const char *sysfs, const char *name)
{
	char path[PATH_BYTES];
	uint64_t mbps;

	snprintf(path, sizeof(path), "%s/class/net/%s/speed", sysfs, name);
	mbps = mw_file_number(path);
	return mbps > INT32_MAX ? 0 : (uint32_t)mbps; // the kernel says -1 for what it does not know
}

enum mw_port_link port_device_link(const char *sysfs, const char *name, uint32_t ifindex, uint32_t *speed_mbps)
{
	struct ifreq answer = {0};

	if (if_nametoindex(name) != ifindex || ask_interface(name, SIOCGIFFLAGS, &answer) != 0)
		return MW_PORT_LINK_GONE;
	if ((answer.ifr_flags & IFF_UP) == 0 || (answer.ifr_flags & IFF_RUNNING) == 0)
		return MW_PORT_LINK_DOWN;
	*speed_mbps = speed_mbps_of(sysfs, name);
	return MW_PORT_LINK_UP;
}

uint64_t port_device_link_losses(const char *sysfs, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/class/net/%s/carrier_down_count", sysfs, name);
	return mw_file_number(path);
}

uint32_t port_device_mtu_bytes(const char *name)
{
	struct ifreq answer = {0};

	return ask_interface(name, SIOCGIFMTU, &answer) == 0 && answer.ifr_mtu > 0 ? (uint32_t)answer.ifr_mtu : 0;
}

uint16_t port_device_queues(const char *sysfs, const char *name)
{
	char path[PATH_BYTES];
	uint16_t queues = 0;

	for (;; queues++) {
		snprintf(path, sizeof(path), "%s/class/net/%s/queues/rx-%u", sysfs, name, queues);
		if (queues == UINT16_MAX || access(path, F_OK) != 0)
			return queues == 0 ? 1 : queues;
	}
}

static uint32_t ask_ethtool(const char *name, uint32_t command)
{
	struct ethtool_value value = {.cmd = command};
	struct ifreq request = {.ifr_data = (char *)&value};

	return ask_interface(name, SIOCETHTOOL, &request) == 0 ? value.data : 0;
}

void port_device_warn_offloads(const char *sysfs, const char *name, bool is_xdp)
{
	char path[PATH_BYTES];
	uint32_t flags = ask_ethtool(name, ETHTOOL_GFLAGS);

	snprintf(path, sizeof(path), "%s/class/net/%s/device", sysfs, name);
	if (access(path, F_OK) != 0)
		return; // virtual interfaces do none of this by themselves
	if (!is_xdp && ((flags & ETH_FLAG_LRO) != 0 || ask_ethtool(name, ETHTOOL_GGRO) != 0))
		mw_log_warning("%s: the kernel joins segments before they are seen: ethtool -K %s gro off lro off", name, name);
	if (is_xdp && (flags & ETH_FLAG_RXVLAN) != 0)
		mw_log_warning("%s: the NIC takes VLAN tags off before they are seen: ethtool -K %s rxvlan off", name, name);
}

uint64_t port_device_missed_pkts(const char *sysfs, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/class/net/%s/statistics/rx_missed_errors", sysfs, name);
	return mw_file_number(path);
}
