// SPDX-License-Identifier: BSD-3-Clause
// sysfs, ioctl and capability questions about devices.
// Neighbours: port_device.h. sysfs layout: Documentation/ABI/testing/sysfs-bus-pci and sysfs-class-net.
#include "port_device.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_log.h"

#define PATH_BYTES 512

// The last part of what the link at path points to; false when there is no link.
static bool read_link_name(const char *path, struct mw_text *name)
{
	char target[PATH_BYTES];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (len < 0)
		return false;
	target[len] = '\0';
	slash = strrchr(target, '/');
	mw_text_add(name, "%s", slash == NULL ? target : slash + 1);
	return true;
}

// The first entry of a folder that is not hidden; false when there is none.
static bool first_entry(const char *path, struct mw_text *name)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		return false;
	while (!found && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		mw_text_add(name, "%s", entry->d_name);
		found = true;
	}
	closedir(folder);
	return found;
}

static int explain_kernel_driver(const char *folder, const char *address, const char *driver, struct mw_text *problem)
{
	char path[PATH_BYTES + 16];
	char chars[IF_NAMESIZE];
	struct mw_text interface = mw_text_in(chars, sizeof(chars));

	snprintf(path, sizeof(path), "%s/net", folder);
	mw_text_add(problem,
				"%s belongs to the kernel driver %s: give it to DPDK with dpdk-devbind.py --bind=vfio-pci %s "
				"(for every boot: a line in /etc/dpdk/interfaces)",
				address, driver, address);
	if (first_entry(path, &interface))
		mw_text_add(problem, ", or leave it there and watch it with -i %s", chars);
	return -EBUSY;
}

int port_device_check_pci(const char *sysfs, const char *address, struct mw_text *problem)
{
	static const char *const usable[] = {"vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core", "mlx4_core"};
	char folder[PATH_BYTES];
	char path[PATH_BYTES + 16];
	char driver[64];
	struct mw_text driver_text = mw_text_in(driver, sizeof(driver));
	bool known = false;

	snprintf(folder, sizeof(folder), "%s/bus/pci/devices/%s", sysfs, address);
	if (access(folder, F_OK) != 0) {
		mw_text_add(problem, "there is no PCI device %s: dpdk-devbind.py --status-dev net lists those there are",
					address);
		return -ENODEV;
	}
	snprintf(path, sizeof(path), "%s/driver", folder);
	if (!read_link_name(path, &driver_text)) {
		mw_text_add(problem, "%s has no driver: modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci %s", address,
					address);
		return -EBUSY;
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(usable); i++)
		known = known || strcmp(driver, usable[i]) == 0;
	if (!known)
		return explain_kernel_driver(folder, address, driver, problem);
	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	if (strcmp(driver, "vfio-pci") == 0 && access(path, F_OK) != 0) {
		mw_text_add(problem,
					"%s is bound to vfio-pci but the IOMMU is off: switch VT-d or AMD-Vi on in the firmware and boot "
					"with intel_iommu=on, or dpdk-devbind.py --bind=uio_pci_generic %s",
					address, address);
		return -ENODEV;
	}
	return 0;
}

int port_device_check_hugepages(const char *sysfs, struct mw_text *problem)
{
	char path[PATH_BYTES];
	DIR *folder;
	const struct dirent *entry;
	uint64_t pages = 0;

	snprintf(path, sizeof(path), "%s/kernel/mm/hugepages", sysfs);
	folder = opendir(path);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/kernel/mm/hugepages/%s/free_hugepages", sysfs, entry->d_name);
		pages += mw_file_number(path);
	}
	if (folder != NULL)
		closedir(folder);
	if (pages != 0)
		return 0;
	mw_text_add(problem, "there are no free hugepages: sysctl vm.nr_hugepages=1024 (for every boot: NR_2M_PAGES in "
						 "/etc/dpdk/dpdk.conf)");
	return -ENOMEM;
}

static int ask_interface(const char *name, unsigned long request, struct ifreq *answer)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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
	// without CAP_SYS_ADMIN the verifier refuses the XDP program that looks prefixes up
	{BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN) | BIT(CAP_IPC_LOCK) | BIT(CAP_SYS_ADMIN),
	 "CAP_NET_RAW, CAP_NET_ADMIN, CAP_IPC_LOCK and CAP_SYS_ADMIN", "+net_raw,+net_admin,+ipc_lock,+sys_admin"},
	{BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN) | BIT(CAP_IPC_LOCK), "CAP_NET_RAW, CAP_NET_ADMIN and CAP_IPC_LOCK",
	 "+net_raw,+net_admin,+ipc_lock"},
};

int port_device_check_privileges(const char *name, bool packet_only, struct mw_text *problem)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	uint64_t need = privileges[packet_only].capabilities;
	uint64_t have;

	if (syscall(SYS_capget, &header, data) != 0)
		return 0; // nobody can tell: the device will
	have = data[0].effective | (uint64_t)data[1].effective << 32;
	if ((have & need) == need)
		return 0;
	mw_text_add(problem, "%s needs root or %s: run it with sudo, or setpriv --ambient-caps %s", name,
				privileges[packet_only].names, privileges[packet_only].setpriv);
	return -EPERM;
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
