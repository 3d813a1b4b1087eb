// SPDX-License-Identifier: BSD-3-Clause
// Opens and closes a live port: pool, queues, receive-side scaling, the NIC's clock, the kernel's side.
// Neighbours: port.h. Runs on the control core before workers start and after they ended. Sends nothing, ever.
#include "port.h"

#include <errno.h>
#include <net/if.h>
#include <rte_config.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mw_log.h"
#include "port_device.h"
#include "port_removal.h"
#include "port_spread.h"

#define POOL_CACHE        256
#define PRIVATE_BYTES     RTE_ALIGN(sizeof(struct mw_packet), (size_t)MW_CACHE_LINE_BYTES)
#define CALIBRATION_MS    20
#define PACKET_POOL_BYTES (UINT64_C(96) << 20)
#define BUFFERS_USUAL     UINT64_C(32768) // a power of two, as a pool likes it with one less
#define JUMBO_MTU_BYTES   9600u

// An AF_XDP chunk (mempool header, mbuf, private area, headroom, kernel's headroom, frame) stays a line below a page: a
// pool makes the number of lines odd, and the kernel refuses what is larger than a page (EINVAL).
_Static_assert(RTE_MEMPOOL_ALIGN + sizeof(struct rte_mbuf) + PRIVATE_BYTES + RTE_PKTMBUF_HEADROOM +
					   PORT_XDP_HEADROOM_BYTES + PORT_XDP_FRAME_BYTES <=
				   4096 - MW_CACHE_LINE_BYTES,
			   "AF_XDP chunk fits a page");
_Static_assert(PORT_XDP_FRAME_BYTES - PORT_LINK_HEADER_BYTES == MW_PORT_XDP_MTU_BYTES, "what is told is what fits");

static int explain(const char *step, int error, struct mw_text *problem)
{
	mw_text_add(problem, "%s failed: %s; dmesg and the log lines above this one have more", step, strerror(-error));
	return error;
}

// The longest IP packet that a driver can be set up for. Some leave max_mtu at its highest and refuse what is longer
// than their own frames (net_e1000_em, cxgbe).
static uint32_t longest_mtu(const struct rte_eth_dev_info *info)
{
	uint32_t overhead_bytes = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	if (info->max_mtu != UINT16_MAX || info->max_rx_pktlen <= overhead_bytes)
		return info->max_mtu;
	return info->max_rx_pktlen - overhead_bytes;
}

static uint16_t choose_queues(const struct mw_port_spec *spec, const struct mw_port_settings *settings,
							  const struct rte_eth_dev_info *info, uint16_t wanted)
{
	uint16_t queues = settings->rx_queues != 0 ? (uint16_t)settings->rx_queues : wanted;

	if (spec->queues != 0)
		queues = spec->queues;
	if (spec->kind == MW_PORT_PCI && queues > 1 && !port_spread_can(info)) {
		mw_log_warning("port %s: the NIC cannot spread packets over queues: it gets one, and one worker reads it",
					   spec->text);
		queues = 1;
	}
	queues = MW_MIN(queues, info->max_rx_queues);
	return MW_MAX(MW_MIN(queues, (uint16_t)MW_PORT_QUEUES_MAX), (uint16_t)1);
}

static uint16_t room_bytes(const struct mw_port_spec *spec)
{
	static const uint32_t extra_bytes[] = {
		[MW_PORT_AF_XDP] = PORT_XDP_HEADROOM_BYTES, [MW_PORT_AF_PACKET] = PORT_PACKET_HEADER_BYTES, [MW_PORT_VDEV] = 0};
	uint32_t frame_bytes = spec->frame_bytes == 0 ? 2048u : spec->frame_bytes;

	return (uint16_t)(RTE_PKTMBUF_HEADROOM + frame_bytes + extra_bytes[spec->kind]);
}

static uint64_t element_bytes(const struct mw_port_spec *spec)
{
	return RTE_MEMPOOL_ALIGN + sizeof(struct rte_mbuf) + PRIVATE_BYTES + room_bytes(spec);
}

// Three times what a queue holds, so that it can be filled while as many are worked on and handed over.
static uint64_t buffers_needed(const struct mw_port_spec *spec, uint16_t queues, uint64_t descriptors)
{
	uint64_t held = spec->kind == MW_PORT_AF_PACKET ? 0 : 3 * descriptors;

	return queues * (held + 2u * POOL_CACHE) + 2048;
}

// AF_PACKET keeps waiting frames in its own ring: buffers are only for those under way, and long frames must not cost
// gigabytes.
static uint64_t buffers(const struct mw_port_spec *spec, const struct mw_port_settings *settings, uint16_t queues)
{
	uint64_t enough =
		MW_MAX(rte_align64pow2(buffers_needed(spec, queues, settings->rx_descriptors) + 1), BUFFERS_USUAL);
	uint64_t mbufs = settings->mbufs != 0 ? settings->mbufs : enough - 1;

	return spec->kind == MW_PORT_AF_PACKET ? MW_MIN(mbufs, PACKET_POOL_BYTES / element_bytes(spec)) : mbufs;
}

uint64_t mw_port_memory_bytes(const struct mw_port_spec *spec, const struct mw_port_settings *settings)
{
	return buffers(spec, settings, MW_MAX(spec->queues, (uint16_t)1)) * element_bytes(spec);
}

static int make_pool(struct mw_port *port, const struct mw_port_settings *settings, uint16_t descriptors,
					 struct mw_text *problem)
{
	uint64_t needed = buffers_needed(&port->spec, port->queues, descriptors);
	uint64_t mbufs = buffers(&port->spec, settings, port->queues);
	uint64_t pool_mib = mbufs * element_bytes(&port->spec) >> 20;
	char name[RTE_MEMPOOL_NAMESIZE];

	if (mbufs < needed) {
		mw_text_add(problem, "%llu packet buffers are too few for %u queues of %u descriptors: --set input.mbufs=%llu",
					(unsigned long long)mbufs, port->queues, descriptors, (unsigned long long)needed);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "midwatch_%u", port->id);
	port->pool = rte_pktmbuf_pool_create(name, (unsigned)mbufs, POOL_CACHE, (uint16_t)PRIVATE_BYTES,
										 room_bytes(&port->spec), rte_eth_dev_socket_id(port->id));
	if (port->pool != NULL)
		return 0;
	mw_text_add(
		problem, "no memory for %llu packet buffers, %llu MiB (%s); fewer: --set input.mbufs=%llu; enough for them",
		(unsigned long long)mbufs, (unsigned long long)pool_mib, rte_strerror(rte_errno), (unsigned long long)needed);
	return -ENOMEM;
}

static int configure(struct mw_port *port, const struct rte_eth_dev_info *info, uint16_t spread_key,
					 bool *has_timestamps)
{
	uint8_t key[PORT_SPREAD_KEY_BYTES_MAX];
	struct rte_eth_conf conf = {0};

	conf.rxmode.offloads = info->rx_offload_capa & (RTE_ETH_RX_OFFLOAD_TIMESTAMP | RTE_ETH_RX_OFFLOAD_SCATTER);
	if (port->spec.kind == MW_PORT_PCI && (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0)
		conf.rxmode.mtu = MW_MIN(longest_mtu(info), JUMBO_MTU_BYTES); // a mirror may show longer frames than its own
	*has_timestamps = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0;
	if (port->queues > 1 && port_spread_can(info))
		port_spread_configure(info, spread_key, &conf, key);
	// Send queues are made because some drivers want pairs; nothing is ever put into them.
	return rte_eth_dev_configure(port->id, port->queues, MW_MIN(port->queues, info->max_tx_queues), &conf);
}

static int set_queues_up(struct mw_port *port, const struct rte_eth_dev_info *info, uint16_t rx_descriptors,
						 uint16_t tx_descriptors)
{
	int socket = rte_eth_dev_socket_id(port->id);
	unsigned node = socket < 0 ? (unsigned)SOCKET_ID_ANY : (unsigned)socket;
	int error = 0;

	for (uint16_t i = 0; error == 0 && i < port->queues; i++)
		error = rte_eth_rx_queue_setup(port->id, i, rx_descriptors, node, NULL, port->pool);
	for (uint16_t i = 0; error == 0 && i < MW_MIN(port->queues, info->max_tx_queues); i++)
		error = rte_eth_tx_queue_setup(port->id, i, tx_descriptors, node, NULL);
	return error;
}

static uint64_t steady_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * MW_NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

// Without a clock that can be read its stamps have no unit: poll time then.
static void start_clock(struct mw_port *port)
{
	const struct timespec pause = {.tv_nsec = CALIBRATION_MS * (long)MW_NS_PER_MS};
	uint64_t ticks0, ticks1, ns0, ns1;
	int offset;

	if (rte_mbuf_dyn_rx_timestamp_register(&offset, &port->timestamp_flag) != 0 ||
		rte_eth_read_clock(port->id, &ticks0) != 0)
		return;
	ns0 = steady_ns();
	nanosleep(&pause, NULL);
	if (rte_eth_read_clock(port->id, &ticks1) != 0)
		return;
	ns1 = steady_ns();
	if (port_rate_from(&port->rate, ticks0, ns0, ticks1, ns1))
		port->timestamp_offset = offset;
}

// What must be done to the kernel's sockets between set-up and start.
static int start_kernel_side(struct mw_port *port, const struct mw_port_settings *settings,
							 const struct port_sockets *before, struct mw_text *problem)
{
	int ifindex = (int)port->ifindex;
	struct port_packet_ring ring;
	int error;

	if (port->spec.kind == MW_PORT_AF_XDP) {
		port_sockets_find(&port->sockets, AF_XDP, ifindex);
		port_sockets_subtract(&port->sockets, before);
		return port_xdp_start(&port->xdp, port->spec.device, settings, problem);
	}
	if (port->spec.kind != MW_PORT_AF_PACKET)
		return 0;
	port_sockets_find(&port->sockets, AF_PACKET, ifindex);
	ring = port_packet_ring(port->spec.frame_bytes - PORT_LINK_HEADER_BYTES, settings->rx_descriptors);
	error = port_packet_replace(&port->sockets, &ring, ifindex);
	return error == 0 ? 0 : explain("taking the packet socket over", error, problem);
}

static bool make_promiscuous(struct mw_port *port)
{
	if (port->ifindex == 0)
		return rte_eth_promiscuous_enable(port->id) == 0;
	port->promiscuous_fd = port_packet_promiscuous((int)port->ifindex);
	return port->promiscuous_fd >= 0;
}

static int start(struct mw_port *port, const struct mw_port_settings *settings, bool has_timestamps,
				 struct mw_text *problem)
{
	int error;

	rte_eth_stats_reset(port->id); // before the first frame: afterwards it would lose some
	error = rte_eth_dev_start(port->id);
	if (error != 0)
		return explain("starting", error, problem);
	if (settings->promiscuous && !make_promiscuous(port))
		mw_log_warning(
			"%s: promiscuous mode cannot be switched on: only frames to its own address may be seen (ip link set "
			"dev %s promisc on)",
			port->spec.text, port->spec.device);
	if (has_timestamps)
		start_clock(port);
	return 0;
}

static int open_device(struct mw_port *port, const struct mw_port_settings *settings, uint16_t queues_wanted,
					   uint16_t spread_key, struct mw_text *problem)
{
	struct rte_eth_dev_info info;
	struct port_sockets before;
	uint16_t rx_descriptors = (uint16_t)rte_align32pow2((uint32_t)settings->rx_descriptors);
	uint16_t tx_descriptors = 512;
	bool has_timestamps = false;
	int error = rte_eth_dev_info_get(port->id, &info);

	if (error != 0)
		return explain("asking what it is", error, problem);
	snprintf(port->driver, sizeof(port->driver), "%s", info.driver_name);
	port->queues = choose_queues(&port->spec, settings, &info, queues_wanted);
	error = configure(port, &info, spread_key, &has_timestamps);
	if (error == 0)
		error = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_descriptors, &tx_descriptors);
	if (error != 0)
		return explain("configuring", error, problem);
	error = make_pool(port, settings, rx_descriptors, problem);
	if (error != 0)
		return error;
	port_sockets_find(&before, AF_XDP, 0);
	error = set_queues_up(port, &info, rx_descriptors, tx_descriptors);
	if (error != 0)
		return explain("setting its queues up", error, problem);
	error = start_kernel_side(port, settings, &before, problem);
	if (error == 0)
		error = start(port, settings, has_timestamps, problem);
	if (error == 0 && port->queues > 1 && port_spread_can(&info))
		port_spread_table(port->id, &info, port->queues);
	return error;
}

int mw_port_open(const struct mw_port_spec *spec, const struct mw_port_settings *settings, uint16_t queues_wanted,
				 uint16_t spread_key, struct mw_port **port, struct mw_text *problem)
{
	struct mw_port *made = aligned_alloc(MW_CACHE_LINE_BYTES, sizeof(*made));
	char name[MW_PORT_SPEC_BYTES];
	int error = 0;

	if (made == NULL)
		return -ENOMEM;
	memset(made, 0, sizeof(*made));
	made->spec = *spec;
	made->timestamp_offset = -1;
	made->promiscuous_fd = -1;
	made->xdp = (struct port_xdp){.counts_fd = -1, .link_fd = -1, .lock_fd = -1};
	if (spec->kind == MW_PORT_AF_XDP || spec->kind == MW_PORT_AF_PACKET)
		made->ifindex = if_nametoindex(spec->device);
	made->missed_before_pkts = port_device_missed_pkts("/sys", spec->device);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(spec->devargs, ","), spec->devargs);
	if (rte_eth_dev_get_port_by_name(name, &made->id) != 0) {
		mw_text_add(problem, "DPDK did not take the device; the log lines above this one say why");
		free(made);
		return -ENODEV;
	}
	if (spec->kind == MW_PORT_AF_XDP)
		error = port_xdp_lock(&made->xdp, spec->device, problem);
	if (error == 0)
		error = open_device(made, settings, queues_wanted, spread_key, problem);
	if (error != 0) {
		mw_port_close(made);
		return error;
	}
	port_removal_watch(made);
	*port = made;
	return 0;
}

// What drivers cannot undo went with the device.
static void close_device(struct mw_port *port)
{
	const uint32_t level = rte_log_get_global_level();
	uint32_t speed_mbps;

	if (mw_port_link(port, &speed_mbps) == MW_PORT_LINK_GONE)
		rte_log_set_global_level(RTE_LOG_EMERG);
	rte_eth_dev_stop(port->id);
	rte_eth_dev_close(port->id);
	rte_log_set_global_level(level);
}

void mw_port_close(struct mw_port *port)
{
	if (port == NULL)
		return;
	if (port->promiscuous_fd >= 0)
		close(port->promiscuous_fd);
	else if (port->spec.kind != MW_PORT_PCI && port->ifindex == 0)
		rte_eth_promiscuous_disable(port->id);
	port_xdp_detach(&port->xdp);
	if (!port->detached) {
		port_removal_unwatch(port);
		close_device(port);
	}
	rte_mempool_free(port->pool);
	port_xdp_stop(&port->xdp);
	free(port);
}

uint16_t mw_port_queues(const struct mw_port *port)
{
	return port->queues;
}

const char *mw_port_name(const struct mw_port *port)
{
	return port->spec.text;
}

const char *mw_port_driver(const struct mw_port *port)
{
	return port->driver;
}

enum mw_port_link mw_port_link(const struct mw_port *port, uint32_t *speed_mbps)
{
	struct rte_eth_link link = {0};

	if (atomic_load_explicit(&port->gone, memory_order_acquire))
		return MW_PORT_LINK_GONE;
	if (port->ifindex != 0)
		return port_device_link("/sys", port->spec.device, port->ifindex, speed_mbps);
	if (rte_eth_link_get_nowait(port->id, &link) != 0 || link.link_status != RTE_ETH_LINK_UP)
		return MW_PORT_LINK_DOWN;
	*speed_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	return MW_PORT_LINK_UP;
}

uint64_t mw_port_link_losses(const struct mw_port *port)
{
	return port->ifindex == 0 ? 0 : port_device_link_losses("/sys", port->spec.device);
}
