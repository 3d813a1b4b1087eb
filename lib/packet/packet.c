// SPDX-License-Identifier: BSD-3-Clause
// The names of the enums in mw_packet.h, made from the same tables.
// Neighbours: mw_packet.h.
#include "mw_packet.h"

const char *const mw_refusal_names[MW_REFUSALS_COUNT] = {
#define X(symbol, name, fate, help) [MW_REFUSAL_##symbol] = name,
	MW_REFUSALS(X)
#undef X
};

const uint8_t mw_refusal_fates[MW_REFUSALS_COUNT] = {
#define X(symbol, name, fate, help) [MW_REFUSAL_##symbol] = MW_FATE_##fate,
	MW_REFUSALS(X)
#undef X
};

const char *const mw_layer_names[MW_LAYERS] = {
#define X(symbol, name, is_tunnel) [MW_LAYER_##symbol] = name,
	MW_LAYER_TABLE(X)
#undef X
};

const bool mw_layer_is_tunnel[MW_LAYERS] = {
#define X(symbol, name, is_tunnel) [MW_LAYER_##symbol] = is_tunnel,
	MW_LAYER_TABLE(X)
#undef X
};
