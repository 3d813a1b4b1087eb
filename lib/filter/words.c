// SPDX-License-Identifier: BSD-3-Clause
// Which words of an expression libpcap would have to look up: names of hosts, networks, ports and protocols.
// Neighbours: mw_filter.h. Words of pcap-filter(7) for Ethernet; libpcap's scanner takes any other for a name.
#include <errno.h>
#include <string.h>

#include "mw_filter.h"

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"
#define HEX_DIGITS "0123456789abcdefABCDEF"
#define WORD_BYTES 48

static const char known[] =
	" dst src host net mask port portrange gateway proto protochain less greater len broadcast multicast and or not "
	"ether link vlan mpls pppoed pppoes geneve llc arp rarp ip ip6 icmp icmp6 igmp igrp pim vrrp carp sctp tcp udp ah "
	"esp atalk aarp decnet lat sca moprc mopdl iso clnp esis isis stp ipx netbeui "
	"tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr "
	"icmptype icmpcode icmp-echo icmp-echoreply icmp-unreach icmp-redirect icmp-timxceed icmp-paramprob "
	"icmp-sourcequench icmp-routeradvert icmp-routersolicit icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply "
	"icmp-maskreq icmp-maskreply "
	"icmp6type icmp6code icmp6-echo icmp6-echoreply icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded "
	"icmp6-parameterproblem icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert "
	"icmp6-redirect icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1 icmp6-multicastlistenerreportv2 "
	"icmp6-multicastlistenerdone ";

static bool is_of(const char *word, const char *chars)
{
	return word[strspn(word, chars)] == '\0';
}

// Decimal numbers, IPv4, ranges; IPv6, MAC addresses, slices as 2:4; hexadecimal numbers.
static bool is_number(const char *word)
{
	if (strchr(word, ':') != NULL)
		return is_of(word, HEX_DIGITS ":.");
	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		return is_of(word + 2, HEX_DIGITS);
	return is_of(word, "0123456789.-");
}

static bool is_known(const char *word)
{
	char spaced[WORD_BYTES + 3];
	struct mw_text text = mw_text_in(spaced, sizeof(spaced));

	mw_text_add(&text, " %s ", word);
	return !text.cut && strstr(known, spaced) != NULL;
}

int mw_filter_check_words(const char *expression, struct mw_text *problem)
{
	for (const char *at = expression; *at != '\0';) {
		const size_t bytes = strspn(at, WORD_CHARS);
		char word[WORD_BYTES + 1] = "";

		if (*at == '\\' || bytes > WORD_BYTES) {
			mw_text_add(problem, *at == '\\' ? "'\\' stands before names" : "a word is longer than any");
			return -EINVAL;
		}
		memcpy(word, at, bytes);
		if (!is_number(word) && !is_known(word)) {
			mw_text_add(problem, "'%s' is no word of pcap-filter(7)", word);
			return -EINVAL;
		}
		at += bytes == 0 ? 1 : bytes;
	}
	return 0;
}
