// SPDX-License-Identifier: BSD-3-Clause
// The section "fragment" of the configuration, with the tracker's keys alone.
// Neighbours: mw_settings.h; lib/detectors/fragments/settings.c has the section of the whole program.
#include "mw_fragment.h"

#define AT(member) MW_SETTING_OFFSET(struct mw_fragment_settings, member)
static const struct mw_setting settings[] = {MW_FRAGMENT_SETTINGS(AT)};

const struct mw_settings_module mw_fragment_settings_module = {
	.name = "fragment",
	.help = "datagrams in pieces",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_fragment_settings),
};
