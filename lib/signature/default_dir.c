// SPDX-License-Identifier: BSD-3-Clause
// Where the rules are, and the section of the configuration that says so.
// Neighbours: mw_signature.h; app/ loads from here.
#include <unistd.h>

#include "mw_file.h"
#include "mw_signature.h"

static const struct mw_setting settings[] = {
	{.name = "directory",
	 .type = MW_SETTING_TEXT,
	 .offset = offsetof(struct mw_signature_settings, directory),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "directory whose *.sig files are read, in name order; empty is the installed one"},
	{.name = "store",
	 .type = MW_SETTING_BOOL,
	 .offset = offsetof(struct mw_signature_settings, store),
	 .needs_restart = true,
	 .default_text = "yes",
	 .help = "keep the compiled rules for the next start, which is four times as fast: in the state directory of the "
			 "service, else in $XDG_CACHE_HOME/midwatch or ~/.cache/midwatch"},
};

const struct mw_settings_module mw_signature_settings_module = {
	.name = "signatures",
	.help = "payload signatures: what middleboxes and stacks write into resets, and what first payloads tell",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_signature_settings),
};

const char *mw_signatures_default_dir(void)
{
	return !mw_file_in_place() && access(MW_SIGNATURES_INSTALLED, R_OK | X_OK) == 0 ? MW_SIGNATURES_INSTALLED
																					: MW_SIGNATURES_SOURCE;
}
