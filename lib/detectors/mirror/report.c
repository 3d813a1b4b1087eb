// SPDX-License-Identifier: BSD-3-Clause
// A line of the report's TRAFFIC part: what the mirror lost of all that was followed, and showed twice.
// Neighbours: mirror.h; mirror.c names it to the detector, and has the counters' names.
#include <inttypes.h>

#include "mirror.h"

static uint64_t sum(const struct mw_detector_counts *counts, const char *clients, const char *servers)
{
	return counts->counter(counts->context, "mirror", clients) + counts->counter(counts->context, "mirror", servers);
}

static void add_loss(struct mw_text *line, uint64_t acked, uint64_t unseen, uint64_t segments)
{
	const double share = acked == 0 ? 0 : MW_MIN(1.0, (double)unseen / (double)acked);
	const struct mirror_bounds bounds = mirror_share_bounds(share, (double)segments);

	if (acked == 0 || segments == 0)
		mw_text_add(line, "loss not known: no TCP connection was seen in both directions");
	else if (segments < MIRROR_SEGMENTS_LEAST)
		mw_text_add(line, "loss not known: %" PRIu64 " segments are too few to tell", segments);
	else
		mw_text_add(
			line, "%.2f %% of acknowledged bytes never passed here (95 %% interval %.2f to %.2f, %" PRIu64 " segments)",
			100 * share, 100 * bounds.low, 100 * bounds.high, segments);
}

static void add_copies(struct mw_text *line, const struct mw_detector_counts *counts)
{
	const uint64_t packets = counts->counter(counts->context, "pipeline", "packets");
	const uint64_t copies = counts->counter(counts->context, "mirror", "copies");
	const uint64_t known = counts->counter(counts->context, "mirror", "copies-ttl");
	const uint64_t hop = counts->counter(counts->context, "mirror", "copies-hop");
	int64_t delays[MIRROR_DELAYS];

	if (copies == 0)
		return;
	for (unsigned i = 0; i < MIRROR_DELAYS; i++) {
		char name[32];
		struct mw_text text = mw_text_in(name, sizeof(name));

		mw_text_add(&text, "copies-%uus", 1u << i);
		delays[i] = (int64_t)counts->counter(counts->context, "mirror", name);
	}
	mw_text_add(line,
				"; %.2f %% of packets were shown twice, half of the copies within %.0f us, 99 of 100 within %.0f us",
				100 * (double)copies / (double)MW_MAX(packets, UINT64_C(1)), mirror_delay_us(delays, 0.5),
				mirror_delay_us(delays, 0.99));
	if (mirror_is_most((int64_t)hop, (int64_t)known))
		mw_text_add(line, ": a router between both needs so long to forward");
}

static void add_cut(struct mw_text *line, const struct mw_detector_counts *counts)
{
	const uint64_t packets = counts->counter(counts->context, "pipeline", "packets");
	const uint64_t cut = counts->counter(counts->context, "pipeline", "cut");
	const uint64_t bytes = counts->counter(counts->context, "pipeline", "cut-bytes");

	if (cut > 0)
		mw_text_add(line, "; %.2f %% of packets are cut, at %" PRIu64 " bytes on average",
					100 * (double)cut / (double)MW_MAX(packets, UINT64_C(1)), bytes / cut);
}

void mirror_report_sum(struct mw_detector_control *control, const struct mw_detector_counts *counts,
					   struct mw_text *line)
{
	const struct mirror_settings *settings = control->settings;
	const uint64_t acked = sum(counts, "clients-acked-bytes", "servers-acked-bytes");
	const uint64_t late = sum(counts, "clients-late-bytes", "servers-late-bytes");
	const uint64_t unseen = sum(counts, "clients-unseen-bytes", "servers-unseen-bytes");
	const uint64_t cut = counts->counter(counts->context, "pipeline", "cut-refused-bytes");
	const uint64_t blind = sum(counts, "clients-blind-bytes", "servers-blind-bytes");

	if (!settings->enabled)
		return;
	add_loss(line, acked - MW_MIN(blind, acked), unseen - MW_MIN(cut, unseen),
			 sum(counts, "clients-segments", "servers-segments"));
	if (late > 0 && acked > blind)
		mw_text_add(line, "; %.2f %% of bytes came out of order", 100 * (double)late / (double)(acked - blind));
	add_copies(line, counts);
	add_cut(line, counts);
}

void mirror_summarise(const void *data, struct mw_detector_summary *summary)
{
	const struct mirror_row *row = data;

	if (row->direction != MIRROR_BOTH)
		return;
	summary->mirror_acked += row->amounts[MIRROR_ACKED] - row->amounts[MIRROR_BLIND];
	summary->mirror_unseen += row->amounts[MIRROR_UNSEEN];
	summary->mirror_segments += row->amounts[MIRROR_SEGMENTS];
}
