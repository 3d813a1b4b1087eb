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

enum { TCP = 1, UDP = 2, BOTH = 3 };

struct port {
	uint16_t number; // ascending
	uint8_t protocols;
	uint8_t service;
};

static const struct port ports[] = {
	{20, TCP, MW_SERVICE_FTP},          {21, TCP, MW_SERVICE_FTP},           {22, TCP, MW_SERVICE_SSH},
	{23, TCP, MW_SERVICE_TELNET},       {25, TCP, MW_SERVICE_SMTP},          {53, BOTH, MW_SERVICE_DNS},
	{67, UDP, MW_SERVICE_DHCP},         {68, UDP, MW_SERVICE_DHCP},          {69, UDP, MW_SERVICE_TFTP},
	{80, TCP, MW_SERVICE_HTTP},         {80, UDP, MW_SERVICE_QUIC},          {110, TCP, MW_SERVICE_POP3},
	{123, UDP, MW_SERVICE_NTP},         {137, BOTH, MW_SERVICE_NETBIOS},     {138, BOTH, MW_SERVICE_NETBIOS},
	{139, BOTH, MW_SERVICE_NETBIOS},    {143, TCP, MW_SERVICE_IMAP},         {161, BOTH, MW_SERVICE_SNMP},
	{162, BOTH, MW_SERVICE_SNMP},       {179, TCP, MW_SERVICE_BGP},          {389, BOTH, MW_SERVICE_LDAP},
	{443, TCP, MW_SERVICE_TLS},         {443, UDP, MW_SERVICE_QUIC},         {445, TCP, MW_SERVICE_SMB},
	{465, TCP, MW_SERVICE_SMTP},        {500, UDP, MW_SERVICE_IKE},          {514, UDP, MW_SERVICE_SYSLOG},
	{546, UDP, MW_SERVICE_DHCP6},       {547, UDP, MW_SERVICE_DHCP6},        {587, TCP, MW_SERVICE_SMTP},
	{636, TCP, MW_SERVICE_LDAP},        {853, TCP, MW_SERVICE_DNS},          {853, UDP, MW_SERVICE_DNS},
	{993, TCP, MW_SERVICE_IMAP},        {995, TCP, MW_SERVICE_POP3},         {1194, BOTH, MW_SERVICE_OPENVPN},
	{1701, UDP, MW_SERVICE_L2TP},       {1812, UDP, MW_SERVICE_RADIUS},      {1813, UDP, MW_SERVICE_RADIUS},
	{1883, TCP, MW_SERVICE_MQTT},       {1900, UDP, MW_SERVICE_SSDP},        {2152, UDP, MW_SERVICE_GTPU},
	{3389, BOTH, MW_SERVICE_RDP},       {3478, BOTH, MW_SERVICE_STUN},       {4500, UDP, MW_SERVICE_ESP_UDP},
	{4789, UDP, MW_SERVICE_VXLAN},      {5004, UDP, MW_SERVICE_RTP},         {5060, BOTH, MW_SERVICE_SIP},
	{5061, BOTH, MW_SERVICE_SIP},       {5349, BOTH, MW_SERVICE_STUN},       {5353, UDP, MW_SERVICE_MDNS},
	{6514, TCP, MW_SERVICE_SYSLOG},     {6881, BOTH, MW_SERVICE_BITTORRENT}, {8080, TCP, MW_SERVICE_HTTP},
	{8443, TCP, MW_SERVICE_TLS},        {8883, TCP, MW_SERVICE_MQTT},        {19302, UDP, MW_SERVICE_STUN},
	{51820, UDP, MW_SERVICE_WIREGUARD},
};

static uint8_t find_port(uint8_t bit, uint16_t number)
{
	size_t low = 0, high = MW_ARRAY_SIZE(ports);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ports[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < MW_ARRAY_SIZE(ports) && ports[low].number == number; low++) {
		if (ports[low].protocols & bit)
			return ports[low].service;
	}
	return MW_SERVICE_UNKNOWN;
}

uint8_t mw_service_by_port(uint8_t protocol, uint16_t port_a, uint16_t port_b)
{
	uint8_t bit = protocol == 6 ? TCP : protocol == 17 ? UDP : 0;
	uint8_t service = find_port(bit, MW_MIN(port_a, port_b));

	return service != MW_SERVICE_UNKNOWN ? service : find_port(bit, MW_MAX(port_a, port_b));
}

int mw_service_find(const char *name)
{
	for (int i = 0; i < MW_SERVICES; i++) {
		if (strcmp(mw_service_names[i], name) == 0)
			return i;
	}
	return -ENOENT;
}
