// SPDX-License-Identifier: BSD-3-Clause
// Link types of capture files: which decoder, and libpcap's two numbers of the same.
// Neighbours: record.h; decode/ has the decoders. Follows pcap-linktype(7) and tcpdump.org's LINKTYPE pages.
#include <pcap/pcap.h>

#include "mw_capture.h"
#include "record.h"

#define LINKTYPE_RAW 101

static const struct {
	int dlt;
	enum mw_link link;
} LINKS[] = {
	{DLT_EN10MB, MW_LINK_ETHERNET},
	{DLT_RAW, MW_LINK_RAW_IP},
	{14, MW_LINK_RAW_IP}, // OpenBSD's DLT_RAW
	{LINKTYPE_RAW, MW_LINK_RAW_IP},
	{DLT_IPV4, MW_LINK_RAW_IP},
	{DLT_IPV6, MW_LINK_RAW_IP},
	{DLT_NULL, MW_LINK_NULL},
	{DLT_LOOP, MW_LINK_LOOP},
	{DLT_LINUX_SLL, MW_LINK_LINUX_SLL},
	{DLT_LINUX_SLL2, MW_LINK_LINUX_SLL2},
	{DLT_PPP, MW_LINK_PPP},
	{DLT_PPP_SERIAL, MW_LINK_PPP},
	{DLT_C_HDLC, MW_LINK_CISCO_HDLC},
	{DLT_FRELAY, MW_LINK_FRAME_RELAY},
	{DLT_PPP_ETHER, MW_LINK_PPPOE},
	{DLT_MPLS, MW_LINK_MPLS},
	{DLT_IEEE802_11, MW_LINK_WLAN},
	{DLT_IEEE802_11_RADIO, MW_LINK_RADIOTAP},
	{DLT_PPI, MW_LINK_PPI},
	{DLT_NFLOG, MW_LINK_NFLOG},
	{DLT_DSA_TAG_DSA, MW_LINK_DSA},
	{DLT_DSA_TAG_EDSA, MW_LINK_EDSA},
	{DLT_DSA_TAG_BRCM, MW_LINK_BRCM},
	{DLT_DSA_TAG_BRCM_PREPEND, MW_LINK_BRCM_PREPEND},
};

enum mw_link link_of_dlt(int dlt)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(LINKS); i++) {
		if (LINKS[i].dlt == dlt)
			return LINKS[i].link;
	}
	return MW_LINK_UNKNOWN;
}

static const struct {
	uint16_t link_type, dlt;
} NUMBERS[] = {
	{LINKTYPE_RAW, DLT_RAW}, {100, DLT_ATM_RFC1483}, {102, DLT_SLIP_BSDOS}, {103, DLT_PPP_BSDOS}, {106, DLT_ATM_CLIP},
};

uint16_t dlt_of_link_type(uint16_t link_type)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(NUMBERS); i++) {
		if (NUMBERS[i].link_type == link_type)
			return NUMBERS[i].dlt;
	}
	return link_type;
}

uint16_t link_type_of_dlt(uint16_t dlt)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(NUMBERS); i++) {
		if (NUMBERS[i].dlt == dlt)
			return NUMBERS[i].link_type;
	}
	return dlt == 14 ? LINKTYPE_RAW : dlt;
}

uint16_t mw_capture_link_type(const struct mw_packet *frame)
{
	return link_type_of_dlt(frame->dlt);
}

void mw_capture_add_link_name(struct mw_text *text, int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	if (name != NULL)
		mw_text_add(text, "%s (LINKTYPE %u)", name, link_type_of_dlt((uint16_t)dlt));
	else
		mw_text_add(text, "%u", link_type_of_dlt((uint16_t)dlt));
}
