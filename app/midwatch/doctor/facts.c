// SPDX-License-Identifier: BSD-3-Clause
// The command line of the unit and the port's place in sysfs.
// Neighbours: facts.h; ../options.c reads both command lines.
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "engine.h"
#include "files.h"
#include "memory/hugepages.h"
#include "mw_log.h"
#include "options.h"
#include "plan.h"
#include "running.h"

#define WORDS_MAX     64
#define UNIT_BYTES    4096
#define CONFIGURATION MW_CONFIG_DIR "/midwatch.yaml"

/** The unit's command line; the words point into text. */
struct unit {
	char text[UNIT_BYTES];
	char *words[WORDS_MAX + 1];
	int count;
};

static void add_words(struct unit *unit, char *line)
{
	char *word;

	while ((word = strsep(&line, " \t\n")) != NULL && unit->count < WORDS_MAX) {
		if (word[0] != '\0')
			unit->words[unit->count++] = word;
	}
}

// MIDWATCH_PORT and MIDWATCH_OPTIONS, as the unit puts them together.
static bool read_unit(const char *root, struct unit *unit)
{
	static char interface[] = "-i";
	static const char port[] = "MIDWATCH_PORT=", more[] = "MIDWATCH_OPTIONS=";
	FILE *file = fopen(files_path(root, DOCTOR_ENVIRONMENT).chars, "re");
	size_t used = 0;

	unit->count = 0;
	add_words(unit, strcpy(unit->text, "midwatch"));
	used = sizeof("midwatch");
	while (file != NULL && used < sizeof(unit->text) - 4 &&
		   fgets(unit->text + used, (int)(sizeof(unit->text) - used), file) != NULL) {
		char *line = unit->text + used;

		used += strlen(line) + 1;
		if (strncmp(line, port, sizeof(port) - 1) == 0 && unit->count < WORDS_MAX) {
			unit->words[unit->count++] = interface;
			add_words(unit, line + sizeof(port) - 1);
		} else if (strncmp(line, more, sizeof(more) - 1) == 0) {
			add_words(unit, line + sizeof(more) - 1);
		}
	}
	if (file != NULL)
		fclose(file);
	unit->words[unit->count] = NULL;
	return unit->count > 2;
}

// What the unit says, where the command line of now says nothing.
static void merge(const struct options *options, struct options *effective)
{
	static struct unit unit;
	static struct options of_unit;

	*effective = *options;
	if (read_unit(options->root, &unit) && options_read(unit.count, unit.words, &of_unit) == 0) {
		if (effective->ports_count == 0) {
			memcpy(effective->ports, of_unit.ports, sizeof(effective->ports));
			effective->ports_count = of_unit.ports_count;
		}
		if (effective->cores_count == 0) {
			memcpy(effective->cores, of_unit.cores, sizeof(effective->cores));
			effective->cores_count = of_unit.cores_count;
		}
		if (effective->workers == 0)
			effective->workers = of_unit.workers;
	}
}

static int place_port(const struct options *effective, struct doctor *doctor)
{
	char chars[256], sysfs[FILES_PATH_BYTES];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	int64_t node;

	doctor->node = -1;
	if (effective->ports_count == 0)
		return 0;
	if (mw_port_read(effective->ports[0], &doctor->port, &problem) != 0) {
		mw_log_error("%s", chars);
		return -EINVAL;
	}
	snprintf(sysfs, sizeof(sysfs), "%s/sys", doctor->root);
	if (doctor->port.kind == MW_PORT_PCI) {
		mw_pci_look(sysfs, doctor->port.device, &doctor->pci);
		snprintf(doctor->interface, sizeof(doctor->interface), "%s", doctor->pci.interface);
		snprintf(doctor->device, sizeof(doctor->device), "/sys/bus/pci/devices/%s", doctor->pci.address);
	} else if (doctor->port.kind != MW_PORT_VDEV) {
		snprintf(doctor->interface, sizeof(doctor->interface), "%.15s", doctor->port.device);
		snprintf(doctor->device, sizeof(doctor->device), "/sys/class/net/%s/device", doctor->interface);
	}
	if (files_number(files_path(doctor->root, "%s/numa_node", doctor->device), &node))
		doctor->node = (int)node;
	return 0;
}

// Signatures that cannot be read are a row of their own, and nothing here needs them.
static int configure(struct engine *engine, const struct options *effective, struct doctor *doctor)
{
	static const struct options defaults = {.root = ""};

	(void)engine_configure(engine, effective);
	doctor->configuration = effective->configuration;
	doctor->configured = engine->settings != NULL;
	if (!doctor->configured)
		(void)engine_configure(engine, &defaults);
	return engine->settings != NULL ? 0 : -EINVAL;
}

// Cores that were named, so many as -w asks, or that are good and so many, stay; else better ones are chosen.
static void choose_cores(const struct options *options, struct doctor *doctor)
{
	const int wanted = (int)options->workers;

	doctor->setup_cores = doctor->cores;
	if (options->cores_count > 0) {
		for (uint32_t i = options->workers == 0 ? options->cores_count : options->workers; i < options->cores_count;
			 i++)
			CPU_CLR((size_t)options->cores[i], &doctor->setup_cores); // worker i has the core that is named at place i
	} else if (!plan_is_good(doctor->root, doctor->node, &doctor->cores) ||
			   (wanted != 0 && CPU_COUNT(&doctor->cores) != wanted)) {
		plan_cores(doctor->root, doctor->node, options->workers, &doctor->setup_cores);
	}
}

int doctor_facts(const struct options *options, struct engine *engine, struct options *effective, struct doctor *doctor)
{
	static struct files_path configuration;
	const struct mw_output_settings *output;
	uint32_t named;

	*doctor = (struct doctor){.root = options->root};
	merge(options, effective);
	configuration = files_path(doctor->root, CONFIGURATION);
	if (effective->configuration == NULL && files_exist(configuration))
		effective->configuration = configuration.chars;
	if (place_port(effective, doctor) != 0 || configure(engine, effective, doctor) != 0)
		return -EINVAL;
	named = doctor->port.text[0] != '\0';
	output = mw_settings_values(engine->settings, "output");
	snprintf(doctor->output, sizeof(doctor->output), "%s",
			 effective->directory != NULL ? effective->directory : output->directory);
	for (uint32_t i = 0; i < effective->cores_count; i++)
		CPU_SET((size_t)effective->cores[i], &doctor->cores);
	doctor->workers = options->workers;
	running_find(doctor);
	choose_cores(options, doctor);
	doctor->hugepages = hugepages_wanted(engine, &doctor->port, named, effective->workers);
	doctor->setup_hugepages = hugepages_wanted(engine, &doctor->port, named, (uint32_t)CPU_COUNT(&doctor->setup_cores));
	return 0;
}
