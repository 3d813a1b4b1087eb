// SPDX-License-Identifier: BSD-3-Clause
// The sum of what lies best in hugepages.
// Neighbours: memory/hugepages.h.
#include "memory/hugepages.h"

#define PAGE_BYTES (UINT64_C(2) << 20)

uint64_t hugepages_wanted(struct engine *engine, const struct mw_port_spec ports[], uint32_t ports_count,
						  uint32_t workers)
{
	const struct mw_port_settings *input = mw_settings_values(engine->settings, "input");
	const uint16_t count = (uint16_t)MW_MAX(workers, 1u);
	uint64_t bytes = workers_bytes(&engine->workers, count) + ((uint64_t)HUGEPAGES_EAL_MIB << 20), pages;

	for (uint32_t i = 0; i < ports_count; i++) {
		struct mw_port_spec port = ports[i];

		port.queues = MW_MAX(port.queues, count);
		bytes += mw_port_memory_bytes(&port, input);
	}
	pages = bytes / PAGE_BYTES + 1;
	return (pages + pages / 16 + 31) / 32 * 32;
}
