// SPDX-License-Identifier: BSD-3-Clause
// What else forged resets could be, and what to do about them, by case: what the text says, where the device stands.
// Neighbours: finding.h, finding_text.c.
#include <string.h>

#include "mw_time.h"
#include "finding.h"

/** What may stand behind each group of causes. */
static const char *const group_alternatives[MW_CAUSE_GROUPS] = {
	[MW_CAUSE_STATE_LOST] = "- The box may be a victim: it restarted, failed over, or the path changed midway.",
	[MW_CAUSE_POLICY] = "- The refusal may be wanted: a filter that you, your company or your contract asked for.",
	[MW_CAUSE_CAPACITY] = "- The box may be full because of one client: see who opens most connections.",
	[MW_CAUSE_BACK_END] = "- The far side may be to blame: a server that really refused, the box only says so.",
	[MW_CAUSE_ROUTING] = "- The fault may lie behind the box: it has no route to the server.",
};

static const char *const group_advice[MW_CAUSE_GROUPS] = {
	[MW_CAUSE_STATE_LOST] = "- Keep idle connections alive (keep-alive below 60 s): a box forgets idle ones first.",
	[MW_CAUSE_POLICY] = "- Ask for the policy by name: the box says that it refuses on purpose.",
	[MW_CAUSE_CAPACITY] = "- Note the time of day: the box runs out of something, worst at peak hours.",
	[MW_CAUSE_BACK_END] = "- Try the server over another line: the box says the fault is on its far side.",
	[MW_CAUSE_ROUTING] = "- Try the server over another line: the box says it has no route to it.",
};

static void add_line(struct lines *lines, const char *words)
{
	mw_text_add(&lines->text, "%s", words);
	lines_end(lines);
}

/** A line for each group of causes that occurs, once. */
static void add_groups(struct lines *lines, const struct resets_facts *facts, const char *const words[MW_CAUSE_GROUPS])
{
	uint32_t told = 0;

	for (uint32_t i = 0; i < facts->causes_count; i++) {
		uint8_t group = facts->causes[i].group;

		if (group >= MW_CAUSE_GROUPS || told & 1u << group || words[group] == NULL)
			continue;
		told |= 1u << group;
		add_line(lines, words[group]);
	}
}

static bool one_server(const struct resets_facts *facts)
{
	return facts->servers.count == 1;
}

static bool off_path(const struct resets_facts *facts)
{
	return resets_origin(facts) == MW_MIDDLEBOX_ORIGIN_OFF_PATH;
}

/** Alternatives that follow from where it stands. */
static void add_place(struct lines *lines, const struct resets_facts *facts)
{
	if (resets_is_neighbour(facts) || (resets_is_near(facts) && off_path(facts)))
		add_line(lines, "- Your own doing: a security product, tcpkill or a second router on this link.");
	else if (resets_is_near(facts))
		add_line(lines, "- Your own gateway: restarted or with a full session table, it resets old connections.");
	else if (resets_origin(facts) != MW_MIDDLEBOX_ORIGIN_IN_PATH)
		add_line(lines, "- Who listens and forges: a censor, a provider that throttles, a security product (IPS), or "
						"tcpkill on your own network.");
	if (facts->evidence[MW_RESET_EVIDENCE_DATA_AFTER_RESET] > 0 && !resets_has_text(facts))
		add_line(lines,
				 "- A translator between (kube-proxy, conntrack INVALID) that let a segment through as it was: the "
				 "host resets that one and keeps its connection.");
	if (facts->silence_ms.episodes > 0)
		add_line(lines,
				 "- A load balancer or NAT gateway at its idle timeout (Azure 240 s, AWS 350 s) that tells both ends.");
	if (!resets_has_text(facts) && !off_path(facts))
		add_line(lines, "- A firewall that refuses on purpose, or that forgot an idle connection.");
}

void resets_write_alternatives(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (one_server(facts))
		add_line(&lines, "- All concern one server: the device may be that service's own load balancer or firewall.");
	add_place(&lines, facts);
	add_groups(&lines, facts, group_alternatives);
	add_line(&lines, "- Your own firewall, proxy or security product between this tap and the Internet.");
	if (!resets_has_text(facts) && !off_path(facts))
		add_line(&lines, "- A load balancer in front of the servers: its resets start with another TTL.");
	if (facts->lossy > 0 && !resets_has_text(facts))
		add_line(&lines, "- A server that restarted, with its packets missing from the mirror.");
}

/** Resets of both ends out of a silence: an idle timer. */
static void add_idle(struct lines *lines, const struct resets_facts *facts)
{
	if (facts->silence_ms.episodes * 2 <= facts->episodes)
		return;
	mw_text_add(&lines->text, "- Keep idle connections alive: TCP keep-alive well below ");
	mw_time_add_duration(&lines->text, (uint64_t)facts->silence_ms.low * MW_NS_PER_MS);
	mw_text_add(&lines->text, ", or raise the idle time of the device that sends them.");
	lines_end(lines);
}

/** What to look for on this link; the carrier cannot help there. */
static void add_look_here(struct lines *lines, const struct resets_facts *facts)
{
	if (facts->evidence[MW_RESET_EVIDENCE_MAC_CHANGE] > 0 && facts->mac.known) {
		mw_text_add(&lines->text, "- Find the device with MAC address ");
		resets_add_mac(&lines->text, facts);
		mw_text_add(&lines->text, ": the switch's address table names its port.");
		lines_end(lines);
	} else if (resets_is_near(facts) && off_path(facts)) {
		add_line(lines, "- Find the device on this link that sends them: tcpdump -e shows its MAC address.");
	} else if (resets_is_near(facts)) {
		add_line(lines, "- Look at your own gateway first: its log, uptime and session table at the times above.");
	}
}

static void add_check(struct lines *lines, const struct resets_facts *facts)
{
	add_line(lines, "- Check: go round your own firewall or proxy. Do resets still come?");
	mw_text_add(&lines->text, "- See them: tcpdump -n -e -v '%s'. %s",
				facts->ipv6 ? "tcp[tcpflags] & tcp-rst != 0 or (ip6[6] = 6 and ip6[53] & 4 != 0)"
							: "tcp[tcpflags] & tcp-rst != 0",
				resets_has_text(facts) ? "It shows 30 letters of a text; -X shows all."
									   : "Compare TTL and MAC address.");
	lines_end(lines);
}

static void add_tunnel(struct lines *lines, const struct resets_facts *facts)
{
	if (one_server(facts))
		add_line(lines,
				 "- To get round it: an encrypted UDP tunnel (WireGuard) past the device. It does not help if the "
				 "device is the server's own.");
	else
		add_line(lines, "- To get round it: an encrypted UDP tunnel (WireGuard) past the device. It sees no TCP in "
						"there, so it cannot reset it.");
}

static void add_carrier(struct lines *lines, const struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (resets_is_near(facts) || resets_is_neighbour(facts))
		return;
	mw_text_add(text, "- Tell the carrier: send ");
	if (finding->evidence_file[0] != '\0')
		mw_text_add(text, "%s and ", finding->evidence_file);
	mw_text_add(text, "these lines");
	if (facts->device[0] != '\0')
		mw_text_add(text, "; %s is its software build and the place in it, its setting tm.rstcause.pkt writes the text",
					facts->device);
	mw_text_add(text, ".");
	lines_end(lines);
}

void resets_write_advice(struct mw_finding *finding, const struct resets_facts *facts)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	add_idle(&lines, facts);
	add_look_here(&lines, facts);
	add_tunnel(&lines, facts);
	add_line(&lines, "- Changing the MTU does not help with this.");
	add_carrier(&lines, finding, facts);
	add_check(&lines, facts);
	add_groups(&lines, facts, group_advice);
	if (facts->texts.count > 0)
		add_line(&lines, "- Give its text a rule, then it is known by its name: docs/adding-a-signature.md.");
}
