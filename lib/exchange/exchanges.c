// SPDX-License-Identifier: BSD-3-Clause
// The tracker: memory, what is due, what a packet may be; the protocols know their own messages.
// Neighbours: entry.c keeps the exchanges; tcp.c, udp.c, dns.c, echo.c and error.c say who asks and who answers.
#include <string.h>

#include "exchanges.h"

const struct mw_counter mw_exchange_counters[MW_EXCHANGE_COUNTERS] = {
	[MW_EXCHANGE_COUNT_ASKED] = {"asked", "exchanges begun: connects, queries, echoes, data sent again"},
	[MW_EXCHANGE_COUNT_AGAIN] = {"again", "further transmissions of what was asked"},
	[MW_EXCHANGE_COUNT_ANSWERED] = {"answered", "exchanges with an answer, a refusal or an ICMP error"},
	[MW_EXCHANGE_COUNT_UNANSWERED] = {"unanswered", "exchanges without an answer within exchange.timeout"},
	[MW_EXCHANGE_COUNT_UNFINISHED] = {"unfinished", "exchanges that waited when the input ended"},
	[MW_EXCHANGE_COUNT_EVICTED] = {"evicted", "exchanges whose place was needed: see exchange.exchanges-max"},
	[MW_EXCHANGE_COUNT_CAPPED] = {"capped", "questions that were not followed: see exchange.asked-per-second"},
	[MW_EXCHANGE_COUNT_UNASKED] = {"unasked", "DNS responses that nothing waited for: late, from elsewhere, or twice"},
};

#define IN_LINES(bytes) (((bytes) + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1))

static size_t entries_bytes(uint64_t max)
{
	return IN_LINES((max + 1) * sizeof(struct entry));
}

size_t mw_exchanges_bytes(const struct mw_exchange_config *config)
{
	const uint64_t max = config->settings->exchanges_max;

	return IN_LINES(sizeof(struct mw_exchanges)) + entries_bytes(max) + mw_kit_index_bytes((uint32_t)max);
}

struct mw_exchanges *mw_exchanges_init(void *memory, size_t memory_bytes, const struct mw_exchange_config *config,
									   struct mw_stats_block *stats, uint32_t counters_base)
{
	struct mw_exchanges *exchanges = memory;
	const uint64_t max = config->settings->exchanges_max;
	uint8_t *entries = (uint8_t *)memory + IN_LINES(sizeof(*exchanges));

	if (memory_bytes < mw_exchanges_bytes(config))
		return NULL;
	exchanges->config = *config;
	exchanges->settings = *config->settings;
	exchanges->config.settings = NULL;
	exchanges->stats = stats;
	exchanges->counters_base = counters_base;
	exchanges->entries = (struct entry *)(void *)entries;
	mw_kit_index_init(&exchanges->index, entries + entries_bytes(max), (uint32_t)max);
	return exchanges;
}

void mw_exchanges_settings(struct mw_exchanges *exchanges, const struct mw_exchange_settings *settings)
{
	exchanges->settings = *settings;
}

bool mw_exchanges_expire(struct mw_exchanges *exchanges, uint64_t now_ns, uint32_t budget)
{
	for (uint32_t ended = 0; exchanges->by_age.oldest != 0; ended++) {
		struct entry *entry = &exchanges->entries[exchanges->by_age.oldest];

		if (!exchange_is_due(exchanges, entry, now_ns))
			return true;
		if (budget != 0 && ended == budget)
			return false;
		exchange_end(exchanges, entry, MW_EXCHANGE_UNANSWERED);
	}
	return true;
}

void mw_exchanges_finish(struct mw_exchanges *exchanges)
{
	while (exchanges->by_age.oldest != 0)
		exchange_end(exchanges, &exchanges->entries[exchanges->by_age.oldest], MW_EXCHANGE_UNFINISHED);
}

bool mw_exchanges_take(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched)
{
	if (MW_LIKELY(packet->kinds & MW_KIND_TCP))
		return exchange_take_tcp(exchanges, packet, watched);
	if (packet->kinds & MW_KIND_UDP)
		return exchange_take_udp(exchanges, packet, watched);
	if (packet->kinds & MW_KIND_ICMP_ERROR)
		exchange_take_error(exchanges, packet);
	else if (packet->kinds & MW_KIND_ICMP)
		exchange_take_echo(exchanges, packet);
	return false;
}
