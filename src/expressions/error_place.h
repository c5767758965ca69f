/*
 * error_place.h
 *		Which rule, or which factor, an error comes from.
 */
#ifndef TCS_ERROR_PLACE_H
#define TCS_ERROR_PLACE_H

#include "tcs.h"

#include "nodes/execnodes.h"
#include "nodes/primnodes.h"

/*
 * A line for the context of an error, as `rule 20 (segment "key account") of
 * rule set "x"`, of which that many bytes are the place within the set.
 */
typedef struct TcsPlace
{
	char	   *line;
	int			length;
} TcsPlace;

extern TcsPlace tcs_place(char *place, const char *noun, const char *set);

/* Add the line to the error that is being raised. */
extern void tcs_place_describe(const TcsPlace *place);

/*
 * The place that the last error named which this part of the extension had to
 * do with, `rule 20 (segment "key account")`, if the error given is that one; or
 * NULL.
 */
extern char *tcs_rule_error_place(const ErrorData *error);

/* The places in an expression; all zero but the context at first. */
typedef struct TcsPlaces
{
	MemoryContext context;		/* of what is kept here */
	TcsPlace   *place;
	int			count;
	int			size;			/* allocated places */
	int			current;		/* of these, from 1; 0: none */

	/*
	 * what else of a parameter's kind is in the expression: it is compiled by
	 * this
	 */
	void		(*other) (void *arg, Param *param, ExprState *state, Datum *resv, bool *resnull);
	void	   *arg;
} TcsPlaces;

/* Other parameters have numbers above this. */
#define TCS_OTHER_PARAMETERS	1000000

/* Can its evaluation raise an error? */
extern bool tcs_place_may_fail(Expr *expr);

/* A condition that is true and says that what is evaluated next is that place. */
extern Expr *tcs_place_mark(TcsPlaces *places, TcsPlace place);

/* Make an expression with marks ready, and evaluate it: errors name the place. */
extern ExprState *tcs_places_init(TcsPlaces *places, Expr *expr);
extern Datum tcs_places_evaluate(TcsPlaces *places, ExprState *state,
								 ExprContext *econtext, bool *isnull);

#endif							/* TCS_ERROR_PLACE_H */
