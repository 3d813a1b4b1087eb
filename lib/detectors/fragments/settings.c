// SPDX-License-Identifier: BSD-3-Clause
// The table of the section "fragment".
// Neighbours: settings.h.
#include "settings.h"

_Static_assert(offsetof(struct fragment_settings, tracker) == 0, "the pipeline reads the tracker's part");

#define AT(member) MW_SETTING_OFFSET(struct fragment_settings, tracker.member)

static const struct mw_setting settings[] = {
	MW_FRAGMENT_SETTINGS(AT),
	{.name = "reports-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct fragment_settings, reports_per_second),
	 .default_text = "10000",
	 .min = 1,
	 .max = 1000000,
	 .help = "datagrams that each worker tells of in a second; more are only counted"},
};

const struct mw_settings_module fragment_settings_module = {
	.name = "fragment",
	.help = "datagrams in pieces",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct fragment_settings),
};
