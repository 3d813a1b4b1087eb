// SPDX-License-Identifier: BSD-3-Clause
// Decides what a box needs, refuses what would cut the operator off, writes or puts back.
// Neighbours: setup.h; edits.c has the contents, keep.c the files, ../doctor/plan.h the choice of cores.
#include "setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/carries.h"
#include "doctor/facts.h"
#include "doctor/files.h"
#include "doctor/plan.h"
#include "engine.h"
#include "mw_log.h"
#include "options.h"

static int refuse(const char *port, const char *why)
{
	mw_log_error("setup %s: %s", port, why);
	return -EPERM;
}

static int check_port(const struct doctor *doctor)
{
	const char *port = doctor->port.text;
	char chars[256];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	if (port[0] == '\0')
		return refuse("PORT", "name the mirror port: ip -brief link, dpdk-devbind.py --status-dev net");
	if (doctor->port.kind == MW_PORT_VDEV)
		return refuse(port, "a virtual device needs nothing of the machine");
	if (doctor->port.kind != MW_PORT_AF_PACKET && carries(doctor->root, doctor->interface, &text)) {
		mw_text_add(&text, " runs over %s, which would be cut off: choose another port (ip -brief link)",
					doctor->interface);
		return refuse(port, chars);
	}
	if (doctor->port.kind != MW_PORT_PCI)
		return files_exist(files_path(doctor->root, "/sys/class/net/%s", doctor->interface))
				   ? 0
				   : refuse(port, "there is no such interface: ip -brief link");
	if (doctor->pci.fit == MW_PCI_MISSING || doctor->pci.fit == MW_PCI_NO_NETWORK_CARD)
		return refuse(port, "there is no network card of this address: dpdk-devbind.py --status-dev net");
	return files_exist(files_path(doctor->root, "/lib/dpdk/dpdk-init"))
			   ? 0
			   : refuse(port, "the package that binds it at every boot is missing: apt-get install dpdk");
}

// Cores that were named or that are good stay; else better ones are chosen.
static void choose_cores(const struct options *options, struct setup *setup)
{
	const struct doctor *doctor = &setup->doctor;

	setup->cores = doctor->cores;
	if (options->cores_count == 0 && !plan_is_good(doctor->root, doctor->node, &doctor->cores))
		plan_cores(doctor->root, doctor->node, &setup->cores);
	plan_siblings(doctor->root, &setup->cores, &setup->isolated);
}

static int check_memory(const struct setup *setup)
{
	FILE *file = fopen(files_path(setup->doctor.root, "/proc/meminfo").chars, "re");
	uint64_t kib = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "MemTotal: %" SCNu64, &kib) != 1)
		kib = 0;
	fclose(file);
	if (kib == 0 || setup->pages * (PLAN_HUGEPAGE_BYTES >> 10) <= kib / 4 * 3)
		return 0;
	mw_log_error("setup: %" PRIu64 " MiB of hugepages are more than three quarters of this machine's %" PRIu64
				 " MiB: lower flow.flows-max, or name fewer --cores",
				 setup->pages * (PLAN_HUGEPAGE_BYTES >> 20), kib >> 10);
	return -ENOMEM;
}

static int decide(const struct options *options, struct engine *engine, struct setup *setup)
{
	static struct options effective;

	if (doctor_facts(options, engine, &effective, &setup->doctor) != 0 || !setup->doctor.configured)
		return -EINVAL;
	if (check_port(&setup->doctor) != 0)
		return -EPERM;
	choose_cores(options, setup);
	effective.workers = (uint32_t)CPU_COUNT(&setup->cores);
	setup->pages = plan_hugepages(doctor_bytes(engine, &effective, &setup->doctor));
	return check_memory(setup);
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
	printf("%s\n", options->dry_run ? "nothing was written (--dry-run)" : "written; then:");
	if (options->dry_run)
		return;
	if (options->undo)
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
		return refuse("PORT", "writing the machine's files needs root: sudo midwatch setup (--dry-run needs none)") !=
			   0;
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
