// SPDX-License-Identifier: BSD-3-Clause
// A finding: what happened, to whom, since when, how sure we are, what else it could be, and what to do.
// Neighbours: diagnosers make them from rows; export/ and app/ show them. Names fixed by the interface.
#ifndef MW_FINDING_H
#define MW_FINDING_H

#include "mw_record.h"

// clang-format off
/** X(symbol, name) */
#define MW_FINDING_KINDS_TABLE(X)                                                                                      \
	X(FORGED_RESETS, "forged-resets") X(TRANSPARENT_PROXY, "transparent-proxy") X(NAT_EXHAUSTION, "nat-exhaustion")    \
	X(NAT_RISK, "nat-risk") X(NAT_CHURNER, "nat-churner") X(MAP_E_FIRST_BLOCK, "map-e-first-block-only")               \
	X(FRAGMENTS_LOST, "fragments-lost") X(FRAGMENT_ATTACK, "fragment-attack")                                          \
	X(PATH_MTU_BLACK_HOLE, "path-mtu-black-hole") X(ICMP_TOO_BIG_IGNORED, "icmp-too-big-ignored")                      \
	X(IKE_AUTH_LOST, "ike-auth-lost") X(OUTAGE, "outage") X(OUTAGE_PATTERN, "outage-pattern")                          \
	X(DNS_FAILING, "dns-failing") X(FAMILY_DEGRADED, "family-degraded") X(MIRROR_LOSSY, "mirror-lossy")                \
	X(MIRROR_ONE_WAY, "mirror-one-way") X(MIRROR_DUPLICATED, "mirror-duplicated")
// clang-format on

enum mw_finding_kind {
#define X(symbol, name) MW_FINDING_##symbol,
	MW_FINDING_KINDS_TABLE(X)
#undef X
		MW_FINDING_KINDS
};

enum mw_severity { MW_SEVERITY_INFO, MW_SEVERITY_NOTICE, MW_SEVERITY_WARNING, MW_SEVERITY_CRITICAL, MW_SEVERITIES };

/** One finding; texts are escaped already and may hold newlines except summary. */
struct mw_finding {
	char id[40]; // kind and 8 hex digits of its subject: the same in every run
	uint8_t kind; // enum mw_finding_kind
	uint8_t severity; // enum mw_severity
	int64_t confidence; // 0 to 100
	char subject[128]; // whom or what it is about
	uint64_t first_ns, last_ns;
	int64_t count;
	char summary[320]; // one or two sentences: what happened
	char evidence_file[128]; // "" none
	char evidence[1800]; // lines: what was seen, with numbers
	char alternatives[600]; // lines: what else it could be
	char advice[800]; // lines: what to do next
};

extern const char *const mw_finding_kind_names[MW_FINDING_KINDS];
extern const char *const mw_severity_names[MW_SEVERITIES];
extern const struct mw_record mw_finding_record; // findings.csv: the columns of the interface

struct mw_diagnosis;
struct diagnoser;

/**
 * At most findings_max findings, made by diagnosers, which get each row in their order; their list must outlive it.
 * @return 0, -ENOMEM.
 */
int mw_diagnosis_new(const struct diagnoser *const diagnosers[], uint32_t diagnosers_count, uint32_t findings_max,
					 struct mw_diagnosis **diagnosis);
void mw_diagnosis_free(struct mw_diagnosis *diagnosis);

/** Takes a row of any record; rows that concern no finding pass. */
void mw_diagnosis_row(struct mw_diagnosis *diagnosis, const struct mw_record *record, const void *row);

/** Writes the texts anew and sorts: severity, cause before symptom, time. The pointers live until the next call. */
uint32_t mw_diagnosis_findings(struct mw_diagnosis *diagnosis, const struct mw_finding *const **findings);

/** The finding with this id (or a unique beginning of it), or NULL. Call mw_diagnosis_findings before. */
const struct mw_finding *mw_diagnosis_find(struct mw_diagnosis *diagnosis, const char *id);

/**
 * What the rows behind a finding of a diagnosis have in common, as its diagnoser has it: of forged resets the cluster,
 * or the origin's name where there is none.
 */
const char *mw_finding_key(const struct mw_finding *finding);

/** Names the capture file that proves the finding with this id, relative to the output directory. */
void mw_diagnosis_set_evidence(struct mw_diagnosis *diagnosis, const char *id, const char *file);

/** Rows that found no room for a finding, and findings of one row that gave way to others. */
uint64_t mw_diagnosis_dropped(const struct mw_diagnosis *diagnosis);

/** Forgets all findings. */
void mw_diagnosis_clear(struct mw_diagnosis *diagnosis);

#endif
