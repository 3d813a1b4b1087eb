// SPDX-License-Identifier: BSD-3-Clause
// What the IKE detector's worker half tells of one message, of pieces of one, or of an ICMP error about one.
// Neighbours: ike.c fills it, control.c joins it. event.flow.src is the sender (of an error: of the quoted packet).
// Follows RFC 7296 section 3, RFC 7383 section 2.5.
#ifndef IKE_FACTS_H
#define IKE_FACTS_H

#include "mw_address.h"
#include "mw_base.h"

#define IKE_SPI_BYTES     8
#define IKE_FACTS_MISSING 4

enum ike_what {
	IKE_MESSAGE, // a message; of one in IP fragments, its first piece
	IKE_PIECES, // a datagram in pieces that ended: message known (first piece seen) or guessed
	IKE_ERROR, // ICMP about a datagram on these ports
	IKE_DATA, // ESP in UDP between these ends
};

/** Exchange types (RFC 7296 section 3.1, RFC 9242). */
enum { IKE_SA_INIT = 34, IKE_AUTH = 35, IKE_CREATE_CHILD_SA = 36, IKE_INFORMATIONAL = 37, IKE_INTERMEDIATE = 43 };

/** Notifications that ask to begin again. */
enum { IKE_NOTIFY_INVALID_KE = 17, IKE_NOTIFY_COOKIE = 16390, IKE_NOTIFY_REDIRECT = 16407 };

/** Notifications and payloads in clear text that are looked for: bits. */
enum {
	IKE_SAYS_FRAGMENTATION = 1, // notify 16430, RFC 7383
	IKE_SAYS_NAT_DETECTION = 2, // notify 16388, 16389
	IKE_SAYS_COOKIE = 4, // notify 16390: a response asks to begin again, a request does
	IKE_SAYS_INVALID_KE = 8, // notify 17: asks to begin again
	IKE_SAYS_REDIRECT = 16, // notify 16407
};

/** One struct for all; fields that do not belong to what, and what is not known, are 0. */
struct ike_facts {
	uint8_t what; // enum ike_what
	uint8_t version; // major: 1, 2
	uint8_t exchange; // exchange type
	bool from_initiator; // flag I
	bool is_response; // flag R
	bool nat_t; // with the non-ESP marker
	bool fragmented; // MESSAGE: by IP, and this is the first piece
	bool skf; // RFC 7383 fragment
	uint8_t says; // IKE_SAYS_*
	uint8_t ip_family;
	uint16_t error_notify; // an error type (below 16384, not 17) in clear; 0 none
	uint16_t skf_number, skf_total;
	uint8_t spi_i[IKE_SPI_BYTES], spi_r[IKE_SPI_BYTES];
	uint32_t message_id;
	uint32_t message_bytes; // IKE length; 0 when no header was seen
	uint32_t packet_bytes; // IP packet, of fragments this piece's or the largest one's
	uint32_t ip_id;
	uint64_t digest; // MESSAGE: of the captured bytes, equal for a retransmission
	// PIECES
	uint8_t end; // enum mw_fragment_end
	bool first_seen;
	uint32_t bytes_seen, bytes_total; // of the IP payload; total 0 not known
	uint32_t fragments;
	uint32_t missing_count; // first IKE_FACTS_MISSING of them follow
	struct {
		uint32_t from, to; // [from, to); to UINT32_MAX: open
	} missing[IKE_FACTS_MISSING];
	uint64_t last_ns; // of the last piece
	// ERROR
	uint8_t icmp_type, icmp_code;
	uint32_t mtu_bytes;
	struct mw_address reporter;
};

#endif
