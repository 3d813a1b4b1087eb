// SPDX-License-Identifier: BSD-3-Clause
// What a flow is used for: a name by port first, by a signature on its first payload later.
// Neighbours: pipeline/ classifies, classes.csv counts. Ports: IANA service registry. Any thread.
#ifndef MW_SERVICE_H
#define MW_SERVICE_H

#include "mw_base.h"

// clang-format off
/** X(symbol, name) */
#define MW_SERVICES_TABLE(X)                                                                                           \
	X(UNKNOWN, "unknown") X(TLS, "tls") X(QUIC, "quic") X(HTTP, "http") X(DNS, "dns") X(NTP, "ntp") X(IKE, "ike")      \
	X(ESP_UDP, "esp-udp") X(WIREGUARD, "wireguard") X(STUN, "stun") X(SSH, "ssh") X(SMTP, "smtp") X(IMAP, "imap")      \
	X(POP3, "pop3") X(FTP, "ftp") X(TELNET, "telnet") X(SMB, "smb") X(RDP, "rdp") X(SIP, "sip") X(RTP, "rtp")          \
	X(MQTT, "mqtt") X(MDNS, "mdns") X(SSDP, "ssdp") X(DHCP, "dhcp") X(DHCP6, "dhcpv6") X(SNMP, "snmp")                 \
	X(SYSLOG, "syslog") X(BITTORRENT, "bittorrent") X(OPENVPN, "openvpn") X(L2TP, "l2tp") X(GTPU, "gtp-u")             \
	X(VXLAN, "vxlan") X(BGP, "bgp") X(LDAP, "ldap") X(NETBIOS, "netbios") X(RADIUS, "radius") X(TFTP, "tftp")
// clang-format on

enum mw_service {
#define X(symbol, name) MW_SERVICE_##symbol,
	MW_SERVICES_TABLE(X)
#undef X
		MW_SERVICES
};

extern const char *const mw_service_names[MW_SERVICES];

/** The service that a well-known port suggests, trying the lower port first; MW_SERVICE_UNKNOWN when none does. */
uint8_t mw_service_by_port(uint8_t protocol, uint16_t port_a, uint16_t port_b);

/** Finds a service by its name. @return enum mw_service, or -ENOENT. */
int mw_service_find(const char *name);

#endif
