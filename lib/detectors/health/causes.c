// SPDX-License-Identifier: BSD-3-Clause
// Neighbours: causes.h.
#include "causes.h"

#include "finding_text.h"
#include "mw_time.h"

#define AFTER_PCT 20 // of what failed and was followed

static const struct health_cause words[HEALTH_CAUSES] = {
	[HEALTH_CAUSE_ELSEWHERE] = {"is answered for by another address",
								"- Hosts discard such answers (RFC 5452 section 9.1): let it answer from the address "
								"that was asked, or translate the way back as well (hairpin NAT). Where hosts do get "
								"them, this tap is on the other side of a translator.\n"},
	[HEALTH_CAUSE_BOTH] = {"leaves one host without answers for names of one domain",
						   "- See how many queries this host sends: resolvers limit what one address may ask. And "
						   "whether others get these names: dig +trace NAME.\n"},
	[HEALTH_CAUSE_NAMES] = {"finds no answer for names of one domain",
							"- Ask for one of these names: dig +trace NAME. What fails is the domain's servers, or "
							"the way to them (a forwarder, a VPN).\n"},
	[HEALTH_CAUSE_HOST] = {"leaves one host without answers",
						   "- See how many queries this host sends, and for what: resolvers limit what one address "
						   "may ask.\n"},
	[HEALTH_CAUSE_SLOW] = {"answers late", "- See its load, and how long those take that it asks itself; hosts wait "
										   "five seconds.\n"},
};

static bool are_many(int64_t part, int64_t followed)
{
	return part > 0 && part * 100 >= followed * AFTER_PCT;
}

static bool holds(const struct health_row *row, unsigned cause)
{
	const struct health_afterwards *afterwards = &row->afterwards;

	switch (cause) {
	case HEALTH_CAUSE_ELSEWHERE:
		return are_many(afterwards->elsewhere, afterwards->followed);
	case HEALTH_CAUSE_BOTH:
		return row->stretch.shared == (HEALTH_SHARED_HOST | HEALTH_SHARED_NAMES);
	case HEALTH_CAUSE_NAMES:
		return (row->stretch.shared & HEALTH_SHARED_NAMES) != 0;
	case HEALTH_CAUSE_HOST:
		return (row->stretch.shared & HEALTH_SHARED_HOST) != 0;
	default:
		return are_many(afterwards->late, afterwards->followed);
	}
}

static void add_afterwards(struct health_afterwards *to, const struct health_afterwards *afterwards)
{
	if (afterwards->late > 0)
		to->late_least_ns =
			to->late == 0 ? afterwards->late_least_ns : MW_MIN(to->late_least_ns, afterwards->late_least_ns);
	to->late_most_ns = MW_MAX(to->late_most_ns, afterwards->late_most_ns);
	if (afterwards->elsewhere > 0)
		to->from = afterwards->from;
	to->followed += afterwards->followed;
	to->late += afterwards->late;
	to->elsewhere += afterwards->elsewhere;
}

void health_causes_add(struct health_causes *causes, const struct health_row *row, bool most)
{
	const int64_t unanswered = row->stretch.own.unanswered;
	bool any = false;

	for (unsigned cause = 0; cause < HEALTH_CAUSES; cause++) {
		const bool is_so = holds(row, cause);

		causes->of[cause] += is_so ? unanswered : 0;
		any |= is_so;
	}
	causes->any += any ? unanswered : 0;
	causes->none += !any && most ? unanswered : 0;
	if ((row->stretch.shared & HEALTH_SHARED_HOST) != 0)
		causes->host = row->stretch.host;
	add_afterwards(&causes->afterwards, &row->afterwards);
}

const struct health_cause *health_cause_of(const struct health_causes *causes, int64_t unanswered)
{
	unsigned cause = 0;

	while (cause < HEALTH_CAUSES && causes->of[cause] * 2 <= unanswered)
		cause++;
	return cause < HEALTH_CAUSES ? &words[cause] : NULL;
}

void health_causes_write(const struct health_causes *causes, struct mw_text *text)
{
	const struct health_afterwards *afterwards = &causes->afterwards;

	if (afterwards->elsewhere > 0) {
		mw_text_add(text, "- Answered from another address, ");
		mw_address_add_text(text, &afterwards->from);
		mw_text_add(text, ", of those that were followed: ");
		health_add_share(text, afterwards->elsewhere, afterwards->followed);
		mw_text_add(text, ".\n");
	}
	if (causes->of[HEALTH_CAUSE_NAMES] > 0)
		mw_text_add(text, "- Nearly all that failed are names that end alike; nearly all others were answered "
						  "meanwhile.\n");
	if (causes->of[HEALTH_CAUSE_HOST] > 0) {
		mw_text_add(text, "- Nearly all that failed were queries of ");
		mw_address_add_text(text, &causes->host);
		mw_text_add(text, "; nearly all of other hosts were answered meanwhile.\n");
	}
	if (afterwards->late > 0) {
		mw_text_add(text, "- Answered at last, of those that were followed: ");
		health_add_share(text, afterwards->late, afterwards->followed);
		mw_text_add(text, ", ");
		mw_time_add_duration(text, afterwards->late_least_ns);
		mw_text_add(text, " to ");
		mw_time_add_duration(text, afterwards->late_most_ns);
		mw_text_add(text, " after they were asked.\n");
	}
}
