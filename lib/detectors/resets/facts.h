// SPDX-License-Identifier: BSD-3-Clause
// What the reset detector carries from its worker half to its control half: the body of its one event.
// Neighbours: resets.c fills it, control.c judges, row.c makes the row.
#ifndef RESETS_FACTS_H
#define RESETS_FACTS_H

#include <string.h>

#include "resets.h"
#include "mw_event.h"

#define RESET_TWIN_NS   MW_NS_PER_MS // what resets both ends of a connection does so in one go
#define RESET_NOT_KNOWN 255 // of the 8-bit fields below

/** One episode. No pointer in it. */
struct reset_facts {
	uint64_t last_ns;
	uint64_t outcomes; // RESET_BIT of enum reset_test: of the most suspicious reset, and of what followed
	uint32_t count;
	uint32_t rtt_fraction_milli; // UINT32_MAX unknown
	uint32_t rtt_us; // from the tap to the named sender, of the handshake; 0 unknown
	uint32_t seq_step; // from the first reset to the second; 0 with one
	uint32_t silence_ms; // before both ends were reset at once (RESET_BOTH_ENDS), else 0
	// of the reset that decided
	int32_t seq_offset; // from what its named sender had sent so far
	uint16_t ip_id;
	uint16_t ip_id_step; // from its named sender's latest packet
	uint16_t window;
	uint16_t signature; // rule index + 1
	uint8_t payload_bytes; // up to MW_RESET_PAYLOAD_BYTES
	uint8_t payload_cut : 1; // there was more
	uint8_t side_known : 1; // ttl_expected, seq_offset and ip_id_step mean something
	uint8_t one_way : 1; // the mirror shows the named sender's direction alone
	uint8_t lossy : 1; // packets of this connection never passed the mirror
	uint8_t ip_id_known : 1;
	uint8_t reserved_bits : 1; // TCP header bits that nobody sets are set
	uint8_t from_router : 1; // the router on this link that hands over its named sender's packets made it
	uint8_t twin : 1; // the other end was reset within RESET_TWIN_NS of one of these
	uint8_t stage, pattern, named; // RESET_NOT_KNOWN, or the enums of resets.h
	uint8_t ttl, ttl_expected;
	uint8_t tcp_flags, tcp_options;
	uint8_t mac[6]; // zero: the link has none
	uint8_t mac_named[6]; // of its named sender's latest packet; zero: not known
	uint8_t rowless; // its second has had its rows: judged and counted as any other, and not written
	uint8_t padding[2]; // 0: events compare as bytes
};

/** True when other packets of its connection passed. Without one, a reset is easily made up. */
static inline bool reset_connection_seen(const struct reset_facts *facts)
{
	return facts->side_known || !facts->one_way;
}

/** In an event last_ns is brief and the rest the body, before the payload: without one an episode takes two lines. */
#define RESET_BODY_AT    sizeof(((struct mw_event *)0)->brief)
#define RESET_BODY_BYTES (sizeof(struct reset_facts) - RESET_BODY_AT)

_Static_assert(sizeof(struct reset_facts) == 72, "no padding");
_Static_assert(offsetof(struct reset_facts, outcomes) == RESET_BODY_AT, "last_ns alone is before it");
_Static_assert(RESET_BODY_BYTES == MW_EVENT_LINE_BYTES, "a line");
_Static_assert(MW_RESET_PAYLOAD_BYTES <= UINT8_MAX, "payload_bytes counts them");
_Static_assert(RESET_BODY_BYTES + MW_RESET_PAYLOAD_BYTES <= MW_EVENT_BODY_BYTES, "an episode fits one event");

static inline void reset_facts_write(struct mw_event *event, const struct reset_facts *facts)
{
	memcpy(event->brief, facts, RESET_BODY_AT);
	memcpy(event->body, (const uint8_t *)facts + RESET_BODY_AT, RESET_BODY_BYTES);
}

static inline void reset_facts_read(const struct mw_event *event, struct reset_facts *facts)
{
	memcpy(facts, event->brief, RESET_BODY_AT);
	memcpy((uint8_t *)facts + RESET_BODY_AT, event->body, RESET_BODY_BYTES);
}

#endif
