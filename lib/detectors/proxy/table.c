// SPDX-License-Identifier: BSD-3-Clause
// The groups and the proxies: what is kept, when a group is fitted, what joins.
// Neighbours: table.h.
#include "table.h"

/** Samples older than this say nothing of today's path: the drift of a clock stays small against the jitter. */
#define HORIZON_WINDOWS 150
/** A group is fitted anew when an eighth of its samples are new. */
#define FIT_PART 8
/** Servers of a group that must be on a proxy's clock for the group to be its: two do not get there by chance. */
#define JOIN_LEAST 2

enum keep { KEEP_REPEATED, KEEP_NO, KEEP_YES };

static uint64_t window_of(uint64_t time_ns)
{
	return time_ns / PROXY_WINDOW_NS;
}

static bool is_apart(uint64_t window, uint64_t other)
{
	return window > other ? window - other > HORIZON_WINDOWS : other - window > HORIZON_WINDOWS;
}

static void set_add(struct proxy_set *set, uint64_t item)
{
	for (uint32_t i = 0; i < set->count; i++) {
		if (set->items[i] == item)
			return;
	}
	if (set->count < PROXY_SET)
		set->items[set->count++] = item;
	else
		set->more = true;
}

/** True when a group may give way in this window: nobody spoke for long, or it never had more than one server. */
static bool is_free(const struct proxy_group *group, uint64_t window)
{
	return is_apart(window, group->last_window) ||
		   (group->count <= 1 && group->proxy == 0 && group->last_window != window);
}

/** The group of a fingerprint, made when there is room; NULL else. */
static struct proxy_group *find_group(struct proxy_table *table, uint64_t fingerprint, uint64_t window)
{
	uint32_t at = 0;

	while (at < PROXY_GROUPS && table->fingerprints[at] != fingerprint)
		at++;
	if (at < PROXY_GROUPS)
		return &table->groups[at];
	for (at = 0; at < PROXY_GROUPS; at++) {
		if (table->fingerprints[at] == 0 || is_free(&table->groups[at], window))
			break;
	}
	if (at == PROXY_GROUPS)
		return NULL;
	table->fingerprints[at] = fingerprint;
	table->groups[at] = (struct proxy_group){.last_window = window};
	return &table->groups[at];
}

static void forget_old(struct proxy_group *group, uint64_t window)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < group->count; i++) {
		if (!is_apart(window, window_of(group->samples[i].time_ns)))
			group->samples[kept++] = group->samples[i];
	}
	group->count = kept;
}

static uint32_t find_server(const struct proxy_group *group, const struct proxy_sample *sample)
{
	uint32_t at = 0;

	while (at < group->count && mw_address_compare(&group->samples[at].server, &sample->server) != 0)
		at++;
	return at;
}

static uint32_t find_largest(const struct proxy_group *group)
{
	uint32_t largest = 0;

	for (uint32_t i = 1; i < group->count; i++) {
		if (group->samples[i].hash > group->samples[largest].hash)
			largest = i;
	}
	return largest;
}

/**
 * Keeps a sample: the latest of its server. Of more servers than there is room for, those with the smallest hashes
 * stay, so that an observation told twice, or by another worker, changes nothing.
 */
static enum keep keep_sample(struct proxy_group *group, const struct proxy_sample *sample)
{
	const uint64_t window = window_of(sample->time_ns);
	uint32_t at;

	if (group->last_window != window)
		forget_old(group, window);
	group->last_window = window;
	at = find_server(group, sample);
	if (at < group->count && window_of(group->samples[at].time_ns) == window)
		return KEEP_REPEATED;
	if (at == PROXY_SAMPLES) {
		at = find_largest(group);
		if (group->samples[at].hash < sample->hash)
			return KEEP_NO;
	} else if (at == group->count) {
		group->count++;
	}
	group->samples[at] = *sample;
	return KEEP_YES;
}

static void add_fingerprint(struct proxy *proxy, uint64_t fingerprint)
{
	proxy->v4 |= proxy_fingerprint_fields(fingerprint).family == 4;
	proxy->v6 |= proxy_fingerprint_fields(fingerprint).family == 6;
	for (uint32_t i = 0; i < proxy->fingerprints_count; i++) {
		if (proxy->fingerprints[i] == fingerprint)
			return;
	}
	if (proxy->fingerprints_count < PROXY_FINGERPRINTS)
		proxy->fingerprints[proxy->fingerprints_count++] = fingerprint;
}

static void add_port(struct proxy *proxy, uint16_t port)
{
	for (uint32_t i = 0; i < proxy->ports_count; i++) {
		if (proxy->ports[i] == port)
			return;
	}
	if (proxy->ports_count < PROXY_PORTS)
		proxy->ports[proxy->ports_count++] = port;
}

static void add_server(struct proxy *proxy, const struct proxy_sample *sample)
{
	set_add(&proxy->servers, sample->hash);
	set_add(&proxy->networks, proxy_network(&sample->server));
}

/** Adds a sample that is on the proxy's clock. */
static void add_sample(struct proxy *proxy, const struct proxy_sample *sample, uint64_t deviation_ns)
{
	add_server(proxy, sample);
	add_port(proxy, sample->port);
	proxy->first_ns = proxy->first_ns == 0 ? sample->time_ns : MW_MIN(proxy->first_ns, sample->time_ns);
	proxy->last_ns = MW_MAX(proxy->last_ns, sample->time_ns);
	proxy->span_ns = MW_MAX(proxy->span_ns, proxy->last_ns - proxy->first_ns);
	proxy->deviation_ns = MW_MAX(proxy->deviation_ns, deviation_ns);
	if (sample->time_ns < proxy->clock.time_ns)
		return;
	proxy->clock.time_ns = sample->time_ns;
	proxy->clock.ts_value = sample->ts_value;
}

static bool has_family(const struct proxy *proxy, uint64_t fingerprint)
{
	return proxy_fingerprint_fields(fingerprint).family == 6 ? proxy->v6 : proxy->v4;
}

static bool has_port(const struct proxy *proxy, uint16_t port)
{
	for (uint32_t i = 0; i < proxy->ports_count; i++) {
		if (proxy->ports[i] == port)
			return true;
	}
	return false;
}

/**
 * Servers of a group for each one kept, in PROXY_SHARE_ONE: their hashes lie evenly, so the largest of those kept says
 * how many there are.
 */
static uint64_t weight_of(const struct proxy_group *group)
{
	uint64_t largest;

	if (group->count < PROXY_SAMPLES)
		return PROXY_SHARE_ONE;
	largest = group->samples[find_largest(group)].hash;
	return UINT64_MAX / MW_MAX(largest / PROXY_SHARE_ONE, 1u);
}

static void share(const struct proxy_table *table, struct proxy *proxy)
{
	const uint64_t window = window_of(proxy->last_ns);
	uint64_t deviation_ns;

	proxy->shared_on = proxy->shared_all = 0;
	for (uint32_t i = 0; i < PROXY_GROUPS; i++) {
		const struct proxy_group *group = &table->groups[i];
		const uint64_t weight = weight_of(group);

		if (table->fingerprints[i] == 0 || !has_family(proxy, table->fingerprints[i]))
			continue;
		for (uint32_t j = 0; j < group->count; j++) {
			const struct proxy_sample *sample = &group->samples[j];

			if (!has_port(proxy, sample->port) || is_apart(window, window_of(sample->time_ns)))
				continue;
			proxy->shared_all += weight;
			proxy->shared_on += proxy_on_clock(&proxy->clock, sample, &deviation_ns) ? weight : 0;
		}
	}
}

/** True for an observation of the group's proxy: its clock goes on. */
static bool add_to_own(struct proxy_table *table, const struct proxy_group *group, const struct proxy_sample *sample,
					   enum keep keep, const struct mw_address *client)
{
	struct proxy *proxy;
	uint64_t deviation_ns;

	if (group->proxy == 0)
		return false;
	proxy = &table->proxies[group->proxy - 1];
	if (!proxy_on_clock(&proxy->clock, sample, &deviation_ns))
		return false;
	if (keep == KEEP_YES) {
		const bool in_new_window = window_of(sample->time_ns) > window_of(proxy->last_ns);

		add_sample(proxy, sample, deviation_ns);
		set_add(&proxy->clients, proxy_address_hash(client));
		if (in_new_window)
			share(table, proxy);
	} else {
		add_server(proxy, sample); // the same however often it is told
	}
	return true;
}

/** The samples that are on a clock, as bits. */
static uint64_t on_clock(const struct proxy_group *group, const struct proxy_clock *clock)
{
	uint64_t on = 0, deviation_ns;

	for (uint32_t i = 0; i < group->count; i++)
		on |= (uint64_t)proxy_on_clock(clock, &group->samples[i], &deviation_ns) << i;
	return on;
}

static uint32_t count_bits(uint64_t bits)
{
	return (uint32_t)__builtin_popcountll(bits);
}

static void add_group(struct proxy_table *table, struct proxy_group *group, uint64_t on, uint32_t index)
{
	struct proxy *proxy = &table->proxies[index];
	const struct proxy_clock clock = proxy->clock;
	uint64_t deviation_ns;

	group->proxy = index + 1;
	add_fingerprint(proxy, table->fingerprints[group - table->groups]);
	for (uint32_t i = 0; i < group->count; i++) {
		if (!(on >> i & 1))
			continue;
		proxy_on_clock(&clock, &group->samples[i], &deviation_ns);
		add_sample(proxy, &group->samples[i], deviation_ns);
	}
}

/** Makes the group that of a proxy whose clock nine tenths of its servers are on: the other family, or another path. */
static bool join(struct proxy_table *table, struct proxy_group *group)
{
	for (uint32_t i = 0; i < PROXY_MAX; i++) {
		const struct proxy *proxy = &table->proxies[i];
		uint64_t on;

		if (proxy->id == 0 || is_apart(group->last_window, window_of(proxy->last_ns)))
			continue; // an old clock may be anywhere near
		on = on_clock(group, &proxy->clock);
		if (count_bits(on) < JOIN_LEAST || count_bits(on) * 10 < group->count * 9)
			continue;
		add_group(table, group, on, i);
		return true;
	}
	return false;
}

static bool id_is_taken(const struct proxy_table *table, uint32_t id)
{
	for (uint32_t i = 0; i < PROXY_MAX; i++) {
		if (table->proxies[i].id == id)
			return true;
	}
	return false;
}

/** Of what both families of one device have alike: distance and TCP options. The same in every run. */
static uint32_t make_id(const struct proxy_table *table, uint64_t fingerprint)
{
	const struct proxy_observation fields = proxy_fingerprint_fields(fingerprint);
	uint32_t id =
		(uint32_t)proxy_mix((uint64_t)proxy_hops(fields.ttl) << 48 | (fingerprint & UINT64_C(0xffffffffffff)));

	while (id == 0 || id_is_taken(table, id))
		id++;
	return id;
}

/** A free place, or that of the proxy that is silent for longest, beyond the horizon; PROXY_MAX: none. */
static uint32_t find_place(struct proxy_table *table, uint64_t window)
{
	uint32_t place = PROXY_MAX;

	for (uint32_t i = 0; i < PROXY_MAX; i++) {
		const struct proxy *proxy = &table->proxies[i];

		if (proxy->id == 0)
			return i;
		if (is_apart(window, window_of(proxy->last_ns)) &&
			(place == PROXY_MAX || proxy->last_ns < table->proxies[place].last_ns))
			place = i;
	}
	for (uint32_t i = 0; place < PROXY_MAX && i < PROXY_GROUPS; i++) {
		if (table->groups[i].proxy == place + 1)
			table->groups[i].proxy = 0;
	}
	return place;
}

/** Looks for a clock in the group: a new proxy, or the group's own one after a restart. */
static void fit_group(struct proxy_table *table, struct proxy_group *group, uint32_t servers_at_least)
{
	const uint64_t fingerprint = table->fingerprints[group - table->groups];
	struct proxy_fit fit;
	struct proxy *proxy;
	uint32_t index;

	if (!proxy_fit(group->samples, group->count, servers_at_least, &fit))
		return;
	index = group->proxy != 0 ? group->proxy - 1 : find_place(table, group->last_window);
	if (index == PROXY_MAX)
		return;
	proxy = &table->proxies[index];
	if (group->proxy == 0)
		*proxy = (struct proxy){.id = make_id(table, fingerprint), .chance = 1};
	proxy->clock = fit.clock;
	proxy->deviation_ns = MW_MAX(proxy->deviation_ns, fit.deviation_ns);
	proxy->chance = MW_MIN(proxy->chance, fit.chance);
	for (uint32_t i = 0; i < group->count; i++) {
		if (fit.on >> i & 1)
			add_sample(proxy, &group->samples[i], 0);
	}
	group->proxy = index + 1;
	add_fingerprint(proxy, fingerprint);
	share(table, proxy);
}

void proxy_table_add(struct proxy_table *table, const struct mw_event *event, uint32_t servers_at_least)
{
	struct proxy_sample sample = {.server = event->flow.src,
								  .hash = proxy_address_hash(&event->flow.src),
								  .time_ns = event->time_ns,
								  .port = event->flow.src_port};
	struct proxy_group *group;
	struct proxy_observation observation;
	enum keep keep;

	memcpy(&observation, event->body, sizeof(observation));
	sample.ts_value = observation.ts_value;
	group = find_group(table, proxy_fingerprint(&observation), window_of(event->time_ns));
	if (group == NULL)
		return;
	keep = keep_sample(group, &sample);
	if (keep == KEEP_REPEATED || add_to_own(table, group, &sample, keep, &event->flow.dst) || keep == KEEP_NO)
		return;
	if (++group->unfitted * FIT_PART < group->count)
		return;
	group->unfitted = 0;
	if (group->proxy != 0 || !join(table, group))
		fit_group(table, group, servers_at_least);
}

void proxy_table_share(struct proxy_table *table, uint64_t now_ns)
{
	for (uint32_t i = 0; i < PROXY_MAX; i++) {
		struct proxy *proxy = &table->proxies[i];

		if (proxy->id != 0 && !is_apart(window_of(now_ns), window_of(proxy->last_ns)))
			share(table, proxy);
	}
}
