// SPDX-License-Identifier: BSD-3-Clause
// 802.11 data frames, behind radiotap or PPI or bare: what an access point or a monitor interface shows.
// Neighbours: ethernet.c reads the LLC inside; gre.c, udp_tunnels.c bring frames from access points. Follows IEEE
// 802.11-2020 section 9.2 and 9.3.2, radiotap.org, the PPI specification 1.0.10.
#include "decode.h"

#define HEADER_BYTES  24
#define PRESENT_WORDS 8 // of radiotap: more than any driver's antennas
#define PPI_BYTES     8

/** What is known of a frame beside its bytes. */
enum { HAS_FCS = 1, IS_PADDED = 2, IS_DAMAGED = 4 }; // padded: its header ends at a multiple of 4 bytes

static uint16_t load_u16_le(const uint8_t *at)
{
	return (uint16_t)(at[1] << 8 | at[0]);
}

static uint32_t load_u32_le(const uint8_t *at)
{
	return (uint32_t)load_u16_le(at + 2) << 16 | load_u16_le(at);
}

/** The bits of the first two bytes. */
enum {
	TYPE = 0x0c,
	TYPE_DATA = 0x08,
	NO_DATA = 0x40,
	QOS = 0x80,
	TO_DS = 0x01,
	FROM_DS = 0x02,
	MORE_FRAGMENTS = 0x04,
	PROTECTED = 0x40,
	ORDER = 0x80, // of a QoS frame: an HT control field follows
};
enum { QOS_A_MSDU = 0x80, FRAGMENT_NUMBER = 0x0f };

// Table 9-30: where source and destination stand, by the two DS bits.
static void note_macs(struct cursor *c, const uint8_t *at)
{
	static const uint8_t dst[4] = {4, 16, 4, 16}, src[4] = {10, 10, 16, 24};
	const unsigned ds = at[1] & (TO_DS | FROM_DS);

	if (c->ethernets++ > 0)
		return;
	memcpy(c->packet->mac_dst, at + dst[ds], 6);
	memcpy(c->packet->mac_src, at + src[ds], 6);
}

static uint32_t header_bytes_of(const uint8_t *at, unsigned what)
{
	const bool is_qos = (at[0] & QOS) != 0;
	uint32_t bytes = HEADER_BYTES;

	bytes += (at[1] & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS) ? 6 : 0;
	bytes += is_qos ? 2 : 0;
	bytes += is_qos && (at[1] & ORDER) != 0 ? 4 : 0;
	return (what & IS_PADDED) != 0 ? (bytes + 3) / 4 * 4 : bytes;
}

static bool is_a_msdu(const uint8_t *at)
{
	const bool is_wds = (at[1] & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS);

	return (at[0] & QOS) != 0 && (at[HEADER_BYTES + (is_wds ? 6 : 0)] & QOS_A_MSDU) != 0;
}

// Every data frame begins with LLC. What does not is encrypted without saying so, or damaged.
static void follow_body(struct cursor *c)
{
	if (!has(c, 3, MW_REFUSAL_LINK_SHORT))
		return;
	c->tags = 0;
	if (c->in.at[2] == 3)
		follow_llc(c, c->wire_bytes);
	else
		refuse(c, MW_REFUSAL_WLAN_BODY);
}

// Several frames in one: the first is read.
static void follow_a_msdu(struct cursor *c)
{
	const uint8_t *at;
	uint32_t length_bytes;

	if (!has(c, 14, MW_REFUSAL_LINK_SHORT))
		return;
	at = take(c, 14);
	length_bytes = mw_load_u16_be(at + 12);
	if (c->ethernets == 1) {
		memcpy(c->packet->mac_dst, at, 6);
		memcpy(c->packet->mac_src, at + 6, 6);
	}
	if (!fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_WLAN_BODY);
		return;
	}
	limit(c, MW_MIN(length_bytes, c->wire_bytes));
	follow_body(c);
}

// Decrypted by hardware, the bit stays.
static bool is_open(const struct cursor *c, const uint8_t *at)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0};
	const uint8_t *body = mw_reader_peek(&c->in, sizeof(snap));

	return (at[1] & PROTECTED) == 0 || (body != NULL && memcmp(body, snap, sizeof(snap)) == 0);
}

static void decode_frame(struct cursor *c, unsigned what)
{
	const uint8_t *at = c->in.at;
	uint32_t header_bytes;

	if ((what & HAS_FCS) != 0 && c->wire_bytes > 4)
		limit(c, c->wire_bytes - 4);
	if (!has(c, 2, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_WLAN))
		return;
	if ((at[0] & 3) != 0 || (at[0] & TYPE) != TYPE_DATA || (at[0] & NO_DATA) != 0) {
		refuse(c, MW_REFUSAL_WLAN_OTHER);
		return;
	}
	header_bytes = header_bytes_of(at, what);
	if (!has(c, header_bytes, MW_REFUSAL_LINK_SHORT))
		return;
	note_macs(c, at);
	take(c, header_bytes);
	if ((what & IS_DAMAGED) != 0)
		refuse(c, MW_REFUSAL_WLAN_BODY);
	else if (!is_open(c, at))
		refuse(c, MW_REFUSAL_WLAN_PROTECTED);
	else if ((at[1] & MORE_FRAGMENTS) != 0 || (at[22] & FRAGMENT_NUMBER) != 0)
		refuse(c, MW_REFUSAL_WLAN_OTHER);
	else if (is_a_msdu(at))
		follow_a_msdu(c);
	else
		follow_body(c);
}

bool plausible_wlan(const struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 2);
	struct cursor inside = *c;

	if (at == NULL || (at[0] & 3) != 0 || (at[0] & TYPE) == TYPE)
		return false;
	if ((at[0] & TYPE) != TYPE_DATA || (at[0] & NO_DATA) != 0 || (at[1] & PROTECTED) != 0)
		return true;
	if (take(&inside, header_bytes_of(at, 0)) == NULL || mw_reader_left(&inside.in) < 3)
		return false;
	return is_a_msdu(at) || inside.in.at[2] == 3;
}

void decode_wlan(struct cursor *c)
{
	decode_frame(c, 0);
}

// The second field, behind a clock of 8 bytes on a boundary of 8; both may be absent.
static unsigned radiotap_flags(const uint8_t *at, uint32_t length_bytes)
{
	const uint32_t present = load_u32_le(at + 4);
	uint32_t field = 4, words = 0;

	do
		field += 4;
	while ((load_u32_le(at + field - 4) & 0x80000000u) != 0 && ++words < PRESENT_WORDS && field + 4 <= length_bytes);
	if ((present & 1) != 0)
		field = (field + 7) / 8 * 8 + 8;
	if ((present & 2) == 0 || field >= length_bytes)
		return 0;
	return ((at[field] & 0x10) != 0 ? HAS_FCS : 0) | ((at[field] & 0x20) != 0 ? IS_PADDED : 0) |
		   ((at[field] & 0x40) != 0 ? IS_DAMAGED : 0);
}

void decode_radiotap(struct cursor *c)
{
	const uint8_t *at = c->in.at;
	uint32_t length_bytes;

	if (!has(c, 8, MW_REFUSAL_LINK_SHORT))
		return;
	length_bytes = load_u16_le(at + 2);
	if (at[0] != 0 || length_bytes < 8 || !fits(c, length_bytes))
		refuse(c, MW_REFUSAL_WLAN_HEADER);
	else if (has(c, length_bytes, MW_REFUSAL_LINK_SHORT))
		decode_frame(c, radiotap_flags(take(c, length_bytes), length_bytes));
}

// Fields of a type and a length; type 2 is common to all of 802.11.
static unsigned ppi_flags(const uint8_t *at, uint32_t length_bytes)
{
	for (uint32_t field = PPI_BYTES; field + 4 <= length_bytes; field += 4u + load_u16_le(at + field + 2)) {
		if (load_u16_le(at + field) == 2 && load_u16_le(at + field + 2) >= 10 && field + 14 <= length_bytes)
			return (at[field + 12] & 1) != 0 ? HAS_FCS : 0;
	}
	return 0;
}

void decode_ppi(struct cursor *c)
{
	enum { ETHERNET = 1, RAW = 12, RAW_LINKTYPE = 101, WLAN = 105 };
	const uint8_t *at = c->in.at;
	uint32_t length_bytes, dlt;

	if (!has(c, PPI_BYTES, MW_REFUSAL_LINK_SHORT))
		return;
	length_bytes = load_u16_le(at + 2);
	if (at[0] != 0 || length_bytes < PPI_BYTES || !fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_WLAN_HEADER);
		return;
	}
	if (!has(c, length_bytes, MW_REFUSAL_LINK_SHORT))
		return;
	take(c, length_bytes);
	dlt = load_u32_le(at + 4);
	if (dlt == WLAN)
		decode_frame(c, ppi_flags(at, length_bytes));
	else if (dlt == ETHERNET)
		c->next = decode_ethernet;
	else if (dlt == RAW || dlt == RAW_LINKTYPE)
		c->next = decode_raw_ip;
	else
		refuse(c, MW_REFUSAL_LINK_UNKNOWN);
}
