// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that were not complete, or not regular: the row of fragments.csv, the detector.
// Neighbours: lib/fragment follows the pieces; finding*.c make findings of the rows.
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_evidence_kind.h"
#include "mw_fragment.h"

enum mw_fragment_verdict {
	MW_FRAGMENTS_INCOMPLETE,
	MW_FRAGMENTS_IRREGULAR,
	MW_FRAGMENTS_EVICTED,
	MW_FRAGMENT_VERDICTS,
};
extern const char *const mw_fragment_verdict_names[MW_FRAGMENT_VERDICTS]; // incomplete irregular evicted
extern const char *const mw_fragment_word_names[]; // by enum fragment_word: acknowledged answered

/** One datagram. Numbers: MW_UNKNOWN_I64 not known. */
struct mw_fragment_row {
	uint64_t ts_ns; // first piece seen
	struct mw_address src, dst;
	char proto[8]; // tcp, udp, icmp, icmp6, esp, ..., or the number
	int64_t sport, dport, ip_id, fragments_seen, bytes_seen, bytes_total;
	char missing[240]; // "1480-2959;4440-" byte ranges of the IP payload, both ends included
	uint8_t verdict; // enum mw_fragment_verdict
	uint32_t anomaly; // bit i: enum mw_fragment_anomaly
	uint8_t word; // enum fragment_word: what the receiver said of it; 255 nothing
	// beyond the columns, for diagnosis
	uint64_t last_ns;
	struct mw_address other; // two-sources: that of its other half
	uint8_t protocol, family, tunnel;
	bool first_seen, last_seen;
	bool known; // its flow was answered, or the pair has sent what came whole and was answered
	int64_t largest_bytes; // largest piece, an IP packet
	int64_t pair_complete, pair_incomplete; // of the same sender and receiver since start, this one included
	int64_t pair_delivered; // of the complete ones: not whole here, and their receiver had all of them
	int64_t pair_exceeded; // reassembly-time-exceeded of the receiver to the sender
};

extern const struct mw_record mw_fragment_record; // fragments.csv
extern const struct mw_detector mw_detector_fragments; // its settings are fragment_settings_module
extern const struct mw_diagnoser diagnose_fragments;
extern const struct mw_diagnoser diagnose_fragment_attack;
extern const struct mw_finding_kind finding_fragments_lost, finding_fragments_attack;
extern const struct mw_evidence_kind evidence_fragments_lost, evidence_fragment_attack;

#endif
