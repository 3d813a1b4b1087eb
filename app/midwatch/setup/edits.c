// SPDX-License-Identifier: BSD-3-Clause
// What setup writes into which file: lines of Debian's dpdk package, drop-ins for sysctl and grub, the unit's
// environment.
// Neighbours: setup.h; dpdk.conf and interfaces are read by dpdk.service, grub.d by update-grub(8).
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "doctor/facts.h"
#include "doctor/files.h"
#include "setup.h"

static bool is_pci(const struct setup *setup)
{
	return setup->doctor.port.kind == MW_PORT_PCI;
}

static bool always(const struct setup *setup)
{
	(void)setup;
	return true;
}

static bool has_cores(const struct setup *setup)
{
	return CPU_COUNT(&setup->doctor.setup_cores) > 0 || is_pci(setup);
}

// Copies a file line by line; the first line that is the same setting becomes line, others of it go, and when there is
// none it is appended.
static void set_line(const char *before, bool (*is_it)(const char *line, const char *key), const char *key,
					 const char *line, struct mw_text *now)
{
	bool done = false;

	while (*before != '\0') {
		size_t len = strcspn(before, "\n");

		if (!is_it(before, key)) {
			mw_text_add_chars(now, before, len);
			mw_text_add(now, "\n");
		} else if (!done) {
			mw_text_add(now, "%s\n", line);
			done = true;
		}
		before += len + (before[len] == '\n');
	}
	if (!done)
		mw_text_add(now, "%s\n", line);
}

static bool is_assignment(const char *line, const char *key)
{
	return strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == '=';
}

static bool is_device(const char *line, const char *address)
{
	char bus[16], device[32];

	return sscanf(line, "%15s %31s", bus, device) == 2 && strcmp(bus, "pci") == 0 && strcmp(device, address) == 0;
}

// dpdk.conf has a number for each node when there are several: "0 64" is 64 on node 1.
static void write_dpdk(const struct setup *setup, const char *before, struct mw_text *now)
{
	char chars[128];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	mw_text_add(&line, "NR_2M_PAGES=\"");
	for (int node = 0; node < setup->doctor.node; node++)
		mw_text_add(&line, "0 ");
	mw_text_add(&line, "%" PRIu64 "\"", setup->doctor.setup_hugepages);
	set_line(before, is_assignment, "NR_2M_PAGES", chars, now);
}

// An IOMMU that is off now and that the firmware offers is on at the next start, by the grub drop-in.
static const char *driver_of_next_start(const struct setup *setup)
{
	const struct mw_pci *pci = &setup->doctor.pci;

	if (pci->fit == MW_PCI_FITS && strcmp(pci->driver, "uio_pci_generic") != 0)
		return pci->driver;
	return doctor_firmware_has_iommu(setup->doctor.root) ? "vfio-pci" : mw_pci_driver_for(pci);
}

static void write_interfaces(const struct setup *setup, const char *before, struct mw_text *now)
{
	const struct mw_pci *pci = &setup->doctor.pci;
	char line[96];

	snprintf(line, sizeof(line), "pci\t%s\t%s", pci->address, driver_of_next_start(setup));
	if (strncmp(pci->driver, "mlx", 3) == 0) // stays with its kernel driver
		mw_text_add(now, "%s", before);
	else
		set_line(before, is_device, pci->address, line, now);
}

static void write_sysctl(const struct setup *setup, const char *before, struct mw_text *now)
{
	(void)before;
	mw_text_add(now, "# Written by midwatch setup; midwatch setup --undo takes it away.\n"
					 "# no page faults for moving memory between nodes, less housekeeping on the workers' cores\n"
					 "kernel.numa_balancing = 0\n"
					 "kernel.nmi_watchdog = 0\n"
					 "vm.stat_interval = 10\n");
	if (!is_pci(setup)) // else dpdk.conf has them, on the card's node
		mw_text_add(now, "vm.nr_hugepages = %" PRIu64 "\n", setup->doctor.setup_hugepages);
}

static void write_grub(const struct setup *setup, const char *before, struct mw_text *now)
{
	char chars[256];
	struct mw_text cores = mw_text_in(chars, sizeof(chars));

	(void)before;
	files_add_cores(&cores, &setup->isolated);
	mw_text_add(now,
				"# Written by midwatch setup; then update-grub and a restart. midwatch setup --undo takes it away.\n"
				"GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT");
	if (is_pci(setup))
		mw_text_add(now, " intel_iommu=on iommu=pt");
	if (CPU_COUNT(&setup->isolated) > 0)
		mw_text_add(now, " isolcpus=%s nohz_full=%s rcu_nocbs=%s", chars, chars, chars);
	mw_text_add(now, "\"\n");
}

// The options that are there, without those that are set anew.
static void add_other_options(const char *before, struct mw_text *line)
{
	static const char key[] = "MIDWATCH_OPTIONS=";
	const char *at = strncmp(before, key, sizeof(key) - 1) == 0 ? before : strstr(before, "\nMIDWATCH_OPTIONS=");
	char chars[1024], *words = chars, *word;
	bool skip = false;

	if (at == NULL)
		return;
	at = strchr(at, '=') + 1;
	snprintf(chars, sizeof(chars), "%.*s", (int)strcspn(at, "\n"), at);
	while ((word = strsep(&words, " \t")) != NULL) {
		bool ours = strcmp(word, "-w") == 0 || strcmp(word, "--workers") == 0 || strcmp(word, "--cores") == 0;

		if (!ours && !skip && word[0] != '\0' && strncmp(word, "--cores=", 8) != 0 &&
			strncmp(word, "--workers=", 10) != 0)
			mw_text_add(line, " %s", word);
		skip = ours;
	}
}

static void write_environment(const struct setup *setup, const char *before, struct mw_text *now)
{
	static char half[SETUP_FILE_BYTES];
	struct mw_text text = mw_text_in(half, sizeof(half));
	char chars[1280];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	mw_text_add(&line, "MIDWATCH_PORT=%s", setup->doctor.port.text);
	set_line(before, is_assignment, "MIDWATCH_PORT", chars, &text);
	line = mw_text_in(chars, sizeof(chars));
	mw_text_add(&line, "MIDWATCH_OPTIONS=");
	if (CPU_COUNT(&setup->doctor.setup_cores) > 0) {
		mw_text_add(&line, "-w %d --cores ", CPU_COUNT(&setup->doctor.setup_cores));
		files_add_cores(&line, &setup->doctor.setup_cores);
	}
	add_other_options(before, &line);
	set_line(half, is_assignment, "MIDWATCH_OPTIONS", chars, now);
}

const struct setup_file setup_files[] = {
	{"/etc/dpdk/dpdk.conf", is_pci, write_dpdk},
	{"/etc/dpdk/interfaces", is_pci, write_interfaces},
	{"/etc/sysctl.d/60-midwatch.conf", always, write_sysctl},
	{"/etc/default/grub.d/60-midwatch.cfg", has_cores, write_grub},
	{DOCTOR_ENVIRONMENT, always, write_environment},
};
const uint32_t setup_files_count = MW_ARRAY_SIZE(setup_files);
