// SPDX-License-Identifier: BSD-3-Clause
// The built midwatchctl against the server of this folder: what it prints and its exit status.
// Neighbours: app/midwatchctl, harness.h. The program's path comes in MIDWATCHCTL.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "mw_test.h"

#define OUTPUT_BYTES  (1 << 20)
#define ARGUMENTS_MAX 16

struct ran {
	int status;
	size_t len;
	char output[OUTPUT_BYTES]; // standard output and error
};
static struct ran ran;

static const char *program(void)
{
	const char *path = getenv("MIDWATCHCTL");

	if (path != NULL && access(path, X_OK) == 0)
		return path;
	mw_test_skip("MIDWATCHCTL does not name the program");
	return "";
}

static pid_t start(const char *path, const char *const *arguments, const char *input, int *output_fd)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
	pid_t pid = fork();

	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execv(path, (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	close(in[0]);
	close(in[1]);
	close(out[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	*output_fd = out[0];
	return pid;
}

// Reads what is there; false at the end.
static bool gather(int fd)
{
	ssize_t count = read(fd, ran.output + ran.len, sizeof(ran.output) - 1 - ran.len);

	if (count > 0)
		ran.len += (size_t)count;
	ran.output[ran.len] = '\0';
	return count > 0 || (count < 0 && errno == EAGAIN);
}

static void finish(struct harness *harness, pid_t pid, int fd)
{
	int status = 0;

	while (gather(fd))
		mw_server_poll(harness->server, 1);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Runs with "-s SOCKET" and these words, NULL at the end.
static void run_with_input(struct harness *harness, const char *input, const char *const *words)
{
	const char *arguments[ARGUMENTS_MAX] = {program(), "-s", harness->path};
	int fd = -1;

	for (int i = 0; words[i] != NULL; i++)
		arguments[3 + i] = words[i];
	ran.len = 0;
	ran.output[0] = '\0';
	pid_t pid = start(arguments[0], arguments, input, &fd);

	finish(harness, pid, fd);
}

#define RUN(harness, ...) run_with_input(harness, "", (const char *const[]){__VA_ARGS__, NULL})

// The terminal's own side is returned in fd, of this many columns.
static pid_t start_on_terminal(const char *const *arguments, unsigned short columns, int *fd)
{
	const struct winsize size = {.ws_row = 24, .ws_col = columns};
	int terminal;
	pid_t pid;

	*fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*fd >= 0 && grantpt(*fd) == 0 && unlockpt(*fd) == 0);
	terminal = open(ptsname(*fd), O_RDWR | O_NOCTTY | O_CLOEXEC); // NOLINT(concurrency-mt-unsafe): one thread
	assert_true(terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(terminal, STDOUT_FILENO);
		execv(arguments[0], (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	close(terminal);
	fcntl(*fd, F_SETFL, O_NONBLOCK);
	ran.len = 0;
	ran.output[0] = '\0';
	return pid;
}

static void findings_fit_a_terminal_and_a_pipe_gets_everything(void **state)
{
	struct harness *harness = *state;
	const char *arguments[] = {program(), "-s", harness->path, "show", "findings", NULL};
	int fd;

	setenv("NO_COLOR", "1", 1); // NOLINT(concurrency-mt-unsafe): one thread
	pid_t pid = start_on_terminal(arguments, 80, &fd);

	finish(harness, pid, fd);
	assert_string_equal(ran.output,
						"severity  id               subject                 summary\r\n"
						"critical  outage-12345678  192.0.2.1 to 192.0.2.2  The line behind the gateway..\r\n");
	RUN(harness, "show", "findings");
	assert_non_null(strstr(ran.output, "2026-11-30T18:49:29.226499Z  outage-12345678  critical          90"));
	assert_non_null(strstr(ran.output, "and nobody knows why.\n"));
}

static void table_has_a_header_and_aligned_numbers(void **state)
{
	struct harness *harness = *state;

	harness->backend.things = 11;
	RUN(harness, "show", "things");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.output, "number  name  even\n"
									   "     0  even  yes\n"
									   "     1  odd   no\n"));
	assert_non_null(strstr(ran.output, "    10  even  yes\n"));
}

static void empty_table_has_its_header(void **state)
{
	struct harness *harness = *state;

	harness->backend.things = 0;
	RUN(harness, "show", "things");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "number  name  even\nnone\n");
	RUN(harness, "--json", "show", "things");
	assert_string_equal(ran.output, "");
}

static void json_is_a_line_a_row(void **state)
{
	struct harness *harness = *state;

	harness->backend.things = 2;
	RUN(harness, "show", "things", "--json");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "{\"number\":0,\"name\":\"even\",\"even\":true}\n"
									"{\"number\":1,\"name\":\"odd\",\"even\":false}\n");
	RUN(harness, "--json", "say", "sad");
	assert_string_equal(ran.output, "\"sad: -\"\n");
}

static void long_table_streams_whole(void **state)
{
	struct harness *harness = *state;
	size_t lines = 0;

	harness->backend.things = 20000;
	RUN(harness, "show", "things");
	assert_int_equal(ran.status, 0);
	for (const char *at = ran.output; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 20001);
}

static void message_is_aligned_and_its_control_bytes_are_escaped(void **state)
{
	RUN(*state, "show", "status");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "state:   running\n"
									"workers: 2\n"
									"load:    0.5\n"
									"since:   -\n"
									"memory:\n"
									"  used: 10\n"
									"  free: 20\n"
									"ports:\n"
									"  port  name\n"
									"     0  a\\x1b[31m\n"
									"     1  bb\n");
}

static void words_become_arguments_by_place_and_by_name(void **state)
{
	RUN(*state, "say", "happy", "one", "two");
	assert_string_equal(ran.output, "happy: one two\n");
	RUN(*state, "say", "text=hello you", "mood=sad");
	assert_string_equal(ran.output, "sad: hello you\n");
	RUN(*state, "say", "happy", "one", "two=2", "mood=sad");
	assert_string_equal(ran.output, "sad: one two=2\n");
	RUN(*state, "explain", "outage-1", "x");
	assert_int_equal(ran.status, 2);
	assert_string_equal(ran.output, "midwatchctl: 'explain' takes no more words: 'x' is too many\n");
}

static void explanation_has_sections_and_wrapped_lines(void **state)
{
	RUN(*state, "explain", "outage-1");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "id: outage-1\n"
									"\nWhat happened\n"
									"  The line went away.\n"
									"\nEvidence\n"
									"  first line\n"
									"  second line\n"
									"\nWhat to do next\n"
									"  Ask the one who switches the gateway off every night at three, and wait for\n"
									"  what happens in the night after that one.\n");
}

static void exit_status_tells_what_went_wrong(void **state)
{
	struct harness *harness = *state;
	struct harness nowhere = *harness;

	RUN(harness, "break");
	assert_int_equal(ran.status, 1);
	RUN(harness, "say", "angry");
	assert_int_equal(ran.status, 2);
	assert_string_equal(ran.output, "midwatchctl: argument 'mood' must be one of: happy sad\n");
	RUN(harness, "sho", "things");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.output, "did you mean 'show things'"));
	RUN(harness, "things");
	assert_non_null(strstr(ran.output, "did you mean 'show things'"));
	RUN(harness, "explian", "x", "y");
	assert_non_null(strstr(ran.output, "did you mean 'explain'"));
	RUN(harness, "tpo");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.output, "did you mean 'top'"));
	RUN(harness, "--jsno", "show", "things");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.output, "did you mean --json?"));
	RUN(harness, "--bogus");
	assert_int_equal(ran.status, 2);
	RUN(harness, "explain", "outage-9");
	assert_int_equal(ran.status, 4);
	snprintf(nowhere.path, sizeof(nowhere.path), "%s/none", harness->dir);
	RUN(&nowhere, "show", "status");
	assert_int_equal(ran.status, 3);
	assert_non_null(strstr(ran.output, "is midwatch running?"));
	RUN(harness, "--timeout", "1", "never");
	assert_int_equal(ran.status, 5);
	RUN(harness, "--version");
	assert_int_equal(ran.status, 0);
	RUN(harness, "--help");
	assert_int_equal(ran.status, 0);
}

static void full_server_is_no_connection(void **state)
{
	struct harness *harness = *state;
	int fds[MW_SERVER_CLIENTS_MAX];

	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		fds[i] = harness_client(harness);
	RUN(harness, "show", "status");
	assert_int_equal(ran.status, 3);
	assert_non_null(strstr(ran.output, "32 clients are connected already"));
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}

// Speaks as midwatch does, but its answers have no end.
static pid_t start_endless(int listener)
{
	static char line[60000];
	const int length = snprintf(line, sizeof(line), "{\"id\":1,\"row\":{\"text\":\"%059000d\"}}\n", 0);
	const char greeting[] = "{\"app\":\"midwatch\",\"proto\":1,\"version\":\"0\"}\n";
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int fd = accept(listener, NULL, NULL);

	send(fd, greeting, strlen(greeting), MSG_NOSIGNAL);
	while (send(fd, line, (size_t)length, MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

static void answer_without_an_end_is_given_up(void **state)
{
	struct harness endless = *(struct harness *)*state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status;

	snprintf(endless.path, sizeof(endless.path), "%s/endless", ((struct harness *)*state)->dir);
	memcpy(address.sun_path, endless.path, strlen(endless.path) + 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid_t pid = start_endless(fd);

	RUN(&endless, "help");
	assert_int_equal(ran.status, 1);
	assert_non_null(strstr(ran.output, "the answer is too long to be midwatch's: more than 16 MiB, and no end"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(endless.path);
	close(fd);
}

static void server_that_never_speaks_is_a_time_out(void **state)
{
	struct harness *harness = *state;
	struct harness mute = *harness;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(mute.path, sizeof(mute.path), "%s/mute", harness->dir);
	memcpy(address.sun_path, mute.path, strlen(mute.path) + 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	RUN(&mute, "--timeout", "1", "show", "status");
	assert_int_equal(ran.status, 5);
	unlink(mute.path);
	close(fd);
}

static void file_runs_each_line_and_stops_when_told(void **state)
{
	const char *script = "# a comment\n\nsay happy 'a  b' # and more\nexplain no\nsay sad\n";

	run_with_input(*state, script, (const char *const[]){"-f", "-", NULL});
	assert_int_equal(ran.status, 4);
	assert_non_null(strstr(ran.output, "happy: a  b\n"));
	assert_non_null(strstr(ran.output, "midwatchctl: -:4: failed\n"));
	assert_non_null(strstr(ran.output, "sad: -\n"));
	run_with_input(*state, script, (const char *const[]){"-e", "-f", "-", NULL});
	assert_int_equal(ran.status, 4);
	assert_null(strstr(ran.output, "sad: -\n"));
	run_with_input(*state, script, (const char *const[]){"-e", NULL});
	assert_int_equal(ran.status, 4);
}

static void help_shows_usage_from_the_servers_table(void **state)
{
	RUN(*state, "help", "say");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "command               what it does\n"
									"say <mood> [text...]  say it\n");
}

static void top_once_leaves_out_what_the_server_does_not_know(void **state)
{
	RUN(*state, "top", "--once");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.output, "state:   running\n"));
	assert_null(strchr(ran.output, '\x1b'));
}

static void follow_prints_items_until_interrupted(void **state)
{
	struct harness *harness = *state;
	const char *arguments[] = {program(), "-s", harness->path, "follow", "events", NULL};
	int fd = -1;

	ran.len = 0;
	ran.output[0] = '\0';
	pid_t pid = start(arguments[0], arguments, "", &fd);

	for (int i = 0; i < 5000 && !mw_server_followed(harness->server, "events"); i++)
		mw_server_poll(harness->server, 1);
	mw_server_publish(harness->server, "events",
					  json_pack("{s:s, s:s, s:n, s:i}", "ts", "12:00", "kind", "reset", "flow", "count", 3));
	mw_server_publish(harness->server, "events",
					  json_pack("{s:s, s:s, s:s, s:s}", "ts", "2026-11-30T18:49:29.226499Z", "kind", "nat.step", "text",
								"192.0.2.7:443 > 192.0.2.1:5", "what", "opens a \x1b connection"));
	mw_server_publish(harness->server, "events",
					  json_pack("{s:s, s:s, s:s, s:s}", "ts", "2026-11-30T18:49:30.000000Z", "id", "outage-1",
								"severity", "critical", "summary", "The line was down."));
	for (int i = 0; i < 5000 && strstr(ran.output, "down") == NULL; i++) {
		mw_server_poll(harness->server, 1);
		gather(fd);
	}
	kill(pid, SIGINT);
	finish(harness, pid, fd);
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.output, "12:00 kind=reset count=3\n"
									"18:49:29.226  192.0.2.7:443 > 192.0.2.1:5  opens a \\x1b connection\n"
									"18:49:30.000  critical  outage-1  The line was down.\n");
}

static void followed_items_are_broken_at_the_width_of_a_terminal(void **state)
{
	struct harness *harness = *state;
	const char *arguments[] = {program(), "-s", harness->path, "follow", "findings", NULL};
	int fd;
	pid_t pid = start_on_terminal(arguments, 60, &fd);

	for (int i = 0; i < 5000 && !mw_server_followed(harness->server, "findings"); i++)
		mw_server_poll(harness->server, 1);
	mw_server_publish(harness->server, "findings",
					  json_pack("{s:s, s:s, s:s, s:s}", "ts", "2026-11-30T18:49:30.000000Z", "id", "outage-1",
								"severity", "critical", "summary", "The line was down for an hour, as it seems."));
	for (int i = 0; i < 5000 && strstr(ran.output, "seems") == NULL; i++) {
		mw_server_poll(harness->server, 1);
		gather(fd);
	}
	kill(pid, SIGINT);
	finish(harness, pid, fd);
	assert_string_equal(ran.output, "18:49:30.000  critical  outage-1  The line was down for an\r\n"
									"              hour, as it seems.\r\n");
}

#define PIPE_BYTES 4096 // the smallest that there is

// Whoever reads takes his time: the interrupt comes while a line is being printed.
static void an_interrupt_lets_the_line_be_printed(void **state)
{
	struct harness *harness = *state;
	const char *arguments[] = {program(), "-s", harness->path, "follow", "events", NULL};
	int fd = -1, waiting = 0;

	ran.len = 0;
	ran.output[0] = '\0';
	pid_t pid = start(arguments[0], arguments, "", &fd);

	assert_true(fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES) > 0);
	for (int i = 0; i < 5000 && !mw_server_followed(harness->server, "events"); i++)
		mw_server_poll(harness->server, 1);
	for (int i = 0; i < 5000 && waiting < PIPE_BYTES - 64; i++) {
		mw_server_publish(harness->server, "events",
						  json_pack("{s:s, s:s, s:i}", "ts", "12:00", "kind", "reset", "count", i));
		mw_server_poll(harness->server, 1);
		assert_int_equal(ioctl(fd, FIONREAD, &waiting), 0);
	}
	for (int i = 0; i < 100; i++) { // more than the pipe takes
		mw_server_publish(harness->server, "events",
						  json_pack("{s:s, s:s, s:i}", "ts", "12:00", "kind", "reset", "count", i));
		mw_server_poll(harness->server, 1);
	}
	kill(pid, SIGINT);
	for (int i = 0; i < 50; i++)
		mw_server_poll(harness->server, 1);
	finish(harness, pid, fd);
	assert_int_equal(ran.status, 0);
	assert_null(strstr(ran.output, "cannot write"));
	assert_int_equal(ran.output[ran.len - 1], '\n');
}

static void map_e_is_calculated_without_a_server(void **state)
{
	struct harness nowhere = *(struct harness *)*state;

	snprintf(nowhere.path, sizeof(nowhere.path), "%s/none", ((struct harness *)*state)->dir);
	RUN(&nowhere, "map-e", "calc", "240b:11:203:c800::/56");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.output, "psid:              200\n"));
	RUN(&nowhere, "map-e", "infer", "ce=240b:11:203:c800:6a:4902:300:c800", "7296-7311,", "11392", "--json");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.output, "\"psid\":200,"));
	RUN(&nowhere, "map-e", "calc", "2001:db8::/56");
	assert_int_equal(ran.status, 4);
	RUN(&nowhere, "map-e", "infer", "70000");
	assert_int_equal(ran.status, 2);
	RUN(&nowhere, "map-e", "calc");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.output, "'map-e calc' needs the argument 'prefix'"));
	RUN(&nowhere, "map-e", "calc", "a", "b", "c", "d", "e", "f", "g", "h");
	assert_int_equal(ran.status, 2);
}

#define CTL_TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)
static const struct CMUnitTest tests[] = {
	CTL_TEST(table_has_a_header_and_aligned_numbers),
	CTL_TEST(empty_table_has_its_header),
	CTL_TEST(json_is_a_line_a_row),
	CTL_TEST(long_table_streams_whole),
	CTL_TEST(message_is_aligned_and_its_control_bytes_are_escaped),
	CTL_TEST(words_become_arguments_by_place_and_by_name),
	CTL_TEST(explanation_has_sections_and_wrapped_lines),
	CTL_TEST(exit_status_tells_what_went_wrong),
	CTL_TEST(full_server_is_no_connection),
	CTL_TEST(answer_without_an_end_is_given_up),
	CTL_TEST(server_that_never_speaks_is_a_time_out),
	CTL_TEST(file_runs_each_line_and_stops_when_told),
	CTL_TEST(help_shows_usage_from_the_servers_table),
	CTL_TEST(top_once_leaves_out_what_the_server_does_not_know),
	CTL_TEST(findings_fit_a_terminal_and_a_pipe_gets_everything),
	CTL_TEST(followed_items_are_broken_at_the_width_of_a_terminal),
	CTL_TEST(follow_prints_items_until_interrupted),
	CTL_TEST(an_interrupt_lets_the_line_be_printed),
	CTL_TEST(map_e_is_calculated_without_a_server),
};
MW_TEST_MAIN("control_midwatchctl", tests)
