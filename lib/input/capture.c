// SPDX-License-Identifier: BSD-3-Clause
// Capture files: libpcap does the formats, we keep the account of where we are and what time it is.
// Neighbours: mw_capture.h, stream.h. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
#include "mw_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define SECONDS_MAX INT64_C(9223372035) // in ns still below 2^63: the year 2262

struct mw_capture {
	pcap_t *pcap;
	FILE *file; // owned by pcap
	struct stream stream;
	char *name; // for messages
	uint64_t packets; // given out so far
	uint64_t clock_ns;
	int dlt;
	enum mw_link link;
	bool failed; // the rest is unreadable: libpcap must not be asked again
};

static const struct {
	int dlt;
	enum mw_link link;
} links[] = {
	{DLT_EN10MB, MW_LINK_ETHERNET}, {DLT_RAW, MW_LINK_RAW_IP},          {14, MW_LINK_RAW_IP}, // OpenBSD's DLT_RAW
	{101, MW_LINK_RAW_IP}, // LINKTYPE_RAW as it stands in the file
	{DLT_IPV4, MW_LINK_RAW_IP},     {DLT_IPV6, MW_LINK_RAW_IP},         {DLT_NULL, MW_LINK_NULL},
	{DLT_LOOP, MW_LINK_LOOP},       {DLT_LINUX_SLL, MW_LINK_LINUX_SLL}, {DLT_LINUX_SLL2, MW_LINK_LINUX_SLL2},
	{DLT_PPP, MW_LINK_PPP},         {DLT_PPP_SERIAL, MW_LINK_PPP},
};

static enum mw_link link_of_dlt(int dlt)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(links); i++) {
		if (links[i].dlt == dlt)
			return links[i].link;
	}
	return MW_LINK_UNKNOWN;
}

static int open_pcap(struct mw_capture *capture, struct mw_text *problem)
{
	char message[PCAP_ERRBUF_SIZE] = "";
	const char *damage;

	capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->file, PCAP_TSTAMP_PRECISION_NANO, message);
	if (capture->pcap != NULL)
		return 0;
	damage = stream_problem(&capture->stream);
	if (capture->stream.plain_bytes == 0 && damage == NULL) {
		mw_text_add(problem, "%s: the file is empty", capture->name);
		return -ENODATA;
	}
	mw_text_add(problem, "%s: no capture file (pcap or pcapng): %s", capture->name, damage != NULL ? damage : message);
	return -EINVAL;
}

int mw_capture_open(const char *path, struct mw_text *problem, struct mw_capture **capture)
{
	struct mw_capture *made = calloc(1, sizeof(*made));
	int error = -ENOMEM;

	if (made == NULL)
		return -ENOMEM;
	made->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	if (made->name == NULL)
		goto free_capture;
	error = stream_open(&made->stream, path, &made->file);
	if (error != 0) {
		mw_text_add(problem, "%s: %s", made->name, strerror(-error));
		goto free_name;
	}
	error = open_pcap(made, problem);
	if (error != 0)
		goto close_file;
	made->dlt = pcap_datalink(made->pcap);
	made->link = link_of_dlt(made->dlt);
	*capture = made;
	return 0;

close_file:
	fclose(made->file);
free_name:
	free(made->name);
free_capture:
	free(made);
	return error;
}

void mw_capture_close(struct mw_capture *capture)
{
	if (capture == NULL)
		return;
	pcap_close(capture->pcap); // closes the file, and that the stream
	free(capture->name);
	free(capture);
}

int mw_capture_dlt(const struct mw_capture *capture)
{
	return capture->dlt;
}

uint32_t mw_capture_snap_bytes(const struct mw_capture *capture)
{
	int snap_bytes = pcap_snapshot(capture->pcap);

	return snap_bytes < 0 ? 0 : (uint32_t)snap_bytes;
}

// libpcap reads the 32-bit seconds of pcap as signed, the format says unsigned: 1970 to 2106. pcapng has 64 bits, and
// with them dates that no 64-bit nanosecond count can hold: those end at the year 2262.
static uint64_t time_of(const struct timeval *ts)
{
	int64_t seconds = ts->tv_sec;
	int64_t rest_ns = ts->tv_usec; // nanoseconds, as asked for at open

	if (seconds < 0)
		seconds = seconds >= INT32_MIN ? seconds + (INT64_C(1) << 32) : 0;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	if (rest_ns < 0 || rest_ns > UINT32_MAX)
		rest_ns = 0;
	return (uint64_t)seconds * MW_NS_PER_SECOND + (uint64_t)rest_ns;
}

static void fill(struct mw_capture *capture, const struct pcap_pkthdr *header, const uint8_t *data,
				 struct mw_packet *frame)
{
	frame->data = data;
	frame->captured_bytes = header->caplen;
	frame->wire_bytes = MW_MAX(header->len, header->caplen); // some writers leave len at 0
	frame->time_ns = time_of(&header->ts);
	capture->clock_ns = MW_MAX(capture->clock_ns, frame->time_ns);
	frame->clock_ns = capture->clock_ns;
	frame->source_cookie = NULL;
	frame->queue = 0;
	frame->link = (uint8_t)capture->link;
	frame->is_marker = 0;
	capture->packets++;
}

static int fail(struct mw_capture *capture, const char *why, struct mw_text *problem)
{
	off_t offset = ftello(capture->file);
	bool mixed = strstr(why, "different from the type of the first interface") != NULL;

	capture->failed = true;
	mw_text_add(problem, "%s: unreadable after packet %llu, at byte %lld%s: %s", capture->name,
				(unsigned long long)capture->packets, (long long)offset,
				gzdirect(capture->stream.gz) ? "" : " after decompression", why);
	if (mixed)
		mw_text_add(problem, "; interfaces of different link types in one file: split it with "
							 "tshark -r FILE -Y frame.interface_id==N -w PART.pcap");
	return -EIO;
}

int mw_capture_next(struct mw_capture *capture, struct mw_packet *frame, struct mw_text *problem)
{
	struct pcap_pkthdr *header;
	const uint8_t *data;
	const char *damage;
	int got = capture->failed ? PCAP_ERROR : pcap_next_ex(capture->pcap, &header, &data);

	if (MW_LIKELY(got == 1)) {
		fill(capture, header, data, frame);
		return 1;
	}
	damage = stream_problem(&capture->stream);
	if (got == PCAP_ERROR_BREAK && damage == NULL) // end of file, the whole of it
		return 0;
	return fail(capture, damage != NULL ? damage : pcap_geterr(capture->pcap), problem);
}

void mw_capture_progress(const struct mw_capture *capture, uint64_t *read_bytes, uint64_t *total_bytes)
{
	*read_bytes = stream_stored_bytes(&capture->stream);
	*total_bytes = capture->stream.total_bytes;
}
