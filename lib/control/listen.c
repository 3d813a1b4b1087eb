// SPDX-License-Identifier: BSD-3-Clause
// Takes the socket's path: only from the dead, never from the living or from a file that is no socket.
// Neighbours: listen.h, server.c. Follows unix(7).
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mw_log.h"
#include "mw_server.h"

#define GROUP_BUFFER_BYTES 16384
#define BACKLOG            16

int mw_server_check_path(const char *path, struct mw_text *why)
{
	if (strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return 0;
	mw_text_add(why, "is too long: a socket's path may have %zu bytes, this one has %zu",
				sizeof(((struct sockaddr_un *)0)->sun_path) - 1, strlen(path));
	return -EINVAL;
}

static int make_address(const char *path, struct sockaddr_un *address)
{
	size_t len_bytes = path == NULL ? 0 : strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len_bytes == 0) {
		mw_log_error("the control socket's path is empty");
		return -EINVAL;
	}
	if (len_bytes >= sizeof(address->sun_path)) {
		mw_log_error("%s: a socket's path may have %zu bytes, this one has %zu", path, sizeof(address->sun_path) - 1,
					 len_bytes);
		return -ENAMETOOLONG;
	}
	memcpy(address->sun_path, path, len_bytes);
	return 0;
}

static int make_directory(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	if (mkdir(directory, 0755) == 0 || errno == EEXIST)
		return 0;
	int error = errno;

	mw_log_error("%s: cannot make the directory for the control socket: %s", directory, strerror(error));
	return -error;
}

static int connect_error(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
		error = errno;
	close(fd);
	return error;
}

// Leaves the path free, or says why it is not ours to take.
static int clear_path(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat status;

	int missing = lstat(path, &status) != 0 ? errno : 0;

	if (missing == ENOENT)
		return 0;
	if (missing == 0 && !S_ISSOCK(status.st_mode)) {
		mw_log_error("%s: is not a socket; it was left alone: remove it or choose another control.socket", path);
		return -EEXIST;
	}
	int error = connect_error(address);

	if (error == 0 || error == EAGAIN) {
		mw_log_error("%s: another midwatch answers on this socket: stop it (midwatchctl -s %s shutdown) or choose "
					 "another control.socket",
					 path, path);
		return -EADDRINUSE;
	}
	if (error == ENOENT)
		return 0;
	if (error != ECONNREFUSED) {
		mw_log_error("%s: cannot tell whether this socket is in use: %s", path, strerror(error));
		return -error;
	}
	if (unlink(path) != 0 && errno != ENOENT) {
		error = errno;
		mw_log_error("%s: cannot remove the socket of a process that is gone: %s", path, strerror(error));
		return -error;
	}
	mw_log_notice("%s: replaced the socket of a process that is gone", path);
	return 0;
}

static int give_to_group(const char *path, const char *group)
{
	char buffer[GROUP_BUFFER_BYTES];
	struct group entry, *found = NULL;
	int error = getgrnam_r(group, &entry, buffer, sizeof(buffer), &found);

	if (error == 0 && found == NULL) {
		mw_log_error("control.group: there is no group '%s'", group);
		return -ESRCH;
	}
	if (error == 0 && chown(path, (uid_t)-1, entry.gr_gid) != 0)
		error = errno;
	if (error != 0)
		mw_log_error("%s: cannot give the socket to group '%s': %s", path, group, strerror(error));
	return -error;
}

static int bind_and_listen(struct listener *listener, const char *group)
{
	const char *path = listener->address.sun_path;
	struct stat status = {0};

	// The file takes the descriptor's mode less the umask: never wider than 0660, not even for a moment.
	if (fchmod(listener->fd, 0660) != 0 ||
		bind(listener->fd, (const struct sockaddr *)&listener->address, sizeof(listener->address)) != 0) {
		int error = errno;

		mw_log_error("%s: cannot make the control socket: %s", path, strerror(error));
		return -error;
	}
	int result = group != NULL && group[0] != '\0' ? give_to_group(path, group) : 0;

	if (result == 0 && (chmod(path, 0660) != 0 || lstat(path, &status) != 0 || listen(listener->fd, BACKLOG) != 0)) {
		result = -errno;
		mw_log_error("%s: cannot listen: %s", path, strerror(-result));
	}
	if (result != 0) {
		unlink(path);
		return result;
	}
	listener->dev = status.st_dev;
	listener->ino = status.st_ino;
	return 0;
}

int listener_open(struct listener *listener, const char *path, const char *group)
{
	int result = make_address(path, &listener->address);

	if (result == 0)
		result = make_directory(path);
	if (result == 0)
		result = clear_path(&listener->address);
	if (result != 0)
		return result;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0) {
		result = -errno;
		mw_log_error("%s: cannot make a socket: %s", path, strerror(-result));
		return result;
	}
	result = bind_and_listen(listener, group);
	if (result != 0)
		close(listener->fd);
	return result;
}

void listener_close(struct listener *listener)
{
	struct stat status;

	close(listener->fd);
	if (lstat(listener->address.sun_path, &status) == 0 && status.st_dev == listener->dev &&
		status.st_ino == listener->ino)
		unlink(listener->address.sun_path);
}
