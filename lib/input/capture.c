// SPDX-License-Identifier: BSD-3-Clause
// Capture files. pcapng: pcapng.h reads it. The classic format: libpcap opens it and has the last word; ordinary
// records of plain files are read past it, in place.
// Neighbours: mw_capture.h; direct.h the reading past libpcap; stream.h what both read from.
#include "mw_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "direct.h"
#include "pcapng.h"

#define COPIES_BYTES ((size_t)MW_BATCH_PACKETS * MW_CAPTURE_FRAME_BYTES_MAX) // touched only as far as a batch needs it
#define LATER        2 // what look returns beside 1, 0 and -EIO
#define TURNS_MAX    64u // a file of many oddities is libpcap's: each turn to it costs a seek and a buffer

struct mw_capture {
	FILE *file;
	struct stream stream;
	struct pcapng pcapng; // with is_pcapng; else the others
	bool is_pcapng;
	pcap_t *pcap; // owns file
	struct direct direct;
	bool is_direct; // who reads: direct, or libpcap
	uint32_t turns; // from direct to libpcap
	uint8_t *copies; // of the batch's frames that libpcap read: its own buffer lasts until it reads on
	size_t copies_bytes; // in use
	struct record waiting; // libpcap has read it, but it is of a later second than its batch; data is NULL without one
	char *name; // for messages
	uint64_t packets; // given out so far
	uint64_t clock_ns;
	uint16_t dlt; // of the classic format; of pcapng, the first interface's
	uint8_t link;
	int state; // as mw_capture_batch returns it: 1, or what ended the file, and libpcap must not be asked again
	int seek_error; // -errno
};

static int refuse(const struct mw_capture *capture, const char *why, struct mw_text *problem)
{
	const char *damage = stream_problem(&capture->stream);

	mw_text_add(problem, "%s: no capture file (pcap or pcapng): %s", capture->name, damage != NULL ? damage : why);
	return -EINVAL;
}

// Where libpcap changes nothing in the frames: it turns the integers of some headers to the machine's byte order.
static bool can_be_direct(const struct mw_capture *capture)
{
	bool is_cooked = capture->link == MW_LINK_LINUX_SLL || capture->link == MW_LINK_LINUX_SLL2;

	return stream_is_plain(&capture->stream) && capture->link != MW_LINK_UNKNOWN &&
		   !(is_cooked && pcap_is_swapped(capture->pcap));
}

static int open_pcap(struct mw_capture *capture, struct mw_text *problem)
{
	char message[PCAP_ERRBUF_SIZE] = "";

	capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->file, PCAP_TSTAMP_PRECISION_NANO, message);
	if (capture->pcap == NULL)
		return refuse(capture, message, problem);
	capture->dlt = (uint16_t)pcap_datalink(capture->pcap);
	capture->link = (uint8_t)link_of_dlt(capture->dlt);
	if (can_be_direct(capture))
		direct_start(&capture->direct, &capture->stream, capture->pcap, (uint64_t)ftello(capture->file));
	capture->is_direct = capture->direct.usable;
	return 0;
}

static int open_pcapng(struct mw_capture *capture, struct mw_text *problem)
{
	struct pcapng *pcapng = &capture->pcapng;
	int error = pcapng_start(pcapng, &capture->stream), dlt;

	if (error != 0) {
		mw_text_add(problem, "%s: %s", capture->name, strerror(-error));
		return error;
	}
	dlt = pcapng_first_dlt(pcapng);
	if (dlt < 0)
		return refuse(capture, pcapng->why[0] != '\0' ? pcapng->why : "it ends within its first blocks", problem);
	capture->dlt = (uint16_t)dlt;
	capture->is_pcapng = true;
	return 0;
}

static int open_format(struct mw_capture *capture, struct mw_text *problem)
{
	uint8_t start[4];
	uint32_t magic;
	bool has_magic = stream_peek(&capture->stream, start);

	if (capture->stream.head_bytes == 0 && stream_problem(&capture->stream) == NULL) {
		mw_text_add(problem, "%s: the file is empty", capture->name);
		return -ENODATA;
	}
	memcpy(&magic, start, sizeof(magic));
	return has_magic && magic == PCAPNG_MAGIC ? open_pcapng(capture, problem) : open_pcap(capture, problem);
}

static void close_format(struct mw_capture *capture)
{
	pcapng_stop(&capture->pcapng);
	direct_stop(&capture->direct);
	if (capture->pcap != NULL)
		pcap_close(capture->pcap); // closes the file, and that the stream
	else
		fclose(capture->file);
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
	made->state = 1;
	error = open_format(made, problem);
	if (error != 0)
		goto close_file;
	*capture = made;
	return 0;

close_file:
	close_format(made);
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
	close_format(capture);
	munmap(capture->copies, COPIES_BYTES);
	free(capture->name);
	free(capture);
}

int mw_capture_dlt(const struct mw_capture *capture)
{
	return capture->dlt;
}

void mw_capture_set_clock(struct mw_capture *capture, uint64_t clock_ns)
{
	capture->clock_ns = clock_ns;
}

static const char *why_unreadable(const struct mw_capture *capture)
{
	const char *damage = stream_problem(&capture->stream);

	if (damage != NULL)
		return damage;
	if (!capture->is_pcapng)
		return capture->seek_error != 0 ? strerror(-capture->seek_error) : pcap_geterr(capture->pcap);
	if (capture->pcapng.window.error != 0)
		return strerror(-capture->pcapng.window.error);
	return capture->pcapng.why[0] != '\0' ? capture->pcapng.why : "the file ends within a block";
}

static int fail(const struct mw_capture *capture, struct mw_text *problem)
{
	uint64_t at = capture->is_pcapng ? window_tell(&capture->pcapng.window) : (uint64_t)ftello(capture->file);

	mw_text_add(problem, "%s: unreadable after packet %llu, at byte %llu%s: %s", capture->name,
				(unsigned long long)capture->packets, (unsigned long long)at,
				gzdirect(capture->stream.gz) ? "" : " after decompression", why_unreadable(capture));
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
	capture->is_direct = offset >= 0;
	if (capture->is_direct)
		direct_resume(&capture->direct, (uint64_t)offset);
}

// libpcap reads the 32-bit seconds of the format as signed, which says unsigned: 1970 to 2106.
static void note(const struct pcap_pkthdr *header, struct record *record)
{
	int64_t seconds = header->ts.tv_sec;
	int64_t rest_ns = header->ts.tv_usec; // nanoseconds, as asked for at open

	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += INT64_C(1) << 32;
	if (rest_ns < 0 || rest_ns > UINT32_MAX)
		rest_ns = 0;
	record->time_ns = record_time_ns(seconds, (uint64_t)rest_ns);
	record->captured_bytes = header->caplen;
	record->wire_bytes = header->len;
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
		note(header, record);
	else // the end of the file: the whole of it?
		capture->state = got == PCAP_ERROR_BREAK && stream_problem(&capture->stream) == NULL ? 0 : -EIO;
	return capture->state;
}

static int look_pcapng(struct mw_capture *capture, struct record *record)
{
	enum pcapng_next next;

	if (capture->state != 1)
		return capture->state;
	next = pcapng_peek(&capture->pcapng, record);
	if (next == PCAPNG_BROKEN || (next == PCAPNG_END && stream_problem(&capture->stream) != NULL))
		capture->state = -EIO;
	else if (next == PCAPNG_END)
		capture->state = 0;
	return next == PCAPNG_LATER ? LATER : capture->state;
}

// @return 1, 0 at the end, -EIO; LATER: the batch is full.
static int look(struct mw_capture *capture, struct record *record)
{
	if (capture->is_pcapng)
		return look_pcapng(capture, record);
	record->dlt = capture->dlt;
	record->link = capture->link;
	if (MW_LIKELY(capture->is_direct)) {
		if (MW_LIKELY(direct_peek(&capture->direct, record)))
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
	record->wire_bytes = MW_MAX(record->wire_bytes, record->captured_bytes); // some writers leave it at 0
	record->captured_bytes = MW_MIN(record->captured_bytes, MW_CAPTURE_FRAME_BYTES_MAX);
	if (capture->is_pcapng) {
		pcapng_take(&capture->pcapng);
	} else if (MW_LIKELY(capture->is_direct)) {
		direct_take(&capture->direct);
	} else {
		memcpy(copy, record->data, record->captured_bytes);
		record->data = copy;
		capture->copies_bytes += record->captured_bytes;
	}
}

static void fill(const struct mw_capture *capture, const struct record *record, struct mw_packet *frame)
{
	frame->data = record->data;
	frame->captured_bytes = record->captured_bytes;
	frame->wire_bytes = record->wire_bytes;
	frame->time_ns = record->time_ns;
	frame->clock_ns = capture->clock_ns;
	frame->source_cookie = NULL;
	frame->dlt = record->dlt;
	frame->link = record->link;
	frame->is_marker = 0;
}

static void begin_batch(struct mw_capture *capture)
{
	capture->copies_bytes = 0;
	if (capture->is_pcapng)
		window_release(&capture->pcapng.window);
	else if (MW_LIKELY(capture->is_direct))
		direct_release(&capture->direct);
	else
		turn_back(capture);
}

int mw_capture_batch(struct mw_capture *capture, struct mw_packet frames[], uint32_t max, uint32_t *count,
					 struct mw_text *problem)
{
	struct record record;
	uint64_t end_ns = UINT64_MAX;
	int got = 1;

	*count = 0;
	begin_batch(capture);
	while (*count < MW_MIN(max, (uint32_t)MW_BATCH_PACKETS) && (got = look(capture, &record)) == 1) {
		uint64_t clock_ns = MW_MAX(capture->clock_ns, record.time_ns);

		if (clock_ns >= end_ns) {
			if (!capture->is_pcapng && !capture->is_direct)
				capture->waiting = record;
			break;
		}
		if (*count == 0)
			end_ns = (clock_ns / MW_NS_PER_SECOND + 1) * MW_NS_PER_SECOND;
		capture->clock_ns = clock_ns;
		take(capture, &record);
		fill(capture, &record, &frames[(*count)++]);
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
	if (capture->is_pcapng && capture->pcapng.window.is_plain)
		*read_bytes = window_tell(&capture->pcapng.window);
	else
		*read_bytes = capture->is_direct ? direct_tell(&capture->direct) : stream_stored_bytes(&capture->stream);
	*total_bytes = capture->stream.total_bytes;
}
