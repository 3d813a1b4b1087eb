// SPDX-License-Identifier: BSD-3-Clause
// Forged resets in plain words: what happened, what shows it, what else it could be, what to do.
// Neighbours: resets.c gathers the facts. Written for someone who reads it at night with users waiting.
#include "mw_time.h"
#include "resets.h"

/** What each evidence means to a reader who has not read the paper; NULL: not worth a line of its own. */
static const char *const evidence_words[MW_RESET_EVIDENCES] = {
	[MW_RESET_EVIDENCE_TTL_SPLIT] = "the TTL shows another number of hops than the sender's real packets",
	[MW_RESET_EVIDENCE_TTL_MIRRORS_TRIGGER] = "the TTL is a copy of that of the packet it answers",
	[MW_RESET_EVIDENCE_SEQ_STALE] = "the sequence number is older than what the real sender had sent",
	[MW_RESET_EVIDENCE_SEQ_STAIRCASE] = "several resets guess ever higher sequence numbers",
	[MW_RESET_EVIDENCE_SEQ_OUTSIDE_WINDOW] = "the sequence number is beyond what the real sender had sent",
	[MW_RESET_EVIDENCE_FASTER_THAN_RTT] = "it came sooner than the real sender could have answered",
	[MW_RESET_EVIDENCE_DATA_AFTER_RESET] = "the real sender went on sending afterwards",
	[MW_RESET_EVIDENCE_IGNORED_BY_RECEIVER] = "the receiver went on as if there had been no reset",
	[MW_RESET_EVIDENCE_TIMESTAMP_OFF] = "the TCP timestamp is far from the real sender's clock",
	[MW_RESET_EVIDENCE_MAC_CHANGE] = "another device on this very link sent it (its MAC address differs)",
};

/** What to do about each group of causes. */
static const char *const group_advice[MW_CAUSE_GROUPS] = {
	[MW_CAUSE_STATE_LOST] = "- Keep idle connections alive (keep-alive below 60 s): a box forgets idle ones first.\n",
	[MW_CAUSE_POLICY] = "- Ask for the policy by name: the box says that it refuses on purpose.\n",
	[MW_CAUSE_CAPACITY] =
		"- Note the time of day: the box runs out of something, and it will be worst at peak hours.\n",
	[MW_CAUSE_BACK_END] =
		"- Try the same server over another line: the box says that the fault lies on its far side.\n",
	[MW_CAUSE_ROUTING] = "- Try the same server over another line: the box says that it has no route to it.\n",
};

static bool has_text(const struct resets_facts *facts)
{
	return facts->evidence[MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE] > 0;
}

static bool one_server(const struct resets_facts *facts)
{
	return facts->servers.count == 1;
}

/** True when most resets start on this very link. */
static bool starts_here(const struct resets_facts *facts)
{
	return facts->near * 2 > facts->episodes;
}

static void write_subject(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));
	const char *device = facts->device;
	uint32_t length = 0;

	if (!has_text(facts)) {
		mw_text_add(&text, "resets forged %s",
					facts->origin == MW_RESET_ORIGIN_IN_PATH    ? "in the path"
					: facts->origin == MW_RESET_ORIGIN_OFF_PATH ? "from beside the path"
																: "at an unknown place");
		return;
	}
	mw_text_add(&text, "%s", facts->label);
	if (device[0] == '\0')
		return;
	while (facts->devices && device[length] != ':' && device[length] != '\0')
		length++;
	if (facts->devices)
		mw_text_add(&text, " %.*s]", (int)length, device);
	else
		mw_text_add(&text, " %s", device);
}

static void write_summary(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	if (has_text(facts))
		mw_text_add(&text, "A device in the network (%s) breaks TCP connections: it sends resets in the name of ",
					facts->label);
	else if (facts->origin == MW_RESET_ORIGIN_OFF_PATH)
		mw_text_add(&text, "Something beside the path breaks TCP connections: it sends resets in the name of ");
	else
		mw_text_add(&text, "A device in the network breaks TCP connections: it sends resets in the name of ");
	seen_add_text(&text, &facts->named, "address", "addresses");
	mw_text_add(&text, " that did not send them. Hit: ");
	seen_add_text(&text, &facts->connections, "connection", "connections");
	mw_text_add(&text, " between ");
	seen_add_text(&text, &facts->clients, "client", "clients");
	mw_text_add(&text, " and ");
	seen_add_text(&text, &facts->servers, "server", "servers");
	mw_text_add(&text, ".");
}

static void add_range(struct mw_text *text, const struct resets_range *range)
{
	mw_text_add(text, "%lld", (long long)range->low);
	if (range->high != range->low)
		mw_text_add(text, " to %lld", (long long)range->high);
}

static void add_causes(struct mw_text *text, const struct resets_facts *facts)
{
	for (uint32_t i = 0; i < facts->causes_count; i++) {
		const struct resets_cause *cause = &facts->causes[i];

		mw_text_add(text, "- Its reason on %llu of %llu: \"%s%s\". That means: %s%s.\n",
					(unsigned long long)cause->episodes, (unsigned long long)facts->episodes,
					cause->peer ? "{peer} " : "", cause->text, cause->meaning != NULL ? cause->meaning : "not known",
					cause->peer ? "; {peer}: on the far side of the box" : "");
	}
	if (facts->other_causes > 0)
		mw_text_add(text, "- Other reasons on %llu.\n", (unsigned long long)facts->other_causes);
}

static void write_evidence(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- %llu reset%s on ", (unsigned long long)facts->resets, facts->resets == 1 ? "" : "s");
	seen_add_text(&text, &facts->connections, "connection", "connections");
	mw_text_add(&text, ", since ");
	mw_time_add_rfc3339(&text, finding->first_ns);
	mw_text_add(&text, ", last ");
	mw_time_add_rfc3339(&text, finding->last_ns);
	mw_text_add(&text, "; the first from %s.\n", facts->example);
	if (has_text(facts)) {
		mw_text_add(&text, "- The resets carry text that no server's stack writes: \"%.200s\".\n", facts->payload);
		if (facts->servers.count > 1)
			mw_text_add(&text,
						"- %s%u unrelated-looking servers seem to send the same text: one device speaks for all.\n",
						facts->servers.more ? "More than " : "", facts->servers.count);
	}
	add_causes(&text, facts);
	if (facts->ttl.any && facts->ttl_expected.any && facts->evidence[MW_RESET_EVIDENCE_TTL_SPLIT] > 0) {
		mw_text_add(&text, "- TTL of the resets: ");
		add_range(&text, &facts->ttl);
		mw_text_add(&text, "; of the real senders' packets: ");
		add_range(&text, &facts->ttl_expected);
		mw_text_add(&text, ".\n");
	}
	if (facts->near > 0)
		mw_text_add(&text, "- On %llu of %llu no router has lowered the TTL: they start on this very link.\n",
					(unsigned long long)facts->near, (unsigned long long)facts->episodes);
	for (uint32_t i = 0; i < MW_RESET_EVIDENCES; i++) {
		if (evidence_words[i] != NULL && facts->evidence[i] > 0)
			mw_text_add(&text, "- On %llu of %llu, %s.\n", (unsigned long long)facts->evidence[i],
						(unsigned long long)facts->episodes, evidence_words[i]);
	}
}

static void write_alternatives(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	if (starts_here(facts))
		mw_text_add(
			&text, "- Your own gateway: after a restart, or with a full session table, it answers old connections with "
				   "resets.\n");
	if (one_server(facts))
		mw_text_add(&text,
					"- All name one server: the device may be that service's own load balancer or firewall, not your "
					"carrier's.\n");
	mw_text_add(&text, "- A firewall, proxy or security product of your own between this tap and the Internet.\n");
	if (has_text(facts))
		mw_text_add(&text,
					"- A server that really restarted looks alike to its users, but does not write this text.\n");
	else
		mw_text_add(&text, "- A server behind a load balancer whose resets start with another TTL.\n"
						   "- A server that restarted, when packets are missing from the mirror.\n");
}

static void write_advice(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));
	bool told[MW_CAUSE_GROUPS] = {false};

	if (facts->evidence[MW_RESET_EVIDENCE_MAC_CHANGE] > 0)
		mw_text_add(&text, "- Look at this link first: find the device that has the MAC address of these resets.\n");
	mw_text_add(&text,
				"- Rule out your own devices: do the resets also come with your own firewall or proxy bypassed?\n"
				"- To be rid of it now: carry the traffic in an encrypted UDP tunnel such as WireGuard; the device "
				"cannot see the connections inside, so it cannot reset them. Changing the MTU does not help.\n");
	if (starts_here(facts))
		mw_text_add(
			&text, "- Look at your own gateway first: its log, its uptime and its session table at the times above.\n");
	else if (has_text(facts) && facts->device[0] != '\0')
		mw_text_add(&text,
					"- Tell the carrier: quote %s, the texts and times above. The numbers name the box's software "
					"build and the place in it.\n",
					facts->device);
	else
		mw_text_add(&text, "- Tell the carrier: quote the addresses, times and TTLs above.\n");
	for (uint32_t i = 0; i < facts->causes_count; i++) {
		uint8_t group = facts->causes[i].group;

		if (group < MW_CAUSE_GROUPS && !told[group] && group_advice[group] != NULL)
			mw_text_add(&text, "%s", group_advice[group]);
		if (group < MW_CAUSE_GROUPS)
			told[group] = true;
	}
}

static uint8_t severity_of(const struct resets_facts *facts)
{
	if (facts->connections.count >= 10 && facts->confidence >= 80)
		return MW_SEVERITY_CRITICAL;
	return facts->connections.count > 1 || has_text(facts) ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
}

void resets_write(struct diagnosis_entry *entry)
{
	const struct resets_facts *facts = (const struct resets_facts *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->confidence = facts->confidence;
	finding->count = (int64_t)facts->resets;
	finding->severity = severity_of(facts);
	write_subject(finding, facts);
	write_summary(finding, facts);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding, facts);
}
