// SPDX-License-Identifier: BSD-3-Clause
// Capture files written byte by byte, right and wrong ones, for the tests of the reader.
// Neighbours: capture_test.c, capture_bad_test.c. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
#ifndef MW_TEST_CAPTURE_WRITER_H
#define MW_TEST_CAPTURE_WRITER_H

#include "mw_base.h"

/** Bytes of a file under construction. */
struct writer {
	bool big_endian;
	size_t len_bytes;
	uint8_t bytes[8192];
};

void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);

/** A pcap header: magic 0xa1b2c3d4 (microseconds) or 0xa1b23c4d (nanoseconds). */
void writer_pcap(struct writer *writer, uint32_t magic, uint32_t snap_bytes, uint32_t link_type);
/** A pcap record of caplen bytes, each of value fill. */
void writer_record(struct writer *writer, uint32_t seconds, uint32_t fraction, uint32_t caplen, uint32_t len,
				   uint8_t fill);

/** pcapng blocks: section, interface with if_tsresol 9 (ns), packet of caplen bytes fill. */
void writer_section(struct writer *writer);
void writer_interface(struct writer *writer, uint16_t link_type, uint32_t snap_bytes);
void writer_packet(struct writer *writer, uint32_t interface, uint64_t time_ns, uint32_t caplen, uint32_t len,
				   uint8_t fill);

/** An interface whose clock counts so (if_tsresol, if_tsoffset). */
void writer_interface_clock(struct writer *writer, uint16_t link_type, uint32_t snap_bytes, uint8_t resolution,
							int64_t offset_s);
/** Simple packet block; the obsolete packet block; a block of some other type with four bytes of body. */
void writer_simple(struct writer *writer, uint32_t caplen, uint32_t len, uint8_t fill);
void writer_old_packet(struct writer *writer, uint16_t interface, uint64_t count, uint32_t caplen, uint32_t len,
					   uint8_t fill);
void writer_other(struct writer *writer, uint32_t type);

/** Saves the bytes (gzip-compressed, if so asked) under a new name in path[64]; the test unlinks it. */
void writer_save(const struct writer *writer, bool compress, char path[64]);

#endif
