// SPDX-License-Identifier: BSD-3-Clause
// A resolver that stopped answering, a family that suffers; and what is neither.
// Neighbours: lib/detectors/health/finding_dns.c, finding_family.c.
#include <stdio.h>
#include <string.h>

#include "mw_time.h"
#include "world.h"

#define GOOD "192.0.2.1"
#define BAD  "192.0.2.2"

static void a_resolver_that_stopped_beside_one_that_answers(void **state)
{
	struct world *world = world_new();
	const struct mw_finding *finding;

	(void)state;
	ask(world, .at = 0, .count = 10, .peer = BAD);
	interval(world, 0, 60);
	ask(world, .at = 60, .count = 20, .peer = BAD, .lost = true);
	ask(world, .at = 60, .count = 20, .peer = BAD, .lost = true, .asker = "192.168.0.2");
	ask(world, .at = 60, .count = 20, .peer = GOOD);
	end_input(world, 60, 120);
	finding = finding_of(world, "dns-failing");
	assert_non_null(finding);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_string_equal(finding->subject, BAD);
	assert_true(finding->confidence >= 80);
	assert_null(finding_of(world, "family-degraded"));
	world_free(world);
}

// Of a minute in which it answered first: when it failed, and not when it was asked.
static void it_is_told_from_when_on_it_did_not_answer(void **state)
{
	struct world *world = world_new();
	char from[MW_TIME_TEXT_BYTES], to[MW_TIME_TEXT_BYTES], expected[160];
	struct mw_text from_text = mw_text_in(from, sizeof(from)), to_text = mw_text_in(to, sizeof(to));

	(void)state;
	ask(world, .at = 60, .count = 9, .peer = BAD);
	ask(world, .at = 90, .count = 20, .peer = BAD, .lost = true);
	ask(world, .at = 60, .count = 20, .peer = GOOD);
	end_input(world, 60, 120);
	mw_time_add_rfc3339(&from_text, EPOCH_NS + 90 * MW_NS_PER_SECOND);
	mw_time_add_rfc3339(&to_text, EPOCH_NS + 109 * MW_NS_PER_SECOND);
	snprintf(expected, sizeof(expected), "the first at %s, the last at %s;", from, to);
	assert_non_null(strstr(finding_of(world, "dns-failing")->summary, expected));
	world_free(world);
}

// Half a minute of one in which it answered before and after, and so did all else.
static const struct mw_finding *fails_for(struct world *world, uint32_t seconds, uint32_t names)
{
	ask(world, .at = 0, .count = 60, .peer = GOOD);
	ask(world, .at = 0, .count = 60, .service = HEALTH_CONNECT, .peer = "192.0.2.9");
	ask(world, .at = 0, .count = 20, .peer = BAD);
	ask(world, .at = 20, .count = seconds, .peer = BAD, .lost = true, .names = names);
	ask(world, .at = 20 + seconds, .count = 40 - seconds, .peer = BAD);
	end_input(world, 0, 60);
	return finding_of(world, "dns-failing");
}

static void a_failure_is_judged_by_its_own_start_and_end(void **state)
{
	struct world *world = world_new();
	const struct mw_finding *finding = fails_for(world, 25, 0);

	(void)state;
	assert_non_null(finding);
	assert_non_null(strstr(finding->summary, "25 of 25 (100 %)"));
	assert_int_equal(finding->first_ns, EPOCH_NS + 20 * MW_NS_PER_SECOND);
	assert_int_equal(finding->last_ns, EPOCH_NS + 44 * MW_NS_PER_SECOND);
	world_free(world);
}

static void a_short_one_is_nothing(void **state)
{
	struct world *world = world_new();

	(void)state;
	assert_null(fails_for(world, 9, 0));
	world_free(world);
}

// Two names that their servers do not tell, in both families, again and again.
static void names_that_nobody_knows_are_no_failure(void **state)
{
	struct world *world = world_new();

	(void)state;
	assert_null(fails_for(world, 25, 3));
	world_free(world);
	world = world_new();
	assert_null(fails_for(world, 40, 3)); // more than half of the interval's queries
	world_free(world);
}

// Names of one zone and a mirror that shows part look like it.
static void what_answers_most_of_the_time_is_not_accused(void **state)
{
	struct world *world = world_new();
	const struct mw_finding *finding = fails_for(world, 25, 0);

	(void)state;
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 50);
	world_free(world);
	world = world_new();
	finding = fails_for(world, 40, 0);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_true(finding->confidence > 75);
	world_free(world);
}

static void ask_both(struct world *world, bool lost)
{
	const double at = lost ? 20 : 0;

	ask(world, .at = at, .count = 20, .peer = BAD, .lost = lost);
	ask(world, .at = at, .count = 20, .peer = GOOD, .lost = lost);
}

// Where all else of the family answers, and nothing else that is asked over UDP fails.
static void all_resolvers_may_fail(void **state)
{
	static const struct {
		bool asks, lost, found;
	} udp[] = {{false, false, true}, {true, false, true}, {true, true, false}};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(udp); i++) {
		struct world *world = world_new();
		const struct mw_finding *finding;

		ask(world, .at = 0, .count = 60, .service = HEALTH_CONNECT, .peer = "192.0.2.9");
		ask_both(world, false);
		ask(world, .at = 0, .count = 20, .service = HEALTH_NTP, .peer = "192.0.2.8");
		if (udp[i].asks)
			ask(world, .at = 20, .count = 20, .service = HEALTH_NTP, .peer = "192.0.2.8", .lost = udp[i].lost);
		ask_both(world, true);
		end_input(world, 0, 60);
		finding = finding_of(world, "dns-failing");
		assert_int_equal(finding != NULL, udp[i].found);
		if (finding != NULL) {
			assert_non_null(strstr(finding->summary, "others do not either, all else answers. The line is up"));
			assert_int_equal(strstr(finding->alternatives, "All UDP fails") != NULL, !udp[i].asks);
			assert_true(finding->confidence <= 50 || udp[i].asks);
		}
		world_free(world);
	}
}

// Ten hosts ask, and for two of them it is dead.
static void askers_are_those_whose_queries_failed(void **state)
{
	struct world *world = world_new();
	char host[32];

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		snprintf(host, sizeof(host), "192.168.0.%u", i + 1);
		ask(world, .at = i, .count = 2, .peer = BAD, .asker = host);
		if (i < 2)
			ask(world, .at = 30, .count = 20, .peer = BAD, .asker = host, .lost = true);
	}
	ask(world, .at = 0, .count = 60, .peer = GOOD);
	end_input(world, 0, 60);
	assert_non_null(strstr(finding_of(world, "dns-failing")->evidence, "from about 2 hosts"));
	world_free(world);
}

static const struct mw_finding *with(struct world *world, const struct ask *meanwhile)
{
	ask(world, .at = 0, .count = 10, .peer = BAD, .suffixes = 0x321);
	interval(world, 0, 60);
	ask(world, .at = 60, .count = 30, .peer = BAD, .lost = true, .suffixes = 0x321);
	ask(world, .at = 60, .count = 30, .peer = GOOD);
	if (meanwhile != NULL)
		ask_with(world, meanwhile);
	end_input(world, 60, 120);
	return finding_of(world, "dns-failing");
}

// What it answered meanwhile, or later, or what another address answered, says that it lives.
static void a_resolver_that_lives_is_not_called_dead(void **state)
{
	static const struct {
		struct ask meanwhile;
		const char *summary, *evidence;
	} cases[] = {
		{{.at = 63, .count = 20, .peer = BAD, .end = MW_EXCHANGE_UNASKED},
		 "answers late",
		 "20 of 30 (67 %), 3.0 s to 3.0 s"},
		{{.at = 60, .count = 20, .peer = "192.0.2.3", .end = MW_EXCHANGE_UNASKED},
		 "is answered for by another address",
		 "Answered from another address, 192.0.2.3, of those that were followed: 20 of 30"},
		{{.at = 60, .count = 20, .peer = BAD, .suffixes = 0x654},
		 "finds no answer for names of one domain",
		 "names that end alike"},
		{{.at = 60, .count = 20, .peer = BAD, .asker = "192.168.0.2", .suffixes = 0x321},
		 "leaves one host without answers:",
		 "were queries of 192.168.0.1;"},
	};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct world *world = world_new();
		struct ask meanwhile = cases[i].meanwhile;
		const struct mw_finding *finding;

		if (meanwhile.suffixes == 0)
			meanwhile.suffixes = 0x321;
		finding = with(world, &meanwhile);
		assert_non_null(finding);
		assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
		assert_true(finding->confidence <= 50);
		assert_non_null(strstr(finding->summary, cases[i].summary));
		assert_non_null(strstr(finding->evidence, cases[i].evidence));
		world_free(world);
	}
}

// A response to another port, to another question, or long after is nobody's; answers before it died clear nothing.
static void what_is_no_answer_clears_nothing(void **state)
{
	static const struct ask cases[] = {
		{.at = 62, .count = 20, .peer = BAD, .end = MW_EXCHANGE_UNASKED, .suffixes = 0x321, .port = 9},
		{.at = 62, .count = 20, .peer = BAD, .end = MW_EXCHANGE_UNASKED, .suffixes = 0x322},
		{.at = 105, .count = 1, .peer = BAD, .end = MW_EXCHANGE_UNASKED, .suffixes = 0x321},
		{.at = 60, .count = 5, .peer = BAD, .suffixes = 0x654},
	};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct world *world = world_new();

		assert_int_equal(with(world, &cases[i])->severity, MW_SEVERITY_WARNING);
		world_free(world);
	}
}

/** A busy one far away may be out of reach of a translator's ports, one that few ask or that is near is not. */
static void a_translator_without_ports_is_named_where_it_may_be(void **state)
{
	static const struct {
		const char *peer;
		uint32_t count;
		bool named;
	} cases[] = {{"198.51.100.7", 50, true}, {"198.51.100.7", 20, false}, {"10.1.2.3", 50, false}};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct world *world = world_new();
		const struct mw_finding *finding;

		ask(world, .at = 0, .count = 10, .peer = cases[i].peer);
		interval(world, 0, 60);
		ask(world, .at = 60, .count = cases[i].count, .peer = cases[i].peer, .lost = true);
		ask(world, .at = 60, .count = 20, .peer = cases[i].peer, .asker = "192.168.0.2");
		ask(world, .at = 60, .count = 20, .peer = GOOD);
		end_input(world, 60, 120);
		finding = finding_of(world, "dns-failing");
		assert_non_null(finding);
		assert_int_equal(strstr(finding->alternatives, "A translator on the way has no port left") != NULL,
						 cases[i].named);
		world_free(world);
	}
}

static void one_that_never_answered_is_a_notice(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 60, .count = 20, .peer = BAD, .lost = true);
	ask(world, .at = 60, .count = 20, .peer = GOOD);
	end_input(world, 60, 120);
	assert_int_equal(finding_of(world, "dns-failing")->severity, MW_SEVERITY_NOTICE);
	world_free(world);
}

// Where nothing of the family answers it is not the resolver.
static void no_resolver_is_blamed_for_a_dead_line(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 0, .count = 10, .peer = BAD);
	ask(world, .at = 0, .count = 10, .peer = GOOD);
	interval(world, 0, 60);
	ask(world, .at = 60, .count = 20, .peer = BAD, .lost = true);
	ask(world, .at = 60, .count = 20, .peer = GOOD, .lost = true);
	ask(world, .at = 60, .count = 20, .peer = "2001:db8::1", .family = HEALTH_IPV6);
	end_input(world, 60, 120);
	assert_null(finding_of(world, "dns-failing"));
	world_free(world);
}

static void a_few_lost_queries_are_nothing(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 0, .count = 4, .peer = BAD, .lost = true);
	ask(world, .at = 0, .count = 20, .peer = GOOD);
	ask(world, .at = 0, .count = 20, .peer = GOOD, .lost = true, .service = HEALTH_NTP);
	end_input(world, 0, 60);
	assert_null(finding_of(world, "dns-failing"));
	assert_null(finding_of(world, "family-degraded"));
	world_free(world);
}

static void family(struct world *world, double at, uint8_t family, const char *first, const char *second, uint32_t lost)
{
	const char *const peers[2] = {first, second};

	for (uint32_t i = 0; i < 2; i++) {
		ask(world, .at = at, .count = 20 - lost, .peer = peers[i], .family = family, .service = HEALTH_ECHO);
		if (lost > 0)
			ask(world, .at = at, .count = lost, .peer = peers[i], .family = family, .service = HEALTH_ECHO,
				.lost = true);
	}
}

static void one_family_suffers(void **state)
{
	struct world *world = world_new();
	const struct mw_finding *finding;

	(void)state;
	family(world, 0, HEALTH_IPV4, "192.0.2.1", "192.0.2.2", 10);
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	end_input(world, 0, 60);
	finding = finding_of(world, "family-degraded");
	assert_non_null(finding);
	assert_string_equal(finding->subject, "IPv4");
	assert_non_null(strstr(finding->summary, "20 of 40 (50 %)"));
	world_free(world);
}

// Of a minute with twenty seconds of it, and one question lost long before: when it suffered, and not when it asked.
static void a_family_is_told_by_its_own_start_and_end(void **state)
{
	static const char *const peers[] = {"192.0.2.1", "192.0.2.2"};
	struct world *world = world_new();
	const struct mw_finding *finding;

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(peers); i++) {
		ask(world, .at = 0, .count = 30, .peer = peers[i], .service = HEALTH_ECHO);
		ask(world, .at = 30, .count = 20, .peer = peers[i], .service = HEALTH_ECHO, .lost = true);
		ask(world, .at = 50, .count = 10, .peer = peers[i], .service = HEALTH_ECHO);
	}
	ask(world, .at = 2.5, .peer = peers[0], .service = HEALTH_ECHO, .lost = true);
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	end_input(world, 0, 60);
	finding = finding_of(world, "family-degraded");
	assert_non_null(finding);
	assert_int_equal(finding->first_ns, EPOCH_NS + 30 * MW_NS_PER_SECOND);
	assert_int_equal(finding->last_ns, EPOCH_NS + 49 * MW_NS_PER_SECOND);
	world_free(world);
}

/** On a line that loses a third nearly all is answered in the end. */
static void what_is_sent_again_was_lost(void **state)
{
	static const char *const peers[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
	struct world *world = world_new();
	const struct mw_finding *finding;

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(peers); i++) {
		ask(world, .at = 0, .count = 10, .peer = peers[i], .service = HEALTH_CONNECT);
		ask(world, .at = 0, .count = 5, .peer = peers[i], .service = HEALTH_CONNECT, .transmissions = 2, .seconds = 1);
	}
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	end_input(world, 0, 60);
	finding = finding_of(world, "family-degraded");
	assert_non_null(finding);
	assert_non_null(strstr(finding->summary, "15 of 60 (25 %)"));
	world_free(world);
}

/** A limit of sessions for each host, say: the one that churns fails, and its neighbours do not. */
static void one_host_that_suffers_is_no_family(void **state)
{
	struct world *world = world_new();
	const struct mw_finding *finding;

	(void)state;
	family(world, 0, HEALTH_IPV4, "192.0.2.1", "192.0.2.2", 10);
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	ask(world, .at = 0, .count = 20, .asker = "192.168.0.2", .peer = "192.0.2.1", .service = HEALTH_ECHO);
	end_input(world, 0, 60);
	finding = finding_of(world, "family-degraded");
	assert_non_null(finding);
	assert_string_equal(finding->subject, "IPv4 of 192.168.0.1");
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_non_null(strstr(finding->summary, "20 of 40 (50 %)"));
	assert_non_null(strstr(finding->summary, "that of other hosts does not"));
	world_free(world);
}

static void both_suffer_alike(void **state)
{
	struct world *world = world_new();

	(void)state;
	family(world, 0, HEALTH_IPV4, "192.0.2.1", "192.0.2.2", 10);
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 10);
	end_input(world, 0, 60);
	assert_null(finding_of(world, "family-degraded"));
	world_free(world);
}

// Scanners ask everybody over IPv4, and few over IPv6.
static void a_scan_of_what_never_answered_is_no_family(void **state)
{
	struct world *world = world_new();
	char peer[32];

	(void)state;
	family(world, 0, HEALTH_IPV4, "192.0.2.1", "192.0.2.2", 0);
	family(world, 0, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	for (uint32_t i = 0; i < 500; i++) {
		snprintf(peer, sizeof(peer), "10.0.%u.%u", i / 250, i % 250);
		ask(world, .at = 1, .peer = peer, .service = HEALTH_CONNECT, .lost = true, .count = 3);
	}
	end_input(world, 0, 60);
	assert_null(finding_of(world, "family-degraded"));
	world_free(world);
}

static void one_dead_server_is_no_family(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 0, .count = 10, .peer = BAD, .service = HEALTH_CONNECT);
	interval(world, 0, 60);
	ask(world, .at = 60, .count = 50, .peer = BAD, .service = HEALTH_CONNECT, .lost = true);
	ask(world, .at = 60, .count = 10, .peer = GOOD);
	family(world, 60, HEALTH_IPV6, "2001:db8::1", "2001:db8::2", 0);
	end_input(world, 60, 120);
	assert_null(finding_of(world, "family-degraded"));
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_resolver_that_stopped_beside_one_that_answers),
	MW_TEST(it_is_told_from_when_on_it_did_not_answer),
	MW_TEST(a_translator_without_ports_is_named_where_it_may_be),
	MW_TEST(a_failure_is_judged_by_its_own_start_and_end),
	MW_TEST(a_short_one_is_nothing),
	MW_TEST(names_that_nobody_knows_are_no_failure),
	MW_TEST(what_answers_most_of_the_time_is_not_accused),
	MW_TEST(all_resolvers_may_fail),
	MW_TEST(askers_are_those_whose_queries_failed),
	MW_TEST(a_resolver_that_lives_is_not_called_dead),
	MW_TEST(what_is_no_answer_clears_nothing),
	MW_TEST(one_that_never_answered_is_a_notice),
	MW_TEST(no_resolver_is_blamed_for_a_dead_line),
	MW_TEST(a_few_lost_queries_are_nothing),
	MW_TEST(one_family_suffers),
	MW_TEST(a_family_is_told_by_its_own_start_and_end),
	MW_TEST(what_is_sent_again_was_lost),
	MW_TEST(one_host_that_suffers_is_no_family),
	MW_TEST(both_suffer_alike),
	MW_TEST(a_scan_of_what_never_answered_is_no_family),
	MW_TEST(one_dead_server_is_no_family),
};
MW_TEST_MAIN("health_finding", tests)
