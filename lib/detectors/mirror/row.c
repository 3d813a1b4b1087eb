// SPDX-License-Identifier: BSD-3-Clause
// The columns of mirror.csv; JSON, its schema, `show mirror` and the reference follow from them.
// Neighbours: mirror.h has the row, control.c fills it.
#include "mirror.h"

const char *const mirror_direction_names[MIRROR_DIRECTIONS + 1] = {"from-clients", "from-servers", "both"};

#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct mirror_row, member), .help = text, __VA_ARGS__       \
	}
#define SHARE(title, member, text) COLUMN(title, DOUBLE, member, text, .decimals = 3)

static const struct mw_column columns[] = {
	COLUMN("direction", ENUM, direction, "who sent it: clients, which opened the connections, or servers",
		   .names = mirror_direction_names, .names_count = MIRROR_DIRECTIONS + 1),
	COLUMN("flows", I64, amounts[MIRROR_FLOWS], "TCP connections that were followed from this interval on"),
	COLUMN("acked_bytes", I64, amounts[MIRROR_ACKED], "bytes that the other side acknowledged"),
	COLUMN("segments", I64, amounts[MIRROR_SEGMENTS], "segments that carried them, at least"),
	COLUMN("unseen_bytes", I64, amounts[MIRROR_UNSEEN], "of these bytes: never seen, so lost by the mirror"),
	SHARE("loss_pct", loss_pct,
		  "share of the acknowledged bytes that the mirror lost, percent; empty: too few to tell"),
	SHARE("loss_pct_low", loss_pct_low, "lower end of its 95 % interval"),
	SHARE("loss_pct_high", loss_pct_high, "upper end"),
	COLUMN("blind_bytes", I64, amounts[MIRROR_BLIND],
		   "acknowledged, but unseen for more than a second at a time: no loss by chance, and not part of it"),
	COLUMN("lost_before_bytes", I64, amounts[MIRROR_BEFORE], "lost on the line before the tap, and sent again"),
	COLUMN("sent_again_bytes", I64, amounts[MIRROR_BEYOND],
		   "seen twice: lost on the line beyond the tap, or sent again for nothing"),
	COLUMN("late_bytes", I64, amounts[MIRROR_LATE], "seen out of order"),
	COLUMN("flows_lossy", I64, amounts[MIRROR_FLOWS_LOSSY], "connections of which the mirror began to lose something"),
	COLUMN("copies", I64, copies, "packets of both directions that the mirror had shown before"),
	SHARE("copies_pct", copies_pct, "share of all packets, percent"),
	COLUMN("copy_delay_us_p50", DOUBLE, delay_us_p50, "half of the copies came within this time, us (1, 2, 4, ...)",
		   .decimals = 0),
	COLUMN("copy_delay_us_p99", DOUBLE, delay_us_p99, "99 of 100 of them", .decimals = 0),
	COLUMN("copy_ttl_delta", I64, ttl_delta, "by how much the TTLs of both differ; empty: not always by as much"),
	COLUMN("one_way", I64, one_way,
		   "connections of which one side alone was shown, and acknowledged what the other sent"),
	COLUMN("both_ways", I64, both_ways, "connections of which both were shown; each counts once or twice"),
	COLUMN("copies_retagged", I64, retagged, "copies in another VLAN than their originals"),
	COLUMN("cut", I64, cut, "packets of both directions without their end, cut by the mirror or by a snap length"),
	SHARE("cut_pct", cut_pct, "share of all packets, percent"),
	COLUMN("cut_refused", I64, cut_refused, "of these: shorter on the wire than their IP header says, so not analysed"),
	COLUMN("cut_at_bytes", I64, cut_at_bytes, "what is there of each of them, in bytes, mean"),
	COLUMN("cut_ip_bytes", I64, cut_ip_bytes, "of these bytes: from the innermost IP header on, mean"),
	COLUMN("peak_mbit_s", DOUBLE, load.peak_mbit_s, "the most that came in 10 ms, as a line of Ethernet is taken up",
		   .decimals = 1),
	COLUMN("lossy_moments", I64, load.lossy,
		   "moments of 10 ms that lost something, since this was told last; empty: too few to compare busy ones"),
	COLUMN("busy_pct", DOUBLE, load.busy_pct, "how many of these moments count as busy, percent", .decimals = 1),
	SHARE("busy_loss_pct", load.busy_loss_pct, "what the mirror lost in busy moments, percent, as loss_pct"),
	SHARE("calm_loss_pct", load.calm_loss_pct, "and in the others"),
};

const struct mw_record mirror_record = {
	.name = "mirror",
	.help = "one row per interval and direction: what the mirror did not show, and what it showed twice",
	.schema = 1,
	.ts_offset = offsetof(struct mirror_row, ts_ns),
	.row_bytes = sizeof(struct mirror_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};
