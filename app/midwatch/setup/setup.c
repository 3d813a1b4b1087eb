// SPDX-License-Identifier: BSD-3-Clause
// Decides what a box needs, refuses what would cut the operator off, writes or puts back.
// Neighbours: setup.h; edits.c has the contents, keep.c the files, ../doctor/plan.h the choice of cores.
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/facts.h"
#include "doctor/files.h"
#include "doctor/fit.h"
#include "doctor/plan.h"
#include "engine.h"
#include "mw_log.h"
#include "options.h"

static int refuse(const char *port, const char *why)
{
	mw_log_error("setup%s%s: %s", port[0] == '\0' ? "" : " ", port, why);
	return -EPERM;
}

static int check_port(const struct doctor *doctor)
{
	char chars[256];
	struct mw_text why = mw_text_in(chars, sizeof(chars));

	return fit_for_setup(doctor, &why) ? 0 : refuse(doctor->port.text, chars);
}

static int check_cores(const struct options *options, const struct setup *setup)
{
	const char *root = setup->doctor.root;
	char chars[320];
	struct mw_text why = mw_text_in(chars, sizeof(chars));
	cpu_set_t online;

	if (!files_cores(files_path(root, "/sys/devices/system/cpu/online"), &online))
		return 0;
	if (!files_cores_within(&setup->doctor.setup_cores, &online)) {
		mw_text_add(&why, "--cores names cores that do not exist; this machine has ");
		files_add_cores(&why, &online);
	} else if (!plan_leaves_some(root, &setup->doctor.setup_cores)) {
		mw_text_add(&why, "--cores ");
		files_add_cores(&why, &setup->doctor.setup_cores);
		mw_text_add(&why, " takes every core with its siblings: the kernel must keep at least one of ");
		files_add_cores(&why, &online);
	} else if (CPU_COUNT(&setup->doctor.setup_cores) < (int)options->workers) {
		mw_text_add(&why, "-w %u: cores to give besides the kernel's: %d; ask for fewer workers, or name --cores",
					options->workers, CPU_COUNT(&setup->doctor.setup_cores));
	}
	return why.len_bytes == 0 ? 0 : refuse(setup->doctor.port.text, chars);
}

static int decide(const struct options *options, struct engine *engine, struct setup *setup)
{
	static struct options effective;

	if (doctor_facts(options, engine, &effective, &setup->doctor) != 0 || !setup->doctor.configured)
		return -EINVAL;
	if (check_port(&setup->doctor) != 0)
		return -EPERM;
	plan_siblings(setup->doctor.root, &setup->doctor.setup_cores, &setup->isolated);
	return check_cores(options, setup);
}

/** One file before and after. */
static struct setup_content before, now;

static int change(const char *root, const char *path, bool dry_run, uint32_t *changes)
{
	int error;

	if (before.there == now.there && strcmp(before.chars, now.chars) == 0)
		return 0;
	(*changes)++;
	setup_print_diff(path, &before, &now);
	if (dry_run)
		return 0;
	error = setup_keep(root, path, &before);
	return error != 0 ? error : setup_replace(root, path, &now);
}

static int write_all(const struct setup *setup, bool dry_run, uint32_t *changes)
{
	const char *root = setup->doctor.root;
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < setup_files_count; i++) {
		struct mw_text text = mw_text_in(now.chars, sizeof(now.chars));

		if (!setup_files[i].applies(setup))
			continue;
		error = setup_read(root, setup_files[i].path, &before);
		if (error != 0)
			break;
		now.there = true;
		setup_files[i].write(setup, before.chars, &text);
		error = text.cut ? -EFBIG : change(root, setup_files[i].path, dry_run, changes);
	}
	return error;
}

static int undo_all(const char *root, bool dry_run, uint32_t *changes)
{
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < setup_files_count; i++) {
		const char *path = setup_files[i].path;

		error = setup_kept(root, path, &now);
		if (error == -ENOENT) {
			error = 0;
			continue;
		}
		if (error == 0)
			error = setup_read(root, path, &before);
		if (error == 0)
			error = change(root, path, dry_run, changes);
		if (error == 0 && !dry_run)
			setup_forget(root, path);
	}
	return error;
}

static void tell_next(const struct options *options, const struct setup *setup, uint32_t changes)
{
	bool pci = setup->doctor.port.kind == MW_PORT_PCI;

	if (changes == 0) {
		puts(options->undo ? "nothing to undo" : "nothing to change");
		return;
	}
	if (options->dry_run) {
		puts("nothing was written: the same without --dry-run does it, and says what to run then");
		return;
	}
	puts("written; then:");
	if (options->root[0] != '\0')
		printf("  where %s is the machine itself: %supdate-grub, and start it anew; here nothing is to be done\n",
			   options->root,
			   options->undo ? ""
			   : pci         ? "systemctl enable midwatch dpdk, "
							 : "systemctl enable midwatch, ");
	else if (options->undo)
		puts("  update-grub && reboot");
	else
		printf("  systemctl enable midwatch%s && update-grub && reboot\n"
			   "or, for now and without cores of their own:\n"
			   "  %s && systemctl restart midwatch\n"
			   "to see what is left: midwatch doctor\n",
			   pci ? " dpdk" : "", pci ? "sysctl --system && systemctl restart dpdk" : "sysctl --system");
}

int setup_run(const struct options *options)
{
	static struct engine engine;
	static struct setup setup;
	uint32_t changes = 0;
	int error;

	if (options->root[0] == '\0' && geteuid() != 0 && !options->dry_run)
		return refuse(options->ports_count > 0 ? options->ports[0] : "",
					  "writing the machine's files needs root, as by sudo (--dry-run needs none)") != 0;
	if (options->undo) {
		error = undo_all(options->root, options->dry_run, &changes);
	} else {
		error = decide(options, &engine, &setup);
		if (error == 0)
			error = write_all(&setup, options->dry_run, &changes);
		engine_close(&engine);
	}
	if (error == 0)
		tell_next(options, &setup, changes);
	return error == -EINVAL ? 2 : error != 0;
}
