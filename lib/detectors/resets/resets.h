// SPDX-License-Identifier: BSD-3-Clause
// Forged resets: the row of resets.csv, the detector's settings and its names.
// Neighbours: finding*.c group rows into findings. Evidence: weights.c.
#ifndef RESETS_H
#define RESETS_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_evidence_kind.h"
#include "mw_middlebox.h"

/** Who sent a reset, as far as the evidence carries. */
enum mw_reset_verdict { MW_RESET_ENDPOINT, MW_RESET_FORGED, MW_RESET_UNKNOWN, MW_RESET_VERDICTS };
extern const char *const mw_reset_verdict_names[MW_RESET_VERDICTS];

/** What the client had sent when the reset came (SIGCOMM 2023, "Global, Passive Detection of Connection Tampering"). */
enum mw_reset_stage {
	MW_RESET_POST_SYN,
	MW_RESET_POST_ACK,
	MW_RESET_POST_PSH,
	MW_RESET_LATER,
	MW_RESET_STAGES,
};
extern const char *const mw_reset_stage_names[MW_RESET_STAGES];

// clang-format off
/** The 19 patterns of SIGCOMM 2023, table 1: X(symbol, stage, name). Left of the arrow what the client had sent. */
#define MW_RESET_PATTERN_TABLE(X)                                                                                      \
	X(SYN_NONE, POST_SYN, "syn>none") X(SYN_RST, POST_SYN, "syn>rst") X(SYN_RSTACK, POST_SYN, "syn>rst-ack")           \
	X(SYN_BOTH, POST_SYN, "syn>rst;rst-ack") X(ACK_NONE, POST_ACK, "ack>none") X(ACK_RST, POST_ACK, "ack>rst")         \
	X(ACK_RSTS, POST_ACK, "ack>rst;rst") X(ACK_RSTACK, POST_ACK, "ack>rst-ack")                                        \
	X(ACK_RSTACKS, POST_ACK, "ack>rst-ack;rst-ack") X(PSH_NONE, POST_PSH, "psh>none") X(PSH_RST, POST_PSH, "psh>rst")  \
	X(PSH_RSTACK, POST_PSH, "psh>rst-ack") X(PSH_BOTH, POST_PSH, "psh>rst;rst-ack")                                    \
	X(PSH_RSTACKS, POST_PSH, "psh>rst-ack;rst-ack") X(PSH_RSTS_SAME, POST_PSH, "psh>rst=rst")                          \
	X(PSH_RSTS_DIFFER, POST_PSH, "psh>rst!=rst") X(PSH_RST_ZERO, POST_PSH, "psh>rst;rst0")                             \
	X(LATER_RST, LATER, "data>rst") X(LATER_RSTACK, LATER, "data>rst-ack")

/** Names of evidence, as bits of mw_reset_row.evidence: X(symbol, name). */
#define MW_RESET_EVIDENCE_TABLE(X)                                                                                     \
	X(PAYLOAD_SIGNATURE, "payload-signature") X(TTL_SPLIT, "ttl-split")                                                \
	X(TTL_MIRRORS_TRIGGER, "ttl-mirrors-trigger") X(IP_ID_BREAK, "ip-id-break") X(WINDOW_ODD, "window-odd")            \
	X(SEQ_STALE, "seq-stale") X(SEQ_STAIRCASE, "seq-staircase") X(SEQ_OUTSIDE_WINDOW, "seq-outside-window")            \
	X(ACK_CHANGE, "ack-change") X(FASTER_THAN_RTT, "faster-than-rtt") X(DATA_AFTER_RESET, "data-after-reset")          \
	X(IGNORED_BY_RECEIVER, "ignored-by-receiver") X(TIMESTAMP_OFF, "timestamp-off")                                    \
	X(OPTIONS_MISSING, "options-missing") X(MAC_CHANGE, "mac-change") X(CLUSTER, "cluster")                            \
	X(PAYLOAD_TEXT, "payload-text") X(BOTH_ENDS, "both-ends") X(TURNED_ROUND, "turned-round")           \
	X(IN_WINDOW, "in-window") X(ANSWERS_SEGMENT, "answers-segment") X(CLOSED_PORT, "closed-port")                      \
	X(AFTER_FIN, "after-fin") X(AFTER_CLOSE, "after-close") X(SAME_TTL, "same-ttl")                                    \
	X(TIMESTAMP_FITS, "timestamp-fits") X(SAME_MAC, "same-mac") X(SENT_TO_IT, "sent-to-it")                            \
	X(CLAIMS_ADDRESS, "claims-address")
// clang-format on

enum mw_reset_pattern {
#define X(symbol, stage, name) MW_RESET_PATTERN_##symbol,
	MW_RESET_PATTERN_TABLE(X)
#undef X
		MW_RESET_PATTERNS
};
extern const char *const mw_reset_pattern_names[MW_RESET_PATTERNS];
extern const uint8_t mw_reset_pattern_stages[MW_RESET_PATTERNS]; // enum mw_reset_stage

/** Which end a reset or a silence names. */
enum mw_reset_side { MW_RESET_SIDE_CLIENT, MW_RESET_SIDE_SERVER, MW_RESET_SIDES };
extern const char *const mw_reset_side_names[MW_RESET_SIDES]; // client server

enum mw_reset_evidence {
#define X(symbol, name) MW_RESET_EVIDENCE_##symbol,
	MW_RESET_EVIDENCE_TABLE(X)
#undef X
		MW_RESET_EVIDENCES
};
extern const char *const mw_reset_evidence_names[MW_RESET_EVIDENCES];

#define MW_RESET_PAYLOAD_BYTES 128
#define MW_RESET_TEXT_BYTES    (MW_RESET_PAYLOAD_BYTES * 4 + 1) // every byte escaped

/** One episode: resets of one direction of one flow, close together. */
struct mw_reset_row {
	uint64_t ts_ns, last_ns; // first and last reset
	char flow[32]; // Community ID
	int64_t vlan;
	struct mw_address src, dst;
	int64_t sport, dport;
	uint8_t tunnel; // enum mw_layer, 255 none
	int64_t count;
	uint8_t verdict, origin;
	int64_t confidence;
	uint8_t stage; // 255 unknown
	uint32_t evidence;
	int64_t ttl, ttl_expected, seq_offset;
	double rtt_fraction;
	char cluster[MW_MIDDLEBOX_ID_BYTES];
	uint8_t cause_group; // 255 none
	uint8_t pattern; // enum mw_reset_pattern, 255 none
	uint8_t named; // enum mw_reset_side of src, 255 unknown
	// beyond the columns, for diagnosis
	uint8_t mac[6]; // source MAC of the reset that decided
	uint8_t mac_named[6]; // of its named sender's latest packet
	bool mac_known;
	bool device_sure; // cluster has a text or a MAC address of its own, or speaks for unrelated hosts
	int64_t hops; // routers between its sender and this tap, from its TTL
	double rtt_ms; // from the tap to the named sender, of the handshake; NaN unknown
	const char *cause_meaning; // static text, or NULL
	bool cause_peer;
	int64_t window, ip_id; // of the reset that decided
	int64_t silence_ms; // of the connection, before both its ends were reset at once, with that evidence
	bool one_way; // the mirror shows the named sender's direction alone
	bool lossy; // packets of this connection never passed the mirror
	bool rowless; // its second has had its rows: for findings and counts alone
	// texts, mostly empty: what lies behind their ends is not cleared
	char payload[MW_RESET_TEXT_BYTES];
	char cause[MW_RESET_TEXT_BYTES];
	char signature[48];
	char habit[48]; // label of a known way of forging: a hint, no proof
	// beyond the columns
	char device[48]; // "[0x2664c65:2574]"
	char build[32]; // "0x2664c65"
	char template[64]; // "BIG-IP: [0x2664c65:*] *": what all texts of one build share
	char label[64]; // of the signature
};

/** One row of tampering.csv: how connections ended, in one interval. */
struct mw_tampering_row {
	uint64_t ts_ns;
	uint8_t pattern; // enum mw_reset_pattern
	uint8_t stage; // enum mw_reset_stage
	uint8_t named; // enum mw_reset_side
	int64_t count; // episodes, or connections that ended in silence
};

/** Section "resets". */
struct mw_reset_settings {
	bool enabled;
	uint64_t gap_ns;
	uint64_t forged_at; // confidence, 0 to 100
	uint64_t reports_per_second; // of each worker, for each verdict, and as many of lone resets
};

/**
 * What a forged row has in common with others of its finding: its device when that is sure, else where it came from.
 * Whoever takes another TTL for each reset would be a device each time. Lives as long as the row.
 */
const char *mw_reset_row_key(const struct mw_reset_row *row);

extern const struct mw_record mw_reset_record; // resets.csv
extern const struct mw_record mw_tampering_record; // tampering.csv
extern const struct mw_settings_module mw_reset_settings_module;
extern const struct mw_detector mw_detector_resets;
extern const struct mw_diagnoser diagnose_resets;
extern const struct mw_finding_kind finding_resets_forged;
extern const struct mw_finding_kind finding_resets_text;
extern const struct mw_finding_kind finding_resets_conflict;
extern const struct mw_evidence_kind evidence_resets;

#endif
