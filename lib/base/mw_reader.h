// SPDX-License-Identifier: BSD-3-Clause
// The bounded byte reader: the only way this program looks into a packet.
// Neighbours: every decoder, the detectors' payload parsers. Values are network byte order on the wire. Any thread; a
// reader is its owner's alone.
#ifndef MW_READER_H
#define MW_READER_H

#include "mw_base.h"

/**
 * A window of bytes that shrinks from the front. Invariant: at <= end.
 * A read that does not fit returns false, leaves the window as it was and its output untouched.
 */
struct mw_reader {
	const uint8_t *at;
	const uint8_t *end;
};

/** A reader over len_bytes bytes; with bytes NULL it is empty. */
static inline struct mw_reader mw_reader_of(const uint8_t *bytes, size_t len_bytes)
{
	static const uint8_t nothing[1]; // NULL + 0 is not defined in C

	if (bytes == NULL)
		return (struct mw_reader){.at = nothing, .end = nothing};
	return (struct mw_reader){.at = bytes, .end = bytes + len_bytes};
}

/** Bytes left. */
static inline size_t mw_reader_left(const struct mw_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/** Moves over count bytes; false (and no move) when fewer are left. */
static inline bool mw_reader_skip(struct mw_reader *reader, size_t count)
{
	if (mw_reader_left(reader) < count)
		return false;
	reader->at += count;
	return true;
}

/** The next count bytes in place, moved over; NULL (and no move) when fewer are left. */
static inline const uint8_t *mw_reader_take(struct mw_reader *reader, size_t count)
{
	const uint8_t *bytes = reader->at;

	return mw_reader_skip(reader, count) ? bytes : NULL;
}

/** The next count bytes in place, not moved over; NULL when fewer are left. */
static inline const uint8_t *mw_reader_peek(const struct mw_reader *reader, size_t count)
{
	return mw_reader_left(reader) < count ? NULL : reader->at;
}

/** Cuts the window to at most count bytes from where it stands. */
static inline void mw_reader_limit(struct mw_reader *reader, size_t count)
{
	if (mw_reader_left(reader) > count)
		reader->end = reader->at + count;
}

/** Two bytes at any alignment, as a number in host order. Unbounded: for bytes that a reader gave. */
static inline uint16_t mw_load_u16_be(const uint8_t *at)
{
	return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

/** The same of four bytes. */
static inline uint32_t mw_load_u32_be(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/** The next byte, moved over; false (and no move) at the end. */
static inline bool mw_reader_u8(struct mw_reader *reader, uint8_t *value)
{
	const uint8_t *at = mw_reader_take(reader, 1);

	if (at == NULL)
		return false;
	*value = at[0];
	return true;
}

/** The next two bytes in host order, moved over; false (and no move) when fewer are left. */
static inline bool mw_reader_u16_be(struct mw_reader *reader, uint16_t *value)
{
	const uint8_t *at = mw_reader_take(reader, 2);

	if (at == NULL)
		return false;
	*value = mw_load_u16_be(at);
	return true;
}

/** The next four bytes in host order, moved over; false (and no move) when fewer are left. */
static inline bool mw_reader_u32_be(struct mw_reader *reader, uint32_t *value)
{
	const uint8_t *at = mw_reader_take(reader, 4);

	if (at == NULL)
		return false;
	*value = mw_load_u32_be(at);
	return true;
}

#endif
