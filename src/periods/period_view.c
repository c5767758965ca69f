/*
 * period_view.c
 *		What the views by calendar period have in common.
 *
 * Nothing of the user's enters the text but quoted identifiers and literals,
 * and none of it enters a comment, which a line break in a name would end.
 */
#include "periods/period_view.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "abc/periods.h"

/* the arguments that these functions have beside the log, by position */
enum
{
	ARG_PERIOD = TCS_ARG_OWN,
	ARG_AS_OF
};

static TcsPeriodView *
period_read_arguments(FunctionCallInfo fcinfo)
{
	TcsPeriodView *view = palloc0(sizeof(TcsPeriodView));
	Relation	orders;

	orders = tcs_order_log_arguments(fcinfo, false, &view->log);
	(void) tcs_period_argument(fcinfo, ARG_PERIOD);
	view->period = text_to_cstring(PG_GETARG_TEXT_PP(ARG_PERIOD));
	tcs_order_log_as_of(fcinfo, ARG_AS_OF, &view->log);
	if (tcs_has_argument(fcinfo, TCS_ARG_NAME))
		tcs_view_name(&view->view, PG_GETARG_TEXT_PP(TCS_ARG_NAME),
					  orders->rd_rel->relpersistence == RELPERSISTENCE_TEMP);
	relation_close(orders, NoLock);
	return view;
}

Datum
tcs_period_view_create(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	TcsPeriodView *view;
	char	   *name;
	int			nest_level;

	tcs_view_check_call(fcinfo, psprintf("tcs.%s()", kind->function));
	view = period_read_arguments(fcinfo);
	tcs_view_refuse_existing(&view->view, view->view.name, NULL);
	name = tcs_view_qualified(&view->view);

	nest_level = tcs_view_begin();
	tcs_view_create(&view->view, kind->query(view),
					psprintf("%s; made from %s by the %s; days are those of the time zone %s; made by tcs.%s",
							 kind->comment, view->log.orders, view->period,
							 view->log.zone, kind->function),
					kind->columns, kind->column_count);
	if (view->log.amount)
		for (int i = 0; i < kind->revenue_column_count; i++)
			tcs_view_comment_column(name, kind->revenue_columns[i].name,
									kind->revenue_columns[i].comment);
	tcs_view_end(nest_level);

	PG_RETURN_OID(get_relname_relid(view->view.name, view->view.schema_oid));
}

Datum
tcs_period_view_sql(FunctionCallInfo fcinfo, const TcsPeriodViewKind *kind)
{
	PG_RETURN_TEXT_P(cstring_to_text(kind->query(period_read_arguments(fcinfo))));
}

void
tcs_period_view_begin(StringInfo sql, const TcsPeriodView *view)
{
	const TcsOrderLog *log = &view->log;

	tcs_order_append_day(sql, log);
	appendStringInfo(sql,
					 "activity AS (\n"
					 "    -- What each customer did in each period; a negative amount is a refund and no purchase.\n"
					 "    SELECT (p).period, (p).cohort, (p).retained, (p).orders%s\n"
					 "    FROM (\n"
					 "        SELECT unnest(tcs.purchase_periods(o.%s, ",
					 log->amount ? ", (p).revenue" : "", log->at);
	if (log->amount)
		appendStringInfo(sql, "o.%s", log->amount);
	else
		appendStringInfoString(sql, "NULL::float8");
	appendStringInfo(sql, ", (SELECT as_of FROM day), '%s'", view->period);
	if (log->at_type == TIMESTAMPTZOID)
		appendStringInfo(sql, ", %s", log->zone);
	appendStringInfo(sql,
					 ")) AS p\n"
					 "        FROM %s AS o\n"
					 "        WHERE ", log->orders);
	tcs_order_append_until(sql, log);
	appendStringInfo(sql,
					 "\n"
					 "          AND o.%s IS NOT NULL\n"
					 "        GROUP BY o.%s\n"
					 "    ) AS customer\n"
					 "),\n", log->customer, log->customer);
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
	const char *step = "3 months";

	if (strcmp(view->period, "quarter") != 0)
		step = psprintf("1 %s", view->period);
	appendStringInfo(sql,
					 "calendar AS (\n"
					 "%s"
					 "    SELECT period, period_end, n, period_end %s (SELECT as_of FROM day) AS complete\n"
					 "    FROM (\n"
					 "        SELECT begins::date AS period, (begins + interval '%s')::date - 1 AS period_end, n\n"
					 "        FROM generate_series(\n"
					 "            %s::timestamp,\n"
					 "            date_trunc('%s', (SELECT as_of FROM day)::timestamp),\n"
					 "            interval '%s') WITH ORDINALITY AS s (begins, n)\n"
					 "    ) AS p\n"
					 ")\n",
					 view->log.has_as_of ? "" : "    -- Today is not over.\n",
					 view->log.has_as_of ? "<=" : "<",
					 step, first, view->period, step);
}
