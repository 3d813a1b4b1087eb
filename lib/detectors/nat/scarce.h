// SPDX-License-Identifier: BSD-3-Clause
// Where one port serves several destinations it is towards one that ports run out: which, and which host holds them.
// Neighbours: control.c and rows.c ask; health.h knows what fails, the model who holds what. Control half.
#ifndef NAT_SCARCE_H
#define NAT_SCARCE_H

#include "health.h"

/** Protocols whose ports serve several destinations, and take none from another protocol: a bit each. */
uint8_t nat_scarce_reused(const struct mw_nat_profile *profile);

/**
 * The destination that fails while ports towards it are gone: nearly limit of them are held, or without a limit (0) as
 * many as towards any. Looks at each session of the line. What was known stays when there is none, or less fails.
 */
void nat_scarce_look(struct mw_nat_scarce *scarce, const struct nat_health *health, const struct mw_nat *model,
					 uint32_t line, const struct mw_nat_profile *profile, uint32_t limit);

/** Who holds what is open to scarce's destination: fills ports, host and held. */
void nat_scarce_holders(struct mw_nat_scarce *scarce, const struct mw_nat *model, uint32_t line);

#endif
