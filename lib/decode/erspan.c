// SPDX-License-Identifier: BSD-3-Clause
// ERSPAN II and III behind GRE; type I has no header of its own.
// Neighbours: gre.c. Follows draft-foschiano-erspan-03.
#include "decode.h"

static const uint8_t *take_erspan(struct cursor *c, uint32_t count, unsigned version)
{
	const uint8_t *at = mw_reader_peek(&c->in, 1);

	if (at != NULL && at[0] >> 4 != version) {
		refuse(c, MW_REFUSAL_ERSPAN_BAD);
		return NULL;
	}
	return has(c, count, MW_REFUSAL_ERSPAN_SHORT) ? take(c, count) : NULL;
}

void decode_erspan2(struct cursor *c)
{
	if (take_erspan(c, 8, 1) != NULL)
		c->next = decode_ethernet;
}

void decode_erspan3(struct cursor *c)
{
	const uint8_t *at = take_erspan(c, 12, 2);
	unsigned frame_type;

	if (at == NULL)
		return;
	frame_type = at[10] >> 2 & 31;
	if ((at[11] & 1) != 0) { // the O bit: a platform specific subheader
		if (!has(c, 8, MW_REFUSAL_ERSPAN_SHORT))
			return;
		take(c, 8);
	}
	if (frame_type == 0)
		c->next = decode_ethernet;
	else if (frame_type == 2)
		c->next = decode_raw_ip;
	else
		refuse(c, MW_REFUSAL_GRE_PAYLOAD_OTHER);
}
