// SPDX-License-Identifier: BSD-3-Clause
// IPsec as a listener sees it: AH is transparent, ESP is not; IKE on 500 and 4500, ESP in UDP.
// Neighbours: ip.c, udp.c. Follows RFC 4302, RFC 4303, RFC 3948, RFC 7296 section 3.1.
#include "decode.h"

#define AH_BYTES             12
#define IKE_BYTES            28
#define ESP_IN_UDP_BYTES_MIN 16 // SPI, sequence number, and the least that a cipher leaves

void decode_ah(struct cursor *c)
{
	const uint8_t *at = c->in.at;
	uint32_t length_bytes;

	if (!has(c, AH_BYTES, MW_REFUSAL_AH_SHORT))
		return;
	length_bytes = (at[1] + 2u) * 4;
	if (length_bytes < AH_BYTES || !fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_AH_BAD);
		return;
	}
	if (!has(c, length_bytes, MW_REFUSAL_AH_SHORT) || !push_layer(c, MW_LAYER_AH))
		return;
	take(c, length_bytes);
	c->packet->ip_header_bytes = (uint16_t)(c->packet->ip_header_bytes + length_bytes);
	follow_protocol(c, at[0]);
}

void decode_esp(struct cursor *c)
{
	push_layer(c, MW_LAYER_ESP);
}

static bool is_ike(const struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, IKE_BYTES);
	static const uint8_t no_spi[8];
	uint32_t length_bytes;

	if (at == NULL || memcmp(at, no_spi, sizeof(no_spi)) == 0)
		return false;
	length_bytes = mw_load_u32_be(at + 24);
	return (at[17] >> 4 == 1 || at[17] >> 4 == 2) && length_bytes >= IKE_BYTES && fits(c, length_bytes);
}

static bool enter_ike(struct cursor *c)
{
	if (push_layer(c, MW_LAYER_IKE))
		c->packet->kinds |= MW_KIND_IKE;
	return true;
}

bool try_ike(struct cursor *c)
{
	return is_ike(c) && enter_ike(c);
}

bool try_esp_in_udp(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 4);

	if (at == NULL)
		return false; // a keepalive too: one byte
	if (mw_load_u32_be(at) == 0)
		return is_ike(&inside) && enter_ike(c);
	return c->wire_bytes >= ESP_IN_UDP_BYTES_MIN && enter_tunnel(c, c, MW_LAYER_ESP_IN_UDP, NULL);
}
