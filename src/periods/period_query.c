/*
 * period_query.c
 *		What the queries of the views by calendar period have in common: the
 *		orders they read, and the calendar.
 */
#include "periods/period_view.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

char *
tcs_period_view_by(const TcsPeriodView *view, const char *before, const char *prefix,
				   const char *after)
{
	StringInfoData list;

	initStringInfo(&list);
	if (view->by_count == 0)
		return list.data;
	appendStringInfoString(&list, before);
	for (int i = 1; i <= view->by_count; i++)
		appendStringInfo(&list, "%s%sby%d", i > 1 ? ", " : "", prefix, i);
	appendStringInfoString(&list, after);
	return list.data;
}

char *
tcs_period_view_level(const TcsPeriodView *view)
{
	StringInfoData level;

	initStringInfo(&level);
	for (int i = 1; i <= view->by_count; i++)
		appendStringInfo(&level, "%s1 - GROUPING(by%d)", i > 1 ? " + " : "", i);
	return level.data;
}

void
tcs_period_view_append_by(StringInfo sql, const TcsPeriodView *view)
{
	for (int i = 1; i <= view->by_count; i++)
		appendStringInfo(sql, "    by%d AS %s,\n", i, quote_identifier(view->by[i - 1]));
	if (view->by_count > 0)
		appendStringInfoString(sql, "    level,\n");
}

void
tcs_period_view_begin(StringInfo sql, const TcsPeriodView *view)
{
	tcs_order_append_day(sql, &view->log);
}

/* The columns of by, as a row has them or as the first row has them. */
static void
period_append_line_by(StringInfo sql, const TcsPeriodView *view, bool by_customer)
{
	for (int i = 1; i <= view->by_count; i++)
	{
		const char *column = quote_identifier(view->by[i - 1]);

		if (by_customer)
			appendStringInfo(sql, ", first_value(o.%s) OVER came AS by%d", column, i);
		else
			appendStringInfo(sql, ", o.%s AS by%d", column, i);
	}
}

/* The order of a customer's rows: the first that is no refund comes first. */
static void
period_append_came(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfo(sql, "\n            WINDOW came AS (PARTITION BY o.%s ORDER BY ",
					 view->log.customer);
	if (view->log.amount)
		appendStringInfo(sql, "(o.%s < 0) IS TRUE, ", view->log.amount);
	appendStringInfo(sql, "o.%s", view->log.at);
	for (int i = 0; i < view->by_count; i++)
		appendStringInfo(sql, ", o.%s", quote_identifier(view->by[i]));
	appendStringInfoString(sql, ")");
}

/* The rows of the log that count. */
static void
period_append_lines(StringInfo sql, const TcsPeriodView *view, bool by_customer)
{
	const TcsOrderLog *log = &view->log;

	appendStringInfo(sql, "            SELECT o.%s AS customer, o.%s AS at", log->customer, log->at);
	if (log->amount)
		appendStringInfo(sql, ", o.%s AS amount", log->amount);
	if (view->order_id)
		appendStringInfo(sql, ", o.%s AS id, CASE WHEN o.%s IS NULL THEN gen_random_uuid() END AS no_id",
						 view->order_id, view->order_id);
	period_append_line_by(sql, view, by_customer);
	appendStringInfo(sql, "\n            FROM %s AS o\n            WHERE ", log->orders);
	tcs_order_append_until(sql, log);
	if (by_customer)
		appendStringInfo(sql, "\n              AND o.%s IS NOT NULL", log->customer);
	if (by_customer && view->by_count > 0)
		period_append_came(sql, view);
}

void
tcs_period_view_append_orders(StringInfo sql, const TcsPeriodView *view, bool by_customer)
{
	bool		rolls_up = !by_customer && view->by_count > 0;

	appendStringInfoString(sql, "        FROM (\n");
	if (view->order_id)
	{
		appendStringInfoString(sql,
							   "            -- An order is the rows of a customer with one order id, of the day of the first; a row without one is an order.\n"
							   "            SELECT customer, min(at) AS at");
		if (view->log.amount && view->log.amount_is_float)
		{
			appendStringInfoString(sql, ", ");
			tcs_period_view_append_revenue(sql, "amount", "");
			appendStringInfoString(sql, " AS amount");
		}
		else if (view->log.amount)
			appendStringInfoString(sql, ", sum(amount) AS amount");
		if (rolls_up)
			appendStringInfo(sql, ", %s AS level", tcs_period_view_level(view));
		appendStringInfo(sql, "%s\n            FROM (\n",
						 tcs_period_view_by(view, ", ", "", ""));
	}
	period_append_lines(sql, view, by_customer);
	if (view->order_id)
		appendStringInfo(sql,
						 "\n            ) AS line\n"
						 "            GROUP BY customer, id, no_id%s",
						 rolls_up ? tcs_period_view_by(view, ", ROLLUP (", "", ")") :
						 tcs_period_view_by(view, ", ", "", ""));
	appendStringInfo(sql,
					 "\n        ) AS o\n"
					 "        GROUP BY customer%s%s",
					 rolls_up && view->order_id ? ", level" : "",
					 rolls_up && !view->order_id ? tcs_period_view_by(view, ", ROLLUP (", "", ")") :
					 tcs_period_view_by(view, ", ", "", ""));
}

void
tcs_period_view_append_periods(StringInfo sql, const TcsPeriodView *view)
{
	appendStringInfo(sql, "tcs.purchase_periods(at, %s, (SELECT as_of FROM day), '%s'",
					 view->log.amount ? "amount" : "NULL::float8", tcs_period_name(view->period));
	if (view->log.at_type == TIMESTAMPTZOID)
		appendStringInfo(sql, ", %s", view->log.zone);
	appendStringInfoString(sql, ")");
}

void
tcs_period_view_append_revenue(StringInfo sql, const char *revenue, const char *which)
{
	appendStringInfo(sql,
					 "(tcs.holdout(DATE '2000-01-02', %s, DATE '2000-01-01', DATE '2000-01-02')%s).revenue",
					 revenue, which);
}

void
tcs_period_view_append_calendar(StringInfo sql, const TcsPeriodView *view, const char *first)
{
	const char *name = tcs_period_name(view->period);
	const char *step = psprintf("1 %s", name);
	const char *last = psprintf("date_trunc('%s', (SELECT as_of FROM day)::timestamp)", name);
	int			shift = tcs_period_week_shift(view->period);

	if (view->period == TCS_PERIOD_QUARTER)
		step = "3 months";
	else if (shift > 0)
	{
		step = "1 week";
		last = psprintf("date_trunc('week', (SELECT as_of FROM day)::timestamp + interval '%d day') - interval '%d day'",
						shift, shift);
	}
	appendStringInfo(sql,
					 "calendar AS (\n"
					 "%s"
					 "    SELECT period, period_end, n, period_end %s (SELECT as_of FROM day) AS complete\n"
					 "    FROM (\n"
					 "        SELECT begins::date AS period, (begins + interval '%s')::date - 1 AS period_end, n\n"
					 "        FROM generate_series(\n"
					 "            %s::timestamp,\n"
					 "            %s,\n"
					 "            interval '%s') WITH ORDINALITY AS s (begins, n)\n"
					 "    ) AS p\n"
					 ")\n",
					 view->log.has_as_of ? "" : "    -- Today is not over.\n",
					 view->log.has_as_of ? "<=" : "<",
					 step, first, last, step);
}
