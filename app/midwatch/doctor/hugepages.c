// SPDX-License-Identifier: BSD-3-Clause
// Hugepages: enough for workers and buffers, on the port's NUMA node, and not held by somebody else.
// Neighbours: doctor.h; ../memory/hugepages.h says how many. See Documentation/admin-guide/mm/hugetlbpage.rst.
#include <inttypes.h>
#include <stdio.h>

#include "doctor.h"
#include "files.h"
#include "fit.h"

#define POOL "hugepages/hugepages-2048kB"

static struct files_path pool(const struct doctor *doctor, int node, const char *what)
{
	return node < 0 ? files_path(doctor->root, "/sys/kernel/mm/" POOL "/%s", what)
					: files_path(doctor->root, "/sys/devices/system/node/node%d/" POOL "/%s", node, what);
}

static bool needs_them(const struct doctor *doctor)
{
	return doctor->port.text[0] != '\0' && doctor->port.kind == MW_PORT_PCI;
}

static void mend(const struct doctor *doctor, struct doctor_row *row, uint64_t pages)
{
	char chars[256];
	struct mw_text why = mw_text_in(chars, sizeof(chars));

	if (!fit_memory(doctor->root, pages, &why))
		doctor_judge(row, false, "%s", chars);
	else if (doctor->node > 0)
		doctor_judge(row, false, "echo %" PRIu64 " > /sys/devices/system/node/node%d/" POOL "/nr_hugepages", pages,
					 doctor->node);
	else
		doctor_judge(row, false, "sysctl vm.nr_hugepages=%" PRIu64, pages);
	if (why.len_bytes == 0 && fit_for_setup(doctor, &why))
		mw_text_add(&row->mend, " (for every boot: midwatch setup %s)", doctor->port.text);
	if (!needs_them(doctor))
		row->verdict = DOCTOR_NOTE; // slower, but it works
}

static void look_at_pool(const struct doctor *doctor, struct doctor_row *row)
{
	uint64_t pages = doctor->hugepages;
	int64_t all = 0, left = 0;

	if (!files_number(pool(doctor, doctor->node, "nr_hugepages"), &all) ||
		!files_number(pool(doctor, doctor->node, "free_hugepages"), &left)) {
		doctor_unread(row, pool(doctor, doctor->node, "nr_hugepages").chars);
		return;
	}
	mw_text_add(&row->is, "%" PRId64 " pages of 2 MiB, %" PRId64 " free", all, left);
	mw_text_add(&row->should, "%" PRIu64, pages);
	if (doctor->node >= 0)
		mw_text_add(&row->should, " on node %d", doctor->node);
	if ((uint64_t)all < pages)
		mend(doctor, row, pages);
	else if (doctor->running == 0 && (uint64_t)left < pages)
		doctor_judge(row, false, "grep -l '^VmFlags.* ht' /proc/[0-9]*/smaps (another process holds %" PRId64 ")",
					 all - left);
	else
		row->verdict = DOCTOR_FINE;
}

static const struct doctor_check checks[] = {{"hugepages", look_at_pool}};
const struct doctor_section doctor_hugepages = {checks, MW_ARRAY_SIZE(checks)};
