// SPDX-License-Identifier: BSD-3-Clause
// A flow as `show flows` tells it.
// Neighbours: commands/commands.c; flow/ gives the snapshots.
#ifndef FLOW_ROW_H
#define FLOW_ROW_H

#include "mw_flow.h"
#include "mw_record.h"

struct flow_row {
	uint64_t first_ns, last_ns;
	struct mw_address client, server;
	int64_t client_port, server_port;
	int64_t protocol_number;
	uint8_t service, state, tunnel; // enums; 255 unknown
	int64_t vlan;
	int64_t packets_out, packets_in, bytes_out, bytes_in; // out: sent by the client
	double rtt_ms; // of the handshake, tap to server and back
	int64_t worker;
};

extern const struct mw_record flow_row_record;

void flow_row_of(const struct mw_flow_view *flow, uint16_t worker, struct flow_row *row);

#endif
