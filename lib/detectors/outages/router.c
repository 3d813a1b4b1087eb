// SPDX-License-Identifier: BSD-3-Clause
// The first three advertisements of a router are at most 16 s apart (MAX_INITIAL_RTR_ADVERTISEMENTS and
// MAX_INITIAL_RTR_ADVERT_INTERVAL), later ones minutes; one with lifetime 0 ends it (RFC 4861 sections 6.2.4, 6.2.5, 10).
// Neighbours: router.h.
#include "router.h"

#include "outages.h"

#define CLOSE_NS    (16 * MW_NS_PER_SECOND)
#define CLOSE_LEAST 2
#define LEAVES_NS   (30 * MW_NS_PER_SECOND) // it goes on forwarding for a while, until it is off

void outages_router_take(struct outages_router *router, const struct outages_sign *sign, bool is_open)
{
	if (sign->sort == OUTAGES_LEAVES)
		router->left_ns = sign->time_ns;
	if (sign->sort != OUTAGES_ADVERTISES)
		return;
	if (router->said_ns != 0 && sign->time_ns - router->said_ns <= CLOSE_NS)
		router->close++;
	else
		router->close = 0;
	router->said_ns = sign->time_ns;
	if (!is_open)
		router->talks = router->close >= CLOSE_LEAST;
}

bool outages_router_began(const struct outages_router *router)
{
	return !router->talks && router->close >= CLOSE_LEAST;
}

bool outages_router_left(const struct outages_router *router, uint64_t from_ns)
{
	return router->left_ns != 0 && router->left_ns + LEAVES_NS >= from_ns;
}
