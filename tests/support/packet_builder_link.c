// SPDX-License-Identifier: BSD-3-Clause
// The packet builder's link layers: Ethernet, tags, labels, PPP, cooked captures, ARP.
// Neighbours: packet_builder.c.
#include "packet_builder_parts.h"

#include <arpa/inet.h>
#include <stdlib.h>

static const uint8_t MAC_SRC[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t MAC_DST[6] = {2, 0, 0, 0, 0, 2};

void pb_push_ethernet(struct pb *pb, const struct pb_ethernet *with)
{
	uint8_t *at = pb_push(pb, PB_ETHERNET, (struct pb_names){.ethertype = 0x6558}, 14);

	memcpy(at, with->dst == NULL ? MAC_DST : with->dst, 6);
	memcpy(at + 6, with->src == NULL ? MAC_SRC : with->src, 6);
	pb_put16(at + 12, with->ethertype);
	if (with->ethertype == 0)
		pb_expect(pb, PB_NEXT_ETHERTYPE, 12);
}

void pb_tag(struct pb *pb, uint16_t ethertype, uint16_t id)
{
	pb_put16(pb_push(pb, PB_VLAN, (struct pb_names){.ethertype = ethertype}, 4), id);
	pb_expect(pb, PB_NEXT_ETHERTYPE, 2);
}

void pb_vlan(struct pb *pb, uint16_t id)
{
	pb_tag(pb, 0x8100, id);
}

void pb_qinq(struct pb *pb, uint16_t id)
{
	pb_tag(pb, 0x88a8, id);
}

void pb_snap(struct pb *pb)
{
	static const uint8_t llc[] = {0xaa, 0xaa, 3, 0, 0, 0, 0, 0};

	memcpy(pb_push(pb, PB_SNAP, (struct pb_names){0}, 8), llc, sizeof(llc));
	pb_newest(pb)->at -= 2; // the length stands where Ethernet has its type
	pb_expect(pb, PB_NEXT_ETHERTYPE, 8);
}

void pb_mpls(struct pb *pb, uint32_t label)
{
	struct pb_layer *before = pb_newest(pb);

	if (before != NULL && before->what == PB_MPLS)
		pb->bytes[before->at + 2] &= 0xfe;
	pb_put32(pb_push(pb, PB_MPLS, (struct pb_names){.ethertype = 0x8847, .protocol = 137, .ppp = 0x0281}, 4),
			 label << 12 | 0x100 | 64);
}

void pb_control_word(struct pb *pb)
{
	pb_room(pb, 4);
}

void pb_pppoe(struct pb *pb, uint16_t session)
{
	uint8_t *at = pb_push(pb, PB_PPPOE, (struct pb_names){.ethertype = 0x8864}, 6);

	at[0] = 0x11;
	pb_put16(at + 2, session);
}

void pb_ppp(struct pb *pb)
{
	pb_push(pb, PB_PPP, (struct pb_names){.ethertype = 0x880b}, 2);
	pb_expect(pb, PB_NEXT_PPP, 0);
}

void pb_ppp_address(struct pb *pb)
{
	pb_put16(pb_push(pb, PB_PPP, (struct pb_names){.ethertype = 0x880b}, 4), 0xff03);
	pb_expect(pb, PB_NEXT_PPP, 2);
}

void pb_ppp_compressed(struct pb *pb)
{
	pb_push(pb, PB_PPP, (struct pb_names){.ethertype = 0x880b}, 1);
	pb_expect(pb, PB_NEXT_PPP_SHORT, 0);
}

void pb_cooked(struct pb *pb)
{
	static const uint32_t lengths[] = {
		[MW_LINK_NULL] = 4, [MW_LINK_LOOP] = 4, [MW_LINK_LINUX_SLL] = 16, [MW_LINK_LINUX_SLL2] = 20};
	uint8_t *at = pb_push(pb, PB_COOKED, (struct pb_names){0}, lengths[pb->link]);

	if (pb->link == MW_LINK_LINUX_SLL) {
		pb_put16(at + 2, 1);
		pb_put16(at + 4, 6);
		memcpy(at + 6, MAC_SRC, 6);
		pb_expect(pb, PB_NEXT_ETHERTYPE, 14);
	} else if (pb->link == MW_LINK_LINUX_SLL2) {
		pb_put16(at + 8, 1);
		at[11] = 6;
		memcpy(at + 12, MAC_SRC, 6);
		pb_expect(pb, PB_NEXT_ETHERTYPE, 0);
	} else {
		pb_expect(pb, PB_NEXT_FAMILY, 0);
	}
}

void pb_push_arp(struct pb *pb, const struct pb_arp *with)
{
	static const uint8_t start[] = {0, 1, 8, 0, 6, 4, 0, 1};
	uint8_t *at = pb_push(pb, PB_ARP, (struct pb_names){.ethertype = 0x0806}, 28);

	memcpy(at, start, sizeof(start));
	at[7] = with->reply ? 2 : 1;
	memcpy(at + 8, MAC_SRC, 6);
	if (inet_pton(AF_INET, with->sender == NULL ? "192.0.2.1" : with->sender, at + 14) != 1 ||
		inet_pton(AF_INET, with->target == NULL ? "192.0.2.254" : with->target, at + 24) != 1)
		abort();
}
