// SPDX-License-Identifier: BSD-3-Clause
// Capture files: pcap and pcapng at nanosecond precision, gzip-compressed or from standard input. The interfaces of a
// pcapng file may differ in link type, snap length and clock.
// Neighbours: app/ reads batches from here; input/mw_port.h is the live counterpart.
// One thread uses a capture at a time.
#ifndef MW_CAPTURE_H
#define MW_CAPTURE_H

#include "mw_base.h"
#include "mw_packet.h"
#include "mw_text.h"

struct mw_capture;

/**
 * Opens path ("-": standard input). On failure problem says what is wrong, naming the file.
 * @return 0; -ENOENT, -EACCES, -EISDIR, -errno; -EINVAL when it is no capture file; -ENODATA when it is empty.
 */
int mw_capture_open(const char *path, struct mw_text *problem, struct mw_capture **capture);
/** Closes the file and frees; NULL is allowed. Frames of it are no longer valid. */
void mw_capture_close(struct mw_capture *capture);

/**
 * @return the DLT_ value of the file's link type; of pcapng, its first interface's. Each frame has its own. No error.
 */
int mw_capture_dlt(const struct mw_capture *capture);
/** The LINKTYPE_ value, as files have it, of a frame. No error. */
uint16_t mw_capture_link_type(const struct mw_packet *frame);
/** Appends what a DLT_ value is called by libpcap, and its number in files. */
void mw_capture_add_link_name(struct mw_text *text, int dlt);

/** Longer frames are cut to this; wire_bytes says how long they were. */
#define MW_CAPTURE_FRAME_BYTES_MAX (256u << 10)

/** The packets' clock does not begin at 0 but here: where the file before ended. Before the first frame. */
void mw_capture_set_clock(struct mw_capture *capture, uint64_t clock_ns);

/**
 * The next frames, at most max and at most MW_BATCH_PACKETS, all of one second of their clock. Fills data,
 * captured_bytes, wire_bytes, time_ns, clock_ns, dlt, link; clears source_cookie, is_marker. data are valid until the
 * next call.
 * @return 1 with *count > 0; with *count == 0: 0 at the end; -EIO when the rest is unreadable: problem then says why,
 * after how many packets and at which byte, and everything before it was valid.
 */
int mw_capture_batch(struct mw_capture *capture, struct mw_packet frames[], uint32_t max, uint32_t *count,
					 struct mw_text *problem);

/** The next frame: a batch of one. @return as mw_capture_batch. */
int mw_capture_next(struct mw_capture *capture, struct mw_packet *frame, struct mw_text *problem);

/** Progress: bytes read and the file's size (0 when it is not known: pipes). */
void mw_capture_progress(const struct mw_capture *capture, uint64_t *read_bytes, uint64_t *total_bytes);

#endif
