/*
 * row_call.h
 *		Functions of names and of a row, which stand for an expression over it.
 */
#ifndef TCS_ROW_CALL_H
#define TCS_ROW_CALL_H

#include "expressions/error_place.h"
#include "expressions/stored_sets.h"

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"

/*
 * A function of names and of a row, which stands for an expression over the
 * row that is found by the names.
 */
typedef struct TcsRowCall
{
	TcsStoredSets *stored;		/* a change of them makes the expression void */
	int			names;			/* arguments before the row, not NULL */
	const char *name[2];		/* what they are called */
	bool		by_definition;	/* the first is a definition, read in place */
	bool		by_value;		/* is the result? */
	int			kind;			/* for the function below */

	/*
	 * Columns are Vars of range table entry 1; those that are computed are so
	 * as often as they occur.  With places: what can fail is marked with
	 * them; without, for a plan: NULL where it would have more than so many
	 * nodes.
	 */
	Node	   *(*expression) (int kind, struct varlena **given, TupleDesc columns,
							   const Bitmapset *computed, TcsPlaces *places, int most);
} TcsRowCall;

/* row_call.c */

/*
 * An error unless that argument, declared "any", is a row.  Declared record, a call
 * with a column would only be told that there is no such function.
 */
extern void tcs_row_check(FunctionCallInfo fcinfo, int argno);

/* Evaluate it. */
extern Datum tcs_row_call(FunctionCallInfo fcinfo, const TcsRowCall *call);

/* row_inline.c */

/*
 * Answer the planner, to which its support function passes what it is given: the
 * expression, or none where that would be too large.
 */
extern Datum tcs_row_call_support(FunctionCallInfo fcinfo, const TcsRowCall *call);

#endif							/* TCS_ROW_CALL_H */
