// SPDX-License-Identifier: BSD-3-Clause
// What is found about VPNs whose IKE authentication is lost on the way.
// Neighbours: finding.c gathers, finding_text.c, finding_many.c and advice.c write. Follows RFC 7296,
// RFC 7383.
#ifndef IKE_FINDING_H
#define IKE_FINDING_H

#include "mw_diagnosis.h"
#include "mw_lines.h"
#include "ike.h"
#include "mw_pairs.h"

/** Facts of ike-auth-lost, and what is known of a pair before. src is the initiator. */
struct ikes_facts {
	struct pairs_head pair;
	uint64_t first_ns, last_ns; // attempts that lost something
	uint64_t attempts[MW_IKE_VERDICTS];
	uint64_t lost; // attempts that make a finding
	uint64_t requests; // transmissions of the authentication in them
	uint64_t up_fragmented; // established, with a response in IP fragments
	uint64_t up_after; // established after the latest loss
	int64_t up_low, up_high; // response bytes of established ones; 0 not known
	bool exceeded, unreachable; // in any attempt
	int64_t mtu; // the smallest that ICMP reported; 0 none
	struct mw_address mtu_reporter;
	struct mw_ike_row worst; // the most telling attempt, of equal ones the surest, then the newest
};

/** What the diagnoser keeps. Zeroed memory is empty. */
struct ikes_memory {
	struct pairs_named named;
	struct ikes_facts pairs[PAIRS_MAX];
};

/** The attempt lost its authentication: it makes a finding. */
bool ikes_is_lost(const struct mw_ike_row *row);

/** Which way the lost datagram went: the sender can make it smaller. */
struct ikes_way {
	const struct mw_address *sender, *receiver;
	const char *from, *to; // "responder", "initiator"
	const char *what; // "response", "request"
};

/** A known number above 0. */
static inline bool ikes_known(int64_t value)
{
	return value > 0; // MW_UNKNOWN_I64 is far below
}

/** Of the worst attempt. Where nothing says which way was lost: the response, the larger one as a rule. */
struct ikes_way ikes_way_of(const struct ikes_facts *facts);

/** True when the lost message was seen in IP fragments, or its receiver spoke of them. */
bool ikes_in_fragments(const struct ikes_facts *facts);

/** What the finding is worth where there is no room for all. */
struct mw_worth ikes_worth(const struct ikes_facts *facts);

/** Facts to texts, severity and confidence. */
void ikes_write(struct diagnosis_entry *entry);
void ikes_write_many(struct diagnosis_entry *entry);

/** The parts of a finding that stand in advice.c. */
void ikes_write_alternatives(struct mw_finding *finding, const struct ikes_facts *facts);
void ikes_write_advice(struct mw_finding *finding, const struct ikes_facts *facts);

/** Of the answer some messages of its own fragmentation came; none of IP's. */
static inline bool ikes_lacks_ike_fragments(const struct mw_ike_row *row)
{
	return row->verdict == MW_IKE_RESPONSE_FRAGMENTS_LOST && row->rfc7383 == MW_IKE_7383_USED &&
		   row->auth_response == MW_IKE_PARTIAL && !row->response_fragmented && row->missing[0] == '\0';
}

/** The line of advice on RFC 7383 that names no host. */
void ikes_line_settings(struct lines *lines);

#endif
