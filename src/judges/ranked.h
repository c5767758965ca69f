/*
 * ranked.h
 *		Scores and what came of them, with and without a treatment: the state of
 *		uplift, qini, capture and cutoff.
 */
#ifndef TCS_RANKED_H
#define TCS_RANKED_H

#include "tcs.h"

#include "values/values.h"

/* Arms by number; what knows of no arms is all in the first. */
#define TCS_RANKED_CONTROL		0
#define TCS_RANKED_TREATED		1

/* Which aggregate the state is of, and so what its parameter is. */
typedef enum TcsRankedKind
{
	TCS_RANKED_QINI,			/* no parameter: 0 */
	TCS_RANKED_UPLIFT,			/* bins */
	TCS_RANKED_CAPTURE,			/* steps */
	TCS_RANKED_CUTOFF,			/* cost of a contact */
	TCS_RANKED_CUTOFF_ARMS,
	TCS_RANKED_KINDS
} TcsRankedKind;

typedef struct TcsRankedRow
{
	uint64		key;			/* of the score */
	double		outcome;
} TcsRankedRow;

typedef struct TcsRanked
{
	TcsBudget	budget;
	TcsRankedKind kind;
	bool		shares;			/* outcomes are true (1) or false (0) */
	double		parameter;
	int64		count[2];
	int64		size[2];
	bool		sorted[2];
	TcsRankedRow *rows[2];
} TcsRanked;

/* The state in argument 0, or a new one; an error where the parameter changed. */
extern TcsRanked *tcs_ranked_state(FunctionCallInfo fcinfo, TcsRankedKind kind,
								   bool shares, double parameter);

/* A number of bins in that argument; an error, which names it, where it is none. */
extern double tcs_ranked_bins(FunctionCallInfo fcinfo, int argument, const char *what);

/* Add a customer; NaN, infinity and outcomes beyond 1e150 are errors. */
extern void tcs_ranked_add(TcsRanked *ranked, int arm, double score, double outcome);

/*
 * A walk from the highest score down, equal ones at one step.  Of each arm
 * there are `here` rows with that score, which begin at `rows`.
 */
typedef struct TcsRankedWalk
{
	const TcsRanked *ranked;
	int64		left[2];		/* rows with lower scores */
	int64		here[2];
	const TcsRankedRow *rows[2];
	double		score;
	uint64		steps;
} TcsRankedWalk;

extern void tcs_ranked_walk(TcsRanked *ranked, TcsRankedWalk *walk);
extern bool tcs_ranked_next(TcsRankedWalk *walk);

#endif							/* TCS_RANKED_H */
