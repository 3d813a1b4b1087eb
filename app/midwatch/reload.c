// SPDX-License-Identifier: BSD-3-Clause
// Load, compare, keep what needs a restart, put in force.
// Neighbours: reload.h; engine_change_settings.
#include "reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "modules.h"
#include "mw_log.h"

// What `set` changed earlier stays in force over a reload of the file.
static char kept[OPTIONS_LIST_MAX][MW_SETTING_TEXT_BYTES];
static uint32_t kept_count;

static void note_problem(void *context, const struct mw_settings_problem *problem)
{
	struct reload_account *account = context;
	struct mw_text text = mw_text_in(account->problem, sizeof(account->problem));

	if (problem->line > 0)
		mw_text_add(&text, "%s:%u:%u: ", problem->file, problem->line, problem->column);
	mw_text_add(&text, "%s: %s", problem->key != NULL && problem->key[0] != '\0' ? problem->key : problem->file,
				problem->message);
	mw_log_error("%s: %s", account->cause, account->problem);
}

static void note_change(void *context, const char *key, const char *old_value, const char *new_value,
						bool needs_restart)
{
	struct reload_account *account = context;
	struct reload_change *change;

	if (account->count == MW_ARRAY_SIZE(account->changes)) {
		account->left_out++;
		return;
	}
	change = &account->changes[account->count++];
	snprintf(change->key, sizeof(change->key), "%s", key);
	snprintf(change->old_value, sizeof(change->old_value), "%s", old_value);
	snprintf(change->new_value, sizeof(change->new_value), "%s", new_value);
	change->needs_restart = needs_restart;
}

// What `set` asks for is added to what runs: a configuration file that is broken by now does not stand in its way.
static int load(const struct engine *engine, const char *extra, struct reload_account *account,
				struct mw_settings **settings)
{
	const struct mw_settings_module *modules[MODULES_MAX];
	const char *overrides[OPTIONS_LIST_MAX * 2];
	uint32_t modules_count = modules_all(modules), count = 0;

	if (extra != NULL)
		return mw_settings_change(engine->settings, modules, extra, note_problem, account, settings);

	for (uint32_t i = 0; i < engine->options->overrides_count; i++)
		overrides[count++] = engine->options->overrides[i];
	for (uint32_t i = 0; i < kept_count; i++)
		overrides[count++] = kept[i];
	return mw_settings_load(modules, modules_count, engine->options->configuration, overrides, count, note_problem,
							account, settings);
}

static bool keep(const char *extra)
{
	if (extra == NULL)
		return true;
	if (kept_count == OPTIONS_LIST_MAX || strlen(extra) >= sizeof(kept[0]))
		return false;
	strcpy(kept[kept_count++], extra);
	return true;
}

static void tell_changes(const struct reload_account *account)
{
	for (uint32_t i = 0; i < account->count; i++)
		mw_log_notice("%s: %s: %s -> %s%s", account->cause, account->changes[i].key, account->changes[i].old_value,
					  account->changes[i].new_value, account->changes[i].needs_restart ? " (needs a restart)" : "");
	mw_log_notice("%s: %u key%s changed", account->cause, account->count + account->left_out,
				  account->count + account->left_out == 1 ? "" : "s");
}

int reload_apply(struct engine *engine, const char *extra, struct reload_account *account)
{
	struct mw_settings *wanted, *merged;
	int error;

	*account = (struct reload_account){.cause = extra != NULL ? "set" : "reload"};
	error = load(engine, extra, account, &wanted);
	if (error != 0)
		return error;
	mw_settings_compare(engine->settings, wanted, note_change, account);
	error = mw_settings_merge_running(engine->settings, wanted, &merged);
	mw_settings_free(wanted);
	if (error != 0)
		return error;
	error = engine_change_settings(engine, merged);
	if (error != 0) {
		mw_settings_free(merged);
		return error;
	}
	tell_changes(account);
	if (!keep(extra))
		mw_log_warning("set: too many changes to remember: the next reload forgets %s", extra);
	return 0;
}

void reload_log(struct engine *engine)
{
	struct reload_account account;
	int error = reload_apply(engine, NULL, &account);

	if (error != 0)
		mw_log_error("reload: nothing was changed: %s", account.problem[0] ? "see above" : strerror(-error));
}
