// SPDX-License-Identifier: BSD-3-Clause
// The packets around an outage of a line, or of a host's link.
// Neighbours: evidence.h; lib/detector/evidence_asked.c tells questions and answers.
#include "evidence.h"

#include <stdio.h>
#include <string.h>

#include "mw_evidence_asked.h"

#define PLACES      72
#define FRAME_BYTES 512
#define BEFORE_NS   (5 * MW_NS_PER_SECOND)
#define AFTER_NS    (5 * MW_NS_PER_SECOND)
#define FIRST_NS    (5 * MW_NS_PER_SECOND) // after the bound of the start
#define OPEN_NS     (60 * MW_NS_PER_SECOND) // of one that did not end

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[OUTAGES_EVIDENCE_PARTS] = {
	[OUTAGES_EVIDENCE_LAST] = {.at = 0, .count = 4, .latest = true},
	[OUTAGES_EVIDENCE_ASKED] = {.at = 4, .count = 36, .proves = true},
	[OUTAGES_EVIDENCE_BACK] = {.at = 40, .count = 8, .proves = true},
	[OUTAGES_EVIDENCE_ERRORS] = {.at = 48, .count = 8, .proves = true},
	[OUTAGES_EVIDENCE_LINK] = {.at = 56, .count = 8},
	[OUTAGES_EVIDENCE_FIRST] = {.at = 64, .count = 8, .proves = true},
};

struct detail {
	uint8_t mac[6]; // of the next hop, or of the host
	bool mac_known, of_host;
	uint8_t parts; // bit per class that failed
	uint64_t start_ns, end_ns; // end_ns: UINT64_MAX: none
	uint64_t lost_ns; // the first that had no answer
};
_Static_assert(sizeof(struct detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

static bool read_mac(const char *text, uint8_t mac[6])
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) ==
		   6;
}

static bool on_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct outages_row *row = data;
	struct detail *detail = (void *)subject->detail;
	const uint64_t earliest_ns = row->start_earliest_ns == 0 ? row->start_ns : row->start_earliest_ns;

	if (outages_is_blind(row->verdict))
		return false;
	outages_write_key(key, row);
	detail->mac_known = read_mac(row->line, detail->mac);
	detail->of_host = row->verdict == OUTAGES_LINK_FLAP;
	detail->parts = row->parts;
	detail->lost_ns = row->lost_ns;
	detail->start_ns = row->start_ns;
	detail->end_ns = row->end_ns == 0 ? UINT64_MAX : MW_MAX(row->end_earliest_ns, row->start_ns);
	subject->first_ns = row->start_ns;
	subject->last_ns = row->end_ns == 0 ? row->start_ns : row->end_ns;
	subject->from_ns = earliest_ns - MW_MIN(earliest_ns, BEFORE_NS);
	subject->to_ns = row->end_ns == 0 ? row->start_ns + OPEN_NS : row->end_ns + AFTER_NS;
	subject->src_bits = subject->dst_bits = 0;
	subject->confidence = row->confidence;
	return true;
}

static bool is_sent_by(const struct mw_packet *packet, const struct detail *detail)
{
	return !detail->mac_known || memcmp(packet->mac_src, detail->mac, sizeof(detail->mac)) == 0;
}

static bool is_sent_to(const struct mw_packet *packet, const struct detail *detail)
{
	return !detail->mac_known || memcmp(packet->mac_dst, detail->mac, sizeof(detail->mac)) == 0;
}

static bool is_of_link(const struct mw_packet *packet)
{
	const uint16_t port = packet->dst_port;

	return (packet->kinds & (MW_KIND_ND | MW_KIND_ARP)) != 0 ||
		   ((packet->kinds & MW_KIND_UDP) != 0 && (port == 67 || port == 68 || port == 546 || port == 547));
}

// A segment without data, and without SYN or FIN, wants no answer.
static bool wants_answer(const struct mw_packet *packet)
{
	return (packet->kinds & (MW_KIND_SYN | MW_KIND_FIN | MW_KIND_PAYLOAD)) != 0 ||
		   mw_evidence_asked_of(packet) == MW_EVIDENCE_QUESTION;
}

static bool is_of_part(const struct mw_packet *packet, const struct detail *detail)
{
	const unsigned ipv4 = 1u << OUTAGES_IPV4 | 1u << OUTAGES_4IN6, ipv6 = 1u << OUTAGES_IPV6 | 1u << OUTAGES_CLOSED;

	return (detail->parts & (packet->family == 6 ? ipv6 : ipv4)) != 0;
}

/** The first that had no answer, and those that followed it: of what failed nothing came. */
static bool is_first(const struct mw_packet *packet, const struct detail *detail)
{
	if (detail->of_host || packet->time_ns < detail->lost_ns || packet->time_ns >= detail->end_ns ||
		packet->time_ns > detail->start_ns + FIRST_NS || is_sent_by(packet, detail) ||
		(packet->kinds & MW_KIND_ICMP_ERROR) != 0)
		return false;
	if (packet->time_ns == detail->lost_ns)
		return true;
	return packet->family != 0 && is_sent_to(packet, detail) && is_of_part(packet, detail) && wants_answer(packet);
}

/** What came through the line, or from the host. */
static enum outages_evidence_part part_of_what_came(const struct mw_packet *packet, const struct detail *detail)
{
	if (packet->time_ns <= detail->start_ns)
		return OUTAGES_EVIDENCE_LAST;
	return packet->time_ns >= detail->end_ns ? OUTAGES_EVIDENCE_BACK : OUTAGES_EVIDENCE_PARTS;
}

static enum outages_evidence_part part_of(struct mw_evidence_packets *packets, const struct mw_packet *packet,
										  const struct detail *detail)
{
	const bool within = packet->time_ns > detail->start_ns - MW_NS_PER_SECOND && packet->time_ns <= detail->end_ns;

	if ((packet->kinds & MW_KIND_DUPLICATE) != 0)
		return OUTAGES_EVIDENCE_PARTS;
	if (packets->seen[OUTAGES_EVIDENCE_FIRST] < parts[OUTAGES_EVIDENCE_FIRST].count && is_first(packet, detail))
		return OUTAGES_EVIDENCE_FIRST;
	if (is_of_link(packet) && (!detail->of_host || is_sent_by(packet, detail)))
		return packet->time_ns > detail->start_ns ? OUTAGES_EVIDENCE_LINK : OUTAGES_EVIDENCE_PARTS;
	if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0)
		return within && !detail->of_host ? OUTAGES_EVIDENCE_ERRORS : OUTAGES_EVIDENCE_PARTS;
	if (is_sent_by(packet, detail)) {
		if (mw_evidence_asked_of(packet) == MW_EVIDENCE_ANSWER)
			mw_evidence_asked_answered(packets, &parts[OUTAGES_EVIDENCE_ASKED], packet);
		return part_of_what_came(packet, detail);
	}
	return !detail->of_host && within && is_sent_to(packet, detail) &&
				   mw_evidence_asked_of(packet) == MW_EVIDENCE_QUESTION
			   ? OUTAGES_EVIDENCE_ASKED
			   : OUTAGES_EVIDENCE_PARTS;
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	const struct detail *detail = (const void *)packets->subject->detail;
	const enum outages_evidence_part part = part_of(packets, packet, detail);

	if (part == OUTAGES_EVIDENCE_PARTS)
		return;
	about->part = (uint8_t)part;
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static void finish(struct mw_evidence_packets *packets)
{
	mw_evidence_asked_finish(packets, &parts[OUTAGES_EVIDENCE_ASKED]);
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	const struct detail *detail = (const void *)packets->subject->detail;
	const char *whose = detail->of_host ? "from the host" : "through this gateway";

	switch (packet->part) {
	case OUTAGES_EVIDENCE_FIRST:
		if (packet->time_ns == detail->lost_ns)
			mw_text_add(text, "the first that had no answer: by it the outage had begun, ");
		else
			mw_text_add(text, "among the first that had no answer, ");
		mw_evidence_add_when(text, packet->time_ns, detail->start_ns, "the latest time it can have begun");
		break;
	case OUTAGES_EVIDENCE_ASKED:
		mw_evidence_asked_add(text, packet);
		mw_text_add(text, " that had no answer here, ");
		mw_evidence_add_when(text, packet->time_ns, detail->start_ns, "the outage began");
		break;
	case OUTAGES_EVIDENCE_LAST:
		mw_text_add(text, "among the last that came %s, ", whose);
		mw_evidence_add_when(text, packet->time_ns, detail->start_ns, "the outage began");
		break;
	case OUTAGES_EVIDENCE_BACK:
		mw_text_add(text, "among the first that came %s afterwards, ", whose);
		mw_evidence_add_when(text, packet->time_ns, detail->start_ns, "the outage began");
		break;
	case OUTAGES_EVIDENCE_ERRORS:
		mw_text_add(text, "ICMP type %u code %u about a packet to ", packet->icmp_type, packet->icmp_code);
		mw_address_add_text(text, &packet->quoted_dst);
		break;
	default:
		mw_text_add(text, "of the link (%s), ",
					packet->family == 0      ? "ARP"
					: packet->protocol == 17 ? "DHCP"
											 : "neighbour discovery");
		mw_evidence_add_when(text, packet->time_ns, detail->start_ns, "the outage began");
	}
}

const struct mw_evidence_kind outages_evidence = {
	.record = &outages_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.wants_arp = true,
	.row = on_row,
	.take = take,
	.finish = finish,
	.comment = comment,
};
