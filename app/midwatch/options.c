// SPDX-License-Identifier: BSD-3-Clause
// argv into struct options: one table for parsing, --help and the man page.
// Neighbours: options.h.
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mw_nearest.h"
#include "mw_text.h"

/** One option. */
struct row {
	char letter; // '\0': it has only its long name
	const char *name; // long
	const char *argument; // what --help calls it; NULL: it has none
	const char *help;
	int (*take)(struct options *options, const struct row *row, const char *value); // 0, or -EINVAL, told
	size_t offset; // into struct options, for take_text and take_flag
};

static int bad(const char *format, const char *value)
{
	fprintf(stderr, "midwatch: ");
	fprintf(stderr, format, value); // NOLINT: formats are literals below
	fprintf(stderr, "; see midwatch --help\n");
	return -EINVAL;
}

#define DIGITS_OF(number) #number
#define DIGITS(macro)     DIGITS_OF(macro)

static int append(const char *list[], uint32_t *count, const char *value, const char *option)
{
	if (value[0] == '\0')
		return bad("%s '': an empty word names nothing", option);
	if (*count == OPTIONS_LIST_MAX)
		return bad("%s takes " DIGITS(OPTIONS_LIST_MAX) " at most, and more are given", option);
	list[(*count)++] = value;
	return 0;
}

static int read_number(const char *text, uint64_t max, uint64_t *value)
{
	return mw_text_parse_uint(text, value) != 0 || *value > max ? -EINVAL : 0;
}

static int take_workers(struct options *options, const struct row *row, const char *text)
{
	uint64_t value;

	(void)row;
	options->workers = 0;
	if (strcmp(text, "auto") == 0)
		return 0;
	if (read_number(text, MW_WORKERS_MAX, &value) != 0 || value == 0)
		return bad("-w %s: auto or a number of workers from 1 to " DIGITS(MW_WORKERS_MAX) " is needed", text);
	options->workers = (uint32_t)value;
	return 0;
}

static int take_cores(struct options *options, const struct row *row, const char *list)
{
	char copy[256], *at = copy, *part;

	(void)row;
	if (strlen(list) >= sizeof(copy))
		return bad("--cores %s: too long", list);
	strcpy(copy, list);
	while ((part = strsep(&at, ",")) != NULL) {
		char *dash = strchr(part, '-');
		uint64_t first, last;

		if (dash != NULL)
			*dash++ = '\0';
		if (read_number(part, 1023, &first) != 0 || read_number(dash ? dash : part, 1023, &last) != 0 || first > last)
			return bad("--cores %s: a list as 2,4-6 is needed", list);
		for (; first <= last && options->cores_count < OPTIONS_LIST_MAX; first++)
			options->cores[options->cores_count++] = (int)first;
	}
	return 0;
}

static int read_when(const char *option, const char *value, enum options_when *when)
{
	static const struct {
		const char *option, *value;
		enum options_when when;
	} choices[] = {
		{"--progress", "auto", OPTIONS_AUTO},  {"--progress", "json", OPTIONS_JSON},
		{"--progress", "off", OPTIONS_NEVER},  {"--color", "auto", OPTIONS_AUTO},
		{"--color", "always", OPTIONS_ALWAYS}, {"--color", "never", OPTIONS_NEVER},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(choices); i++) {
		if (strcmp(choices[i].option, option) == 0 && strcmp(choices[i].value, value) == 0) {
			*when = choices[i].when;
			return 0;
		}
	}
	fprintf(stderr, "midwatch: %s=%s: not a choice; see midwatch --help\n", option, value);
	return -EINVAL;
}

static int take_progress(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	return read_when("--progress", value, &options->progress);
}

static int take_color(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	return read_when("--color", value, &options->color);
}

static int take_file(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	return append(options->files, &options->files_count, value, "-r");
}

static int take_port(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	return append(options->ports, &options->ports_count, value, "-i");
}

static int take_override(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	return append(options->overrides, &options->overrides_count, value, "--set");
}

static int take_text(struct options *options, const struct row *row, const char *value)
{
	*(const char **)((char *)options + row->offset) = value;
	return 0;
}

static int take_flag(struct options *options, const struct row *row, const char *value)
{
	(void)value;
	*(bool *)((char *)options + row->offset) = true;
	return 0;
}

static int take_document(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	options->action = OPTIONS_DOCUMENT;
	options->document = value;
	return 0;
}

static int take_version(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	(void)value;
	options->action = OPTIONS_VERSION;
	return 0;
}

static int take_help(struct options *options, const struct row *row, const char *value)
{
	(void)row;
	(void)value;
	options->action = OPTIONS_HELP;
	return 0;
}

/** Words that may stand first. */
static const struct {
	const char *name;
	enum options_action action;
} verbs[] = {{"doctor", OPTIONS_DOCTOR}, {"setup", OPTIONS_SETUP}};

static const struct row table[] = {
	{'r', "read", "FILE...",
	 "analyse up to " DIGITS(OPTIONS_LIST_MAX) " capture files (pcap, pcapng, also gzip-compressed); '-' is standard "
											   "input",
	 take_file},
	{'i', "interface", "PORT",
	 "watch live: 0000:3b:00.0 (PCI), eth1 (AF_XDP), afpacket:eth1, vdev:net_...; may be repeated", take_port},
	{'c', "config", "FILE", "configuration (YAML)", take_text, offsetof(struct options, configuration)},
	{'\0', "set", "KEY=VALUE", "override one key of the configuration, as in output.interval=10s", take_override},
	{'\0', "check", NULL,
	 "report each error in the configuration, the signatures, every --set, -f, the spelling of -i, the files of -r, "
	 "and exit",
	 take_flag, offsetof(struct options, check)},
	{'\0', "print-config", NULL, "print the default configuration with comments", take_flag,
	 offsetof(struct options, print_config)},
	{'o', "output", "DIR", "where CSV files go (default ./midwatch-out for -r, output.directory for -i)", take_text,
	 offsetof(struct options, directory)},
	{'f', "filter", "EXPR", "capture filter, see pcap-filter(7)", take_text, offsetof(struct options, filter)},
	{'w', "workers", "N",
	 "worker threads, or auto, the default: for -i one per RX queue; for -r one, and threads beside it for reading and "
	 "for results where there are cores for them (1: all in one thread)",
	 take_workers},
	{'\0', "cores", "LIST", "pin workers to these cores, as in 2,4-6", take_cores},
	{'s', "socket", "PATH", "control socket (-i: control.socket of the configuration; -r: none unless given)",
	 take_text, offsetof(struct options, socket)},
	{'\0', "json", NULL, "the final report as one JSON document on standard output", take_flag,
	 offsetof(struct options, json)},
	{'\0', "quiet", NULL, "no report and no notices, only warnings and errors", take_flag,
	 offsetof(struct options, quiet)},
	{'\0', "no-sandbox", NULL,
	 "keep every right while running, for debuggers and the like; without it only what the run needs is left",
	 take_flag, offsetof(struct options, no_sandbox)},
	{'\0', "progress", "WHEN", "auto, json or off", take_progress},
	{'\0', "color", "WHEN", "auto, always or never (NO_COLOR is honoured)", take_color},
	{'\0', "document", "KIND",
	 "print a reference page made from the program's tables: settings, files, findings, "
	 "counters, commands, man, man-ctl, completion-SHELL-PROGRAM, or schema:FILE",
	 take_document},
	{'\0', "root", "DIR", "doctor, setup: look at this copy of a machine's files instead of this machine", take_text,
	 offsetof(struct options, root)},
	{'\0', "dry-run", NULL, "setup: show the changes and make none", take_flag, offsetof(struct options, dry_run)},
	{'\0', "undo", NULL, "setup: put back what was there before", take_flag, offsetof(struct options, undo)},
	{'V', "version", NULL, "print the version", take_version},
	{'h', "help", NULL, "print this", take_help},
};

void options_print_help(void)
{
	puts("midwatch says what the middle of the network does to the traffic. It never sends a packet.\n\n"
		 "usage: midwatch -r FILE... [options]      analyse captures; needs no root and no configuration\n"
		 "       midwatch -i PORT... [options]      watch a mirror port\n"
		 "       midwatch doctor [PORT]             what is, what should be, what mends it; changes nothing\n"
		 "       midwatch setup [PORT]              write the machine's files for it (--dry-run, --undo)\n");
	for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++) {
		char left[40];
		struct mw_text text = mw_text_in(left, sizeof(left));

		if (table[i].letter != '\0')
			mw_text_add(&text, "-%c, ", table[i].letter);
		else
			mw_text_add(&text, "    ");
		mw_text_add(&text, "--%s%s%s", table[i].name, table[i].argument ? " " : "",
					table[i].argument ? table[i].argument : "");
		printf("  %-26s %s\n", left, table[i].help);
	}
	puts("\nexit status: 0 analysed; 1 failed while running, or no port was left; 2 usage or configuration; 3 input "
		 "cut or\npartly unreadable, or one of several ports went away: results hold for what was seen");
}

void options_print_words(void)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++) {
		if (table[i].letter != '\0')
			printf("-%c ", table[i].letter);
		printf("--%s ", table[i].name);
	}
}

void options_print_man(void)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++) {
		printf(".TP\n.B ");
		if (table[i].letter != '\0')
			printf("\\-%c, ", table[i].letter);
		printf("\\-\\-%s", table[i].name);
		if (table[i].argument != NULL)
			printf(" \\fI%s\\fR", table[i].argument);
		printf("\n%s\n", table[i].help);
	}
}

// getopt's: the letter, or a number beyond all letters.
static int code_of(const struct row *row)
{
	return row->letter != '\0' ? row->letter : 256 + (int)(row - table);
}

static int take(struct options *options, int code, const char *value)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++) {
		if (code_of(&table[i]) == code)
			return table[i].take(options, &table[i], value);
	}
	return -EINVAL;
}

// getopt has said what is wrong with the word.
static int misread(const char *word)
{
	char name[MW_NEAREST_BYTES];
	struct mw_nearest best = {0};

	if (strncmp(word, "--", 2) == 0) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
		for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++)
			mw_nearest_consider(&best, name, table[i].name);
	}
	if (best.name == NULL || best.edits == 0)
		return bad("%s", "the command line is not understood");
	fprintf(stderr, "midwatch: did you mean --%s? See midwatch --help\n", best.name);
	return -EINVAL;
}

// A word that no option asks for.
static int stray(const char *word)
{
	struct mw_nearest best = {0};

	for (size_t i = 0; i < MW_ARRAY_SIZE(verbs); i++)
		mw_nearest_consider(&best, word, verbs[i].name);
	if (best.name == NULL)
		return bad("what is '%s'? Files are given with -r", word);
	fprintf(stderr, "midwatch: what is '%s'? ", word);
	if (best.edits == 0)
		fprintf(stderr, "'%s' must be the first word. See midwatch --help\n", best.name);
	else
		fprintf(stderr, "Did you mean '%s'? Files are given with -r. See midwatch --help\n", best.name);
	return -EINVAL;
}

static void fill_getopt(struct option longs[], char *shorts)
{
	*shorts++ = '-'; // words that are no options come as code 1: more files after -r
	for (size_t i = 0; i < MW_ARRAY_SIZE(table); i++) {
		bool argument = table[i].argument != NULL;

		longs[i] = (struct option){table[i].name, argument ? required_argument : no_argument, NULL, code_of(&table[i])};
		if (table[i].letter != '\0') {
			*shorts++ = table[i].letter;
			if (argument)
				*shorts++ = ':';
		}
	}
	*shorts = '\0';
}

static bool is_verb(const struct options *options)
{
	return options->action == OPTIONS_DOCTOR || options->action == OPTIONS_SETUP;
}

// What a verb does not heed is no option of it.
static int check_verb(const struct options *options)
{
	struct stat status;

	if (options->files_count > 0 || options->ports_count > 1)
		return bad("%s", "doctor and setup look at one port");
	if (options->json || options->check || options->print_config || options->filter != NULL || options->socket != NULL)
		return bad("%s", "--json, --check, --print-config, -f and -s do not belong to doctor and setup");
	if (options->action == OPTIONS_DOCTOR && (options->dry_run || options->undo))
		return bad("%s", "--dry-run and --undo belong to setup; doctor changes nothing");
	if (options->root[0] != '\0' && (stat(options->root, &status) != 0 || !S_ISDIR(status.st_mode)))
		return bad("--root %s: there is no such directory", options->root);
	return 0;
}

static int check(const struct options *options)
{
	bool inputs = options->files_count + options->ports_count > 0;

	if (is_verb(options) && check_verb(options) != 0)
		return -EINVAL;
	if (!is_verb(options) && (options->dry_run || options->undo || options->root[0] != '\0'))
		return bad("%s", "--root, --dry-run and --undo belong to doctor and setup");

	if (options->files_count > 0 && options->ports_count > 0)
		return bad("%s", "-r and -i exclude each other");
	if (!inputs && !options->check && !options->print_config && options->action == OPTIONS_RUN)
		return bad("%s", "nothing to do: -r FILE or -i PORT is needed");
	if (options->cores_count > 0 && options->workers > options->cores_count)
		return bad("%s", "--cores names fewer cores than -w asks workers");
	return 0;
}

// The first word, when it is one that is no option.
static bool take_verb(const char *word, struct options *options)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(verbs); i++) {
		if (strcmp(word, verbs[i].name) == 0)
			options->action = verbs[i].action;
	}
	return is_verb(options);
}

int options_read(int argc, char **argv, struct options *options)
{
	struct option longs[MW_ARRAY_SIZE(table) + 1] = {0};
	char shorts[64];
	int code, error = 0;

	*options = (struct options){.root = ""};
	if (argc > 1 && take_verb(argv[1], options)) {
		argv++;
		argc--;
	}
	fill_getopt(longs, shorts);
	optind = 0; // a unit's options may be read after our own
	while (error == 0 && (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (code == 1 && is_verb(options))
			error = append(options->ports, &options->ports_count, optarg, "-i");
		else if (code == 1 && options->files_count == 0)
			error = stray(optarg);
		else if (code == '?')
			error = misread(argv[optind - 1]);
		else
			error = take(options, code == 1 ? 'r' : code, optarg);
	}
	while (error == 0 && optind < argc)
		error = append(options->files, &options->files_count, argv[optind++], "-r");
	return error != 0 ? error : check(options);
}
