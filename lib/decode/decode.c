// SPDX-License-Identifier: BSD-3-Clause
// The walk: from the link type, decoder after decoder, until one names no next. Also the settings of this folder.
// Neighbours: decode.h; every decoder of this folder; lane.c is asked before.
#include "decode.h"

static const struct mw_setting SETTINGS[] = {
	{.name = "tunnel-depth",
	 .type = MW_SETTING_UINT,
	 .offset = offsetof(struct mw_decode_settings, tunnel_depth),
	 .default_text = "8",
	 .min = 1,
	 .max = 16,
	 .help = "IP headers inside one another that are read, the outermost included; deeper packets count as malformed."},
	{.name = "udp-tunnels",
	 .type = MW_SETTING_BOOL,
	 .offset = offsetof(struct mw_decode_settings, udp_tunnels),
	 .default_text = "yes",
	 .help =
		 "Look into VXLAN, VXLAN-GPE, GENEVE, GTP-U, TZSP, Teredo and L2TP, which are known by their UDP port alone."},
};

const struct mw_settings_module mw_decode_settings_module = {
	.name = "decode",
	.help = "How far into a packet the analyzer looks.",
	.settings = SETTINGS,
	.settings_count = MW_ARRAY_SIZE(SETTINGS),
	.values_bytes = sizeof(struct mw_decode_settings),
};

static decoder *const LINKS[MW_LINK_UNKNOWN + 1] = {
	[MW_LINK_ETHERNET] = decode_ethernet,
	[MW_LINK_RAW_IP] = decode_raw_ip,
	[MW_LINK_NULL] = decode_null,
	[MW_LINK_LOOP] = decode_loop,
	[MW_LINK_LINUX_SLL] = decode_sll,
	[MW_LINK_LINUX_SLL2] = decode_sll2,
	[MW_LINK_PPP] = decode_hdlc,
	[MW_LINK_CISCO_HDLC] = decode_hdlc,
	[MW_LINK_FRAME_RELAY] = decode_frame_relay,
	[MW_LINK_PPPOE] = decode_pppoe,
	[MW_LINK_MPLS] = decode_mpls,
	[MW_LINK_WLAN] = decode_wlan,
	[MW_LINK_RADIOTAP] = decode_radiotap,
	[MW_LINK_PPI] = decode_ppi,
	[MW_LINK_NFLOG] = decode_nflog,
	[MW_LINK_DSA] = decode_switch_tag,
	[MW_LINK_EDSA] = decode_switch_tag,
	[MW_LINK_BRCM] = decode_switch_tag,
	[MW_LINK_BRCM_PREPEND] = decode_switch_tag,
};

bool push_layer(struct cursor *c, enum mw_layer layer)
{
	struct mw_packet *packet = c->packet;

	if (packet->layers_count == MW_LAYERS_MAX) {
		refuse(c, MW_REFUSAL_TUNNEL_DEEP);
		return false;
	}
	packet->layers[packet->layers_count++] = (uint8_t)layer;
	if (!mw_layer_is_tunnel[layer])
		return true;
	packet->tunnel = (uint8_t)layer;
	if (!c->outer_known) { // zero as long as there is no IP around
		packet->outer_src = packet->src;
		packet->outer_dst = packet->dst;
		c->outer_known = packet->family != 0;
	}
	return true;
}

void decode_walk(const struct mw_decode_settings *settings, struct mw_packet *packet)
{
	struct cursor c = {
		.in = mw_reader_of(packet->data, packet->captured_bytes),
		.wire_bytes = MW_MAX(packet->wire_bytes, packet->captured_bytes),
		.packet = packet,
		.settings = settings,
	};

	reset_decoded(packet);
	c.next = packet->link < MW_ARRAY_SIZE(LINKS) ? LINKS[packet->link] : NULL;
	if (c.next == NULL)
		refuse(&c, MW_REFUSAL_LINK_UNKNOWN);
	while (c.next != NULL) {
		decoder *now = c.next;
		c.next = NULL;
		now(&c);
	}
	if (packet->family == 0)
		packet->kinds |= MW_KIND_LINK;
	packet->fate = mw_refusal_fates[packet->refusal];
}
