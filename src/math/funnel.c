/*
 * funnel.c
 *		The deepest chain of steps that one customer took.
 *
 * The earliest event of each step from a start on can only be later for a
 * later start.  So the walk goes through the times of each step once, and what
 * it does is linear in the number of events: where a step's event still is the
 * earliest, those of the steps after it are, too.
 */
#include "math/funnel.h"

void
tcs_funnel_begin(TcsFunnelWalk *walk, const TcsStepTimes *step, int steps,
				 uint64_t within)
{
	walk->step = step;
	walk->steps = 0;
	while (walk->steps < steps && step[walk->steps].count > 0)
		walk->steps++;
	walk->within = within;
	walk->next_start = 0;
	walk->known = 0;
	walk->depth = 0;
}

/* is the event of step k, from 0, known and within reach of the start? */
static bool
funnel_reached(const TcsFunnelWalk *walk, int k)
{
	return k < walk->known &&
		(uint64_t) walk->chain[k] - (uint64_t) walk->chain[0] <= walk->within;
}

/*
 * Find the first event of step k, from 0, that is not before the one of the
 * step before it.  Without one no later start has one either, and the steps
 * end here.
 */
static bool
funnel_find_step(TcsFunnelWalk *walk, int k)
{
	const TcsStepTimes *times = &walk->step[k];
	uint32_t	place = walk->place[k];

	while (place < times->count && times->at[place] < walk->chain[k - 1])
		place++;
	if (place == times->count)
	{
		walk->steps = k;
		return false;
	}
	walk->place[k] = place;
	walk->chain[k] = times->at[place];
	return true;
}

/* the chain from a start, as far as there are events within reach */
static void
funnel_follow(TcsFunnelWalk *walk, int64_t start)
{
	int			k = 1;

	walk->chain[0] = start;
	if (walk->known == 0)
		walk->known = 1;
	while (k < walk->known && walk->chain[k] < walk->chain[k - 1] && funnel_find_step(walk, k))
		k++;
	if (walk->known > walk->steps)
		walk->known = walk->steps;

	while (walk->known < walk->steps && funnel_reached(walk, walk->known - 1))
	{
		walk->place[walk->known] = 0;
		if (!funnel_find_step(walk, walk->known))
			break;
		walk->known++;
	}
}

bool
tcs_funnel_next(TcsFunnelWalk *walk, uint32_t starts)
{
	while (starts-- > 0)
	{
		if (walk->depth >= walk->steps ||
			walk->next_start == walk->step[0].count)
			return false;
		funnel_follow(walk, walk->step[0].at[walk->next_start++]);
		if (funnel_reached(walk, walk->depth))
		{
			while (funnel_reached(walk, walk->depth))
				walk->depth++;
			for (int k = 0; k < walk->depth; k++)
				walk->deepest[k] = walk->chain[k];
		}
	}
	return true;
}
