// SPDX-License-Identifier: BSD-3-Clause
// What each kind of run opens after its start, as a list of paths.
// Neighbours: confine.h.
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <rte_eal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "live/live.h"
#include "mw_log.h"
#include "mw_sandbox.h"
#include "place.h"

#define PATHS_MAX       (OPTIONS_LIST_MAX + 16)
#define BIT(capability) (UINT64_C(1) << (capability))

struct list {
	struct mw_sandbox_path paths[PATHS_MAX];
	uint32_t count;
	char parents[8][sizeof(((struct engine_output *)0)->directory)]; // that paths point to
	uint32_t parents_count;
};

static void add(struct list *list, const char *path, enum mw_sandbox_access access)
{
	if (list->count < PATHS_MAX)
		list->paths[list->count++] = (struct mw_sandbox_path){path, access};
}

static void add_parent(struct list *list, const char *path, enum mw_sandbox_access access)
{
	char *parent = list->parents[list->parents_count];

	if (list->parents_count == MW_ARRAY_SIZE(list->parents) || strlen(path) >= sizeof(list->parents[0]))
		return;
	list->parents_count++;
	snprintf(parent, sizeof(list->parents[0]), "%s", path);
	place_cut_name(parent);
	add(list, parent, access);
}

// What every run reads: what came with midwatch, and what the C library asks about the machine.
static void add_usual(struct list *list, const struct engine *engine)
{
	add_parent(list, mw_signatures_default_dir(), MW_SANDBOX_READ);
	add(list, "/sys/kernel/mm/hugepages", MW_SANDBOX_READ);
	add(list, "/sys/devices/system", MW_SANDBOX_READ);
	add(list, "/proc/meminfo", MW_SANDBOX_READ);
	if (engine->options->configuration == NULL)
		return;
	add(list, engine->options->configuration, MW_SANDBOX_READ); // for a reload
	add_parent(list, engine->options->configuration, MW_SANDBOX_READ); // an editor puts another file in its place
}

static void add_files(struct list *list, const struct engine *engine)
{
	for (uint32_t i = 0; i < engine->options->files_count; i++)
		add(list, engine->options->files[i], MW_SANDBOX_READ);
}

static void enter(const struct engine *engine, const struct list *list, uint64_t capabilities)
{
	// root may go on reading and writing what is another's: where, the paths say
	const struct mw_sandbox_plan plan = {.paths = list->paths,
										 .paths_count = list->count,
										 .capabilities = BIT(CAP_DAC_OVERRIDE) | capabilities,
										 .devices = engine->live};
	struct mw_sandbox_state state;

	if (engine->options->no_sandbox)
		return;
	mw_sandbox_enter(&plan, &state);
	if (engine->live && (state.landlock > 0 || state.filtered))
		mw_log_notice("locked in: Landlock %d, %s", state.landlock,
					  state.filtered ? "only the system calls of a running midwatch" : "any system call");
}

int confine_replay(struct engine *engine)
{
	static struct list list;
	char ancestor[sizeof(engine->output.directory)];
	int error;

	strcpy(ancestor, engine->output.directory);
	engine->output.folders_made = place_find_ancestor(ancestor);
	error = mw_csv_make_directory(engine->output.directory);
	if (error != 0)
		return error;
	list = (struct list){0};
	add_usual(&list, engine);
	add_files(&list, engine);
	add(&list, engine->output.directory, MW_SANDBOX_WRITE);
	if (engine->output.folders_made > 0)
		add(&list, ancestor, MW_SANDBOX_REMOVE_FOLDER);
	if (engine->server != NULL)
		add_parent(&list, engine->options->socket, MW_SANDBOX_REMOVE_FILE);
	enter(engine, &list, 0);
	return 0;
}

void confine_check(const struct engine *engine)
{
	static struct list list;

	add_usual(&list, engine);
	add_files(&list, engine);
	enter(engine, &list, 0);
}

void confine_undo_directory(const struct engine *engine)
{
	char path[sizeof(engine->output.directory)];

	strcpy(path, engine->output.directory);
	for (uint32_t i = 0; i < engine->output.folders_made; i++) {
		if (rmdir(path) != 0)
			return; // it is not empty
		place_cut_name(path);
	}
}

// What a port still needs at its end, and where it is reopened. Access to maps of the XDP program asks CAP_BPF of older
// kernels.
static uint64_t capabilities_of(const struct live *live)
{
	static const uint64_t of_kind[] = {
		[MW_PORT_AF_XDP] = BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) | BIT(CAP_BPF),
		[MW_PORT_AF_PACKET] = BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW),
		[MW_PORT_VDEV] = BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW),
		[MW_PORT_PCI] = 0,
	};
	uint64_t capabilities = 0;

	for (uint32_t i = 0; i < live->ports_count; i++)
		capabilities |= of_kind[live->specs[i].kind];
	return capabilities;
}

void confine_live(struct engine *engine, const struct live *live)
{
	static struct list list;
	const struct mw_server_settings *control = mw_settings_values(engine->settings, "control");

	list = (struct list){0};
	add_usual(&list, engine);
	add(&list, "/sys/class/net", MW_SANDBOX_READ);
	add(&list, "/sys/devices", MW_SANDBOX_READ);
	add(&list, engine->output.directory, MW_SANDBOX_WRITE);
	add_parent(&list, engine->output.directory, MW_SANDBOX_WRITE); // the directory may be removed and made again
	if (engine->server != NULL)
		add_parent(&list, engine->options->socket != NULL ? engine->options->socket : control->socket,
				   MW_SANDBOX_REMOVE_FILE);
	if (control->telemetry)
		add(&list, rte_eal_get_runtime_dir(), MW_SANDBOX_REMOVE_FILE); // its socket, at the end
	enter(engine, &list, capabilities_of(live));
}
