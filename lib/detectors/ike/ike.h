// SPDX-License-Identifier: BSD-3-Clause
// IKEv2 attempts that succeed, and those that do not: the row of ike.csv, the settings, the detector.
// Neighbours: finding*.c make findings of the rows. Follows RFC 7296, RFC 7383, RFC 3948.
#ifndef IKE_H
#define IKE_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_evidence_kind.h"

enum mw_ike_response { MW_IKE_COMPLETE, MW_IKE_PARTIAL, MW_IKE_NONE, MW_IKE_RESPONSES };
extern const char *const mw_ike_response_names[MW_IKE_RESPONSES]; // complete partial none

enum mw_ike_rfc7383 { MW_IKE_7383_NO, MW_IKE_7383_OFFERED, MW_IKE_7383_USED, MW_IKE_RFC7383S };
extern const char *const mw_ike_rfc7383_names[MW_IKE_RFC7383S]; // no offered used

enum mw_ike_verdict {
	MW_IKE_ESTABLISHED,
	MW_IKE_NO_ANSWER_TO_INIT,
	MW_IKE_REQUEST_LOST,
	MW_IKE_RESPONSE_FRAGMENTS_LOST,
	MW_IKE_RESPONSE_LOST_AFTER_TAP,
	MW_IKE_NO_ANSWER_TO_AUTH,
	MW_IKE_REFUSED,
	MW_IKE_UNKNOWN,
	MW_IKE_VERDICTS,
};
extern const char *const mw_ike_verdict_names[MW_IKE_VERDICTS];

/** One attempt at an IKE SA. Numbers: MW_UNKNOWN_I64 not known. */
struct mw_ike_row {
	uint64_t ts_ns;
	struct mw_address initiator, responder;
	char spi_i[17], spi_r[17]; // 16 hex digits, "" not known
	uint8_t nat_t, init_ok; // 0, 1; 2 not known
	int64_t auth_requests; // transmissions in the exchange that the row tells of (column help)
	uint8_t auth_response; // enum mw_ike_response
	int64_t request_bytes, response_bytes; // IKE message lengths; the sum over RFC 7383 fragments
	uint8_t fragmented; // by IP: the request or the response
	uint8_t rfc7383; // enum mw_ike_rfc7383
	uint8_t verdict; // enum mw_ike_verdict
	int64_t confidence; // 0 to 100
	// beyond the columns, for diagnosis and evidence
	uint8_t initiator_spi[8]; // as on the wire; 0 not known
	const char *reason; // of the verdict, one sentence; lives as long as the program
	uint64_t last_ns;
	uint16_t initiator_port, responder_port; // of the newest message
	int64_t init_requests; // transmissions
	bool offered_i, offered_r; // notify 16430 of each end
	bool request_fragmented, response_fragmented; // by IP
	int64_t responses; // transmissions of the response, partly seen and guessed ones too
	int64_t response_largest_bytes; // largest IP packet of the response, or of its pieces
	char missing
		[128]; // bytes of the newest partial datagram that never passed, as in fragments.csv, up to 4 ranges; "" none
	int64_t missing_total; // IP payload of that datagram
	bool missing_is_request; // it is the request that lacks pieces
	bool exceeded; // the receiver said that it never had all pieces (ICMP, reassembly time exceeded)
	int64_t mtu_reported; // by ICMP, quoting these messages
	struct mw_address mtu_reporter;
	bool unreachable; // ICMP port or host unreachable
	bool guessed; // response-fragments-lost: pieces without the first one, taken for IKE by their time and addresses
	int64_t other_response_bytes; // largest response of this responder to somebody else; needs fragments when large
	char notify[48]; // an error the responder gave in clear: "NO_PROPOSAL_CHOSEN"
};

/** Section "ike". */
struct mw_ike_settings {
	bool enabled;
	uint64_t give_up_ns; // an attempt without a message for so long has ended
	uint64_t attempts_max; // followed at a time
	uint64_t messages_per_second; // a worker tells at most so many
};

extern const struct mw_record mw_ike_record; // ike.csv
extern const struct mw_settings_module mw_ike_settings_module; // section "ike"
extern const struct mw_detector mw_detector_ike;
extern const struct mw_diagnoser diagnose_ike;
extern const struct mw_finding_kind finding_ike_auth_lost;
extern const struct mw_evidence_kind evidence_ike;

#endif
