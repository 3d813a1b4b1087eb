// SPDX-License-Identifier: BSD-3-Clause
// Tests of the questions about devices, on a sysfs built by the test.
// Neighbours: lib/input/port_device.c.
#include "port_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_test.h"

#define ADDRESS "0000:3b:00.0"

static char root[64], said[512];

static void make_folder(const char *relative)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, relative);
	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

static void make_file(const char *relative, const char *content)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, relative);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void bind_driver(const char *driver)
{
	char target[128], path[256];

	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
	snprintf(path, sizeof(path), "%s/bus/pci/devices/" ADDRESS "/driver", root);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/midwatch-sysfs-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

static int check_pci(void)
{
	struct mw_text problem = mw_text_in(said, sizeof(said));

	return port_device_check_pci(root, ADDRESS, &problem);
}

static void missing_device_is_told_with_the_command_that_lists_devices(void **state)
{
	(void)state;
	assert_int_equal(check_pci(), -ENODEV);
	assert_string_equal(said,
						"there is no PCI device 0000:3b:00.0: dpdk-devbind.py --status-dev net lists those there are");
}

static void device_without_driver_is_told_how_to_get_one(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS "/iommu_group");
	assert_int_equal(check_pci(), -EBUSY);
	assert_non_null(strstr(said, "modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci 0000:3b:00.0"));
}

static void device_of_the_kernel_names_driver_and_interface(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS "/net/eth3");
	make_folder("bus/pci/devices/" ADDRESS "/iommu_group");
	bind_driver("ixgbe");
	assert_int_equal(check_pci(), -EBUSY);
	assert_non_null(strstr(said, "kernel driver ixgbe"));
	assert_non_null(strstr(said, "dpdk-devbind.py --bind=vfio-pci 0000:3b:00.0"));
	assert_non_null(strstr(said, "-i eth3"));
}

static void drivers_that_dpdk_uses_pass(void **state)
{
	static const char *const drivers[] = {"uio_pci_generic", "igb_uio", "mlx5_core", "mlx4_core", "vfio-pci"};

	(void)state;
	make_folder("bus/pci/devices/" ADDRESS "/iommu_group");
	for (size_t i = 0; i < MW_ARRAY_SIZE(drivers); i++) {
		bind_driver(drivers[i]);
		assert_int_equal(check_pci(), 0);
		assert_string_equal(said, "");
	}
}

static void vfio_without_iommu_is_told(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS);
	bind_driver("vfio-pci");
	assert_int_equal(check_pci(), -ENODEV);
	assert_non_null(strstr(said, "intel_iommu=on"));
}

static void without_iommu_the_advice_is_a_driver_that_needs_none(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS);
	assert_int_equal(check_pci(), -EBUSY);
	assert_non_null(strstr(said, "modprobe uio_pci_generic && dpdk-devbind.py --bind=uio_pci_generic 0000:3b:00.0"));
	bind_driver("ixgbe");
	assert_int_equal(check_pci(), -EBUSY);
	assert_non_null(strstr(said, "dpdk-devbind.py --bind=uio_pci_generic 0000:3b:00.0"));
}

static void a_disk_is_never_told_to_be_bound(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS "/virtio4");
	make_file("bus/pci/devices/" ADDRESS "/class", "0x010000\n");
	bind_driver("virtio-pci");
	assert_int_equal(check_pci(), -ENODEV);
	assert_non_null(strstr(said, "0000:3b:00.0 is no network card (PCI class 0x010000)"));
	assert_null(strstr(said, "--bind"));
}

static void an_interface_of_virtio_is_named(void **state)
{
	(void)state;
	make_folder("bus/pci/devices/" ADDRESS "/virtio4/net/ens5");
	make_file("bus/pci/devices/" ADDRESS "/class", "0xffff00\n"); // as some hypervisors have it
	bind_driver("virtio-pci");
	assert_int_equal(check_pci(), -EBUSY);
	assert_non_null(strstr(said, "watch it with -i ens5"));
}

static void hugepages_of_any_size_count(void **state)
{
	struct mw_text problem = mw_text_in(said, sizeof(said));

	(void)state;
	assert_int_equal(port_device_check_hugepages(root, &problem), -ENOMEM);
	assert_non_null(strstr(said, "there are no free hugepages"));
	make_folder("kernel/mm/hugepages/hugepages-2048kB");
	make_folder("kernel/mm/hugepages/hugepages-1048576kB");
	make_file("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	assert_int_equal(port_device_check_hugepages(root, &problem), -ENOMEM);
	make_file("kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "2\n");
	assert_int_equal(port_device_check_hugepages(root, &problem), 0);
	make_file("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "3\n");
	assert_int_equal(port_device_hugepages_bytes(root), (UINT64_C(2) << 30) + 3 * (UINT64_C(2) << 20));
}

static void queues_and_missed_frames_are_read(void **state)
{
	(void)state;
	assert_int_equal(port_device_queues(root, "eth0"), 1);
	assert_int_equal(port_device_missed_pkts(root, "eth0"), 0);
	make_folder("class/net/eth0/queues/rx-0");
	make_folder("class/net/eth0/queues/rx-1");
	make_folder("class/net/eth0/queues/tx-0");
	make_folder("class/net/eth0/statistics");
	make_file("class/net/eth0/statistics/rx_missed_errors", "4711\n");
	assert_int_equal(port_device_queues(root, "eth0"), 2);
	assert_int_equal(port_device_missed_pkts(root, "eth0"), 4711);
}

static void lost_links_are_as_the_kernel_counts_them(void **state)
{
	(void)state;
	assert_int_equal(port_device_link_losses(root, "eth0"), 0); // an old kernel
	make_folder("class/net/eth0");
	make_file("class/net/eth0/carrier_down_count", "12\n");
	assert_int_equal(port_device_link_losses(root, "eth0"), 12);
}

static void interface_must_exist(void **state)
{
	struct mw_text problem = mw_text_in(said, sizeof(said));

	(void)state;
	assert_int_equal(port_device_check_interface("no-such-if", &problem), -ENODEV);
	assert_string_equal(said, "there is no interface \"no-such-if\": ip -brief link lists those there are");
	problem = mw_text_in(said, sizeof(said));
	assert_int_equal(port_device_check_interface("a-name-longer-than-any-interface", &problem), -ENODEV);
	assert_int_equal(port_device_mtu_bytes("no-such-if"), 0);
	port_device_warn_offloads(root, "no-such-if", true);
}

#define SYSFS_TEST(function) cmocka_unit_test_setup_teardown(function, make_root, remove_root)

static const struct CMUnitTest tests[] = {
	SYSFS_TEST(missing_device_is_told_with_the_command_that_lists_devices),
	SYSFS_TEST(device_without_driver_is_told_how_to_get_one),
	SYSFS_TEST(device_of_the_kernel_names_driver_and_interface),
	SYSFS_TEST(drivers_that_dpdk_uses_pass),
	SYSFS_TEST(vfio_without_iommu_is_told),
	SYSFS_TEST(without_iommu_the_advice_is_a_driver_that_needs_none),
	SYSFS_TEST(a_disk_is_never_told_to_be_bound),
	SYSFS_TEST(an_interface_of_virtio_is_named),
	SYSFS_TEST(hugepages_of_any_size_count),
	SYSFS_TEST(queues_and_missed_frames_are_read),
	SYSFS_TEST(lost_links_are_as_the_kernel_counts_them),
	SYSFS_TEST(interface_must_exist),
};
MW_TEST_MAIN("port_device", tests)
