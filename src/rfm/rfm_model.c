/*
 * rfm_model.c
 *		RFM models: made from given cuts, read, and used to score.
 */
#include "rfm/rfm.h"

#include <math.h>

#include "utils/array.h"
#include "utils/timestamp.h"

#include "history/history_value.h"
#include "values/cuts.h"
#include "model/model.h"
#include "server/record.h"

const char *const tcs_rfm_measure_names[TCS_RFM_MEASURES] = {
	"age", "frequency", "monetary"
};
const char *const tcs_rfm_cut_keys[TCS_RFM_MEASURES] = {
	"age_cuts", "frequency_cuts", "monetary_cuts"
};

typedef struct ScoreCache
{
	void	   *model;			/* of tcs_model_argument */
	TcsRecord  *record;
} ScoreCache;

PG_FUNCTION_INFO_V1(tcs_rfm_model);
PG_FUNCTION_INFO_V1(tcs_rfm_score_model_float8);
PG_FUNCTION_INFO_V1(tcs_rfm_score_model_interval);
PG_FUNCTION_INFO_V1(tcs_rfm_score_model_history);

static void *
rfm_parse_model(Jsonb *jsonb)
{
	TcsRfmModel *model = palloc(sizeof(TcsRfmModel));

	tcs_model_open(jsonb, "rfm", 1, "Pass the result of rfm_fit or rfm_model.");
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
	{
		const char *key = tcs_rfm_cut_keys[measure];
		double	   *cuts;

		cuts = tcs_model_get_numbers(jsonb, key, TCS_RFM_MAX_BINS - 1, false,
									 &model->count[measure]);
		for (int i = 1; i < model->count[measure]; i++)
			if (cuts[i] < cuts[i - 1])
				tcs_model_bad(key, "is not in ascending order");
		model->cuts[measure] = cuts;
	}
	return model;
}

const TcsRfmModel *
tcs_rfm_model_argument(FunctionCallInfo fcinfo, int argno, void **call_cache)
{
	return tcs_model_argument(fcinfo, argno, rfm_parse_model, call_cache);
}

double
tcs_rfm_age(FunctionCallInfo fcinfo, int argno, bool interval)
{
	return tcs_finite(interval ?
					  tcs_interval_days(PG_GETARG_INTERVAL_P(argno), "age") :
					  PG_GETARG_FLOAT8(argno), "age");
}

int
tcs_rfm_model_score(const TcsRfmModel *model, TcsRfmMeasure measure, double value)
{
	const double *cuts = model->cuts[measure];
	int			count = model->count[measure];
	int			below = 0;

	/* over all of them: cheaper than a branch that cannot be foreseen */
	for (int i = 0; i < count; i++)
		below += cuts[i] < value;
	return measure == TCS_RFM_AGE ? count + 1 - below : 1 + below;
}

bool
tcs_rfm_history(FunctionCallInfo fcinfo, int argno, double *value)
{
	TcsHistoryValue history;

	if (!tcs_history_value(fcinfo, argno, &history) || isnan(history.revenue))
		return false;
	value[TCS_RFM_AGE] = history.t - history.t_x;
	value[TCS_RFM_FREQUENCY] = (double) history.x + 1.0;
	value[TCS_RFM_MONETARY] = history.revenue + 0.0;
	return true;
}

/* The scores of these values, under the model in argument 0. */
static Datum
rfm_scores_make(FunctionCallInfo fcinfo, const double *value)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;
	const TcsRfmModel *model;
	Datum		scores[TCS_RFM_MEASURES];

	if (cache == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		cache = MemoryContextAllocZero(context, sizeof(ScoreCache));
		cache->record = tcs_record_create(fcinfo, TCS_RFM_MEASURES, context);
		fcinfo->flinfo->fn_extra = cache;
	}
	model = tcs_rfm_model_argument(fcinfo, 0, &cache->model);
	for (int i = 0; i < TCS_RFM_MEASURES; i++)
		scores[i] = Int16GetDatum(tcs_rfm_model_score(model, i, value[i]));
	return tcs_record_make(cache->record, scores);
}

/* arguments: model, age, frequency, monetary */
static Datum
rfm_model_score(FunctionCallInfo fcinfo, bool interval)
{
	double		value[TCS_RFM_MEASURES];

	value[TCS_RFM_AGE] = tcs_rfm_age(fcinfo, 1, interval);
	value[TCS_RFM_FREQUENCY] = tcs_finite(PG_GETARG_FLOAT8(2), "frequency");
	value[TCS_RFM_MONETARY] = tcs_finite(PG_GETARG_FLOAT8(3), "monetary");
	PG_RETURN_DATUM(rfm_scores_make(fcinfo, value));
}

Datum
tcs_rfm_score_model_float8(PG_FUNCTION_ARGS)
{
	return rfm_model_score(fcinfo, false);
}

Datum
tcs_rfm_score_model_interval(PG_FUNCTION_ARGS)
{
	return rfm_model_score(fcinfo, true);
}

/* arguments: model, history */
Datum
tcs_rfm_score_model_history(PG_FUNCTION_ARGS)
{
	double		value[TCS_RFM_MEASURES];

	if (!tcs_rfm_history(fcinfo, 1, value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(rfm_scores_make(fcinfo, value));
}

Datum
tcs_rfm_model(PG_FUNCTION_ARGS)
{
	StringInfoData text;

	tcs_model_begin(&text, "rfm", 1);
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
	{
		const char *key = tcs_rfm_cut_keys[measure];
		int			count;
		double	   *cuts = tcs_cuts_of_array(PG_GETARG_ARRAYTYPE_P(measure), key,
											 TCS_RFM_MAX_BINS - 1, -INFINITY,
											 INFINITY, true, &count);

		tcs_model_numbers(&text, key, cuts, count);
	}
	PG_RETURN_DATUM(tcs_model_end(&text));
}
