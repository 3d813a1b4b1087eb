// SPDX-License-Identifier: BSD-3-Clause
// Two looks at an episode: alone, and beside the devices that other episodes have convicted.
// Neighbours: control.h.
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "habit.h"

#define ID_FOLLOWS 16 // an IP identification this little above the sender's latest continues its count

/**
 * Outcomes that say: this does not look like its named sender. Another initial TTL over the same hops may be its own.
 */
#define FOREIGN_TTL (RESET_BIT(RESET_TTL_SPLIT) | RESET_BIT(RESET_TTL_SPLIT_THIN))
#define FOREIGN_MAC (RESET_BIT(RESET_MAC) | RESET_BIT(RESET_MAC_NEAR))

int reset_control_start(struct mw_detector_control *control)
{
	struct reset_control *self = control->state;

	self->devices = calloc(1, middlebox_table_bytes());
	return self->devices == NULL ? -ENOMEM : 0;
}

void reset_control_stop(struct mw_detector_control *control)
{
	struct reset_control *self = control->state;

	free(self->devices);
}

static struct reset_judgement judge(const struct mw_detector_control *control, const struct reset_facts *facts,
									uint64_t more)
{
	const struct mw_reset_settings *settings = control->settings;

	return reset_judge_facts(facts, more, (uint32_t)settings->forged_at);
}

/** Without the handshake the lower port is the server's. */
static bool names_server(const struct reset_case *reset)
{
	if (reset->facts.named != RESET_NOT_KNOWN)
		return reset->facts.named == MW_RESET_SIDE_SERVER;
	return reset->ends.src_port < reset->ends.dst_port;
}

/** What the episode shows of the machine behind it. Texts are the row's. */
static struct middlebox_observation observation_of(const struct reset_case *reset, const struct mw_reset_row *row)
{
	const struct reset_facts *facts = &reset->facts;
	bool text = (facts->outcomes & reset_bit(RESET_PAYLOAD)) != 0;

	return (struct middlebox_observation){
		.first_ns = reset->first_ns,
		.last_ns = facts->last_ns,
		.resets = facts->count,
		.named = reset->ends.src,
		.receiver = reset->ends.dst,
		.named_is_server = names_server(reset),
		.ttl_foreign = (facts->outcomes & FOREIGN_TTL) != 0,
		.mac_foreign = (facts->outcomes & FOREIGN_MAC) != 0,
		.mac = {facts->mac[0], facts->mac[1], facts->mac[2], facts->mac[3], facts->mac[4], facts->mac[5]},
		.ttl = facts->ttl,
		.ip_id_known = facts->ip_id_known,
		.ip_id_follows = facts->side_known && facts->ip_id_step - 1u < ID_FOLLOWS,
		.ip_id = facts->ip_id,
		.window = facts->window,
		.tcp_flags = facts->tcp_flags,
		.tcp_options = facts->tcp_options,
		.origin = row->origin,
		.guesses = reset_guesses(facts),
		.text_label = !text                   ? NULL
					  : row->label[0] != '\0' ? row->label
											  : row->signature,
		.build = text && row->build[0] != '\0' ? row->build : NULL,
		.text_template = text ? row->payload : NULL,
		.habit = row->habit[0] != '\0' ? row->habit : NULL,
	};
}

static void fill_habit(const struct reset_facts *facts, struct mw_reset_row *row)
{
	const char *habit = row->verdict == MW_RESET_FORGED ? reset_habit_of(facts) : NULL;
	struct mw_text text = mw_text_in(row->habit, sizeof(row->habit));

	if (habit != NULL)
		mw_text_add(&text, "%s", habit);
}

/**
 * Puts the device's name into a row. Without a packet of the connection it resets, a reset is easily made up: such ones
 * are no sure sign of a device.
 */
static void name_device(const struct middlebox *device, const struct reset_facts *facts,
						const struct middlebox_observation *observation, struct mw_reset_row *row)
{
	bool connection_seen = reset_connection_seen(facts);

	if (device == NULL || (row->verdict == MW_RESET_UNKNOWN && !middlebox_established(device)))
		return;
	memcpy(row->cluster, middlebox_id(device), strlen(middlebox_id(device)) + 1);
	row->device_sure = connection_seen &&
					   (observation->text_label != NULL || observation->mac_foreign || middlebox_established(device));
}

/** True when it looks like a device that speaks for the Internet, and not like its named sender. */
static bool fits_device(const struct reset_control *self, const struct middlebox_observation *observation)
{
	const struct middlebox *device = middlebox_find(self->devices, observation);

	return device != NULL && middlebox_established(device);
}

static bool is_foreign(const struct reset_facts *facts)
{
	return (facts->outcomes & (FOREIGN_TTL | FOREIGN_MAC)) != 0;
}

/** The verdict, beside the devices that are known by now. */
static struct reset_judgement judge_beside_devices(const struct mw_detector_control *control,
												   const struct reset_case *reset)
{
	struct reset_judgement judgement = judge(control, &reset->facts, 0);
	struct middlebox_observation observation;
	struct mw_reset_row row;

	if (!is_foreign(&reset->facts))
		return judgement;
	reset_row_fill(reset, control->signatures, &row);
	reset_row_judge(&judgement, &row);
	observation = observation_of(reset, &row);
	return fits_device(control->state, &observation) ? judge(control, &reset->facts, reset_bit(RESET_CLUSTER))
													 : judgement;
}

/** Makes a forged episode a part of what is known of its device. */
static struct reset_sender convict(struct mw_detector_control *control, const struct reset_case *reset,
								   const struct reset_judgement *judgement)
{
	struct reset_control *self = control->state;
	struct middlebox_observation observation;
	struct reset_sender sender;
	struct mw_reset_row row;

	reset_row_fill(reset, control->signatures, &row);
	reset_row_judge(judgement, &row);
	row.origin = reset_origin_shown(&reset->facts, judgement);
	fill_habit(&reset->facts, &row);
	observation = observation_of(reset, &row);
	sender = reset_sender_of(middlebox_add(self->devices, &observation), &reset->facts, row.origin);
	reset_twins_add(&self->twins, reset, &sender);
	return sender;
}

/** Writes the row. sender: of a forged one; else NULL. */
static void write_row(struct mw_detector_control *control, const struct reset_case *reset,
					  const struct reset_judgement *judgement, const struct reset_sender *sender)
{
	struct reset_control *self = control->state;
	const struct middlebox *device;
	struct middlebox_observation observation;
	struct mw_reset_row row;

	reset_row_fill(reset, control->signatures, &row);
	reset_row_judge(judgement, &row);
	reset_row_name(reset, &row);
	fill_habit(&reset->facts, &row);
	if (sender != NULL || row.verdict == MW_RESET_UNKNOWN) {
		observation = observation_of(reset, &row);
		device = sender != NULL ? reset_sender_device(sender) : middlebox_find(self->devices, &observation);
		name_device(device, &reset->facts, &observation, &row);
	}
	if (sender != NULL)
		row.origin = reset_origin_of(&self->twins, reset, sender);
	self->episodes[row.verdict]++;
	control->rows.row(control->rows.context, &mw_reset_record, &row);
}

/** True when what the interval still shows may tell where a forged episode came from. */
static bool origin_is_open(const struct reset_control *self, const struct reset_case *reset,
						   const struct reset_sender *sender)
{
	return (sender->device != NULL || reset->facts.twin) &&
		   reset_origin_of(&self->twins, reset, sender) == MW_MIDDLEBOX_ORIGIN_UNKNOWN;
}

/** Decides what waits no longer. */
static void settle(struct mw_detector_control *control, const struct reset_waiting *waiting)
{
	struct reset_judgement judgement = waiting->judgement;
	struct reset_sender sender = waiting->sender;

	if (!waiting->forged) {
		judgement = judge_beside_devices(control, &waiting->reset);
		if (judgement.verdict == MW_RESET_FORGED)
			sender = convict(control, &waiting->reset, &judgement);
	}
	write_row(control, &waiting->reset, &judgement, judgement.verdict == MW_RESET_FORGED ? &sender : NULL);
}

static void settle_oldest(struct mw_detector_control *control)
{
	struct reset_control *self = control->state;
	const struct reset_waiting *oldest = &self->waiting[self->waiting_first];

	self->waiting_first = (self->waiting_first + 1) % RESET_WAITING_MAX;
	self->waiting_count--;
	settle(control, oldest);
}

static void wait(struct mw_detector_control *control, const struct reset_waiting *waiting)
{
	struct reset_control *self = control->state;

	if (self->waiting_count == RESET_WAITING_MAX)
		settle_oldest(control);
	self->waiting[(self->waiting_first + self->waiting_count++) % RESET_WAITING_MAX] = *waiting;
}

/** True when another host on this link than its named sender sent it, and claims the address. */
static bool is_claimed(const struct reset_control *self, const struct reset_case *reset)
{
	struct reset_claim claim = {.address = reset->ends.src, .vlan = reset->ends.vlan};

	memcpy(claim.mac, reset->facts.mac, sizeof(claim.mac));
	return (reset->facts.outcomes & reset_bit(RESET_MAC_NEAR)) != 0 && reset_claims_has(&self->claims, &claim);
}

void reset_control_claim(struct mw_detector_control *control, const struct mw_event *event)
{
	struct reset_control *self = control->state;
	struct reset_claim claim = {.address = event->flow.src, .vlan = event->flow.vlan};

	memcpy(claim.mac, event->brief, sizeof(claim.mac));
	reset_claims_add(&self->claims, &claim);
}

void reset_control_episode(struct mw_detector_control *control, const struct mw_event *event)
{
	struct reset_waiting episode = {.reset = {.first_ns = event->time_ns, .ends = event->flow}};
	struct reset_case *reset = &episode.reset;

	reset_facts_read(event, &reset->facts);
	memcpy(reset->payload, event->body + RESET_BODY_BYTES, reset->facts.payload_bytes);
	if (is_claimed(control->state, reset))
		reset->facts.outcomes |= reset_bit(RESET_CLAIMS_ADDRESS);
	episode.judgement = judge_beside_devices(control, reset);
	episode.forged = episode.judgement.verdict == MW_RESET_FORGED;
	if (episode.forged)
		episode.sender = convict(control, reset, &episode.judgement);
	if (episode.forged ? origin_is_open(control->state, reset, &episode.sender)
					   : episode.judgement.verdict == MW_RESET_UNKNOWN && is_foreign(&reset->facts))
		wait(control, &episode);
	else
		write_row(control, reset, &episode.judgement, episode.forged ? &episode.sender : NULL);
}

void reset_control_settle(struct mw_detector_control *control)
{
	struct reset_control *self = control->state;

	while (self->waiting_count > 0)
		settle_oldest(control);
}

void reset_control_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows)
{
	const struct reset_control *self = control->state;

	middlebox_report(self->devices, since_ns, rows);
}
