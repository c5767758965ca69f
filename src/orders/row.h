/*
 * row.h
 *		How the aggregates over an order log read a row: at, amount, days.
 */
#ifndef TCS_ROW_H
#define TCS_ROW_H

#include "tcs.h"

#include <math.h>

#include "utils/date.h"
#include "utils/timestamp.h"

#include "orders/amount.h"
#include "orders/zone.h"

/* The type of the argument that says when. */
typedef enum TcsAt
{
	TCS_AT_DATE,
	TCS_AT_TIMESTAMP,
	TCS_AT_TIMESTAMPTZ
} TcsAt;

/* The type of the argument that says how much. */
typedef enum TcsAmount
{
	TCS_AMOUNT_FLOAT8,
	TCS_AMOUNT_NUMERIC
} TcsAmount;

/*
 * The memory context for the state of a group that begins.  On a shard of a distributed
 * engine an error where a day is made by the time zone of the session, which is
 * not that where the query was given.
 */
extern MemoryContext tcs_row_context(FunctionCallInfo fcinfo);

/* Report a day that is NULL or no day of the calendar. */
extern void tcs_bad_day(const char *what, bool isnull) pg_attribute_noreturn();

/* Report an amount that is no amount of money. */
extern void tcs_bad_amount(double amount) pg_attribute_noreturn();

/* The calendar day that argument argno, not NULL, falls on. */
static inline DateADT
tcs_row_day(FunctionCallInfo fcinfo, int argno, TcsAt type, TcsZone zone)
{
	if (type == TCS_AT_DATE)
	{
		DateADT		day = PG_GETARG_DATEADT(argno);

		if (unlikely(DATE_NOT_FINITE(day)))
			tcs_bad_day("at", false);
		return day;
	}
	else
	{
		int64		at = PG_GETARG_INT64(argno);
		DateADT		day;

		if (unlikely(TIMESTAMP_NOT_FINITE(at)))
			tcs_bad_day("at", false);
		day = type == TCS_AT_TIMESTAMP ? tcs_timestamp_day(at) :
			tcs_zone_day(zone, at);
		/* in the west the first instant falls before the first date */
		if (unlikely(!IS_VALID_DATE(day)))
			tcs_bad_day("at", false);
		return day;
	}
}

/*
 * The amount in argument argno, NaN when it is NULL, and what rounding it to a
 * double took away.
 */
static inline double
tcs_row_amount(FunctionCallInfo fcinfo, int argno, TcsAmount type,
			   double *residual)
{
	double		amount;

	*residual = 0.0;
	if (PG_ARGISNULL(argno))
		return NAN;
	amount = type == TCS_AMOUNT_FLOAT8 ? PG_GETARG_FLOAT8(argno) :
		tcs_numeric_to_double(PG_GETARG_DATUM(argno), residual);
	if (unlikely(!isfinite(amount)))
		tcs_bad_amount(amount);
	return amount;
}

/* Is the amount in argument argno known, and in fixed point? */
static inline bool
tcs_row_fixed(FunctionCallInfo fcinfo, int argno, TcsAmount type, int64 *fixed)
{
	if (PG_ARGISNULL(argno))
		return false;
	return type == TCS_AMOUNT_FLOAT8 ?
		tcs_double_fixed(PG_GETARG_FLOAT8(argno), fixed) :
		tcs_numeric_fixed(PG_GETARG_DATUM(argno), fixed);
}

/* The day in argument argno, which must be one. */
static inline DateADT
tcs_row_bound(FunctionCallInfo fcinfo, int argno, const char *what)
{
	if (unlikely(PG_ARGISNULL(argno) ||
				 DATE_NOT_FINITE(PG_GETARG_DATEADT(argno))))
		tcs_bad_day(what, PG_ARGISNULL(argno));
	return PG_GETARG_DATEADT(argno);
}

/*
 * A transition function of SQL, which is add with further arguments: of what
 * types the columns are.
 */
#define TCS_ROW_FUNCTION(name, add, ...) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		return add(fcinfo, __VA_ARGS__); \
	} \
	extern int	tcs_no_such_variable

#endif							/* TCS_ROW_H */
