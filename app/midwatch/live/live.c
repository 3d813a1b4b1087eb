// SPDX-License-Identifier: BSD-3-Clause
// Starting DPDK with the ports that the operator named, the control loop, and the orderly end.
// Neighbours: live/worker.c polls; intervals.c, reload.c and the socket are served from here.
#include "live/live.h"

#include <errno.h>
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "engine.h"
#include "memory/hugepages.h"
#include "kept.h"
#include "live/worker.h"
#include "mw_log.h"
#include "notify.h"
#include "mw_spread.h"
#include "reload.h"
#include "signals.h"
#include "telemetry.h"

#define LOOP_MS           10
#define BUSY_EVENTS       (WORKERS_STEPS / 4) // in one turn: the rings fill while it rests
#define EMPTY_QUEUES_MS   300u // traffic on a mirror port never ends: what has not come by then is not waited for
#define FEED_NS           (MW_NS_PER_SECOND / 2)
#define EAL_ARGUMENTS_MAX 64

/** The argument vector for EAL. */
struct arguments {
	char text[EAL_ARGUMENTS_MAX][MW_PORT_SPEC_BYTES + 16];
	char *values[EAL_ARGUMENTS_MAX];
	int count;
};

static void add(struct arguments *arguments, const char *text)
{
	if (arguments->count == EAL_ARGUMENTS_MAX)
		return;
	snprintf(arguments->text[arguments->count], sizeof(arguments->text[0]), "%s", text);
	arguments->values[arguments->count] = arguments->text[arguments->count];
	arguments->count++;
}

static const struct mw_port_settings *port_settings(const struct engine *engine)
{
	return mw_settings_values(engine->settings, "input");
}

static uint64_t hugepages(const struct live *live, const struct options *options)
{
	return hugepages_wanted(live->engine, live->specs, options->ports_count, options->workers);
}

// Appends the command to what a port lacks.
static void add_mend(const struct live *live, const struct options *options, int error, struct mw_text *problem)
{
	if (error == -ENOMEM)
		mw_text_add(problem, ": sysctl vm.nr_hugepages=%" PRIu64 " (see midwatch doctor)", hugepages(live, options));
}

static bool has_pci(const struct live *live)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		if (live->specs[i].kind == MW_PORT_PCI)
			return true;
	}
	return false;
}

// Hugepages where they are enough. A card of DPDK's own works with nothing else.
static void add_memory(const struct live *live, const struct options *options, struct arguments *arguments)
{
	uint64_t bytes = 0, mib;
	const uint64_t free_mib = mw_port_hugepages_bytes() >> 20;
	char text[32], chars[64];
	struct mw_text left = mw_text_in(chars, sizeof(chars));

	for (uint32_t i = 0; i < live->ports_count; i++)
		bytes += mw_port_memory_bytes(&live->specs[i], port_settings(live->engine));
	mib = (bytes >> 20) + HUGEPAGES_EAL_MIB;

	if (free_mib >= mib || has_pci(live)) {
		add(arguments, "--in-memory"); // a killed process leaves no hugepage file behind
		return;
	}
	if (free_mib > 0)
		mw_text_add(&left, "too few hugepages (%" PRIu64 " MiB free)", free_mib);
	mw_log_warning("%s: the packet buffers (%" PRIu64 " MiB) are in ordinary memory, which is slower; to mend: "
				   "sysctl vm.nr_hugepages=%" PRIu64,
				   free_mib == 0 ? "no hugepages" : chars, mib, hugepages(live, options));
	add(arguments, "--no-huge");
	add(arguments, "--no-shconf");
	add(arguments, "-m");
	snprintf(text, sizeof(text), "%" PRIu64, mib);
	add(arguments, text);
}

static void add_devices(const struct live *live, struct arguments *arguments)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		add(arguments, live->specs[i].kind == MW_PORT_PCI ? "-a" : "--vdev");
		add(arguments, live->specs[i].devargs);
	}
	if (!has_pci(live))
		add(arguments, "--no-pci");
}

static bool has_telemetry(const struct live *live)
{
	return ((const struct mw_server_settings *)mw_settings_values(live->engine->settings, "control"))->telemetry;
}

static int start_eal(struct live *live, const struct options *options)
{
	static struct arguments arguments; // EAL keeps pointers into it
	char core[16];
	cpu_set_t allowed;

	add(&arguments, "midwatch");
	add(&arguments, "-l");
	snprintf(core, sizeof(core), "%d", sched_getcpu());
	add(&arguments, core);
	if (has_telemetry(live))
		telemetry_register();
	else
		add(&arguments, "--no-telemetry");
	add(&arguments, "--log-level=warning");
	add_memory(live, options, &arguments);
	add_devices(live, &arguments);
	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	rte_openlog_stream(stderr); // its own goes to syslog(3), which connects when there is something to say: locked in
	if (rte_eal_init(arguments.count, arguments.values) < 0) {
		mw_log_error("DPDK did not start: %s; the lines above are its own", rte_strerror(rte_errno));
		return -EIO;
	}
	closelog(); // EAL of 22.11 opens it nevertheless, later ones when asked
	live->eal_started = true;
	// EAL pins this thread to its core, and the workers would inherit that: they have all that the process had
	sched_setaffinity(0, sizeof(allowed), &allowed);
	return 0;
}

static int parse_ports(struct live *live, const struct options *options)
{
	int result = 0;

	for (uint32_t i = 0; i < options->ports_count; i++) {
		char problem[512];
		struct mw_text text = mw_text_in(problem, sizeof(problem));
		int error = mw_port_parse(options->ports[i], i, port_settings(live->engine), &live->specs[i], &text);

		if (error != 0) {
			add_mend(live, options, error, &text);
			mw_log_error("-i %s: %s", options->ports[i], problem);
			result = error;
		}
	}
	live->ports_count = result == 0 ? options->ports_count : 0;
	return result;
}

static int open_ports(struct live *live, const struct options *options, uint16_t queues_wanted)
{
	const uint16_t spread_key = mw_spread_key(&live->engine->workers.hash_key);

	for (uint32_t i = 0; i < live->ports_count; i++) {
		char problem[512];
		struct mw_text text = mw_text_in(problem, sizeof(problem));
		int error = mw_port_open(&live->specs[i], port_settings(live->engine), queues_wanted, spread_key,
								 &live->ports[i], &text);

		if (error != 0) {
			add_mend(live, options, error, &text);
			mw_log_error("-i %s: %s", live->specs[i].text, problem);
			return error;
		}
		mw_log_notice("port %s: driver %s, %u RX queue%s", mw_port_name(live->ports[i]), mw_port_driver(live->ports[i]),
					  mw_port_queues(live->ports[i]), mw_port_queues(live->ports[i]) == 1 ? "" : "s");
	}
	return 0;
}

int live_filter(const struct options *options, struct mw_filter **filter)
{
	char problem[256] = "";
	struct mw_text text = mw_text_in(problem, sizeof(problem));
	int error;

	*filter = NULL;
	if (options->filter == NULL)
		return 0;
	error = mw_filter_new(options->filter, filter);
	if (error == 0)
		error = mw_filter_add(*filter, MW_DLT_ETHERNET, &text);
	if (error != 0)
		mw_log_error("-f '%s': %s", options->filter, problem[0] != '\0' ? problem : strerror(-error));
	return error;
}

int live_open(struct live *live, struct engine *engine, const struct options *options, uint16_t *workers_count)
{
	uint64_t queues = port_settings(engine)->rx_queues;
	uint32_t queues_all = 0;
	int error;

	live->engine = engine;
	error = parse_ports(live, options);
	if (error == 0)
		error = live_filter(options, &live->filter);
	if (error == 0)
		error = start_eal(live, options);
	if (queues == 0)
		queues = options->workers > 0 ? options->workers : 1;
	if (error == 0)
		error = open_ports(live, options, (uint16_t)queues);
	for (uint32_t i = 0; error == 0 && i < live->ports_count; i++)
		queues_all += mw_port_queues(live->ports[i]);
	*workers_count = (uint16_t)(options->workers > 0 ? options->workers : MW_MIN(queues_all, MW_WORKERS_MAX));
	return error;
}

int live_take_memory(struct live *live)
{
	const struct engine *engine = live->engine;
	const struct mw_output_settings *output = mw_settings_values(engine->settings, "output");

	return capture_open(&live->capture, &live->clock, engine->workers.count, output->capture_buffer_bytes);
}

int live_counts(struct live *live, uint32_t port, struct mw_port_counts *counts)
{
	if (live->ports[port] != NULL)
		return mw_port_counts(live->ports[port], counts);
	*counts = live->final[port];
	return 0;
}

static uint64_t dropped_nic(struct engine *engine)
{
	struct live *live = engine->source;
	uint64_t dropped = 0;

	for (uint32_t i = 0; i < live->ports_count; i++) {
		struct mw_port_counts counts = {0};

		if (live_counts(live, i, &counts) == 0)
			dropped += counts.missed_pkts + counts.no_mbuf_pkts + counts.error_pkts;
	}
	return dropped;
}

// While it starts, that is why.
static void tell_blind_of(struct live *live, struct mw_blind blind)
{
	if (live->blind.starting_ns != 0)
		blind.why = MW_BLIND_STARTING;
	mw_aggregate_blind(live->engine->aggregate, &blind);
}

static void look_at_losses(struct live *live, uint64_t now)
{
	const struct workers *workers = &live->engine->workers;
	struct mw_blind blind;

	if (live_blind_lost(&live->blind, now, live_watch_lost(live), workers_sum(workers, workers->counters.packets),
						&blind))
		tell_blind_of(live, blind);
}

// What came between the opening of the ports and the first look of the workers fills the queues, and more of it may be
// lost until they are empty once. Workers that never empty theirs are too slow, and that is another matter.
static void begin_start(struct live *live)
{
	struct mw_blind blind;

	live->blind.starting_ns = live_clock_now(&live->clock);
	(void)live_blind_lost(&live->blind, live->blind.starting_ns, live_watch_lost(live), 0, &blind);
}

static void end_start(struct live *live, uint64_t now)
{
	const bool caught_up =
		atomic_load_explicit(&live->workers_caught_up, memory_order_relaxed) == live->engine->workers.count;

	if (!caught_up && now < live->blind.starting_ns + LIVE_BLIND_START_NS)
		return;
	if (caught_up) {
		look_at_losses(live, now);
		live_watch_caught_up(live);
	}
	live->blind.starting_ns = 0;
	live_sight_start(live);
}

// Before events are handed over: what they conclude from may not have been seen.
static void tell_blind(struct live *live, uint64_t now)
{
	struct engine *engine = live->engine;
	struct mw_blind blind;

	for (uint16_t i = 0; i < engine->workers.count; i++) {
		while (live_gaps_take(&live->gaps[i], &blind))
			tell_blind_of(live, blind);
	}
	if (live->blind.clock_told_ns != live->clock.told_ns) {
		blind = (struct mw_blind){.from_ns = now, .to_ns = now, .why = MW_BLIND_CLOCK};
		live->blind.clock_told_ns = live->clock.told_ns;
		mw_aggregate_blind(engine->aggregate, &blind);
	}
	if (now >= live->blind.looked_ns + LIVE_BLIND_LOOK_NS)
		look_at_losses(live, now);
	if (live->blind.starting_ns != 0)
		end_start(live, now);
}

static void tell_capture(struct live *live, const char *what)
{
	char path[CAPTURE_PATH_BYTES + CAPTURE_NAME_BYTES + 2];

	snprintf(path, sizeof(path), "%s/%s", live->capture.directory, live->capture.name);
	engine_tell(live->engine, path, what);
}

void live_tell_capture(struct live *live)
{
	tell_capture(live, "capture started");
}

static void tell_captured(struct live *live)
{
	const struct capture *capture = &live->capture;
	char chars[RECENT_WHAT_BYTES];
	struct mw_text what = mw_text_in(chars, sizeof(chars));

	mw_text_add(&what, "capture ended (%s): %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " dropped",
				capture_end_names[atomic_load(&capture->end)], atomic_load(&capture->packets),
				atomic_load(&capture->bytes), capture_dropped(capture));
	tell_capture(live, chars);
}

static void serve(struct live *live)
{
	struct engine *engine = live->engine;
	struct timespec pause = {0};
	uint64_t now;
	bool busy;

	live_clock_follow(&live->clock, live_clock_steady_ns(), live_clock_read(CLOCK_REALTIME));
	now = live_clock_after(&live->clock, engine->intervals.last_ns);
	tell_blind(live, now);
	busy = mw_aggregate_drain(engine->aggregate, now) > BUSY_EVENTS;
	pause.tv_nsec = busy ? 0 : LOOP_MS * (long)MW_NS_PER_MS;
	engine_advance(engine, now); // live workers tick by themselves
	if (live->kept_ns != engine->intervals.start_ns) {
		live->kept_ns = engine->intervals.start_ns;
		kept_write(engine);
	}
	if (capture_look(&live->capture))
		tell_captured(live);
	if (signals_take_statistics())
		live_watch_tell(live);
	if (signals_take_reload())
		reload_log(engine);
	if (engine->server != NULL)
		mw_server_poll(engine->server, busy ? 0 : LOOP_MS);
	else
		nanosleep(&pause, NULL);
}

// The service manager starts a new one when this does not come: it must not while a worker is blind.
static void feed_watchdog(struct live *live, uint64_t steady_ns)
{
	bool all_move = live_moves_look(&live->moves, live->engine->workers.count, steady_ns);

	if (!all_move || live->blind.starting_ns != 0 || steady_ns - live->fed_ns < FEED_NS)
		return;
	notify_say("WATCHDOG=1");
	live->fed_ns = steady_ns;
}

static void wait_for(struct live *live, const _Atomic uint32_t *count, uint64_t at_most_ms)
{
	uint64_t until_ns = live_clock_steady_ns() + at_most_ms * MW_NS_PER_MS;

	while (atomic_load_explicit(count, memory_order_acquire) < live->engine->workers.count &&
		   live_clock_steady_ns() < until_ns)
		serve(live);
}

static void stop_workers(struct live *live, struct live_worker workers[])
{
	live->engine->state = "stopping";
	live->blind.starting_ns = 0;
	notify_say("STOPPING=1\nSTATUS=stopping: rows are written to the end");
	atomic_store_explicit(&live->stage, LIVE_EMPTY_QUEUES, memory_order_release);
	wait_for(live, &live->workers_idle, EMPTY_QUEUES_MS);
	atomic_store_explicit(&live->stage, LIVE_FINISH, memory_order_release);
	while (atomic_load_explicit(&live->workers_done, memory_order_acquire) < live->engine->workers.count)
		mw_aggregate_drain(live->engine->aggregate, live->engine->intervals.last_ns);
	for (uint16_t i = 0; i < live->engine->workers.count; i++)
		live_worker_join(&workers[i]);
}

// Ends the workers that started. The others stopped before they began, and nobody waits for them.
static void give_up(struct live *live, struct live_worker workers[], uint16_t started)
{
	const uint32_t missing = live->engine->workers.count - (uint32_t)started;

	atomic_fetch_add_explicit(&live->workers_stopped, missing, memory_order_acq_rel);
	atomic_store_explicit(&live->stage, LIVE_FINISH, memory_order_release);
	for (uint16_t i = 0; i < started; i++)
		live_worker_join(&workers[i]);
}

// All or none: without its thread a worker's queues would be lost.
static int start_workers(struct live *live, struct live_worker workers[])
{
	for (uint16_t i = 0; i < live->engine->workers.count; i++) {
		int error = live_worker_start(&workers[i], live, i);

		if (error != 0) {
			mw_log_error("worker %u: thread: %s", i, strerror(-error));
			give_up(live, workers, i);
			return error;
		}
	}
	return 0;
}

int live_run(struct live *live)
{
	static struct live_worker workers[MW_WORKERS_MAX];
	struct engine *engine = live->engine;
	bool left = true;
	int error;

	engine->source = live;
	engine->dropped_nic = dropped_nic;
	live_clock_start(&live->clock, live_clock_steady_ns(), live_clock_read(CLOCK_REALTIME));
	begin_start(live);
	error = start_workers(live, workers);
	if (error != 0)
		return error;
	kept_recall(engine);
	live_watch_start(live, live_clock_steady_ns());
	live_moves_start(&live->moves, live_clock_steady_ns());
	telemetry_look(live);
	while (!signals_stopped() && (left = live_watch_look(live, live_clock_steady_ns()))) {
		feed_watchdog(live, live_clock_steady_ns());
		live_sight_look(live);
		serve(live);
	}
	if (!left)
		mw_log_error("no port is left to watch: midwatch ends");
	stop_workers(live, workers);
	if (capture_finish(&live->capture))
		tell_captured(live);
	telemetry_end();
	live_watch_end(live);
	engine_finish(engine);
	kept_write(engine);
	return left ? 0 : -ENODEV;
}

void live_close(struct live *live)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		if (live->ports[i] == NULL)
			continue;
		mw_port_counts(live->ports[i], &live->final[i]);
		mw_port_close(live->ports[i]);
		live->ports[i] = NULL;
	}
	mw_filter_free(live->filter);
	capture_close(&live->capture);
	if (live->eal_started)
		rte_eal_cleanup();
}
