// SPDX-License-Identifier: BSD-3-Clause
// Link types by file, as frames come; other reasons from the counters, at the end.
// Neighbours: replay/unread.h.
#include "replay/unread.h"

#include <inttypes.h>

#include "engine.h"
#include "mw_capture.h"

#define NAMED 3u // reasons that are named: the most frequent ones

void unread_note(struct unread *unread, uint32_t file, const char *path, const struct mw_packet frames[],
				 uint32_t count)
{
	struct unread_file *current = &unread->each[file];

	current->path = path;
	current->of_packets += count;
	for (uint32_t i = 0; i < count; i++) {
		if (unread->packets++ == 0)
			unread->dlt = frames[i].dlt;
		unread->mixed |= frames[i].dlt != unread->dlt;
		if (MW_LIKELY(frames[i].link != MW_LINK_UNKNOWN))
			continue;
		if (current->packets++ == 0) {
			current->dlt = frames[i].dlt;
			unread->files++;
		}
	}
}

static const struct unread_file *first_of(const struct unread *unread)
{
	const struct unread_file *file = unread->each;

	while (file->packets == 0)
		file++;
	return file;
}

static void tell_link(const struct unread *unread, struct mw_text *text)
{
	const struct unread_file *file = first_of(unread);

	if (file->packets == file->of_packets)
		mw_text_add(text, "%s: none of its %" PRIu64 " packets was read: midwatch does not read link type ", file->path,
					file->packets);
	else
		mw_text_add(text, "%s: %" PRIu64 " of its %" PRIu64 " packets were not read: midwatch does not read link type ",
					file->path, file->packets, file->of_packets);
	mw_capture_add_link_name(text, file->dlt);
	if (unread->files > 1)
		mw_text_add(text, "; and %u more file%s with such packets", unread->files - 1, unread->files == 2 ? "" : "s");
}

// Packets with this refusal when it is one that leaves nothing to look at.
static uint64_t refused(const struct engine *engine, uint32_t refusal)
{
	const bool is_closed = refusal == MW_REFUSAL_WLAN_PROTECTED || refusal == MW_REFUSAL_WLAN_OTHER;

	if (refusal == MW_REFUSAL_NONE || (mw_refusal_fates[refusal] == MW_FATE_ANALYSED && !is_closed))
		return 0;
	return workers_sum(&engine->workers, engine->workers.counters.refusals + refusal);
}

// ": tcp-short 12, link-short 3"
static void tell_reasons(const struct engine *engine, struct mw_text *text)
{
	bool told[MW_REFUSALS_COUNT] = {false};

	for (uint32_t i = 0; i < NAMED; i++) {
		uint32_t most = MW_REFUSAL_NONE; // of which there are 0

		for (uint32_t r = 1; r < MW_REFUSALS_COUNT; r++) {
			if (!told[r] && refused(engine, r) > refused(engine, most))
				most = r;
		}
		if (most == MW_REFUSAL_NONE)
			return;
		told[most] = true;
		mw_text_add(text, "%s%s %" PRIu64, i == 0 ? ": " : ", ", mw_refusal_names[most], refused(engine, most));
	}
}

static void tell_packets(const struct unread *unread, const struct engine *engine, uint64_t unseen, uint64_t looked_at,
						 struct mw_text *text)
{
	mw_text_add(text, "%" PRIu64 " of %" PRIu64 " packets", unseen, looked_at);
	if (!unread->mixed) {
		mw_text_add(text, " of link type ");
		mw_capture_add_link_name(text, unread->dlt);
	}
	mw_text_add(text, " could not be read, or not to their ports");
	tell_reasons(engine, text);
}

// Packets with refusals of this fate, and of no other, that leave nothing to look at.
static uint64_t refused_as(const struct engine *engine, bool truncated)
{
	uint64_t sum = 0;

	for (uint32_t r = 1; r < MW_REFUSALS_COUNT; r++)
		sum += (mw_refusal_fates[r] == MW_FATE_TRUNCATED) == truncated ? refused(engine, r) : 0;
	return sum;
}

void unread_judge(const struct unread *unread, const struct engine *engine, struct unread_verdict *verdict)
{
	struct mw_text text = mw_text_in(verdict->text, sizeof(verdict->text));
	uint64_t closed = refused_as(engine, false), cut = refused_as(engine, true), looked_at;
	struct mw_summary_row totals;

	mw_aggregate_totals(engine->aggregate, &totals);
	looked_at = (uint64_t)(totals.packets - totals.filtered);
	if (totals.ipv4 + totals.ipv6 > 0) { // beacons are no fault then
		closed -= refused(engine, MW_REFUSAL_WLAN_OTHER);
		looked_at -= refused(engine, MW_REFUSAL_WLAN_OTHER);
	}
	verdict->nothing = looked_at > 0 && closed + cut >= looked_at;
	verdict->is_fault = unread->files > 0 || closed > looked_at / 2;
	if (unread->files > 0)
		tell_link(unread, &text);
	else if (closed + cut > looked_at / 2)
		tell_packets(unread, engine, closed + cut, looked_at, &text);
}
