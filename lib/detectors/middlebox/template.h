// SPDX-License-Identifier: BSD-3-Clause
// What is alike in the texts of one device: their common beginning, * for the rest.
// Neighbours: device.c.
#ifndef MIDDLEBOX_TEMPLATE_H
#define MIDDLEBOX_TEMPLATE_H

#include <stddef.h>

/**
 * Adds an escaped text to a template of size_bytes >= 2: "" becomes the text, any other is shortened to what they
 * share. An escape (\xNN) is never split.
 */
void middlebox_template_add(char *template, size_t size_bytes, const char *text);

#endif
