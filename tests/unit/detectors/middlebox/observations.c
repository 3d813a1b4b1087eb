// SPDX-License-Identifier: BSD-3-Clause
// Episodes of devices in the middle, for tests.
// Neighbours: observations.h.
#include "observations.h"

#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "mw_packet.h"

struct middlebox_table *observations_new_table(void)
{
	struct middlebox_table *table = calloc(1, middlebox_table_bytes());

	assert_non_null(table);
	return table;
}

struct mw_address observations_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return mw_address_from_v4((const uint8_t[4]){a, b, c, d});
}

struct middlebox_observation shape_observation(uint8_t network, uint8_t ttl)
{
	return (struct middlebox_observation){
		.first_ns = 1000u * network,
		.last_ns = 1000u * network + 10,
		.resets = 2,
		.named = observations_v4(network, 20, 0, 1),
		.receiver = observations_v4(192, 168, 1, 10),
		.named_is_server = true,
		.ttl_foreign = true,
		.ttl = ttl,
		.ip_id_known = true,
		.tcp_flags = MW_TCP_RST | MW_TCP_ACK,
		.origin = MW_MIDDLEBOX_ORIGIN_IN_PATH,
	};
}

struct middlebox_observation text_observation(uint8_t network, uint8_t ttl, const char *build)
{
	struct middlebox_observation observation = shape_observation(network, ttl);

	observation.text_label = "F5 BIG-IP";
	observation.build = build;
	observation.text_template = BIGIP_TEXT;
	return observation;
}

struct middlebox_observation mac_observation(uint8_t network, uint8_t ttl, uint8_t last_byte)
{
	struct middlebox_observation observation = shape_observation(network, ttl);

	observation.mac_foreign = true;
	memcpy(observation.mac, (const uint8_t[6]){2, 0xac, 0x17, 0x78, 0x3e, last_byte}, 6);
	return observation;
}

struct mw_middlebox_row observations_add(struct middlebox_table *table, struct middlebox_observation observation)
{
	const struct middlebox *device = middlebox_add(table, &observation);
	struct mw_middlebox_row row;

	assert_non_null(device);
	middlebox_row(device, &row);
	assert_string_equal(row.cluster, middlebox_id(device));
	return row;
}
