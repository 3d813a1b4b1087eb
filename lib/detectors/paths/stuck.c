// SPDX-License-Identifier: BSD-3-Clause
// Tells a black hole from loss, outage, and a receiver that is gone.
// Neighbours: stuck.h.
#include "stuck.h"

#define SEVERAL_SEGMENTS 4 // different large packets of which none came through: not one unlucky packet

bool path_stuck_is_lost(const struct path_facts *facts)
{
	return facts->what == PATH_SIZES || facts->end == PATH_SHRANK || facts->end == PATH_GAVE_UP;
}

/** Small packets come through and the other end speaks, all while the large ones do not. */
static bool path_lives(const struct path_facts *facts)
{
	return facts->receiver_alive && facts->small_acked;
}

/**
 * Large ones may have passed before: then a whole path may have failed for a while. A sender that is stuck may shrink
 * its packets then, too (RFC 4821 section 7.7), so that what was an outage ends in small packets.
 */
static bool may_be_outage(const struct path_facts *facts)
{
	return facts->large_acked && !path_lives(facts);
}

static bool is_sizes(const struct path_facts *facts, uint64_t at_least)
{
	return facts->what == PATH_SIZES && facts->answered > 0 && facts->largest_acked != 0 &&
		   facts->smallest_lost > facts->largest_acked && facts->unanswered >= at_least;
}

/** What every stuck segment has that was too large: the largest there are, sent again and again, ever more slowly. */
static bool is_stuck(const struct path_facts *facts, uint64_t at_least)
{
	return facts->what == PATH_STUCK && facts->gaps_grow && facts->full_size && facts->retransmits >= at_least;
}

static bool shrank(const struct path_facts *facts, uint64_t at_least)
{
	(void)at_least;
	return facts->what != PATH_SIZES && facts->end == PATH_SHRANK && !may_be_outage(facts);
}

static bool gave_up_alive(const struct path_facts *facts, uint64_t at_least)
{
	return is_stuck(facts, at_least) && facts->end == PATH_GAVE_UP && facts->receiver_alive && !may_be_outage(facts);
}

/** None of several large packets came through, nor any word of the receiver: it may be gone, too. */
static bool gave_up_silent(const struct path_facts *facts, uint64_t at_least)
{
	return is_stuck(facts, at_least) && facts->end == PATH_GAVE_UP && !facts->receiver_alive && facts->small_acked &&
		   facts->segments_lost >= SEVERAL_SEGMENTS && !facts->large_acked;
}

/** The SYN and the SYN-ACK are small packets, one in each direction. */
static bool gave_up_mute(const struct path_facts *facts, uint64_t at_least)
{
	struct path_facts with_handshake = *facts;

	with_handshake.small_acked = facts->mss_syn != 0 && facts->mss_synack != 0;
	return gave_up_silent(&with_handshake, at_least);
}

static bool has_hole(const struct path_facts *facts, uint64_t at_least)
{
	(void)at_least;
	return facts->what == PATH_HOLE && facts->end == PATH_GAVE_UP && facts->full_size && facts->receiver_alive &&
		   !may_be_outage(facts);
}

/**
 * The last packet of the burst was small, and the only one that arrived: the receiver said so before it fell silent.
 */
static bool lost_flight(const struct path_facts *facts, uint64_t at_least)
{
	bool stuck = is_stuck(facts, at_least) || (facts->what == PATH_HOLE && facts->full_size);

	return stuck && facts->end == PATH_GAVE_UP && facts->burst_small && !facts->receiver_alive && !facts->large_acked;
}

/** One to three large packets are lost for good, right after small ones came through; any failure may look so. */
static bool lost_few(const struct path_facts *facts, uint64_t at_least)
{
	return is_stuck(facts, at_least) && facts->end == PATH_GAVE_UP && facts->small_acked && facts->fresh &&
		   !facts->receiver_alive && !facts->large_acked;
}

static bool is_doubtful(const struct path_facts *facts, uint64_t at_least)
{
	return facts->what != PATH_SIZES && may_be_outage(facts) &&
		   (facts->end == PATH_SHRANK || is_stuck(facts, at_least));
}

static const struct {
	enum path_show show;
	bool (*fits)(const struct path_facts *facts, uint64_t at_least);
} shows[] = {
	{PATH_SHOWS_SIZES, is_sizes},        {PATH_SHOWS_SHRANK, shrank},     {PATH_SHOWS_ALIVE, gave_up_alive},
	{PATH_SHOWS_SILENT, gave_up_silent}, {PATH_SHOWS_MUTE, gave_up_mute}, {PATH_SHOWS_HOLE, has_hole},
	{PATH_SHOWS_FLIGHT, lost_flight},    {PATH_SHOWS_FEW, lost_few},      {PATH_SHOWS_DOUBTFUL, is_doubtful},
};

enum path_show path_stuck_shows(const struct path_facts *facts, uint64_t retransmits_at_least)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(shows); i++) {
		if (shows[i].fits(facts, retransmits_at_least))
			return shows[i].show;
	}
	return PATH_SHOWS;
}
