// SPDX-License-Identifier: BSD-3-Clause
// Frames with valid IPv4, TCP and UDP checksums, and the wire clock: 10 GbE, (bytes + 4 FCS + 20 preamble and gap) *
// 0.8 ns.
// Neighbours: gen_frame.h. Follows RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 2473.
#include "gen_frame.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES  14u
#define FRAME_BYTES_MIN 60u

uint64_t gen_mix(uint64_t word)
{
	word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
	return word ^ (word >> 31);
}

uint64_t gen_random(struct gen *gen)
{
	return gen_mix(gen->random += UINT64_C(0x9e3779b97f4a7c15));
}

uint32_t gen_below(struct gen *gen, uint32_t limit)
{
	return (uint32_t)(((gen_random(gen) >> 32) * limit) >> 32);
}

double gen_unit(struct gen *gen)
{
	return (double)(gen_random(gen) >> 11) * 0x1p-53;
}

void *gen_array(size_t count, size_t each_bytes)
{
	void *array = calloc(count, each_bytes);

	if (array == NULL) {
		fprintf(stderr, "gen: no memory for %zu times %zu bytes\n", count, each_bytes);
		exit(1);
	}
	return array;
}

void gen_flow(struct gen *gen, struct flow *flow, uint32_t i, bool ipv6, bool udp)
{
	static const uint16_t tcp_ports[] = {443, 443, 80, 22, 25, 8080, 993, 3306};
	static const uint16_t udp_ports[] = {53, 443, 123, 5060, 4500, 1194, 161, 27015};
	// the shared addresses of a MAP-E line are public
	const uint32_t client_net = gen->options.tunnel ? 0x14000000 : 0x0a000000;
	const uint32_t server_net = gen->options.tunnel ? 0x17100000 : 0xac100000;
	const uint64_t r = gen_random(gen);

	*flow = (struct flow){
		.client = client_net | ((i * 0x9e3779b1u) & 0xffffff),
		.server = server_net | (uint32_t)(r & 0xfffff),
		.client_port = (uint16_t)(1024 + (r >> 20 & 0x7fff)),
		.server_port = udp ? udp_ports[r >> 40 & 7] : tcp_ports[r >> 40 & 7],
		.client_seq = (uint32_t)gen_mix(r),
		.server_seq = (uint32_t)(gen_mix(r) >> 32),
		.ip_id = (uint16_t)(r >> 48),
		.ipv6 = ipv6,
		.udp = udp,
	};
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint64_t sum_of(uint64_t sum, const uint8_t *at, uint32_t len)
{
	uint32_t word;

	for (; len >= 4; len -= 4, at += 4) {
		memcpy(&word, at, 4);
		sum += word;
	}
	word = 0;
	memcpy(&word, at, len);
	return sum + word;
}

static void put_checksum(uint8_t *at, uint64_t sum, bool udp)
{
	uint16_t checksum;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	checksum = (uint16_t)~sum;
	if (udp && checksum == 0)
		checksum = 0xffff;
	memcpy(at, &checksum, sizeof(checksum));
}

static uint8_t *put_ipv6(uint8_t *ip, uint8_t next_header, uint32_t payload_bytes, bool to_server)
{
	put32(ip, 0x60000000);
	put16(ip + 4, payload_bytes);
	ip[6] = next_header;
	ip[7] = to_server ? 64 : 57;
	memset(ip + 8, 0, 32);
	put32(ip + 8, 0x20010db8);
	put32(ip + 24, 0x20010db8);
	return ip + 40;
}

// Ethernet and IP headers; returns the start of the transport header.
static uint8_t *put_headers(struct gen *gen, const struct flow *flow, bool to_server, uint32_t l4_bytes,
							uint32_t fragment)
{
	static const uint8_t macs[2][12] = {{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}};
	const uint32_t src = to_server ? flow->client : flow->server;
	const uint32_t dst = to_server ? flow->server : flow->client;
	const uint8_t protocol = flow->udp ? 17 : 6;
	uint8_t *ip = gen->frame + ETHERNET_BYTES;

	memcpy(gen->frame, macs[to_server], 12);
	put16(gen->frame + 12, flow->ipv6 || gen->options.tunnel ? 0x86dd : 0x0800);
	if (flow->ipv6) {
		put_ipv6(ip, protocol, l4_bytes, to_server);
		put32(ip + 20, src);
		put32(ip + 36, dst);
		return ip + 40;
	}
	if (gen->options.tunnel) {
		uint8_t *inner = put_ipv6(ip, 4, 20 + l4_bytes, to_server);

		ip[23] = ip[39] = 1;
		ip[to_server ? 13 : 29] = 0xce; // the customer's end
		ip = inner;
	}
	ip[0] = 0x45;
	ip[1] = 0;
	put16(ip + 2, 20 + l4_bytes);
	put16(ip + 4, flow->ip_id);
	put16(ip + 6, fragment);
	ip[8] = to_server ? 64 : 57;
	ip[9] = protocol;
	put16(ip + 10, 0);
	put32(ip + 12, src);
	put32(ip + 16, dst);
	put_checksum(ip + 10, sum_of(0, ip, 20), false);
	return ip + 20;
}

static uint64_t pseudo_sum(const uint8_t *l4, const struct flow *flow, uint32_t l4_bytes)
{
	const uint32_t addresses_bytes = flow->ipv6 ? 32 : 8;

	return sum_of(0, l4 - addresses_bytes, addresses_bytes) + htons(flow->udp ? 17 : 6) + htons((uint16_t)l4_bytes);
}

static void finish(struct gen *gen, const uint8_t *end)
{
	uint32_t len = (uint32_t)(end - gen->frame);

	if (len < FRAME_BYTES_MIN) {
		memset(gen->frame + len, 0, FRAME_BYTES_MIN - len);
		len = FRAME_BYTES_MIN;
	}
	gen->sink.frame(gen->sink.context, gen->frame, len,
					UINT64_C(1700000000) * MW_NS_PER_SECOND + gen->clock_tenths / 10 * gen->options.stretch);
	gen->clock_tenths += (len + 24) * 8;
	gen->facts.frames++;
	gen->facts.bytes += len;
}

static void put_payload(struct gen *gen, uint8_t *at, uint32_t len, const struct flow *flow, bool to_server)
{
	static const char request[] = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
	const char *head = to_server ? request : response;
	const uint32_t head_bytes = to_server ? sizeof(request) - 1 : sizeof(response) - 1;

	memcpy(at, gen->pool + (gen_random(gen) & (GEN_POOL_BYTES - 1)), len);
	if (flow->udp || len < head_bytes)
		return;
	if (flow->server_port == 80) {
		memcpy(at, head, head_bytes);
	} else if (flow->server_port == 443) { // TLS application data record
		at[0] = 23;
		put16(at + 1, 0x0303);
		put16(at + 3, len - 5);
	}
}

static void put_ports(uint8_t *at, const struct flow *flow, bool to_server)
{
	put16(at, to_server ? flow->client_port : flow->server_port);
	put16(at + 2, to_server ? flow->server_port : flow->client_port);
}

void gen_tcp(struct gen *gen, struct flow *flow, bool to_server, unsigned flags, uint32_t payload_bytes)
{
	const uint32_t header_bytes = (flags & SYN) != 0 ? 24 : 20, bytes = header_bytes + payload_bytes;
	uint8_t *tcp = put_headers(gen, flow, to_server, bytes, 0x4000);
	uint32_t *seq = to_server ? &flow->client_seq : &flow->server_seq;

	put_ports(tcp, flow, to_server);
	put32(tcp + 4, *seq);
	put32(tcp + 8, (flags & ACK) == 0 ? 0 : to_server ? flow->server_seq : flow->client_seq);
	tcp[12] = (uint8_t)(header_bytes / 4 << 4);
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, 64240);
	put32(tcp + 16, 0);
	if (flags & SYN)
		put32(tcp + 20, 0x020405b4); // MSS 1460
	if (payload_bytes != 0)
		put_payload(gen, tcp + header_bytes, payload_bytes, flow, to_server);
	put_checksum(tcp + 16, sum_of(pseudo_sum(tcp, flow, bytes), tcp, bytes), false);
	*seq += payload_bytes + ((flags & (SYN | FIN)) != 0);
	flow->ip_id++;
	finish(gen, tcp + bytes);
}

void gen_udp(struct gen *gen, struct flow *flow, bool to_server, uint32_t payload_bytes)
{
	const uint32_t bytes = 8 + payload_bytes;
	uint8_t *udp = put_headers(gen, flow, to_server, bytes, 0);

	put_ports(udp, flow, to_server);
	put16(udp + 4, bytes);
	put16(udp + 6, 0);
	put_payload(gen, udp + 8, payload_bytes, flow, to_server);
	put_checksum(udp + 6, sum_of(pseudo_sum(udp, flow, bytes), udp, bytes), true);
	flow->ip_id++;
	finish(gen, udp + bytes);
}

void gen_fragment(struct gen *gen, struct flow *flow, uint32_t offset, uint32_t len_bytes, uint32_t datagram_bytes)
{
	const bool more = offset + len_bytes < datagram_bytes + 8;
	uint8_t *at = put_headers(gen, flow, true, len_bytes, offset / 8 | (more ? 0x2000u : 0));

	memcpy(at, gen->pool + (gen_random(gen) & (GEN_POOL_BYTES - 1)), len_bytes);
	if (offset == 0) {
		put_ports(at, flow, true);
		put16(at + 4, 8 + datagram_bytes);
		put16(at + 6, 0); // no UDP checksum
	}
	finish(gen, at + len_bytes);
}
