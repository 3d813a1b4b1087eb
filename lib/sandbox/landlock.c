// SPDX-License-Identifier: BSD-3-Clause
// Rules beneath paths, no TCP, no signals and abstract sockets beyond this process, as far as the kernel's version
// goes.
// Neighbours: landlock.h. The numbers stand here because the headers of Debian 12 end at version 2.
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH      1

#define EXECUTE     (1u << 0)
#define WRITE_FILE  (1u << 1)
#define READ_FILE   (1u << 2)
#define READ_DIR    (1u << 3)
#define REMOVE_DIR  (1u << 4)
#define REMOVE_FILE (1u << 5)
#define MAKE_DIR    (1u << 7)
#define MAKE_REG    (1u << 8)
#define TRUNCATE    (1u << 14) // version 3
#define IOCTL_DEV   (1u << 15) // version 5
#define OF_FILES    (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

#define NET_ALL   3u // bind and connect of TCP, version 4
#define SCOPE_ALL 3u // abstract sockets and signals, version 6

struct ruleset {
	uint64_t files, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/** All rights over files that a version knows. */
static const uint64_t files_of[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};

static const uint64_t rights[] = {
	[MW_SANDBOX_READ] = READ_FILE | READ_DIR,
	[MW_SANDBOX_WRITE] = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE,
	[MW_SANDBOX_REMOVE_FILE] = REMOVE_FILE,
	[MW_SANDBOX_REMOVE_FOLDER] = REMOVE_DIR,
};

static struct ruleset handled_by(int abi)
{
	int last = (int)MW_ARRAY_SIZE(files_of) - 1;

	return (struct ruleset){
		.files = files_of[MW_MIN(abi, last)], .net = abi >= 4 ? NET_ALL : 0, .scoped = abi >= 6 ? SCOPE_ALL : 0};
}

static int allow(int rules_fd, const struct mw_sandbox_path *path, uint64_t handled)
{
	struct beneath rule = {.allowed = rights[path->access] & handled};
	struct stat status;
	int error = 0;

	rule.fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0)
		return 0; // who needs it will say that it is not there
	if (fstat(rule.fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed &= OF_FILES;
	// a pipe lies in no directory, and Landlock has nothing against it (EBADFD)
	if (rule.allowed != 0 && syscall(SYS_landlock_add_rule, rules_fd, RULE_PATH_BENEATH, &rule, 0) != 0 &&
		errno != EBADFD)
		error = -errno;
	close(rule.fd);
	return error;
}

int landlock_rules(const struct mw_sandbox_plan *plan, int *abi)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	struct ruleset handled;
	int fd, error = 0;

	*abi = version > 0 ? (int)version : 0;
	if (version <= 0)
		return version < 0 ? -errno : -ENOSYS;
	handled = handled_by(*abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (fd < 0)
		return -errno;
	for (uint32_t i = 0; error == 0 && i < plan->paths_count; i++)
		error = allow(fd, &plan->paths[i], handled.files);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int landlock_restrict(int rules_fd)
{
	return syscall(SYS_landlock_restrict_self, rules_fd, 0) == 0 ? 0 : -errno;
}
