// SPDX-License-Identifier: BSD-3-Clause
// The columns of health.csv; JSON, its schema, `show health` and the reference follow from them.
// Neighbours: health.h has the row, rows.c fills it.
#include "health.h"

const char *const health_family_names[HEALTH_FAMILIES] = {"ipv4", "ipv6", "4in6"};
const char *const health_service_names[HEALTH_SERVICES] = {"dns", "icmp-echo", "tcp-connect", "quic", "ntp", "tcp"};

#define ROW struct health_row
#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(ROW, member), .help = text, __VA_ARGS__                     \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("family", ENUM, family, "address family; 4in6 is IPv4 inside IPv6 (MAP-E, DS-Lite)",
		   NAMES(health_family_names, HEALTH_FAMILIES)),
	COLUMN("service", ENUM, service, "what was asked; tcp: round trips of its segments, handshakes included",
		   NAMES(health_service_names, HEALTH_SERVICES)),
	COLUMN("peer", ADDRESS, peer, "who was asked; empty: all peers beyond health.peers together"),
	COLUMN("asked", I64, asked, "transmissions of questions in the interval, retries included"),
	COLUMN("answered", I64, answered, "answers to them, refusals included"),
	COLUMN("lost_pct", DOUBLE, lost_pct, "share of what was asked that brought no answer, percent", .decimals = 1),
	COLUMN("rtt_ms_p50", DOUBLE, rtt_ms_p50, "median round trip of questions sent once, ms", .decimals = 3),
	COLUMN("rtt_ms_p95", DOUBLE, rtt_ms_p95, "95 of 100 round trips took at most this, ms", .decimals = 3),
	COLUMN("refused", I64, counts.refused, "questions that the peer refused: a reset, or no such port"),
	COLUMN("unreachable", I64, counts.unreachable, "questions that a router called unreachable (ICMP)"),
	COLUMN("servfail", I64, counts.servfail, "DNS: answers with SERVFAIL"),
	COLUMN("nxdomain", I64, counts.nxdomain, "DNS: answers with NXDOMAIN"),
	COLUMN("dns_refused", I64, counts.dns_refused, "DNS: answers with REFUSED"),
	COLUMN("truncated", I64, counts.truncated, "DNS: answers that did not fit (TC)"),
	COLUMN("round_trips", I64, round_trips, "how many round trips were taken"),
};

// A family's sum is for findings alone.
static bool unwritten(const void *data)
{
	const struct health_row *row = data;

	return row->service == HEALTH_SERVICES;
}

const struct mw_record health_record = {
	.name = "health",
	.help = "one row per interval, family, service and peer; the interval is that of the question",
	.schema = 1,
	.ts_offset = offsetof(struct health_row, ts_ns),
	.row_bytes = sizeof(struct health_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
	.unwritten = unwritten,
};
