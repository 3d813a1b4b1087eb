// SPDX-License-Identifier: BSD-3-Clause
// What single packets say of a path, without following their flow: too-big reports, the MSS of handshakes, datagrams
// that came in pieces. Neighbours: paths.c; repeat.c tells each of them now and then.
#ifndef PATHS_ICMP_H
#define PATHS_ICMP_H

#include "mw_detector.h"

/** Fragmentation needed (RFC 792, type 3 code 4) or packet too big (RFC 4443 section 3.2), with what it quotes. */
bool path_report_is(const struct mw_packet *packet);

/** Tells such a report, and follows how the quoted flow reacts. */
void path_report_take(struct mw_detector_ctx *ctx, const struct mw_packet *packet);

/** A SYN or SYN-ACK: tells a reduced MSS, and one that was changed between two copies of the same segment. */
void path_report_handshake(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow);

/** A datagram of which every piece passed. */
void path_report_pieces(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram);

#endif
