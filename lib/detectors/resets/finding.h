// SPDX-License-Identifier: BSD-3-Clause
// What the forged resets of one device have in common.
// Neighbours: finding.c gathers; finding_text.c, finding_evidence.c, finding_cause.c and advice.c write, with
// words.c.
#ifndef RESETS_FINDING_H
#define RESETS_FINDING_H

#include "mw_diagnosis.h"
#include "mw_lines.h"
#include "resets.h"
#include "cause.h"
#include "mw_seen.h"
#include "texts.h"

#define RESETS_CAUSES      8
#define RESETS_CAUSE_BYTES 96
#define RESETS_SERVERS     3 // named one by one
#define RESETS_HABITS      4
#define RESETS_HOPS_MAX    32 // no path is longer: such a TTL did not start at a usual value

struct resets_cause {
	char text[RESETS_CAUSE_BYTES]; // escaped, shortened
	const char *meaning;
	uint64_t episodes;
	uint8_t group;
	bool peer;
};

struct resets_habit {
	char label[sizeof(((struct mw_reset_row *)0)->habit)];
	uint64_t episodes;
};

struct resets_range {
	int64_t low, high;
	uint64_t episodes;
};

/** What one MAC address stands for: the sender of resets that came from another device than the real packets. */
struct resets_mac {
	uint8_t bytes[6];
	bool known;
	bool several; // there were others
};

/** The earliest episode. */
struct resets_example {
	uint64_t ts_ns;
	struct mw_address src, dst;
	int64_t sport, dport;
};

/** One device; or, of those that cannot be told apart, one way of forging. */
struct resets_facts {
	uint64_t episodes, resets;
	char cluster[MW_MIDDLEBOX_ID_BYTES]; // "" when it is a way of forging
	uint64_t origins[MW_MIDDLEBOX_ORIGINS]; // episodes of each
	uint64_t named[MW_RESET_SIDES]; // episodes that name the client, the server
	struct seen connections, clients, servers, named_addresses;
	struct mw_address server[RESETS_SERVERS]; // the first ones
	struct resets_example example;
	bool ipv6; // some of it

	char label[64]; // of the text
	char device[48];
	bool devices; // several places in one build
	char payload[MW_RESET_TEXT_BYTES]; // the first
	bool payloads; // others read differently
	struct resets_texts texts; // that no signature knows
	char template[sizeof(((struct mw_reset_row *)0)->template)];
	struct resets_cause causes[RESETS_CAUSES];
	uint32_t causes_count;
	uint64_t other_causes; // episodes

	uint64_t near; // episodes that started on this very link
	struct resets_range hops; // routers from the device to this tap, of episodes that tell it
	struct resets_range ttl, ttl_expected, hops_expected; // of episodes with another TTL than the real packets
	struct resets_range ip_id, window; // of all
	struct resets_range silence_ms; // of connections both ends of which were reset at once
	uint64_t soonest_ns, soonest_rtt_ns; // of the episode that came soonest against its round trip; 0 unknown
	double soonest_fraction;
	struct resets_mac mac;
	struct resets_habit habits[RESETS_HABITS];

	uint64_t evidence[MW_RESET_EVIDENCES]; // episodes with each
	uint64_t stages[MW_RESET_STAGES];
	uint64_t patterns[MW_RESET_PATTERNS];
	uint64_t one_way, lossy, no_baseline; // episodes where the mirror left us in doubt
	int64_t confidence; // the highest
};

/** True when a text in the resets names what kind of device wrote them. */
static inline bool resets_has_text(const struct resets_facts *facts)
{
	return facts->evidence[MW_RESET_EVIDENCE_PAYLOAD_SIGNATURE] > 0;
}

/** True when most of them start on this very link. */
static inline bool resets_is_near(const struct resets_facts *facts)
{
	return facts->near * 2 > facts->episodes;
}

/** True when most of them come from another device on this link than the real packets do. */
static inline bool resets_is_neighbour(const struct resets_facts *facts)
{
	return facts->evidence[MW_RESET_EVIDENCE_MAC_CHANGE] * 2 > facts->episodes;
}

/** Where they come from, as far as they show it: enum mw_middlebox_origin. */
uint8_t resets_origin(const struct resets_facts *facts);

/** Appends "on this very link", "5 routers from this tap"; nothing when it is not known. @return true when known. */
bool resets_add_distance(struct mw_text *text, const struct resets_facts *facts);

/** Appends the MAC address of their sender. */
void resets_add_mac(struct mw_text *text, const struct resets_facts *facts);

/** Appends "9 of 10", "all 10", "both", or "this one" when there is only one episode. */
void resets_add_share(struct mw_text *text, const struct resets_facts *facts, uint64_t episodes);

/** Appends a time without its fraction: nobody looks for microseconds in a carrier's log. */
void resets_add_second(struct mw_text *text, uint64_t time_ns);

/** A line with the text that they carry, if any. */
void resets_add_payload(struct lines *lines, const struct resets_facts *facts);

/** A line for each of the most frequent causes that the text names. */
void resets_add_causes(struct lines *lines, const struct resets_facts *facts);

/** Appends "192.0.2.1 port 443". */
void resets_add_end(struct mw_text *text, const struct mw_address *address, int64_t port);

/** A row of a host whose address another one on its link has, too. */
void resets_conflict_row(struct mw_diagnosis *diagnosis, const struct mw_reset_row *row);

/** A row that nothing but an unknown text accuses: its finding accuses nobody. */
void resets_texts_row(struct mw_diagnosis *diagnosis, const struct mw_reset_row *row);

/** Facts to texts, severity and confidence. */
void resets_write(struct diagnosis_entry *entry);

/** The finding's evidence: what was seen, with numbers, and how sure it is. */
void resets_write_evidence(struct mw_finding *finding, const struct resets_facts *facts);

/** What else it could be. */
void resets_write_alternatives(struct mw_finding *finding, const struct resets_facts *facts);

/** What to do. */
void resets_write_advice(struct mw_finding *finding, const struct resets_facts *facts);

#endif
