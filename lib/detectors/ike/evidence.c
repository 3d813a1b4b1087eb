// SPDX-License-Identifier: BSD-3-Clause
// All of an attempt at an IKE SA, from its first message on.
// Neighbours: evidence.h, row.c. Follows RFC 7296 section 3.1, RFC 3948.
#include "evidence.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "mw_evidence_pieces.h"
#include "ike.h"
#include "mw_reader.h"

#define PLACES       64
#define FRAME_BYTES  7168
#define AFTER_NS     (5 * MW_NS_PER_SECOND) // the last answer
#define SAID_NS      (125 * MW_NS_PER_SECOND) // a receiver waits up to two minutes for pieces (RFC 1122 section 3.3.2)
#define PORT         500
#define PORT_NAT     4500
#define HEADER_BYTES 28
#define FLAG_I       0x08
#define SPI_TEXT     17 // 16 hex digits
#define FLAG_R       0x20

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[EVIDENCE_IKE_PARTS] = {
	[EVIDENCE_MESSAGES] = {.at = 0, .count = 32, .proves = true},
	[EVIDENCE_IKE_PIECES] = {.at = 32, .count = 24, .proves = true},
	[EVIDENCE_ERRORS] = {.at = 56, .count = 8, .proves = true},
};

/** The header of a message, as far as it stands in clear. */
struct header {
	uint8_t spi_i[8];
	uint8_t exchange, flags;
	uint32_t message_id, bytes;
};

/** Attempts that lose their authentication. */
static bool is_lost(uint8_t verdict)
{
	static const bool lost[MW_IKE_VERDICTS] = {
		[MW_IKE_REQUEST_LOST] = true,
		[MW_IKE_RESPONSE_FRAGMENTS_LOST] = true,
		[MW_IKE_RESPONSE_LOST_AFTER_TAP] = true,
		[MW_IKE_NO_ANSWER_TO_AUTH] = true,
	};

	return verdict < MW_IKE_VERDICTS && lost[verdict];
}

static bool on_row(const void *data, struct mw_evidence_subject *subject, struct mw_text *key)
{
	const struct mw_ike_row *row = data;

	if (!is_lost(row->verdict))
		return false;
	mw_address_add_text(key, &row->initiator);
	mw_text_add(key, " ");
	mw_address_add_text(key, &row->responder);
	subject->first_ns = subject->from_ns = row->ts_ns;
	subject->last_ns = MW_MAX(row->last_ns, row->ts_ns);
	subject->to_ns = subject->last_ns + SAID_NS;
	subject->src = row->initiator;
	subject->dst = row->responder;
	subject->confidence = row->confidence;
	snprintf((char *)subject->detail, SPI_TEXT, "%s", row->spi_i); // "" not known
	return true;
}

/** @return false when the bytes do not hold a whole header. */
static bool read_header(const uint8_t *bytes, size_t count, uint16_t sport, uint16_t dport, struct header *header)
{
	struct mw_reader in = mw_reader_of(bytes, count);
	const uint8_t *at;

	if ((sport == PORT_NAT || dport == PORT_NAT) && !mw_reader_skip(&in, 4)) // the non-ESP marker
		return false;
	at = mw_reader_take(&in, HEADER_BYTES);
	if (at == NULL)
		return false;
	memcpy(header->spi_i, at, sizeof(header->spi_i));
	header->exchange = at[18];
	header->flags = at[19];
	header->message_id = mw_load_u32_be(at + 20);
	header->bytes = mw_load_u32_be(at + 24);
	return true;
}

static bool header_of(const struct mw_evidence_packet *packet, struct header *header)
{
	return read_header(packet->data + packet->payload_at, packet->captured_bytes - packet->payload_at, packet->sport,
					   packet->dport, header);
}

/** False for a message of another attempt; what cannot be read is not told apart. */
static bool is_of_attempt(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	char spi[SPI_TEXT];
	struct mw_text text = mw_text_in(spi, sizeof(spi));
	struct header header;

	if (subject->detail[0] == '\0' ||
		!read_header(packet->payload, packet->payload_bytes, packet->src_port, packet->dst_port, &header))
		return true;
	for (size_t i = 0; i < sizeof(header.spi_i); i++)
		mw_text_add(&text, "%02x", header.spi_i[i]);
	return strcmp(spi, (const char *)subject->detail) == 0;
}

static bool is_port(uint16_t port)
{
	return port == PORT || port == PORT_NAT;
}

/** An error about IKE; one about a later piece quotes no ports. */
static bool is_error(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;

	if ((packet->kinds & MW_KIND_ICMP_ERROR) == 0 || quote->protocol != IPPROTO_UDP ||
		!(quote->ports_known ? is_port(quote->src_port) || is_port(quote->dst_port) : true))
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

static void add_exchange(struct mw_text *text, const struct header *header)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{34, "IKE_SA_INIT"},
				 {35, "IKE_AUTH"},
				 {36, "CREATE_CHILD_SA"},
				 {37, "INFORMATIONAL"},
				 {43, "IKE_INTERMEDIATE"}};

	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		if (names[i].number == header->exchange) {
			mw_text_add(text, "%s", names[i].name);
			return;
		}
	}
	mw_text_add(text, "exchange %u", header->exchange);
}

static const char *sender_name(const struct mw_evidence_packet *packet)
{
	return packet->from_named ? "initiator" : "responder";
}

/** How often the same bytes were sent before, as far as they were captured. */
static uint32_t sent_before(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet)
{
	size_t bytes = packet->captured_bytes - packet->payload_at;
	uint32_t count = 0;

	for (uint32_t i = 0; i < PLACES; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		count += other->captured_bytes > 0 && other->number < packet->number &&
				 other->from_named == packet->from_named && other->part == packet->part &&
				 other->captured_bytes - other->payload_at == bytes &&
				 memcmp(other->data + other->payload_at, packet->data + packet->payload_at, bytes) == 0;
	}
	return count;
}

static void add_message(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						struct mw_text *text)
{
	struct header header;
	uint32_t before = sent_before(packets, packet);

	if (header_of(packet, &header)) {
		add_exchange(text, &header);
		mw_text_add(text, " %s, message %" PRIu32 ", %" PRIu32 " bytes, from the %s",
					(header.flags & FLAG_R) != 0 ? "response" : "request", header.message_id, header.bytes,
					sender_name(packet));
	} else {
		mw_text_add(text, "an IKE message from the %s, its header not captured", sender_name(packet));
	}
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
	.finding = MW_FINDING_IKE_AUTH_LOST,
	.record = &mw_ike_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.row = on_row,
	.take = take,
	.comment = comment,
};
