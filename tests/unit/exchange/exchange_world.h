// SPDX-License-Identifier: BSD-3-Clause
// A pipeline with one detector that remembers which exchanges ended how.
// Neighbours: the tests of this folder. The client is 192.0.2.1, the server 198.51.100.2; times in seconds.
#ifndef EXCHANGE_WORLD_H
#define EXCHANGE_WORLD_H

#include "pipeline_world.h"

#include "mw_test.h"

struct ended {
	struct mw_exchange exchange;
	enum mw_exchange_end end;
};

#define ENDED_MAX 4096
extern struct ended ended[ENDED_MAX];
extern uint32_t ended_count;
/** What nothing waited for is kept apart: the last one, and how many. */
extern struct ended unasked;
extern uint32_t unasked_count;

/** A pipeline of one worker that forgets what ended before; override: a setting, or NULL. */
struct pipeline_world *exchange_world_new(const char *override);

/** A segment from the client (or to it), with payload_bytes of data. */
struct segment {
	double at;
	bool to_client;
	uint16_t sport; // of the client: 40000
	uint16_t dport; // 443
	uint32_t seq, ack;
	uint8_t flags;
	uint32_t payload_bytes;
};
#define send_segment(world, ...) send_segment_with(world, &(struct segment){__VA_ARGS__})
void send_segment_with(struct pipeline_world *world, const struct segment *with);

/** A datagram with these bytes. */
void send_datagram(struct pipeline_world *world, double at, bool to_client, uint16_t sport, uint16_t dport,
				   const void *bytes, uint32_t bytes_count);

/** Sends what the builder made. */
void send_built(struct pipeline_world *world, struct pb *pb, double at);

/** A tick of the clock, at which what is due ends. */
void tick(struct pipeline_world *world, double at);

/** What ended as the nth: it must be of this kind and have ended so. */
const struct mw_exchange *nth_ended(uint32_t nth, enum mw_exchange_kind kind, enum mw_exchange_end end);

/** A DNS message: query or response to "name", type A. @return its bytes. */
uint32_t dns_message(uint8_t bytes[512], uint16_t id, bool response, uint8_t rcode, const char *name);

uint64_t at_ns(double at);

#endif
