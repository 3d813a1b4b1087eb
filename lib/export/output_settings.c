// SPDX-License-Identifier: BSD-3-Clause
// Section "output" of the configuration.
// Neighbours: mw_csv.h. Everything here is fixed when the files are opened, hence the restarts.
#include "mw_csv.h"

static const struct mw_setting settings[] = {
	{
		.name = "directory",
		.type = MW_SETTING_TEXT,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, directory),
		.needs_restart = true,
		.default_text = "/var/log/midwatch",
		.help = "Directory of CSV files and evidence when listening live and -o is not given.",
	},
	{
		.name = "probe",
		.type = MW_SETTING_TEXT,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, probe),
		.needs_restart = true,
		.default_text = "",
		.help = "Name of this probe in every row; empty is the host's name.",
	},
	{
		.name = "interval",
		.type = MW_SETTING_DURATION,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, interval_ns),
		.needs_restart = true,
		.default_text = "60s",
		.min = MW_NS_PER_SECOND,
		.max = 86400 * MW_NS_PER_SECOND,
		.help = "Packet time that one row per interval covers, and that one live file covers.",
	},
	{
		.name = "file-size",
		.type = MW_SETTING_UINT,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, file_bytes_max),
		.needs_restart = true,
		.default_text = "64Mi",
		.max = UINT64_C(1) << 40,
		.help = "Bytes at which a live file is closed before its interval ends; 0 closes at intervals only.",
	},
	{
		.name = "retain",
		.type = MW_SETTING_UINT,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, retain_bytes_max),
		.needs_restart = true,
		.default_text = "10Gi",
		.help = "Bytes of disk that closed live files may take together, the oldest are deleted first; 0 keeps all.",
	},
	{
		.name = "evidence",
		.type = MW_SETTING_BOOL,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, evidence),
		.needs_restart = true,
		.default_text = "yes",
		.help = "After capture files were analysed, read them again and keep the packets that prove findings, in the "
				"directory's folder evidence. docs/reference/findings.md says which findings have an evidence capture. "
				"What comes through a pipe or a live port cannot be read again.",
	},
	{
		.name = "capture-buffer",
		.type = MW_SETTING_UINT,
		.offset = MW_SETTING_OFFSET(struct mw_output_settings, capture_buffer_bytes),
		.needs_restart = true,
		.default_text = "4Mi",
		.min = 1 << 20,
		.max = 1 << 30,
		.help =
			"Live: bytes of each worker in which the packets of `midwatchctl capture start` wait to be written, down "
			"to a power of two; taken at the start.",
	},
};

const struct mw_settings_module mw_output_settings_module = {
	.name = "output",
	.help = "Where results go and how long they stay.",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_output_settings),
};
