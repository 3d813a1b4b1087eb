// SPDX-License-Identifier: BSD-3-Clause
// All steps in their order: what later steps need is taken last.
// Neighbours: mw_sandbox.h; landlock.c, filter.c, refused.c, threads.c.
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "landlock.h"
#include "mw_log.h"
#include "mw_text.h"
#include "threads.h"

#define SET_MDWE         65 // PR_SET_MDWE, Linux 6.3
#define REFUSE_EXEC_GAIN 1

/** What each thread does for itself. */
struct own {
	int rules_fd; // -1: no Landlock
	uint64_t capabilities;
};

// Of the bits that this thread has.
static int keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (syscall(SYS_capget, &header, data) != 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> 32 * i);
		data[i].effective &= (uint32_t)(kept >> 32 * i);
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) == 0 ? 0 : -errno;
}

static int enter_thread(const void *context)
{
	const struct own *own = context;
	int error = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;

	if (error == 0 && own->rules_fd >= 0)
		error = landlock_restrict(own->rules_fd);
	return error == 0 ? keep_capabilities(own->capabilities) : error;
}

static void miss(struct mw_text *missing, const char *what, int error)
{
	mw_text_add(missing, "%s%s (%s)", missing->len_bytes == 0 ? "" : ", ", what, strerror(-error));
}

static void enter_threads(const struct mw_sandbox_plan *plan, struct mw_sandbox_state *state, struct mw_text *missing)
{
	static struct own own; // a thread that is late reads it later
	int error;

	own = (struct own){.rules_fd = landlock_rules(plan, &state->landlock), .capabilities = plan->capabilities};
	if (own.rules_fd < 0)
		miss(missing, "Landlock", own.rules_fd);
	error = threads_each(enter_thread, &own);
	if (error != 0)
		miss(missing, "the same for all threads", error);
	if (own.rules_fd >= 0 && error != -ETIME)
		close(own.rules_fd);
}

void mw_sandbox_enter(const struct mw_sandbox_plan *plan, struct mw_sandbox_state *state)
{
	char chars[256] = "";
	struct mw_text missing = mw_text_in(chars, sizeof(chars));
	int error;

	*state = (struct mw_sandbox_state){0};
#ifdef MW_SANITIZED
	(void)plan, (void)missing, (void)error;
	return;
#endif
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0); // the filter below says the same to new mappings
	enter_threads(plan, state, &missing);
	error = refused_catch();
	if (error == 0)
		error = filter_install(plan->devices);
	if (error != 0)
		miss(&missing, "the filter of system calls", error);
	state->filtered = error == 0;
	if (missing.len_bytes > 0)
		mw_log_notice("sandbox: this system goes without %s", chars);
}
