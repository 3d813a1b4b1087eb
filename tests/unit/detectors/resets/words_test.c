// SPDX-License-Identifier: BSD-3-Clause
// Forged resets in plain words: what each case says, what else it could be and what to do.
// Neighbours: lib/detectors/resets/finding_text.c, finding_evidence.c, finding_cause.c, advice.c.
#include "finding_rows.h"

static void evidence_of_a_box_with_text_has_its_words_and_numbers(void **state)
{
	const char *evidence;

	for (uint32_t i = 1; i <= 12; i++)
		give(*state, bigip_row(i, i <= 2 ? "Policy action" : "No flow found for ACK",
							   i <= 2 ? MW_CAUSE_POLICY : MW_CAUSE_STATE_LOST));
	evidence = only(*state)->evidence;
	assert_holds(evidence, "- 12 resets on 12 connections, the last at 2026-01-11T12:00:12Z.\n");
	assert_holds(evidence, "- The first: from 203.0.113.1 port 443 to 10.0.0.2 port 50001.\n");
	assert_holds(evidence, "\"BIG-IP: [0x2664c65:2574] Policy action\".\n");
	assert_holds(evidence, "on 10 of 12: \"No flow found for ACK\". It means: the box no longer knows it.\n"
						   "- Its reason on 2 of 12: \"Policy action\".");
	assert_holds(evidence, "12 servers, some unrelated, but resets of one make: one device speaks for all "
						   "(mb-1a2b3c4d in middleboxes.csv).\n");
	assert_holds(evidence, "- On all 12, the TTL does not fit: resets 250 (5 routers passed), real packets 52 (12 "
						   "routers passed).\n");
	assert_holds(evidence, "- On all 12, the sequence number fits exactly");
	assert_holds(evidence, "- On all 12, it came later, after more data (stage later, mostly data>rst-ack).\n");
	assert_holds(evidence, "- How sure: 94 of 100.\n");
}

static void advice_for_a_box_with_text_names_tunnel_carrier_and_causes(void **state)
{
	const struct mw_finding *finding;

	give(*state, bigip_row(1, "No flow found for ACK", MW_CAUSE_STATE_LOST));
	give(*state, bigip_row(2, "Policy action", MW_CAUSE_POLICY));
	give(*state, bigip_row(3, "Policy action", MW_CAUSE_POLICY));
	finding = only(*state);
	assert_holds(finding->advice, "WireGuard");
	assert_holds(finding->advice, "Changing the MTU does not help with this.");
	assert_holds(finding->advice, "send these lines; [0x2664c65:2574] is its software build");
	assert_holds(finding->advice, "tcpdump -n -e -v 'tcp[tcpflags] & tcp-rst != 0'");
	assert_holds(finding->advice, "Keep idle connections alive");
	assert_holds(finding->advice, "refuses on purpose");
	assert_holds(finding->alternatives, "failed over");
	assert_holds(finding->alternatives, "a filter that you");
	assert_holds(finding->alternatives, "Your own firewall");
	assert_lacks(finding->alternatives, "load balancer");
}

static void each_group_of_causes_has_its_advice(void **state)
{
	static const struct {
		uint8_t group;
		const char *alternative, *advice;
	} groups[] = {
		{MW_CAUSE_STATE_LOST, "restarted", "keep-alive below 60 s"},
		{MW_CAUSE_POLICY, "may be wanted", "Ask for the policy"},
		{MW_CAUSE_CAPACITY, "who opens most connections", "peak hours"},
		{MW_CAUSE_BACK_END, "really refused", "on its far side"},
		{MW_CAUSE_ROUTING, "behind the box", "no route"},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(groups); i++) {
		mw_diagnosis_clear(*state);
		give(*state, bigip_row(1, "A cause", groups[i].group));
		assert_holds(only(*state)->alternatives, groups[i].alternative);
		assert_holds(only(*state)->advice, groups[i].advice);
	}
}

static void advice_of_one_group_is_given_once(void **state)
{
	const char *first;

	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	give(*state, bigip_row(2, "Port denied", MW_CAUSE_POLICY));
	first = strstr(only(*state)->advice, "Ask for the policy");
	assert_non_null(first);
	assert_null(strstr(first + 1, "Ask for the policy"));
}

static void evidence_file_is_named_to_the_carrier(void **state)
{
	char id[40];

	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	memcpy(id, only(*state)->id, sizeof(id));
	assert_lacks(only(*state)->advice, " and these lines");
	mw_diagnosis_set_evidence(*state, id, "evidence/it.pcapng");
	assert_holds(only(*state)->advice, "send evidence/it.pcapng and these lines;");
}

static void box_without_text_may_be_a_firewall_or_a_load_balancer(void **state)
{
	const struct mw_finding *finding;

	give(*state, of_device(forged_row(1), "mb-00000001"));
	give(*state, of_device(forged_row(2), "mb-00000001"));
	finding = only(*state);
	assert_holds(finding->alternatives, "A firewall that refuses on purpose, or that forgot an idle connection.");
	assert_holds(finding->alternatives, "A load balancer in front of the servers");
	assert_lacks(finding->alternatives, "missing from the mirror");
	assert_holds(finding->evidence, "- On both, the sequence number fits exactly");
	assert_holds(finding->advice, "Compare TTL and MAC address.");
}

static void racing_injector_is_told_by_its_haste_and_its_guesses(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 3; i++)
		give(*state, racing_row(i));
	finding = only(*state);
	assert_string_equal(finding->subject, "device mb-0000000f beside the path, 7 routers from this tap");
	assert_holds(finding->summary, "A device beside the path (7 routers from this tap) breaks");
	assert_holds(finding->evidence, "- 9 resets on 3 connections");
	assert_holds(finding->evidence, "- On all 3, it came too soon for the real sender: once 280 us after the packet "
									"it answers; there and back takes 28.0 ms.\n");
	assert_holds(finding->evidence, "- On all 3, the real sender went on sending afterwards");
	assert_holds(finding->evidence, "- On all 3, several resets guess ever higher sequence numbers.\n");
	assert_holds(finding->evidence, "right after the client's first data (stage post-psh, mostly psh>rst!=rst).\n");
	assert_holds(finding->evidence,
				 "- On all 3, a known way of forging fits (Sandvine: second 12503 bytes on): a hint, no proof.\n");
	assert_holds(finding->alternatives, "a censor, a provider that throttles");
	assert_holds(finding->evidence,
				 "- Beside the path means: it listens, races the real sender and stops no packets.\n");
	assert_lacks(finding->evidence, "fits exactly");
}

static void too_soon_without_a_known_round_trip_has_no_numbers(void **state)
{
	struct mw_reset_row row = racing_row(1);

	row.rtt_ms = MW_UNKNOWN_DOUBLE;
	give(*state, row);
	assert_holds(only(*state)->evidence, "- On this one, it came too soon for the real sender.\n");
}

static void resets_in_both_names_speak_of_addresses(void **state)
{
	struct mw_reset_row row = racing_row(1);
	struct mw_address server = row.src;

	give(*state, row);
	row.src = row.dst;
	row.dst = server;
	row.named = MW_RESET_SIDE_CLIENT;
	give(*state, row);
	assert_holds(only(*state)->summary, "in the name of 2 addresses");
	assert_holds(only(*state)->summary, "1 connection of 1 client to 203.0.113.1.");
}

static void without_a_known_side_the_lower_port_is_the_server(void **state)
{
	struct mw_reset_row row = forged_row(1);

	row.named = 255;
	give(*state, row);
	assert_holds(only(*state)->summary, "in the name of 1 server that");
}

static void undecremented_ttl_points_at_the_own_gateway(void **state)
{
	const struct mw_finding *finding;
	struct mw_reset_row row = of_device(forged_row(1), "mb-00000001");

	row.ttl = 64;
	row.hops = 0;
	give(*state, row);
	finding = only(*state);
	assert_string_equal(finding->subject, "device mb-00000001 in the path, on this very link");
	assert_holds(finding->summary, "A device on this very link breaks");
	assert_holds(finding->alternatives, "Your own gateway: restarted");
	assert_holds(finding->evidence, "no router has lowered the TTL");
	assert_holds(finding->advice, "your own gateway first");
	assert_lacks(finding->advice, "carrier");
}

static void server_on_this_link_is_no_sign_of_a_near_device(void **state)
{
	struct mw_reset_row row = forged_row(1);

	row.ttl = 255;
	row.hops = 0;
	row.ttl_expected = 64;
	give(*state, row);
	assert_lacks(only(*state)->summary, "on this very link");
	assert_lacks(only(*state)->alternatives, "gateway");
}

static void another_mac_address_is_a_device_on_this_link(void **state)
{
	static const uint8_t mac[6] = {0x02, 0xac, 0x17, 0x78, 0x3e, 0xc5};
	const struct mw_finding *finding;
	struct mw_reset_row row = racing_row(1);

	memcpy(row.mac, mac, sizeof(mac));
	row.mac_known = true;
	row.evidence |= E(MAC_CHANGE);
	row.hops = 0;
	give(*state, row);
	finding = only(*state);
	assert_string_equal(finding->subject, "device with MAC address 02:ac:17:78:3e:c5");
	assert_holds(finding->summary, "Another device on this very link (MAC address 02:ac:17:78:3e:c5) breaks");
	assert_holds(finding->evidence, "than sends the real packets: MAC address 02:ac:17:78:3e:c5.\n");
	assert_holds(finding->alternatives, "tcpkill or a second router");
	assert_holds(finding->advice, "Find the device with MAC address 02:ac:17:78:3e:c5: the switch's address table");
	assert_lacks(finding->advice, "carrier");
}

static void one_server_may_have_its_own_load_balancer(void **state)
{
	for (uint32_t i = 1; i <= 3; i++) {
		struct mw_reset_row row = bigip_row(1, "Policy action", MW_CAUSE_POLICY);

		snprintf(row.flow, sizeof(row.flow), "1:%u", i);
		give(*state, row);
	}
	assert_holds(only(*state)->summary, "3 connections of 1 client to 203.0.113.1.");
	assert_holds(only(*state)->alternatives, "that service's own load balancer or firewall");
	assert_holds(only(*state)->advice, "does not help if the device is the server's own");
}

static void texts_without_causes_show_what_is_alike(void **state)
{
	struct mw_reset_row row = bigip_row(1, "", MW_CAUSE_OTHER), other = bigip_row(2, "", MW_CAUSE_OTHER);

	row.device[0] = other.device[0] = '\0';
	strcpy(row.payload, "blocked 1");
	strcpy(other.payload, "blocked 2");
	strcpy(row.template, "blocked *");
	give(*state, row);
	assert_lacks(only(*state)->evidence, "alike");
	give(*state, other);
	assert_holds(only(*state)->evidence, "\"blocked 1\"; alike in all: \"blocked *\".\n");
	assert_string_equal(only(*state)->subject, "F5 BIG-IP");
	assert_lacks(only(*state)->advice, "software build");
}

static void near_injector_without_a_mac_address_is_looked_for_on_this_link(void **state)
{
	struct mw_reset_row row = racing_row(1);

	row.hops = 0;
	give(*state, row);
	assert_holds(only(*state)->alternatives, "tcpkill or a second router on this link");
	assert_lacks(only(*state)->alternatives, "censor");
	assert_holds(only(*state)->advice, "tcpdump -e shows its MAC address");
	assert_lacks(only(*state)->advice, "gateway");
}

static void peer_means_the_far_side(void **state)
{
	struct mw_reset_row row = bigip_row(1, "TCP RST from remote system", MW_CAUSE_BACK_END);

	row.cause_peer = true;
	give(*state, row);
	assert_holds(only(*state)->evidence, "\"{peer} TCP RST from remote system\"");
	assert_holds(only(*state)->evidence, "{peer}: on the far side of the box.");
}

static void unknown_data_in_resets_is_shown_and_names_nobody(void **state)
{
	struct mw_reset_row row = forged_row(1);

	strcpy(row.payload, "hello\\x1b[31m");
	give(*state, row);
	assert_holds(only(*state)->evidence, "data that no known device writes: \"hello\\x1b[31m\".");
	assert_string_equal(only(*state)->subject, "resets forged in the path");
}

static void what_the_mirror_did_not_show_is_said(void **state)
{
	struct mw_reset_row one_way = forged_row(1), lossy = forged_row(2), bare = forged_row(3);

	one_way.one_way = true;
	lossy.lossy = true;
	bare.ttl_expected = MW_UNKNOWN_I64;
	bare.evidence = E(SEQ_STAIRCASE);
	give(*state, one_way);
	assert_holds(only(*state)->evidence,
				 "- How sure: 94 of 100. It is a single case. On this one, the mirror showed one "
				 "direction only.\n");
	assert_lacks(only(*state)->alternatives, "missing from the mirror");
	give(*state, lossy);
	give(*state, bare);
	assert_holds(only(*state)->evidence, " On 1 of 3, packets are missing from the mirror.");
	assert_holds(only(*state)->evidence, " On 1 of 3, no real packet of that sender to compare with.");
	assert_holds(only(*state)->alternatives, "A server that restarted, with its packets missing from the mirror.");
}

static void copied_or_scattered_ttl_is_no_distance(void **state)
{
	struct mw_reset_row row = of_device(forged_row(1), "mb-00000001");

	row.evidence |= E(TTL_MIRRORS_TRIGGER);
	give(*state, row);
	assert_string_equal(only(*state)->subject, "device mb-00000001 in the path");
	mw_diagnosis_clear(*state);
	give(*state, of_device(forged_row(1), "mb-00000001"));
	row = of_device(forged_row(2), "mb-00000001");
	row.hops = 20;
	give(*state, row);
	assert_string_equal(only(*state)->subject, "device mb-00000001 in the path");
	assert_lacks(only(*state)->summary, "(");
	mw_diagnosis_clear(*state);
	row.hops = MW_UNKNOWN_I64;
	give(*state, row);
	assert_string_equal(only(*state)->subject, "device mb-00000001 in the path");
}

static void far_too_many_routers_are_no_distance(void **state)
{
	struct mw_reset_row row = of_device(forged_row(1), "mb-00000001");

	row.ttl = 195;
	row.hops = 60;
	give(*state, row);
	assert_string_equal(only(*state)->subject, "device mb-00000001 in the path");
	assert_holds(only(*state)->evidence, "the TTL does not fit: resets 195, real packets 52 (12 routers passed).\n");
}

static void real_senders_ttl_is_no_distance(void **state)
{
	struct mw_reset_row row = racing_row(1);

	row.evidence = E(SEQ_STAIRCASE) | E(SAME_TTL) | E(PAYLOAD_SIGNATURE);
	strcpy(row.signature, "some-text");
	give(*state, row);
	assert_lacks(only(*state)->summary, "from this tap");
	row.evidence &= ~E(SAME_TTL);
	for (uint32_t i = 0; i < 2; i++)
		give(*state, row);
	assert_holds(only(*state)->summary, "(some-text, 7 routers from this tap)");
}

static void numbers_that_never_change_are_named(void **state)
{
	for (uint32_t i = 1; i <= 3; i++) {
		struct mw_reset_row row = racing_row(i);

		row.ip_id = 16448;
		row.window = 8192 + i;
		row.evidence |= i == 1 ? E(IP_ID_BREAK) | E(WINDOW_ODD) : E(IP_ID_BREAK);
		give(*state, row);
	}
	assert_holds(only(*state)->evidence, "- Weaker signs: IP-ID (a packet counter) does not continue on all 3; TCP "
										 "window far above the sender's on 1 of 3.\n");
	assert_holds(only(*state)->evidence, "- Every reset has the same IP-ID: 16448.");
	assert_lacks(only(*state)->evidence, "same TCP window");
}

static void ipv6_asks_tcpdump_for_ipv6_too(void **state)
{
	struct mw_reset_row row = forged_row(1);

	row.src.bytes[0] = 0x20;
	row.dst.bytes[0] = 0x20;
	give(*state, row);
	assert_holds(only(*state)->advice, "or (ip6[6] = 6 and ip6[53] & 4 != 0)'");
}

static void ignored_resets_are_less_severe(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_reset_row row = racing_row(i);

		row.evidence |= E(IGNORED_BY_RECEIVER);
		give(*state, row);
	}
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	give(*state, racing_row(13));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_CRITICAL);
}

static void an_idle_timer_that_resets_both_ends_is_named_with_its_time(void **state)
{
	struct mw_reset_row row = forged_row(1);

	row.evidence = E(BOTH_ENDS) | E(IN_WINDOW) | E(SAME_TTL);
	row.silence_ms = 240006;
	give(*state, row);
	row.silence_ms = 240451;
	give(*state, row);
	assert_holds(only(*state)->evidence, "both ends were reset at once, after 4 min 0 s of silence: neither");
	assert_holds(only(*state)->alternatives, "NAT gateway at its idle timeout");
	assert_holds(only(*state)->advice, "TCP keep-alive well below 4 min 0 s");
	row.silence_ms = 350000;
	give(*state, row);
	assert_holds(only(*state)->evidence, "after 4 min 0 s to 5 min 50 s of silence");
}

static struct mw_reset_row row_with_text(uint32_t number, uint8_t verdict, uint32_t text)
{
	struct mw_reset_row row = forged_row(number);

	row.verdict = verdict;
	row.evidence |= E(PAYLOAD_TEXT);
	snprintf(row.payload, sizeof(row.payload), "refused by gate %u", text);
	return row;
}

static void unknown_texts_are_gathered_and_the_rest_is_counted(void **state)
{
	for (uint32_t i = 0; i < 9; i++)
		give(*state, row_with_text(i, MW_RESET_FORGED, i < 3 ? 0 : i));
	assert_holds(only(*state)->evidence, "- Text that no signature knows, 3 times: \"refused by gate 0\".\n"
										 "- Text that no signature knows, 1 time: \"refused by gate 3\".\n");
	assert_holds(only(*state)->evidence, "gate 5\".\n- Yet other texts, 3 times: the column payload");
	assert_lacks(only(*state)->evidence, "gate 6");
	assert_holds(only(*state)->advice, "docs/adding-a-signature.md");
}

static void a_text_that_nothing_else_accuses_is_told_and_accuses_nobody(void **state)
{
	give(*state, row_with_text(1, MW_RESET_UNKNOWN, 7));
	give(*state, row_with_text(2, MW_RESET_UNKNOWN, 7));
	give(*state, row_with_text(3, MW_RESET_ENDPOINT, 8));
	assert_string_equal(only(*state)->kind, "reset-text");
	assert_int_equal(only(*state)->severity, MW_SEVERITY_INFO);
	assert_int_equal(only(*state)->count, 2);
	assert_holds(only(*state)->summary, "2 resets on 2 connections carry text");
	assert_holds(only(*state)->summary, "nobody is accused");
	assert_holds(only(*state)->evidence, "2 times: \"refused by gate 7\"");
	assert_holds(only(*state)->advice, "means benign");
}

static const struct CMUnitTest tests[] = {
	CASE(evidence_of_a_box_with_text_has_its_words_and_numbers),
	CASE(advice_for_a_box_with_text_names_tunnel_carrier_and_causes),
	CASE(each_group_of_causes_has_its_advice),
	CASE(advice_of_one_group_is_given_once),
	CASE(evidence_file_is_named_to_the_carrier),
	CASE(box_without_text_may_be_a_firewall_or_a_load_balancer),
	CASE(racing_injector_is_told_by_its_haste_and_its_guesses),
	CASE(too_soon_without_a_known_round_trip_has_no_numbers),
	CASE(resets_in_both_names_speak_of_addresses),
	CASE(without_a_known_side_the_lower_port_is_the_server),
	CASE(undecremented_ttl_points_at_the_own_gateway),
	CASE(server_on_this_link_is_no_sign_of_a_near_device),
	CASE(another_mac_address_is_a_device_on_this_link),
	CASE(one_server_may_have_its_own_load_balancer),
	CASE(texts_without_causes_show_what_is_alike),
	CASE(near_injector_without_a_mac_address_is_looked_for_on_this_link),
	CASE(peer_means_the_far_side),
	CASE(unknown_data_in_resets_is_shown_and_names_nobody),
	CASE(what_the_mirror_did_not_show_is_said),
	CASE(copied_or_scattered_ttl_is_no_distance),
	CASE(far_too_many_routers_are_no_distance),
	CASE(real_senders_ttl_is_no_distance),
	CASE(numbers_that_never_change_are_named),
	CASE(ipv6_asks_tcpdump_for_ipv6_too),
	CASE(ignored_resets_are_less_severe),
	CASE(unknown_texts_are_gathered_and_the_rest_is_counted),
	CASE(a_text_that_nothing_else_accuses_is_told_and_accuses_nobody),
	CASE(an_idle_timer_that_resets_both_ends_is_named_with_its_time),
};

MW_TEST_MAIN("diagnose_resets_words", tests)
