// SPDX-License-Identifier: BSD-3-Clause
// Sessions: opened by a packet from inside if the line's limits let them, kept by packets, ended by timers.
// Neighbours: table.h. Follows RFC 4787 section 4.3 and RFC 5382 section 5; facts of makers for DNS and unanswered.
#include "table.h"

uint64_t nat_session_hash(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	const struct {
		uint32_t host, peer;
		uint16_t port, peer_port;
		uint32_t line;
	} key = {mw_nat_v4(&activity->host), mw_nat_v4(&activity->peer), activity->port, activity->peer_port,
			 activity->line << 8 | activity->protocol};

	return mw_hash(&nat->key, &key, sizeof(key));
}

static bool is_of(const struct nat_session *session, const struct mw_nat_activity *activity)
{
	return session->port == activity->port && session->peer_port == activity->peer_port &&
		   session->protocol == activity->protocol && session->line == activity->line &&
		   session->host_address == mw_nat_v4(&activity->host) && session->peer == mw_nat_v4(&activity->peer);
}

uint32_t nat_session_find(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&nat->session_index, hash);

	while (walk.number != 0 && !is_of(&nat->sessions[walk.number], activity))
		mw_kit_walk_next(&nat->session_index, &walk);
	return walk.number;
}

static uint64_t timer_of(const struct mw_nat_profile *profile, const struct nat_session *session)
{
	const uint64_t timers[MW_NAT_PROTOCOLS][NAT_STATES] = {
		[MW_NAT_TCP] = {profile->tcp_opening_ns, profile->tcp_established_ns, profile->tcp_closing_ns},
		[MW_NAT_UDP] = {profile->udp_unanswered_ns, profile->udp_ns, profile->udp_ns},
		[MW_NAT_ICMP] = {profile->icmp_ns, profile->icmp_ns, profile->icmp_ns},
	};

	if (session->protocol == MW_NAT_UDP && session->peer_port == 53)
		return profile->dns_ns;
	return timers[session->protocol][session->state];
}

/** at_ns: of the packet that prolongs it. */
static void set_timer(struct mw_nat *nat, uint32_t number, uint64_t at_ns)
{
	const struct nat_session *session = &nat->sessions[number];
	uint64_t timer_ns = timer_of(&nat->lines[session->line].profile, session);

	if (session->edge && nat_edge_expects(session))
		timer_ns = MW_MIN(timer_ns, NAT_SILENT_NS);
	nat_wheel_set(&nat->wheel, number, at_ns + MW_MIN(timer_ns, UINT64_MAX - at_ns));
}

static uint64_t deadline_of(const struct mw_nat *nat, uint32_t number)
{
	uint64_t tick = nat->sessions[number].timer.deadline;

	return tick > UINT64_MAX >> NAT_WHEEL_TICK_BITS ? UINT64_MAX : tick << NAT_WHEEL_TICK_BITS;
}

void nat_session_retime(struct mw_nat *nat, uint32_t number, const struct mw_nat_profile *before)
{
	const struct nat_session *session = &nat->sessions[number];
	uint64_t was_ns = timer_of(before, session), is_ns = timer_of(&nat->lines[session->line].profile, session);
	uint64_t deadline_ns = deadline_of(nat, number);

	if (was_ns == is_ns || (session->edge && nat_edge_expects(session)))
		return;
	deadline_ns -= MW_MIN(was_ns, deadline_ns);
	nat_wheel_set(&nat->wheel, number, deadline_ns + MW_MIN(is_ns, UINT64_MAX - deadline_ns));
}

void nat_session_view(const struct mw_nat *nat, uint32_t number, struct mw_nat_session_view *view)
{
	const struct nat_session *session = &nat->sessions[number];
	uint64_t deadline_ns = deadline_of(nat, number);
	uint64_t timer_ns = timer_of(&nat->lines[session->line].profile, session);

	*view = (struct mw_nat_session_view){.host = mw_nat_address(session->host_address),
										 .peer = mw_nat_address(session->peer),
										 .last_ns = deadline_ns - MW_MIN(timer_ns, deadline_ns),
										 .port = session->port,
										 .peer_port = session->peer_port,
										 .protocol = session->protocol,
										 .answered = session->answered,
										 .closing = session->state == NAT_CLOSING};
}

void nat_session_plan(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
					  struct nat_entry *entry)
{
	const uint8_t protocol = activity->protocol;
	const uint32_t peer = mw_nat_v4(&activity->peer);

	entry->again = nat->lines[activity->line].profile.mapping[protocol] == MW_NAT_DEPENDENT;
	if (entry->again) {
		entry->keys[0] = (struct nat_group_key){peer, host, activity->peer_port, protocol, NAT_HOST_PEER};
		entry->keys[1] = (struct nat_group_key){peer, activity->line, activity->peer_port, protocol, NAT_LINE_PEER};
		entry->hashes[1] = nat_group_hash(nat, &entry->keys[1]);
		mw_kit_index_prefetch(&nat->group_index, entry->hashes[1]);
	} else {
		entry->keys[0] =
			(struct nat_group_key){.owner = host, .port = activity->port, .protocol = protocol, .kind = NAT_MAPPING};
	}
	entry->hashes[0] = !entry->again && activity->hashes.owner == host ? activity->hashes.mapping
																	   : nat_group_hash(nat, &entry->keys[0]);
	mw_kit_index_prefetch(&nat->group_index, entry->hashes[0]);
}

static uint32_t taken(const struct nat_demand *demand, bool shared_pool, uint8_t protocol)
{
	return shared_pool ? nat_demand_all(demand, true) : nat_demand_of(demand, protocol);
}

// Whether the line lacks a port for it. A session that needs no further one may open even over the limit.
static bool lacks_port(const struct mw_nat *nat, const struct nat_line *line, const struct nat_entry *entry)
{
	const struct mw_nat_profile *profile = &line->profile;
	struct nat_demand demand = line->tally.demand;
	uint8_t protocol = entry->keys[0].protocol;
	uint32_t before, after;

	if (profile->ports_limit == 0)
		return false;
	before = taken(&demand, profile->shared_pool, protocol);
	if (entry->again) {
		uint32_t group = nat_group_find(nat, &entry->keys[1], entry->hashes[1]);

		demand.again[protocol] = MW_MAX(demand.again[protocol], nat->groups[group].sessions + 1);
	} else {
		demand.each[protocol]++;
	}
	after = taken(&demand, profile->shared_pool, protocol);
	return after > before && after > profile->ports_limit;
}

// Whether the translator may have had no port for it, although here it has one. A mapping that is there serves it.
static bool is_at_edge(const struct mw_nat *nat, const struct nat_line *line, const struct nat_entry *entry)
{
	const struct mw_nat_profile *profile = &line->profile;
	uint32_t margin = MW_MIN((uint32_t)NAT_EDGE_PORTS, profile->ports_limit / NAT_EDGE_SHARE), ports;

	if (margin == 0 || entry->again)
		return false;
	ports = taken(&line->tally.demand, profile->shared_pool, entry->keys[0].protocol);
	return ports + margin >= profile->ports_limit && nat_group_find(nat, &entry->keys[0], entry->hashes[0]) == 0;
}

static enum mw_nat_outcome limit(const struct mw_nat *nat, const struct nat_line *line, const struct nat_host *host,
								 const struct nat_entry *entry)
{
	const struct mw_nat_profile *profile = &line->profile;

	if (!entry->again && nat_group_find(nat, &entry->keys[0], entry->hashes[0]) != 0)
		return MW_NAT_HELD; // one more peer of a mapping that is there
	if (profile->host_limit != 0 && host->tally.sessions >= profile->host_limit)
		return MW_NAT_REFUSED_SESSIONS;
	if (profile->sessions_limit != 0 && line->tally.sessions >= profile->sessions_limit)
		return MW_NAT_REFUSED_SESSIONS;
	return lacks_port(nat, line, entry) ? MW_NAT_REFUSED_PORTS : MW_NAT_HELD;
}

static void fill(struct mw_nat *nat, uint32_t number, const struct mw_nat_activity *activity, uint32_t host,
				 const struct nat_entry *entry, bool edge)
{
	bool shared_pool = nat->lines[activity->line].profile.shared_pool;
	struct nat_session *session = &nat->sessions[number];

	*session = (struct nat_session){.node = session->node, // it is in the index
									.host_address = mw_nat_v4(&activity->host),
									.peer = mw_nat_v4(&activity->peer),
									.port = activity->port,
									.peer_port = activity->peer_port,
									.line = activity->line & NAT_LINES_MOST,
									.protocol = activity->protocol & 3u,
									.state = NAT_WAITING,
									.host = host};
	session->group = nat_group_join(nat, &entry->keys[0], entry->hashes[0]);
	if (entry->again)
		session->line_peer = nat_group_join(nat, &entry->keys[1], entry->hashes[1]);
	mw_kit_list_append(&nat->hosts[host].sessions, &nat->sessions->of_host, sizeof(*nat->sessions), number);
	nat_host_uses(nat, host, nat->hosts[host].tally.uses + 1);
	nat_tally_peaks(&nat->hosts[host].tally, shared_pool);
	nat_tally_peaks(&nat->lines[activity->line].tally, shared_pool);
	if (edge)
		nat_edge_join(nat, number);
	set_timer(nat, number, activity->time_ns);
}

static enum mw_nat_outcome refuse(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash,
								  uint32_t host, const struct nat_entry *entry, enum mw_nat_outcome outcome)
{
	nat->hosts[host].tally.refused++;
	nat->lines[activity->line].tally.refused++;
	if (outcome == MW_NAT_REFUSED_PORTS && !entry->again)
		nat_ghost_add(nat, activity, hash);
	return outcome;
}

static enum mw_nat_outcome insert(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash,
								  uint32_t host, const struct nat_entry *entry, bool edge)
{
	if (mw_kit_index_full(&nat->session_index) && !nat_host_give_way(nat, host)) {
		nat->no_room++;
		return MW_NAT_NO_ROOM;
	}
	fill(nat, mw_kit_index_add(&nat->session_index, hash), activity, host, entry, edge);
	return MW_NAT_HELD;
}

enum mw_nat_outcome nat_session_open(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash,
									 uint64_t host_hash)
{
	uint32_t host = nat_host_of(nat, activity, host_hash);
	const struct nat_line *line = &nat->lines[activity->line];
	enum mw_nat_outcome outcome;
	struct nat_entry entry;

	if (host == 0) {
		nat->no_room++;
		return MW_NAT_NO_ROOM;
	}
	nat_session_plan(nat, activity, host, &entry);
	outcome = limit(nat, line, &nat->hosts[host], &entry);
	if (outcome != MW_NAT_HELD)
		return refuse(nat, activity, hash, host, &entry, outcome);
	return insert(nat, activity, hash, host, &entry, is_at_edge(nat, line, &entry));
}

// The translator has it, so another has not: one opened at the edge that nothing speaks for.
enum mw_nat_outcome nat_session_admit(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash,
									  uint64_t host_hash)
{
	uint32_t host = nat_host_of(nat, activity, host_hash);
	const struct nat_line *line = &nat->lines[activity->line];
	enum mw_nat_outcome outcome;
	struct nat_entry entry;

	if (host == 0) {
		nat->no_room++;
		return MW_NAT_NO_ROOM;
	}
	nat_session_plan(nat, activity, host, &entry);
	if (!entry.again && nat_group_find(nat, &entry.keys[0], entry.hashes[0]) == 0 && lacks_port(nat, line, &entry))
		nat_edge_yield(nat, activity->line, activity->protocol);
	outcome = insert(nat, activity, hash, host, &entry, false);
	if (outcome == MW_NAT_HELD)
		nat_session_step(nat, nat_session_find(nat, activity, hash), activity);
	return outcome;
}

static void answer(struct mw_nat *nat, struct nat_session *session)
{
	if (session->answered)
		return;
	session->answered = true;
	if (session->line_peer == 0)
		nat->groups[session->group].answered = true;
	nat_host_answered(nat, session->host);
}

static const uint8_t next_state[MW_NAT_STEPS][NAT_STATES] = {
	[MW_NAT_OUTBOUND] = {NAT_WAITING, NAT_ANSWERED, NAT_CLOSING},
	[MW_NAT_INBOUND] = {NAT_ANSWERED, NAT_ANSWERED, NAT_CLOSING},
	[MW_NAT_CLOSING] = {NAT_CLOSING, NAT_CLOSING, NAT_CLOSING},
	[MW_NAT_BEGIN] = {NAT_WAITING, NAT_ANSWERED, NAT_WAITING},
};

void nat_session_step(struct mw_nat *nat, uint32_t number, const struct mw_nat_activity *activity)
{
	struct nat_session *session = &nat->sessions[number];
	uint8_t before = session->state;

	if (activity->step == MW_NAT_CLOSING && session->protocol != MW_NAT_TCP)
		return;
	if (activity->step == MW_NAT_INBOUND)
		answer(nat, session);
	else if (!session->answered)
		nat_host_touch(nat, session->host);
	// a host that got no answer closes without a word (RFC 9293 section 3.10.4): that is the other end's
	if (activity->step == MW_NAT_INBOUND || activity->step == MW_NAT_CLOSING)
		nat_edge_leave(nat, number);
	session->state = next_state[activity->step][before] & 3u;
	// a translator that inbound packets do not keep awake still sees those that change the state
	if (activity->step != MW_NAT_INBOUND || session->state != before ||
		nat->lines[session->line].profile.inbound_refreshes)
		set_timer(nat, number, activity->time_ns);
}

static void count_end(struct nat_tally *tally, bool answered)
{
	tally->ended++;
	tally->ended_unanswered += !answered;
}

void nat_session_end(struct mw_nat *nat, uint32_t number, bool ran_out)
{
	struct nat_session *session = &nat->sessions[number];
	struct nat_host *host = &nat->hosts[session->host];
	bool answered = session->line_peer != 0 ? session->answered : nat->groups[session->group].answered;
	bool last;

	last = nat_group_leave(nat, session->group);
	if (session->line_peer != 0)
		nat_group_leave(nat, session->line_peer);
	if (ran_out && (session->line_peer != 0 || last)) {
		count_end(&host->tally, answered);
		count_end(&nat->lines[session->line].tally, answered);
	}
	nat_edge_leave(nat, number);
	mw_kit_list_remove(&host->sessions, &nat->sessions->of_host, sizeof(*nat->sessions), number);
	nat_host_uses(nat, session->host, host->tally.uses - 1);
	nat_wheel_stop(&nat->wheel, number);
	mw_kit_index_remove(&nat->session_index, number);
}

void nat_session_due(struct mw_nat *nat, uint32_t number)
{
	const struct nat_session *session = &nat->sessions[number];

	if (session->edge && nat_edge_expects(session) &&
		timer_of(&nat->lines[session->line].profile, session) > NAT_SILENT_NS)
		nat_edge_take_back(nat, number);
	else
		nat_session_end(nat, number, true);
}
