/*
 * ab_report_html.c
 *		ab_report_html: a page about experiments.
 *
 * A row an effect: a picture of its interval, all to one scale, and the words
 * of ab_report.  What is drawn is the change against the control, in percent of
 * it, so that shares and amounts stand beside each other.
 */
#include "report/ab_report.h"

#include "report/report.h"
#include "server/server.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_ab_report_html);

/* More effects are no page. */
#define MOST_EFFECTS	1000

/* How wide and high the picture of an interval is, and what lies around it. */
#define PICTURE_WIDTH	240
#define PICTURE_HEIGHT	28
#define PICTURE_EDGE	8

/* A change beyond this, times the control, is not drawn. */
#define GREATEST_CHANGE 2.0

/* the arguments, by position */
enum
{
	ARG_EFFECTS,
	ARG_NAMES,
	ARG_TITLE,
	ARG_LANGUAGE,
	ARG_LEAST
};

typedef struct EffectsPage
{
	TcsReport	report;
	TcsTellWith with;
	TcsEffectRow *rows;
	Datum	   *names;
	int			count;
	double		scale;			/* the greatest change that is drawn */
} EffectsPage;

static double
picture_place(const EffectsPage *effects, double ratio)
{
	double		change = fmin(fmax(ratio - 1.0, -effects->scale), effects->scale);

	return 0.5 * PICTURE_WIDTH + change / effects->scale * (0.5 * PICTURE_WIDTH - PICTURE_EDGE);
}

static bool
picture_is_there(const TcsEffectRow *row)
{
	return !isnan(row->ratio) && !isnan(row->ratio_limits.low) && !isnan(row->ratio_limits.high);
}

/* The scale goes as far as one interval does, to a number of one digit. */
static void
picture_scale(EffectsPage *effects)
{
	double		most = 0.0;
	double		unit;

	for (int i = 0; i < effects->count; i++)
		if (picture_is_there(&effects->rows[i]))
			most = fmax(most, fmax(fabs(effects->rows[i].ratio_limits.low - 1.0), fabs(effects->rows[i].ratio_limits.high - 1.0)));
	most = fmin(fmax(most, 0.01), GREATEST_CHANGE);
	unit = pow(10.0, floor(log10(most)));
	effects->scale = ceil(most / unit - 1e-9) * unit;
}

static void
picture_write(EffectsPage *effects, const TcsEffectRow *row)
{
	StringInfo	page = effects->report.page;
	double		middle = 0.5 * PICTURE_HEIGHT;

	if (!picture_is_there(row))
		return;
	appendStringInfo(page,
					 "<svg class=\"plot\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">"
					 "<line class=\"even\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" />"
					 "<line class=\"line\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />"
					 "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\" /></svg>",
					 PICTURE_WIDTH, PICTURE_HEIGHT, 0.5 * PICTURE_WIDTH, 0.5 * PICTURE_WIDTH, PICTURE_HEIGHT,
					 picture_place(effects, row->ratio_limits.low), picture_place(effects, row->ratio_limits.high), middle, middle,
					 picture_place(effects, row->ratio), middle);
}

/* The head of the pictures says how far they go. */
static void
effects_write_head(EffectsPage *effects)
{
	TcsReport  *report = &effects->report;
	char	   *most = psprintf("%g", 100.0 * effects->scale);

	appendStringInfoString(report->page, "<table class=\"stack\">\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_EFFECTS_NAME);
	appendStringInfoString(report->page, "<th scope=\"col\">");
	tcs_report_say(report, TCS_WORD_EFFECTS_CHANGE, most);
	appendStringInfoString(report->page, "</th>");
	tcs_report_head(report, TCS_WORD_EFFECTS_FINDING);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
}

static void
effects_write_row(EffectsPage *effects, int i)
{
	TcsReport  *report = &effects->report;
	const TcsEffectRow *row = &effects->rows[i];
	const char *verdict;
	char	   *words = tcs_ab_tell(row, &effects->with, report->language, &verdict);

	appendStringInfo(report->page, "<tr data-v=\"%s\"><th scope=\"row\">", verdict);
	tcs_report_data(report, TextDatumGetCString(effects->names[i]), TCS_REPORT_NAME);
	appendStringInfoString(report->page, "</th>");
	tcs_report_cell(report, TCS_WORD_EFFECTS_PICTURE, "picture", row->ratio - 1.0);
	picture_write(effects, row);
	appendStringInfoString(report->page, "</td>");
	tcs_report_cell(report, TCS_WORD_EFFECTS_FINDING, "finding", row->difference);
	tcs_report_own_words(report, words);
	appendStringInfoString(report->page, "</td></tr>\n");
}

static void
effects_write(EffectsPage *effects)
{
	TcsReport  *report = &effects->report;
	double		confidence = NAN;

	picture_scale(effects);
	tcs_report_page_head(report, TCS_WORD_EFFECTS_TITLE);
	for (int i = 0; i < effects->count && isnan(confidence); i++)
		confidence = effects->rows[i].confidence;
	if (!isnan(confidence))
		tcs_report_line_say(report, "p class=\"about\"", TCS_WORD_EFFECTS_ABOUT, psprintf("%g", 100.0 * confidence));
	appendStringInfoString(report->page, "</header>\n");
	tcs_report_section(report, "effects", TCS_WORD_EFFECTS_TITLE);
	effects_write_head(effects);
	for (int i = 0; i < effects->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		effects_write_row(effects, i);
	}
	appendStringInfoString(report->page, "</tbody>\n</table>\n");
	tcs_report_section_end(report);
	appendStringInfoString(report->page, "<footer>");
	tcs_report_line_say(report, "p", TCS_WORD_EFFECTS_FOOT, TCS_VERSION);
	appendStringInfoString(report->page, "</footer>\n</main>\n</body>\n</html>\n");
}

static void
effects_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", complaint),
			 errhint("Give array_agg(effect ORDER BY n) and array_agg(name ORDER BY n) of one query, at most %d.", MOST_EFFECTS)));
}

static void
effects_read(FunctionCallInfo fcinfo, EffectsPage *effects)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(ARG_EFFECTS);
	Datum	   *elements;
	bool	   *nulls;
	int			names;

	tcs_array_elements(PointerGetDatum(array), ARR_ELEMTYPE(array), &elements, &nulls, &effects->count);
	if (effects->count > MOST_EFFECTS)
		effects_refuse("there are too many effects for a page");
	effects->rows = palloc0((effects->count + 1) * sizeof(TcsEffectRow));
	for (int i = 0; i < effects->count; i++)
	{
		if (nulls[i])
			effects_refuse("effects must not contain null");
		tcs_effect_row_read(&effects->rows[i], elements[i]);
	}
	tcs_array_elements(PG_GETARG_DATUM(ARG_NAMES), TEXTOID, &effects->names, &nulls, &names);
	if (names != effects->count)
		effects_refuse(psprintf("there must be as many names as effects, not %d for %d", names, effects->count));
	for (int i = 0; i < names; i++)
		if (nulls[i])
			effects_refuse("names must not contain null");
}

/* arguments: effects, names, title, language, margin, ratio, more_is_better */
Datum
tcs_ab_report_html(PG_FUNCTION_ARGS)
{
	EffectsPage effects = {.count = 0};

	if (PG_ARGISNULL(ARG_EFFECTS))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(ARG_NAMES))
		tcs_refuse_null("names", NULL);
	effects.report.page = makeStringInfo();
	effects.report.language = tcs_ab_tell_language(fcinfo, ARG_LANGUAGE);
	effects.with = tcs_ab_tell_arguments(fcinfo, ARG_LEAST);
	if (!PG_ARGISNULL(ARG_TITLE))
		effects.report.title = text_to_cstring(PG_GETARG_TEXT_PP(ARG_TITLE));
	effects_read(fcinfo, &effects);
	effects_write(&effects);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(effects.report.page->data, effects.report.page->len));
}
