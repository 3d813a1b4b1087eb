// SPDX-License-Identifier: BSD-3-Clause
// Forged resets in plain words: whom it is about, what happened in a sentence or two, how bad it is.
// Neighbours: finding.c gathers; finding_evidence.c and advice.c have the longer texts. Written for someone who
// reads it at night with users waiting.
#include <stdio.h>
#include <string.h>

#include "finding.h"

/** Where it stands, in words, by origin. */
static const char *const places[MW_MIDDLEBOX_ORIGINS] = {
	[MW_MIDDLEBOX_ORIGIN_ENDPOINT] = "in or beside the path",
	[MW_MIDDLEBOX_ORIGIN_IN_PATH] = "in the path",
	[MW_MIDDLEBOX_ORIGIN_OFF_PATH] = "beside the path",
	[MW_MIDDLEBOX_ORIGIN_UNKNOWN] = "in or beside the path",
};

static void add_named_device(struct mw_text *text, const struct resets_facts *facts)
{
	const char *device = facts->device;

	mw_text_add(text, "%s", facts->label);
	if (device[0] == '\0')
		return;
	if (facts->devices) // the places differ, the build is the same
		mw_text_add(text, " %.*s]", (int)strcspn(device, ":"), device);
	else
		mw_text_add(text, " %s", device);
}

static void write_subject(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));

	if (resets_has_text(facts)) {
		add_named_device(&text, facts);
	} else if (resets_is_neighbour(facts) && facts->mac.known) {
		mw_text_add(&text, "device with MAC address ");
		resets_add_mac(&text, facts);
	} else if (facts->cluster[0] != '\0') {
		size_t bare;

		mw_text_add(&text, "device %s %s", facts->cluster, places[resets_origin(facts)]);
		bare = text.len_bytes;
		mw_text_add(&text, ", ");
		if (!resets_add_distance(&text, facts))
			text.chars[bare] = '\0';
	} else {
		mw_text_add(&text, "resets forged %s", places[resets_origin(facts)]);
	}
}

static void add_servers(struct mw_text *text, const struct resets_facts *facts)
{
	for (uint32_t i = 0; i < facts->servers.count; i++) {
		mw_text_add(text, "%s", i == 0 ? "" : i + 1 == facts->servers.count ? " and " : ", ");
		mw_address_add_text(text, &facts->server[i]);
	}
}

/** "A device in the path (F5 BIG-IP, 5 routers from this tap)". */
static void add_culprit(struct mw_text *text, const struct resets_facts *facts, bool distance)
{
	const char *opening = " (";
	size_t before;

	mw_text_add(text, "%s",
				facts->cluster[0] == '\0'    ? "Something"
				: resets_is_neighbour(facts) ? "Another device"
											 : "A device");
	if (resets_is_near(facts) || resets_is_neighbour(facts))
		mw_text_add(text, " on this very link");
	else
		mw_text_add(text, " %s", places[resets_origin(facts)]);
	if (resets_has_text(facts)) {
		mw_text_add(text, "%s%s", opening, facts->label);
		opening = ", ";
	} else if (resets_is_neighbour(facts) && facts->mac.known) {
		mw_text_add(text, "%sMAC address ", opening);
		resets_add_mac(text, facts);
		opening = ", ";
	}
	before = text->len_bytes;
	if (distance && !resets_is_near(facts) && !resets_is_neighbour(facts)) {
		mw_text_add(text, "%s", opening);
		if (resets_add_distance(text, facts)) {
			opening = ", ";
		} else {
			text->len_bytes = before;
			text->chars[before] = '\0';
		}
	}
	mw_text_add(text, "%s", opening[0] == ',' ? ")" : "");
}

/** Whom the resets name: "12 servers", or addresses when they name both ends. */
static void add_named(struct mw_text *text, const struct resets_facts *facts)
{
	if (facts->named[MW_RESET_SIDE_CLIENT] == 0)
		seen_add_text(text, &facts->named_addresses, "server", "servers");
	else if (facts->named[MW_RESET_SIDE_SERVER] == 0)
		seen_add_text(text, &facts->named_addresses, "client", "clients");
	else
		seen_add_text(text, &facts->named_addresses, "address", "addresses");
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct resets_facts *facts, bool distance, bool servers)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	add_culprit(&text, facts, distance);
	mw_text_add(&text, " breaks TCP connections: it sends resets in the name of ");
	add_named(&text, facts);
	mw_text_add(&text, " that never sent them. Hit since ");
	resets_add_second(&text, finding->first_ns);
	mw_text_add(&text, ": ");
	seen_add_text(&text, &facts->connections, "connection", "connections");
	mw_text_add(&text, " of ");
	seen_add_text(&text, &facts->clients, "client", "clients");
	mw_text_add(&text, " to ");
	if (servers)
		add_servers(&text, facts);
	else
		seen_add_text(&text, &facts->servers, "server", "servers");
	mw_text_add(&text, ".");
	return !text.cut;
}

static void write_summary(struct mw_finding *finding, const struct resets_facts *facts)
{
	bool few = facts->servers.count <= RESETS_SERVERS;

	if (!(few && try_summary(finding, facts, true, true)) && !try_summary(finding, facts, true, false))
		try_summary(finding, facts, false, false);
}

/** Critical: many are hit and it is hardly in doubt. A reset that the receiver ignored has done no harm yet. */
static uint8_t severity_of(const struct resets_facts *facts)
{
	bool harmless = facts->evidence[MW_RESET_EVIDENCE_IGNORED_BY_RECEIVER] == facts->episodes;

	if (facts->connections.count >= 10 && facts->confidence >= 80 && !harmless)
		return MW_SEVERITY_CRITICAL;
	return (facts->connections.count > 1 || resets_has_text(facts)) && !harmless ? MW_SEVERITY_WARNING
																				 : MW_SEVERITY_NOTICE;
}

void resets_write(struct diagnosis_entry *entry)
{
	const struct resets_facts *facts = (const struct resets_facts *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->confidence = facts->confidence;
	finding->count = (int64_t)facts->resets;
	finding->cases = (int64_t)facts->episodes;
	finding->known = facts->no_baseline < facts->episodes;
	finding->exact = true;
	finding->stands = resets_has_text(facts);
	finding->severity = severity_of(facts);
	write_subject(finding, facts);
	write_summary(finding, facts);
	resets_write_evidence(finding, facts);
	resets_write_alternatives(finding, facts);
	resets_write_advice(finding, facts);
}
