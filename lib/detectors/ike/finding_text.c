// SPDX-License-Identifier: BSD-3-Clause
// A VPN whose authentication is lost, in plain words: which message, which bytes of it, which way, how often.
// Neighbours: finding.h; finding.c gathers, advice.c has what else it could be and what to do.
#include "finding.h"
#include "mw_time.h"

#define SURE          80
#define UNSURE        50
#define ALIKE         3 // attempts with one verdict: no accident
#define CONFIDENCE    95 // at most; of what is seen from outside nothing is certain
#define REQUESTS_SEEN 2 // of an attempt, at least: no verdict rests on one packet that was lost
#define SHOWN_RANGES  60 // characters of byte ranges in the summary
#define SHOWN_LEAST   20 // ... when it is full

static void add_bytes(struct mw_text *text, int64_t bytes)
{
	if (ikes_known(bytes))
		mw_text_add(text, " of %lld bytes", (long long)bytes);
}

static void add_response_fragments(struct mw_text *text, const struct ikes_facts *facts, size_t shown)
{
	const struct mw_ike_row *row = &facts->worst;

	mw_text_add(text, "the responder's answer");
	if (ikes_lacks_ike_fragments(row)) {
		mw_text_add(text,
					" comes in IKE fragments (RFC 7383), each in a packet of its own, and some of them never pass "
					"this tap.");
		return;
	}
	add_bytes(text, row->response_bytes);
	if (row->missing[0] == '\0') {
		mw_text_add(text, " never passes this tap; large as it must be, it comes in IP fragments that are dropped.");
		return;
	}
	mw_text_add(text, " comes in IP fragments and never whole: bytes ");
	lines_add_short(text, row->missing, shown);
	mw_text_add(text, " are lost between the responder and this tap.");
}

static void add_request(struct mw_text *text, const struct ikes_facts *facts, size_t shown)
{
	const struct mw_ike_row *row = &facts->worst;

	mw_text_add(text, "the initiator's request");
	add_bytes(text, row->request_bytes);
	if (row->missing[0] == '\0' || !row->missing_is_request) {
		mw_text_add(text, " passes this tap, and it seems that it is lost between here and the responder.");
		return;
	}
	mw_text_add(text, " comes in IP fragments and never whole: bytes ");
	lines_add_short(text, row->missing, shown);
	mw_text_add(text, " are lost between the initiator and this tap.");
}

static void add_after_tap(struct mw_text *text, const struct ikes_facts *facts, size_t shown)
{
	(void)shown;
	mw_text_add(text, "the responder's answer");
	add_bytes(text, facts->worst.response_bytes);
	mw_text_add(text,
				" passes this tap whole%s, but the initiator asks again: it is lost between here and the initiator.",
				facts->worst.response_fragmented ? ", in IP fragments" : "");
}

static void add_no_answer(struct mw_text *text, const struct ikes_facts *facts, size_t shown)
{
	(void)facts;
	(void)shown;
	mw_text_add(text, "the responder answers the first exchange, and then no request to authenticate. Which way is "
					  "lost is not known.");
}

/** shown: characters of byte ranges at most. */
static void (*const add_what[MW_IKE_VERDICTS])(struct mw_text *text, const struct ikes_facts *facts, size_t shown) = {
	[MW_IKE_RESPONSE_FRAGMENTS_LOST] = add_response_fragments,
	[MW_IKE_REQUEST_LOST] = add_request,
	[MW_IKE_RESPONSE_LOST_AFTER_TAP] = add_after_tap,
	[MW_IKE_NO_ANSWER_TO_AUTH] = add_no_answer,
};

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct ikes_facts *facts, size_t shown)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&text, "IKEv2 from ");
	pairs_add_ends(&text, &facts->pair.ends);
	mw_text_add(&text, facts->up_after > 0 ? " failed %llu time%s before it came up: " : " fails (%llu attempt%s): ",
				(unsigned long long)facts->lost, facts->lost == 1 ? "" : "s");
	add_what[facts->worst.verdict](&text, facts, shown);
	return !text.cut;
}

static void line_attempts(struct lines *lines, const struct ikes_facts *facts)
{
	struct mw_text *text = &lines->text;
	const char *between = "";

	mw_text_add(text, "- Attempts: ");
	for (uint32_t i = 0; i < MW_IKE_VERDICTS; i++) {
		if (facts->attempts[i] == 0)
			continue;
		mw_text_add(text, "%s%llu %s", between, (unsigned long long)facts->attempts[i], mw_ike_verdict_names[i]);
		between = ", ";
	}
	mw_text_add(text, ".");
	if (facts->requests > 0)
		mw_text_add(text, " In those that failed, IKE_AUTH was sent %llu times.", (unsigned long long)facts->requests);
	lines_end(lines);
	if (facts->worst.reason == NULL)
		return;
	mw_text_add(text, "- Judged so because %s.", facts->worst.reason);
	lines_end(lines);
}

static void line_example(struct lines *lines, const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;
	struct mw_text *text = &lines->text;

	mw_text_add(text, "- The one described here began at ");
	mw_time_add_rfc3339(text, row->ts_ns);
	if (row->initiator_port != 0 || row->responder_port != 0)
		mw_text_add(text, ", UDP port %u to %u", row->initiator_port, row->responder_port);
	if (row->nat_t == 1)
		mw_text_add(text, " (NAT traversal)");
	if (row->spi_i[0] != '\0')
		mw_text_add(text, ", SPI %s / %s", row->spi_i, row->spi_r[0] != '\0' ? row->spi_r : "not known");
	mw_text_add(text, ".");
	lines_end(lines);
}

/** "The response is 3472 bytes of IKE in a datagram of 3480, in pieces of at most 1500 bytes." */
static void line_lost(struct lines *lines, const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;
	struct ikes_way way = ikes_way_of(facts);
	bool request = row->verdict == MW_IKE_REQUEST_LOST;
	int64_t bytes = request ? row->request_bytes : row->response_bytes;
	bool same = row->missing[0] != '\0' && row->missing_is_request == request;
	struct mw_text *text = &lines->text;

	if (!ikes_known(bytes) && !same)
		return;
	mw_text_add(text, "- The %s, from the %s toward the %s:", way.what, way.from, way.to);
	if (ikes_known(bytes))
		mw_text_add(text, " %lld bytes of IKE", (long long)bytes);
	else
		mw_text_add(text, " size not known");
	if (same && ikes_known(row->missing_total))
		mw_text_add(text, ", a datagram of %lld", (long long)row->missing_total);
	if (!request && ikes_known(row->response_largest_bytes))
		mw_text_add(text, ", in packets of at most %lld", (long long)row->response_largest_bytes);
	mw_text_add(text, same ? "; bytes %s never passed." : ".", row->missing);
	lines_end(lines);
	if (!request && ikes_known(row->responses)) {
		mw_text_add(text, "- It was seen %lld time%s here, wholly or in part.", (long long)row->responses,
					row->responses == 1 ? "" : "s");
		if (ikes_known(row->request_bytes))
			mw_text_add(text, " The request has %lld bytes.", (long long)row->request_bytes);
		lines_end(lines);
	}
	if (row->guessed) {
		mw_text_add(text, "- No piece with an IKE header was seen: these pieces are taken for IKE by their time, their "
						  "addresses and their size.");
		lines_end(lines);
	}
}

static void line_rfc7383(struct lines *lines, const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;
	bool both = row->offered_i && row->offered_r;
	struct mw_text *text = &lines->text;

	mw_text_add(text,
				"- IKE fragmentation (RFC 7383), which needs no IP fragments: the initiator %s it, the responder "
				"%s it",
				row->offered_i ? "offers" : "does not offer", row->offered_r ? "offers" : "does not offer");
	if (row->rfc7383 == MW_IKE_7383_USED)
		mw_text_add(text, "; it is in use");
	else if (both && ikes_in_fragments(facts))
		mw_text_add(text, "; yet the message came in IP fragments");
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_icmp(struct lines *lines, const struct ikes_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->exceeded) {
		mw_text_add(text, "- The receiver said by ICMP that it never had all pieces (reassembly time exceeded): the "
						  "loss is real, not the mirror's.");
		lines_end(lines);
	}
	if (facts->mtu > 0) {
		mw_text_add(text, "- ICMP about these messages: ");
		mw_address_add_text(text, &facts->mtu_reporter);
		mw_text_add(text, " said that the next link takes at most %lld bytes.", (long long)facts->mtu);
		lines_end(lines);
	}
	if (facts->unreachable) {
		mw_text_add(text, "- ICMP about these messages: port or host unreachable.");
		lines_end(lines);
	}
}

static void line_others(struct lines *lines, const struct ikes_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->attempts[MW_IKE_ESTABLISHED] > 0 && facts->up_high > 0) {
		mw_text_add(text, "- When it came up, the response had %lld", (long long)facts->up_low);
		if (facts->up_high != facts->up_low)
			mw_text_add(text, " to %lld", (long long)facts->up_high);
		mw_text_add(text, " bytes; %llu of %llu times it needed IP fragments.",
					(unsigned long long)facts->up_fragmented, (unsigned long long)facts->attempts[MW_IKE_ESTABLISHED]);
		lines_end(lines);
	}
	if (ikes_known(facts->worst.other_response_bytes)) {
		mw_text_add(text, "- This responder's largest answer in other attempts: %lld bytes.",
					(long long)facts->worst.other_response_bytes);
		lines_end(lines);
	}
}

static void write_evidence(struct mw_finding *finding, const struct ikes_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	line_attempts(&lines, facts);
	line_lost(&lines, facts);
	line_icmp(&lines, facts);
	line_rfc7383(&lines, facts);
	line_others(&lines, facts);
	line_example(&lines, facts);
}

struct mw_worth ikes_worth(const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;
	struct mw_worth worth = {.severity = MW_SEVERITY_WARNING,
							 .known = row->init_ok == 1,
							 .repeated = facts->lost > 1,
							 .confidence = row->confidence >= 0 ? MW_MIN(row->confidence, 100) : UNSURE,
							 .cases = (int64_t)facts->lost};
	bool alike = facts->attempts[row->verdict] >= ALIKE;

	if (alike && worth.confidence < CONFIDENCE)
		worth.confidence = MW_MIN(worth.confidence + 5, CONFIDENCE);
	if (row->verdict == MW_IKE_NO_ANSWER_TO_AUTH || facts->up_after > 0 || worth.confidence < UNSURE)
		worth.severity = MW_SEVERITY_NOTICE;
	else if (alike && worth.confidence >= SURE && facts->attempts[MW_IKE_ESTABLISHED] == 0)
		worth.severity = MW_SEVERITY_CRITICAL;
	return worth;
}

void ikes_write(struct diagnosis_entry *entry)
{
	const struct ikes_facts *facts = (const struct ikes_facts *)(const void *)entry->facts;
	const struct mw_worth worth = ikes_worth(facts);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	mw_text_add(&subject, "IKEv2 ");
	pairs_add_ends(&subject, &facts->pair.ends);
	finding->count = finding->cases = worth.cases;
	finding->confidence = worth.confidence;
	finding->known = worth.known;
	finding->severity = worth.severity;
	if (!facts->exceeded && !facts->unreachable)
		finding->absence = (struct mw_absence){worth.cases, worth.cases, REQUESTS_SEEN, 1};
	if (!try_summary(finding, facts, SHOWN_RANGES))
		try_summary(finding, facts, SHOWN_LEAST);
	write_evidence(finding, facts);
	ikes_write_alternatives(finding, facts);
	ikes_write_advice(finding, facts);
}
