// SPDX-License-Identifier: BSD-3-Clause
// What else lost fragments could be, and what to do: make the datagrams smaller where they are made, or let the pieces
// pass. Neighbours: finding.h. Follows RFC 8900, RFC 7383; the DNS flag day of 2020 for 1232.
#include <netinet/in.h>

#include "finding.h"

static void line_words(struct lines *lines, const char *words)
{
	mw_text_add(&lines->text, "%s", words);
	lines_end(lines);
}

void frags_write_alternatives(struct mw_finding *finding, const struct frags_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);
	bool said = frags_is_said(facts), uniform = frags_pattern_of(facts) != FRAGS_PATTERNS;

	if (frags_pattern_of(facts) == FRAGS_ELSEWHERE) {
		line_words(&lines,
				   "- Two hosts that lose the other half each, and number their datagrams alike: by chance once "
				   "in 65,536, not again and again.");
		return;
	}
	if (frags_is_flood(facts))
		line_words(&lines, "- Most likely a flood: first pieces alone in such numbers are sent to fill tables, and no "
						   "later piece was ever sent.");
	if (!said && !uniform)
		line_words(&lines, "- The mirror, not the network: it loses packets when it is overloaded. Compare the "
						   "mirror's loss in summary.csv and the switch's drop counters.");
	if (!said && uniform)
		line_words(&lines, "- A mirror of one of several links: later pieces have no ports and may take another link "
						   "(LAG, ECMP). Then nothing is lost.");
	if (said && !uniform)
		line_words(&lines, "- Plain loss on a busy or bad link: each piece more is one more that can be lost.");
	if (facts->whole == 0)
		line_words(&lines, "- A sender that dies, or drops the rest in its own queue, before it has sent every piece.");
	line_words(&lines, "- One of several paths of a load balancer drops them, and the others do not.");
}

static const struct {
	uint8_t protocol;
	uint16_t port; // 0 any
	const char *words;
} remedies[] = {
	{IPPROTO_UDP, 53,
	 "- DNS: an EDNS buffer of 1232 bytes on both ends (BIND: edns-udp-size, max-udp-size; Unbound: edns-buffer-size), "
	 "and TCP port 53 open."},
	{IPPROTO_UDP, 500, "- IKE: IKE fragmentation (RFC 7383) on both ends, and smaller certificates."},
	{IPPROTO_UDP, 4500,
	 "- IKE: IKE fragmentation (RFC 7383) on both ends, and smaller certificates. Data in ESP: a smaller MTU within "
	 "the tunnel."},
	{IPPROTO_ESP, 0, "- ESP: a smaller MTU within the tunnel, on the end that sends these, and MSS clamping."},
	{IPPROTO_GRE, 0, "- GRE: a smaller MTU of the tunnel, on the end that sends these, and MSS clamping."},
};

static bool has_port(const struct frags_facts *facts, uint16_t port)
{
	return port == 0 || facts->sport == port || facts->dport == port;
}

static void line_remedy(struct lines *lines, const struct frags_facts *facts)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(remedies); i++) {
		if (remedies[i].protocol == facts->protocol && has_port(facts, remedies[i].port)) {
			line_words(lines, remedies[i].words);
			return;
		}
	}
}

void frags_line_general(struct lines *lines)
{
	line_words(lines, "- Routers, firewalls and translators between: look for \"block fragments\", for filters on "
					  "ports, and for a limit on fragments.");
	line_words(lines, "- Capture on the other side of the suspect at the same time: where the pieces are seen last is "
					  "the place.");
}

void frags_write_advice(struct mw_finding *finding, const struct frags_facts *facts)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	if (facts->patterns[FRAGS_ELSEWHERE] > 0)
		line_words(&lines,
				   "- The device that translates (NAT, load balancer, NPTv6) must give every piece the same source: "
				   "let it reassemble, or remember the identification of first pieces (RFC 4787 REQ-14).");
	line_remedy(&lines, facts);
	mw_text_add(&lines.text, "- Avoid fragments where they are made: on ");
	mw_address_add_text(&lines.text, &facts->pair.ends.src);
	mw_text_add(&lines.text, " let the application send smaller datagrams. The receiver's MTU does not change what "
							 "is sent to it.");
	lines_end(&lines);
	frags_line_general(&lines);
}
