/*
 * period_view.h
 *		What the views by calendar period have in common: those of cohorts and
 *		of KPIs.
 */
#ifndef TCS_PERIOD_VIEW_H
#define TCS_PERIOD_VIEW_H

#include "views/order_log.h"

typedef struct TcsPeriodView
{
	TcsView		view;			/* its name is NULL for a query alone */
	TcsOrderLog log;
	const char *period;			/* day, week, month, quarter or year */
} TcsPeriodView;

/* What makes a kind of view. */
typedef struct TcsPeriodViewKind
{
	const char *function;		/* its name, for messages */
	const char *comment;		/* on the view; the log's name follows */
	const TcsViewColumn *columns;
	int			column_count;
	const TcsViewColumn *revenue_columns;	/* with an amount only */
	int			revenue_column_count;
	char	   *(*query) (const TcsPeriodView *view);
} TcsPeriodViewKind;

/* The functions that make a view, and that give the text of its query. */
extern Datum tcs_period_view_create(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind);
extern Datum tcs_period_view_sql(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind);

/*
 * Begin a query: WITH day, and activity, which has a row for each customer and
 * period: period, cohort, retained, orders and, with an amount, revenue.
 */
extern void tcs_period_view_begin(StringInfo sql, const TcsPeriodView *view);

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
