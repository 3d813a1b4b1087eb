// SPDX-License-Identifier: BSD-3-Clause
// The workers' cores: pinned, there, left alone by the kernel, beside the card, at full speed.
// Neighbours: doctor.h; plan.h chooses cores. See Documentation/admin-guide/kernel-per-CPU-kthreads.rst.
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "files.h"
#include "fit.h"
#include "plan.h"

#define CPU "/sys/devices/system/cpu"

static bool pinned(const struct doctor *doctor)
{
	return CPU_COUNT(&doctor->cores) > 0;
}

static void look_at_pins(const struct doctor *doctor, struct doctor_row *row)
{
	cpu_set_t online, planned;
	bool there;

	files_cores(files_path(doctor->root, CPU "/online"), &online);
	there = files_cores_within(&doctor->cores, &online) && plan_leaves_some(doctor->root, &doctor->cores);
	if (pinned(doctor)) {
		mw_text_add(&row->is, "--cores ");
		files_add_cores(&row->is, &doctor->cores);
		mw_text_add(&row->should, "some of ");
		files_add_cores(&row->should, &online);
		mw_text_add(&row->should, ", not all");
		fit_judge(doctor, row, there, "");
		return;
	}
	plan_cores(doctor->root, doctor->node, doctor->workers, &planned);
	mw_text_add(&row->is, "workers run anywhere");
	mw_text_add(&row->should, "cores of their own, as in --cores ");
	files_add_cores(&row->should, &planned);
	fit_judge(doctor, row, CPU_COUNT(&planned) == 0, ""); // a machine of one core has none to give
}

// Whether the kernel keeps what a list of its own says away from the workers' cores.
static void look_at_list(const struct doctor *doctor, struct doctor_row *row, const char *list, const char *should)
{
	cpu_set_t kept;

	if (!pinned(doctor))
		return;
	files_cores(files_path(doctor->root, CPU "/%s", list), &kept);
	files_add_cores(&row->is, &kept);
	mw_text_add(&row->should, "%s ", should);
	files_add_cores(&row->should, &doctor->cores);
	fit_judge(doctor, row, files_cores_within(&doctor->cores, &kept), " && update-grub && reboot");
}

static void look_at_isolation(const struct doctor *doctor, struct doctor_row *row)
{
	look_at_list(doctor, row, "isolated", "isolcpus");
}

static void look_at_ticks(const struct doctor *doctor, struct doctor_row *row)
{
	look_at_list(doctor, row, "nohz_full", "nohz_full");
}

static void look_at_threads(const struct doctor *doctor, struct doctor_row *row)
{
	cpu_set_t shared, one, threads;

	if (!pinned(doctor))
		return;
	CPU_ZERO(&shared);
	for (unsigned core = 0; core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET(core, &doctor->cores))
			continue;
		CPU_ZERO(&one);
		CPU_SET(core, &one);
		plan_siblings(doctor->root, &one, &threads);
		CPU_AND(&threads, &threads, &doctor->cores);
		if (CPU_COUNT(&threads) > 1)
			CPU_OR(&shared, &shared, &threads);
	}
	mw_text_add(&row->should, "one worker on a physical core");
	if (CPU_COUNT(&shared) == 0) {
		mw_text_add(&row->is, "each on a core of its own");
	} else {
		mw_text_add(&row->is, "threads of one core: ");
		files_add_cores(&row->is, &shared);
	}
	fit_judge(doctor, row, CPU_COUNT(&shared) == 0, "");
}

static void look_at_node(const struct doctor *doctor, struct doctor_row *row)
{
	cpu_set_t of_node;

	if (!pinned(doctor) || doctor->node < 0)
		return;
	if (!files_cores(files_path(doctor->root, "/sys/devices/system/node/node%d/cpulist", doctor->node), &of_node)) {
		doctor_unread(row, "/sys/devices/system/node");
		return;
	}
	mw_text_add(&row->is, "card on node %d, workers on ", doctor->node);
	files_add_cores(&row->is, &doctor->cores);
	mw_text_add(&row->should, "cores of node %d: ", doctor->node);
	files_add_cores(&row->should, &of_node);
	fit_judge(doctor, row, files_cores_within(&doctor->cores, &of_node), "");
}

static void look_at_governor(const struct doctor *doctor, struct doctor_row *row)
{
	char slow[32] = "";
	cpu_set_t slowed;

	if (!pinned(doctor))
		return;
	CPU_ZERO(&slowed);
	for (unsigned core = 0; core < CPU_SETSIZE; core++) {
		char chars[32];
		struct mw_text name = mw_text_in(chars, sizeof(chars));

		if (!CPU_ISSET(core, &doctor->cores) ||
			!files_line(files_path(doctor->root, CPU "/cpu%u/cpufreq/scaling_governor", core), &name) ||
			strcmp(chars, "performance") == 0)
			continue; // a machine without the file does not change its clock, or does not tell
		CPU_SET(core, &slowed);
		snprintf(slow, sizeof(slow), "%s", chars);
	}
	mw_text_add(&row->should, "performance");
	mw_text_add(&row->is, "%s", slow[0] == '\0' ? "performance, or none" : slow);
	if (slow[0] != '\0') {
		mw_text_add(&row->is, " on ");
		files_add_cores(&row->is, &slowed);
	}
	doctor_judge(row, slow[0] == '\0', "echo performance | tee " CPU "/cpu*/cpufreq/scaling_governor");
}

static const struct doctor_check checks[] = {
	{"cores", look_at_pins},      {"isolation", look_at_isolation}, {"timer tick", look_at_ticks},
	{"threads", look_at_threads}, {"NUMA", look_at_node},           {"governor", look_at_governor},
};
const struct doctor_section doctor_cores = {checks, MW_ARRAY_SIZE(checks)};
