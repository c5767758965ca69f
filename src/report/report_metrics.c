/*
 * report_metrics.c
 *		A page about a metrics view: what to think of it, and why.
 */
#include "report/report_metrics.h"

#include "utils/builtins.h"

#include "server/progress.h"

/* what is worth a word: points of a probability, a share of a total */
#define MUCH_OFF_POINTS		0.05
#define MUCH_OFF_TOTAL		0.2
#define LITTLE_OFF_TOTAL	0.1

static const double *
verdict_figures(const TcsReportMetrics *metrics)
{
	return metrics->told.figure;
}

/* Does the past tell who comes back?  In a few words. */
static TcsReportWord
verdict_word(const TcsReportMetrics *metrics)
{
	const double *figure = verdict_figures(metrics);

	if (isnan(figure[TCS_TOLD_AUC]) || isnan(figure[TCS_TOLD_AUC_LOW]))
		return figure[TCS_TOLD_RETURNED] > 0 ? TCS_WORD_VERDICT_ALL : TCS_WORD_VERDICT_NONE;
	if (figure[TCS_TOLD_AUC_HIGH] < 0.5)
		return TCS_WORD_VERDICT_WRONG;
	if (figure[TCS_TOLD_AUC_LOW] <= 0.5)
		return TCS_WORD_VERDICT_NOT;
	if (figure[TCS_TOLD_BRIER] >= figure[TCS_TOLD_BRIER_CONSTANT])
		return TCS_WORD_VERDICT_ORDER;
	return TCS_WORD_VERDICT_TELLS;
}

static char *
verdict_number(const char *format, double value)
{
	return isnan(value) ? pstrdup("&#8211;") :
		psprintf("<span data-v=\"%.15g\">%s</span>", value, psprintf(format, value));
}

/* The one sentence. */
static void
verdict_write_sentence(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	const double *figure = verdict_figures(metrics);

	appendStringInfoString(report->page, "<p class=\"verdict\" id=\"sentence\"><b>");
	tcs_report_word(report, verdict_word(metrics));
	appendStringInfoString(report->page, "</b>");
	tcs_report_word(report, TCS_WORD_SPACE);
	tcs_report_say(report, TCS_WORD_VERDICT_FIGURES,
				   verdict_number("%.2f", figure[TCS_TOLD_AUC]),
				   verdict_number("%.3f", figure[TCS_TOLD_BRIER]),
				   verdict_number("%.3f", figure[TCS_TOLD_BRIER_CONSTANT]),
				   tcs_report_count_part(report, (int64) rint(figure[TCS_TOLD_PURCHASES_EXPECTED])),
				   tcs_report_count_part(report, (int64) rint(figure[TCS_TOLD_PURCHASES])));
	if (metrics->is_learned)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		if (isnan(metrics->learned_auc) || isnan(metrics->learned_brier))
			tcs_report_word(report, TCS_WORD_LEARNED);
		else
			tcs_report_say(report, TCS_WORD_LEARNED_HELD, verdict_number("%.2f", metrics->learned_auc),
						   verdict_number("%.3f", metrics->learned_brier));
	}
	appendStringInfoString(report->page, "</p>\n");
}

static void
verdict_advise(TcsReport *report, TcsReportWord word, const char *figure)
{
	tcs_report_line_say(report, "li", word, figure);
}

static double
verdict_more(double expected, double came)
{
	return expected > 0 && isfinite(came) ? came / expected - 1 : get_float8_nan();
}

/* How a total was off, where that is much. */
static void
verdict_advise_total(TcsReport *report, double more, TcsReportWord above, TcsReportWord below)
{
	if (fabs(more) > MUCH_OFF_TOTAL)
		verdict_advise(report, more > 0 ? above : below, tcs_report_percent_part(report, fabs(more)));
}

/* What to do about it. */
static void
verdict_write_advice(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	const double *figure = verdict_figures(metrics);
	TcsReportWord word = verdict_word(metrics);
	double		off = figure[TCS_TOLD_CALIBRATION_ERROR];
	double		purchases = verdict_more(figure[TCS_TOLD_PURCHASES_EXPECTED], figure[TCS_TOLD_PURCHASES]);
	double		value = verdict_more(figure[TCS_TOLD_VALUE_EXPECTED], figure[TCS_TOLD_VALUE]);

	appendStringInfoString(report->page, "<ul class=\"advice\">\n");
	if (word == TCS_WORD_VERDICT_TELLS || word == TCS_WORD_VERDICT_ORDER)
	{
		double		auc = metrics->is_learned && !isnan(metrics->learned_auc) ? metrics->learned_auc : figure[TCS_TOLD_AUC];

		verdict_advise(report, TCS_WORD_DO_ORDER, verdict_number("%.0f", 100 * auc));

		/*
		 * how far off the risk of the view is, not that of the model of
		 * purchases
		 */
		if (metrics->is_learned != metrics->told.bins_learned)
			off = get_float8_nan();
		if ((!metrics->is_learned || !isnan(off)) && (word == TCS_WORD_VERDICT_ORDER || off > MUCH_OFF_POINTS))
			verdict_advise(report, TCS_WORD_DO_NOT_BELIEVE, verdict_number("%.1f", 100 * off));
		else if (!isnan(off))
			verdict_advise(report, TCS_WORD_DO_BELIEVE, verdict_number("%.1f", 100 * off));
	}
	else
		verdict_advise(report, TCS_WORD_DO_NOT_CHOOSE, "");
	if (fabs(purchases) <= MUCH_OFF_TOTAL)
		verdict_advise(report, fabs(purchases) <= LITTLE_OFF_TOTAL ? TCS_WORD_DO_PLAN : TCS_WORD_DO_MARGIN,
					   tcs_report_percent_part(report, fabs(purchases)));
	verdict_advise_total(report, purchases, TCS_WORD_DO_MORE_PURCHASES, TCS_WORD_DO_FEWER_PURCHASES);
	verdict_advise_total(report, value, TCS_WORD_DO_MORE_VALUE, TCS_WORD_DO_LESS_VALUE);
	appendStringInfoString(report->page, "</ul>\n");
}

static void
metrics_write_verdict(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;

	tcs_report_section(report, "verdict", TCS_WORD_VERDICT);
	if (!metrics->is_held)
	{
		appendStringInfoString(report->page, "<p class=\"verdict\" id=\"sentence\"><b>");
		tcs_report_word(report, metrics->btyd ? TCS_WORD_VERDICT_UNKNOWN : TCS_WORD_VERDICT_NO_MODEL);
		appendStringInfoString(report->page, "</b></p>\n<ul class=\"advice\">\n");
		verdict_advise(report, metrics->btyd ? TCS_WORD_DO_WAIT : TCS_WORD_DO_COLLECT, "");
		appendStringInfoString(report->page, "</ul>\n");
	}
	else
	{
		verdict_write_sentence(metrics);
		verdict_write_advice(metrics);
		tcs_report_predictions_totals(report, &metrics->told);
		tcs_report_line_say(report, "p class=\"note\"", TCS_WORD_PREDICTIONS_LEAD, metrics->told.from, metrics->told.until);
	}
	tcs_report_section_end(report);
}

/* What the page is about. */
static void
metrics_write_about(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	char	   *name = psprintf("<b>%s</b>", tcs_report_data_part(report, metrics->fit.view_quoted, TCS_REPORT_NAME));

	if (metrics->as_of == NULL)
		tcs_report_line_say(report, "p class=\"about\"", TCS_WORD_METRICS_NO_FIT, name);
	else
		tcs_report_line_say(report, "p class=\"about\"", TCS_WORD_METRICS_ABOUT, name,
							psprintf("<b>%s</b>", metrics->as_of));
}

static void
metrics_write_foot(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;

	appendStringInfoString(report->page, "<footer>");
	tcs_report_line_say(report, "p", TCS_WORD_METRICS_FOOT,
						tcs_report_data_part(report, metrics->fit.view_quoted, TCS_REPORT_NAME),
						TCS_VERSION);
	if (metrics->is_read)
		tcs_report_line_say(report, "p", TCS_WORD_METRICS_READ, metrics->until_day);
	appendStringInfoString(report->page, "</footer>\n</main>\n</body>\n</html>\n");
}

void
tcs_report_metrics(TcsReport *report, Oid view)
{
	TcsReportMetrics metrics = {report};

	report->into = view;
	report->rule_set = "";
	report->time_zone = "UTC";
	tcs_report_metrics_read(&metrics, view);
	report->name = (char *) metrics.fit.view_quoted;

	tcs_progress("report, sections", 0, 0);
	tcs_report_page_head(report, TCS_WORD_METRICS_TITLE);
	metrics_write_about(&metrics);
	appendStringInfoString(report->page, "</header>\n");
	metrics_write_verdict(&metrics);
	tcs_report_metrics_tracking(&metrics);
	tcs_report_metrics_purchases(&metrics);
	tcs_report_metrics_risks(&metrics);
	tcs_report_metrics_models(&metrics);
	metrics_write_foot(&metrics);
}
