// SPDX-License-Identifier: BSD-3-Clause
// `show` of live ports. With a capture file there are none, and nothing is shown.
// Neighbours: commands/ports.h.
#include "commands/ports.h"

#include "engine.h"
#include "live/live.h"

static json_t *port_row(struct live *live, uint32_t index)
{
	static const char *const links[] = {
		[MW_PORT_LINK_DOWN] = "down", [MW_PORT_LINK_UP] = "up", [MW_PORT_LINK_GONE] = "gone"};
	struct mw_port *port = live->ports[index];
	struct mw_port_counts counts = {0};
	uint32_t speed_mbps = 0;
	const char *link = links[mw_port_link(port, &speed_mbps)];

	live_counts(live, index, &counts);
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "port", mw_port_name(port), "driver",
					 mw_port_driver(port), "link", link, "speed_mbps", (int)speed_mbps, "queues", mw_port_queues(port),
					 "received", (json_int_t)counts.received_pkts, "bytes", (json_int_t)counts.received_bytes, "missed",
					 (json_int_t)counts.missed_pkts, "no_mbuf", (json_int_t)counts.no_mbuf_pkts, "errors",
					 (json_int_t)counts.error_pkts, "excluded", (json_int_t)counts.excluded_pkts);
}

const char *const commands_ports_columns[] = {"port",  "driver", "link",    "speed_mbps", "queues",   "received",
											  "bytes", "missed", "no_mbuf", "errors",     "excluded", NULL};
const char *const commands_xstats_columns[] = {"port", "counter", "value", NULL};

bool commands_ports(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	struct live *live = engine->source;

	(void)arguments;
	for (uint32_t i = 0; live != NULL && i < live->ports_count; i++) {
		struct mw_port_xdp_count kinds[32];
		uint32_t count = mw_port_xdp_counts(live->ports[i], kinds, MW_ARRAY_SIZE(kinds));
		json_t *row = port_row(live, i);

		for (uint32_t k = 0; k < count; k++) {
			char name[64];
			struct mw_text text = mw_text_in(name, sizeof(name));

			mw_text_add(&text, "xdp_%s", kinds[k].name);
			json_object_set_new(row, name, json_integer((json_int_t)kinds[k].packets));
		}
		reply->row_json(reply, row);
	}
	return false;
}

bool commands_xstats(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	struct live *live = engine->source;

	(void)arguments;
	for (uint32_t i = 0; live != NULL && i < live->ports_count; i++) {
		struct mw_port_xstat rows[MW_PORT_XSTATS_MAX];
		uint32_t count = mw_port_xstats(live->ports[i], rows);

		for (uint32_t k = 0; k < count; k++)
			reply->row_json(reply, json_pack("{s:s, s:s, s:I}", "port", mw_port_name(live->ports[i]), "counter",
											 rows[k].name, "value", (json_int_t)rows[k].value));
	}
	return false;
}
