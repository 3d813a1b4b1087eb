// SPDX-License-Identifier: BSD-3-Clause
// Decode: one packet's bytes into its mw_packet fields, every byte through the bounded reader.
// Neighbours: pipeline/ calls it; one file per protocol here. Never allocates, never fails without a named refusal.
// Any thread: it writes the packet alone.
#ifndef MW_DECODE_H
#define MW_DECODE_H

#include "mw_packet.h"
#include "mw_settings.h"

/** Section "decode". */
struct mw_decode_settings {
	uint64_t tunnel_depth; // IP headers inside one another, outermost included
	bool udp_tunnels; // look into VXLAN, GENEVE, GTP-U, TZSP, Teredo, L2TP by port
};
extern const struct mw_settings_module mw_decode_settings_module;

/**
 * Fills every decoded field of packet from data, captured_bytes, wire_bytes and link; the source's fields stay, the
 * later stages' are cleared. Which fields have a value under a condition only: struct mw_packet.
 * Sets refusal and fate. Where an inner layer refuses, the fields of the layers around it stay valid.
 *
 * payload is what follows the transport header (UDP 4500: with the non-ESP marker); of a later fragment, ESP or a
 * protocol without a decoder, what follows the IP headers; of ARP, its 28 bytes, and src and dst are then sender and
 * target; of PPPoE discovery, its header and tags. Ports are also set where the rest of a TCP or UDP header is missing.
 * A first fragment that carries a tunnel is entered: the inner packet counts with its own lengths, and
 * outer_is_fragment marks the fragment around it.
 * A tunnel known by its UDP port is entered only where its inside is plausible; else it is the plain UDP packet.
 */
void mw_decode(const struct mw_decode_settings *settings, struct mw_packet *packet);

/**
 * The same of at most MW_BATCH_PACKETS, but of ordinary ones verdict and lane alone: mw_packet_rest() does the rest.
 */
void mw_decode_batch(const struct mw_decode_settings *settings, struct mw_packet *const packets[], uint32_t count);

#endif
