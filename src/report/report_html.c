/*
 * report_html.c
 *		report_html: one page about a segmentation.
 */
#include "report/report_metrics.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_report_html);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_TITLE,
	ARG_CURRENCY,
	ARG_LANGUAGE,
	ARG_PERIOD,
	ARG_CUSTOMERS,
	ARG_LABEL,
	ARG_ATTRIBUTES,
	ARG_K
};

/* The longest period that is of use, in days, below what would leave the calendar. */
#define LONGEST_PERIOD	36525

static void
page_check_nulls(FunctionCallInfo fcinfo)
{
	static const struct
	{
		int			place;
		const char *name;
	}			required[] = {
		{ARG_LANGUAGE, "language"},
		{ARG_PERIOD, "period"},
		{ARG_CUSTOMERS, "customers"},
		{ARG_K, "k"},
	};

	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(required[i].place))
			tcs_refuse_null(psprintf("argument \"%s\"", required[i].name), "Leave it out to have its default.");
}

static TcsReportLanguage
page_language_argument(FunctionCallInfo fcinfo)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_LANGUAGE));
	int			language = tcs_report_language(name);

	if (language < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language: \"%s\"", name),
				 errhint("Give %s.", tcs_report_language_names())));
	return language;
}

static Interval *
page_period_argument(FunctionCallInfo fcinfo)
{
	Interval   *period = PG_GETARG_INTERVAL_P(ARG_PERIOD);
	double		days = period->month * TCS_MONTH + period->day + (double) period->time / USECS_PER_DAY;

	if (!(days > 0) || days > LONGEST_PERIOD || period->month < 0 || period->day < 0 || period->time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"period\" must be more than nothing and at most 100 years"),
				 errhint("Give how far the page looks back, such as '30 days' or '3 months'.")));
	return period;
}

static int
page_count_argument(FunctionCallInfo fcinfo, int place, const char *name, int most, const char *hint)
{
	int			count = PG_GETARG_INT32(place);

	if (count < 0 || count > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be from 0 to %d, and is %d", name, most, count),
				 errhint("%s", hint)));
	return count;
}

/* NULL where there is nothing to show. */
static char *
page_text_argument(FunctionCallInfo fcinfo, int place)
{
	char	   *words;

	if (PG_ARGISNULL(place))
		return NULL;
	words = text_to_cstring(PG_GETARG_TEXT_PP(place));
	return *words == '\0' ? NULL : words;
}

static List *
page_attributes_argument(FunctionCallInfo fcinfo)
{
	ArrayType  *array;
	List	   *attributes = NIL;
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(ARG_ATTRIBUTES))
		return NIL;
	array = PG_GETARG_ARRAYTYPE_P(ARG_ATTRIBUTES);
	tcs_array_elements(PointerGetDatum(array), NAMEOID, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"attributes\" must not hold a null"),
					 errhint("Name columns of the table or view that the segments are computed from.")));
		attributes = lappend(attributes, NameStr(*DatumGetName(names[i])));
	}
	return attributes;
}

static void
page_read_arguments(FunctionCallInfo fcinfo, TcsReport *report)
{
	page_check_nulls(fcinfo);
	report->language = page_language_argument(fcinfo);
	report->period = page_period_argument(fcinfo);
	report->title = page_text_argument(fcinfo, ARG_TITLE);
	report->currency = page_text_argument(fcinfo, ARG_CURRENCY);
	report->customers_wanted = page_count_argument(fcinfo, ARG_CUSTOMERS, "customers", TCS_REPORT_CUSTOMERS,
												   "Give how many customers of each segment the page names, or 0 to name none.");
	report->k = page_count_argument(fcinfo, ARG_K, "k", PG_INT32_MAX,
									"Give the least number of customers of which something is told.");
	if (!PG_ARGISNULL(ARG_LABEL))
		report->label = pstrdup(NameStr(*PG_GETARG_NAME(ARG_LABEL)));
	report->attributes = page_attributes_argument(fcinfo);
}

/* What the page is about, as of when, and over what period: once for all of it. */
static void
page_write_about(TcsReport *report)
{
	StringInfo	page = report->page;
	char	   *name = psprintf("<b>%s</b>", tcs_report_data_part(report, report->name, TCS_REPORT_NAME));

	if (!report->is_loaded)
	{
		tcs_report_line_say(report, "p class=\"about\"", TCS_WORD_NOT_LOADED, name);
		return;
	}
	tcs_report_line_say(report, "p class=\"about\"", TCS_WORD_ABOUT, name,
						psprintf("<b>%s</b>", report->as_of_text),
						tcs_report_data_part(report, report->time_zone, TCS_REPORT_NAME));
	appendStringInfoString(page, "<p class=\"about\" id=\"period\">");
	if (report->is_young)
		tcs_report_say(report, TCS_WORD_ABOUT_YOUNG, report->from_day, report->to_day);
	else
		tcs_report_say(report, TCS_WORD_ABOUT_PERIOD, report->period_name, report->from_day, report->to_day);
	if (report->has_prior)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, TCS_WORD_ABOUT_PRIOR, report->prior_day);
	}
	appendStringInfoString(page, "</p>\n");
}

static void
page_write_customers_tile(TcsReport *report)
{
	const TcsReportTotals *totals = &report->totals;
	int			in_use = 0;
	int			start;

	for (int i = 0; i < report->count; i++)
		if (report->segments[i].customers > 0 && report->segments[i].name)
			in_use++;
	tcs_report_tile(report, "customers", TCS_WORD_CUSTOMERS, report->customers);
	tcs_report_count(report, report->customers);
	tcs_report_tile_figure_end(report);
	if (report->is_loaded && totals->before > 0)
	{
		start = report->page->len;
		tcs_report_change(report, totals->before, totals->after);
		tcs_report_tile_line(report, TCS_WORD_CHANGE_IN, tcs_report_take(report, start), report->span);
	}
	tcs_report_tile_line(report, in_use == 1 ? TCS_WORD_IN_SEGMENT : TCS_WORD_IN_SEGMENTS, psprintf("%d", in_use));
	tcs_report_tile_end(report);
}

static void
page_write_moves_tiles(TcsReport *report)
{
	const TcsReportTotals *totals = &report->totals;
	const TcsReportTotals *prior = &report->prior;

	tcs_report_tile(report, "moved", TCS_WORD_MOVED, totals->moved);
	tcs_report_count(report, totals->moved);
	tcs_report_tile_figure_end(report);
	if (totals->moved > 0)
	{
		tcs_report_tile_line(report, TCS_WORD_MOVED_SHARE,
							 tcs_report_percent_part(report, (double) totals->moved / totals->before));
		if (report->has_revenue)
			tcs_report_tile_line(report, TCS_WORD_MOVED_WORTH, tcs_report_money_part(report, totals->worth));
	}
	if (report->has_prior)
		tcs_report_tile_line(report, TCS_WORD_BEFORE_IT, tcs_report_count_part(report, prior->moved));
	tcs_report_tile_end(report);

	tcs_report_tile(report, "entered", TCS_WORD_NEWCOMERS, totals->entered);
	tcs_report_count(report, totals->entered);
	tcs_report_tile_figure_end(report);
	tcs_report_tile_line(report, TCS_WORD_AND_LEFT, tcs_report_count_part(report, totals->left));
	if (report->has_prior)
		tcs_report_tile_line(report, TCS_WORD_BEFORE_IT, tcs_report_count_part(report, prior->entered));
	tcs_report_tile_end(report);

	if (isnan(totals->psi))
		return;
	tcs_report_tile(report, "stability", TCS_WORD_STABILITY, totals->psi);
	tcs_report_word(report, totals->psi < 0.1 ? TCS_WORD_STABLE :
					totals->psi <= 0.25 ? TCS_WORD_SHIFTING : TCS_WORD_ANOTHER);
	tcs_report_tile_figure_end(report);
	tcs_report_tile_line(report, TCS_WORD_PSI_IS, psprintf("%.3f", totals->psi));
	tcs_report_tile_end(report);
}

static void
page_write_tiles(TcsReport *report)
{
	appendStringInfoString(report->page, "<dl class=\"tiles\">\n");
	page_write_customers_tile(report);
	if (report->has_revenue)
	{
		tcs_report_tile(report, "revenue", TCS_WORD_REVENUE, report->revenue);
		tcs_report_money(report, report->revenue, fabs(report->revenue) < 10000);
		tcs_report_tile_figure_end(report);
		if (report->customers > 0)
			tcs_report_tile_line(report, TCS_WORD_PER_CUSTOMER_IS,
								 tcs_report_money_part(report, report->revenue / report->customers));
		tcs_report_tile_end(report);
	}
	if (report->is_loaded)
		page_write_moves_tiles(report);
	appendStringInfoString(report->page, "</dl>\n");
}

static void
page_write_sections(TcsReport *report)
{
	tcs_report_segments(report);
	if (report->is_loaded)
	{
		tcs_progress("report, what changed", 0, 0);
		tcs_report_pair(report, "lists", tcs_report_moves, tcs_report_causes);
	}
	tcs_progress("report, who they are", 0, 0);
	tcs_report_first(report);
	tcs_report_personas(report);
	if (report->is_loaded)
	{
		tcs_progress("report, over time", 0, 0);
		tcs_report_sizes(report);
		tcs_report_migration(report);
	}
	if (report->customers > 0)
		tcs_report_pair(report, "plots", report->has_scores ? tcs_report_scores : NULL,
						report->has_revenue ? tcs_report_lorenz : NULL);
	tcs_report_predictions(report);
	if (report->is_loaded)
		tcs_report_drift(report);
	tcs_report_rules(report);
}

static void
page_write_foot(TcsReport *report)
{
	appendStringInfoString(report->page, "<footer>");
	tcs_report_line_say(report, "p", TCS_WORD_FOOT,
						tcs_report_data_part(report, report->name, TCS_REPORT_NAME),
						report->source ? tcs_report_data_part(report, report->source, TCS_REPORT_NAME) :
						tcs_report_word_part(report, TCS_WORD_SOURCE_GONE),
						tcs_report_data_part(report, report->rule_set, TCS_REPORT_NAME),
						TCS_VERSION,
						tcs_report_data_part(report, report->time_zone, TCS_REPORT_NAME));
	appendStringInfoString(report->page, "</footer>\n</main>\n</body>\n</html>\n");
}

/* What is about segments, which a page about a metrics view has none of. */
static void
page_refuse_segments(const TcsReport *report)
{
	const char *given = report->customers_wanted > 0 ? "customers" : report->label != NULL ? "label" :
	report->attributes != NIL ? "attributes" : NULL;

	if (given != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" is about segments, which a page about a view has none of", given),
				 errhint("Leave it out, or make the page of a segmentation by tcs.create_segmentation.")));
}

static void
page_write_segmentation(TcsReport *report, Oid into)
{
	tcs_report_read(report, into);

	tcs_progress("report, sections", 0, 0);
	tcs_report_page_head(report, TCS_WORD_TITLE);
	page_write_about(report);
	appendStringInfoString(report->page, "</header>\n");
	page_write_tiles(report);
	page_write_sections(report);
	page_write_foot(report);
}

/* arguments: into, title, currency, language, period, customers, label, attributes, k */
Datum
tcs_report_html(PG_FUNCTION_ARGS)
{
	TcsReport	report = {0};

	if (PG_ARGISNULL(ARG_INTO))
		PG_RETURN_NULL();
	report.page = makeStringInfo();
	SPI_connect();
	page_read_arguments(fcinfo, &report);
	if (get_rel_relkind(PG_GETARG_OID(ARG_INTO)) == RELKIND_VIEW)
	{
		page_refuse_segments(&report);
		tcs_report_metrics(&report, PG_GETARG_OID(ARG_INTO));
	}
	else
		page_write_segmentation(&report, PG_GETARG_OID(ARG_INTO));
	if (report.store != NULL)
		tuplestore_end(report.store);
	SPI_finish();
	tcs_progress_end();

	PG_RETURN_TEXT_P(cstring_to_text_with_len(report.page->data, report.page->len));
}
