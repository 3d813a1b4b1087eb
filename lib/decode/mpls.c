// SPDX-License-Identifier: BSD-3-Clause
// MPLS label stacks. Nothing in them says what they carry: the first nibble and a look at the inside do.
// Neighbours: ethernet.c, plausible.c. Follows RFC 3032, RFC 4385 (control word), RFC 4928.
#include "decode.h"

#define LABELS_MAX         16
#define CONTROL_WORD_BYTES 4

static bool looks_like_controlled_ethernet(const struct cursor *c)
{
	struct cursor inside = *c;

	return take(&inside, CONTROL_WORD_BYTES) != NULL && plausible_ethernet(&inside, LENIENT);
}

static void follow_labels(struct cursor *c)
{
	unsigned nibble;

	if (!has(c, 1, MW_REFUSAL_MPLS_SHORT))
		return;
	nibble = c->in.at[0] >> 4;
	if (nibble == 0 && looks_like_controlled_ethernet(c)) {
		take(c, CONTROL_WORD_BYTES);
		c->next = decode_ethernet;
	} else if (!plausible_ip(c, LENIENT) && plausible_ethernet(c, LENIENT)) {
		c->next = decode_ethernet; // a destination address may begin with 4 or 6
	} else if (nibble == 4) {
		c->next = decode_ipv4;
	} else if (nibble == 6) {
		c->next = decode_ipv6;
	} else {
		refuse(c, MW_REFUSAL_MPLS_PAYLOAD_OTHER);
	}
}

void decode_mpls(struct cursor *c)
{
	if (!push_layer(c, MW_LAYER_MPLS))
		return;
	for (unsigned i = 0; i < LABELS_MAX; i++) {
		if (!has(c, 4, MW_REFUSAL_MPLS_SHORT))
			return;
		if ((take(c, 4)[2] & 1) != 0) {
			follow_labels(c);
			return;
		}
	}
	refuse(c, MW_REFUSAL_TAGS_DEEP);
}
