// SPDX-License-Identifier: BSD-3-Clause
// Events from stories.
// Neighbours: cases.h.
#include "cases.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "mw_settings.h"
#include "mw_test.h"
#include "detector_world.h"

static struct mw_address address_of(const char *chars)
{
	struct mw_prefix prefix;

	assert_int_equal(mw_prefix_parse(chars, &prefix), 0);
	return prefix.address;
}

static uint64_t ns_of(double at_s)
{
	return IKE_CASES_EPOCH_NS + (uint64_t)(at_s * 1e9);
}

static void on_problem(void *context, const struct mw_settings_problem *problem)
{
	(void)context;
	fail_msg("%s: %s", problem->key, problem->message);
}

static void on_row(void *context, const struct mw_record *record, const void *row)
{
	struct ike_world *world = context;

	assert_ptr_equal(record, &mw_ike_record);
	if (world->count < IKE_CASES_ROWS)
		memcpy(&world->rows[world->count], row, sizeof(world->rows[0]));
	world->count++;
}

void ike_world_start(struct ike_world *world, const char *const overrides[])
{
	static const struct mw_settings_module *const modules[] = {&mw_ike_settings_module};
	uint32_t count = 0;

	memset(world, 0, sizeof(*world));
	while (overrides != NULL && overrides[count] != NULL)
		count++;
	assert_int_equal(mw_settings_load(modules, 1, NULL, overrides, count, on_problem, NULL, &world->settings), 0);
	detector_control_start(&world->control, &mw_detector_ike, mw_settings_values(world->settings, "ike"),
						   (struct mw_row_sink){.row = on_row, .context = world});
	world->state = world->control.state;
}

void ike_world_stop(struct ike_world *world)
{
	detector_control_stop(&world->control, &mw_detector_ike);
	mw_settings_free(world->settings);
}

static void hand_over(struct ike_world *world, struct mw_event *event, const struct ike_facts *facts)
{
	memcpy(event->body, facts, sizeof(*facts));
	event->body_bytes = sizeof(*facts);
	event->flow.protocol = IPPROTO_UDP;
	ike_control_event(&world->control, event);
}

static struct mw_event event_of(const struct ike_ends *ends, double at, bool by_initiator, bool init)
{
	uint16_t far = init ? 500 : 4500;
	uint16_t near = !init && ends->port != 0 ? ends->port : far;

	return (struct mw_event){.time_ns = ns_of(at),
							 .flow = {.src = address_of(by_initiator ? ends->initiator : ends->responder),
									  .dst = address_of(by_initiator ? ends->responder : ends->initiator),
									  .src_port = by_initiator ? near : far,
									  .dst_port = by_initiator ? far : near}};
}

static bool by_initiator(const struct ike_say *say)
{
	return say->response == say->by_responder;
}

static struct ike_facts facts_of(const struct ike_ends *ends, const struct ike_say *say)
{
	uint32_t bytes = say->bytes == 0 ? 300 : say->bytes;
	struct ike_facts facts = {.what = IKE_MESSAGE,
							  .version = 2,
							  .exchange = say->exchange,
							  .from_initiator = by_initiator(say),
							  .is_response = say->response,
							  .nat_t = say->exchange != IKE_SA_INIT && !say->plain,
							  .fragmented = say->pieces_of != 0,
							  .skf = say->skf_total != 0,
							  .says = say->says,
							  .ip_family = 4,
							  .error_notify = say->error,
							  .skf_number = say->skf,
							  .skf_total = say->skf_total,
							  .message_id = say->id,
							  .message_bytes = bytes,
							  .packet_bytes = say->pieces_of != 0 ? 1500 : bytes + 32,
							  .ip_id = say->pieces_of,
							  .digest = say->digest != 0 ? say->digest : bytes * 100 + say->exchange};

	memcpy(facts.spi_i, &ends->spi, sizeof(facts.spi_i));
	if (say->exchange != IKE_SA_INIT || say->response)
		memset(facts.spi_r, 0xab, sizeof(facts.spi_r));
	return facts;
}

void ike_say(struct ike_world *world, const struct ike_ends *ends, struct ike_say say)
{
	struct mw_event event = event_of(ends, say.at, by_initiator(&say), say.exchange == IKE_SA_INIT || say.plain);
	struct ike_facts facts = facts_of(ends, &say);

	hand_over(world, &event, &facts);
}

void ike_pieces_end(struct ike_world *world, const struct ike_ends *ends, struct ike_say say, enum mw_fragment_end end)
{
	struct mw_event event = event_of(ends, say.at, by_initiator(&say), false);
	struct ike_facts facts = facts_of(ends, &say);

	facts.what = IKE_PIECES;
	facts.fragmented = false;
	facts.digest = 0;
	facts.end = (uint8_t)end;
	facts.first_seen = true;
	facts.bytes_total = facts.message_bytes + 8;
	facts.last_ns = event.time_ns + MW_NS_PER_MS;
	if (end == MW_FRAGMENT_INCOMPLETE) {
		facts.missing_count = 1;
		facts.missing[0].from = 1480;
		facts.missing[0].to = facts.bytes_total;
	}
	hand_over(world, &event, &facts);
}

void ike_pieces_unknown(struct ike_world *world, const struct ike_ends *ends, double at)
{
	struct mw_event event = event_of(ends, at, false, false);
	struct ike_facts facts = {.what = IKE_PIECES,
							  .end = MW_FRAGMENT_INCOMPLETE,
							  .ip_id = 77,
							  .packet_bytes = 1500,
							  .bytes_total = 3480,
							  .missing_count = 1,
							  .missing = {{0, 1480}},
							  .last_ns = event.time_ns};

	event.flow.src_port = event.flow.dst_port = 0;
	hand_over(world, &event, &facts);
}

void ike_complain(struct ike_world *world, const struct ike_ends *ends, double at, bool by_initiator, uint8_t type,
				  uint8_t code, uint32_t ip_id)
{
	struct mw_event event = event_of(ends, at, by_initiator, false);
	struct ike_facts facts = {.what = IKE_ERROR,
							  .ip_family = 4,
							  .ip_id = ip_id,
							  .icmp_type = type,
							  .icmp_code = code,
							  .mtu_bytes = type == 3 && code == 4 ? 1380 : 0,
							  .reporter = address_of("203.0.113.9")};

	hand_over(world, &event, &facts);
}

void ike_data(struct ike_world *world, const struct ike_ends *ends, double at, bool by_initiator)
{
	struct mw_event event = event_of(ends, at, by_initiator, false);
	struct ike_facts facts = {.what = IKE_DATA, .ip_family = 4};

	hand_over(world, &event, &facts);
}

void ike_init(struct ike_world *world, const struct ike_ends *ends, double at)
{
	SAY(world, ends, .at = at, .exchange = IKE_SA_INIT, .bytes = 454);
	SAY(world, ends, .at = at + 0.04, .exchange = IKE_SA_INIT, .response = true, .bytes = 507);
}

void ike_ask(struct ike_world *world, const struct ike_ends *ends, const double at[])
{
	for (uint32_t i = 0; at[i] != 0; i++)
		SAY(world, ends, .at = at[i], .exchange = IKE_AUTH, .id = 1, .bytes = 304);
}

void ike_answer_in_pieces(struct ike_world *world, const struct ike_ends *ends, double at, uint32_t ip_id, bool whole)
{
	struct ike_say say = {.at = at, .exchange = IKE_AUTH, .response = true, .id = 1, .bytes = 3472, .pieces_of = ip_id};

	ike_say(world, ends, say);
	ike_pieces_end(world, ends, say, whole ? MW_FRAGMENT_COMPLETE : MW_FRAGMENT_INCOMPLETE);
}

const struct mw_ike_row *ike_end(struct ike_world *world, double at)
{
	ike_control_interval(&world->control, ns_of(at) - 60 * MW_NS_PER_SECOND, ns_of(at));
	ike_control_end(&world->control, ns_of(at));
	assert_int_equal(world->count, 1);
	return &world->rows[0];
}
