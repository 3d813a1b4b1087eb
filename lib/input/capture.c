// SPDX-License-Identifier: BSD-3-Clause
// Capture files: libpcap opens them and has the last word; ordinary records of plain files are read past it, in place.
// Neighbours: mw_capture.h; direct.h the reading past libpcap; stream.h what libpcap reads from.
#include "mw_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "direct.h"
#include "stream.h"

#define SECONDS_MAX  INT64_C(9223372035) // in ns still below 2^63: the year 2262
#define COPIES_BYTES ((size_t)MW_BATCH_PACKETS * MW_CAPTURE_FRAME_BYTES_MAX) // touched only as far as a batch needs it
#define TURNS_MAX    64u // a file of many oddities is libpcap's: each turn to it costs a seek and a buffer

/** A packet as libpcap gives it. */
struct record {
	struct pcap_pkthdr header;
	const uint8_t *data;
};

struct mw_capture {
	pcap_t *pcap;
	FILE *file; // owned by pcap
	struct stream stream;
	struct direct direct;
	bool is_direct; // who reads: direct, or libpcap
	uint32_t turns; // from direct to libpcap
	uint8_t *copies; // of the batch's frames that libpcap read: its own buffer lasts until it reads on
	size_t copies_bytes; // in use
	struct record waiting; // libpcap has read it, but it is of a later second than its batch; data is NULL without one
	char *name; // for messages
	uint64_t packets; // given out so far
	uint64_t clock_ns;
	int dlt;
	enum mw_link link;
	int state; // as mw_capture_batch returns it: 1, or what ended the file, and libpcap must not be asked again
	int seek_error; // -errno
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

// Where libpcap changes nothing in the frames: it turns the integers of some headers to the machine's byte order.
static bool can_be_direct(const struct mw_capture *capture)
{
	bool is_cooked = capture->link == MW_LINK_LINUX_SLL || capture->link == MW_LINK_LINUX_SLL2;

	return stream_is_plain(&capture->stream) && capture->link != MW_LINK_UNKNOWN &&
		   !(is_cooked && pcap_is_swapped(capture->pcap));
}

int mw_capture_open(const char *path, struct mw_text *problem, struct mw_capture **capture)
{
	struct mw_capture *made = calloc(1, sizeof(*made));
	int error = -ENOMEM;

	if (made == NULL)
		return -ENOMEM;
	made->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	made->copies = mmap(NULL, COPIES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (made->name == NULL || made->copies == MAP_FAILED)
		goto free_name;
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
	made->state = 1;
	if (can_be_direct(made))
		direct_start(&made->direct, made->stream.fd, made->pcap, (uint64_t)ftello(made->file));
	made->is_direct = made->direct.usable;
	*capture = made;
	return 0;

close_file:
	fclose(made->file);
free_name:
	if (made->copies != MAP_FAILED)
		munmap(made->copies, COPIES_BYTES);
	free(made->name);
	free(made);
	return error;
}

void mw_capture_close(struct mw_capture *capture)
{
	if (capture == NULL)
		return;
	direct_stop(&capture->direct);
	pcap_close(capture->pcap); // closes the file, and that the stream
	munmap(capture->copies, COPIES_BYTES);
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

void mw_capture_set_clock(struct mw_capture *capture, uint64_t clock_ns)
{
	capture->clock_ns = clock_ns;
}

static int fail(const struct mw_capture *capture, struct mw_text *problem)
{
	const char *damage = stream_problem(&capture->stream);
	const char *why = damage != NULL ? damage : pcap_geterr(capture->pcap);
	bool mixed;

	if (capture->seek_error != 0)
		why = strerror(-capture->seek_error);
	mixed = strstr(why, "different from the type of the first interface") != NULL;
	mw_text_add(problem, "%s: unreadable after packet %llu, at byte %lld%s: %s", capture->name,
				(unsigned long long)capture->packets, (long long)ftello(capture->file),
				gzdirect(capture->stream.gz) ? "" : " after decompression", why);
	if (mixed)
		mw_text_add(problem, "; interfaces of different link types in one file: split it with "
							 "tshark -r FILE -Y frame.interface_id==N -w PART.pcap");
	return -EIO;
}

// libpcap goes on where direct found something that is not ordinary.
static void turn_to_libpcap(struct mw_capture *capture)
{
	capture->is_direct = false;
	capture->turns++;
	if (fseeko(capture->file, (off_t)direct_tell(&capture->direct), SEEK_SET) == 0)
		return;
	capture->seek_error = -errno;
	capture->state = -EIO;
}

// Between two batches, when libpcap has dealt with it. Not within one: its frames lie in direct's memory.
static void turn_back(struct mw_capture *capture)
{
	off_t offset;

	if (!capture->direct.usable || capture->turns >= TURNS_MAX || capture->state != 1 || capture->waiting.data != NULL)
		return;
	offset = ftello(capture->file);
	capture->is_direct = offset >= 0 && direct_resume(&capture->direct, (uint64_t)offset);
}

static int ask_libpcap(struct mw_capture *capture, struct record *record)
{
	struct pcap_pkthdr *header;
	int got;

	if (capture->waiting.data != NULL) {
		*record = capture->waiting;
		capture->waiting.data = NULL;
		return 1;
	}
	if (capture->state != 1)
		return capture->state;
	got = pcap_next_ex(capture->pcap, &header, &record->data);
	if (MW_LIKELY(got == 1))
		record->header = *header;
	else // the end of the file: the whole of it?
		capture->state = got == PCAP_ERROR_BREAK && stream_problem(&capture->stream) == NULL ? 0 : -EIO;
	return capture->state;
}

// @return 1, 0 at the end, -EIO.
static int look(struct mw_capture *capture, struct record *record)
{
	if (MW_LIKELY(capture->is_direct)) {
		if (MW_LIKELY(direct_peek(&capture->direct, &record->header, &record->data)))
			return 1;
		turn_to_libpcap(capture);
	}
	return ask_libpcap(capture, record);
}

// Makes the record's data last as long as the batch.
static void take(struct mw_capture *capture, struct record *record)
{
	uint8_t *copy = capture->copies + capture->copies_bytes;

	capture->packets++;
	if (MW_LIKELY(capture->is_direct)) {
		direct_take(&capture->direct);
		return;
	}
	record->header.len = MW_MAX(record->header.len, record->header.caplen);
	record->header.caplen = MW_MIN(record->header.caplen, MW_CAPTURE_FRAME_BYTES_MAX);
	memcpy(copy, record->data, record->header.caplen);
	record->data = copy;
	capture->copies_bytes += record->header.caplen;
}

static void fill(const struct mw_capture *capture, const struct record *record, uint64_t time_ns,
				 struct mw_packet *frame)
{
	frame->data = record->data;
	frame->captured_bytes = record->header.caplen;
	frame->wire_bytes = MW_MAX(record->header.len, record->header.caplen); // some writers leave len at 0
	frame->time_ns = time_ns;
	frame->clock_ns = capture->clock_ns;
	frame->source_cookie = NULL;
	frame->queue = 0;
	frame->link = (uint8_t)capture->link;
	frame->is_marker = 0;
}

int mw_capture_batch(struct mw_capture *capture, struct mw_packet frames[], uint32_t max, uint32_t *count,
					 struct mw_text *problem)
{
	struct record record;
	uint64_t end_ns = UINT64_MAX;
	int got = 1;

	*count = 0;
	capture->copies_bytes = 0;
	if (MW_LIKELY(capture->is_direct))
		direct_release(&capture->direct);
	else
		turn_back(capture);
	while (*count < MW_MIN(max, (uint32_t)MW_BATCH_PACKETS) && (got = look(capture, &record)) == 1) {
		uint64_t time_ns = time_of(&record.header.ts);
		uint64_t clock_ns = MW_MAX(capture->clock_ns, time_ns);

		if (clock_ns >= end_ns) {
			if (!capture->is_direct)
				capture->waiting = record;
			break;
		}
		if (*count == 0)
			end_ns = (clock_ns / MW_NS_PER_SECOND + 1) * MW_NS_PER_SECOND;
		capture->clock_ns = clock_ns;
		take(capture, &record);
		fill(capture, &record, time_ns, &frames[(*count)++]);
	}
	if (*count > 0)
		return 1;
	return got < 0 ? fail(capture, problem) : got;
}

int mw_capture_next(struct mw_capture *capture, struct mw_packet *frame, struct mw_text *problem)
{
	uint32_t count;

	return mw_capture_batch(capture, frame, 1, &count, problem);
}

void mw_capture_progress(const struct mw_capture *capture, uint64_t *read_bytes, uint64_t *total_bytes)
{
	*read_bytes = capture->is_direct ? direct_tell(&capture->direct) : stream_stored_bytes(&capture->stream);
	*total_bytes = capture->stream.total_bytes;
}
