// SPDX-License-Identifier: BSD-3-Clause
// What is found about paths that lose large packets, and about senders that do not heed a router's word on it.
// Neighbours: finding.c takes rows and gathers paths of one host; finding_sum.c adds up; finding_hole.c and
// finding_ignored.c write, with advice.c, finding_lines.c, finding_tunnels.c and words.c. Follows RFC 1191, 8201, 4821,
// 8899.
#ifndef PATHS_FINDING_H
#define PATHS_FINDING_H

#include "mw_diagnosis.h"
#include "mw_lines.h"
#include "paths.h"

#define PATHS_SINGLES 32 // findings of one path each, of one kind
#define PATHS_GROUPS  16 // findings of paths with a common host, of one kind
#define PATHS_NEAR    8 // of one host: more are gathered into one finding
#define PATHS_MEMBERS 64 // paths that one finding counts
#define PATHS_UNSURE  50 // below this confidence it is a hint

/** The verdicts, bits of enum mw_path_verdict, that each kind of finding is about. */
#define PATHS_HOLES   (1U << MW_PATH_BLACK_HOLE)
#define PATHS_MERGED  (1U << MW_PATH_MERGED)
#define PATHS_IGNORED (1U << MW_PATH_IGNORED | 1U << MW_PATH_MISADDRESSED)

/** Whom a finding is about. "" stands for several. */
struct paths_place {
	char src[MW_PATH_TEXT_BYTES], dst[MW_PATH_TEXT_BYTES];
};

/** One path of a finding. */
struct paths_member {
	struct mw_path_row row; // the latest that showed it
	bool over; // the latest of all does not show it any more
	uint8_t verdict; // ... and has this one
};

/** Facts of each kind. */
struct paths_facts {
	struct paths_place place;
	uint32_t max, count; // members
	bool more; // there were more paths than members
	struct paths_member members[];
};

/** What a finding's members say together; unknown numbers stay unknown. */
struct paths_sum {
	struct mw_path_row row; // src and dst in words, such as "12 destinations"; reporters: only reporter[]
	const char *from, *to; // where the texts name an address: of one path its ends, of several the common one or NULL
	uint32_t paths, over; // over: do not show it any more
	uint32_t misaddressed, misquoted, upstream; // paths that are so
	bool more; // ... than paths
	bool apart; // their ranges have no size in common: it is not one link
	bool ipv6; // some of it
	bool several_told; // misaddressed reports went to several addresses
	uint8_t verdict; // of a single path that is over: what it is now
};

/** Adds up the members that still show it; when all are over, all. */
struct paths_sum paths_add_up(const struct paths_facts *facts);

/** The key of a place's finding. */
void paths_write_key(const struct paths_place *place, char key[DIAGNOSIS_KEY_BYTES]);

/** The place of one path. */
struct paths_place paths_place_of(const char *src, const char *dst);

/** A known number above 0. */
static inline bool paths_known(int64_t value)
{
	return value > 0; // MW_UNKNOWN_I64 is far below
}

/** True when the whole finding is over. */
static inline bool paths_is_over(const struct paths_sum *sum)
{
	return sum->over > 0 && sum->over == sum->paths;
}

/** Upper bound of the path MTU in bytes; 0 not known. */
int64_t paths_limit(const struct paths_sum *sum);

/** The path MTU in bytes, when it is known to the byte; else 0. */
int64_t paths_exact(const struct paths_sum *sum);

/** The smallest MTU that a router told; 0 none told. index: of which reporter, may be NULL. */
int64_t paths_least_told(const struct mw_path_row *row, uint32_t *index);

/** The bound is less than hosts heed: 576 bytes, with IPv6 1280 (RFC 8201 section 4). */
bool paths_is_implausible(const struct paths_sum *sum);

/** An MSS that fits the path. */
struct paths_clamp {
	int64_t mtu_bytes;
	int64_t mss_bytes; // 0: what is known says none
	bool guessed; // the range is wide: a size that passes nearly anywhere
};
struct paths_clamp paths_clamp_of(const struct paths_sum *sum);

/** The range is so wide that no clamp follows from it. */
bool paths_is_wide(const struct paths_sum *sum);

/** Bytes of the headers of IP and TCP, of IP and ICMP echo or UDP. */
static inline int64_t paths_tcp_bytes(const struct paths_sum *sum)
{
	return sum->ipv6 ? 60 : 40;
}
static inline int64_t paths_echo_bytes(const struct paths_sum *sum)
{
	return sum->ipv6 ? 48 : 28;
}

/** What a link with this MTU usually is, such as "PPPoE (8 bytes)"; NULL when the number says nothing. */
const char *paths_tunnel(int64_t mtu_bytes);

/** Appends "3 connections", "1 connection". */
void paths_add_count(struct mw_text *text, int64_t count, const char *one, const char *many);

/** Appends "the senders" where from is NULL. */
void paths_add_sender(struct mw_text *text, const struct paths_sum *sum);

/** Appends the name of the ICMP message that tells of too large packets. */
void paths_add_report_name(struct mw_text *text, const struct paths_sum *sum);

/** A whole line of words. */
void paths_line_words(struct lines *lines, const char *words);

/** Writes "192.0.2.1 to 198.51.100.7", count and confidence. */
void paths_write_subject(struct mw_finding *finding, const struct paths_sum *sum);

/** Lines that both kinds have. A line of which nothing is known is left out. */
void paths_line_flows(struct lines *lines, const struct paths_sum *sum);
void paths_line_range(struct lines *lines, const struct paths_sum *sum);
void paths_line_mss(struct lines *lines, const struct paths_sum *sum);
void paths_line_tunnel(struct lines *lines, const struct paths_sum *sum);
void paths_line_reporters(struct lines *lines, const struct paths_sum *sum);
void paths_line_retransmits(struct lines *lines, const struct paths_sum *sum);
void paths_line_mirror(struct lines *lines, const struct paths_sum *sum);

/** Which paths, when, and whether it is over. */
void paths_lines_when(struct lines *lines, const struct mw_finding *finding, const struct paths_facts *facts,
					  const struct paths_sum *sum);

/** Facts to texts, severity and confidence. */
void paths_write_hole(struct diagnosis_entry *entry);
void paths_write_ignored(struct diagnosis_entry *entry);
void paths_write_merged(struct diagnosis_entry *entry);

/** What to do. */
void paths_advise_hole(struct mw_finding *finding, const struct paths_sum *sum);
void paths_advise_ignored(struct mw_finding *finding, const struct paths_sum *sum);

#endif
