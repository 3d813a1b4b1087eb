// SPDX-License-Identifier: BSD-3-Clause
// The columns of middleboxes.csv, and how the facts of a device fill them.
// Neighbours: mw_middlebox.h, device.h; device.c counts the facts.
#include "device.h"

#include <inttypes.h>
#include <stdio.h>

const char *const mw_middlebox_kind_names[MW_MIDDLEBOX_KINDS] = {"in-path", "off-path", "unknown", "transparent-proxy"};
const char *const mw_middlebox_origin_names[MW_MIDDLEBOX_ORIGINS] = {"endpoint", "in-path", "off-path", "unknown"};

#define COLUMN(title, kind_of, member, text, ...)                                                                      \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind_of, MW_MEMBER(struct mw_middlebox_row, member), .help = text,          \
		__VA_ARGS__                                                                                                    \
	}

static const struct mw_column columns[] = {
	COLUMN("cluster", TEXT, cluster, "id of the device: mb- and 8 hex digits of what names it, the same in every run"),
	COLUMN("kind", ENUM, kind, "where it stands", .names = mw_middlebox_kind_names, .names_count = MW_MIDDLEBOX_KINDS),
	COLUMN("label", TEXT, label, "who wrote its text, else its MAC address or its distance"),
	COLUMN("resets", I64, resets, "forged resets that it sent"),
	COLUMN("servers", I64, servers, "different servers of the connections; 256 means at least 256"),
	COLUMN("clients", I64, clients, "different clients of the connections; 256 means at least 256"),
	COLUMN("first", TIME, first_ns, "first packet that shows it"),
	COLUMN("last", TIME, last_ns, "last packet that shows it"),
	COLUMN("ttl", I64, ttl, "TTL or hop limit of its packets at this tap; empty when it varies"),
	COLUMN("ip_id", TEXT, ip_id, "IP-ID of its packets: a number, follows the sender, or varies; empty with IPv6"),
	COLUMN("window", TEXT, window, "TCP window of its packets: a number or varies"),
	COLUMN("payload_template", TEXT, payload_template, "what is alike in its texts, * for the rest, escaped"),
	COLUMN("hops_estimate", I64, hops_estimate,
		   "routers between the device and this tap, if it starts at TTL 32, 64, 128 or 255; empty when it varies"),
};

bool middlebox_report_line(const void *row, struct mw_text *line)
{
	const struct mw_middlebox_row *device = row;

	mw_text_add(line, "%s %s: %s", device->cluster, mw_middlebox_kind_names[device->kind], device->label);
	if (device->resets > 0)
		mw_text_add(line, ", %" PRId64 " reset%s", device->resets, device->resets == 1 ? "" : "s");
	mw_text_add(line, " in the names of %" PRId64 " server%s", device->servers, device->servers == 1 ? "" : "s");
	return true;
}

const struct mw_record mw_middlebox_record = {
	.name = "middleboxes",
	.help = "one row per device inferred from resets or cloned handshakes",
	.schema = 1,
	.ts_offset = offsetof(struct mw_middlebox_row, first_ns),
	.row_bytes = sizeof(struct mw_middlebox_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

/** How far what names a device goes towards one machine, before episodes and networks add to it. */
static const uint8_t confidence_base[MIDDLEBOX_KEY_KINDS] = {
	[MIDDLEBOX_KEY_TEXT] = 95, // label and build of its own text
	[MIDDLEBOX_KEY_MAC] = 60, // one interface, but a router's carries what others sent
	[MIDDLEBOX_KEY_SHAPE] = 30, // a handful of numbers
};

#define CONFIDENCE_MAX         95 // from outside nothing is certain
#define CONFIDENCE_NETWORK     10 // for each unrelated network
#define CONFIDENCE_EPISODES    10 // one for each episode, at most this
#define CONFIDENCE_HOPS_DIFFER 20 // off: there may be several machines

static bool one_value(const struct middlebox_range *range)
{
	return range->any && range->low == range->high;
}

static int64_t value_of(const struct middlebox_range *range)
{
	return one_value(range) ? range->low : MW_UNKNOWN_I64;
}

/** The confidence that it is one device: a stated sum, no probability. */
static int64_t confidence_of(const struct middlebox *device)
{
	int64_t sum = confidence_base[device->named_by] + (int64_t)device->networks_count * CONFIDENCE_NETWORK +
				  (int64_t)MW_MIN(device->episodes, (uint64_t)CONFIDENCE_EPISODES);

	return MW_MIN(sum, CONFIDENCE_MAX) - (one_value(&device->hops) ? 0 : CONFIDENCE_HOPS_DIFFER);
}

static bool ip_id_follows(const struct middlebox *device)
{
	return device->ip_ids != 0 && device->ip_ids_following == device->ip_ids;
}

/** Whether one IP-ID is a habit: a single one that fits its named sender's counter is none. */
static bool ip_id_fixed(const struct middlebox *device)
{
	return one_value(&device->ip_id) && (device->ip_id.low == 0 || device->ip_ids > 1 || !ip_id_follows(device));
}

static void add_mac(struct mw_text *text, const uint8_t mac[6])
{
	mw_text_add(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void add_label(struct mw_text *text, const struct middlebox *device)
{
	uint16_t hops = device->hops.low;

	if (device->named_by == MIDDLEBOX_KEY_TEXT) {
		mw_text_add(text, "%s", device->text_label[0] != '\0' ? device->text_label : "device");
		if (device->build[0] != '\0')
			mw_text_add(text, " [%s]", device->build);
	} else if (device->named_by == MIDDLEBOX_KEY_MAC) {
		mw_text_add(text, "device with MAC ");
		add_mac(text, device->mac);
	} else {
		mw_text_add(text, "sender %u hop%s from the tap", hops, hops == 1 ? "" : "s");
	}
	if (device->habit[0] != '\0' && !device->habits_differ)
		mw_text_add(text, " (as %s)", device->habit);
}

static void fill_texts(struct mw_middlebox_row *row, const struct middlebox *device)
{
	struct mw_text label = mw_text_in(row->label, sizeof(row->label));
	struct mw_text ip_id = mw_text_in(row->ip_id, sizeof(row->ip_id));
	struct mw_text window = mw_text_in(row->window, sizeof(row->window));

	snprintf(row->cluster, sizeof(row->cluster), "%s", device->id);
	snprintf(row->payload_template, sizeof(row->payload_template), "%s", device->payload_template);
	add_label(&label, device);
	if (one_value(&device->window))
		mw_text_add(&window, "%u", device->window.low);
	else
		mw_text_add(&window, "varies");
	if (ip_id_fixed(device))
		mw_text_add(&ip_id, "%u", device->ip_id.low);
	else if (device->ip_ids != 0)
		mw_text_add(&ip_id, "%s", ip_id_follows(device) ? "follows the sender" : "varies");
}

/** Adds a line when there is room for the whole of it. */
static void add_line(struct mw_text *proof, const struct mw_text *line)
{
	if (!line->cut && line->len_bytes < proof->size_bytes - proof->len_bytes)
		mw_text_add_chars(proof, line->chars, line->len_bytes);
}

/** Appends "1 server", "6 servers" or "at least 256 servers". */
static void add_count(struct mw_text *text, uint32_t count, const char *one, const char *many)
{
	mw_text_add(text, "%s%u %s", count == MIDDLEBOX_ADDRESSES ? "at least " : "", count, count == 1 ? one : many);
}

/** In whose names: servers, clients, or both ends of connections. */
static void add_named(struct mw_text *text, const struct middlebox *device)
{
	bool servers_alone = device->servers_named == device->episodes;

	mw_text_add(text, "in the name of ");
	if (servers_alone || device->servers_named == 0) {
		add_count(text, servers_alone ? device->servers_count : device->clients_count,
				  servers_alone ? "server" : "client", servers_alone ? "servers" : "clients");
	} else {
		mw_text_add(text, "both ends of connections of ");
		add_count(text, device->servers_count, "server", "servers");
	}
	mw_text_add(text, " in ");
	add_count(text, device->networks_count, "network", "unrelated networks");
}

/** The numbers that all its packets share: " have TTL 63, window 0 and ...". */
static void add_shared(struct mw_text *text, const struct middlebox *device)
{
	const char *join = device->resets == 1 ? " has " : " have the same ";

	if (one_value(&device->ttl)) {
		mw_text_add(text, "%sTTL %u", join, device->ttl.low);
		join = ", ";
	}
	if (one_value(&device->window)) {
		mw_text_add(text, "%swindow %u", join, device->window.low);
		join = ", ";
	}
	if (ip_id_fixed(device))
		mw_text_add(text, "%sIP-ID %u", join, device->ip_id.low);
}

static void add_sums(struct mw_text *proof, const struct middlebox *device)
{
	char chars[256];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	mw_text_add(&line, "- %" PRIu64 " reset%s ", device->resets, device->resets == 1 ? "" : "s");
	add_named(&line, device);
	add_shared(&line, device);
	mw_text_add(&line, ".\n");
	add_line(proof, &line);
}

static void add_text(struct mw_text *proof, const struct middlebox *device)
{
	char chars[256];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (device->payload_template[0] == '\0')
		return;
	mw_text_add(&line, "- Its text: %s\n", device->payload_template);
	add_line(proof, &line);
}

static void add_foreign_ttl(struct mw_text *proof, const struct middlebox *device)
{
	char chars[128];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (device->ttl_foreign == 0)
		return;
	mw_text_add(&line, "- In %" PRIu64 " of %" PRIu64 " episodes the TTL is not one of the named sender's.\n",
				device->ttl_foreign, device->episodes);
	add_line(proof, &line);
}

static void add_foreign_mac(struct mw_text *proof, const struct middlebox *device)
{
	char chars[160];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (device->mac_foreign == 0)
		return;
	mw_text_add(&line, "- In %" PRIu64 " of %" PRIu64 " episodes the source MAC address ", device->mac_foreign,
				device->episodes);
	if (!device->macs_differ) {
		add_mac(&line, device->mac);
		mw_text_add(&line, " ");
	}
	mw_text_add(&line, "is not the named sender's.\n");
	add_line(proof, &line);
}

static void add_distance(struct mw_text *proof, const struct middlebox *device)
{
	char chars[128];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (one_value(&device->hops))
		return;
	mw_text_add(&line, "- Its distance varies, %u to %u hops: there may be several of its kind.\n", device->hops.low,
				device->hops.high);
	add_line(proof, &line);
}

static void fill_proof(struct mw_middlebox_row *row, const struct middlebox *device)
{
	struct mw_text proof = mw_text_in(row->proof, sizeof(row->proof));

	add_sums(&proof, device);
	add_text(&proof, device);
	add_foreign_ttl(&proof, device);
	add_foreign_mac(&proof, device);
	add_distance(&proof, device);
}

void middlebox_row(const struct middlebox *device, struct mw_middlebox_row *row)
{
	*row = (struct mw_middlebox_row){
		.first_ns = device->first_ns,
		.last_ns = device->last_ns,
		.kind = (uint8_t)middlebox_kind_of(middlebox_origin(device)),
		.resets = (int64_t)device->resets,
		.servers = device->servers_count,
		.clients = device->clients_count,
		.ttl = value_of(&device->ttl),
		.hops_estimate = value_of(&device->hops),
		.confidence = confidence_of(device),
	};
	fill_texts(row, device);
	fill_proof(row, device);
}
