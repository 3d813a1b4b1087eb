// SPDX-License-Identifier: BSD-3-Clause
// Who is named where a port serves several destinations, and where a line is in view from both sides of its router.
// Neighbours: lib/detectors/nat/finding_scarce.c, finding_sides.c; finding_rows.h.
#include "finding_rows.h"

/** A line whose UDP ports serve several destinations is out of them towards its resolver. */
static struct mw_nat_line_row short_towards_resolver(uint32_t minute, uint32_t held)
{
	struct mw_nat_line_row row = exhausted_line(minute);

	row.reused = 1u << MW_NAT_UDP;
	row.scarce = (struct mw_nat_scarce){.peer = v4(192, 0, 2, 53),
										.port = 53,
										.protocol = MW_NAT_UDP,
										.ports = 240,
										.failed_pct = 93,
										.host = v4(192, 168, 100, 7),
										.held = held};
	return row;
}

static void who_holds_the_ports_that_are_missed_is_named_not_the_churner(void **state)
{
	const struct mw_finding *finding;

	give_line(*state, short_towards_resolver(0, 216));
	give_host(*state, churning_host(0));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "has run out of outside ports towards 192.0.2.53 port 53 (UDP) (all 240 in use)");
	assert_holds(finding->summary, "Most of them are held by 192.168.100.7 (216 of 240).");
	assert_lacks(finding->summary, "192.168.100.100");
	assert_lacks(finding->evidence, "192.168.100.100");
	assert_holds(finding->evidence, "- Who holds them: 240 ports towards 192.0.2.53 port 53 (UDP), of which "
									"192.168.100.7 has most: 216 (90 %)");
	assert_holds(finding->evidence, "- New connections to it: 93 % failed; to all others that had answered: 0 %.");
	assert_holds(finding->alternatives, "192.168.100.7 may ask for others");
	assert_lacks(finding->alternatives, "shared out");
	assert_lacks(finding->alternatives, "No single host");
	assert_holds(finding->advice, "- On 192.168.100.7: find what opens so many sessions to 192.0.2.53 port 53 (UDP).");
	assert_holds(finding->advice, "show nat 192.168.100.7");
	finding = finding_of(*state, &finding_nat_churner);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "No harm to others: each of these ports serves other destinations too.");
	assert_lacks(finding->evidence, "pay for it");
	assert_lacks(finding->advice, "clear the router's");
}

static void the_more_is_shared_out_the_less_a_host_is_accused(void **state)
{
	const struct mw_finding *finding;
	int64_t sure;

	give_line(*state, short_towards_resolver(0, 216));
	sure = finding_of(*state, &finding_nat_exhaustion)->confidence;
	mw_diagnosis_clear(*state);
	give_line(*state, short_towards_resolver(0, 140));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_int_equal(finding->confidence, sure - 10);
	assert_holds(finding->summary, "Most of them are held by 192.168.100.7 (140 of 240).");
	assert_holds(finding->alternatives, "The rest of those ports is shared out among others");
	mw_diagnosis_clear(*state);
	give_line(*state, short_towards_resolver(0, 70));
	give_host(*state, churning_host(0));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "No single host holds most of them.");
	assert_lacks(finding->summary, "192.168.100.");
	assert_holds(finding->evidence, "192.168.100.7 has most: 70 (29 %)");
	assert_holds(finding->alternatives, "No single host stands out");
	assert_holds(finding->advice, "Look in the router's table which hosts have most sessions to 192.0.2.53");
}

/** Its own destination is the one that is short of ports. */
static void a_churner_at_the_destination_that_fails_is_the_cause(void **state)
{
	struct mw_nat_line_row line = short_towards_resolver(0, 216);

	line.scarce.peer = v4(192, 168, 1, 211);
	line.scarce.port = 59870;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
	assert_int_equal(finding_of(*state, &finding_nat_churner)->severity, MW_SEVERITY_WARNING);
}

/** Which destination fails is not known, but it is none that answers nobody. */
static void where_ports_serve_several_destinations_a_churner_is_no_cause(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);

	line.reused = 1u << MW_NAT_UDP;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_lacks(finding_of(*state, &finding_nat_exhaustion)->summary, "192.168.100.100");
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->alternatives, "No single host stands out");
}

static void outside_it_is_told_which_destination_is_missed(void **state)
{
	struct mw_nat_line_row dead = exhausted_line(0), line = short_towards_resolver(1, 0);
	const struct mw_finding *finding;

	dead.inside = line.inside = false;
	dead.reused = line.reused;
	dead.ports_used = line.ports_used = 147;
	dead.turn_ranges = line.turn_ranges = 15;
	dead.turn_range_ports = line.turn_range_ports = 16;
	dead.full_peer = v4(192, 168, 1, 211);
	dead.full_port = 59870;
	dead.new_v4_failed_pct = line.new_v4_failed_pct = 0;
	give_line(*state, dead);
	give_host(*state, churning_host(0));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->evidence, "towards 192.168.1.211 port 59870 (UDP) were passed over; nothing ever came from");
	line.full_answers = true;
	line.full_peer = line.scarce.peer;
	line.full_port = line.scarce.port;
	line.scarce.failed_pct = MW_UNKNOWN_DOUBLE;
	give_line(*state, line);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_holds(finding->summary, "in turn towards 192.0.2.53 port 53 (UDP) (147 of 240 in use)");
	assert_lacks(finding->summary, "192.168.");
	assert_holds(finding->evidence, "240 ports towards 192.0.2.53 port 53 (UDP), by hosts that are not in view");
	assert_holds(finding->evidence, "Ranges full towards 192.0.2.53 port 53 (UDP) were passed over.");
	assert_holds(finding->advice, "Look in the router's table which hosts have most sessions to 192.0.2.53 port 53");
}

/** The line "home" again, seen outside its router. */
static struct mw_nat_line_row outside_line(uint32_t minute)
{
	struct mw_nat_line_row row = exhausted_line(minute);

	memcpy(row.line, "192.0.2.18", sizeof("192.0.2.18"));
	memcpy(row.lan_line, "home", sizeof("home"));
	row.inside = false;
	row.measured_timer_s = row.timer_s = 270;
	row.timer_from = MW_NAT_TIMER_MEASURED;
	return row;
}

static struct mw_nat_host_row outside_churner(uint32_t minute)
{
	struct mw_nat_host_row row = churning_host(minute);

	memcpy(row.line, "192.0.2.18", sizeof("192.0.2.18"));
	row.host = v4(192, 0, 2, 18);
	row.habit.per_s = 0.8;
	return row;
}

static void a_line_in_view_from_both_sides_is_told_once(void **state)
{
	for (int turn = 0; turn < 2; turn++) {
		const struct mw_finding *finding;

		mw_diagnosis_clear(*state);
		give_host(*state, churning_host(0));
		give_host(*state, outside_churner(0));
		give_line(*state, turn == 0 ? exhausted_line(0) : outside_line(0));
		give_line(*state, turn == 0 ? outside_line(0) : exhausted_line(0));
		assert_int_equal(count_findings(*state), 2); // neither twice
		finding = finding_of(*state, &finding_nat_exhaustion);
		assert_holds(finding->subject, "line home");
		assert_holds(finding->summary, "Likely cause: 192.168.100.100");
		assert_holds(finding->evidence, "- Seen outside the router too, as line 192.0.2.18: short of ports from "
										"2026-01-11T12:00:10Z to 2026-01-11T12:00:59Z, all 240 ports in use.");
		assert_holds(finding->evidence, "Ports came back about 270 s after their last use");
		assert_string_equal(finding_of(*state, &finding_nat_churner)->subject, "192.168.100.100 on line home");
	}
}

static void what_the_lan_side_does_not_show_is_told_of_the_other_with_its_host(void **state)
{
	const struct mw_finding *finding;
	struct mw_nat_line_row inside = quiet_line(0);

	inside.ports_used = 190;
	give_host(*state, churning_host(0));
	give_host(*state, outside_churner(0));
	give_line(*state, inside);
	give_line(*state, outside_line(0));
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->subject, "line 192.0.2.18");
	assert_holds(finding->summary, "Likely cause: 192.168.100.100");
	assert_int_equal(count_findings(*state), 2);
}

static void at_another_time_it_is_told_by_itself(void **state)
{
	const struct mw_finding *const *findings;

	give_line(*state, exhausted_line(0));
	give_line(*state, outside_line(30));
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
}

static void another_line_is_told_by_itself(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_nat_line_row other = outside_line(0);

	other.lan_line[0] = '\0';
	give_line(*state, exhausted_line(0));
	give_line(*state, other);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
}

/** That a port serves several destinations was learned after the warning: it counted what is not short. */
static void a_risk_of_another_measure_is_taken_back(void **state)
{
	struct mw_nat_line_row row = quiet_line(0);

	row.ports_used = 230;
	give_line(*state, row);
	give_host(*state, churning_host(0));
	assert_int_equal(finding_of(*state, &finding_nat_churner)->severity, MW_SEVERITY_WARNING);
	row = quiet_line(1);
	row.reused = 1u << MW_NAT_UDP;
	give_line(*state, row);
	assert_null(finding_of(*state, &finding_nat_risk));
	assert_int_equal(finding_of(*state, &finding_nat_churner)->severity, MW_SEVERITY_NOTICE);
}

static const struct CMUnitTest tests[] = {
	CASE(who_holds_the_ports_that_are_missed_is_named_not_the_churner),
	CASE(the_more_is_shared_out_the_less_a_host_is_accused),
	CASE(a_churner_at_the_destination_that_fails_is_the_cause),
	CASE(where_ports_serve_several_destinations_a_churner_is_no_cause),
	CASE(outside_it_is_told_which_destination_is_missed),
	CASE(a_line_in_view_from_both_sides_is_told_once),
	CASE(what_the_lan_side_does_not_show_is_told_of_the_other_with_its_host),
	CASE(at_another_time_it_is_told_by_itself),
	CASE(another_line_is_told_by_itself),
	CASE(a_risk_of_another_measure_is_taken_back),
};

MW_TEST_MAIN("diagnose_nat_scarce", tests)
