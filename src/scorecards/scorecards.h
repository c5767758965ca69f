/*
 * scorecards.h
 *		Scorecards: read from the tables, compiled into expressions.
 */
#ifndef TCS_SCORECARDS_H
#define TCS_SCORECARDS_H

#include "expressions/condition.h"
#include "expressions/error_place.h"
#include "expressions/stored_sets.h"

#include "nodes/bitmapset.h"

#define TCS_MAX_FACTORS		1000	/* of a scorecard */

/* What a missing value does. */
typedef enum TcsMissing
{
	TCS_MISSING_REWEIGHT,		/* leaves factor and gate out */
	TCS_MISSING_LO,				/* counts as lo */
	TCS_MISSING_NULL			/* makes the index NULL */
} TcsMissing;

typedef struct TcsFactor
{
	char	   *name;
	char	   *expression;
	char	   *description;	/* or NULL */
	double		weight;
	double		lo;
	double		hi;
	bool		has_gate;
	double		gate;
	TcsMissing	missing;
} TcsFactor;

/* A scorecard with those of its factors that are enabled, by name. */
typedef struct TcsScorecard
{
	char	   *name;
	char	   *time_zone;		/* or NULL */
	int			count;
	TcsFactor  *factors;
} TcsScorecard;

/* Is less better? */
static inline bool
tcs_factor_is_turned(const TcsFactor *factor)
{
	return factor->hi < factor->lo;
}

/*
 * A value from 0 (at lo) to 1 (at hi); what is missing counts as lo.  The same
 * operations in the same order as in the expression.
 */
static inline double
tcs_factor_scale(const TcsFactor *factor, double value, bool missing)
{
	double		clamped = factor->lo;

	if (tcs_factor_is_turned(factor))
	{
		if (!missing && value < clamped)
			clamped = Max(value, factor->hi);
		return (factor->lo - clamped) / (factor->lo - factor->hi);
	}
	if (!missing && value > clamped)
		clamped = Min(value, factor->hi);
	return (clamped - factor->lo) / (factor->hi - factor->lo);
}

/* Does a value make the index 0? */
static inline bool
tcs_factor_is_closed(const TcsFactor *factor, double value, bool missing)
{
	if (!factor->has_gate || (missing && factor->missing != TCS_MISSING_LO))
		return false;
	if (missing)
		value = factor->lo;
	return tcs_factor_is_turned(factor) ? value > factor->gate : value < factor->gate;
}

/* scorecard_tables.c */

extern TcsStoredSets tcs_stored_scorecards;

/*
 * The scorecard of that name as last committed, or as this transaction left it;
 * allocated in the current context.  An error when there is none.
 */
extern TcsScorecard *tcs_scorecard_read(const char *name);

/* Put its factors in the order in which they are added up. */
extern void tcs_factors_sort(TcsScorecard *card);

/* scorecard_definition.c */

/*
 * The scorecard that a definition in the form of scorecard_get is; an error where
 * it has not that form.
 */
extern TcsScorecard *tcs_scorecard_from_definition(const void *jsonb);

/* scorecard_expression.c */

extern const TcsSourceKind tcs_factor_kind;

typedef struct TcsFactorContext
{
	const TcsScorecard *card;
	const TcsFactor *factor;
} TcsFactorContext;

/* Adds to an error which factor it is about, from a TcsFactorContext. */
extern void tcs_factor_describe(const void *what);

/*
 * The value of a factor over a row with those columns, which are Vars of range
 * table entry 1: of a numeric type or boolean, checked.
 */
extern Expr *tcs_factor_compile(const TcsConditionSettings *settings,
								const TcsScorecard *card, const TcsFactor *factor,
								TupleDesc columns);

/*
 * The index; columns that are computed are not made to be so often.  With
 * places: factors that can fail are marked with them.
 */
extern Node *tcs_scorecard_expression(const TcsScorecard *card, TupleDesc columns,
									  const Bitmapset *computed, TcsPlaces *places);

/* scorecard_terms.c */

/* The value of a factor as double precision. */
extern Expr *tcs_factor_number(Expr *value);

#endif							/* TCS_SCORECARDS_H */
