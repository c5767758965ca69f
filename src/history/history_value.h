/*
 * history_value.h
 *		Reading values of the type tcs.purchase_history.
 */
#ifndef TCS_HISTORY_VALUE_H
#define TCS_HISTORY_VALUE_H

#include "tcs.h"

/* What the models need of a history; times in days. */
typedef struct TcsHistoryValue
{
	int32		x;				/* repeat purchases */
	double		t_x;			/* from the first purchase to the last */
	double		t;				/* from the first purchase to the end */

	/* NaN where it is NULL */
	double		m_x;			/* mean repeat value, net of refunds */
	double		ln_gaps;		/* sum of the logarithms of the gaps */
	double		revenue;		/* net of refunds */
	double		refunds;		/* a positive number */
	double		first_value;	/* of the first purchase */

	int32		valued;			/* repeat purchases of a known value */
} TcsHistoryValue;

/*
 * The history in argument argno, which is not NULL.  False when x, t_x or t
 * is NULL in it.  One that no customer can have is an error: x negative,
 * t_x negative, above t, or not 0 when x is 0, an amount but revenue negative,
 * valued not within 0 and x, NaN, infinity.
 */
extern bool tcs_history_value(FunctionCallInfo fcinfo, int argno,
							  TcsHistoryValue *history);

#endif							/* TCS_HISTORY_VALUE_H */
