// SPDX-License-Identifier: BSD-3-Clause
// The words beside each packet of an evidence file. They say what was seen; of packets other than the judged resets
// nobody has said who sent them.
// Neighbours: evidence_packets.h.
#include <inttypes.h>

#include "evidence_packets.h"
#include "mw_time.h"

#define FIRST_HONEST MW_RESET_EVIDENCE_IN_WINDOW // from here on names speak for the endpoint

static const char *ttl_name(const struct evidence_packet *packet)
{
	return packet->family == 6 ? "hop limit" : "TTL";
}

// Of the names from one bit on to another; in front of the first stands before.
static void add_evidence(struct mw_text *text, uint32_t evidence, uint32_t from, uint32_t to, const char *before)
{
	for (uint32_t i = from; i < to; i++) {
		if ((evidence >> i & 1) == 0)
			continue;
		mw_text_add(text, "%s%s", before, mw_reset_evidence_names[i]);
		before = ", ";
	}
}

static void add_reset(const struct evidence_packets *packets, const struct evidence_packet *packet,
					  struct mw_text *text)
{
	const struct evidence_episode *episode = packets->episode;

	mw_text_add(text, "%s judged forged (confidence %" PRId64 ")",
				packet->decides ? "this reset is" : "a reset of an episode that is", episode->confidence);
	add_evidence(text, episode->evidence, 0, FIRST_HONEST, ": ");
	add_evidence(text, episode->evidence, FIRST_HONEST, MW_RESET_EVIDENCES, "; against it: ");
	mw_text_add(text, "; %s %u", ttl_name(packet), packet->ttl);
	if (episode->ttl_expected != MW_UNKNOWN_I64)
		mw_text_add(text, ", the sender's packets have %" PRId64, episode->ttl_expected);
}

static void add_when(const struct evidence_packets *packets, const struct evidence_packet *packet, struct mw_text *text)
{
	uint64_t first_ns = packets->episode->first_ns;
	bool after = packet->time_ns > first_ns;

	mw_time_add_duration(text, after ? packet->time_ns - first_ns : first_ns - packet->time_ns);
	mw_text_add(text, " %s the first reset", after ? "after" : "before");
}

static const char *other_words(const struct evidence_packet *packet)
{
	bool reset = (packet->tcp_flags & MW_TCP_RST) != 0;

	if (packet->from_named)
		return reset ? "another reset in the name of this sender, not of this episode"
					 : "an ordinary packet of the named sender";
	return reset ? "same connection, a reset the other way" : "same connection, the other way";
}

// What may have set the resets off: the last that went to their named sender.
static bool is_trigger(const struct evidence_packets *packets, const struct evidence_packet *packet)
{
	if (packet->from_named || packet->part > EVIDENCE_BEFORE)
		return false;
	for (uint32_t i = 0; i < EVIDENCE_PACKETS; i++) {
		const struct evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes > 0 && !other->from_named && other->part <= EVIDENCE_BEFORE &&
			other->number > packet->number)
			return false;
	}
	return true;
}

void evidence_packets_comment(const struct evidence_packets *packets, const struct evidence_packet *packet,
							  struct mw_text *text)
{
	mw_text_add(text, "midwatch: ");
	if (packet->part == EVIDENCE_RESETS || packet->part == EVIDENCE_DECIDING) {
		add_reset(packets, packet, text);
		return;
	}
	mw_text_add(text, "%s: %s %u, ", other_words(packet), ttl_name(packet), packet->ttl);
	add_when(packets, packet, text);
	if (is_trigger(packets, packet))
		mw_text_add(text, "; the last packet to its named sender before it");
}
