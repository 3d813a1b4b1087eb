// SPDX-License-Identifier: BSD-3-Clause
// The tracker: a piece finds its datagram, shows what is odd about it, and perhaps makes it complete.
// Neighbours: mw_fragment.h; pipeline/ calls. Follows RFC 815, RFC 4963, RFC 8200 section 4.5.
#include <string.h>

#include "table.h"

#define OVER_PER_PIECE 2 // a piece adds one datagram at most, so a backlog shrinks

static uint32_t buckets_for(uint64_t datagrams_max)
{
	uint32_t buckets = 1;

	while (buckets < datagrams_max)
		buckets *= 2;
	return buckets;
}

static size_t place_of_datagrams(void)
{
	return (sizeof(struct mw_fragments) + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1);
}

size_t mw_fragments_bytes(const struct mw_fragment_config *config)
{
	uint64_t max = config->settings->datagrams_max;

	return MW_CACHE_LINE_BYTES + place_of_datagrams() + (max + 1) * sizeof(struct datagram) +
		   buckets_for(max) * sizeof(uint32_t);
}

struct mw_fragments *mw_fragments_init(void *memory, size_t memory_bytes, const struct mw_fragment_config *config,
									   struct mw_stats_block *stats, uint32_t counters_base)
{
	struct mw_fragments *fragments = memory;
	uint64_t max = config->settings->datagrams_max;
	uint8_t *at = (uint8_t *)memory + place_of_datagrams();

	if (memory_bytes < mw_fragments_bytes(config))
		return NULL;
	fragments->max = (uint32_t)max;
	fragments->datagrams = (struct datagram *)(void *)at;
	fragments->buckets = (uint32_t *)(void *)(at + (max + 1) * sizeof(struct datagram));
	fragments->buckets_mask = buckets_for(max) - 1;
	fragments->config = *config;
	fragments->settings = *config->settings;
	fragments->stats = stats;
	fragments->counters_base = counters_base;
	if (fragments->config.tunnels == NULL)
		fragments->config.tunnels = &fragments->own_tunnels;
	return fragments;
}

void mw_fragments_settings(struct mw_fragments *fragments, const struct mw_fragment_settings *settings)
{
	fragments->settings = *settings;
	fragments->due_ns = 0;
}

uint32_t mw_fragments_count(const struct mw_fragments *fragments)
{
	return fragments->used;
}

bool mw_fragments_expire(struct mw_fragments *fragments, uint64_t now_ns, uint32_t budget)
{
	fragments->clock_ns = MW_MAX(fragments->clock_ns, now_ns);
	if (fragments->clock_ns < fragments->due_ns)
		return true;
	for (uint32_t list = 0; list < LISTS; list++) {
		uint32_t oldest;

		while ((oldest = fragments->lists[list].oldest) != 0) {
			struct datagram *datagram = datagram_at(fragments, oldest);

			if (!datagram_is_due(fragments, datagram))
				break;
			if (budget-- == 0)
				return false;
			end_over(fragments, datagram);
		}
	}
	fragments->due_ns = datagrams_due_ns(fragments);
	return true;
}

static void describe(struct datagram *datagram, const struct piece *piece)
{
	datagram->first_ns = piece->packet->time_ns;
	datagram->end_bytes = MW_FRAGMENT_OPEN;
	datagram->vlan = piece->packet->vlan_outer;
	datagram->protocol = piece->protocol;
	datagram->tunnel = piece->tunnel;
}

static struct datagram *begin(struct mw_fragments *fragments, const struct key *key, uint32_t hash,
							  const struct piece *piece)
{
	struct datagram *datagram;

	if (fragments->used == fragments->max)
		evict_least(fragments);
	datagram = datagram_add(fragments, key, hash);
	describe(datagram, piece);
	datagram_enlist(fragments, datagram, LIST_OTHERS);
	count(fragments, MW_FRAGMENT_COUNT_DATAGRAMS);
	return datagram;
}

static uint32_t udp_bytes_of(const struct datagram *datagram, const struct piece *piece)
{
	uint32_t length_bytes = (uint32_t)datagram->head[4] << 8 | datagram->head[5];

	if (piece->packet->protocol != 17 || datagram->head_bytes < 6 || length_bytes == 0)
		return 0;
	return piece->transport_at + length_bytes;
}

/** What only a first piece can tell. */
static void learn_first(struct datagram *datagram, const struct piece *piece, bool answered)
{
	const struct mw_packet *packet = piece->packet;
	uint32_t skipped = MW_MIN(piece->transport_at, piece->captured_bytes);

	datagram->first_seen = true;
	datagram->answered = answered;
	datagram->protocol = packet->protocol;
	datagram->src_port = packet->src_port;
	datagram->dst_port = packet->dst_port;
	datagram->ports_known = (packet->src_port | packet->dst_port) != 0;
	datagram->head_bytes = (uint8_t)MW_MIN(piece->captured_bytes - skipped, MW_FRAGMENT_HEAD_BYTES);
	if (datagram->head_bytes > 0)
		memcpy(datagram->head, piece->payload + skipped, datagram->head_bytes);
	datagram->udp_bytes = udp_bytes_of(datagram, piece);
}

static void note_header(struct datagram *datagram, const struct piece *piece)
{
	uint8_t *noted = piece->from == 0 ? &datagram->first_header_bytes : &datagram->later_header_bytes;

	if (piece->packet->family == 4 && *noted == 0)
		*noted = (uint8_t)piece->header_bytes;
}

/** Enters a piece's bytes; the anomalies were checked before. */
static void absorb(struct datagram *datagram, const struct piece *piece, const struct meeting *meeting)
{
	note_header(datagram, piece);
	if (!piece->more && datagram->end_bytes == MW_FRAGMENT_OPEN)
		datagram->end_bytes = piece->to;
	if (piece->to == piece->from)
		return;
	sign_piece(datagram, piece, meeting);
	bounds_add(datagram, piece);
	datagram->bytes_seen += ranges_add(datagram, piece->from, piece->to);
}

/** Moves it to the tail of the list that it belongs to now; tells when it has become complete. */
static void settle(struct mw_fragments *fragments, struct datagram *datagram)
{
	enum list list = datagram_list(datagram);

	datagram_unlist(fragments, datagram);
	datagram_enlist(fragments, datagram, list);
	datagram->clock_ns = fragments->clock_ns;
	if (list == LIST_COMPLETE)
		notify_end(fragments, datagram, MW_FRAGMENT_COMPLETE);
}

static bool is_silent(const struct mw_fragments *fragments, const struct datagram *datagram)
{
	return fragments->clock_ns - datagram->clock_ns >= SILENT_NS;
}

static bool is_copy(const struct meeting *meeting)
{
	return meeting->same_bounds && meeting->differing == 0;
}

/** Whether the piece belongs to another datagram that has come to the same identification (RFC 4963). */
static bool is_of_another(const struct mw_fragments *fragments, const struct datagram *datagram,
						  const struct piece *piece, const struct meeting *meeting)
{
	bool ends_elsewhere = datagram->end_bytes != MW_FRAGMENT_OPEN &&
						  (piece->to > datagram->end_bytes || (!piece->more && piece->to != datagram->end_bytes));
	bool behind_last = datagram->end_bytes == MW_FRAGMENT_OPEN && !piece->more && ranges_end(datagram) > piece->to;

	if (is_copy(meeting))
		return false;
	if (datagram->list == LIST_COMPLETE)
		return meeting->differing > 0 || ends_elsewhere;
	return is_silent(fragments, datagram) &&
		   (meeting->differing > 0 || (meeting->overlaps && !meeting->same_bounds) || ends_elsewhere || behind_last);
}

/** A piece for a datagram that is there: a copy, or one more. */
static void add(struct mw_fragments *fragments, struct datagram *datagram, const struct piece *piece,
				const struct meeting *meeting)
{
	// whether or not it is a copy, it may be of the next datagram with this identification
	datagram->mixed = datagram->mixed || datagram->list == LIST_COMPLETE ||
					  (datagram->fragments > 0 && is_silent(fragments, datagram));
	if (is_copy(meeting)) {
		count(fragments, MW_FRAGMENT_COUNT_COPIES);
		return;
	}
	datagram->anomalies |= check_piece(datagram, piece, meeting);
	datagram->last_ns = piece->packet->time_ns;
	datagram->largest_bytes = MW_MAX(datagram->largest_bytes, piece->packet->ip_total_bytes);
	datagram->fragments++;
	if (datagram->list == LIST_COMPLETE)
		return;
	absorb(datagram, piece, meeting);
	settle(fragments, datagram);
}

/** A new datagram with the identification of this one, which its first piece contradicts. */
static struct datagram *begin_again(struct mw_fragments *fragments, struct datagram *before, const struct piece *piece,
									const struct meeting *meeting)
{
	const struct key key = before->key;
	const uint32_t hash = before->hash, shows = check_piece(before, piece, meeting);
	const bool mixed = before->mixed, complete = before->list == LIST_COMPLETE;
	struct datagram *datagram;

	if (complete)
		end_over(fragments, before);
	datagram = begin(fragments, &key, hash, piece); // when all are taken, in the place of before perhaps
	if (!complete)
		late_begin(before, datagram, shows, meeting);
	datagram->doubtful = mixed;
	datagram->anomalies = 1u << MW_FRAGMENT_ID_REUSE;
	return datagram;
}

static struct key key_of(const struct mw_packet *packet, uint8_t protocol)
{
	return (struct key){.src = packet->src,
						.dst = packet->dst,
						.id = packet->ip_id,
						.scope = packet->scope,
						.protocol = packet->family == 4 ? protocol : 0,
						.family = packet->family};
}

uint32_t mw_fragments_fetch(const struct mw_fragments *fragments, const struct mw_packet *packet)
{
	const struct key key = key_of(packet, packet->protocol); // that of a first piece may be another; then too early
	const uint32_t hash = datagram_hash(fragments, &key);

	mw_fetch_line(&fragments->buckets[hash & fragments->buckets_mask]);
	return hash;
}

void mw_fragments_fetch_datagram(const struct mw_fragments *fragments, uint32_t hash)
{
	const uint32_t number = fragments->buckets[hash & fragments->buckets_mask];

	for (size_t at = 0; number != 0 && at < offsetof(struct datagram, head); at += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const char *)datagram_at(fragments, number) + at);
}

/** The piece's datagram; ends one whose time is over, or whose identification came again. */
static struct datagram *find(struct mw_fragments *fragments, const struct piece *piece, struct meeting *meeting)
{
	const struct key key = key_of(piece->packet, piece->protocol);
	uint32_t hash = datagram_hash(fragments, &key);
	struct datagram *datagram = datagram_find(fragments, &key, hash);

	*meeting = (struct meeting){0};
	if (datagram != NULL && datagram_is_due(fragments, datagram)) {
		end_over(fragments, datagram);
		datagram = NULL;
	}
	if (datagram == NULL)
		return begin(fragments, &key, hash, piece);
	*meeting = meet_piece(datagram, piece);
	if (!is_of_another(fragments, datagram, piece, meeting))
		return datagram;
	datagram = begin_again(fragments, datagram, piece, meeting);
	*meeting = (struct meeting){0};
	return datagram;
}

/** An atomic fragment is a datagram of its own, whatever its identification (RFC 6946). */
static void notify_atomic(struct mw_fragments *fragments, const struct mw_packet *packet, bool answered)
{
	struct datagram datagram = {
		.key = {.src = packet->src, .dst = packet->dst, .id = packet->ip_id, .scope = packet->scope, .family = 6}};
	struct meeting meeting = {0};
	struct piece piece;

	piece_read(&piece, packet);
	describe(&datagram, &piece);
	learn_first(&datagram, &piece, answered);
	absorb(&datagram, &piece, &meeting);
	datagram.last_ns = packet->time_ns;
	datagram.fragments = 1;
	datagram.largest_bytes = packet->ip_total_bytes;
	datagram.anomalies = 1u << MW_FRAGMENT_ATOMIC;
	notify_end(fragments, &datagram, MW_FRAGMENT_IRREGULAR);
}

static struct mw_fragment_match take_first(struct mw_fragments *fragments, const struct piece *piece, bool answered)
{
	struct meeting meeting;
	struct datagram *datagram = find(fragments, piece, &meeting);
	struct mw_fragment_match match = {0};

	if (!datagram->first_seen) {
		match.waited_packets = datagram->waited_packets;
		match.waited_bytes = datagram->waited_bytes;
		learn_first(datagram, piece, answered);
	}
	add(fragments, datagram, piece, &meeting);
	return match;
}

static struct mw_fragment_match take_later(struct mw_fragments *fragments, const struct piece *piece)
{
	struct meeting meeting;
	struct datagram *datagram = find(fragments, piece, &meeting);
	struct mw_fragment_match match = {datagram->ports_known, datagram->src_port, datagram->dst_port, 0, 0};

	if (!datagram->first_seen) {
		datagram->waited_packets++;
		datagram->waited_bytes += piece->packet->wire_bytes;
	}
	add(fragments, datagram, piece, &meeting);
	return match;
}

struct mw_fragment_match mw_fragments_take(struct mw_fragments *fragments, const struct mw_packet *packet,
										   bool answered)
{
	struct piece piece;

	mw_fragments_expire(fragments, packet->clock_ns, OVER_PER_PIECE);
	if (!packet_is_piece(packet)) {
		if (packet->outer_is_fragment)
			tunnels_note(fragments, packet);
		else if (packet->family == 6 && packet->kinds & MW_KIND_FRAGMENT) {
			count(fragments, MW_FRAGMENT_COUNT_FRAGMENTS);
			notify_atomic(fragments, packet, answered);
		}
		return (struct mw_fragment_match){0};
	}
	count(fragments, MW_FRAGMENT_COUNT_FRAGMENTS);
	piece_read(&piece, packet);
	return piece.from == 0 ? take_first(fragments, &piece, answered) : take_later(fragments, &piece);
}
