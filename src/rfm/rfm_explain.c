/*
 * rfm_explain.c
 *		Why a customer has the scores it has: rfm_explain.
 */
#include "rfm/rfm.h"

#include "common/shortest_dec.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_rfm_explain_float8);
PG_FUNCTION_INFO_V1(tcs_rfm_explain_interval);

/* the cut to pass for a better score; false when the score is the best */
static bool
rfm_next_cut(const TcsRfmModel *model, TcsRfmMeasure measure, double value,
			 double *cut, int *score)
{
	const double *cuts = model->cuts[measure];
	int			count = model->count[measure];
	int			below = 0;

	while (below < count && cuts[below] < value)
		below++;
	if (measure == TCS_RFM_AGE)
	{
		if (below == 0)
			return false;
		*cut = cuts[below - 1];
		*score = tcs_rfm_model_score(model, measure, *cut);
	}
	else
	{
		if (below == count)
			return false;
		*cut = cuts[below];
		while (below < count && cuts[below] == *cut)
			below++;
		*score = 1 + below;
	}
	return true;
}

static Datum
rfm_explain_score(FunctionCallInfo fcinfo, bool interval)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const TcsRfmModel *model = tcs_rfm_model_argument(fcinfo, 0, &fcinfo->flinfo->fn_extra);
	double		value[TCS_RFM_MEASURES];

	value[TCS_RFM_AGE] = tcs_rfm_age(fcinfo, 1, interval);
	value[TCS_RFM_FREQUENCY] = tcs_finite(PG_GETARG_FLOAT8(2), "frequency");
	value[TCS_RFM_MONETARY] = tcs_finite(PG_GETARG_FLOAT8(3), "monetary");

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
	{
		Datum		values[6] = {0};
		bool		nulls[6] = {false, false, false, true, true, true};
		double		cut;
		int			score;

		values[0] = CStringGetTextDatum(tcs_rfm_measure_names[measure]);
		values[1] = Float8GetDatum(value[measure]);
		values[2] = Int16GetDatum(tcs_rfm_model_score(model, measure, value[measure]));
		if (rfm_next_cut(model, measure, value[measure], &cut, &score))
		{
			char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

			double_to_shortest_decimal_buf(cut, digits);
			values[3] = Int16GetDatum(score);
			values[4] = Float8GetDatum(cut);
			values[5] = CStringGetTextDatum(measure == TCS_RFM_AGE ?
											psprintf("at most %s days", digits) :
											psprintf("more than %s", digits));
			nulls[3] = nulls[4] = nulls[5] = false;
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
tcs_rfm_explain_float8(PG_FUNCTION_ARGS)
{
	return rfm_explain_score(fcinfo, false);
}

Datum
tcs_rfm_explain_interval(PG_FUNCTION_ARGS)
{
	return rfm_explain_score(fcinfo, true);
}
