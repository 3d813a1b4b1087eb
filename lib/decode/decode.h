// SPDX-License-Identifier: BSD-3-Clause
// The cursor that walks a packet, and what the decoders of this folder offer one another.
// Neighbours: one .c file per protocol here. A decoder reads its header, moves the cursor and names the next decoder.
#ifndef DECODE_H
#define DECODE_H

#include "mw_decode.h"
#include "mw_reader.h"

struct cursor;

/** Reads one header. Leaves c->next at the decoder of what follows, or NULL at the end of the walk. */
typedef void decoder(struct cursor *c);

/** Where the walk stands. Invariant: mw_reader_left(&in) <= wire_bytes. */
struct cursor {
	struct mw_reader in; // captured bytes from here to the end of the layer around
	uint32_t wire_bytes; // the same span on the wire, as the headers around say
	struct mw_packet *packet;
	const struct mw_decode_settings *settings;
	decoder *next;
	uint8_t ip_depth; // IP headers read so far
	uint8_t ethernets; // Ethernet headers read so far
	uint8_t tags; // VLAN tags of the newest Ethernet header
	uint8_t extensions; // IPv6 extension headers of the newest IPv6 header
	bool outer_known; // packet->outer_src and outer_dst are set
	bool partial; // inside a first fragment: lengths may reach beyond it
};

/** Ends the walk for a reason. */
static inline void refuse(struct cursor *c, enum mw_refusal refusal)
{
	c->packet->refusal = (uint8_t)refusal;
	c->next = NULL;
}

/**
 * True when count bytes were captured. Else ends the walk with refusal; without one where nothing but the end of a
 * first fragment is in the way.
 */
static inline bool has(struct cursor *c, size_t count, enum mw_refusal refusal)
{
	if (MW_LIKELY(mw_reader_left(&c->in) >= count))
		return true;
	if (!c->partial || c->packet->captured_bytes < c->packet->wire_bytes)
		refuse(c, refusal);
	return false;
}

/** A length that a header claims for what follows from here: true when the wire had as much. */
static inline bool fits(const struct cursor *c, uint32_t length_bytes)
{
	return length_bytes <= c->wire_bytes || c->partial;
}

/** Moves over count bytes that has() saw. */
static inline const uint8_t *take(struct cursor *c, uint32_t count)
{
	const uint8_t *bytes = mw_reader_take(&c->in, count);

	c->wire_bytes -= MW_MIN(count, c->wire_bytes);
	return bytes;
}

/** Cuts the layer to length_bytes that fits() accepted. */
static inline void limit(struct cursor *c, uint32_t length_bytes)
{
	mw_reader_limit(&c->in, length_bytes);
	c->wire_bytes = length_bytes;
}

/** Clears the bytes [from, to): at most 64, for which compilers need no loop and no call. */
#define CLEAR(packet, from, to) memset((char *)(packet) + (from), 0, (to) - (from))

/** Clears what decode owns up to the fields that are valid under a condition only (mw_packet.h): no lane. */
static inline __attribute__((always_inline)) void reset_decoded(struct mw_packet *packet)
{
	CLEAR(packet, offsetof(struct mw_packet, kinds), offsetof(struct mw_packet, lane));
	CLEAR(packet, offsetof(struct mw_packet, lane), offsetof(struct mw_packet, src));
	CLEAR(packet, offsetof(struct mw_packet, src), offsetof(struct mw_packet, tcp));
	CLEAR(packet, offsetof(struct mw_packet, tcp), offsetof(struct mw_packet, layers));
	packet->tunnel = MW_LAYERS;
}

/** The quick decode, for one set of a CPU's instructions. */
struct lane_decoder {
	/**
	 * Fills verdict and lane of an ordinary packet (mw_lane). False for others: what was written is the walk's to
	 * clear.
	 */
	bool (*one)(const struct mw_decode_settings *settings, struct mw_packet *packet);
	/** As mw_decode_batch. */
	void (*batch)(const struct mw_decode_settings *settings, struct mw_packet *const packets[], uint32_t count);
};

/** Those that this CPU has, from the portable one on; the last is the one in use. NULL behind it. Any thread. */
const struct lane_decoder *decode_variant(unsigned number);

/** Decodes any packet, decoder after decoder. Of an ordinary packet it says what its lane and mw_packet_rest() say. */
void decode_walk(const struct mw_decode_settings *settings, struct mw_packet *packet);

/**
 * Enters a layer in the packet's list; a tunnel also becomes the packet's. False (and refused) when the list is full.
 */
bool push_layer(struct cursor *c, enum mw_layer layer);

/** The payload runs from here to the end of the layer. */
static inline void mark_payload(struct cursor *c)
{
	c->packet->payload = c->in.at;
	c->packet->payload_bytes = (uint32_t)mw_reader_left(&c->in);
	c->packet->payload_wire_bytes = c->wire_bytes;
}

// Tables of what follows
void follow_ethertype(struct cursor *c, uint16_t ethertype);
void follow_llc(struct cursor *c, uint32_t length_bytes); // LLC of so many bytes: SNAP leads on
void follow_type_or_length(struct cursor *c, uint16_t value); // what stands behind Ethernet's addresses
void follow_protocol(struct cursor *c, uint8_t protocol);

// Link layers
decoder decode_ethernet, decode_raw_ip, decode_null, decode_loop, decode_sll, decode_sll2, decode_ppp, decode_pppoe;
decoder decode_pppoe_discovery;
decoder decode_vlan, decode_qinq, decode_metadata, decode_mpls, decode_arp;
decoder decode_wlan, decode_radiotap, decode_ppi, decode_hdlc, decode_frame_relay, decode_switch_tag, decode_nflog;

// IP
decoder decode_ipv4, decode_ipv6, decode_ip6_extension, decode_ip6_fragment, decode_ip4_in_ip, decode_ip6_in_ip;

/** What the header of an IP packet says, in the words of mw_packet. */
struct ip_header {
	struct mw_address src, dst;
	uint32_t total_bytes;
	uint16_t header_bytes;
	uint8_t family, ttl, tos;
};

/** False (and refused) when another IP header would be beyond the depth limit. */
bool may_enter_ip(struct cursor *c);

/** Ends the walk at an IP header that claims more bytes than the frame had on the wire: a mirror may have cut it. */
void refuse_length(struct cursor *c, enum mw_refusal refusal, uint32_t total_bytes);

/** A valid IP header becomes the packet's innermost; forgets the transport of the one around it. */
void enter_ip(struct cursor *c, const struct ip_header *header);

// Over IP
decoder decode_tcp, decode_udp, decode_icmp, decode_icmp6, decode_sctp, decode_ah, decode_esp, decode_no_next;
decoder decode_gre, decode_erspan2, decode_erspan3, decode_l2tp3;

/** Ports of a transport header, even where the rest of it is missing. As has() for the whole header; moves nothing. */
bool read_ports(struct cursor *c, size_t header_bytes, enum mw_refusal refusal);

/** Reads the packet that an ICMP error quotes, from where the cursor stands, into packet->quote; ends the walk. */
void decode_quote(struct cursor *c);

#define TCP_RESERVED_BITS 0x0e // of byte 12, RFC 9293 section 3.1; the bit beside them is AE, RFC 9768

/** The kinds of a TCP segment, payload left out. */
static inline __attribute__((always_inline)) uint32_t kinds_of_tcp(unsigned flags)
{
	uint32_t syn = (flags & MW_TCP_ACK) != 0 ? MW_KIND_SYN_ACK : MW_KIND_SYN;

	return MW_KIND_TCP | ((flags & MW_TCP_SYN) != 0 ? syn : 0) | ((flags & MW_TCP_FIN) != 0 ? MW_KIND_FIN : 0) |
		   ((flags & MW_TCP_RST) != 0 ? MW_KIND_RST : 0);
}

/** What the options that were read add to them. */
static inline __attribute__((always_inline)) uint32_t kinds_of_tcp_options(const struct mw_packet_tcp *tcp)
{
	return (tcp->present & MW_TCP_OPTION_SACK) != 0 ? MW_KIND_SACK : 0;
}

/** The kinds of a UDP datagram with so much payload on the wire. */
static inline __attribute__((always_inline)) uint32_t kinds_of_udp(uint32_t payload_bytes)
{
	return MW_KIND_UDP | (payload_bytes > 0 ? MW_KIND_PAYLOAD : 0);
}

/**
 * Reads the options, which take wire_bytes on the wire; the reader may hold fewer where a snap length cut them.
 * False when one has an impossible length.
 */
bool read_tcp_options(struct mw_packet_tcp *tcp, struct mw_reader options, uint32_t wire_bytes);

/** Looks behind a UDP header; takes the cursor there and returns true when it is this tunnel, else changes nothing. */
typedef bool udp_tunnel(struct cursor *c);
udp_tunnel try_vxlan, try_vxlan_gpe, try_geneve, try_gtpu, try_tzsp, try_teredo, try_l2tp, try_ike, try_esp_in_udp,
	try_wireguard;

/** Ports behind which a tunnel may be: X(number, either end or destination only, by setting only, try). */
#define UDP_TUNNEL_PORTS(X)                                                                                            \
	X(500, true, false, try_ike)                                                                                       \
	X(4500, true, false, try_esp_in_udp)                                                                               \
	X(1701, true, true, try_l2tp)                                                                                      \
	X(2152, true, true, try_gtpu)                                                                                      \
	X(3544, true, true, try_teredo)                                                                                    \
	X(4789, false, true, try_vxlan)                                                                                    \
	X(4790, false, true, try_vxlan_gpe)                                                                                \
	X(8472, false, true, try_vxlan)                                                                                    \
	X(6081, false, true, try_geneve)                                                                                   \
	X(37008, false, true, try_tzsp)

/** Which of two inside addresses of an identifier's tunnels: goes into packet->scope. */
void set_scope(struct cursor *c, uint32_t identifier);

/**
 * The identifier of a DS-Lite line: from the outer address on each side whose inner address is private, 0 with none.
 * The inner addresses are 4 bytes in network order.
 */
uint32_t identifier_of_line(const struct mw_address *outer_src, const struct mw_address *outer_dst,
							const uint8_t *inner_src, const uint8_t *inner_dst);

// Guesses: does it look like this, from where the cursor stands? Too little captured to see is a no.
enum { LENIENT, STRICT }; // STRICT also asks for a right IPv4 header checksum, and for IP or ARP behind Ethernet
bool plausible_ip(const struct cursor *c, int how);
bool plausible_ip6(const struct cursor *c);
bool plausible_ethernet(const struct cursor *c, int how);
bool plausible_ppp(const struct cursor *c);
bool plausible_wlan(const struct cursor *c);

/** A guess became certain: the walk goes on at inside, through a tunnel layer. Always true. */
bool enter_tunnel(struct cursor *c, const struct cursor *inside, enum mw_layer layer, decoder *next);

#endif
