// SPDX-License-Identifier: BSD-3-Clause
// Episodes of devices in the middle, for tests.
// Neighbours: middlebox_test.c, row_test.c.
#ifndef MIDDLEBOX_OBSERVATIONS_H
#define MIDDLEBOX_OBSERVATIONS_H

#include "middlebox.h"

#define BIGIP_TEXT "BIG-IP: [0x2664c65:*] *"

/** An empty table; free() it. */
struct middlebox_table *observations_new_table(void);

struct mw_address observations_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/** Two resets in the name of server NETWORK.20.0.1, with a TTL that is not that server's. */
struct middlebox_observation shape_observation(uint8_t network, uint8_t ttl);
/** The same with the text of a BIG-IP; build may be NULL. */
struct middlebox_observation text_observation(uint8_t network, uint8_t ttl, const char *build);
/** The same with MAC 02:ac:17:78:3e:LAST_BYTE, which is not that server's, and no text. */
struct middlebox_observation mac_observation(uint8_t network, uint8_t ttl, uint8_t last_byte);

/** The row of the device that an observation joins or makes. */
struct mw_middlebox_row observations_add(struct middlebox_table *table, struct middlebox_observation observation);

#endif
