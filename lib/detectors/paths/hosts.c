// SPDX-License-Identifier: BSD-3-Clause
// Sets of a few hosts, of which the one whose latest flight is oldest gives way, and for each hash of a host the latest
// time when packets of each class of sizes passed. Neighbours: hosts.h.
#include "hosts.h"

#include "network.h"

static const uint32_t class_from[PATH_HOST_SIZES] = {0, 1280, 1420, 1500}; // bytes of an IP packet

static uint32_t class_of(uint32_t size)
{
	uint32_t class = PATH_HOST_SIZES - 1;

	while (class > 0 && size < class_from[class])
		class --;
	return class;
}

static uint64_t hash_of(const struct path_hosts *hosts, const struct mw_address *host)
{
	return mw_hash_address(&hosts->hash_key, host->bytes);
}

static uint32_t second_of(uint64_t time_ns)
{
	return (uint32_t)MW_MIN(time_ns / MW_NS_PER_SECOND + 1, (uint64_t)UINT32_MAX); // never 0, when none passed
}

void path_hosts_passed(struct path_hosts *hosts, const struct mw_address *host, uint32_t size, uint64_t time_ns)
{
	uint32_t *passed_s = &hosts->all_passed_s;

	if (host != NULL)
		passed_s = &hosts->passed_s[hash_of(hosts, host) % PATH_HOST_PASSES][class_of(size)];
	*passed_s = MW_MAX(*passed_s, second_of(time_ns));
}

/** The latest second in which a packet of that class or larger may have reached the host. */
static uint32_t passed_until(const struct path_hosts *hosts, const struct mw_address *host, uint32_t size)
{
	const uint32_t *passed_s = hosts->passed_s[hash_of(hosts, host) % PATH_HOST_PASSES];
	uint32_t latest_s = hosts->all_passed_s;

	for (uint32_t class = class_of(size); class < PATH_HOST_SIZES; class ++)
		latest_s = MW_MAX(latest_s, passed_s[class]);
	return latest_s;
}

static uint64_t latest_ns(const struct path_host *host)
{
	uint64_t latest_ns = 0;

	for (uint32_t i = 0; i < host->count; i++)
		latest_ns = MW_MAX(latest_ns, host->flights[i].from_ns);
	return latest_ns;
}

static struct path_host *set_of(struct path_hosts *hosts, const struct mw_address *host)
{
	return &hosts->hosts[(hash_of(hosts, host) >> 32) % PATH_HOSTS_SETS * PATH_HOSTS_WAYS];
}

static const struct path_host *find(const struct path_hosts *hosts, const struct mw_address *host)
{
	const struct path_host *set = &hosts->hosts[(hash_of(hosts, host) >> 32) % PATH_HOSTS_SETS * PATH_HOSTS_WAYS];

	for (uint32_t i = 0; i < PATH_HOSTS_WAYS; i++) {
		if (set[i].count > 0 && mw_address_compare(&set[i].host, host) == 0)
			return &set[i];
	}
	return NULL;
}

/** The host's place, that of the host whose flights are oldest if need be; NULL when all are later than from_ns. */
static struct path_host *place_of(struct path_hosts *hosts, const struct mw_address *host, uint64_t from_ns)
{
	const struct path_host *known = find(hosts, host);
	struct path_host *set = set_of(hosts, host), *oldest = set;

	if (known != NULL)
		return &hosts->hosts[known - hosts->hosts];
	for (uint32_t i = 1; i < PATH_HOSTS_WAYS; i++) {
		if (latest_ns(&set[i]) < latest_ns(oldest))
			oldest = &set[i];
	}
	if (latest_ns(oldest) > from_ns)
		return NULL;
	*oldest = (struct path_host){.host = *host};
	return oldest;
}

/** The network's flight, a new one, or the oldest. */
static struct path_host_flight *flight_of(struct path_host *host, const struct mw_address *network)
{
	struct path_host_flight *oldest = &host->flights[0];

	for (uint32_t i = 0; i < host->count; i++) {
		if (mw_address_compare(&host->flights[i].network, network) == 0)
			return &host->flights[i];
		if (host->flights[i].from_ns < oldest->from_ns)
			oldest = &host->flights[i];
	}
	return host->count < PATH_HOST_NETWORKS ? &host->flights[host->count++] : oldest;
}

void path_hosts_flight(struct path_hosts *hosts, const struct mw_event *event, const struct path_facts *facts)
{
	const struct path_host_flight flight = {path_network(&event->flow.src), facts->from_ns, facts->opened_ns,
											facts->smallest_lost};
	struct path_host *host = place_of(hosts, &event->flow.dst, flight.from_ns);
	struct path_host_flight *kept = host != NULL ? flight_of(host, &flight.network) : NULL;

	if (kept != NULL && flight.from_ns > kept->from_ns)
		*kept = flight;
}

/** Nothing as large passed then or later, and it is of the latest ones. */
static bool counts(const struct path_hosts *hosts, const struct path_host *host, uint64_t from_ns, uint32_t size)
{
	return second_of(from_ns) > passed_until(hosts, &host->host, size) &&
		   from_ns + PATH_HOST_TOGETHER_NS >= latest_ns(host);
}

static struct path_host_shows judge(const struct path_hosts *hosts, const struct path_host *host)
{
	struct path_host_shows shows = {0};
	uint64_t stuck_first_ns = UINT64_MAX, opened_last_ns = 0;

	for (uint32_t i = 0; i < host->count; i++) {
		const struct path_host_flight *flight = &host->flights[i];

		if (!counts(hosts, host, flight->from_ns, flight->size))
			continue;
		shows.networks++;
		stuck_first_ns = MW_MIN(stuck_first_ns, flight->from_ns);
		opened_last_ns = MW_MAX(opened_last_ns, flight->opened_ns);
	}
	// one that was opened after another was stuck: the host lives, and small packets reach it
	if (shows.networks < PATH_HOST_NETWORKS_ASK || opened_last_ns <= stuck_first_ns)
		return (struct path_host_shows){0};
	return shows;
}

struct path_host_shows path_hosts_judge(const struct path_hosts *hosts, const struct mw_address *host, uint64_t from_ns,
										uint32_t size)
{
	const struct path_host *known = find(hosts, host);

	if (known == NULL || !counts(hosts, known, from_ns, size))
		return (struct path_host_shows){0};
	return judge(hosts, known);
}

bool path_hosts_turned(struct path_hosts *hosts, const struct mw_address *host)
{
	const struct path_host *known = find(hosts, host);
	bool shown = known != NULL && judge(hosts, known).networks > 0;

	if (known == NULL || known->shown == shown)
		return false;
	hosts->hosts[known - hosts->hosts].shown = shown;
	return true;
}
