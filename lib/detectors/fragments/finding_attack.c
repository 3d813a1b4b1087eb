// SPDX-License-Identifier: BSD-3-Clause
// Fragments made to harm or to hide: one finding a sender. What each kind does to which stacks, and how it can be
// honest. Neighbours: finding.h; rows from row.c. Follows RFC 1858, RFC 3128, RFC 4963, RFC 5722, RFC 8200.
#include <string.h>

#include "finding.h"
#include "mw_time.h"

#define BUSY_PAIR      10000 // datagrams in pieces of one pair: identifications come again soon
#define OFTEN          10
#define NOBODY_ANSWERS 10 // less sure: the address may be anybody\'s
#define LEAST_MTU      576 // no router cuts a smaller piece again

/** What counts, how sure one alone is, how it is called in the summary, what it does. */
static const struct kind {
	uint8_t anomaly; // enum mw_fragment_anomaly
	bool grave; // harms stacks, or gets past filters
	uint8_t confidence;
	const char *name, *effect;
} kinds[] = {
	{MW_FRAGMENT_OVERLAP_DIFFERENT, true, 80, "pieces that overlap with different bytes",
	 "each stack keeps other bytes (first, last, by offset), so a firewall and the host read different datagrams; IPv6 "
	 "hosts discard all of it (RFC 5722)"},
	{MW_FRAGMENT_TEARDROP, true, 80, "pieces within others (teardrop)",
	 "crashed old stacks (Windows 95 and NT, Linux before 2.0.32), confuses what reassembles"},
	{MW_FRAGMENT_BEYOND_LIMIT, true, 85, "pieces that end beyond 65,535 bytes (ping of death)",
	 "overran buffers of old stacks and of small devices; others drop it"},
	{MW_FRAGMENT_TINY, false, 60, "tiny first pieces",
	 "the ports or TCP flags lie in the second piece, where simple filters do not look (RFC 1858, RFC 3128)"},
	{MW_FRAGMENT_LAST_TWICE, false, 60, "several last pieces", "stacks disagree on where the datagram ends"},
	{MW_FRAGMENT_BEYOND_LAST, false, 60, "bytes behind the last piece", "stacks disagree on where the datagram ends"},
};
#define KINDS MW_ARRAY_SIZE(kinds)
#define TCP   6

/** Facts of one sender, or of all that have no finding of their own. */
struct attack_facts {
	struct mw_address sender;
	bool many; // senders; sender is the first of them
	bool known; // somebody answered one of them
	struct seen senders, receivers;
	struct mw_address receiver; // of the first
	uint64_t datagrams, busy; // busy: of pairs where an honest mix-up is likely
	uint64_t count[KINDS];
	struct {
		uint64_t ts_ns; // 0 none
		struct mw_address dst;
		int64_t ip_id;
		char proto[8];
	} newest[KINDS];
};

/** How each kind can be honest. */
static bool is_excused(const struct mw_fragment_row *row, uint8_t anomaly)
{
	if (anomaly ==
		MW_FRAGMENT_TINY) // hides something only when it is the first, and of TCP: eight bytes show all ports
		return !row->first_seen || row->protocol != TCP;
	// a mirror before and behind a router that cuts pieces again shows smaller ones within larger ones
	return anomaly == MW_FRAGMENT_TEARDROP && !(row->anomaly >> MW_FRAGMENT_OVERLAP_DIFFERENT & 1) &&
		   row->largest_bytes > LEAST_MTU;
}

/** Bits of kinds. */
static uint32_t kinds_of(const struct mw_fragment_row *row)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < KINDS; i++) {
		if ((row->anomaly >> kinds[i].anomaly & 1) && !is_excused(row, kinds[i].anomaly))
			bits |= 1u << i;
	}
	return bits;
}

bool frags_is_attack(const struct mw_fragment_row *row)
{
	return kinds_of(row) != 0;
}

bool frags_accuses(const struct mw_fragment_row *row)
{
	return frags_is_attack(row) && !(row->anomaly >> MW_FRAGMENT_ID_REUSE & 1);
}

static void write_subject(struct mw_finding *finding, const struct attack_facts *facts)
{
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));

	if (facts->many)
		seen_add_text(&text, &facts->senders, "more sender", "more senders");
	else
		mw_address_add_text(&text, &facts->sender);
}

static void write_summary(struct mw_finding *finding, const struct attack_facts *facts)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const char *between = "";

	mw_text_add(&text, "%s %s IP fragments as no honest stack makes them to ", finding->subject,
				facts->many && facts->senders.count > 1 ? "send" : "sends");
	if (facts->receivers.count == 1)
		mw_address_add_text(&text, &facts->receiver);
	else
		seen_add_text(&text, &facts->receivers, "host", "hosts");
	mw_text_add(&text, ": ");
	for (uint32_t i = 0; i < KINDS; i++) {
		if (facts->count[i] == 0)
			continue;
		mw_text_add(&text, "%s%s", between, kinds[i].name);
		between = ", ";
	}
	mw_text_add(&text, ".");
	if (text.cut) { // all kinds at once: the number of them will do
		text = mw_text_in(finding->summary, sizeof(finding->summary));
		mw_text_add(&text, "%s: IP fragments as no honest stack makes them, of several kinds, in %llu datagrams.",
					finding->subject, (unsigned long long)facts->datagrams);
	}
}

static void line_kind(struct lines *lines, const struct attack_facts *facts, uint32_t i)
{
	struct mw_text *text = &lines->text;

	if (facts->count[i] == 0)
		return;
	mw_text_add(text, "- %s: %llu datagram%s. What it does: %s.", mw_fragment_anomaly_names[kinds[i].anomaly],
				(unsigned long long)facts->count[i], facts->count[i] == 1 ? "" : "s", kinds[i].effect);
	lines_end(lines);
	mw_text_add(text, "  The newest: ");
	mw_time_add_rfc3339(text, facts->newest[i].ts_ns);
	mw_text_add(text, " to ");
	mw_address_add_text(text, &facts->newest[i].dst);
	if (facts->newest[i].proto[0] != '\0')
		mw_text_add(text, ", protocol %s", facts->newest[i].proto);
	if (facts->newest[i].ip_id >= 0)
		mw_text_add(text, ", identification %lld", (long long)facts->newest[i].ip_id);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void write_evidence(struct mw_finding *finding, const struct attack_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	for (uint32_t i = 0; i < KINDS; i++)
		line_kind(&lines, facts, i);
	mw_text_add(&lines.text, "- Receivers: ");
	seen_add_text(&lines.text, &facts->receivers, "host", "hosts");
	mw_text_add(&lines.text, ".");
	lines_end(&lines);
}

static void write_alternatives(struct mw_finding *finding, const struct attack_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (facts->busy > 0) {
		mw_text_add(&lines.text, "- Likely here, as this pair sends very many fragments: identifications that come "
								 "again too soon, so that pieces of two datagrams meet (RFC 4963).");
		lines_end(&lines);
	}
	mw_text_add(&lines.text, "- The address can be false: nothing in a fragment proves its sender.");
	lines_end(&lines);
	mw_text_add(&lines.text, "- A test tool or a scanner of your own (nmap -f, fragroute, scapy).");
	lines_end(&lines);
	mw_text_add(&lines.text, "- A broken stack or middlebox, or several hosts behind one translator that use the same "
							 "identification.");
	lines_end(&lines);
	mw_text_add(&lines.text, "- A mirror that mixes two networks with the same addresses.");
	lines_end(&lines);
}

static void write_advice(struct mw_finding *finding, const struct attack_facts *facts)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- Is the sender yours? Find the machine by its MAC address at the switch, not by its IP "
					  "address, and what runs on it.");
	lines_end(&lines);
	mw_text_add(text, "- At the edge: let the firewall reassemble before it filters (pf: scrub; "
					  "Linux with connection tracking does), or drop fragments from there.");
	lines_end(&lines);
	mw_text_add(text, "- Did the receiver crash or restart at these times? Then update it.");
	lines_end(&lines);
	mw_text_add(text, "- See each datagram: midwatchctl show fragments%s.",
				facts->datagrams > 1 ? ", or fragments.csv" : "");
	lines_end(&lines);
}

static void judge(struct mw_finding *finding, const struct attack_facts *facts)
{
	bool honest = facts->busy == facts->datagrams;

	finding->severity = !honest && facts->datagrams >= OFTEN ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = 0;
	for (uint32_t i = 0; i < KINDS; i++) {
		if (facts->count[i] == 0)
			continue;
		if (kinds[i].grave && !honest)
			finding->severity = MW_SEVERITY_WARNING;
		finding->confidence = MW_MAX(finding->confidence, kinds[i].confidence + (facts->count[i] >= OFTEN ? 10 : 0));
	}
	if (!facts->known)
		finding->confidence -= NOBODY_ANSWERS;
	if (honest)
		finding->confidence = MW_MIN(finding->confidence, 40);
}

static void write(struct diagnosis_entry *entry)
{
	const struct attack_facts *facts = (const struct attack_facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->count = (int64_t)facts->datagrams;
	finding->cases = finding->count;
	finding->known = facts->known;
	judge(finding, facts);
	write_subject(finding, facts);
	write_summary(finding, facts);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding, facts);
}

static void add_row(struct attack_facts *facts, const struct mw_fragment_row *row)
{
	uint32_t bits = kinds_of(row);

	if (facts->datagrams++ == 0) {
		facts->sender = row->src;
		facts->receiver = row->dst;
	}
	facts->busy += row->pair_complete >= BUSY_PAIR;
	facts->known |= row->known;
	seen_add(&facts->senders, &row->src, sizeof(row->src));
	seen_add(&facts->receivers, &row->dst, sizeof(row->dst));
	for (uint32_t i = 0; i < KINDS; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		facts->count[i]++;
		facts->newest[i].ts_ns = row->ts_ns;
		facts->newest[i].dst = row->dst;
		facts->newest[i].ip_id = row->ip_id;
		memcpy(facts->newest[i].proto, row->proto, sizeof(facts->newest[i].proto));
	}
}

void frags_write_attack_key(char key[DIAGNOSIS_KEY_BYTES], const struct mw_address *src)
{
	struct mw_text text = mw_text_in(key, DIAGNOSIS_KEY_BYTES);

	if (src != NULL)
		mw_address_add_text(&text, src);
	else
		mw_text_add(&text, "*");
}

/** The finding of src, or that of many when it is NULL; NULL: no memory. */
static struct attack_facts *open_facts(struct mw_diagnosis *diagnosis, const struct mw_address *src, uint64_t first_ns,
									   uint64_t last_ns)
{
	struct diagnosis_entry *entry;
	struct attack_facts *facts;
	char key[DIAGNOSIS_KEY_BYTES];

	frags_write_attack_key(key, src);
	entry = diagnosis_entry(diagnosis, &finding_fragments_attack, key, sizeof(*facts), write, first_ns, last_ns);
	if (entry == NULL)
		return NULL;
	entry->gathers = src == NULL;
	facts = (struct attack_facts *)(void *)entry->facts;
	facts->many = src == NULL;
	return facts;
}

void frags_gather_attack(struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry)
{
	const struct attack_facts *one = (const struct attack_facts *)(const void *)entry->facts;
	struct attack_facts *many = open_facts(diagnosis, NULL, entry->finding.first_ns, entry->finding.last_ns);

	if (many == NULL)
		return;
	if (many->datagrams == 0) {
		many->sender = one->sender;
		many->receiver = one->receiver;
	}
	many->datagrams += one->datagrams;
	many->busy += one->busy;
	many->known |= one->known;
	seen_join(&many->senders, &one->senders);
	seen_join(&many->receivers, &one->receivers);
	for (uint32_t i = 0; i < KINDS; i++) {
		many->count[i] += one->count[i];
		if (one->newest[i].ts_ns > many->newest[i].ts_ns)
			many->newest[i] = one->newest[i];
	}
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_fragment_row *row = data;
	struct attack_facts *facts;

	if (!frags_accuses(row))
		return;
	facts = open_facts(diagnosis, &row->src, row->ts_ns, MW_MAX(row->ts_ns, row->last_ns));
	if (facts != NULL)
		add_row(facts, row);
}

const struct mw_diagnoser diagnose_fragment_attack = {.record = &mw_fragment_record, .row = on_row};
