// SPDX-License-Identifier: BSD-3-Clause
// Timers and habits of translators, from standards and makers' manuals.
// Neighbours: profile.h. Follows RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2; Linux nf_conntrack-sysctl.rst;
// Yamaha command reference, nat descriptor timer.
#include "profile.h"

#include <stddef.h>
#include <string.h>

#define S(seconds)  ((seconds)*MW_NS_PER_SECOND)
#define INDEPENDENT MW_NAT_INDEPENDENT
#define DEPENDENT   MW_NAT_DEPENDENT

static const struct mw_nat_profile behaviours[MW_NAT_BEHAVIOURS] = {
	// RFC 4787 allows less than its 5 minutes for well-known ports: DNS is short wherever a maker says something of it.
	// An echo is RFC 5508's 60 s in few: Linux has 30 s, others 10 to 20.
	// Closing is not RFC 5382's 4 minutes, which holds for a half-closed connection: most close at once on both sides.
	[MW_NAT_RFC4787] = {.udp_ns = S(300),
						.udp_unanswered_ns = S(300),
						.dns_ns = S(30),
						.icmp_ns = S(30),
						.tcp_opening_ns = S(240),
						.tcp_established_ns = S(7440),
						.tcp_closing_ns = S(60),
						.mapping = {INDEPENDENT, INDEPENDENT, INDEPENDENT},
						.inbound_refreshes = true,
						.shared_pool = true},
	// A broadband router with a table of 4,096 entries
	[MW_NAT_HOME_GATEWAY] = {.udp_ns = S(300),
							 .udp_unanswered_ns = S(300),
							 .dns_ns = S(30),
							 .icmp_ns = S(30),
							 .tcp_opening_ns = S(60),
							 .tcp_established_ns = S(3600),
							 .tcp_closing_ns = S(60),
							 .mapping = {INDEPENDENT, INDEPENDENT, INDEPENDENT},
							 .inbound_refreshes = true,
							 .shared_pool = true,
							 .sessions_limit = 4096},
	// conntrack: an entry a 5-tuple; a UDP entry is a stream only once packets went both ways for a while
	[MW_NAT_LINUX] = {.udp_ns = S(120),
					  .udp_unanswered_ns = S(30),
					  .dns_ns = S(30),
					  .icmp_ns = S(30),
					  .tcp_opening_ns = S(120),
					  .tcp_established_ns = S(432000),
					  .tcp_closing_ns = S(120),
					  .mapping = {DEPENDENT, DEPENDENT, DEPENDENT},
					  .inbound_refreshes = true},
	// type 2: port saving for TCP alone
	[MW_NAT_RTX] = {.udp_ns = S(900),
					.udp_unanswered_ns = S(900),
					.dns_ns = S(10),
					.icmp_ns = S(900),
					.tcp_opening_ns = S(900),
					.tcp_established_ns = S(900),
					.tcp_closing_ns = S(60),
					.mapping = {DEPENDENT, INDEPENDENT, INDEPENDENT},
					.inbound_refreshes = true,
					.shared_pool = true},
};

/** Where a timer stands in a profile and in the settings; of UDP the second setting is one that means it, too. */
static const struct {
	size_t profile, setting, other_setting;
} timers[NAT_TIMERS] = {
#define TIMER(member, setting, other)                                                                                  \
	{                                                                                                                  \
		offsetof(struct mw_nat_profile, member), offsetof(struct mw_nat_settings, setting),                            \
			offsetof(struct mw_nat_settings, other)                                                                    \
	}
	[NAT_TIMER_TCP_OPENING] = TIMER(tcp_opening_ns, tcp_opening_timer_ns, tcp_opening_timer_ns),
	[NAT_TIMER_TCP] = TIMER(tcp_established_ns, tcp_timer_ns, tcp_timer_ns),
	[NAT_TIMER_TCP_CLOSING] = TIMER(tcp_closing_ns, tcp_closing_timer_ns, tcp_closing_timer_ns),
	[NAT_TIMER_UDP_UNANSWERED] = TIMER(udp_unanswered_ns, udp_unanswered_timer_ns, udp_timer_ns),
	[NAT_TIMER_UDP] = TIMER(udp_ns, udp_timer_ns, udp_timer_ns),
	[NAT_TIMER_DNS] = TIMER(dns_ns, dns_timer_ns, dns_timer_ns),
	[NAT_TIMER_ICMP] = TIMER(icmp_ns, icmp_timer_ns, icmp_timer_ns),
#undef TIMER
};

static uint64_t number_at(const void *base, size_t offset)
{
	uint64_t number;

	memcpy(&number, (const char *)base + offset, sizeof(number));
	return number;
}

uint64_t nat_profile_timer(const struct mw_nat_profile *profile, enum nat_timer timer)
{
	return number_at(profile, timers[timer].profile);
}

void nat_profile_set_timer(struct mw_nat_profile *profile, enum nat_timer timer, uint64_t timer_ns)
{
	memcpy((char *)profile + timers[timer].profile, &timer_ns, sizeof(timer_ns));
}

bool nat_profile_timer_told(const struct mw_nat_settings *settings, enum nat_timer timer)
{
	return number_at(settings, timers[timer].setting) != 0 || number_at(settings, timers[timer].other_setting) != 0;
}

static void take(uint64_t configured_ns, uint64_t *timer_ns)
{
	if (configured_ns != 0)
		*timer_ns = configured_ns;
}

// Whoever shortens the UDP timer alone has shortened it for what is unanswered too.
static void take_udp(const struct mw_nat_settings *settings, struct mw_nat_profile *profile)
{
	bool one_timer = profile->udp_unanswered_ns == profile->udp_ns;

	take(settings->udp_timer_ns, &profile->udp_ns);
	if (one_timer)
		profile->udp_unanswered_ns = profile->udp_ns;
	take(settings->udp_unanswered_timer_ns, &profile->udp_unanswered_ns);
	profile->udp_unanswered_ns = MW_MIN(profile->udp_unanswered_ns, profile->udp_ns);
	take(settings->dns_timer_ns, &profile->dns_ns);
}

static void take_limits(const struct mw_nat_settings *settings, struct mw_nat_profile *profile)
{
	profile->ports_limit = (uint32_t)settings->ports_limit;
	profile->host_limit = (uint32_t)settings->host_limit;
	if (settings->sessions_limit != 0)
		profile->sessions_limit = (uint32_t)settings->sessions_limit;
}

void nat_profile_make(const struct mw_nat_settings *settings, struct mw_nat_profile *profile)
{
	*profile = behaviours[settings->profile];
	take_udp(settings, profile);
	take(settings->icmp_timer_ns, &profile->icmp_ns);
	take(settings->tcp_opening_timer_ns, &profile->tcp_opening_ns);
	take(settings->tcp_timer_ns, &profile->tcp_established_ns);
	take(settings->tcp_closing_timer_ns, &profile->tcp_closing_ns);
	if (settings->tcp_mapping != 0)
		profile->mapping[MW_NAT_TCP] = settings->tcp_mapping - 1;
	if (settings->udp_mapping != 0)
		profile->mapping[MW_NAT_UDP] = settings->udp_mapping - 1;
	if (settings->shared_pool != 0)
		profile->shared_pool = settings->shared_pool == 2;
	take_limits(settings, profile);
}

bool nat_profile_outside(const struct mw_nat_settings *settings, struct mw_nat_profile *ports,
						 struct mw_nat_profile *entries)
{
	bool saves_ports = false;

	nat_profile_make(settings, entries);
	entries->ports_limit = entries->sessions_limit = entries->host_limit = 0;
	*ports = *entries;
	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++) {
		saves_ports |= entries->mapping[i] == MW_NAT_DEPENDENT;
		ports->mapping[i] = MW_NAT_INDEPENDENT; // the outside port is what is in view: two alike are one
	}
	return saves_ports;
}
