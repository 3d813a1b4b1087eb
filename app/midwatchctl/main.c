// SPDX-License-Identifier: BSD-3-Clause
// midwatchctl: the client of the control socket.
// Neighbours: run.c (commands), shell.c (no command). Interface section 3.
#include "ctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mw_nearest.h"
#include "mw_text.h"

#define TIMEOUT_S     10u
#define TIMEOUT_S_MAX 86400u

volatile sig_atomic_t ctl_interrupted;

static const char usage[] =
	"usage: midwatchctl [-s SOCKET] [--json] [-f FILE] [-e] [COMMAND...]\n"
	"\n"
	"Asks a running midwatch. Without COMMAND: a shell with history and completion.\n"
	"map-e calc and map-e infer only calculate: they work without one.\n"
	"\n"
	"  -s, --socket SOCKET  its control socket (default " CTL_DEFAULT_SOCKET ")\n"
	"      --json           answers as JSON, one row or message a line\n"
	"  -f, --file FILE      commands from FILE, one a line, # begins a comment; '-' is standard input\n"
	"  -e                   stop at the first command that fails\n"
	"      --once           with top: one screen, without control codes\n"
	"      --timeout S      seconds to wait for midwatch (default 10)\n"
	"      --version, --help\n"
	"\n"
	"Commands (`help` lists them all): show status, show findings, explain FINDING, follow events, top, reload ...\n"
	"Words after a command are its arguments in order, or NAME=VALUE.\n"
	"Exit status: 0 ok, 1 failed, 2 usage, 3 cannot connect, 4 not found, 5 timed out.\n";

void ctl_complain(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fputs("midwatchctl: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

static void on_interrupt(int number)
{
	(void)number;
	ctl_interrupted = 1;
}

void ctl_catch_interrupt(int flags)
{
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = flags};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

enum { OPTION_JSON = 256, OPTION_ONCE, OPTION_TIMEOUT, OPTION_VERSION, OPTION_HELP };

static const struct option options[] = {
	{"socket", required_argument, NULL, 's'},
	{"json", no_argument, NULL, OPTION_JSON},
	{"file", required_argument, NULL, 'f'},
	{"once", no_argument, NULL, OPTION_ONCE},
	{"timeout", required_argument, NULL, OPTION_TIMEOUT},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static bool set_timeout(struct ctl *ctl, const char *text)
{
	uint64_t seconds;

	if (mw_text_parse_uint(text, &seconds) != 0 || seconds == 0 || seconds > TIMEOUT_S_MAX) {
		ctl_complain("--timeout: '%s' is not a number of seconds from 1 to %u", text, TIMEOUT_S_MAX);
		return false;
	}
	ctl->timeout_s = (unsigned)seconds;
	return true;
}

// getopt has said what is wrong with the word.
static enum ctl_status misread(const char *word)
{
	struct mw_nearest best = {0};

	for (size_t i = 0; strncmp(word, "--", 2) == 0 && options[i].name != NULL; i++)
		mw_nearest_consider(&best, word + 2, options[i].name);
	if (best.name != NULL && best.edits > 0)
		ctl_complain("did you mean --%s?", best.name);
	return CTL_USAGE;
}

// @return -1 to go on, else the exit status.
static int read_options(struct ctl *ctl, int argc, char **argv, const char **file)
{
	int option;

	while ((option = getopt_long(argc, argv, "s:f:eh", options, NULL)) != -1) {
		if (option == 's')
			ctl->socket = optarg;
		else if (option == 'f')
			*file = optarg;
		else if (option == 'e')
			ctl->stop_on_error = true;
		else if (option == OPTION_JSON)
			ctl->json = true;
		else if (option == OPTION_ONCE)
			ctl->once = true;
		else if (option == OPTION_VERSION)
			return puts("midwatchctl " MW_VERSION) < 0 ? CTL_FAILED : CTL_OK;
		else if (option == OPTION_HELP || option == 'h')
			return fputs(usage, stdout) < 0 ? CTL_FAILED : CTL_OK;
		else if (option == '?')
			return (int)misread(argv[optind - 1]);
		else if (option != OPTION_TIMEOUT || !set_timeout(ctl, optarg))
			return CTL_USAGE;
	}
	return -1;
}

static void look_at_terminal(struct ctl *ctl)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;

	ctl->terminal = isatty(STDOUT_FILENO) != 0;
	ctl->colour =
		ctl->terminal && (no_color == NULL || no_color[0] == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
	if (ctl->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		ctl->width = size.ws_col;
}

static enum ctl_status run(struct ctl *ctl, const char *file, char **words, int count)
{
	if (file != NULL && count > 0) {
		ctl_complain("-f FILE and a COMMAND exclude each other");
		return CTL_USAGE;
	}
	if (file != NULL)
		return run_file(ctl, file);
	if (count > 0)
		return run_words(ctl, words, count);
	return isatty(STDIN_FILENO) != 0 ? shell_run(ctl) : run_file(ctl, "-");
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.socket = CTL_DEFAULT_SOCKET, .timeout_s = TIMEOUT_S, .link = {.fd = -1}};
	const char *file = NULL;
	int status = read_options(&ctl, argc, argv, &file);

	if (status < 0) {
		look_at_terminal(&ctl);
		status = (int)run(&ctl, file, argv + optind, argc - optind);
		link_close(&ctl.link);
		json_decref(ctl.commands);
	}
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && status == CTL_OK) {
		ctl_complain("cannot write: %s", strerror(errno));
		return CTL_FAILED;
	}
	return status;
}
