// SPDX-License-Identifier: BSD-3-Clause
// Each step of a connection feeds the model of its line's translator, the line's health and its host's habits.
// Neighbours: control.h.
#include "control.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "mw_log.h"
#include "outside.h"
#include "pair.h"
#include "profile.h"
#include "rows.h"

#define DNS_PORT       53
#define FULL_PCT       95 // of the limit: the model's timers are not the translator's to the second
#define HIGH_PCT       90 // of the most so far
#define DEMAND_LEAST   32 // no line has fewer ports
#define LINES_SHARE_V6 16 // with more lines the IPv6 in view is mostly that of others
#define REFUSED_NS     (3 * MW_NS_PER_SECOND) // a reset so soon is an answer

static void hint_problem(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	mw_log_warning("%s:%u: %s", file, line, message);
}

static void load_hints(struct nat_control *self)
{
	const char *path = nat_hints_default_path();
	int error = nat_hints_load(path, hint_problem, NULL, &self->hints);

	if (error != 0) {
		mw_log_warning("%s: no hints of applications by port: %s", path, strerror(-error));
		self->hints = NULL;
	}
}

int nat_control_start(struct mw_detector_control *control)
{
	const struct mw_nat_settings *settings = control->settings;
	struct nat_control *self = control->state;
	// a line may need two: one for ports, one for entries
	const struct mw_nat_sizes sizes = {.lines_max = 2 * (uint32_t)settings->lines_max,
									   .hosts_max = (uint32_t)settings->hosts_max,
									   .sessions_max = (uint32_t)settings->sessions_max};
	int error;

	if (!settings->enabled)
		return 0;
	error = nat_places_start(&self->places, settings, control->hash_key);
	if (error == 0)
		error = mw_nat_new(&sizes, control->hash_key, &self->model);
	self->hosts = error == 0 ? nat_hosts_new(sizes.hosts_max, control->hash_key) : NULL;
	self->rows = error == 0 ? nat_rows_new(sizes.hosts_max) : NULL;
	self->peers = error == 0 ? nat_peers_new(control->hash_key, settings->sessions_max) : NULL;
	if (error == 0 && (self->hosts == NULL || self->rows == NULL || self->peers == NULL))
		error = -ENOMEM;
	if (error == 0)
		load_hints(self);
	else
		nat_control_stop(control);
	return error;
}

// Exhaustion of a line needs none of it: of failures in a row one counts until something has come in, and open
// connections must live meanwhile.
void nat_control_blind(struct mw_detector_control *control, const struct mw_blind *blind)
{
	const struct nat_control *self = control->state;

	if (self->peers != NULL)
		nat_peers_blind(self->peers, blind->from_ns, blind->to_ns);
}

void nat_control_stop(struct mw_detector_control *control)
{
	struct nat_control *self = control->state;

	nat_places_stop(&self->places);
	mw_nat_free(self->model);
	nat_hosts_free(self->hosts);
	nat_peers_free(self->peers);
	nat_hints_free(self->hints);
	nat_rows_free(self->rows);
	memset(self, 0, sizeof(*self));
}

/** Gives the line a number in the model, or a number it has another profile. */
static void set_profile(struct nat_control *self, uint32_t *number, const struct mw_nat_profile *profile)
{
	if (*number == NAT_LINE_NONE)
		*number = mw_nat_line_open(self->model, profile);
	else
		mw_nat_line_profile(self->model, *number, profile);
}

/** Where the same line is in view outside too, its ports show what from inside is assumed. */
static void profile_inside(const struct nat_control *self, const struct mw_nat_settings *settings,
						   struct nat_line *line, struct mw_nat_profile *profile)
{
	const struct nat_line *outside = nat_pair_of(self->places.lines, line);
	bool inferred;

	nat_profile_make(settings, profile);
	line->limit_outside = 0;
	if (outside != NULL) {
		nat_outside_learn(outside, settings, profile);
		line->limit_outside = outside->ports.set_known ? nat_line_limit(outside, settings, &inferred) : 0;
	}
	if (line->limit_outside != 0)
		nat_shortage_forget(&line->shortage);
	if (settings->ports_limit == 0)
		profile->ports_limit = nat_line_limit(line, settings, &inferred);
}

void nat_control_profile(struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line)
{
	struct mw_nat_profile ports, entries;

	if (nat_line_is_inside(line)) {
		profile_inside(self, settings, line, &ports);
		line->counts_entries = false;
	} else {
		line->counts_entries = nat_profile_outside(settings, &ports, &entries);
		nat_outside_learn(line, settings, &ports);
		nat_outside_learn(line, settings, &entries);
		// ports are counted as they are; what serves several peers only once UDP does: of TCP there are few
		line->saves_udp = entries.mapping[MW_NAT_UDP] == MW_NAT_DEPENDENT;
		line->counts_entries |= line->saves_udp;
		memset(ports.mapping, MW_NAT_INDEPENDENT, sizeof(ports.mapping));
	}
	line->profile = ports;
	set_profile(self, &line->model, &ports);
	if (line->counts_entries)
		set_profile(self, &line->entries, &entries);
	line->modelled = true;
}

static struct nat_health_flow flow_of(const struct nat_place *place)
{
	return (struct nat_health_flow){.host = place->host,
									.peer = place->peer,
									.port = place->port,
									.peer_port = place->peer_port,
									.protocol = place->protocol};
}

static void feed_model(struct nat_control *self, const struct nat_place *place, enum mw_nat_step step)
{
	struct mw_nat_activity activity = {.time_ns = place->past_ns != 0 ? place->past_ns : self->clock_ns,
									   .line = place->line->model,
									   .protocol = place->protocol,
									   .step = (uint8_t)step,
									   .port = place->port,
									   .peer_port = place->peer_port,
									   .host = place->host,
									   .peer = place->peer,
									   .hashes = place->hashes.ports};

	mw_nat_activity(self->model, &activity);
	if (!place->line->counts_entries)
		return;
	activity.line = place->line->entries;
	activity.hashes = place->hashes.entries;
	mw_nat_activity(self->model, &activity);
}

static void count_opened(struct nat_line *line, const struct nat_place *place)
{
	line->opened++;
	line->now.opened++;
	if (place->protocol != MW_NAT_UDP)
		return;
	if (place->peer_port == DNS_PORT)
		line->now.dns++;
	else
		line->now.udp++;
}

static struct nat_host *host_of(struct nat_control *self, const struct nat_place *place)
{
	uint32_t line = nat_lines_place(self->places.lines, place->line);
	uint64_t hash = place->hashes.host;

	if (hash == 0)
		hash = nat_hosts_hash(self->hosts, line, &place->host);
	return nat_hosts_get(self->hosts, hash, line, &place->host, self->clock_ns);
}

static void see_side(struct nat_control *self, const struct nat_place *place)
{
	struct nat_line *line = place->line;

	if (place->past_ns != 0)
		return;
	if (nat_line_is_inside(line))
		nat_sides_inside(&self->sides, self->clock_ns, nat_lines_place(self->places.lines, line), &place->peer,
						 place->peer_port, place->protocol);
	else
		nat_sides_outside(&self->sides, &line->side, self->clock_ns, &place->peer, place->peer_port, place->protocol);
}

/** A connection that its inside end begins. */
static void begin(struct nat_control *self, const struct nat_place *place)
{
	const struct nat_health_flow flow = flow_of(place);
	struct nat_line *line = place->line;
	struct nat_host *host = host_of(self, place);

	feed_model(self, place, place->protocol == MW_NAT_TCP ? MW_NAT_BEGIN : MW_NAT_OUTBOUND);
	if (!nat_line_is_inside(line) && place->protocol != MW_NAT_ICMP)
		nat_line_learn(line, place->port);
	see_side(self, place);
	count_opened(line, place);
	nat_health_tried(line->health, self->clock_ns, &flow);
	if (host != NULL)
		nat_hosts_opened(self->hosts, host, self->clock_ns, place->protocol, place->port, &place->peer,
						 place->peer_port);
}

static void answer(struct nat_control *self, const struct nat_place *place, uint64_t opened_ns)
{
	const struct nat_health_flow flow = flow_of(place);
	struct nat_host *host = host_of(self, place);

	nat_health_answered(place->line->health, self->clock_ns, &flow, opened_ns);
	if (place->protocol == MW_NAT_UDP && place->peer_port != DNS_PORT)
		place->line->now.udp_answered++;
	if (host != NULL)
		nat_hosts_answered(self->hosts, host, place->protocol, &place->peer, place->peer_port);
}

static void live(struct nat_control *self, const struct nat_place *place)
{
	const struct nat_health_flow flow = flow_of(place);
	struct nat_host *host = host_of(self, place);

	nat_health_lives(place->line->health, self->clock_ns, &flow, place->outbound);
	if (host != NULL && place->outbound)
		nat_host_shows(host);
}

// A TCP segment out of nowhere may be the last one of a connection: it opens nothing by itself.
static void step(struct nat_control *self, const struct nat_place *place, const struct nat_facts *facts)
{
	const struct nat_health_flow flow = flow_of(place);
	bool tcp = place->protocol == MW_NAT_TCP;

	nat_outside_use(place->line, self->model, place, facts, self->clock_ns);
	nat_peers_step(self->peers, nat_lines_place(self->places.lines, place->line), place, facts, self->clock_ns);
	if (facts->what == NAT_OPEN && place->outbound && (facts->syn || !tcp)) {
		begin(self, place);
		return;
	}
	if (facts->what == NAT_CLOSE) {
		feed_model(self, place, MW_NAT_CLOSING);
		if (!place->outbound && place->opened_inside && self->clock_ns < facts->opened_ns + REFUSED_NS)
			nat_health_answered(place->line->health, self->clock_ns, &flow, facts->opened_ns);
		return;
	}
	if (facts->what != NAT_OPEN || !tcp)
		feed_model(self, place, place->outbound ? MW_NAT_OUTBOUND : MW_NAT_INBOUND);
	if (facts->what == NAT_ANSWER && place->opened_inside)
		answer(self, place, facts->opened_ns);
	else if (facts->what == NAT_ALIVE)
		live(self, place);
}

/** What a candidate's session did before it was known to be of a line. */
struct replay {
	struct nat_control *self;
	struct nat_line *line;
};

static void replay_session(void *context, const struct nat_candidate_session *session)
{
	const struct replay *replay = context;
	const struct nat_place place = {.line = replay->line,
									.host = session->host,
									.peer = session->peer,
									.port = session->port,
									.peer_port = session->peer_port,
									.protocol = session->protocol,
									.past_ns = session->last_ns,
									.opened_inside = true,
									.outbound = true};

	begin(replay->self, &place);
	if (session->answered) {
		feed_model(replay->self, &place, MW_NAT_INBOUND);
		answer(replay->self, &place, replay->self->clock_ns);
	}
	if (session->closed)
		feed_model(replay->self, &place, MW_NAT_CLOSING);
}

uint32_t nat_control_pool(const struct mw_nat_profile *profile, const struct mw_nat_counts *counts)
{
	uint32_t fullest = 0;

	if (profile->shared_pool)
		return counts->ports_all;
	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		fullest = MW_MAX(fullest, counts->ports[i]);
	return fullest;
}

/** Ports that the line needs, and those that it has; 0 is no limit. */
struct pool {
	uint32_t used, limit;
};

static struct pool pool_of(const struct nat_control *self, const struct mw_nat_settings *settings,
						   const struct nat_line *line)
{
	struct mw_nat_counts counts;
	uint32_t limit;
	bool inferred;

	limit = nat_line_limit(line, settings, &inferred);
	if (inferred && nat_line_is_inside(line) &&
		line->limit_outside == 0) // that is a model's, and no proof of the next refusal
		limit = 0;
	// where ports are used again towards other peers, they run out towards one
	mw_nat_line_counts(self->model, line->counts_entries ? line->entries : line->model, &counts);
	return (struct pool){.used = nat_control_pool(&line->profile, &counts), .limit = limit};
}

static bool is_high(const struct nat_line *line, uint32_t used)
{
	return used >= DEMAND_LEAST &&
		   (uint64_t)used * 100 >= (uint64_t)MW_MAX(line->pool_most, line->pool_peak) * HIGH_PCT;
}

/** Where a port serves several peers, what is refused depends on the peer. */
static bool infers_limit(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	return nat_line_is_inside(line) && settings->ports_limit == 0 && line->limit_outside == 0 &&
		   !line->limit_each_peer && line->profile.mapping[MW_NAT_UDP] == MW_NAT_INDEPENDENT;
}

void nat_control_look(const struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line)
{
	if (nat_line_is_inside(line) && nat_scarce_reused(&line->profile) != 0)
		nat_scarce_look(&line->scarce, line->health, self->model, line->model, &line->profile,
						pool_of(self, settings, line).limit);
}

void nat_control_advance(struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line,
						 uint64_t now_ns)
{
	struct mw_nat_counts counts;
	struct pool pool;

	mw_nat_advance(self->model, now_ns);
	line->advanced_s = now_ns / MW_NS_PER_SECOND;
	if (nat_outside_counts(line)) {
		if (nat_outside_learns(line, settings))
			nat_control_profile(self, settings, line);
		nat_outside_look(line, settings, pool_of(self, settings, line).used, now_ns);
		pool = (struct pool){.used = line->seen.used, .limit = line->ledger->ports};
	} else {
		pool = pool_of(self, settings, line);
		mw_nat_line_counts(self->model, line->model, &counts);
		line->pool_peak = MW_MAX(line->pool_peak, nat_control_pool(&line->profile, &counts));
	}
	if (line->limit_each_peer) // of the line as a whole none is known
		pool.limit = 0;
	line->health->demand_high = is_high(line, pool.used);
	nat_shortage_see(&line->shortage, line->advanced_s, pool.used);
	if (!nat_health_advance(line->health, now_ns,
							pool.limit != 0 && (uint64_t)pool.used * 100 >= (uint64_t)pool.limit * FULL_PCT))
		return;
	nat_control_look(self, settings, line);
	if (infers_limit(line, settings)) {
		nat_shortage_learn(&line->shortage, self->model, line->model, line->health->exhausted_from_ns);
		nat_control_profile(self, settings, line);
	}
}

/** place: as it was made ahead; NULL: it is looked for. */
static void step_v4(struct nat_control *self, const struct mw_nat_settings *settings, const struct mw_event *event,
					const struct nat_facts *facts, const struct nat_place *place)
{
	struct nat_place found;

	if (place == NULL) {
		if (!nat_place_find(&self->places, settings, event, facts, self->clock_ns, &found))
			return;
		place = &found;
	}
	if (!place->line->modelled)
		nat_control_profile(self, settings, place->line);
	place->line->last_ns = self->clock_ns;
	if (place->line->advanced_s < self->clock_ns / MW_NS_PER_SECOND)
		nat_control_advance(self, settings, place->line, self->clock_ns);
	if (place->before != NULL)
		nat_candidate_sessions(place->before, replay_session, &(struct replay){self, place->line});
	if (place->before == NULL || facts->what != NAT_OPEN)
		step(self, place, facts);
}

/** Neither link-local nor multicast: it goes out of the house. */
static bool is_global(const struct mw_address *address)
{
	return address->bytes[0] != 0xff && !(address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80);
}

// Which line an IPv6 connection goes over cannot be told in general: all lines of the tap share what is seen of it.
static void step_v6(struct nat_control *self, const struct mw_event *event, const struct nat_facts *facts)
{
	const struct mw_event_flow *ends = &event->flow;
	bool icmp = ends->protocol == IPPROTO_ICMPV6;
	const struct nat_health_flow flow = {
		.host = ends->src,
		.peer = ends->dst,
		.port = ends->src_port,
		.peer_port = icmp ? 0 : ends->dst_port,
		.protocol = (uint8_t)(icmp ? MW_NAT_ICMP : nat_place_protocol(ends)),
	};

	if (nat_lines_count(self->places.lines) > LINES_SHARE_V6 || !is_global(&ends->src) || !is_global(&ends->dst) ||
		flow.protocol == MW_NAT_PROTOCOLS)
		return;
	for (uint32_t i = 0; i < nat_lines_top(self->places.lines); i++) {
		struct nat_line *line = nat_lines_at(self->places.lines, i);

		if (!line->used)
			continue;
		if (facts->what == NAT_OPEN && (facts->syn || flow.protocol != MW_NAT_TCP))
			nat_health_tried(line->health, self->clock_ns, &flow);
		else if (facts->what == NAT_ANSWER)
			nat_health_answered(line->health, self->clock_ns, &flow, facts->opened_ns);
	}
}

void nat_control_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct nat_control *self = control->state;
	const struct nat_place *place;
	enum nat_place_known known;
	struct nat_facts facts;

	if (self->model == NULL)
		return;
	nat_facts_read(event, &facts);
	known = nat_ahead_take(self, event, &facts, &place);
	if (facts.what == NAT_REPORT) {
		nat_peers_reported(self->peers, &event->flow);
		return;
	}
	self->clock_ns = MW_MAX(self->clock_ns, event->time_ns);
	if (self->interval_from_ns == 0)
		self->interval_from_ns = self->clock_ns;
	if (known == NAT_PLACE_NONE)
		return;
	if (mw_address_is_v4(&event->flow.src))
		step_v4(self, control->settings, event, &facts, known == NAT_PLACE_AT_LINE ? place : NULL);
	else
		step_v6(self, event, &facts);
}

void nat_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	struct nat_control *self = control->state;

	if (self->model == NULL || self->interval_from_ns == 0)
		return;
	self->clock_ns = MW_MAX(self->clock_ns, now_ns);
	nat_rows_write(control, interval_start_ns);
	self->interval_from_ns = self->clock_ns;
}
