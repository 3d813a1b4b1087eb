// SPDX-License-Identifier: BSD-3-Clause
// A translator's line in plain words: out of ports, soon out of ports, one block of ports only.
// Neighbours: lib/detectors/nat/finding.c, finding_exhaustion.c, finding_risk.c, finding_first_block.c, advice.c;
// finding_rows.h.
#include "finding_rows.h"

#include <stdio.h>

static void a_quiet_line_is_no_finding(void **state)
{
	give_line(*state, quiet_line(0));
	assert_int_equal(count_findings(*state), 0);
}

static void an_exhausted_line_is_told_apart_from_an_outage(void **state)
{
	const struct mw_finding *finding;

	give_line(*state, exhausted_line(0));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_non_null(finding);
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_string_equal(finding->subject, "line home (map-e, 192.0.2.18, PSID 200)");
	assert_string_equal(finding->summary,
						"Line home has run out of outside ports (all 240 in use): new IPv4 connections fail (97 %); "
						"open ones and IPv6 work. No outage. Since 2026-01-11T12:00:10Z for 49.0 s.");
	assert_int_equal(finding->first_ns, NOON_NS + 10 * MW_NS_PER_SECOND);
	assert_int_equal(finding->count, 1);
	assert_in_range(finding->confidence, 90, 99);
	assert_holds(finding->evidence, "- Outside ports in use: all 240, by the model");
	assert_holds(finding->evidence, "Sessions: 319 of 65534. A router's table with room is no comfort");
	assert_holds(finding->evidence, "Open IPv4 connections: 0 % failed: packets do pass the line.");
	assert_holds(finding->evidence, "New IPv6 connections: 0 % failed: the line is up.");
	assert_holds(finding->evidence, "IPv4 ping: 80 % failed: its identifiers are taken from the same ports");
	assert_holds(finding->evidence, "An outage or loss hits all of these alike.");
	assert_holds(finding->alternatives, "No single host stands out");
	assert_holds(finding->alternatives, "its timer (900 s) is configured, not seen");
	assert_holds(finding->advice, "240 ports / 300 s = 0.80 new ones/s (now 900 s: 0.27). ");
	assert_holds(finding->advice, "nat descriptor timer N protocol=udp 300");
	assert_holds(finding->advice, "show nat");
	assert_lacks(finding->evidence, "again since");
}

static void what_is_not_known_is_not_claimed(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.established_v4_failed_pct = row.new_v6_failed_pct = row.new_v4_failed_pct = MW_UNKNOWN_DOUBLE;
	row.ports_limit = row.ports_used = row.psid = row.timer_s = row.ping_failed_pct = MW_UNKNOWN_I64;
	row.sessions = row.sessions_limit = MW_UNKNOWN_I64;
	memset(&row.outside, 0, sizeof(row.outside));
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_string_equal(finding->subject, "line home (map-e)");
	assert_string_equal(finding->summary,
						"Line home has run out of outside ports: new IPv4 connections get none. No outage. "
						"Since 2026-01-11T12:00:10Z for 49.0 s.");
	assert_int_equal(finding->confidence, 45);
	assert_lacks(finding->evidence, "ping:");
	assert_lacks(finding->evidence, "Sessions");
	assert_holds(finding->alternatives, "the router's timers are not known");
	assert_holds(finding->advice, "UDP timer to 300 s. Yamaha");
}

static void outside_the_refused_are_not_in_view(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.inside = false;
	row.ports_used = 262; // a port that is used again counts twice for a while
	row.new_v4_failed_pct = 0;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "outside ports (all 240 in use): new IPv4 connections get none; open ones");
	assert_holds(finding->evidence, "- Outside ports in use: all 240, as seen outside the router.");
	assert_holds(finding->evidence, "those that get no port never reach this side of the router");
	assert_holds(finding->alternatives, "towards several peers at once");
}

static void without_a_limit_the_demand_is_told(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.ports_limit = MW_UNKNOWN_I64;
	row.ports_used = 382;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "outside ports (its hosts ask for 382): new");
	assert_holds(finding->evidence,
				 "that its hosts ask for: 382, by the model of the router; how many the line has is not");
}

static void a_short_pause_is_none(void **state)
{
	struct mw_nat_line_row second = exhausted_line(1);
	const struct mw_finding *finding;

	second.exhausted_from_ns = second.ts_ns + 8 * MW_NS_PER_SECOND; // a port came free for a moment
	give_line(*state, exhausted_line(0));
	give_line(*state, second);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_int_equal(finding->count, 1);
	assert_holds(finding->summary, "for 1 min 49 s.");
}

static void the_end_and_the_next_time_are_told(void **state)
{
	const struct mw_finding *finding;

	give_line(*state, exhausted_line(0));
	give_line(*state, quiet_line(1));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "From 2026-01-11T12:00:10Z for 49.0 s; over now.");
	assert_holds(finding->evidence,
				 "New IPv4 connections have worked again since 2026-01-11T12:00:59Z; at the last look "
				 "60 of 240 ports were in use.");
	give_line(*state, exhausted_line(30));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_int_equal(finding->count, 2);
	assert_holds(finding->summary, "2 times since 2026-01-11T12:00:10Z, 1 min 38 s in all.");
	assert_holds(finding->evidence, "The latest: from 2026-01-11T12:30:10Z for 49.0 s.");
	assert_lacks(finding->evidence, "again since");
}

static void an_end_within_the_interval_is_seen(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);

	row.exhausted_to_ns = row.ts_ns + 30 * MW_NS_PER_SECOND;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "for 20.0 s; over now.");
}

static void the_worst_interval_gives_the_numbers(void **state)
{
	struct mw_nat_line_row milder = exhausted_line(1);

	milder.new_v4_failed_pct = 40;
	give_line(*state, exhausted_line(0));
	give_line(*state, milder);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "fail (97 %)");
}

static void a_measured_timer_is_held_against_the_configured_one(void **state)
{
	struct mw_nat_line_row after = quiet_line(1);
	const struct mw_finding *finding;

	give_line(*state, exhausted_line(0));
	after.measured_timer_s = 300;
	give_line(*state, after);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->evidence, "about 300 s after their last use: that is the router's real timer. 900 s is "
									"configured here.");
	assert_holds(finding->alternatives, "with a timer of 900 s, which is not the router's");
	assert_holds(finding->advice, "UDP timer to 120 s: 240 ports / 120 s = 2.00 new ones/s (now 300 s: 0.80).");
	after = quiet_line(2);
	after.measured_timer_s = 900;
	give_line(*state, after);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->evidence,
				 "about 900 s after their last use: that is the router's real timer, as configured here.\n");
	assert_lacks(finding->alternatives, "configured, not seen");
}

static void a_timer_says_where_it_comes_from(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.timer_from = MW_NAT_TIMER_ASSUMED;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->alternatives, "its timer (900 s) is assumed, neither configured nor seen.");
	row = exhausted_line(1);
	row.timer_s = row.measured_timer_s = 300;
	row.timer_from = MW_NAT_TIMER_MEASURED;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->evidence, "that is the router's real timer, and the model goes by it.");
	assert_lacks(finding->alternatives, "The number of ports is a model");
}

static void a_full_line_is_full_now(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.state = MW_NAT_WARNING;
	row.ports_used = 239;
	row.exhaustion_in_s = 0;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "By the model it is full now.");
	assert_lacks(finding_of(*state, &finding_nat_risk)->summary, " ns");
	row = quiet_line(1);
	row.state = MW_NAT_EXHAUSTED;
	row.exhausted_from_ns = row.exhausted_to_ns = row.last_ns;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "for less than a second");
}

static void a_rate_of_nothing_is_not_told_as_a_number(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.state = MW_NAT_WARNING;
	row.ports_used = 210;
	row.new_per_s = 0;
	row.steady_ports = 300;
	row.ports_limit = 240;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary,
				 "what is open by now leads to 300 ports, the line has 240.");
	assert_lacks(finding_of(*state, &finding_nat_risk)->evidence, "0.000");
	row.ts_ns = MINUTE(1);
	row.timer_s = 864000;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->advice, "(now 864000 s: less than 0.001)");
}

static void advice_fits_the_protocol_that_eats_the_ports(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.ports_tcp = 200;
	row.ports_icmp = 40;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->advice, "TCP holds most of the ports");
	assert_lacks(finding->advice, "UDP");
	row = exhausted_line(1);
	row.new_v4_failed_pct = 98;
	row.ports_icmp = 200;
	row.ports_udp = 40;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->advice, "protocol=icmp 60");
	assert_lacks(finding->advice, "UDP");
	row = exhausted_line(2);
	row.new_v4_failed_pct = 99;
	row.ports_udp = 121;
	row.ports_tcp = 119;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->advice, "Shorten the router's UDP timer");
}

static void an_inferred_limit_is_said_to_be_one(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);

	row.limit_inferred = true;
	row.pattern_chance = 1.0 / 65536;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->alternatives, "chance that it is none: 1 in 65536.");
}

static void a_limit_from_what_was_refused_is_about_so_many(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);
	const struct mw_finding *finding;

	row.limit_inferred = true;
	row.limit_least = 180;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "(all of about 240 in use)");
	assert_holds(finding->alternatives, "240 with the timers assumed here, 180 with the shortest in use.");
	assert_null(strstr(finding->alternatives, "pattern of port numbers"));
}

static void a_nearly_full_line_is_a_risk_with_its_arithmetic(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);
	const struct mw_finding *finding;

	row.state = MW_NAT_WARNING;
	row.ports_used = 204;
	row.new_per_s = 1.0 / 3;
	row.steady_ports = 300;
	row.exhaustion_in_s = 108;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_risk);
	assert_non_null(finding);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_string_equal(finding->summary,
						"Line home is short of outside ports: 204 of 240 in use (85 %). 0.33 new sessions/s x 900 s = "
						"300 ports, the line has 240. At this rate it is full in 1 min 48 s.");
	assert_holds(finding->evidence, "- Where it leads: 0.33 new sessions/s x 900 s = 300 ports");
	assert_holds(finding->alternatives, "Many users at peak hours");
	assert_holds(finding->advice, "240 ports / 300 s");
}

/** More numbers are in use than any of the pools has given out. */
static void of_pools_apart_the_fullest_is_what_is_short(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.state = MW_NAT_WARNING;
	row.ports_used = 230;
	row.pool_used = 206;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "206 of 240 in use (86 %)");
}

static void a_product_that_is_not_the_steady_state_is_not_shown(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = 210;
	row.new_per_s = 2; // most of them close soon
	row.steady_ports = 250;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "2.00 new sessions/s lead to 250 ports, the line has");
}

static void a_burst_on_an_empty_line_is_no_risk_until_it_lasts(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.state = MW_NAT_WARNING;
	row.steady_ports = 18000;
	give_line(*state, row);
	give_line(*state, quiet_line(1));
	row.ts_ns = MINUTE(2);
	give_line(*state, row);
	assert_int_equal(count_findings(*state), 0);
	row.ts_ns = MINUTE(3);
	give_line(*state, row);
	assert_non_null(finding_of(*state, &finding_nat_risk));
}

static void a_half_full_line_that_leads_far_is_a_risk_at_once(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = 120;
	row.steady_ports = 203; // below 85 % of 240
	give_line(*state, row);
	assert_int_equal(count_findings(*state), 0);
	row.steady_ports = 204;
	give_line(*state, row);
	assert_non_null(finding_of(*state, &finding_nat_risk));
}

static void the_detectors_warning_counts_from_70_percent_on(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = 175;
	give_line(*state, row);
	row.state = MW_NAT_WARNING;
	row.ports_used = 160;
	give_line(*state, row);
	assert_int_equal(count_findings(*state), 0);
	row.ports_used = 175;
	give_line(*state, row);
	assert_non_null(finding_of(*state, &finding_nat_risk));
}

static void without_a_limit_there_is_no_risk(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = row.ports_peak = 60000;
	row.steady_ports = 1e6;
	row.ports_limit = MW_UNKNOWN_I64;
	give_line(*state, row);
	row.ts_ns = MINUTE(1);
	give_line(*state, row);
	assert_int_equal(count_findings(*state), 0);
}

static void a_risk_that_passes_says_so(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);
	const struct mw_finding *finding;

	row.ports_used = 230;
	give_line(*state, row);
	give_line(*state, quiet_line(1));
	finding = finding_of(*state, &finding_nat_risk);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "Line home was short of outside ports: 230 of 240 in use (96 %).");
	assert_holds(finding->evidence, "At the last look it was better: 60 of 240");
}

static void a_risk_that_came_true_says_when(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = 230;
	give_line(*state, row);
	give_line(*state, exhausted_line(1));
	row.ts_ns = MINUTE(2);
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "It did run out at 2026-01-11T12:01:10Z.");
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->evidence, "at the last look 230 of 240");
	assert_int_equal(count_findings(*state), 2);
}

/** The ports showed a shorter timer after the warning: nothing may go on by the one that was assumed. */
static void a_risk_goes_by_the_timer_that_was_measured_later(void **state)
{
	struct mw_nat_line_row row = quiet_line(0), later = exhausted_line(1);
	const struct mw_finding *finding;

	row.ports_used = 171;
	row.state = MW_NAT_WARNING;
	row.timer_s = 300;
	row.timer_from = MW_NAT_TIMER_ASSUMED;
	row.new_per_s = 1.5;
	row.timed_per_s = 1;
	row.steady_ports = 330;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "1.50 new sessions/s lead to 330 ports, the line");
	later.timer_s = later.measured_timer_s = 270;
	later.timer_from = MW_NAT_TIMER_MEASURED;
	give_line(*state, later);
	finding = finding_of(*state, &finding_nat_risk);
	assert_holds(finding->summary, "1.50 new sessions/s lead to 300 ports, the line has 240.");
	assert_lacks(finding->alternatives, "300 s");
	assert_holds(finding->advice, "(now 270 s: 0.89)");
}

static void a_line_that_ran_out_needs_no_warning_more(void **state)
{
	struct mw_nat_line_row row = quiet_line(1);

	give_line(*state, exhausted_line(0));
	row.ports_used = 230;
	give_line(*state, row);
	assert_null(finding_of(*state, &finding_nat_risk));
}

static void one_block_of_fifteen_is_a_fault_of_the_router(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);
	const struct mw_finding *finding;

	row.ports_used = row.ports_peak = 16;
	row.blocks_seen = 1;
	row.first_block_only = true;
	row.new_v4_failed_pct = 35;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_first_block);
	assert_non_null(finding);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_string_equal(
		finding->summary,
		"The router of line home uses only one block of its outside ports: 16 of 240. They are used up, "
		"and the other 14 blocks lie idle: new IPv4 connections fail early.");
	assert_holds(finding->evidence, "bears 0.018 new ports/s (16 / 900 s) where it could bear 0.27.");
	assert_holds(finding->advice, "firmware");
	assert_int_equal(count_findings(*state), 1);
	mw_diagnosis_clear(*state);
	row.blocks = 1;
	give_line(*state, row);
	assert_int_equal(count_findings(*state), 0);
}

static void one_block_of_an_unknown_set_is_a_hint(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);
	const struct mw_finding *finding;

	row.ports_used = row.ports_peak = 16;
	row.blocks_seen = 1;
	row.first_block_only = true;
	row.blocks = row.ports_limit = MW_UNKNOWN_I64;
	give_line(*state, row);
	finding = finding_of(*state, &finding_nat_first_block);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 50);
	assert_string_equal(
		finding->summary,
		"The router of line home uses only one block of its outside ports, as it seems: those in use (16 "
		"at most) lie side by side, and it takes no others when they are used up.");
	assert_holds(finding->evidence, "- Blocks of ports in use: 1, from ");
	assert_holds(finding->alternatives, "one block of ports and no more");
}

static void a_flood_of_lines_does_not_push_out_one_whose_host_waits(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	give_host(*state, churning_host(0));
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(row.line, sizeof(row.line), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		give_line(*state, row);
	}
	give_line(*state, exhausted_line(0));
	assert_non_null(finding_of(*state, &finding_nat_churner));
}

static void an_exhausted_line_of_one_block_points_there(void **state)
{
	struct mw_nat_line_row row = exhausted_line(0);

	row.first_block_only = true;
	give_line(*state, row);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->evidence,
				 "The router uses only one block of its ports: see the finding map-e-first-block-only.");
}

static bool has_line(struct mw_diagnosis *diagnosis, const char *subject, uint64_t least_ns)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(findings[i]->subject, subject) == 0 && findings[i]->last_ns - findings[i]->first_ns >= least_ns)
			return true;
	}
	return false;
}

static void a_flood_of_lines_keeps_the_line_that_lasts(void **state)
{
	struct mw_nat_line_row row = exhausted_line(2);

	give_line(*state, exhausted_line(0));
	give_line(*state, exhausted_line(1));
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(row.line, sizeof(row.line), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		give_line(*state, row);
	}
	assert_int_equal(count_findings(*state), 8);
	assert_true(count_left_out(*state) >= 20000 - 8);
	assert_true(has_line(*state, "line home (map-e, 192.0.2.18, PSID 200)", MINUTE_NS));
}

static void nothing_is_left_after_clearing(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.steady_ports = 300;
	give_line(*state, row);
	mw_diagnosis_clear(*state);
	row.ts_ns = MINUTE(1);
	give_line(*state, row); // the interval before is forgotten
	assert_int_equal(count_findings(*state), 0);
}

static const struct CMUnitTest tests[] = {
	CASE(a_quiet_line_is_no_finding),
	CASE(an_exhausted_line_is_told_apart_from_an_outage),
	CASE(what_is_not_known_is_not_claimed),
	CASE(outside_the_refused_are_not_in_view),
	CASE(without_a_limit_the_demand_is_told),
	CASE(a_short_pause_is_none),
	CASE(the_end_and_the_next_time_are_told),
	CASE(an_end_within_the_interval_is_seen),
	CASE(the_worst_interval_gives_the_numbers),
	CASE(a_measured_timer_is_held_against_the_configured_one),
	CASE(a_timer_says_where_it_comes_from),
	CASE(a_full_line_is_full_now),
	CASE(a_rate_of_nothing_is_not_told_as_a_number),
	CASE(advice_fits_the_protocol_that_eats_the_ports),
	CASE(an_inferred_limit_is_said_to_be_one),
	CASE(a_limit_from_what_was_refused_is_about_so_many),
	CASE(a_nearly_full_line_is_a_risk_with_its_arithmetic),
	CASE(of_pools_apart_the_fullest_is_what_is_short),
	CASE(a_product_that_is_not_the_steady_state_is_not_shown),
	CASE(a_burst_on_an_empty_line_is_no_risk_until_it_lasts),
	CASE(a_half_full_line_that_leads_far_is_a_risk_at_once),
	CASE(the_detectors_warning_counts_from_70_percent_on),
	CASE(without_a_limit_there_is_no_risk),
	CASE(a_risk_that_passes_says_so),
	CASE(a_risk_that_came_true_says_when),
	CASE(a_risk_goes_by_the_timer_that_was_measured_later),
	CASE(a_line_that_ran_out_needs_no_warning_more),
	CASE(one_block_of_fifteen_is_a_fault_of_the_router),
	CASE(one_block_of_an_unknown_set_is_a_hint),
	CASE(a_flood_of_lines_does_not_push_out_one_whose_host_waits),
	CASE(an_exhausted_line_of_one_block_points_there),
	CASE(a_flood_of_lines_keeps_the_line_that_lasts),
	CASE(nothing_is_left_after_clearing),
};

MW_TEST_MAIN("diagnose_nat", tests)
