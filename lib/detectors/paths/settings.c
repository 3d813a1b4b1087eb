// SPDX-License-Identifier: BSD-3-Clause
// Section "path" of the configuration.
// Neighbours: paths.h.
#include "paths.h"

#define MEMBER(member) MW_SETTING_OFFSET(struct mw_path_settings, member)

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = MEMBER(enabled),
	 .default_text = "yes",
	 .help = "look for paths that do not carry large packets"},
	{.name = "retransmits-at-least",
	 .type = MW_SETTING_UINT,
	 .offset = MEMBER(retransmits_at_least),
	 .default_text = "3",
	 .min = 2,
	 .max = 100,
	 .help = "retransmissions of one large TCP segment, or UDP packets without an answer, from which a path may be a "
			 "black hole"},
	{.name = "paths-max",
	 .type = MW_SETTING_UINT,
	 .offset = MEMBER(paths_max),
	 .needs_restart = true,
	 .default_text = "4096",
	 .min = 64,
	 .max = 1000000,
	 .help = "paths followed, each one direction of a pair of addresses; beyond half of it new ones are pairs of "
			 "networks (/24, /48)"},
	{.name = "steps-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = MEMBER(steps_per_second),
	 .default_text = "20000",
	 .min = 100,
	 .max = 100000000,
	 .help = "facts of paths that a worker tells in a second, at most; beyond, some are missed"},
};

const struct mw_settings_module mw_path_settings_module = {
	.name = "path",
	.help = "path MTU: too-big reports, black holes, reduced MSS",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_path_settings),
};
