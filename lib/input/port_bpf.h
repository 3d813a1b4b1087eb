// SPDX-License-Identifier: BSD-3-Clause
// BPF programs and maps that this process holds already. To ask the kernel for them by number takes CAP_SYS_ADMIN.
// Neighbours: port_bpf.c; port_xdp.c looks for what the driver has loaded. Control core only.
#ifndef MW_INPUT_PORT_BPF_H
#define MW_INPUT_PORT_BPF_H

#include "mw_base.h"

/** @return a descriptor of its own of the program of this number; -ENOENT when the process holds none. */
int port_bpf_program(uint32_t id);

/** The map of this name among ids, as port_bpf_program. */
int port_bpf_map(const uint32_t ids[], uint32_t ids_count, const char *name);

#endif
