// SPDX-License-Identifier: BSD-3-Clause
// The first questions of an interval that nobody answered, beside the first answers.
// Neighbours: evidence.h; lib/detector/evidence_asked.c tells questions and answers.
#include "evidence.h"

#include <string.h>

#include "mw_evidence_asked.h"

#define PLACES      128
#define FRAME_BYTES 512
#define ANSWER_NS   (12 * MW_NS_PER_SECOND) // exchange.timeout, and what comes late

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[HEALTH_EVIDENCE_PARTS] = {
	[HEALTH_EVIDENCE_QUESTIONS] = {.at = 0, .count = 112, .proves = true},
	[HEALTH_EVIDENCE_ANSWERS] = {.at = 112, .count = 8},
	[HEALTH_EVIDENCE_ERRORS] = {.at = 120, .count = 8, .proves = true},
};

struct detail {
	uint8_t family; // enum health_family
	bool dns; // nothing else
};
_Static_assert(sizeof(struct detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

static void set_subject(const struct health_row *row, bool dns, struct mw_evidence_subject *subject)
{
	struct detail *detail = (void *)subject->detail;

	subject->first_ns = subject->from_ns = dns ? row->stretch.first_ns : row->first_ns;
	subject->last_ns = dns ? row->stretch.last_ns : row->last_ns;
	subject->to_ns = subject->last_ns + ANSWER_NS;
	subject->src_bits = 0; // whoever asks
	subject->dst = row->peer;
	subject->dst_bits = dns ? 128 : 0;
	subject->confidence = row->counts.unanswered;
	*detail = (struct detail){.family = row->family, .dns = dns};
}

static bool on_dns_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	if (!health_dns_is_failing(data))
		return false;
	health_dns_write_key(key, data);
	set_subject(data, true, subject);
	return true;
}

static bool on_family_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct health_row *row = data;

	if (row->service != HEALTH_SERVICES || !health_family_suffers(row))
		return false;
	health_family_write_key(key, row);
	set_subject(row, false, subject);
	return true;
}

static bool is_of_family(const struct mw_packet *packet, uint8_t family)
{
	if (family == HEALTH_IPV6)
		return packet->family == 6;
	return packet->family == 4 && (packet->tunnel == MW_LAYER_IPV4_IN_IPV6) == (family == HEALTH_4IN6);
}

static bool is_dns(const struct mw_packet *packet)
{
	return packet->src_port == 53 || packet->dst_port == 53;
}

static void keep(struct mw_evidence_packets *packets, enum health_evidence_part part, const struct mw_packet *packet,
				 struct mw_evidence_packet *about)
{
	about->part = (uint8_t)part;
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;
	const struct detail *detail = (const void *)subject->detail;

	if (!is_of_family(packet, detail->family))
		return;
	if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0) {
		keep(packets, HEALTH_EVIDENCE_ERRORS, packet, about);
		return;
	}
	if (detail->dns && !is_dns(packet))
		return;
	switch (mw_evidence_asked_of(packet)) {
	case MW_EVIDENCE_QUESTION:
		if (packet->time_ns <= subject->last_ns && (!detail->dns || mw_evidence_is_dst(subject, &packet->dst)))
			keep(packets, HEALTH_EVIDENCE_QUESTIONS, packet, about);
		break;
	case MW_EVIDENCE_ANSWER:
		mw_evidence_asked_answered(packets, &parts[HEALTH_EVIDENCE_QUESTIONS], packet);
		keep(packets, HEALTH_EVIDENCE_ANSWERS, packet, about);
		break;
	default:
		break;
	}
}

static void finish(struct mw_evidence_packets *packets)
{
	mw_evidence_asked_finish(packets, &parts[HEALTH_EVIDENCE_QUESTIONS]);
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	(void)packets;
	if (packet->part == HEALTH_EVIDENCE_ERRORS) {
		mw_text_add(text, "ICMP type %u code %u about a packet to ", packet->icmp_type, packet->icmp_code);
		mw_address_add_text(text, &packet->quoted_dst);
		return;
	}
	mw_evidence_asked_add(text, packet);
	if (packet->part == HEALTH_EVIDENCE_QUESTIONS)
		mw_text_add(text, " that had no answer here within 10 s");
}

const struct mw_evidence_kind health_dns_evidence = {
	.record = &health_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.row = on_dns_row,
	.take = take,
	.finish = finish,
	.comment = comment,
};

const struct mw_evidence_kind health_family_evidence = {
	.record = &health_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.row = on_family_row,
	.take = take,
	.finish = finish,
	.comment = comment,
};
