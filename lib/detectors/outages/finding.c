// SPDX-License-Identifier: BSD-3-Clause
// An outage to a finding: one each; many of a line and cause are told together, the latest in full.
// Neighbours: outages.h; pattern.c asks what many outages have in common.
#include <inttypes.h>
#include <string.h>

#include "evidence.h"
#include "mw_time.h"

#define WIDE_NS   (2 * MW_NS_PER_SECOND) // bounds of an end further apart are told
#define APART_MAX 3 // of a line and cause; more are one finding

struct facts {
	int64_t count, timed, resets; // timed: of a known duration
	double longest_s, shortest_s, sum_s;
	uint64_t longest_ns; // when that one began
	struct outages_row row; // the latest
};

static const char *const titles[OUTAGES_VERDICTS] = {
	[OUTAGES_GATEWAY_RESTART] = "The gateway restarted",
	[OUTAGES_LINE_DOWN] = "The line was down",
	[OUTAGES_IPV4_ONLY] = "IPv4 alone was down",
	[OUTAGES_IPV6_ONLY] = "IPv6 alone was down",
	[OUTAGES_UPSTREAM] = "The line was down beyond the gateway",
	[OUTAGES_LINK_FLAP] = "The link of one host was down",
	[OUTAGES_GATEWAY_DOWN] = "The gateway itself was gone",
};

static const char *const alternatives[OUTAGES_VERDICTS] = {
	[OUTAGES_GATEWAY_RESTART] = "- The line was cut, and the translator forgot its sessions meanwhile.\n"
								"- The gateway was switched off and on by hand.\n",
	[OUTAGES_LINE_DOWN] = "- The gateway hung, and kept its sessions.\n"
						  "- It restarted, and too few old connections tried again to tell.\n",
	[OUTAGES_IPV4_ONLY] = "- The translator ran out of ports: see nat-exhaustion.\n"
						  "- The tunnel's relay or the rule of MAP-E was lost.\n",
	[OUTAGES_IPV6_ONLY] = "- The prefix was renumbered, and hosts used the old one.\n",
	[OUTAGES_UPSTREAM] = "- The gateway lost its default route by a fault of its own.\n",
	[OUTAGES_GATEWAY_DOWN] = "- Its port, its cable or the switch between was down, and the gateway went on.\n"
							 "- It restarted, and too few old connections tried again to tell.\n",
	[OUTAGES_LINK_FLAP] = "- The host slept, was moved to another port or access point, or was restarted.\n",
};

static const char *const advice[OUTAGES_VERDICTS] = {
	[OUTAGES_GATEWAY_RESTART] =
		"- Look at the gateway's log for its last start, its power supply and its firmware; its "
		"clock may be wrong after a start.\n- Applications whose connections died must connect "
		"anew: nothing else is wrong with their servers.\n",
	[OUTAGES_LINE_DOWN] = ("- Give these times to the provider, and ask for the line's log.\n"
						   "- Look at the gateway's WAN link: optical level, synchronisation, errors.\n"),
	[OUTAGES_IPV4_ONLY] = "- Look at what IPv4 has and IPv6 has not: the translator, the tunnel and its relay.\n",
	[OUTAGES_IPV6_ONLY] = "- Look at the prefix that the gateway holds and at its IPv6 default route.\n",
	[OUTAGES_UPSTREAM] = "- Give these times to the provider: the gateway itself was up.\n",
	[OUTAGES_GATEWAY_DOWN] = "- Look at the gateway's link to the switch: cable, port errors, power.\n"
							 "- Look at its log for a start at that time.\n",
	[OUTAGES_LINK_FLAP] =
		"- Look at this host's cable, its switch port (errors, speed) or its radio; the line is fine.\n",
};

#define CLOSED_ALTERNATIVES "- The gateway lost the provider's prefix or its default route by a fault of its own.\n"
#define CLOSED_ADVICE                                                                                                  \
	"- The access line works: give these times to the provider, whose session or prefix failed.\n"                     \
	"- Look at the gateway's IPv6 address and prefix: the provider's, or one of the closed network.\n"

#define UNPROVIDED_ALTERNATIVES "- The provider's relay failed by itself, and what tells of it failed with it.\n"
#define UNPROVIDED_ADVICE                                                                                              \
	"- Have the gateway ask again: it is restarted, or its IPv4 service is. Give these times to whoever provides it.\n"

// 0: of any. What else failed in its time and family is told here.
static const uint8_t families[OUTAGES_SCOPES] = {
	[OUTAGES_SCOPE_IPV4] = MW_FINDING_IPV4 | MW_FINDING_4IN6,
	[OUTAGES_SCOPE_IPV6] = MW_FINDING_IPV6,
	[OUTAGES_SCOPE_4IN6] = MW_FINDING_4IN6,
};

static void add_between(struct mw_text *text, uint64_t earliest_ns, uint64_t latest_ns)
{
	if (latest_ns == 0) {
		mw_text_add(text, "not seen");
		return;
	}
	if (earliest_ns == 0)
		mw_text_add(text, "at the latest ");
	else {
		mw_text_add(text, "between ");
		mw_time_add_rfc3339(text, earliest_ns);
		mw_text_add(text, " and ");
	}
	mw_time_add_rfc3339(text, latest_ns);
}

static void write_many(struct mw_text *text, const struct facts *facts)
{
	mw_text_add(text, "- %" PRId64 " times: shortest %.1f s, mean %.1f s, longest %.1f s (at ", facts->count,
				facts->shortest_s, facts->sum_s / (double)facts->timed, facts->longest_s);
	mw_time_add_rfc3339(text, facts->longest_ns);
	mw_text_add(text, "); all are in outages.csv. The latest:\n");
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	const struct outages_row *row = &facts->row;
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	if (facts->timed > 1)
		write_many(&text, facts);
	mw_text_add(&text, "- It began ");
	add_between(&text, row->start_earliest_ns, row->start_ns);
	if (row->ipv6_ns != 0) {
		mw_text_add(&text, ".\n- IPv6 was back ");
		add_between(&text, row->ipv6_earliest_ns, row->ipv6_ns);
	}
	if (row->ipv4_ns != 0) {
		mw_text_add(&text, ".\n- IPv4 was back ");
		add_between(&text, row->ipv4_earliest_ns, row->ipv4_ns);
	}
	mw_text_add(&text, ".\n");
	if (outages_is_of_line(row->verdict) && row->failures > 0)
		mw_text_add(&text,
					"- %" PRId64 " hosts asked as many remotes that had answered before; none answered.\n"
					"- In it %" PRId64 " connects and %" PRId64 " other questions had no answer, and open connections "
					"sent %" PRId64 " packets again: nothing else is wrong with these.\n",
					row->failures, row->connects, row->questions, row->resent);
	if (outages_is_of_line(row->verdict) && row->lan == OUTAGES_LAN_DOWN)
		mw_text_add(&text,
					"- Asked itself at least %" PRId64 " times (ARP, neighbour discovery, ping), it did not answer.\n",
					row->lan_questions);
	if (row->evidence[0] != 0)
		mw_text_add(&text, "- %s.\n", row->evidence);
}

// Only a gateway that forgot its sessions resets them in the servers' names, and it was seen to do so.
static uint8_t explains_not(const struct facts *facts)
{
	const bool resets = facts->row.verdict == OUTAGES_GATEWAY_RESTART && facts->resets > 0;

	return resets ? 0 : (uint8_t)(1u << OUTAGES_EXPLAINS_RESETS);
}

static const char *title_of(const struct outages_row *row)
{
	static const char *const beyond[OUTAGES_SCOPES] = {
		[OUTAGES_SCOPE_IPV4] = "IPv4 alone was down beyond the gateway",
		[OUTAGES_SCOPE_IPV6] = "IPv6 alone was down beyond the gateway",
		[OUTAGES_SCOPE_4IN6] = "IPv4 in IPv6 alone was down beyond the gateway",
	};
	static const char *const closed[OUTAGES_SCOPES] = {
		[OUTAGES_SCOPE_LINE] = "The closed network of the access line was up, the internet was not",
		[OUTAGES_SCOPE_IPV6] = "IPv6 reached nothing but the closed network of the access line, IPv4 was up",
	};
	const bool of_family = row->verdict == OUTAGES_UPSTREAM && beyond[row->scope] != NULL;

	if (row->closed && closed[row->scope] != NULL)
		return closed[row->scope];
	if (row->unprovided)
		return "IPv4 alone was down for want of its rules or relay";
	return of_family ? beyond[row->scope] : titles[row->verdict];
}

// Where IPv6 is not in use the line is down as far as is seen, and it is IPv4 that was: exhausted ports may explain it.
// Resets after a restart are of no known family.
static uint8_t families_of(const struct outages_row *row)
{
	const bool ipv4 =
		row->parts != 0 && (row->parts & (1u << OUTAGES_IPV6 | 1u << OUTAGES_CLOSED | 1u << OUTAGES_LAN)) == 0;

	if (row->scope == OUTAGES_SCOPE_LINE && ipv4 && row->verdict != OUTAGES_GATEWAY_RESTART)
		return MW_FINDING_IPV4 | MW_FINDING_4IN6;
	return families[row->scope];
}

static void add_words(const struct outages_row *row, struct mw_text *other, struct mw_text *next)
{
	if (row->unprovided)
		mw_text_add(other, UNPROVIDED_ALTERNATIVES);
	mw_text_add(other, "%s", row->closed ? CLOSED_ALTERNATIVES : alternatives[row->verdict]);
	if (row->unprovided)
		mw_text_add(next, UNPROVIDED_ADVICE);
	mw_text_add(next, "%s", row->closed ? CLOSED_ADVICE : advice[row->verdict]);
}

// Where nobody asked for a while before it was back, it may have been sooner.
static void add_duration(struct mw_text *summary, const struct outages_row *row)
{
	const double least_s = ((double)row->end_earliest_ns - (double)row->start_ns) / 1e9;
	const bool wide = row->end_earliest_ns != 0 && row->end_ns > row->end_earliest_ns + WIDE_NS;

	if (wide && least_s < 1)
		mw_text_add(summary, ", for up to %.1f s", row->duration_s);
	else if (wide)
		mw_text_add(summary, ", for %.1f to %.1f s", least_s, row->duration_s);
	else
		mw_text_add(summary, ", for %.1f s", row->duration_s);
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const struct outages_row *row = &facts->row;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = outages_is_of_line(row->verdict) ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = row->confidence;
	finding->count = facts->count;
	finding->cases = facts->count;
	finding->known = true;
	finding->exact = true;
	finding->families = families_of(row);
	finding->explains_not = explains_not(facts);
	mw_text_add(&subject, "%s", row->line);
	mw_text_add(&summary, "%s", title_of(row));
	if (facts->count > 1)
		mw_text_add(&summary, " %" PRId64 " times, the last time", facts->count);
	mw_text_add(&summary, " at ");
	mw_time_add_rfc3339(&summary, row->start_ns);
	if (row->end_ns == 0)
		mw_text_add(&summary, ", and it was not back when the capture ended");
	else
		add_duration(&summary, row);
	mw_text_add(&summary, " (%s).", row->line);
	write_evidence(finding, facts);
	add_words(row, &other, &next);
}

static void add_durations(struct facts *facts, const struct facts *more)
{
	facts->shortest_s = facts->timed == 0 ? more->shortest_s : MW_MIN(facts->shortest_s, more->shortest_s);
	if (facts->timed == 0 || more->longest_s > facts->longest_s) {
		facts->longest_s = more->longest_s;
		facts->longest_ns = more->longest_ns;
	}
	facts->sum_s += more->sum_s;
	facts->timed += more->timed;
}

static void add(struct facts *facts, const struct facts *more)
{
	if (more->timed > 0)
		add_durations(facts, more);
	facts->count += more->count;
	facts->resets += more->resets;
	if (more->row.start_ns >= facts->row.start_ns)
		facts->row = more->row;
}

static void tell(struct mw_diagnosis *diagnosis, const char *key, const struct facts *facts)
{
	const struct outages_row *row = &facts->row;
	struct diagnosis_entry *entry = diagnosis_entry(diagnosis, &outages_finding, key, sizeof(*facts), write,
													row->start_ns, row->end_ns == 0 ? row->start_ns : row->end_ns);

	if (entry == NULL)
		return;
	if (row->end_ns == 0) // whatever comes belongs to it
		mw_spans_add(&entry->spans, row->start_ns, UINT64_MAX);
	add((struct facts *)(void *)entry->facts, facts);
}

static void begin_key(struct mw_text *text, const struct outages_row *row)
{
	mw_text_add(text, "%s %s ", row->line, outages_verdict_names[row->verdict]);
}

void outages_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct outages_row *row)
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	begin_key(&text, row);
	mw_text_add(&text, "%" PRIu64, row->start_ns);
}

/** One of this line and cause that is told apart, and how many there are. */
static struct diagnosis_entry *one_apart(const struct mw_diagnosis *diagnosis, const struct outages_row *row,
										 unsigned *count)
{
	struct diagnosis_entry *entry = NULL, *found = NULL;
	char key[DIAGNOSIS_KEY_BYTES];
	struct mw_text text = mw_text_in(key, sizeof(key));

	*count = 0;
	begin_key(&text, row);
	while ((entry = diagnosis_next(diagnosis, &outages_finding, entry)) != NULL) {
		if (strncmp(entry->key, key, strlen(key)) != 0 || entry->key[strlen(key)] == '*')
			continue;
		found = entry;
		++*count;
	}
	return found;
}

// What was told apart is told with the others from now on.
static void tell_many(struct mw_diagnosis *diagnosis, const char *many, const struct facts *facts)
{
	struct diagnosis_entry *entry;
	unsigned count;

	while ((entry = one_apart(diagnosis, &facts->row, &count)) != NULL) {
		const struct facts before = *(const struct facts *)(const void *)entry->facts;

		diagnosis_forget(diagnosis, entry);
		tell(diagnosis, many, &before);
	}
	tell(diagnosis, many, facts);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct outages_row *row = data;
	const struct facts facts = {.count = 1,
								.timed = row->end_ns != 0,
								.resets = row->reset,
								.longest_s = row->duration_s,
								.shortest_s = row->duration_s,
								.sum_s = row->duration_s,
								.longest_ns = row->start_ns,
								.row = *row};
	char key[DIAGNOSIS_KEY_BYTES], many[DIAGNOSIS_KEY_BYTES];
	struct mw_text text = mw_text_in(many, sizeof(many));
	unsigned count;

	if (outages_is_blind(row->verdict)) // a finding of the mirror's
		return;
	begin_key(&text, row);
	mw_text_add(&text, "*"); // as evidence understands it: any of them
	outages_write_key(key, row);
	one_apart(diagnosis, row, &count);
	if (count >= APART_MAX || diagnosis_find(diagnosis, &outages_finding, many) != NULL)
		tell_many(diagnosis, many, &facts);
	else
		tell(diagnosis, key, &facts);
}

const struct mw_diagnoser outages_diagnoser = {.record = &outages_record, .row = on_row};
