// SPDX-License-Identifier: BSD-3-Clause
// set, reload, rotate, clear, shutdown.
// Neighbours: reload.h, signals.h.
#include "commands/change.h"

#include <string.h>

#include "engine.h"
#include "reload.h"
#include "signals.h"

static json_t *account_json(const struct reload_account *account)
{
	json_t *changes = json_array();

	for (uint32_t i = 0; i < account->count; i++) {
		const struct reload_change *change = &account->changes[i];

		json_array_append_new(changes, json_pack("{s:s, s:s, s:s, s:s}", "key", change->key, "from", change->old_value,
												 "to", change->new_value, "applies",
												 change->needs_restart ? "after a restart" : "now"));
	}
	return json_pack("{s:i, s:o}", "changed", (int)(account->count + account->left_out), "changes", changes);
}

static bool answer(struct engine *engine, const char *extra, struct mw_reply *reply)
{
	struct reload_account account;
	int error = reload_apply(engine, extra, &account);

	if (error != 0)
		reply->fail(reply, extra != NULL ? MW_CODE_USAGE : MW_CODE_FAILED, "nothing was changed: %s",
					account.problem[0] != '\0' ? account.problem : strerror(-error));
	else
		reply->message(reply, account_json(&account));
	return false;
}

bool commands_set(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	char assignment[MW_SETTING_TEXT_BYTES * 2];
	struct mw_text text = mw_text_in(assignment, sizeof(assignment));

	mw_text_add(&text, "%s=%s", mw_command_text(arguments, "key"), mw_command_text(arguments, "value"));
	if (text.cut) {
		reply->fail(reply, MW_CODE_USAGE, "value: longer than any setting");
		return false;
	}
	return answer(backend, assignment, reply);
}

bool commands_reload(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)arguments;
	return answer(backend, NULL, reply);
}

bool commands_rotate(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	int error;

	(void)arguments;
	if (!engine->live) {
		reply->fail(reply, MW_CODE_FAILED, "an analysis of files writes its CSV at its end");
		return false;
	}
	error = mw_csv_publish(engine->output.csv, engine->intervals.start_ns);
	if (error != 0)
		reply->fail(reply, MW_CODE_FAILED, "%s: %s", engine->output.directory, strerror(-error));
	else
		reply->message(reply, json_pack("{s:o}", "published", mw_json_text(engine->output.directory)));
	return false;
}

bool commands_clear(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;

	(void)arguments;
	mw_diagnosis_clear(mw_aggregate_diagnosis(engine->aggregate));
	reply->message(reply, json_string("findings cleared"));
	return false;
}

bool commands_shutdown(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	(void)arguments;
	signals_stop();
	reply->message(reply, json_string("stopping"));
	return false;
}
