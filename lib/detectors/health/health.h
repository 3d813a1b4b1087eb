// SPDX-License-Identifier: BSD-3-Clause
// What the files of this slice share: settings, what a worker tells of an exchange, the row, the findings.
// Neighbours: health.c registers all of it; README.md says what is judged.
#ifndef HEALTH_H
#define HEALTH_H

#include "mw_detector.h"
#include "mw_diagnosis.h"

/** Section "health". */
struct health_settings {
	bool enabled;
	uint64_t peers; // of a family and service that have rows of their own in an interval
	uint64_t segments_per_second; // of one worker that are looked at for round trips
};

enum health_family { HEALTH_IPV4, HEALTH_IPV6, HEALTH_4IN6, HEALTH_FAMILIES };
enum health_service {
	HEALTH_DNS,
	HEALTH_ECHO,
	HEALTH_CONNECT,
	HEALTH_QUIC,
	HEALTH_NTP,
	HEALTH_TCP, // round trips of segments: nothing is asked
	HEALTH_SERVICES, // of a row: the family's sum over all of them
};
_Static_assert(1 << HEALTH_IPV4 == MW_FINDING_IPV4 && 1 << HEALTH_IPV6 == MW_FINDING_IPV6 &&
				   1 << HEALTH_4IN6 == MW_FINDING_4IN6,
			   "a family is its bit");
extern const char *const health_family_names[HEALTH_FAMILIES];
extern const char *const health_service_names[HEALTH_SERVICES];

/** The event, kept in mw_event.brief: one exchange that ended. Its time is that of the first transmission. */
struct health_brief {
	uint32_t family : 2, service : 3;
	uint32_t end : 3; // enum mw_exchange_end
	uint32_t transmissions : 8;
	uint32_t rcode : 4; // DNS
	uint32_t suffixes : 12; // DNS: mw_exchange_suffix of the question, all of them
	uint32_t us : 24; // answered: from the only transmission to the answer; else from the first to the last one
	uint32_t question : 5; // DNS: the same for the same question
	uint32_t truncated : 1; // DNS
	uint32_t early : 1; // DNS: the answer is before its question
};
#define HEALTH_US_MAX ((1u << 24) - 1) // exchange.timeout is 10 s at most

/** The counters, in the order of their table in health.c. */
enum { HEALTH_COUNT_TOLD, HEALTH_COUNT_TRIPS, HEALTH_COUNTS };

/** What was asked of a peer, or of several. Exchanges whose end is not known count nowhere. */
struct health_counts {
	int64_t asked; // transmissions
	int64_t answered; // by the peer: refusals, too
	int64_t exchanges, unanswered; // unreachable ones too
	int64_t refused, unreachable;
	int64_t servfail, nxdomain, dns_refused, truncated; // of DNS
};

/** Exchanges, and those of them without an answer. */
struct health_share {
	int64_t exchanges, unanswered;
};

/** Who answered while a resolver did not, as far as others were asked: the first of these that was. */
enum health_others { HEALTH_OTHERS_RESOLVERS, HEALTH_OTHERS_UDP, HEALTH_OTHERS_REST, HEALTH_OTHERS };

/** What failed queries of a resolver had in common, while it answered others. */
enum health_shared { HEALTH_SHARED_HOST = 1, HEALTH_SHARED_NAMES = 2 };

/** What became of a resolver's queries without an answer in time, of those that were followed further. */
struct health_afterwards {
	int64_t followed;
	int64_t late; // answered by it at last
	uint64_t late_least_ns, late_most_ns; // so long after they were asked first; 0 none was late
	int64_t elsewhere; // answered from another address,
	struct mw_address from; // as this one
};

/** Of a resolver: the stretch of an interval in which most of it found no answer, whole slices of time. */
struct health_stretch {
	uint64_t first_ns, last_ns; // of what had no answer; 0 nothing
	struct health_share own;
	struct health_share others[HEALTH_OTHERS]; // of the family, of other peers, meanwhile; REST: with UDP
	struct health_share around[HEALTH_OTHERS]; // the same, in the whole interval
	uint8_t shared; // enum health_shared
	struct mw_address host; // whose queries fail, if that is shared
};

/** A row of health.csv. */
struct health_row {
	uint64_t ts_ns, first_ns, last_ns; // of what was asked; of a family's sum, of its losses where it has any
	struct mw_address peer; // zero: several
	uint8_t family, service;
	bool several; // the rest of the peers
	struct health_counts counts;
	int64_t asked, answered;
	double lost_pct, rtt_ms_p50, rtt_ms_p95;
	int64_t round_trips;
	// for findings
	int64_t askers; // different hosts with a question without an answer, about
	int64_t questions; // different ones without an answer, about
	bool lived; // it had answered within the ten minutes before
	struct health_stretch stretch; // DNS
	struct health_afterwards afterwards; // DNS
	int64_t peers, peers_failing; // of a family's sum: of those that had answered before
	struct mw_address host; // of a family's sum: who had fewest answers
	struct {
		int64_t asked, unanswered;
	} of_host, beside; // its own, and those of all other hosts
};

// worker.c
void health_see(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end);

// control.c
int health_control_start(struct mw_detector_control *control);
void health_control_stop(struct mw_detector_control *control);
void health_on_event(struct mw_detector_control *control, const struct mw_event *event);
void health_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);
void health_on_end(struct mw_detector_control *control, uint64_t now_ns);
void health_on_blind(struct mw_detector_control *control, const struct mw_blind *blind);

// row.c, report.c, finding_dns.c, finding_family.c
extern const struct mw_record health_record;
void health_report_sum(struct mw_detector_control *control, const struct mw_detector_counts *counts,
					   struct mw_text *line);
extern const struct mw_diagnoser health_dns_diagnoser, health_family_diagnoser;

// health.c
extern const struct mw_finding_kind health_dns_finding, health_family_finding;
extern const struct mw_detector mw_detector_health;

/** Transmissions without an answer: what had to be sent again was lost, though an answer came at last. */
static inline int64_t health_lost(const struct health_counts *counts)
{
	return MW_MAX(counts->asked - counts->answered, (int64_t)0);
}

static inline bool health_is_answered(const struct health_brief *brief)
{
	return brief->end == MW_EXCHANGE_ANSWERED || brief->end == MW_EXCHANGE_REFUSED;
}

/** Adds what b counts to a. */
static inline void health_join(struct health_counts *a, const struct health_counts *b)
{
	a->asked += b->asked;
	a->answered += b->answered;
	a->exchanges += b->exchanges;
	a->unanswered += b->unanswered;
	a->refused += b->refused;
	a->unreachable += b->unreachable;
	a->servfail += b->servfail;
	a->nxdomain += b->nxdomain;
	a->dns_refused += b->dns_refused;
	a->truncated += b->truncated;
}

#endif
