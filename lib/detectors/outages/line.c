// SPDX-License-Identifier: BSD-3-Clause
// Signs to silences, silences to an outage: the classes that fail together are one.
// Neighbours: line.h; silence.c has the test, cause.c the verdict.
#include "line.h"
#include "mw_kit_lives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LASTS_NS (3 * MW_NS_PER_SECOND) // a shorter silence may be chance
#define AGAIN_NS (5 * MW_NS_PER_SECOND) // down again so soon is the same outage

int outages_lines_start(struct outages_lines *lines)
{
	lines->lines = calloc(OUTAGES_LINES_MAX + 1, sizeof(lines->lines[0]));
	if (lines->lines == NULL)
		return -ENOMEM;
	return mw_kit_index_new(&lines->index, OUTAGES_LINES_MAX);
}

void outages_lines_stop(struct outages_lines *lines)
{
	mw_kit_index_free(&lines->index);
	free(lines->lines);
	lines->lines = NULL;
}

static void take_out(struct outages_lines *lines, uint32_t number)
{
	mw_kit_list_remove(&lines->by_age, &lines->lines[0].age, sizeof(lines->lines[0]), number);
}

static uint32_t begin(struct outages_lines *lines, uint64_t hash, uint64_t key)
{
	uint32_t number = lines->by_age.oldest;

	if (mw_kit_index_full(&lines->index)) {
		take_out(lines, number);
		mw_kit_index_remove(&lines->index, number);
	}
	number = mw_kit_index_add(&lines->index, hash);
	memset(&lines->lines[number], 0, sizeof(lines->lines[number]));
	lines->lines[number].key = key;
	return number;
}

static uint64_t hash_of(uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

static uint32_t find(const struct outages_lines *lines, uint64_t key)
{
	struct mw_kit_walk walk = mw_kit_walk(&lines->index, hash_of(key));

	while (walk.number != 0 && lines->lines[walk.number].key != key)
		mw_kit_walk_next(&lines->index, &walk);
	return walk.number;
}

struct outages_line *outages_lines_get(struct outages_lines *lines, uint64_t key)
{
	uint32_t number = find(lines, key);

	if (number == 0)
		number = begin(lines, hash_of(key), key);
	else
		take_out(lines, number);
	mw_kit_list_append(&lines->by_age, &lines->lines[0].age, sizeof(lines->lines[0]), number);
	return &lines->lines[number];
}

bool outages_lines_told_again(const struct outages_lines *lines, const struct outages_sign *sign)
{
	const uint64_t heard_ns = lines->lines[find(lines, sign->line)].classes[sign->class].heard_ns;

	return sign->kind == SIGN_HEARD && !sign->forwarded && heard_ns != 0 && sign->time_ns < heard_ns + OUTAGES_STEP_NS;
}

void outages_flows_add(struct outages_flows *flows, uint32_t id)
{
	for (uint32_t i = 0; i < flows->count; i++) {
		if (flows->ids[i] == id)
			return;
	}
	if (flows->count < OUTAGES_FLOWS_MAX)
		flows->ids[flows->count++] = id;
}

// What failed before came back a while ago: this is another outage.
static bool is_another(const struct outages_line *line, uint8_t class)
{
	uint64_t ended_ns = 0;

	for (unsigned other = 0; other < OUTAGES_CLASSES; other++) {
		if (other != class && line->classes[other].silence.down)
			return false;
		if (line->outage.parts_known >> other & 1)
			ended_ns = MW_MAX(ended_ns, line->outage.parts[other].ended_ns);
	}
	return line->outage.parts_known != 0 && line->classes[class].silence.heard_ns > ended_ns + AGAIN_NS;
}

void outages_line_open(struct outages_line *line, uint64_t now_ns)
{
	memset(&line->outage, 0, sizeof(line->outage));
	line->outage.open = true;
	line->outage.opened_ns = now_ns;
	line->outage.own_ns = line->classes[OUTAGES_LAN].heard_ns;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		line->outage.heard_ns[class] = line->classes[class].heard_ns;
		line->outage.before[class] = outages_odds_fare(&line->classes[class].odds);
		line->classes[class].odds = (struct outages_odds){.began_ns = now_ns};
	}
}

// @return true when another outage has to be judged first.
static bool went_down(struct outages_line *line, const struct outages_sign *sign)
{
	if (line->outage.open)
		return is_another(line, sign->class);
	outages_line_open(line, sign->time_ns);
	return false;
}

static void add_part(struct outages_outage *outage, uint8_t class, const struct outages_silence *silence)
{
	struct outages_silence *part = &outage->parts[class];

	if (outage->parts_known >> class & 1) { // it came for a moment
		if (silence->down)
			part->ended_ns = silence->ended_ns;
		return;
	}
	*part = *silence;
	outage->parts_known |= (uint8_t)(1u << class);
}

// A class that has no proof of its own failed with the others when it was asked, and silent, from then on.
static bool is_part(const struct outages_outage *outage, const struct outages_silence *silence)
{
	return silence->down || (outage->open && silence->ended_ns > silence->lost_ns + LASTS_NS &&
							 silence->heard_ns <= outage->opened_ns && silence->ended_ns > outage->opened_ns);
}

// Who had an answer, and from which site.
static void note_answer(struct outages_line *line, const struct outages_sign *sign)
{
	const uint64_t host = outages_host_of(sign);
	unsigned at = 0, oldest = 0;
	uint64_t site;

	for (; at < OUTAGES_HOSTS && line->classes[sign->class].hosts[at].host != host; at++) {
		if (line->classes[sign->class].hosts[at].heard_ns < line->classes[sign->class].hosts[oldest].heard_ns)
			oldest = at;
	}
	at = at < OUTAGES_HOSTS ? at : oldest;
	line->classes[sign->class].hosts[at].host = host;
	line->classes[sign->class].hosts[at].heard_ns = sign->time_ns;
	memcpy(&site, sign->remote.bytes, sizeof(site));
	site &= be64toh(~UINT64_C(0xffff));
	if (line->classes[sign->class].site != site && line->classes[sign->class].site != 0)
		line->classes[sign->class].sites_ns = sign->time_ns;
	line->classes[sign->class].site = site;
}

// Of IPv4 a /24, of IPv6 a /48.
static void note_network(struct outages_line *line, const struct outages_sign *sign)
{
	uint64_t head, tail, network;

	memcpy(&head, sign->remote.bytes, sizeof(head));
	memcpy(&tail, sign->remote.bytes + 8, sizeof(tail));
	network = outages_is_ipv6(sign->class) ? head & be64toh(~UINT64_C(0xffff)) : tail & be64toh(~UINT64_C(0xff));
	for (unsigned i = 0; i < line->networks_count; i++) {
		if (line->networks[i] == network)
			return;
	}
	if (!outages_line_routes(line))
		line->networks[line->networks_count++] = network;
}

static struct outages_rule rule_of(const struct outages_line *line, const struct outages_sign *sign,
								   const struct outages_settings *settings)
{
	const uint64_t since_ns = sign->time_ns - MW_MIN(settings->lives_ns, sign->time_ns);
	uint64_t hosts = 0;

	for (unsigned i = 0; i < OUTAGES_HOSTS; i++)
		hosts += line->classes[sign->class].hosts[i].heard_ns > since_ns;
	return (struct outages_rule){.settings = settings,
								 .few = hosts < settings->failures,
								 .many = hosts == 0 || hosts >= settings->failures,
								 .routes = outages_line_routes(line),
								 .sites = line->classes[sign->class].sites_ns > since_ns};
}

static void heard_of(struct outages_line *line, uint8_t class, uint64_t time_ns)
{
	struct outages_outage *outage = &line->outage;
	struct outages_silence *silence = &line->classes[class].silence;
	struct outages_fare *fare = outages_odds_now(&line->classes[class].odds, time_ns);

	if (silence->lost_ns != 0) {
		silence->ended_ns = time_ns;
		silence->rtt_us = line->classes[class].rtt_us;
	}
	if (silence->lost_ns != 0 && is_part(outage, silence)) {
		add_part(outage, class, silence);
		line->classes[class].returned_ns = time_ns;
	} else {
		fare->failed += silence->asked;
		if (outage->open && outage->alive_ns[class] == 0 && !(outage->parts_known >> class & 1))
			outage->alive_ns[class] = time_ns;
	}
	if (silence->lost_ns != 0)
		memset(silence, 0, sizeof(*silence));
	fare->steps += outages_step_of(time_ns) > line->classes[class].heard_ns;
	line->classes[class].heard_ns = MW_MAX(line->classes[class].heard_ns, outages_step_of(time_ns));
	silence->heard_ns = line->classes[class].heard_ns;
}

static bool came_back(const struct outages_outage *outage)
{
	return (outage->parts_known & ~(1u << OUTAGES_LAN)) != 0;
}

void outages_line_heard_own(struct outages_line *line, uint64_t time_ns)
{
	const uint64_t step_ns = outages_step_of(time_ns);
	struct outages_outage *outage = &line->outage;

	if (outage->open && !came_back(outage) && step_ns > outage->own_ns) {
		outage->pause_ns = MW_MAX(outage->pause_ns, step_ns - outage->own_ns);
		outage->own_ns = step_ns;
	}
	heard_of(line, OUTAGES_LAN, time_ns);
}

static void heard(struct outages_line *line, const struct outages_sign *sign)
{
	if (sign->class == OUTAGES_LAN)
		return; // as its own frame it was heard
	heard_of(line, sign->class, sign->time_ns);
	if (sign->rtt_us != 0)
		mw_kit_rtt_add(&line->classes[sign->class].rtt_us, sign->rtt_us);
	if (!sign->forwarded)
		return;
	outages_odds_now(&line->classes[sign->class].odds, sign->time_ns)->answered++;
	note_answer(line, sign);
	note_network(line, sign);
	line->outage.closed += sign->class == OUTAGES_CLOSED && line->classes[OUTAGES_IPV6].silence.down;
}

// A flow's last packet before it waited: it may have come later than what was told of.
static void heard_before(struct outages_line *line, const struct outages_sign *sign)
{
	if (sign->until_ns < sign->time_ns)
		outages_silence_heard_before(&line->classes[sign->class].silence, sign->until_ns);
}

// After an outage the translator may not know old IPv4 connections any more: their data proves nothing.
static bool is_of_old(const struct outages_line *line, const struct outages_sign *sign, uint64_t lives_ns)
{
	const uint64_t returned_ns = line->classes[sign->class].returned_ns;

	return !outages_is_ipv6(sign->class) && sign->sort == MW_EXCHANGE_DATA && returned_ns != 0 &&
		   sign->time_ns < returned_ns + lives_ns;
}

static void follow_waiting(struct outages_outage *outage, const struct outages_sign *sign)
{
	outages_flows_add(&outage->waited, sign->flow);
	for (uint32_t i = 0; i < outage->waited.count; i++) {
		struct outages_tries *tries = &outage->tries[i];

		if (outage->waited.ids[i] != sign->flow || outage->parts_known >> sign->class & 1)
			continue;
		*tries = (struct outages_tries){.last_ns = sign->time_ns, .before_ns = tries->last_ns, .class = sign->class};
	}
}

// Of connections that were open when it began: do they go on?
static void follow(struct outages_line *line, const struct outages_sign *sign)
{
	enum { PROTOCOL_TCP = 6 };
	struct outages_outage *outage = &line->outage;
	const struct outages_silence *part = &outage->parts[sign->class];

	if (!outage->open)
		return;
	if (sign->kind == SIGN_UNANSWERED && sign->flow != 0)
		follow_waiting(outage, sign);
	if (sign->protocol != PROTOCOL_TCP || !(outage->parts_known >> sign->class & 1) || part->ended_ns == 0 ||
		sign->time_ns < part->ended_ns || sign->until_ns > part->lost_ns || sign->flow == 0)
		return;
	if (outages_is_ipv6(sign->class)) {
		if (sign->kind == SIGN_RESUMED)
			outages_flows_add(&outage->resumed6, sign->flow);
	} else
		outages_flows_add(sign->kind == SIGN_RESUMED ? &outage->resumed
						  : sign->kind == SIGN_RESET ? &outage->reset
													 : &outage->died,
						  sign->flow);
}

static void neighbour(struct outages_line *line, const struct outages_sign *sign)
{
	struct outages_outage *outage = &line->outage;
	const bool says = sign->sort == OUTAGES_SAYS || sign->sort == OUTAGES_PROBES || sign->sort == OUTAGES_ADVERTISES;

	outages_marks_take(&line->marks, sign, outage->open ? &outage->marks : NULL);
	for (unsigned i = 0; says && outage->open && !came_back(outage) && i < OUTAGES_SAYS_LEAST; i++) {
		if (outage->said_ns[i] != 0)
			continue;
		outage->said_ns[i] = sign->time_ns;
		break;
	}
}

bool outages_line_take(struct outages_line *line, const struct outages_sign *sign, bool proves,
					   const struct outages_settings *settings)
{
	const bool asks = sign->kind == SIGN_LOST || sign->kind == SIGN_UNANSWERED;
	bool another = false;
	const struct outages_rule rule = rule_of(line, sign, settings);
	struct outages_silence *silence = &line->classes[sign->class].silence;

	if (asks && sign->class == OUTAGES_IPV6 && outages_is_closed(settings, &sign->asker))
		line->inside_ns = sign->time_ns;
	switch (sign->kind) {
	case SIGN_LOST:
		proves = proves && sign->class != OUTAGES_CLOSED && !is_of_old(line, sign, settings->lives_ns);
		if (outages_silence_lost(silence, sign, proves, &rule))
			another = went_down(line, sign);
		break;
	case SIGN_UNANSWERED:
		heard_before(line, sign);
		if (outages_silence_lost(silence, sign, false, &rule))
			another = went_down(line, sign);
		follow(line, sign);
		break;
	case SIGN_AHEAD:
		heard_before(line, sign);
		if (outages_silence_ahead(silence, sign))
			another = went_down(line, sign);
		break;
	case SIGN_RESUMED:
		heard(line, sign);
		follow(line, sign);
		break;
	case SIGN_RESET:
		follow(line, sign);
		break;
	case SIGN_NEIGHBOUR:
		neighbour(line, sign);
		break;
	case SIGN_HEARD:
	default:
		heard(line, sign);
	}
	return another;
}

bool outages_line_is_settled(const struct outages_line *line, uint64_t now_ns, uint64_t settle_ns)
{
	uint64_t ended_ns = 0;

	if (!line->outage.open)
		return false;
	for (unsigned class = 0; class < OUTAGES_CLASSES; class ++) {
		if (line->classes[class].silence.down)
			return false;
		if (line->outage.parts_known >> class & 1)
			ended_ns = MW_MAX(ended_ns, line->outage.parts[class].ended_ns);
	}
	return now_ns > ended_ns + settle_ns;
}
