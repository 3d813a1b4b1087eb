// SPDX-License-Identifier: BSD-3-Clause
// The list of claims, and what is one.
// Neighbours: claims.h.
#include "claims.h"

#include <string.h>

#define ND_SOLICITATION  135
#define ND_ADVERTISEMENT 136
#define ND_HOP_LIMIT     255 // no router has passed it on: RFC 4861 section 7.1
#define ND_TARGET_BYTES  16

/** The address in question of a neighbour message: whom an advertisement is about, or who asks. */
static bool neighbour_address(const struct mw_packet *packet, struct mw_address *address)
{
	if (packet->ttl != ND_HOP_LIMIT)
		return false;
	*address = packet->src;
	if (packet->icmp_type == ND_ADVERTISEMENT && packet->payload_bytes >= ND_TARGET_BYTES)
		memcpy(address, packet->payload, sizeof(*address));
	return packet->icmp_type == ND_ADVERTISEMENT || packet->icmp_type == ND_SOLICITATION;
}

bool reset_claim_of(const struct mw_packet *packet, struct reset_claim *claim)
{
	static const uint8_t no_mac[6], no_v4[4];
	const struct mw_address unset = mw_address_from_v4(no_v4), none = {0}; // a probe claims nothing yet

	*claim = (struct reset_claim){.address = packet->src, .vlan = packet->vlan_outer};
	memcpy(claim->mac, packet->mac_src, sizeof(claim->mac));
	if (packet->tunnel != MW_LAYERS || memcmp(claim->mac, no_mac, sizeof(no_mac)) == 0)
		return false;
	if (packet->kinds & MW_KIND_ND && !neighbour_address(packet, &claim->address))
		return false;
	return (packet->kinds & (MW_KIND_ARP | MW_KIND_ND)) != 0 && mw_address_compare(&claim->address, &unset) != 0 &&
		   mw_address_compare(&claim->address, &none) != 0;
}

bool reset_claims_has(const struct reset_claims *claims, const struct reset_claim *claim)
{
	for (uint32_t i = 0; i < claims->count; i++) {
		const struct reset_claim *other = &claims->claims[i];

		if (mw_address_compare(&other->address, &claim->address) == 0 && other->vlan == claim->vlan &&
			memcmp(other->mac, claim->mac, sizeof(claim->mac)) == 0)
			return true;
	}
	return false;
}

bool reset_claims_add(struct reset_claims *claims, const struct reset_claim *claim)
{
	if (reset_claims_has(claims, claim))
		return false;
	claims->claims[claims->next] = *claim;
	claims->next = (claims->next + 1) % RESET_CLAIMS;
	claims->count = MW_MIN(claims->count + 1, (uint32_t)RESET_CLAIMS);
	return true;
}
