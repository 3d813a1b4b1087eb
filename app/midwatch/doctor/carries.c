// SPDX-License-Identifier: BSD-3-Clause
// Default routes and SSH sessions by /proc/net; see proc_net(5) and Documentation/networking/proc_net_tcp.rst.
// Neighbours: carries.h.
#include "carries.h"

#include <dirent.h>
#include <linux/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

#define UPPER_DEPTH 4 // a VLAN on a bridge on a bond on the port
#define LINE_BYTES  512
#define SSH_PORT    22u

/** What a line of a table is asked for. */
struct question {
	const char *root, *interface;
	unsigned ssh_port; // besides 22; 0 for none
};

// Calls ask for each line of a file under /proc/net until it says yes.
static bool any_line(const struct question *question, const char *name,
					 bool (*ask)(const struct question *, const char *line))
{
	FILE *file = fopen(files_path(question->root, "/proc/net/%s", name).chars, "re");
	char line[LINE_BYTES];
	bool yes = false;

	while (file != NULL && !yes && fgets(line, sizeof(line), file) != NULL)
		yes = ask(question, line);
	if (file != NULL)
		fclose(file);
	return yes;
}

static bool is_default4(const struct question *question, const char *line)
{
	char interface[32];
	unsigned to, mask;

	return sscanf(line, "%31s %x %*s %*s %*s %*s %*s %x", interface, &to, &mask) == 3 && to == 0 && mask == 0 &&
		   strcmp(interface, question->interface) == 0;
}

static bool is_default6(const struct question *question, const char *line)
{
	char to[33], interface[32];
	unsigned bits, flags;

	return sscanf(line, "%32s %x %*s %*s %*s %*s %*s %*s %x %31s", to, &bits, &flags, interface) == 4 && bits == 0 &&
		   (flags & RTF_REJECT) == 0 && strspn(to, "0") == strlen(to) && strcmp(interface, question->interface) == 0;
}

/** An address of this machine, as /proc/net writes it: 8 or 32 hexadecimal digits. */
struct local {
	struct question question;
	char address[33];
};

static bool net_holds(const struct question *question, const char *line)
{
	const struct local *local = (const struct local *)question;
	char interface[32];
	unsigned to, mask, address;

	return sscanf(line, "%31s %x %*s %*s %*s %*s %*s %x", interface, &to, &mask) == 3 && mask != 0 &&
		   sscanf(local->address, "%x", &address) == 1 && (address & mask) == to &&
		   strcmp(interface, question->interface) == 0;
}

// if_inet6 has an address in the order of the network, tcp6 in words of the machine.
static bool has_address6(const struct question *question, const char *line)
{
	const struct local *local = (const struct local *)question;
	char address[33], interface[32];

	if (sscanf(line, "%32s %*s %*s %*s %*s %31s", address, interface) != 2 || strlen(address) != 32 ||
		strcmp(interface, question->interface) != 0)
		return false;
	for (unsigned byte = 0; byte < 16; byte++) {
		unsigned other = byte / 4 * 4 + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 3 - byte % 4 : byte % 4);

		if (strncasecmp(&address[2 * (size_t)byte], &local->address[2 * (size_t)other], 2) != 0)
			return false;
	}
	return true;
}

static bool is_ssh(const struct question *question, const char *line)
{
	struct local local = {.question = *question};
	unsigned port, state;
	size_t digits;

	if (sscanf(line, "%*s %32[0-9A-Fa-f]:%x %*s %x", local.address, &port, &state) != 3 || state != 1 ||
		(port != SSH_PORT && port != question->ssh_port))
		return false;
	digits = strlen(local.address);
	if (digits == 32 && strncmp(local.address, "0000000000000000FFFF0000", 24) == 0) { // IPv4 through an IPv6 socket
		memmove(local.address, &local.address[24], 9);
		digits = 8;
	}
	return digits == 8 ? any_line(&local.question, "route", net_holds)
					   : any_line(&local.question, "if_inet6", has_address6);
}

static bool carries_itself(const struct question *question, struct mw_text *what)
{
	if (any_line(question, "tcp", is_ssh) || any_line(question, "tcp6", is_ssh))
		mw_text_add(what, "an SSH session");
	else if (any_line(question, "route", is_default4) || any_line(question, "ipv6_route", is_default6))
		mw_text_add(what, "the default route");
	else
		return false;
	return true;
}

static bool carries_above(const struct question *question, unsigned depth, struct mw_text *what)
{
	DIR *folder = opendir(files_path(question->root, "/sys/class/net/%s", question->interface).chars);
	const struct dirent *entry;
	bool yes = carries_itself(question, what);

	while (folder != NULL && !yes && depth > 0 && (entry = readdir(folder)) != NULL) {
		struct question above = *question;

		if (strncmp(entry->d_name, "upper_", 6) != 0)
			continue;
		above.interface = entry->d_name + 6;
		yes = carries_above(&above, depth - 1, what);
	}
	if (folder != NULL)
		closedir(folder);
	return yes;
}

// The port of the server's side of our own session: "client port server port".
static unsigned own_ssh_port(void)
{
	const char *session = getenv("SSH_CONNECTION");
	unsigned port = 0;

	return session != NULL && sscanf(session, "%*s %*u %*s %u", &port) == 1 ? port : 0;
}

bool carries(const char *root, const char *interface, struct mw_text *what)
{
	const struct question question = {.root = root, .interface = interface, .ssh_port = own_ssh_port()};

	return interface[0] != '\0' && carries_above(&question, UPPER_DEPTH, what);
}
