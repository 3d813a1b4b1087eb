// SPDX-License-Identifier: BSD-3-Clause
// One host's link: it was busy, fell silent while others were not, and came back as hosts do whose link came up.
// Neighbours: line.h has one a line, control.c asks. Control thread.
#ifndef OUTAGES_FLAP_H
#define OUTAGES_FLAP_H

#include "queue.h"

#define OUTAGES_FLAP_FLOWS 8

/** Of a host: its latest silence, from gap_ns to back_ns. */
struct outages_flap {
	uint64_t heard_ns; // rounded down to its step
	uint64_t others; // steps in which any host was heard, until then
	uint64_t gap_ns, back_ns; // back_ns 0: none is looked at
	uint64_t between; // steps in which others were heard
	uint32_t flows[OUTAGES_FLAP_FLOWS]; // that were busy before and go on
	uint8_t flows_count;
	uint8_t marks; // bit a sort of what it sent first, of IPv6 above those of IPv4
	bool forwards; // a next hop: its silence is an outage
};

/** Of all hosts. */
struct outages_flaps {
	uint64_t step, steps; // in which any host was heard: the latest, and how many
};

/** A sign that flap's host sent. */
void outages_flap_heard(struct outages_flap *flap, struct outages_flaps *flaps, const struct outages_sign *sign);

/** A sign of a flow of flap's host, by either side. */
void outages_flap_flow(struct outages_flap *flap, const struct outages_sign *sign);

/**
 * Ends the silence that is looked at when enough time has passed since at now_ns; line is the host's.
 * @return true: its link was down, and row says when.
 */
bool outages_flap_judge(struct outages_flap *flap, uint64_t line, uint64_t now_ns, struct outages_row *row);

#endif
