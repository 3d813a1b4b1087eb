// SPDX-License-Identifier: BSD-3-Clause
// What takes bytes from 1500, by what is left: Ethernet's 1500 less the headers of one tunnel, or of two.
// Neighbours: finding.h. Sizes: RFC 2516, 2784, 2890, 2473, 4213, 7348, 3948, 4303; 3GPP TS 29.281; WireGuard's
// protocol.
#include "finding.h"

#define GTP_U "GTP-U (a mobile network's core)"

/** Both bounds included; the order does not matter, as none overlap. */
static const struct {
	uint16_t low_bytes, high_bytes;
	const char *words;
} tunnels[] = {
	{1492, 1492, "PPPoE (8 bytes)"},
	{1480, 1480, "IPv6 in IPv4 or IPv4 in IPv4 (6in4, 6rd, IPIP: 20 bytes)"},
	{1476, 1476, "GRE (24 bytes)"},
	{1472, 1472, "IPv6 in IPv4 on PPPoE (20 + 8 bytes), or GRE with a key (28)"},
	{1468, 1468, "GRE on PPPoE (24 + 8 bytes)"},
	{1464, 1464, GTP_U ": 36 bytes"},
	{1460, 1460, "IPv4 in IPv6 (MAP-E, DS-Lite: 40 bytes), or " GTP_U " with options"},
	{1456, 1456, GTP_U ": 44 bytes, or GRE in IPv6"},
	{1454, 1454, "PPPoE on FLET'S lines (NTT East and West)"},
	{1452, 1452, "IPv4 in IPv6 on PPPoE (40 + 8 bytes)"},
	{1450, 1450, "VXLAN (50 bytes: an overlay of virtual machines or containers)"},
	{1444, 1444, GTP_U " over IPv6: 56 bytes"},
	{1440, 1440, "WireGuard over IPv4 (60 bytes), or a mobile network"},
	{1432, 1432, "WireGuard over IPv4 on PPPoE (60 + 8 bytes)"},
	{1430, 1430, "VXLAN over IPv6 (70 bytes)"},
	{1420, 1420, "WireGuard (80 bytes, its usual setting), or IPsec through NAT (ESP in UDP)"},
	{1414, 1414, "IPv4 in IPv6 on FLET'S PPPoE (1454 - 40), or IPsec through NAT (ESP in UDP)"},
	{1412, 1412, "WireGuard on PPPoE (80 + 8 bytes), or IPsec through NAT (ESP in UDP)"},
	{1413, 1413, "IPsec through NAT (ESP in UDP: 73 to 88 bytes)"},
	{1415, 1419, "IPsec through NAT (ESP in UDP: 73 to 88 bytes)"},
	{1421, 1427, "IPsec through NAT (ESP in UDP: 73 to 88 bytes)"},
	{1400, 1400, "a VPN, or a mobile network: a round number set by hand"},
	{1380, 1380, "a mobile network, or a VPN: set by hand"},
	{1340, 1340, "a load balancer or proxy such as F5 BIG-IP (MSS 1300), or a mobile network"},
	{1300, 1300, "a mobile network or a VPN: a round number set by hand"},
	{1280, 1280, "a tunnel at the least size that IPv6 allows (Tailscale, Teredo, some VPNs)"},
};

const char *paths_tunnel(int64_t mtu_bytes)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(tunnels); i++) {
		if (mtu_bytes >= tunnels[i].low_bytes && mtu_bytes <= tunnels[i].high_bytes)
			return tunnels[i].words;
	}
	return NULL;
}
