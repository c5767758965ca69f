/*
 * cohorts.c
 *		create_cohorts: the view that follows those who came in the same
 *		period.
 */
#include "periods/period_view.h"

PG_FUNCTION_INFO_V1(tcs_create_cohorts);
PG_FUNCTION_INFO_V1(tcs_cohorts_sql);

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

/* How many were active, and what they spent. */
static void
cohorts_append_cells(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfoString(sql,
						   "cells AS (\n"
						   "    SELECT\n"
						   "        cohort,\n"
						   "        period,\n"
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
					 "        SELECT cohort, greatest(period, cohort) AS period, orders%s\n"
					 "        FROM activity\n"
					 "        WHERE cohort IS NOT NULL\n"
					 "    ) AS a\n"
					 "    GROUP BY cohort, period\n"
					 "),\n", view->log.amount ? ", revenue" : "");
}

static char *
cohorts_query(const TcsPeriodView *view)
{
	StringInfoData sql;
	bool		revenue = view->log.amount != NULL;

	initStringInfo(&sql);
	tcs_period_view_begin(&sql, view);
	cohorts_append_cells(&sql, view);
	tcs_period_view_append_calendar(&sql, view, "(SELECT min(cohort) FROM cells)");
	appendStringInfoString(&sql,
						   "SELECT\n"
						   "    cohort,\n"
						   "    period,\n"
						   "    period_start,\n"
						   "    complete,\n"
						   "    customers,\n"
						   "    active,\n"
						   "    CASE WHEN complete THEN active::float8 / customers END AS retention");
	if (revenue)
		appendStringInfoString(&sql,
							   ",\n"
							   "    revenue,\n"
							   "    CASE WHEN complete THEN revenue / customers END AS revenue_per_customer,\n"
							   "    CASE WHEN complete THEN cumulative_revenue END AS cumulative_revenue,\n"
							   "    CASE WHEN complete THEN cumulative_revenue / customers END AS cumulative_revenue_per_customer");
	appendStringInfoString(&sql,
						   "\n"
						   "FROM (\n"
						   "    SELECT\n"
						   "        cohort.cohort,\n"
						   "        (calendar.n - came.n)::integer AS period,\n"
						   "        calendar.period AS period_start,\n"
						   "        calendar.complete,\n"
						   "        cohort.customers,\n"
						   "        COALESCE(cells.active, 0) AS active");
	if (revenue)
	{
		appendStringInfoString(&sql,
							   ",\n"
							   "        COALESCE(cells.revenue, 0) AS revenue,\n"
							   "        ");
		tcs_period_view_append_revenue(&sql, "cells.revenue", " OVER until");
		appendStringInfoString(&sql, " AS cumulative_revenue");
	}
	appendStringInfoString(&sql,
						   "\n"
						   "    FROM (SELECT cohort, active AS customers FROM cells WHERE period = cohort) AS cohort\n"
						   "    JOIN calendar AS came ON came.period = cohort.cohort\n"
						   "    JOIN calendar ON calendar.period >= cohort.cohort\n"
						   "    LEFT JOIN cells ON cells.cohort = cohort.cohort AND cells.period = calendar.period\n");
	if (revenue)
		appendStringInfoString(&sql,
							   "    WINDOW until AS (PARTITION BY cohort.cohort ORDER BY calendar.period)\n");
	appendStringInfoString(&sql, ") AS followed");
	return sql.data;
}

static const TcsPeriodViewKind cohorts = {
	"create_cohorts",
	"customers by the period of their first purchase, one row for each such cohort and each period since",
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
