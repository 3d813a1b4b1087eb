// SPDX-License-Identifier: BSD-3-Clause
// The short words.
// Neighbours: model_world.h.
#include "model_world.h"

#include "mw_test.h"
#include "detector_world.h"

struct mw_nat_profile profile_of(uint64_t timer_s)
{
	uint64_t timer_ns = timer_s * SECOND;

	return (struct mw_nat_profile){.udp_ns = timer_ns,
								   .udp_unanswered_ns = timer_ns,
								   .dns_ns = timer_ns,
								   .icmp_ns = timer_ns,
								   .tcp_opening_ns = timer_ns,
								   .tcp_established_ns = 3600 * SECOND,
								   .tcp_closing_ns = 10 * SECOND};
}

struct mw_nat *new_nat(uint32_t lines_max, uint32_t hosts_max, uint32_t sessions_max)
{
	struct mw_nat_sizes sizes = {lines_max, hosts_max, sessions_max};
	struct mw_nat *nat;

	assert_int_equal(mw_nat_new(&sizes, detector_world_key(), &nat), 0);
	return nat;
}

struct mw_address inside(uint32_t host)
{
	uint8_t v4[4] = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host};

	return mw_address_from_v4(v4);
}

struct mw_address outside(uint32_t peer)
{
	uint8_t v4[4] = {203, (uint8_t)(peer >> 16), (uint8_t)(peer >> 8), (uint8_t)peer};

	return mw_address_from_v4(v4);
}

struct mw_nat_activity udp(double at_s, uint32_t host, uint16_t port, uint32_t peer)
{
	return (struct mw_nat_activity){.time_ns = START + (uint64_t)(at_s * (double)SECOND),
									.protocol = MW_NAT_UDP,
									.step = MW_NAT_OUTBOUND,
									.host = inside(host),
									.port = port,
									.peer = outside(peer),
									.peer_port = 4000};
}

struct mw_nat_activity tcp(double at_s, uint32_t host, uint16_t port, uint32_t peer)
{
	struct mw_nat_activity activity = udp(at_s, host, port, peer);

	activity.protocol = MW_NAT_TCP;
	return activity;
}

struct mw_nat_activity with_step(struct mw_nat_activity activity, enum mw_nat_step step)
{
	activity.step = (uint8_t)step;
	return activity;
}

enum mw_nat_outcome happen(struct mw_nat *nat, struct mw_nat_activity activity)
{
	return mw_nat_activity(nat, &activity);
}

struct mw_nat_counts line_at(struct mw_nat *nat, double at_s)
{
	struct mw_nat_counts counts;

	mw_nat_advance(nat, START + (uint64_t)(at_s * (double)SECOND));
	mw_nat_line_counts(nat, 0, &counts);
	return counts;
}

struct sought {
	struct mw_address host;
	struct mw_nat_counts counts;
	uint32_t found, seen;
};

static void compare(void *context, const struct mw_address *host, const struct mw_nat_counts *counts)
{
	struct sought *sought = context;

	sought->seen++;
	if (mw_address_compare(host, &sought->host) != 0)
		return;
	sought->counts = *counts;
	sought->found++;
}

struct mw_nat_counts host_now(const struct mw_nat *nat, uint32_t host)
{
	struct sought sought = {.host = inside(host)};

	mw_nat_hosts(nat, 0, compare, &sought);
	assert_int_equal(sought.found, 1);
	return sought.counts;
}

uint32_t hosts_now(const struct mw_nat *nat)
{
	struct sought sought = {0};

	mw_nat_hosts(nat, 0, compare, &sought);
	return sought.seen;
}
