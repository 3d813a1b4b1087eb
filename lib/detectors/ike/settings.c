// SPDX-License-Identifier: BSD-3-Clause
// Section "ike" of the configuration.
// Neighbours: ike.h.
#include "ike.h"

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = MW_SETTING_OFFSET(struct mw_ike_settings, enabled),
	 .default_text = "yes",
	 .help = "follow attempts at IKEv2"},
	{.name = "give-up",
	 .type = MW_SETTING_DURATION,
	 .offset = MW_SETTING_OFFSET(struct mw_ike_settings, give_up_ns),
	 .default_text = "60s",
	 .min = 10 * MW_NS_PER_SECOND,
	 .max = 600 * MW_NS_PER_SECOND,
	 .help = "an attempt without a message for so long has ended; longer than the longest pause between two tries"},
	{.name = "attempts-max",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_ike_settings, attempts_max),
	 .needs_restart = true,
	 .default_text = "4096",
	 .min = 16,
	 .max = 262144,
	 .help =
		 "attempts that are followed at a time; when there are more, the one that was silent for longest ends early"},
	{.name = "messages-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_ike_settings, messages_per_second),
	 .default_text = "2000",
	 .min = 10,
	 .max = 1000000,
	 .help = "messages that a worker looks at in a second, at most"},
};

const struct mw_settings_module mw_ike_settings_module = {
	.name = "ike",
	.help = "IKEv2 attempts",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_ike_settings),
};
