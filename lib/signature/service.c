// SPDX-License-Identifier: BSD-3-Clause
// Services by name and by port.
// Neighbours: mw_service.h. Ports: IANA service name and port number registry (RFC 6335).
#include "mw_service.h"

#include <errno.h>
#include <string.h>

const char *const mw_service_names[MW_SERVICES] = {
#define X(symbol, name) [MW_SERVICE_##symbol] = name,
	MW_SERVICES_TABLE(X)
#undef X
};

// clang-format off
/** X(port, service over TCP, service over UDP) */
#define PORTS(X)                                                                                                       \
	X(20, FTP, UNKNOWN) X(21, FTP, UNKNOWN) X(22, SSH, UNKNOWN) X(23, TELNET, UNKNOWN) X(25, SMTP, UNKNOWN)            \
	X(53, DNS, DNS) X(67, UNKNOWN, DHCP) X(68, UNKNOWN, DHCP) X(69, UNKNOWN, TFTP) X(80, HTTP, QUIC)                   \
	X(110, POP3, UNKNOWN) X(123, UNKNOWN, NTP) X(137, NETBIOS, NETBIOS) X(138, NETBIOS, NETBIOS)                       \
	X(139, NETBIOS, NETBIOS) X(143, IMAP, UNKNOWN) X(161, SNMP, SNMP) X(162, SNMP, SNMP)                               \
	X(179, BGP, UNKNOWN) X(389, LDAP, LDAP) X(443, TLS, QUIC) X(445, SMB, UNKNOWN) X(465, SMTP, UNKNOWN)               \
	X(500, UNKNOWN, IKE) X(514, UNKNOWN, SYSLOG) X(546, UNKNOWN, DHCP6) X(547, UNKNOWN, DHCP6)                         \
	X(587, SMTP, UNKNOWN) X(636, LDAP, UNKNOWN) X(853, DNS, DNS) X(993, IMAP, UNKNOWN)                                 \
	X(995, POP3, UNKNOWN) X(1194, OPENVPN, OPENVPN) X(1701, UNKNOWN, L2TP) X(1812, UNKNOWN, RADIUS)                    \
	X(1813, UNKNOWN, RADIUS) X(1883, MQTT, UNKNOWN) X(1900, UNKNOWN, SSDP) X(2152, UNKNOWN, GTPU)                      \
	X(3389, RDP, RDP) X(3478, STUN, STUN) X(4500, UNKNOWN, ESP_UDP) X(4789, UNKNOWN, VXLAN)                            \
	X(5004, UNKNOWN, RTP) X(5060, SIP, SIP) X(5061, SIP, SIP) X(5349, STUN, STUN) X(5353, UNKNOWN, MDNS)               \
	X(6514, SYSLOG, UNKNOWN) X(6881, BITTORRENT, BITTORRENT) X(8080, HTTP, UNKNOWN) X(8443, TLS, UNKNOWN)              \
	X(8883, MQTT, UNKNOWN) X(19302, UNKNOWN, STUN) X(51820, UNKNOWN, WIREGUARD)
// clang-format on

#define SLOT_BITS             8
#define SLOT_OF(number)       ((unsigned)((number)*515u & 0xffff) >> (16 - SLOT_BITS)) // each port in a slot of its own
#define ROW(number, tcp, udp) [SLOT_OF(number)] = {number, {MW_SERVICE_##tcp, MW_SERVICE_##udp}},

// The compiler refuses two ports in one slot.
static const struct port {
	uint16_t number;
	uint8_t services[2]; // over TCP, over UDP
} ports[1 << SLOT_BITS] = {PORTS(ROW)};

static inline uint8_t find_port(bool udp, uint16_t number)
{
	const struct port *port = &ports[SLOT_OF(number)];

	return port->number == number ? port->services[udp] : MW_SERVICE_UNKNOWN;
}

uint8_t mw_service_by_port(uint8_t protocol, uint16_t port_a, uint16_t port_b)
{
	const bool udp = protocol == 17;
	uint8_t service;

	if (protocol != 6 && !udp)
		return MW_SERVICE_UNKNOWN;
	service = find_port(udp, MW_MIN(port_a, port_b));
	return service != MW_SERVICE_UNKNOWN ? service : find_port(udp, MW_MAX(port_a, port_b));
}

int mw_service_find(const char *name)
{
	for (int i = 0; i < MW_SERVICES; i++) {
		if (strcmp(mw_service_names[i], name) == 0)
			return i;
	}
	return -ENOENT;
}
