// SPDX-License-Identifier: BSD-3-Clause
// Capture files byte by byte.
// Neighbours: capture_writer.h.
#include "capture_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "mw_test.h"

static void put(struct writer *writer, uint8_t byte)
{
	assert_true(writer->len_bytes < sizeof(writer->bytes));
	writer->bytes[writer->len_bytes++] = byte;
}

static void put_number(struct writer *writer, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		put(writer, (uint8_t)(value >> 8 * (writer->big_endian ? bytes - 1 - i : i)));
}

void writer_u16(struct writer *writer, uint16_t value)
{
	put_number(writer, value, 2);
}

void writer_u32(struct writer *writer, uint32_t value)
{
	put_number(writer, value, 4);
}

static void put_fill(struct writer *writer, uint32_t count, uint8_t fill)
{
	for (uint32_t i = 0; i < count; i++)
		put(writer, fill);
}

void writer_pcap(struct writer *writer, uint32_t magic, uint32_t snap_bytes, uint32_t link_type)
{
	writer_u32(writer, magic);
	writer_u16(writer, 2);
	writer_u16(writer, 4);
	writer_u32(writer, 0);
	writer_u32(writer, 0);
	writer_u32(writer, snap_bytes);
	writer_u32(writer, link_type);
}

void writer_record(struct writer *writer, uint32_t seconds, uint32_t fraction, uint32_t caplen, uint32_t len,
				   uint8_t fill)
{
	writer_u32(writer, seconds);
	writer_u32(writer, fraction);
	writer_u32(writer, caplen);
	writer_u32(writer, len);
	put_fill(writer, caplen, fill);
}

void writer_section(struct writer *writer)
{
	writer_u32(writer, 0x0a0d0d0a);
	writer_u32(writer, 28);
	writer_u32(writer, 0x1a2b3c4d);
	writer_u16(writer, 1);
	writer_u16(writer, 0);
	writer_u32(writer, 0xffffffff);
	writer_u32(writer, 0xffffffff);
	writer_u32(writer, 28);
}

void writer_interface(struct writer *writer, uint16_t link_type, uint32_t snap_bytes)
{
	writer_u32(writer, 1);
	writer_u32(writer, 32);
	writer_u16(writer, link_type);
	writer_u16(writer, 0);
	writer_u32(writer, snap_bytes);
	writer_u16(writer, 9); // if_tsresol
	writer_u16(writer, 1);
	put(writer, 9);
	put_fill(writer, 3, 0);
	writer_u32(writer, 0); // end of options
	writer_u32(writer, 32);
}

void writer_packet(struct writer *writer, uint32_t interface, uint64_t time_ns, uint32_t caplen, uint32_t len,
				   uint8_t fill)
{
	uint32_t padded = (caplen + 3) / 4 * 4;

	writer_u32(writer, 6);
	writer_u32(writer, 32 + padded);
	writer_u32(writer, interface);
	writer_u32(writer, (uint32_t)(time_ns >> 32));
	writer_u32(writer, (uint32_t)time_ns);
	writer_u32(writer, caplen);
	writer_u32(writer, len);
	put_fill(writer, caplen, fill);
	put_fill(writer, padded - caplen, 0);
	writer_u32(writer, 32 + padded);
}

void writer_interface_clock(struct writer *writer, uint16_t link_type, uint32_t snap_bytes, uint8_t resolution,
							int64_t offset_s)
{
	uint32_t high = (uint32_t)((uint64_t)offset_s >> 32), low = (uint32_t)offset_s;

	writer_u32(writer, 1);
	writer_u32(writer, 44);
	writer_u16(writer, link_type);
	writer_u16(writer, 0);
	writer_u32(writer, snap_bytes);
	writer_u16(writer, 9); // if_tsresol
	writer_u16(writer, 1);
	put(writer, resolution);
	put_fill(writer, 3, 0);
	writer_u16(writer, 14); // if_tsoffset
	writer_u16(writer, 8);
	writer_u32(writer, writer->big_endian ? high : low);
	writer_u32(writer, writer->big_endian ? low : high);
	writer_u32(writer, 0); // end of options
	writer_u32(writer, 44);
}

void writer_simple(struct writer *writer, uint32_t caplen, uint32_t len, uint8_t fill)
{
	uint32_t padded = (caplen + 3) / 4 * 4;

	writer_u32(writer, 3);
	writer_u32(writer, 16 + padded);
	writer_u32(writer, len);
	put_fill(writer, padded, fill);
	writer_u32(writer, 16 + padded);
}

void writer_old_packet(struct writer *writer, uint16_t interface, uint64_t count, uint32_t caplen, uint32_t len,
					   uint8_t fill)
{
	uint32_t padded = (caplen + 3) / 4 * 4;

	writer_u32(writer, 2);
	writer_u32(writer, 32 + padded);
	writer_u16(writer, interface);
	writer_u16(writer, 7); // lost
	writer_u32(writer, (uint32_t)(count >> 32));
	writer_u32(writer, (uint32_t)count);
	writer_u32(writer, caplen);
	writer_u32(writer, len);
	put_fill(writer, padded, fill);
	writer_u32(writer, 32 + padded);
}

void writer_other(struct writer *writer, uint32_t type)
{
	writer_u32(writer, type);
	writer_u32(writer, 16);
	writer_u32(writer, 0x11223344);
	writer_u32(writer, 16);
}

void writer_save(const struct writer *writer, bool compress, char path[64])
{
	int fd;

	snprintf(path, 64, "/tmp/midwatch-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	if (compress) {
		gzFile gz = gzdopen(fd, "wb");

		assert_int_equal(gzwrite(gz, writer->bytes, (unsigned)writer->len_bytes), writer->len_bytes);
		assert_int_equal(gzclose(gz), Z_OK);
		return;
	}
	assert_int_equal(write(fd, writer->bytes, writer->len_bytes), writer->len_bytes);
	close(fd);
}
