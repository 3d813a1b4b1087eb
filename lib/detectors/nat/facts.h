// SPDX-License-Identifier: BSD-3-Clause
// What the NAT detector's worker half tells of a connection, and how it lies in its one event.
// Neighbours: nat.c fills it, control.c joins what all workers tell.
#ifndef NAT_FACTS_H
#define NAT_FACTS_H

#include <string.h>

#include "mw_event.h"
#include "mw_time.h"

enum nat_what {
	NAT_OPEN, // the first packet of a connection; event.flow.src sent it, in all events of this connection
	NAT_ANSWER, // the first packet of the other end
	NAT_ALIVE, // a packet, at most one in 2^31 ns and direction
	NAT_CLOSE, // a FIN or a reset
	NAT_REPORT, // an ICMP error came back for a packet of its opener
};

/** One step of a connection: TCP, UDP or ICMP echo (identifier in both ports), IPv4 or IPv6. */
struct nat_facts {
	uint64_t opened_ns; // its first packet, to the millisecond
	struct mw_address outer_src, outer_dst; // of this packet's outermost IP, in a tunnel; else zero
	uint8_t what; // enum nat_what
	bool from_opener; // the end that opened it sent this packet
	bool syn; // a TCP handshake was seen to begin it: not met midway
};

/** As it stands in an event: what nearly all need is brief; the ends of a tunnel are the body. */
struct nat_brief {
	uint32_t age_ms; // of the connection; saturating
	uint8_t what, from_opener, syn;
	uint8_t padding; // 0: events compare as bytes
};

#define NAT_TUNNEL_BYTES (2 * sizeof(struct mw_address)) // of the body, for a packet in a tunnel

_Static_assert(sizeof(struct nat_brief) == sizeof(((struct mw_event *)0)->brief), "no more room than this");

/** Makes the ends of a tunnel its body. */
static inline void nat_tunnel_write(struct mw_event *event, const struct mw_address *src, const struct mw_address *dst)
{
	event->body_bytes = NAT_TUNNEL_BYTES;
	memcpy(event->body, src, sizeof(*src));
	memcpy(event->body + sizeof(*src), dst, sizeof(*dst));
}

static inline void nat_facts_write(struct mw_event *event, const struct nat_facts *facts, bool tunnel)
{
	uint64_t age_ms = (event->time_ns - MW_MIN(facts->opened_ns, event->time_ns)) / MW_NS_PER_MS;
	const struct nat_brief brief = {.age_ms = (uint32_t)MW_MIN(age_ms, (uint64_t)UINT32_MAX),
									.what = facts->what,
									.from_opener = facts->from_opener,
									.syn = facts->syn};

	memcpy(event->brief, &brief, sizeof(brief));
	event->body_bytes = 0;
	if (tunnel)
		nat_tunnel_write(event, &facts->outer_src, &facts->outer_dst);
}

/** What it is of, alone. */
static inline enum nat_what nat_what_of(const struct mw_event *event)
{
	return (enum nat_what)event->brief[offsetof(struct nat_brief, what)];
}

/** Filled in its place: as a value it would be copied right after it was written, which stalls. */
static inline void nat_facts_read(const struct mw_event *event, struct nat_facts *facts)
{
	struct nat_brief brief;

	memcpy(&brief, event->brief, sizeof(brief));
	facts->opened_ns = event->time_ns - brief.age_ms * MW_NS_PER_MS;
	facts->what = brief.what;
	facts->from_opener = brief.from_opener != 0;
	facts->syn = brief.syn != 0;
	if (event->body_bytes == NAT_TUNNEL_BYTES) {
		memcpy(&facts->outer_src, event->body, sizeof(facts->outer_src));
		memcpy(&facts->outer_dst, event->body + sizeof(facts->outer_src), sizeof(facts->outer_dst));
	} else {
		memset(&facts->outer_src, 0, sizeof(facts->outer_src));
		memset(&facts->outer_dst, 0, sizeof(facts->outer_dst));
	}
}

#endif
