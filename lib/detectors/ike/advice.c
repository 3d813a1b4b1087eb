// SPDX-License-Identifier: BSD-3-Clause
// What else a lost authentication could be, and what to do, at the end that sends what is lost.
// Neighbours: finding.h. Follows RFC 7383; settings are those of the programs' own manuals.
#include "finding.h"

static void line_words(struct lines *lines, const char *words)
{
	mw_text_add(&lines->text, "%s", words);
	lines_end(lines);
}

/** What else it could be, by verdict; words NULL ends. */
static const struct doubt {
	bool untold; // holds only when the receiver has not said that pieces are missing
	const char *words;
} doubts[MW_IKE_VERDICTS][4] = {
	[MW_IKE_RESPONSE_FRAGMENTS_LOST] =
		{{true,
		  "- A mirror of one of several links: later pieces have no ports and may take another link (LAG, ECMP)."},
		 {true, "- A mirror that loses packets, when it happened once only."},
		 {false, "- A responder that drops the rest in its own queue before it has sent every piece."}},
	[MW_IKE_REQUEST_LOST] =
		{{true,
		  "- The responder has the request and drops it without a word (unknown identity, overload): its log tells."},
		 {true, "- A mirror that loses packets, when it happened once only."},
		 {true, "- A mirror that shows one direction only: then the answer is not in view."},
		 {false, "- An initiator that drops the rest in its own queue before it has sent every piece."}},
	[MW_IKE_RESPONSE_LOST_AFTER_TAP] =
		{{true, "- The initiator has the answer and rejects it (certificate, identity, secret): its log tells."},
		 {false, "- The translator near the initiator forgot the mapping, or the initiator's own firewall drops it."},
		 {true, "- The initiator is slow, and asks again before it has read the answer."}},
	[MW_IKE_NO_ANSWER_TO_AUTH] =
		{{false, "- The answer is large, comes in IP fragments, and none of them gets here."},
		 {true,
		  "- The responder drops the request without a word: wrong identity or secret, overload, a limit of users."},
		 {true, "- The mirror does not show the responder's direction on this port."}},
};

void ikes_write_alternatives(struct mw_finding *finding, const struct ikes_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);
	const struct doubt *doubt = doubts[facts->worst.verdict];

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(doubts[0]) && doubt[i].words != NULL; i++) {
		if (!facts->exceeded || !doubt[i].untold)
			line_words(&lines, doubt[i].words);
	}
}

void ikes_line_settings(struct lines *lines)
{
	line_words(lines, "- strongSwan, libreswan: fragmentation=yes; Cisco: crypto ikev2 fragmentation; Windows Server: "
					  "registry RemoteAccess\\Parameters\\Ikev2, EnableServerFragmentation=1.");
}

/** At which end it has to be switched on. */
static void line_rfc7383(struct lines *lines, const struct ikes_facts *facts)
{
	const struct mw_ike_row *row = &facts->worst;
	struct mw_text *text = &lines->text;

	if (ikes_lacks_ike_fragments(row)) {
		mw_text_add(text, "- Set a smaller fragment size on ");
		mw_address_add_text(text, &facts->pair.ends.dst);
		mw_text_add(text, " (strongSwan: charon.fragment_size=1000): what is lost each time is larger than the path "
						  "carries.");
		lines_end(lines);
		return;
	}
	if (row->offered_i && row->offered_r) {
		if (row->rfc7383 != MW_IKE_7383_USED && ikes_in_fragments(facts))
			line_words(lines, "- Both ends offer IKE fragmentation (RFC 7383) and still send IP fragments: set a "
							  "smaller fragment size there (strongSwan: charon.fragment_size=1280).");
		return;
	}
	mw_text_add(text, "- Switch on IKE fragmentation (RFC 7383) on ");
	if (!row->offered_i && !row->offered_r) {
		mw_text_add(text, "both ends: then no message needs IP fragments.");
	} else {
		mw_address_add_text(text, row->offered_i ? &facts->pair.ends.dst : &facts->pair.ends.src);
		mw_text_add(text, "; the other end offers it already.");
	}
	lines_end(lines);
	ikes_line_settings(lines);
}

static void line_sender(struct lines *lines, const struct ikes_facts *facts)
{
	struct ikes_way way = ikes_way_of(facts);
	struct mw_text *text = &lines->text;

	mw_text_add(text, "- Or make the %s smaller, on ", way.what);
	mw_address_add_text(text, way.sender);
	mw_text_add(text, ": ECDSA certificates, a shorter chain.");
	lines_end(lines);
	mw_text_add(text, "- A smaller MTU there");
	if (facts->mtu > 0)
		mw_text_add(text, " (%lld)", (long long)facts->mtu);
	mw_text_add(text, " helps when full-size pieces are lost; the %s's MTU does not help.", way.to);
	lines_end(lines);
}

static void line_capture(struct lines *lines, const struct ikes_facts *facts)
{
	struct ikes_way way = ikes_way_of(facts);
	bool before_tap = facts->worst.verdict == MW_IKE_RESPONSE_FRAGMENTS_LOST ||
					  (facts->worst.verdict == MW_IKE_REQUEST_LOST && facts->worst.missing[0] != '\0');

	mw_text_add(&lines->text,
				"- Capture nearer to the %s, or on the other cable, at the same time: where it is seen last is the "
				"place.",
				before_tap ? way.from : way.to);
	lines_end(lines);
}

void ikes_write_advice(struct mw_finding *finding, const struct ikes_facts *facts)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);
	bool silent = facts->worst.verdict == MW_IKE_NO_ANSWER_TO_AUTH;
	bool small = facts->worst.verdict == MW_IKE_RESPONSE_LOST_AFTER_TAP && !ikes_in_fragments(facts) && facts->mtu == 0;

	if (silent)
		line_words(&lines, "- Read the responder's log first: what it had and what it sent tells which way is lost.");
	if (small) {
		line_words(&lines, "- Read the initiator's log: the answer fits one packet, so fragments are not the reason.");
		line_words(&lines, "- Check firewalls and translators between this tap and the initiator for UDP 500 and "
						   "4500.");
	} else {
		line_rfc7383(&lines, facts);
		line_sender(&lines, facts);
		line_words(&lines, "- Routers, firewalls and translators between: look for \"block fragments\".");
	}
	line_capture(&lines, facts);
}
