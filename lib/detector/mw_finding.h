// SPDX-License-Identifier: BSD-3-Clause
// A finding: what happened, to whom, since when, how sure we are, what else it could be, and what to do.
// Neighbours: diagnosers make them from rows; export/ and app/ show them. Names fixed by the interface.
// Control thread.
#ifndef MW_FINDING_H
#define MW_FINDING_H

#include "mw_record.h"

struct diagnosis_entry;
struct mw_diagnoser;
struct mw_diagnosis;
struct mw_evidence_kind;

#define MW_FINDING_EXPLAINS_MAX 8

/** What a finding may be of. Each stands in the list of its detector, and nowhere else. */
struct mw_finding_kind {
	const char *name; // "forged-resets", as the interface has it
	/**
	 * Cause before symptom: of findings of one severity those of a lower rank come first, for they explain the others.
	 * 0 to 1 outages; 2 who uses up what all need; 3 to 4 what is used up or stands between; 5 to 6 what a device or a
	 * path does; 7 to 8 what dies of it; 9 to 10 what users feel; 11 the mirror's own faults.
	 */
	uint8_t rank;
	uint8_t max; // findings of it in the list; 0: as many as there is room for
	const struct mw_diagnoser *diagnoser; // makes them of rows
	/** One gives way to another: tells it in a finding of many. NULL: they are summed (mw_diagnosis_left_out). */
	void (*gather)(struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry);
	const struct mw_evidence_kind *evidence; // which packets show them; NULL: none are kept
	/**
	 * Kinds that it explains where each row of theirs falls into the time of one of its rows, and its families, NULL
	 * after the last: they are told in its evidence, and are no findings of their own.
	 */
	const char *explains[MW_FINDING_EXPLAINS_MAX];
	bool lingers; // what explains it may be over for a minute
};
/** Bits of mw_finding.families. */
enum { MW_FINDING_IPV4 = 1, MW_FINDING_IPV6 = 2, MW_FINDING_4IN6 = 4 };

enum mw_severity { MW_SEVERITY_INFO, MW_SEVERITY_NOTICE, MW_SEVERITY_WARNING, MW_SEVERITY_CRITICAL, MW_SEVERITIES };

/**
 * What a finding rests on when it rests on what was not seen: a mirror that hides packets makes such cases, too.
 * Zeroed: on nothing of that.
 */
struct mw_absence {
	int64_t missing, due; // cases in which what was due was not seen, of all
	uint8_t tries; // of a case: a mirror has to hide all of them
	uint8_t parts; // of a try: hiding one is enough
};

/** One finding; texts are escaped already and may hold newlines except summary. */
struct mw_finding {
	char id[40]; // kind and 8 hex digits of its subject: the same in every run
	const char *kind; // name of its struct mw_finding_kind
	uint8_t severity; // enum mw_severity
	int64_t confidence; // 0 to 100
	char subject[128]; // whom or what it is about
	uint64_t first_ns, last_ns;
	int64_t count;
	int64_t cases; // that show it apart from each other; 0: as many as rows made it
	uint8_t families; // MW_FINDING_*: whose trouble it is; 0: not known, of a cause: any
	bool exact; // its times are those of what failed, and not of intervals
	bool stands; // it knows who did it: no other explains it
	uint8_t explains_not; // bit i: explains[i] of its kind does not follow from this one
	struct mw_absence absence;
	double hides; // of a mirror: share of the packets of its time that it did not show; 0: none
	uint64_t hides_ns; // what it hid lies in so much of each of its times; 0: anywhere in them
	bool known; // what it is about was seen to live: answered, or whole before. Anybody can send the rest
	char summary[320]; // one or two sentences: what happened
	char evidence_file[128]; // "" none
	char evidence[1800]; // lines: what was seen, with numbers
	char alternatives[600]; // lines: what else it could be
	char advice[800]; // lines: what to do next
};

extern const char *const mw_severity_names[MW_SEVERITIES];
extern const struct mw_record mw_finding_record; // findings.csv: the columns of the interface

/**
 * At most findings_max findings, made by diagnosers, which get each row in their order; their list must outlive it.
 * @return 0, -ENOMEM.
 */
int mw_diagnosis_new(const struct mw_diagnoser *const diagnosers[], uint32_t diagnosers_count, uint32_t findings_max,
					 struct mw_diagnosis **diagnosis);
void mw_diagnosis_free(struct mw_diagnosis *diagnosis);

/** Takes a row of any record; rows that concern no finding pass. */
void mw_diagnosis_row(struct mw_diagnosis *diagnosis, const struct mw_record *record, const void *row);

/**
 * Writes the texts anew and sorts: severity, cause before symptom, confidence, what is known to live, time. What
 * another finding explains is left out, and what a mirror that hides packets makes by itself is less sure or left out.
 * The pointers live until the next call.
 */
uint32_t mw_diagnosis_findings(struct mw_diagnosis *diagnosis, const struct mw_finding *const **findings);

/** The finding with this id (or a unique beginning of it), or NULL. Call mw_diagnosis_findings before. */
const struct mw_finding *mw_diagnosis_find(struct mw_diagnosis *diagnosis, const char *id);

/**
 * What the rows behind a finding of a diagnosis have in common, as its diagnoser has it: of forged resets the cluster,
 * or the origin's name where there is none.
 */
const char *mw_finding_key(const struct mw_finding *finding);

/** What it is of. The finding must be one of a diagnosis. */
const struct mw_finding_kind *mw_finding_kind_of(const struct mw_finding *finding);

/** True when rows came to this finding of the diagnosis since this was asked last. */
bool mw_diagnosis_news(struct mw_diagnosis *diagnosis, const struct mw_finding *finding);

/** Names the capture file that proves the finding with this id, relative to the output directory. */
void mw_diagnosis_set_evidence(struct mw_diagnosis *diagnosis, const char *id, const char *file);

/** Findings of one kind that gave way to others: what is worth least, of the kind that has most (mw_worth.h). */
struct mw_left_out {
	const struct mw_finding_kind *kind;
	uint64_t count;
	int64_t confidence_low, confidence_high;
};

/** A list of those of each kind, which lives as long as the diagnosis. @return its length. */
uint32_t mw_diagnosis_left_out(const struct mw_diagnosis *diagnosis, const struct mw_left_out **left_out);

/** Forgets all findings. */
void mw_diagnosis_clear(struct mw_diagnosis *diagnosis);

#endif
