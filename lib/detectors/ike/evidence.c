// SPDX-License-Identifier: BSD-3-Clause
// All of an attempt at an IKE SA, from its first message on.
// Neighbours: evidence.h, row.c. Follows RFC 7296 section 3.1, RFC 3948.
#include "evidence.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "mw_evidence_pieces.h"
#include "finding.h"
#include "message.h"

#define PLACES      64
#define FRAME_BYTES 7168
#define AFTER_NS    (5 * MW_NS_PER_SECOND) // the last answer
#define SAID_NS     (125 * MW_NS_PER_SECOND) // a receiver waits up to two minutes for pieces (RFC 1122 section 3.3.2)

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[EVIDENCE_IKE_PARTS] = {
	[EVIDENCE_MESSAGES] = {.at = 0, .count = 32, .proves = true},
	[EVIDENCE_IKE_PIECES] = {.at = 32, .count = 24, .proves = true},
	[EVIDENCE_ERRORS] = {.at = 56, .count = 8, .proves = true},
};

/** What is remembered of an attempt. */
struct detail {
	uint8_t initiator_spi[IKE_SPI_BYTES]; // 0 not known
};
_Static_assert(sizeof(struct detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

static bool on_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct mw_ike_row *row = data;
	const struct pairs_ends ends = {row->initiator, row->responder};
	struct detail *detail = (void *)subject->detail;

	if (!ikes_is_lost(row))
		return false;
	pairs_write_key(key, DIAGNOSIS_KEY_BYTES, PAIRS_ALONE, &ends);
	subject->first_ns = subject->from_ns = row->ts_ns;
	subject->last_ns = MW_MAX(row->last_ns, row->ts_ns);
	subject->to_ns = subject->last_ns + SAID_NS;
	subject->src = row->initiator;
	subject->dst = row->responder;
	subject->confidence = row->confidence;
	memcpy(detail->initiator_spi, row->initiator_spi, sizeof(detail->initiator_spi));
	return true;
}

static enum ike_read read_message(const uint8_t *payload, size_t payload_bytes, uint16_t sport, uint16_t dport,
								  struct ike_facts *facts)
{
	size_t count;
	const uint8_t *at = ike_message_in_udp(payload, payload_bytes, sport, dport, &count);
	enum ike_read read;

	*facts = (struct ike_facts){0};
	read = at == NULL ? IKE_READ_NONE : ike_message_read(at, count, facts);
	if (read != IKE_READ_NONE)
		facts->digest = ike_message_digest(at, MW_MIN(count, facts->message_bytes));
	return read;
}

static bool facts_of(const struct mw_evidence_packet *packet, struct ike_facts *facts)
{
	return read_message(packet->data + packet->payload_at, packet->captured_bytes - packet->payload_at, packet->sport,
						packet->dport, facts) != IKE_READ_NONE;
}

/** False for a message of another attempt; what cannot be read is not told apart. */
static bool is_of_attempt(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	static const uint8_t not_known[IKE_SPI_BYTES];
	const struct detail *detail = (const void *)subject->detail;
	struct ike_facts facts;

	return memcmp(detail->initiator_spi, not_known, sizeof(not_known)) == 0 ||
		   read_message(packet->payload, packet->payload_bytes, packet->src_port, packet->dst_port, &facts) ==
			   IKE_READ_NONE ||
		   memcmp(detail->initiator_spi, facts.spi_i, sizeof(facts.spi_i)) == 0;
}

/** An error about IKE; one about a later piece quotes no ports. */
static bool is_error(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;

	if ((packet->kinds & MW_KIND_ICMP_ERROR) == 0 || quote->protocol != IPPROTO_UDP ||
		(quote->ports_known && !ike_ports(quote->src_port, quote->dst_port)))
		return false;
	return (mw_evidence_is_src(subject, &quote->src) && mw_evidence_is_dst(subject, &quote->dst)) ||
		   (mw_evidence_is_src(subject, &quote->dst) && mw_evidence_is_dst(subject, &quote->src));
}

static enum evidence_ike_part part_of(const struct mw_evidence_subject *subject, const struct mw_packet *packet,
									  const struct mw_evidence_packet *about)
{
	bool ike = (packet->kinds & MW_KIND_IKE) != 0;

	if (is_error(subject, packet))
		return EVIDENCE_ERRORS;
	if (packet->time_ns > subject->last_ns + AFTER_NS || (packet->kinds & MW_KIND_ICMP_ERROR) != 0)
		return EVIDENCE_IKE_PARTS;
	if (about->is_piece && (ike ? is_of_attempt(subject, packet) : about->from > 0 && packet->protocol == IPPROTO_UDP))
		return EVIDENCE_IKE_PIECES;
	return ike && !about->is_piece && is_of_attempt(subject, packet) ? EVIDENCE_MESSAGES : EVIDENCE_IKE_PARTS;
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	enum evidence_ike_part part = part_of(packets->subject, packet, about);

	if (part == EVIDENCE_IKE_PARTS)
		return;
	about->part = (uint8_t)part;
	about->from_named = mw_evidence_is_src(packets->subject, &packet->src);
	mw_evidence_packets_keep(packets, &parts[part], &packets->seen[part], packet, about);
}

static void add_exchange(struct mw_text *text, const struct ike_facts *facts)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{IKE_SA_INIT, "IKE_SA_INIT"},
				 {IKE_AUTH, "IKE_AUTH"},
				 {IKE_CREATE_CHILD_SA, "CREATE_CHILD_SA"},
				 {IKE_INFORMATIONAL, "INFORMATIONAL"},
				 {IKE_INTERMEDIATE, "IKE_INTERMEDIATE"}};

	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		if (names[i].number == facts->exchange) {
			mw_text_add(text, "%s", names[i].name);
			return;
		}
	}
	mw_text_add(text, "exchange %u", facts->exchange);
}

static const char *sender_name(const struct mw_evidence_packet *packet)
{
	return packet->from_named ? "initiator" : "responder";
}

/** How often the message was sent before, as the detector tells retransmissions. */
static uint32_t sent_before(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							const struct ike_facts *facts)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < PLACES; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];
		struct ike_facts others;

		count += other->captured_bytes > 0 && other->number < packet->number &&
				 other->from_named == packet->from_named && other->part == packet->part && other->from == 0 &&
				 facts_of(other, &others) && others.digest == facts->digest;
	}
	return count;
}

static void add_message(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						struct mw_text *text)
{
	struct ike_facts facts;
	uint32_t before;

	if (!facts_of(packet, &facts)) {
		mw_text_add(text, "an IKE message from the %s, its header not captured", sender_name(packet));
		return;
	}
	add_exchange(text, &facts);
	mw_text_add(text, " %s, message %" PRIu32 ", %" PRIu32 " bytes, from the %s",
				facts.is_response ? "response" : "request", facts.message_id, facts.message_bytes, sender_name(packet));
	before = sent_before(packets, packet, &facts);
	if (before > 0)
		mw_text_add(text, ", sent again (%" PRIu32 " before)", before);
}

static void comment_message(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							struct mw_text *text)
{
	add_message(packets, packet, text);
	mw_text_add(text, ", in one packet of %" PRIu32, packet->ip_bytes);
}

static void comment_piece(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	char missing[128];
	struct mw_text ranges = mw_text_in(missing, sizeof(missing));

	if (packet->from == 0)
		add_message(packets, packet, text);
	else
		mw_text_add(text, "from the %s, without ports, of IKE by its time and addresses", sender_name(packet));
	mw_text_add(text, "; in IP fragments: ");
	mw_evidence_pieces_add(text, packet, 0);
	mw_text_add(text, ", identification %" PRIu32, packet->id);
	if (packets->seen[EVIDENCE_IKE_PIECES] > parts[EVIDENCE_IKE_PIECES].count)
		return; // pieces that were not kept are not missing
	if (mw_evidence_pieces_missing(packets, packet, &ranges))
		mw_text_add(text, "; bytes %s never passed here", missing);
	else
		mw_text_add(text, "; all of it passed here");
}

static void comment_error(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	bool exceeded = packet->icmp_type == (packet->family == 4 ? 11 : 3) && packet->icmp_code == 1;

	(void)packets;
	mw_text_add(text, "ICMP type %u code %u of ", packet->icmp_type, packet->icmp_code);
	mw_address_add_text(text, &packet->src);
	mw_text_add(text, " about a message to ");
	mw_address_add_text(text, &packet->quoted_dst);
	if (exceeded)
		mw_text_add(text, ": it never had all pieces (reassembly time exceeded)");
	if (packet->mtu_bytes != 0)
		mw_text_add(text, ": too big, %" PRIu32 " bytes are allowed", packet->mtu_bytes);
}

static void comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text)
{
	static void (*const words[EVIDENCE_IKE_PARTS])(const struct mw_evidence_packets *packets,
												   const struct mw_evidence_packet *packet, struct mw_text *text) = {
		[EVIDENCE_MESSAGES] = comment_message,
		[EVIDENCE_IKE_PIECES] = comment_piece,
		[EVIDENCE_ERRORS] = comment_error,
	};

	words[packet->part](packets, packet, text);
}

const struct mw_evidence_kind evidence_ike = {
	.record = &mw_ike_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.row = on_row,
	.take = take,
	.comment = comment,
};
