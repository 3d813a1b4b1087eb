// SPDX-License-Identifier: BSD-3-Clause
// The translator model's way in: memory, lines, time, numbers.
// Neighbours: nat_model.h.
#include "table.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "mw_pages.h"

#define MOST (UINT32_MAX / 4) // numbers of groups, twice as many, are 32 bits too

// In whole lines. Things are filled when they are dealt out; number 0, which is none, is looked at all the same.
static void *table(size_t count, size_t bytes)
{
	size_t whole = (count * bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
	void *memory = mw_pages_advise(aligned_alloc(MW_CACHE_LINE_BYTES, whole), whole);

	return memory == NULL ? NULL : memset(memory, 0, bytes);
}

static int make(struct mw_nat *nat, const struct mw_nat_sizes *sizes, const struct mw_hash_key *hash_key)
{
	size_t sessions = (size_t)sizes->sessions_max + 1;
	int error = 0;

	nat->key = *hash_key;
	nat->lines_max = sizes->lines_max;
	nat->lines = calloc(sizes->lines_max, sizeof(*nat->lines));
	nat->hosts = table((size_t)sizes->hosts_max + 1, sizeof(*nat->hosts));
	nat->groups = table(2 * sessions, sizeof(*nat->groups));
	nat->of_host = mw_pages_advise(calloc(sessions, sizeof(*nat->of_host)), sessions * sizeof(*nat->of_host));
	nat->silent = calloc(sessions, sizeof(*nat->silent));
	nat->ghosts = calloc(NAT_GHOSTS_MAX + 1, sizeof(*nat->ghosts));
	nat->sessions = table(sessions, sizeof(*nat->sessions));
	if (nat->lines == NULL || nat->hosts == NULL || nat->groups == NULL || nat->of_host == NULL ||
		nat->silent == NULL || nat->ghosts == NULL || nat->sessions == NULL)
		error = -ENOMEM;
	if (error == 0)
		error = mw_kit_index_new(&nat->host_index, sizes->hosts_max);
	if (error == 0)
		error =
			mw_kit_index_new_in(&nat->session_index, sizes->sessions_max, &nat->sessions->node, sizeof(*nat->sessions));
	if (error == 0)
		error =
			mw_kit_index_new_in(&nat->group_index, 2 * sizes->sessions_max, &nat->groups->node, sizeof(*nat->groups));
	if (error == 0)
		error = mw_kit_index_new(&nat->ghost_index, NAT_GHOSTS_MAX);
	if (error == 0)
		error = nat_bins_new(&nat->bins, 2 * sizes->sessions_max);
	if (error == 0)
		nat_wheel_init(&nat->wheel, sizes->sessions_max, &nat->sessions->timer, sizeof(*nat->sessions));
	return error;
}

int mw_nat_new(const struct mw_nat_sizes *sizes, const struct mw_hash_key *hash_key, struct mw_nat **nat)
{
	int error;

	if (sizes->lines_max == 0 || sizes->lines_max > NAT_LINES_MOST || sizes->hosts_max == 0 ||
		sizes->hosts_max > MOST || sizes->sessions_max == 0 || sizes->sessions_max > MOST)
		return -EINVAL;
	*nat = aligned_alloc(MW_CACHE_LINE_BYTES,
						 (sizeof(**nat) + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES);
	if (*nat == NULL)
		return -ENOMEM;
	**nat = (struct mw_nat){0};
	error = make(*nat, sizes, hash_key);
	if (error != 0) {
		mw_nat_free(*nat);
		*nat = NULL;
	}
	return error;
}

void mw_nat_free(struct mw_nat *nat)
{
	if (nat == NULL)
		return;
	nat_bins_free(&nat->bins);
	mw_kit_index_free(&nat->ghost_index);
	mw_kit_index_free(&nat->group_index);
	mw_kit_index_free(&nat->session_index);
	mw_kit_index_free(&nat->host_index);
	free(nat->sessions);
	free(nat->ghosts);
	free(nat->silent);
	free(nat->of_host);
	free(nat->groups);
	free(nat->hosts);
	free(nat->lines);
	free(nat);
}

uint32_t mw_nat_line_open(struct mw_nat *nat, const struct mw_nat_profile *profile)
{
	if (nat->lines_count == nat->lines_max) {
		nat->no_room++;
		return UINT32_MAX;
	}
	nat->lines[nat->lines_count].profile = *profile;
	return nat->lines_count++;
}

void mw_nat_line_profile(struct mw_nat *nat, uint32_t line, const struct mw_nat_profile *profile)
{
	const struct mw_nat_profile before = nat->lines[line].profile;

	nat->lines[line].profile = *profile;
	if (memcmp(&before, profile, offsetof(struct mw_nat_profile, mapping)) == 0) // the timers
		return;
	for (uint32_t host = nat->lines[line].hosts.oldest; host != 0; host = nat->hosts[host].of_line.newer) {
		for (uint32_t at = nat->hosts[host].sessions.oldest; at != 0; at = nat->of_host[at].newer)
			nat_session_retime(nat, at, &before);
	}
}

void mw_nat_sessions(const struct mw_nat *nat, uint32_t line,
					 void (*visit)(void *context, const struct mw_nat_session_view *session), void *context)
{
	for (uint32_t host = nat->lines[line].hosts.oldest; host != 0; host = nat->hosts[host].of_line.newer) {
		for (uint32_t at = nat->hosts[host].sessions.oldest; at != 0; at = nat->of_host[at].newer) {
			struct mw_nat_session_view view;

			nat_session_view(nat, at, &view);
			visit(context, &view);
		}
	}
}

static void run_out(void *context, uint32_t number)
{
	nat_session_due(context, number);
}

static void run_out_soon(void *context, const uint32_t numbers[], uint32_t count)
{
	nat_session_due_soon(context, numbers, count);
}

void mw_nat_advance(struct mw_nat *nat, uint64_t now_ns)
{
	if (now_ns <= nat->now_ns)
		return;
	nat->now_ns = now_ns;
	if (nat_wheel_stands(&nat->wheel, now_ns))
		return;
	nat_wheel_advance(&nat->wheel, now_ns, &(struct nat_wheel_due){run_out, run_out_soon, nat});
}

enum mw_nat_outcome mw_nat_activity(struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint64_t mapping_hash = activity->hashes.mapping, host_hash;
	uint32_t number;

	if (mapping_hash == 0) {
		mapping_hash = nat_session_mapping_hash(nat, activity);
		mw_kit_index_prefetch(&nat->session_index, mapping_hash);
	}
	mw_nat_advance(nat, activity->time_ns);
	if (activity->line >= nat->lines_count) { // a line that found no room
		nat->no_room++;
		return MW_NAT_NO_ROOM;
	}
	number = nat_session_find(nat, activity, mapping_hash);
	if (number != 0) {
		nat_session_step(nat, number, activity);
		return MW_NAT_HELD;
	}
	host_hash = activity->hashes.host;
	if (host_hash == 0)
		host_hash = nat_host_hash(nat, activity->line, &activity->host);
	if (activity->step != MW_NAT_OUTBOUND && activity->step != MW_NAT_BEGIN) {
		if (!nat_ghost_take(nat, activity))
			return MW_NAT_IGNORED;
		return nat_session_admit(nat, activity, mapping_hash, host_hash);
	}
	return nat_session_open(nat, activity, mapping_hash, host_hash);
}

void mw_nat_line_counts(const struct mw_nat *nat, uint32_t line, struct mw_nat_counts *counts)
{
	nat_tally_counts(&nat->lines[line].tally, nat->lines[line].profile.shared_pool, counts);
}

void mw_nat_hosts(const struct mw_nat *nat, uint32_t line,
				  void (*visit)(void *context, const struct mw_address *host, const struct mw_nat_counts *counts),
				  void *context)
{
	const struct nat_line *of = &nat->lines[line];

	for (uint32_t at = of->hosts.oldest; at != 0; at = nat->hosts[at].of_line.newer) {
		const struct mw_address address = mw_nat_address(nat->hosts[at].address);
		struct mw_nat_counts counts;

		nat_tally_counts(&nat->hosts[at].tally, of->profile.shared_pool, &counts);
		visit(context, &address, &counts);
	}
}

static void line_interval(struct mw_nat *nat, struct nat_line *line)
{
	nat_tally_interval(&line->tally, line->profile.shared_pool);
	for (uint32_t at = line->hosts.oldest, newer; at != 0; at = newer) {
		newer = nat->hosts[at].of_line.newer;
		if (nat->hosts[at].tally.uses == 0)
			nat_host_forget(nat, at);
		else
			nat_tally_interval(&nat->hosts[at].tally, line->profile.shared_pool);
	}
}

void mw_nat_interval(struct mw_nat *nat)
{
	for (uint32_t line = 0; line < nat->lines_count; line++)
		line_interval(nat, &nat->lines[line]);
}

uint64_t mw_nat_no_room(const struct mw_nat *nat)
{
	return nat->no_room;
}
