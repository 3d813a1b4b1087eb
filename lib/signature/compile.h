// SPDX-License-Identifier: BSD-3-Clause
// Rules made into Hyperscan databases.
// Neighbours: signature.c; stored.c keeps what came of it. Control thread.
#ifndef COMPILE_H
#define COMPILE_H

#include <hs.h>

#include "rules.h"

#define COMPILE_FLAGS (HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL)

/**
 * Compiles a database for each kind of rule, NULL where set has none, and fills each pattern's width_min. Every
 * expression that is wrong goes to hook; nothing is compiled then, nor where set has problems already.
 * @return 0; -EINVAL after reported problems; -ENOMEM. databases are the caller's to free in any case.
 */
int compile_rules(struct rules_set *set, mw_signature_problem_hook *hook, void *context,
				  hs_database_t *databases[MW_SIGNATURE_ONS]);

#endif
