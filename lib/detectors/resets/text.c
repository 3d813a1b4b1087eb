// SPDX-License-Identifier: BSD-3-Clause
// Tells text for people from bytes, and from an echo of what the connection carried.
// Neighbours: text.h. Follows RFC 3629 for what is not ASCII.
#include "text.h"

#include "mw_reader.h"

#define TEXT_LEAST_BYTES   6 // shorter ones come about by chance
#define TEXT_LEAST_LETTERS 3

/** Bytes behind the first of a sequence of UTF-8; -1: none begins so. */
static int more_of_utf8(uint8_t first)
{
	return first >= 0xc2 && first <= 0xdf ? 1 : (first & 0xf0) == 0xe0 ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/** Takes one character that people read. *letter: it may be part of a word. @return false when there is none. */
static bool take_readable(struct mw_reader *reader, bool *letter)
{
	uint8_t byte;
	int more;

	if (!mw_reader_u8(reader, &byte))
		return false;
	*letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
	if (byte < 0x80)
		return (byte >= ' ' && byte < 0x7f) || byte == '\t' || byte == '\r' || byte == '\n';
	for (more = more_of_utf8(byte); more > 0; more--) {
		if (mw_reader_left(reader) == 0)
			return true; // cut by the capture
		if (!mw_reader_u8(reader, &byte) || (byte & 0xc0) != 0x80)
			return false;
	}
	return more == 0;
}

/** All of it is characters that people read, and some are letters; NULs may fill the end. */
static bool is_readable(const uint8_t *bytes, uint32_t count)
{
	struct mw_reader reader = mw_reader_of(bytes, count);
	uint32_t letters = 0;
	bool letter = false;

	while (mw_reader_left(&reader) > 0 && reader.end[-1] == '\0')
		mw_reader_limit(&reader, mw_reader_left(&reader) - 1);
	if (mw_reader_left(&reader) < TEXT_LEAST_BYTES)
		return false;
	while (mw_reader_left(&reader) > 0) {
		if (!take_readable(&reader, &letter))
			return false;
		letters += letter;
	}
	return letters >= TEXT_LEAST_LETTERS;
}

/** True when a segment of bytes that ended at end may have come from side: peer acknowledged what was before it. */
static bool may_be_segment(const struct mw_flow_side *side, const struct mw_flow_side *peer, uint32_t end,
						   uint32_t bytes)
{
	uint32_t begin = end - bytes;

	if (!(side->seen & MW_SIDE_DATA))
		return false;
	for (uint8_t i = 0; i < peer->ack_count; i++) {
		if (peer->ack_recent[i] == begin)
			return true;
	}
	return begin == side->seq_first + ((side->seen & (MW_SIDE_SYN | MW_SIDE_SYN_ACK)) != 0);
}

/** True when the payload is as long as a segment of the connection that it may repeat. */
static bool may_be_echo(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];
	uint32_t bytes = packet->payload_wire_bytes;

	return may_be_segment(peer, side, peer->seq_next, bytes) || may_be_segment(side, peer, side->seq_next, bytes) ||
		   (packet->tcp.flags & MW_TCP_ACK && may_be_segment(peer, side, packet->tcp.ack, bytes));
}

bool reset_has_text(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *peer = &flow->side[!packet->direction];

	return packet->payload_bytes > 0 && packet->signature == 0 && peer->seen & MW_SIDE_ANY &&
		   !may_be_echo(packet, flow) && is_readable(packet->payload, packet->payload_bytes);
}
