// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery.
// Neighbours: worker_world.h.
#include "worker_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_decode.h"
#include "mw_test.h"
#include "detector_world.h"
#include "packet_builder.h"

#define FRAGMENT_ID 77

struct world {
	struct detector_worker worker;
	struct mw_ike_settings settings;
	struct pb pb, quoted;
};

int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct mw_ike_settings){.enabled = true, .messages_per_second = 1000};
	detector_worker_start(&world->worker, &mw_detector_ike, &world->settings, 600 * MW_NS_PER_SECOND);
	*state = world;
	return 0;
}

int world_stop(void **state)
{
	struct world *world = *state;

	detector_worker_stop(&world->worker);
	free(world);
	return 0;
}

struct mw_ike_settings *world_settings(struct world *world)
{
	return &world->settings;
}

/** Through decoder, flow table and detector, as the pipeline does it. */
static void send_packet(struct world *world, uint64_t at_ms, bool duplicate)
{
	static const struct mw_decode_settings decode = {.tunnel_depth = 4, .udp_tunnels = true};
	struct mw_packet packet;

	pb_finish(&world->pb);
	pb_packet(&world->pb, &packet, WORLD_EPOCH_NS + at_ms * MW_NS_PER_MS);
	mw_decode(&decode, &packet);
	assert_int_equal(packet.fate, MW_FATE_ANALYSED);
	packet.kinds |= duplicate ? MW_KIND_DUPLICATE : 0u;
	detector_worker_send(&world->worker, &packet);
}

static uint16_t port_or_500(uint16_t port)
{
	return port != 0 ? port : 500;
}

static void push_ip(struct world *world, const struct world_udp *udp)
{
	const char *initiator = udp->initiator != NULL ? udp->initiator : udp->ipv6 ? "2001:db8::2" : WORLD_INITIATOR;
	const char *responder = udp->ipv6 ? "2001:db8:ffff::7" : WORLD_RESPONDER;
	const char *src = udp->from_responder ? responder : initiator;
	const char *dst = udp->from_responder ? initiator : responder;

	if (!udp->ipv6) {
		pb_ipv4(&world->pb, .src = src, .dst = dst, .id = udp->ip_id, .more_fragments = udp->first_bytes > 0);
		return;
	}
	pb_ipv6(&world->pb, .src = src, .dst = dst);
	if (udp->first_bytes > 0)
		pb_fragment6(&world->pb, .id = FRAGMENT_ID, .more_fragments = true);
}

static uint32_t make_payload(const struct world_udp *udp, bool marker, uint8_t *payload)
{
	uint32_t count = marker ? 4 : 0;

	memset(payload, 0, 4);
	if (udp->keepalive) {
		payload[0] = 0xff;
		return 1;
	}
	if (udp->message == NULL) {
		memset(payload, 0xe5, udp->esp_bytes);
		return udp->esp_bytes;
	}
	memcpy(payload + count, udp->message->bytes, udp->message->bytes_count);
	return count + udp->message->bytes_count;
}

void world_send_udp(struct world *world, const struct world_udp *udp)
{
	static uint8_t payload[IKE_BUILD_BYTES_MAX + 4];
	uint16_t initiator_port = port_or_500(udp->initiator_port), responder_port = port_or_500(udp->responder_port);
	uint32_t count = make_payload(udp, initiator_port == 4500 || responder_port == 4500, payload);

	pb_init(&world->pb);
	pb_ethernet(&world->pb);
	push_ip(world, udp);
	pb_udp(&world->pb, .sport = udp->from_responder ? responder_port : initiator_port,
		   .dport = udp->from_responder ? initiator_port : responder_port, .length_bytes = (uint16_t)(8 + count));
	pb_payload(&world->pb, payload, udp->first_bytes > 0 ? udp->first_bytes - 8 : count);
	send_packet(world, udp->at_ms, udp->duplicate);
}

static void make_quoted(struct world *world, const struct world_error *error)
{
	uint16_t initiator_port = port_or_500(error->initiator_port), responder_port = port_or_500(error->responder_port);
	const char *ends[2] = {WORLD_INITIATOR, WORLD_RESPONDER};
	uint16_t sport = error->from_responder ? responder_port : initiator_port;
	uint16_t dport = error->from_responder ? initiator_port : responder_port;
	struct pb *quoted = &world->quoted;

	pb_init_link(quoted, MW_LINK_RAW_IP);
	pb_ipv4(quoted, .src = ends[error->from_responder], .dst = ends[!error->from_responder], .id = FRAGMENT_ID,
			.total_bytes = 1500, .protocol = error->tcp ? 6 : 17,
			.fragment_offset_bytes = error->later_piece ? 1480 : 0);
	if (error->tcp)
		pb_tcp(quoted, .sport = sport, .dport = dport);
	else
		pb_udp(quoted, .sport = sport, .dport = dport, .length_bytes = 2000);
	pb_finish(quoted);
}

void world_send_error(struct world *world, const struct world_error *error)
{
	make_quoted(world, error);
	pb_init(&world->pb);
	pb_ethernet(&world->pb);
	pb_ipv4(&world->pb, .src = "198.51.100.1", .dst = error->from_responder ? WORLD_RESPONDER : WORLD_INITIATOR);
	pb_icmp(&world->pb, .type = error->type, .code = error->code, .mtu_bytes = error->mtu_bytes);
	pb_append(&world->pb, &world->quoted);
	send_packet(world, error->at_ms, false);
}

void world_end_datagram(struct world *world, uint64_t at_ms, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end)
{
	world->worker.ctx.clock_ns = WORLD_EPOCH_NS + at_ms * MW_NS_PER_MS;
	mw_detector_ike.on_datagram(&world->worker.ctx, datagram, end);
}

uint32_t world_told(const struct world *world)
{
	return world->worker.events_count;
}

const struct mw_event *world_event(const struct world *world, uint32_t index)
{
	const struct mw_event *event = detector_worker_event(&world->worker, index);

	assert_int_equal(event->body_bytes, sizeof(struct ike_facts));
	return event;
}

const struct ike_facts *world_facts(const struct world *world, uint32_t index)
{
	return (const struct ike_facts *)(const void *)world_event(world, index)->body;
}

const struct ike_facts *world_only(const struct world *world)
{
	assert_int_equal(world_told(world), 1);
	return world_facts(world, 0);
}

uint64_t world_count(const struct world *world, const char *name)
{
	return detector_worker_count(&world->worker, name);
}

bool world_watches(const struct world *world)
{
	return detector_worker_watches(&world->worker);
}
