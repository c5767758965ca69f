/*
 * logit_explain.c
 *		What makes the score of a row: feature by feature.
 *
 * Against a customer who is usual in all features, as those of the fit were in
 * the mean: what a feature adds is what it would take away to be usual in it.
 */
#include "logit/logit.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define COLUMNS 4

PG_FUNCTION_INFO_V1(tcs_logit_explain);

/* Days since 2000-01-01 as a date, with the time of the day where wanted. */
static char *
explained_day(double days, bool with_time)
{
	Timestamp	timestamp = (Timestamp) rint(days * USECS_PER_DAY);
	struct pg_tm tm;
	fsec_t		fraction;
	char text[	MAXDATELEN + 1];

	if (!(fabs(days) < 1e8) || timestamp2tm(timestamp, NULL, &tm, &fraction, NULL, NULL) != 0)
		return tcs_logit_digits(days);
	if (with_time)
		EncodeDateTime(&tm, fraction, false, 0, NULL, USE_ISO_DATES, text);
	else
		EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return pstrdup(text);
}

/* A value as a reader knows it; not of what is missing. */
static char *
explained_value(const TcsFeature *feature, double value)
{
	switch (feature->kind)
	{
		case TCS_FEATURE_BOOLEAN:
			return value == 1.0 ? "true" : value == 0.0 ? "false" : tcs_logit_digits(value);
		case TCS_FEATURE_INTERVAL:
			return psprintf("%s days", tcs_logit_digits(value));
		case TCS_FEATURE_DATE:
			return explained_day(value, false);
		case TCS_FEATURE_TIMESTAMP:
			return explained_day(value, true);
		case TCS_FEATURE_TIMESTAMPTZ:
			return psprintf("%s UTC", explained_day(value, true));
		case TCS_FEATURE_TEXT:
			return value == 0.0 ? "other" : feature->level[(int) value - 1];
		default:
			return tcs_logit_digits(value);
	}
}

/* The mean of a feature, in few digits. */
static char *
explained_mean(const TcsFeature *feature)
{
	switch (feature->kind)
	{
		case TCS_FEATURE_BOOLEAN:
			return psprintf("the share of %.3g %%", 100.0 * feature->mean);
		case TCS_FEATURE_INTERVAL:
			return psprintf("the mean of %.4g days", feature->mean);
		case TCS_FEATURE_DATE:
		case TCS_FEATURE_TIMESTAMP:
		case TCS_FEATURE_TIMESTAMPTZ:
			return psprintf("the mean of %s", explained_day(feature->mean, false));
		default:
			return psprintf("the mean of %.4g", feature->mean);
	}
}

static char *
explained_words(const TcsLogit *logit, const TcsFeature *feature, double value, double adds)
{
	const char *place;
	const char *change = logit->family == TCS_LOGISTIC ?
	psprintf("times %.3g", exp(adds)) : psprintf("%+.4g", adds);
	const char *what = logit->family == TCS_LOGISTIC ? "the odds" : "the outcome";

	if (isnan(value))
		place = "not known";
	else if (feature->kind == TCS_FEATURE_TEXT)
		place = "against the mean of all";
	else
		place = psprintf("%s %s", value > feature->mean ? "above" : value < feature->mean ? "below" : "at",
						 explained_mean(feature));
	if (adds == 0.0)
		return psprintf("%s: changes nothing", place);
	return psprintf("%s: %s %s", place, what, change);
}

/* A feature of the row. */
typedef struct ExplainedFeature
{
	int			feature;
	double		adds;
} ExplainedFeature;

/* What adds most comes first, either way. */
static int
compare_explained_features(const void *a, const void *b)
{
	const ExplainedFeature *left = a;
	const ExplainedFeature *right = b;

	if (fabs(left->adds) != fabs(right->adds))
		return fabs(left->adds) > fabs(right->adds) ? -1 : 1;
	return left->feature - right->feature;
}

static void
explained_put(ReturnSetInfo *result, const char *feature, const char *value, double adds, const char *words)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};

	if (feature != NULL)
		values[0] = CStringGetTextDatum(feature);
	nulls[0] = feature == NULL;
	if (value != NULL)
		values[1] = CStringGetTextDatum(value);
	nulls[1] = value == NULL;
	values[2] = Float8GetDatum(adds);
	values[3] = CStringGetTextDatum(words);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* arguments: model, row */
Datum
tcs_logit_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TcsLogit   *logit;
	ExplainedFeature *explained;
	double		base;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	tcs_features_check_row(fcinfo, 1);
	logit = tcs_logit_read(PG_GETARG_JSONB_P(0));
	tcs_logit_predictor(logit, PG_GETARG_HEAPTUPLEHEADER(1));
	explained = palloc((logit->features->count + 1) * sizeof(ExplainedFeature));
	base = logit->intercept;
	for (int i = 0; i < logit->features->count; i++)
	{
		explained[i].feature = i;
		explained[i].adds = tcs_logit_term(&logit->term[i], logit->values[i]) - logit->term[i].usual;
		base += logit->term[i].usual;
	}
	qsort(explained, logit->features->count, sizeof(ExplainedFeature), compare_explained_features);
	explained_put(result, NULL, NULL, base, logit->family == TCS_LOGISTIC ?
				  psprintf("who is usual in all features: a chance of %.3g %%", 100.0 * tcs_chance_of_log_odds(base)) :
				  psprintf("who is usual in all features: %.4g", base));
	for (int i = 0; i < logit->features->count; i++)
	{
		const TcsFeature *feature = &logit->features->feature[explained[i].feature];
		double		value = logit->values[explained[i].feature];

		explained_put(result, feature->name, isnan(value) ? NULL : explained_value(feature, value),
					  explained[i].adds, explained_words(logit, feature, value, explained[i].adds));
	}
	return (Datum) 0;
}
