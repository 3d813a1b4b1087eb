// SPDX-License-Identifier: BSD-3-Clause
// Who is accused of eating a line's ports, and who is not: while a line is ill, everybody goes unanswered.
// Neighbours: lib/detectors/nat/finding_churn.c, finding_churn_text.c; finding_rows.h.
#include "finding_rows.h"

/** The line has room, and its other users get answers. */
static struct mw_nat_line_row healthy_line(uint32_t minute)
{
	struct mw_nat_line_row row = quiet_line(minute);

	row.ports_used = 190;
	row.new_v4_failed_pct = 34; // the churner's own, of 1 a second
	return row;
}

static struct mw_nat_host_row public_churner(uint32_t minute)
{
	struct mw_nat_host_row row = churning_host(minute);

	row.habit.dst = v4(198, 51, 100, 7);
	row.habit.dst_private = false;
	return row;
}

static void one_of_an_exhausted_line_is_named_there(void **state)
{
	const struct mw_finding *finding;

	give_line(*state, exhausted_line(0));
	give_host(*state, churning_host(0));
	finding = finding_of(*state, &finding_nat_churner);
	assert_non_null(finding);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 90);
	assert_string_equal(finding->subject, "192.168.100.100 on line home");
	assert_string_equal(
		finding->summary,
		"192.168.100.100 opens 0.33 sessions/s to 192.168.1.211 port 59870 (UDP) that are never "
		"answered: they hold about 168 of the line's 240 ports. Perhaps Logi Options+ Flow. The line has "
		"run out of ports.");
	assert_holds(finding->evidence, "a private address, which nothing beyond the translator can answer");
	assert_holds(finding->evidence, "70 % of what the line had in use");
	assert_holds(finding->evidence,
				 "0.33 new sessions/s x 900 s = 300 ports held by this host alone; the line has 240.");
	assert_holds(finding->evidence, "A new source port each time");
	assert_holds(finding->evidence, "every 3.0 s");
	assert_holds(finding->evidence, "Port 59870 is known of: Logi Options+ Flow. A hint by the number, no proof.");
	assert_holds(finding->alternatives, "VPN");
	assert_holds(finding->advice, "- On 192.168.100.100: switch off what sends this (perhaps Logi Options+ Flow).");
	assert_holds(finding->advice, "drop packets to 192.168.1.211 before they are translated");
	assert_holds(finding->advice, "show nat 192.168.100.100");
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->summary, "Likely cause: 192.168.100.100, with packets to 192.168.1.211 port 59870 (UDP).");
	assert_holds(finding->evidence, "Who eats them: 192.168.100.100, about 168 ports");
	assert_lacks(finding->alternatives, "No single host");
	assert_holds(finding->advice, "- On 192.168.100.100: switch off");
}

static void its_row_may_come_before_the_lines(void **state)
{
	give_host(*state, churning_host(0));
	assert_int_equal(count_findings(*state), 0);
	give_line(*state, exhausted_line(0));
	assert_non_null(finding_of(*state, &finding_nat_churner));
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
}

static void a_row_whose_line_never_comes_accuses_nobody(void **state)
{
	give_host(*state, churning_host(0));
	give_line(*state, exhausted_line(1));
	assert_null(finding_of(*state, &finding_nat_churner));
}

static void those_that_waited_in_vain_are_forgotten(void **state)
{
	struct mw_nat_host_row other = churning_host(1);

	other.host = v4(192, 168, 100, 7);
	give_host(*state, churning_host(0));
	give_host(*state, other);
	give_line(*state, exhausted_line(1));
	assert_string_equal(finding_of(*state, &finding_nat_churner)->subject, "192.168.100.7 on line home");
}

static void the_culprit_of_minutes_ago_still_holds_its_ports(void **state)
{
	give_line(*state, healthy_line(0));
	give_host(*state, churning_host(0));
	give_line(*state, exhausted_line(10));
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
	give_line(*state, exhausted_line(600));
	assert_lacks(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
}

static void it_is_named_though_the_time_ended_within_the_interval(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);

	line.exhausted_to_ns = line.ts_ns + 30 * MW_NS_PER_SECOND;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "over now. Likely cause: 192.168.100.100");
}

static void a_later_churner_is_not_blamed_for_what_is_over(void **state)
{
	give_line(*state, exhausted_line(0));
	give_line(*state, healthy_line(60));
	give_host(*state, churning_host(60));
	assert_lacks(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
}

static void the_highest_rate_is_the_culprit(void **state)
{
	struct mw_nat_host_row other = churning_host(0);

	other.host = v4(192, 168, 100, 7);
	other.habit.per_s = 0.1;
	other.ports_peak = 60;
	for (int turn = 0; turn < 2; turn++) {
		mw_diagnosis_clear(*state);
		give_line(*state, exhausted_line(0));
		give_host(*state, turn == 0 ? other : churning_host(0));
		give_host(*state, turn == 0 ? churning_host(0) : other);
		assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
	}
}

static void on_a_line_with_room_it_is_a_notice_at_most(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);
	const struct mw_finding *finding;

	give_line(*state, line);
	give_host(*state, churning_host(0));
	finding = finding_of(*state, &finding_nat_churner);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "No harm yet: the line has room.");
	line.ts_ns = MINUTE(1);
	line.ports_limit = 65536;
	mw_diagnosis_clear(*state);
	give_line(*state, line);
	give_host(*state, churning_host(1));
	assert_int_equal(count_findings(*state), 0);
}

static void of_an_unknown_limit_it_is_a_notice(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);

	line.ports_limit = MW_UNKNOWN_I64;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_int_equal(finding_of(*state, &finding_nat_churner)->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding_of(*state, &finding_nat_churner)->summary, "How many ports the line has is not known.");
}

static void few_ports_are_no_accusation(void **state)
{
	struct mw_nat_host_row few = churning_host(0), answered = churning_host(0), unknown = churning_host(0);

	few.ports_peak = 19;
	answered.unanswered_pct = 5;
	unknown.habit.known = false;
	give_line(*state, exhausted_line(0));
	give_host(*state, few);
	give_host(*state, answered);
	give_host(*state, unknown);
	assert_null(finding_of(*state, &finding_nat_churner));
}

static void a_rate_that_cannot_hold_so_much_is_no_accusation(void **state)
{
	struct mw_nat_host_row row = churning_host(0);

	row.habit.per_s = 0.01; // x 900 s = 9 ports: the others are of another kind
	give_line(*state, exhausted_line(0));
	give_host(*state, row);
	assert_null(finding_of(*state, &finding_nat_churner));
}

static void while_the_line_is_out_of_ports_public_silence_accuses_nobody(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);

	line.new_v4_failed_pct = 34; // most of the interval went well
	give_line(*state, line);
	give_host(*state, public_churner(0));
	assert_null(finding_of(*state, &finding_nat_churner));
}

static void public_silence_accuses_when_others_are_answered(void **state)
{
	const struct mw_finding *finding;

	give_line(*state, healthy_line(0));
	give_host(*state, public_churner(0));
	finding = finding_of(*state, &finding_nat_churner);
	assert_non_null(finding);
	assert_int_equal(finding->confidence, 65);
	assert_holds(finding->evidence, "while others of this line got answers");
	assert_holds(finding->alternatives, "A server or resolver that is down");
}

static void in_an_outage_nobody_is_accused(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);

	line.new_v4_failed_pct = line.established_v4_failed_pct = line.new_v6_failed_pct = 100;
	give_line(*state, line);
	give_host(*state, public_churner(0));
	give_host(*state, churning_host(0));
	assert_int_equal(count_findings(*state), 0);
}

static void when_half_of_the_others_fail_too_it_is_the_line(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);

	line.new_v4_failed_pct = 70; // of 1 a second: 0.37 of 0.67 that are not the churner's
	give_line(*state, line);
	give_host(*state, public_churner(0));
	assert_int_equal(count_findings(*state), 0);
}

static void a_mirror_of_one_direction_accuses_nobody(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);

	line.new_v4_failed_pct = 100;
	line.established_v4_failed_pct = line.new_v6_failed_pct = MW_UNKNOWN_DOUBLE;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_int_equal(count_findings(*state), 0);
	line.established_v4_failed_pct = 0; // others do answer
	line.ts_ns = MINUTE(1);
	give_line(*state, line);
	give_host(*state, churning_host(1));
	assert_non_null(finding_of(*state, &finding_nat_churner));
}

static void outside_the_translator_the_host_is_not_in_view(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);
	struct mw_nat_host_row host = churning_host(0);
	const struct mw_finding *finding;

	line.inside = false;
	host.host = line.outside;
	give_line(*state, line);
	give_host(*state, host);
	finding = finding_of(*state, &finding_nat_churner);
	assert_string_equal(finding->subject, "a host behind 192.0.2.18 on line home");
	assert_holds(finding->alternatives, "Several hosts: this tap is outside");
	assert_holds(finding->advice, "Find the host: look for 192.168.1.211 port 59870 (UDP) in the router's table.");
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: a host behind 192.0.2.18");
}

static void a_risk_names_it_too(void **state)
{
	struct mw_nat_line_row line = healthy_line(0);

	line.ports_used = 210;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	assert_holds(finding_of(*state, &finding_nat_risk)->summary, "Likely cause: 192.168.100.100.");
	assert_holds(finding_of(*state, &finding_nat_churner)->summary, "The line is running short of ports.");
}

static void a_flood_of_inside_hosts_makes_no_findings(void **state)
{
	struct mw_nat_host_row row = churning_host(0);
	struct mw_nat_line_row line = exhausted_line(0);

	line.ports_limit = MW_UNKNOWN_I64;
	line.ports_used = 2000000;
	give_line(*state, line);
	row.ports_peak = 25;
	for (uint32_t i = 0; i < 50000; i++) {
		row.host = v4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
		give_host(*state, row);
	}
	assert_int_equal(count_findings(*state), 1);
	assert_int_equal(count_left_out(*state), 0);
}

static void hosts_that_wait_are_bounded_and_the_fastest_stay(void **state)
{
	struct mw_nat_host_row row = churning_host(0);

	row.habit.per_s = 0.2;
	for (uint8_t i = 1; i < 200; i++) {
		row.host = v4(10, 0, 0, i);
		give_host(*state, row);
	}
	give_host(*state, churning_host(0));
	give_line(*state, exhausted_line(0));
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->summary, "Likely cause: 192.168.100.100");
	assert_int_equal(count_findings(*state), 5); // the line and the four that waited
}

/** Numbers as large as they come, addresses and names as long. */
static void make_longest(struct mw_nat_line_row *line, struct mw_nat_host_row *host)
{
	memset(line->line, 'a', sizeof(line->line) - 1);
	memset(host->line, 'a', sizeof(host->line) - 1);
	memset(host->habit.hint, 'h', sizeof(host->habit.hint) - 1);
	line->outside = host->host = host->habit.dst = longest_address(0xfe);
	line->sessions = line->sessions_limit = line->timer_s = INT64_MAX;
	line->blocks = line->ports_limit = line->ports_used = host->ports_peak = INT64_MAX;
	line->limit_inferred = line->first_block_only = true;
	line->pattern_chance = 1e-300;
	line->psid = 65535;
	line->new_per_s = line->steady_ports = host->habit.per_s = 1e300;
	host->habit.period_ms = UINT32_MAX;
}

static void assert_whole(const struct mw_finding *finding)
{
	assert_true(strlen(finding->summary) < sizeof(finding->summary) - 1);
	assert_true(strlen(finding->subject) < sizeof(finding->subject) - 1);
	assert_int_equal(finding->summary[strlen(finding->summary) - 1], '.');
	assert_int_equal(finding->evidence[strlen(finding->evidence) - 1], '\n');
	assert_int_equal(finding->alternatives[strlen(finding->alternatives) - 1], '\n');
	assert_int_equal(finding->advice[strlen(finding->advice) - 1], '\n');
	assert_holds(finding->advice, "- Watch it: ");
}

static void the_longest_texts_fit(void **state)
{
	struct mw_nat_line_row line = exhausted_line(3);
	struct mw_nat_host_row host = churning_host(3);
	const struct mw_finding *const *findings;

	make_longest(&line, &host);
	for (uint32_t minute = 1; minute < 12; minute += 2) {
		line.ts_ns = host.ts_ns = MINUTE(minute * 1000);
		line.last_ns = host.last_ns = line.exhausted_to_ns = line.ts_ns + MINUTE_NS;
		line.exhausted_from_ns = line.ts_ns;
		line.state = minute == 1 ? MW_NAT_WARNING : MW_NAT_EXHAUSTED;
		line.exhaustion_in_s = 2591999;
		line.measured_timer_s = 123456789;
		give_line(*state, line);
		give_host(*state, host);
	}
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_whole(findings[i]);
	assert_holds(finding_of(*state, &finding_nat_exhaustion)->evidence, "real timer. ");
	assert_holds(finding_of(*state, &finding_nat_churner)->evidence, "no proof.");
	assert_holds(finding_of(*state, &finding_nat_churner)->alternatives, "1 in 1000000000.");
}

static void all_alternatives_of_an_exhausted_line_fit(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);
	struct mw_nat_host_row host = churning_host(0);
	const struct mw_finding *finding;

	make_longest(&line, &host);
	line.new_v4_failed_pct = 0;
	line.timer_s = 31536000;
	give_line(*state, line);
	finding = finding_of(*state, &finding_nat_exhaustion);
	assert_holds(finding->alternatives, "No single host");
	assert_holds(finding->alternatives, "several peers");
	assert_holds(finding->alternatives, "its timer (31536000 s)");
	assert_holds(finding->alternatives, "1 in 1000000000.");
}

static void a_timer_that_is_measured_later_counts_for_it_too(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);
	const struct mw_finding *finding;

	line.timer_from = MW_NAT_TIMER_ASSUMED;
	give_line(*state, line);
	give_host(*state, churning_host(0));
	line = quiet_line(1);
	line.timer_s = line.measured_timer_s = 270;
	line.timer_from = MW_NAT_TIMER_MEASURED;
	give_line(*state, line);
	finding = finding_of(*state, &finding_nat_churner);
	assert_holds(finding->summary, "they hold about 90 of the line's 240 ports");
	assert_holds(finding->evidence, "0.33 new sessions/s x 270 s = 90 ports");
	assert_lacks(finding->alternatives, "900 s");
	assert_holds(finding->advice, "(now 270 s: 0.89)");
}

static void numbers_that_cannot_be_do_no_harm(void **state)
{
	struct mw_nat_line_row line = exhausted_line(0);
	struct mw_nat_host_row host = churning_host(0);

	line.new_per_s = line.steady_ports = host.share_pct = MW_UNKNOWN_DOUBLE;
	line.ports_used = line.ports_limit = line.blocks = line.timer_s = INT64_MIN;
	line.kind = line.state = 255;
	host.unanswered_pct = MW_UNKNOWN_DOUBLE;
	give_line(*state, line);
	give_host(*state, host);
	host.unanswered_pct = 1e300;
	host.habit.per_s = 1e300;
	host.habit.protocol = 255;
	give_host(*state, host);
	assert_int_equal(count_findings(*state), 0);
}

static const struct CMUnitTest tests[] = {
	CASE(one_of_an_exhausted_line_is_named_there),
	CASE(its_row_may_come_before_the_lines),
	CASE(a_row_whose_line_never_comes_accuses_nobody),
	CASE(those_that_waited_in_vain_are_forgotten),
	CASE(the_culprit_of_minutes_ago_still_holds_its_ports),
	CASE(it_is_named_though_the_time_ended_within_the_interval),
	CASE(a_later_churner_is_not_blamed_for_what_is_over),
	CASE(the_highest_rate_is_the_culprit),
	CASE(on_a_line_with_room_it_is_a_notice_at_most),
	CASE(of_an_unknown_limit_it_is_a_notice),
	CASE(few_ports_are_no_accusation),
	CASE(a_rate_that_cannot_hold_so_much_is_no_accusation),
	CASE(while_the_line_is_out_of_ports_public_silence_accuses_nobody),
	CASE(public_silence_accuses_when_others_are_answered),
	CASE(in_an_outage_nobody_is_accused),
	CASE(when_half_of_the_others_fail_too_it_is_the_line),
	CASE(a_mirror_of_one_direction_accuses_nobody),
	CASE(outside_the_translator_the_host_is_not_in_view),
	CASE(a_risk_names_it_too),
	CASE(a_flood_of_inside_hosts_makes_no_findings),
	CASE(hosts_that_wait_are_bounded_and_the_fastest_stay),
	CASE(the_longest_texts_fit),
	CASE(all_alternatives_of_an_exhausted_line_fit),
	CASE(a_timer_that_is_measured_later_counts_for_it_too),
	CASE(numbers_that_cannot_be_do_no_harm),
};

MW_TEST_MAIN("diagnose_nat_churn", tests)
