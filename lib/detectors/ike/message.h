// SPDX-License-Identifier: BSD-3-Clause
// Reads one IKE message as far as it is in clear text: header, the chain of payloads in front of the encrypted one.
// Neighbours: ike.c. Follows RFC 7296 sections 3.1, 3.2, 3.10, 3.14; RFC 7383 section 2.5; RFC 2408 section 3.1.
#ifndef IKE_MESSAGE_H
#define IKE_MESSAGE_H

#include "facts.h"

/** What a message turned out to be. */
enum ike_read {
	IKE_READ_NONE, // no IKE header, or not all of it was captured; facts as they were
	IKE_READ_WHOLE, // as far as it was captured
	IKE_READ_BROKEN, // the chain of payloads contradicts itself; what came before that counts
};

/**
 * Reads the message at bytes, of which count were captured, into the message's fields of facts, that were 0: version to
 * from_initiator, skf to message_bytes. Of version 1 the header alone.
 */
enum ike_read ike_message_read(const uint8_t *bytes, size_t count, struct ike_facts *facts);

/**
 * The IKE message in the payload of UDP between these ports: behind the non-ESP marker on port 4500 (RFC 3948 section
 * 2.2). @return its first byte and in *count its bytes, or NULL when it is ESP, a keepalive or nothing.
 */
const uint8_t *ike_message_in_udp(const uint8_t *payload, size_t payload_bytes, uint16_t src_port, uint16_t dst_port,
								  size_t *count);

/** 500 or 4500 at either end. */
bool ike_ports(uint16_t src_port, uint16_t dst_port);

/** 4500 at either end. */
bool ike_ports_nat_t(uint16_t src_port, uint16_t dst_port);

/** A fixed mix of bytes: the same on every machine and in every run. Nothing that an attacker may not aim at. */
uint64_t ike_message_digest(const uint8_t *bytes, size_t count);

#endif
