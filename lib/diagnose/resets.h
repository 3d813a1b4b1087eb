// SPDX-License-Identifier: BSD-3-Clause
// What the forged resets of one device have in common.
// Neighbours: resets.c gathers, resets_text.c writes.
#ifndef RESETS_H
#define RESETS_H

#include "diagnosis.h"
#include "mw_detect_reset.h"
#include "mw_reset_cause.h"
#include "seen.h"

#define RESETS_CAUSES      8
#define RESETS_CAUSE_BYTES 96

struct resets_cause {
	char text[RESETS_CAUSE_BYTES];
	const char *meaning;
	uint64_t episodes;
	uint8_t group;
	bool peer;
};

struct resets_range {
	int64_t low, high;
	bool any;
};

/** One device, or one way of forging. */
struct resets_facts {
	uint64_t episodes, resets;
	uint64_t near; // episodes whose TTL no router has lowered yet, though the named sender is further away
	struct seen connections, clients, servers, named, receivers;
	struct resets_range ttl, ttl_expected;
	uint64_t evidence[MW_RESET_EVIDENCES]; // episodes with each
	uint64_t stages[MW_RESET_STAGES];
	int64_t confidence; // the highest
	char label[64];
	char device[48];
	bool devices; // several places in one build
	uint8_t origin;
	char payload[MW_RESET_TEXT_BYTES]; // the first
	struct resets_cause causes[RESETS_CAUSES];
	uint32_t causes_count;
	uint64_t other_causes; // episodes
	char example[MW_ADDRESS_TEXT_BYTES * 2 + 24]; // the first connection
};

/** Facts to texts. */
void resets_write(struct diagnosis_entry *entry);

#endif
