/*
 * logit_sql.c
 *		A model as text that runs without the extension, and as a scorecard.
 */
#include "logit/logit.h"

#include <float.h>

#include "utils/builtins.h"
#include "utils/json.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_logit_sql);
PG_FUNCTION_INFO_V1(tcs_logit_scorecard);

/* The server's exp() raises an error beyond that. */
#define MOST_LOG_ODDS	"700"

char *
tcs_logit_number_sql(const TcsFeature *feature)
{
	const char *name = quote_identifier(feature->name);

	switch (feature->kind)
	{
		case TCS_FEATURE_BOOLEAN:
			return psprintf("CASE WHEN %s THEN 1 WHEN NOT %s THEN 0 END", name, name);
		case TCS_FEATURE_INTEGER:
			return psprintf("%s::double precision", name);
		case TCS_FEATURE_NUMBER:
			return psprintf("nullif(%s::double precision, 'NaN')", name);
		case TCS_FEATURE_INTERVAL:
			/* an epoch has months of 30 days, but years of 365.25 for 360 */
			return psprintf("(extract(epoch FROM %s)::double precision / 86400 - extract(year FROM %s)::double precision * 5.25)",
							name, name);
		case TCS_FEATURE_DATE:
		case TCS_FEATURE_TIMESTAMP:
			return psprintf("(extract(epoch FROM %s - TIMESTAMP '2000-01-01 00:00')::double precision / 86400)", name);
		case TCS_FEATURE_TIMESTAMPTZ:
			return psprintf("(extract(epoch FROM %s - TIMESTAMPTZ '2000-01-01 00:00+00')::double precision / 86400)", name);
		default:
			break;
	}
	elog(ERROR, "feature of kind %d is no number", feature->kind);
}

char *
tcs_logit_level_sql(const TcsFeature *feature, int code)
{
	const char *name = quote_identifier(feature->name);
	StringInfoData text;

	if (code > 0)
		return psprintf("coalesce(%s = %s, false)", name, quote_literal_cstr(feature->level[code - 1]));
	if (feature->levels == 0)
		return psprintf("%s IS NOT NULL", name);
	initStringInfo(&text);
	appendStringInfo(&text, "coalesce(%s NOT IN (", name);
	for (int i = 0; i < feature->levels; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(feature->level[i]));
	appendStringInfoString(&text, "), false)");
	return text.data;
}

char *
tcs_logit_missing_sql(const TcsFeature *feature)
{
	const char *name = quote_identifier(feature->name);

	return feature->kind == TCS_FEATURE_NUMBER ?
		psprintf("(%s IS NULL OR %s = 'NaN')", name, name) : psprintf("%s IS NULL", name);
}

static void
logit_append_number(StringInfo sql, const TcsFeature *feature, const TcsLogitTerm *term, double usual)
{
	double		of_missing = term->missing - term->coefficient * usual;

	if (term->coefficient != 0.0)
		appendStringInfo(sql, " + %s * coalesce(%s, %s)", tcs_logit_digits(term->coefficient),
						 tcs_logit_number_sql(feature), tcs_logit_digits(usual));
	if (of_missing != 0.0)
		appendStringInfo(sql, " + CASE WHEN %s THEN %s ELSE 0 END", tcs_logit_missing_sql(feature),
						 tcs_logit_digits(of_missing));
}

static void
logit_append_text(StringInfo sql, const TcsFeature *feature, const TcsLogitTerm *term)
{
	const char *name = quote_identifier(feature->name);
	double		other = term->level[0];
	bool		any = term->missing != other;

	for (int code = 1; code <= feature->levels; code++)
		any = any || term->level[code] != other;
	if (!any)
	{
		if (other != 0.0)
			appendStringInfo(sql, " + %s", tcs_logit_digits(other));
		return;
	}
	appendStringInfoString(sql, " + CASE");
	if (term->missing != other)
		appendStringInfo(sql, " WHEN %s IS NULL THEN %s", name, tcs_logit_digits(term->missing));
	for (int code = 1; code <= feature->levels; code++)
		if (term->level[code] != other)
			appendStringInfo(sql, " WHEN %s = %s THEN %s", name, quote_literal_cstr(feature->level[code - 1]),
							 tcs_logit_digits(term->level[code]));
	appendStringInfo(sql, " ELSE %s END", tcs_logit_digits(other));
}

/* The mean that stands for what is missing of a number; 0 without a column. */
static double
logit_usual(const TcsLogit *logit, int feature)
{
	for (int i = 0; i < logit->design->count; i++)
		if (logit->design->column[i].feature == feature && logit->design->column[i].part == TCS_DESIGN_VALUE)
			return logit->design->column[i].center;
	return 0.0;
}

/* argument: model */
Datum
tcs_logit_sql(PG_FUNCTION_ARGS)
{
	TcsLogit   *logit = tcs_logit_read(PG_GETARG_JSONB_P(0));
	StringInfoData sql;

	initStringInfo(&sql);
	if (logit->family == TCS_LOGISTIC)
		appendStringInfoString(&sql, "1 / (1 + exp(-greatest(-" MOST_LOG_ODDS ", least(" MOST_LOG_ODDS ", ");
	appendStringInfo(&sql, "%s::double precision",
					 quote_literal_cstr(tcs_logit_digits(logit->intercept)));
	for (int i = 0; i < logit->features->count; i++)
	{
		const TcsFeature *feature = &logit->features->feature[i];

		if (feature->kind == TCS_FEATURE_TEXT)
			logit_append_text(&sql, feature, &logit->term[i]);
		else
			logit_append_number(&sql, feature, &logit->term[i], logit_usual(logit, i));
	}
	if (logit->family == TCS_LOGISTIC)
		appendStringInfoString(&sql, "))))");
	PG_RETURN_TEXT_P(cstring_to_text(sql.data));
}

/* A column as a factor: its value from lo to hi, and what it adds on the way. */
typedef struct CardFactor
{
	char	   *name;
	char	   *expression;
	double		lo;
	double		hi;
	double		span;			/* what it adds at most, above what at least */
	double		least;			/* that */
	double		coefficient;
} CardFactor;

static CardFactor
card_factor(const TcsLogit *logit, int column)
{
	const TcsDesignColumn *of = &logit->design->column[column];
	const TcsFeature *feature = &logit->features->feature[of->feature];
	CardFactor	factor = {.name = tcs_design_name(logit->design, column),.hi = 1.0,
	.coefficient = logit->coefficient[column]};

	switch (of->part)
	{
		case TCS_DESIGN_VALUE:
			if (!(feature->greatest >= feature->least))
				tcs_model_bad("greatest", "is not above least");
			factor.lo = Min(feature->least, of->center);
			factor.hi = Max(feature->greatest, of->center);
			factor.expression = psprintf("coalesce(%s, %s)", tcs_logit_number_sql(feature),
										 tcs_logit_digits(of->center));
			if (factor.hi == factor.lo)
				tcs_model_bad("greatest", "is not above least");
			break;
		case TCS_DESIGN_MISSING:
			factor.expression = tcs_logit_missing_sql(feature);
			break;
		case TCS_DESIGN_LEVEL:
			factor.expression = tcs_logit_level_sql(feature, of->code);
			break;
	}
	factor.span = fabs(factor.coefficient) * (factor.hi - factor.lo);
	factor.least = Min(factor.coefficient * factor.lo, factor.coefficient * factor.hi);
	if (factor.coefficient < 0.0)
	{
		double		hi = factor.hi;

		factor.hi = factor.lo;
		factor.lo = hi;
	}
	return factor;
}

/* A level may be called as another feature is. */
static char *
card_factor_name(const CardFactor *factors, int count, char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(factors[i].name, name) == 0)
			return card_factor_name(factors, count, psprintf("%s (2)", name));
	return name;
}

static void
card_append_factor(StringInfo text, const CardFactor *factor, double total, bool logistic, bool first)
{
	appendStringInfoString(text, first ? "{\"factor\": " : ", {\"factor\": ");
	escape_json(text, factor->name);
	tcs_model_text(text, "expression", factor->expression);
	tcs_model_number(text, "weight", 100.0 * (factor->span / total));
	tcs_model_number(text, "lo", factor->lo);
	tcs_model_number(text, "hi", factor->hi);
	tcs_model_text(text, "missing", "lo");
	tcs_model_text(text, "description", psprintf("learned: %+.4g %s for each unit more", factor->coefficient,
												 logistic ? "log-odds" : "of the outcome"));
	appendStringInfoChar(text, '}');
}

/* How an index becomes a chance, or the number. */
static char *
card_description(const TcsLogit *logit, double least, double total)
{
	char	   *line = psprintf("%s + %s * index", tcs_logit_digits(least), tcs_logit_digits(total / 100.0));

	if (logit->family == TCS_LOGISTIC)
		line = psprintf("chance = 1 / (1 + exp(-(%s)))", line);
	else
		line = psprintf("expected = %s", line);
	return psprintf("Made by logit_scorecard from a model. %s, while all values lie between the least and the greatest that the model was fitted on; a value beyond counts as the nearer of the two.",
					line);
}

/* argument: model */
Datum
tcs_logit_scorecard(PG_FUNCTION_ARGS)
{
	TcsLogit   *logit = tcs_logit_read(PG_GETARG_JSONB_P(0));
	CardFactor *factors = palloc((logit->design->count + 1) * sizeof(CardFactor));
	double		total = 0.0;
	double		least = logit->intercept;
	int			count = 0;
	StringInfoData text;
	Datum		card;

	for (int i = 0; i < logit->design->count; i++)
	{
		if (logit->coefficient[i] == 0.0)
			continue;
		factors[count] = card_factor(logit, i);
		factors[count].name = card_factor_name(factors, count, factors[count].name);
		total += factors[count].span;
		least += factors[count].least;
		count++;
	}
	if (!isfinite(total) || !isfinite(least))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the model has numbers that no scorecard can hold")));
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"factors\": [");
	for (int i = 0; i < count; i++)
		if (factors[i].span / total >= DBL_MIN)
			card_append_factor(&text, &factors[i], total, logit->family == TCS_LOGISTIC, text.data[text.len - 1] == '[');
	appendStringInfoChar(&text, ']');
	tcs_model_text(&text, "description", card_description(logit, least, total));
	appendStringInfoChar(&text, '}');
	card = DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
	PG_RETURN_DATUM(card);
}
