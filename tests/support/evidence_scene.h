// SPDX-License-Identifier: BSD-3-Clause
// A subject of evidence made from a row, packets given to it, and what was kept of them.
// Neighbours: tests/unit/detectors/*/evidence_test.c.
#ifndef EVIDENCE_SCENE_H
#define EVIDENCE_SCENE_H

#include "mw_evidence_kind.h"

#define SCENE_NS UINT64_C(1768123800000000000) // where stories begin
#define SCENE_MS ((int64_t)MW_NS_PER_MS)

struct scene {
	struct mw_evidence_subject subject;
	char key[DIAGNOSIS_KEY_BYTES];
	struct mw_evidence_packets packets;
	void *memory;
	uint64_t number; // of the latest packet
};

struct mw_address scene_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/** A subject made from a row. @return NULL when the row makes none. */
struct scene *scene_open(const struct mw_evidence_kind *kind, const void *row);
void scene_close(struct scene *scene);

/** Gives the packet to it, with the next number: 1, 2, 3. Without data, the packet gets some. */
void scene_take(struct scene *scene, const struct mw_packet *packet);
void scene_take_marked(struct scene *scene, const struct mw_packet *packet, struct mw_detector_mark mark);

/** What is kept under a number, or NULL; how many packets there are of a part. */
const struct mw_evidence_packet *scene_packet(const struct scene *scene, uint64_t number);
uint32_t scene_kept(const struct scene *scene, uint32_t part);

/** Its comment; fails when it is not kept, or when the comment was cut. */
const char *scene_comment(const struct scene *scene, uint64_t number);

#endif
