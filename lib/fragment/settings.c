// SPDX-License-Identifier: BSD-3-Clause
// The section "fragment" of the configuration.
// Neighbours: mw_settings.h; detectors/fragments/ uses reports-per-second.
#include "mw_fragment.h"

#define AT(member) .offset = MW_SETTING_OFFSET(struct mw_fragment_settings, member)

static const struct mw_setting settings[] = {
	{.name = "datagrams-max",
	 .type = MW_SETTING_UINT,
	 AT(datagrams_max),
	 .needs_restart = true,
	 .default_text = "64Ki",
	 .min = 1024,
	 .max = UINT64_C(1) << 24,
	 .help = "datagrams in pieces that each worker follows at a time, 840 bytes each"},
	{.name = "timeout",
	 .type = MW_SETTING_DURATION,
	 AT(timeout_ns),
	 .default_text = "30s",
	 .min = MW_NS_PER_SECOND,
	 .max = 600 * MW_NS_PER_SECOND,
	 .help = "a datagram is incomplete when no piece of it came for this long"},
	{.name = "reports-per-second",
	 .type = MW_SETTING_UINT,
	 AT(reports_per_second),
	 .default_text = "10000",
	 .min = 1,
	 .max = 1000000,
	 .help = "datagrams that each worker tells of in a second; more are only counted"},
};

const struct mw_settings_module mw_fragment_settings_module = {
	.name = "fragment",
	.help = "datagrams in pieces",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_fragment_settings),
};
