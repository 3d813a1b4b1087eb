// SPDX-License-Identifier: BSD-3-Clause
// The connection: lines out, lines in, each within its time.
// Neighbours: ctl.h; the protocol is in lib/control/mw_server.h.
#include "ctl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX (8u << 20) // midwatch queues half of it
#define KEPT_BYTES_MAX ((size_t)16 << 20) // of an answer whose rows are kept
#define READ_BYTES     65536u
#define RETRY_MS       50
#define SLICE_MS       500 // of an endless wait: a signal that came just before it is noticed

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	free(link->bytes);
	*link = (struct link){.fd = -1};
}

static enum ctl_status timed_out(const struct ctl *ctl)
{
	ctl_complain("%s: no answer within %u s", ctl->socket, ctl->timeout_s);
	return CTL_TIMED_OUT;
}

static enum ctl_status cannot_connect(const struct ctl *ctl, int error)
{
	const char *hint = "";

	if (error == ENOENT || error == ECONNREFUSED)
		hint = " (is midwatch running? -s names another socket)";
	else if (error == EACCES)
		hint = " (the socket is for its owner and its group: see control.group)";
	ctl_complain("cannot connect to %s: %s%s", ctl->socket, strerror(error), hint);
	return CTL_NO_CONNECTION;
}

static enum ctl_status connect_link(struct ctl *ctl)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t end_ms = now_ms() + (int64_t)ctl->timeout_s * 1000;

	if (strlen(ctl->socket) >= sizeof(address.sun_path))
		return cannot_connect(ctl, ENAMETOOLONG);
	memcpy(address.sun_path, ctl->socket, strlen(ctl->socket) + 1);
	ctl->link.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ctl->link.fd < 0)
		return cannot_connect(ctl, errno);
	while (connect(ctl->link.fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		if (errno != EAGAIN && errno != EINTR)
			return cannot_connect(ctl, errno);
		if (now_ms() >= end_ms)
			return timed_out(ctl);
		poll(NULL, 0, RETRY_MS); // its queue of new clients is full
	}
	return CTL_OK;
}

static enum ctl_status check_greeting(const struct ctl *ctl, const json_t *greeting)
{
	const char *message = json_string_value(json_object_get(greeting, "message"));

	if (message != NULL) {
		ctl_complain("%s: %s", ctl->socket, message);
		return CTL_NO_CONNECTION;
	}
	if (json_integer_value(json_object_get(greeting, "proto")) == 1)
		return CTL_OK;
	ctl_complain("%s: this is not the socket of a midwatch that speaks protocol 1", ctl->socket);
	return CTL_NO_CONNECTION;
}

enum ctl_status link_open(struct ctl *ctl)
{
	json_t *greeting = NULL;

	if (ctl->link.fd >= 0)
		return CTL_OK;
	enum ctl_status status = connect_link(ctl);

	if (status == CTL_OK)
		status = link_next(ctl, (int)ctl->timeout_s * 1000, &greeting);
	if (status == CTL_OK)
		status = check_greeting(ctl, greeting);
	json_decref(greeting);
	if (status != CTL_OK)
		link_close(&ctl->link);
	return status;
}

static enum ctl_status send_all(struct ctl *ctl, const char *bytes, size_t count)
{
	int64_t end_ms = now_ms() + (int64_t)ctl->timeout_s * 1000;

	while (count > 0) {
		struct pollfd one = {.fd = ctl->link.fd, .events = POLLOUT};
		ssize_t sent = send(ctl->link.fd, bytes, count, MSG_NOSIGNAL);

		if (sent > 0) {
			bytes += sent;
			count -= (size_t)sent;
		} else if (errno != EAGAIN && errno != EINTR) {
			ctl_complain("%s: midwatch has hung up", ctl->socket);
			link_close(&ctl->link);
			return CTL_FAILED;
		} else if (now_ms() >= end_ms) {
			return timed_out(ctl);
		} else {
			poll(&one, 1, RETRY_MS);
		}
	}
	return CTL_OK;
}

enum ctl_status link_ask(struct ctl *ctl, const char *command, json_t *arguments)
{
	json_t *request = json_pack("{s:I, s:s, s:o}", "id", ++ctl->id, "command", command, "arguments", arguments);
	char *line = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;

	json_decref(request);
	if (line == NULL) {
		ctl_complain("the command is not valid UTF-8");
		return CTL_USAGE;
	}
	enum ctl_status status = send_all(ctl, line, strlen(line));

	free(line);
	return status == CTL_OK ? send_all(ctl, "\n", 1) : status;
}

static bool make_room(struct link *link)
{
	if (link->at > 0) {
		memmove(link->bytes, link->bytes + link->at, link->end - link->at);
		link->end -= link->at;
		link->at = 0;
	}
	if (link->size - link->end >= READ_BYTES)
		return true;
	size_t size = link->size == 0 ? 2 * READ_BYTES : 2 * link->size;
	char *grown = size > LINE_BYTES_MAX ? NULL : realloc(link->bytes, size);

	if (grown == NULL)
		return false;
	link->bytes = grown;
	link->size = size;
	return true;
}

// Waits for bytes and reads them.
static enum ctl_status fill(struct ctl *ctl, int64_t end_ms)
{
	struct pollfd one = {.fd = ctl->link.fd, .events = POLLIN};
	int64_t left_ms = end_ms < 0 ? SLICE_MS : MW_MAX(end_ms - now_ms(), 0);
	int ready = poll(&one, 1, (int)left_ms);

	if ((ready < 0 && errno == EINTR) || (ready == 0 && end_ms < 0))
		return CTL_OK;
	if (ready == 0)
		return timed_out(ctl);
	if (!make_room(&ctl->link)) {
		ctl_complain("%s: a line of the answer is too long", ctl->socket);
		return CTL_FAILED;
	}
	ssize_t count = recv(ctl->link.fd, ctl->link.bytes + ctl->link.end, ctl->link.size - ctl->link.end, 0);

	if (count > 0) {
		ctl->link.end += (size_t)count;
	} else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
		ctl_complain("%s: midwatch has hung up", ctl->socket);
		link_close(&ctl->link);
		return CTL_FAILED;
	}
	return CTL_OK;
}

static enum ctl_status parse_line(struct ctl *ctl, const char *newline, json_t **line)
{
	const char *start = ctl->link.bytes + ctl->link.at;

	*line = json_loadb(start, (size_t)(newline - start), 0, NULL);
	ctl->link.taken += (size_t)(newline - start) + 1;
	ctl->link.at = (size_t)(newline - ctl->link.bytes) + 1;
	if (json_is_object(*line))
		return CTL_OK;
	json_decref(*line);
	*line = NULL;
	ctl_complain("%s: the answer is not JSON", ctl->socket);
	return CTL_FAILED;
}

enum ctl_status link_next(struct ctl *ctl, int timeout_ms, json_t **line)
{
	int64_t end_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	size_t searched = 0;

	*line = NULL;
	for (;;) {
		size_t left = ctl->link.end - ctl->link.at;
		const char *start = left == 0 ? NULL : ctl->link.bytes + ctl->link.at;
		const char *newline = left > searched ? memchr(start + searched, '\n', left - searched) : NULL;

		if (newline != NULL)
			return parse_line(ctl, newline, line);
		searched = left;
		enum ctl_status status = fill(ctl, end_ms);

		if (status != CTL_OK || (timeout_ms < 0 && ctl_interrupted != 0))
			return status;
	}
}

enum ctl_status link_refusal(const json_t *line, bool quiet)
{
	static const struct {
		const char *code;
		enum ctl_status status;
	} codes[] = {{"E_NOT_FOUND", CTL_NOT_FOUND}, {"E_USAGE", CTL_USAGE}, {"E_UNKNOWN_COMMAND", CTL_USAGE}};
	const char *code = json_string_value(json_object_get(line, "code"));
	char *message = print_cell(json_object_get(line, "message"));

	if (!quiet)
		ctl_complain("%s", message);
	free(message);
	for (size_t i = 0; code != NULL && i < MW_ARRAY_SIZE(codes); i++)
		if (strcmp(code, codes[i].code) == 0)
			return codes[i].status;
	return CTL_FAILED;
}

// @return true when the answer is over.
static bool hear(const json_t *line, const struct answer_hook *hook, bool quiet, enum ctl_status *status)
{
	json_t *row = json_object_get(line, "row"), *columns = json_object_get(line, "columns");
	const char *result = json_string_value(json_object_get(line, "return"));

	if (row != NULL)
		hook->row(hook->context, row);
	else if (result != NULL && strcmp(result, "OK") == 0)
		hook->message(hook->context, json_object_get(line, "message"));
	else if (result != NULL)
		*status = link_refusal(line, quiet);
	else if (columns != NULL && hook->columns != NULL)
		hook->columns(hook->context, columns);
	return row == NULL && (result != NULL || json_object_get(line, "end") != NULL);
}

static enum ctl_status too_long(const struct ctl *ctl)
{
	ctl_complain("%s: the answer is too long to be midwatch's: more than %zu MiB, and no end", ctl->socket,
				 KEPT_BYTES_MAX >> 20);
	return CTL_FAILED;
}

enum ctl_status link_answer(struct ctl *ctl, const char *command, json_t *arguments, const struct answer_hook *hook,
							bool quiet)
{
	enum ctl_status status = link_open(ctl);
	bool over = false;
	size_t before;

	if (status != CTL_OK) {
		json_decref(arguments);
		return status;
	}
	status = link_ask(ctl, command, arguments);
	before = ctl->link.taken;
	while (status == CTL_OK && !over) {
		json_t *line = NULL;

		status = link_next(ctl, (int)ctl->timeout_s * 1000, &line);
		if (status == CTL_OK && hook->keeps && ctl->link.taken - before > KEPT_BYTES_MAX)
			status = too_long(ctl);
		if (status == CTL_OK)
			over = hear(line, hook, quiet, &status);
		json_decref(line);
	}
	if (!over && status != CTL_OK) // what is left of the answer must not be taken for the next one
		link_close(&ctl->link);
	return status;
}

static void collect(void *context, json_t *value)
{
	json_array_append(context, value);
}

json_t *link_collect(struct ctl *ctl, const char *command, enum ctl_status *status)
{
	json_t *rows = json_array();
	struct answer_hook hook = {.row = collect, .message = collect, .context = rows, .keeps = true};

	*status = link_answer(ctl, command, json_object(), &hook, true);
	if (*status == CTL_OK)
		return rows;
	json_decref(rows);
	return NULL;
}
