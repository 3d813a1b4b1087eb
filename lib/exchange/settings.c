// SPDX-License-Identifier: BSD-3-Clause
// The section "exchange" of the configuration.
// Neighbours: mw_settings.h.
#include "mw_exchange.h"

#define AT(member) .offset = MW_SETTING_OFFSET(struct mw_exchange_settings, member)

static const struct mw_setting settings[] = {
	{.name = "exchanges-max",
	 .type = MW_SETTING_UINT,
	 AT(exchanges_max),
	 .needs_restart = true,
	 .default_text = "64Ki",
	 .min = 1024,
	 .max = UINT64_C(1) << 24,
	 .help = "questions without an answer yet that each worker follows at a time, 144 bytes each"},
	{.name = "timeout",
	 .type = MW_SETTING_DURATION,
	 AT(timeout_ns),
	 .default_text = "3s",
	 .min = MW_NS_PER_SECOND,
	 .max = 10 * MW_NS_PER_SECOND,
	 .help = "a query, connect or echo is lost when no answer came for this long; resolvers give up after 5 s"},
	{.name = "asked-per-second",
	 .type = MW_SETTING_UINT,
	 AT(asked_per_second),
	 .default_text = "20000",
	 .min = 100,
	 .max = 100000000,
	 .help = "questions that a worker follows in a second, at most; beyond, they are counted and not followed"},
};

const struct mw_settings_module mw_exchange_settings_module = {
	.name = "exchange",
	.help = "questions and answers: connects, DNS, echo, NTP, QUIC",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_exchange_settings),
};
