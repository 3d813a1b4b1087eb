// SPDX-License-Identifier: BSD-3-Clause
// The server's name in the first bytes of a TLS connection: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3.
// Neighbours: worker.c looks for it where a gateway may fetch its rules; fetch.c knows the names. Any thread.
#ifndef OUTAGES_HELLO_H
#define OUTAGES_HELLO_H

#include "mw_base.h"

#define OUTAGES_HELLO_NAME_BYTES 254 // 253 of a name (RFC 1035 section 2.3.4), and the end

/**
 * The name that a ClientHello asks for, in small letters; bytes: the first segment's payload, which may end anywhere.
 * @return false: it is no ClientHello, has no name, the name lies beyond the bytes or the record, or it is none of DNS.
 */
bool outages_hello_name(const uint8_t *bytes, size_t bytes_count, char name[OUTAGES_HELLO_NAME_BYTES]);

#endif
