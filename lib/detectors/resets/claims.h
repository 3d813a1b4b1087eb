// SPDX-License-Identifier: BSD-3-Clause
// Who claims an address on the link: ARP (RFC 5227), and neighbour discovery (RFC 4861). The worker half sends each
// claim once, the control half keeps them. Neighbours: resets.c, control.c.
#ifndef RESETS_CLAIMS_H
#define RESETS_CLAIMS_H

#include "mw_packet.h"

#define RESET_CLAIMS 256 // the latest; a flood of them costs the name of a conflict, and no verdict of its own

struct reset_claim {
	struct mw_address address;
	uint8_t mac[6];
	uint16_t vlan;
};

/** Zeroed memory is an empty list. */
struct reset_claims {
	uint32_t count, next;
	struct reset_claim claims[RESET_CLAIMS];
};

/** What a packet claims for the sender of its frame. @return false when it is no claim. */
bool reset_claim_of(const struct mw_packet *packet, struct reset_claim *claim);

bool reset_claims_has(const struct reset_claims *claims, const struct reset_claim *claim);

/** The oldest makes room. @return false when it was there. */
bool reset_claims_add(struct reset_claims *claims, const struct reset_claim *claim);

#endif
