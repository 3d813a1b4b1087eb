// SPDX-License-Identifier: BSD-3-Clause
// The packet builder's core: room, the list of headers, IP and transport headers, lengths and checksums at the end.
// Neighbours: packet_builder.h, packet_builder_link.c, packet_builder_tunnels.c.
#include "packet_builder_parts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const char *why)
{
	fprintf(stderr, "packet builder: %s\n", why);
	abort();
}

void pb_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void pb_put24(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 16);
	pb_put16(at + 1, (uint16_t)value);
}

void pb_put32(uint8_t *at, uint32_t value)
{
	pb_put16(at, (uint16_t)(value >> 16));
	pb_put16(at + 2, (uint16_t)value);
}

uint8_t *pb_room(struct pb *pb, uint32_t count)
{
	uint8_t *at = &pb->bytes[pb->len_bytes];

	if (count > PB_BYTES_MAX - pb->len_bytes)
		die("packet too long");
	memset(at, 0, count);
	pb->len_bytes += count;
	return at;
}

static void tell_before(struct pb *pb, struct pb_names names)
{
	struct pb_layer *before = pb_newest(pb);
	uint32_t family = names.ethertype == 0x0800 ? 2 : 30;

	if (before == NULL || before->next_kind == PB_NEXT_NOTHING)
		return;
	uint8_t *at = &pb->bytes[before->next_at];
	if (before->next_kind == PB_NEXT_ETHERTYPE)
		pb_put16(at, names.ethertype);
	else if (before->next_kind == PB_NEXT_PROTOCOL && (names.protocol != 0 || names.has_protocol))
		*at = names.protocol;
	else if (before->next_kind == PB_NEXT_PPP)
		pb_put16(at, names.ppp);
	else if (before->next_kind == PB_NEXT_PPP_SHORT)
		*at = (uint8_t)names.ppp;
	else if (before->next_kind == PB_NEXT_FAMILY && pb->link == MW_LINK_NULL)
		memcpy(at, &family, 4);
	else if (before->next_kind == PB_NEXT_FAMILY)
		pb_put32(at, family);
}

uint8_t *pb_push(struct pb *pb, enum pb_what what, struct pb_names names, uint32_t count)
{
	tell_before(pb, names);
	if (pb->layers_count == PB_LAYERS_MAX)
		die("too many headers");
	pb->layers[pb->layers_count++] = (struct pb_layer){.what = (uint8_t)what, .at = pb->len_bytes};
	return pb_room(pb, count);
}

void pb_expect(struct pb *pb, uint8_t next_kind, uint32_t offset)
{
	struct pb_layer *newest = pb_newest(pb);

	newest->next_kind = next_kind;
	newest->next_at = newest->at + offset;
}

void pb_init_link(struct pb *pb, enum mw_link link)
{
	memset(pb, 0, offsetof(struct pb, bytes));
	pb->link = (uint8_t)link;
}

void pb_init(struct pb *pb)
{
	pb_init_link(pb, MW_LINK_ETHERNET);
}

struct mw_address pb_address(const char *chars)
{
	struct mw_address address;
	uint8_t v4[4];

	if (inet_pton(AF_INET, chars, v4) == 1)
		return mw_address_from_v4(v4);
	if (inet_pton(AF_INET6, chars, address.bytes) != 1)
		die("not an address");
	return address;
}

static void put_address(uint8_t *at, int family, const char *chars, const char *otherwise)
{
	if (inet_pton(family, chars == NULL ? otherwise : chars, at) != 1)
		die("not an address of this family");
}

void pb_push_ipv4(struct pb *pb, const struct pb_ipv4 *with)
{
	struct pb_names names = {.ethertype = 0x0800, .protocol = 4, .ppp = 0x0021};
	uint8_t *at = pb_push(pb, PB_IPV4, names, 20u + with->options_bytes);

	at[0] = (uint8_t)(0x45 + with->options_bytes / 4);
	at[1] = with->tos;
	pb_put16(at + 2, with->total_bytes);
	pb_put16(at + 4, with->id);
	pb_put16(at + 6, (uint16_t)((with->dont_fragment ? 0x4000 : 0) | (with->more_fragments ? 0x2000 : 0) |
								with->fragment_offset_bytes / 8));
	at[8] = with->ttl == 0 ? 64 : with->ttl;
	at[9] = with->protocol;
	put_address(at + 12, AF_INET, with->src, "192.0.2.1");
	put_address(at + 16, AF_INET, with->dst, "198.51.100.2");
	memset(at + 20, 1, with->options_bytes);
	pb_newest(pb)->length_given = with->total_bytes != 0 || with->zero_total;
	if (with->protocol == 0)
		pb_expect(pb, PB_NEXT_PROTOCOL, 9);
}

void pb_push_ipv6(struct pb *pb, const struct pb_ipv6 *with)
{
	uint8_t *at = pb_push(pb, PB_IPV6, (struct pb_names){.ethertype = 0x86dd, .protocol = 41, .ppp = 0x0057}, 40);

	pb_put32(at, 6u << 28 | (uint32_t)with->traffic_class << 20);
	pb_put16(at + 4, with->payload_bytes);
	at[6] = with->next_header == 0 ? 59 : with->next_header;
	at[7] = with->hop_limit == 0 ? 64 : with->hop_limit;
	put_address(at + 8, AF_INET6, with->src, "2001:db8::1");
	put_address(at + 24, AF_INET6, with->dst, "2001:db8::2");
	pb_newest(pb)->length_given = with->payload_bytes != 0 || with->zero_payload;
	if (with->next_header == 0)
		pb_expect(pb, PB_NEXT_PROTOCOL, 6);
}

void pb_push_extension(struct pb *pb, const struct pb_extension *with)
{
	struct pb_names names = {.protocol = with->number, .has_protocol = true};
	uint8_t *at = pb_push(pb, PB_EXTENSION, names, 8u + 8u * with->units);

	at[0] = with->next_header == 0 ? 59 : with->next_header;
	at[1] = with->units;
	if (with->number == 0 || with->number == 60) { // PadN over the rest
		at[2] = 1;
		at[3] = (uint8_t)MW_MIN(255, 4 + 8 * with->units);
	}
	if (with->next_header == 0)
		pb_expect(pb, PB_NEXT_PROTOCOL, 0);
}

void pb_push_fragment6(struct pb *pb, const struct pb_fragment6 *with)
{
	uint8_t *at = pb_push(pb, PB_EXTENSION, (struct pb_names){.protocol = 44}, 8);

	at[0] = with->next_header == 0 ? 59 : with->next_header;
	pb_put16(at + 2, (uint16_t)((with->offset_bytes & ~7u) | (with->more_fragments ? 1 : 0)));
	pb_put32(at + 4, with->id);
	if (with->next_header == 0)
		pb_expect(pb, PB_NEXT_PROTOCOL, 0);
}

void pb_ah(struct pb *pb, uint8_t icv_bytes)
{
	uint8_t *at = pb_push(pb, PB_AH, (struct pb_names){.protocol = 51}, 12u + icv_bytes);

	at[1] = (uint8_t)((12 + icv_bytes) / 4 - 2);
	pb_put32(at + 4, 0x1234);
	pb_put32(at + 8, 1);
	pb_expect(pb, PB_NEXT_PROTOCOL, 0);
}

void pb_esp(struct pb *pb, uint32_t spi, uint32_t sequence)
{
	uint8_t *at = pb_push(pb, PB_ESP, (struct pb_names){.protocol = 50}, 8);

	pb_put32(at, spi);
	pb_put32(at + 4, sequence);
}

void pb_push_udp(struct pb *pb, const struct pb_udp *with)
{
	uint8_t *at = pb_push(pb, PB_UDP, (struct pb_names){.protocol = 17}, 8);

	pb_put16(at, with->sport == 0 ? 40000 : with->sport);
	pb_put16(at + 2, with->dport == 0 ? 50000 : with->dport);
	pb_put16(at + 4, with->length_bytes);
	pb_newest(pb)->length_given = with->length_bytes != 0 || with->zero_length;
	pb_newest(pb)->bad_checksum = with->bad_checksum;
}

/** Appends one option; the TCP header is the newest, so that its bytes are the last. */
static void put_option(struct pb *pb, const uint8_t *option, uint32_t count)
{
	memcpy(pb_room(pb, count), option, count);
}

static void put_tcp_options(struct pb *pb, const struct pb_tcp *with)
{
	uint8_t option[10] = {2, 4};

	pb_put16(option + 2, with->mss);
	if (with->mss != 0)
		put_option(pb, option, 4);
	if (with->sack_permitted)
		put_option(pb, (const uint8_t[]){4, 2}, 2);
	if (with->timestamp) {
		option[0] = 8, option[1] = 10;
		pb_put32(option + 2, with->ts_value);
		pb_put32(option + 6, with->ts_echo);
		put_option(pb, option, 10);
	}
	if (with->window_scale)
		put_option(pb, (const uint8_t[]){3, 3, with->wscale}, 3);
	if (with->sack_right != 0) {
		option[0] = 5, option[1] = 10;
		pb_put32(option + 2, with->sack_left);
		pb_put32(option + 6, with->sack_right);
		put_option(pb, option, 10);
	}
	if (with->options_bytes != 0)
		put_option(pb, with->options, with->options_bytes);
}

void pb_push_tcp(struct pb *pb, const struct pb_tcp *with)
{
	uint8_t *at = pb_push(pb, PB_TCP, (struct pb_names){.protocol = 6}, 20);
	uint32_t start = pb_newest(pb)->at;

	pb_put16(at, with->sport == 0 ? 40000 : with->sport);
	pb_put16(at + 2, with->dport == 0 ? 443 : with->dport);
	pb_put32(at + 4, with->seq);
	pb_put32(at + 8, with->ack);
	at[13] = with->flags == 0 && !with->no_flags ? MW_TCP_ACK : with->flags;
	pb_put16(at + 14, with->window == 0 && !with->zero_window ? 65535 : with->window);
	put_tcp_options(pb, with);
	while ((pb->len_bytes - start) % 4 != 0)
		*pb_room(pb, 1) = 1;
	uint32_t words = with->header_words == 0 ? (pb->len_bytes - start) / 4 : with->header_words;
	at[12] = (uint8_t)(words << 4 | (with->reserved & 15));
	pb_newest(pb)->bad_checksum = with->bad_checksum;
}

static void put_icmp(struct pb *pb, enum pb_what what, uint8_t protocol, const struct pb_icmp *with)
{
	uint8_t *at = pb_push(pb, what, (struct pb_names){.protocol = protocol}, 8);

	at[0] = with->type;
	at[1] = with->code;
	pb_put16(at + 4, with->id);
	pb_put16(at + 6, with->sequence);
	if (with->mtu_bytes != 0)
		pb_put32(at + 4, with->mtu_bytes); // ICMP: the lower half, which is where RFC 1191 has it
	pb_newest(pb)->bad_checksum = with->bad_checksum;
}

void pb_push_icmp(struct pb *pb, const struct pb_icmp *with)
{
	put_icmp(pb, PB_ICMP, 1, with);
}

void pb_push_icmp6(struct pb *pb, const struct pb_icmp *with)
{
	put_icmp(pb, PB_ICMP6, 58, with);
}

void pb_sctp(struct pb *pb, uint16_t sport, uint16_t dport)
{
	uint8_t *at = pb_push(pb, PB_SCTP, (struct pb_names){.protocol = 132}, 12);

	pb_put16(at, sport);
	pb_put16(at + 2, dport);
	pb_put32(at + 4, 0xfeedbeef);
}

void pb_payload(struct pb *pb, const void *bytes, uint32_t len_bytes)
{
	memcpy(pb_room(pb, len_bytes), bytes, len_bytes);
}

void pb_text(struct pb *pb, const char *chars)
{
	pb_payload(pb, chars, (uint32_t)strlen(chars));
}

void pb_fill(struct pb *pb, uint32_t len_bytes)
{
	uint8_t *at = pb_room(pb, len_bytes);

	for (uint32_t i = 0; i < len_bytes; i++)
		at[i] = (uint8_t)('a' + i % 23);
}

void pb_append(struct pb *pb, const struct pb *inner)
{
	pb_append_cut(pb, inner, inner->len_bytes);
}

void pb_append_cut(struct pb *pb, const struct pb *inner, uint32_t len_bytes)
{
	pb_payload(pb, inner->bytes, MW_MIN(len_bytes, inner->len_bytes));
}

void pb_padding(struct pb *pb, uint32_t len_bytes)
{
	if (pb->content_bytes == 0)
		pb->content_bytes = pb->len_bytes;
	pb_room(pb, len_bytes);
}

static void put_length(struct pb *pb, const struct pb_layer *layer, uint32_t end)
{
	static const struct {
		uint8_t at, without; // where the field stands; what it does not count
	} fields[] = {
		[PB_IPV4] = {2, 0}, [PB_IPV6] = {4, 40}, [PB_UDP] = {4, 0},  [PB_PPPOE] = {4, 6},
		[PB_GTPU] = {2, 8}, [PB_IKE] = {26, 0},  [PB_SNAP] = {0, 2}, [PB_L2TP] = {2, 0},
	};
	uint32_t length = end - layer->at;

	if (layer->length_given || layer->what >= MW_ARRAY_SIZE(fields) ||
		(fields[layer->what].at == 0 && fields[layer->what].without == 0))
		return;
	pb_put16(&pb->bytes[layer->at + fields[layer->what].at], (uint16_t)(length - fields[layer->what].without));
}

static uint32_t sum_of(uint32_t sum, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t pseudo_header(const struct pb *pb, unsigned index, uint8_t protocol, uint32_t length)
{
	for (unsigned i = index; i-- > 0;) {
		const uint8_t *at = &pb->bytes[pb->layers[i].at];
		if (pb->layers[i].what == PB_IPV4)
			return sum_of(protocol + length, at + 12, 8);
		if (pb->layers[i].what == PB_IPV6)
			return sum_of(protocol + length, at + 8, 32);
	}
	return 0;
}

static void put_checksum(struct pb *pb, unsigned index, uint32_t end)
{
	static const struct {
		uint8_t at, protocol; // where the field stands; of the pseudo-header, 0 for none
	} fields[] = {
		[PB_IPV4] = {10, 0}, [PB_UDP] = {6, 17}, [PB_TCP] = {16, 6}, [PB_ICMP] = {2, 0}, [PB_ICMP6] = {2, 58},
	};
	const struct pb_layer *layer = &pb->layers[index];

	if (layer->what >= MW_ARRAY_SIZE(fields) || fields[layer->what].at == 0)
		return;
	uint8_t *header = &pb->bytes[layer->at];
	uint32_t length = layer->what == PB_IPV4 ? (uint32_t)(header[0] & 15) * 4 : end - layer->at;
	uint8_t protocol = fields[layer->what].protocol;
	uint32_t sum = protocol == 0 ? 0 : pseudo_header(pb, index, protocol, length);
	uint16_t value = fold(sum_of(sum, header, length));
	if (layer->bad_checksum)
		value ^= 0x5555;
	pb_put16(header + fields[layer->what].at, value == 0 && layer->what == PB_UDP ? 0xffff : value);
}

void pb_finish(struct pb *pb)
{
	uint32_t end = pb->content_bytes == 0 ? pb->len_bytes : pb->content_bytes;

	for (unsigned i = 0; i < pb->layers_count; i++)
		put_length(pb, &pb->layers[i], end);
	for (unsigned i = pb->layers_count; i-- > 0;)
		put_checksum(pb, i, end);
}

void pb_packet(const struct pb *pb, struct mw_packet *packet, uint64_t time_ns)
{
	pb_packet_snapped(pb, packet, time_ns, pb->len_bytes);
}

void pb_packet_snapped(const struct pb *pb, struct mw_packet *packet, uint64_t time_ns, uint32_t snap_bytes)
{
	memset(packet, 0, sizeof(*packet));
	packet->data = pb->bytes;
	packet->captured_bytes = MW_MIN(pb->len_bytes, snap_bytes);
	packet->wire_bytes = pb->len_bytes;
	packet->time_ns = packet->clock_ns = time_ns;
	packet->link = pb->link;
	packet->dlt = MW_DLT_ETHERNET; // or whatever a filter is compiled for
}

uint32_t pb_offset_of(const struct pb *pb, enum pb_what what, unsigned nth)
{
	for (unsigned i = 0; i < pb->layers_count; i++)
		if (pb->layers[i].what == what && nth-- == 0)
			return pb->layers[i].at;
	die("no such header");
	return 0;
}
