// SPDX-License-Identifier: BSD-3-Clause
// Two modules with every type of setting.
// Neighbours: example.h.
#include "example.h"

#include <stdio.h>
#include <string.h>

#define FLOW(member)    MW_SETTING_OFFSET(struct flow_values, member)
#define CAPTURE(member) MW_SETTING_OFFSET(struct capture_values, member)

static const char *const policies[] = {"oldest", "unanswered"};

static const struct mw_setting flow_settings[] = {
	{.name = "flows-max",
	 .type = MW_SETTING_UINT,
	 .offset = FLOW(flows_max),
	 .needs_restart = true,
	 .default_text = "1M",
	 .min = 1024,
	 .max = 1000000000,
	 .help = "Flows kept at once."},
	{.name = "timeout",
	 .type = MW_SETTING_DURATION,
	 .offset = FLOW(timeout_ns),
	 .default_text = "900s",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "Silence after which a flow ends."},
	{.name = "vlan", .type = MW_SETTING_BOOL, .offset = FLOW(vlan), .default_text = "no", .help = "VLAN in the key."},
	{.name = "policy",
	 .type = MW_SETTING_ENUM,
	 .offset = FLOW(policy),
	 .default_text = "unanswered",
	 .names = policies,
	 .names_count = 2,
	 .help = "Who leaves a full table | first."},
};

static const struct mw_setting capture_settings[] = {
	{.name = "name",
	 .type = MW_SETTING_TEXT,
	 .offset = CAPTURE(name),
	 .needs_restart = true,
	 .default_text = "",
	 .help = "Name of the tap."},
	{.name = "inside",
	 .type = MW_SETTING_PREFIXES,
	 .offset = CAPTURE(inside),
	 .default_text = "10.0.0.0/8, 2001:db8::/32",
	 .help = "Prefixes of our side."},
	{.name = "ports", .type = MW_SETTING_TEXTS, .offset = CAPTURE(ports), .default_text = "", .help = "Ports to open."},
	{.name = "snaplen",
	 .type = MW_SETTING_UINT,
	 .offset = CAPTURE(snaplen),
	 .default_text = "64Ki",
	 .help = "Bytes of each packet."},
	{.name = "wait",
	 .type = MW_SETTING_DURATION,
	 .offset = CAPTURE(wait_ns),
	 .default_text = "1s",
	 .at_most = "flow.timeout",
	 .help = "Time to wait."},
};

static const struct mw_settings_module flow_module = {"flow", "The flow table.", flow_settings,
													  MW_ARRAY_SIZE(flow_settings), sizeof(struct flow_values)};
static const struct mw_settings_module capture_module = {"capture", "Where packets come from.", capture_settings,
														 MW_ARRAY_SIZE(capture_settings),
														 sizeof(struct capture_values)};

const struct mw_settings_module *const example_modules[2] = {&flow_module, &capture_module};

unsigned problems_count;
char problems[8192];

static void keep_problem(void *context, const struct mw_settings_problem *problem)
{
	size_t len = strlen(problems);

	(void)context;
	problems_count++;
	snprintf(problems + len, sizeof(problems) - len, "%s:%u:%u %s %s\n", problem->file, problem->line, problem->column,
			 problem->key, problem->message);
}

int load_example(const char *yaml, const char *override, struct mw_settings **settings)
{
	const char *const overrides[] = {override};

	problems_count = 0;
	problems[0] = '\0';
	*settings = NULL;
	return mw_settings_load_text(example_modules, 2, "f.yaml", yaml, yaml == NULL ? 0 : strlen(yaml), overrides,
								 override != NULL, keep_problem, NULL, settings);
}

int change_example(const struct mw_settings *running, const char *override, struct mw_settings **changed)
{
	problems_count = 0;
	problems[0] = '\0';
	return mw_settings_change(running, example_modules, override, keep_problem, NULL, changed);
}

char printed[16384];

static void keep_chars(void *context, const char *chars, size_t count)
{
	size_t len = strlen(printed);

	(void)context;
	if (len + count < sizeof(printed)) {
		memcpy(printed + len, chars, count);
		printed[len + count] = '\0';
	}
}

const struct mw_settings_out printed_out = {keep_chars, NULL};
