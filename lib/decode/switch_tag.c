// SPDX-License-Identifier: BSD-3-Clause
// Ethernet as it passes between a switch chip and its host: the chip's tag says which port, and what VLAN.
// Neighbours: ethernet.c. Follows tcpdump.org's pages of LINKTYPE_DSA_TAG_*, Linux net/dsa.
#include "decode.h"

/**
 * A tag of bytes in front of the frame, or between its addresses and its type; word: of DSA, counted from its begin.
 */
static const struct tag {
	uint8_t link, front_bytes, bytes;
	int8_t word; // -1: it is not Marvell's
} TAGS[] = {
	{MW_LINK_DSA, 0, 4, 0},
	{MW_LINK_EDSA, 0, 8, 4}, // an ethertype of its own, two bytes, then DSA's
	{MW_LINK_BRCM, 0, 4, -1},
	{MW_LINK_BRCM_PREPEND, 4, 0, -1},
};

static const struct tag *tag_of(uint8_t link)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(TAGS); i++) {
		if (TAGS[i].link == link)
			return &TAGS[i];
	}
	return &TAGS[0];
}

// Marvell's tag takes the place of the frame's first VLAN tag, and says so.
static void note_vlan(struct cursor *c, const uint8_t *word)
{
	const uint16_t vlan = mw_load_u16_be(word + 2) & 0xfff;

	if ((word[0] & 0x20) == 0 || !push_layer(c, MW_LAYER_VLAN))
		return;
	c->packet->vlan_outer = vlan;
	c->tags = 1;
}

void decode_switch_tag(struct cursor *c)
{
	const struct tag *tag = tag_of(c->packet->link);
	const uint8_t *at;

	if (!has(c, tag->front_bytes + 12u + tag->bytes + 2u, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_SWITCH_TAG))
		return;
	take(c, tag->front_bytes);
	at = take(c, 12);
	c->ethernets++;
	memcpy(c->packet->mac_dst, at, 6);
	memcpy(c->packet->mac_src, at + 6, 6);
	at = take(c, tag->bytes);
	if (tag->word >= 0)
		note_vlan(c, at + tag->word);
	follow_type_or_length(c, mw_load_u16_be(take(c, 2)));
}
