// SPDX-License-Identifier: BSD-3-Clause
// Episodes of devices in the middle, for tests.
// Neighbours: middlebox_test.c, row_test.c.
#ifndef MIDDLEBOX_SIGHTS_H
#define MIDDLEBOX_SIGHTS_H

#include "middlebox.h"

#define BIGIP_TEXT "BIG-IP: [0x2664c65:*] *"

/** An empty table; free() it. */
struct middlebox_table *sights_new_table(void);

struct mw_address sights_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/** Two resets in the name of server NETWORK.20.0.1, with a TTL that is not that server's. */
struct middlebox_sight shape_sight(uint8_t network, uint8_t ttl);
/** The same with the text of a BIG-IP; build may be NULL. */
struct middlebox_sight text_sight(uint8_t network, uint8_t ttl, const char *build);
/** The same with MAC 02:ac:17:78:3e:LAST_BYTE, which is not that server's, and no text. */
struct middlebox_sight mac_sight(uint8_t network, uint8_t ttl, uint8_t last_byte);

/** The row of the device that a sight joins or makes. */
struct mw_middlebox_row sights_add(struct middlebox_table *table, struct middlebox_sight sight);

#endif
