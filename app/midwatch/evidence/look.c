// SPDX-License-Identifier: BSD-3-Clause
// The pipeline of the second look.
// Neighbours: evidence/look.h; engine.c builds those of the run.
#include "evidence/look.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "mw_detectors.h"

struct evidence_look {
	struct mw_stats_block stats; // nobody reads it
	struct mw_detector_mark marks[MW_DETECTORS_MAX];
	struct mw_event nowhere; // what detectors tell
	struct mw_pipeline *pipeline;
	uint64_t tick_ns;
	size_t bytes; // of the mapping, this struct and the pipeline
};

static struct mw_event *begin_nowhere(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct evidence_look *look = context;

	(void)class;
	(void)body_bytes;
	return &look->nowhere;
}

static void send_nowhere(void *context, enum mw_event_class class)
{
	(void)context;
	(void)class;
}

int evidence_look_new(const struct engine *engine, struct evidence_look **look_out)
{
	struct mw_pipeline_config config = {.detectors = mw_detectors,
										.workers_count = 1,
										.hash_key = engine->workers.hash_key,
										.settings = engine->settings,
										.signatures = engine->signatures,
										.counters = &engine->workers.counters};
	size_t pipeline_bytes = mw_pipeline_bytes(&config), bytes = sizeof(struct evidence_look) + pipeline_bytes;
	struct evidence_look *look =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (look == MAP_FAILED)
		return -ENOMEM;
	look->bytes = bytes;
	config.stats = &look->stats;
	config.events = (struct mw_event_sink){begin_nowhere, send_nowhere, look, {NULL}};
	config.marks = look->marks;
	error = mw_pipeline_init(look + 1, pipeline_bytes, &config, &look->pipeline);
	if (error != 0)
		munmap(look, bytes);
	else
		*look_out = look;
	return error;
}

void evidence_look_free(struct evidence_look *look)
{
	if (look == NULL)
		return;
	mw_pipeline_stop(look->pipeline);
	munmap(look, look->bytes);
}

void evidence_look_filter(struct evidence_look *look, const struct mw_filter *filter)
{
	mw_pipeline_filter(look->pipeline, filter);
}

bool evidence_look_receive(struct evidence_look *look, struct mw_packet *packet)
{
	mw_pipeline_receive(look->pipeline, &packet, 1);
	if (packet->fate == MW_FATE_FILTERED)
		return false;
	mw_packet_rest(packet); // who reads it wants its ends
	return true;
}

void evidence_look_at(struct evidence_look *look, struct mw_packet *packet)
{
	memset(look->marks, 0, sizeof(look->marks));
	if (packet->clock_ns >= look->tick_ns + MW_NS_PER_SECOND) {
		look->tick_ns = packet->clock_ns;
		mw_pipeline_tick(look->pipeline, look->tick_ns, UINT32_MAX);
	}
	mw_pipeline_process(look->pipeline, &packet, 1);
}

static bool is_of(const struct mw_detector *detector, const struct mw_evidence_kind *kind)
{
	for (uint32_t i = 0; i < detector->findings_count; i++) {
		if (detector->findings[i]->evidence == kind)
			return true;
	}
	return false;
}

struct mw_detector_mark evidence_look_mark(const struct evidence_look *look, const struct mw_evidence_kind *kind)
{
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		if (is_of(mw_detectors.items[i], kind))
			return look->marks[i];
	}
	return (struct mw_detector_mark){0};
}
