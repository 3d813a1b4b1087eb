// SPDX-License-Identifier: BSD-3-Clause
// The user-space half of the XDP program: find it on the interface, fill its exclusions, read its counters.
// Neighbours: xdp/mw_xdp.h is the agreement with the kernel half; port.c and port_count.c call. Control core only.
#ifndef MW_INPUT_PORT_XDP_H
#define MW_INPUT_PORT_XDP_H

#include "mw_base.h"
#include "mw_settings.h"
#include "mw_text.h"
#include "xdp/mw_xdp.h"

struct mw_port_settings;

/** What is not there is -1. */
struct port_xdp {
	int counts_fd;
	int link_fd; // of the program and the interface; with it both part, however the process ends. -1: an older kernel
	uint32_t cpus;
	int lock_fd; // says to other midwatch processes that the interface is taken
};

/** Where the program lies: in the build folder for a program run from there, else where it was installed. */
const char *port_xdp_default_program(void);

/** As mw_setting.check, of one VLAN number. */
int port_xdp_check_vlan(const char *chars, struct mw_text *why);

/**
 * Makes sure that no XDP program is on the interface; one that a killed midwatch left behind is taken off.
 * @return 0; -EBUSY with a sentence.
 */
int port_xdp_check_free(const char *interface, struct mw_text *problem);

/** Takes the interface for this process. @return 0; -EBUSY with a sentence. */
int port_xdp_lock(struct port_xdp *xdp, const char *interface, struct mw_text *problem);

/**
 * After the driver attached the program: finds its maps and switches the exclusions on. A program that is not ours has
 * no counters: fine unless exclusions are asked for.
 * @return 0; -errno with a sentence.
 */
int port_xdp_start(struct port_xdp *xdp, const char *interface, const struct mw_port_settings *settings,
				   struct mw_text *problem);

/** Takes the program off the interface, before the driver closes: it would complain that it cannot. */
void port_xdp_detach(struct port_xdp *xdp);
void port_xdp_stop(struct port_xdp *xdp);

/** All counters, summed over the CPUs. @return 0; -ENOENT when there is no such program; -errno. */
int port_xdp_read(const struct port_xdp *xdp, struct mw_xdp_value values[MW_XDP_COUNTS_MAX]);

#endif
