/*
 * metrics_later.h
 *		What a metrics view would show on later days, if nobody bought anything.
 */
#ifndef TCS_METRICS_LATER_H
#define TCS_METRICS_LATER_H

#include "tcs.h"

#include "access/tupdesc.h"
#include "nodes/parsenodes.h"

/* The range table entries that the Vars of the columns are of. */
#define TCS_LATER_FOUND		1	/* a column of the query, by number */
#define TCS_LATER_MODEL		2	/* a model, by number, which is one, too */
#define TCS_LATER_HISTORY	3	/* a field of the history */

/* The view, taken apart. */
typedef struct TcsMetricsLater
{
	TupleDesc	columns;		/* of the view */
	Expr	  **column;			/* how each of them is worked out */
	TupleDesc	history;		/* what a history is made of */
	int			history_at;		/* the column of the query that holds it */
	int			t;				/* the fields that count the days, from 1 */
	int			first_day;
	int			found;			/* columns of the query, from 1: first those
								 * of a customer, ... */
	int			models;			/* ... then the models, the same in each row */
	Query	   *query;			/* a row for each customer, as the view reads
								 * them: with its owner's rights */
} TcsMetricsLater;

/*
 * An error where it is not one of create_metrics.  The view is locked, and not
 * yet asked whether the user may read it.
 */
extern TcsMetricsLater *tcs_metrics_later(Oid view);

#endif							/* TCS_METRICS_LATER_H */
