// SPDX-License-Identifier: BSD-3-Clause
// A control half of the path detector, and facts to tell it: what workers say of honest and of broken paths.
// Neighbours: control_test.c, mss_test.c, range_test.c, table_test.c, verdict_test.c; lib/detectors/paths/control.h.
#ifndef PATHS_CONTROL_WORLD_H
#define PATHS_CONTROL_WORLD_H

#include "control.h"
#include "mw_test.h"

#define WORLD_START_NS (UINT64_C(1700000000) * MW_NS_PER_SECOND)

/** The verdict and the confidence of world->flow's direction. */
#define CHECK(world, what, sure)                                                                                       \
	do {                                                                                                               \
		const struct mw_path_row found = world_row(world);                                                             \
                                                                                                                       \
		assert_string_equal(found.verdict < MW_PATH_VERDICTS ? mw_path_verdict_names[found.verdict] : "no row", what); \
		assert_int_equal(found.confidence, sure);                                                                      \
	} while (0)

struct path_world {
	struct mw_detector_control control;
	struct path_control *state;
	struct mw_path_settings settings;
	struct mw_event_flow flow; // of the events: 192.0.2.1 to 198.51.100.2, TCP; tests change it
	uint64_t now_ns; // a second later with each event
};

struct path_world *world_new(uint64_t paths_max);
void world_free(struct path_world *world);

struct mw_address world_v4(unsigned a, unsigned b, unsigned c, unsigned d);
/** 2001:db8:SITE::HOST */
struct mw_address world_v6(unsigned site, unsigned host);

/** Tells facts of world->flow. */
void world_tell(struct path_world *world, struct path_facts facts);
/** The same of another connection: the port of the sender is one more. */
void world_tell_other_flow(struct path_world *world, struct path_facts facts);

/** The row of world->flow's direction; verdict MW_PATH_VERDICTS when there is none. */
struct mw_path_row world_row(struct path_world *world);
/** Rows told of at since_ns or later. */
uint32_t world_rows(struct path_world *world, uint64_t since_ns);
/** The row whose src and dst are these texts. */
struct mw_path_row world_row_of(struct path_world *world, const char *src, const char *dst);

/** A report of 203.0.113.1 to the sender, of a packet of 1500 bytes. */
struct path_facts report_of(const struct path_world *world, uint32_t mtu_bytes);
struct path_facts ignored(uint32_t sent_after);
struct path_facts honoured(void);
/** A segment of 1500 bytes that was sent 5 times in vain, at growing gaps; 140 bytes had come through. */
struct path_facts stuck(enum path_end end);
/** Three segments of 1500 bytes that the receiver misses and the tap never saw. */
struct path_facts hole(enum path_end end);
/** UDP: 8 answers up to 1300 bytes, none from 1400 on. */
struct path_facts sizes(uint32_t unanswered);
struct path_facts handshake(uint16_t mss_syn, uint16_t mss_synack);

#endif
