/*
 * create_forecast.c
 *		create_forecast: the view of what the customers of a metrics view will do,
 *		by month.
 *
 * The query reads what the metrics view reads, by its own part "figures", and the
 * newest models of its table.  The same query, of an earlier day and with models
 * that are fitted on what was known then, tells how far off forecasts are.
 *
 * Nothing of the user's enters the text but quoted identifiers and literals,
 * and none of it enters a comment, which a line break in a name would end.
 */
#include "metrics/metrics.h"

#include <math.h>

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_forecast);

enum
{
	ARG_NAME,
	ARG_METRICS,
	ARG_MONTHS,
	ARG_LEVEL
};

#define MOST_MONTHS		120

/* the log's own past: so many days ahead, from so many days, of so many customers */
#define PAST_DAYS		91
#define PAST_MONTHS		3
#define PAST_TIMES		4
#define PAST_CUSTOMERS	50

/*
 * What is known before the log has told: forecasts of a quarter, of a month and
 * of a quarter's revenue are off by these shares, as they were in the logs that
 * are held out in the documents; it counts as much as so many times.
 */
#define PRIOR_QUARTER	0.14
#define PRIOR_MONTH		0.19
#define PRIOR_REVENUE	0.16
#define PRIOR_TIMES		2.0

/* Mean squares of came / expected - 1, beyond what customers deviate by. */
typedef struct ForecastOff
{
	double		sum;
	double		times;
} ForecastOff;

/* How right forecasts of those who were there would have been. */
typedef struct ForecastPast
{
	ForecastOff quarter;
	ForecastOff month;
	ForecastOff revenue;		/* of a quarter */
	int			times;
	StringInfoData words;
} ForecastPast;

typedef struct Forecast
{
	TcsView		view;
	Oid			metrics;
	TcsMetricsFit fit;
	int			months;
	double		level;
	int			digits;			/* of money, or TCS_DIGITS_FLOAT */
	ForecastPast past;
} Forecast;

static const TcsViewColumn forecast_column[] = {
	{"period", "first day of the month; NULL: all months together"},
	{"of", "existing: those who have bought until today, new: those who will come, total: both"},
	{"days", "days to come of the month"},
	{"buyers", "customers expected to buy in it"},
	{"purchases", "days with a purchase to be expected; NULL without a model, as all that follow"},
	{"purchases_low", "they are at least so many"},
	{"purchases_high", "and at most so many, with the probability that the comment of the view says"},
	{"revenue", "to be expected, net of refunds; NULL too without a model of spending"},
	{"revenue_low", "it is at least so much"},
	{"revenue_high", "and at most so much, with the same probability"},
};

static void
forecast_read_arguments(FunctionCallInfo fcinfo, Forecast *forecast)
{
	static const char *const names[] = {"name", "metrics", "months", "level"};

	for (int i = ARG_METRICS; i <= ARG_LEVEL; i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(psprintf("argument \"%s\"", names[i]),
							i == ARG_METRICS ? "Give the name of a view that tcs.create_metrics made." :
							"Leave it out to have its default.");
	forecast->metrics = PG_GETARG_OID(ARG_METRICS);
	forecast->months = PG_GETARG_INT32(ARG_MONTHS);
	if (forecast->months < 1 || forecast->months > MOST_MONTHS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("months must be from 1 to %d, not %d", MOST_MONTHS, forecast->months)));
	forecast->level = tcs_inner_share(tcs_finite(PG_GETARG_FLOAT8(ARG_LEVEL), "level"), "level",
									  "Give 0.9 for the interval that holds 90 percent.");
	(void) tcs_metrics_find(forecast->metrics, &forecast->fit);
	tcs_view_name(&forecast->view, PG_GETARG_TEXT_PP(ARG_NAME),
				  get_rel_persistence(forecast->metrics) == RELPERSISTENCE_TEMP);
}

static void
forecast_off_add(ForecastOff *off, double expected, double variance, double came)
{
	double		share = came / expected - 1.0;

	if (!(expected > 0.0) || !isfinite(variance) || !isfinite(share))
		return;
	off->sum += share * share - variance / expected / expected;
	off->times += 1.0;
}

static double
forecast_off(const ForecastOff *off, double prior)
{
	return (Max(off->sum, 0.0) + PRIOR_TIMES * prior * prior) / (off->times + PRIOR_TIMES);
}

/*
 * figures, the histories; model, a row with btyd and spend; month, with n from 1
 * on and the window of each, and one of all with n of 0: to these the estimates
 * are added.
 */
static void
forecast_append_estimates(StringInfo sql, const ForecastPast *past)
{
	double		quarter = past ? forecast_off(&past->quarter, PRIOR_QUARTER) : 0.0;
	double		month = past ? Max(forecast_off(&past->month, PRIOR_MONTH) - quarter, 0.0) : 0.0;
	double		revenue = past ? forecast_off(&past->revenue, PRIOR_REVENUE) : 0.0;

	appendStringInfo(sql,
					 "windows AS MATERIALIZED (\n"
					 "    SELECT array_agg(bound::float8 ORDER BY n, side) AS windows\n"
					 "    FROM month, LATERAL (VALUES (1, since), (2, until)) AS window_bound (side, bound)\n"
					 "    WHERE until IS NOT NULL\n"
					 "),\n"
					 "arrivals AS (\n"
					 "    -- Who came within the last 30 days, the 30 before that, and so on.\n"
					 "    SELECT ago, count(h)::float8 AS came\n"
					 "    FROM day CROSS JOIN generate_series(0, least((as_of - first_day + 1) / 30, 9) - 1) AS ago\n"
					 "    LEFT JOIN figures ON (as_of - (h).first_day) / 30 = ago\n"
					 "    GROUP BY ago\n"
					 "),\n"
					 "rate AS MATERIALIZED (\n"
					 "    -- Who comes a day, as in the last 30 days; by how much a quarter differed from the 30 days before it.\n"
					 "    SELECT COALESCE(max(came) FILTER (WHERE ago = 0) / 30, (SELECT customers::float8 / (as_of - first_day + 1) FROM day)) AS a_day,\n"
					 "        COALESCE(sum(power(quarter - came, 2)) FILTER (WHERE ago > 2) / NULLIF(sum(power(came, 2)) FILTER (WHERE ago > 2), 0), 1) AS spread\n"
					 "    FROM (SELECT ago, came, avg(came) OVER (ORDER BY ago ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) AS quarter FROM arrivals) AS a\n"
					 "),\n"
					 "sums AS MATERIALIZED (\n"
					 "    SELECT (SELECT array_agg(total ORDER BY figure)\n"
					 "            FROM (SELECT figure, sum(value) AS total\n"
					 "                FROM figures CROSS JOIN LATERAL unnest(tcs_internal.forecast_customer((SELECT btyd FROM model),\n"
					 "                    (SELECT spend FROM model), h, (SELECT windows FROM windows))) WITH ORDINALITY AS u (value, figure)\n"
					 "                GROUP BY figure) AS each_figure) AS there,\n"
					 "        (SELECT tcs_internal.forecast_arrival(btyd, spend, tcs.purchase_history(0, 0, 0, 0), (SELECT windows FROM windows))\n"
					 "            FROM model) AS come\n"
					 "),\n"
					 "off AS MATERIALIZED (\n"
					 "    -- How far off forecasts were: squares of shares, and what a single month adds.\n"
					 "    SELECT %.6g::float8 AS purchases, %.6g::float8 AS revenue, %.6g::float8 AS a_month\n"
					 "),\n"
					 "each_of AS MATERIALIZED (\n"
					 "    SELECT n, period, until - since AS days, 'existing' AS of,\n"
					 "        there[5 * n + 1] AS buyers, there[5 * n + 2] AS purchases,\n"
					 "        there[5 * n + 3] + (off.purchases + (n > 0)::integer * a_month) * power(there[5 * n + 2], 2) AS purchases_variance,\n"
					 "        NULLIF(there[5 * n + 4], 'NaN') AS revenue,\n"
					 "        NULLIF(there[5 * n + 5], 'NaN') + (off.revenue + (n > 0)::integer * a_month) * power(there[5 * n + 4], 2) AS revenue_variance\n"
					 "    FROM month CROSS JOIN sums CROSS JOIN off\n"
					 "    UNION ALL\n"
					 "    SELECT n, period, until - since, 'new',\n"
					 "        a_day * come[5 * n + 1], a_day * come[5 * n + 2],\n"
					 "        a_day * come[5 * n + 3] + (spread + (n > 0)::integer * a_month) * power(a_day * come[5 * n + 2], 2),\n"
					 "        a_day * NULLIF(come[5 * n + 4], 'NaN'),\n"
					 "        CASE WHEN a_day = 0 THEN 0 ELSE a_day * NULLIF(come[5 * n + 5], 'NaN') END + (spread + (n > 0)::integer * a_month) * power(a_day * come[5 * n + 4], 2)\n"
					 "    FROM month CROSS JOIN sums CROSS JOIN rate CROSS JOIN off\n"
					 ")\n",
					 quarter, revenue, month);
}

/* The histories, and the last day that they know. */
static void
forecast_append_figures(StringInfo sql, const char *histories)
{
	appendStringInfo(sql,
					 "figures AS MATERIALIZED (\n"
					 "    SELECT h FROM (\n%s\n) AS f\n"
					 "    WHERE (h).t IS NOT NULL\n"
					 "),\n"
					 "day AS MATERIALIZED (\n"
					 "    SELECT max((h).first_day + (h).t::integer) AS as_of, min((h).first_day) AS first_day, count(*) AS customers\n"
					 "    FROM figures\n"
					 "),\n", histories);
}

static char *
forecast_query(const Forecast *forecast, const char *histories)
{
	StringInfoData sql;
	const char *table = forecast->fit.table_quoted;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH ");
	forecast_append_figures(&sql, histories);
	appendStringInfo(&sql,
					 "model AS MATERIALIZED (\n"
					 "    -- The models that the metrics view scores by.\n"
					 "    SELECT (SELECT btyd FROM %s\n"
					 "            WHERE " TCS_METRICS_BTYD_SERVES "\n"
					 "            ORDER BY id DESC LIMIT 1) AS btyd,\n"
					 "        (SELECT spend FROM %s\n"
					 "            WHERE " TCS_METRICS_SPEND_SERVES "\n"
					 "            ORDER BY " TCS_METRICS_SPEND_ORDER " LIMIT 1) AS spend\n"
					 "),\n"
					 "month AS MATERIALIZED (\n"
					 "    -- Days from the last that is known: the window of each month begins after since.\n"
					 "    SELECT n::integer AS n, period::date AS period, greatest(period::date - as_of - 1, 0) AS since,\n"
					 "        (period + interval '1 month')::date - as_of - 1 AS until\n"
					 "    FROM day CROSS JOIN LATERAL generate_series(date_trunc('month', (as_of + 1)::timestamp),\n"
					 "            date_trunc('month', as_of::timestamp) + interval '%d months', interval '1 month') WITH ORDINALITY AS g (period, n)\n"
					 "    UNION ALL\n"
					 "    SELECT 0, NULL, 0, (date_trunc('month', as_of::timestamp) + interval '%d months')::date - as_of - 1 FROM day\n"
					 "),\n",
					 table, table, forecast->months, forecast->months + 1);
	forecast_append_estimates(&sql, &forecast->past);
	appendStringInfo(&sql,
					 "SELECT\n"
					 "    period,\n"
					 "    of,\n"
					 "    days,\n"
					 "    round(buyers::numeric, 1) AS buyers,\n"
					 "    round(purchases::numeric, 1) AS purchases,\n"
					 "    round(p.lower_bound::numeric, 1) AS purchases_low,\n"
					 "    round(p.upper_bound::numeric, 1) AS purchases_high,\n"
					 "    %s AS revenue,\n"
					 "    %s AS revenue_low,\n"
					 "    %s AS revenue_high\n"
					 "FROM (\n"
					 "    SELECT * FROM each_of\n"
					 "    UNION ALL\n"
					 "    SELECT n, period, days, 'total', sum(buyers), CASE WHEN count(purchases) = 2 THEN sum(purchases) END, sum(purchases_variance),\n"
					 "        CASE WHEN count(revenue) = 2 THEN sum(revenue) END, sum(revenue_variance)\n"
					 "    FROM each_of\n"
					 "    GROUP BY n, period, days\n"
					 ") AS estimate\n"
					 "LEFT JOIN LATERAL tcs.total_interval(purchases, purchases_variance, %.17g) AS p ON true\n"
					 "LEFT JOIN LATERAL tcs.total_interval(revenue, revenue_variance, %.17g) AS r ON true\n"
					 "ORDER BY n = 0, n, of",
					 tcs_money("revenue", forecast->digits), tcs_money("r.lower_bound", forecast->digits),
					 tcs_money("r.upper_bound", forecast->digits), forecast->level, forecast->level);
	return sql.data;
}

/* What is known of the log: the last day and the first, or no row with a model. */
typedef struct ForecastLog
{
	bool		known;
	DateADT		as_of;
	DateADT		first_day;
	char	   *family;			/* of the newest model; NULL without one */
} ForecastLog;

static void
forecast_read_log(const Forecast *forecast, const char *histories, ForecastLog *log)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH ");
	forecast_append_figures(&sql, histories);
	appendStringInfo(&sql,
					 "family AS (\n"
					 "    SELECT btyd->>'model' AS family FROM %s\n"
					 "    WHERE " TCS_METRICS_BTYD_SERVES "\n"
					 "    ORDER BY id DESC LIMIT 1\n"
					 ")\n"
					 "SELECT as_of - DATE '2000-01-01', first_day - DATE '2000-01-01', (SELECT family FROM family) FROM day",
					 forecast->fit.table_quoted);
	tcs_run(sql.data, SPI_OK_SELECT);
	log->known = !tcs_result_isnull(0, 1);
	log->as_of = tcs_result_integer(0, 1);
	log->first_day = tcs_result_integer(0, 2);
	log->family = tcs_result_text(0, 3);
}

/* The query for what models of that day would have expected of those who were there. */
static char *
forecast_past_query(const char *histories, const char *family)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH past AS MATERIALIZED (\n"
					 "    SELECT h, later, days FROM (\n%s\n) AS f\n"
					 "    WHERE (h).t IS NOT NULL\n"
					 "),\n", histories);
	forecast_append_figures(&sql, "SELECT h FROM past");
	appendStringInfo(&sql,
					 "fit AS MATERIALIZED (\n"
					 "    SELECT tcs.btyd_fit(h, %s) AS btyd, tcs.spend_fit(h) AS spend FROM figures\n"
					 "),\n"
					 "model AS MATERIALIZED (\n"
					 "    SELECT CASE WHEN " TCS_METRICS_BTYD_FITTED " THEN btyd END AS btyd,\n"
					 "        CASE WHEN " TCS_METRICS_SPEND_FITTED " THEN spend END AS spend\n"
					 "    FROM fit\n"
					 "),\n"
					 "month AS (\n"
					 "    SELECT n, NULL::date AS period, since, until\n"
					 "    FROM day, (VALUES (0, 0, %d), (1, 0, 30), (2, 30, 61), (3, 61, %d)) AS m (n, since, until)\n"
					 "    WHERE as_of IS NOT NULL\n"
					 "),\n", quote_literal_cstr(family), PAST_DAYS, PAST_DAYS);
	forecast_append_estimates(&sql, NULL);
	appendStringInfoString(&sql,
						   "SELECT customers::float8, purchases, purchases_variance, revenue, revenue_variance,\n"
						   "    (SELECT count(*)::float8 FROM past, unnest(days) AS bought\n"
						   "        WHERE bought > as_of + since AND bought <= as_of + until),\n"
						   "    (SELECT sum((later).revenue) FROM past), to_char(as_of, 'YYYY-MM-DD')\n"
						   "FROM each_of JOIN month USING (n) CROSS JOIN day WHERE of = 'existing' ORDER BY n");
	return sql.data;
}

/* Hold what they would have expected against what came. */
static void
forecast_look_back(const Forecast *forecast, const char *family, DateADT day, ForecastPast *past)
{
	TcsMetricsPast *histories = tcs_metrics_past_between(forecast->metrics, day, day + PAST_DAYS);

	if (histories == NULL)
		return;
	tcs_run(forecast_past_query(histories->query, family), SPI_OK_SELECT);
	if (SPI_processed != 1 + PAST_MONTHS || !(tcs_result_float(0, 1) >= PAST_CUSTOMERS) ||
		!(tcs_result_float(0, 2) > 0.0))
		return;
	for (int i = 0; i <= PAST_MONTHS; i++)
		forecast_off_add(i == 0 ? &past->quarter : &past->month, tcs_result_float(i, 2),
						 tcs_result_float(i, 3), tcs_result_float(i, 6));
	forecast_off_add(&past->revenue, tcs_result_float(0, 4), tcs_result_float(0, 5), tcs_result_float(0, 7));
	appendStringInfo(&past->words, "%s%s: %.0f expected, %.0f came", past->times++ > 0 ? "; " : "",
					 tcs_result_text(0, 8), tcs_result_float(0, 2), tcs_result_float(0, 6));
}

/* How far off forecasts of a quarter would have been: at up to four days. */
static void
forecast_judge(Forecast *forecast, const ForecastLog *log)
{
	ForecastPast *past = &forecast->past;

	initStringInfo(&past->words);
	for (int i = 1; i <= PAST_TIMES && log->known && log->family != NULL; i++)
	{
		DateADT		day = log->as_of - i * PAST_DAYS;

		if (day - log->first_day < PAST_DAYS)
			break;
		forecast_look_back(forecast, log->family, day, past);
	}
}

/* The digits of the money in the metrics view: those that its column is rounded to. */
static int
forecast_digits(const Forecast *forecast)
{
	tcs_run(psprintf("SELECT CASE WHEN a.atttypid = 'numeric'::regtype\n"
					 "    THEN (regexp_match(pg_get_viewdef(a.attrelid), 'round\\([^,]*revenue[^,]*, ([0-9]+)\\) AS revenue'))[1]::integer ELSE -1 END\n"
					 "FROM pg_attribute AS a WHERE a.attrelid = %u AND a.attname = 'revenue'", forecast->metrics),
			SPI_OK_SELECT);
	return tcs_result_isnull(0, 1) ? 2 : tcs_result_integer(0, 1);
}

static char *
forecast_comment(const Forecast *forecast)
{
	const ForecastPast *past = &forecast->past;

	return psprintf("forecast by month of the metrics view %s, with intervals of %.15g %%; %s; made by tcs.create_forecast",
					forecast->fit.view_quoted, 100.0 * forecast->level,
					past->times == 0 ? pstrdup("not held against the past, for which the log is too short or there is no model") :
					psprintf("purchases by those who were there within the %d days after %s", PAST_DAYS, past->words.data));
}

Datum
tcs_create_forecast(PG_FUNCTION_ARGS)
{
	Forecast	forecast = {{0}};
	ForecastLog log;
	char	   *histories;
	int			nest_level;

	tcs_view_check_call(fcinfo, "tcs.create_forecast()");
	forecast_read_arguments(fcinfo, &forecast);
	tcs_view_refuse_existing(&forecast.view, forecast.view.name, NULL);

	nest_level = tcs_view_begin();
	histories = tcs_metrics_figures(forecast.metrics);
	if (histories == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not as tcs.create_metrics makes it", forecast.fit.name),
				 errhint("Give the name of a view that tcs.create_metrics made.")));
	forecast.digits = forecast_digits(&forecast);
	forecast_read_log(&forecast, histories, &log);
	forecast_judge(&forecast, &log);
	tcs_view_create(&forecast.view, forecast_query(&forecast, histories),
					forecast_comment(&forecast), forecast_column, lengthof(forecast_column));
	tcs_view_end(nest_level);
	PG_RETURN_OID(get_relname_relid(forecast.view.name, forecast.view.schema_oid));
}
