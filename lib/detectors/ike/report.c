// SPDX-License-Identifier: BSD-3-Clause
// IKE attempts in the report: what there was, also when all went well.
// Neighbours: row.h; ike.c names it to the detector; findings tell what went wrong.
#include <inttypes.h>

#include "row.h"

bool ike_report_line(const void *data, struct mw_text *line)
{
	const struct mw_ike_row *row = data;

	mw_address_add_text(line, &row->initiator);
	mw_text_add(line, " > ");
	mw_address_add_text(line, &row->responder);
	mw_text_add(line, ": %s", mw_ike_verdict_names[row->verdict]);
	if (row->notify[0] != '\0')
		mw_text_add(line, " (%s)", row->notify);
	if (row->response_bytes != MW_UNKNOWN_I64)
		mw_text_add(line, ", response of %" PRId64 " bytes%s", row->response_bytes,
					row->rfc7383 == MW_IKE_7383_USED ? " (in RFC 7383 fragments)"
					: row->response_fragmented       ? " (in IP fragments: a path that drops them breaks it)"
													 : "");
	return true;
}
