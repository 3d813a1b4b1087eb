// SPDX-License-Identifier: BSD-3-Clause
// One attempt at an IKE SA: what passed of its exchanges, what shows success or failure. It judges nothing.
// Neighbours: table.c keeps attempts, decide.c judges them. Follows RFC 7296 section 2, RFC 7383, RFC 9242.
#ifndef IKE_ATTEMPT_H
#define IKE_ATTEMPT_H

#include "facts.h"
#include "mw_kit_list.h"
#include "mw_event.h"

#define IKE_SENDINGS 8 // latest transmissions of one side that are remembered apart

/** What became of a transmission in IP fragments; one in a single packet is whole. */
enum ike_sending_state { IKE_SENDING_OPEN, IKE_SENDING_WHOLE, IKE_SENDING_LOST, IKE_SENDING_FORGOTTEN };

struct ike_sending {
	uint64_t time_ns;
	uint32_t ip_id;
	uint8_t state; // enum ike_sending_state
	bool in_pieces; // by IP
	bool told; // its message was told, not its pieces alone
};

/** One side of an exchange: a message and its retransmissions. */
struct ike_side {
	uint32_t sent; // transmissions, partly seen ones too
	uint32_t message_bytes; // IKE length; the sum over RFC 7383 fragments
	uint32_t packet_bytes; // largest IP packet
	bool fragmented; // by IP
	bool skf; // by RFC 7383
	uint16_t skf_total;
	uint64_t skf_seen, skf_round; // bit n - 1: fragment n came whole; of the newest transmission, came
	uint64_t digest; // of the first one
	uint64_t first_ns, last_ns; // transmissions
	uint64_t whole_ns; // first time that all of it had passed; 0 never
	struct ike_sending sendings[IKE_SENDINGS]; // a ring, by sent
};

struct ike_exchange {
	uint8_t type; // IKE_SA_INIT, IKE_INTERMEDIATE, IKE_AUTH; 0: nothing of it was seen
	uint32_t message_id;
	struct ike_side request, response;
	uint32_t repeated, after; // requests after a part of the response had passed; after all of it
	uint32_t guesses; // datagrams without a first piece that may be the response
	bool exceeded_request, exceeded_response; // the receiver said that it never had all pieces
};

struct ike_attempt {
	uint8_t spi_i[IKE_SPI_BYTES], spi_r[IKE_SPI_BYTES];
	struct mw_address initiator, responder;
	uint16_t initiator_port, responder_port; // of the newest message
	uint16_t init_port; // initiator's in SA_INIT; 0 not seen
	uint64_t first_ns, last_ns; // messages
	struct ike_exchange init, auth; // auth: the newest exchange behind SA_INIT
	uint32_t before_sent, before_request_bytes, before_response_bytes; // earlier exchange with the largest response
	bool before_fragmented_request, before_fragmented_response; // any earlier one
	uint32_t before_packet_bytes; // largest packet of their responses
	bool offered_i, offered_r, skf, nat_t, plain_auth;
	bool heard; // a message of the responder
	bool begin_again; // the responder asked for it, and the initiator has not yet
	bool asked_in_vain; // the same request came again instead
	uint16_t again_notify; // how it asked
	uint64_t again_ns; // when
	bool superseded; // the initiator began another attempt instead
	bool hidden; // midwatch itself did not see for a part of it
	bool data_i, data_r; // ESP of each end, since the first message
	bool data_old; // ESP that another SA must have made
	bool child; // the initiator speaks of child SAs: this one stands
	uint32_t informs; // INFORMATIONAL messages of the initiator, each once
	uint32_t inform_id;
	uint64_t inform_ns; // of the newest
	uint16_t notify; // an error of the responder, in clear
	bool unreachable, port_closed; // ICMP about the initiator's packets
	uint32_t mtu_bytes; // smallest by ICMP; 0 none
	struct mw_address mtu_reporter;
	struct ike_facts lost; // newest datagram that lacks pieces; what is IKE_PIECES when there is one
	// the table's
	uint64_t touched_ns;
	struct mw_kit_link age; // in its list
	uint8_t list; // enum ike_list
};

/** Takes a message of this attempt's SPIs and ends. */
void ike_attempt_message(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts);

/** Takes the end of a datagram in pieces whose first piece names this attempt. */
void ike_attempt_pieces(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts);

/** Takes pieces without a first one, from responder to initiator. @return whether they may be the awaited response. */
bool ike_attempt_guess(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts);

/** Whether the quoted packet of an ICMP error is a transmission of this attempt, by its identification. */
bool ike_attempt_sent(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator);

/** Takes an ICMP error about a packet of this attempt. */
void ike_attempt_error(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator);

/** The exchange at which the attempt stands. */
static inline const struct ike_exchange *ike_attempt_at(const struct ike_attempt *attempt)
{
	return attempt->auth.type != 0 ? &attempt->auth : &attempt->init;
}

/** Something of the message passed and something of it never did, in no transmission of it. */
bool ike_side_partial(const struct ike_side *side);

/** ESP in both directions, which no older SA explains. */
static inline bool ike_attempt_carries_data(const struct ike_attempt *attempt)
{
	return attempt->auth.type != 0 && attempt->data_i && attempt->data_r && !attempt->data_old;
}

#endif
