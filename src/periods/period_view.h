/*
 * period_view.h
 *		What the views by calendar period have in common: those of cohorts and
 *		of KPIs.
 *
 * Some of their queries count by columns of the log too, called by1, by2 and so
 * on inside: once for all of them, once for each shorter list of the first of
 * them, and once for the whole.  level says by how many a row is told.
 */
#ifndef TCS_PERIOD_VIEW_H
#define TCS_PERIOD_VIEW_H

#include "orders/calendar.h"
#include "views/order_log.h"

/* A view tells its rows by at most so many columns. */
#define TCS_BY_COLUMNS	8

typedef struct TcsPeriodView
{
	TcsView		view;			/* its name is NULL for a query alone */
	TcsOrderLog log;
	TcsPeriod	period;
	const char *order_id;		/* quoted; NULL: a row is an order */
	int			digits;			/* of money, or TCS_DIGITS_FLOAT */
	int			by_count;
	char	   *by[TCS_BY_COLUMNS]; /* names, not quoted */
} TcsPeriodView;

/* What makes a kind of view. */
typedef struct TcsPeriodViewKind
{
	const char *function;		/* its name, for messages */
	const char *drop;			/* that of the one which drops such a view */
	const char *what;			/* such a view, for messages */
	const char *comment;		/* on the view; the log's name follows */
	const char *by_comment;		/* on the columns of by */
	const TcsViewColumn *columns;
	int			column_count;
	const TcsViewColumn *revenue_columns;	/* with an amount only */
	int			revenue_column_count;
	char	   *(*query) (const TcsPeriodView *view);
} TcsPeriodViewKind;

/* The functions that make a view, that give the text of its query, and that drop it. */
extern Datum tcs_period_view_create(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind);
extern Datum tcs_period_view_sql(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind);
extern Datum tcs_period_view_drop(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind);

/* The columns of by inside: after, between, or before with a prefix, others. */
extern char *tcs_period_view_by(const TcsPeriodView *view, const char *before,
								const char *prefix, const char *after);

/* by how many of them a row is told, where they are grouped by ROLLUP */
extern char *tcs_period_view_level(const TcsPeriodView *view);

/*
 * The beginning of the list of a view's columns: those of by with their own
 * names, and level; nothing without.
 */
extern void tcs_period_view_append_by(StringInfo sql, const TcsPeriodView *view);

/* Begin a query: WITH day, the last day that counts. */
extern void tcs_period_view_begin(StringInfo sql, const TcsPeriodView *view);

/*
 * In FROM: the orders, as customer, at, amount where there is one, and by
 * columns as the kind takes them from the log.  by_customer: those of a
 * customer's first purchase, for all that the customer bought, without guests.
 * Otherwise those of the rows, rolled up, and level.
 */
extern void tcs_period_view_append_orders(StringInfo sql, const TcsPeriodView *view,
										  bool by_customer);

/* The call of tcs.purchase_periods over these. */
extern void tcs_period_view_append_periods(StringInfo sql, const TcsPeriodView *view);

/*
 * A sum of revenue in which the order of the rows does not show: that of
 * tcs.holdout, to which all are of one day.  which is a FILTER or a window,
 * with a space before it, or empty.
 */
extern void tcs_period_view_append_revenue(StringInfo sql, const char *revenue,
										   const char *which);

/*
 * calendar, with a row for each period from a given one to that of the last
 * day: period, period_end, complete, and n, which rises by one.
 */
extern void tcs_period_view_append_calendar(StringInfo sql, const TcsPeriodView *view,
											const char *first);

#endif							/* TCS_PERIOD_VIEW_H */
