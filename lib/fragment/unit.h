// SPDX-License-Identifier: BSD-3-Clause
// A sign of one byte for every eight of a datagram: whether bytes that pass again are the same, without the bytes.
// Neighbours: sign.c. Two different units have equal signs once in 255.
#ifndef FRAGMENT_UNIT_H
#define FRAGMENT_UNIT_H

#include <stdint.h>

#define UNIT_BYTES 8

/** Of the unit at at; never 0. The same on every machine. */
uint8_t unit_sign(const uint8_t *at);

/** Of count units that stand one behind the other. */
void unit_signs(const uint8_t *at, uint32_t count, uint8_t *signs);

/** The same without the machine's wide registers: what unit_signs falls back to. */
void unit_signs_portable(const uint8_t *at, uint32_t count, uint8_t *signs);

#endif
