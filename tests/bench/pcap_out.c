// SPDX-License-Identifier: BSD-3-Clause
// Writing pcap files.
// Neighbours: pcap_out.h. Follows draft-ietf-opsawg-pcap.
#include "pcap_out.h"

#include <errno.h>
#include <string.h>

int pcap_out_open(struct pcap_out *out, const char *path, bool nanoseconds)
{
	const uint32_t header[6] = {nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};

	out->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
	out->nanoseconds = nanoseconds;
	if (out->file == NULL)
		return -errno;
	fwrite(header, sizeof(header), 1, out->file);
	return 0;
}

void pcap_out_frame(void *context, const uint8_t *bytes, uint32_t len_bytes, uint64_t time_ns)
{
	struct pcap_out *out = context;
	const uint32_t part_ns = (uint32_t)(time_ns % MW_NS_PER_SECOND);
	const uint32_t header[4] = {(uint32_t)(time_ns / MW_NS_PER_SECOND),
								out->nanoseconds ? part_ns : part_ns / (uint32_t)MW_NS_PER_US, len_bytes, len_bytes};

	fwrite(header, sizeof(header), 1, out->file);
	fwrite(bytes, len_bytes, 1, out->file);
}

int pcap_out_close(struct pcap_out *out)
{
	int error = fflush(out->file) != 0 || ferror(out->file) ? -EIO : 0;

	if (fclose(out->file) != 0 && error == 0)
		error = -errno;
	return error;
}
