// SPDX-License-Identifier: BSD-3-Clause
// Sessions: opened by a packet from inside if the line's limits let them, kept by packets, ended by timers.
// Neighbours: table.h. Follows RFC 4787 section 4.3 and RFC 5382 section 5; facts of makers for DNS and unanswered.
#include "table.h"

#include <stddef.h>

/** Ends of a session; of a mapping the inside one alone. */
struct ends {
	uint32_t host, peer;
	uint16_t port, peer_port;
	uint32_t line; // and protocol
};

static uint64_t hash_of(const struct mw_nat *nat, const struct ends *ends)
{
	return mw_hash_fold(((uint64_t)ends->peer << 32 | ends->host) ^ mw_hash_secret(&nat->key, 0),
						((uint64_t)ends->line << 32 | (uint32_t)ends->peer_port << 16 | ends->port) ^
							mw_hash_secret(&nat->key, 1));
}

uint64_t nat_session_hash(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	const struct ends ends = {mw_nat_v4(&activity->host), mw_nat_v4(&activity->peer), activity->port,
							  activity->peer_port, activity->line << 8 | activity->protocol};

	return hash_of(nat, &ends);
}

uint64_t nat_session_mapping_hash(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	const struct ends ends = {
		.host = mw_nat_v4(&activity->host), .port = activity->port, .line = activity->line << 8 | activity->protocol};

	return hash_of(nat, &ends);
}

static uint64_t hash_of_session(const struct mw_nat *nat, const struct nat_session *session)
{
	const struct ends ends = {session->host_address, session->peer, session->port, session->peer_port,
							  (uint32_t)session->line << 8 | session->protocol};

	return hash_of(nat, &ends);
}

/** Of the same inside port. */
static bool is_mate(const struct nat_session *session, const struct mw_nat_activity *activity)
{
	return session->port == activity->port && session->protocol == activity->protocol &&
		   session->line == activity->line && session->host_address == mw_nat_v4(&activity->host);
}

static bool is_of(const struct nat_session *session, const struct mw_nat_activity *activity)
{
	return session->peer_port == activity->peer_port && session->peer == mw_nat_v4(&activity->peer) &&
		   is_mate(session, activity);
}

static uint32_t find(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&nat->session_index, hash);

	while (walk.number != 0 && !is_of(&nat->sessions[walk.number], activity))
		mw_kit_walk_next(&nat->session_index, &walk);
	return walk.number;
}

/** Whether its host may have sessions that are found by their ends: few have. */
static bool shares(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint64_t hash = activity->hashes.host;

	if (hash == 0)
		hash = nat_host_hash(nat, activity->line, &activity->host);
	return nat->hosts[nat_host_find(nat, activity->line, &activity->host, hash)].shares; // of number 0: false
}

uint32_t nat_session_find(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash)
{
	const uint32_t *filed = nat->lines[activity->line].filed[activity->protocol];
	const bool again = nat_session_again(nat, activity);
	uint32_t number = 0;

	if (again && filed[NAT_BY_ENDS] != 0)
		number = find(nat, activity, nat_session_hash(nat, activity));
	if (number == 0 && filed[NAT_BY_MAPPING] != 0)
		number = find(nat, activity, mapping_hash);
	if (number == 0 && !again && filed[NAT_BY_ENDS] != 0 && shares(nat, activity))
		number = find(nat, activity, nat_session_hash(nat, activity));
	return number;
}

static uint32_t find_sole(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash)
{
	struct mw_kit_walk walk;

	if (nat->lines[activity->line].filed[activity->protocol][NAT_BY_MAPPING] == 0)
		return 0;
	walk = mw_kit_walk(&nat->session_index, mapping_hash);
	while (walk.number != 0 &&
		   (nat->sessions[walk.number].group != 0 || !is_mate(&nat->sessions[walk.number], activity)))
		mw_kit_walk_next(&nat->session_index, &walk);
	return walk.number;
}

uint32_t nat_session_mates(const struct mw_nat *nat, const struct nat_session *session)
{
	return session->group == 0 ? 1 : nat->groups[session->group].sessions;
}

bool nat_session_is_answered(const struct mw_nat *nat, const struct nat_session *session)
{
	return session->group == 0 || session->line_peer != 0 ? session->answered : nat->groups[session->group].answered;
}

static uint64_t timer_of(const struct mw_nat_profile *profile, const struct nat_session *session)
{
	static const uint8_t timers[MW_NAT_PROTOCOLS][NAT_STATES] = {
		[MW_NAT_TCP] = {offsetof(struct mw_nat_profile, tcp_opening_ns),
						offsetof(struct mw_nat_profile, tcp_established_ns),
						offsetof(struct mw_nat_profile, tcp_closing_ns)},
		[MW_NAT_UDP] = {offsetof(struct mw_nat_profile, udp_unanswered_ns), offsetof(struct mw_nat_profile, udp_ns),
						offsetof(struct mw_nat_profile, udp_ns)},
		[MW_NAT_ICMP] = {offsetof(struct mw_nat_profile, icmp_ns), offsetof(struct mw_nat_profile, icmp_ns),
						 offsetof(struct mw_nat_profile, icmp_ns)},
	};
	uint64_t timer_ns;

	if (session->protocol == MW_NAT_UDP && session->peer_port == 53)
		return profile->dns_ns;
	memcpy(&timer_ns, (const uint8_t *)profile + timers[session->protocol][session->state], sizeof(timer_ns));
	return timer_ns;
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

bool nat_session_again(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	return nat->lines[activity->line].profile.mapping[activity->protocol] == MW_NAT_DEPENDENT;
}

void nat_session_groups(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
						struct nat_entry *entry)
{
	const uint8_t protocol = activity->protocol;
	const uint32_t peer = mw_nat_v4(&activity->peer);

	entry->keys[0] = (struct nat_group_key){peer, host, activity->peer_port, protocol, NAT_HOST_PEER};
	entry->keys[1] = (struct nat_group_key){peer, activity->line, activity->peer_port, protocol, NAT_LINE_PEER};
	for (uint32_t i = 0; i < 2; i++) {
		entry->hashes[i] = nat_group_hash(nat, &entry->keys[i]);
		mw_kit_index_prefetch(&nat->group_index, entry->hashes[i]);
	}
}

/** Who has the mapping of a session of this host. */
static void look_for_mates(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
						   struct nat_entry *entry)
{
	entry->keys[0] = (struct nat_group_key){
		.owner = host, .port = activity->port, .protocol = activity->protocol, .kind = NAT_MAPPING};
	entry->sole = find_sole(nat, activity, entry->mapping_hash);
	entry->group = 0;
	if (entry->sole == 0 && !nat->hosts[host].shares)
		return;
	entry->hashes[0] = nat_group_hash(nat, &entry->keys[0]);
	if (entry->sole == 0)
		entry->group = nat_group_find(nat, &entry->keys[0], entry->hashes[0]);
}

static void plan(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash, uint32_t host,
				 struct nat_entry *entry)
{
	entry->mapping_hash = mapping_hash;
	entry->again = nat_session_again(nat, activity);
	if (entry->again)
		nat_session_groups(nat, activity, host, entry);
	else
		look_for_mates(nat, activity, host, entry);
}

/** A mapping that is there serves it. */
static bool is_served(const struct nat_entry *entry)
{
	return !entry->again && (entry->sole != 0 || entry->group != 0);
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

// Whether the translator may have had no port for it, although here it has one.
static bool is_at_edge(const struct nat_line *line, const struct nat_entry *entry)
{
	const struct mw_nat_profile *profile = &line->profile;
	uint32_t margin = MW_MIN((uint32_t)NAT_EDGE_PORTS, profile->ports_limit / NAT_EDGE_SHARE), ports;

	if (margin == 0 || entry->again || is_served(entry))
		return false;
	ports = taken(&line->tally.demand, profile->shared_pool, entry->keys[0].protocol);
	return ports + margin >= profile->ports_limit;
}

static enum mw_nat_outcome limit(const struct mw_nat *nat, const struct nat_line *line, const struct nat_host *host,
								 const struct nat_entry *entry)
{
	const struct mw_nat_profile *profile = &line->profile;

	if (is_served(entry))
		return MW_NAT_HELD; // one more peer of a mapping that is there
	if (profile->host_limit != 0 && host->tally.sessions >= profile->host_limit)
		return MW_NAT_REFUSED_SESSIONS;
	if (profile->sessions_limit != 0 && line->tally.sessions >= profile->sessions_limit)
		return MW_NAT_REFUSED_SESSIONS;
	return lacks_port(nat, line, entry) ? MW_NAT_REFUSED_PORTS : MW_NAT_HELD;
}

/** The only one of its mapping is from now on one of several. */
static void share(struct mw_nat *nat, const struct nat_entry *entry)
{
	struct nat_session *sole = &nat->sessions[entry->sole];
	uint32_t *filed = nat->lines[sole->line].filed[sole->protocol];

	sole->group = nat_group_share(nat, &entry->keys[0], entry->hashes[0], sole->answered);
	mw_kit_index_move(&nat->session_index, entry->sole, hash_of_session(nat, sole));
	filed[NAT_BY_MAPPING]--;
	filed[NAT_BY_ENDS]++;
}

/** Into the groups that it is one of. @return how it is found. */
static enum nat_file join(struct mw_nat *nat, struct nat_session *session, const struct nat_entry *entry)
{
	if (!is_served(entry) && !entry->again) {
		nat_mapping_begins(nat, session->host, session->protocol);
		return NAT_BY_MAPPING;
	}
	if (!entry->again && entry->sole != 0)
		share(nat, entry);
	session->group = nat_group_join(nat, &entry->keys[0], entry->hashes[0]);
	if (entry->again)
		session->line_peer = nat_group_join(nat, &entry->keys[1], entry->hashes[1]);
	nat->hosts[session->host].shares = true;
	return NAT_BY_ENDS;
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
	nat->lines[activity->line].filed[activity->protocol][join(nat, session, entry)]++;
	mw_kit_list_append(&nat->hosts[host].sessions, nat->of_host, sizeof(*nat->of_host), number);
	nat_host_uses(nat, host, nat->hosts[host].tally.uses + 1);
	nat_tally_peaks(&nat->hosts[host].tally, shared_pool);
	nat_tally_peaks(&nat->lines[activity->line].tally, shared_pool);
	if (edge)
		nat_edge_join(nat, number);
	set_timer(nat, number, activity->time_ns);
}

static enum mw_nat_outcome refuse(struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
								  const struct nat_entry *entry, enum mw_nat_outcome outcome)
{
	nat->hosts[host].tally.refused++;
	nat->lines[activity->line].tally.refused++;
	if (outcome == MW_NAT_REFUSED_PORTS && !entry->again)
		nat_ghost_add(nat, activity);
	return outcome;
}

static enum mw_nat_outcome insert(struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
								  const struct nat_entry *entry, bool edge)
{
	bool sole = !entry->again && !is_served(entry);
	uint64_t hash = sole ? entry->mapping_hash : nat_session_hash(nat, activity);

	if (mw_kit_index_full(&nat->session_index) && !nat_host_give_way(nat, host)) {
		nat->no_room++;
		return MW_NAT_NO_ROOM;
	}
	fill(nat, mw_kit_index_add(&nat->session_index, hash), activity, host, entry, edge);
	return MW_NAT_HELD;
}

enum mw_nat_outcome nat_session_open(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash,
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
	plan(nat, activity, mapping_hash, host, &entry);
	outcome = limit(nat, line, &nat->hosts[host], &entry);
	if (outcome != MW_NAT_HELD)
		return refuse(nat, activity, host, &entry, outcome);
	return insert(nat, activity, host, &entry, is_at_edge(line, &entry));
}

// The translator has it, so another has not: one opened at the edge that nothing speaks for.
enum mw_nat_outcome nat_session_admit(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash,
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
	plan(nat, activity, mapping_hash, host, &entry);
	if (!entry.again && !is_served(&entry) && lacks_port(nat, line, &entry))
		nat_edge_yield(nat, activity->line, activity->protocol);
	outcome = insert(nat, activity, host, &entry, false);
	if (outcome == MW_NAT_HELD)
		nat_session_step(nat, nat_session_find(nat, activity, mapping_hash), activity);
	return outcome;
}

static void answer(struct mw_nat *nat, struct nat_session *session)
{
	if (session->answered)
		return;
	session->answered = true;
	if (session->group != 0 && session->line_peer == 0)
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

/** Out of the groups that it is one of. @return whether it was the last one of the first. */
static bool leave(struct mw_nat *nat, const struct nat_session *session)
{
	bool last = session->group == 0;

	nat->lines[session->line].filed[session->protocol][last ? NAT_BY_MAPPING : NAT_BY_ENDS]--;
	if (last)
		nat_mapping_ends(nat, session->host, session->protocol);
	else
		last = nat_group_leave(nat, session->group);
	if (session->line_peer != 0)
		nat_group_leave(nat, session->line_peer);
	return last;
}

void nat_session_end(struct mw_nat *nat, uint32_t number, bool ran_out)
{
	struct nat_session *session = &nat->sessions[number];
	struct nat_host *host = &nat->hosts[session->host];
	bool answered = nat_session_is_answered(nat, session), last = leave(nat, session);

	if (ran_out && (session->line_peer != 0 || last)) {
		count_end(&host->tally, answered);
		count_end(&nat->lines[session->line].tally, answered);
	}
	nat_edge_leave(nat, number);
	mw_kit_list_remove(&host->sessions, nat->of_host, sizeof(*nat->of_host), number);
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
