// SPDX-License-Identifier: BSD-3-Clause
// Do the TCP timestamps of many servers come from one clock? A line TSval = offset + rate * time, modulo 2^32.
// Neighbours: table.c asks. RFC 7323 section 5.4: a TSval clock ticks between once a ms and once a s.
#ifndef PROXY_FIT_H
#define PROXY_FIT_H

#include "mw_address.h"

#define PROXY_SAMPLES 64 // servers of one group: a bit each

/** The latest handshake of one server. */
struct proxy_sample {
	struct mw_address server;
	uint64_t hash; // of server
	uint64_t time_ns;
	uint32_t ts_value;
	uint16_t port; // of the server
};

/** A clock: at time_ns it shows ts_value. */
struct proxy_clock {
	uint64_t time_ns;
	uint32_t ts_value;
	uint32_t rate_hz;
};

/** The clock that most samples are on. */
struct proxy_fit {
	struct proxy_clock clock; // through the latest sample on it
	uint64_t on; // bit i: sample i is on it
	uint64_t span_ns; // from the first sample on it to the last
	uint64_t deviation_ns; // largest distance from the line
	double
		chance; // that as many random values are on one line, of any rate; below PROXY_CHANCE_LEAST it says just that
};

#define PROXY_CHANCE_LEAST 1e-30

/**
 * Finds one clock that at least servers_at_least of count samples (up to PROXY_SAMPLES, of different servers, within
 * half an hour) and nine tenths of them are on, that was seen to advance, that no chance and no shared wall clock
 * explains, and whose servers are in unrelated networks. @return false: there is none.
 */
bool proxy_fit(const struct proxy_sample *samples, uint32_t count, uint32_t servers_at_least, struct proxy_fit *fit);

/**
 * True when a sample is on a clock, of which the clock's own time and value are another sample: each may be off by the
 * jitter. *deviation_ns is what one of them is off at least.
 */
bool proxy_on_clock(const struct proxy_clock *clock, const struct proxy_sample *sample, uint64_t *deviation_ns);

/**
 * The network that a server is in, as a number: its IPv4 /16 or IPv6 /32; all private ones are one; an address behind
 * 64:ff9b::/96 (RFC 6052) is the IPv4 address in it. Two servers in two networks seldom belong together.
 */
uint64_t proxy_network(const struct mw_address *server);

#endif
