// SPDX-License-Identifier: BSD-3-Clause
// Frames of the files in turn; the few that are between two wanted hosts go to the detectors, then to what keeps them.
// Neighbours: evidence/read.h; replay/replay.c is the first reading.
#include "evidence/read.h"

#include <errno.h>
#include <string.h>

#include "engine.h"
#include "evidence/look.h"
#include "mw_capture.h"
#include "progress.h"
#include "replay/files.h"
#include "replay/merge.h"
#include "signals.h"

#define SLOTS                256u // a power of two, more than may be wanted
#define NONE                 UINT8_MAX
#define SOCKET_EVERY_BATCHES 64u
#define DISORDER_NS          (60 * MW_NS_PER_SECOND) // a file may go back so far; times end below 2^63

/** Two hosts, the smaller one first. */
struct ends {
	struct mw_address low, high;
};
_Static_assert(sizeof(struct ends) == 32, "hashed as bytes");

struct reading {
	const struct evidence_source *source;
	struct mw_evidence_packets *wanted;
	struct evidence_look *look;
	uint8_t heads[SLOTS], next[EVIDENCE_WANTED_MAX]; // NONE, or the index of a wanted one
	struct ends ends[EVIDENCE_WANTED_MAX];
	uint8_t wide[EVIDENCE_WANTED_MAX]; // those with a prefix for an end
	uint32_t wide_count;
	uint64_t number; // packets read
	uint64_t end_ns; // nothing is wanted after it
	struct merge *merge;
	struct mw_filter *filter;
	struct mw_packet frames[MW_BATCH_PACKETS];
};
_Static_assert(EVIDENCE_WANTED_MAX <= NONE, "an index fits a byte");

static struct ends ends_of(const struct mw_address *src, const struct mw_address *dst)
{
	return mw_address_compare(src, dst) <= 0 ? (struct ends){*src, *dst} : (struct ends){*dst, *src};
}

static uint8_t *slot_of(struct reading *reading, const struct ends *ends)
{
	return &reading->heads[mw_hash(&reading->source->engine->workers.hash_key, ends, sizeof(*ends)) % SLOTS];
}

static void want(struct reading *reading, uint8_t index)
{
	const struct mw_evidence_subject *subject = reading->wanted[index].subject;
	uint8_t *slot;

	reading->end_ns = MW_MAX(reading->end_ns, subject->to_ns + DISORDER_NS);
	if (subject->src_bits < 128 || subject->dst_bits < 128) {
		reading->wide[reading->wide_count++] = index;
		return;
	}
	reading->ends[index] = ends_of(&subject->src, &subject->dst);
	slot = slot_of(reading, &reading->ends[index]);
	reading->next[index] = *slot;
	*slot = index;
}

static void prepare(struct reading *reading, uint32_t count)
{
	const struct mw_settings *settings = reading->source->engine->settings;
	const struct mw_pipeline_flow_settings *flow = mw_settings_values(settings, mw_pipeline_flow_settings_module.name);

	memset(reading->heads, NONE, sizeof(reading->heads));
	for (uint32_t i = 0; i < count; i++) {
		reading->wanted[i].vlan_matters = flow->vlan_in_key;
		want(reading, (uint8_t)i);
	}
}

static bool is_between(const struct mw_evidence_subject *subject, const struct ends *ends)
{
	return (mw_evidence_is_src(subject, &ends->low) && mw_evidence_is_dst(subject, &ends->high)) ||
		   (mw_evidence_is_src(subject, &ends->high) && mw_evidence_is_dst(subject, &ends->low));
}

static bool wants(const struct mw_evidence_kind *kind, const struct mw_packet *packet)
{
	if (packet->family != 0)
		return true;
	return (packet->kinds & MW_KIND_ARP) != 0 ? kind->wants_arp : kind->wants_cut;
}

// @return how many are in found, with those of these ends.
static uint32_t add_wanted(struct reading *reading, const struct ends *ends, const struct mw_packet *packet,
						   uint8_t found[], uint32_t count)
{
	for (uint8_t i = *slot_of(reading, ends); i != NONE && packet->family != 0; i = reading->next[i]) {
		if (memcmp(&reading->ends[i], ends, sizeof(*ends)) == 0)
			found[count++] = i;
	}
	for (uint32_t i = 0; i < reading->wide_count; i++) {
		const struct mw_evidence_packets *wanted = &reading->wanted[reading->wide[i]];

		if (is_between(wanted->subject, ends) && wants(wanted->kind, packet))
			found[count++] = reading->wide[i];
	}
	return count;
}

// An error has to do with the hosts of the packet that it quotes, a first piece with those of its own IP header.
static uint32_t find_wanted(struct reading *reading, const struct mw_packet *packet, uint8_t found[])
{
	struct ends ends = ends_of(&packet->src, &packet->dst), others = ends;
	uint32_t count = add_wanted(reading, &ends, packet, found, 0);

	if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0)
		others = ends_of(&packet->quote.src, &packet->quote.dst);
	else if (packet->family != 0 && packet->outer_is_fragment)
		others = ends_of(&packet->outer_src, &packet->outer_dst);
	return memcmp(&ends, &others, sizeof(ends)) == 0 ? count : add_wanted(reading, &others, packet, found, count);
}

// Neither IP nor ARP, nor an IP packet that was refused because the frame is shorter.
static bool is_of_nobody(const struct mw_packet *packet)
{
	return packet->family == 0 && (packet->kinds & MW_KIND_ARP) == 0 && packet->ip_total_bytes == 0;
}

static void take_frame(struct reading *reading, struct mw_packet *packet)
{
	uint8_t found[2 * EVIDENCE_WANTED_MAX];
	uint32_t count;

	reading->number++;
	if (!evidence_look_receive(reading->look, packet) || is_of_nobody(packet))
		return;
	count = find_wanted(reading, packet, found);
	if (count > 0)
		evidence_look_at(reading->look, packet);
	for (uint32_t i = 0; i < count; i++) {
		struct mw_evidence_packets *wanted = &reading->wanted[found[i]];

		mw_evidence_packets_take(wanted, packet, mw_capture_link_type(packet), reading->number,
								 evidence_look_mark(reading->look, wanted->kind));
	}
}

// @return as merge_batch.
static int read_frames(struct reading *reading, struct progress *progress, struct mw_text *problem)
{
	struct mw_server *server = reading->source->engine->server;
	uint64_t latest_ns = 0, read_bytes, total_bytes;
	uint32_t count, file;
	int got = 1;

	for (uint64_t batches = 0; got == 1 && latest_ns <= reading->end_ns && !signals_stopped(); batches++) {
		got = merge_batch(reading->merge, reading->frames, &count, &file, problem);
		replay_filter_links(reading->filter, NULL, reading->frames, count); // the first reading told
		for (uint32_t i = 0; i < count; i++) {
			latest_ns = reading->frames[i].time_ns;
			take_frame(reading, &reading->frames[i]);
		}
		if (progress_due(progress)) {
			merge_progress(reading->merge, &read_bytes, &total_bytes);
			progress_show(progress, read_bytes, total_bytes, reading->number);
		}
		if (server != NULL && batches % SOCKET_EVERY_BATCHES == 0)
			mw_server_poll(server, 0);
	}
	return got < 0 ? got : 0;
}

static int read_files(struct reading *reading, struct mw_text *problem)
{
	const struct evidence_source *source = reading->source;
	const struct options *options = source->engine->options;
	struct progress progress;
	int error = merge_new(options, source->files_count, problem, &reading->merge);

	if (error == 0)
		error = replay_filter(options, options->files[0], -1, problem, &reading->filter);
	if (error == 0) {
		evidence_look_filter(reading->look, reading->filter);
		progress_start(&progress, options, options->files[0]);
		error = read_frames(reading, &progress, problem);
		progress_end(&progress);
		if (source->last_is_cut)
			error = 0; // as the first time
	}
	mw_filter_free(reading->filter);
	merge_free(reading->merge);
	return error;
}

int evidence_read(const struct evidence_source *source, struct mw_evidence_packets wanted[], uint32_t count,
				  struct mw_text *problem)
{
	static struct reading reading;
	int error = 0;

	reading = (struct reading){.source = source, .wanted = wanted};
	prepare(&reading, count);
	error = evidence_look_new(source->engine, &reading.look);
	if (error != 0)
		mw_text_add(problem, "no second look: %s", strerror(-error));
	if (error == 0)
		error = read_files(&reading, problem);
	for (uint32_t i = 0; i < count; i++)
		mw_evidence_packets_finish(&wanted[i]);
	evidence_look_free(reading.look);
	return error == 0 && signals_stopped() ? -EINTR : error;
}
