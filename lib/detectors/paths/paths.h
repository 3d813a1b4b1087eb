// SPDX-License-Identifier: BSD-3-Clause
// Path MTU: the row of paths.csv, the settings, the detector.
// Neighbours: finding*.c make findings of the rows. Follows RFC 1191, 8201, 4821, 8899.
#ifndef PATHS_H
#define PATHS_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_evidence_kind.h"

enum mw_path_verdict {
	MW_PATH_OK,
	MW_PATH_HONOURED,
	MW_PATH_IGNORED,
	MW_PATH_MISADDRESSED,
	MW_PATH_BLACK_HOLE,
	MW_PATH_CLAMPED,
	MW_PATH_MERGED,
	MW_PATH_VERDICTS,
};
extern const char *const mw_path_verdict_names[MW_PATH_VERDICTS]; // ok too-big-honoured ... clamped

/** What of a report's quote is not the packet's that it is about. */
enum mw_path_misquote {
	MW_PATH_MISQUOTE_NONE, // it fits, or nothing is known
	MW_PATH_MISQUOTE_SRC, // address, port or both of the sender
	MW_PATH_MISQUOTE_DST, // of the destination
	MW_PATH_MISQUOTE_NUMBER, // the sequence number
	MW_PATH_MISQUOTE_BOTH, // both ends
};

#define MW_PATH_REPORTERS  4 // routers that are named on one path
#define MW_PATH_TEXT_BYTES 64 // an address, or a prefix "192.0.2.0/24"

struct mw_path_reporter {
	struct mw_address address;
	uint32_t mtu_bytes; // 0: a router that gives none (before RFC 1191)
};

/** The end of a packet as it was sent, and as a report quotes it. */
struct mw_path_quote {
	uint8_t misquote; // enum mw_path_misquote
	struct mw_address sent, quoted;
	uint16_t sent_port, quoted_port;
};

/** One direction of one pair. Sizes in bytes of whole IP packets; MW_UNKNOWN_I64 not known. */
struct mw_path_row {
	uint64_t ts_ns;
	char src[MW_PATH_TEXT_BYTES], dst[MW_PATH_TEXT_BYTES]; // the sender of what is large, and where it goes
	int64_t mtu_low, mtu_high; // the path MTU lies between, both included
	int64_t icmp_reports;
	char reporters[224]; // "203.0.113.1=1440+203.0.113.9=1380", in order of appearance
	int64_t mss_syn, mss_synack, largest_acked, smallest_lost, retransmits;
	uint8_t verdict; // enum mw_path_verdict
	int64_t confidence; // 0 to 100
	int64_t fragmented; // datagrams in pieces that passed whole: they depend on fragments
	// beyond the columns, for diagnosis and evidence
	struct mw_prefix src_prefix, dst_prefix;
	uint64_t last_ns;
	uint8_t family, protocol; // protocol of what was lost or reported: 6, 17; 0 several
	struct mw_path_reporter reporter[MW_PATH_REPORTERS];
	uint32_t reporters_count; // named
	struct mw_address told; // where a misaddressed report went
	int64_t flows; // connections that show the verdict
	int64_t flows_confirmed; // black hole: went on once the sender took smaller packets
	int64_t segments_lost; // different large packets that never got through
	int64_t sent_after_report; // larger than the report allows, after it
	int64_t merged_bytes; // the largest that was put together from several packets, and lost so
	int64_t mss_before; // clamped: the same SYN was seen with this MSS, too
	struct mw_path_quote quote; // reports that the sender cannot tell are about its packets
	int64_t networks; // whose flights to dst fare alike, when the verdict rests on them; else 0
	bool upstream; // the large packets never passed the tap
	bool receiver_alive; // it sent something while the large packets were lost
	bool small_arrived; // small packets of the same bursts arrived
	bool opens_on; // connections were opened after others were stuck
	bool mirror_gaps; // the tap missed packets of these connections
};

/** Section "path". */
struct mw_path_settings {
	bool enabled;
	uint64_t retransmits_at_least; // of one large segment, for a black hole
	uint64_t paths_max; // followed; beyond half of it new ones are prefixes (/24, /48)
	uint64_t steps_per_second; // a worker tells at most so many
};

extern const struct mw_record mw_path_record; // paths.csv; by on_report
extern const struct mw_settings_module mw_path_settings_module; // section "path"
extern const struct mw_detector mw_detector_paths;
extern const struct mw_diagnoser diagnose_paths;
extern const struct mw_finding_kind finding_paths_black_hole, finding_paths_ignored, finding_paths_merged;
extern const struct mw_evidence_kind evidence_black_holes, evidence_ignored_reports, evidence_merged_packets;

#endif
