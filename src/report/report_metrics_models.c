/*
 * report_metrics_models.c
 *		Sections of a page about a metrics view: its models in figures and words,
 *		and who is not in them.
 */
#include "report/report_metrics.h"

#include "utils/builtins.h"

/* The parameters of both models, in the order in which they are listed. */
static const struct
{
	const char *name;
	TcsReportWord word;
}			parameter[] = {
	{"r", TCS_WORD_PARAMETER_R},
	{"alpha", TCS_WORD_PARAMETER_ALPHA},
	{"rate", TCS_WORD_PARAMETER_RATE},
	{"k", TCS_WORD_PARAMETER_K},
	{"a", TCS_WORD_PARAMETER_A},
	{"b", TCS_WORD_PARAMETER_B},
	{"s", TCS_WORD_PARAMETER_S},
	{"beta", TCS_WORD_PARAMETER_BETA},
	{"leaving", TCS_WORD_PARAMETER_LEAVING},
	{"p", TCS_WORD_PARAMETER_P},
	{"q", TCS_WORD_PARAMETER_Q},
	{"v", TCS_WORD_PARAMETER_V},
	{"population_mean", TCS_WORD_PARAMETER_MEAN},
	{"return_rate", TCS_WORD_PARAMETER_RETURNED},
};

/* Reasons for which customers are not in a fit. */
static const struct
{
	const char *name;
	TcsReportWord word;
}			reason[] = {
	{"no_history", TCS_WORD_LEFT_OUT_HISTORY},
	{"no_purchase", TCS_WORD_LEFT_OUT_HISTORY},
	{"value_zero", TCS_WORD_LEFT_OUT_ZERO},
	{"value_unknown", TCS_WORD_LEFT_OUT_UNKNOWN},
};

/* Four digits, or all before the point. */
static char *
models_number(TcsReport *report, double value)
{
	int			start = report->page->len;

	tcs_report_figure(report, psprintf(fabs(value) >= 1000 && fabs(value) < 1e15 ? "%.0f" : "%.4g", value));
	return tcs_report_take(report, start);
}

/* A name that may break where there is no room. */
static char *
models_name(const char *name)
{
	StringInfoData words;

	initStringInfo(&words);
	for (; *name != '\0'; name++)
		appendStringInfo(&words, *name == '_' ? "_<wbr />" : "%c", *name);
	return words.data;
}

static void
models_write_parameters(TcsReportMetrics *metrics, const char *model)
{
	TcsReport  *report = metrics->report;
	StringInfo	page = report->page;
	uint64		rows;

	rows = tcs_report_query(report,
							psprintf("SELECT name, value, standard_error FROM tcs.model_summary(%s) WHERE abs(value) < 'Infinity'", model));
	appendStringInfoString(page, "<table class=\"stack parameters\">\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_PARAMETER);
	tcs_report_number_head(report, TCS_WORD_ESTIMATE);
	tcs_report_number_head(report, TCS_WORD_STANDARD_ERROR);
	tcs_report_head(report, TCS_WORD_MEANING);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < lengthof(parameter); i++)
		for (uint64 row = 0; row < rows; row++)
		{
			const char *name = tcs_result_text(row, 1);
			double		value = tcs_result_float(row, 2);
			double		error = tcs_result_float(row, 3);

			if (name == NULL || strcmp(name, parameter[i].name) != 0)
				continue;
			appendStringInfo(page, "<tr><th scope=\"row\">%s</th>", models_name(name));
			tcs_report_cell(report, TCS_WORD_ESTIMATE, "n", value);
			appendStringInfo(page, "%s</td>", models_number(report, value));
			tcs_report_cell(report, TCS_WORD_STANDARD_ERROR, "n soft", error);
			appendStringInfo(page, "%s%s</td>", isfinite(error) ? "&#177;&#160;" : "",
							 isfinite(error) ? models_number(report, error) : "&#8211;");
			tcs_report_cell(report, TCS_WORD_MEANING, "soft meaning", get_float8_nan());
			tcs_report_word(report, parameter[i].word);
			appendStringInfoString(page, "</td></tr>\n");
		}
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

/* What the fit says of itself, in its own words, which are English. */
static void
models_write_notes(TcsReportMetrics *metrics, const char *model)
{
	TcsReport  *report = metrics->report;
	StringInfo	page = report->page;
	uint64		rows;

	rows = tcs_report_query(report,
							psprintf("SELECT note FROM jsonb_array_elements_text(CASE jsonb_typeof(%1$s->'notes')\n"
									 "    WHEN 'array' THEN %1$s->'notes' END) WITH ORDINALITY AS n (note, nth)\n"
									 "WHERE note <> '' ORDER BY nth LIMIT 20", model));
	if (rows == 0)
		return;
	appendStringInfoString(page, "<ul class=\"notes\" lang=\"en\">\n");
	for (uint64 row = 0; row < rows; row++)
	{
		appendStringInfoString(page, "<li>");
		tcs_report_data(report, tcs_result_text(row, 1), TCS_REPORT_LONG);
		appendStringInfoString(page, "</li>\n");
	}
	appendStringInfoString(page, "</ul>\n");
}

/* What auto compared: the least is taken. */
static void
models_write_compared(TcsReportMetrics *metrics, const char *model)
{
	TcsReport  *report = metrics->report;
	StringInfo	page = report->page;
	uint64		rows;

	rows = tcs_report_query(report,
							psprintf("SELECT key, (value#>>'{}')::float8, (value#>>'{}')::float8 - min((value#>>'{}')::float8) OVER ()\n"
									 "FROM jsonb_each(CASE jsonb_typeof(%1$s->'compared') WHEN 'object' THEN %1$s->'compared' END)\n"
									 "WHERE jsonb_typeof(value) = 'number' AND abs((value#>>'{}')::numeric) < 1e15\n"
									 "ORDER BY 2, 1 LIMIT 20", model));
	if (rows == 0)
		return;
	tcs_report_line(report, "h3", TCS_WORD_COMPARED);
	tcs_report_line(report, "p class=\"lead\"", TCS_WORD_COMPARED_LEAD);
	appendStringInfoString(page, "<table class=\"compared\">\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_FAMILY);
	tcs_report_number_head(report, TCS_WORD_BIC);
	tcs_report_number_head(report, TCS_WORD_BIC_MORE);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		appendStringInfo(page, "<tr><th scope=\"row\">%s</th>",
						 tcs_report_data_part(report, tcs_result_text(row, 1), TCS_REPORT_NAME));
		tcs_report_cell(report, TCS_WORD_BIC, "n", tcs_result_float(row, 2));
		tcs_report_figure(report, psprintf("%.1f", tcs_result_float(row, 2)));
		appendStringInfoString(page, "</td>");
		tcs_report_cell(report, TCS_WORD_BIC_MORE, "n soft", tcs_result_float(row, 3));
		tcs_report_figure(report, psprintf("%.1f", tcs_result_float(row, 3)));
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

/* One model: of how many customers it is, its figures, and what is said of it. */
static void
models_write_one(TcsReportMetrics *metrics, TcsReportWord heading, const char *model, const char *newest)
{
	TcsReport  *report = metrics->report;

	tcs_report_line(report, "h3", heading);
	if (model == NULL)
	{
		tcs_report_line(report, "p", TCS_WORD_NO_MODEL);
		if (newest != NULL)
			models_write_notes(metrics, newest);
		return;
	}
	tcs_report_query(report, psprintf("SELECT %1$s->>'model', CASE jsonb_typeof(%1$s->'customers') WHEN 'number' THEN (%1$s->>'customers')::numeric::float8 END", model));
	tcs_report_line_say(report, "p class=\"lead\"", TCS_WORD_MODEL_LEAD,
						tcs_report_data_part(report, tcs_result_text(0, 1), TCS_REPORT_NAME),
						isfinite(tcs_result_float(0, 2)) && fabs(tcs_result_float(0, 2)) < 1e15 ?
						tcs_report_count_part(report, (int64) tcs_result_float(0, 2)) : "&#8211;");
	models_write_parameters(metrics, model);
	models_write_notes(metrics, model);
	models_write_compared(metrics, model);
	if (newest != NULL && strcmp(newest, model) != 0)
	{
		tcs_report_line(report, "p class=\"note\"", TCS_WORD_NEWER_FAILED);
		models_write_notes(metrics, newest);
	}
}

/* What was learned of who returns: how it did on days that were left out. */
static void
models_write_churn(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	StringInfo	page = report->page;
	uint64		rows;

	appendStringInfoString(page, "<div id=\"model-churn\">\n");
	tcs_report_line(report, "h3", TCS_WORD_CHURN_MODEL);
	tcs_report_line(report, "p class=\"lead\"", metrics->is_learned ? TCS_WORD_CHURN_USED : TCS_WORD_CHURN_UNUSED);
	rows = tcs_report_query(report,
							psprintf("SELECT * FROM (\n"
									 "    SELECT nth, substring(s->>'as_of' FROM '^\\d{4}-\\d\\d-\\d\\d$'), substring(s->>'until' FROM '^\\d{4}-\\d\\d-\\d\\d$'),\n"
									 "        %2$s AS brier, %3$s AS base\n"
									 "    FROM jsonb_array_elements(CASE jsonb_typeof(%1$s->'splits') WHEN 'array' THEN %1$s->'splits' END) WITH ORDINALITY AS e (s, nth)) AS split\n"
									 "WHERE brier IS NOT NULL AND base IS NOT NULL ORDER BY nth LIMIT 12", metrics->churn,
									 tcs_report_predictions_number("s", "brier"), tcs_report_predictions_number("s", "brier_base")));
	if (rows > 0)
	{
		appendStringInfoString(page, "<table class=\"compared\">\n<thead><tr>");
		tcs_report_head(report, TCS_WORD_SPLIT);
		tcs_report_number_head(report, TCS_WORD_SPLIT_BASE);
		tcs_report_number_head(report, TCS_WORD_SPLIT_LEARNED);
		appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	}
	for (uint64 row = 0; row < rows; row++)
	{
		const char *as_of = tcs_result_text(row, 2);
		const char *until = tcs_result_text(row, 3);

		appendStringInfo(page, "<tr><th scope=\"row\" class=\"nowrap\">%s &#8211; %s</th>", as_of ? as_of : "", until ? until : "");
		tcs_report_cell(report, TCS_WORD_SPLIT_BASE, "n", tcs_result_float(row, 5));
		appendStringInfo(page, "%.4f</td>", tcs_result_float(row, 5));
		tcs_report_cell(report, TCS_WORD_SPLIT_LEARNED, "n", tcs_result_float(row, 4));
		appendStringInfo(page, "%.4f</td></tr>\n", tcs_result_float(row, 4));
	}
	if (rows > 0)
		appendStringInfoString(page, "</tbody>\n</table>\n");
	models_write_notes(metrics, metrics->churn);
	appendStringInfoString(page, "</div>\n");
}

static void
models_write_left_row(TcsReport *report, TcsReportWord of, TcsReportWord why, double customers)
{
	StringInfo	page = report->page;

	if (!(customers > 0) || customers > 1e15)
		return;
	appendStringInfoString(page, "<tr><th scope=\"row\">");
	tcs_report_word(report, of);
	appendStringInfoString(page, "</th>");
	tcs_report_cell(report, TCS_WORD_WHY, "why", get_float8_nan());
	tcs_report_word(report, why);
	appendStringInfoString(page, "</td>");
	tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, (int64) customers);
	appendStringInfoString(page, "</tr>\n");
}

static void
models_write_left_out_of(TcsReportMetrics *metrics, TcsReportWord of, const char *model)
{
	TcsReport  *report = metrics->report;

	if (model == NULL)
		return;
	for (int i = 0; i < lengthof(reason); i++)
	{
		tcs_report_query(report, psprintf("SELECT CASE jsonb_typeof(%1$s->'left_out'->'%2$s') WHEN 'number' THEN (%1$s->'left_out'->>'%2$s')::numeric::float8 END",
										  model, reason[i].name));
		models_write_left_row(report, of, reason[i].word, tcs_result_float(0, 1));
	}
}

static void
models_write_left_out(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	StringInfo	page = report->page;
	int			start;
	int			rows;

	tcs_report_section(report, "left-out", TCS_WORD_LEFT_OUT);
	start = page->len;
	appendStringInfoString(page, "<table class=\"stack left\">\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_OUT_OF);
	tcs_report_head(report, TCS_WORD_WHY);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	rows = page->len;
	models_write_left_out_of(metrics, TCS_WORD_PURCHASE_MODEL, metrics->btyd);
	models_write_left_out_of(metrics, TCS_WORD_SPEND_MODEL, metrics->spend);
	if (metrics->is_read)
	{
		TcsReportWord pictures = metrics->is_held ? TCS_WORD_THE_HOLD_OUT : TCS_WORD_THE_PICTURES;

		models_write_left_row(report, pictures, TCS_WORD_LEFT_OUT_LATER, metrics->newcomers);
		models_write_left_row(report, pictures, TCS_WORD_LEFT_OUT_NEVER, metrics->never);
	}
	if (page->len > rows)
		appendStringInfoString(page, "</tbody>\n</table>\n");
	else
	{
		(void) tcs_report_take(report, start);
		tcs_report_line(report, "p", TCS_WORD_NOBODY_LEFT_OUT);
	}
	tcs_report_section_end(report);
}

void
tcs_report_metrics_models(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;

	tcs_report_section(report, "models", TCS_WORD_MODELS);
	tcs_report_line(report, "p class=\"lead\"", TCS_WORD_MODELS_LEAD);
	appendStringInfoString(report->page, "<div class=\"pics models\">\n<div id=\"model-purchases\">\n");
	models_write_one(metrics, TCS_WORD_PURCHASE_MODEL, metrics->btyd, metrics->newest_btyd);
	appendStringInfoString(report->page, "</div>\n<div>\n<div id=\"model-spend\">\n");
	models_write_one(metrics, TCS_WORD_SPEND_MODEL, metrics->spend, metrics->newest_spend);
	appendStringInfoString(report->page, "</div>\n");
	if (metrics->churn != NULL)
		models_write_churn(metrics);
	appendStringInfoString(report->page, "</div>\n</div>\n");
	tcs_report_section_end(report);
	models_write_left_out(metrics);
}
