// SPDX-License-Identifier: BSD-3-Clause
// Links and losses of a live run, in the log.
// Neighbours: live/watch.h.
#include "live/watch.h"

#include <inttypes.h>

#include "engine.h"
#include "live/live.h"
#include "log_limit.h"
#include "mw_log.h"
#include "mw_time.h"
#include "telemetry.h"

#define LOOK_NS MW_NS_PER_SECOND
#define SUM_NS  (60 * MW_NS_PER_SECOND)

#define STRAYED_MIN 10000u // packets: fewer say nothing of a NIC

/** Where packets are lost, and what gives them room. Those of a port first, then those of all workers. */
static const struct {
	const char *where, *mend;
} losses[LIVE_WATCH_LOSSES] = {
	{"in the NIC or the kernel, no worker took them in time",
	 "give it more workers (-w) with cores of their own, or a larger input.rx-descriptors"},
	{"for want of packet buffers", "a larger input.mbufs"},
	{"with errors that the NIC counts", "look at the cable, the optics and the longest frame (midwatchctl show ports)"},
	{"between workers, the one that owns them was too slow", "give it more workers (-w) with cores of their own"},
	{"as events on the way to the control thread, the packets themselves are counted",
	 "give the control thread a core of its own (fewer workers than cores)"},
};
#define PORT_LOSSES 3

static void tell_link(const struct live *live, uint32_t port, enum mw_port_link link, uint32_t speed_mbps)
{
	const char *name = live->specs[port].text;

	if (link == MW_PORT_LINK_GONE)
		mw_log_error("port %s: the %s is gone; one of that name is watched when midwatch is started again", name,
					 live->specs[port].kind == MW_PORT_PCI ? "device" : "interface");
	else if (link == MW_PORT_LINK_DOWN)
		mw_log_warning("port %s: the link is down, no packet can come: look at the cable and at the switch's mirror "
					   "session",
					   name);
	else if (speed_mbps != 0)
		mw_log_notice("port %s: the link is up, %" PRIu32 " Mbit/s", name, speed_mbps);
	else
		mw_log_notice("port %s: the link is up", name);
}

// What a port without a link would have shown nobody knows, be it one of two.
static void tell_unlinked(struct live *live, bool unlinked, bool flapped)
{
	struct live_watch *watch = &live->watch;
	const struct mw_blind blind = {
		.from_ns = watch->seen_ns, .to_ns = live_clock_after(&live->clock, watch->seen_ns), .why = MW_BLIND_UNLINKED};

	if ((unlinked || flapped || watch->unlinked) && blind.from_ns != 0)
		mw_aggregate_blind(live->engine->aggregate, &blind);
	watch->unlinked = unlinked;
	watch->seen_ns = blind.to_ns;
}

// The link is up, as it was at the look before; the kernel counted that it was lost between both.
static bool has_flapped(struct live *live, uint32_t port, enum mw_port_link link)
{
	struct live_watch *watch = &live->watch;
	const uint64_t before = watch->link_losses[port];

	if (link == MW_PORT_LINK_GONE)
		return false;
	watch->link_losses[port] = mw_port_link_losses(live->ports[port]);
	if (link != MW_PORT_LINK_UP || watch->links[port] != link || !watch->linked[port] ||
		watch->link_losses[port] <= before)
		return false;
	mw_log_warning("port %s: the link was lost for less than a second: look at the cable and at the switch's port",
				   live->specs[port].text);
	return true;
}

static void note_link(struct live *live, uint32_t port, enum mw_port_link link)
{
	struct live_watch *watch = &live->watch;
	const uint64_t now_ns = live_clock_now(&live->clock);

	if (link == MW_PORT_LINK_UP)
		watch->down_ns[port] = 0;
	else if (watch->down_ns[port] == 0)
		watch->down_ns[port] = now_ns;
	if (link == MW_PORT_LINK_GONE && watch->gone_ns[port] == 0)
		watch->gone_ns[port] = now_ns;
}

static bool look_at_links(struct live *live)
{
	struct live_watch *watch = &live->watch;
	bool left = false, unlinked = false, flapped = false;

	for (uint32_t i = 0; i < live->ports_count; i++) {
		uint32_t speed_mbps = 0;
		enum mw_port_link link = watch->links[i];

		if (link != MW_PORT_LINK_GONE) // another interface of that name is not ours
			link = mw_port_link(live->ports[i], &speed_mbps);
		flapped |= has_flapped(live, i, link);
		if (link != watch->links[i])
			tell_link(live, i, link, speed_mbps);
		note_link(live, i, link);
		if (link == MW_PORT_LINK_GONE)
			(void)mw_port_detach(live->ports[i]); // a worker may still be there: then at the next look
		watch->links[i] = link;
		watch->linked[i] |= link == MW_PORT_LINK_UP;
		unlinked |= watch->linked[i] && link != MW_PORT_LINK_UP;
		left |= link != MW_PORT_LINK_GONE;
	}
	tell_unlinked(live, unlinked, flapped);
	return left;
}

void live_watch_add_gone(const struct live *live, struct mw_text *text)
{
	const char *before = "";

	for (uint32_t i = 0; i < live->ports_count; i++) {
		if (live->watch.gone_ns[i] == 0)
			continue;
		mw_text_add(text, "%sport %s went away at ", before, live->specs[i].text);
		mw_time_add_rfc3339(text, live->watch.gone_ns[i]);
		before = "; ";
	}
}

bool live_watch_whole(const struct live *live)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		if (live->watch.gone_ns[i] != 0)
			return false;
	}
	return true;
}

static void read_losses(struct live *live, uint32_t port, uint64_t lost[LIVE_WATCH_LOSSES])
{
	const struct workers *workers = &live->engine->workers;
	struct mw_port_counts counts = {0};

	live_counts(live, port, &counts);
	lost[0] = counts.missed_pkts;
	lost[1] = counts.no_mbuf_pkts;
	lost[2] = counts.error_pkts;
	lost[3] = port == 0 ? workers_sum(workers, workers->counters.handover_full) : 0;
	lost[4] = 0;
	for (uint32_t i = 0; port == 0 && i < MW_EVENT_CLASSES; i++)
		lost[4] += workers_sum(workers, workers->counters.events_lost[i]);
}

uint64_t live_watch_lost(struct live *live)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < live->ports_count; i++) {
		uint64_t lost[LIVE_WATCH_LOSSES];

		read_losses(live, i, lost);
		for (uint32_t k = 0; k < LIVE_WATCH_LOSSES; k++)
			sum += lost[k];
	}
	return sum;
}

static void sum_losses(struct live *live)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		uint64_t lost[LIVE_WATCH_LOSSES];
		uint64_t *before = live->watch.lost[i];

		read_losses(live, i, lost);
		for (uint32_t k = 0; k < LIVE_WATCH_LOSSES; k++) {
			if (lost[k] > before[k])
				mw_log_warning("%s%s: %" PRIu64 " lost in the last minute %s; to mend: %s",
							   k < PORT_LOSSES ? "port " : "", k < PORT_LOSSES ? live->specs[i].text : "workers",
							   lost[k] - before[k], losses[k].where, losses[k].mend);
			before[k] = lost[k];
		}
	}
}

void live_watch_caught_up(struct live *live)
{
	const uint64_t lost = live_watch_lost(live);

	for (uint32_t i = 0; i < live->ports_count; i++)
		read_losses(live, i, live->watch.lost[i]);
	if (lost > 0)
		mw_log_warning("lost while midwatch started: %" PRIu64
					   " packets or events that found no room; to mend: nothing, now it keeps up",
					   lost);
}

// A queue for each worker, filled by a NIC that was told how.
static bool is_spread(const struct live *live)
{
	const uint16_t workers = live->engine->workers.count;

	for (uint32_t i = 0; i < live->ports_count; i++) {
		if (live->specs[i].kind != MW_PORT_PCI || mw_port_queues(live->ports[i]) != workers)
			return false;
	}
	return workers > 1;
}

// Once a run: nothing is lost by it, but every worker pays for what it hands over.
static void tell_strayed(struct live *live)
{
	const struct workers *workers = &live->engine->workers;
	const uint64_t strayed = workers_sum(workers, workers->counters.strayed);
	const uint64_t packets = workers_sum(workers, workers->counters.packets);

	if (live->watch.told_strayed || strayed < STRAYED_MIN || strayed < packets / 100)
		return;
	live->watch.told_strayed = true;
	mw_log_warning("the NIC spreads packets otherwise than by the hash of their addresses: %" PRIu64 " of %" PRIu64
				   " came to another worker than their pair's and were handed over, which costs time but no packet",
				   strayed, packets);
}

void live_watch_start(struct live *live, uint64_t steady_ns)
{
	live->watch = (struct live_watch){.looked_ns = steady_ns, .summed_ns = steady_ns};
	for (uint32_t i = 0; i < live->ports_count; i++)
		live->watch.links[i] = MW_PORT_LINK_UP; // so that only what is not is told
	look_at_links(live);
}

bool live_watch_look(struct live *live, uint64_t steady_ns)
{
	struct live_watch *watch = &live->watch;

	if (steady_ns - watch->summed_ns >= SUM_NS) {
		watch->summed_ns = steady_ns;
		sum_losses(live);
		log_limit_tell();
		if (is_spread(live))
			tell_strayed(live);
	}
	if (steady_ns - watch->looked_ns < LOOK_NS)
		return true;
	watch->looked_ns = steady_ns;
	telemetry_look(live);
	return look_at_links(live);
}

void live_watch_end(struct live *live)
{
	sum_losses(live);
}

void live_watch_tell(struct live *live)
{
	struct mw_summary_row totals;

	mw_aggregate_totals(live->engine->aggregate, &totals);
	mw_log_notice("so far: %" PRId64 " packets, %" PRId64 " flows now, %" PRId64 " findings; lost: %" PRId64
				  " before a worker, %" PRId64 " between workers, %" PRId64 " events, %" PRIu64 " rows",
				  totals.packets, totals.flows_active, totals.findings, totals.dropped_nic, totals.dropped_ring,
				  totals.events_lost, mw_csv_lost(live->engine->output.csv));
}
