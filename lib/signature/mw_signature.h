// SPDX-License-Identifier: BSD-3-Clause
// Payload signatures: text files that an operator can add to, compiled into Hyperscan databases at start.
// Neighbours: pipeline/ scans, detectors read the rule of a hit. Only API that Vectorscan has too.
// The control thread loads and frees; any worker reads rules, and scans with a scratch of its own.
#ifndef MW_SIGNATURE_H
#define MW_SIGNATURE_H

#include "mw_base.h"
#include "mw_settings.h"

/** Section "signatures". */
struct mw_signature_settings {
	char directory[MW_SETTING_TEXT_BYTES]; // "": mw_signatures_default_dir()
	bool store; // keep compiled rules for the next run
};
extern const struct mw_settings_module mw_signature_settings_module;

/** The installed rules' directory, or the source tree's where nothing is installed. */
const char *mw_signatures_default_dir(void);

/** What a rule is held against. */
enum mw_signature_on {
	MW_SIGNATURE_ON_RESET, // payload of a TCP segment with RST
	MW_SIGNATURE_ON_SERVICE, // first payloads of a flow
	MW_SIGNATURE_ONS,
};

/** What a hit on a reset means. */
enum mw_signature_means {
	MW_SIGNATURE_MIDDLEBOX, // only a box in the path writes this
	MW_SIGNATURE_BENIGN, // known text of an endpoint's stack
	MW_SIGNATURE_SHOWN, // anybody may send this: named, neither accused nor excused
	MW_SIGNATURE_SERVICE,
};

struct mw_signature_rule {
	char name[48];
	uint8_t on, means;
	uint8_t service; // MW_SIGNATURE_ON_SERVICE: enum mw_service
	uint8_t protocol; // 0 any, 6 TCP, 17 UDP
	char label[64]; // device or stack in words
	char source[96]; // where this is known from
};

struct mw_signatures; // immutable after load; shared by all workers
struct mw_signature_scratch; // one a worker

/** Receives each problem of a signature file. */
typedef void mw_signature_problem_hook(void *context, const char *file, unsigned line, const char *message);

/**
 * Reads every *.sig file of directory in name order and compiles the databases. store is a directory of the caller's,
 * open, where compiled databases are kept for the next run, or -1: what is there is taken when it is whole, of these
 * rules, this Hyperscan and this CPU, and nobody else could have written it; else it is made anew, without a word.
 * @return 0; -EINVAL after reported problems; -ENOMEM; -ENOENT when the directory cannot be read (reported too).
 */
int mw_signatures_load(const char *directory, int store, mw_signature_problem_hook *hook, void *context,
					   struct mw_signatures **signatures);
void mw_signatures_free(struct mw_signatures *signatures);

/** Number of rules, and one of them (index below the count). */
uint32_t mw_signatures_count(const struct mw_signatures *signatures);
const struct mw_signature_rule *mw_signatures_rule(const struct mw_signatures *signatures, uint32_t index);

/** Memory for one worker's scans. @return 0, -ENOMEM. */
int mw_signature_scratch_new(const struct mw_signatures *signatures, struct mw_signature_scratch **scratch);
void mw_signature_scratch_free(struct mw_signature_scratch *scratch);

/**
 * Scans len_bytes bytes. @return index of the first rule (lowest index) that matches and whose protocol fits, or -1.
 * A rule that means MW_SIGNATURE_SHOWN comes after all others.
 */
int mw_signature_scan(const struct mw_signatures *signatures, struct mw_signature_scratch *scratch,
					  enum mw_signature_on on, uint8_t protocol, const uint8_t *bytes, uint32_t len_bytes);

/** False where a scan would find nothing, for far less than it costs; true says nothing. Any worker. */
bool mw_signature_may_match(const struct mw_signatures *signatures, enum mw_signature_on on, uint8_t protocol,
							const uint8_t *bytes, uint32_t len_bytes);

#endif
