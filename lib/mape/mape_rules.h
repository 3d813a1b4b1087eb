// SPDX-License-Identifier: BSD-3-Clause
// The list of rules as it grows while a file is read.
// Neighbours: mape_rules.c (owner), mape_yaml.c (reads).
#ifndef MAPE_RULES_H
#define MAPE_RULES_H

#include "mw_mape.h"

#define MAPE_RULES_MAX 4096

struct mw_mape_rules {
	uint32_t count, room;
	struct mw_mape_rule *items;
};

/** Appends a copy. @return 0, -ENOMEM, -E2BIG beyond MAPE_RULES_MAX. */
int mape_rules_add(struct mw_mape_rules *rules, const struct mw_mape_rule *rule);

/** Adds the rules of len_bytes of YAML; every problem goes to the hook. @return 0, -EINVAL, -ENOMEM. */
int mape_yaml_read(struct mw_mape_rules *rules, const char *name, const char *yaml, size_t len_bytes,
				   mw_settings_problem_hook *hook, void *context);

#endif
