// SPDX-License-Identifier: BSD-3-Clause
// The columns of summary.csv and classes.csv.
// Neighbours: aggregate.c fills the rows. Names and order are fixed by the interface.
#include "mw_aggregate.h"

#define COUNT(member, text)                                                                                            \
	{                                                                                                                  \
		.name = #member, .type = MW_COLUMN_I64, MW_MEMBER(struct mw_summary_row, member), .help = text                 \
	}
#define SHARE(member, places, text)                                                                                    \
	{                                                                                                                  \
		.name = #member, .type = MW_COLUMN_DOUBLE, MW_MEMBER(struct mw_summary_row, member), .decimals = places,       \
		.help = text                                                                                                   \
	}

static const struct mw_column summary_columns[] = {
	SHARE(interval_s, 3, "seconds of packet time that the row covers; less than the interval in a first or last row"),
	COUNT(packets, "packets read from the source"),
	COUNT(bytes, "their bytes on the wire"),
	COUNT(analysed, "packets decoded"),
	COUNT(filtered, "packets that the capture filter rejected"),
	COUNT(malformed, "packets whose headers contradict themselves"),
	COUNT(truncated, "packets cut too short to classify"),
	COUNT(dropped_nic, "packets lost by the NIC or the kernel before midwatch"),
	COUNT(dropped_ring, "packets lost between workers"),
	COUNT(events_lost, "events lost between a worker and the control core"),
	SHARE(mirror_loss_pct, 3,
		  "percent of TCP acknowledgements of data that never passed the mirror; empty beside many cut frames"),
	SHARE(duplicate_pct, 3, "percent of packets that the mirror had shown before"),
	{.name = "overload",
	 .type = MW_COLUMN_BOOL,
	 MW_MEMBER(struct mw_summary_row, overload),
	 .help = "packets or events were lost inside this machine"},
	COUNT(flows_active, "flows alive at the end of the interval"),
	COUNT(flows_new, "flows that began"),
	COUNT(flows_evicted, "flows that a full table gave up"),
	COUNT(ipv4, "packets whose innermost IP is IPv4"),
	COUNT(ipv6, "packets whose innermost IP is IPv6"),
	COUNT(tcp, "TCP packets"),
	COUNT(udp, "UDP packets"),
	COUNT(icmp, "ICMP and ICMPv6 packets"),
	COUNT(other, "packets of other kinds"),
	COUNT(tunnelled, "packets inside a tunnel"),
	COUNT(fragments, "IP fragments"),
	COUNT(resets, "TCP segments with RST"),
	COUNT(resets_forged, "resets of episodes judged forged, counted when judged"),
	COUNT(findings, "findings alive in the interval"),
	SHARE(mirror_unseen_pct, 3,
		  "percent of acknowledged TCP bytes that never passed the mirror, of connections that were followed "
		  "(mirror.csv); empty: too few to tell"),
	COUNT(mirror_segments, "segments that carried these bytes, at least: below 1,100 the share is not known"),
};

const struct mw_record mw_summary_record = {
	.name = "summary",
	.help = "one row per interval",
	.schema = 1,
	.ts_offset = offsetof(struct mw_summary_row, ts_ns),
	.row_bytes = sizeof(struct mw_summary_row),
	.columns = summary_columns,
	.columns_count = MW_ARRAY_SIZE(summary_columns),
};

static const struct mw_column classes_columns[] = {
	{.name = "class", .type = MW_COLUMN_TEXT, MW_MEMBER(struct mw_classes_row, name), .help = "name of the class"},
	{.name = "packets", .type = MW_COLUMN_I64, MW_MEMBER(struct mw_classes_row, packets), .help = "packets"},
	{.name = "bytes", .type = MW_COLUMN_I64, MW_MEMBER(struct mw_classes_row, bytes), .help = "bytes on the wire"},
	{.name = "flows",
	 .type = MW_COLUMN_I64,
	 MW_MEMBER(struct mw_classes_row, flows),
	 .help = "flows that began; of a service: flows that showed their first payload"},
	{.name = "dimension",
	 .type = MW_COLUMN_TEXT,
	 MW_MEMBER(struct mw_classes_row, dimension),
	 .help = "family, protocol, encapsulation or service: a packet counts once in each that it has"},
};

const struct mw_record mw_classes_record = {
	.name = "classes",
	.help = "one row per interval and traffic class that had packets",
	.schema = 1,
	.ts_offset = offsetof(struct mw_classes_row, ts_ns),
	.row_bytes = sizeof(struct mw_classes_row),
	.columns = classes_columns,
	.columns_count = MW_ARRAY_SIZE(classes_columns),
};
