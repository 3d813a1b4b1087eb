// SPDX-License-Identifier: BSD-3-Clause
// What a router's advertisements say of its start and its end.
// Neighbours: line.c; RFC 4861 section 6.2.
#ifndef OUTAGES_ROUTER_H
#define OUTAGES_ROUTER_H

#include "queue.h"

/** Of a next hop. Zeroed: nothing was heard of it. */
struct outages_router {
	uint64_t said_ns; // its last advertisement
	uint64_t left_ns; // when it last said that it is no router any more
	uint32_t close; // advertisements that followed each other as the first ones of a router do, less one
	bool talks; // they always follow each other so: that says nothing
};

/** Takes SIGN_NEIGHBOUR of the next hop itself, in order of time. is_open: while an outage is judged. */
void outages_router_take(struct outages_router *router, const struct outages_sign *sign, bool is_open);

/** True when it began to advertise anew: what counts when is_open was true. */
bool outages_router_began(const struct outages_router *router);

/** True when it said goodbye within the seconds before an outage that began at from_ns, or in it. */
bool outages_router_left(const struct outages_router *router, uint64_t from_ns);

#endif
