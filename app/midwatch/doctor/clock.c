// SPDX-License-Identifier: BSD-3-Clause
// The clock: every row bears a time, and two probes are compared by it.
// Neighbours: doctor.h. See adjtimex(2); systemd-timesyncd(8) leaves a file when it has set the clock.
#include <string.h>
#include <sys/timex.h>

#include "doctor.h"
#include "files.h"

#define TIMESYNC "/run/systemd/timesync/synchronized"
#define SOURCES  "/sys/devices/system/clocksource/clocksource0"

static bool kernel_says(const char *root)
{
	struct timex clock = {.modes = 0}; // asks, sets nothing

	return root[0] == '\0' && adjtimex(&clock) != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

static void look_at_clock(const struct doctor *doctor, struct doctor_row *row)
{
	bool good = kernel_says(doctor->root) || files_exist(files_path(doctor->root, TIMESYNC));

	mw_text_add(&row->is, good ? "synchronised" : "not synchronised");
	mw_text_add(&row->should, "synchronised by NTP or PTP");
	doctor_judge(row, good, "apt-get install chrony");
}

static void look_at_source(const struct doctor *doctor, struct doctor_row *row)
{
	static const char *const quick[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"};
	char chars[64], others[128];
	struct mw_text source = mw_text_in(chars, sizeof(chars)), available = mw_text_in(others, sizeof(others));
	bool good = false;

	if (!files_line(files_path(doctor->root, SOURCES "/current_clocksource"), &source))
		return;
	files_line(files_path(doctor->root, SOURCES "/available_clocksource"), &available);
	for (size_t i = 0; i < MW_ARRAY_SIZE(quick); i++)
		good |= strcmp(chars, quick[i]) == 0;
	mw_text_add(&row->is, "%s", chars);
	mw_text_add(&row->should, "tsc, which is read without a system call");
	doctor_judge(row, good, "echo tsc > " SOURCES "/current_clocksource");
	if (!good && strstr(others, "tsc") == NULL)
		row->verdict = DOCTOR_NOTE; // the kernel found that of this machine not fit
}

static const struct doctor_check checks[] = {{"clock", look_at_clock}, {"clock source", look_at_source}};
const struct doctor_section doctor_clock = {checks, MW_ARRAY_SIZE(checks)};
