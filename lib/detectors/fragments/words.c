// SPDX-License-Identifier: BSD-3-Clause
// Listens to both hosts of a datagram in pieces, until its receiver has spoken of it or it is too late.
// Neighbours: words.h; holes.c finds the segment that a hole in the sequence numbers is.
#include "words.h"

#include <netinet/in.h>
#include <string.h>

#include "holes.h"
#include "spoken.h"

/** The hash of a pair. What gives way shows in results, so a portable one. */
static uint64_t hash_of(const struct mw_detector_ctx *ctx, const struct mw_address *src, const struct mw_address *dst,
						uint32_t scope)
{
	return mw_hash_ends(ctx->hash_key, mw_hash_address(ctx->hash_key, src->bytes),
						mw_hash_address(ctx->hash_key, dst->bytes), scope);
}

/** The same with the identification of one of its datagrams. */
static uint64_t hash_with_id(const struct mw_detector_ctx *ctx, uint64_t hash, uint32_t id)
{
	return mw_hash_fold(hash, mw_hash_secret(ctx->hash_key, 0) + id);
}

/** Of a place that is taken, a part of its pair's hash that says which set no more; never 0. */
static uint16_t tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48 | 1);
}

static struct fragment_listened *find(struct fragment_words *words, uint64_t hash, const struct mw_address *src,
									  const struct mw_address *dst, uint32_t scope)
{
	const uint32_t set = hash % FRAGMENT_LISTENED_SETS;

	for (uint32_t i = 0; i < FRAGMENT_LISTENED_WAYS; i++) {
		struct fragment_listened *listened = &words->listened[set][i];

		if (words->tags[set][i] == tag_of(hash) && listened->scope == scope &&
			mw_address_compare(&listened->src, src) == 0 && mw_address_compare(&listened->dst, dst) == 0)
			return listened;
	}
	return NULL;
}

static struct fragment_request *request_of(struct fragment_listened *listened, const struct fragment_awaited *awaited)
{
	return &listened->requests[awaited - listened->awaited];
}

static void forget(struct fragment_words *words, struct fragment_awaited *awaited)
{
	words->open -= awaited->at_ns != 0;
	awaited->at_ns = 0;
}

static void say(struct fragment_words *words, const struct mw_detector_ctx *ctx,
				const struct fragment_listened *listened, struct fragment_awaited *awaited, enum fragment_word word)
{
	uint64_t hash = hash_with_id(ctx, hash_of(ctx, &listened->src, &listened->dst, listened->scope), awaited->id);
	struct fragment_said *set = words->said[hash % FRAGMENT_SAID_SETS], *place = set;

	for (uint32_t i = 1; i < FRAGMENT_SAID_WAYS; i++) {
		if (set[i].at_ns < place->at_ns)
			place = &set[i];
	}
	*place = (struct fragment_said){.hash = hash, .at_ns = ctx->clock_ns, .word = (uint8_t)word};
	words->said_ns = MW_MAX(words->said_ns, ctx->clock_ns);
	forget(words, awaited);
}

/** It is too late, or its place is needed. */
static void retire(struct fragment_words *words, const struct mw_detector_ctx *ctx, struct fragment_listened *listened,
				   struct fragment_awaited *awaited)
{
	if (awaited->at_ns == 0)
		return;
	if (fragment_request_was_answered(request_of(listened, awaited)))
		say(words, ctx, listened, awaited, FRAGMENT_ANSWERED);
	forget(words, awaited);
}

static bool is_over(const struct fragment_listened *listened, uint64_t now_ns)
{
	return listened->at_ns + FRAGMENT_WORD_NS < now_ns;
}

/** True when a is the better one to give up. */
static bool goes_before(const struct fragment_listened *a, const struct fragment_listened *b, uint64_t now_ns)
{
	bool a_kept = a->answered && !is_over(a, now_ns), b_kept = b->answered && !is_over(b, now_ns);

	return a_kept != b_kept ? b_kept : a->at_ns < b->at_ns;
}

/** One pair more (1) or less (-1) is listened to. */
static void change_near(struct fragment_words *words, const struct mw_detector_ctx *ctx,
						const struct fragment_listened *listened, int change)
{
	const uint32_t at = fragment_pair_hash(ctx, &listened->src, &listened->dst, listened->scope) % FRAGMENT_NEAR;
	uint64_t *near = &words->near[at / 64];

	words->near_counts[at] = (uint16_t)(words->near_counts[at] + change);
	*near = (*near & ~(UINT64_C(1) << at % 64)) | (uint64_t)(words->near_counts[at] != 0) << at % 64;
}

/** The place is free, whoever had it; all that counts is what used says. */
static void give_up(struct fragment_words *words, const struct mw_detector_ctx *ctx, struct fragment_listened *place)
{
	for (uint32_t i = 0; i < place->used; i++)
		retire(words, ctx, place, &place->awaited[i]);
	change_near(words, ctx, place, -1);
}

/** A place for the pair: pairs that may be made up drive out no others. NULL: there is none. */
static struct fragment_listened *begin(struct fragment_words *words, const struct mw_detector_ctx *ctx,
									   const struct mw_packet *packet, uint64_t hash, bool answered)
{
	struct fragment_listened *set = words->listened[hash % FRAGMENT_LISTENED_SETS], *place = set;
	uint16_t *tag;

	for (uint32_t i = 1; i < FRAGMENT_LISTENED_WAYS; i++) {
		if (goes_before(&set[i], place, ctx->clock_ns))
			place = &set[i];
	}
	if (place->answered && !answered && !is_over(place, ctx->clock_ns))
		return NULL;
	tag = &words->tags[hash % FRAGMENT_LISTENED_SETS][place - set];
	if (*tag != 0)
		give_up(words, ctx, place);
	*tag = tag_of(hash);
	place->src = packet->src;
	place->dst = packet->dst;
	place->scope = packet->scope;
	place->answered = false;
	place->used = 0;
	change_near(words, ctx, place, 1);
	return place;
}

/** The datagram's place, by its identification, or NULL. What is over gives its place back. */
static struct fragment_awaited *find_awaited(struct fragment_words *words, const struct mw_detector_ctx *ctx,
											 struct fragment_listened *listened, uint32_t id)
{
	for (uint32_t i = 0; i < listened->used; i++) {
		struct fragment_awaited *awaited = &listened->awaited[i];

		if (awaited->at_ns + FRAGMENT_WORD_NS < ctx->clock_ns)
			retire(words, ctx, listened, awaited);
		if (awaited->at_ns != 0 && awaited->id == id)
			return awaited;
	}
	return NULL;
}

/** A place for a datagram that has none. The oldest gives way. */
static struct fragment_awaited *begin_awaited(struct fragment_words *words, const struct mw_detector_ctx *ctx,
											  struct fragment_listened *listened, uint32_t id)
{
	struct fragment_awaited *place = &listened->awaited[0];

	for (uint32_t i = 1; i < listened->used && place->at_ns != 0; i++) {
		if (listened->awaited[i].at_ns < place->at_ns)
			place = &listened->awaited[i];
	}
	if (listened->used < FRAGMENT_AWAITED && (listened->used == 0 || place->at_ns != 0))
		place = &listened->awaited[listened->used++];
	else
		retire(words, ctx, listened, place);
	words->open++;
	*place = (struct fragment_awaited){.at_ns = ctx->clock_ns, .id = id, .headless = true};
	*request_of(listened, place) = (struct fragment_request){0};
	return place;
}

/** What a first piece says of its datagram. */
static void read_first(struct fragment_listened *listened, struct fragment_awaited *awaited,
					   const struct mw_packet *packet, const struct mw_flow *flow)
{
	awaited->ports_known = true;
	awaited->headless = false;
	awaited->src_port = packet->src_port;
	awaited->dst_port = packet->dst_port;
	awaited->seq = packet->tcp.seq + ((packet->tcp.flags & MW_TCP_SYN) != 0);
	awaited->seq_end = awaited->seq - packet->tcp.header_bytes; // of byte 0 of the IP payload
	if (packet->protocol != IPPROTO_TCP)
		fragment_request_read(request_of(listened, awaited), packet, flow);
}

/** Of others than TCP only first pieces tell what to listen for. hash: of the pair. */
static void see_piece(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
					  struct mw_flow *flow, uint64_t hash)
{
	bool first = packet->fragment_offset_bytes == 0;
	bool answered = flow != NULL && mw_flow_is_answered(flow);
	struct fragment_listened *listened;
	struct fragment_awaited *awaited;

	if (first && (flow == NULL || packet->fate != MW_FATE_ANALYSED))
		return;
	listened = find(words, hash, &packet->src, &packet->dst, packet->scope);
	if (listened == NULL)
		listened = begin(words, ctx, packet, hash, answered);
	if (listened == NULL)
		return;
	listened->at_ns = ctx->clock_ns;
	listened->answered |= answered;
	awaited = find_awaited(words, ctx, listened, packet->ip_id);
	if (awaited == NULL)
		awaited = begin_awaited(words, ctx, listened, packet->ip_id);
	awaited->at_ns = ctx->clock_ns;
	awaited->protocol = packet->protocol;
	awaited->last_seen |= !packet->more_fragments;
	awaited->end_bytes =
		MW_MAX(awaited->end_bytes, packet->fragment_offset_bytes + packet->ip_total_bytes -
									   MW_MIN((uint32_t)packet->ip_header_bytes, packet->ip_total_bytes));
	if (!first)
		return;
	read_first(listened, awaited, packet, flow);
	mw_detector_watch(ctx, flow, true);
}

static bool has_ports(const struct fragment_awaited *awaited, uint8_t protocol, uint16_t src_port, uint16_t dst_port)
{
	return awaited->at_ns != 0 && awaited->ports_known && awaited->protocol == protocol &&
		   awaited->src_port == src_port && awaited->dst_port == dst_port;
}

/** Whether the sender's packet is another transmission of what the datagram holds. */
static bool repeats(struct fragment_listened *listened, struct fragment_awaited *awaited,
					const struct mw_packet *packet)
{
	uint32_t end = awaited->headless ? awaited->seq_end : awaited->seq_end + awaited->end_bytes;

	if (packet->more_fragments && packet->ip_id == awaited->id)
		return false;
	if (packet->protocol != IPPROTO_TCP)
		return fragment_request_repeats(request_of(listened, awaited), packet);
	return packet->payload_wire_bytes > 0 && mw_seq_after(end, packet->tcp.seq) &&
		   mw_seq_after(packet->tcp.seq + packet->payload_wire_bytes, awaited->seq);
}

/** The receiver's packet. */
static bool speaks(struct fragment_listened *listened, struct fragment_awaited *awaited, const struct mw_packet *packet)
{
	uint32_t seen = awaited->headless ? awaited->seq_end : awaited->seq_end + awaited->end_bytes;

	if (packet->protocol != IPPROTO_TCP)
		return fragment_request_answers(request_of(listened, awaited), awaited->dst_port, packet);
	if ((packet->tcp.flags & (MW_TCP_ACK | MW_TCP_RST)) != MW_TCP_ACK)
		return false;
	return mw_seq_after(packet->tcp.ack, seen) || (packet->tcp.ack == seen && awaited->last_seen);
}

/** The pair's sender sends. @return true when there is still something to listen for on these ports. */
static bool hear_sender(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
						struct mw_flow *flow, struct fragment_listened *listened)
{
	uint32_t from = mw_flow_seq_next(flow, packet->direction);
	bool awaits = false;

	for (uint32_t i = 0; i < listened->used; i++) {
		struct fragment_awaited *awaited = &listened->awaited[i];

		if (has_ports(awaited, packet->protocol, packet->src_port, packet->dst_port) &&
			repeats(listened, awaited, packet))
			forget(words, awaited);
	}
	if (packet->kinds & MW_KIND_OUT_OF_ORDER && mw_seq_after(packet->tcp.seq, from))
		fragment_holes_fill(listened, &(struct fragment_hole){.from = from,
															  .to = packet->tcp.seq,
															  .src_port = packet->src_port,
															  .dst_port = packet->dst_port,
															  .now_ns = ctx->clock_ns});
	for (uint32_t i = 0; i < listened->used; i++)
		awaits |= has_ports(&listened->awaited[i], packet->protocol, packet->src_port, packet->dst_port);
	return awaits;
}

/** An acknowledgement on a side that was met in mid-connection only tells where the other stands. */
static bool is_anchored(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return mw_flow_has_acked(flow, packet->direction) ||
		   mw_flow_seen(flow, !packet->direction, MW_SIDE_SYN | MW_SIDE_SYN_ACK) != 0;
}

/** The pair's receiver sends. @return as above. */
static bool hear_receiver(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
						  struct mw_flow *flow, struct fragment_listened *listened)
{
	bool awaits = false;

	if (packet->kinds & MW_KIND_ACK_AHEAD && is_anchored(packet, flow))
		fragment_holes_fill(listened, &(struct fragment_hole){.from = mw_flow_seq_next(flow, !packet->direction),
															  .to = packet->tcp.ack,
															  .src_port = packet->dst_port,
															  .dst_port = packet->src_port,
															  .now_ns = ctx->clock_ns});
	for (uint32_t i = 0; i < listened->used; i++) {
		struct fragment_awaited *awaited = &listened->awaited[i];

		if (!has_ports(awaited, packet->protocol, packet->dst_port, packet->src_port))
			continue;
		if (awaited->at_ns + FRAGMENT_WORD_NS < ctx->clock_ns)
			retire(words, ctx, listened, awaited);
		else if (speaks(listened, awaited, packet))
			say(words, ctx, listened, awaited,
				packet->protocol == IPPROTO_TCP ? FRAGMENT_ACKNOWLEDGED : FRAGMENT_ANSWERED);
		awaits |= awaited->at_ns != 0;
	}
	return awaits;
}

/** The packet's hosts by the hash of each. */
struct hashes {
	uint64_t src, dst;
};

/** Whether this one, or what it answers, is listened for. @return true when its flow is to be watched. */
static bool hear(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
				 struct mw_flow *flow, const struct hashes *hashes)
{
	const uint64_t forth = mw_hash_ends(ctx->hash_key, hashes->src, hashes->dst, packet->scope);
	const uint64_t back = mw_hash_ends(ctx->hash_key, hashes->dst, hashes->src, packet->scope);
	struct fragment_listened *sent = find(words, forth, &packet->src, &packet->dst, packet->scope);
	struct fragment_listened *answered = find(words, back, &packet->dst, &packet->src, packet->scope);
	bool awaits = sent != NULL && hear_sender(words, ctx, packet, flow, sent);

	return (answered != NULL && hear_receiver(words, ctx, packet, flow, answered)) || awaits;
}

void fragment_words_see(struct fragment_words *words, struct mw_detector_ctx *ctx, const struct mw_packet *packet,
						struct mw_flow *flow)
{
	const bool later = packet->fragment_offset_bytes > 0;
	const bool piece = packet->family != 0 && (later || packet->more_fragments);
	struct hashes hashes;
	bool awaits;

	if (later ? !piece || packet->protocol != IPPROTO_TCP : flow == NULL)
		return;
	hashes.src = mw_hash_address(ctx->hash_key, packet->src.bytes);
	hashes.dst = mw_hash_address(ctx->hash_key, packet->dst.bytes);
	if (piece)
		see_piece(words, ctx, packet, flow, mw_hash_ends(ctx->hash_key, hashes.src, hashes.dst, packet->scope));
	if (later || packet->kinds & MW_KIND_ICMP_ERROR)
		return;
	awaits = words->open > 0 && hear(words, ctx, packet, flow, &hashes);
	if (awaits != ((mw_flow_watch(flow) >> ctx->index & 1) != 0))
		mw_detector_watch(ctx, flow, awaits);
}

/** What was said of a datagram, hash being that of its pair with its identification. */
static enum fragment_word word_of(const struct fragment_words *words, const struct mw_detector_ctx *ctx,
								  const struct mw_fragment_datagram *datagram, uint64_t hash)
{
	const struct fragment_said *set = words->said[hash % FRAGMENT_SAID_SETS];

	for (uint32_t i = 0; i < FRAGMENT_SAID_WAYS; i++) {
		if (set[i].at_ns != 0 && set[i].hash == hash && set[i].at_ns >= datagram->first_ns &&
			set[i].at_ns <= MW_MAX(datagram->last_ns + FRAGMENT_WORD_NS, ctx->clock_ns))
			return (enum fragment_word)set[i].word;
	}
	return FRAGMENT_NO_WORD;
}

enum fragment_word fragment_words_end(struct fragment_words *words, const struct mw_detector_ctx *ctx,
									  const struct mw_fragment_datagram *datagram)
{
	uint64_t pair = hash_of(ctx, &datagram->src, &datagram->dst, datagram->scope);
	struct fragment_listened *listened = find(words, pair, &datagram->src, &datagram->dst, datagram->scope);
	struct fragment_awaited *awaited = listened == NULL ? NULL : find_awaited(words, ctx, listened, datagram->id);

	if (awaited != NULL)
		retire(words, ctx, listened, awaited);
	if (words->said_ns < datagram->first_ns) // of most datagrams nobody has said anything
		return FRAGMENT_NO_WORD;
	return word_of(words, ctx, datagram, hash_with_id(ctx, pair, datagram->id));
}
