// SPDX-License-Identifier: BSD-3-Clause
// This program once more, as a child under callgrind, with a hundredth of the packets.
// Neighbours: instructions.h.
#include "instructions.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIVIDE 100

// The log says: ==PID== Collected : 123456
static double read_collected(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];
	double collected = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *at = strstr(line, "Collected : ");

		if (at != NULL)
			collected = strtod(at + strlen("Collected : "), NULL);
	}
	if (file != NULL)
		fclose(file);
	return collected;
}

static void become_valgrind(const struct plan *plan, const struct workload *workload, const char *log)
{
	char self[512], log_option[600], divide[16];
	const char *const arguments[] = {"valgrind",
									 "--tool=callgrind",
									 "--callgrind-out-file=/dev/null",
									 "--collect-atstart=no",
									 "--toggle-collect=" MEASURED_FUNCTION,
									 log_option,
									 self,
									 "--alone",
									 "--runs",
									 "1",
									 "--divide",
									 divide,
									 "--only",
									 workload->name,
									 "--tmp",
									 plan->directory,
									 NULL};
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (length < 0)
		_exit(127);
	self[length] = '\0';
	snprintf(log_option, sizeof(log_option), "--log-file=%s", log);
	snprintf(divide, sizeof(divide), "%d", DIVIDE);
	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

double instructions_count(const struct plan *plan, const struct workload *workload)
{
	char log[512];
	double collected;
	int status = 0;
	pid_t child;

	snprintf(log, sizeof(log), "%s/callgrind.log", plan->directory);
	fflush(stdout);
	child = fork();
	if (child == 0)
		become_valgrind(plan, workload, log);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return 0;
	if (WEXITSTATUS(status) != 0)
		die("%s fails under valgrind: see %s", workload->name, log);
	collected = read_collected(log);
	unlink(log);
	return collected / (double)(workload->options.frames / DIVIDE);
}
