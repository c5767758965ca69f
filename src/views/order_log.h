/*
 * order_log.h
 *		What a view of an order log is made from: the log's columns, the days
 *		that count, and the view's name.
 */
#ifndef TCS_ORDER_LOG_H
#define TCS_ORDER_LOG_H

#include "server/source.h"
#include "server/view.h"

#include "utils/date.h"
#include "utils/rel.h"

/* The log, looked up and checked: quoted names, ready for SQL text. */
typedef struct TcsOrderLog
{
	char	   *orders;
	char	   *customer;
	char	   *at;
	char	   *amount;			/* NULL where there is none */
	Oid			at_type;		/* date, timestamp or timestamptz */
	bool		amount_is_float;

	/* the time zone that says what a day is, as a literal */
	char	   *zone;

	/* the last day that counts; today when there is none */
	bool		has_as_of;
	DateADT		as_of;
} TcsOrderLog;

/* The arguments that all such functions have, by position. */
enum
{
	TCS_ARG_NAME,
	TCS_ARG_ORDERS,
	TCS_ARG_CUSTOMER,
	TCS_ARG_AT,
	TCS_ARG_AMOUNT,
	TCS_ARG_ZONE,
	TCS_ARG_OWN					/* the first of a function's own */
};

/* order_arguments.c */

/* Declared, given and not NULL?  Those that create something have no as_of. */
extern bool tcs_has_argument(FunctionCallInfo fcinfo, int position);

/* An error unless given and not NULL, for an argument that has a default. */
extern void tcs_require_default(FunctionCallInfo fcinfo, int position, const char *name);

/* The zone that the argument of that position names, or else the session's. */
extern char *tcs_zone_literal(FunctionCallInfo fcinfo, int position);

/*
 * Read the arguments from orders to zone, and return the log's relation, open
 * and locked until the end of the transaction.  Errors name the argument, the
 * column or the table at fault.
 */
extern Relation tcs_order_log_arguments(FunctionCallInfo fcinfo, bool needs_amount,
										TcsOrderLog *log);

/* Read the last day that counts from the argument of that position. */
extern void tcs_order_log_as_of(FunctionCallInfo fcinfo, int position, TcsOrderLog *log);

/* order_columns.c */

/* Refuse a type whose values cannot be told apart. */
extern void tcs_order_check_customer(Relation relation, Form_pg_attribute column);

/* The type of the time of an order, below any domain. */
extern Oid	tcs_order_check_at(Relation relation, Form_pg_attribute column);

/* Is it a floating-point number, whose sum depends on the order of the rows? */
extern bool tcs_order_check_amount(Relation relation, Form_pg_attribute column);

/* order_day.c */

/* The day of now in the zone: the as_of of a query that names none. */
extern char *tcs_order_today(const TcsOrderLog *log);

/* The last day that counts: the one that is fixed, or else today. */
extern char *tcs_order_as_of(const TcsOrderLog *log);

/*
 * Begin a query: WITH day, which holds the last day that counts, as_of, and,
 * for logs with a time of day, the moment at which it is over, its_end.
 */
extern void tcs_order_append_day(StringInfo sql, const TcsOrderLog *log);

/* The condition by which the rows of the log AS o are of such days. */
extern void tcs_order_append_until(StringInfo sql, const TcsOrderLog *log);

/* money.c */

/* What digits is where money is to stay in double precision. */
#define TCS_DIGITS_FLOAT	(-1)

/*
 * The argument digits: how many there are after the decimal point in amounts of
 * money; NULL for double precision.
 */
extern int	tcs_digits_argument(FunctionCallInfo fcinfo, int position);

/* An amount of money, given as an expression in double precision, with that many digits. */
extern char *tcs_money(const char *expression, int digits);

#endif							/* TCS_ORDER_LOG_H */
