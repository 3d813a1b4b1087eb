// SPDX-License-Identifier: BSD-3-Clause
// The ladders.
// Neighbours: ladder.h.
#include "ladder.h"

#include <errno.h>
#include <stdlib.h>

int nat_rungs_new(struct nat_rungs *rungs, uint32_t max)
{
	*rungs = (struct nat_rungs){.rungs = calloc((size_t)max + 1, sizeof(*rungs->rungs))};
	return rungs->rungs == NULL ? -ENOMEM : 0;
}

void nat_rungs_free(struct nat_rungs *rungs)
{
	free(rungs->rungs);
}

static uint32_t insert(struct nat_rungs *rungs, struct nat_ladder *ladder, struct nat_rung fresh)
{
	uint32_t rung = rungs->free;

	if (rung != 0)
		rungs->free = rungs->rungs[rung].above;
	else
		rung = ++rungs->fresh;
	rungs->rungs[rung] = fresh;
	*(fresh.below != 0 ? &rungs->rungs[fresh.below].above : &ladder->lowest) = rung;
	*(fresh.above != 0 ? &rungs->rungs[fresh.above].below : &ladder->highest) = rung;
	return rung;
}

static void leave(struct nat_rungs *rungs, struct nat_ladder *ladder, uint32_t rung)
{
	struct nat_rung *left = &rungs->rungs[rung];

	if (--left->members > 0)
		return;
	*(left->below != 0 ? &rungs->rungs[left->below].above : &ladder->lowest) = left->above;
	*(left->above != 0 ? &rungs->rungs[left->above].below : &ladder->highest) = left->below;
	left->above = rungs->free;
	rungs->free = rung;
}

uint32_t nat_ladder_raise(struct nat_rungs *rungs, struct nat_ladder *ladder, uint32_t rung)
{
	struct nat_rung *from = &rungs->rungs[rung];
	uint32_t to = rung != 0 ? from->above : ladder->lowest, count = from->count + 1;

	if (to == 0 || rungs->rungs[to].count != count)
		to = insert(rungs, ladder, (struct nat_rung){.count = count, .below = rung, .above = to});
	rungs->rungs[to].members++;
	if (rung != 0)
		leave(rungs, ladder, rung);
	return to;
}

uint32_t nat_ladder_lower(struct nat_rungs *rungs, struct nat_ladder *ladder, uint32_t rung)
{
	struct nat_rung *from = &rungs->rungs[rung];
	uint32_t to = from->below, count = from->count - 1;

	if (count > 0 && (to == 0 || rungs->rungs[to].count != count))
		to = insert(rungs, ladder, (struct nat_rung){.count = count, .below = to, .above = rung});
	if (count > 0)
		rungs->rungs[to].members++;
	leave(rungs, ladder, rung);
	return count > 0 ? to : 0;
}
