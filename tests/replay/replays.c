// SPDX-License-Identifier: BSD-3-Clause
// Many runs of midwatch that pay for its start once: the signatures are compiled here, and each run is a fork of this
// process that goes through midwatch's own main(), with a state, an exit status and sanitizer reports of its own.
// Neighbours: run.c asks for a run, in the program's place; replays.h; meson.build links midwatch's objects to this.
//
//   replays COMMAND...   runs the command, serves the runs that it asks for, and ends with its status
#include "replays.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mw_signature.h"

#define RUNS_MAX  64
#define WORDS_MAX 1024

int midwatch_main(int argc, char **argv); // app/midwatch/main.c under another name
__typeof__(mw_signatures_load) __real_mw_signatures_load, __wrap_mw_signatures_load; // the linker's --wrap

// AddressSanitizer keeps 256 MiB of freed memory from use, and the compiler of the rules frees as much: each fork would
// copy its pages.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=32";
}

/** A run under way, and who waits for its end. */
struct run {
	pid_t pid;
	int asked_by;
};

static struct run runs[RUNS_MAX];
static uint32_t runs_count;
static struct mw_signatures *compiled; // until a run has taken them

// The rules that come with midwatch are loaded already, once. The run owns them then, and has to free them.
int __wrap_mw_signatures_load(const char *directory, int store, mw_signature_problem_hook *hook, void *context,
							  struct mw_signatures **signatures)
{
	if (compiled == NULL || strcmp(directory, mw_signatures_default_dir()) != 0)
		return __real_mw_signatures_load(directory, store, hook, context, signatures);
	*signatures = compiled;
	compiled = NULL;
	return 0;
}

static void ignore_problem(void *context, const char *file, unsigned line, const char *message)
{
	(void)context, (void)file, (void)line, (void)message; // each run says it
}

static void compile(void)
{
	if (__real_mw_signatures_load(mw_signatures_default_dir(), -1, ignore_problem, NULL, &compiled) != 0)
		compiled = NULL;
}

static int fail(const char *what)
{
	perror(what);
	return REPLAYS_FAILED;
}

static int listen_for_requests(void)
{
	char name[64];
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(name, sizeof(name), "midwatch-replays-%d", getpid());
	address = replays_address(name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, RUNS_MAX) != 0)
		return -1;
	setenv(REPLAYS_SOCKET, name, 1);
	return fd;
}

// What a child is: nothing of this process is left to it but memory.
static void be_child(const sigset_t *blocked)
{
	sigprocmask(SIG_UNBLOCK, blocked, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/** A request as it came in. */
struct request {
	char text[REPLAYS_REQUEST_BYTES];
	size_t bytes;
	int streams[REPLAYS_STREAMS];
};

static int receive(int fd, struct request *request)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(request->streams))];
	} control;
	struct iovec part = {.iov_base = request->text, .iov_len = sizeof(request->text) - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

	if (got <= 0 || message.msg_controllen < CMSG_LEN(sizeof(request->streams)))
		return -EPROTO;
	request->bytes = (size_t)got;
	request->text[got] = '\0';
	memcpy(request->streams, CMSG_DATA(&control.header), sizeof(request->streams));
	return 0;
}

// Takes the request's place, folder and streams, and is midwatch.
static int run_midwatch(struct request *request)
{
	static char *words[WORDS_MAX + 1];
	int count = 0;

	for (char *word = request->text + strlen(request->text) + 1;
		 word < request->text + request->bytes && count < WORDS_MAX; word += strlen(word) + 1)
		words[count++] = word;
	for (int i = 0; i < REPLAYS_STREAMS; i++) {
		if (dup2(request->streams[i], i) < 0)
			return fail("dup2");
		close(request->streams[i]);
	}
	return chdir(request->text) != 0 ? fail(request->text) : midwatch_main(count, words);
}

static void end_run(pid_t pid, int status)
{
	for (uint32_t i = 0; i < runs_count; i++) {
		if (runs[i].pid != pid)
			continue;
		if (send(runs[i].asked_by, &status, sizeof(status), MSG_NOSIGNAL) < 0 && errno != EPIPE)
			perror("send");
		close(runs[i].asked_by);
		runs[i] = runs[--runs_count];
		return;
	}
}

static void start_run(int listening, const sigset_t *blocked)
{
	static struct request request;
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (fd < 0 || receive(fd, &request) != 0) {
		close(fd);
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(listening);
		close(fd);
		be_child(blocked);
		exit(run_midwatch(&request));
	}
	for (int i = 0; i < REPLAYS_STREAMS; i++)
		close(request.streams[i]);
	runs[runs_count++] = (struct run){.pid = pid, .asked_by = fd};
	if (pid < 0)
		end_run(pid, REPLAYS_FAILED << 8);
}

static pid_t start_command(char **words, const sigset_t *blocked)
{
	pid_t pid = fork();

	if (pid == 0) {
		be_child(blocked);
		execvp(words[0], words);
		_exit(fail(words[0]));
	}
	return pid;
}

// Serves until the command has ended. @return its status, as waitpid() has it.
static int serve(pid_t command, int listening, int children, const sigset_t *blocked)
{
	struct pollfd waited[] = {{.fd = children, .events = POLLIN}, {.fd = listening}};
	struct signalfd_siginfo ended;

	for (;;) {
		pid_t pid;
		int status;

		waited[1].events = runs_count < RUNS_MAX ? POLLIN : 0;
		if (poll(waited, 2, -1) > 0 && (waited[1].revents & POLLIN) != 0)
			start_run(listening, blocked);
		if ((waited[0].revents & POLLIN) != 0 && read(children, &ended, sizeof(ended)) < 0)
			return REPLAYS_FAILED << 8;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == command)
				return status;
			end_run(pid, status);
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t blocked;
	int listening, children, status;
	pid_t command;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	listening = listen_for_requests();
	children = signalfd(-1, &blocked, SFD_CLOEXEC);
	if (argc < 2 || listening < 0 || children < 0)
		return fail("usage: replays COMMAND...");
	compile();
	command = start_command(argv + 1, &blocked);
	if (command < 0)
		return fail("fork");
	status = serve(command, listening, children, &blocked);
	mw_signatures_free(compiled);
	return WIFEXITED(status) ? WEXITSTATUS(status) : REPLAYS_FAILED;
}
