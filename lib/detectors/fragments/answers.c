// SPDX-License-Identifier: BSD-3-Clause
// Requests are told apart by the number that their protocol gives them, and that the answer repeats.
// Neighbours: answers.h. Of other protocols it is the receiver's first packet on these ports, where both take
// turns from then on.
#include "answers.h"

#include <netinet/in.h>
#include <string.h>

#include "transaction.h"

enum {
	IKE_BYTES = 28,
	IKE_FLAGS_AT = 19,
	IKE_ID_AT = 20,
	IKE_RESPONSE = 0x20,
	IKE_SPI_BYTES = 8,
	IKE_MARKER_BYTES = 4
};
enum { PORT_IKE = 500, PORT_NAT_T = 4500 };

/** Where the number stands in the payload. */
static const struct {
	uint16_t port;
	uint8_t at, bytes;
} numbers[] = {
	{53, 0, 2}, {1812, 1, 1}, {1813, 1, 1}, {1645, 1, 1}, {1646, 1, 1}, {111, 0, 4}, {2049, 0, 4}, {5683, 2, 2},
};

static bool is_echo(const struct mw_packet *packet, bool reply)
{
	if (packet->protocol == IPPROTO_ICMP)
		return packet->icmp_type == (reply ? 0 : 8);
	return packet->protocol == IPPROTO_ICMPV6 && packet->icmp_type == (reply ? 129 : 128);
}

/** The number of the request as its answer has it: bytes in the payload of both, or 0: the protocol is not known. */
static uint32_t number_of(uint16_t port, uint32_t *at)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(numbers); i++) {
		*at = numbers[i].at;
		if (numbers[i].port == port)
			return numbers[i].bytes;
	}
	return 0;
}

/** Its protocol numbers its requests: nothing else is their answer. */
static bool has_number(const struct mw_packet *packet)
{
	uint32_t at;

	return packet->dst_port == PORT_IKE || packet->dst_port == PORT_NAT_T || number_of(packet->dst_port, &at) > 0;
}

void fragment_request_read(struct fragment_request *request, const struct mw_packet *packet, const struct mw_flow *flow)
{
	*request = (struct fragment_request){.sequence = packet->icmp_sequence,
										 .echo = is_echo(packet, false),
										 .opens = packet->protocol == IPPROTO_UDP && !has_number(packet) &&
												  !mw_flow_spoke(flow, !packet->direction)};
	request->head_bytes = (uint8_t)MW_MIN(packet->payload_bytes, (uint32_t)FRAGMENT_REQUEST_BYTES);
	if (packet->protocol == IPPROTO_UDP && packet->payload_bytes > 0)
		request->transaction = fragment_transaction(packet->payload, packet->payload_bytes, false);
	request->opens = request->opens && request->transaction == 0;
	if (request->head_bytes > 0)
		memcpy(request->head, packet->payload, request->head_bytes);
}

/** The IKE header among the first bytes of a payload, or NULL (RFC 7296 section 3.1, RFC 3948 section 2.2). */
static const uint8_t *ike_of(const uint8_t *payload, uint32_t payload_bytes, uint16_t port)
{
	static const uint8_t marker[IKE_MARKER_BYTES];

	if (port != PORT_IKE && port != PORT_NAT_T)
		return NULL;
	if (port == PORT_NAT_T) {
		if (payload_bytes < IKE_MARKER_BYTES + IKE_BYTES || memcmp(payload, marker, sizeof(marker)) != 0)
			return NULL;
		return payload + IKE_MARKER_BYTES;
	}
	return payload_bytes < IKE_BYTES ? NULL : payload;
}

static uint16_t service_port(const struct mw_packet *packet)
{
	uint16_t low = MW_MIN(packet->src_port, packet->dst_port);

	return packet->src_port == PORT_NAT_T || packet->dst_port == PORT_NAT_T ? PORT_NAT_T : low;
}

/** The response to it; or, when it is a response, a later request: its sender goes on (RFC 7296 section 2.1). */
static bool ike_answers(const uint8_t *request, const uint8_t *answer)
{
	bool asked = !(request[IKE_FLAGS_AT] & IKE_RESPONSE), answered = (answer[IKE_FLAGS_AT] & IKE_RESPONSE) != 0;
	int order = memcmp(answer + IKE_ID_AT, request + IKE_ID_AT, 4);

	if (memcmp(request, answer, IKE_SPI_BYTES) != 0)
		return false;
	return asked ? answered && order == 0 : !answered && order > 0;
}

/** Two that take turns ask and answer; in a stream both send as they like. */
static void take_turn(struct fragment_request *request, bool receiver)
{
	request->opens =
		request->opens && (receiver ? !request->replied || request->asked_on : request->replied && !request->asked_on);
	request->replied |= receiver;
	request->asked_on = !receiver;
}

bool fragment_request_repeats(struct fragment_request *request, const struct mw_packet *packet)
{
	uint32_t bytes = MW_MIN((uint32_t)request->head_bytes, packet->payload_bytes);

	take_turn(request, false);
	if (packet->protocol != IPPROTO_UDP || bytes == 0)
		return request->echo && is_echo(packet, false) && packet->icmp_sequence == request->sequence;
	return memcmp(request->head, packet->payload, bytes) == 0;
}

bool fragment_request_answers(struct fragment_request *request, uint16_t dst_port, const struct mw_packet *packet)
{
	const uint8_t *asked, *said;
	uint32_t at, bytes;

	if (packet->protocol != IPPROTO_UDP)
		return request->echo && is_echo(packet, true) && packet->icmp_sequence == request->sequence;
	take_turn(request, true);
	asked = ike_of(request->head, request->head_bytes, service_port(packet));
	said = ike_of(packet->payload, packet->payload_bytes, service_port(packet));
	if (asked != NULL)
		return said != NULL && ike_answers(asked, said);
	if (request->transaction != 0)
		return fragment_transaction(packet->payload, packet->payload_bytes, true) == request->transaction;
	bytes = number_of(dst_port, &at);
	return bytes > 0 && request->head_bytes >= at + bytes && packet->payload_bytes >= at + bytes &&
		   memcmp(request->head + at, packet->payload + at, bytes) == 0;
}
