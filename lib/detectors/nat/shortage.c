// SPDX-License-Identifier: BSD-3-Clause
// What the hosts of a line held when the first of them was refused.
// Neighbours: shortage.h; ledger.c has the shortest timers in use.
#include "shortage.h"

#include "ledger.h"

#define DNS_PORT 53

/** Sessions that translators with the shortest timers would have let go by then. */
struct gone {
	uint64_t at_ns;
	uint32_t count;
};

static enum nat_timer timer_of(const struct mw_nat_session_view *session)
{
	if (session->protocol == MW_NAT_ICMP)
		return NAT_TIMER_ICMP;
	if (session->protocol == MW_NAT_UDP) {
		if (session->peer_port == DNS_PORT)
			return NAT_TIMER_DNS;
		return session->answered ? NAT_TIMER_UDP : NAT_TIMER_UDP_UNANSWERED;
	}
	if (session->closing)
		return NAT_TIMER_TCP_CLOSING;
	return session->answered ? NAT_TIMER_TCP : NAT_TIMER_TCP_OPENING;
}

static void see_gone(void *context, const struct mw_nat_session_view *session)
{
	struct gone *gone = context;

	gone->count += session->last_ns + nat_ledger_least_ns(timer_of(session)) < gone->at_ns;
}

void nat_shortage_see(struct nat_shortage *shortage, uint64_t second, uint32_t demand)
{
	uint64_t from = shortage->second + 1;

	if (second >= NAT_SHORTAGE_SECONDS)
		from = MW_MAX(from, second - NAT_SHORTAGE_SECONDS + 1);
	for (uint64_t i = from; i < second; i++) // nothing was told in them: it lasted
		shortage->demand[i % NAT_SHORTAGE_SECONDS] = demand;
	shortage->demand[second % NAT_SHORTAGE_SECONDS] = demand;
	shortage->second = second;
}

void nat_shortage_learn(struct nat_shortage *shortage, const struct mw_nat *model, uint32_t line, uint64_t since_ns)
{
	uint64_t since_s = since_ns / MW_NS_PER_SECOND;
	struct gone gone = {.at_ns = since_ns};
	uint32_t demand;

	if (since_s > shortage->second || since_s + NAT_SHORTAGE_SECONDS <= shortage->second)
		return;
	demand = shortage->demand[since_s % NAT_SHORTAGE_SECONDS];
	if (demand == 0)
		return;
	mw_nat_sessions(model, line, see_gone, &gone);
	shortage->limit = demand;
	shortage->least = demand - MW_MIN(gone.count, demand - 1);
}

void nat_shortage_forget(struct nat_shortage *shortage)
{
	shortage->limit = shortage->least = 0;
}
