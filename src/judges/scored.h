/*
 * scored.h
 *		Scores and what happened: the state of auc, lift and calibration.
 */
#ifndef TCS_SCORED_H
#define TCS_SCORED_H

#include "tcs.h"

#include "values/values.h"

#define TCS_MAX_CALIBRATION_BINS	1000

/* Scores by label, eight bytes each. */
typedef struct TcsScored
{
	TcsBudget	budget;
	double		parameter;		/* share of lift, bins of calibration, or 0 */
	TcsValues	values[2];		/* of those with the label false, true */
} TcsScored;

/*
 * The state in argument 0, or a new one, with that parameter; an error, which
 * names the parameter `what`, where it was another before.
 */
extern TcsScored *tcs_scored_state(FunctionCallInfo fcinfo, double parameter,
								   const char *what);

/* Add a score, which is finite. */
static inline void
tcs_scored_add(TcsScored *scored, double score, bool label)
{
	tcs_values_add(&scored->values[label], &scored->budget, tcs_key_of_double(score));
}

/* A probability; an error where it is none. */
extern double tcs_probability(double value);

/*
 * A walk through the scores in ascending order, equal ones at one step, with
 * how many customers of either label have them.
 */
typedef struct TcsScoredWalk
{
	TcsMerge	merge[2];
	uint64		key[2];
	uint64		times[2];		/* 0 at the end */
	uint64		steps;
} TcsScoredWalk;

extern void tcs_scored_walk(TcsScored *scored, TcsScoredWalk *walk);
extern bool tcs_scored_next(TcsScoredWalk *walk, double *score, uint64 *times);

#endif							/* TCS_SCORED_H */
