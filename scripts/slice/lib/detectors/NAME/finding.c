// SPDX-License-Identifier: BSD-3-Clause
// Rows to findings: a host that sends many ICMP errors. A row tells of the whole run, so the latest one stands.
// Neighbours: NAME.h; mw_diagnosis.h keeps the entries, mw_finding.h has the texts.
#include <inttypes.h>
#include <string.h>

#include "NAME.h"
#include "mw_time.h"

/** A few errors are what every network answers now and then. */
#define ERRORS_LEAST 10
/** Anybody may write an ICMP error and any address in it. */
#define CONFIDENCE 70

static void write_evidence(struct mw_finding *finding, const struct NAME_row *row)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- %" PRId64 " ICMP errors bear its address, from ", row->errors);
	mw_time_add_rfc3339(&text, row->first_ns);
	mw_text_add(&text, " to ");
	mw_time_add_rfc3339(&text, row->last_ns);
	mw_text_add(&text, ".\n- The latest is of type %" PRId64 ", code %" PRId64 ".\n", row->type, row->code);
}

static void write_alternatives(struct mw_finding *finding)
{
	struct mw_text text = mw_text_in(finding->alternatives, sizeof(finding->alternatives));

	mw_text_add(&text, "- Somebody scans or traces routes through it: then the errors are the right answer.\n"
					   "- Another host writes its address into the errors.\n");
}

static void write_advice(struct mw_finding *finding)
{
	struct mw_text text = mw_text_in(finding->advice, sizeof(finding->advice));

	mw_text_add(&text, "- Look up type and code in IANA's list of ICMP parameters: they name the reason.\n"
					   "- Look at the packets that the errors quote: whoever sent them does not get through.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct NAME_row *row = (const struct NAME_row *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));

	finding->severity = MW_SEVERITY_NOTICE;
	finding->confidence = CONFIDENCE;
	finding->count = row->errors;
	mw_address_add_text(&subject, &row->sender);
	mw_text_add(&summary, "%s sent %" PRId64 " ICMP errors: packets did not reach their end.", finding->subject,
				row->errors);
	write_evidence(finding, row);
	write_alternatives(finding);
	write_advice(finding);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_finding_kind *kind = &NAME_finding;
	const struct NAME_row *row = data;
	char key[DIAGNOSIS_KEY_BYTES];
	struct mw_text text = mw_text_in(key, sizeof(key));
	struct diagnosis_entry *entry;

	if (row->errors < ERRORS_LEAST)
		return;
	mw_address_add_text(&text, &row->sender);
	entry = diagnosis_entry(diagnosis, kind, key, sizeof(*row), write, row->first_ns, row->last_ns);
	if (entry != NULL)
		memcpy(entry->facts, row, sizeof(*row));
}

const struct mw_diagnoser NAME_diagnoser = {.record = &NAME_record, .row = on_row};
