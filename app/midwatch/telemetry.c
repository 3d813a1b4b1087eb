// SPDX-License-Identifier: BSD-3-Clause
// Answers of DPDK's telemetry threads: the workers' counters, which anybody may read, and a copy of the ports'.
// Neighbours: telemetry.h. Names on that socket have letters, digits, _ and / only.
#include "telemetry.h"

#include <ctype.h>
#include <pthread.h>
#include <rte_telemetry.h>
#include <rte_version.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "live/live.h"

#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
#endif

#define NAME_BYTES  64
#define ENTRIES_MAX 254u // of DPDK's 256, so that there is room to say what was left out

static const struct {
	const char *name;
	size_t offset;
} port_counters[] = {
	{"received", offsetof(struct mw_port_counts, received_pkts)},
	{"bytes", offsetof(struct mw_port_counts, received_bytes)},
	{"missed", offsetof(struct mw_port_counts, missed_pkts)},
	{"no_mbuf", offsetof(struct mw_port_counts, no_mbuf_pkts)},
	{"errors", offsetof(struct mw_port_counts, error_pkts)},
	{"excluded", offsetof(struct mw_port_counts, excluded_pkts)},
};

/** What DPDK's threads read, under the mutex. */
static struct {
	pthread_mutex_t mutex;
	const struct workers *workers; // NULL: none to tell of
	struct mw_port_counts ports[LIVE_PORTS_MAX];
	uint32_t ports_count;
} told = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void add(struct rte_tel_data *data, const char *first, const char *second, uint64_t value)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), "%s/%s", first, second);
	for (char *at = name; *at != '\0'; at++)
		*at = *at == '/' || isalnum((unsigned char)*at) ? *at : '_';
	rte_tel_data_add_dict_uint(data, name, value);
}

// Without a module those that are not zero, as `show counters`; of a module all.
static void add_counters(struct rte_tel_data *data, const char *module)
{
	const struct mw_stats_names *names = &told.workers->names;
	uint32_t added = 0, left_out = 0;

	for (uint32_t i = 0; i < names->count; i++) {
		const uint64_t value = workers_sum(told.workers, i);

		if (module != NULL ? strcmp(module, names->entries[i].module) != 0 : value == 0)
			continue;
		if (added++ < ENTRIES_MAX)
			add(data, names->entries[i].module, names->entries[i].counter.name, value);
		else
			left_out++;
	}
	if (left_out > 0)
		add(data, "telemetry", "left_out", left_out);
}

static int tell_stats(const char *command, const char *module, struct rte_tel_data *data)
{
	(void)command;
	rte_tel_data_start_dict(data);
	pthread_mutex_lock(&told.mutex);
	if (told.workers != NULL)
		add_counters(data, module);
	pthread_mutex_unlock(&told.mutex);
	return 0;
}

static int tell_ports(const char *command, const char *parameters, struct rte_tel_data *data)
{
	(void)command;
	(void)parameters;
	rte_tel_data_start_dict(data);
	pthread_mutex_lock(&told.mutex);
	for (uint32_t i = 0; told.workers != NULL && i < told.ports_count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", i);
		for (size_t k = 0; k < MW_ARRAY_SIZE(port_counters); k++) {
			uint64_t value;

			memcpy(&value, (const char *)&told.ports[i] + port_counters[k].offset, sizeof(value));
			add(data, number, port_counters[k].name, value);
		}
	}
	pthread_mutex_unlock(&told.mutex);
	return 0;
}

void telemetry_register(void)
{
	rte_telemetry_register_cmd(
		"/midwatch/stats", tell_stats,
		"Counters of all workers that are not zero. Parameter: a module, then all of its counters");
	rte_telemetry_register_cmd("/midwatch/ports", tell_ports, "Packets of each port, by its place on the command line");
}

void telemetry_look(struct live *live)
{
	struct mw_port_counts counts[LIVE_PORTS_MAX] = {0};

	for (uint32_t i = 0; i < live->ports_count; i++)
		live_counts(live, i, &counts[i]);
	pthread_mutex_lock(&told.mutex);
	memcpy(told.ports, counts, sizeof(told.ports));
	told.ports_count = live->ports_count;
	told.workers = &live->engine->workers;
	pthread_mutex_unlock(&told.mutex);
}

void telemetry_end(void)
{
	pthread_mutex_lock(&told.mutex);
	told.workers = NULL;
	pthread_mutex_unlock(&told.mutex);
}
