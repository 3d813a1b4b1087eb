// SPDX-License-Identifier: BSD-3-Clause
// What the IPv6 address of a CE tells of the line behind it.
// Neighbours: mw_mape.h. Follows RFC 7597 section 6, and draft-ietf-softwire-map-03, which Japanese services still use.
#include "mw_mape.h"
#include "mw_reader.h"

#define IDENTIFIER 8 // where it begins

const char *const mw_mape_form_names[MW_MAPE_FORMS] = {
	[MW_MAPE_FORM_RFC7597] = "rfc7597",
	[MW_MAPE_FORM_DRAFT03] = "draft-03",
};

static bool can_be_host(const uint8_t v4[4])
{
	return v4[0] != 0 && v4[0] != 127 && v4[0] < 224;
}

bool mw_mape_ce_read(const struct mw_address *address, struct mw_mape_ce *ce)
{
	const uint8_t *identifier = address->bytes + IDENTIFIER;
	const uint8_t *v4;

	if (mw_address_is_v4(address) || identifier[0] != 0)
		return false;
	if (identifier[1] == 0) {
		ce->form = MW_MAPE_FORM_RFC7597;
		v4 = identifier + 2;
	} else if (identifier[7] == 0) {
		ce->form = MW_MAPE_FORM_DRAFT03;
		v4 = identifier + 1;
	} else {
		return false;
	}
	if (!can_be_host(v4))
		return false;
	ce->ipv4 = mw_address_from_v4(v4);
	ce->psid = mw_load_u16_be(v4 + 4);
	return true;
}

enum mw_mape_ce_fit mw_mape_ce_judge(const struct mw_mape_ce *ce, struct mw_mape_layout layout,
									 const struct mw_address *source, uint16_t port)
{
	const struct mw_mape_set set = {layout, ce->psid};

	if (mw_address_compare(&ce->ipv4, source) != 0)
		return MW_MAPE_CE_OTHER_ADDRESS;
	return mw_mape_holds(&set, port) ? MW_MAPE_CE_FITS : MW_MAPE_CE_OTHER_PORT;
}
