// SPDX-License-Identifier: BSD-3-Clause
// Memory and numbers of a scene.
// Neighbours: evidence_scene.h.
#include "evidence_scene.h"

#include <stdlib.h>

#include "mw_test.h"

struct mw_address scene_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = {a, b, c, d};

	return mw_address_from_v4(bytes);
}

struct scene *scene_open(const struct mw_evidence_kind *kind, const void *row)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->subject.src_bits = scene->subject.dst_bits = 128;
	if (!kind->row(row, &scene->subject, scene->key)) {
		free(scene);
		return NULL;
	}
	scene->memory = calloc(1, mw_evidence_packets_bytes(kind));
	assert_non_null(scene->memory);
	mw_evidence_packets_init(&scene->packets, kind, &scene->subject, scene->memory);
	return scene;
}

void scene_close(struct scene *scene)
{
	if (scene != NULL)
		free(scene->memory);
	free(scene);
}

void scene_take(struct scene *scene, const struct mw_packet *packet)
{
	scene_take_marked(scene, packet, (struct mw_detector_mark){0});
}

void scene_take_marked(struct scene *scene, const struct mw_packet *packet, struct mw_detector_mark mark)
{
	static uint8_t frame[9000];
	struct mw_packet mine = *packet;

	if (mine.data == NULL) {
		mine.data = frame;
		mine.captured_bytes = mine.captured_bytes == 0 ? 100 : mine.captured_bytes;
	}
	mine.wire_bytes = MW_MAX(mine.wire_bytes, mine.captured_bytes);
	mw_evidence_packets_take(&scene->packets, &mine, 1, ++scene->number, mark);
}

const struct mw_evidence_packet *scene_packet(const struct scene *scene, uint64_t number)
{
	for (uint32_t i = 0; i < scene->packets.kind->places; i++) {
		const struct mw_evidence_packet *packet = &scene->packets.packets[i];

		if (packet->captured_bytes > 0 && packet->number == number)
			return packet;
	}
	return NULL;
}

uint32_t scene_kept(const struct scene *scene, uint32_t part)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->packets.kind->places; i++)
		count += scene->packets.packets[i].captured_bytes > 0 && scene->packets.packets[i].part == part;
	return count;
}

const char *scene_comment(const struct scene *scene, uint64_t number)
{
	static char comment[MW_EVIDENCE_COMMENT_BYTES];
	struct mw_text text = mw_text_in(comment, sizeof(comment));

	assert_non_null(scene_packet(scene, number));
	mw_evidence_packets_comment(&scene->packets, scene_packet(scene, number), &text);
	assert_false(text.cut);
	return comment;
}
