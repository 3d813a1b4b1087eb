// SPDX-License-Identifier: BSD-3-Clause
// Findings to files: which subjects, the second reading, packets in order with their comments, under the finding's id.
// Neighbours: evidence/write.h; export/ has the format.
#include "evidence/write.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "engine.h"
#include "mw_evidence_kind.h"
#include "mw_log.h"
#include "mw_pcapng.h"

#define PLACES      (MW_EVIDENCE_SUBJECTS * MW_EVIDENCE_PLACES_MAX) // packets of a file
#define LINKS       8u // link types of a file
#define SPARE_BYTES (1u << 20) // of the disk: results come before evidence

_Static_assert(MW_PCAPNG_PACKET_BYTES(1, MW_EVIDENCE_COMMENT_BYTES) <= MW_EVIDENCE_PACKET_BYTES(1),
			   "a file keeps within its bound");
_Static_assert(EVIDENCE_FILES *MW_EVIDENCE_SUBJECTS <= EVIDENCE_WANTED_MAX, "all can be looked for at once");

/** The file of one finding; copies, because findings may be cleared while files are read. */
struct output {
	char id[sizeof(((struct mw_finding *)0)->id)];
	char summary[sizeof(((struct mw_finding *)0)->summary)];
	const struct mw_evidence_kind *kind;
	struct mw_evidence_packets *wanted; // of all
	uint32_t wanted_count;
};

struct work {
	const struct evidence_source *source;
	struct output outputs[EVIDENCE_FILES];
	uint32_t outputs_count, left_out;
	struct mw_evidence_subject subjects[EVIDENCE_FILES * MW_EVIDENCE_SUBJECTS];
	struct mw_evidence_packets wanted[EVIDENCE_FILES * MW_EVIDENCE_SUBJECTS]; // one a subject
	uint32_t wanted_count;
	uint8_t *memory; // of all that are wanted; pages are given when they are touched
	char directory[MW_SETTING_TEXT_BYTES + sizeof("/" EVIDENCE_FOLDER)];
};

/** A packet to write, and the subject that it belongs to. */
struct place {
	const struct mw_evidence_packets *of;
	const struct mw_evidence_packet *packet;
};

static void on_row(void *context, const struct mw_record *record, const void *row)
{
	mw_evidence_row(context, record, row);
}

/** Of things that last, such as paths, rows have not been written yet. */
static void add_reported(struct mw_aggregate *aggregate, struct mw_evidence *evidence)
{
	const struct mw_row_sink rows = {.row = on_row, .context = evidence};

	mw_aggregate_report(aggregate, 0, &rows);
}

static void open_output(struct work *work, const struct mw_evidence_kind *kind, const struct mw_finding *finding,
						uint32_t chosen)
{
	struct output *output = &work->outputs[work->outputs_count++];

	memcpy(output->id, finding->id, sizeof(output->id));
	memcpy(output->summary, finding->summary, sizeof(output->summary));
	output->kind = kind;
	output->wanted = &work->wanted[work->wanted_count];
	output->wanted_count = chosen;
	work->wanted_count += chosen;
}

// What is no fault needs no proof: a mere information has no file.
static void choose(struct work *work, struct mw_evidence *evidence)
{
	const struct mw_finding *const *findings;
	uint32_t count;

	add_reported(work->source->engine->aggregate, evidence);
	count = mw_diagnosis_findings(mw_aggregate_diagnosis(work->source->engine->aggregate), &findings);
	for (uint32_t i = 0; i < count; i++)
		mw_evidence_claim(evidence, mw_finding_kind_of(findings[i])->evidence, mw_finding_key(findings[i]));
	for (uint32_t i = 0; i < count; i++) {
		const struct mw_evidence_kind *kind = mw_finding_kind_of(findings[i])->evidence;
		uint32_t chosen = 0;

		if (kind == NULL || findings[i]->severity == MW_SEVERITY_INFO)
			continue;
		if (work->outputs_count < EVIDENCE_FILES)
			chosen =
				mw_evidence_choose(evidence, kind, mw_finding_key(findings[i]), &work->subjects[work->wanted_count]);
		if (chosen == 0)
			work->left_out++;
		else
			open_output(work, kind, findings[i], chosen);
	}
}

static int give_memory(struct work *work)
{
	size_t bytes = 0, at = 0;

	for (uint32_t i = 0; i < work->outputs_count; i++)
		bytes += mw_evidence_packets_bytes(work->outputs[i].kind) * work->outputs[i].wanted_count;
	if (bytes == 0)
		return 0;
	work->memory = calloc(1, bytes);
	if (work->memory == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < work->outputs_count; i++) {
		const struct output *output = &work->outputs[i];

		for (uint32_t j = 0; j < output->wanted_count; j++) {
			const struct mw_evidence_subject *subject = &work->subjects[&output->wanted[j] - work->wanted];

			mw_evidence_packets_init(&output->wanted[j], output->kind, subject, work->memory + at);
			at += mw_evidence_packets_bytes(output->kind);
		}
	}
	return 0;
}

// A packet that two subjects kept stands first where it proves something, then where its named sender sent it.
static int compare_places(const void *a, const void *b)
{
	const struct mw_evidence_packet *left = ((const struct place *)a)->packet,
									*right = ((const struct place *)b)->packet;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	if (left->proves != right->proves)
		return left->proves ? -1 : 1;
	if (left->from_named != right->from_named)
		return left->from_named ? -1 : 1;
	return left < right ? -1 : left > right; // of one piece of memory
}

static bool has_proof(const struct place places[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (places[i].packet->proves)
			return true;
	}
	return false;
}

// Each packet once, in the order of reading. @return how many; 0 when no proof was found again.
static uint32_t gather(const struct output *output, struct place places[PLACES])
{
	uint32_t count = 0, kept = 0;

	for (uint32_t i = 0; i < output->wanted_count; i++) {
		const struct mw_evidence_packets *of = &output->wanted[i];

		for (uint32_t j = 0; j < output->kind->places; j++) {
			if (of->packets[j].captured_bytes > 0)
				places[count++] = (struct place){of, &of->packets[j]};
		}
	}
	if (!has_proof(places, count))
		return 0;
	qsort(places, count, sizeof(places[0]), compare_places);
	for (uint32_t i = 0; i < count; i++) {
		if (kept == 0 || places[i].packet->number != places[kept - 1].packet->number)
			places[kept++] = places[i];
	}
	return kept;
}

/** The interfaces of a file: a link type each. */
struct links {
	uint16_t types[LINKS];
	uint32_t count;
};

// @return the interface of this link type; LINKS: there is no room for it.
static uint32_t interface_of(const struct links *links, uint16_t link_type)
{
	for (uint32_t i = 0; i < links->count; i++) {
		if (links->types[i] == link_type)
			return i;
	}
	return LINKS;
}

// libpcap's tools read the first link type alone, so it is that of a packet that proves something.
static struct links links_of(const struct place places[], uint32_t count)
{
	struct links links = {.count = 0};

	for (int proves = 1; proves >= 0; proves--) {
		for (uint32_t i = 0; i < count && links.count < LINKS; i++) {
			const struct mw_evidence_packet *packet = places[i].packet;

			if (packet->proves == (proves != 0) && interface_of(&links, packet->link_type) == LINKS)
				links.types[links.count++] = packet->link_type;
		}
	}
	return links;
}

// Evidence must not take the room of results, which are still to be written.
static int check_room(const struct work *work, const char *name, const struct place places[], uint32_t count)
{
	uint64_t needed = SPARE_BYTES + MW_EVIDENCE_HEAD_BYTES;
	struct statvfs disk;

	for (uint32_t i = 0; i < count; i++)
		needed += MW_EVIDENCE_PACKET_BYTES(places[i].packet->captured_bytes);
	if (statvfs(work->source->engine->output.directory, &disk) != 0 ||
		(uint64_t)disk.f_bavail * disk.f_frsize >= needed)
		return 0;
	mw_log_error("cannot write %s/%s: %s; the CSV files come first", work->directory, name, strerror(ENOSPC));
	return -ENOSPC;
}

static int make_directory(const struct work *work)
{
	struct stat status;
	int error = mkdir(work->directory, 0750) == 0 || errno == EEXIST ? 0 : -errno;

	if (error == 0 && lstat(work->directory, &status) == 0 && S_ISLNK(status.st_mode))
		error = -ELOOP; // what somebody put there is not followed
	if (error != 0)
		mw_log_error("cannot make %s: %s", work->directory, strerror(-error));
	return error;
}

static void add_place(struct mw_pcapng *file, const struct links *links, const struct place *place)
{
	const struct mw_evidence_packet *packet = place->packet;
	const uint32_t interface = interface_of(links, packet->link_type);
	char comment[MW_EVIDENCE_COMMENT_BYTES];
	struct mw_text text = mw_text_in(comment, sizeof(comment));

	if (interface == LINKS)
		return;
	mw_evidence_packets_comment(place->of, packet, &text);
	mw_pcapng_add(file, &(struct mw_pcapng_packet){.time_ns = packet->time_ns,
												   .data = packet->data,
												   .captured_bytes = packet->captured_bytes,
												   .wire_bytes = packet->wire_bytes,
												   .interface = interface,
												   .comment = comment});
}

static int write_places(const struct work *work, const struct output *output, const char *name,
						const struct place places[], uint32_t count)
{
	char comment[MW_EVIDENCE_HEAD_BYTES / 2];
	struct mw_text text = mw_text_in(comment, sizeof(comment));
	const struct links links = links_of(places, count);
	const struct mw_pcapng_head head = {.link_types = links.types,
										.link_types_count = links.count,
										.snap_bytes = output->kind->frame_bytes,
										.application = "midwatch " MW_VERSION,
										.comment = comment};
	struct mw_pcapng *file;
	int error = check_room(work, name, places, count);

	if (error == 0)
		error = make_directory(work);
	mw_text_add(&text, "%s: %s", output->id, output->summary);
	if (error == 0)
		error = mw_pcapng_create(work->directory, name, &head, &file);
	if (error != 0)
		return error;
	for (uint32_t i = 0; i < count; i++)
		add_place(file, &links, &places[i]);
	return mw_pcapng_publish(file);
}

static int write_output(const struct work *work, const struct output *output, struct evidence_account *account)
{
	static struct place places[PLACES];
	uint32_t count = gather(output, places);
	char path[128], *name = path + sizeof(EVIDENCE_FOLDER);
	int error;

	snprintf(path, sizeof(path), EVIDENCE_FOLDER "/%s.pcapng", output->id);
	if (count == 0) {
		mw_log_warning("%s/%s: not written: its packets were not found again; did the input change?", work->directory,
					   name);
		snprintf(account->why_not, sizeof(account->why_not), "packets were not found again in the second reading");
		return 0;
	}
	error = write_places(work, output, name, places, count);
	if (error != 0)
		return error;
	account->files++;
	mw_diagnosis_set_evidence(mw_aggregate_diagnosis(work->source->engine->aggregate), output->id, path);
	return 0;
}

static int read_and_write(struct work *work, struct evidence_account *account)
{
	char problem[512] = "";
	struct mw_text text = mw_text_in(problem, sizeof(problem));
	int error = evidence_read(work->source, work->wanted, work->wanted_count, &text);

	if (error == -EINTR) {
		snprintf(account->why_not, sizeof(account->why_not), "the run was asked to stop");
		return 0;
	}
	if (error != 0)
		mw_log_error("no evidence files: %s", problem);
	for (uint32_t i = 0; error == 0 && i < work->outputs_count; i++)
		error = write_output(work, &work->outputs[i], account);
	return error;
}

static bool is_of_this_run(const struct work *work, const char *name, size_t id_bytes)
{
	for (uint32_t i = 0; i < work->outputs_count; i++) {
		if (strlen(work->outputs[i].id) == id_bytes && memcmp(work->outputs[i].id, name, id_bytes) == 0)
			return true;
	}
	return false;
}

// Captures of an earlier run stay, while its rows were replaced: nobody is to take them for this run's.
static void tell_runs_before(const struct work *work)
{
	static const char ending[] = ".pcapng";
	DIR *directory = opendir(work->directory);
	const struct dirent *entry;
	uint32_t count = 0;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		size_t bytes = strlen(entry->d_name);

		if (bytes < sizeof(ending) || strcmp(entry->d_name + bytes - (sizeof(ending) - 1), ending) != 0)
			continue;
		count += !is_of_this_run(work, entry->d_name, bytes - (sizeof(ending) - 1));
	}
	if (directory != NULL)
		closedir(directory);
	if (count > 0)
		mw_log_notice("%s has %u capture%s of earlier runs, too; findings.csv names those of this one", work->directory,
					  count, count == 1 ? "" : "s");
}

int evidence_write(const struct evidence_source *source, struct mw_evidence *evidence, struct evidence_account *account)
{
	struct work *work = calloc(1, sizeof(*work));
	int error = work == NULL ? -ENOMEM : 0;

	if (error == 0) {
		work->source = source;
		snprintf(work->directory, sizeof(work->directory), "%s/" EVIDENCE_FOLDER, source->engine->output.directory);
		choose(work, evidence);
		error = give_memory(work);
	}
	if (error != 0) {
		mw_log_error("no evidence files: %s", strerror(-error));
	} else {
		error = work->outputs_count > 0 ? read_and_write(work, account) : 0;
		tell_runs_before(work);
	}
	if (error != 0)
		snprintf(account->why_not, sizeof(account->why_not), "%s", strerror(-error));
	else if (work->left_out > 0 && account->why_not[0] == '\0')
		snprintf(account->why_not, sizeof(account->why_not), "%u more findings than there is room for", work->left_out);
	if (work != NULL)
		free(work->memory);
	free(work);
	return error;
}

void evidence_refuse(struct engine *engine, const char *why, struct evidence_account *account)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(mw_aggregate_diagnosis(engine->aggregate), &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (mw_finding_kind_of(findings[i])->evidence != NULL)
			snprintf(account->why_not, sizeof(account->why_not), "%s", why);
	}
}
