// SPDX-License-Identifier: BSD-3-Clause
// What the files of this folder share: the worker's pipeline and its stages.
// Neighbours: pipeline.c drives, classes.c counts, duplicate.c recognises copies.
#ifndef PIPELINE_H
#define PIPELINE_H

#include "mw_pipeline.h"

#define PIPELINE_DETECTORS_MAX 16 // bits of mw_flow.watch

/** One packet that passed a moment ago, by the hash of what a mirror's copy has in common with it. */
struct duplicate_entry {
	uint64_t hash;
	uint64_t time_ns;
};

#define DUPLICATE_SETS 8192 // a power of two: 16 Ki packets, more than pass in a millisecond at 10 Gbit/s
#define DUPLICATE_WAYS 2

#define DUPLICATE_WORDS 14 // that identify a packet

struct duplicate_table {
	struct duplicate_entry sets[DUPLICATE_SETS][DUPLICATE_WAYS];
	uint64_t secrets[DUPLICATE_WORDS];
};

/** Where a packet's copy would be remembered; on its way into the cache. */
struct duplicate_probe {
	struct duplicate_entry *set;
	uint64_t hash;
};

struct mw_pipeline {
	struct mw_pipeline_config config;
	const struct mw_pipeline_flow_settings *flow_settings;
	const struct mw_decode_settings *decode_settings;
	const struct mw_filter *filter; // NULL: everything passes
	struct mw_flow_table *flows;
	struct mw_signature_scratch *scratch;
	struct duplicate_table *duplicates;
	uint32_t wanted; // kinds that any detector wants
	struct mw_detector_ctx detectors[PIPELINE_DETECTORS_MAX];
};

/** Derives the table's secrets from key: who does not know it cannot make two packets look alike. */
void duplicate_init(struct duplicate_table *table, const struct mw_hash_key *key);

/** The first half, for a whole batch before the second. */
struct duplicate_probe duplicate_probe(struct duplicate_table *table, const struct mw_packet *packet);

/** True when a copy of this packet passed at most window_ns ago; remembers the packet otherwise. packet->flow is set. */
bool duplicate_seen(const struct duplicate_probe *probe, const struct mw_packet *packet, uint64_t window_ns);

/** Counts an analysed packet that is no duplicate in its traffic classes and families. */
void classes_count(struct mw_pipeline *pipeline, const struct mw_packet *packet, bool service_starts);

/** Sets packet->service from the flow, a signature or the port. @return true on the flow's first payload. */
bool classes_find_service(struct mw_pipeline *pipeline, struct mw_packet *packet);

#endif
