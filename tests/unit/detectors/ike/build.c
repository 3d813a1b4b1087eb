// SPDX-License-Identifier: BSD-3-Clause
// The bytes of IKE messages.
// Neighbours: build.h.
#include "build.h"

#include <string.h>

#include "mw_test.h"

#define HEADER_BYTES 28
#define INNER_NEXT   36 // IDr: what the encrypted payload names as next
#define NEXT_PAYLOAD 16 // in the header
#define LENGTH_AT    24
#define SPI_I        UINT64_C(0x1122334455667788)
#define SPI_R        UINT64_C(0x99aabbccddeeff00)

static void put(uint8_t *at, uint64_t value, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

void ike_build_start(struct ike_build *build, const struct ike_header *header)
{
	uint8_t *at = build->bytes;

	memset(build, 0, sizeof(*build));
	put(at, header->spi_i != 0 ? header->spi_i : SPI_I, 8);
	put(at + 8, header->spi_r, 8);
	at[17] = (uint8_t)((header->version != 0 ? header->version : 2) << 4);
	at[18] = header->exchange != 0 ? header->exchange : IKE_SA_INIT;
	at[19] = header->response ? 0x20 : 0x08;
	put(at + 20, header->message_id, 4);
	put(at + LENGTH_AT, HEADER_BYTES, 4);
	build->bytes_count = HEADER_BYTES;
	build->next_at = NEXT_PAYLOAD;
}

uint32_t ike_build_payload(struct ike_build *build, uint8_t type, uint32_t body_bytes)
{
	uint32_t begin = build->bytes_count;

	assert_true(begin + 4 + body_bytes <= IKE_BUILD_BYTES_MAX);
	build->bytes[build->next_at] = type;
	build->next_at = begin;
	put(build->bytes + begin + 2, 4 + body_bytes, 2);
	for (uint32_t i = 0; i < body_bytes; i++)
		build->bytes[begin + 4 + i] = (uint8_t)(i * 7 + type);
	build->bytes_count += 4 + body_bytes;
	put(build->bytes + LENGTH_AT, build->bytes_count, 4);
	return begin;
}

void ike_build_notify(struct ike_build *build, uint16_t type, uint32_t data_bytes)
{
	uint32_t begin = ike_build_payload(build, IKE_PAYLOAD_NOTIFY, 4 + data_bytes);

	put(build->bytes + begin + 4, 0, 2);
	put(build->bytes + begin + 6, type, 2);
}

void ike_build_sk(struct ike_build *build, uint32_t body_bytes)
{
	uint32_t begin = ike_build_payload(build, IKE_PAYLOAD_SK, body_bytes);

	build->bytes[begin] = INNER_NEXT;
}

void ike_build_skf(struct ike_build *build, uint16_t number, uint16_t total, uint32_t body_bytes)
{
	uint32_t begin = ike_build_payload(build, IKE_PAYLOAD_SKF, 4 + body_bytes);

	build->bytes[begin] = number == 1 ? INNER_NEXT : 0;
	put(build->bytes + begin + 4, number, 2);
	put(build->bytes + begin + 6, total, 2);
}

void ike_build_init(struct ike_build *build, bool response, bool offers_fragmentation)
{
	ike_build_header(build, .spi_r = response ? SPI_R : 0, .response = response);
	ike_build_payload(build, IKE_PAYLOAD_SA, 44);
	ike_build_payload(build, IKE_PAYLOAD_KE, 260);
	ike_build_payload(build, IKE_PAYLOAD_NONCE, 32);
	ike_build_notify(build, 16388, 20);
	ike_build_notify(build, 16389, 20);
	if (offers_fragmentation)
		ike_build_notify(build, 16430, 0);
}

void ike_build_auth(struct ike_build *build, bool response, uint32_t message_bytes)
{
	ike_build_header(build, .spi_r = SPI_R, .exchange = IKE_AUTH, .message_id = 1, .response = response);
	ike_build_sk(build, message_bytes - HEADER_BYTES - 4);
}
