// SPDX-License-Identifier: BSD-3-Clause
// What doctor and setup start from: the command line, the unit's midwatch.env, the configuration, the port.
// Neighbours: doctor.c, ../setup/setup.c.
#ifndef DOCTOR_FACTS_H
#define DOCTOR_FACTS_H

#include "mw_base.h"

struct doctor;
struct engine;
struct options;

/** The unit's environment file, under a root. */
#define DOCTOR_ENVIRONMENT MW_CONFIG_DIR "/midwatch.env"

/**
 * Fills doctor, and reads configuration and signatures into engine, which is the caller's to close. Without a port on
 * the command line that of the unit counts, with its options; effective keeps them. What is wrong with the
 * configuration is logged and noted, and the defaults count then.
 * @return 0, or -EINVAL, told: no port can be read from the words.
 */
int doctor_facts(const struct options *options, struct engine *engine, struct options *effective,
				 struct doctor *doctor);

#endif
