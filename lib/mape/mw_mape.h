// SPDX-License-Identifier: BSD-3-Clause
// MAP-E arithmetic: port sets, from a rule and a prefix to a line, from ports back to the set, CE addresses, rules.
// Neighbours: detectors/nat/ (lines), app/ (`map-e calc`, `map-e infer`). Follows RFC 7597 sections 5 and 6.
// Any thread. What is written to belongs to one thread at a time.
#ifndef MW_MAPE_H
#define MW_MAPE_H

#include "mw_address.h"
#include "mw_settings.h"

#define MW_MAPE_PORT_BITS 16

/** What can be wrong with a port set, a rule or a prefix. */
enum mw_mape_problem {
	MW_MAPE_GOOD,
	MW_MAPE_OFFSET_TOO_LONG, // offset beyond 15 bits
	MW_MAPE_PSID_TOO_LONG, // offset and PSID beyond 16 bits
	MW_MAPE_PSID_TOO_LARGE, // no number of psid_bits bits
	MW_MAPE_RULE6_NOT_IPV6,
	MW_MAPE_RULE4_NOT_IPV4,
	MW_MAPE_EA_TOO_SHORT, // the EA bits do not fill up the IPv4 address: a line gets an IPv4 prefix; not done here
	MW_MAPE_EA_TOO_LONG, // rule prefix and EA bits beyond 64 bits
	MW_MAPE_PREFIX_NOT_IPV6,
	MW_MAPE_PREFIX_TOO_SHORT, // does not reach the end of the EA bits
	MW_MAPE_PREFIX_ELSEWHERE, // not within the rule's prefix
	MW_MAPE_PROBLEMS,
};

/** A sentence about the problem, "" for MW_MAPE_GOOD. */
const char *mw_mape_problem_text(enum mw_mape_problem problem);

/**
 * How a port is cut, RFC 7597 section 5.1: offset_bits bits A, psid_bits bits PSID, the rest j. With offset_bits > 0
 * the ports with A = 0 belong to nobody. psid_bits = 0: the address is not shared, the set is every port (section 5.2).
 */
struct mw_mape_layout {
	uint8_t offset_bits, psid_bits;
};

struct mw_mape_set {
	struct mw_mape_layout layout;
	uint16_t psid;
};

struct mw_mape_range {
	uint16_t first, last; // inclusive
};

/** MW_MAPE_GOOD, or one of the first three problems. The other functions want a good set or layout. */
enum mw_mape_problem mw_mape_set_check(const struct mw_mape_set *set);

/** How many lines share an address: 2^psid_bits. */
uint32_t mw_mape_ratio(struct mw_mape_layout layout);
/** Ranges a set has, ports a range has, ports in all. */
uint32_t mw_mape_ranges(struct mw_mape_layout layout);
uint32_t mw_mape_range_ports(struct mw_mape_layout layout);
uint32_t mw_mape_ports(struct mw_mape_layout layout);

/** The index-th range, index below mw_mape_ranges; the first of range 0 is the lowest port of the set. */
struct mw_mape_range mw_mape_range_at(const struct mw_mape_set *set, uint32_t index);

/** The PSID bits of a port; what it means for ports with A = 0 is up to the caller. */
uint16_t mw_mape_psid_of(struct mw_mape_layout layout, uint16_t port);
bool mw_mape_holds(const struct mw_mape_set *set, uint16_t port);

/** A basic mapping rule. */
struct mw_mape_rule {
	char service[48];
	char source[192]; // where this is known from
	struct mw_prefix rule6;
	struct mw_prefix rule4; // as mw_address has it: 10.0.0.0/8 is 104 bits long
	struct mw_address br; // border relay; ::, when not known
	uint8_t ea_bits, offset_bits;
};

/** PSID length of a good rule: EA bits that the IPv4 address leaves over. */
uint8_t mw_mape_rule_psid_bits(const struct mw_mape_rule *rule);
enum mw_mape_problem mw_mape_rule_check(const struct mw_mape_rule *rule);

/** What a rule gives to one line. */
struct mw_mape_line {
	struct mw_address ipv4;
	struct mw_mape_set set;
	struct mw_prefix prefix6; // the line's, as long as rule prefix and EA bits
	struct mw_address ce_rfc7597; // RFC 7597 section 6: 0000 IPv4 PSID behind the prefix that was given
	struct mw_address ce_draft03; // draft-ietf-softwire-map-03, in use in Japan: 00 IPv4 PSID 00 behind prefix6
};

/**
 * Computes the line of an end-user prefix (any address within will do too).
 * @return MW_MAPE_GOOD and *line, or what is wrong with rule or prefix.
 */
enum mw_mape_problem mw_mape_calc(const struct mw_mape_rule *rule, const struct mw_prefix *prefix,
								  struct mw_mape_line *line);

/** Where a CE address holds the IPv4 address and the PSID. */
enum mw_mape_form { MW_MAPE_FORM_RFC7597, MW_MAPE_FORM_DRAFT03, MW_MAPE_FORMS };
extern const char *const mw_mape_form_names[MW_MAPE_FORMS];

struct mw_mape_ce {
	enum mw_mape_form form;
	struct mw_address ipv4;
	uint16_t psid;
};

/**
 * Reads IPv4 address and PSID out of the interface identifier of a CE's IPv6 address. The forms exclude each other: the
 * octet that is 0 in one holds the first octet of the IPv4 address in the other.
 * @return false when it has neither form, or the IPv4 address is none that a host may have (0/8, 127/8, from 224 on).
 * True proves little by itself: one in 65,536 random identifiers looks so. mw_mape_ce_judge proves it.
 */
bool mw_mape_ce_read(const struct mw_address *address, struct mw_mape_ce *ce);

enum mw_mape_ce_fit {
	MW_MAPE_CE_FITS,
	MW_MAPE_CE_OTHER_ADDRESS, // inner source is another: no CE address after all, or an inner source that is wrong
	MW_MAPE_CE_OTHER_PORT, // the address is the CE's, the port is outside its set
};

/** Holds the source of an inner packet, sent by the CE, against what its address says. */
enum mw_mape_ce_fit mw_mape_ce_judge(const struct mw_mape_ce *ce, struct mw_mape_layout layout,
									 const struct mw_address *source, uint16_t port);

/** Outside ports of one line, in 32 bytes however many there are. All zero is empty. */
struct mw_mape_seen {
	uint64_t high_seen, low_seen; // a bit for each value of the first and the last six bits of a port
	uint32_t adds;
	uint16_t or_bits, and_bits; // constant bits are those in which these agree
	uint16_t lowest;
};

/** Adds one port; once a mapping, not once a packet, lets adds say how busy the line was. */
void mw_mape_seen_add(struct mw_mape_seen *seen, uint16_t port);
/** Adds what another saw: the same as adding all its ports. */
void mw_mape_seen_merge(struct mw_mape_seen *seen, const struct mw_mape_seen *other);

/** Different ports seen, at least; exact while all are within one aligned block of 64. */
uint32_t mw_mape_seen_ports(const struct mw_mape_seen *seen);
/** Different values of A seen under a layout; of its first six bits where it is longer. */
uint32_t mw_mape_seen_ranges(const struct mw_mape_seen *seen, struct mw_mape_layout layout);
/** True when every port could be of one set of this layout; *set is that one. False when nothing was seen. */
bool mw_mape_seen_fits(const struct mw_mape_seen *seen, struct mw_mape_layout layout, struct mw_mape_set *set);
/** The usual layout under which all ports carry this PSID, as a CE address gives it; false: none does. */
bool mw_mape_seen_layout(const struct mw_mape_seen *seen, uint16_t psid, struct mw_mape_layout *layout);

#define MW_MAPE_PORTS_TEXT_MAX 65536 // ports in one text

/**
 * Adds the ports of a text such as "7296-7311,11392": ranges and single ports, commas or blanks between them.
 * @return 0; -EINVAL with the reason appended to why: not a port, a range from high to low, an empty text, or more than
 * MW_MAPE_PORTS_TEXT_MAX ports.
 */
int mw_mape_seen_parse(struct mw_mape_seen *seen, const char *chars, struct mw_text *why);

#define MW_MAPE_USUAL_LAYOUTS   4
#define MW_MAPE_CHANCE_MAX      1e-3 // a pattern more likely by chance than this is none
#define MW_MAPE_BLOCK_PORTS_MIN 12 // different ports from which one block is worth a word

/** Layouts of services, and what else operators choose. */
extern const struct mw_mape_layout mw_mape_usual_layouts[MW_MAPE_USUAL_LAYOUTS];

enum mw_mape_verdict {
	MW_MAPE_TOO_FEW, // ports to decide
	MW_MAPE_NO_PATTERN,
	MW_MAPE_ONE_BLOCK, // many ports, all in one block: the first of a set, or ports handed out in order
	MW_MAPE_PATTERN, // one port set
	MW_MAPE_VERDICTS,
};
extern const char *const mw_mape_verdict_names[MW_MAPE_VERDICTS];

/**
 * A layout that fits as well; chance: that a set of this layout, its ports taken at random, would show the bits of the
 * one preferred.
 */
struct mw_mape_alternative {
	struct mw_mape_set set;
	double chance;
};

struct mw_mape_judgement {
	enum mw_mape_verdict verdict;
	struct mw_mape_set set; // PATTERN
	bool usual; // PATTERN: one of mw_mape_usual_layouts
	uint32_t
		ranges; // different ranges of the set seen; NO_PATTERN and TOO_FEW: of the longest run of constant bits, or 0
	uint32_t ports; // different ports seen, at least
	struct mw_mape_range block; // ONE_BLOCK: the smallest aligned block with all ports
	/**
	 * That unrelated ports share as many neighbouring bits: (17 - k) * 2^-(k (n - 1)) for the longest run of k constant
	 * bits that begins behind a bit that changes, n values of the bits before it. Ports within one range count once: a
	 * host takes neighbouring ports in order. 17 - k is the number of places for k bits in 16. At most 1.
	 */
	double chance;
	struct mw_mape_alternative alternatives[MW_MAPE_USUAL_LAYOUTS];
	uint32_t alternatives_count;
};

/** Judges what was seen so far; may be asked again after more ports, though each time anew takes the chance. */
void mw_mape_seen_judge(const struct mw_mape_seen *seen, struct mw_mape_judgement *judgement);

struct mw_mape_rules; // immutable after load

/**
 * Reads a file of rules (config/mape/rules.yaml says how one looks). Every problem goes to the hook (may be NULL), with
 * line and column from 1.
 * @return 0 and *rules (free with mw_mape_rules_free); -EINVAL after problems; -ENOMEM; -errno when path cannot be read
 * (-EFBIG beyond MW_SETTINGS_FILE_BYTES_MAX), reported too.
 */
int mw_mape_rules_load(const char *path, mw_settings_problem_hook *hook, void *context, struct mw_mape_rules **rules);
/** As above, for len_bytes of YAML in memory that problems call name. @return 0; -EINVAL after problems; -ENOMEM. */
int mw_mape_rules_load_text(const char *name, const char *yaml, size_t len_bytes, mw_settings_problem_hook *hook,
							void *context, struct mw_mape_rules **rules);
void mw_mape_rules_free(struct mw_mape_rules *rules);

/** The installed file, or the source tree's where nothing is installed. */
const char *mw_mape_rules_default_path(void);

/** Number of rules, and one of them (index below the count), the longest IPv6 prefix first. */
uint32_t mw_mape_rules_count(const struct mw_mape_rules *rules);
const struct mw_mape_rule *mw_mape_rules_at(const struct mw_mape_rules *rules, uint32_t index);

/**
 * The next rule whose IPv6 prefix holds address, the longest prefix first; after NULL is the first.
 * @return NULL when there is none (any more).
 */
const struct mw_mape_rule *mw_mape_rules_find(const struct mw_mape_rules *rules, const struct mw_address *address,
											  const struct mw_mape_rule *after);

#endif
