// SPDX-License-Identifier: BSD-3-Clause
// What the files of this slice share: settings, what the workers count, the rows, the findings.
// Neighbours: mirror.c registers all of it; README.md says what is judged.
#ifndef MIRROR_H
#define MIRROR_H

#include "mw_detector.h"
#include "mw_diagnosis.h"

/** Section "mirror". */
struct mirror_settings {
	bool enabled;
	uint64_t flows_per_second; // of one worker that are followed anew; of more every second one, every fourth, ...
};

/** Who sent what was lost: the side that opened its connection, or the other. */
enum mirror_direction { MIRROR_FROM_CLIENTS, MIRROR_FROM_SERVERS, MIRROR_DIRECTIONS };
#define MIRROR_BOTH MIRROR_DIRECTIONS // of a row: both together
extern const char *const mirror_direction_names[MIRROR_DIRECTIONS + 1];

/** What is counted of each direction, in bytes of sequence numbers but for the last three. */
enum mirror_amount {
	MIRROR_ACKED, // acknowledged by the other side
	MIRROR_UNSEEN, // of these: never seen
	MIRROR_BLIND, // of these: unseen in a stretch of more than a second, which is no loss by chance
	MIRROR_BEFORE, // not seen at first, sent again and seen then: lost before the tap
	MIRROR_BEYOND, // seen twice: lost beyond the tap, or its acknowledgement was
	MIRROR_LATE, // seen out of order
	MIRROR_SEGMENTS, // acknowledged
	MIRROR_FLOWS, // followed
	MIRROR_FLOWS_LOSSY, // of which something was never seen
	MIRROR_AMOUNTS,
};

#define MIRROR_SEGMENTS_LEAST MW_SUMMARY_SEGMENTS_LEAST
#define MIRROR_DELAYS         18 // of copies: up to 1 us, each twice the one before: no copy comes later than 131 ms

/** The counters, in the order of their table in mirror.c. */
enum {
	MIRROR_COUNT_AMOUNTS, // MIRROR_AMOUNTS of each direction
	MIRROR_COUNT_UNDECIDED = MIRROR_COUNT_AMOUNTS + (int)MIRROR_DIRECTIONS * (int)MIRROR_AMOUNTS,
	MIRROR_COUNT_COPIES,
	MIRROR_COUNT_COPIES_TTL, // of which it is known how much the TTLs of both differ
	MIRROR_COUNT_COPIES_HOP, // of those: by one
	MIRROR_COUNT_COPIES_ALIKE, // not at all
	MIRROR_COUNT_COPIES_RETAGGED, // of all: in another VLAN than their originals
	MIRROR_COUNT_DELAYS,
	MIRROR_COUNT_ONE_WAY = MIRROR_COUNT_DELAYS + MIRROR_DELAYS, // connections of which the mirror shows one side alone
	MIRROR_COUNT_BOTH_WAYS,
	MIRROR_COUNT_LATE_SIDES, // connections of which a side is shown after the other has acknowledged it
	MIRROR_COUNT_LATE_MS, // the sum of by how much
	MIRROR_COUNTS,
};

/** Kinds of events: what a worker knows of a moment; what was lost in one of several. */
enum { MIRROR_EVENT_MOMENT, MIRROR_EVENT_HOLE };

/** Holes: how many, their bytes, and the squares of these, which tell how alike they are. */
struct mirror_missed {
	uint64_t holes, bytes, squares;
};

/** The body of the first, and the sum of several. Of what is unplaced nobody can tell the moment. */
struct mirror_moment {
	uint64_t number; // packet time over MW_MOMENT_NS
	uint64_t packets, bytes, segment_bytes; // as in struct mw_moment
	struct mirror_missed lost; // that the mirror did not show in it
	struct mirror_missed unplaced;
};

/** The body of the other. */
struct mirror_lost {
	uint64_t from, until; // numbers of moments
	uint64_t bytes;
};
#define MIRROR_LOST_MOMENTS 20 // between both, at most

/** What busy moments lost and calm ones: of all that are known when enough of them lost something. */
struct mirror_load {
	bool known; // enough of them did
	bool is_over; // nearly all of the loss is of busy moments: the mirror gets more than it carries
	int64_t lossy, busy_lossy, chance_lossy; // moments that lost something; busy ones of them, and those by chance
	double busy_pct; // what part of the moments is busy
	double busy_loss_pct, calm_loss_pct;
	double peak_mbit_s; // the most that arrived in a moment, as a line is taken up; known without the rest
	double full_mbit_s; // about which it did not get in many lossy moments: NaN unless there is such a level
	int64_t full; // moments at this level
	int64_t port_mbit_s; // whose speed that is; 0: of none
	int64_t dropped; // packets that this machine lost meanwhile
};

/** A row of mirror.csv. */
struct mirror_row {
	uint64_t ts_ns, end_ns;
	uint8_t direction; // enum mirror_direction, or MIRROR_BOTH
	int64_t amounts[MIRROR_AMOUNTS];
	double loss_pct, loss_pct_low, loss_pct_high;
	int64_t copies; // of both directions, as all that follows
	double copies_pct, delay_us_p50, delay_us_p99;
	int64_t ttl_delta;
	int64_t one_way, both_ways;
	int64_t retagged;
	int64_t cut, cut_refused, cut_at_bytes, cut_ip_bytes; // mean of what is there of each; from its IP header on
	double cut_pct;
	struct mirror_load load;
	// for findings
	uint64_t from_ns; // since when it was watched
	int64_t packets;
	int64_t delays[MIRROR_DELAYS];
	int64_t copies_ttl, copies_hop, copies_alike;
	int64_t late_sides, late_ms; // the latter: a sum
};

/** Reasons of marks; their value is a number of bytes, or of us. */
enum mirror_mark {
	MIRROR_MARK_UNSEEN = 1, // acknowledges bytes that never passed
	MIRROR_MARK_JUMP, // bytes before it have not passed
	MIRROR_MARK_COPY, // came so long after its original
	MIRROR_MARK_ONE_WAY, // of a connection of which one side alone is shown
};

/** What is read of a row of outages.csv in which the mirror showed nothing or one direction. */
struct mirror_blind {
	uint64_t from_ns, to_ns;
	int64_t confidence;
	bool silent;
	char line[64], evidence[256];
};

// worker.c
void mirror_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow);
void mirror_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why);
void mirror_tick(struct mw_detector_ctx *ctx, uint64_t now_ns);

// moments.c
void mirror_moment(struct mw_detector_ctx *ctx, const struct mw_moment *moment);

// load.c
void mirror_on_event(struct mw_detector_control *control, const struct mw_event *event);
void mirror_on_end(struct mw_detector_control *control, uint64_t now_ns);
extern const struct mirror_load mirror_load_unknown;
/** Of the moments before now_ns, 5 s of them spared. acked, unseen: bytes of the interval. */
struct mirror_load mirror_load_of(struct mw_detector_control *control, uint64_t now_ns, int64_t acked, int64_t unseen);
/** What was lost until now is of frames that were cut, in part: it is not compared. */
void mirror_load_forget(struct mw_detector_control *control);

// control.c, row.c, report.c
void mirror_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);
extern const struct mw_record mirror_record;
void mirror_report_sum(struct mw_detector_control *control, const struct mw_detector_counts *counts,
					   struct mw_text *line);
void mirror_summarise(const void *row, struct mw_detector_summary *summary);

// share.c
struct mirror_bounds {
	double low, high;
};
/** The 95 % interval of a share of count (Wilson 1927), 0 to 1. */
struct mirror_bounds mirror_share_bounds(double share, double count);
/** Upper bound in us of the delay that part (0 to 1) of the copies keep; NaN without copies. */
double mirror_delay_us(const int64_t delays[MIRROR_DELAYS], double part);
/** True when most copies are alike in something (or one hop apart), of those of which it is known. */
static inline bool mirror_is_most(int64_t alike, int64_t known)
{
	return known > 0 && alike * 10 >= known * 9;
}

// finding_cut.c, finding_lossy.c, finding_twice.c, finding_one_way.c, finding_clocks.c, finding_blind.c
extern const struct mw_diagnoser mirror_cut_diagnoser, mirror_lossy_diagnoser, mirror_twice_diagnoser,
	mirror_one_way_diagnoser, mirror_clocks_diagnoser, mirror_blind_diagnoser;

bool mirror_is_cut(const struct mirror_row *row);
/** @return false: the row is none of these. */
bool mirror_read_blind(const void *row, struct mirror_blind *blind);
bool mirror_is_copied(const struct mirror_row *row);
bool mirror_is_one_way(const struct mirror_row *row);
/** True when so many sides came late, of connections of which both are shown, that their clocks differ. */
bool mirror_clocks_differ(int64_t late_sides, int64_t both_ways);

/** Of the slice outages. It is read by the names of its columns, which users know. */
extern const struct mw_record outages_record;

// evidence.c
extern const struct mw_evidence_kind mirror_cut_evidence, mirror_lossy_evidence, mirror_twice_evidence,
	mirror_one_way_evidence, mirror_blind_evidence;

// mirror.c
extern const struct mw_finding_kind mirror_cut_finding, mirror_lossy_finding, mirror_twice_finding,
	mirror_one_way_finding, mirror_clocks_finding, mirror_silent_finding;
extern const struct mw_detector mw_detector_mirror;

#endif
