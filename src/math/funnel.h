/*
 * funnel.h
 *		The deepest chain of steps that one customer took.
 *
 * Plain C, without the server's headers.
 */
#ifndef TCS_MATH_FUNNEL_H
#define TCS_MATH_FUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#define TCS_FUNNEL_STEPS	100

/* At the instant `at` step `step` was taken, 1 to TCS_FUNNEL_STEPS. */
typedef struct TcsStepTimes
{
	const int64_t *at;			/* ascending */
	uint32_t	count;
} TcsStepTimes;

/*
 * The walk through all starts.  A chain has one event of each of the steps 1,
 * 2, ... up to its depth, none of them earlier than the one before and none
 * more than `within` after the first.
 */
typedef struct TcsFunnelWalk
{
	const TcsStepTimes *step;	/* step[0] is the first one */
	int			steps;			/* those that a chain can have */
	uint64_t	within;
	uint32_t	next_start;
	int			known;			/* chain has the times of so many steps */
	uint32_t	place[TCS_FUNNEL_STEPS];	/* of the chain's event */
	int64_t		chain[TCS_FUNNEL_STEPS];	/* earliest, from this start on */
	int			depth;			/* of the deepest chain so far */
	int64_t		deepest[TCS_FUNNEL_STEPS];
} TcsFunnelWalk;

extern void tcs_funnel_begin(TcsFunnelWalk *walk, const TcsStepTimes *step,
							 int steps, uint64_t within);

/*
 * Try at most so many more starts; false when the deepest chain is known.  Of
 * equally deep chains it is the one that starts first, each of its steps as
 * early as can be.
 */
extern bool tcs_funnel_next(TcsFunnelWalk *walk, uint32_t starts);

#endif							/* TCS_MATH_FUNNEL_H */
