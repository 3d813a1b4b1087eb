// SPDX-License-Identifier: BSD-3-Clause
// A chained hash of hosts, and a pool of habits that is dealt out at each interval's end.
// Neighbours: host.h. J. Misra, D. Gries, "Finding Repeated Elements" (1982) for the most frequent destination.
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_pages.h"

#define HABIT_SPAN_NS  (60 * MW_NS_PER_SECOND) // counted over at least so long, however short the interval
#define UNANSWERED_MIN 5 // connections from which a host is worth to be followed instead of another one
#define LOOKS          16 // at most, for a place that may be taken

struct habit {
	uint32_t host; // 0: free
	uint64_t from_ns;
	struct nat_habit habit;
};

struct nat_hosts {
	uint32_t hand; // of who gives way
	uint32_t taken; // habits before this place are
	struct mw_kit_index index;
	uint32_t *waiting; // hosts that are not followed, for the interval's end
	struct nat_host *hosts; // by number in the index
	struct mw_hash_key hash_key;
	struct habit habits[NAT_HOST_HABITS];
};

static int make_room(struct nat_hosts *hosts, uint32_t room)
{
	const size_t bytes = ((size_t)room + 1) * sizeof(*hosts->hosts);

	hosts->waiting = calloc(room, sizeof(*hosts->waiting));
	hosts->hosts = mw_pages_advise(aligned_alloc(MW_CACHE_LINE_BYTES, bytes), bytes);
	if (hosts->waiting == NULL || hosts->hosts == NULL)
		return -ENOMEM;
	memset(hosts->hosts, 0,
		   sizeof(*hosts->hosts)); // number 0, which is none; others are filled when they are dealt out
	return mw_kit_index_new_in(&hosts->index, room, &hosts->hosts->node, sizeof(*hosts->hosts));
}

struct nat_hosts *nat_hosts_new(uint32_t hosts_max, const struct mw_hash_key *hash_key)
{
	struct nat_hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		return NULL;
	hosts->hash_key = *hash_key;
	if (make_room(hosts, hosts_max) == 0)
		return hosts;
	nat_hosts_free(hosts);
	return NULL;
}

void nat_hosts_free(struct nat_hosts *hosts)
{
	if (hosts == NULL)
		return;
	mw_kit_index_free(&hosts->index);
	free(hosts->waiting);
	free(hosts->hosts);
	free(hosts);
}

const struct mw_kit_index *nat_hosts_index(const struct nat_hosts *hosts)
{
	return &hosts->index;
}

uint64_t nat_hosts_hash(const struct nat_hosts *hosts, uint32_t line, const struct mw_address *address)
{
	return mw_nat_host_hash(&hosts->hash_key, address, line);
}

struct nat_host *nat_hosts_find(const struct nat_hosts *hosts, uint64_t hash, uint32_t line,
								const struct mw_address *address)
{
	struct mw_kit_walk walk = mw_kit_walk(&hosts->index, hash);

	for (; walk.number != 0; mw_kit_walk_next(&hosts->index, &walk)) {
		struct nat_host *host = &hosts->hosts[walk.number];

		if (host->line == line && mw_address_compare(&host->address, address) == 0)
			return host;
	}
	return NULL;
}

void nat_hosts_soon(const struct nat_hosts *hosts, uint64_t hash)
{
	mw_kit_index_prefetch(&hosts->index, hash);
}

void nat_hosts_near(const struct nat_hosts *hosts, uint64_t hash, bool opens)
{
	const struct nat_host *host = &hosts->hosts[mw_kit_index_head(&hosts->index, hash)];

	mw_fetch_line(host);
	if (opens)
		mw_fetch_line(host->tops);
}

static void unfollow(struct nat_hosts *hosts, struct nat_host *host)
{
	if (host->habit != NAT_HOST_NONE) {
		hosts->habits[host->habit].host = 0;
		hosts->taken = MW_MIN(hosts->taken, host->habit);
	}
	host->habit = NAT_HOST_NONE;
}

static void follow(struct nat_hosts *hosts, struct nat_host *host, uint32_t place, uint64_t now_ns)
{
	struct habit *habit = &hosts->habits[place];

	if (habit->host != 0)
		unfollow(hosts, &hosts->hosts[habit->host]);
	*habit = (struct habit){.host = (uint32_t)(host - hosts->hosts), .from_ns = now_ns};
	host->habit = place;
}

static void forget(struct nat_hosts *hosts, struct nat_host *host)
{
	unfollow(hosts, host);
	host->used = false;
	mw_kit_index_remove(&hosts->index, (uint32_t)(host - hosts->hosts));
}

/** Sees to a free place, if need be that of a host that sent little and was never answered. @return false: none. */
static bool make_place(struct nat_hosts *hosts)
{
	for (uint32_t looks = 0; looks < LOOKS && mw_kit_index_full(&hosts->index); looks++) {
		struct nat_host *host = &hosts->hosts[1 + hosts->hand];

		hosts->hand = (hosts->hand + 1) % hosts->index.max;
		if (!host->real)
			forget(hosts, host);
	}
	return !mw_kit_index_full(&hosts->index);
}

struct nat_host *nat_hosts_get(struct nat_hosts *hosts, uint64_t hash, uint32_t line, const struct mw_address *address,
							   uint64_t now_ns)
{
	struct nat_host *host = nat_hosts_find(hosts, hash, line, address);

	if (host == NULL && make_place(hosts)) {
		host = &hosts->hosts[mw_kit_index_add(&hosts->index, hash)];
		*host = (struct nat_host){
			.node = host->node, .address = *address, .line = line, .habit = NAT_HOST_NONE, .used = true};
	}
	if (host != NULL)
		host->last_ns = now_ns;
	return host;
}

// One that is there gains; else a free place; else all lose.
static void count_top(struct nat_host *host, uint32_t dst, uint16_t port)
{
	struct nat_host_top *empty = NULL;

	for (uint32_t i = 0; i < NAT_HOST_TOPS; i++) {
		struct nat_host_top *top = &host->tops[i];

		if (top->count > 0 && top->port == port && top->dst == dst) {
			top->count++;
			return;
		}
		if (top->count == 0 && empty == NULL)
			empty = top;
	}
	if (empty != NULL) {
		*empty = (struct nat_host_top){.dst = dst, .port = port, .count = 1};
		return;
	}
	for (uint32_t i = 0; i < NAT_HOST_TOPS; i++)
		host->tops[i].count--;
}

// The first one that is free. A place is not looked at again before it is given back.
static uint32_t free_habit(struct nat_hosts *hosts)
{
	while (hosts->taken < NAT_HOST_HABITS && hosts->habits[hosts->taken].host != 0)
		hosts->taken++;
	return hosts->taken < NAT_HOST_HABITS ? hosts->taken : NAT_HOST_NONE;
}

void nat_hosts_opened(struct nat_hosts *hosts, struct nat_host *host, uint64_t now_ns, uint8_t protocol, uint16_t port,
					  const struct mw_address *dst, uint16_t dst_port)
{
	uint32_t place;

	host->opened++;
	host->opened_ever++;
	count_top(host, mw_nat_v4(dst), dst_port);
	// looked for rarely: at a host's second connection, and then each time their number doubles
	if (host->habit == NAT_HOST_NONE && host->opened_ever > 1 && (host->opened_ever & (host->opened_ever - 1)) == 0) {
		place = free_habit(hosts);
		if (place != NAT_HOST_NONE)
			follow(hosts, host, place, now_ns);
	}
	if (host->habit != NAT_HOST_NONE)
		nat_habit_opened(&hosts->habits[host->habit].habit, now_ns, protocol, port, dst, dst_port);
}

void nat_hosts_answered(struct nat_hosts *hosts, struct nat_host *host, uint8_t protocol, const struct mw_address *dst,
						uint16_t dst_port)
{
	host->real = true;
	host->answered++;
	if (host->habit != NAT_HOST_NONE)
		nat_habit_answered(&hosts->habits[host->habit].habit, protocol, dst, dst_port);
}

void nat_host_shows(struct nat_host *host)
{
	host->real = true;
}

struct nat_host_top nat_host_top(const struct nat_host *host)
{
	struct nat_host_top best = {.count = 0};

	for (uint32_t i = 0; i < NAT_HOST_TOPS; i++) {
		if (host->tops[i].count > best.count)
			best = host->tops[i];
	}
	return best;
}

void nat_hosts_judge(const struct nat_hosts *hosts, const struct nat_host *host, uint64_t now_ns,
					 const struct nat_hints *hints, struct mw_nat_habit *habit)
{
	const struct habit *followed;

	*habit = (struct mw_nat_habit){.known = false};
	if (host->habit == NAT_HOST_NONE)
		return;
	followed = &hosts->habits[host->habit];
	if (now_ns > followed->from_ns)
		nat_habit_judge(&followed->habit, now_ns - followed->from_ns, hints, habit);
}

static uint32_t unanswered(const struct nat_host *host)
{
	return host->opened > host->answered ? host->opened - host->answered : 0;
}

/** What is compared for a place in the pool. */
struct claim {
	uint32_t unanswered, place;
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->unanswered != y->unanswered)
		return x->unanswered < y->unanswered ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/** Sinks the first claim into the heap of least claims below it. */
static void sink(struct claim *claims, uint32_t count)
{
	for (uint32_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
		struct claim held = claims[at];

		if (child + 1 < count && compare_claims(&claims[child + 1], &claims[child]) < 0)
			child++;
		if (compare_claims(&held, &claims[child]) <= 0)
			return;
		claims[at] = claims[child];
		claims[child] = held;
	}
}

// Whoever waits takes the place of the followed host with the fewest unanswered connections, if it has more.
static void deal_habits(struct nat_hosts *hosts, uint32_t waiting_count, uint64_t now_ns)
{
	struct claim claims[NAT_HOST_HABITS]; // claims of places; sorted, it is a heap

	if (waiting_count == 0)
		return;
	for (uint32_t i = 0; i < NAT_HOST_HABITS; i++) {
		uint32_t host = hosts->habits[i].host;

		claims[i] = (struct claim){host == 0 ? 0 : unanswered(&hosts->hosts[host]), i};
	}
	qsort(claims, NAT_HOST_HABITS, sizeof(claims[0]), compare_claims);
	for (uint32_t i = 0; i < waiting_count; i++) {
		struct nat_host *host = &hosts->hosts[hosts->waiting[i]];

		if (unanswered(host) <= claims[0].unanswered)
			continue;
		follow(hosts, host, claims[0].place, now_ns);
		claims[0].unanswered = unanswered(host);
		sink(claims, NAT_HOST_HABITS);
	}
}

static void begin_habits(struct nat_hosts *hosts, uint64_t now_ns)
{
	for (uint32_t i = 0; i < NAT_HOST_HABITS; i++) {
		struct habit *habit = &hosts->habits[i];

		if (habit->host == 0 || now_ns < habit->from_ns + HABIT_SPAN_NS)
			continue;
		nat_habit_interval(&habit->habit);
		habit->from_ns = now_ns;
	}
}

void nat_hosts_interval(struct nat_hosts *hosts, uint64_t interval_start_ns, uint64_t now_ns)
{
	uint32_t waiting_count = 0;

	for (uint32_t i = 1; i <= hosts->index.fresh; i++) {
		struct nat_host *host = &hosts->hosts[i];

		if (!host->used)
			continue;
		// one that is followed has a rhythm that may be slower than the interval
		if (host->last_ns < interval_start_ns &&
			(host->habit == NAT_HOST_NONE || now_ns > host->last_ns + HABIT_SPAN_NS))
			forget(hosts, host);
		else if (host->habit == NAT_HOST_NONE && unanswered(host) >= UNANSWERED_MIN)
			hosts->waiting[waiting_count++] = i;
	}
	deal_habits(hosts, waiting_count, now_ns);
	begin_habits(hosts, now_ns);
	for (uint32_t i = 1; i <= hosts->index.fresh; i++) {
		hosts->hosts[i].opened = hosts->hosts[i].answered = 0;
		memset(hosts->hosts[i].tops, 0, sizeof(hosts->hosts[i].tops));
	}
}
