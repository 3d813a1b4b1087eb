// SPDX-License-Identifier: BSD-3-Clause
// Rows of translators' lines and hosts for tests: a MAP-E line of 240 ports with a host that chatters to a network
// that is not there. Neighbours: finding_test.c, finding_churn_test.c.
#ifndef NAT_FINDING_ROWS_H
#define NAT_FINDING_ROWS_H

#include "finding_world.h"
#include "nat.h"
#include "nat_model.h"

#define MINUTE_NS   (60 * MW_NS_PER_SECOND)
#define MINUTE(nth) (NOON_NS + (uint64_t)(nth)*MINUTE_NS)

/** Nothing wrong: 60 of 240 ports. */
static inline struct mw_nat_line_row quiet_line(uint32_t minute)
{
	return (struct mw_nat_line_row){.ts_ns = MINUTE(minute),
									.last_ns = MINUTE(minute + 1) - MW_NS_PER_SECOND,
									.line = "home",
									.kind = MW_NAT_LINE_MAP_E,
									.outside = v4(192, 0, 2, 18),
									.psid = 200,
									.psid_bits = 8,
									.psid_offset = 4,
									.ports_limit = 240,
									.ports_used = 60,
									.ports_peak = 60,
									.sessions = 70,
									.sessions_limit = 65534,
									.timer_s = 900,
									.timer_from = MW_NAT_TIMER_CONFIGURED,
									.exhaustion_in_s = MW_UNKNOWN_I64,
									.new_v4_failed_pct = 2,
									.established_v4_failed_pct = 0,
									.new_v6_failed_pct = 0,
									.inside = true,
									.blocks = 15,
									.blocks_seen = 9,
									.new_per_s = 1,
									.steady_ports = 70,
									.ping_failed_pct = 0,
									.measured_timer_s = MW_UNKNOWN_I64};
}

/** Out of ports for 50 s of its minute. */
static inline struct mw_nat_line_row exhausted_line(uint32_t minute)
{
	struct mw_nat_line_row row = quiet_line(minute);

	row.state = MW_NAT_EXHAUSTED;
	row.ports_used = row.ports_peak = 240;
	row.sessions = 319;
	row.new_v4_failed_pct = 97;
	row.ping_failed_pct = 80;
	row.exhausted_from_ns = row.ts_ns + 10 * MW_NS_PER_SECOND;
	row.exhausted_to_ns = row.last_ns;
	return row;
}

/** 0.33 sessions a second to 192.168.1.211, which nobody answers: 168 ports. */
static inline struct mw_nat_host_row churning_host(uint32_t minute)
{
	return (struct mw_nat_host_row){.ts_ns = MINUTE(minute),
									.last_ns = MINUTE(minute + 1) - MW_NS_PER_SECOND,
									.line = "home",
									.host = v4(192, 168, 100, 100),
									.sessions = 170,
									.sessions_peak = 170,
									.ports_udp = 168,
									.ports_peak = 170,
									.new_per_s = 0.34,
									.unanswered_pct = 99,
									.share_pct = 70,
									.habit = {.known = true,
											  .dst = v4(192, 168, 1, 211),
											  .dport = 59870,
											  .protocol = MW_NAT_UDP,
											  .rotating_port = true,
											  .dst_private = true,
											  .period_ms = 3000,
											  .per_s = 1.0 / 3,
											  .hint = "Logi Options+ Flow"}};
}

static inline void give_line(struct mw_diagnosis *diagnosis, struct mw_nat_line_row row)
{
	mw_diagnosis_row(diagnosis, &mw_nat_line_record, &row);
}

static inline void give_host(struct mw_diagnosis *diagnosis, struct mw_nat_host_row row)
{
	mw_diagnosis_row(diagnosis, &mw_nat_host_record, &row);
}

/** The only finding of this kind, or NULL. */
static inline const struct mw_finding *finding_of(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	const struct mw_finding *const *findings;
	const struct mw_finding *found = NULL;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (mw_finding_kind_of(findings[i]) != kind)
			continue;
		assert_null(found);
		found = findings[i];
	}
	return found;
}

FINDING_WORLD(8, &diagnose_nat_lines, &diagnose_nat_hosts)

#endif
