// SPDX-License-Identifier: BSD-3-Clause
// Forged resets: how rows become findings, and the bounds of the list and of each text.
// Neighbours: lib/detectors/resets/finding.c, lib/detector/lines.c, lib/detector/diagnosis.c.
#include "finding_rows.h"

static void one_device_with_many_rows_is_one_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 12; i++)
		give(*state, bigip_row(i, i <= 10 ? "No flow found for ACK" : "Policy action",
							   i <= 10 ? MW_CAUSE_STATE_LOST : MW_CAUSE_POLICY));
	finding = only(*state);
	assert_string_equal(finding->kind, "forged-resets");
	assert_string_equal(mw_finding_key(finding), "mb-1a2b3c4d");
	assert_string_equal(finding->subject, "F5 BIG-IP [0x2664c65:2574]");
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_int_equal(finding->confidence, 94);
	assert_int_equal(finding->count, 12);
	assert_int_equal(finding->first_ns, NOON_NS + MW_NS_PER_SECOND);
	assert_int_equal(finding->last_ns, NOON_NS + 12 * MW_NS_PER_SECOND);
	assert_string_equal(finding->summary,
						"A device in the path (F5 BIG-IP, 5 routers from this tap) breaks TCP connections: it sends "
						"resets in the name of 12 servers that never sent them. Hit since 2026-01-11T12:00:01Z: 12 "
						"connections of 1 client to 12 servers.");
}

static void several_places_in_one_build_are_named_by_the_build(void **state)
{
	struct mw_reset_row other = bigip_row(2, "No flow found for ACK", MW_CAUSE_STATE_LOST);

	strcpy(other.device, "[0x2664c65:99]");
	give(*state, bigip_row(1, "No flow found for ACK", MW_CAUSE_STATE_LOST));
	give(*state, other);
	assert_string_equal(only(*state)->subject, "F5 BIG-IP [0x2664c65]");
}

static void two_devices_are_two_findings(void **state)
{
	const struct mw_finding *const *findings;

	give(*state, of_device(forged_row(1), "mb-00000001"));
	give(*state, of_device(forged_row(2), "mb-00000002"));
	give(*state, of_device(forged_row(3), "mb-00000001"));
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_string_equal(findings[0]->subject, "device mb-00000001 in the path, 1 router from this tap");
	assert_int_equal(findings[0]->count, 2);
	assert_string_equal(findings[1]->subject, "device mb-00000002 in the path, 1 router from this tap");
}

static void without_a_device_origin_decides(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row off_path = forged_row(3), unknown = forged_row(4);

	off_path.origin = MW_MIDDLEBOX_ORIGIN_OFF_PATH;
	unknown.origin = MW_MIDDLEBOX_ORIGIN_UNKNOWN;
	give(*state, forged_row(1));
	give(*state, forged_row(2));
	give(*state, off_path);
	give(*state, unknown);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 3);
	assert_string_equal(findings[0]->subject, "resets forged in the path");
	assert_string_equal(mw_finding_key(findings[0]), "in-path");
	assert_int_equal(findings[0]->severity, MW_SEVERITY_WARNING);
	assert_string_equal(findings[1]->subject, "resets forged beside the path");
	assert_int_equal(findings[1]->severity, MW_SEVERITY_NOTICE);
	assert_string_equal(findings[2]->subject, "resets forged in or beside the path");
	assert_holds(findings[0]->summary, "Something in the path (1 router from this tap) breaks");
	assert_holds(findings[0]->summary, "1 client to 203.0.113.1 and 203.0.113.2.");
	assert_lacks(findings[0]->evidence, "of one make");
}

static void endpoints_and_doubts_are_no_finding(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row row = forged_row(1);

	row.verdict = MW_RESET_ENDPOINT;
	give(*state, row);
	row.verdict = MW_RESET_UNKNOWN;
	give(*state, row);
	mw_diagnosis_row(*state, &mw_finding_record, &row); // of no concern
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void first_example_is_the_earliest_in_any_order(void **state)
{
	give(*state, forged_row(2));
	give(*state, forged_row(1));
	assert_holds(only(*state)->evidence, "- The first: from 203.0.113.1 port 443");
}

static void ids_are_the_same_in_every_run_and_found_by_their_beginning(void **state)
{
	const struct mw_finding *const *findings;
	char id[40];

	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	give(*state, forged_row(2));
	mw_diagnosis_findings(*state, &findings);
	memcpy(id, findings[0]->id, sizeof(id));
	assert_string_equal(id, "forged-resets-6550c921");
	assert_ptr_equal(mw_diagnosis_find(*state, id), findings[0]);
	assert_ptr_equal(mw_diagnosis_find(*state, "forged-resets-65"), findings[0]);
	assert_null(mw_diagnosis_find(*state, "forged-resets-")); // two begin so
	assert_null(mw_diagnosis_find(*state, ""));
	mw_diagnosis_clear(*state);
	give(*state, forged_row(2));
	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	mw_diagnosis_findings(*state, &findings);
	assert_non_null(mw_diagnosis_find(*state, id));
}

static void flood_of_devices_stays_in_bounds_and_hides_no_other_finding(void **state)
{
	const struct mw_finding *const *findings;
	char cluster[16];
	bool newest = false;

	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	give(*state, bigip_row(3, "Policy action", MW_CAUSE_POLICY));
	for (uint32_t i = 1; i <= 100000; i++) {
		snprintf(cluster, sizeof(cluster), "mb-%08x", i);
		give(*state, of_device(forged_row(i % 200), cluster));
	}
	give(*state, bigip_row(2, "Policy action", MW_CAUSE_POLICY)); // those that are in go on counting
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 8);
	assert_int_equal(count_left_out(*state), 100000 - 7);
	assert_string_equal(findings[0]->subject, "F5 BIG-IP [0x2664c65:2574]");
	assert_int_equal(findings[0]->count, 3);
	for (uint32_t i = 0; i < 8; i++)
		newest |= strcmp(mw_finding_key(findings[i]), cluster) == 0;
	assert_true(newest); // one that was seen once gave way
	mw_diagnosis_clear(*state);
	assert_int_equal(count_left_out(*state), 0);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void more_servers_than_are_remembered_are_said_so(void **state)
{
	for (uint32_t i = 0; i < 300; i++) {
		struct mw_reset_row row = forged_row(1);

		row.src.bytes[14] = (uint8_t)(i >> 8);
		row.src.bytes[15] = (uint8_t)i;
		snprintf(row.flow, sizeof(row.flow), "1:%u", i);
		give(*state, row);
	}
	assert_holds(only(*state)->summary, "more than 256 servers");
	assert_int_equal(only(*state)->count, 300);
}

static void fill(char *chars, size_t size_bytes, char with)
{
	memset(chars, with, size_bytes - 1);
	chars[size_bytes - 1] = '\0';
}

static struct mw_reset_row largest_row(uint32_t number)
{
	static const uint8_t mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct mw_reset_row row = bigip_row(number, "", (uint8_t)(number % MW_CAUSE_GROUPS));

	row.evidence = (1u << MW_RESET_EVIDENCES) - 1;
	row.count = 1000000000;
	row.ts_ns = row.last_ns = NOON_NS;
	memset(row.src.bytes, 0xfd, 12);
	memset(row.dst.bytes, 0xfd, 12);
	row.src.bytes[14] = (uint8_t)(number >> 8);
	row.src.bytes[15] = (uint8_t)number;
	row.dst.bytes[14] = (uint8_t)(number >> 8);
	row.dst.bytes[15] = (uint8_t)number;
	row.sport = 65534;
	row.dport = 65535;
	row.named = number % MW_RESET_SIDES;
	row.ttl = 250 + number % 3;
	row.ttl_expected = 200 + number % 30;
	row.hops = 255 - row.ttl;
	row.rtt_ms = 999.9;
	row.rtt_fraction = 0.9;
	row.ip_id = row.window = 65535;
	row.one_way = row.lossy = row.mac_known = true;
	memcpy(row.mac, mac, sizeof(mac));
	row.mac[5] = (uint8_t)number;
	fill(row.cluster, sizeof(row.cluster), 'm');
	fill(row.label, sizeof(row.label), 'l');
	fill(row.device, sizeof(row.device), 'd');
	fill(row.habit, sizeof(row.habit), 'h');
	row.habit[0] = (char)('a' + number % 8);
	fill(row.template, sizeof(row.template), 't');
	fill(row.payload, sizeof(row.payload), 'p');
	row.payload[0] = (char)('a' + number % 20);
	fill(row.cause, sizeof(row.cause), 'c');
	row.cause[0] = (char)('a' + number % 20);
	row.cause_peer = true;
	row.cause_meaning =
		"a connection that both ends believe to be open, and that the box forgot for reasons of its own";
	return row;
}

/** Each line begins as one and ends as one: nothing was cut. */
static void assert_whole_lines(const char *text, size_t size_bytes)
{
	assert_true(strlen(text) < size_bytes);
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		assert_memory_equal(text, "- ", 2);
		assert_int_equal(text[length], '\n');
		assert_non_null(strchr(".?", text[length - 1]));
		text += length + 1;
	}
}

static void assert_whole(const struct mw_finding *finding)
{
	assert_whole_lines(finding->evidence, sizeof(finding->evidence));
	assert_whole_lines(finding->alternatives, sizeof(finding->alternatives));
	assert_whole_lines(finding->advice, sizeof(finding->advice));
	assert_int_equal(finding->summary[strlen(finding->summary) - 1], '.');
	assert_true(strlen(finding->subject) < sizeof(finding->subject) - 1);
}

static void largest_finding_fits_in_whole_lines(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 0; i < 600; i++) {
		struct mw_reset_row row = largest_row(i);

		if (i % 20 == 0)
			row.ttl_expected = MW_UNKNOWN_I64;
		give(*state, row);
		finding = only(*state);
		assert_whole(finding);
	}
	assert_holds(finding->summary, "more than 256 connections of more than 256 clients to more than 256 servers.");
	assert_holds(finding->evidence, "ppp...\"");
	assert_holds(finding->evidence, "- There is more, without room here: see resets.csv.\n- How sure: 94 of 100.");
	assert_holds(finding->advice, "Find the device with MAC address ff:ff:ff:ff:ff:00 and others");
	assert_holds(finding->advice, "Changing the MTU");
}

static void largest_finding_for_the_carrier_fits_in_whole_lines(void **state)
{
	char file[sizeof(((struct mw_finding *)0)->evidence_file)];

	fill(file, sizeof(file), 'f');
	for (uint32_t i = 0; i < 40; i++) {
		struct mw_reset_row row = largest_row(i);

		row.evidence &= ~(E(MAC_CHANGE) | E(TTL_MIRRORS_TRIGGER));
		row.origin = i % 3 == 0 ? MW_MIDDLEBOX_ORIGIN_OFF_PATH : MW_MIDDLEBOX_ORIGIN_IN_PATH;
		give(*state, row);
		mw_diagnosis_set_evidence(*state, only(*state)->id, file);
		assert_whole(only(*state));
	}
	assert_holds(only(*state)->advice, file);
	assert_holds(only(*state)->advice, "tcpdump");
}

static void usual_findings_leave_nothing_out(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_reset_row row =
			bigip_row(i, i % 3 == 0 ? "Policy action" : "Flow expired (sweeper) (idle timeout)", MW_CAUSE_STATE_LOST);

		row.evidence |= E(FASTER_THAN_RTT) | E(IP_ID_BREAK) | E(OPTIONS_MISSING);
		row.rtt_ms = 28;
		row.rtt_fraction = 0.1;
		row.cause_meaning = i % 3 == 0 ? "a policy on the box refuses this connection"
									   : "the box's idle timer removed the connection while the ends kept it open";
		give(*state, row);
	}
	assert_lacks(only(*state)->evidence, "without room");
}

static void escapes_are_not_cut_in_two(void **state)
{
	struct mw_reset_row row = bigip_row(1, "x", MW_CAUSE_OTHER);

	row.payload[0] = row.cause[0] = '\0';
	for (uint32_t i = 0; i < 128; i++)
		strcat(row.payload, "\\x1b");
	for (uint32_t i = 0; i < 128; i++)
		strcat(row.cause, i == 0 ? "ab" : "\\x1b");
	give(*state, row);
	assert_holds(only(*state)->evidence, "\\x1b\\x1b...\".\n");
	assert_holds(only(*state)->evidence, "\"ab\\x1b");
	assert_holds(only(*state)->evidence, "\\x1b...\". It means");
}

static const struct CMUnitTest tests[] = {
	CASE(one_device_with_many_rows_is_one_finding),
	CASE(several_places_in_one_build_are_named_by_the_build),
	CASE(two_devices_are_two_findings),
	CASE(without_a_device_origin_decides),
	CASE(endpoints_and_doubts_are_no_finding),
	CASE(first_example_is_the_earliest_in_any_order),
	CASE(ids_are_the_same_in_every_run_and_found_by_their_beginning),
	CASE(flood_of_devices_stays_in_bounds_and_hides_no_other_finding),
	CASE(more_servers_than_are_remembered_are_said_so),
	CASE(largest_finding_fits_in_whole_lines),
	CASE(largest_finding_for_the_carrier_fits_in_whole_lines),
	CASE(usual_findings_leave_nothing_out),
	CASE(escapes_are_not_cut_in_two),
};

MW_TEST_MAIN("diagnose_resets", tests)
