// SPDX-License-Identifier: BSD-3-Clause
// Two free lists.
// Neighbours: memory/buffers.h.
#include "memory/buffers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int buffers_new(struct buffers *buffers)
{
	size_t bytes = (size_t)BUFFERS_SMALL * BUFFERS_SMALL_BYTES + (size_t)BUFFERS_LARGE * BUFFERS_LARGE_BYTES;
	uint8_t *at;

	*buffers = (struct buffers){0};
	buffers->all = calloc(BUFFERS_SMALL + BUFFERS_LARGE, sizeof(*buffers->all));
	buffers->bytes = malloc(bytes);
	if (buffers->all == NULL || buffers->bytes == NULL) {
		buffers_free(buffers);
		return -ENOMEM;
	}
	at = buffers->bytes;
	for (uint32_t i = 0; i < BUFFERS_SMALL + BUFFERS_LARGE; i++) {
		struct buffer *buffer = &buffers->all[i];

		buffer->large = i >= BUFFERS_SMALL;
		buffer->bytes = at;
		at += buffer->large ? BUFFERS_LARGE_BYTES : BUFFERS_SMALL_BYTES;
		buffer->packet.source_cookie = buffer;
		buffers_put(buffers, &buffer->packet);
	}
	return 0;
}

void buffers_free(struct buffers *buffers)
{
	free(buffers->all);
	free(buffers->bytes);
	*buffers = (struct buffers){0};
}

static struct buffer *take(struct buffers *buffers, bool large)
{
	if (large)
		return buffers->free_large_count == 0 ? NULL : buffers->free_large[--buffers->free_large_count];
	return buffers->free_small_count == 0 ? NULL : buffers->free_small[--buffers->free_small_count];
}

struct mw_packet *buffers_copy(struct buffers *buffers, const struct mw_packet *packet)
{
	uint32_t captured = MW_MIN(packet->captured_bytes, BUFFERS_LARGE_BYTES);
	struct buffer *buffer = take(buffers, captured > BUFFERS_SMALL_BYTES);

	if (buffer == NULL)
		return NULL;
	buffer->packet = *packet;
	buffer->packet.data = buffer->bytes;
	buffer->packet.captured_bytes = captured;
	buffer->packet.source_cookie = buffer;
	if (captured > 0)
		memcpy(buffer->bytes, packet->data, captured);
	if ((packet->lane.shape == 0 || (packet->lane.bits & MW_LANE_WHOLE) != 0) &&
		packet->payload != NULL) // of the same bytes
		buffer->packet.payload = buffer->bytes + (packet->payload - packet->data);
	return &buffer->packet;
}

void buffers_put(struct buffers *buffers, struct mw_packet *packet)
{
	struct buffer *buffer = packet->source_cookie;

	if (buffer->large)
		buffers->free_large[buffers->free_large_count++] = buffer;
	else
		buffers->free_small[buffers->free_small_count++] = buffer;
}
