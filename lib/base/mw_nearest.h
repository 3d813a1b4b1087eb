// SPDX-License-Identifier: BSD-3-Clause
// Which of the known names somebody meant who mistyped one.
// Neighbours: settings/ and control/ suggest keys and commands by it, app/ options. Any thread.
#ifndef MW_NEAREST_H
#define MW_NEAREST_H

#define MW_NEAREST_BYTES 64 // longer words are near to nothing

/**
 * Edits between two words: letters put in, left out, replaced, or swapped with the next (Damerau, CACM 1964).
 * @return MW_NEAREST_BYTES when one of them has so many letters or more.
 */
unsigned mw_nearest_edits(const char *a, const char *b);

/** The best name so far; {0} at the beginning. */
struct mw_nearest {
	const char *name; // NULL: none is near
	unsigned edits;
};

/** Takes known when it is nearer to wrong than the best so far. Of its letters a third may be wrong, at most three. */
void mw_nearest_consider(struct mw_nearest *best, const char *wrong, const char *known);

#endif
