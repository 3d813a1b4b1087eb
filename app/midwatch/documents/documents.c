// SPDX-License-Identifier: BSD-3-Clause
// Markdown and man pages from tables.
// Neighbours: documents/documents.h.
#include "documents/documents.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "documents/completion.h"
#include "modules.h"
#include "mw_aggregate.h"
#include "mw_csv.h"
#include "mw_detectors.h"
#include "options.h"

static void to_stdout(void *context, const char *chars, size_t count)
{
	(void)context;
	fwrite(chars, 1, count, stdout);
}

static const struct mw_settings_out out = {.chars = to_stdout};

void documents_print_configuration(void)
{
	const struct mw_settings_module *modules[MODULES_MAX];

	mw_settings_print_defaults(modules, modules_all(modules), &out);
}

static int print_settings(void)
{
	const struct mw_settings_module *modules[MODULES_MAX];

	mw_settings_print_reference(modules, modules_all(modules), &out);
	return 0;
}

static const char *const type_names[] = {
	[MW_COLUMN_I64] = "whole number", [MW_COLUMN_DOUBLE] = "number", [MW_COLUMN_TIME] = "time",
	[MW_COLUMN_BOOL] = "yes or no",   [MW_COLUMN_TEXT] = "text",     [MW_COLUMN_ADDRESS] = "IP address",
	[MW_COLUMN_NAME] = "name",        [MW_COLUMN_ENUM] = "one of",   [MW_COLUMN_FLAGS] = "any of, joined by +",
};

static void print_column(const struct mw_column *column)
{
	printf("| `%s` | %s", column->name, type_names[column->type]);
	for (uint32_t i = 0; i < column->names_count; i++)
		printf("%s `%s`", i == 0 ? "" : ",", column->names[i]);
	printf(" | %s |\n", column->help);
}

static int print_files(void)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t count = mw_aggregate_records(&mw_detectors, records);

	printf(
		"# CSV files\n\nMade from the program's tables by `midwatch --document files`. Every row starts with `schema`, "
		"`ts` (RFC 3339, UTC)\nand `probe`. An empty cell is \"not known\".\n");
	for (uint32_t i = 0; i < count; i++) {
		printf("\n## %s.csv\n\n%s; schema %u.\n\n| column | holds | meaning |\n|---|---|---|\n", records[i]->name,
			   records[i]->help, records[i]->schema);
		for (uint32_t c = 0; c < records[i]->columns_count; c++)
			print_column(&records[i]->columns[c]);
	}
	return 0;
}

static void print_finding_kind(const struct mw_detector *detector, const struct mw_finding_kind *kind)
{
	printf("| `%s` | `%s` | %s |\n", kind->name, detector->name, kind->evidence == NULL ? "no" : "yes");
}

static int print_findings(void)
{
	printf("# Findings\n\nMade from the program's tables by `midwatch --document findings`. Within one severity, "
		   "findings stand in order of cause,\nthen the surer first.\n\n| finding | detector | evidence capture |\n"
		   "|---|---|---|\n");
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->findings_count; j++)
			print_finding_kind(mw_detectors.items[i], mw_detectors.items[i]->findings[j]);
	}
	return 0;
}

static int print_counters(void)
{
	static struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	int error = mw_pipeline_register(&names, &mw_detectors, &counters);

	printf(
		"# Counters\n\nMade from the program's tables by `midwatch --document counters`. `midwatchctl show counters` "
		"shows them.\n\n| module | counter | counts |\n|---|---|---|\n");
	for (uint32_t i = 0; i < names.count; i++)
		printf("| %s | `%s` | %s |\n", names.entries[i].module, names.entries[i].counter.name,
			   names.entries[i].counter.help);
	return error;
}

static int print_commands(void)
{
	uint32_t commands_count;
	const struct mw_command *commands = commands_all(&commands_count);

	printf("# Commands of the control socket\n\nMade from the program's tables by `midwatch --document commands`.\n\n"
		   "| command | arguments | what it does |\n|---|---|---|\n| `help` | | all commands with their arguments |\n");
	for (uint32_t i = 0; i < commands_count; i++) {
		printf("| `%s` | ", commands[i].words);
		for (uint32_t a = 0; a < commands[i].arguments_count; a++)
			printf("%s`%s`%s: %s", a == 0 ? "" : "; ", commands[i].arguments[a].name,
				   commands[i].arguments[a].required ? "" : " (may be left out)", commands[i].arguments[a].help);
		printf(" | %s |\n", commands[i].help);
	}
	return 0;
}

static void print_file_names(void)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t count = mw_aggregate_records(&mw_detectors, records);

	for (uint32_t i = 0; i < count; i++)
		printf("%s.csv%s\n", records[i]->name, i + 2 < count ? "," : i + 2 == count ? " and" : "");
}

static int print_man(void)
{
	printf(
		".TH MIDWATCH 1 \"\" \"midwatch %s\" \"User Commands\"\n.SH NAME\nmidwatch \\- say what the middle of the "
		"network does to the traffic\n.SH SYNOPSIS\n.B midwatch\n.B \\-r\n.I FILE...\n.RI [ options ]\n.br\n"
		".B midwatch\n.B \\-i\n.I PORT...\n.RI [ options ]\n.SH DESCRIPTION\n.B midwatch\nreads capture files or a "
		"mirror port, finds resets that no endpoint sent, proxies that answer in the name of servers, address "
		"translators that run out of ports, datagrams whose fragments are lost, paths that swallow large packets, and "
		"VPN handshakes that die of both, and says for each how sure it is and what else it could be. It never sends "
		"a packet.\n"
		".SH OPTIONS\n",
		MW_VERSION);
	options_print_man();
	puts(".SH EXIT STATUS\n0 analysed; 1 failed while running, or no port was left; 2 usage or configuration; 3 input "
		 "cut or partly unreadable, or one of several ports went away: results hold for what was seen.\n.SH SIGNALS\n"
		 "SIGINT and SIGTERM end it in order: what was analysed is written. SIGHUP reads the configuration again "
		 "(with \\-i).\n"
		 ".SH FILES");
	print_file_names();
	puts(
		"in the output directory; with \\-i one of each an interval, with its time in the name. With \\-r of files, "
		"evidence/*.pcapng: packets that show findings (of resets, fragments, paths and IKE), with comments. With "
		"\\-i, captures/*.pcapng: packets that midwatchctl capture start asked for. The directory share/midwatch holds "
		"the signatures, hints of applications by port (nat/port\\-hints.txt), MAP\\-E rules (mape/rules.yaml), and "
		"schemas of the CSV files.\n.SH EXAMPLES\n.nf\nmidwatch \\-r office.pcap\n"
		"midwatch \\-r \\- \\-f 'tcp port 443' < office.pcap\nmidwatch \\-c /etc/midwatch/midwatch.yaml \\-i eth1\n"
		".fi\n.SH SEE ALSO\n.BR midwatchctl (1),\n.BR pcap\\-filter (7)");
	return 0;
}

static void print_man_command(const struct mw_command *command)
{
	printf(".TP\n.B %s", command->words);
	for (uint32_t a = 0; a < command->arguments_count; a++)
		printf(command->arguments[a].required ? " \\fI%s\\fR" : " [\\fI%s\\fR]", command->arguments[a].name);
	printf("\n%s.\n", command->help);
	for (uint32_t a = 0; a < command->arguments_count; a++)
		printf("\\fI%s\\fR: %s.\n", command->arguments[a].name, command->arguments[a].help);
}

static int print_man_ctl(void)
{
	uint32_t commands_count;
	const struct mw_command *commands = commands_all(&commands_count);

	printf(
		".TH MIDWATCHCTL 1 \"\" \"midwatch %s\" \"User Commands\"\n.SH NAME\nmidwatchctl \\- ask and steer a running "
		"midwatch\n.SH SYNOPSIS\n.B midwatchctl\n.RB [ \\-s\n.IR SOCKET ]\n.RB [ \\-\\-json ]\n.RB [ \\-f\n.IR FILE ]\n"
		".RB [ \\-e ]\n.RI [ COMMAND... ]\n.SH DESCRIPTION\n.B midwatchctl\nsends a command to the control socket of a "
		"running midwatch and prints the answer as a text table. Without a command it is a shell with history and "
		"completion; quit leaves it. Words after a command are its arguments in order, or NAME=VALUE. map\\-e calc and "
		"map\\-e infer only calculate: they need no running midwatch.\n",
		MW_VERSION);
	puts(
		".SH OPTIONS\n.TP\n.BR \\-s \", \" \\-\\-socket \" \\fISOCKET\\fR\"\nits control socket (default "
		"/run/midwatch/midwatch.sock)\n.TP\n.B \\-\\-json\nanswers as JSON, one row or message a line\n.TP\n"
		".BR \\-f \", \" \\-\\-file \" \\fIFILE\\fR\"\ncommands from FILE, one a line, # begins a comment; \"\\-\" is "
		"standard input\n.TP\n.B \\-e\nstop at the first command that fails\n.TP\n.B \\-\\-once\nwith top: one screen, "
		"without control codes\n.TP\n.BR \\-\\-timeout \" \\fIS\\fR\"\nseconds to wait for midwatch (default 10)\n.TP\n"
		".BR \\-\\-version \", \" \\-\\-help\nthe version; a short help\n.SH COMMANDS\n.TP\n.B help\nall commands with "
		"their arguments.\n.TP\n.B top\na live screen, renewed once a second. This one is of midwatchctl itself.");
	for (uint32_t i = 0; i < commands_count; i++)
		print_man_command(&commands[i]);
	puts(".SH EXIT STATUS\n0 ok; 1 failed; 2 usage; 3 cannot connect; 4 not found; 5 timed out.\n.SH EXAMPLES\n.nf\n"
		 "midwatchctl show findings\nmidwatchctl show nat 192.168.1.20\n"
		 "midwatchctl map\\-e calc 240b:11:203:c800::/56\n"
		 "midwatchctl \\-\\-json show resets | jq .cause\nmidwatchctl set resets.forged\\-at 80\n"
		 ".fi\n.SH SEE ALSO\n.BR midwatch (1)");
	return 0;
}

static int print_schema(const char *name)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t count = mw_aggregate_records(&mw_detectors, records);
	static char chars[65536];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(records[i]->name, name) != 0)
			continue;
		mw_csv_add_schema(&text, records[i]);
		puts(chars);
		return 0;
	}
	return -EINVAL;
}

int documents_print(const char *kind)
{
	static const struct {
		const char *kind;
		int (*print)(void);
	} pages[] = {
		{"settings", print_settings},
		{"files", print_files},
		{"findings", print_findings},
		{"counters", print_counters},
		{"commands", print_commands},
		{"man", print_man},
		{"man-ctl", print_man_ctl},
		{"completion-bash-midwatch", completion_bash},
		{"completion-bash-midwatchctl", completion_bash_ctl},
		{"completion-zsh-midwatch", completion_zsh},
		{"completion-zsh-midwatchctl", completion_zsh_ctl},
	};

	if (strncmp(kind, "schema:", 7) == 0)
		return print_schema(kind + 7);
	for (size_t i = 0; i < MW_ARRAY_SIZE(pages); i++) {
		if (strcmp(pages[i].kind, kind) == 0)
			return pages[i].print();
	}
	return -EINVAL;
}
