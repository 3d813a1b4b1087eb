// SPDX-License-Identifier: BSD-3-Clause
// Compiled rules kept in a file for the next run.
// Neighbours: signature.c asks here before it compiles. Control thread.
//
// A file is taken only as a whole: its SHA-256, its length and its rules must fit, it must be this user's, and nobody
// else may be able to write it. Whatever else lies there is as good as nothing, and is replaced.
#ifndef STORED_H
#define STORED_H

#include "compile.h"

/**
 * Takes databases and the patterns' widths from the directory store (-1: none) when it has those of this very set, made
 * by this version of Hyperscan for a CPU like this one. @return false: nothing was touched.
 */
bool stored_read(int store, struct rules_set *set, hs_database_t *databases[MW_SIGNATURE_ONS]);

/** Keeps them: whole or not at all, and without a word when that cannot be. */
void stored_write(int store, const struct rules_set *set, hs_database_t *const databases[MW_SIGNATURE_ONS]);

#endif
