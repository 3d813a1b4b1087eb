// SPDX-License-Identifier: BSD-3-Clause
// One table of patterns by stage and mix of resets, and the three ways to fall silent.
// Neighbours: pattern.h. Follows SIGCOMM 2023, "Global, Passive Detection of Connection Tampering", table 1.
#include "pattern.h"

#define NONE 255

const char *const mw_reset_pattern_names[MW_RESET_PATTERNS] = {
#define X(symbol, stage, name) [MW_RESET_PATTERN_##symbol] = name,
	MW_RESET_PATTERN_TABLE(X)
#undef X
};

const uint8_t mw_reset_pattern_stages[MW_RESET_PATTERNS] = {
#define X(symbol, stage, name) [MW_RESET_PATTERN_##symbol] = MW_RESET_##stage,
	MW_RESET_PATTERN_TABLE(X)
#undef X
};

const char *const mw_reset_side_names[MW_RESET_SIDES] = {"client", "server"};

/** What the resets of one episode are. Which ones acknowledge what counts where there are plain ones alone. */
enum mix {
	ONE_RST,
	RSTS_SAME, // several, one acknowledgement field in all
	RSTS_DIFFER,
	RSTS_ZERO, // they differ, and one has 0
	ONE_RSTACK,
	RSTACKS,
	MORE_RST, // both kinds, more of the plain ones
	MORE_RSTACK, // both kinds, as many with ACK or more
	MIXES
};

#define P(symbol) MW_RESET_PATTERN_##symbol

/**
 * The paper names a mix of both kinds after the SYN and after the first data alone. Elsewhere it is called by the kind
 * that there is more of; of equally many by RST+ACK, which tells more.
 */
static const uint8_t patterns[MW_RESET_STAGES][MIXES] = {
	[MW_RESET_POST_SYN] = {[ONE_RST] = P(SYN_RST),
						   [RSTS_SAME] = P(SYN_RST),
						   [RSTS_DIFFER] = P(SYN_RST),
						   [RSTS_ZERO] = P(SYN_RST),
						   [ONE_RSTACK] = P(SYN_RSTACK),
						   [RSTACKS] = P(SYN_RSTACK),
						   [MORE_RST] = P(SYN_BOTH),
						   [MORE_RSTACK] = P(SYN_BOTH)},
	[MW_RESET_POST_ACK] = {[ONE_RST] = P(ACK_RST),
						   [RSTS_SAME] = P(ACK_RSTS),
						   [RSTS_DIFFER] = P(ACK_RSTS),
						   [RSTS_ZERO] = P(ACK_RSTS),
						   [ONE_RSTACK] = P(ACK_RSTACK),
						   [RSTACKS] = P(ACK_RSTACKS),
						   [MORE_RST] = P(ACK_RSTS),
						   [MORE_RSTACK] = P(ACK_RSTACKS)},
	[MW_RESET_POST_PSH] = {[ONE_RST] = P(PSH_RST),
						   [RSTS_SAME] = P(PSH_RSTS_SAME),
						   [RSTS_DIFFER] = P(PSH_RSTS_DIFFER),
						   [RSTS_ZERO] = P(PSH_RST_ZERO),
						   [ONE_RSTACK] = P(PSH_RSTACK),
						   [RSTACKS] = P(PSH_RSTACKS),
						   [MORE_RST] = P(PSH_BOTH),
						   [MORE_RSTACK] = P(PSH_BOTH)},
	[MW_RESET_LATER] = {[ONE_RST] = P(LATER_RST),
						[RSTS_SAME] = P(LATER_RST),
						[RSTS_DIFFER] = P(LATER_RST),
						[RSTS_ZERO] = P(LATER_RST),
						[ONE_RSTACK] = P(LATER_RSTACK),
						[RSTACKS] = P(LATER_RSTACK),
						[MORE_RST] = P(LATER_RST),
						[MORE_RSTACK] = P(LATER_RSTACK)},
};

void reset_mix_add(struct reset_mix *mix, uint8_t flags, uint32_t ack)
{
	bool with_ack = (flags & MW_TCP_ACK) != 0;
	uint16_t *count = with_ack ? &mix->with_ack : &mix->plain;

	*count = (uint16_t)(*count + (*count < UINT16_MAX));
	if (!mix->any)
		mix->ack_first = ack;
	mix->any = 1;
	mix->acks_differ |= ack != mix->ack_first;
	mix->ack_zero |= !with_ack && ack == 0;
}

static enum mix mix_of(const struct reset_mix *mix)
{
	if (mix->plain > 0 && mix->with_ack > 0)
		return mix->plain > mix->with_ack ? MORE_RST : MORE_RSTACK;
	if (mix->with_ack > 0)
		return mix->with_ack == 1 ? ONE_RSTACK : RSTACKS;
	if (mix->plain == 1)
		return ONE_RST;
	if (!mix->acks_differ)
		return RSTS_SAME;
	return mix->ack_zero ? RSTS_ZERO : RSTS_DIFFER;
}

uint8_t reset_pattern_of(uint8_t stage, const struct reset_mix *mix)
{
	return stage < MW_RESET_STAGES && mix->any ? patterns[stage][mix_of(mix)] : NONE;
}

/** An opening dialogue as line 0 has it. */
struct opening {
	const struct mw_flow *flow;
	uint8_t client, server; // sides
	uint8_t client_data, server_data; // packets, saturating at 3
};

#define FULL_BYTES    1500 // more than one segment over Ethernet carries
#define OPENING_BYTES 2048 // SYN, ACK and one full segment are less, 64 packets more: the count begins anew at 64

/** True when a side sent no more packets than this, all of them small but one. */
static bool sent_at_most(const struct opening *opening, uint8_t side, uint8_t packets)
{
	return mw_flow_packets_low(opening->flow, side) <= packets &&
		   mw_flow_bytes_low(opening->flow, side) <= OPENING_BYTES;
}

// A client repeats what nobody acknowledges, so its packets alone do not tell how many segments there were. The
// server's SYN-ACK was its only word: then all that it has not acknowledged is all that there was.
static bool one_request(const struct opening *opening)
{
	if (opening->client_data == 1)
		return true;
	return sent_at_most(opening, opening->server, 1) &&
		   mw_flow_seq_next(opening->flow, opening->client) - mw_flow_ack(opening->flow, opening->server) < FULL_BYTES;
}

/** The client acknowledged nothing of what the server sent, and said nothing else: SYN and ACK, and its request. */
static bool client_left(const struct opening *opening)
{
	return mw_seq_after(mw_flow_seq_next(opening->flow, opening->server),
						mw_flow_ack(opening->flow, opening->client)) &&
		   sent_at_most(opening, opening->client, opening->client_data > 0 ? 3 : 2);
}

static uint8_t silent_while_open(const struct opening *opening, uint8_t *side)
{
	// one direction alone, or a handshake that was not seen whole, tells of no silence
	if (!mw_flow_has_acked(opening->flow, opening->client) || !mw_flow_has_acked(opening->flow, opening->server))
		return NONE;
	if (opening->client_data == 0 && (opening->server_data == 0 || client_left(opening))) {
		*side = MW_RESET_SIDE_CLIENT;
		return P(ACK_NONE);
	}
	if (opening->client_data > 0 && opening->server_data == 0 && one_request(opening)) {
		*side = MW_RESET_SIDE_SERVER;
		return P(PSH_NONE);
	}
	if (opening->client_data == 1 && opening->server_data > 0 && client_left(opening)) {
		*side = MW_RESET_SIDE_CLIENT;
		return P(PSH_NONE);
	}
	return NONE;
}

uint8_t reset_pattern_silent(const struct mw_flow *flow, uint8_t *side)
{
	uint8_t client = mw_flow_client(flow), server = client ^ 1;
	struct opening opening = {
		.flow = flow,
		.client = client,
		.server = server,
		.client_data = mw_flow_data_packets(flow, client),
		.server_data = mw_flow_data_packets(flow, server),
	};

	switch (mw_flow_tcp_state(flow)) {
	case MW_FLOW_TCP_SYN: // a server that spoke in this state opened too
		if (mw_flow_spoke(flow, server))
			return NONE;
		*side = MW_RESET_SIDE_SERVER;
		return P(SYN_NONE);
	case MW_FLOW_TCP_SYN_ACK: // the client's SYN may have passed unseen, and so may all else of it
		if (!mw_flow_is_known(flow, client))
			return NONE;
		*side = MW_RESET_SIDE_CLIENT;
		return P(SYN_NONE);
	case MW_FLOW_TCP_ESTABLISHED:
		return silent_while_open(&opening, side);
	default:
		return NONE;
	}
}
