// SPDX-License-Identifier: BSD-3-Clause
// Ports without a link and workers that stand still, as words.
// Neighbours: live/sight.h.
#include "live/sight.h"

#include <string.h>

#include "engine.h"
#include "live/live.h"
#include "mw_log.h"
#include "mw_time.h"
#include "notify.h"

#define TOLD_BYTES 1024
#define WAITING    "waiting"

static struct live_sight sight_of(const struct live *live)
{
	struct live_sight sight = {0};

	for (uint32_t i = 0; i < live->ports_count; i++)
		sight.ports |= (uint32_t)(live->watch.links[i] != MW_PORT_LINK_UP) << i;
	for (uint16_t i = 0; i < live->engine->workers.count; i++)
		sight.workers |= (uint64_t)live->moves.told[i] << i;
	return sight;
}

static bool is_blind(const struct live *live, const struct live_sight *sight)
{
	return (uint32_t)__builtin_popcount(sight->ports) == live->ports_count ||
		   __builtin_popcountll(sight->workers) == live->engine->workers.count;
}

// To the second: nobody looked more often.
static void add_since(struct mw_text *text, uint64_t since_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text time = mw_text_in(chars, sizeof(chars));

	mw_time_add_rfc3339(&time, since_ns);
	mw_text_add(text, " since %.19sZ", chars);
}

void live_sight_add_unseen(const struct live *live, struct mw_text *text)
{
	const struct live_sight sight = sight_of(live);
	const uint64_t now_ns = live_clock_now(&live->clock), steady_ns = live_clock_steady_ns();
	const char *between = "";

	for (uint32_t i = 0; i < live->ports_count; i++) {
		if ((sight.ports >> i & 1) == 0)
			continue;
		mw_text_add(text, live->watch.gone_ns[i] != 0 ? "%s%s is gone" : "%sno link on %s", between,
					live->specs[i].device);
		add_since(text, live->watch.down_ns[i]);
		between = ", ";
	}
	for (uint16_t i = 0; i < live->engine->workers.count; i++) {
		if ((sight.workers >> i & 1) == 0)
			continue;
		mw_text_add(text, "%sworker %u stands still", between, i);
		add_since(text, now_ns - (steady_ns - live->moves.moved_ns[i]));
		between = ", ";
	}
}

static void add_state(const struct live *live, struct mw_text *text)
{
	char chars[TOLD_BYTES];
	struct mw_text unseen = mw_text_in(chars, sizeof(chars));

	mw_text_add(text, "%s%s ", live->engine->state, strcmp(live->engine->state, WAITING) == 0 ? " for" : "");
	for (uint32_t i = 0; i < live->ports_count; i++)
		mw_text_add(text, "%s%s", i == 0 ? "" : ", ", live->specs[i].device);
	live_sight_add_unseen(live, &unseen);
	if (unseen.len_bytes > 0)
		mw_text_add(text, ": %s", chars);
}

// A command for the socket of this run; nothing when there is none.
static void add_command(const struct live *live, const char *before, const char *command, struct mw_text *text)
{
	const struct engine *engine = live->engine;
	const struct mw_server_settings *control = mw_settings_values(engine->settings, "control");
	const char *path = engine->options->socket != NULL ? engine->options->socket : control->socket;
	const bool usual = strcmp(path, MW_SERVER_SOCKET) == 0;

	if (engine->server != NULL)
		mw_text_add(text, "%smidwatchctl %s%s%s%s", before, usual ? "" : "-s ", usual ? "" : path, usual ? "" : " ",
					command);
}

static void tell_manager(const struct live *live, const char *first)
{
	char chars[TOLD_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_text_add(&text, "%sSTATUS=", first);
	add_state(live, &text);
	add_command(live, "; ask: ", "show status", &text);
	notify_say(chars);
}

static void tell_log(const struct live *live)
{
	char chars[TOLD_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	add_state(live, &text);
	mw_text_add(&text, "; files go to %s", live->engine->output.directory);
	add_command(live, "; ask: ", "show status", &text);
	mw_text_add(&text, "; stop: SIGTERM, Ctrl-C");
	add_command(live, ", ", "shutdown", &text);
	mw_log_notice("%s", chars);
}

// Before the first link of all ports nothing was to be seen: the watch has not begun, and no time of it is blind.
static bool has_seen(const struct live *live)
{
	bool seen = false;

	for (uint32_t i = 0; i < live->ports_count; i++)
		seen |= live->watch.linked[i];
	return seen;
}

static void set_state(struct live *live, const struct live_sight *sight)
{
	live->sight = *sight;
	live->engine->state = !is_blind(live, sight) ? "watching" : has_seen(live) ? "blind" : WAITING;
}

void live_sight_start(struct live *live)
{
	const struct live_sight sight = sight_of(live);

	set_state(live, &sight);
	tell_manager(live, "READY=1\n");
	tell_log(live);
}

void live_sight_look(struct live *live)
{
	const struct live_sight sight = sight_of(live);

	if (live->blind.starting_ns != 0 || (sight.ports == live->sight.ports && sight.workers == live->sight.workers))
		return;
	set_state(live, &sight);
	tell_manager(live, "");
}
