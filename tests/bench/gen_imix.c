// SPDX-License-Identifier: BSD-3-Clause
// IMIX 7:4:1 over flow slots picked by Zipf inside their class, with whole TCP connections.
// Neighbours: gen.h; gen_steady.c.
//
// A frame is 80 % IPv4 TCP, 15 % IPv4 UDP, 4 % IPv6 (3 of 4 TCP), 1 % IPv4 UDP fragments. A TCP slot runs SYN, SYN-ACK,
// ACK, data and ACKs, then FIN FIN ACK (3 of 4) or RST, and starts again from the next client port, so there are more
// tuples than slots. Control segments always have 64 bytes; the larger size they displaced goes to a later data
// segment.
#include "gen_frame.h"

#include <math.h>
#include <stdlib.h>

enum { CLASS_TCP4, CLASS_UDP4, CLASS_IPV6, CLASS_FRAGMENTS, CLASSES };
enum { OPEN_SYN, OPEN_SYN_ACK, OPEN_ACK, DATA, CLOSE_CLIENT, CLOSE_SERVER, LAST_ACK };

static const uint32_t frame_bytes[3] = {60, 590, 1514};

struct slot {
	struct flow flow;
	uint32_t left; // data segments to go; fragments: next offset
	uint32_t datagram_bytes; // fragments
	uint8_t state;
	bool reset, used;
};

struct zipf {
	uint32_t count;
	double *cdf;
};

struct imix {
	struct gen *gen;
	struct zipf zipf[CLASSES];
	struct slot *slots[CLASSES];
	uint64_t owed[3]; // sizes that control segments displaced
};

static struct zipf zipf_of(uint32_t count, double exponent)
{
	struct zipf zipf = {count, gen_array(count, sizeof(double))};
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		zipf.cdf[i] = sum += pow(i + 1.0, -exponent);
	for (uint32_t i = 0; i < count; i++)
		zipf.cdf[i] /= sum;
	return zipf;
}

static uint32_t pick(struct gen *gen, const struct zipf *zipf)
{
	const double unit = gen_unit(gen);
	uint32_t low = 0, high = zipf->count - 1;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (zipf->cdf[middle] < unit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

// Data segments of a connection: Pareto, at least 4, at most 20000.
static uint32_t connection_length(struct gen *gen)
{
	const double length = 4.0 * pow(1.0 - gen_unit(gen), -1.0 / 1.1);

	return length > 20000 ? 20000 : (uint32_t)length;
}

static int size_for(struct imix *imix, const struct slot *slot, int size)
{
	if (slot->state != DATA && size != 0) { // control segments are small
		imix->owed[size]++;
		return 0;
	}
	for (int larger = 2; slot->state == DATA && size == 0 && larger > 0; larger--) {
		if (imix->owed[larger] == 0)
			continue;
		imix->owed[larger]--;
		size = larger;
	}
	return size;
}

static void open_connection(struct gen *gen, struct slot *slot)
{
	gen->facts.connections++;
	gen->facts.flows++;
	gen->facts.flows_ipv6 += slot->flow.ipv6;
	slot->left = connection_length(gen);
	slot->reset = (gen_random(gen) & 3) == 0;
	gen_tcp(gen, &slot->flow, true, SYN, 0);
}

// Large segments mostly come from the server; small ones are ACKs, mostly from the client.
static void send_data(struct gen *gen, struct slot *slot, int size)
{
	const uint32_t head = 14 + (slot->flow.ipv6 ? 40u : 20u) + 20;

	if (size != 0)
		gen_tcp(gen, &slot->flow, (gen_random(gen) & 3) == 0, PSH | ACK, frame_bytes[size] - head);
	else
		gen_tcp(gen, &slot->flow, (gen_random(gen) & 3) != 0, ACK, 0);
}

static void close_client(struct gen *gen, struct slot *slot)
{
	if (!slot->reset) {
		gen_tcp(gen, &slot->flow, true, FIN | ACK, 0);
		return;
	}
	gen->facts.resets++;
	gen_tcp(gen, &slot->flow, (bool)(gen_random(gen) & 1), RST | ACK, 0);
	slot->state = LAST_ACK;
}

// The same hosts, the next client port.
static void start_again(struct gen *gen, struct slot *slot)
{
	slot->state = OPEN_SYN;
	slot->flow.client_port = slot->flow.client_port == 65535 ? 1024 : (uint16_t)(slot->flow.client_port + 1);
	slot->flow.client_seq = (uint32_t)gen_random(gen);
	slot->flow.server_seq = (uint32_t)gen_random(gen);
}

static void tcp_step(struct imix *imix, struct slot *slot, int size)
{
	struct gen *gen = imix->gen;

	size = size_for(imix, slot, size);
	switch (slot->state) {
	case OPEN_SYN:
		open_connection(gen, slot);
		break;
	case OPEN_SYN_ACK:
		gen_tcp(gen, &slot->flow, false, SYN | ACK, 0);
		break;
	case OPEN_ACK:
		gen_tcp(gen, &slot->flow, true, ACK, 0);
		break;
	case DATA:
		send_data(gen, slot, size);
		if (--slot->left != 0)
			return;
		break;
	case CLOSE_CLIENT:
		close_client(gen, slot);
		break;
	case CLOSE_SERVER:
		gen_tcp(gen, &slot->flow, false, FIN | ACK, 0);
		break;
	default:
		gen_tcp(gen, &slot->flow, true, ACK, 0);
		break;
	}
	if (slot->state++ >= LAST_ACK)
		start_again(gen, slot);
}

static void note_used(struct gen *gen, struct slot *slot)
{
	gen->facts.flows += !slot->used;
	gen->facts.flows_ipv6 += !slot->used && slot->flow.ipv6;
	slot->used = true;
}

static void udp_step(struct imix *imix, struct slot *slot, int size)
{
	const uint32_t head = 14 + (slot->flow.ipv6 ? 40u : 20u) + 8;
	bool to_server = (bool)(gen_random(imix->gen) & 1);

	note_used(imix->gen, slot);
	gen_udp(imix->gen, &slot->flow, to_server, frame_bytes[size] > head + 18 ? frame_bytes[size] - head : 18);
}

static void fragment_step(struct imix *imix, struct slot *slot)
{
	uint32_t len;

	if (slot->left == 0) {
		note_used(imix->gen, slot);
		slot->flow.ip_id++;
		slot->datagram_bytes = 1500 + gen_below(imix->gen, 2900);
	}
	len = MW_MIN(slot->datagram_bytes + 8 - slot->left, 1480u);
	gen_fragment(imix->gen, &slot->flow, slot->left, len, slot->datagram_bytes);
	slot->left = slot->left + len < slot->datagram_bytes + 8 ? slot->left + len : 0;
}

static void build_slots(struct imix *imix)
{
	static const uint32_t share[CLASSES] = {80, 15, 4, 1};
	uint32_t id = 0;

	for (int c = 0; c < CLASSES; c++) {
		uint32_t count = (uint32_t)MW_MAX((uint64_t)imix->gen->options.flows * share[c] / 100, UINT64_C(1));

		imix->zipf[c] = zipf_of(count, imix->gen->options.exponent);
		imix->slots[c] = gen_array(count, sizeof(struct slot));
		for (uint32_t i = 0; i < count; i++)
			gen_flow(imix->gen, &imix->slots[c][i].flow, id++, c == CLASS_IPV6,
					 c == CLASS_UDP4 || c == CLASS_FRAGMENTS || (c == CLASS_IPV6 && i % 4 == 3));
	}
}

void gen_imix(struct gen *gen)
{
	struct imix imix = {.gen = gen};

	build_slots(&imix);
	while (gen->facts.frames < gen->options.frames) {
		const uint32_t percent = gen_below(gen, 100), twelfth = gen_below(gen, 12);
		const int c = percent < 80   ? CLASS_TCP4
					  : percent < 95 ? CLASS_UDP4
					  : percent < 99 ? CLASS_IPV6
									 : CLASS_FRAGMENTS;
		const int size = twelfth < 7 ? 0 : twelfth < 11 ? 1 : 2;
		struct slot *slot = &imix.slots[c][pick(gen, &imix.zipf[c])];

		gen->facts.imix[c]++;
		if (c == CLASS_FRAGMENTS)
			fragment_step(&imix, slot);
		else if (slot->flow.udp)
			udp_step(&imix, slot, size);
		else
			tcp_step(&imix, slot, size);
	}
	for (int c = 0; c < CLASSES; c++) {
		free(imix.zipf[c].cdf);
		free(imix.slots[c]);
	}
}
