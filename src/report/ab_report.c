/*
 * ab_report.c
 *		An effect in words, and what to do: ab_report.
 */
#include "report/ab_report.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "math/sample_ratio.h"

PG_FUNCTION_INFO_V1(tcs_ab_report);

/* A split that chance would make once in so many times is none of chance. */
#define SUSPICIOUS		0.001

/* Customers in both arms, beyond which something is wrong: a share of all. */
#define TOO_MANY_IN_BOTH	0.01

/* What matters, of the control, where nobody has said what does. */
#define USUAL_MARGIN	0.5

/* The most places in a template. */
#define PLACES	5

/* What an effect is told with. */
typedef struct Telling
{
	TcsEffectRow row;
	double		margin;			/* the least difference that matters; NaN: any */
	double		ratio;			/* treatment customers for each of control;
								 * NaN: unknown */
	bool		more_is_better;
	TcsReportLanguage language;
	int			digits;
} Telling;

/* What to do, and why. */
typedef struct EffectTold
{
	const char *verdict;
	TcsReportWord advice;
	char	   *finding;
} EffectTold;

/* A template with its places filled. */
static char *
tell_words(const Telling *telling, TcsReportWord word, const char *one, const char *two,
		   const char *three, const char *four, const char *five)
{
	const char *parts[PLACES] = {one, two, three, four, five};
	const char *template = tcs_report_words(telling->language, word);
	StringInfoData text;

	initStringInfo(&text);
	while (*template != '\0')
	{
		if (template[0] == '{' && template[2] == '}')
		{
			appendStringInfoString(&text, parts[template[1] - '1']);
			template += 3;
		}
		else
			appendStringInfoChar(&text, *template++);
	}
	return text.data;
}

/* So many digits that the width of the interval shows. */
static int
tell_digits(const TcsEffectRow *row)
{
	bool		is_share = row->compared == TCS_SHARES_COMPARED;
	double		width = 0.5 * (row->difference_limits.high - row->difference_limits.low) * (is_share ? 100.0 : 1.0);
	double		digits;

	if (!(width > 0.0))
		width = fmax(fabs(row->difference), 1e-6);
	digits = (is_share ? 0.0 : 1.0) - floor(log10(width));
	return (int) fmin(fmax(digits, is_share ? 1.0 : 0.0), 9.0);
}

static char *
tell_number(const Telling *telling, double value)
{
	bool		is_share = telling->row.compared == TCS_SHARES_COMPARED;
	char	   *number = psprintf("%.*f", telling->digits, is_share ? 100.0 * value : value);

	/* what is rounded to 0 has no sign */
	if (*number == '-' && strspn(number, "-0.") == strlen(number))
		number++;
	return number;
}

static char *
tell_level(const Telling *telling, int arm)
{
	char	   *number = tell_number(telling, telling->row.level[arm]);

	if (telling->row.compared != TCS_SHARES_COMPARED)
		return number;
	return tell_words(telling, TCS_WORD_EFFECT_SHARE, number, NULL, NULL, NULL, NULL);
}

static char *
tell_difference(const Telling *telling, double difference)
{
	char	   *number = tell_number(telling, difference);

	if (telling->row.compared != TCS_SHARES_COMPARED)
		return number;
	return tell_words(telling, TCS_WORD_EFFECT_POINTS, number, NULL, NULL, NULL, NULL);
}

static char *
tell_count(int64 count)
{
	return psprintf(INT64_FORMAT, count);
}

/* Is something wrong with who is in which arm? */
static bool
tell_suspicion(const Telling *telling, EffectTold *told)
{
	const TcsEffectRow *row = &telling->row;
	double		counts[2] = {(double) row->n[TCS_CONTROL], (double) row->n[TCS_TREATMENT]};
	double		shares[2] = {1.0 / (1.0 + telling->ratio), telling->ratio / (1.0 + telling->ratio)};
	double		all = counts[0] + counts[1] + (double) row->in_both;

	told->verdict = "suspicious";
	told->advice = TCS_WORD_EFFECT_SUSPICIOUS;
	if ((double) row->in_both > TOO_MANY_IN_BOTH * all)
	{
		told->finding = tell_words(telling, TCS_WORD_EFFECT_IN_BOTH, tell_count(row->in_both), tell_count((int64) all), NULL, NULL, NULL);
		return true;
	}
	if (isnan(telling->ratio) || counts[0] + counts[1] == 0.0 || tcs_sample_ratio(counts, shares, 1.0, 2).p >= SUSPICIOUS)
		return false;
	told->finding = tell_words(telling, TCS_WORD_EFFECT_SPLIT, tell_count(row->n[TCS_CONTROL]), tell_count(row->n[TCS_TREATMENT]),
							   psprintf("%g", telling->ratio), NULL, NULL);
	return true;
}

static void
tell_found(const Telling *telling, EffectTold *told)
{
	const TcsEffectRow *row = &telling->row;
	bool		is_more = row->difference > 0.0;
	double		near = fmin(fabs(row->difference_limits.low), fabs(row->difference_limits.high));
	double		far = fmax(fabs(row->difference_limits.low), fabs(row->difference_limits.high));

	told->finding = tell_words(telling, is_more ? TCS_WORD_EFFECT_MORE : TCS_WORD_EFFECT_LESS, tell_level(telling, TCS_TREATMENT), tell_level(telling, TCS_CONTROL),
							   tell_difference(telling, fabs(row->difference)), tell_number(telling, near), tell_number(telling, far));
	if (far < telling->margin)
	{
		told->verdict = "no_difference";
		told->advice = TCS_WORD_EFFECT_AS_YOU_LIKE;
		told->finding = tell_words(telling, TCS_WORD_EFFECT_SMALL, told->finding, tell_difference(telling, telling->margin), NULL, NULL, NULL);
		return;
	}
	told->verdict = is_more == telling->more_is_better ? "better" : "worse";
	told->advice = is_more == telling->more_is_better ? TCS_WORD_EFFECT_DO : TCS_WORD_EFFECT_DO_NOT;
}

/* The interval holds 0: either nothing that matters is in it, or time will tell. */
static void
tell_not_found(const Telling *telling, EffectTold *told)
{
	const TcsEffectRow *row = &telling->row;
	double		far = fmax(fabs(row->difference_limits.low), fabs(row->difference_limits.high));
	int64		customers = row->n[0] + row->n[1];
	double		margin = isnan(telling->margin) ? USUAL_MARGIN * fabs(row->level[TCS_CONTROL]) : telling->margin;
	bool		is_early = far > margin || (isnan(telling->margin) && customers < row->planned);

	told->verdict = is_early ? "too_early" : "no_difference";
	told->advice = is_early ? TCS_WORD_EFFECT_TOO_EARLY : TCS_WORD_EFFECT_AS_YOU_LIKE;
	told->finding = tell_words(telling, is_early ? TCS_WORD_EFFECT_OPEN : TCS_WORD_EFFECT_NONE, tell_level(telling, TCS_TREATMENT), tell_level(telling, TCS_CONTROL),
							   tell_difference(telling, far), NULL, NULL);
	if (is_early && customers < row->planned)
		told->finding = tell_words(telling, TCS_WORD_EFFECT_OF_PLANNED, told->finding, tell_count(customers), tell_count(row->planned), NULL, NULL);
}

static void
tell_effect(Telling *telling, EffectTold *told)
{
	const TcsEffectRow *row = &telling->row;

	if (tell_suspicion(telling, told))
		return;
	if (isnan(row->difference_limits.low) || isnan(row->difference_limits.high))
	{
		told->verdict = "too_early";
		told->advice = TCS_WORD_EFFECT_TOO_EARLY;
		told->finding = tell_words(telling, TCS_WORD_EFFECT_EARLY, tell_count(row->n[TCS_CONTROL]), tell_count(row->n[TCS_TREATMENT]), NULL, NULL, NULL);
		return;
	}
	telling->digits = tell_digits(row);
	if (row->difference_limits.low > 0.0 || row->difference_limits.high < 0.0)
		tell_found(telling, told);
	else
		tell_not_found(telling, told);
}

char *
tcs_ab_tell(const TcsEffectRow *row, const TcsTellWith *with, TcsReportLanguage language, const char **verdict)
{
	Telling		telling = {*row, with->margin, with->ratio, with->more_is_better, language, 0};
	EffectTold	told;

	tell_effect(&telling, &told);
	*verdict = told.verdict;
	return tell_words(&telling, told.advice, told.finding, NULL, NULL, NULL, NULL);
}

/* A number above 0; NaN where there is none. */
static double
tell_argument(FunctionCallInfo fcinfo, int place, const char *name, const char *hint)
{
	double		value;

	if (PG_ARGISNULL(place))
		return NAN;
	value = PG_GETARG_FLOAT8(place);
	if (!(value > 0.0 && isfinite(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be above 0 and finite, not %g", name, value),
				 errhint("%s", hint)));
	return value;
}

TcsTellWith
tcs_ab_tell_arguments(FunctionCallInfo fcinfo, int first)
{
	TcsTellWith with;

	with.margin = tell_argument(fcinfo, first, "margin", "Give the least difference that would matter to you, such as 0.01 for a point of a share.");
	with.ratio = tell_argument(fcinfo, first + 1, "ratio", "It is the customers in the treatment arm for each of the control arm: 1 for halves.");
	if (PG_ARGISNULL(first + 2))
		tcs_refuse_null("more_is_better", NULL);
	with.more_is_better = PG_GETARG_BOOL(first + 2);
	return with;
}

TcsReportLanguage
tcs_ab_tell_language(FunctionCallInfo fcinfo, int place)
{
	char	   *name;
	int			language;

	if (PG_ARGISNULL(place))
		tcs_refuse_null("language", NULL);
	name = text_to_cstring(PG_GETARG_TEXT_PP(place));
	language = tcs_report_language(name);
	if (language < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language: \"%s\"", name),
				 errhint("Give %s.", tcs_report_language_names())));
	return (TcsReportLanguage) language;
}

/* arguments: effect, margin, ratio, more_is_better, language */
Datum
tcs_ab_report(PG_FUNCTION_ARGS)
{
	TcsEffectRow row;
	TcsTellWith with;
	TcsReportLanguage language;
	const char *verdict;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	TupleDesc	type;
	char	   *words;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tcs_effect_row_read(&row, PG_GETARG_DATUM(0));
	with = tcs_ab_tell_arguments(fcinfo, 1);
	language = tcs_ab_tell_language(fcinfo, 4);
	words = tcs_ab_tell(&row, &with, language, &verdict);
	if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE || type->natts != lengthof(values))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the result type does not have the columns that the function returns"),
				 errhint("The types in schema tcs must not be altered.")));
	values[0] = CStringGetTextDatum(verdict);
	values[1] = CStringGetTextDatum(pg_any_to_server(words, strlen(words), PG_UTF8));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}
