// SPDX-License-Identifier: BSD-3-Clause
// gen: writes a workload as a capture file, for tools that read nothing else.
// Neighbours: gen.h says what the workloads are.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gen.h"
#include "pcap_out.h"

static void usage(void)
{
	fputs("usage: gen min64|imix|churn|flood -o FILE [-n frames] [-f flows] [-s seed] [-w window] [-z exponent]\n"
		  "           [-x SYNs before each segment] [-t stretch] [-6] [-4 (4in6 tunnel)] [-W (warm-up)] "
		  "[-N (nanoseconds)]\n",
		  stderr);
	exit(2);
}

static enum gen_kind kind_of(const char *name)
{
	for (int kind = 0; kind < GEN_KINDS; kind++) {
		if (strcmp(gen_kinds[kind], name) == 0)
			return (enum gen_kind)kind;
	}
	usage();
	return GEN_KINDS;
}

static void read_option(int option, struct gen_options *options, const char **path, bool *nanoseconds)
{
	switch (option) {
	case 'o':
		*path = optarg;
		break;
	case 'n':
		options->frames = strtoull(optarg, NULL, 0);
		break;
	case 'f':
		options->flows = (uint32_t)strtoul(optarg, NULL, 0);
		break;
	case 's':
		options->seed = strtoull(optarg, NULL, 0);
		break;
	case 'w':
		options->window = (uint32_t)strtoul(optarg, NULL, 0);
		break;
	case 'z':
		options->exponent = strtod(optarg, NULL);
		break;
	case 'x':
		options->flood = (uint32_t)strtoul(optarg, NULL, 0);
		break;
	case 't':
		options->stretch = (uint32_t)strtoul(optarg, NULL, 0);
		break;
	case '6':
		options->ipv6 = true;
		break;
	case '4':
		options->tunnel = true;
		break;
	case 'W':
		options->warm = true;
		break;
	case 'N':
		*nanoseconds = true;
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	struct gen_options options = {.kind = argc > 1 ? kind_of(argv[1]) : GEN_KINDS, .flood = 2};
	struct pcap_out out;
	struct gen_sink sink = {pcap_out_frame, &out};
	const char *path = NULL;
	bool nanoseconds = false;
	struct gen_facts facts;
	int option;

	optind = 2;
	while (argc > 1 && (option = getopt(argc, argv, "o:n:f:s:w:z:x:t:64WN")) != -1)
		read_option(option, &options, &path, &nanoseconds);
	if (path == NULL || optind != argc || options.flows > 1u << 24 || options.window > 1u << 24)
		usage();
	if (pcap_out_open(&out, path, nanoseconds) != 0) {
		perror(path);
		return 1;
	}
	facts = gen_run(&options, &sink);
	if (pcap_out_close(&out) != 0) {
		fprintf(stderr, "%s: could not be written\n", path);
		return 1;
	}
	fprintf(stderr, "%s: %lu frames, %lu bytes, mean %.1f, %lu flows, %.3f s of 10GbE\n", path, facts.frames,
			facts.bytes, (double)facts.bytes / (double)facts.frames, facts.flows, (double)facts.wire_ns / 1e9);
	return 0;
}
