/*
 * order_log.h
 *		What a view of an order log is made from: the log's columns, the days
 *		that count, and the view's name.
 */
#ifndef TCS_ORDER_LOG_H
#define TCS_ORDER_LOG_H

#include "server/server.h"

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

/* Where a view goes and what it is called; all NULL for a query alone. */
typedef struct TcsView
{
	char	   *schema;
	Oid			schema_oid;
	char	   *name;
} TcsView;

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

/* A table or view, locked until the end of the transaction. */
extern Relation tcs_source_open(Oid relation_oid, const char *argument);

/* Its quoted, qualified name. */
extern char *tcs_source_name(Relation relation);

/* The column of that name, given as that argument. */
extern Form_pg_attribute tcs_source_column(Relation relation, const char *name,
										   const char *argument);

/* Refuse a type whose values cannot be told apart. */
extern void tcs_order_check_customer(Relation relation, Form_pg_attribute column);

/* The type of the time of an order, below any domain. */
extern Oid	tcs_order_check_at(Relation relation, Form_pg_attribute column);

/* Is it a floating-point number, whose sum depends on the order of the rows? */
extern bool tcs_order_check_amount(Relation relation, Form_pg_attribute column);

/* order_day.c */

/* The day of now in the zone: the as_of of a query that names none. */
extern char *tcs_order_today(const TcsOrderLog *log);

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

/* view.c */

/* A column and what it holds. */
typedef struct TcsViewColumn
{
	const char *name;
	const char *comment;
} TcsViewColumn;

/*
 * The schema and the name that are given.  A view over temporary tables is
 * temporary, as in CREATE VIEW.
 */
extern void tcs_view_name(TcsView *view, text *name, bool temporary);

/* Refuse to make what the caller names NULL, or in a transaction that only reads. */
extern void tcs_view_check_call(FunctionCallInfo fcinfo, const char *function);

/* Refuse a relation that exists; the detail may be NULL. */
extern void tcs_view_refuse_existing(const TcsView *view, const char *name,
									 const char *detail);

/* The quoted, qualified name of the view. */
extern char *tcs_view_qualified(const TcsView *view);

/* Make the view, and say what it and its columns hold. */
extern void tcs_view_create(const TcsView *view, const char *query, const char *comment,
							const TcsViewColumn *columns, int count);

/* Say what an object holds, or a column of a relation with that quoted name. */
extern void tcs_view_comment(const char *object, const char *comment);
extern void tcs_view_comment_column(const char *relation, const char *column,
									const char *comment);

/*
 * Between these two, SQL text is looked up in the system catalogs alone,
 * whatever the caller's search_path, and SPI is connected.  begin returns what
 * end undoes; an error undoes it too.
 */
extern int	tcs_view_begin(void);
extern void tcs_view_end(int nest_level);

#endif							/* TCS_ORDER_LOG_H */
