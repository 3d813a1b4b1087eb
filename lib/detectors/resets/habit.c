// SPDX-License-Identifier: BSD-3-Clause
// The table of known ways of forging. A label beside a verdict that other evidence carries: any of these numbers may
// come about by chance.
// Neighbours: habit.h, control.c.
//
// Left out, because ordinary resets look the same:
// - Websense: window 0, ACK 0, the next number expected (a comment in Suricata's stream-tcp.c); so does every host
//   without a socket.
// - GFW 2023 and 2025: three resets with one number after the SYN (net4people/bbs 285, 511); so does a closed port that
//   is tried three times.
// - Palo Alto: all but the TTL is the server's (weberblog.net). FortiGate: known from a fixture made by hand alone.
// - Texts, "Go away" among them: a signature names those.
#include "habit.h"

#include "weights.h"

#define NDSS "Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets, NDSS 2009"

#define ID_STEP  2048 // a sender's own IP identification moves on by less between two packets of one flow
#define ECN_BITS (MW_TCP_ECE | MW_TCP_CWR)

/** How a way of forging looks. A condition that is 0 is not asked for. */
struct habit {
	const char *name, *source;
	uint64_t outcomes; // bits of enum reset_test: all of them
	uint32_t count; // resets of the episode
	uint32_t seq_step; // from the first to the second
	uint16_t ip_id; // and it does not continue its named sender's
	uint16_t ip_id_below; // so much lower than its named sender's latest
	uint16_t window_first, window_last;
	bool rae; // RST, ACK and bits of ECN, or reserved ones, after a SYN alone
};

/** The most specific first. */
static const struct habit habits[] = {
	{.name = "BezeqInt: second 12503 bytes on, IP-ID 16448", .source = NDSS, .seq_step = 12503, .ip_id = 16448},
	{.name = "Sandvine: second 12503 bytes on", .source = NDSS, .seq_step = 12503},
	// an answer to each of two segments is as far apart: so only where the second goes beyond what was sent
	{.name = "GFW: staircase of 1460 bytes",
	 .source = NDSS "; Clayton 2006 in net4people/bbs 285",
	 .outcomes = RESET_BIT(RESET_STAIRCASE),
	 .seq_step = 1460},
	{.name = "GFW: staircase of 4380 bytes",
	 .source = NDSS "; Clayton 2006 in net4people/bbs 285",
	 .outcomes = RESET_BIT(RESET_STAIRCASE),
	 .seq_step = 4380},
	{.name = "RAE: RST+ACK with ECN bits after a SYN", .source = NDSS "; Zeek rst-inject-rae.pcap", .rae = true},
	{.name = "IP-ID 26 below its sender's latest", .source = NDSS, .ip_id_below = 26},
	{.name = "single reset with IP-ID 256", .source = NDSS, .count = 1, .ip_id = 256},
	{.name = "single reset with IP-ID 64", .source = NDSS, .count = 1, .ip_id = 64},
	{.name = "NetScaler: reset code as the window",
	 .source = "Citrix: NetScaler reset codes, 9700 to 9817 of them",
	 .window_first = 9700,
	 .window_last = 9817},
};

/** True when a reset could have this identification as the next of its named sender's. 0 is no identification. */
static bool id_continues(const struct reset_facts *facts)
{
	uint16_t latest = (uint16_t)(facts->ip_id - facts->ip_id_step);

	return facts->side_known && latest != 0 && facts->ip_id_step <= ID_STEP;
}

static bool id_fits(const struct habit *habit, const struct reset_facts *facts)
{
	if (habit->ip_id != 0 && (!facts->ip_id_known || facts->ip_id != habit->ip_id || id_continues(facts)))
		return false;
	if (habit->ip_id_below == 0)
		return true;
	return facts->ip_id_known && facts->side_known && (uint16_t)-facts->ip_id_step == habit->ip_id_below;
}

static bool is_rae(const struct reset_facts *facts)
{
	return facts->stage == MW_RESET_POST_SYN && (facts->tcp_flags & MW_TCP_ACK) != 0 &&
		   ((facts->tcp_flags & ECN_BITS) != 0 || facts->reserved_bits);
}

static bool fits(const struct habit *habit, const struct reset_facts *facts)
{
	return (facts->outcomes & habit->outcomes) == habit->outcomes &&
		   (habit->count == 0 || facts->count == habit->count) &&
		   (habit->seq_step == 0 || facts->seq_step == habit->seq_step) && id_fits(habit, facts) &&
		   (habit->window_last == 0 || (facts->window >= habit->window_first && facts->window <= habit->window_last)) &&
		   (!habit->rae || is_rae(facts));
}

const char *reset_habit_of(const struct reset_facts *facts)
{
	if (facts->outcomes & reset_bit(RESET_PAYLOAD))
		return NULL; // its text names it
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(habits); i++) {
		if (fits(&habits[i], facts))
			return habits[i].name;
	}
	return NULL;
}
