// SPDX-License-Identifier: BSD-3-Clause
// What the parts of midwatchctl share: the connection, the options, the ways of printing, the exit statuses.
// Neighbours: main.c shell.c (who asks), words.c (what is asked), link.c (the socket), print.c table.c (what is shown).
#ifndef CTL_H
#define CTL_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

#include "mw_base.h"

#define CTL_DEFAULT_SOCKET "/run/midwatch/midwatch.sock"
#define CTL_WORDS_MAX      256

/** Exit statuses; interface section 3. */
enum ctl_status {
	CTL_OK,
	CTL_FAILED,
	CTL_USAGE,
	CTL_NO_CONNECTION,
	CTL_NOT_FOUND,
	CTL_TIMED_OUT,
};

/** The stream socket and what was read from it beyond the last line. */
struct link {
	int fd; // -1: not connected
	char *bytes;
	size_t at, end, size;
	size_t taken; // bytes of lines, ever
};

struct ctl {
	const char *socket;
	unsigned timeout_s; // for connecting and for each line of an answer
	bool json, once, stop_on_error;
	bool terminal, colour; // standard output
	unsigned width; // of the terminal; 0: unlimited
	struct link link;
	json_t *commands; // array of what `help` told; NULL until asked
	json_int_t id; // of the last request
};

/** Set by SIGINT while somebody wants to be stopped by it. */
extern volatile sig_atomic_t ctl_interrupted;
/** From now on. flags: SA_RESTART lets a line that is being printed be printed; waiting ends with it and without. */
void ctl_catch_interrupt(int flags);

/** Says one line on standard error. */
void ctl_complain(const char *format, ...) MW_PRINTF(1, 2);

// link.c
/** Connects unless connected, and reads the greeting; says what is wrong. */
enum ctl_status link_open(struct ctl *ctl);
void link_close(struct link *link);
/** Sends a request; takes the reference of arguments; ctl->id is its id. */
enum ctl_status link_ask(struct ctl *ctl, const char *command, json_t *arguments);
/** The next line as an object. timeout_ms < 0: until one comes or SIGINT (then CTL_OK and NULL). */
enum ctl_status link_next(struct ctl *ctl, int timeout_ms, json_t **line);

/** Told each row of an answer, its message, or the columns of a table without rows; borrows. */
struct answer_hook {
	void (*row)(void *context, json_t *row);
	void (*message)(void *context, json_t *message);
	void (*columns)(void *context, const json_t *columns); // NULL: nobody asks
	void *context;
	bool keeps; // rows are kept until the end: an answer without one is given up
};
/** Asks and hears the whole answer; says what is wrong (quiet: unless the server refused). */
enum ctl_status link_answer(struct ctl *ctl, const char *command, json_t *arguments, const struct answer_hook *hook,
							bool quiet);
/** The exit status of a refusal, an answer with a code and a message; says the message unless quiet. */
enum ctl_status link_refusal(const json_t *line, bool quiet);
/** All rows of a table, or its message, as an array; NULL when refused. */
json_t *link_collect(struct ctl *ctl, const char *command, enum ctl_status *status);

// words.c
/** Cuts a line into words, honouring '', "" and \; writes into line. @return their number, -1 for an open quote. */
int words_split(char *line, char **words, int words_max);
/** The command of the table that most of the words name; *used is how many. NULL: none. */
const json_t *words_command(const json_t *commands, char *const *words, int count, int *used);
/** The words after a command as its arguments, by position or as name=value. NULL, and complained: too many. */
json_t *words_arguments(const json_t *command, char *const *words, int count);
/** All words joined by spaces; free it. */
char *words_join(char *const *words, int count);

// run.c
/** Loads the command table once. */
enum ctl_status run_load_commands(struct ctl *ctl);
/** Runs one command given as words. */
enum ctl_status run_words(struct ctl *ctl, char **words, int count);
/** Runs each line of a file, "-" for standard input. */
enum ctl_status run_file(struct ctl *ctl, const char *path);

// local.c
/** Runs a command that needs no running program. @return false: it is none; else *status is its exit status. */
bool local_run(struct ctl *ctl, char *const *words, int count, enum ctl_status *status);

// table.c
struct table;
/** A text table on standard output; columns NULL: all keys in their order; else the names wanted, NULL at the end. */
struct table *table_new(const struct ctl *ctl, const char *const *columns, unsigned indent);
void table_row(struct table *table, json_t *row);
/** Prints what is held back and frees; NULL is fine. */
void table_end(struct table *table);

// print.c
/** A cell's text for a terminal, control bytes escaped; free it. null is "-". */
char *print_cell(const json_t *value);
/** Text with everything but printable ASCII escaped. */
void print_safe(const char *chars);
void print_message(const struct ctl *ctl, const json_t *message, unsigned indent);
/** One member of an object; its name takes width. */
void print_member(const struct ctl *ctl, const char *name, const json_t *value, unsigned indent, unsigned width);
void print_json(const json_t *value);
/** What `explain` answered: facts, then sections, wrapped. */
void print_explanation(const struct ctl *ctl, const json_t *message);
/** The command table for people. */
void print_help(const struct ctl *ctl, const json_t *commands);
/** On lines of at most width bytes, broken at spaces: the first as it is, the others after indent spaces. */
void print_hanging(const char *text, unsigned indent, unsigned width);
void print_heading(const struct ctl *ctl, const char *heading);

// plain.c
/** What `show status` answered: beside a value what it means. */
void print_status(const struct ctl *ctl, const json_t *message, unsigned indent);
/**
 * One item of a stream: events and findings in words, others as they are. On one line; on a terminal that is narrower
 * on more, broken at spaces.
 */
void print_item(const struct ctl *ctl, const json_t *item);

// top.c shell.c
enum ctl_status top_run(struct ctl *ctl);
enum ctl_status shell_run(struct ctl *ctl);

#endif
