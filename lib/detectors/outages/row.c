// SPDX-License-Identifier: BSD-3-Clause
// The columns of outages.csv; JSON, its schema, `show outages` and the reference follow from them.
// Neighbours: outages.h has the row, cause.c fills it.
#include "outages.h"

const char *const outages_scope_names[OUTAGES_SCOPES] = {"line", "ipv4", "ipv6", "4in6", "link"};
const char *const outages_verdict_names[OUTAGES_VERDICTS] = {
	[OUTAGES_GATEWAY_RESTART] = "gateway-restart",
	[OUTAGES_LINE_DOWN] = "line-down",
	[OUTAGES_MIRROR_SILENT] = "mirror-silent",
	[OUTAGES_IPV4_ONLY] = "ipv4-only",
	[OUTAGES_IPV6_ONLY] = "ipv6-only",
	[OUTAGES_UPSTREAM] = "upstream",
	[OUTAGES_MIRROR_ONE_WAY] = "mirror-one-way",
	[OUTAGES_LINK_FLAP] = "link-flap",
	[OUTAGES_BLIND] = "blind",
	[OUTAGES_GATEWAY_DOWN] = "gateway-down",
};
static const char *const lan_names[OUTAGES_LANS] = {"unknown", "up", "down"};

#define ROW struct outages_row
#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(ROW, member), .help = text, __VA_ARGS__                     \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("line", TEXT, line,
		   "the MAC address of the next hop, or of the host, and /VLAN where there is one; or mirror, midwatch"),
	COLUMN("start", TIME, start_ns, "latest possible start: the first question without an answer"),
	COLUMN("end", TIME, end_ns, "latest possible end: the first packet that came; empty: not seen"),
	COLUMN("end_ipv6", TIME, ipv6_ns, "the same, of IPv6"),
	COLUMN("end_ipv4", TIME, ipv4_ns, "the same, of IPv4, in the tunnel or not"),
	COLUMN("duration_s", DOUBLE, duration_s, "end - start, seconds", .decimals = 3),
	COLUMN("ipv4_lag_s", DOUBLE, ipv4_lag_s, "end_ipv4 - end_ipv6, seconds", .decimals = 3),
	COLUMN("scope", ENUM, scope, "what failed", NAMES(outages_scope_names, OUTAGES_SCOPES)),
	COLUMN("verdict", ENUM, verdict, "why", NAMES(outages_verdict_names, OUTAGES_VERDICTS)),
	COLUMN("flows_before", I64, flows_before, "flows that were open before and waited in it; counted up to 64"),
	COLUMN("confidence", I64, confidence, "0 to 100, of the verdict"),
	COLUMN("since_previous_s", DOUBLE, since_previous_s, "start - start of the line's outage before, seconds",
		   .decimals = 3),
	COLUMN("start_earliest", TIME, start_earliest_ns, "earliest possible start: the last packet that came"),
	COLUMN("end_ipv6_earliest", TIME, ipv6_earliest_ns, "earliest possible end of IPv6: its last question unanswered"),
	COLUMN("end_ipv4_earliest", TIME, ipv4_earliest_ns, "earliest possible end of IPv4: its last question unanswered"),
	COLUMN("cause_evidence", TEXT, evidence, "what shows the cause"),
	COLUMN("lan", ENUM, lan, "whether the next hop itself answered its neighbours meanwhile (ARP, ND, ping)",
		   NAMES(lan_names, OUTAGES_LANS)),
	COLUMN("end_lan", TIME, lan_ns, "latest possible time from which it did again; empty: it was not asked in vain"),
};

const struct mw_record outages_record = {
	.name = "outages",
	.help = "one row per outage, and per time in which the mirror did not show a line or midwatch did not see",
	.schema = 1,
	.ts_offset = offsetof(struct outages_row, start_ns),
	.row_bytes = sizeof(struct outages_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};
