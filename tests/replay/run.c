// SPDX-License-Identifier: BSD-3-Clause
// One run of midwatch, in the program's place: the same words, streams and status. A test takes the program itself for
// what a fork cannot give: signals, limits and users of its own, the memory that it takes, another environment.
// Neighbours: replays.c does the run; replays.h.
//
//   run WORD...          what midwatch WORD... does
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replays.h"

static int ask(void)
{
	const char *name = getenv(REPLAYS_SOCKET);
	struct sockaddr_un address = replays_address(name != NULL ? name : "");
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ? -1 : fd;
}

// @return its length, 0 when it does not fit.
static size_t write_request(char request[REPLAYS_REQUEST_BYTES], char **words)
{
	size_t at;

	if (getcwd(request, REPLAYS_REQUEST_BYTES) == NULL)
		return 0;
	at = strlen(request) + 1;
	for (; *words != NULL; words++) {
		size_t bytes = strlen(*words) + 1;

		if (bytes > REPLAYS_REQUEST_BYTES - at)
			return 0;
		memcpy(request + at, *words, bytes);
		at += bytes;
	}
	return at;
}

static ssize_t send_request(int fd, char *request, size_t bytes)
{
	static const int streams[REPLAYS_STREAMS] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(streams))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(streams)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {.iov_base = request, .iov_len = bytes};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), streams, sizeof(streams));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	static char request[REPLAYS_REQUEST_BYTES];
	size_t bytes = write_request(request, argv);
	int fd = ask(), status;

	(void)argc;
	if (fd < 0 || bytes == 0 || send_request(fd, request, bytes) < 0 ||
		read(fd, &status, sizeof(status)) != sizeof(status)) {
		fprintf(stderr, "run: no replays serves at $" REPLAYS_SOCKET ", or it has ended: %m\n");
		return REPLAYS_FAILED;
	}
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
