// SPDX-License-Identifier: BSD-3-Clause
// The machine's name, clocks, cores and pages.
// Neighbours: machine.h.
#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "measure.h"

#define CHAIN        2000000u
#define CHAIN_CYCLES 3 // of a multiplication whose factor is the product before: Intel's since 2008, all of AMD's Zen

static void read_name(char *name, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(name, size, "unknown CPU");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *at = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || at == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, size, "%s", at + 2);
	}
	if (file != NULL)
		fclose(file);
}

// The best of a few, because a core takes a moment to get up to speed.
static double read_clock_ghz(void)
{
	double best = 0;
#if defined(__x86_64__)
	for (int turn = 0; turn < 5; turn++) {
		uint64_t start_ns = spent_read_ns(), product = 3;

		for (uint32_t i = 0; i < CHAIN; i++)
			__asm__ volatile("imul %0, %0" : "+r"(product));
		best = MW_MAX(best, (double)CHAIN * CHAIN_CYCLES / (double)(spent_read_ns() - start_ns));
	}
#endif
	return best;
}

void machine_read(struct machine *machine)
{
	*machine = (struct machine){.counter_ghz = 1 / ns_per_tick(),
								.clock_ghz = read_clock_ghz(),
								.hugepages_mib = (double)(hugepages_free_bytes() >> 20)};
	read_name(machine->cpu, sizeof(machine->cpu));
	while (core_of(machine->cores) >= 0)
		machine->cores++;
}

void machine_print(const struct machine *machine)
{
	printf("%s, %.2f GHz (counter %.2f GHz), %u cores, the first %d; %.0f MiB of hugepages free\n", machine->cpu,
		   machine->clock_ghz, machine->counter_ghz, machine->cores, core_of(0), machine->hugepages_mib);
	if (machine->hugepages_mib <= 0)
		printf(
			"no hugepages: as root, scripts/bench reserves them; without, every access to a large table costs more\n");
}
