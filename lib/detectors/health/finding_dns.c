// SPDX-License-Identifier: BSD-3-Clause
// A resolver that stopped answering while others of its family answer: it is the resolver, not the line.
// Neighbours: health.h; rows.c says what the others did; finding_family.c has the contrary.
#include <inttypes.h>
#include <string.h>

#include "causes.h"
#include "evidence.h"
#include "finding_text.h"
#include "mw_time.h"

#define UNANSWERED_LEAST 5 // exchanges of a stretch
#define FAILS_PCT        50
#define OTHERS_LEAST     5 // exchanges, nearly all answered
#define OTHERS_LOST_PCT  20
#define LASTS_NS         (10 * MW_NS_PER_SECOND) // less than half an interval; a name that nobody knows fails for less,
#define QUESTIONS_LEAST  4 // and is asked in two or three ways
#define ALONE_MOST       75 // confidence
#define UNSURE_MOST      50
#define PORTS_LEAST      64 // queries; no line has fewer outside ports

static const char *const others_words[HEALTH_OTHERS] = {
	[HEALTH_OTHERS_RESOLVERS] = "resolvers",
	[HEALTH_OTHERS_UDP] = "QUIC and NTP",
	[HEALTH_OTHERS_REST] = "connects, echoes and all but resolvers",
};

struct facts {
	uint64_t rows;
	struct health_causes causes;
	int64_t queries, unreachable, askers; // of whole intervals; askers: most of one
	uint64_t failed_first_ns, failed_last_ns;
	struct health_share own, others[HEALTH_OTHERS];
	struct mw_address peer;
	uint8_t family;
	bool lived;
	bool answer; // others do, of resolvers; else what else there is
};

static bool fails(const struct health_share *share)
{
	return share->unanswered * 100 > share->exchanges * OTHERS_LOST_PCT;
}

static bool does_most_fail(const struct health_row *row)
{
	return row->counts.unanswered * 100 >= row->counts.exchanges * FAILS_PCT;
}

// In the stretch; where few were asked in it, and it is most of what was asked, in the whole interval.
static const struct health_share *share_of(const struct health_row *row, enum health_others which)
{
	const struct health_share *meanwhile = &row->stretch.others[which];

	return meanwhile->exchanges >= OTHERS_LEAST || fails(meanwhile) || !does_most_fail(row) ||
				   which == HEALTH_OTHERS_UDP
			   ? meanwhile
			   : &row->stretch.around[which];
}

static bool answer(const struct health_row *row, enum health_others which)
{
	const struct health_share *share = share_of(row, which);

	return share->exchanges >= OTHERS_LEAST && !fails(share);
}

// Where other resolvers fail, too, it may be DNS as a whole, but not where all else that is asked over UDP fails.
static bool do_others_answer(const struct health_row *row)
{
	const bool udp = share_of(row, HEALTH_OTHERS_UDP)->exchanges >= OTHERS_LEAST;

	return answer(row, HEALTH_OTHERS_RESOLVERS) || answer(row, udp ? HEALTH_OTHERS_UDP : HEALTH_OTHERS_REST);
}

bool health_dns_is_failing(const struct health_row *row)
{
	const struct health_stretch *stretch = &row->stretch;
	const bool lasts = stretch->last_ns >= stretch->first_ns + LASTS_NS;

	return row->service == HEALTH_DNS && !row->several && stretch->own.unanswered >= UNANSWERED_LEAST &&
		   row->questions >= QUESTIONS_LEAST && (does_most_fail(row) || lasts) && do_others_answer(row);
}

// All that fails was asked over UDP, and nothing else was: it may be the resolver, or what carries UDP.
static bool is_alone_in_udp(const struct facts *facts)
{
	return !facts->answer && facts->others[HEALTH_OTHERS_UDP].exchanges < OTHERS_LEAST;
}

// Where part of its answers comes, or others fail with it and nothing else is asked over UDP, much else looks like it:
// a mirror that shows part, answers that come by another way.
static bool is_sure(const struct facts *facts)
{
	const bool together = is_alone_in_udp(facts) && facts->others[HEALTH_OTHERS_RESOLVERS].exchanges > 0;

	return facts->lived && facts->causes.none > facts->causes.any && !together;
}

static int64_t most_of(const struct facts *facts)
{
	if ((facts->lived || facts->causes.any > 0) && !is_sure(facts))
		return UNSURE_MOST;
	return is_alone_in_udp(facts) ? ALONE_MOST : 100;
}

static int64_t confidence_of(const struct facts *facts)
{
	const struct health_bounds bounds = health_share_bounds(facts->own.unanswered, facts->own.exchanges);
	const int64_t sure = facts->lived ? 50 + (int64_t)(45 * bounds.low) : 40 + (int64_t)(20 * bounds.low);

	return MW_MIN(facts->askers > 1 ? sure : sure - 10, most_of(facts));
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- Queries without an answer within exchange.timeout: ");
	health_add_share(&text, facts->own.unanswered, facts->own.exchanges);
	mw_text_add(&text, ", from about %" PRId64 " host%s", facts->askers, facts->askers == 1 ? "" : "s");
	if (facts->unreachable > 0)
		mw_text_add(&text, "; a router called it unreachable %" PRId64 " times", facts->unreachable);
	mw_text_add(&text, ".\n");
	for (unsigned which = 0; which < HEALTH_OTHERS; which++) {
		if (facts->others[which].exchanges == 0)
			continue;
		mw_text_add(&text, "- Others of the same family, meanwhile, %s: ", others_words[which]);
		health_add_share(&text, facts->others[which].unanswered, facts->others[which].exchanges);
		mw_text_add(&text, " without an answer.\n");
	}
	health_causes_write(&facts->causes, &text);
	mw_text_add(&text, "- %s.\n",
				facts->lived ? "It had answered within the ten minutes before"
							 : "It had not answered in the ten minutes before, if it ever did");
}

/** So many queries may have taken all ports that a translator has towards it. */
static bool may_lack_ports(const struct facts *facts)
{
	return facts->lived && facts->queries >= PORTS_LEAST && mw_address_is_v4(&facts->peer) &&
		   !mw_address_is_private(&facts->peer);
}

static void write_alternatives(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	if (is_alone_in_udp(facts))
		mw_text_add(&text,
					"- All UDP fails, by a filter or for want of a translator's ports, which may have some left for "
					"TCP: hardly anything else was asked over UDP meanwhile.\n");
	mw_text_add(&text, "- The way to this one resolver is cut, and the others are reached by another way.\n"
					   "- It limits how many queries it answers a second for one address.\n"
					   "- It answers after more than eleven seconds: it is slow, or waits for others.\n");
	if (may_lack_ports(facts))
		mw_text_add(&text,
					"- A translator on the way has no port left towards it: each query from a new port holds one for "
					"half a minute or more. Its other side shows that (nat_lines.csv).\n");
	if (!facts->lived)
		mw_text_add(&text, "- It is no resolver, or none for these hosts: an address typed wrong.\n");
	if (facts->askers < 2)
		mw_text_add(&text, "- One host alone is filtered there.\n");
}

static void write_advice(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));
	const struct health_cause *cause = health_cause_of(&facts->causes, facts->own.unanswered);

	mw_text_add(&text, "- Ask it: dig @");
	mw_address_add_text(&text, &facts->peer);
	if (cause != NULL)
		mw_text_add(&text, " example.com\n%s", cause->advice);
	else
		mw_text_add(&text, " example.com; if it stays silent, use another resolver (DHCP option 6, RA RDNSS).\n"
						   "- Hosts wait five seconds for each query to a dead resolver: take it off their list.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	const struct health_cause *cause = health_cause_of(&facts->causes, facts->own.unanswered);

	finding->severity = is_sure(facts) ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = confidence_of(facts);
	finding->count = facts->own.unanswered;
	finding->cases = (int64_t)facts->rows;
	finding->known = facts->lived;
	finding->absence = (struct mw_absence){facts->own.unanswered, facts->own.exchanges, 1, 1};
	finding->exact = true;
	finding->families = (uint8_t)(1u << facts->family);
	mw_address_add_text(&subject, &facts->peer);
	mw_text_add(&summary, "Resolver %s %s%s: ", finding->subject,
				cause != NULL  ? cause->what
				: facts->lived ? "stopped answering"
							   : "does not answer",
				cause == NULL && is_alone_in_udp(facts) ? " over UDP" : "");
	health_add_share(&summary, facts->own.unanswered, facts->own.exchanges);
	mw_text_add(&summary, " queries had no answer in time, the first at ");
	mw_time_add_rfc3339(&summary, facts->failed_first_ns);
	mw_text_add(&summary, ", the last at ");
	mw_time_add_rfc3339(&summary, facts->failed_last_ns);
	mw_text_add(&summary, "; %s. The line is up%s.",
				facts->answer                                          ? "others answer"
				: facts->others[HEALTH_OTHERS_RESOLVERS].exchanges > 0 ? "others do not either, all else answers"
																	   : "all else answers",
				is_alone_in_udp(facts) ? ", at least for TCP" : "");
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding, facts);
}

void health_dns_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct health_row *row)
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	mw_address_add_text(&text, &row->peer);
	mw_text_add(&text, " %s", health_family_names[row->family]);
}

static void add_share(struct health_share *to, const struct health_share *share)
{
	to->exchanges += share->exchanges;
	to->unanswered += share->unanswered;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct health_row *row = data;
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (!health_dns_is_failing(row))
		return;
	health_dns_write_key(key, row);
	entry = diagnosis_entry(diagnosis, &health_dns_finding, key, sizeof(*facts), write, row->stretch.first_ns,
							row->stretch.last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->failed_first_ns =
		facts->rows == 0 ? row->stretch.first_ns : MW_MIN(facts->failed_first_ns, row->stretch.first_ns);
	facts->failed_last_ns = MW_MAX(facts->failed_last_ns, row->stretch.last_ns);
	facts->rows++;
	add_share(&facts->own, &row->stretch.own);
	for (unsigned which = 0; which < HEALTH_OTHERS; which++)
		add_share(&facts->others[which], share_of(row, which));
	facts->answer |= answer(row, HEALTH_OTHERS_RESOLVERS);
	facts->queries += row->counts.exchanges;
	facts->unreachable += row->counts.unreachable;
	facts->askers = MW_MAX(facts->askers, row->askers);
	facts->peer = row->peer;
	facts->family = row->family;
	facts->lived |= row->lived;
	health_causes_add(&facts->causes, row, does_most_fail(row));
}

const struct mw_diagnoser health_dns_diagnoser = {.record = &health_record, .row = on_row};
