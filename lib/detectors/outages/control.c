// SPDX-License-Identifier: BSD-3-Clause
// Control half: events become signs, signs wait until nothing earlier can come, lines take them in order of time.
// Neighbours: control.h; line.c decides, cause.c says why, mirror.c watches our own eyes.
#include "control.h"

#include <string.h>

#include "mw_log.h"

/** An exchange is told at most so long after its packets: exchange.timeout, a tick, and an epoch of the rings. */
#define SETTLED_NS (12 * MW_NS_PER_SECOND)

int outages_control_start(struct mw_detector_control *control)
{
	struct outages_control *self = control->state;
	const char *names = outages_names_default_path();
	int error = outages_names_load(&self->fetches.names, names);

	if (error != 0) // they are a help, not a need
		mw_log_warning("%s: %s: fetches of rules are not looked for", names, strerror(-error));
	outages_fetches_start(&self->fetches, control->hash_key);
	error = outages_queue_start(&self->queue);
	if (error == 0)
		error = outages_lines_start(&self->lines);
	if (error == 0)
		error = outages_lan_start(&self->lan);
	return error != 0 ? error : mw_kit_lives_start(&self->remotes, OUTAGES_REMOTES_MAX);
}

void outages_control_stop(struct mw_detector_control *control)
{
	struct outages_control *self = control->state;

	outages_queue_stop(&self->queue);
	outages_lines_stop(&self->lines);
	outages_lan_stop(&self->lan);
	mw_kit_lives_stop(&self->remotes);
}

static void write(struct mw_detector_control *control, const struct outages_row *row)
{
	control->rows.row(control->rows.context, &outages_record, row);
}

static void judge(struct mw_detector_control *control, struct outages_line *line, bool ends)
{
	const struct outages_control *self = control->state;
	struct outages_row row;

	if (!outages_line_judge(line, ends, control->settings, &row))
		return;
	outages_blind_weigh(self, &row);
	outages_fetches_explain(&self->fetches, &self->times, line, &row);
	write(control, &row);
	if (row.verdict != OUTAGES_MIRROR_ONE_WAY || row.end_ns < row.start_ns)
		return;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		if (line->outage.parts_known >> class & 1)
			outages_ledger_one_way(&line->classes[class].ledger, row.end_ns - row.start_ns);
	}
}

static const struct mw_kit_life *remote_of(struct mw_detector_control *control, const struct outages_sign *sign)
{
	const struct outages_control *self = control->state;

	return mw_kit_lives_find(&self->remotes, control->hash_key, &sign->remote, 0);
}

// When an answer of this remote is late: a few of its round trips, within bounds.
static uint64_t deadline_of(const struct mw_kit_life *remote, const struct outages_settings *settings)
{
	uint64_t deadline_ns;

	if (remote == NULL || remote->rtt_us == 0)
		return settings->deadline_most_ns;
	deadline_ns = settings->deadline_round_trips * remote->rtt_us * MW_NS_PER_US;
	return MW_MIN(MW_MAX(deadline_ns, settings->deadline_least_ns), settings->deadline_most_ns);
}

static void judge_flap(struct mw_detector_control *control, struct outages_line *line, uint64_t now_ns)
{
	const struct outages_control *self = control->state;
	struct outages_row row;

	if (outages_flap_judge(&line->flap, line->key, now_ns, &row) &&
		!mw_kit_blind_touches(&self->times, row.start_earliest_ns, row.end_ns))
		write(control, &row);
}

// Of a host's link: what it sent, and what its flows do.
static void take_host(struct mw_detector_control *control, struct outages_line *line, const struct outages_sign *sign)
{
	struct outages_control *self = control->state;
	const bool sent = sign->kind == SIGN_HEARD || sign->kind == SIGN_RESUMED || sign->kind == SIGN_NEIGHBOUR;

	judge_flap(control, line, sign->time_ns);
	line->flap.forwards |= sign->forwarded;
	if (sent)
		outages_flap_heard(&line->flap, &self->flaps, sign);
	if (sign->flow == 0)
		return;
	outages_flap_flow(&line->flap, sign);
	outages_flap_flow(&outages_lines_get(&self->lines, sign->asker_line)->flap, sign);
}

// The mirror showed nothing, as is known only now.
static void hide(struct outages_control *self, uint64_t from_ns, uint64_t to_ns)
{
	for (uint32_t i = self->lines.by_age.oldest; i != 0; i = self->lines.lines[i].age.newer) {
		for (unsigned class = 0; class < OUTAGES_CLASSES; class ++)
			outages_ledger_hidden(&self->lines.lines[i].classes[class].ledger, from_ns, to_ns);
	}
	mw_kit_blind_add(&self->times, from_ns, to_ns);
}

// What comes, and what is asked of a remote that lives (deadline_ns, else 0), says whether the line is up. By steps:
// which packet of a step was told depends on the workers.
static void note(struct outages_control *self, struct outages_line *line, const struct outages_sign *sign,
				 uint64_t deadline_ns)
{
	const bool asks =
		(sign->kind == SIGN_UNANSWERED && sign->flow != 0) || sign->kind == SIGN_AHEAD || deadline_ns != 0;
	const uint64_t from_ns = outages_step_of(sign->time_ns);

	if (asks || sign->kind == SIGN_HEARD || sign->kind == SIGN_RESUMED)
		outages_ledger_note(&line->classes[sign->class].ledger, &self->times, from_ns,
							from_ns + MW_MAX(deadline_ns, (uint64_t)OUTAGES_SAYS_NS));
}

static bool is_of_many(uint64_t line)
{
	return (line >> 56 & 1) != 0;
}

// Where a tap sees one host's port, what all are asked passes, and what others answer does not.
static bool is_served(const struct outages_line *line, uint64_t time_ns, const struct outages_settings *settings)
{
	return line->served_ns != 0 && line->served_ns + settings->lives_ns >= time_ns;
}

// What was asked in a step in which the next hop was heard may have been answered in it.
static void take_question(struct mw_detector_control *control, const struct outages_line *asker,
						  const struct outages_sign *sign)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	uint64_t asked;

	outages_lan_learn(&self->lan, control->hash_key, sign);
	asked = outages_lan_asked(&self->lan, control->hash_key, sign, settings->lives_ns);
	if (asked != 0 && is_served(asker, sign->time_ns, settings) &&
		outages_lines_get(&self->lines, asked)->classes[OUTAGES_LAN].heard_ns + OUTAGES_STEP_NS <= sign->time_ns)
		outages_lan_ask(&self->lan, sign, asked);
}

// Of the next hop itself: what it sends, and what it is asked, speaks for the time after.
static void take_near(struct mw_detector_control *control, struct outages_line *line, const struct outages_sign *sign)
{
	struct outages_control *self = control->state;
	const uint64_t from_ns = outages_step_of(sign->time_ns);

	if (sign->kind != SIGN_HEARD && sign->kind != SIGN_RESUMED && sign->kind != SIGN_RESET &&
		sign->kind != SIGN_NEIGHBOUR)
		return;
	outages_ledger_note(&line->classes[OUTAGES_LAN].ledger, &self->times, from_ns, from_ns + OUTAGES_SAYS_NS);
	outages_line_heard_own(line, sign->time_ns);
	outages_lan_heard(&self->lan, line->key);
	if ((sign->kind != SIGN_HEARD || sign->forwarded) && sign->asker_line != 0 && !is_of_many(sign->asker_line))
		outages_lines_get(&self->lines, sign->asker_line)->served_ns = sign->time_ns;
	if (sign->kind == SIGN_NEIGHBOUR)
		take_question(control, line, sign);
}

// A remote was heard then.
static struct mw_kit_life *hear_remote(struct mw_detector_control *control, const struct outages_sign *sign,
									   uint64_t time_ns)
{
	struct outages_control *self = control->state;

	return mw_kit_lives_heard(&self->remotes, control->hash_key, &sign->remote, 0, time_ns);
}

// How fast it answers, too.
static void learn_remote(struct mw_detector_control *control, const struct outages_sign *sign)
{
	static const struct mw_address nobody;
	struct mw_kit_life *remote;

	if (sign->class == OUTAGES_LAN || mw_address_compare(&sign->remote, &nobody) == 0 ||
		(sign->kind != SIGN_HEARD && sign->kind != SIGN_RESUMED))
		return;
	remote = hear_remote(control, sign, sign->time_ns);
	if (sign->rtt_us != 0)
		mw_kit_rtt_add(&remote->rtt_us, sign->rtt_us);
}

static void take_sign(struct mw_detector_control *control, const struct outages_sign *sign, bool proves,
					  uint64_t deadline_ns)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	struct outages_line *line = outages_lines_get(&self->lines, sign->line);

	note(self, line, sign, proves ? deadline_ns : 0);
	if (sign->class != OUTAGES_LAN)
		take_host(control, line, sign);
	take_near(control, line, sign);
	if (outages_line_is_settled(line, sign->time_ns, settings->settle_ns))
		judge(control, line, false);
	if (sign->kind == SIGN_JUMPED)
		return;
	learn_remote(control, sign);
	if (outages_line_take(line, sign, proves, settings)) {
		judge(control, line, false);
		outages_line_open(line, sign->time_ns);
	}
}

// A router did not answer what it was asked itself: the question, and when it was asked last.
static void take_lost_near(struct mw_detector_control *control, const struct outages_sign *lost)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	struct outages_sign sign = *lost;

	if (!outages_line_routes(outages_lines_get(&self->lines, sign.line)) ||
		outages_blind_hides(self, &sign, settings->deadline_most_ns))
		return;
	sign.until_ns = 0;
	take_sign(control, &sign, true, settings->deadline_most_ns);
	sign.kind = SIGN_UNANSWERED;
	sign.time_ns = lost->until_ns;
	if (lost->until_ns > lost->time_ns)
		take_sign(control, &sign, false, 0);
}

static void take_due_near(struct mw_detector_control *control, uint64_t now_ns)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	struct outages_sign lost;

	while (outages_lan_lost(&self->lan, now_ns, settings->deadline_most_ns, &lost))
		take_lost_near(control, &lost);
}

static bool proves(struct mw_detector_control *control, const struct outages_sign *sign,
				   const struct mw_kit_life *remote)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;

	if (sign->kind != SIGN_LOST)
		return false;
	if (sign->class == OUTAGES_LAN)
		return outages_line_routes(outages_lines_get(&self->lines, sign->line)) &&
			   is_served(outages_lines_get(&self->lines, sign->asker_line), sign->time_ns, settings) &&
			   outages_lan_has(&self->lan, control->hash_key, &sign->remote, sign->line, sign->time_ns,
							   settings->lives_ns);
	return mw_kit_life_lived(remote, sign->time_ns, settings->lives_ns);
}

static void take(struct mw_detector_control *control, const struct outages_sign *given)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	const struct mw_kit_life *remote = given->kind == SIGN_LOST ? remote_of(control, given) : NULL;
	const uint64_t deadline_ns = deadline_of(remote, settings);
	struct outages_sign sign = *given;
	struct outages_row row;

	if (outages_lines_told_again(&self->lines, given)) {
		learn_remote(control, given);
		return;
	}
	take_due_near(control, sign.time_ns);
	if (outages_mirror_take(&self->mirror, &sign, &self->times, &row)) {
		write(control, &row);
		hide(self, row.start_earliest_ns, row.end_ns);
	}
	if (sign.kind == SIGN_LOST && sign.until_ns != 0 && sign.until_ns - sign.time_ns <= deadline_ns) {
		if (!sign.again)
			return; // in time
		sign.kind = SIGN_UNANSWERED; // the first transmission, as far as is known
	}
	if (given->kind == SIGN_LOST)
		sign.until_ns = 0;
	if (!outages_blind_hides(self, &sign, settings->deadline_most_ns))
		take_sign(control, &sign, proves(control, &sign, remote), deadline_ns);
}

static void push(struct mw_detector_control *control, const struct outages_sign *sign)
{
	struct outages_control *self = control->state;
	struct outages_sign earliest;

	if (outages_queue_full(&self->queue)) {
		earliest = outages_queue_pop(&self->queue);
		take(control, &earliest);
	}
	outages_queue_push(&self->queue, sign);
}

static void take_until(struct mw_detector_control *control, uint64_t until_ns)
{
	struct outages_control *self = control->state;
	struct outages_sign earliest;

	while (self->queue.count > 0 && self->queue.signs[0].time_ns <= until_ns) {
		earliest = outages_queue_pop(&self->queue);
		take(control, &earliest);
	}
	self->taken_ns = MW_MAX(self->taken_ns, MW_MIN(until_ns, control->clock_ns));
	take_due_near(control, self->taken_ns);
}

static uint64_t due_ns(const struct mw_detector_control *control)
{
	return control->clock_ns - MW_MIN(control->clock_ns, (uint64_t)SETTLED_NS);
}

void outages_take_due(struct mw_detector_control *control)
{
	take_until(control, due_ns(control));
}

static uint64_t line_of(const uint8_t mac[6], uint16_t vlan)
{
	uint64_t key = 0;

	for (unsigned i = 0; i < 6; i++)
		key = key << 8 | mac[i];
	return key << 16 | vlan;
}

// What the asker sent came through its own MAC address.
static void push_asked(struct mw_detector_control *control, const struct outages_sign *asked, uint64_t time_ns)
{
	struct outages_sign heard = *asked;

	heard.kind = SIGN_HEARD;
	heard.again = false;
	heard.time_ns = time_ns;
	heard.line = asked->asker_line;
	heard.asker_line = asked->line; // to whom it sent it
	heard.remote = asked->asker;
	push(control, &heard);
}

// Whether the answer was late is asked when what came before is known of its remote.
static void push_answered(struct mw_detector_control *control, struct outages_sign sign,
						  const struct outages_brief *brief, uint64_t answered_ns)
{
	const struct outages_settings *settings = control->settings;
	const uint64_t asked_ns = sign.time_ns;

	if (brief->transmissions > 1 || answered_ns > asked_ns + settings->deadline_least_ns) {
		sign.kind = SIGN_LOST;
		sign.until_ns = MW_MAX(answered_ns, asked_ns + 1);
		sign.again = brief->transmissions > 1;
		push(control, &sign);
	}
	sign.kind = SIGN_HEARD;
	sign.until_ns = 0;
	sign.again = false;
	sign.forwarded = true;
	sign.time_ns = answered_ns;
	if (brief->transmissions == 1 && answered_ns > asked_ns)
		sign.rtt_us = (uint32_t)MW_MIN((answered_ns - asked_ns) / MW_NS_PER_US, (uint64_t)UINT32_MAX);
	push(control, &sign);
}

static void push_attempt(struct mw_detector_control *control, struct outages_sign sign,
						 const struct outages_brief *brief)
{
	const uint64_t asked_ns = sign.time_ns, until_ns = sign.until_ns;

	sign.until_ns = 0;
	push_asked(control, &sign, asked_ns);
	if (brief->end == MW_EXCHANGE_ANSWERED) {
		push_answered(control, sign, brief, until_ns);
		return;
	}
	if (brief->end == MW_EXCHANGE_REFUSED || (brief->end == MW_EXCHANGE_UNREACHABLE && !brief->near_reports))
		return; // by whom is not known: a gateway that restarted resets in the servers' names
	// Data that is tried once more long after it was sent: its connection may be dead, whatever the line is.
	sign.kind = brief->sort == MW_EXCHANGE_DATA && until_ns == asked_ns ? SIGN_UNANSWERED : SIGN_LOST;
	sign.reported = brief->near_reports != 0;
	sign.again = until_ns > asked_ns;
	push(control, &sign);
	if (until_ns > asked_ns) {
		push_asked(control, &sign, until_ns);
		sign.kind = SIGN_UNANSWERED;
		sign.time_ns = until_ns;
		push(control, &sign);
	}
}

// The same for all transmissions of a connection.
static uint32_t question_of(const struct mw_event *event)
{
	uint64_t asker, remote;

	memcpy(&asker, event->flow.src.bytes + 8, sizeof(asker));
	memcpy(&remote, event->flow.dst.bytes + 8, sizeof(remote));
	return (uint32_t)((asker * UINT64_C(0x9e3779b97f4a7c15) ^ remote ^
					   ((uint64_t)event->flow.src_port << 16 | event->flow.dst_port)) *
						  UINT64_C(0x9e3779b97f4a7c15) >>
					  32);
}

static const uint8_t kinds[OUTAGES_WHATS] = {
	[OUTAGES_WAITING] = SIGN_UNANSWERED, [OUTAGES_AGAIN] = SIGN_UNANSWERED,   [OUTAGES_RESUMED] = SIGN_RESUMED,
	[OUTAGES_RESET] = SIGN_RESET,        [OUTAGES_AHEAD] = SIGN_AHEAD,        [OUTAGES_JUMPED] = SIGN_JUMPED,
	[OUTAGES_HEARD] = SIGN_HEARD,        [OUTAGES_NEIGHBOUR] = SIGN_NEIGHBOUR};

void outages_on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct outages_control *self = control->state;
	struct outages_brief brief;
	struct outages_facts facts;
	struct outages_sign sign;
	bool turned;

	memcpy(&brief, event->brief, sizeof(brief));
	memcpy(&facts, event->body, sizeof(facts));
	turned = brief.what == OUTAGES_HEARD || brief.what == OUTAGES_RESUMED || brief.what == OUTAGES_RESET;
	sign = (struct outages_sign){.time_ns = event->time_ns,
								 .until_ns = facts.until_ns,
								 .line = line_of(facts.mac_far, event->flow.vlan),
								 .asker = turned ? event->flow.dst : event->flow.src,
								 .remote = turned ? event->flow.src : event->flow.dst,
								 .asker_line = line_of(facts.mac_near, event->flow.vlan),
								 .flow = brief.what == OUTAGES_AGAIN || brief.what == OUTAGES_ATTEMPT ? 0 : facts.flow,
								 .kind = kinds[brief.what],
								 .class = brief.class,
								 .sort = brief.what == OUTAGES_WAITING ? MW_EXCHANGE_KINDS : brief.sort,
								 .protocol = event->flow.protocol};
	if (brief.what == OUTAGES_NEIGHBOUR) { // whose own it is, and to whom
		sign.line = line_of(facts.mac_near, event->flow.vlan);
		sign.asker_line = line_of(facts.mac_far, event->flow.vlan);
	}
	if (brief.what ==
		OUTAGES_HEARD) // which packet of a step was told depends on the workers: what else it says is nothing
		sign =
			(struct outages_sign){.time_ns = sign.time_ns, .line = sign.line, .kind = sign.kind, .class = sign.class};
	if (brief.what == OUTAGES_NAMES) {
		outages_fetches_take_name(&self->fetches, &sign, facts.flow);
	} else if (brief.what == OUTAGES_ATTEMPT) {
		outages_fetches_take(&self->fetches, &sign, &brief, facts.flow, event->flow.dst_port);
		sign.question = question_of(event);
		push_attempt(control, sign, &brief);
	} else {
		if (brief.what == OUTAGES_WAITING) // what waits was asked before it is sent again
			hear_remote(control, &sign, sign.until_ns);
		push(control, &sign);
	}
	take_until(control, MW_MIN(due_ns(control), event->time_ns - 1)); // what is drained after it is no earlier
}

void outages_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	const uint64_t until_ns = now_ns > SETTLED_NS ? now_ns - SETTLED_NS : 0;

	(void)interval_start_ns;
	take_until(control, until_ns);
	outages_blind_flush(control, now_ns);
	for (uint32_t i = self->lines.by_age.oldest; i != 0; i = self->lines.lines[i].age.newer) {
		judge_flap(control, &self->lines.lines[i], until_ns);
		if (outages_line_is_settled(&self->lines.lines[i], until_ns, settings->settle_ns))
			judge(control, &self->lines.lines[i], false);
	}
}

void outages_on_end(struct mw_detector_control *control, uint64_t now_ns)
{
	struct outages_control *self = control->state;

	(void)now_ns;
	take_until(control, UINT64_MAX);
	outages_blind_flush(control, UINT64_MAX);
	for (uint32_t i = self->lines.by_age.oldest; i != 0; i = self->lines.lines[i].age.newer) {
		judge_flap(control, &self->lines.lines[i], UINT64_MAX);
		if (self->lines.lines[i].outage.open)
			judge(control, &self->lines.lines[i], true);
	}
}
