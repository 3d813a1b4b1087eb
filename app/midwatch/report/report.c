// SPDX-License-Identifier: BSD-3-Clause
// The report for people.
// Neighbours: report/report.h; report/findings.c has its first part, report/detectors.c what the detectors say of the
// traffic.
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "live/live.h"
#include "mw_detectors.h"
#include "mw_time.h"
#include "replay/replay.h"

#define NAME_BYTES  4096 // of a name as it is shown, cut beyond
#define FILES_WIDTH 85u

static struct report_style choose_style(const struct options *options)
{
	bool color = options->color == OPTIONS_ALWAYS ||
				 (options->color == OPTIONS_AUTO && isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL);

	return color ? (struct report_style){"\033[1m", "\033[1;31m", "\033[1;33m", "\033[2m", "\033[0m"}
				 : (struct report_style){"", "", "", "", ""};
}

static void print_packets(const struct mw_summary_row *totals)
{
	printf("  packets   %" PRId64 " read = %" PRId64 " analysed + %" PRId64 " filtered + %" PRId64
		   " malformed + %" PRId64 " truncated",
		   totals->packets, totals->analysed, totals->filtered, totals->malformed, totals->truncated);
	if (totals->dropped_ring > 0)
		printf(" + %" PRId64 " lost between workers", totals->dropped_ring);
	if (totals->filtered > 0 && totals->analysed == 0)
		printf("\n            the filter let nothing through; what is behind a VLAN tag, in PPPoE or in a tunnel"
			   "\n            it sees only when it says so, as in 'vlan and udp' or 'pppoes and tcp' (pcap-filter(7))");
	printf("\n  of these  IPv4 %" PRId64 ", IPv6 %" PRId64 "; TCP %" PRId64 ", UDP %" PRId64 ", ICMP %" PRId64
		   ", other %" PRId64 "; tunnelled %" PRId64 ", fragments %" PRId64 "\n",
		   totals->ipv4, totals->ipv6, totals->tcp, totals->udp, totals->icmp, totals->other, totals->tunnelled,
		   totals->fragments);
	printf("  flows     %" PRId64 " seen, %" PRId64 " given up for want of room\n", totals->flows_new,
		   totals->flows_evicted);
}

static void print_refusals(const struct engine *engine)
{
	const char *title = "refused   ";

	for (uint32_t r = 0; r < MW_REFUSALS_COUNT; r++) {
		uint64_t count = 0;

		if (mw_refusal_fates[r] == MW_FATE_ANALYSED)
			continue;
		count = workers_sum(&engine->workers, engine->workers.counters.refusals + r);
		if (count == 0)
			continue;
		printf("  %s%s %" PRIu64 "\n", title, mw_refusal_names[r], count);
		title = "          ";
	}
}

static void print_ports(struct live *live)
{
	for (uint32_t i = 0; i < live->ports_count; i++) {
		struct mw_port_counts counts = {0};

		live_counts(live, i, &counts);
		printf("  port      %s: %" PRIu64 " received, %" PRIu64 " missed, %" PRIu64 " without a buffer, %" PRIu64
			   " errors, %" PRIu64 " excluded\n",
			   live->specs[i].text, counts.received_pkts, counts.missed_pkts, counts.no_mbuf_pkts, counts.error_pkts,
			   counts.excluded_pkts);
	}
}

static void print_time(const struct engine *engine)
{
	char from[MW_TIME_TEXT_BYTES], length[48];
	struct mw_text from_text = mw_text_in(from, sizeof(from)), length_text = mw_text_in(length, sizeof(length));

	mw_time_add_rfc3339(&from_text, engine->intervals.first_ns);
	mw_time_add_duration(&length_text, engine->intervals.last_ns - engine->intervals.first_ns);
	if (engine->intervals.started)
		printf("  time      %s of packet time from %s\n", length, from);
}

/** A name, or words with one: a capture comes from others, and its name may hold anything. */
static void print_name(const char *before, const char *name)
{
	char chars[NAME_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_text_add_name(&text, name);
	printf("%s%s", before, chars);
}

static void print_gone(const struct live *live, const struct report_style *style)
{
	char gone[REPORT_GONE_BYTES] = "";
	struct mw_text text = mw_text_in(gone, sizeof(gone));

	live_watch_add_gone(live, &text);
	if (gone[0] != '\0')
		printf("%sINCOMPLETE%s %s; nothing of it was seen from then on\n", style->red, style->end, gone);
}

static void print_source(const struct engine *engine, const struct report_source *source,
						 const struct report_style *style)
{
	const struct options *options = engine->options;
	const struct replay_result *replay = source->replay;

	printf("%smidwatch %s%s:", style->bold, MW_VERSION, style->end);
	for (uint32_t i = 0; i < options->files_count; i++)
		print_name(" ", options->files[i]);
	for (uint32_t i = 0; i < options->ports_count; i++)
		print_name(" ", options->ports[i]);
	printf("\n");
	if (source->live != NULL)
		print_gone(source->live, style);
	if (replay != NULL && replay->problem[0] != '\0') {
		printf("%sINCOMPLETE%s", style->red, style->end);
		print_name(" ", replay->problem);
		printf("\n  what follows is valid up to that point: %" PRIu64 " packets\n", replay->packets);
	}
	if (replay != NULL && replay->unread.text[0] != '\0') {
		printf("%s%s READ%s", style->red, replay->unread.nothing ? "NOTHING" : "NOT ALL", style->end);
		print_name(" ", replay->unread.text);
		printf("\n");
	}
	if (replay != NULL && replay->interrupted)
		printf("%sINTERRUPTED%s after %" PRIu64 " packets; what follows is valid up to there\n", style->red, style->end,
			   replay->packets);
	printf("\n");
}

static void print_files(const struct engine *engine, const struct report_style *style)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t count = mw_aggregate_records(&mw_detectors, records);
	size_t width = 0;

	printf("\n%sFILES%s     ", style->bold, style->end);
	print_name("", engine->output.directory);
	printf("/: ");
	for (uint32_t i = 0; i < count; i++) {
		size_t name_width = strlen(records[i]->name) + strlen(",");

		if (width > 0 && width + 1 + name_width > FILES_WIDTH) {
			printf("\n             ");
			width = 0;
		}
		width += (size_t)printf("%s%s%s", width == 0 ? "" : " ", records[i]->name, i + 1 == count ? " (CSV)\n" : ",");
	}
}

static void print_evidence(const struct evidence_account *evidence)
{
	if (evidence->files > 0)
		printf("             %s/: %u capture%s with the packets that prove findings (pcapng, with comments)\n",
			   EVIDENCE_FOLDER, evidence->files, evidence->files == 1 ? "" : "s");
	if (evidence->why_not[0] != '\0')
		printf("             %s/: %s: %s\n", EVIDENCE_FOLDER, evidence->files > 0 ? "not for every finding" : "none",
			   evidence->why_not);
}

void report_print(struct engine *engine, const struct report_source *source)
{
	struct report_style style = choose_style(engine->options);
	struct mw_summary_row totals;

	mw_aggregate_totals(engine->aggregate, &totals);
	print_source(engine, source, &style);
	report_print_findings(engine, source->replay != NULL && source->replay->unread.nothing, &style);
	printf("\n%sTRAFFIC%s\n", style.bold, style.end);
	print_time(engine);
	print_packets(&totals);
	print_refusals(engine);
	if (source->live != NULL)
		print_ports(source->live);
	report_print_detectors(engine);
	if (engine->output.error != 0)
		printf("  %soutput    INCOMPLETE: rows or files could not be written: %s%s\n", style.red,
			   strerror(-engine->output.error), style.end);
	print_files(engine, &style);
	if (source->replay != NULL)
		print_evidence(&source->replay->evidence);
}
