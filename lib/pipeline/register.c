// SPDX-License-Identifier: BSD-3-Clause
// The counters of the path of a packet, and the section "flow" of the configuration.
// Neighbours: pipeline.c; mw_stats.h.
#include <errno.h>
#include <string.h>

#include "pipeline.h"

static const struct mw_counter own_counters[] = {
	{"packets", "packets read from the source"},
	{"bytes", "their bytes on the wire"},
	{"duplicates", "packets that the mirror had shown before"},
	{"handed-over", "packets given to the worker that owns their address pair"},
	{"strayed", "packets in no tunnel that came to another worker than their address pair's"},
	{"handover-full", "packets lost because the owner's ring was full"},
	{"tunnelled", "packets inside a tunnel"},
	{"fragments", "IP fragments"},
	{"resets", "TCP segments with RST"},
	{"tcp", "TCP packets"},
	{"udp", "UDP packets"},
	{"icmp", "ICMP and ICMPv6 packets"},
	{"other", "packets of other kinds"},
	{"events-sent", "events put into a ring"},
	{"events-lost", "events other than steps of connections that found their ring full"},
	{"steps-lost", "steps of connections that found their ring full"},
	{"cut", "packets without their end: a snap length, or a mirror that cuts frames"},
	{"cut-refused", "of these: shorter on the wire than their IP header says, so not analysed"},
	{"cut-bytes", "what is there of all of them"},
	{"cut-link-bytes", "of these bytes: before the IP header"},
	{"cut-refused-bytes", "what those that are not analysed had, as their IP headers say"},
};
static const struct mw_counter fate_counters[MW_FATES] = {
	{"analysed", "packets decoded to the end of what midwatch knows"},
	{"filtered", "packets that the capture filter rejected"},
	{"malformed", "packets whose headers contradict themselves"},
	{"truncated", "packets cut too short to classify"},
};

static int add(struct mw_stats_names *names, const char *module, const struct mw_counter *counters, uint32_t count,
			   uint32_t *first)
{
	int index = mw_stats_register(names, module, counters, count);

	if (index < 0)
		return index;
	*first = (uint32_t)index;
	return 0;
}

static int add_own(struct mw_stats_names *names, struct mw_pipeline_counters *c)
{
	uint32_t *const indexes[] = {&c->packets,
								 &c->bytes,
								 &c->duplicates,
								 &c->handed_over,
								 &c->strayed,
								 &c->handover_full,
								 &c->tunnelled,
								 &c->fragments,
								 &c->resets,
								 &c->tcp,
								 &c->udp,
								 &c->icmp,
								 &c->other,
								 &c->events_sent,
								 &c->events_lost[MW_EVENT_EVIDENCE],
								 &c->events_lost[MW_EVENT_STEP],
								 &c->cut,
								 &c->cut_refused,
								 &c->cut_bytes,
								 &c->cut_link_bytes,
								 &c->cut_refused_bytes};
	int error;

	_Static_assert(MW_ARRAY_SIZE(indexes) == MW_ARRAY_SIZE(own_counters), "one index a counter");
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(own_counters); i++) {
		error = add(names, "pipeline", &own_counters[i], 1, indexes[i]);
		if (error != 0)
			return error;
	}
	return add(names, "pipeline", fate_counters, MW_FATES, &c->fates);
}

static int add_refusals(struct mw_stats_names *names, struct mw_pipeline_counters *c)
{
	static const struct mw_counter refusals[MW_REFUSALS_COUNT] = {
#define X(symbol, name, fate, help) [MW_REFUSAL_##symbol] = {name, help},
		MW_REFUSALS(X)
#undef X
	};

	return add(names, "decode", refusals, MW_REFUSALS_COUNT, &c->refusals);
}

static int add_classes(struct mw_stats_names *names, struct mw_pipeline_counters *c)
{
	static const char *const modules[3] = {"class-packets", "class-bytes", "class-flows"};
	static const char *const helps[3] = {"packets of the class", "bytes of the class", "flows of the class"};
	uint32_t *const firsts[3] = {&c->classes_packets, &c->classes_bytes, &c->classes_flows};

	for (int kind = 0; kind < 3; kind++) {
		for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
			struct mw_counter counter = {mw_pipeline_classes[i].name, helps[kind]};
			uint32_t index;
			int error = add(names, modules[kind], &counter, 1, &index);

			if (error != 0)
				return error;
			if (i == 0)
				*firsts[kind] = index;
		}
	}
	return 0;
}

int mw_pipeline_register(struct mw_stats_names *names, const struct mw_detector_set *detectors,
						 struct mw_pipeline_counters *counters)
{
	int error = add_own(names, counters);

	if (error == 0)
		error = add_refusals(names, counters);
	if (error == 0)
		error = add(names, "flow", mw_flow_counters, MW_FLOW_COUNTERS, &counters->flow);
	if (error == 0)
		error = add(names, "fragments", mw_fragment_counters, MW_FRAGMENT_COUNTERS, &counters->fragments_first);
	if (error == 0)
		error = add(names, "exchanges", mw_exchange_counters, MW_EXCHANGE_COUNTERS, &counters->exchanges);
	if (error == 0)
		error = add_classes(names, counters);
	for (uint32_t i = 0; error == 0 && i < detectors->count; i++) {
		const struct mw_detector *detector = detectors->items[i];

		if (detector->counters_count > 0)
			error = add(names, detector->name, detector->counters, detector->counters_count, &counters->detectors[i]);
	}
	return error;
}

#define AT(member) .offset = (uint16_t)offsetof(struct mw_pipeline_flow_settings, member)

static const struct mw_setting flow_settings[] = {
	{.name = "flows-max",
	 .type = MW_SETTING_UINT,
	 AT(flows_max),
	 .needs_restart = true,
	 .default_text = "1Mi",
	 .min = 1024,
	 .max = UINT64_C(1) << 28,
	 .help = "flows that one worker can hold; its memory is fixed by it"},
	{.name = "vlan-in-key",
	 .type = MW_SETTING_BOOL,
	 AT(vlan_in_key),
	 .needs_restart = true,
	 .default_text = "no",
	 .help = "tell equal tuples of different VLANs apart; mirrors often show another VLAN in each direction"},
	{.name = "tcp-idle",
	 .type = MW_SETTING_DURATION,
	 AT(tcp_idle_ns),
	 .needs_restart = true,
	 .default_text = "15min",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "an established TCP flow ends after this silence"},
	{.name = "tcp-opening",
	 .type = MW_SETTING_DURATION,
	 AT(tcp_opening_ns),
	 .needs_restart = true,
	 .default_text = "1min",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "a TCP flow that was never answered ends after this silence"},
	{.name = "tcp-closing",
	 .type = MW_SETTING_DURATION,
	 AT(tcp_closing_ns),
	 .needs_restart = true,
	 .default_text = "30s",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "a TCP flow ends this long after its FINs or reset"},
	{.name = "udp-idle",
	 .type = MW_SETTING_DURATION,
	 AT(udp_idle_ns),
	 .needs_restart = true,
	 .default_text = "2min",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "a UDP flow ends after this silence"},
	{.name = "other-idle",
	 .type = MW_SETTING_DURATION,
	 AT(other_idle_ns),
	 .needs_restart = true,
	 .default_text = "1min",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "a flow of another protocol ends after this silence"},
	{.name = "duplicate-window",
	 .type = MW_SETTING_DURATION,
	 AT(duplicate_window_ns),
	 .default_text = "1ms",
	 .max = 100 * MW_NS_PER_MS,
	 .help = "equal packets this close together are one packet that the mirror showed twice; 0 counts both"},
};

const struct mw_settings_module mw_pipeline_flow_settings_module = {
	.name = "flow",
	.help = "the flow table of each worker",
	.settings = flow_settings,
	.settings_count = MW_ARRAY_SIZE(flow_settings),
	.values_bytes = sizeof(struct mw_pipeline_flow_settings),
};

uint32_t mw_pipeline_detector_modules(const struct mw_detector_set *detectors,
									  const struct mw_settings_module *modules[MW_PIPELINE_MODULES_MAX])
{
	bool has_fragment = false;
	uint32_t count = 0;

	for (uint32_t i = 0; i < detectors->count; i++) {
		const struct mw_settings_module *module = detectors->items[i]->settings;

		if (module == NULL)
			continue;
		has_fragment |= strcmp(module->name, mw_fragment_settings_module.name) == 0;
		modules[count++] = module;
	}
	if (!has_fragment)
		modules[count++] = &mw_fragment_settings_module;
	modules[count++] = &mw_exchange_settings_module;
	return count;
}
