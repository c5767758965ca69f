/*
 * kpis.c
 *		create_kpis: the view of customers and revenue by period.
 */
#include "periods/period_view.h"

PG_FUNCTION_INFO_V1(tcs_create_kpis);
PG_FUNCTION_INFO_V1(tcs_kpis_sql);
PG_FUNCTION_INFO_V1(tcs_drop_kpis);

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
	{"orders", "purchases, those of guests included; refunds are not counted"},
	{"guest_orders", "purchases of guests: rows whose customer is NULL"},
};

static const TcsViewColumn revenue_columns[] = {
	{"revenue", "sum of the amounts of the period, refunds deducted: revenue_new + revenue_returning + guest_revenue"},
	{"revenue_new", "what came from the new customers"},
	{"revenue_returning", "what came from all other customers"},
	{"guest_revenue", "what came from guests: rows whose customer is NULL"},
	{"unmatched_refunds", "refunds, below zero, to customers who bought nothing in the log; not in the revenue"},
	{"average_order", "revenue / orders; NULL without orders"},
};

/*
 * What each customer did in each period.  Who a refund is matched to is asked of
 * the whole log: bought by one channel and given back by another is no stranger's.
 */
static void
kpis_append_activity(StringInfo sql, const TcsPeriodView *view)
{
	bool		by = view->by_count > 0;

	appendStringInfo(sql,
					 "activity AS (\n"
					 "    -- What each customer did in each period; a negative amount is a refund and no purchase.\n"
					 "    -- All without a customer are guests; strangers have refunds and no purchase.\n"
					 "    SELECT %s%sguest, (p).period, (p).cohort, (p).retained, (p).orders%s%s\n"
					 "    FROM (\n",
					 by ? "level" : "", tcs_period_view_by(view, ", ", "", ", "),
					 view->log.amount ? ", (p).revenue" : "",
					 !view->log.amount ? "" :
					 by ? ", stranger" : ", NOT guest AND (p).cohort IS NULL AS stranger");
	if (by)
	{
		appendStringInfo(sql,
						 "        SELECT level%s, guest, unnest(done) AS p%s\n"
						 "        FROM (\n"
						 "        SELECT customer%s, %s AS level, customer IS NULL AS guest, ",
						 tcs_period_view_by(view, ", ", "", ""),
						 view->log.amount ? ", NOT guest AND max((done[1]).cohort) OVER (PARTITION BY customer) IS NULL AS stranger" : "",
						 tcs_period_view_by(view, ", ", "", ""),
						 view->order_id ? "level" : tcs_period_view_level(view));
		tcs_period_view_append_periods(sql, view);
		appendStringInfoString(sql, " AS done\n");
	}
	else
	{
		appendStringInfoString(sql, "        SELECT customer IS NULL AS guest, unnest(");
		tcs_period_view_append_periods(sql, view);
		appendStringInfoString(sql, ") AS p\n");
	}
	tcs_period_view_append_orders(sql, view, false);
	appendStringInfo(sql, "\n%s    ) AS customer\n),\n", by ? "        ) AS each_by\n" : "");
}

/* Sums of revenue, and which rows each is over. */
static const char *const kpis_sums[][2] = {
	{"revenue", "NOT stranger"},
	{"revenue_new", "period = cohort AND NOT guest"},
	{"revenue_returning", "period IS DISTINCT FROM cohort AND NOT guest AND NOT stranger"},
	{"guest_revenue", "guest"},
	{"unmatched_refunds", "stranger"},
};

/* What happened in the periods in which something did. */
static void
kpis_append_periods(StringInfo sql, const TcsPeriodView *view)
{
	bool		by = view->by_count > 0;

	appendStringInfo(sql,
					 "periods AS (\n"
					 "    SELECT\n"
					 "        period,\n%s%s%s"
					 "        count(*) FILTER (WHERE orders > 0 AND NOT guest) AS active,\n"
					 "        count(*) FILTER (WHERE period = cohort AND NOT guest) AS new_customers,\n"
					 "        count(*) FILTER (WHERE retained AND NOT guest) AS retained,\n"
					 "        sum(orders) AS orders,\n"
					 "        sum(orders) FILTER (WHERE guest) AS guest_orders",
					 by ? "        dense_rank() OVER (ORDER BY level" : "",
					 tcs_period_view_by(view, ", ", "", ") AS part,\n        level, "),
					 tcs_period_view_by(view, "", "", ",\n"));
	if (view->log.amount)
	{
		appendStringInfoString(sql,
							   ",\n"
							   "        -- Sums in which the order of the rows does not show; any day serves.");
		for (int i = 0; i < lengthof(kpis_sums); i++)
		{
			appendStringInfo(sql, "%s\n        ", i > 0 ? "," : "");
			tcs_period_view_append_revenue(sql, "revenue", psprintf(" FILTER (WHERE %s)", kpis_sums[i][1]));
			appendStringInfo(sql, " AS %s", kpis_sums[i][0]);
		}
	}
	appendStringInfo(sql,
					 "\n"
					 "    FROM activity\n"
					 "    GROUP BY period%s%s\n"
					 "),\n",
					 by ? ", level" : "", tcs_period_view_by(view, ", ", "", ""));
	if (by)
		appendStringInfo(sql,
						 "parts AS (\n"
						 "    -- What the rows are told by, and since when there is something.\n"
						 "    SELECT DISTINCT ON (part) part, level%s, period AS since\n"
						 "    FROM periods\n"
						 "    ORDER BY part, period\n"
						 "),\n", tcs_period_view_by(view, ", ", "", ""));
}

/* Amounts of money; revenue_returning is the rest, so that they add up as they are shown. */
static void
kpis_append_money(StringInfo sql, const TcsPeriodView *view)
{
	char	   *revenue = tcs_money("revenue", view->digits);
	char	   *revenue_new = tcs_money("revenue_new", view->digits);
	char	   *guest_revenue = tcs_money("guest_revenue", view->digits);

	appendStringInfo(sql,
					 ",\n"
					 "    %s AS revenue,\n"
					 "    %s AS revenue_new,\n",
					 revenue, revenue_new);
	if (view->digits == TCS_DIGITS_FLOAT)
		appendStringInfoString(sql, "    revenue_returning,\n");
	else
		appendStringInfo(sql, "    %s - %s - %s AS revenue_returning,\n",
						 revenue, revenue_new, guest_revenue);
	appendStringInfo(sql,
					 "    %s AS guest_revenue,\n"
					 "    %s AS unmatched_refunds,\n"
					 "    %s AS average_order",
					 guest_revenue, tcs_money("unmatched_refunds", view->digits),
					 tcs_money("revenue / NULLIF(orders, 0)", view->digits));
}

/* Every period, with what happened in it and before, or with zeros. */
static void
kpis_append_counted(StringInfo sql, const TcsPeriodView *view)
{
	bool		by = view->by_count > 0;

	appendStringInfo(sql,
					 "    SELECT\n"
					 "        %s%speriod,\n"
					 "        period_end,\n"
					 "        complete,\n"
					 "        COALESCE(active, 0)::integer AS active,\n"
					 "        COALESCE(lag(active) OVER (%sORDER BY period), 0)::integer AS before,\n"
					 "        COALESCE(new_customers, 0)::integer AS new_customers,\n"
					 "        COALESCE(retained, 0)::integer AS retained,\n"
					 "        COALESCE(orders, 0)::integer AS orders,\n"
					 "        COALESCE(guest_orders, 0)::integer AS guest_orders",
					 by ? "parts.level" : "", tcs_period_view_by(view, ", ", "parts.", ",\n        "),
					 by ? "PARTITION BY part " : "");
	if (view->log.amount)
		for (int i = 0; i < lengthof(kpis_sums); i++)
			appendStringInfo(sql, ",\n        COALESCE(%s, 0) AS %s", kpis_sums[i][0], kpis_sums[i][0]);
	appendStringInfo(sql,
					 "\n"
					 "    FROM calendar\n"
					 "%s"
					 "    LEFT JOIN periods USING (%speriod)\n",
					 by ? "    JOIN parts ON period >= since\n" : "", by ? "part, " : "");
}

static char *
kpis_query(const TcsPeriodView *view)
{
	StringInfoData sql;

	initStringInfo(&sql);
	tcs_period_view_begin(&sql, view);
	kpis_append_activity(&sql, view);
	kpis_append_periods(&sql, view);
	tcs_period_view_append_calendar(&sql, view, "(SELECT min(period) FROM periods)");
	appendStringInfoString(&sql, "SELECT\n");
	tcs_period_view_append_by(&sql, view);
	appendStringInfoString(&sql,
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
						   "    orders,\n"
						   "    guest_orders");
	if (view->log.amount)
		kpis_append_money(&sql, view);
	appendStringInfoString(&sql, "\nFROM (\n");
	kpis_append_counted(&sql, view);
	appendStringInfoString(&sql, ") AS counted");
	return sql.data;
}

static const TcsPeriodViewKind kpis = {
	"create_kpis",
	"drop_kpis",
	"a view of KPIs",
	"customers and purchases by period, one row for each",
	"column of the log: the row counts what is so there, as if there were nothing else; NULL also where the row is not told by it, as level says",
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

Datum
tcs_drop_kpis(PG_FUNCTION_ARGS)
{
	return tcs_period_view_drop(fcinfo, &kpis);
}
