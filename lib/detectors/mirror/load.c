// SPDX-License-Identifier: BSD-3-Clause
// Control half: does the mirror lose in busy moments what it does not lose in calm ones? Then it gets more than it
// carries.
// Neighbours: load.h; moments.c tells. What is lost at random, or for a while now and then, is lost in any moment: busy
// ones hold no larger share of the loss than of the data (Wilson's bound, share.c). What may have been lost in one of
// several moments counts in the calmest, and what has no moment as if it were lost in a calm one.
#include "load.h"

#include <string.h>

#define SETTLED_NS      (5 * MW_NS_PER_SECOND) // by then all workers have told all of a moment
#define FRAME_BYTES     24 // preamble, check sequence, gap: what a frame takes up beside what is captured of it
#define LOSSY_LEAST     30 // moments, to compare
#define BUSY_LEAST      20 // of these busy ones
#define EPISODES_LEAST  5 // of busy ones, too
#define EPISODE_MOMENTS 10 // without loss, then another one begins
#define BYTES_TIMES     3 // the odds of a lost byte in busy moments over those in calm ones, at least
#define DROPPED_PART    0.25 // of the loss, that this machine lost itself: who knows then
#define FULL_PART       0.85 // of the top level: as full
#define PORT_PART_LOW   0.93
#define PORT_PART_HIGH  1.01

const struct mirror_load mirror_load_unknown = {.lossy = MW_UNKNOWN_I64,
												.busy_pct = MW_UNKNOWN_DOUBLE,
												.busy_loss_pct = MW_UNKNOWN_DOUBLE,
												.calm_loss_pct = MW_UNKNOWN_DOUBLE,
												.peak_mbit_s = MW_UNKNOWN_DOUBLE,
												.full_mbit_s = MW_UNKNOWN_DOUBLE};

static const int64_t ports_mbit_s[] = {10, 100, 1000, 2500, 5000, 10000, 25000, 40000, 50000, 100000, 200000, 400000};

static uint32_t class_of(uint64_t bytes)
{
	const uint32_t octave = bytes < MIRROR_LOAD_STEPS ? 0 : 63u - (uint32_t)__builtin_clzll(bytes) - 3;
	const uint64_t place = octave * MIRROR_LOAD_STEPS + (bytes >> octave);

	return (uint32_t)MW_MIN(place, MIRROR_LOAD_CLASSES - UINT64_C(1));
}

static double mbit_s(double bytes)
{
	return bytes * 8 / ((double)MW_MOMENT_NS / (double)MW_NS_PER_SECOND) / 1e6;
}

static struct mirror_load_moment *slot_of(struct mirror_control *self, uint64_t number)
{
	return &self->moments[number % MIRROR_LOAD_MOMENTS];
}

static bool is_apart(uint64_t number, uint64_t other)
{
	return number > other + EPISODE_MOMENTS || other > number + EPISODE_MOMENTS;
}

// Told in moment number; those that are told together are one episode.
static void add_unplaced(struct mirror_control *self, uint64_t number, const struct mirror_missed *missed)
{
	if (missed->holes == 0)
		return;
	self->unplaced.lossy += missed->holes;
	self->unplaced.episodes += is_apart(number, self->unplaced_latest);
	self->unplaced.lost_bytes += missed->bytes;
	self->unplaced.lost_squares += (double)missed->squares;
	self->unplaced_latest = number;
}

static void add_unplaced_hole(struct mirror_control *self, uint64_t number, uint64_t bytes)
{
	add_unplaced(self, number, &(struct mirror_missed){.holes = 1, .bytes = bytes, .squares = bytes * bytes});
}

static void lose(struct mirror_control *self, struct mirror_load_moment *moment, uint64_t bytes)
{
	struct mirror_load_class *class = &self->classes[class_of(moment->load_bytes)];
	const double before = (double)moment->counted_bytes, after = before + (double)bytes;

	if (moment->counted_bytes == 0) {
		class->lossy++;
		class->episodes += is_apart(moment->number, self->lossy);
		self->lossy = moment->number;
	}
	class->lost_bytes += bytes;
	class->lost_squares += after * after - before * before;
	moment->counted_bytes += bytes;
}

/** The least busy of these moments: it is the one that speaks least against the mirror. NULL: nothing came in one. */
static struct mirror_load_moment *calmest(struct mirror_control *self, uint64_t from, uint64_t until)
{
	struct mirror_load_moment *calmest = NULL;

	for (uint64_t number = from; number <= until; number++) {
		struct mirror_load_moment *moment = slot_of(self, number);

		if (moment->number != number || moment->packets == 0)
			return NULL;
		if (calmest == NULL || moment->load_bytes < calmest->load_bytes)
			calmest = moment;
	}
	return calmest;
}

static void judge(struct mirror_control *self, struct mirror_load_moment *moment)
{
	struct mirror_load_class *class = &self->classes[class_of(moment->load_bytes)];

	class->moments++;
	class->load_bytes += moment->load_bytes;
	class->segment_bytes += moment->segment_bytes;
	if (moment->lost_bytes > 0)
		lose(self, moment, moment->lost_bytes);
	while (moment->holes != 0) {
		const uint16_t place = moment->holes;
		struct mirror_load_hole *hole = &self->holes[place - 1];

		struct mirror_load_moment *lossy = calmest(self, hole->from, moment->number);

		if (lossy != NULL)
			lose(self, lossy, hole->bytes);
		else
			add_unplaced_hole(self, moment->number, hole->bytes);
		moment->holes = hole->next;
		hole->next = self->free;
		self->free = place;
	}
	self->peak_bytes = MW_MAX(self->peak_bytes, moment->load_bytes);
	moment->judged = true;
}

static void judge_until(struct mirror_control *self, uint64_t number)
{
	const uint64_t count = number > self->judged ? MW_MIN(number - self->judged, MIRROR_LOAD_MOMENTS) : 0;

	for (uint64_t i = 0; i < count; i++) {
		struct mirror_load_moment *moment = slot_of(self, self->judged + i);

		if (moment->number < number && !moment->judged && (moment->packets | moment->lost_bytes | moment->holes) != 0)
			judge(self, moment);
	}
	self->judged = MW_MAX(self->judged, number);
}

/** The place of a moment, those long before it judged. @return NULL: it is judged itself. */
static struct mirror_load_moment *place_of(struct mirror_control *self, uint64_t number)
{
	struct mirror_load_moment *moment = slot_of(self, number);

	judge_until(self, number - MW_MIN(number, SETTLED_NS / MW_MOMENT_NS));
	if (number < self->judged)
		return NULL;
	if (moment->number != number)
		*moment = (struct mirror_load_moment){.number = number};
	return moment;
}

static void take_moment(struct mirror_control *self, const struct mirror_moment *told)
{
	struct mirror_load_moment *moment = place_of(self, told->number);

	add_unplaced(self, told->number, &told->unplaced);
	if (moment == NULL) {
		add_unplaced(self, told->number, &told->lost);
		return;
	}
	moment->packets += told->packets;
	moment->load_bytes += told->bytes + told->packets * FRAME_BYTES;
	moment->segment_bytes += told->segment_bytes;
	moment->lost_bytes += told->lost.bytes;
}

static void take_hole(struct mirror_control *self, const struct mirror_lost *lost)
{
	struct mirror_load_moment *moment = place_of(self, lost->until);
	uint16_t place = self->free;

	if (moment == NULL || (place == 0 && self->holes_count == MIRROR_LOAD_HOLES)) {
		add_unplaced_hole(self, lost->until, lost->bytes);
		return;
	}
	if (place == 0)
		place = ++self->holes_count;
	else
		self->free = self->holes[place - 1].next;
	self->holes[place - 1] = (struct mirror_load_hole){.from = lost->from, .bytes = lost->bytes, .next = moment->holes};
	moment->holes = place;
}

void mirror_on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct mirror_moment moment;
	struct mirror_lost lost;

	if ((event->kind & 0xff) == MIRROR_EVENT_MOMENT) {
		memcpy(&moment, event->body, sizeof(moment));
		take_moment(control->state, &moment);
	} else {
		memcpy(&lost, event->body, sizeof(lost));
		take_hole(control->state, &lost);
	}
}

void mirror_on_end(struct mw_detector_control *control, uint64_t now_ns)
{
	struct mirror_control *self = control->state;

	(void)now_ns;
	self->ended = true;
}

static void add(struct mirror_load_class *to, const struct mirror_load_class *class)
{
	to->moments += class->moments;
	to->lossy += class->lossy;
	to->episodes += class->episodes;
	to->load_bytes += class->load_bytes;
	to->segment_bytes += class->segment_bytes;
	to->lost_bytes += class->lost_bytes;
	to->lost_squares += class->lost_squares;
}

// What busy moments would lose by chance is as much of all as they carry.
static double share_of_data(const struct mirror_load_class *part, const struct mirror_load_class *all)
{
	return (double)(part->segment_bytes + part->lost_bytes) / (double)MW_MAX(all->segment_bytes + all->lost_bytes, 1u);
}

static double odds(double share)
{
	return share / MW_MAX(1 - share, 1e-9);
}

/** By how much the odds of a share of count exceed those by chance, at least. */
static double times_of(double share, double count, double by_chance)
{
	return odds(mirror_share_bounds(share, count).low) / MW_MAX(odds(by_chance), 1e-9);
}

// 1 or more: surely more. Two ways to lose by chance: packet by packet, then bytes are lost as they are carried, and
// moments with loss are as many observations as they weigh alike (Kish, Survey Sampling, 1965); or for a while, then
// episodes of loss are as moments are.
static double surety(const struct mirror_load_class *part, const struct mirror_load_class *all)
{
	const double lost = (double)part->lost_bytes / (double)MW_MAX(all->lost_bytes, 1u);
	const double moments = (double)all->lost_bytes * (double)all->lost_bytes / MW_MAX(all->lost_squares, 1.0);
	const double episodes = (double)part->episodes / (double)MW_MAX(all->episodes, 1u);

	return MW_MIN(times_of(lost, moments, share_of_data(part, all)) / BYTES_TIMES,
				  times_of(episodes, (double)all->episodes, (double)part->moments / (double)all->moments));
}

/** The busiest moments, at most half of all, that differ most from the others; the busiest tenth when none do. */
static struct mirror_load_class busiest(const struct mirror_control *self, const struct mirror_load_class *all,
										double *most)
{
	struct mirror_load_class part = {0}, best = {0}, tenth = {0};

	*most = 0;
	for (uint32_t i = MIRROR_LOAD_CLASSES; i-- > 0 && part.moments * 2 <= all->moments;) {
		if (self->classes[i].moments == 0)
			continue;
		if (part.moments * 10 < all->moments)
			add(&tenth, &self->classes[i]);
		add(&part, &self->classes[i]);
		if (part.lossy < BUSY_LEAST || part.episodes < EPISODES_LEAST || part.moments * 2 > all->moments ||
			surety(&part, all) <= *most)
			continue;
		*most = surety(&part, all);
		best = part;
	}
	return *most >= 1 ? best : tenth;
}

/** The level that hardly any moment exceeds, when many that lost something are at it: what the mirror carries. */
static void set_full(const struct mirror_control *self, uint64_t busy_lossy, struct mirror_load *load)
{
	struct mirror_load_class full = {0};
	uint64_t above = 0;
	double top = 0;

	for (uint32_t i = MIRROR_LOAD_CLASSES; i-- > 0;) {
		const struct mirror_load_class *class = &self->classes[i];
		const double level = (double)class->load_bytes / (double)MW_MAX(class->moments, 1u);

		if (class->moments == 0 || (above += class->moments) <= MW_MAX(2u, busy_lossy / 50))
			continue;
		top = MW_MAX(top, level);
		if (level >= FULL_PART * top)
			add(&full, class);
	}
	if (full.lossy < BUSY_LEAST || full.lossy * 2 < busy_lossy || full.lossy * 3 < full.moments * 2)
		return;
	load->full_mbit_s = mbit_s(top);
	load->full = (int64_t)full.moments;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(ports_mbit_s); i++) {
		const double part = load->full_mbit_s / (double)ports_mbit_s[i];

		if (part >= PORT_PART_LOW && part <= PORT_PART_HIGH)
			load->port_mbit_s = ports_mbit_s[i];
	}
}

// Shares are of what was followed: scaled to it, for all packets count here.
static void compare(const struct mirror_control *self, const struct mirror_load_class *all, struct mirror_load *load)
{
	const double loss = (double)self->unseen / (double)MW_MAX(self->acked, INT64_C(1));
	const double own = (double)self->dropped / (double)MW_MAX(self->packets + (uint64_t)self->dropped, 1u);
	double most;
	const struct mirror_load_class busy = busiest(self, all, &most);
	const double share = share_of_data(&busy, all),
				 lost = (double)busy.lost_bytes / (double)MW_MAX(all->lost_bytes, 1u);

	load->known = true;
	load->is_over = most >= 1 && own < DROPPED_PART * loss;
	load->lossy = (int64_t)all->lossy;
	load->busy_lossy = (int64_t)busy.lossy;
	load->chance_lossy = (int64_t)((double)all->lossy * share);
	load->busy_pct = 100 * (double)busy.moments / (double)all->moments;
	load->busy_loss_pct = MW_MIN(100.0, 100 * loss * lost / MW_MAX(share, 1e-9));
	load->calm_loss_pct = MW_MIN(100.0, 100 * loss * (1 - lost) / MW_MAX(1 - share, 1e-9));
	load->dropped = self->dropped;
	if (load->is_over)
		set_full(self, busy.lossy, load);
}

static void forget(struct mirror_control *self)
{
	memset(self->classes, 0, sizeof(self->classes));
	self->unplaced = (struct mirror_load_class){0};
	self->packets = 0;
	self->acked = self->unseen = self->dropped = 0;
}

void mirror_load_forget(struct mw_detector_control *control)
{
	forget(control->state);
}

// Of what is unplaced each hole counts as a moment that was not busy.
static struct mirror_load_class all_of(const struct mirror_control *self)
{
	struct mirror_load_class all = self->unplaced;

	for (uint32_t i = 0; i < MIRROR_LOAD_CLASSES; i++)
		add(&all, &self->classes[i]);
	return all;
}

struct mirror_load mirror_load_of(struct mw_detector_control *control, uint64_t now_ns, int64_t acked, int64_t unseen)
{
	struct mirror_control *self = control->state;
	struct mirror_load load = mirror_load_unknown;
	struct mirror_load_class all;

	judge_until(self, self->ended ? UINT64_MAX : (now_ns - MW_MIN(now_ns, SETTLED_NS)) / MW_MOMENT_NS);
	self->acked += acked;
	self->unseen += unseen;
	self->dropped += (int64_t)control->dropped;
	self->packets += control->packets;
	if (self->peak_bytes > 0)
		load.peak_mbit_s = mbit_s((double)self->peak_bytes);
	self->peak_bytes = 0;
	all = all_of(self);
	if (all.lossy < LOSSY_LEAST || all.moments == 0) // all of it was of moments that were judged before
		return load;
	compare(self, &all, &load);
	forget(self);
	return load;
}
