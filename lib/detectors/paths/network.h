// SPDX-License-Identifier: BSD-3-Clause
// The network of a host as far as an address tells it: /24 of IPv4, /48 of IPv6 (what one site is given, RFC 6177).
// Neighbours: table.c joins paths by it, mss.c counts unrelated hosts.
#ifndef PATHS_NETWORK_H
#define PATHS_NETWORK_H

#include <string.h>

#include "mw_address.h"

#define PATH_NETWORK_BITS_V4 24
#define PATH_NETWORK_BITS_V6 48

static inline struct mw_address path_network(const struct mw_address *host)
{
	struct mw_address network = *host;
	size_t keep = mw_address_is_v4(host) ? 12 + PATH_NETWORK_BITS_V4 / 8 : PATH_NETWORK_BITS_V6 / 8;

	memset(network.bytes + keep, 0, sizeof(network.bytes) - keep);
	return network;
}

#endif
