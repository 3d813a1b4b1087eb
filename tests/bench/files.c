// SPDX-License-Identifier: BSD-3-Clause
// Reading files, ourselves and by other programs.
// Neighbours: files.h.
#include "files.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pcap_out.h"

uint32_t files_write(const char *path, const struct trace *trace, uint32_t frames_max, uint64_t bytes_max)
{
	struct pcap_out out;
	uint64_t bytes = 0;
	uint32_t count = 0;

	if (pcap_out_open(&out, path, true) != 0)
		die("%s cannot be written", path);
	for (; count < MW_MIN(frames_max, trace->count) && bytes < bytes_max; count++) {
		const struct trace_frame *frame = &trace->frames[count];

		pcap_out_frame(&out, trace->bytes.base + (size_t)frame->line * MW_CACHE_LINE_BYTES, frame->len_bytes,
					   frame->time_ns);
		bytes += frame->len_bytes;
	}
	if (pcap_out_close(&out) != 0)
		die("%s cannot be written", path);
	return count;
}

double files_libpcap_ns(const char *path)
{
	char problem[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, problem);
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	uint64_t count = 0, start_ns = spent_read_ns(), end_ns;
	uint64_t sum = 0; // the bytes are looked at

	if (pcap == NULL)
		die("%s", problem);
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		sum += bytes[0] + header->caplen;
		count++;
	}
	end_ns = spent_read_ns();
	pcap_close(pcap);
	return count == 0 || sum == 0 ? 0 : (double)(end_ns - start_ns) / (double)count;
}

static void become(const char *const arguments[])
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(nowhere, 0);
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	unpin();
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

static double ns_of(struct timeval time)
{
	return (double)time.tv_sec * (double)MW_NS_PER_SECOND + (double)time.tv_usec * 1e3;
}

// A program with its output thrown away. @return false when it failed.
static bool run(const char *const arguments[], struct file_cost *cost)
{
	uint64_t start_ns = clock_read_ns();
	pid_t child = fork();
	struct rusage usage;
	int status = 0;

	if (child == 0)
		become(arguments);
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return false;
	*cost = (struct file_cost){ns_of(usage.ru_utime) + ns_of(usage.ru_stime), (double)(clock_read_ns() - start_ns)};
	return true;
}

bool files_midwatch(const char *program, const char *path, const char *directory, const char *workers,
					struct file_cost *cost)
{
	const char *const arguments[] = {program,          "-r", path, "-w", workers, "-o", directory, "--quiet",
									 "--progress=off", NULL};

	return run(arguments, cost);
}

static bool installed(const char *program)
{
	static const char *const folders[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"};
	char path[PATH_BYTES];

	for (size_t i = 0; i < MW_ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

void files_tools(const char *workload, const char *path, const char *directory, uint32_t frames, double midwatch_ns)
{
	const char *const tools[][8] = {
		{"softflowd", "-d", "-m", "2000000", "-n", "127.0.0.1:9", "-r", path},
		{"nfpcapd", "-r", path, "-l", directory},
		{"argus", "-r", path, "-w", "/dev/null"},
		{"tshark", "-n", "-q", "-z", "conv,tcp", "-r", path},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(tools); i++) {
		const char *arguments[9] = {0};
		struct file_cost cost;

		memcpy(arguments, tools[i], sizeof(tools[i]));
		if (!installed(arguments[0])) {
			printf("  %-9s not installed\n", arguments[0]);
			continue;
		}
		if (run(arguments, &cost))
			printf("  %-9s %7.0f ns a packet of %s, %.1f times midwatch -r\n", arguments[0], cost.wall_ns / frames,
				   workload, cost.wall_ns / frames / midwatch_ns);
		else
			printf("  %-9s failed on %s\n", arguments[0], workload);
	}
}
