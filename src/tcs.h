/*
 * tcs.h
 *		What every part of the extension shares: settings and argument checks.
 */
#ifndef TCS_H
#define TCS_H

#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "windowapi.h"

#include "compat.h"

/* Memory that one fit may hold, in kB: the setting tcs.fit_memory. */
extern int	tcs_fit_memory;

/* Is this a session that a distributed engine opened for a part of a query? */
extern bool tcs_is_on_shard(void);

/* The memory context of the aggregate that calls; an error outside of one. */
extern MemoryContext tcs_aggregate_context(FunctionCallInfo fcinfo);

/* What a combine function returns where the second state is NULL. */
static inline Datum
tcs_first_state(FunctionCallInfo fcinfo)
{
	fcinfo->isnull = PG_ARGISNULL(0);
	return PG_GETARG_DATUM(0);
}

/* Report that a fit would need more than tcs.fit_memory. */
extern void tcs_fit_memory_exceeded(Size needed) pg_attribute_noreturn();

/* Report a value that is NaN or infinite. */
extern void tcs_not_finite(double value, const char *what) pg_attribute_noreturn();

/*
 * Refuse NaN and infinity, name what the user gave, and turn -0 into 0, so
 * that what compares equal in SQL has one bit pattern.
 */
static inline double
tcs_finite(double value, const char *what)
{
	if (unlikely(!isfinite(value)))
		tcs_not_finite(value, what);
	return value + 0.0;
}

/* Report an argument that is NULL and must not be; the hint may be NULL. */
extern void tcs_refuse_null(const char *what, const char *hint) pg_attribute_noreturn();

/* Report an argument that is not the same for all rows of a group. */
extern void tcs_not_the_same(const char *what) pg_attribute_noreturn();

/* Report a serialized state of that kind which no aggregate wrote. */
extern void tcs_bad_state(const char *what) pg_attribute_noreturn();

/* The state of an aggregate in argument 0, or NULL. */
#define TCS_STATE(type) \
	(PG_ARGISNULL(0) ? NULL : (type *) PG_GETARG_POINTER(0))

/* Days, on average. */
#define TCS_MONTH	30.4375
#define TCS_YEAR	(12 * TCS_MONTH)

/* Days in an interval; a month counts TCS_MONTH. */
extern double tcs_interval_days(const void *interval, const char *what);

/*
 * The same of a span of time that is given in days or more.  A number without a
 * unit is seconds to the server: what is longer than nothing and shorter than
 * least days is an error that says so.
 */
extern double tcs_span_days(const void *interval, const char *what, double least);

/*
 * A discount a year and a share of an amount, such as 0.1 for 10 percent: an
 * error for what is NaN, infinite or meant in percent.
 */
extern double tcs_annual_discount(double value);
extern double tcs_margin(double value);

/* Is a type, below any domain, one of the server's numbers? */
extern bool tcs_is_number(Oid type);

/*
 * An operator as SQL text, with its schema; the server's own without, unless
 * all are to be qualified.
 */
extern char *tcs_operator_name(Oid operator, bool qualify_all);

/*
 * A buffer to read a serialized state from, in place.  It ends where the bytes
 * end; they live as long as the argument they came from.
 */
extern void tcs_read_only_buffer(StringInfo buffer, bytea *bytes);

/*
 * The same, a copy that ends with a zero byte: for a state with a string in it,
 * which must end somewhere.  Its data are to be freed.
 */
extern void tcs_copied_buffer(StringInfo buffer, bytea *bytes);

/* A sum in a serialized state. */
struct TcsSum;
extern void tcs_send_sum(StringInfo buffer, const struct TcsSum *sum);
extern struct TcsSum tcs_receive_sum(StringInfo buffer);

/* A share without the ends: an error unless it lies between 0 and 1. */
extern double tcs_inner_share(double value, const char *what, const char *hint);

/* An error unless the function was called with OVER. */
extern void tcs_check_window_call(WindowObject window);

#endif							/* TCS_H */
