// SPDX-License-Identifier: BSD-3-Clause
// How sure a silence is an outage: independent failures add up, one answer ends them.
// Neighbours: silence.h.
#include "silence.h"

#include <string.h>

// A question is answered with probability 0.98 on a line that is up, 0.02 on one that is down: each failure weighs
// ln 49 = 3.9, and three of them 11.7 (Wald 1947).
// The last transmissions before the end may be those that were answered: after a few round trips they were not, and
// after the least time in which anybody sends again.
#define LATE_RTTS  4
#define LATE_NS    (200 * MW_NS_PER_MS)
#define ONE_WAY_NS (3 * MW_NS_PER_SECOND) // longer than a window of MW_KIND_FLOW_AGAIN

static bool has(const uint64_t list[], unsigned count, uint64_t value)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i] == value)
			return true;
	}
	return false;
}

uint64_t outages_host_of(const struct outages_sign *sign)
{
	uint64_t tail;

	memcpy(&tail, sign->asker.bytes + 8, sizeof(tail));
	return outages_is_ipv6(sign->class) || sign->class == OUTAGES_LAN ? sign->asker_line : tail;
}

// Of IPv6: the /48.
static uint64_t site_of(const struct outages_sign *sign)
{
	uint64_t head;

	memcpy(&head, sign->remote.bytes, sizeof(head));
	return head & be64toh(~UINT64_C(0xffff));
}

// IPv4: the /24. IPv6: the /48, which is one site's; where only one is in use, its addresses. LAN: the way it is asked.
static uint64_t remote_of(const struct outages_sign *sign, const struct outages_rule *rule)
{
	uint64_t head, tail;

	memcpy(&head, sign->remote.bytes, sizeof(head));
	memcpy(&tail, sign->remote.bytes + 8, sizeof(tail));
	if (sign->class == OUTAGES_LAN)
		return sign->sort;
	if (!outages_is_ipv6(sign->class))
		return tail & be64toh(~UINT64_C(0xff));
	return rule->sites ? site_of(sign) : head * UINT64_C(0x9e3779b97f4a7c15) ^ tail;
}

// A next hop is one: another host has to ask it, or the same one in another way. Who had an answer that we did not see
// would not ask for its address again.
static bool is_independent_near(const struct outages_silence *silence, const struct outages_sign *sign)
{
	if (!sign->again && sign->sort != MW_EXCHANGE_ECHO)
		return false;
	for (unsigned i = 0; i < silence->failures; i++) {
		if (silence->hosts[i] == sign->asker_line && silence->remotes[i] == sign->sort)
			return false;
	}
	return silence->failures < OUTAGES_FAILURES_MAX;
}

// Of few hosts a question counts that was sent again: an answer that we did not see would have stopped it.
static bool is_independent(const struct outages_silence *silence, const struct outages_sign *sign,
						   const struct outages_rule *rule)
{
	if (sign->class == OUTAGES_LAN)
		return is_independent_near(silence, sign);
	if (silence->failures == OUTAGES_FAILURES_MAX || has(silence->remotes, silence->failures, remote_of(sign, rule)))
		return false;
	return (rule->few && sign->again) || (rule->many && !has(silence->hosts, silence->failures, outages_host_of(sign)));
}

static void add_failure(struct outages_silence *silence, const struct outages_sign *sign,
						const struct outages_rule *rule)
{
	if (silence->failures > 0 && sign->time_ns - silence->failed_last_ns > rule->settings->within_ns)
		silence->failures = silence->repeated = 0;
	if (silence->failures == 0)
		silence->failed_first_ns = sign->time_ns;
	silence->failed_last_ns = sign->time_ns;
	silence->reported += sign->reported;
	if (!is_independent(silence, sign, rule))
		return;
	silence->repeated += sign->again;
	silence->hosts[silence->failures] = outages_host_of(sign);
	silence->sites[silence->failures] = site_of(sign);
	silence->remotes[silence->failures++] = remote_of(sign, rule);
}

static void add_again(struct outages_silence *silence, const struct outages_sign *sign, const struct outages_rule *rule)
{
	const uint32_t at = silence->again_count++ % OUTAGES_BUSY_MAX;

	silence->again[at].time_ns = sign->time_ns;
	silence->again[at].question = sign->question;
	silence->again[at].remote = outages_is_ipv6(sign->class) && !rule->routes ? site_of(sign) : remote_of(sign, rule);
}

// Blink's rule: of the flows more than half send again. Here nothing comes at all, so it is all of them.
static bool is_busy_and_silent(const struct outages_silence *silence, const struct outages_rule *rule, uint64_t now_ns)
{
	uint64_t flows[OUTAGES_BUSY_MAX];
	unsigned flows_count = 0, other_remotes = 0;

	for (uint32_t i = 0; i < MW_MIN(silence->again_count, (uint32_t)OUTAGES_BUSY_MAX); i++) {
		if (silence->again[i].time_ns + rule->settings->busy_within_ns < now_ns ||
			has(flows, flows_count, silence->again[i].question))
			continue;
		flows[flows_count++] = silence->again[i].question;
		other_remotes += silence->again[i].remote != silence->again[0].remote;
	}
	return flows_count >= rule->settings->busy_flows && other_remotes > 0;
}

static unsigned distinct(const uint64_t list[], unsigned count)
{
	unsigned different = 0;

	for (unsigned i = 0; i < count; i++)
		different += !has(list, i, list[i]);
	return different;
}

// Where ports ran out new questions of IPv4 fail, and open connections go on: one has to fail, too. Of IPv6 the
// addresses of one site may be those of one host, which servers ask and which sleeps, unless a router is behind them.
static bool is_enough_of_few(const struct outages_silence *silence, const struct outages_sign *sign,
							 const struct outages_rule *rule)
{
	if (!outages_is_ipv6(sign->class))
		return silence->again_count > 0;
	return rule->routes || distinct(silence->sites, silence->failures) >= rule->settings->failures;
}

// By one host alone a next hop is not accused.
static bool is_enough(const struct outages_silence *silence, const struct outages_sign *sign,
					  const struct outages_rule *rule)
{
	const uint64_t needed = rule->settings->failures;

	if (silence->failures < needed)
		return false;
	if (sign->class == OUTAGES_LAN)
		return distinct(silence->hosts, silence->failures) > 1;
	if (rule->few && rule->many) // nobody knows how many hosts there are: either rule alone is enough
		return distinct(silence->hosts, silence->failures) >= needed ||
			   (silence->repeated >= needed && is_enough_of_few(silence, sign, rule));
	return rule->many || is_enough_of_few(silence, sign, rule);
}

static bool is_down(const struct outages_silence *silence, const struct outages_sign *sign,
					const struct outages_rule *rule)
{
	if (silence->again_count > 0 && is_busy_and_silent(silence, rule, sign->time_ns))
		return true;
	return sign->time_ns >= silence->failed_first_ns + rule->settings->spread_ns && is_enough(silence, sign, rule);
}

// What belongs to an open IPv4 flow may stay without an answer after the end: a new translator does not know it.
static bool tells_the_end(const struct outages_sign *sign)
{
	return outages_is_ipv6(sign->class) || (sign->sort != MW_EXCHANGE_DATA && sign->sort != MW_EXCHANGE_KINDS);
}

static void add_time(struct outages_silence *silence, uint64_t time_ns)
{
	if (silence->lost_ns == 0)
		silence->lost_ns = time_ns;
	if (silence->firsts_count < OUTAGES_FIRSTS)
		silence->firsts[silence->firsts_count++] = time_ns;
}

void outages_silence_heard_before(struct outages_silence *silence, uint64_t time_ns)
{
	uint32_t at = 0;

	if (time_ns <= silence->heard_ns)
		return;
	silence->heard_ns = time_ns;
	if (silence->lost_ns == 0 || silence->lost_ns > time_ns)
		return;
	while (at < silence->firsts_count && silence->firsts[at] <= time_ns)
		at++;
	if (at < silence->firsts_count)
		silence->lost_ns = silence->firsts[at];
	else
		silence->lost_ns = silence->down ? time_ns : 0;
}

static void count(struct outages_silence *silence, const struct outages_sign *sign)
{
	const bool of_flow = sign->sort == MW_EXCHANGE_DATA || sign->sort == MW_EXCHANGE_KINDS;

	silence->resent += of_flow;
	silence->connects += sign->kind == SIGN_LOST && sign->sort == MW_EXCHANGE_CONNECT;
	silence->questions += sign->kind == SIGN_LOST && !of_flow && sign->sort != MW_EXCHANGE_CONNECT;
}

bool outages_silence_lost(struct outages_silence *silence, const struct outages_sign *sign, bool proves,
						  const struct outages_rule *rule)
{
	add_time(silence, sign->time_ns);
	count(silence, sign);
	if (tells_the_end(sign))
		silence->lasts[silence->lasts_count++ % OUTAGES_LASTS] = sign->time_ns;
	if (proves) {
		silence->asked++;
		add_failure(silence, sign, rule);
		if (sign->sort == MW_EXCHANGE_DATA && sign->again)
			add_again(silence, sign, rule);
	}
	if (silence->down || !is_down(silence, sign, rule))
		return false;
	silence->down = true;
	return true;
}

bool outages_silence_ahead(struct outages_silence *silence, const struct outages_sign *sign)
{
	bool known = silence->aheads == OUTAGES_FAILURES_MAX;

	for (unsigned i = 0; i < silence->aheads; i++)
		known |= silence->ahead_flows[i] == sign->flow;
	if (!known)
		silence->ahead_flows[silence->aheads++] = sign->flow;
	add_time(silence, sign->time_ns);
	silence->lasts[silence->lasts_count++ % OUTAGES_LASTS] = sign->time_ns;
	silence->ahead_last_ns = sign->time_ns;
	if (silence->down || !outages_silence_is_one_way(silence) || sign->time_ns < silence->heard_ns + ONE_WAY_NS)
		return false;
	silence->down = true;
	return true;
}

uint64_t outages_silence_late_ns(const struct outages_silence *silence)
{
	return MW_MAX(LATE_RTTS * silence->rtt_us * MW_NS_PER_US, (uint64_t)LATE_NS);
}

uint64_t outages_silence_end_earliest(const struct outages_silence *silence)
{
	const uint64_t late_ns = outages_silence_late_ns(silence);
	uint64_t earliest_ns = silence->lost_ns;

	for (unsigned i = 0; i < MW_MIN(silence->lasts_count, (uint32_t)OUTAGES_LASTS); i++) {
		if (silence->lasts[i] + late_ns <= silence->ended_ns)
			earliest_ns = MW_MAX(earliest_ns, silence->lasts[i]);
	}
	return earliest_ns;
}
