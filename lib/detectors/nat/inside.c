// SPDX-License-Identifier: BSD-3-Clause
// A bit for each private /24 network: no flood can fill it up.
// Neighbours: inside.h.
#include "inside.h"

#include "mw_reader.h"

#define NOT_PRIVATE UINT32_MAX
#define V4_AT       12 // of an IPv4 address in its mapped form

/** Private prefixes, and where their networks begin. */
static const struct {
	uint32_t prefix, mask, base;
} privates[] = {
	{0x0a000000, 0xff000000, 0},
	{0xac100000, 0xfff00000, 65536},
	{0xc0a80000, 0xffff0000, 65536 + 4096},
	{0x64400000, 0xffc00000, 65536 + 4096 + 256},
};

static uint32_t network_of(const struct mw_address *address)
{
	const uint32_t v4 = mw_load_u32_be(&address->bytes[V4_AT]);

	if (!mw_address_is_v4(address))
		return NOT_PRIVATE;
	for (size_t i = 0; i < MW_ARRAY_SIZE(privates); i++) {
		if ((v4 & privates[i].mask) == privates[i].prefix)
			return privates[i].base + ((v4 & ~privates[i].mask) >> 8);
	}
	return NOT_PRIVATE;
}

bool nat_inside_private(const struct mw_address *address)
{
	static const uint8_t ds_lite[3] = {192, 0, 0};

	if (network_of(address) != NOT_PRIVATE)
		return true;
	return mw_address_is_v4(address) && memcmp(&address->bytes[V4_AT], ds_lite, sizeof(ds_lite)) == 0 &&
		   address->bytes[15] < 8;
}

bool nat_inside_local(const struct mw_address *address)
{
	const uint8_t *v4 = &address->bytes[V4_AT];

	return v4[0] == 0 || v4[0] == 127 || v4[0] >= 224 || (v4[0] == 169 && v4[1] == 254);
}

void nat_inside_saw(struct nat_inside *inside, const struct mw_address *address)
{
	uint32_t network = network_of(address);

	if (network == NOT_PRIVATE || inside->lives[network / 64] >> network % 64 & 1)
		return;
	inside->lives[network / 64] |= UINT64_C(1) << network % 64;
	inside->changes++;
}

static bool configured(const struct mw_nat_settings *settings, const struct mw_address *address)
{
	for (uint32_t i = 0; i < settings->inside.count; i++) {
		if (mw_prefix_holds(&settings->inside.items[i], address))
			return true;
	}
	return false;
}

bool nat_inside_host(const struct mw_nat_settings *settings, const struct mw_address *address)
{
	return settings->inside.count > 0 ? configured(settings, address) : network_of(address) != NOT_PRIVATE;
}

static bool is_here(const struct nat_inside *inside, const struct mw_nat_settings *settings,
					const struct mw_address *address, uint32_t network)
{
	if (settings->inside.count > 0)
		return configured(settings, address);
	return network != NOT_PRIVATE && inside->lives[network / 64] >> network % 64 & 1;
}

bool nat_inside_here(const struct nat_inside *inside, const struct mw_nat_settings *settings,
					 const struct mw_address *address)
{
	return is_here(inside, settings, address, network_of(address));
}

bool nat_inside_stays(const struct nat_inside *inside, const struct mw_nat_settings *settings,
					  const struct mw_address *src, const struct mw_address *dst)
{
	const uint32_t from = network_of(src), to = network_of(dst);

	return settings->inside.count == 0 && from != NOT_PRIVATE && to != NOT_PRIVATE &&
		   (from == to || (inside->lives[to / 64] >> to % 64 & 1) != 0);
}

bool nat_inside_translated(const struct nat_inside *inside, const struct mw_nat_settings *settings,
						   const struct mw_address *host, const struct mw_address *dst)
{
	const uint32_t network = network_of(dst);

	if (nat_inside_local(dst) || is_here(inside, settings, dst, network))
		return false;
	return network == NOT_PRIVATE || network != network_of(host);
}
