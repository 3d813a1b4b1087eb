// SPDX-License-Identifier: BSD-3-Clause
// A transparent proxy in plain words; the latest row stands.
// Neighbours: lib/detectors/proxy/finding.c.
#include "finding_world.h"
#include "mw_middlebox.h"
#include "proxy.h"

FINDING_WORLD(8, &diagnose_proxy)

static struct mw_middlebox_row proxy_row(void)
{
	return (struct mw_middlebox_row){.first_ns = NOON_NS,
									 .last_ns = NOON_NS + 50 * MW_NS_PER_SECOND,
									 .cluster = "mb-0badcafe",
									 .kind = MW_MIDDLEBOX_PROXY,
									 .label = "transparent proxy",
									 .servers = 12,
									 .clients = 3,
									 .ttl = 250,
									 .window = "41600",
									 .hops_estimate = 5,
									 .confidence = 95,
									 .proof = "- 12 servers in 9 unrelated networks (IPv4) answer.\n"};
}

static void give(struct mw_diagnosis *diagnosis, struct mw_middlebox_row row)
{
	mw_diagnosis_row(diagnosis, &mw_middlebox_record, &row);
}

static const struct mw_finding *only_finding(struct mw_diagnosis *diagnosis)
{
	const struct mw_finding *const *findings;

	assert_int_equal(mw_diagnosis_findings(diagnosis, &findings), 1);
	return findings[0];
}

static void a_proxy_is_told_with_its_proof(void **state)
{
	const struct mw_finding *finding;

	give(*state, proxy_row());
	finding = only_finding(*state);
	assert_string_equal(finding->kind, "transparent-proxy");
	assert_string_equal(finding->subject, "transparent proxy mb-0badcafe");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 95);
	assert_int_equal(finding->count, 12);
	assert_int_equal(finding->first_ns, NOON_NS);
	assert_int_equal(finding->last_ns, NOON_NS + 50 * MW_NS_PER_SECOND);
	assert_holds(finding->summary, "in the name of 12 servers of unrelated networks:");
	assert_holds(finding->summary, "5 routers away");
	assert_holds(finding->evidence, "- 12 servers in 9 unrelated networks (IPv4) answer.\n");
	assert_holds(finding->evidence, "since 2026-01-11T12:00:00.000000Z");
	assert_holds(finding->evidence, "at least 3 clients");
	assert_holds(finding->alternatives, "load balancer");
	assert_holds(finding->alternatives, "of your own");
	assert_holds(finding->advice, "WireGuard");
	assert_holds(finding->advice, "MSS and window are those of the box");
	assert_holds(finding->advice, "Tell the carrier");
}

static void the_latest_row_stands(void **state)
{
	struct mw_middlebox_row later = proxy_row();
	const struct mw_finding *finding;

	later.servers = 40;
	later.last_ns += 60 * MW_NS_PER_SECOND;
	give(*state, proxy_row());
	only_finding(*state);
	give(*state, later);
	finding = only_finding(*state);
	assert_int_equal(finding->count, 40);
	assert_string_equal(finding->subject, "transparent proxy mb-0badcafe");
	assert_int_equal(finding->last_ns, later.last_ns);
}

static void two_boxes_are_two_findings(void **state)
{
	struct mw_middlebox_row other = proxy_row();
	const struct mw_finding *const *findings;

	strcpy(other.cluster, "mb-00000001");
	give(*state, proxy_row());
	give(*state, other);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
}

static void what_is_not_sure_is_a_hint(void **state)
{
	struct mw_middlebox_row row = proxy_row();
	const struct mw_finding *finding;

	row.confidence = 75;
	row.hops_estimate = row.clients = MW_UNKNOWN_I64;
	give(*state, row);
	finding = only_finding(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, ", as it seems:");
	assert_null(strstr(finding->summary, "router"));
	assert_null(strstr(finding->evidence, "by at least"));
}

static void the_longest_texts_fit(void **state)
{
	struct mw_middlebox_row row = proxy_row();
	const struct mw_finding *finding;

	memset(row.proof, 'a', sizeof(row.proof) - 1);
	row.servers = row.clients = INT64_MAX;
	give(*state, row);
	finding = only_finding(*state);
	assert_holds(finding->summary, "away from this tap.");
	assert_int_equal(finding->evidence[strlen(finding->evidence) - 1], '\n');
	assert_int_equal(finding->alternatives[strlen(finding->alternatives) - 1], '\n');
	assert_int_equal(finding->advice[strlen(finding->advice) - 1], '\n');
}

static void devices_that_reset_are_no_proxies(void **state)
{
	struct mw_middlebox_row row = proxy_row();
	const struct mw_finding *const *findings;

	row.kind = MW_MIDDLEBOX_IN_PATH;
	give(*state, row);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(a_proxy_is_told_with_its_proof), CASE(the_latest_row_stands), CASE(two_boxes_are_two_findings),
	CASE(what_is_not_sure_is_a_hint),     CASE(the_longest_texts_fit), CASE(devices_that_reset_are_no_proxies),
};

MW_TEST_MAIN("diagnose_proxy", tests)
