/* SPDX-License-Identifier: BSD-3-Clause
 * The per-entry sequence lock of the flow table: one writer that never waits, readers that see whole flows or try again.
 * Neighbours: lib/flow/publish.h (writer), lib/flow/reader.c (reader), docs/concurrency.md (the memory-order argument).
 *
 * Spin runs it with sequential consistency. What release and acquire leave open, the model leaves open as well: between
 * the two version stores the writer's words are stored in any order, between the two version loads the reader's words
 * are loaded in any order. Check: scripts/model-check docs/flow-table.pml
 * With -DNO_ODD the writer forgets to mark its change, with -DNO_RECHECK the reader forgets to look again: both must fail.
 */
#define CHANGES 3 /* the writer's steps; a reader that sleeps through 2^32 of them is out of scope, see the document */
#define TRIES   1 /* tries share nothing, so more add states only */

byte version = 0;
byte live = 0;
byte key = 0;   /* a word that changes when the entry is reused */
byte value = 0; /* a word that changes with every packet; always key * 16 + number of packets */

/* Three words in any order, the whole of one published change. A d_step touches one shared word once. */
inline publish()
{
	stored = 0;
#ifndef NO_ODD
	version = version + 1;
#endif
	do
	:: d_step { (stored & 1) == 0 -> live = new_live; stored = stored | 1 }
	:: d_step { (stored & 2) == 0 -> key = new_key; stored = stored | 2 }
	:: d_step { (stored & 4) == 0 -> value = new_value; stored = stored | 4 }
	:: stored == 7 -> break
	od;
#ifdef NO_ODD
	version = version + 2
#else
	version = version + 1
#endif
}

/* The worker: opens, updates, closes and reuses the entry as it likes. It tests nothing that a reader writes. */
active proctype writer()
{
	byte steps = 0;
	byte stored, new_live, new_key, new_value;
	do
	:: steps < CHANGES ->
		steps++;
		if
		:: live == 0 -> new_live = 1; new_key = key + 1; new_value = new_key * 16 /* opened, perhaps reused */
		:: live == 1 -> new_value = value + 1                                     /* a packet */
		:: live == 1 -> new_live = 0                                              /* ended */
		:: live == 1 -> new_key = key + 1; new_value = new_key * 16               /* ended, restarted in place */
		fi;
		publish()
	:: steps == CHANGES -> break
	od;
	assert(version % 2 == 0) /* and so a reader after it succeeds at once */
}

active [2] proctype reader()
{
	byte tries = 0;
	byte before, loaded, copy_live, copy_key, copy_value;
	bool copied = false;
	do
	:: tries == TRIES || copied -> break
	:: tries < TRIES && !copied ->
		tries++;
		d_step { before = version; loaded = 0; copy_live = 0; copy_key = 0; copy_value = 0 }
		if
		:: before % 2 == 1 -> skip
		:: else ->
			do
			:: d_step { (loaded & 1) == 0 -> copy_live = live; loaded = loaded | 1 }
			:: d_step { (loaded & 2) == 0 -> copy_key = key; loaded = loaded | 2 }
			:: d_step { (loaded & 4) == 0 -> copy_value = value; loaded = loaded | 4 }
			:: loaded == 7 -> break
			od;
#ifdef NO_RECHECK
			copied = true
#else
			copied = (version == before)
#endif
		fi
	od;
	/* a successful copy is one flow at one moment */
	assert(!copied || copy_live == 0 || (copy_value / 16 == copy_key && copy_key > 0));
	assert(!copied || copy_live == 0 || copy_value % 16 <= CHANGES);
}
