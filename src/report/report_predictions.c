/*
 * report_predictions.c
 *		A section of a report: how right predictions would have been lately.
 *
 * Each fit of a metrics view is held against the past of the log, and what comes
 * of it is kept beside the models: see metrics_holdout.c.  It is told as it was
 * found there, of the newest fit.  Owners may write into that table: a figure is
 * one only where it is a number.
 */
#include "report/report_predictions.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "membership/source_models.h"

static const char *const number_key[] = {
	[TCS_TOLD_CUSTOMERS] = "customers",
	[TCS_TOLD_RETURNED] = "returned",
	[TCS_TOLD_AUC] = "auc",
	[TCS_TOLD_AUC_LOW] = "auc_low",
	[TCS_TOLD_AUC_HIGH] = "auc_high",
	[TCS_TOLD_BRIER] = "brier",
	[TCS_TOLD_BRIER_CONSTANT] = "brier_constant",
	[TCS_TOLD_CALIBRATION_ERROR] = "calibration_error",
	[TCS_TOLD_PURCHASES_EXPECTED] = "expected_purchases",
	[TCS_TOLD_PURCHASES] = "purchases",
	[TCS_TOLD_VALUE_EXPECTED] = "expected_value",
	[TCS_TOLD_VALUE] = "value",
};

char *
tcs_report_predictions_number(const char *object, const char *key)
{
	return psprintf("CASE WHEN jsonb_typeof(%1$s->'%2$s') = 'number' AND abs((%1$s->>'%2$s')::numeric) < 1e15\n"
					"        THEN (%1$s->>'%2$s')::float8 END", object, key);
}

/* The table of models that is told of; NULL: there is none. */
static char *
predictions_find_table(TcsReport *report)
{
	ListCell   *cell;

	foreach(cell, tcs_source_models(report->source_oid, GetUserId()))
	{
		Oid			table = lfirst_oid(cell);
		AttrNumber	column = get_attnum(table, "holdout");

		if (get_rel_relkind(table) == RELKIND_RELATION && column > 0 &&
			get_atttype(table, column) == JSONBOID)
			return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
											  get_rel_name(table));
	}
	return NULL;
}

/* What a view scores by that has learned, where that was held against the past, too. */
#define LEARNED_IS_HELD \
	"h->'learned'->'used' = 'true' AND jsonb_typeof(h->'learned'->'calibration') = 'array'"

/* How many risks there were by, and how many of each stayed away. */
static void
predictions_read_bins(TcsReport *report, TcsReportPredictions *told, const char *table)
{
	uint64		rows = tcs_report_query(report,
										psprintf("SELECT customers::bigint, said, came FROM (\n"
												 "    SELECT place, %s AS customers, %s AS said, %s AS came\n"
												 "    FROM (SELECT CASE WHEN " LEARNED_IS_HELD " THEN h->'learned' ELSE h END AS h\n"
												 "        FROM (SELECT holdout AS h FROM %s ORDER BY id DESC LIMIT 1) AS l) AS f,\n"
												 "        jsonb_array_elements(CASE WHEN jsonb_typeof(h->'calibration') = 'array'\n"
												 "            THEN h->'calibration' END) WITH ORDINALITY AS e (element, place)) AS b\n"
												 "WHERE customers > 0 AND said BETWEEN 0 AND 1 AND came BETWEEN 0 AND 1\n"
												 "ORDER BY place LIMIT 100",
												 tcs_report_predictions_number("element", "customers"), tcs_report_predictions_number("element", "predicted"),
												 tcs_report_predictions_number("element", "observed"), table));

	told->count = rows;
	told->bins = palloc((rows + 1) * sizeof(TcsReportRiskBin));
	for (uint64 row = 0; row < rows; row++)
	{
		told->bins[row].customers = tcs_result_bigint(row, 1);
		told->bins[row].said = tcs_result_float(row, 2);
		told->bins[row].came = tcs_result_float(row, 3);
	}
}

bool
tcs_report_predictions_read(TcsReport *report, const char *table, TcsReportPredictions *told)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "SELECT substring(h->>'as_of' FROM '^\\d{4}-\\d\\d-\\d\\d$'),\n"
						   "    substring(h->>'until' FROM '^\\d{4}-\\d\\d-\\d\\d$')");
	for (int i = TCS_TOLD_CUSTOMERS; i < TCS_TOLD_BINS; i++)
		appendStringInfo(&sql, ",\n    %s", tcs_report_predictions_number("h", number_key[i]));
	appendStringInfo(&sql, ",\n    coalesce(" LEARNED_IS_HELD ", false), %s, %s, %s",
					 tcs_report_predictions_number("(h->'learned')", number_key[TCS_TOLD_CALIBRATION_ERROR]),
					 tcs_report_predictions_number("(h->'learned')", number_key[TCS_TOLD_AUC]),
					 tcs_report_predictions_number("(h->'learned')", number_key[TCS_TOLD_BRIER]));
	appendStringInfo(&sql, "\nFROM (SELECT holdout AS h FROM %s ORDER BY id DESC LIMIT 1) AS f", table);
	if (tcs_report_query(report, sql.data) == 0 || tcs_result_isnull(0, TCS_TOLD_FROM) ||
		tcs_result_isnull(0, TCS_TOLD_UNTIL))
		return false;
	told->from = tcs_report_day(report, tcs_result_text(0, TCS_TOLD_FROM));
	told->until = tcs_report_day(report, tcs_result_text(0, TCS_TOLD_UNTIL));
	for (int i = TCS_TOLD_CUSTOMERS; i < TCS_TOLD_BINS; i++)
		told->figure[i] = tcs_result_float(0, i);
	told->bins_learned = tcs_result_boolean(0, TCS_TOLD_BINS);
	if (told->bins_learned)
		told->figure[TCS_TOLD_CALIBRATION_ERROR] = tcs_result_float(0, TCS_TOLD_BINS + 1);
	told->learned_auc = tcs_result_float(0, TCS_TOLD_BINS + 2);
	told->learned_brier = tcs_result_float(0, TCS_TOLD_BINS + 3);
	predictions_read_bins(report, told, table);
	return told->figure[TCS_TOLD_CUSTOMERS] > 0 && told->figure[TCS_TOLD_RETURNED] >= 0 &&
		told->figure[TCS_TOLD_RETURNED] <= told->figure[TCS_TOLD_CUSTOMERS] &&
		!isnan(told->figure[TCS_TOLD_PURCHASES_EXPECTED]) && !isnan(told->figure[TCS_TOLD_PURCHASES]);
}

static char *
predictions_figure(const char *format, double figure)
{
	char	   *shown = psprintf(format, figure);

	return psprintf("<span data-v=\"%.15g\">%s</span>", figure, shown);
}

/* Does the risk tell who stays away, and how far is it off? */
static void
predictions_write_lead(TcsReport *report, const TcsReportPredictions *told)
{
	const double *figure = told->figure;

	appendStringInfoString(report->page, "<p class=\"lead\">");
	tcs_report_say(report, TCS_WORD_PREDICTIONS_LEAD, told->from, told->until);
	if (!isnan(figure[TCS_TOLD_AUC]) && !isnan(figure[TCS_TOLD_AUC_LOW]))
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, figure[TCS_TOLD_AUC_LOW] > 0.5 ? TCS_WORD_PREDICTIONS_ORDER : TCS_WORD_PREDICTIONS_NO_ORDER,
					   predictions_figure("%.0f", 100 * figure[TCS_TOLD_AUC]));
	}
	if (!isnan(figure[TCS_TOLD_BRIER]) && !isnan(figure[TCS_TOLD_BRIER_CONSTANT]))
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, TCS_WORD_PREDICTIONS_BRIER, predictions_figure("%.3f", figure[TCS_TOLD_BRIER]),
					   predictions_figure("%.3f", figure[TCS_TOLD_BRIER_CONSTANT]));
	}
	appendStringInfoString(report->page, "</p>\n");
}

static void
predictions_write_row(TcsReport *report, TcsReportWord what, double expected, double came)
{
	StringInfo	page = report->page;
	double		more = expected > 0 ? came / expected - 1 : get_float8_nan();

	if (isnan(expected) || isnan(came))
		return;
	appendStringInfoString(page, "<tr><th scope=\"row\">");
	if (what == TCS_WORD_PURCHASE_VALUE && report->currency != NULL)
		tcs_report_say(report, TCS_WORD_WITH_UNIT, tcs_report_word_part(report, what),
					   tcs_report_data_part(report, report->currency, TCS_REPORT_CURRENCY));
	else
		tcs_report_word(report, what);
	appendStringInfoString(page, "</th>");
	tcs_report_amount_cell(report, TCS_WORD_EXPECTED, expected, false);
	tcs_report_amount_cell(report, TCS_WORD_CAME, came, false);
	tcs_report_cell(report, TCS_WORD_DIFFERENCE, "n soft", more);
	if (isnan(more))
		appendStringInfoString(page, "&#8211;");
	else
		appendStringInfo(page, "%s%.1f%%", more >= 0.0005 ? "+" : more <= -0.0005 ? "&#8722;" : "", fabs(100 * more));
	appendStringInfoString(page, "</td></tr>\n");
}

void
tcs_report_predictions_totals(TcsReport *report, const TcsReportPredictions *told)
{
	const double *figure = told->figure;
	StringInfo	page = report->page;
	double		away = 0;

	for (int i = 0; i < told->count; i++)
		away += told->bins[i].customers * told->bins[i].said;
	appendStringInfoString(page, "<table class=\"stack predictions\">\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_PREDICTED);
	tcs_report_number_head(report, TCS_WORD_EXPECTED);
	tcs_report_number_head(report, TCS_WORD_CAME);
	tcs_report_number_head(report, TCS_WORD_DIFFERENCE);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	if (told->count > 0)
		predictions_write_row(report, TCS_WORD_STAYED_AWAY, away,
							  figure[TCS_TOLD_CUSTOMERS] - figure[TCS_TOLD_RETURNED]);
	predictions_write_row(report, TCS_WORD_PURCHASES, figure[TCS_TOLD_PURCHASES_EXPECTED], figure[TCS_TOLD_PURCHASES]);
	predictions_write_row(report, TCS_WORD_PURCHASE_VALUE, figure[TCS_TOLD_VALUE_EXPECTED], figure[TCS_TOLD_VALUE]);
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

/* Does a risk of 70 % mean that seven of ten stay away? */
static void
predictions_write_bins(TcsReport *report, const TcsReportPredictions *told)
{
	StringInfo	page = report->page;

	if (told->count == 0)
		return;
	appendStringInfoString(page, "<details>");
	tcs_report_line(report, "summary", TCS_WORD_BY_RISK);
	appendStringInfoString(page, "<table>\n<thead><tr>");
	tcs_report_number_head(report, TCS_WORD_RISK_SAID);
	tcs_report_number_head(report, TCS_WORD_RISK_CAME);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < told->count; i++)
	{
		appendStringInfo(page, "<tr><th scope=\"row\" class=\"n\">%.1f%%</th>", 100 * told->bins[i].said);
		tcs_report_percent_cell(report, TCS_WORD_RISK_CAME, told->bins[i].came);
		tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, told->bins[i].customers);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></details>\n");
}

void
tcs_report_predictions(TcsReport *report)
{
	TcsReportPredictions told = {{0}};

	const char *table = report->has_customers ? predictions_find_table(report) : NULL;

	if (table == NULL || !tcs_report_predictions_read(report, table, &told))
		return;
	if (told.bins_learned)
	{
		told.figure[TCS_TOLD_AUC] = told.learned_auc;
		told.figure[TCS_TOLD_BRIER] = told.learned_brier;
	}
	tcs_report_section(report, "predictions", TCS_WORD_PREDICTIONS);
	predictions_write_lead(report, &told);
	tcs_report_predictions_totals(report, &told);
	predictions_write_bins(report, &told);
	tcs_report_section_end(report);
}
