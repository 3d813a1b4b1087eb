// SPDX-License-Identifier: BSD-3-Clause
// Who claims an address: what counts as a claim, and the list that keeps them.
// Neighbours: lib/detectors/resets/claims.c.
#include "mw_test.h"

#include <string.h>

#include "claims.h"

static struct mw_packet arp_of(uint8_t last, uint8_t mac)
{
	const uint8_t v4[4] = {192, 0, 2, last};

	return (struct mw_packet){
		.kinds = MW_KIND_ARP, .tunnel = MW_LAYERS, .src = mw_address_from_v4(v4), .mac_src = {2, 0, 0, 0, 0, mac}};
}

static void arp_claims_for_the_sender_of_its_frame(void **state)
{
	struct mw_packet packet = arp_of(9, 7);
	struct reset_claim claim;

	(void)state;
	packet.vlan_outer = 12;
	assert_true(reset_claim_of(&packet, &claim));
	assert_int_equal(mw_address_compare(&claim.address, &packet.src), 0);
	assert_int_equal(claim.mac[5], 7);
	assert_int_equal(claim.vlan, 12);
}

static void probe_and_frames_without_an_address_claim_nothing(void **state)
{
	const uint8_t unset[4] = {0};
	struct mw_packet probe = arp_of(9, 7), no_link = arp_of(9, 7), other = arp_of(9, 7), tunnelled = arp_of(9, 7);
	struct reset_claim claim;

	(void)state;
	probe.src = mw_address_from_v4(unset);
	memset(no_link.mac_src, 0, sizeof(no_link.mac_src));
	other.kinds = MW_KIND_TCP;
	tunnelled.tunnel = 0;
	assert_false(reset_claim_of(&probe, &claim));
	assert_false(reset_claim_of(&no_link, &claim));
	assert_false(reset_claim_of(&other, &claim));
	assert_false(reset_claim_of(&tunnelled, &claim));
}

static void advertisement_claims_its_target(void **state)
{
	struct mw_address target = {0};
	struct mw_packet packet = arp_of(9, 7);
	struct reset_claim claim;

	(void)state;
	memset(&target, 0x20, sizeof(target));
	packet.kinds = MW_KIND_ND | MW_KIND_ICMP;
	packet.icmp_type = 136;
	packet.ttl = 255;
	packet.payload = (const uint8_t *)&target;
	packet.payload_bytes = sizeof(target);
	assert_true(reset_claim_of(&packet, &claim));
	assert_int_equal(mw_address_compare(&claim.address, &target), 0);
	packet.payload_bytes = 15; // cut: who speaks is all that is known
	assert_true(reset_claim_of(&packet, &claim));
	assert_int_equal(mw_address_compare(&claim.address, &packet.src), 0);
	packet.ttl = 254; // a router passed it on
	assert_false(reset_claim_of(&packet, &claim));
	packet.ttl = 255;
	packet.icmp_type = 134; // a router's own
	assert_false(reset_claim_of(&packet, &claim));
}

static void the_oldest_claim_makes_room(void **state)
{
	static struct reset_claims claims;
	struct reset_claim first = {.mac = {1}}, other = {.mac = {1}, .vlan = 3};

	(void)state;
	assert_true(reset_claims_add(&claims, &first));
	assert_false(reset_claims_add(&claims, &first));
	assert_false(reset_claims_has(&claims, &other));
	for (uint32_t i = 1; i < RESET_CLAIMS; i++)
		assert_true(reset_claims_add(&claims, &(struct reset_claim){.mac = {2, (uint8_t)(i >> 8), (uint8_t)i}}));
	assert_true(reset_claims_has(&claims, &first));
	assert_true(reset_claims_add(&claims, &other));
	assert_false(reset_claims_has(&claims, &first));
	assert_true(reset_claims_has(&claims, &other));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(arp_claims_for_the_sender_of_its_frame),
	MW_TEST(probe_and_frames_without_an_address_claim_nothing),
	MW_TEST(advertisement_claims_its_target),
	MW_TEST(the_oldest_claim_makes_room),
};

MW_TEST_MAIN("detect_reset_claims", tests)
