// SPDX-License-Identifier: BSD-3-Clause
// What the files of this slice share: settings, what a worker tells, the row, the findings.
// Neighbours: outages.c registers all of it; README.md says what is judged.
#ifndef OUTAGES_H
#define OUTAGES_H

#include "mw_detector.h"
#include "mw_diagnosis.h"

/** Section "outages". */
struct outages_settings {
	bool enabled;
	uint64_t failures; // independent ones that make an outage
	uint64_t within_ns, spread_ns; // no further apart, and not all within
	uint64_t lives_ns; // a remote that answered so long ago still says something
	uint64_t deadline_least_ns, deadline_most_ns, deadline_round_trips; // of an answer
	uint64_t busy_flows, busy_within_ns; // so many that send again within this time make an outage
	uint64_t settle_ns; // after the last return, until the cause is judged
	uint64_t events_per_second; // of one worker and sort
	struct mw_setting_prefixes closed; // networks that are reached without the provider
};

/** What is asked through a next hop falls into these. */
enum outages_class {
	OUTAGES_IPV6,
	OUTAGES_IPV4,
	OUTAGES_4IN6,
	OUTAGES_LAN, // what it is asked itself
	OUTAGES_CLOSED, // IPv6 of remotes within the access line's closed network: it says nothing about the internet
	OUTAGES_CLASSES
};

/** What a worker tells. far: the next hop of who asked, or the sender of what was heard; near: who asked. */
enum outages_what {
	OUTAGES_ATTEMPT, // an exchange ended: end says how; until_ns: of the answer, or of the last transmission
	OUTAGES_WAITING, // a flow's packet, and its last one had no answer: until_ns: the far side's last packet
	OUTAGES_RESUMED, // a packet from a side that was silent while it was asked: until_ns: its last one before
	OUTAGES_RESET, // the same, a reset
	OUTAGES_AHEAD, // acknowledges what never passed: until_ns: the far side's last packet
	OUTAGES_JUMPED, // after silence of both sides, bytes beyond the next: until_ns: the last packet before
	OUTAGES_HEARD, // a packet from a remote through this next hop, told once in a step of 100 ms
	OUTAGES_AGAIN, // a SYN that is sent again, of a flow whose other side never answered
	OUTAGES_NEIGHBOUR, // ARP or neighbour discovery: sort says what
	OUTAGES_NAMES, // a TLS connection's server: flow is what mw_exchange_question makes of its name, type A
	OUTAGES_WHATS,
};

/** Sorts of OUTAGES_NEIGHBOUR. */
enum outages_sort {
	OUTAGES_ASKS, // for a neighbour's address
	OUTAGES_SAYS, // its own: an ARP reply, NA, RA
	OUTAGES_STARTS, // what a host sends when its link came up: DAD, an MLD or IGMP report, a router solicitation
	OUTAGES_ADVERTISES, // a router says to all that it is one
	OUTAGES_LEAVES, // a router's advertisement with lifetime 0: it is none any more
	OUTAGES_PROBES, // asks a neighbour that it knows whether it is still there (ARP)
	OUTAGES_BOOTS, // SSDP: until_ns: which device, upper half, and its boot number
	OUTAGES_QUERIES4, // a querier asks for all IPv4 groups (IGMP)
	OUTAGES_QUERIES6, // of IPv6 (MLD)
	OUTAGES_SOLICITS4, // seeks a DHCP server
	OUTAGES_SOLICITS6, // a DHCPv6 server
	OUTAGES_DIALS, // a PPPoE server
};

/** Sorts of a question that the next hop itself is asked, beside enum mw_exchange_kind. */
enum { OUTAGES_ASKED_ARP = MW_EXCHANGE_KINDS + 1, OUTAGES_ASKED_ND };

/** The event's brief. */
struct outages_brief {
	uint8_t what, class;
	uint8_t end; // ATTEMPT: enum mw_exchange_end
	uint8_t transmissions; // ATTEMPT
	uint8_t sort; // NEIGHBOUR; ATTEMPT: enum mw_exchange_kind
	uint8_t near_reports; // ATTEMPT: a neighbour of the asker called it unreachable
	uint8_t code; // ATTEMPT of DNS: RCODE of the answer
	uint8_t zero;
};

/** The event's body. */
struct outages_facts {
	uint64_t until_ns;
	uint8_t mac_near[6], mac_far[6];
	uint32_t flow; // the same for both directions of a flow; ATTEMPT of DNS, NAMES: which question, mw_exchange.wanted
};

/** The counters, in the order of their table in outages.c. */
enum { OUTAGES_COUNT_TOLD, OUTAGES_COUNT_CAPPED, OUTAGES_COUNTS };

#define OUTAGES_STEP_NS (100 * MW_NS_PER_MS) // OUTAGES_HEARD is told once in it
#define OUTAGES_PLACES  256 // of next hops and classes whose step is remembered

/** A worker's budgets: of each what, and these. */
enum { OUTAGES_BUDGET_ANSWERED = OUTAGES_WHATS, OUTAGES_BUDGET_NEAR, OUTAGES_BUDGET_WATCHED, OUTAGES_BUDGETS };

/** A worker's memory. */
struct outages_worker {
	struct {
		uint64_t second, spent;
	} budgets[OUTAGES_BUDGETS];
	struct outages_heard {
		uint64_t key, step;
	} heard[OUTAGES_PLACES];
};

enum outages_scope {
	OUTAGES_SCOPE_LINE,
	OUTAGES_SCOPE_IPV4,
	OUTAGES_SCOPE_IPV6,
	OUTAGES_SCOPE_4IN6,
	OUTAGES_SCOPE_LINK,
	OUTAGES_SCOPES
};
#define OUTAGES_EXPLAINS_RESETS 0 // place in the list of what an outage explains

enum outages_verdict {
	OUTAGES_GATEWAY_RESTART,
	OUTAGES_LINE_DOWN,
	OUTAGES_MIRROR_SILENT,
	OUTAGES_IPV4_ONLY,
	OUTAGES_IPV6_ONLY,
	OUTAGES_UPSTREAM,
	OUTAGES_MIRROR_ONE_WAY,
	OUTAGES_LINK_FLAP,
	OUTAGES_BLIND,
	OUTAGES_GATEWAY_DOWN,
	OUTAGES_VERDICTS,
};

/** Whether the next hop itself was there meanwhile. */
enum outages_lan { OUTAGES_LAN_UNKNOWN, OUTAGES_LAN_UP, OUTAGES_LAN_DOWN, OUTAGES_LANS };
extern const char *const outages_scope_names[OUTAGES_SCOPES];
extern const char *const outages_verdict_names[OUTAGES_VERDICTS];

/** A row of outages.csv. Of each edge both bounds; 0 not known. */
struct outages_row {
	char line[32];
	uint64_t start_earliest_ns, start_ns;
	uint64_t end_ns, end_earliest_ns; // end_earliest_ns: for findings alone
	uint64_t ipv6_ns, ipv6_earliest_ns;
	uint64_t ipv4_ns, ipv4_earliest_ns;
	double duration_s, ipv4_lag_s, since_previous_s;
	int64_t flows_before, confidence;
	uint64_t lan_ns; // the first frame of the next hop itself
	uint8_t scope, verdict, lan;
	char evidence[400];
	// for findings
	uint8_t parts; // bit per class that failed
	uint64_t lost_ns; // the first packet without an answer: start_ns less its round trip
	int64_t failures; // independent ones that decided
	int64_t lan_questions; // that the next hop itself did not answer
	int64_t resumed, died, reset; // IPv4 flows that were open before
	int64_t resumed6;
	int64_t connects, questions, resent; // without an answer; resent: packets of open flows
	bool closed; // only the closed network answered meanwhile
	bool unprovided; // the gateway had asked for its rules, or the relay, in vain
};

/** A row of coverage.csv: a class of a line from the first packet to now; seen + blind + unasked = wall. */
struct outages_coverage {
	char line[32];
	uint64_t from_ns, until_ns;
	double wall_s, seen_s, blind_s, unasked_s;
	uint8_t class;
};

/** Packets that the worker half wants of every flow. */
#define OUTAGES_WANTS                                                                                                  \
	(MW_KIND_FLOW_START | MW_KIND_FLOW_AGAIN | MW_KIND_OUT_OF_ORDER | MW_KIND_ACK_AHEAD | MW_KIND_RST | MW_KIND_ARP |  \
	 MW_KIND_ND | MW_KIND_ICMP | MW_KIND_LINK)

// worker.c
void outages_see(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end);
void outages_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow);

// control.c
int outages_control_start(struct mw_detector_control *control);
void outages_control_stop(struct mw_detector_control *control);
void outages_on_event(struct mw_detector_control *control, const struct mw_event *event);
void outages_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);
void outages_on_end(struct mw_detector_control *control, uint64_t now_ns);
void outages_on_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);
void outages_on_watched(struct mw_detector_control *control, struct mw_detector_watched *watched); // coverage.c
void outages_on_blind(struct mw_detector_control *control, const struct mw_blind *blind); // blind.c

// row.c, report.c, finding.c, pattern.c
extern const struct mw_record outages_record, outages_coverage_record;
bool outages_report_line(const void *row, struct mw_text *line);
bool outages_is_own(const void *row); // a time in which midwatch itself did not see
double outages_own_s(const void *row); // and how long
bool outages_coverage_line(const void *row, struct mw_text *line);
extern const struct mw_diagnoser outages_diagnoser, outages_pattern_diagnoser;

// outages.c
extern const struct mw_finding_kind outages_finding, outages_pattern_finding;
extern const struct mw_detector mw_detector_outages;

/** True when the address lies within a closed network. */
static inline bool outages_is_closed(const struct outages_settings *settings, const struct mw_address *address)
{
	bool is = false;

	for (uint32_t i = 0; i < settings->closed.count; i++)
		is |= mw_prefix_holds(&settings->closed.items[i], address);
	return is;
}

/** The begin of its step; of the very first one, which begins at 0, a nanosecond later: 0 is no time. */
static inline uint64_t outages_step_of(uint64_t time_ns)
{
	return MW_MAX(time_ns - time_ns % OUTAGES_STEP_NS, UINT64_C(1));
}

static inline bool outages_is_ipv6(uint8_t class)
{
	return class == OUTAGES_IPV6 || class == OUTAGES_CLOSED;
}

/** True when a verdict is no outage of a line, but time in which the mirror did not show it, or we did not look. */
static inline bool outages_is_blind(uint8_t verdict)
{
	return verdict == OUTAGES_MIRROR_SILENT || verdict == OUTAGES_MIRROR_ONE_WAY || verdict == OUTAGES_BLIND;
}

/** True when a verdict is one of a line, and not of a host or of our own eyes. */
static inline bool outages_is_of_line(uint8_t verdict)
{
	return !outages_is_blind(verdict) && verdict != OUTAGES_LINK_FLAP;
}

#endif
