// SPDX-License-Identifier: BSD-3-Clause
// The quick way of ordinary packets against the long one, which every packet could take: the same counters, the same
// flows, the same events, over random talk, over lies, over captured frames.
// Neighbours: lib/pipeline/lane.c, lib/decode/lane.c, lib/flow/lane.c.
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "mw_test.h"
#include "decode.h"
#include "pipeline_world.h"

#define EVENT_LINES 4096u
#define TALKS       24
#define BATCHES     3000
#define FRAME       2048

static const struct mw_decode_settings DEFAULTS = {.tunnel_depth = 8, .udp_tunnels = true};
static uint64_t random_state;

static uint32_t below(uint32_t count)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % count);
}

static bool one_in(uint32_t count)
{
	return below(count) == 0;
}

/** The same packets through two pipelines, of which the second sees no lane. */
struct pair {
	struct pipeline_world *quick, *slow;
	uint64_t quick_taken, sent;
	struct mw_packet packets[2][MW_BATCH_PACKETS];
	uint8_t bytes[MW_BATCH_PACKETS][FRAME];
	uint32_t count;
	uint64_t clock_ns, ticked_s;
};

static struct pair *pair_new(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	pair->quick = world_new(1);
	pair->slow = world_new(1);
	pair->clock_ns = WORLD_EPOCH_NS;
	return pair;
}

static void pair_free(struct pair *pair)
{
	world_free(pair->quick);
	world_free(pair->slow);
	free(pair);
}

static void run(struct pipeline_world *world, struct mw_packet packets[], uint32_t count, bool walk)
{
	struct mw_packet *batch[MW_BATCH_PACKETS];

	for (uint32_t i = 0; i < MW_BATCH_PACKETS; i++)
		batch[i] = &packets[i];
	mw_pipeline_receive(world->workers[0].pipeline, batch, count);
	for (uint32_t i = 0; walk && i < count; i++)
		decode_walk(&DEFAULTS, batch[i]);
	mw_pipeline_process(world->workers[0].pipeline, batch, count);
}

/** Takes what fits. @return lines. */
static uint32_t take_events(const struct pipeline_world *world, enum mw_event_class class,
							struct mw_event_line lines[EVENT_LINES])
{
	struct mw_event_ring *ring = world->workers[0].events;
	const struct mw_event_positions sent = mw_event_ring_sent(ring);

	return mw_event_ring_take(ring, class, sent.lines[class], lines, EVENT_LINES);
}

static void assert_same_lines(const struct mw_event_line quick[], const struct mw_event_line slow[], uint32_t count)
{
	for (uint32_t at = 0; at < count;) {
		const struct mw_event *a = (const struct mw_event *)(const void *)&quick[at];
		const struct mw_event *b = (const struct mw_event *)(const void *)&slow[at];

		assert_int_equal(mw_event_compare(a, b), 0);
		at += mw_event_lines(a->body_bytes);
	}
}

static void assert_same_events(struct pair *pair)
{
	static struct mw_event_line quick[EVENT_LINES], slow[EVENT_LINES];

	for (uint32_t class = 0; class < MW_EVENT_CLASSES; class ++) {
		uint32_t got;

		do {
			got = take_events(pair->quick, class, quick);
			assert_int_equal(take_events(pair->slow, class, slow), got);
			assert_same_lines(quick, slow, got);
		} while (got > 0);
	}
}

static void assert_same_books(const struct pair *pair)
{
	const struct mw_flow_table *quick = mw_pipeline_flows(pair->quick->workers[0].pipeline);
	const struct mw_flow_table *slow = mw_pipeline_flows(pair->slow->workers[0].pipeline);

	for (uint32_t i = 0; i < pair->quick->names.count; i++) {
		if (world_sum(pair->quick, i) != world_sum(pair->slow, i))
			fail_msg("%s.%s: %lu, the long way %lu", pair->quick->names.entries[i].module,
					 pair->quick->names.entries[i].counter.name, world_sum(pair->quick, i), world_sum(pair->slow, i));
	}
	for (uint32_t slot = 0; slot < mw_flow_slots(slow); slot++) {
		struct mw_flow_view a, b;

		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		assert_int_equal(mw_flow_snapshot(quick, slot, &a), mw_flow_snapshot(slow, slot, &b));
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void flush(struct pair *pair)
{
	const bool tick = pair->clock_ns / MW_NS_PER_SECOND != pair->ticked_s;

	run(pair->quick, pair->packets[0], pair->count, false);
	run(pair->slow, pair->packets[1], pair->count, true);
	for (uint32_t i = 0; i < pair->count; i++)
		pair->quick_taken +=
			pair->packets[0][i].lane.shape != 0 && (pair->packets[0][i].lane.bits & MW_LANE_WHOLE) == 0;
	pair->sent += pair->count;
	pair->count = 0;
	if (tick) {
		pair->ticked_s = pair->clock_ns / MW_NS_PER_SECOND;
		mw_pipeline_tick(pair->quick->workers[0].pipeline, pair->clock_ns, UINT32_MAX);
		mw_pipeline_tick(pair->slow->workers[0].pipeline, pair->clock_ns, UINT32_MAX);
	}
	assert_same_events(pair);
	if (tick)
		assert_same_books(pair);
}

static void add(struct pair *pair, const uint8_t *bytes, uint32_t captured, uint32_t wire, uint8_t link,
				uint64_t time_ns)
{
	uint8_t *copy = pair->bytes[pair->count];

	captured = MW_MIN(captured, (uint32_t)FRAME);
	memcpy(copy, bytes, captured);
	pair->clock_ns = MW_MAX(pair->clock_ns, time_ns);
	for (unsigned side = 0; side < 2; side++) {
		pair->packets[side][pair->count] = (struct mw_packet){.data = copy,
															  .captured_bytes = captured,
															  .wire_bytes = MW_MAX(wire, captured),
															  .time_ns = time_ns,
															  .clock_ns = pair->clock_ns,
															  .link = link};
	}
	if (++pair->count == MW_BATCH_PACKETS)
		flush(pair);
}

static void finish(struct pair *pair)
{
	flush(pair);
	assert_same_books(pair);
	mw_pipeline_finish(pair->quick->workers[0].pipeline, pair->clock_ns);
	mw_pipeline_finish(pair->slow->workers[0].pipeline, pair->clock_ns);
	assert_same_events(pair);
	assert_same_books(pair);
}

/** A conversation, nearly always an honest one. */
struct talk {
	unsigned network, tags, port;
	bool tcp, stamped, numbered;
	uint32_t seq[2], step;
	uint16_t id[2];
};

static void begin(struct talk *talk, uint32_t number)
{
	static const uint16_t ports[] = {53, 443, 4500, 80, 123, 5060}, special[] = {4500, 53, 123};

	*talk = (struct talk){.network = below(4),
						  .tags = below(8),
						  .port = number << 8 | ports[below(MW_ARRAY_SIZE(ports))] % 251,
						  .tcp = one_in(2),
						  .stamped = one_in(2),
						  .numbered = !one_in(3),
						  .seq = {below(1u << 30), UINT32_MAX - below(5000)}};
	if (!talk->tcp && one_in(2))
		talk->port = special[below(MW_ARRAY_SIZE(special))];
}

static void build_network(struct pb *pb, struct talk *talk, bool up, uint32_t number)
{
	const uint8_t ttl = one_in(60) ? 63 : 64;
	const uint16_t id = talk->numbered ? ++talk->id[up] : 0;
	char client[32], server[32];

	snprintf(client, sizeof(client), "%s.%u", talk->network == 2 ? "10.0.0" : "198.51.100", number + 1);
	snprintf(server, sizeof(server), "203.0.113.%u", 200 - number);
	if (talk->network == 1) {
		snprintf(client, sizeof(client), "2001:db8::%x", number + 1);
		snprintf(server, sizeof(server), "2001:db8:%x::2", 77 - number);
		pb_ipv6(pb, .src = up ? client : server, .dst = up ? server : client, .hop_limit = ttl);
		return;
	}
	if (talk->network >= 2)
		pb_ipv6(pb, .src = up ? "2001:db8:77::1" : "2001:db8:88::2", .dst = up ? "2001:db8:88::2" : "2001:db8:77::1");
	pb_ipv4(pb, .src = up ? client : server, .dst = up ? server : client, .ttl = ttl, .id = id);
}

static uint8_t flags_of(struct talk *talk, bool up)
{
	static const uint8_t rare[] = {MW_TCP_SYN, MW_TCP_SYN | MW_TCP_ACK, MW_TCP_FIN | MW_TCP_ACK, MW_TCP_RST, 0, 0xff};

	if (one_in(40))
		return rare[below(MW_ARRAY_SIZE(rare))];
	if (talk->step == 0)
		return MW_TCP_SYN;
	return talk->step == 1 && !up ? MW_TCP_SYN | MW_TCP_ACK : MW_TCP_ACK | (one_in(2) ? MW_TCP_PSH : 0);
}

// Of those some ask, some answer, some say nothing: the first bytes of DNS and of NTP.
static void say_something(struct pb *pb, const struct talk *talk, uint32_t bytes)
{
	const uint8_t flags[] = {0, (uint8_t)(0x80 * below(2)), (uint8_t)(0x08 * below(2)), (uint8_t)below(8)};
	const uint8_t words[6] = {0, (uint8_t)below(3), flags[1] | flags[2], flags[3], 0, (uint8_t)below(2)};
	uint8_t *at = pb->bytes + pb->len_bytes - bytes;

	if (talk->port == 53 && bytes >= sizeof(words))
		memcpy(at, words, sizeof(words));
	else if (talk->port == 123 && bytes > 0)
		at[0] = flags[3];
}

static void build_transport(struct pb *pb, struct talk *talk, bool up, uint64_t time_ns)
{
	static const uint32_t lengths[] = {0, 1, 6, 18, 40, 500, 1400};
	const uint16_t client = (uint16_t)(40000 + talk->port % 7), server = (uint16_t)talk->port;
	uint32_t bytes = lengths[below(MW_ARRAY_SIZE(lengths))];
	uint8_t flags;

	if (!talk->tcp) {
		pb_udp(pb, .sport = up ? client : server, .dport = up ? server : client);
		pb_fill(pb, bytes);
		say_something(pb, talk, bytes);
		return;
	}
	flags = flags_of(talk, up);
	bytes = (flags & MW_TCP_SYN) != 0 || one_in(3) ? 0 : bytes;
	pb_tcp(pb, .sport = up ? client : server, .dport = up ? server : client, .flags = flags,
		   .seq = talk->seq[up] - (one_in(30) ? below(2000) : 0),
		   .ack = talk->seq[!up] + (one_in(30) ? below(3000) - 1500 : 0), .window = (uint16_t)(500 + below(2)),
		   .timestamp = talk->stamped, .ts_value = (uint32_t)(time_ns / MW_NS_PER_MS), .sack_permitted = one_in(50));
	pb_fill(pb, bytes);
	talk->seq[up] += bytes + ((flags & MW_TCP_SYN) != 0);
}

static void say(struct pb *pb, struct talk *talk, uint32_t number, uint64_t time_ns)
{
	const bool up = talk->step == 0 || (talk->step != 1 && one_in(2));

	pb_init(pb);
	pb_ethernet(pb);
	if (talk->tags == 1)
		pb_vlan(pb, (uint16_t)(100 + up));
	if (talk->tags == 2)
		pb_qinq(pb, 7);
	if (talk->tags == 2)
		pb_vlan(pb, 9);
	build_network(pb, talk, up, number);
	build_transport(pb, talk, up, time_ns);
	pb_finish(pb);
	talk->step++;
}

// lies: one packet in so many has a byte of its headers changed, and as many are cut.
static void talk_at_random(struct pair *pair, uint32_t lies)
{
	static struct talk talks[TALKS];
	static struct pb pb;
	uint64_t now_ns = WORLD_EPOCH_NS;

	random_state = lies;
	for (uint32_t i = 0; i < TALKS; i++)
		begin(&talks[i], i);
	for (uint32_t i = 0; i < BATCHES * MW_BATCH_PACKETS; i++) {
		uint32_t number = below(TALKS), captured;

		now_ns += one_in(5000) ? 5 * MW_NS_PER_SECOND : below(200000);
		if (one_in(400))
			begin(&talks[number], number);
		say(&pb, &talks[number], number, now_ns);
		captured = one_in(lies) ? below(pb.len_bytes) : pb.len_bytes;
		if (one_in(lies))
			pb.bytes[below(MW_MIN(pb.len_bytes, 80u))] ^= (uint8_t)(1u << below(8));
		add(pair, pb.bytes, captured, pb.len_bytes, pb.link, now_ns - (one_in(500) ? below(1000000) : 0));
		if (one_in(100)) // the mirror shows it again, perhaps in another VLAN
			add(pair, pb.bytes, captured, pb.len_bytes, pb.link, now_ns + 1000);
	}
	finish(pair);
}

static void quick_way_says_what_the_long_way_says(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	talk_at_random(pair, 1000000);
	assert_true(pair->quick_taken > pair->sent / 8); // or it is no use; many of these talks are watched
	pair_free(pair);
}

static void lies_make_no_difference(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	talk_at_random(pair, 7);
	pair_free(pair);
}

static uint64_t add_file(struct pair *pair, const char *path)
{
	char problem[PCAP_ERRBUF_SIZE];
	pcap_t *file = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, problem);
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	uint64_t count = 0;

	if (file == NULL)
		return 0;
	while (pcap_datalink(file) == DLT_EN10MB && pcap_next_ex(file, &header, &bytes) == 1) {
		add(pair, bytes, header->caplen, header->len, MW_LINK_ETHERNET,
			(uint64_t)header->ts.tv_sec * MW_NS_PER_SECOND + (uint64_t)header->ts.tv_usec);
		count++;
	}
	pcap_close(file);
	return count;
}

static void captured_frames_make_no_difference(void **state)
{
	struct mw_text path;
	char text[512];
	uint64_t frames = 0;
	struct dirent *entry;
	DIR *directory;

	(void)state;
	path = mw_text_in(text, sizeof(text));
	mw_text_add(&path, "%s/tests/replay/captures", mw_test_source_root());
	directory = opendir(text);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		struct pair *pair;

		if (entry->d_name[0] == '.')
			continue;
		path = mw_text_in(text, sizeof(text));
		mw_text_add(&path, "%s/tests/replay/captures/%s", mw_test_source_root(), entry->d_name);
		pair = pair_new();
		frames += add_file(pair, text);
		finish(pair);
		pair_free(pair);
	}
	closedir(directory);
	assert_true(frames > 1000);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(quick_way_says_what_the_long_way_says),
	MW_TEST(lies_make_no_difference),
	MW_TEST(captured_frames_make_no_difference),
};
MW_TEST_MAIN("pipeline_lane", tests)
