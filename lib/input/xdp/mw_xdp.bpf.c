// SPDX-License-Identifier: BSD-3-Clause
// Runs in the kernel on every frame of a watched interface: counts by kind, drops what the operator excludes, hands the
// rest to the AF_XDP sockets. Neighbours: mw_xdp.h, ../port_xdp.c. Excluded frames end here (XDP_DROP), the cheapest
// end there is; a frame whose queue has no socket goes on to the kernel (XDP_PASS), as if we were not there.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "mw_xdp.h"

#define TAGS_MAX 2

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, MW_XDP_QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MW_XDP_COUNTS_MAX);
	__type(key, __u32);
	__type(value, struct mw_xdp_value);
} mw_xdp_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MW_XDP_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mw_xdp_key4);
	__type(value, __u8);
} mw_xdp_out4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MW_XDP_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mw_xdp_key6);
	__type(value, __u8);
} mw_xdp_out6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MW_XDP_VLANS_MAX);
	__type(key, __u32);
	__type(value, __u8);
} mw_xdp_outvlan SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} mw_xdp_switch SEC(".maps");

// What the headers are read with; all that the verifier has to follow.
struct view {
	__u8 *next, *end;
	__u64 bytes;
	__u32 switches;
	__u16 type; // EtherType, host order
};

static __always_inline void count(__u32 which, __u64 bytes)
{
	struct mw_xdp_value *value = bpf_map_lookup_elem(&mw_xdp_counts, &which);

	if (value) {
		value->packets++;
		value->bytes += bytes;
	}
}

static __always_inline int vlan_is_excluded(const struct view *view, __u16 tag)
{
	__u32 vlan = tag & 0xfff;
	__u8 *excluded;

	if (!(view->switches & MW_XDP_EXCLUDE_VLANS))
		return 0;
	excluded = bpf_map_lookup_elem(&mw_xdp_outvlan, &vlan);
	return excluded && *excluded;
}

// Walks up to TAGS_MAX tags. Returns 1 when one of them is excluded.
static __always_inline int walk_tags(struct view *view)
{
	int excluded = 0, tags = 0;

#pragma unroll
	for (int i = 0; i < TAGS_MAX; i++) {
		if (view->type != ETH_P_8021Q && view->type != ETH_P_8021AD)
			break;
		if (view->next + 4 > view->end)
			break;
		excluded |= vlan_is_excluded(view, bpf_ntohs(*(__be16 *)view->next));
		view->type = bpf_ntohs(*(__be16 *)(view->next + 2));
		view->next += 4;
		tags++;
	}
	if (tags)
		count(MW_XDP_COUNT_VLAN, view->bytes);
	return excluded;
}

static __always_inline int v4_is_excluded(const struct view *view)
{
	struct mw_xdp_key4 key = {.len_bits = 32};

	if (!(view->switches & MW_XDP_EXCLUDE_PREFIXES4) || view->next + 20 > view->end)
		return 0;
	__builtin_memcpy(key.address, view->next + 12, 4);
	if (bpf_map_lookup_elem(&mw_xdp_out4, &key))
		return 1;
	__builtin_memcpy(key.address, view->next + 16, 4);
	return bpf_map_lookup_elem(&mw_xdp_out4, &key) != 0;
}

static __always_inline int v6_is_excluded(const struct view *view)
{
	struct mw_xdp_key6 key = {.len_bits = 128};

	if (!(view->switches & MW_XDP_EXCLUDE_PREFIXES6) || view->next + 40 > view->end)
		return 0;
	__builtin_memcpy(key.address, view->next + 8, 16);
	if (bpf_map_lookup_elem(&mw_xdp_out6, &key))
		return 1;
	__builtin_memcpy(key.address, view->next + 24, 16);
	return bpf_map_lookup_elem(&mw_xdp_out6, &key) != 0;
}

// Counts the network protocol. Returns 1 when one of its addresses is excluded.
static __always_inline int walk_network(const struct view *view)
{
	switch (view->type) {
	case ETH_P_IP:
		count(MW_XDP_COUNT_IPV4, view->bytes);
		return v4_is_excluded(view);
	case ETH_P_IPV6:
		count(MW_XDP_COUNT_IPV6, view->bytes);
		return v6_is_excluded(view);
	case ETH_P_ARP:
		count(MW_XDP_COUNT_ARP, view->bytes);
		return 0;
	default:
		count(MW_XDP_COUNT_OTHER, view->bytes);
		return 0;
	}
}

SEC("xdp")
int mw_xdp(struct xdp_md *ctx)
{
	struct view view = {.next = (void *)(long)ctx->data, .end = (void *)(long)ctx->data_end};
	__u32 zero = 0, *switches = bpf_map_lookup_elem(&mw_xdp_switch, &zero);
	int by_vlan = 0, by_prefix, action;

	view.bytes = view.end - view.next;
	view.switches = switches ? *switches : 0;
	count(MW_XDP_COUNT_TOTAL, view.bytes);
	if (view.next + ETH_HLEN <= view.end) {
		view.type = bpf_ntohs(*(__be16 *)(view.next + 2 * ETH_ALEN));
		view.next += ETH_HLEN;
		by_vlan = walk_tags(&view);
	}
	by_prefix = walk_network(&view);
	if (by_vlan || by_prefix) {
		count(by_vlan ? MW_XDP_COUNT_EXCLUDED_VLAN : MW_XDP_COUNT_EXCLUDED_PREFIX, view.bytes);
		return XDP_DROP;
	}
	action = bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
	count(action == XDP_REDIRECT ? MW_XDP_COUNT_REDIRECTED : MW_XDP_COUNT_NO_SOCKET, view.bytes);
	return action;
}

char _license[] SEC("license") = "BSD-3-Clause";
