/*
 * scorecard_check.h
 *		What scorecard_check finds out about the factors of a scorecard.
 */
#ifndef TCS_SCORECARD_CHECK_H
#define TCS_SCORECARD_CHECK_H

#include "expressions/check_rows.h"
#include "scorecards/scorecards.h"

/* What is known of a factor. */
typedef struct TcsCheckedFactor
{
	const TcsFactor *factor;
	Expr	   *value;			/* planned; NULL: it does not compile */
	bool		uses_clock;
	ErrorData  *error;			/* why not, or why it fails on a row; or NULL */
	int64		present;		/* rows with a value */
	int64		at_lo;			/* of these, those that count as lo */
	int64		at_hi;
	int64		beyond;			/* those beyond lo or hi */
	int64		closed;			/* rows that the gate closes */
	double		least;			/* values */
	double		most;
} TcsCheckedFactor;

typedef struct TcsScorecardCheck
{
	const TcsScorecard *card;
	TcsCheckedFactor *factors;	/* as many as the scorecard has */
	double	   *correlations;	/* count * count; NULL: too many factors */
	int64		rows;			/* of the relation */
	bool		has_errors;		/* so that nothing is known of the index */
	int64		closed;			/* rows whose index is 0 by a gate */
	int64		unknown;		/* rows whose index is NULL */
	double		least;			/* index */
	double		most;
	double		mean;
} TcsScorecardCheck;

/* Are there missing values that count as lo? */
static inline bool
tcs_missing_are_lo(const TcsCheckedFactor *checked, int64 rows)
{
	return checked->present < rows && checked->factor->missing == TCS_MISSING_LO;
}

/* Does whatever counts count the same? */
static inline bool
tcs_has_no_spread(const TcsCheckedFactor *checked, int64 rows)
{
	double		scaled = tcs_factor_scale(checked->factor, checked->least, false);

	return scaled == tcs_factor_scale(checked->factor, checked->most, false) &&
		(scaled == 0 || !tcs_missing_are_lo(checked, rows));
}

/* scorecard_count.c: evaluates the factors over the rows of a portal. */
extern void tcs_scorecard_count(TcsScorecardCheck *check, Portal portal);

#endif							/* TCS_SCORECARD_CHECK_H */
