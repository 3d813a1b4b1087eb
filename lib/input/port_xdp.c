// SPDX-License-Identifier: BSD-3-Clause
// libbpf's side of the XDP program. net_af_xdp loads and attaches the object; its descriptors are found in this
// process.
// Neighbours: port_xdp.h, port_bpf.h, xdp/mw_xdp.bpf.c.
#include "port_xdp.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_port.h"
#include "port_bpf.h"

#define MAPS_MAX 16

const char *port_xdp_default_program(void)
{
	return mw_file_in_place() ? MW_XDP_BUILT : MW_XDP_INSTALLED;
}

static int parse_vlan(const char *text, uint32_t *vlan)
{
	uint64_t value;
	int error = mw_text_parse_uint(text, &value);

	if (error != 0 || value > 4094)
		return -EINVAL;
	*vlan = (uint32_t)value;
	return 0;
}

int port_xdp_check_vlan(const char *chars, struct mw_text *why)
{
	uint32_t ignored;
	int error = parse_vlan(chars, &ignored);

	if (error != 0)
		mw_text_add(why, "is no VLAN number: write 0 to 4094");
	return error;
}

// Network namespaces have abstract sockets of their own, as they have interfaces, and the kernel drops ours with us.
static int take_lock(const char *interface)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "midwatch/xdp/%s", interface);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) ==
		0)
		return fd;
	close(fd);
	return -EBUSY;
}

int port_xdp_lock(struct port_xdp *xdp, const char *interface, struct mw_text *problem)
{
	xdp->counts_fd = xdp->link_fd = -1;
	xdp->lock_fd = take_lock(interface);
	if (xdp->lock_fd >= 0)
		return 0;
	mw_text_add(problem, "another midwatch watches %s: stop it with midwatchctl shutdown, or watch afpacket:%s",
				interface, interface);
	return -EBUSY;
}

// The number of the program that is attached; 0: none.
static uint32_t attached_id(const char *interface)
{
	uint32_t id = 0;

	return bpf_xdp_query_id((int)if_nametoindex(interface), 0, &id) == 0 ? id : 0;
}

// What the kernel knows of a program, and up to map_ids_max numbers of its maps.
static int read_program(int fd, struct bpf_prog_info *info, uint32_t *map_ids, uint32_t map_ids_max)
{
	uint32_t info_bytes = sizeof(*info);
	int error;

	memset(info, 0, sizeof(*info));
	info->map_ids = (uint64_t)(uintptr_t)map_ids;
	info->nr_map_ids = map_ids_max;
	error = bpf_obj_get_info_by_fd(fd, info, &info_bytes);
	info->nr_map_ids = MW_MIN(info->nr_map_ids, map_ids_max);
	return error;
}

// Of another process: only CAP_SYS_ADMIN may look.
static bool is_ours(uint32_t id)
{
	struct bpf_prog_info info;
	int fd = bpf_prog_get_fd_by_id(id);
	bool ours = fd >= 0 && read_program(fd, &info, NULL, 0) == 0 && strcmp(info.name, MW_XDP_PROGRAM) == 0;

	if (fd >= 0)
		close(fd);
	return ours;
}

int port_xdp_check_free(const char *interface, struct mw_text *problem)
{
	struct port_xdp lock;
	uint32_t id;
	int error = port_xdp_lock(&lock, interface, problem);

	if (error != 0)
		return error;
	id = attached_id(interface);
	if (id != 0 && is_ours(id) && bpf_xdp_detach((int)if_nametoindex(interface), 0, NULL) == 0)
		id = 0; // of a process that was killed where the kernel has no links of XDP
	port_xdp_stop(&lock);
	if (id == 0)
		return 0;
	mw_text_add(problem, "%s has another XDP program: ip link set dev %s xdp off, or watch it with -i afpacket:%s",
				interface, interface, interface);
	return -EBUSY;
}

static int exclude_prefix(int fd4, int fd6, const struct mw_prefix *prefix)
{
	static const uint8_t yes = 1;
	struct mw_xdp_key4 key4;
	struct mw_xdp_key6 key6;

	if (mw_address_is_v4(&prefix->address) && prefix->len_bits >= 96) {
		key4.len_bits = prefix->len_bits - 96u;
		memcpy(key4.address, &prefix->address.bytes[12], sizeof(key4.address));
		return bpf_map_update_elem(fd4, &key4, &yes, BPF_ANY);
	}
	key6.len_bits = prefix->len_bits;
	memcpy(key6.address, prefix->address.bytes, sizeof(key6.address));
	return bpf_map_update_elem(fd6, &key6, &yes, BPF_ANY);
}

struct exclusion_maps {
	int prefixes4, prefixes6, vlans, switches;
};

static int fill_exclusions(const struct exclusion_maps *maps, const struct mw_port_settings *settings)
{
	static const uint8_t yes = 1;
	uint32_t zero = 0, switches = 0, vlan = 0;
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < settings->xdp_exclude.count; i++) {
		error = exclude_prefix(maps->prefixes4, maps->prefixes6, &settings->xdp_exclude.items[i]);
		switches |= MW_XDP_EXCLUDE_PREFIXES4 | MW_XDP_EXCLUDE_PREFIXES6;
	}
	for (uint32_t i = 0; error == 0 && i < settings->xdp_exclude_vlans.count; i++) {
		error = parse_vlan(settings->xdp_exclude_vlans.items[i], &vlan);
		if (error == 0)
			error = bpf_map_update_elem(maps->vlans, &vlan, &yes, BPF_ANY);
		switches |= MW_XDP_EXCLUDE_VLANS;
	}
	return error != 0 ? error : bpf_map_update_elem(maps->switches, &zero, &switches, BPF_ANY);
}

static int switch_exclusions_on(const struct bpf_prog_info *program, const uint32_t *map_ids,
								const struct mw_port_settings *settings)
{
	struct exclusion_maps maps = {
		.prefixes4 = port_bpf_map(map_ids, program->nr_map_ids, MW_XDP_MAP_PREFIXES4),
		.prefixes6 = port_bpf_map(map_ids, program->nr_map_ids, MW_XDP_MAP_PREFIXES6),
		.vlans = port_bpf_map(map_ids, program->nr_map_ids, MW_XDP_MAP_VLANS),
		.switches = port_bpf_map(map_ids, program->nr_map_ids, MW_XDP_MAP_SWITCHES),
	};
	const int fds[] = {maps.prefixes4, maps.prefixes6, maps.vlans, maps.switches};
	int error = 0;

	for (size_t i = 0; i < MW_ARRAY_SIZE(fds); i++) {
		if (fds[i] < 0)
			error = -ENOENT;
	}
	if (error == 0)
		error = fill_exclusions(&maps, settings);
	for (size_t i = 0; i < MW_ARRAY_SIZE(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]); // the program keeps its maps alive
	}
	return error;
}

// The driver attached the program to the interface, where it would outlive a process that is killed: it is attached
// again by a link, which the kernel takes away with its descriptor. bpf_link_create: Linux 5.9.
static int attach_by_link(int program_fd, int ifindex)
{
	int link_fd;

	if (bpf_xdp_detach(ifindex, 0, NULL) != 0)
		return -1;
	link_fd = bpf_link_create(program_fd, ifindex, BPF_XDP, NULL);
	if (link_fd < 0)
		bpf_xdp_attach(ifindex, program_fd, XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	return link_fd;
}

// Takes the driver's program over. @return 0 with its maps' numbers, or -errno.
static int take_program(struct port_xdp *xdp, const char *interface, struct bpf_prog_info *program,
						uint32_t map_ids[MAPS_MAX])
{
	uint32_t id = attached_id(interface);
	int fd = id == 0 ? -ENOENT : port_bpf_program(id);
	int error = fd < 0 ? fd : read_program(fd, program, map_ids, MAPS_MAX);

	if (error == 0)
		xdp->link_fd = attach_by_link(fd, (int)if_nametoindex(interface));
	if (fd >= 0)
		close(fd);
	return error;
}

int port_xdp_start(struct port_xdp *xdp, const char *interface, const struct mw_port_settings *settings,
				   struct mw_text *problem)
{
	struct bpf_prog_info program;
	uint32_t map_ids[MAPS_MAX];
	int cpus = libbpf_num_possible_cpus();
	bool exclude = settings->xdp_exclude.count + settings->xdp_exclude_vlans.count != 0;
	int error = take_program(xdp, interface, &program, map_ids);

	if (error == 0 && cpus > 0) {
		xdp->cpus = (uint32_t)cpus;
		xdp->counts_fd = port_bpf_map(map_ids, program.nr_map_ids, MW_XDP_MAP_COUNTS);
	}
	if (error == 0 && exclude)
		error = switch_exclusions_on(&program, map_ids, settings);
	if (error == 0 || !exclude)
		return 0;
	mw_text_add(problem,
				"the XDP program on %s does not take input.xdp-exclude (%s): leave input.xdp-program empty for our own",
				interface, strerror(-error));
	return error;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void port_xdp_detach(struct port_xdp *xdp)
{
	close_one(&xdp->link_fd);
}

void port_xdp_stop(struct port_xdp *xdp)
{
	close_one(&xdp->link_fd);
	close_one(&xdp->counts_fd);
	close_one(&xdp->lock_fd);
}

int port_xdp_read(const struct port_xdp *xdp, struct mw_xdp_value values[MW_XDP_COUNTS_MAX])
{
	struct mw_xdp_value *per_cpu;
	int error = 0;

	if (xdp->counts_fd < 0)
		return -ENOENT;
	per_cpu = calloc(xdp->cpus, sizeof(*per_cpu));
	if (per_cpu == NULL)
		return -ENOMEM;
	memset(values, 0, sizeof(*values) * MW_XDP_COUNTS_MAX);
	for (uint32_t which = 0; error == 0 && which < MW_XDP_COUNTS_MAX; which++) {
		error = bpf_map_lookup_elem(xdp->counts_fd, &which, per_cpu);
		for (uint32_t cpu = 0; error == 0 && cpu < xdp->cpus; cpu++) {
			values[which].packets += per_cpu[cpu].packets;
			values[which].bytes += per_cpu[cpu].bytes;
		}
	}
	free(per_cpu);
	return error;
}
