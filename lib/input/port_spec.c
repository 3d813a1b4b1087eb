// SPDX-License-Identifier: BSD-3-Clause
// From what the operator wrote after -i to what EAL is given, and section "input" of the configuration.
// Neighbours: port_device.c answers whether the device can be had; port.c opens it after EAL has started.
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_pci.h"
#include "mw_port.h"
#include "port.h"
#include "port_device.h"
#include "port_xdp.h"

#define SYSFS "/sys"
#define VDEV  "vdev:"

static const struct mw_setting settings_table[] = {
	{.name = "rx-queues",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, rx_queues),
	 .needs_restart = true,
	 .default_text = "0",
	 .max = MW_PORT_QUEUES_MAX,
	 .help = "RX queues a port; 0 is one per worker on a PCI device, all that it has on a kernel interface"},
	{.name = "rx-descriptors",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, rx_descriptors),
	 .needs_restart = true,
	 .default_text = "2048",
	 .min = 64,
	 .max = 32768,
	 .help = "frames that an RX queue can hold while its worker is busy"},
	{.name = "mbufs",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, mbufs),
	 .needs_restart = true,
	 .default_text = "0",
	 .max = 4194303,
	 .help =
		 "packet buffers a port, of about 3 KiB each; 0: what its queues need, at least 32767; one less than a power "
		 "of two fits best"},
	{.name = "promiscuous",
	 .type = MW_SETTING_BOOL,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, promiscuous),
	 .needs_restart = true,
	 .default_text = "yes",
	 .help = "take frames for any MAC address, as a mirror port has them"},
	{.name = "xdp-program",
	 .type = MW_SETTING_TEXT,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, xdp_program),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "object file of the XDP program for kernel interfaces; empty is the one that was installed"},
	{.name = "xdp-exclude",
	 .type = MW_SETTING_PREFIXES,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, xdp_exclude),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "prefixes whose packets, to or from, the XDP program counts and drops on kernel interfaces"},
	{.name = "xdp-exclude-vlans",
	 .type = MW_SETTING_TEXTS,
	 .offset = MW_SETTING_OFFSET(struct mw_port_settings, xdp_exclude_vlans),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "VLAN numbers (0 to 4094, either of two tags) whose frames the XDP program counts and drops",
	 .check = port_xdp_check_vlan},
};

const struct mw_settings_module mw_port_settings_module = {
	.name = "input",
	.help = "Live ports",
	.settings = settings_table,
	.settings_count = MW_ARRAY_SIZE(settings_table),
	.values_bytes = sizeof(struct mw_port_settings),
};

uint64_t mw_port_hugepages_bytes(void)
{
	return port_device_hugepages_bytes(SYSFS);
}

// "0000:3b:00.0" or "3b:00.0", the whole of it; address gets the long form.
static bool read_pci_address(const char *text, char *address, size_t address_bytes)
{
	unsigned domain = 0, bus, device, function;
	int end = -1;

	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) < 4 || end < 0 ||
		text[end] != '\0') {
		domain = 0;
		end = -1;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) < 3 || end < 0 || text[end] != '\0')
			return false;
	}
	snprintf(address, address_bytes, "%04x:%02x:%02x.%x", domain, bus, device, function);
	return true;
}

static int find_xdp_program(const struct mw_port_settings *settings, const char **path, struct mw_text *problem)
{
	*path = settings->xdp_program[0] != '\0' ? settings->xdp_program : port_xdp_default_program();
	if (access(*path, R_OK) == 0)
		return 0;
	mw_text_add(problem,
				"the XDP program %s cannot be read (%s): meson install puts it there, or set "
				"input.xdp-program to where it is",
				*path, strerror(errno));
	return -EINVAL;
}

// Each RX queue of the interface must have its socket: a frame in a queue without one goes past us.
static int choose_xdp_queues(const struct mw_port_settings *settings, struct mw_port_spec *spec,
							 struct mw_text *problem)
{
	uint16_t has = port_device_queues(SYSFS, spec->device);
	uint64_t want = settings->rx_queues != 0 ? settings->rx_queues : MW_MIN(has, (uint16_t)MW_PORT_QUEUES_MAX);

	spec->queues = has;
	if (want == has)
		return 0;
	mw_text_add(problem, "%s spreads its frames over %u RX queues and %llu would be read: ethtool -L %s combined %llu",
				spec->device, has, (unsigned long long)want, spec->device, (unsigned long long)want);
	return -EINVAL;
}

static int check_xdp_mtu(const struct mw_port_spec *spec, struct mw_text *problem)
{
	uint32_t mtu_bytes = port_device_mtu_bytes(spec->device);
	uint32_t room_bytes = spec->frame_bytes - PORT_LINK_HEADER_BYTES;

	if (mtu_bytes <= room_bytes)
		return 0;
	mw_text_add(problem,
				"%s has an MTU of %u bytes and AF_XDP holds frames up to %u: ip link set dev %s mtu %u, or watch it "
				"with -i afpacket:%s",
				spec->device, mtu_bytes, room_bytes, spec->device, room_bytes, spec->device);
	return -EINVAL;
}

static int make_xdp(uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
					struct mw_text *problem)
{
	struct mw_text devargs = mw_text_in(spec->devargs, sizeof(spec->devargs));
	const char *program;
	int error = port_device_check_interface(spec->device, problem);

	spec->frame_bytes = PORT_XDP_FRAME_BYTES;
	if (error == 0)
		error = port_device_check_privileges(spec->text, false, problem);
	if (error == 0)
		error = find_xdp_program(settings, &program, problem);
	if (error == 0)
		error = choose_xdp_queues(settings, spec, problem);
	if (error == 0)
		error = check_xdp_mtu(spec, problem);
	if (error == 0)
		error = port_xdp_check_free(spec->device, problem);
	if (error != 0)
		return error;
	port_device_warn_offloads(SYSFS, spec->device, true);
	mw_text_add(&devargs, "net_af_xdp%u,iface=%s,start_queue=0,queue_count=%u,xdp_prog=%s", index, spec->device,
				spec->queues, program);
	if (!devargs.cut)
		return 0;
	mw_text_add(problem, "the path of the XDP program is too long: set input.xdp-program to a shorter one than %s",
				program);
	return -EINVAL;
}

static int make_packet(uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
					   struct mw_text *problem)
{
	struct mw_text devargs = mw_text_in(spec->devargs, sizeof(spec->devargs));
	struct port_packet_ring ring;
	int error = port_device_check_interface(spec->device, problem);

	if (error == 0)
		error = port_device_check_privileges(spec->text, true, problem);
	if (error != 0)
		return error;
	port_device_warn_offloads(SYSFS, spec->device, false);
	spec->queues = settings->rx_queues == 0 ? 1 : (uint16_t)settings->rx_queues;
	ring = port_packet_ring(port_device_mtu_bytes(spec->device), settings->rx_descriptors);
	spec->frame_bytes = ring.frame_bytes - PORT_PACKET_HEADER_BYTES;
	mw_text_add(&devargs, "net_af_packet%u,iface=%s,qpairs=%u,blocksz=%u,framesz=%u,framecnt=%u", index, spec->device,
				spec->queues, ring.block_bytes, ring.frame_bytes, ring.frames);
	return 0;
}

// Two drivers of one card spoil it for each other.
static int check_nobody_has(const char *address, struct mw_text *problem)
{
	char chars[32];
	struct mw_text who = mw_text_in(chars, sizeof(chars));
	struct mw_pci pci;
	pid_t holder;

	mw_pci_look(SYSFS, address, &pci);
	holder = mw_pci_holder("", &pci, &who);
	if (holder == 0)
		return 0;
	mw_text_add(problem, "%s is driven by another process, %s: kill %d, or watch another port", address, chars, holder);
	return -EBUSY;
}

static int make_pci(uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
					struct mw_text *problem)
{
	int error = port_device_check_pci(SYSFS, spec->device, problem);

	(void)index;
	(void)settings;
	if (error == 0)
		error = check_nobody_has(spec->device, problem);
	if (error == 0)
		error = port_device_check_hugepages(SYSFS, problem);
	snprintf(spec->devargs, sizeof(spec->devargs), "%s", spec->device);
	return error;
}

static int make_vdev(uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
					 struct mw_text *problem)
{
	(void)index;
	(void)settings;
	(void)problem;
	snprintf(spec->devargs, sizeof(spec->devargs), "%s", spec->text + strlen(VDEV));
	return 0;
}

static int (*const makers[])(uint32_t, const struct mw_port_settings *, struct mw_port_spec *, struct mw_text *) = {
	[MW_PORT_PCI] = make_pci,
	[MW_PORT_AF_XDP] = make_xdp,
	[MW_PORT_AF_PACKET] = make_packet,
	[MW_PORT_VDEV] = make_vdev,
};

static bool is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if (!isgraph((unsigned char)*text))
			return false;
	}
	return true;
}

static void take_apart(const char *text, struct mw_port_spec *spec)
{
	static const struct {
		const char *prefix;
		enum mw_port_kind kind;
	} prefixes[] = {{"afpacket:", MW_PORT_AF_PACKET}, {VDEV, MW_PORT_VDEV}};

	for (size_t i = 0; i < MW_ARRAY_SIZE(prefixes); i++) {
		size_t len = strlen(prefixes[i].prefix);

		if (strncmp(text, prefixes[i].prefix, len) != 0)
			continue;
		spec->kind = prefixes[i].kind;
		snprintf(spec->device, sizeof(spec->device), "%s", text + len);
		return;
	}
	spec->kind = MW_PORT_PCI;
	if (read_pci_address(text, spec->device, sizeof(spec->device)))
		return;
	spec->kind = MW_PORT_AF_XDP;
	snprintf(spec->device, sizeof(spec->device), "%s", text);
}

int mw_port_read(const char *text, struct mw_port_spec *spec, struct mw_text *problem)
{
	memset(spec, 0, sizeof(*spec));
	if (text[0] == '\0' || strlen(text) >= sizeof(spec->text) || !is_clean(text)) {
		mw_text_add(problem, "\"");
		mw_text_add_escaped(problem, (const uint8_t *)text, strnlen(text, 64));
		mw_text_add(problem, "\" names no port: write 0000:3b:00.0, eth1, afpacket:eth1 or vdev:net_...");
		return -EINVAL;
	}
	snprintf(spec->text, sizeof(spec->text), "%s", text);
	take_apart(text, spec);
	if (spec->kind != MW_PORT_VDEV)
		return 0;
	spec->device[strcspn(spec->device, ",")] = '\0';
	if (strncmp(spec->device, "net_", 4) == 0)
		return 0;
	mw_text_add(problem,
				"\"%s\" names no virtual network device: write vdev:net_NAME0,KEY=VALUE,... as in DPDK's --vdev", text);
	return -EINVAL;
}

int mw_port_parse(const char *text, uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
				  struct mw_text *problem)
{
	int error = mw_port_read(text, spec, problem);

	return error != 0 ? error : makers[spec->kind](index, settings, spec, problem);
}
