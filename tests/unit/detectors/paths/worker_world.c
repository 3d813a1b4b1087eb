// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery: packets made of steps, a flow table of 16384 entries, facts kept as they are told.
// Neighbours: worker_world.h.
#include "worker_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "detector_world.h"

#define EPOCH_NS      (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define OPTIONS_BYTES 24 // a timestamp, or a timestamp and one SACK block

struct world {
	struct mw_flow_table *table;
	void *memory;
	struct mw_stats_block *stats;
	struct mw_path_settings settings;
	struct mw_detector_ctx ctx;
	struct mw_event events[WORLD_FACTS_MAX];
	uint32_t events_count;
	uint64_t clock_ns;
	const struct mw_flow *flow; // of the latest step
	struct mw_detector_mark mark; // of the latest packet
};

static bool keep_event(void *context, const struct mw_event *event)
{
	struct world *world = context;

	assert_int_equal(event->body_bytes, sizeof(struct path_facts));
	assert_true(world->events_count < WORLD_FACTS_MAX);
	memcpy(&world->events[world->events_count++], event, mw_event_used_bytes(event));
	return true;
}

static void end_flow(void *context, struct mw_flow *flow, enum mw_flow_end why)
{
	struct world *world = context;

	mw_detector_paths.on_flow_end(&world->ctx, flow, mw_flow_state(flow, 0), why);
}

static void *zeroed_lines(size_t bytes)
{
	size_t whole = (bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
	void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, whole);

	assert_non_null(memory);
	return memset(memory, 0, whole);
}

int world_start(void **state)
{
	struct world *world = zeroed_lines(sizeof(*world));
	struct mw_flow_config config = {.flows_max = 16384,
									.state_bytes = 8,
									.tcp_idle_ns = 300 * MW_NS_PER_SECOND,
									.tcp_opening_ns = 30 * MW_NS_PER_SECOND,
									.tcp_closing_ns = 10 * MW_NS_PER_SECOND,
									.udp_idle_ns = 60 * MW_NS_PER_SECOND,
									.other_idle_ns = 60 * MW_NS_PER_SECOND,
									.on_end = end_flow,
									.context = world};
	size_t bytes = mw_flow_table_bytes(&config);

	world->stats = zeroed_lines(sizeof(*world->stats));
	world->settings = (struct mw_path_settings){
		.enabled = true, .retransmits_at_least = 3, .paths_max = 1000, .steps_per_second = 10000};
	world->ctx = (struct mw_detector_ctx){.hash_key = detector_world_key(),
										  .settings = &world->settings,
										  .worker_state = zeroed_lines(mw_detector_paths.worker_bytes),
										  .stats = world->stats,
										  .events = {keep_event, world},
										  .mark = &world->mark};
	mw_hash_key_from_seed(&config.hash_key, 1);
	world->memory = zeroed_lines(bytes);
	world->table = mw_flow_table_init(world->memory, bytes, &config, world->stats, 256);
	assert_non_null(world->table);
	*state = world;
	return 0;
}

int world_stop(void **state)
{
	struct world *world = *state;

	free(world->ctx.worker_state);
	free(world->stats);
	free(world->memory);
	free(world);
	return 0;
}

static struct mw_address address_of(bool server, bool v6)
{
	static const uint8_t ends4[2][4] = {{10, 0, 0, 2}, {203, 0, 113, 5}};
	static const struct mw_address ends6[2] = {{{0x20, 1, 0xd, 0xb8, [15] = 2}},
											   {{0x20, 1, 0xd, 0xb8, 0, 0xf, [15] = 5}}};

	return v6 ? ends6[server] : mw_address_from_v4(ends4[server]);
}

static void fill_ends(struct mw_packet *packet, bool server, uint16_t port, bool v6)
{
	port = port != 0 ? port : 50000;
	packet->src = address_of(server, v6);
	packet->dst = address_of(!server, v6);
	packet->src_port = server ? 443 : port;
	packet->dst_port = server ? port : 443;
}

static void fill_common(struct world *world, struct mw_packet *packet, uint64_t at_ms, bool v6)
{
	packet->time_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;
	packet->clock_ns = world->clock_ns = MW_MAX(world->clock_ns, packet->time_ns);
	packet->fate = MW_FATE_ANALYSED;
	packet->family = v6 ? 6 : 4;
	packet->tunnel = MW_LAYERS;
	packet->ip_header_bytes = v6 ? 40 : 20;
}

static uint32_t tcp_kinds(const struct step *step)
{
	uint32_t kinds = MW_KIND_TCP;

	if (step->flags & MW_TCP_SYN)
		kinds |= step->flags & MW_TCP_ACK ? MW_KIND_SYN_ACK : MW_KIND_SYN;
	kinds |= step->flags & MW_TCP_FIN ? MW_KIND_FIN : 0u;
	return kinds | (step->flags & MW_TCP_RST ? MW_KIND_RST : 0u);
}

/** options: OPTIONS_BYTES, of which the packet points behind those it has. */
static void fill_tcp(struct mw_packet *packet, const struct step *step, uint8_t *options)
{
	static const uint8_t sack[4] = {1, 1, 5, 10};
	uint32_t options_bytes = (step->plain ? 0 : 12u) + (step->sack_bytes != 0 ? 12u : 0);

	memset(options, 1, OPTIONS_BYTES); // what is not asked for does nothing
	packet->protocol = 6;
	packet->kinds = tcp_kinds(step);
	packet->tcp = (struct mw_packet_tcp){.seq = step->seq,
										 .ack = step->ack,
										 .window = step->zero_window   ? 0
												   : step->window != 0 ? step->window
																	   : 500,
										 .flags = step->flags,
										 .header_bytes = (uint8_t)(20 + options_bytes),
										 .present = step->plain ? 0 : MW_TCP_OPTION_TIMESTAMP};
	if (step->flags & MW_TCP_SYN) {
		packet->tcp.present |= MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_MSS;
		packet->tcp.wscale = 7;
		packet->tcp.mss = step->mss != 0 ? step->mss : step->v6 ? 1440 : 1460;
	}
	if (step->sack_bytes != 0) {
		packet->tcp.present |= MW_TCP_OPTION_SACK;
		memcpy(options + options_bytes - 12, sack, sizeof(sack));
		memset(options + options_bytes - 8, 0, 8);
		options[options_bytes - 2] = (uint8_t)(step->sack_bytes >> 8);
		options[options_bytes - 1] = (uint8_t)step->sack_bytes;
	}
	packet->data = options;
	packet->payload = options + options_bytes;
	packet->captured_bytes = packet->wire_bytes = options_bytes; // of the whole, as far as anybody looks
	packet->ip_total_bytes = packet->ip_header_bytes + 20u + options_bytes + step->bytes;
}

static void fill_udp(struct mw_packet *packet, const struct step *step)
{
	packet->protocol = 17;
	packet->kinds = MW_KIND_UDP;
	packet->kinds |= step->fragment ? MW_KIND_FRAGMENT : 0u;
	packet->more_fragments = step->fragment;
	packet->ip_total_bytes = packet->ip_header_bytes + 8u + step->bytes;
}

static void see(struct world *world, struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;

	world->ctx.clock_ns = packet->clock_ns;
	world->mark = (struct mw_detector_mark){0};
	if (packet->kinds & mw_detector_paths.wants || (flow != NULL && mw_flow_watch(flow) & 1))
		mw_detector_paths.on_packet(&world->ctx, packet, flow, flow == NULL ? NULL : mw_flow_state(flow, 0));
}

static void look_at_report(struct world *world, struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct mw_flow_ends ends = {.src = quote->src,
								.dst = quote->dst,
								.src_port = quote->src_port,
								.dst_port = quote->dst_port,
								.protocol = quote->protocol};

	packet->quoted_flow = mw_flow_find(world->table, &ends, packet->clock_ns, &packet->quoted_direction);
	see(world, packet);
}

struct mw_detector_mark world_look(struct world *world, struct mw_packet *packet)
{
	struct mw_packet *packets[1] = {packet};

	if (packet->kinds & MW_KIND_ICMP_ERROR) {
		look_at_report(world, packet);
		return world->mark;
	}
	mw_flow_lookup(world->table, packets, 1);
	mw_flow_enter(world->table, packet);
	world->flow = packet->flow;
	see(world, packet);
	mw_flow_update(world->table, packet);
	return world->mark;
}

void world_send_step(struct world *world, const struct step *step)
{
	uint8_t options[OPTIONS_BYTES];
	struct mw_packet packet = {0};

	fill_common(world, &packet, step->at_ms, step->v6);
	fill_ends(&packet, step->server, step->port, step->v6);
	packet.ttl = step->ttl != 0 ? step->ttl : step->server ? 52 : 64;
	packet.dont_fragment = !step->may_fragment;
	if (step->udp)
		fill_udp(&packet, step);
	else
		fill_tcp(&packet, step, options);
	packet.kinds |= (step->bytes > 0 ? MW_KIND_PAYLOAD : 0u) | (step->duplicate ? MW_KIND_DUPLICATE : 0u);
	packet.payload_wire_bytes = step->bytes;
	world_look(world, &packet);
}

void world_report_step(struct world *world, const struct report *report)
{
	struct mw_packet packet = {0};
	struct mw_packet_quote *quote = &packet.quote;

	fill_common(world, &packet, report->at_ms, report->v6);
	fill_ends(&packet, report->to_server, report->unknown_flow ? 1 : report->port, report->v6);
	*quote = (struct mw_packet_quote){.src = packet.src,
									  .dst = packet.dst,
									  .src_port = packet.src_port,
									  .dst_port = packet.dst_port,
									  .protocol = report->udp ? 17 : 6,
									  .ports_known = true,
									  .mtu_bytes = report->mtu,
									  .total_bytes = report->quoted_bytes,
									  .tcp_seq = report->seq};
	packet.src_port = packet.dst_port = 0;
	packet.dst = quote->src;
	packet.src = address_of(true, report->v6);
	packet.src.bytes[15] = report->reporter != 0 ? report->reporter : 1;
	packet.protocol = report->v6 ? 58 : 1;
	packet.icmp_type = report->v6 ? 2 : 3;
	packet.icmp_code = report->v6 ? 0 : 4;
	packet.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	world_look(world, &packet);
}

void world_talk(struct world *world, uint16_t port)
{
	world_send(world, .port = port, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(world, .port = port, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(world, .port = port, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(world, .port = port, .at_ms = 22, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(world, .port = port, SERVER, .at_ms = 42, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 90);
	world_send(world, .port = port, .at_ms = 50, .flags = ACK, .seq = 1101, .ack = 5091);
}

void world_tick(struct world *world, uint64_t at_ms)
{
	uint64_t now_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;

	world->clock_ns = MW_MAX(world->clock_ns, now_ns);
	world->ctx.clock_ns = now_ns;
	mw_flow_expire(world->table, now_ns, UINT32_MAX);
	mw_detector_paths.on_tick(&world->ctx, now_ns);
}

void world_datagram(struct world *world, uint64_t at_ms, uint32_t largest_bytes, enum mw_fragment_end end)
{
	uint64_t time_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;
	struct mw_fragment_datagram datagram = {.first_ns = time_ns,
											.last_ns = time_ns,
											.src = address_of(false, false),
											.dst = address_of(true, false),
											.family = 4,
											.protocol = 17,
											.tunnel = MW_LAYERS,
											.largest_bytes = largest_bytes};

	world->ctx.clock_ns = world->clock_ns = MW_MAX(world->clock_ns, time_ns);
	mw_detector_paths.on_datagram(&world->ctx, &datagram, end);
}

void world_finish(struct world *world)
{
	mw_flow_end_all(world->table);
	mw_detector_paths.on_tick(&world->ctx, UINT64_MAX);
}

static const struct mw_event *find(const struct world *world, enum path_what what, uint32_t nth)
{
	for (uint32_t i = 0; i < world->events_count; i++) {
		const struct path_facts *facts = (const struct path_facts *)(const void *)world->events[i].body;

		if (facts->what == what && nth-- == 0)
			return &world->events[i];
	}
	return NULL;
}

uint32_t world_told(const struct world *world, enum path_what what)
{
	uint32_t count = 0;

	while (find(world, what, count) != NULL)
		count++;
	return count;
}

const struct mw_event *world_event(const struct world *world, enum path_what what, uint32_t nth)
{
	const struct mw_event *event = find(world, what, nth);

	assert_non_null(event);
	return event;
}

const struct path_facts *world_facts(const struct world *world, enum path_what what, uint32_t nth)
{
	return (const struct path_facts *)(const void *)world_event(world, what, nth)->body;
}

const struct path_facts *world_only(struct world *world, enum path_what what)
{
	world_finish(world);
	assert_int_equal(world_told(world, what), 1);
	return world_facts(world, what, 0);
}

bool world_watches(const struct world *world)
{
	return (mw_flow_watch(world->flow) & 1) != 0;
}

uint64_t world_count(const struct world *world, const char *name)
{
	for (uint32_t i = 0; i < mw_detector_paths.counters_count; i++) {
		if (strcmp(mw_detector_paths.counters[i].name, name) == 0)
			return mw_stats_read(world->stats, i);
	}
	fail_msg("no counter %s", name);
	return 0;
}

struct mw_path_settings *world_settings(struct world *world)
{
	return &world->settings;
}
