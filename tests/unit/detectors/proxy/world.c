// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery: a flow table and a context a worker, events kept until the report and sorted.
// Neighbours: world.h.
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "detector_world.h"

struct world {
	uint32_t workers_count;
	struct detector_worker workers[WORLD_WORKERS_MAX];
	struct mw_proxy_settings settings;
	struct mw_detector_control control;
	struct mw_event *events;
	uint32_t events_count, events_max;
	struct mw_middlebox_row rows[WORLD_ROWS_MAX];
	uint32_t rows_count;
	uint64_t clock_ns;
	uint16_t port; // next client port
};

static struct mw_event *begin_event(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct world *world = context;

	(void)class;
	(void)body_bytes;
	if (world->events_count == world->events_max) {
		world->events_max = world->events_max * 2 + 64;
		world->events = realloc(world->events, world->events_max * sizeof(*world->events));
		assert_non_null(world->events);
	}
	return &world->events[world->events_count];
}

static void keep_event(void *context, enum mw_event_class class)
{
	struct world *world = context;

	(void)class;
	world->events_count++;
}

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	assert_ptr_equal(record, &mw_middlebox_record);
	assert_true(world->rows_count < WORLD_ROWS_MAX);
	world->rows[world->rows_count++] = *(const struct mw_middlebox_row *)row;
}

struct world *world_new(uint32_t workers)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->workers_count = workers;
	world->settings = (struct mw_proxy_settings){.enabled = true, .servers_at_least = 4};
	world->port = 10000;
	for (uint32_t i = 0; i < workers; i++) {
		detector_worker_start(&world->workers[i], &mw_detector_proxy, &world->settings, 60 * MW_NS_PER_SECOND);
		world->workers[i].ctx.worker = (uint16_t)i;
		world->workers[i].ctx.events = (struct mw_event_sink){begin_event, keep_event, world, {NULL}};
	}
	detector_control_start(&world->control, &mw_detector_proxy, &world->settings, (struct mw_row_sink){0});
	return world;
}

void world_free(struct world *world)
{
	for (uint32_t i = 0; i < world->workers_count; i++)
		detector_worker_stop(&world->workers[i]);
	detector_control_stop(&world->control, &mw_detector_proxy);
	free(world->events);
	free(world);
}

struct mw_proxy_settings *world_settings(struct world *world)
{
	return &world->settings;
}

static struct mw_address client_address(const struct handshake *handshake)
{
	const uint8_t v4[4] = {10, 0, 0, handshake->client != 0 ? handshake->client : 2};
	struct mw_address address = {{0xfd, 1}};

	address.bytes[15] = v4[3];
	return mw_address_is_v4(&handshake->server) ? mw_address_from_v4(v4) : address;
}

static struct mw_packet make_packet(struct world *world, const struct handshake *handshake, bool answer)
{
	const struct mw_address client = client_address(handshake);
	const uint16_t port = handshake->port != 0 ? handshake->port : 443;
	struct mw_packet packet = {.fate = MW_FATE_ANALYSED, .protocol = 6, .tunnel = MW_LAYERS};

	packet.time_ns = WORLD_EPOCH_NS + handshake->at_ms * MW_NS_PER_MS;
	packet.clock_ns = world->clock_ns = MW_MAX(world->clock_ns, packet.time_ns);
	packet.family = mw_address_is_v4(&client) ? 4 : 6;
	packet.src = answer ? handshake->server : client;
	packet.dst = answer ? client : handshake->server;
	packet.src_port = answer ? port : world->port;
	packet.dst_port = answer ? world->port : port;
	packet.ttl = !answer ? 64 : handshake->ttl != 0 ? handshake->ttl : 250;
	packet.kinds = MW_KIND_TCP | (answer ? MW_KIND_SYN_ACK : MW_KIND_SYN);
	packet.tcp = (struct mw_packet_tcp){.seq = answer ? 5000 : 1000,
										.ack = answer ? 1001 : 0,
										.flags = answer ? MW_TCP_SYN | MW_TCP_ACK : MW_TCP_SYN,
										.present = MW_TCP_OPTION_MSS | MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_TIMESTAMP,
										.window = handshake->window != 0 ? handshake->window : 41600,
										.mss = handshake->mss != 0 ? handshake->mss : 1300,
										.wscale = 9,
										.ts_value = answer ? handshake->ts_value : 7};
	if (answer && handshake->no_timestamp)
		packet.tcp.present &= (uint8_t)~MW_TCP_OPTION_TIMESTAMP;
	packet.kinds |= answer && handshake->duplicate ? MW_KIND_DUPLICATE : 0u;
	return packet;
}

void world_shake_hands(struct world *world, const struct handshake *handshake)
{
	uint32_t worker = (handshake->client + handshake->server.bytes[15]) % world->workers_count;
	struct mw_packet packet;

	world->port = handshake->client_port != 0 ? handshake->client_port : (uint16_t)(world->port + 1);
	if (!handshake->no_syn) {
		packet = make_packet(world, handshake, false);
		detector_worker_send(&world->workers[worker], &packet);
	}
	packet = make_packet(world, handshake, true);
	detector_worker_send(&world->workers[worker], &packet);
}

void world_report(struct world *world, uint64_t start_ms)
{
	const struct mw_row_sink rows = {keep_row, world};
	const uint64_t start_ns = WORLD_EPOCH_NS + start_ms * MW_NS_PER_MS;

	if (world->events_count > 0)
		qsort(world->events, world->events_count, sizeof(*world->events), mw_event_compare);
	for (uint32_t i = 0; i < world->events_count; i++)
		mw_detector_proxy.on_event(&world->control, &world->events[i]);
	world->events_count = 0;
	mw_detector_proxy.on_interval(&world->control, start_ns, world->clock_ns);
	world->rows_count = 0;
	mw_detector_proxy.on_report(&world->control, start_ns, &rows);
}

uint32_t world_rows(const struct world *world)
{
	return world->rows_count;
}

const struct mw_middlebox_row *world_row(const struct world *world, uint32_t index)
{
	assert_true(index < world->rows_count);
	return &world->rows[index];
}

uint64_t world_count(const struct world *world, const char *name)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < world->workers_count; i++)
		sum += detector_worker_count(&world->workers[i], name);
	return sum;
}

struct mw_address world_v4(uint32_t number)
{
	const uint8_t v4[4] = {(uint8_t)(20 + number * 7 % 70), (uint8_t)(number * 31), (uint8_t)(number >> 8),
						   (uint8_t)number};

	return mw_address_from_v4(v4);
}

struct mw_address world_v6(uint32_t number)
{
	static const uint8_t heads[6][2] = {{0x24, 0x04}, {0x26, 0x06}, {0x2a, 0x00},
										{0x20, 0x01}, {0x28, 0x00}, {0x2c, 0x0f}};
	struct mw_address address = {{0}};

	memcpy(address.bytes, heads[number % 6], 2);
	address.bytes[3] = (uint8_t)(0x20 + number);
	address.bytes[15] = (uint8_t)number;
	return address;
}

uint32_t world_random(uint32_t number)
{
	uint64_t value = (number + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(value >> 32);
}
