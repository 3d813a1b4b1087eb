// SPDX-License-Identifier: BSD-3-Clause
// A packet is answered when the other side speaks before its sender does again; it has no answer when its sender waited
// in vain. What follows another packet closely is neither: an answer may be to either.
// Neighbours: sizes.h.
#include "sizes.h"

#include <string.h>

#include "tcp.h"
#include "worker.h"

#define BEGIN_PACKETS  4 // a question, an answer and one retry are fewer
#define WAIT_NS        (200 * MW_NS_PER_MS) // less is no wait for an answer
#define LOST_LEAST     4
#define ANSWERED_LEAST 4
#define LOST_SHARE     3 // at least one of so many packets: probing loses few (RFC 8899 section 5.1.4)
#define SPAN_LEAST_NS  MW_NS_PER_SECOND
#define SURE_LOST      16 // told at once
#define PASS_LEAST     4 // answered large packets, when none was lost
#define MUTE_PACKETS   64 // none of which has an answer: the other side does not speak
#define IDLE_NS        (60 * MW_NS_PER_SECOND)

bool path_sizes_begins(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return packet->kinds & MW_KIND_LARGE && !(packet->kinds & MW_KIND_FRAGMENT) &&
		   packet->ip_total_bytes <= PATH_WIRE_BYTES_MAX &&
		   mw_flow_packets(flow, 0) + mw_flow_packets(flow, 1) >= BEGIN_PACKETS;
}

static void remember(struct path_sizes *sizes, const struct mw_packet *packet)
{
	sizes->packets++;
	sizes->last_size = packet->kinds & MW_KIND_FRAGMENT ? 0 : packet->ip_total_bytes; // pieces are lost as pieces
	sizes->last_large = packet->payload_wire_bytes > MW_SAFE_UDP_BYTES;
	sizes->last_ns = packet->time_ns;
	sizes->last_clock_ns = packet->clock_ns;
}

void path_sizes_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	memset(&episode->sizes, 0, sizeof(episode->sizes));
	remember(&episode->sizes, packet);
	path_part_open(ctx, episode, PATH_PART_SIZES, packet->clock_ns + IDLE_NS);
}

static bool is_shown(const struct path_sizes *sizes)
{
	return sizes->lost >= LOST_LEAST && sizes->answered >= ANSWERED_LEAST &&
		   sizes->largest_answered < sizes->smallest_lost && sizes->silence_least_ns > sizes->answer_most_ns &&
		   path_since(sizes->to_ns, sizes->from_ns) >= SPAN_LEAST_NS && sizes->lost * LOST_SHARE >= sizes->packets;
}

static void note_lost(struct path_sizes *sizes, uint64_t silence_ns)
{
	if (sizes->lost++ == 0)
		sizes->from_ns = sizes->last_ns;
	sizes->to_ns = sizes->last_ns;
	if (sizes->smallest_lost == 0 || sizes->last_size < sizes->smallest_lost)
		sizes->smallest_lost = sizes->last_size;
	if (sizes->silence_least_ns == 0 || silence_ns < sizes->silence_least_ns)
		sizes->silence_least_ns = silence_ns;
}

bool path_sizes_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_sizes *sizes = &episode->sizes;
	uint64_t silence_ns = path_since(packet->time_ns, sizes->last_ns);

	if (sizes->last_size != 0 && sizes->last_large && silence_ns >= WAIT_NS)
		note_lost(sizes, silence_ns);
	remember(sizes, packet);
	if (sizes->lost > 1 && sizes->answered > 0)
		path_make_firm(ctx, episode);
	return (sizes->answered == 0 && sizes->packets >= MUTE_PACKETS) || (sizes->lost >= SURE_LOST && is_shown(sizes));
}

bool path_sizes_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_sizes *sizes = &episode->sizes;

	(void)ctx;
	if (sizes->last_size == 0)
		return false;
	sizes->answered++;
	sizes->large_answered += sizes->last_large;
	sizes->largest_answered = MW_MAX(sizes->largest_answered, sizes->last_size);
	sizes->answer_most_ns = MW_MAX(sizes->answer_most_ns, path_since(packet->time_ns, sizes->last_ns));
	sizes->last_size = 0;
	return sizes->lost == 0 ? sizes->large_answered >= PASS_LEAST : sizes->largest_answered >= sizes->smallest_lost;
}

uint64_t path_sizes_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns)
{
	uint64_t due_ns = episode->sizes.last_clock_ns + IDLE_NS;

	if (due_ns > now_ns)
		return due_ns;
	path_sizes_end(ctx, episode);
	return UINT64_MAX;
}

void path_sizes_end(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	const struct path_sizes *sizes = &episode->sizes;
	struct path_facts facts;

	episode->parts &= (uint8_t)~PATH_PART_SIZES;
	if (!is_shown(sizes))
		return;
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_SIZES;
	facts.end = PATH_GAVE_UP;
	facts.receiver_alive = true;
	facts.small_acked = true;
	facts.reported = episode->reported;
	facts.largest_acked = sizes->largest_answered;
	facts.smallest_lost = sizes->smallest_lost;
	facts.answered = sizes->answered;
	facts.unanswered = sizes->lost;
	facts.segments_lost = sizes->lost;
	facts.from_ns = sizes->from_ns;
	facts.to_ns = sizes->to_ns;
	path_emit(ctx, sizes->from_ns, &episode->ends, &facts);
}
