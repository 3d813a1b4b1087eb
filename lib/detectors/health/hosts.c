// SPDX-License-Identifier: BSD-3-Clause
// Neighbours: hosts.h.
#include "hosts.h"

#include <string.h>

void health_hosts_note(struct health_hosts *hosts, uint32_t interval, uint8_t family, uint64_t hash,
					   const struct mw_address *asker, uint32_t asked, bool answered)
{
	struct health_host *host = &hosts->hosts[interval % HEALTH_INTERVALS_MAX][family][hash % HEALTH_HOSTS_MAX];

	if (host->asked == 0)
		host->address = *asker;
	host->asked += asked;
	host->unanswered += asked - answered;
}

void health_hosts_add(const struct health_hosts *hosts, uint32_t interval, struct health_row *sum)
{
	const struct health_host *of_family = hosts->hosts[interval % HEALTH_INTERVALS_MAX][sum->family];
	const struct health_host *worst = &of_family[0];

	for (uint32_t i = 0; i < HEALTH_HOSTS_MAX; i++) {
		sum->beside.asked += of_family[i].asked;
		sum->beside.unanswered += of_family[i].unanswered;
		if (of_family[i].unanswered > worst->unanswered)
			worst = &of_family[i];
	}
	sum->host = worst->address;
	sum->of_host.asked = worst->asked;
	sum->of_host.unanswered = worst->unanswered;
	sum->beside.asked -= worst->asked;
	sum->beside.unanswered -= worst->unanswered;
}

void health_hosts_forget(struct health_hosts *hosts, uint32_t interval)
{
	memset(hosts->hosts[interval % HEALTH_INTERVALS_MAX], 0, sizeof(hosts->hosts[0]));
}
