// SPDX-License-Identifier: BSD-3-Clause
// Rows of paths to findings: one a path, and one a host whose many paths show the same. Rows tell of the whole run and
// come again at each interval's end: the latest of a path stands. Neighbours: finding.h; row.c, verdict.c.
#include "finding.h"

#include <stdio.h>
#include <string.h>

/** Who has a finding of one kind. Lists are short, and kept without gaps. */
struct list {
	struct paths_place singles[PATHS_SINGLES];
	struct paths_place groups[PATHS_GROUPS + 1]; // the last place is for what finds no room elsewhere
	uint32_t singles_count, groups_count;
};

enum { HOLE, IGNORED, MERGED, KINDS };

struct memory {
	struct list lists[KINDS];
};

static const struct kind {
	const struct mw_finding_kind *finding;
	void (*write)(struct diagnosis_entry *entry);
	uint32_t verdicts; // bits of enum mw_path_verdict
} kinds[KINDS] = {
	[HOLE] = {&finding_paths_black_hole, paths_write_hole, PATHS_HOLES},
	[IGNORED] = {&finding_paths_ignored, paths_write_ignored, PATHS_IGNORED},
	[MERGED] = {&finding_paths_merged, paths_write_merged, PATHS_MERGED},
};

#define PAST_NS (3600 * MW_NS_PER_SECOND) // a path that was quiet so long gives way to a new one

static const struct paths_place everywhere; // "" and "": several senders, several destinations

struct paths_place paths_place_of(const char *src, const char *dst)
{
	struct paths_place place;

	snprintf(place.src, sizeof(place.src), "%s", src);
	snprintf(place.dst, sizeof(place.dst), "%s", dst);
	return place;
}

/** True when the row's path lies within the place. */
static bool place_holds(const struct paths_place *place, const char *src, const char *dst)
{
	return (place->src[0] == '\0' || strcmp(place->src, src) == 0) &&
		   (place->dst[0] == '\0' || strcmp(place->dst, dst) == 0);
}

static bool same_place(const struct paths_place *a, const struct paths_place *b)
{
	return strcmp(a->src, b->src) == 0 && strcmp(a->dst, b->dst) == 0;
}

void paths_write_key(const struct paths_place *place, char key[DIAGNOSIS_KEY_BYTES])
{
	snprintf(key, DIAGNOSIS_KEY_BYTES, "%s > %s", place->src[0] != '\0' ? place->src : "*",
			 place->dst[0] != '\0' ? place->dst : "*");
}

static struct paths_facts *facts_in(struct diagnosis_entry *entry)
{
	return entry != NULL ? (struct paths_facts *)(void *)entry->facts : NULL;
}

static struct diagnosis_entry *find(const struct mw_diagnosis *diagnosis, const struct kind *kind,
									const struct paths_place *place)
{
	char key[DIAGNOSIS_KEY_BYTES];

	paths_write_key(place, key);
	return diagnosis_find(diagnosis, kind->finding, key);
}

/** The place's finding, made when new; NULL when there is no room. */
static struct paths_facts *open_facts(struct mw_diagnosis *diagnosis, const struct kind *kind,
									  const struct paths_place *place, uint32_t max, uint64_t first_ns,
									  uint64_t last_ns)
{
	char key[DIAGNOSIS_KEY_BYTES];
	size_t bytes = sizeof(struct paths_facts) + max * sizeof(struct paths_member);
	struct diagnosis_entry *entry;
	struct paths_facts *facts;

	paths_write_key(place, key);
	entry = diagnosis_entry(diagnosis, kind->finding, key, bytes, kind->write, first_ns, last_ns);
	facts = facts_in(entry);
	if (entry != NULL)
		entry->gathers = max > 1;
	if (facts != NULL && facts->max == 0) {
		facts->place = *place;
		facts->max = max;
	}
	return facts;
}

static struct paths_member *member_of(struct paths_facts *facts, const struct mw_path_row *row)
{
	for (uint32_t i = 0; facts != NULL && i < facts->count; i++) {
		if (strcmp(facts->members[i].row.src, row->src) == 0 && strcmp(facts->members[i].row.dst, row->dst) == 0)
			return &facts->members[i];
	}
	return NULL;
}

/** True for what may give way: it is over, or was seen last long before a time. */
static bool is_past(const struct paths_member *member, uint64_t now_ns)
{
	return member->over || member->row.last_ns + PAST_NS < now_ns;
}

/** Of full members the one that is past and was seen first of all; NULL when all are needed. */
static struct paths_member *past_member(struct paths_facts *facts, uint64_t now_ns)
{
	struct paths_member *past = NULL;

	for (uint32_t i = 0; i < facts->count; i++) {
		struct paths_member *member = &facts->members[i];

		if (is_past(member, now_ns) && (past == NULL || member->row.last_ns < past->row.last_ns))
			past = member;
	}
	return past;
}

static void set_member(struct paths_facts *facts, const struct paths_member *member)
{
	struct paths_member *mine = member_of(facts, &member->row);

	if (mine == NULL && facts->count < facts->max) {
		mine = &facts->members[facts->count++];
	} else if (mine == NULL) {
		facts->more = true;
		mine = past_member(facts, member->row.last_ns);
	}
	if (mine != NULL)
		*mine = *member;
}

static void set_in(struct mw_diagnosis *diagnosis, const struct kind *kind, const struct paths_place *place,
				   uint32_t max, const struct paths_member *member)
{
	struct paths_facts *facts =
		open_facts(diagnosis, kind, place, max, member->row.ts_ns, MW_MAX(member->row.ts_ns, member->row.last_ns));

	if (facts != NULL)
		set_member(facts, member);
}

/** The finding that has the row's path, or NULL. */
static const struct paths_place *place_with(const struct mw_diagnosis *diagnosis, const struct kind *kind,
											const struct list *list, const struct mw_path_row *row)
{
	for (uint32_t i = 0; i < list->groups_count; i++) {
		const struct paths_place *group = &list->groups[i];

		if (place_holds(group, row->src, row->dst) && member_of(facts_in(find(diagnosis, kind, group)), row) != NULL)
			return group;
	}
	for (uint32_t i = 0; i < list->singles_count; i++) {
		if (place_holds(&list->singles[i], row->src, row->dst))
			return &list->singles[i];
	}
	return NULL;
}

/** A group that a new path belongs to: its host's. */
static const struct paths_place *group_for(const struct list *list, const struct mw_path_row *row)
{
	for (uint32_t i = 0; i < list->groups_count; i++) {
		if (place_holds(&list->groups[i], row->src, row->dst) && !same_place(&list->groups[i], &everywhere))
			return &list->groups[i];
	}
	return NULL;
}

/** The finding of one path becomes a member of another; nothing when it gave way to others before. */
static void move(struct mw_diagnosis *diagnosis, const struct kind *kind, const struct paths_place *single,
				 const struct paths_place *group)
{
	struct diagnosis_entry *entry = find(diagnosis, kind, single);
	struct paths_member member;

	if (entry == NULL)
		return;
	member = facts_in(entry)->members[0];
	diagnosis_forget(diagnosis, entry);
	set_in(diagnosis, kind, group, PATHS_MEMBERS, &member);
}

/** Findings of one path each become members of their host's. */
static void gather(struct mw_diagnosis *diagnosis, const struct kind *kind, struct list *list,
				   const struct paths_place *group)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->singles_count; i++) {
		if (!place_holds(group, list->singles[i].src, list->singles[i].dst)) {
			list->singles[kept++] = list->singles[i];
			continue;
		}
		move(diagnosis, kind, &list->singles[i], group);
	}
	list->singles_count = kept;
	list->groups[list->groups_count++] = *group;
}

/** Gathers the paths of a host that has become common to many. */
static void gather_around(struct mw_diagnosis *diagnosis, const struct kind *kind, struct list *list,
						  const struct mw_path_row *row)
{
	const struct paths_place hosts[] = {paths_place_of(row->src, ""), paths_place_of("", row->dst)};

	for (size_t i = 0; i < MW_ARRAY_SIZE(hosts); i++) {
		uint32_t paths = 0;

		for (uint32_t k = 0; k < list->singles_count; k++)
			paths += place_holds(&hosts[i], list->singles[k].src, list->singles[k].dst);
		if (paths <= PATHS_NEAR || list->groups_count >= PATHS_GROUPS)
			continue;
		gather(diagnosis, kind, list, &hosts[i]);
		return;
	}
}

static void open_everywhere(struct list *list)
{
	for (uint32_t i = 0; i < list->groups_count; i++) {
		if (same_place(&list->groups[i], &everywhere))
			return;
	}
	list->groups[list->groups_count++] = everywhere;
}

/** The finding that is less sure than any other, and than a new path; singles_count when there is none. */
static uint32_t weakest(const struct mw_diagnosis *diagnosis, const struct kind *kind, const struct list *list,
						int64_t confidence)
{
	uint32_t victim = list->singles_count;

	for (uint32_t i = 0; i < list->singles_count; i++) {
		const struct paths_facts *facts = facts_in(find(diagnosis, kind, &list->singles[i]));

		if (facts != NULL && facts->members[0].row.confidence < confidence) {
			victim = i;
			confidence = facts->members[0].row.confidence;
		}
	}
	return victim;
}

/** The finding that is past for the longest time, or that gave way to others; singles_count when all are needed. */
static uint32_t past_single(const struct mw_diagnosis *diagnosis, const struct kind *kind, const struct list *list,
							uint64_t now_ns)
{
	uint32_t victim = list->singles_count;
	uint64_t last_ns = UINT64_MAX;

	for (uint32_t i = 0; i < list->singles_count; i++) {
		const struct paths_facts *facts = facts_in(find(diagnosis, kind, &list->singles[i]));

		if (facts == NULL)
			return i;
		if (is_past(&facts->members[0], now_ns) && facts->members[0].row.last_ns < last_ns) {
			last_ns = facts->members[0].row.last_ns;
			victim = i;
		}
	}
	return victim;
}

/** In a full list, a place for a path: the sum takes what is past, or else what is less sure. @return false: none. */
static bool make_room(struct mw_diagnosis *diagnosis, const struct kind *kind, struct list *list,
					  const struct mw_path_row *row)
{
	uint32_t victim = past_single(diagnosis, kind, list, row->last_ns);

	if (victim == list->singles_count)
		victim = weakest(diagnosis, kind, list, row->confidence);
	if (victim == list->singles_count)
		return false;
	open_everywhere(list);
	move(diagnosis, kind, &list->singles[victim], &everywhere);
	list->singles[victim] = list->singles[--list->singles_count];
	return true;
}

/** A path that had no finding. */
static void add_path(struct mw_diagnosis *diagnosis, const struct kind *kind, struct list *list,
					 const struct paths_member *member)
{
	const struct paths_place *group = group_for(list, &member->row);

	if (group == NULL && member->row.networks > 0 && list->groups_count < PATHS_GROUPS) {
		const struct paths_place receiver = paths_place_of("", member->row.dst);

		gather(diagnosis, kind, list, &receiver);
		group = &list->groups[list->groups_count - 1];
	}
	if (group != NULL) {
		set_in(diagnosis, kind, group, PATHS_MEMBERS, member);
		return;
	}
	if (list->singles_count < PATHS_SINGLES || make_room(diagnosis, kind, list, &member->row)) {
		struct paths_place *single = &list->singles[list->singles_count++];

		*single = paths_place_of(member->row.src, member->row.dst);
		set_in(diagnosis, kind, single, 1, member);
		gather_around(diagnosis, kind, list, &member->row);
		return;
	}
	open_everywhere(list);
	set_in(diagnosis, kind, &everywhere, PATHS_MEMBERS, member);
}

/** A path that shows it no more: what was found stays, and is marked. */
static void end_path(struct mw_diagnosis *diagnosis, const struct kind *kind, const struct paths_place *place,
					 const struct mw_path_row *row)
{
	struct paths_member *member = member_of(facts_in(find(diagnosis, kind, place)), row);

	if (member == NULL)
		return;
	member->over = true;
	member->verdict = row->verdict;
}

/** A path of the sum that has become surer than one with a finding of its own leaves it. @return false: it stays. */
static bool leave_sum(struct mw_diagnosis *diagnosis, const struct kind *kind, const struct list *list,
					  const struct mw_path_row *row)
{
	struct paths_facts *facts = facts_in(find(diagnosis, kind, &everywhere));
	struct paths_member *member = member_of(facts, row);

	if (member == NULL || facts->count == 1 || weakest(diagnosis, kind, list, row->confidence) == list->singles_count)
		return false;
	*member = facts->members[--facts->count];
	return true;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	struct memory *memory = diagnosis_memory(diagnosis, &diagnose_paths);
	const struct mw_path_row *row = data;

	for (uint32_t i = 0; i < KINDS; i++) {
		const struct paths_member member = {.row = *row, .verdict = row->verdict};
		struct list *list = &memory->lists[i];
		const struct paths_place *place = place_with(diagnosis, &kinds[i], list, row);
		bool shows = row->verdict < MW_PATH_VERDICTS && (kinds[i].verdicts >> row->verdict & 1) != 0;

		if (shows && place != NULL && same_place(place, &everywhere) && leave_sum(diagnosis, &kinds[i], list, row))
			place = NULL;
		if (shows && place == NULL)
			add_path(diagnosis, &kinds[i], list, &member);
		else if (shows)
			set_in(diagnosis, &kinds[i], place, place->src[0] != '\0' && place->dst[0] != '\0' ? 1 : PATHS_MEMBERS,
				   &member);
		else if (place != NULL)
			end_path(diagnosis, &kinds[i], place, row);
	}
}

const struct mw_diagnoser diagnose_paths = {
	.record = &mw_path_record, .row = on_row, .memory_bytes = sizeof(struct memory)};
