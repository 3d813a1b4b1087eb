// SPDX-License-Identifier: BSD-3-Clause
// Names of anomalies and of counters.
// Neighbours: mw_fragment.h has the order.
#include "mw_fragment.h"

const char *const mw_fragment_anomaly_names[MW_FRAGMENT_ANOMALIES] = {
#define X(symbol, name, help) [MW_FRAGMENT_##symbol] = name,
	MW_FRAGMENT_ANOMALY_TABLE(X)
#undef X
};
_Static_assert(MW_FRAGMENT_ANOMALIES <= 32, "bits of mw_fragment_datagram.anomalies");

const struct mw_counter mw_fragment_counters[MW_FRAGMENT_COUNTERS] = {
	[MW_FRAGMENT_COUNT_FRAGMENTS] = {"pieces", "pieces of datagrams, copies included"},
	[MW_FRAGMENT_COUNT_COPIES] = {"copies", "pieces that had passed before, with the same bounds and bytes"},
	[MW_FRAGMENT_COUNT_DATAGRAMS] = {"datagrams", "datagrams in pieces that were begun"},
	[MW_FRAGMENT_COUNT_COMPLETE] = {"complete", "datagrams of which every byte passed"},
	[MW_FRAGMENT_COUNT_INCOMPLETE] = {"incomplete", "datagrams of which a piece never passed"},
	[MW_FRAGMENT_COUNT_IRREGULAR] = {"irregular", "complete datagrams with an anomaly, and atomic fragments"},
	[MW_FRAGMENT_COUNT_EVICTED] = {"evicted", "incomplete datagrams that gave way to another"},
	[MW_FRAGMENT_COUNT_UNFINISHED] = {"unfinished", "incomplete datagrams of which nothing can be said"},
	[MW_FRAGMENT_COUNT_UNKNOWN] = {"unknown",
								   "of those, datagrams for whose pieces there was time: their first piece may "
								   "hide a tunnel, or they shared an identification"},
	[MW_FRAGMENT_COUNT_LATE] = {"late",
								"begun datagrams that proved to be late pieces of another one, which they overlap"},
};
