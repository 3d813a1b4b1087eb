// SPDX-License-Identifier: BSD-3-Clause
// Two looks at an episode: alone, and beside the devices that other episodes have convicted.
// Neighbours: control.h.
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "habit.h"

#define ID_FOLLOWS 16 // an IP identification this little above the sender's latest continues its count

/** Outcomes that say: this does not look like its named sender. Another initial TTL over the same hops may be its own. */
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
	struct reset_doubts doubts = {
		.one_way = facts->one_way, .lossy = facts->lossy, .plain = !(facts->tcp_flags & MW_TCP_ACK)};

	return reset_judge(facts->outcomes | more, doubts, (uint32_t)settings->forged_at);
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
	const char *habit = reset_habit_of(facts);
	struct mw_text text = mw_text_in(row->habit, sizeof(row->habit));

	if (habit != NULL && row->verdict == MW_RESET_FORGED)
		mw_text_add(&text, "%s", habit);
}

/**
 * Puts the device's name into a row; a forged one becomes part of what is known of its device. Without a packet of the
 * connection it resets, a reset is easily made up: such ones are no sure sign of a device.
 */
static void name_device(struct mw_detector_control *control, const struct middlebox_observation *observation,
						bool connection_seen, struct mw_reset_row *row)
{
	struct reset_control *self = control->state;
	const struct middlebox *device = NULL;

	if (row->verdict == MW_RESET_FORGED)
		device = middlebox_add(self->devices, observation);
	else if (row->verdict == MW_RESET_UNKNOWN)
		device = middlebox_find(self->devices, observation);
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

/** Judges and writes a row. @return false when it should wait instead; not with last. */
static bool decide(struct mw_detector_control *control, const struct reset_case *reset, bool last)
{
	const struct reset_facts *facts = &reset->facts;
	bool foreign = (facts->outcomes & (FOREIGN_TTL | FOREIGN_MAC)) != 0;
	struct reset_judgement judgement = judge(control, facts, 0);
	struct middlebox_observation observation;
	struct mw_reset_row row;

	reset_row_fill(reset, control->signatures, &row);
	reset_row_judge(&judgement, &row);
	observation = observation_of(reset, &row);
	if (foreign && fits_device(control->state, &observation)) {
		judgement = judge(control, facts, reset_bit(RESET_CLUSTER));
		reset_row_judge(&judgement, &row);
	}
	if (foreign && row.verdict == MW_RESET_UNKNOWN && !last)
		return false;
	fill_habit(facts, &row);
	observation = observation_of(reset, &row);
	name_device(control, &observation, facts->side_known || !facts->one_way, &row);
	((struct reset_control *)control->state)->episodes[row.verdict]++;
	control->rows.row(control->rows.context, &mw_reset_record, &row);
	return true;
}

static void settle_oldest(struct mw_detector_control *control)
{
	struct reset_control *self = control->state;

	decide(control, &self->waiting[self->waiting_first], true);
	self->waiting_first = (self->waiting_first + 1) % RESET_WAITING_MAX;
	self->waiting_count--;
}

void reset_control_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct reset_control *self = control->state;
	struct reset_case reset = {.first_ns = event->time_ns, .ends = event->flow};

	memcpy(&reset.facts, event->body, sizeof(reset.facts));
	memcpy(reset.payload, event->body + sizeof(reset.facts), reset.facts.payload_bytes);
	if (decide(control, &reset, false))
		return;
	if (self->waiting_count == RESET_WAITING_MAX)
		settle_oldest(control);
	self->waiting[(self->waiting_first + self->waiting_count++) % RESET_WAITING_MAX] = reset;
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
