/*
 * metrics_sql.c
 *		The text of a metrics query, made to be read.
 *
 * Nothing of the user's enters the text but quoted identifiers and literals,
 * and none of it enters a comment, which a line break in a name would end.
 */
#include "metrics/metrics.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(tcs_metrics_sql);

/*
 * Once a column.  A subquery beside the figures that makes it once a customer costs
 * as much as the calls, and keeps the view from being worked out where the orders
 * are, on other machines.
 */
#define SCORES	"tcs.rfm_score((SELECT rfm FROM model), h)"

char *
tcs_metrics_model_name(const TcsMetrics *metrics)
{
	return quote_qualified_identifier(metrics->view.schema, metrics->model_table);
}

/* How many orders a customer's rows are: one without an id is one of its own. */
static char *
orders_count(const TcsMetrics *metrics)
{
	if (metrics->order_id == NULL)
		return pstrdup("count(*)");
	return psprintf("(count(DISTINCT o.%s) + count(*) FILTER (WHERE o.%s IS NULL))",
					metrics->order_id, metrics->order_id);
}

/* One row per customer in the order log. */
static void
append_history(StringInfo sql, const TcsMetrics *metrics)
{
	const char *customer = metrics->log.customer;
	const char *at = metrics->log.at;
	const char *amount = metrics->log.amount;

	appendStringInfo(sql,
					 "history AS (\n"
					 "    -- Purchases on one day are one purchase; a negative amount is a refund.\n"
					 "    SELECT\n"
					 "        o.%s AS customer,\n"
					 "        %s::integer AS orders,\n"
					 "        tcs.purchase_history(o.%s, o.%s, (SELECT as_of FROM day)",
					 customer, orders_count(metrics), at, amount);
	if (metrics->log.at_type == TIMESTAMPTZOID)
		appendStringInfo(sql, ", %s", metrics->log.zone);
	appendStringInfo(sql,
					 ") AS h,\n"
					 "        -- For customers who have nothing but refunds, and so no history.\n");
	if (metrics->log.amount_is_float)
	{
		/* a plain sum of floats would depend on the order of the rows */
		appendStringInfo(sql,
						 "        (tcs.holdout(o.%s, o.%s, DATE '4713-01-01 BC', (SELECT as_of FROM day)",
						 at, amount);
		if (metrics->log.at_type == TIMESTAMPTZOID)
			appendStringInfo(sql, ", %s", metrics->log.zone);
		appendStringInfo(sql,
						 ")\n"
						 "            FILTER (WHERE o.%s < 0)).revenue AS refunds\n", amount);
	}
	else
		appendStringInfo(sql, "        sum(o.%s) FILTER (WHERE o.%s < 0) AS refunds\n",
						 amount, amount);
	appendStringInfo(sql,
					 "    FROM %s AS o\n",
					 metrics->log.orders);
	appendStringInfoString(sql, "    WHERE ");
	tcs_order_append_until(sql, &metrics->log);
	appendStringInfo(sql,
					 "\n      AND o.%s IS NOT NULL\n"
					 "    GROUP BY o.%s\n"
					 "),\n",
					 customer, customer);
}

/* The same in plain columns, with the customers who never ordered. */
static void
append_figures(StringInfo sql, const TcsMetrics *metrics)
{
	bool		all = metrics->customers != NULL;

	appendStringInfoString(sql, "figures AS (\n    SELECT\n");
	if (all)
		appendStringInfo(sql,
						 "        c.%s AS customer,\n"
						 "        COALESCE(history.orders, 0) AS orders,\n",
						 metrics->customers_key);
	else
		appendStringInfoString(sql,
							   "        history.customer,\n"
							   "        history.orders,\n");
	appendStringInfoString(sql,
						   "        COALESCE((history.h).x + 1, 0)::integer AS purchases,\n"
						   "        COALESCE((history.h).revenue, history.refunds::float8, 0) AS revenue,\n"
						   "        (history.h).first_day,\n"
						   "        (history.h).last_day,\n"
						   "        (history.h).t::integer AS days_since_first,\n"
						   "        ((history.h).t - (history.h).t_x)::integer AS days_since_last,\n"
						   "        CASE WHEN (history.h).x > 0 THEN (history.h).t_x / (history.h).x END AS mean_gap,\n"
						   "        CASE WHEN (history.h).x > 0 THEN (history.h).last_gap END AS last_gap,\n"
						   "        history.h");
	if (metrics->attributes)
		appendStringInfoString(sql,
							   ",\n"
							   "        -- What churn_risk may learn from beside the history, as of today.\n"
							   "        attributes.*::record AS attributes");
	appendStringInfoChar(sql, '\n');
	if (all)
		appendStringInfo(sql,
						 "    FROM %s AS c\n"
						 "    LEFT JOIN history ON history.customer %s c.%s\n"
						 "%s"
						 "    WHERE c.%s IS NOT NULL\n",
						 metrics->customers, metrics->equals, metrics->customers_key,
						 metrics->attributes ?
						 psprintf("    CROSS JOIN LATERAL (SELECT %s) AS attributes\n", metrics->attributes) : "",
						 metrics->customers_key);
	else
		appendStringInfoString(sql, "    FROM history\n");
	appendStringInfoString(sql, "),\n");
}

/* What the population says, from the table of the models. */
static void
append_stored_models(StringInfo sql, const TcsMetrics *metrics)
{
	char	   *table = tcs_metrics_model_name(metrics);

	/* all that the columns need of the table, read once a query */
	appendStringInfo(sql,
					 "model AS MATERIALIZED (\n"
					 "    -- The newest fit; tcs.refit_metrics adds one.  Where one failed, the last good one.\n"
					 "    SELECT rfm, abc,\n"
					 "        (SELECT btyd FROM %s\n"
					 "            WHERE " TCS_METRICS_BTYD_SERVES "\n"
					 "            ORDER BY id DESC LIMIT 1) AS btyd,\n"
					 "        -- What was learned of who returns, where that is better than btyd alone.\n"
					 "        (SELECT CASE WHEN " TCS_METRICS_CHURN_SERVES "\n"
					 "                THEN churn ELSE btyd END FROM %s\n"
					 "            WHERE " TCS_METRICS_BTYD_SERVES "\n"
					 "            ORDER BY id DESC LIMIT 1) AS churn,\n"
					 "        (SELECT spend FROM %s\n"
					 "            WHERE " TCS_METRICS_SPEND_SERVES "\n"
					 "            ORDER BY " TCS_METRICS_SPEND_ORDER " LIMIT 1) AS spend\n"
					 "    FROM %s\n"
					 "    ORDER BY id DESC\n"
					 "    LIMIT 1\n"
					 ")\n",
					 table, table, table, table);
}

/* The same, from the customers of the query itself. */
static void
append_own_models(StringInfo sql, const TcsMetrics *metrics)
{
	appendStringInfo(sql,
					 "fit AS (\n"
					 "    SELECT\n"
					 "        tcs.rfm_fit(days_since_last, purchases, revenue) AS rfm,\n"
					 "        tcs.abc_fit(revenue) AS abc,\n"
					 "        tcs.btyd_fit(h, %s) AS btyd,\n"
					 "        tcs.spend_fit(h) AS spend\n"
					 "    FROM figures\n"
					 "),\n"
					 "model AS (\n"
					 "    -- Models that did not converge serve nobody.\n"
					 "    SELECT rfm, abc,\n"
					 "        CASE WHEN " TCS_METRICS_BTYD_FITTED " THEN btyd END AS btyd,\n"
					 "        CASE WHEN " TCS_METRICS_SPEND_FITTED " THEN spend END AS spend\n"
					 "    FROM fit\n"
					 ")\n",
					 quote_literal_cstr(metrics->family));
}

/* What is to be expected of a customer. */
static void
append_value(StringInfo sql, const TcsMetrics *metrics)
{
	static const char *const function[] = {"clv", "value_at_risk"};
	const char *horizon = quote_literal_cstr(metrics->horizon);
	bool		learns = metrics->view.name != NULL;

	appendStringInfo(sql,
					 ",\n"
					 "    CASE WHEN (h).x > 0 THEN %s END AS mean_value,\n"
					 "    tcs.p_alive((SELECT btyd FROM model), h) AS p_alive,\n"
					 "    tcs.churn_risk((SELECT %s FROM model), h, interval %s%s) AS churn_risk,\n"
					 "    tcs.expected_purchases((SELECT btyd FROM model), h, interval %s) AS expected_purchases",
					 tcs_money("(h).m_x", metrics->digits), learns ? "churn" : "btyd", horizon,
					 learns && metrics->attributes ? ", interval '0', attributes" : "", horizon);
	for (int i = 0; i < lengthof(function); i++)
	{
		char	   *value =
		psprintf("tcs.%s((SELECT btyd FROM model), (SELECT spend FROM model), h, interval %s,\n"
				 "        margin => %s, annual_discount => %s)",
				 function[i], horizon, metrics->margin, metrics->annual_discount);

		appendStringInfo(sql, ",\n    %s AS %s", tcs_money(value, metrics->digits), function[i]);
	}
}

char *
tcs_metrics_query(const TcsMetrics *metrics)
{
	StringInfoData sql;

	initStringInfo(&sql);
	tcs_order_append_day(&sql, &metrics->log);
	append_history(&sql, metrics);
	append_figures(&sql, metrics);
	if (metrics->view.name)
		append_stored_models(&sql, metrics);
	else
		append_own_models(&sql, metrics);
	appendStringInfoString(&sql,
						   "SELECT\n"
						   "    customer,\n"
						   "    orders,\n"
						   "    purchases,\n"
						   "    ");
	appendStringInfoString(&sql, tcs_money("revenue", metrics->digits));
	appendStringInfoString(&sql,
						   " AS revenue,\n"
						   "    first_day,\n"
						   "    last_day,\n"
						   "    days_since_first,\n"
						   "    days_since_last,\n"
						   "    mean_gap,\n"
						   "    last_gap,\n"
						   "    (" SCORES ").r,\n"
						   "    (" SCORES ").f,\n"
						   "    (" SCORES ").m,\n"
						   "    tcs.rfm_cell(" SCORES ") AS rfm_cell,\n"
						   "    tcs.rfm_segment(" SCORES ") AS rfm_segment,\n"
						   "    tcs.abc_tier((SELECT abc FROM model), revenue) AS abc_tier");
	append_value(&sql, metrics);
	appendStringInfoString(&sql, "\nFROM figures");
	return sql.data;
}

Datum
tcs_metrics_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(tcs_metrics_query(tcs_metrics_arguments(fcinfo))));
}
