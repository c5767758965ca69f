/*
 * report_metrics_read.c
 *		What a page about a metrics view is told by the table of the models and
 *		by the log.
 *
 * The log is read in one pass, with the rights of whoever wants the page: for each
 * customer the history until the cut, what came since, and the days with a purchase.
 */
#include "report/report_metrics.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

#include "btyd/btyd.h"
#include "server/progress.h"

/* The columns of what is kept. */
enum
{
	KEPT_DAY = 1,
	KEPT_AS_OF,
	KEPT_NEWEST_BTYD,
	KEPT_NEWEST_SPEND,
	KEPT_BTYD,
	KEPT_SPEND,
	KEPT_HELD_BTYD,
	KEPT_HELD_SPEND,
	KEPT_CUT,
	KEPT_UNTIL,
	KEPT_HALF,
	KEPT_CHURN,
	KEPT_LEARNED,
	KEPT_LEARNED_AUC,
	KEPT_LEARNED_BRIER
};

/* What the rows of the answer about the log are of. */
enum
{
	READ_GROUPS = 1,
	READ_TENTHS,
	READ_FIRST,
	READ_AGAIN,
	READ_OTHERS
};

/* More than these are no dates of orders. */
#define LONGEST_SPAN	200000

static const TcsColumn as_of_column[] = {
	{"as_of", DATEOID, true},
};

static void
metrics_require(Oid relation, ObjectType kind, const char *hint)
{
	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for %s %s", kind == OBJECT_VIEW ? "view" : "table", get_rel_name(relation)),
			 errhint("%s", hint)));
}

/* A model in the answer, as SQL; NULL: there is none. */
static char *
metrics_model(int column)
{
	char	   *json = tcs_result_text(0, column);

	return json ? psprintf("%s::jsonb", quote_literal_cstr(json)) : NULL;
}

/* A day that is kept as text; false where it is none. */
static bool
metrics_kept_day(int column, DateADT *day)
{
	char	   *words = tcs_result_text(0, column);
	int			year;
	int			month;
	int			of_month;
	int			julian;
	int			back[3];

	if (words == NULL || sscanf(words, "%d-%d-%d", &year, &month, &of_month) != 3 || year < 1)
		return false;
	julian = date2j(year, month, of_month);
	j2date(julian, &back[0], &back[1], &back[2]);
	*day = julian - POSTGRES_EPOCH_JDATE;
	return back[0] == year && back[1] == month && back[2] == of_month;
}

static char *
metrics_day_words(TcsReport *report, DateADT day)
{
	int			year;
	int			month;
	int			of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
	return tcs_report_day(report, psprintf("%04d-%02d-%02d", year, month, of_month));
}

/* The newest row, and the models that the view scores by. */
static void
metrics_read_kept(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	const char *table = metrics->fit.table_quoted;
	bool		is_drawn = false;

	if (tcs_report_query(report,
						 psprintf("SELECT to_char(as_of, 'YYYY-MM-DD'), as_of, btyd::text, spend::text,\n"
								  "    (SELECT btyd::text FROM %1$s WHERE " TCS_METRICS_BTYD_SERVES " ORDER BY id DESC LIMIT 1),\n"
								  "    (SELECT spend::text FROM %1$s WHERE " TCS_METRICS_SPEND_SERVES " ORDER BY " TCS_METRICS_SPEND_ORDER " LIMIT 1),\n"
								  "    CASE jsonb_typeof(holdout->'btyd') WHEN 'object' THEN (holdout->'btyd')::text END,\n"
								  "    CASE jsonb_typeof(holdout->'spend') WHEN 'object' THEN (holdout->'spend')::text END,\n"
								  "    holdout->>'as_of', holdout->>'until',\n"
								  "    CASE WHEN jsonb_typeof(holdout->'days') = 'number' THEN (holdout->>'days')::numeric BETWEEN 1 AND 1000000 END,\n"
								  "    CASE WHEN churn->>'model' = 'churn' THEN churn::text END,\n"
								  "    coalesce(holdout->'learned'->'used' = 'true', false), %2$s, %3$s\n"
								  "FROM %1$s WHERE isfinite(as_of) ORDER BY id DESC LIMIT 1", table,
								  tcs_report_predictions_number("(holdout->'learned')", "auc"),
								  tcs_report_predictions_number("(holdout->'learned')", "brier"))) == 0)
		return;
	metrics->churn = metrics_model(KEPT_CHURN);
	metrics->is_learned = metrics->churn != NULL && tcs_result_boolean(0, KEPT_LEARNED);
	metrics->learned_auc = tcs_result_float(0, KEPT_LEARNED_AUC);
	metrics->learned_brier = tcs_result_float(0, KEPT_LEARNED_BRIER);
	metrics->as_of = tcs_report_day(report, tcs_result_text(0, KEPT_DAY));
	metrics->as_of_day = DatumGetDateADT(tcs_result_value(0, KEPT_AS_OF, DATEOID));
	metrics->newest_btyd = metrics_model(KEPT_NEWEST_BTYD);
	metrics->newest_spend = metrics_model(KEPT_NEWEST_SPEND);
	metrics->btyd = metrics_model(KEPT_BTYD);
	metrics->spend = metrics_model(KEPT_SPEND);
	if (metrics_kept_day(KEPT_CUT, &metrics->cut) && metrics_kept_day(KEPT_UNTIL, &metrics->until) &&
		metrics->cut <= metrics->until)
	{
		metrics->drawn_btyd = metrics_model(KEPT_HELD_BTYD);
		metrics->drawn_spend = metrics_model(KEPT_HELD_SPEND);
		is_drawn = metrics->drawn_btyd != NULL;
	}
	metrics->is_half = is_drawn && !tcs_result_isnull(0, KEPT_HALF) && DatumGetBool(tcs_result_value(0, KEPT_HALF, BOOLOID));
	metrics->is_held = is_drawn && tcs_report_predictions_read(report, table, &metrics->told);
	if (!metrics->is_held)
	{
		/* all that was fitted, which has no hold-out */
		metrics->drawn_btyd = metrics->btyd;
		metrics->drawn_spend = NULL;
		metrics->cut = metrics->until = metrics->as_of_day;
	}
	metrics->cut_day = metrics_day_words(report, metrics->cut);
	metrics->until_day = metrics_day_words(report, metrics->until);
}

/*
 * The days are numbers, from that of the epoch on; what is to be drawn of a day is
 * its count.  Without margin and discount clv is the one number times the other.
 */
#define LOG_QUERY \
	"WITH past AS MATERIALIZED (\n" \
	"    SELECT h, later, days FROM (%1$s) AS f\n" \
	"), judged AS MATERIALIZED (\n" \
	"    SELECT (h).x, (h).first_day, (later).purchases, (later).revenue, days,\n" \
	"        tcs.expected_purchases(%2$s, h, interval '%4$s') AS expected,\n" \
	"        tcs.expected_spend(%3$s, h) AS spend\n" \
	"    FROM past WHERE (h).t IS NOT NULL\n" \
	"), valued AS (\n" \
	"    SELECT expected * spend AS worth, revenue, rank() OVER (ORDER BY expected * spend DESC) AS place,\n" \
	"        count(*) OVER () AS everybody\n" \
	"    FROM judged WHERE expected * spend IS NOT NULL\n" \
	")\n" \
	"SELECT 1, least(x, %5$d)::bigint, count(*), round(sum(expected)::numeric, 6)::float8, sum(purchases)::float8,\n" \
	"    sum(purchases::numeric * purchases)::float8\n" \
	"FROM judged GROUP BY 2\n" \
	"UNION ALL\n" \
	"SELECT 2, ceil(place * %6$d.0 / everybody)::bigint - 1, count(*), round(sum(worth)::numeric, 2)::float8,\n" \
	"    round(sum(revenue)::numeric, 2)::float8, NULL\n" \
	"FROM valued GROUP BY 2\n" \
	"UNION ALL\n" \
	"SELECT 3, (first_day - date '2000-01-01')::bigint, count(*), NULL, NULL, NULL FROM judged GROUP BY 2\n" \
	"UNION ALL\n" \
	"SELECT 4, (day - date '2000-01-01')::bigint, count(*), NULL, NULL, NULL\n" \
	"FROM judged, unnest(days) AS day WHERE day > first_day AND day <= date '2000-01-01' + %7$d GROUP BY 2\n" \
	"UNION ALL\n" \
	"SELECT 5, 0, count(*) FILTER (WHERE (later).purchases > 0), count(*) FILTER (WHERE coalesce((later).purchases, 0) = 0), NULL, NULL\n" \
	"FROM past WHERE (h).t IS NULL\n" \
	"ORDER BY 1, 2"

static void
metrics_take_group(TcsMetricsGroup *groups, int count, int64 place, uint64 row)
{
	if (place < 0 || place >= count)
		return;
	groups[place].customers = tcs_result_bigint(row, 3);
	groups[place].expected = tcs_result_float(row, 4);
	groups[place].came = tcs_result_float(row, 5);
	groups[place].squares = tcs_result_float(row, 6);
}

static void
metrics_take_day(TcsMetricsDays *days, int64 day, uint64 row, uint64 rows)
{
	if (days->days == NULL)
		days->days = palloc_extended(rows * sizeof(TcsMetricsDay), MCXT_ALLOC_HUGE);
	days->days[days->count].day = (DateADT) day;
	days->days[days->count++].count = tcs_result_bigint(row, 3);
}

static void
metrics_take_rows(TcsReportMetrics *metrics, uint64 rows)
{
	for (uint64 row = 0; row < rows; row++)
	{
		int64		place = tcs_result_bigint(row, 2);

		CHECK_FOR_INTERRUPTS();
		switch (tcs_result_integer(row, 1))
		{
			case READ_GROUPS:
				metrics_take_group(metrics->group, TCS_METRICS_GROUPS, place, row);
				metrics->customers += tcs_result_bigint(row, 3);
				break;
			case READ_TENTHS:
				metrics_take_group(metrics->tenth, TCS_METRICS_TENTHS, place, row);
				break;
			case READ_FIRST:
				metrics_take_day(&metrics->first, place, row, rows);
				break;
			case READ_AGAIN:
				metrics_take_day(&metrics->again, place, row, rows);
				break;
			case READ_OTHERS:
				metrics->newcomers = tcs_result_bigint(row, 3);
				metrics->never = (int64) tcs_result_float(row, 4);
				break;
		}
	}
}

/* What the view reads is read with the rights of the caller, unlike by the view. */
static void
metrics_check_rights(const TcsMetricsPast *past)
{
	ListCell   *cell;

	foreach(cell, past->relations)
	{
		Oid			relation = lfirst_oid(cell);

		if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
			pg_attribute_aclcheck_all(relation, GetUserId(), ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
			metrics_require(relation, get_rel_relkind(relation) == RELKIND_VIEW ? OBJECT_VIEW : OBJECT_TABLE,
							"A page about a metrics view reads the orders themselves with your rights, and not with those of the owner of the view: ask for SELECT on them.");
	}
}

/* An error where it is none that can be read. */
static void
metrics_read_model(TcsReportMetrics *metrics)
{
	bool		isnull;

	tcs_report_query(metrics->report, psprintf("SELECT %s", metrics->drawn_btyd));
	tcs_btyd_read(DatumGetJsonbP(tcs_result(0, 1, JSONBOID, &isnull)), &metrics->drawn);
}

static void
metrics_read_log(TcsReportMetrics *metrics)
{
	TcsMetricsPast *past;
	uint64		rows;

	past = tcs_metrics_past_between(metrics->fit.view, metrics->cut, metrics->until);
	if (past == NULL)
		return;
	metrics->horizon = metrics->is_held && metrics->is_half ? psprintf("%d days", metrics->until - metrics->cut) : past->horizon;
	if (metrics->drawn_btyd == NULL)
		return;
	metrics_check_rights(past);
	metrics_read_model(metrics);
	tcs_progress("report, orders", 0, 0);
	rows = tcs_report_query(metrics->report,
							psprintf(LOG_QUERY, past->query, metrics->drawn_btyd,
									 metrics->drawn_spend ? metrics->drawn_spend : "NULL::jsonb",
									 metrics->horizon, TCS_METRICS_GROUPS - 1, TCS_METRICS_TENTHS, (int) metrics->until));
	metrics_take_rows(metrics, rows);
	metrics->is_read = metrics->customers > 0 && metrics->first.count > 0 &&
		metrics->until - metrics->first.days[0].day <= LONGEST_SPAN;
}

void
tcs_report_metrics_read(TcsReportMetrics *metrics, Oid view)
{
	Oid			table = tcs_metrics_find(view, &metrics->fit);

	metrics_require(view, OBJECT_VIEW, "Ask for SELECT on the metrics view.");
	metrics_require(table, OBJECT_TABLE, "A page about a metrics view reads the table of its models: ask for SELECT on it.");
	tcs_relation_check(table, as_of_column, lengthof(as_of_column));
	metrics_read_kept(metrics);
	metrics_read_log(metrics);
}
