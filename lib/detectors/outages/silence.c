// SPDX-License-Identifier: BSD-3-Clause
// How sure a silence is an outage: independent failures add up, one answer ends them.
// Neighbours: silence.h.
#include "silence.h"

#include <string.h>

// A question is answered with probability 0.98 on a line that is up, 0.02 on one that is down: each failure weighs
// ln 49 = 3.9, and three of them 11.7 (Wald 1947). Failures further apart than this are no one event.
#define FAILURES_WITHIN_NS (30 * MW_NS_PER_SECOND)
// Failures of one moment are what a mirror that went silent leaves: somebody has to ask later, too.
#define SPREAD_NS  (500 * MW_NS_PER_MS)
#define ONE_WAY_NS (3 * MW_NS_PER_SECOND) // longer than a window of MW_KIND_FLOW_AGAIN

static bool has(const uint64_t list[], unsigned count, uint64_t value)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i] == value)
			return true;
	}
	return false;
}

// IPv4: the address and the remote's /24. IPv6: a host has many addresses, so its MAC address; remotes by address.
static uint64_t host_of(const struct outages_sign *sign)
{
	uint64_t tail;

	memcpy(&tail, sign->asker.bytes + 8, sizeof(tail));
	return sign->class == OUTAGES_IPV6 ? sign->asker_line : tail;
}

static uint64_t remote_of(const struct outages_sign *sign)
{
	uint64_t head, tail;

	memcpy(&head, sign->remote.bytes, sizeof(head));
	memcpy(&tail, sign->remote.bytes + 8, sizeof(tail));
	return sign->class == OUTAGES_IPV6 ? head * UINT64_C(0x9e3779b97f4a7c15) ^ tail : tail & be64toh(~UINT64_C(0xff));
}

static void add_failure(struct outages_silence *silence, const struct outages_sign *sign)
{
	const uint64_t host = host_of(sign), remote = remote_of(sign);

	if (silence->failures > 0 && sign->time_ns - silence->failed_last_ns > FAILURES_WITHIN_NS)
		silence->failures = 0;
	if (silence->failures == 0)
		silence->failed_first_ns = sign->time_ns;
	silence->failed_last_ns = sign->time_ns;
	silence->reported += sign->reported;
	if (silence->failures == OUTAGES_FAILURES_MAX || has(silence->hosts, silence->failures, host) ||
		has(silence->remotes, silence->failures, remote))
		return;
	silence->hosts[silence->failures] = host;
	silence->remotes[silence->failures++] = remote;
}

// What belongs to an open IPv4 flow may stay without an answer after the end: a new translator does not know it.
static bool tells_the_end(const struct outages_sign *sign)
{
	return sign->class == OUTAGES_IPV6 || (sign->sort != MW_EXCHANGE_DATA && sign->sort != MW_EXCHANGE_KINDS);
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
						  uint64_t failures)
{
	add_time(silence, sign->time_ns);
	count(silence, sign);
	if (tells_the_end(sign))
		silence->lasts[silence->lasts_count++ % OUTAGES_LASTS] = sign->time_ns;
	if (proves)
		add_failure(silence, sign);
	if (silence->down || silence->failures < failures || sign->time_ns < silence->failed_first_ns + SPREAD_NS)
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

uint64_t outages_silence_end_earliest(const struct outages_silence *silence, uint64_t rtt_ns)
{
	uint64_t earliest_ns = silence->lost_ns;

	for (unsigned i = 0; i < MW_MIN(silence->lasts_count, (uint32_t)OUTAGES_LASTS); i++) {
		if (silence->lasts[i] + rtt_ns <= silence->ended_ns)
			earliest_ns = MW_MAX(earliest_ns, silence->lasts[i]);
	}
	return earliest_ns;
}
