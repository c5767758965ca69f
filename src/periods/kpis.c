/*
 * kpis.c
 *		create_kpis: the view of customers and revenue by period.
 */
#include "periods/period_view.h"

PG_FUNCTION_INFO_V1(tcs_create_kpis);
PG_FUNCTION_INFO_V1(tcs_kpis_sql);

static const TcsViewColumn columns[] = {
	{"period_start", "first day of the period"},
	{"period_end", "last day of the period"},
	{"complete", "is the period over?  If not, the row says what happened so far"},
	{"active", "customers with a purchase in the period: new_customers + retained + reactivated"},
	{"new_customers", "those whose first purchase this was"},
	{"retained", "those who bought in the period before too"},
	{"reactivated", "those who bought before, but not in the period before"},
	{"churned", "customers who bought in the period before and not in this one; NULL until it is over"},
	{"retention_rate", "retained / active of the period before; NULL until the period is over, and where nobody was active before"},
	{"repeat_share", "share of the active who are not new; NULL where nobody is active"},
	{"orders", "purchases; refunds are not counted"},
};

static const TcsViewColumn revenue_columns[] = {
	{"revenue", "sum of all amounts of the period, refunds deducted"},
	{"revenue_new", "what came from the new customers"},
	{"revenue_returning", "what came from all others: the rest of revenue"},
	{"average_order", "revenue / orders; NULL without orders"},
};

/* What happened in the periods in which something did. */
static void
kpis_append_periods(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfoString(sql,
						   "periods AS (\n"
						   "    SELECT\n"
						   "        period,\n"
						   "        count(*) FILTER (WHERE orders > 0) AS active,\n"
						   "        count(*) FILTER (WHERE period = cohort) AS new_customers,\n"
						   "        count(*) FILTER (WHERE retained) AS retained,\n"
						   "        sum(orders)::bigint AS orders");
	if (view->log.amount)
	{
		appendStringInfoString(sql,
							   ",\n"
							   "        -- Sums in which the order of the rows does not show; any day serves.\n"
							   "        ");
		tcs_period_view_append_revenue(sql, "revenue", "");
		appendStringInfoString(sql, " AS revenue,\n        ");
		tcs_period_view_append_revenue(sql, "revenue",
									   " FILTER (WHERE period = cohort)");
		appendStringInfoString(sql, " AS revenue_new,\n        ");
		tcs_period_view_append_revenue(sql, "revenue",
									   " FILTER (WHERE period IS DISTINCT FROM cohort)");
		appendStringInfoString(sql, " AS revenue_returning");
	}
	appendStringInfoString(sql,
						   "\n"
						   "    FROM activity\n"
						   "    GROUP BY period\n"
						   "),\n");
}

static char *
kpis_query(const TcsPeriodView *view)
{
	StringInfoData sql;

	initStringInfo(&sql);
	tcs_period_view_begin(&sql, view);
	kpis_append_periods(&sql, view);
	tcs_period_view_append_calendar(&sql, view, "(SELECT min(period) FROM periods)");
	appendStringInfoString(&sql,
						   "SELECT\n"
						   "    period AS period_start,\n"
						   "    period_end,\n"
						   "    complete,\n"
						   "    active,\n"
						   "    new_customers,\n"
						   "    retained,\n"
						   "    active - new_customers - retained AS reactivated,\n"
						   "    CASE WHEN complete THEN before - retained END AS churned,\n"
						   "    CASE WHEN complete THEN retained::float8 / NULLIF(before, 0) END AS retention_rate,\n"
						   "    (active - new_customers)::float8 / NULLIF(active, 0) AS repeat_share,\n"
						   "    orders");
	if (view->log.amount)
		appendStringInfoString(&sql,
							   ",\n"
							   "    revenue,\n"
							   "    revenue_new,\n"
							   "    revenue_returning,\n"
							   "    revenue / NULLIF(orders, 0) AS average_order");
	appendStringInfoString(&sql,
						   "\n"
						   "FROM (\n"
						   "    SELECT\n"
						   "        period,\n"
						   "        period_end,\n"
						   "        complete,\n"
						   "        COALESCE(active, 0) AS active,\n"
						   "        COALESCE(lag(active) OVER (ORDER BY period), 0) AS before,\n"
						   "        COALESCE(new_customers, 0) AS new_customers,\n"
						   "        COALESCE(retained, 0) AS retained,\n"
						   "        COALESCE(orders, 0) AS orders");
	if (view->log.amount)
		appendStringInfoString(&sql,
							   ",\n"
							   "        COALESCE(revenue, 0) AS revenue,\n"
							   "        COALESCE(revenue_new, 0) AS revenue_new,\n"
							   "        COALESCE(revenue_returning, 0) AS revenue_returning");
	appendStringInfoString(&sql,
						   "\n"
						   "    FROM calendar\n"
						   "    LEFT JOIN periods USING (period)\n"
						   ") AS counted");
	return sql.data;
}

static const TcsPeriodViewKind kpis = {
	"create_kpis",
	"customers and purchases by period, one row for each",
	columns, lengthof(columns),
	revenue_columns, lengthof(revenue_columns),
	kpis_query
};

Datum
tcs_create_kpis(PG_FUNCTION_ARGS)
{
	return tcs_period_view_create(fcinfo, &kpis);
}

Datum
tcs_kpis_sql(PG_FUNCTION_ARGS)
{
	return tcs_period_view_sql(fcinfo, &kpis);
}
