// SPDX-License-Identifier: BSD-3-Clause
// Section "control" of the configuration.
// Neighbours: mw_settings.h (the table's form), listen.c (what the values do).
#include "listen.h"
#include "mw_server.h"

static const struct mw_setting settings[] = {
	{.name = "socket",
	 .type = MW_SETTING_TEXT,
	 .offset = (uint16_t)offsetof(struct mw_server_settings, socket),
	 .needs_restart = true,
	 .default_text = MW_SERVER_SOCKET,
	 .help = "Path of the control socket that midwatchctl connects to (at most 107 bytes); empty for none.",
	 .check = mw_server_check_path},
	{.name = "group",
	 .type = MW_SETTING_TEXT,
	 .offset = (uint16_t)offsetof(struct mw_server_settings, group),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "Group whose members may use the control socket (mode 0660); empty for the group of the process."},
	{.name = "telemetry",
	 .type = MW_SETTING_BOOL,
	 .offset = (uint16_t)offsetof(struct mw_server_settings, telemetry),
	 .needs_restart = true,
	 .default_text = "no",
	 .help =
		 "Live: open DPDK's telemetry socket, too (dpdk-telemetry.py), with /midwatch/stats and /midwatch/ports. It "
		 "has commands of DPDK's own, answered by threads of DPDK's own: docs/operations.md says what that costs."},
};

const struct mw_settings_module mw_server_settings_module = {
	.name = "control",
	.help = "The control socket, and DPDK's telemetry.",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_server_settings),
};
