// SPDX-License-Identifier: BSD-3-Clause
// DNS responses that nothing waits for: their question was given up, went to another address, was answered before, or
// stands behind them in the capture.
// Neighbours: dns.c finds them; the detectors hear of them and know who asked what.
#include "exchanges.h"

// Two ports of a mirror, or two queues of a card, are merged so far apart at most.
#define EARLY_NS (100 * MW_NS_PER_MS)

void exchange_unasked(struct mw_exchanges *exchanges, const struct mw_exchange_key *key, const struct mw_packet *packet,
					  uint32_t question, uint16_t code)
{
	const uint32_t hash = exchange_hash(exchanges, key);
	const struct mw_exchange exchange = {.key = *key,
										 .asked_ns = packet->time_ns,
										 .again_ns = packet->time_ns,
										 .answered_ns = packet->time_ns,
										 .wanted = question,
										 .code = code,
										 .vlan = packet->vlan_outer,
										 .transmissions = 1,
										 .family = packet->family,
										 .tunnel = packet->tunnel};

	exchanges->early[hash % EARLY_MAX] = (struct early){packet->time_ns, hash, question};
	exchanges->config.on_end(exchanges->config.context, &exchange, MW_EXCHANGE_UNASKED);
}

uint64_t exchange_early_ns(struct mw_exchanges *exchanges, const struct mw_exchange *exchange)
{
	const uint32_t hash = exchange_hash(exchanges, &exchange->key);
	struct early *early = &exchanges->early[hash % EARLY_MAX];
	const uint64_t first_ns = MW_MIN(early->time_ns, exchange->asked_ns);
	const uint64_t last_ns = MW_MAX(early->time_ns, exchange->asked_ns);

	if (early->time_ns == 0 || early->hash != hash || last_ns - first_ns > EARLY_NS ||
		!exchange_same_question(exchange->wanted, early->question))
		return 0;
	early->hash = ~hash; // it answers one
	return early->time_ns;
}
