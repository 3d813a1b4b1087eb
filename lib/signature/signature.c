// SPDX-License-Identifier: BSD-3-Clause
// Directory of rules -> Hyperscan databases -> scans. Block mode; only calls that Vectorscan has too.
// Neighbours: rules.c reads the text, compile.c and stored.c make databases of it, prefilter.c spares most payloads the
// scan, pipeline/ scans.
#include "signature.h"

#include <dirent.h>
#include <errno.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "prefilter.h"
#include "stored.h"

/** Each has its own prefilter: a payload is only held against what its protocol can match. */
static const uint8_t prefilter_protocols[] = {0, 6, 17}; // 0: the others
#define PREFILTER_PROTOCOLS MW_ARRAY_SIZE(prefilter_protocols)

struct mw_signatures {
	struct rules_set set;
	hs_database_t *databases[MW_SIGNATURE_ONS]; // NULL: no rule of this kind
	struct prefilter prefilters[MW_SIGNATURE_ONS][PREFILTER_PROTOCOLS];
	const struct prefilter *by_protocol[MW_SIGNATURE_ONS][256];
	hs_scratch_t *prototype; // workers clone it
	bool stored; // the databases are those of a run before
};

struct mw_signature_scratch {
	hs_scratch_t *hs;
};

/** A load under way. */
struct load {
	struct mw_signatures *signatures;
	mw_signature_problem_hook *hook;
	void *context;
};

static void report(struct load *load, const char *file, unsigned line, const char *message)
{
	load->signatures->set.problems++;
	load->hook(load->context, file, line, message);
}

static int is_rule_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 4, ".sig") == 0;
}

/** By bytes, not by locale: the order of rules is the same everywhere. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_file(struct load *load, const char *path)
{
	char *chars = malloc(RULES_FILE_BYTES + 1);
	FILE *file;
	size_t count;
	int result = -ENOMEM;

	if (chars == NULL)
		return result;
	file = fopen(path, "re");
	count = file != NULL ? fread(chars, 1, RULES_FILE_BYTES + 1, file) : 0;
	if (file == NULL || ferror(file)) {
		report(load, path, 0, strerror(errno));
		result = 0;
	} else {
		result = rules_parse(&load->signatures->set, path, chars, count, load->hook, load->context);
	}
	if (file != NULL)
		fclose(file);
	free(chars);
	return result;
}

static int read_directory(struct load *load, const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_rule_file, compare_names);
	int result = 0;

	if (count < 0) {
		report(load, directory, 0, strerror(errno));
		return -ENOENT;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];

		if (snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name) >= (int)sizeof(path))
			report(load, directory, 0, "path is too long");
		else if (result == 0)
			result = read_file(load, path);
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int build_prefilter(struct mw_signatures *signatures, uint8_t on, uint32_t protocol)
{
	const struct rules_set *set = &signatures->set;
	struct prefilter_expression *expressions = calloc(set->patterns_count + 1, sizeof(*expressions));
	uint32_t count = 0;
	int result;

	if (expressions == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->patterns_count; i++) {
		const struct mw_signature_rule *rule = &set->rules[set->patterns[i].rule];

		if (rule->on == on && (rule->protocol == 0 || rule->protocol == prefilter_protocols[protocol]))
			expressions[count++] = (struct prefilter_expression){set->patterns[i].regex, set->patterns[i].width_min};
	}
	result = prefilter_build(&signatures->prefilters[on][protocol], expressions, count);
	free(expressions);
	return result;
}

static int build_prefilters(struct mw_signatures *signatures)
{
	int result = 0;

	for (uint8_t on = 0; on < MW_SIGNATURE_ONS; on++) {
		for (uint32_t i = 0; i < 256; i++)
			signatures->by_protocol[on][i] = &signatures->prefilters[on][0];
		for (uint32_t i = 0; i < PREFILTER_PROTOCOLS && result == 0; i++) {
			signatures->by_protocol[on][prefilter_protocols[i]] = &signatures->prefilters[on][i];
			result = build_prefilter(signatures, on, i);
		}
	}
	return result;
}

// Scratch memory is written by its worker: no line of it may be another's as well.
static void *take_lines(size_t bytes)
{
	return aligned_alloc(MW_CACHE_LINE_BYTES,
						 (bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES);
}

// Compiling takes most of the time that a short capture needs: what a run before has kept spares it.
static int make_databases(struct load *load, int store)
{
	struct mw_signatures *signatures = load->signatures;
	int result = 0;

	signatures->stored = signatures->set.problems == 0 && stored_read(store, &signatures->set, signatures->databases);
	if (!signatures->stored) {
		result = compile_rules(&signatures->set, load->hook, load->context, signatures->databases);
		if (result == 0)
			stored_write(store, &signatures->set, signatures->databases);
	}
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS && result == 0; on++) {
		if (signatures->databases[on] != NULL &&
			hs_alloc_scratch(signatures->databases[on], &signatures->prototype) != HS_SUCCESS)
			result = -ENOMEM;
	}
	return result;
}

int mw_signatures_load(const char *directory, int store, mw_signature_problem_hook *hook, void *context,
					   struct mw_signatures **signatures)
{
	struct load load = {.hook = hook, .context = context, .signatures = calloc(1, sizeof(**signatures))};
	int result;

	if (load.signatures == NULL)
		return -ENOMEM;
	hs_set_scratch_allocator(take_lines, free);
	result = read_directory(&load, directory);
	if (result == 0)
		result = make_databases(&load, store);
	if (result == 0)
		result = build_prefilters(load.signatures);
	if (result != 0) {
		mw_signatures_free(load.signatures);
		return result;
	}
	*signatures = load.signatures;
	return 0;
}

bool signatures_were_stored(const struct mw_signatures *signatures)
{
	return signatures->stored;
}

void mw_signatures_free(struct mw_signatures *signatures)
{
	if (signatures == NULL)
		return;
	for (uint32_t on = 0; on < MW_SIGNATURE_ONS; on++)
		hs_free_database(signatures->databases[on]);
	hs_free_scratch(signatures->prototype);
	rules_free(&signatures->set);
	free(signatures);
}

uint32_t mw_signatures_count(const struct mw_signatures *signatures)
{
	return signatures->set.rules_count;
}

const struct mw_signature_rule *mw_signatures_rule(const struct mw_signatures *signatures, uint32_t index)
{
	return &signatures->set.rules[index];
}

int mw_signature_scratch_new(const struct mw_signatures *signatures, struct mw_signature_scratch **scratch)
{
	struct mw_signature_scratch *mine = calloc(1, sizeof(*mine));

	if (mine == NULL)
		return -ENOMEM;
	if (signatures->prototype != NULL && hs_clone_scratch(signatures->prototype, &mine->hs) != HS_SUCCESS) {
		free(mine);
		return -ENOMEM;
	}
	*scratch = mine;
	return 0;
}

void mw_signature_scratch_free(struct mw_signature_scratch *scratch)
{
	if (scratch == NULL)
		return;
	hs_free_scratch(scratch->hs);
	free(scratch);
}

/** The best hit of a scan so far. */
struct hit {
	const struct mw_signature_rule *rules;
	uint8_t protocol;
	int best;
};

/** True when rule a tells more than rule b: what is only shown stands behind all others, whatever file it is in. */
static bool comes_first(const struct mw_signature_rule *rules, int a, int b)
{
	bool a_shown = rules[a].means == MW_SIGNATURE_SHOWN, b_shown = rules[b].means == MW_SIGNATURE_SHOWN;

	return a_shown != b_shown ? b_shown : a < b;
}

static int on_match(unsigned rule, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct hit *hit = context;
	uint8_t wanted = hit->rules[rule].protocol;

	(void)from, (void)to, (void)flags;
	if ((wanted == 0 || wanted == hit->protocol) && (hit->best < 0 || comes_first(hit->rules, (int)rule, hit->best)))
		hit->best = (int)rule;
	return 0;
}

int signature_scan_unfiltered(const struct mw_signatures *signatures, struct mw_signature_scratch *scratch,
							  enum mw_signature_on on, uint8_t protocol, const uint8_t *bytes, uint32_t len_bytes)
{
	struct hit hit = {.rules = signatures->set.rules, .protocol = protocol, .best = -1};

	if (signatures->databases[on] == NULL || len_bytes == 0)
		return -1;
	hs_scan(signatures->databases[on], (const char *)bytes, len_bytes, 0, scratch->hs, on_match, &hit);
	return hit.best;
}

int mw_signature_scan(const struct mw_signatures *signatures, struct mw_signature_scratch *scratch,
					  enum mw_signature_on on, uint8_t protocol, const uint8_t *bytes, uint32_t len_bytes)
{
	if (MW_LIKELY(!prefilter_passes(signatures->by_protocol[on][protocol], bytes, len_bytes)))
		return -1;
	return signature_scan_unfiltered(signatures, scratch, on, protocol, bytes, len_bytes);
}

bool mw_signature_may_match(const struct mw_signatures *signatures, enum mw_signature_on on, uint8_t protocol,
							const uint8_t *bytes, uint32_t len_bytes)
{
	return prefilter_passes(signatures->by_protocol[on][protocol], bytes, len_bytes);
}
