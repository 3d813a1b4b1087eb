// SPDX-License-Identifier: BSD-3-Clause
// What is found about a translator's line and about the host that eats its ports.
// Neighbours: finding.c takes rows of lines, finding_churn.c those of hosts; finding_exhaustion.c, finding_risk.c,
// finding_first_block.c, finding_churn_text.c and advice.c write, with words.c.
#ifndef NAT_FINDING_H
#define NAT_FINDING_H

#include "mw_diagnosis.h"
#include "mw_lines.h"
#include "nat.h"
#include "nat_model.h"

#define NATS_BUCKETS  128
#define NATS_WAYS     4 // lines that are remembered in each bucket
#define NATS_RISK_PCT 85 // of the limit
#define NATS_WAITING  4 // hosts that may wait for their line's row

/** A host that holds many ports for what is never answered, in one interval. */
struct nats_churn {
	uint64_t ts_ns, last_ns;
	struct mw_address host;
	struct mw_nat_habit habit;
	double held; // ports, about
	double share_pct; // of the line's ports in use
	bool outside; // host is the translator's outside address: who is behind it is not in view
};

/** One line of the latest intervals. */
struct nats_line {
	char name[MW_NAT_LINE_BYTES];
	uint64_t used_ns; // the latest row
	struct mw_nat_line_row row;
	struct nats_churn waiting[NATS_WAITING]; // for the row of the interval that starts at waiting_ns
	uint32_t waiting_count;
	uint64_t waiting_ns;
	struct nats_churn culprit; // the worst of the latest interval that had one; ts_ns 0: none
	bool leads_far; // its rate in this interval; led_far: in the one before
	bool led_far;
};

/** Bounded: of many lines those that were seen last. Zeroed memory is empty. */
struct nats_memory {
	struct nats_line lines[NATS_BUCKETS * NATS_WAYS];
	bool both_sides; // of some line
};

/** Facts of nat-exhaustion, nat-risk and map-e-first-block-only. */
struct nats_line_facts {
	struct mw_nat_line_row worst; // nat-exhaustion: with most failures; else the latest that shows it
	struct mw_nat_line_row last; // of any state
	bool over; // last does not show it any more
	uint64_t from_ns, to_ns; // of the latest time
	uint64_t episodes, total_ns; // total_ns: without the latest time
	uint64_t came_true_ns; // nat-risk: when the line ran out; 0 never
	int64_t measured_timer_s; // MW_UNKNOWN_I64 not measured
	struct nats_churn culprit; // ts_ns 0: none
	struct nats_outside { // the same, seen outside the router; from_ns 0: it is not
		char line[MW_NAT_LINE_BYTES];
		struct mw_nat_line_row worst;
		uint64_t from_ns, to_ns;
	} outside;
};

/** Facts of nat-churner. */
struct nats_churn_facts {
	struct nats_churn worst; // with most ports
	struct mw_nat_line_row line; // in the interval of worst
	uint64_t intervals;
	bool danger; // at any time the line was short of ports
	bool exhausted; // ... and had none left
	bool missed; // ... towards the host's destination, where a port serves several
};

/** The line's memory; made when new, in place of another that is needed less. */
struct nats_line *nats_line_of(struct mw_diagnosis *diagnosis, const char *name, uint64_t ts_ns);

/** True when the line's ports are nearly gone, or the present rate surely leads beyond them. */
bool nats_is_at_risk(const struct nats_line *line);

/** Judges the hosts that waited for the line's row, which has come. */
void nats_judge_waiting(struct mw_diagnosis *diagnosis, struct nats_line *line);

/** What is told of a line inside is not told of the same line outside again: it is evidence there. */
void nats_join_sides(struct mw_diagnosis *diagnosis);

/** True when the line's culprit, if any, may still hold ports at that time. */
bool nats_culprit_is_fresh(const struct nats_line *line);

/** A known number above 0. */
static inline bool nats_known(int64_t value)
{
	return value > 0; // MW_UNKNOWN_I64 is far below
}

/** What a row says by timer and mapping, said by those of a later one: what was assumed then may be measured by now. */
void nats_follow(struct mw_nat_line_row *row, const struct mw_nat_line_row *later);

/** The same of all churners of the row's line. */
void nats_follow_churners(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *later);

/** True when the present rate leads to nearly all ports, or beyond. */
static inline bool nats_leads_far(const struct mw_nat_line_row *row)
{
	return nats_known(row->ports_limit) && row->steady_ports * 100 >= (double)row->ports_limit * NATS_RISK_PCT;
}

/** What the limit is held against: ports of the fullest pool. */
static inline int64_t nats_used(const struct mw_nat_line_row *row)
{
	return nats_known(row->pool_used) ? row->pool_used : row->ports_used;
}

/** Ports of the fullest pool in use out of 100 of the limit; 0 when either is not known. */
double nats_used_pct(const struct mw_nat_line_row *row);

/** Appends a rate, a share or a number of ports; numbers that cannot be are held within bounds. */
void nats_add_rate(struct mw_text *text, double per_s);
void nats_add_pct(struct mw_text *text, double pct);
void nats_add_ports(struct mw_text *text, double ports);

/** Appends how long something lasted: "less than a second", "4 min 10 s". */
void nats_add_duration(struct mw_text *text, uint64_t duration_ns);

/** Appends a time without its fraction. */
void nats_add_second(struct mw_text *text, uint64_t time_ns);

/** Appends "192.168.100.100", or "a host behind 192.0.2.18" where the tap is outside. */
void nats_add_host(struct mw_text *text, const struct nats_churn *churn);

/** Appends "192.168.1.211 port 59870 (UDP)". */
void nats_add_place(struct mw_text *text, const struct mw_nat_habit *habit);

#define NATS_TIMER_SLACK_S 10 // a measured timer may be so far from the one that is set

/** True when the measured timer is the configured one; false too where either is not known. */
bool nats_timer_confirmed(int64_t timer_s, int64_t measured_s);

/** Appends "240", or "about 240" where it is what was refused that says so. */
void nats_add_limit(struct mw_text *text, const struct mw_nat_line_row *row);

/** Appends "204 of 240", "all 240", "all of about 240"; without a limit "204". */
void nats_add_used(struct mw_text *text, const struct mw_nat_line_row *row);

/** Appends "0.33 new sessions/s x 900 s = 300 ports", or what is known of it. */
void nats_add_steady(struct mw_text *text, double per_s, int64_t timer_s, double ports);

/** Writes "line home (map-e, 106.72.0.1, PSID 200)". */
void nats_write_subject(struct mw_finding *finding, const struct mw_nat_line_row *row);

/** A whole line of words. */
void nats_line_words(struct lines *lines, const char *words);

/** The host that eats the ports for what is never answered, or NULL: none is known, or others do not miss them. */
const struct nats_churn *nats_culprit(const struct nats_line_facts *facts);

/** The line on it. */
void nats_line_culprit(struct lines *lines, const struct nats_line_facts *facts);

/** True when a port serves several destinations: what is held towards one takes none from others. */
bool nats_reuses(const struct mw_nat_line_row *row, uint8_t protocol);

/** True when ports serve several destinations, and a host's is not the one that is short of them. */
bool nats_spares(const struct mw_nat_line_row *row, const struct mw_nat_habit *habit);

/** True when one host holds more than half of the ports towards the destination that has none left. */
bool nats_holder_known(const struct mw_nat_scarce *scarce);

/** ... and so many that without it there would be enough, surely. */
bool nats_holder_has_bulk(const struct mw_nat_scarce *scarce);

/** Appends " towards 192.0.2.53 port 53 (UDP)", where that is known. */
void nats_add_scarce(struct mw_text *text, const struct mw_nat_scarce *scarce);

/** Appends who holds them, as a sentence. */
void nats_add_holder(struct mw_text *text, const struct mw_nat_scarce *scarce);

/** What shows it, what else it could be, what to do; nothing where no destination is known to be short of ports. */
void nats_lines_scarce(struct lines *lines, const struct mw_nat_line_row *row);
void nats_lines_scarce_doubts(struct lines *lines, const struct mw_nat_scarce *scarce);
void nats_lines_scarce_advice(struct lines *lines, const struct mw_nat_scarce *scarce);

/** Share of the ports in use that a protocol (enum mw_nat_protocol) has, 0 to 1; NaN when that is not known. */
double nats_share_of(const struct mw_nat_line_row *row, uint8_t protocol);

/** Alternatives that concern the model: the timer and the limit. measured_timer_s: MW_UNKNOWN_I64 not measured. */
void nats_line_doubts(struct lines *lines, const struct mw_nat_line_row *row, int64_t measured_timer_s);

/** What to do about ports that run short. churn: who eats them, or NULL. */
void nats_write_advice(struct mw_finding *finding, const struct mw_nat_line_row *row, const struct nats_churn *churn);

/** Findings about the destinations of a line that have no port left; they take the place of a risk of the line's. */
void nats_add_peers(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *row);

/** Facts to texts, severity and confidence. */
void nats_write_exhaustion(struct diagnosis_entry *entry);
void nats_write_risk(struct diagnosis_entry *entry);
void nats_write_first_block(struct diagnosis_entry *entry);
void nats_write_churner(struct diagnosis_entry *entry);

#endif
