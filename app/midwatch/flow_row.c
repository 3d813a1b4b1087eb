// SPDX-License-Identifier: BSD-3-Clause
// Columns of `show flows`, and a flow turned so that the client comes first.
// Neighbours: flow_row.h.
#include "flow_row.h"

#include "mw_service.h"

static const char *const state_names[MW_FLOW_TCP_STATES] = {
	[MW_FLOW_TCP_NONE] = "-",
	[MW_FLOW_TCP_MIDSTREAM] = "midstream",
	[MW_FLOW_TCP_SYN] = "syn",
	[MW_FLOW_TCP_SYN_ACK] = "syn-ack",
	[MW_FLOW_TCP_ESTABLISHED] = "established",
	[MW_FLOW_TCP_FIN] = "fin",
	[MW_FLOW_TCP_CLOSED] = "closed",
	[MW_FLOW_TCP_RESET] = "reset",
};

#define NUMBER(member, text)                                                                                           \
	{                                                                                                                  \
		.name = #member, .type = MW_COLUMN_I64, MW_MEMBER(struct flow_row, member), .help = text                       \
	}

static const struct mw_column columns[] = {
	{.name = "client",
	 .type = MW_COLUMN_ADDRESS,
	 MW_MEMBER(struct flow_row, client),
	 .help = "who opened it, or sent first"},
	NUMBER(client_port, "port, or ICMP echo identifier"),
	{.name = "server", .type = MW_COLUMN_ADDRESS, MW_MEMBER(struct flow_row, server), .help = "the other end"},
	NUMBER(server_port, "port"),
	NUMBER(protocol_number, "IP protocol: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6"),
	{.name = "service",
	 .type = MW_COLUMN_ENUM,
	 MW_MEMBER(struct flow_row, service),
	 .names = mw_service_names,
	 .names_count = MW_SERVICES,
	 .help = "by port, or by what was said"},
	{.name = "state",
	 .type = MW_COLUMN_ENUM,
	 MW_MEMBER(struct flow_row, state),
	 .names = state_names,
	 .names_count = MW_FLOW_TCP_STATES,
	 .help = "TCP state"},
	NUMBER(packets_out, "packets of the client"),
	NUMBER(packets_in, "packets of the server"),
	NUMBER(bytes_out, "bytes of the client on the wire"),
	NUMBER(bytes_in, "bytes of the server on the wire"),
	{.name = "rtt_ms",
	 .type = MW_COLUMN_DOUBLE,
	 MW_MEMBER(struct flow_row, rtt_ms),
	 .decimals = 3,
	 .help = "milliseconds from SYN to SYN-ACK at this tap"},
	{.name = "last", .type = MW_COLUMN_TIME, MW_MEMBER(struct flow_row, last_ns), .help = "latest packet"},
	{.name = "tunnel",
	 .type = MW_COLUMN_ENUM,
	 MW_MEMBER(struct flow_row, tunnel),
	 .names = mw_layer_names,
	 .names_count = MW_LAYERS,
	 .help = "innermost tunnel"},
	NUMBER(vlan, "outer VLAN"),
	NUMBER(worker, "worker that owns it"),
};

const struct mw_record flow_row_record = {
	.name = "flows",
	.help = "one row per live flow",
	.schema = 1,
	.ts_offset = offsetof(struct flow_row, first_ns),
	.row_bytes = sizeof(struct flow_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

void flow_row_of(const struct mw_flow_view *flow, uint16_t worker, struct flow_row *row)
{
	uint8_t client = flow->client & 1;
	const struct mw_flow_side *out = &flow->side[client];
	const struct mw_flow_side *in = &flow->side[client ^ 1];
	bool timed = flow->syn_ns != 0 && flow->syn_ack_ns > flow->syn_ns;

	*row = (struct flow_row){
		.first_ns = flow->first_ns,
		.last_ns = flow->last_ns,
		.client = client == 0 ? flow->key.a : flow->key.b,
		.server = client == 0 ? flow->key.b : flow->key.a,
		.client_port = client == 0 ? flow->key.a_port : flow->key.b_port,
		.server_port = client == 0 ? flow->key.b_port : flow->key.a_port,
		.protocol_number = flow->key.protocol,
		.service = flow->service,
		.state = flow->tcp_state,
		.tunnel = flow->tunnel < MW_LAYERS ? flow->tunnel : 255,
		.vlan = flow->vlan == 0 ? MW_UNKNOWN_I64 : flow->vlan,
		.packets_out = (int64_t)out->packets,
		.packets_in = (int64_t)in->packets,
		.bytes_out = (int64_t)out->bytes,
		.bytes_in = (int64_t)in->bytes,
		.rtt_ms = timed ? (double)(flow->syn_ack_ns - flow->syn_ns) / (double)MW_NS_PER_MS : MW_UNKNOWN_DOUBLE,
		.worker = worker,
	};
}
