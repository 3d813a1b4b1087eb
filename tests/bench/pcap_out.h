// SPDX-License-Identifier: BSD-3-Clause
// A pcap file being written: Ethernet, microseconds or nanoseconds.
// Neighbours: gen_main.c writes whole workloads, files.c cuts of them.
#ifndef PCAP_OUT_H
#define PCAP_OUT_H

#include <stdio.h>

#include "mw_base.h"

struct pcap_out {
	FILE *file;
	bool nanoseconds;
};

/** "-" is standard output. @return 0 or -errno. */
int pcap_out_open(struct pcap_out *out, const char *path, bool nanoseconds);

/** A failed write shows at the close. The signature is that of gen_sink.frame; context is a struct pcap_out. */
void pcap_out_frame(void *context, const uint8_t *bytes, uint32_t len_bytes, uint64_t time_ns);

/** @return 0 or -errno. */
int pcap_out_close(struct pcap_out *out);

#endif
