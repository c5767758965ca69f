/*
 * cohorts.c
 *		create_cohorts: the view that follows those who came in the same
 *		period.
 */
#include "periods/period_view.h"

PG_FUNCTION_INFO_V1(tcs_create_cohorts);
PG_FUNCTION_INFO_V1(tcs_cohorts_sql);
PG_FUNCTION_INFO_V1(tcs_drop_cohorts);

static const TcsViewColumn columns[] = {
	{"cohort", "first day of the period in which the customers first bought"},
	{"period", "number of the period, 0 for the first"},
	{"period_start", "first day of the period"},
	{"complete", "is the period over?"},
	{"customers", "how many the cohort has"},
	{"active", "how many of them bought in the period, so far"},
	{"retention", "active / customers; NULL until the period is over"},
};

static const TcsViewColumn revenue_columns[] = {
	{"revenue", "what they spent in the period, so far, refunds deducted"},
	{"revenue_per_customer", "revenue / customers; NULL until the period is over"},
	{"cumulative_revenue", "what they spent until the end of the period; NULL until it is over"},
	{"cumulative_revenue_per_customer", "cumulative_revenue / customers; NULL until the period is over"},
};

/* What each customer did in each period; guests are in no cohort. */
static void
cohorts_append_activity(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfo(sql,
					 "activity AS (\n"
					 "    -- What each customer did in each period; a negative amount is a refund and no purchase.\n"
					 "    SELECT %s(p).period, (p).cohort, (p).orders%s\n"
					 "    FROM (\n"
					 "        SELECT %sunnest(",
					 tcs_period_view_by(view, "", "", ", "),
					 view->log.amount ? ", (p).revenue" : "",
					 tcs_period_view_by(view, "", "", ", "));
	tcs_period_view_append_periods(sql, view);
	appendStringInfoString(sql, ") AS p\n");
	tcs_period_view_append_orders(sql, view, true);
	appendStringInfoString(sql, "\n    ) AS customer\n),\n");
}

/* How many were active, and what they spent. */
static void
cohorts_append_cells(StringInfo sql, const TcsPeriodView *view)
{
	bool		by = view->by_count > 0;

	appendStringInfo(sql,
					 "cells AS (\n"
					 "    SELECT\n"
					 "        cohort,\n"
					 "        period,\n");
	if (by)
		appendStringInfo(sql,
						 "        dense_rank() OVER (ORDER BY %s%s) AS part,\n"
						 "        %s AS level%s,\n",
						 tcs_period_view_level(view), tcs_period_view_by(view, ", ", "", ""),
						 tcs_period_view_level(view), tcs_period_view_by(view, ", ", "", ""));
	appendStringInfoString(sql,
						   "        count(*) FILTER (WHERE orders > 0) AS active");
	if (view->log.amount)
	{
		appendStringInfoString(sql,
							   ",\n"
							   "        -- A sum in which the order of the rows does not show; any day serves.\n"
							   "        ");
		tcs_period_view_append_revenue(sql, "revenue", "");
		appendStringInfoString(sql, " AS revenue");
	}
	appendStringInfo(sql,
					 "\n"
					 "    FROM (\n"
					 "        -- What was refunded before the first purchase counts in the first period.\n"
					 "        SELECT %scohort, greatest(period, cohort) AS period, orders%s\n"
					 "        FROM activity\n"
					 "        WHERE cohort IS NOT NULL\n"
					 "    ) AS a\n"
					 "    GROUP BY cohort, period%s\n"
					 "),\n",
					 tcs_period_view_by(view, "", "", ", "), view->log.amount ? ", revenue" : "",
					 tcs_period_view_by(view, ", ROLLUP (", "", ")"));
}

static void
cohorts_append_money(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfo(sql,
					 ",\n"
					 "    %s AS revenue,\n"
					 "    CASE WHEN complete THEN %s END AS revenue_per_customer,\n"
					 "    CASE WHEN complete THEN %s END AS cumulative_revenue,\n"
					 "    CASE WHEN complete THEN %s END AS cumulative_revenue_per_customer",
					 tcs_money("revenue", view->digits),
					 tcs_money("revenue / customers", view->digits),
					 tcs_money("cumulative_revenue", view->digits),
					 tcs_money("cumulative_revenue / customers", view->digits));
}

/* Each cohort in each period since it came. */
static void
cohorts_append_followed(StringInfo sql, const TcsPeriodView *view)
{
	bool		by = view->by_count > 0;

	appendStringInfo(sql,
					 "    SELECT\n"
					 "        %s%scohort.cohort,\n"
					 "        (calendar.n - came.n)::integer AS period,\n"
					 "        calendar.period AS period_start,\n"
					 "        calendar.complete,\n"
					 "        cohort.customers::integer AS customers,\n"
					 "        COALESCE(cells.active, 0)::integer AS active",
					 by ? "cohort.level, " : "",
					 tcs_period_view_by(view, "", "cohort.", ",\n        "));
	if (view->log.amount)
	{
		appendStringInfoString(sql,
							   ",\n"
							   "        COALESCE(cells.revenue, 0) AS revenue,\n"
							   "        ");
		tcs_period_view_append_revenue(sql, "cells.revenue", " OVER until");
		appendStringInfoString(sql, " AS cumulative_revenue");
	}
	appendStringInfo(sql,
					 "\n"
					 "    FROM (SELECT %s%scohort, active AS customers FROM cells WHERE period = cohort) AS cohort\n"
					 "    JOIN calendar AS came ON came.period = cohort.cohort\n"
					 "    JOIN calendar ON calendar.period >= cohort.cohort\n"
					 "    LEFT JOIN cells ON %scells.cohort = cohort.cohort AND cells.period = calendar.period\n",
					 by ? "part, level, " : "", tcs_period_view_by(view, "", "", ", "),
					 by ? "cells.part = cohort.part AND " : "");
	if (view->log.amount)
		appendStringInfo(sql,
						 "    WINDOW until AS (PARTITION BY %scohort.cohort ORDER BY calendar.period)\n",
						 by ? "cohort.part, " : "");
}

static char *
cohorts_query(const TcsPeriodView *view)
{
	StringInfoData sql;

	initStringInfo(&sql);
	tcs_period_view_begin(&sql, view);
	cohorts_append_activity(&sql, view);
	cohorts_append_cells(&sql, view);
	tcs_period_view_append_calendar(&sql, view, "(SELECT min(cohort) FROM cells)");
	appendStringInfoString(&sql, "SELECT\n");
	tcs_period_view_append_by(&sql, view);
	appendStringInfoString(&sql,
						   "    cohort,\n"
						   "    period,\n"
						   "    period_start,\n"
						   "    complete,\n"
						   "    customers,\n"
						   "    active,\n"
						   "    CASE WHEN complete THEN active::float8 / customers END AS retention");
	if (view->log.amount)
		cohorts_append_money(&sql, view);
	appendStringInfoString(&sql, "\nFROM (\n");
	cohorts_append_followed(&sql, view);
	appendStringInfoString(&sql, ") AS followed");
	return sql.data;
}

static const TcsPeriodViewKind cohorts = {
	"create_cohorts",
	"drop_cohorts",
	"a view of cohorts",
	"customers by the period of their first purchase, one row for each such cohort and each period since",
	"column of the log, as it was at the first purchase; NULL also where the row is not told by it, as level says",
	columns, lengthof(columns),
	revenue_columns, lengthof(revenue_columns),
	cohorts_query
};

Datum
tcs_create_cohorts(PG_FUNCTION_ARGS)
{
	return tcs_period_view_create(fcinfo, &cohorts);
}

Datum
tcs_cohorts_sql(PG_FUNCTION_ARGS)
{
	return tcs_period_view_sql(fcinfo, &cohorts);
}

Datum
tcs_drop_cohorts(PG_FUNCTION_ARGS)
{
	return tcs_period_view_drop(fcinfo, &cohorts);
}
