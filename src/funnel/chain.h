/*
 * chain.h
 *		The deepest chain of events that one customer took, where between two
 *		steps more may be asked than that the second is not before the first.
 *
 * Steps are numbered from 0 here, and the gap after a step has its number.
 */
#ifndef TCS_CHAIN_H
#define TCS_CHAIN_H

#include "tcs.h"

#include "math/funnel.h"

/* A set of steps, or of gaps. */
typedef struct TcsStepSet
{
	uint64		word[2];
} TcsStepSet;

/* How much time must and may lie between two steps. */
typedef struct TcsStepGap
{
	uint64		least;
	uint64		most;
} TcsStepGap;

/* What events may be: the steps they can take, and the gaps they may not be in. */
typedef struct TcsStepKind
{
	TcsStepSet	steps;
	TcsStepSet	breaks;
} TcsStepKind;

typedef struct TcsStepEvent
{
	int64		at;
	uint32		kind;
} TcsStepEvent;

typedef struct TcsStepRules
{
	uint64		within;
	int64		as_of;			/* only starts whose window is over by then
								 * count */
	bool		has_as_of;
	int			steps;
	TcsStepGap	gaps[TCS_FUNNEL_STEPS];
} TcsStepRules;

static inline bool
tcs_step_set_has(const TcsStepSet *set, int step)
{
	return (set->word[step / 64] >> (step % 64)) & 1;
}

static inline void
tcs_step_set_add(TcsStepSet *set, int step)
{
	set->word[step / 64] |= UINT64CONST(1) << (step % 64);
}

/* Is the window of what begins then over? */
static inline bool
tcs_step_is_ripe(const TcsStepRules *rules, int64 at)
{
	return !rules->has_as_of ||
		(at <= rules->as_of && (uint64) rules->as_of - (uint64) at >= rules->within);
}

/*
 * The times of the deepest chain; of equally deep ones that which begins
 * first, each step as early as can be.  No event takes two steps; those at one
 * instant come in any order, and none of them lies between two others.  The
 * events are sorted; kinds says what they are.  Returns the depth.
 */
extern int	tcs_step_chain(const TcsStepRules *rules, TcsStepEvent *events, uint32 count,
						   const TcsStepKind *kinds, int64 *times);

#endif							/* TCS_CHAIN_H */
