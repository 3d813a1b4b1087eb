// SPDX-License-Identifier: BSD-3-Clause
// Capture files: pcap and pcapng through libpcap at nanosecond precision, gzip-compressed or from standard input.
// Neighbours: app/ reads batches from here; input/mw_port.h is the live counterpart.
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
void mw_capture_close(struct mw_capture *capture);

/** The DLT_ value of the file's link type (frames carry its mw_packet form), and its snap length in bytes. */
int mw_capture_dlt(const struct mw_capture *capture);
uint32_t mw_capture_snap_bytes(const struct mw_capture *capture);

/**
 * The next frame; frame->data is valid until the next call. Fills data, captured_bytes, wire_bytes, time_ns, link.
 * @return 1; 0 at the end; -EIO when the rest is unreadable: problem then says why, at which packet and byte offset,
 * and everything before it was valid.
 */
int mw_capture_next(struct mw_capture *capture, struct mw_packet *frame, struct mw_text *problem);

/** Progress: bytes read and the file's size (0 when it is not known: pipes). */
void mw_capture_progress(const struct mw_capture *capture, uint64_t *read_bytes, uint64_t *total_bytes);

#endif
