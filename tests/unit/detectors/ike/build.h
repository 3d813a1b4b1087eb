// SPDX-License-Identifier: BSD-3-Clause
// IKE messages for tests, payload by payload; each writes its type into the one before it, lengths are ours.
// Neighbours: message_test.c, worker_test.c. Follows RFC 7296 section 3, RFC 7383 section 2.5.
#ifndef IKE_BUILD_H
#define IKE_BUILD_H

#include "facts.h"

#define IKE_BUILD_BYTES_MAX 16384

enum { IKE_PAYLOAD_SA = 33, IKE_PAYLOAD_KE = 34, IKE_PAYLOAD_NONCE = 40, IKE_PAYLOAD_NOTIFY = 41 };
enum { IKE_PAYLOAD_SK = 46, IKE_PAYLOAD_SKF = 53 };

struct ike_header {
	uint64_t spi_i, spi_r; // default of spi_i: 0x1122334455667788
	uint32_t message_id;
	uint8_t exchange; // default IKE_SA_INIT
	uint8_t version; // major, default 2
	bool response; // by the responder too
};

struct ike_build {
	uint32_t bytes_count;
	uint32_t next_at; // where the type of the next payload goes
	uint8_t bytes[IKE_BUILD_BYTES_MAX];
};

/** A header without payloads. Overflow aborts the test. */
void ike_build_start(struct ike_build *build, const struct ike_header *header);
#define ike_build_header(build, ...) ike_build_start(build, &(struct ike_header){__VA_ARGS__})

/** A payload with body_bytes of a pattern. Its first byte within bytes, for a test that wants to spoil it. */
uint32_t ike_build_payload(struct ike_build *build, uint8_t type, uint32_t body_bytes);
void ike_build_notify(struct ike_build *build, uint16_t type, uint32_t data_bytes);
/** Encrypted, the last one: names the inner payload as next. */
void ike_build_sk(struct ike_build *build, uint32_t body_bytes);
void ike_build_skf(struct ike_build *build, uint16_t number, uint16_t total, uint32_t body_bytes);

/** Messages as implementations send them: SA_INIT with SA, KE, nonce, NAT detection, and 16430 if it is offered. */
void ike_build_init(struct ike_build *build, bool response, bool offers_fragmentation);
/** IKE_AUTH in one encrypted payload, the whole message message_bytes long. */
void ike_build_auth(struct ike_build *build, bool response, uint32_t message_bytes);

#endif
