// SPDX-License-Identifier: BSD-3-Clause
// Places of packets, and what is noted of each.
// Neighbours: mw_evidence_packets.h.
#include "mw_evidence_packets.h"

#include <string.h>

#include "mw_evidence_kind.h"
#include "mw_evidence_pieces.h"
#include "mw_time.h"

static size_t aligned(size_t bytes)
{
	return (bytes + 15) / 16 * 16;
}

size_t mw_evidence_packets_bytes(const struct mw_evidence_kind *kind)
{
	return aligned(kind->state_bytes) + aligned(kind->places * sizeof(struct mw_evidence_packet)) +
		   aligned((size_t)kind->places * kind->frame_bytes);
}

void mw_evidence_packets_init(struct mw_evidence_packets *packets, const struct mw_evidence_kind *kind,
							  const struct mw_evidence_subject *subject, void *memory)
{
	uint8_t *at = memory;

	*packets = (struct mw_evidence_packets){.kind = kind, .subject = subject, .state = memory};
	at += aligned(kind->state_bytes);
	packets->packets = (struct mw_evidence_packet *)(void *)at;
	packets->frames = at + aligned(kind->places * sizeof(struct mw_evidence_packet));
}

static void note_error(const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	about->mtu_bytes = packet->quote.mtu_bytes;
	about->quoted_bytes = packet->quote.total_bytes;
	about->quoted_seq = packet->quote.tcp_seq;
	about->quoted_src = packet->quote.src;
	about->quoted_dst = packet->quote.dst;
}

static struct mw_evidence_packet about_of(const struct mw_packet *packet, uint16_t link_type, uint64_t number)
{
	struct mw_evidence_packet about = {.number = number,
									   .time_ns = packet->time_ns,
									   .wire_bytes = packet->wire_bytes,
									   .link_type = link_type,
									   .family = packet->family,
									   .protocol = packet->protocol,
									   .ttl = packet->ttl,
									   .tcp_flags = packet->tcp.flags,
									   .icmp_type = packet->icmp_type,
									   .icmp_code = packet->icmp_code,
									   .sport = packet->src_port,
									   .dport = packet->dst_port,
									   .mss_bytes = packet->tcp.mss,
									   .ip_bytes = packet->ip_total_bytes,
									   .payload_bytes = packet->payload_wire_bytes,
									   .seq = packet->tcp.seq,
									   .ack = packet->tcp.ack,
									   .src = packet->src,
									   .dst = packet->dst};

	about.payload_at = packet->captured_bytes;
	if (packet->payload != NULL)
		about.payload_at = (uint32_t)(packet->payload - packet->data);
	if (packet->kinds & MW_KIND_ICMP_ERROR)
		note_error(packet, &about);
	mw_evidence_pieces_note(packet, &about);
	return about;
}

void mw_evidence_packets_take(struct mw_evidence_packets *packets, const struct mw_packet *packet, uint16_t link_type,
							  uint64_t number, struct mw_detector_mark mark)
{
	struct mw_evidence_packet about;

	if (packet->time_ns < packets->subject->from_ns || packet->time_ns > packets->subject->to_ns)
		return;
	about = about_of(packet, link_type, number);
	about.mark = mark;
	packets->kind->take(packets, packet, &about);
}

void mw_evidence_packets_finish(struct mw_evidence_packets *packets)
{
	if (packets->kind->finish != NULL)
		packets->kind->finish(packets);
}

void mw_evidence_packets_comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
								 struct mw_text *text)
{
	mw_text_add(text, "midwatch: ");
	packets->kind->comment(packets, packet, text);
}

struct mw_evidence_packet *mw_evidence_packets_keep(struct mw_evidence_packets *packets,
													const struct mw_evidence_part *part, uint32_t *seen,
													const struct mw_packet *packet,
													const struct mw_evidence_packet *about)
{
	uint32_t n = (*seen)++;
	uint32_t at = part->at + n % part->count;
	uint8_t *frame = &packets->frames[(size_t)at * packets->kind->frame_bytes];
	struct mw_evidence_packet *place = &packets->packets[at];

	if (n >= part->count && !part->latest)
		return NULL;
	*place = *about;
	place->proves = part->proves;
	place->data = frame;
	place->captured_bytes = MW_MIN(packet->captured_bytes, packets->kind->frame_bytes);
	place->payload_at = MW_MIN(place->payload_at, place->captured_bytes);
	memcpy(frame, packet->data, place->captured_bytes);
	return place;
}

void mw_evidence_packets_drop(struct mw_evidence_packets *packets, const struct mw_evidence_part *part, uint32_t *seen)
{
	memset(&packets->packets[part->at], 0, part->count * sizeof(packets->packets[0]));
	*seen = 0;
}

static bool is_in(const struct mw_address *prefix, uint8_t len_bits, const struct mw_address *address)
{
	const struct mw_prefix whole = {.address = *prefix, .len_bits = len_bits};

	return mw_prefix_holds(&whole, address);
}

bool mw_evidence_is_src(const struct mw_evidence_subject *subject, const struct mw_address *address)
{
	return is_in(&subject->src, subject->src_bits, address);
}

bool mw_evidence_is_dst(const struct mw_evidence_subject *subject, const struct mw_address *address)
{
	return is_in(&subject->dst, subject->dst_bits, address);
}

void mw_evidence_add_when(struct mw_text *text, uint64_t time_ns, uint64_t mark_ns, const char *what)
{
	bool after = time_ns > mark_ns;

	if (time_ns == mark_ns) {
		mw_text_add(text, "at %s", what);
		return;
	}
	mw_time_add_duration(text, after ? time_ns - mark_ns : mark_ns - time_ns);
	mw_text_add(text, " %s %s", after ? "after" : "before", what);
}
