// SPDX-License-Identifier: BSD-3-Clause
// A time in which midwatch itself did not see what passed: no verdict may rest on it.
// Neighbours: app/ knows of these times, aggregate/ hands them to the control halves; kit/mw_kit_blind.h remembers
// them.
#ifndef MW_BLIND_H
#define MW_BLIND_H

#include "mw_base.h"

/** Why it did not see; the surer reason first: they are told in this order. */
enum mw_blind_why {
	MW_BLIND_UNLINKED, // a port of its own that had a link had none: nothing could come
	MW_BLIND_LOST, // the port, a ring or the control thread lost too much
	MW_BLIND_STARTING, // its workers had not caught up with what came while it started
	MW_BLIND_STOPPED, // a worker did not look: the process or the machine stood still, or the core was another's
	MW_BLIND_CLOCK, // the wall clock was set: from_ns = to_ns, nothing was missed
	MW_BLIND_WHYS,
};

/** From the last look before to the first after, packet time. */
struct mw_blind {
	uint64_t from_ns, to_ns;
	uint8_t why; // enum mw_blind_why
};

#endif
