// SPDX-License-Identifier: BSD-3-Clause
// How much arrives in each moment, for detectors that compare busy moments with calm ones.
// Neighbours: pipeline.c receives. A batch lies in one moment on a busy port: two looks at the clock, nothing a packet.
#include "pipeline.h"

void moments_tell(struct mw_pipeline *pipeline)
{
	struct mw_moment *moment = &pipeline->moments.now;

	for (uint32_t left = moment->packets == 0 ? 0 : pipeline->moments.listeners; left != 0; left &= left - 1) {
		const uint32_t number = (uint32_t)__builtin_ctz(left);

		pipeline->config.detectors.items[number]->on_moment(&pipeline->detectors[number], moment);
	}
	*moment = (struct mw_moment){.number = moment->number};
}

void moments_split(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	struct mw_moment *moment = &pipeline->moments.now;

	for (uint32_t i = 0; i < packets_count; i++) {
		const struct mw_packet *packet = packets[i];

		if (!moments_hold(&pipeline->moments, packet)) {
			moments_tell(pipeline);
			moment->number = packet->clock_ns / MW_MOMENT_NS;
		}
		moment->packets++;
		moment->bytes += packet->wire_bytes;
		moment->segment_bytes += packet->fate == MW_FATE_FILTERED ? 0 : moments_segment_bytes(packet);
	}
}
