// SPDX-License-Identifier: BSD-3-Clause
// The naive translator.
// Neighbours: model_naive.h.
#include "model_naive.h"

static bool same_port(const struct mw_nat_activity *a, const struct mw_nat_activity *b)
{
	return a->line == b->line && a->protocol == b->protocol && a->port == b->port &&
		   mw_address_compare(&a->host, &b->host) == 0;
}

static bool same_peer(const struct mw_nat_activity *a, const struct mw_nat_activity *b)
{
	return a->line == b->line && a->protocol == b->protocol && a->peer_port == b->peer_port &&
		   mw_address_compare(&a->peer, &b->peer) == 0;
}

// The first use that shares its mapping; of a 5-tuple mapping, the use itself.
static uint32_t first_of_mapping(const struct naive *naive, uint32_t use)
{
	for (uint32_t i = 0; i < use && !naive->uses[use].dependent; i++)
		if (!naive->uses[i].dependent && same_port(&naive->uses[i].at, &naive->uses[use].at))
			return i;
	return use;
}

static bool counts_for(const struct naive_use *use, uint32_t line, const struct mw_address *host)
{
	return use->at.line == line && (host == NULL || mw_address_compare(&use->at.host, host) == 0);
}

// Live numbers of a line, or of one host of it.
static void look(const struct naive *naive, uint32_t line, const struct mw_address *host, struct mw_nat_counts *counts)
{
	uint32_t each[MW_NAT_PROTOCOLS] = {0}, again[MW_NAT_PROTOCOLS] = {0}, most = 0;

	counts->sessions = counts->ports_all = 0;
	for (uint32_t i = 0; i < naive->uses_count; i++) {
		const struct naive_use *use = &naive->uses[i];
		uint32_t to_peer = 0;

		if (!counts_for(use, line, host))
			continue;
		counts->sessions += first_of_mapping(naive, i) == i;
		each[use->at.protocol] += !use->dependent && first_of_mapping(naive, i) == i;
		for (uint32_t j = 0; j < naive->uses_count && use->dependent; j++)
			to_peer += naive->uses[j].dependent && counts_for(&naive->uses[j], line, host) &&
					   same_peer(&use->at, &naive->uses[j].at);
		again[use->at.protocol] = MW_MAX(again[use->at.protocol], to_peer);
	}
	for (int protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++) {
		counts->ports[protocol] = each[protocol] + again[protocol];
		counts->ports_all += each[protocol] + (naive->profiles[line].shared_pool ? 0 : again[protocol]);
		most = MW_MAX(most, again[protocol]);
	}
	counts->ports_all += naive->profiles[line].shared_pool ? most : 0;
}

void naive_count(struct naive *naive)
{
	for (uint32_t line = 0; line < NAIVE_LINES; line++) {
		look(naive, line, NULL, &naive->lines[line]);
		for (uint32_t i = 0; i < naive->hosts_count[line]; i++)
			look(naive, line, &naive->hosts[line][i].address, &naive->hosts[line][i].counts);
	}
}

static void keep_peaks(struct mw_nat_counts *counts)
{
	counts->sessions_peak = MW_MAX(counts->sessions_peak, counts->sessions);
	counts->ports_peak = MW_MAX(counts->ports_peak, counts->ports_all);
}

static struct mw_nat_counts *host_of(struct naive *naive, const struct mw_nat_activity *activity)
{
	struct naive_host *hosts = naive->hosts[activity->line];
	uint32_t *count = &naive->hosts_count[activity->line];

	for (uint32_t i = 0; i < *count; i++)
		if (mw_address_compare(&hosts[i].address, &activity->host) == 0)
			return &hosts[i].counts;
	hosts[*count] = (struct naive_host){.address = activity->host};
	return &hosts[(*count)++].counts;
}

static void end(struct naive *naive, uint32_t use)
{
	const struct naive_use ended = naive->uses[use];
	struct mw_nat_counts *both[] = {&naive->lines[ended.at.line], host_of(naive, &ended.at)};
	bool answered = ended.answered, last = true;

	for (uint32_t i = 0; i < naive->uses_count && !ended.dependent; i++) {
		if (i == use || naive->uses[i].dependent || !same_port(&naive->uses[i].at, &ended.at))
			continue;
		naive->uses[i].answered |= answered; // of a mapping, any use
		last = false;
	}
	for (int i = 0; i < 2 && last; i++) {
		both[i]->ended++;
		both[i]->ended_unanswered += !answered;
	}
	for (uint32_t i = use; i + 1 < naive->uses_count; i++)
		naive->uses[i] = naive->uses[i + 1];
	naive->uses_count--;
}

void naive_advance(struct naive *naive, uint64_t now_ns)
{
	for (uint32_t i = 0; i < naive->uses_count;) {
		if (naive->uses[i].deadline_ns <= now_ns)
			end(naive, i);
		else
			i++;
	}
}

static uint64_t timer_of(const struct mw_nat_profile *profile, const struct naive_use *use)
{
	uint64_t timer_ns = profile->icmp_ns;

	if (use->at.protocol == MW_NAT_UDP && use->at.peer_port == 53)
		timer_ns = profile->dns_ns;
	else if (use->at.protocol == MW_NAT_UDP)
		timer_ns = use->life == 0 ? profile->udp_unanswered_ns : profile->udp_ns;
	else if (use->at.protocol == MW_NAT_TCP && use->life == 2)
		timer_ns = profile->tcp_closing_ns;
	else if (use->at.protocol == MW_NAT_TCP)
		timer_ns = use->life == 0 ? profile->tcp_opening_ns : profile->tcp_established_ns;
	return timer_ns;
}

static void set_timer(const struct naive *naive, struct naive_use *use, uint64_t now_ns)
{
	use->deadline_ns = now_ns + timer_of(&naive->profiles[use->at.line], use);
}

void naive_profile(struct naive *naive, uint32_t line, const struct mw_nat_profile *profile, uint64_t soon_ns)
{
	for (uint32_t i = 0; i < naive->uses_count; i++) {
		struct naive_use *use = &naive->uses[i];
		uint64_t was_ns = timer_of(&naive->profiles[line], use), is_ns = timer_of(profile, use);

		if (use->at.line == line && was_ns != is_ns)
			use->deadline_ns = MW_MAX(use->deadline_ns - was_ns + is_ns, soon_ns);
	}
	naive->profiles[line] = *profile;
}

static void step(const struct naive *naive, struct naive_use *use, const struct mw_nat_activity *activity)
{
	int before = use->life;

	if (activity->step == MW_NAT_CLOSING && use->at.protocol != MW_NAT_TCP)
		return;
	if (activity->step == MW_NAT_INBOUND) {
		use->answered = true;
		if (use->life == 0)
			use->life = 1;
		if (use->life == before && !naive->profiles[use->at.line].inbound_refreshes)
			return;
	} else if (activity->step == MW_NAT_CLOSING) {
		use->life = 2;
	} else if (activity->step == MW_NAT_BEGIN && use->life == 2) {
		use->life = 0;
	}
	set_timer(naive, use, activity->time_ns);
}

static bool same_session(const struct mw_nat_activity *a, const struct mw_nat_activity *b)
{
	return same_port(a, b) && same_peer(a, b);
}

// Whether it was refused within 2 s; then it no longer is.
static bool take_ghost(struct naive *naive, const struct mw_nat_activity *activity)
{
	for (uint32_t i = 0; i < naive->ghosts_count; i++) {
		bool recent = activity->time_ns - naive->ghosts[i].time_ns <= 2 * MW_NS_PER_SECOND;

		if (!same_session(&naive->ghosts[i], activity))
			continue;
		naive->ghosts[i] = naive->ghosts[--naive->ghosts_count];
		return recent;
	}
	return false;
}

// Opens it and takes it back when that breaks a limit, unless it is proven to be held.
static enum mw_nat_outcome open(struct naive *naive, const struct mw_nat_activity *activity, bool proven)
{
	const struct mw_nat_profile *profile = &naive->profiles[activity->line];
	struct mw_nat_counts *line = &naive->lines[activity->line], *host = host_of(naive, activity), was, host_was;
	struct naive_use *use = &naive->uses[naive->uses_count];
	enum mw_nat_outcome outcome = MW_NAT_HELD;
	uint32_t before, after;

	naive_count(naive);
	was = *line;
	host_was = *host;
	*use = (struct naive_use){.at = *activity, .dependent = profile->mapping[activity->protocol] == MW_NAT_DEPENDENT};
	set_timer(naive, use, activity->time_ns);
	naive->uses_count++;
	naive_count(naive);
	before = profile->shared_pool ? was.ports_all : was.ports[activity->protocol];
	after = profile->shared_pool ? line->ports_all : line->ports[activity->protocol];
	if (line->sessions > was.sessions && ((profile->host_limit != 0 && host->sessions > profile->host_limit) ||
										  (profile->sessions_limit != 0 && line->sessions > profile->sessions_limit)))
		outcome = MW_NAT_REFUSED_SESSIONS;
	else if (profile->ports_limit != 0 && after > before && after > profile->ports_limit)
		outcome = MW_NAT_REFUSED_PORTS;
	if (outcome == MW_NAT_REFUSED_PORTS && !proven && !use->dependent) {
		take_ghost(naive, activity);
		naive->ghosts[naive->ghosts_count++] = *activity;
	}
	if (outcome != MW_NAT_HELD && !proven) {
		naive->uses_count--;
		*line = was;
		*host = host_was;
		line->refused++;
		host->refused++;
		return outcome;
	}
	line->opened += line->sessions > was.sessions;
	host->opened += line->sessions > was.sessions;
	keep_peaks(line);
	keep_peaks(host);
	if (proven)
		step(naive, use, activity);
	return MW_NAT_HELD;
}

enum mw_nat_outcome naive_activity(struct naive *naive, const struct mw_nat_activity *activity)
{
	naive_advance(naive, activity->time_ns);
	for (uint32_t i = 0; i < naive->uses_count; i++) {
		if (!same_session(&naive->uses[i].at, activity))
			continue;
		step(naive, &naive->uses[i], activity);
		return MW_NAT_HELD;
	}
	if (activity->step == MW_NAT_INBOUND || activity->step == MW_NAT_CLOSING)
		return take_ghost(naive, activity) ? open(naive, activity, true) : MW_NAT_IGNORED;
	return open(naive, activity, false);
}

static void restart(struct mw_nat_counts *counts)
{
	counts->opened = counts->ended = counts->ended_unanswered = counts->refused = 0;
	counts->sessions_peak = counts->ports_peak = 0;
	keep_peaks(counts);
}

void naive_interval(struct naive *naive)
{
	naive_count(naive);
	for (uint32_t line = 0; line < NAIVE_LINES; line++) {
		uint32_t kept = 0;

		restart(&naive->lines[line]);
		for (uint32_t i = 0; i < naive->hosts_count[line]; i++) {
			restart(&naive->hosts[line][i].counts);
			if (naive->hosts[line][i].counts.sessions > 0)
				naive->hosts[line][kept++] = naive->hosts[line][i];
		}
		naive->hosts_count[line] = kept;
	}
}
