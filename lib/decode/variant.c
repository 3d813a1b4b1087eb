// SPDX-License-Identifier: BSD-3-Clause
// Which of the quick decoders runs: chosen once, by what the CPU has.
// Neighbours: lane.c is all of them, decode.c walks what they refuse.
#include "decode.h"

extern const struct lane_decoder lane_portable;

#if defined(__x86_64__)
extern const struct lane_decoder lane_sse4;

// Set before main() and never again, so that threads need no order between them.
static bool have_sse4;

__attribute__((constructor)) static void choose(void)
{
	__builtin_cpu_init();
	have_sse4 = __builtin_cpu_supports("sse4.1") != 0;
}

const struct lane_decoder *decode_variant(unsigned number)
{
	return number == 0 ? &lane_portable : number == 1 && have_sse4 ? &lane_sse4 : NULL;
}

static inline const struct lane_decoder *in_use(void)
{
	return have_sse4 ? &lane_sse4 : &lane_portable;
}
#else
const struct lane_decoder *decode_variant(unsigned number)
{
	return number == 0 ? &lane_portable : NULL;
}

static inline const struct lane_decoder *in_use(void)
{
	return &lane_portable;
}
#endif

void mw_decode(const struct mw_decode_settings *settings, struct mw_packet *packet)
{
	if (in_use()->one(settings, packet))
		mw_packet_rest(packet);
	else
		decode_walk(settings, packet);
}

void mw_decode_batch(const struct mw_decode_settings *settings, struct mw_packet *const packets[], uint32_t count)
{
	in_use()->batch(settings, packets, count);
}
