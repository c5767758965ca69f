/*
 * ab_effect.c
 *		What the treatment did: the aggregate ab_effect.
 */
#include "experiments/effect_row.h"

PG_FUNCTION_INFO_V1(tcs_ab_effect_boolean_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_integer_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_text_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_boolean_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_integer_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_text_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_final);

/* false is the control, true the treatment */
static int
boolean_arm(FunctionCallInfo fcinfo)
{
	return PG_GETARG_BOOL(1) ? TCS_TREATMENT : TCS_CONTROL;
}

/* The arm of the name control, and one other. */
static int
text_arm(FunctionCallInfo fcinfo, TcsEffect *effect)
{
	text	   *arm = PG_GETARG_TEXT_PP(1);

	return tcs_effect_arm(effect, fcinfo, VARDATA_ANY(arm), VARSIZE_ANY_EXHDR(arm));
}

/* no row that lacks its arm or its outcome is counted */
#define HAS_NULL	(PG_ARGISNULL(1) || PG_ARGISNULL(2))

/* arguments: state, arm, outcome, confidence; of numbers then covariate, cap */
Datum
tcs_ab_effect_boolean_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_SHARES, 3);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, boolean_arm(fcinfo), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_integer_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_SHARES, 3);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, tcs_effect_integer_arm(fcinfo), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_text_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_SHARES, 3);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, text_arm(fcinfo, effect), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_boolean_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_VALUES, 3);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, boolean_arm(fcinfo), PG_GETARG_FLOAT8(2), tcs_effect_covariate(fcinfo, 4));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_integer_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_VALUES, 3);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, tcs_effect_integer_arm(fcinfo), PG_GETARG_FLOAT8(2), tcs_effect_covariate(fcinfo, 4));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_text_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_VALUES, 3);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, text_arm(fcinfo, effect), PG_GETARG_FLOAT8(2), tcs_effect_covariate(fcinfo, 4));
	PG_RETURN_POINTER(effect);
}

/* The share, mean or ratio of an arm; NaN where there is none. */
static double
effect_level(const TcsEffect *effect, int arm)
{
	const TcsMoments *moments = &effect->arm[arm];
	const TcsRatioMoments *ratio = &effect->ratio[arm];
	double		level = NAN;

	if (effect->outcomes == TCS_RATIOS)
	{
		if (!(tcs_sum_value(&ratio->under) > 0.0))
			return NAN;
		level = tcs_ratio_moments_ratio(ratio);
	}
	else if (moments->n == 0.0)
		return NAN;
	else
		level = effect->outcomes == TCS_SHARES ? (double) effect->successes[arm] / moments->n : tcs_moments_mean(moments);
	if (!isfinite(level))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the outcomes is out of range for double precision")));
	return level;
}

static void
effect_compare_shares(TcsEffectRow *row)
{
	for (int arm = 0; arm < 2; arm++)
		row->error[arm] = sqrt(row->level[arm] * (1.0 - row->level[arm]) / (double) row->n[arm]);
	row->compared = TCS_SHARES_COMPARED;
}

/* Of numbers, which may have a covariate, or of ratios; there are two in each arm at least. */
static void
effect_compare_means(const TcsEffect *effect, TcsEffectRow *row)
{
	const TcsMoments *arm = effect->arm;
	const TcsRatioMoments *ratio = effect->ratio;
	TcsTwoMeans means;

	if (effect->outcomes == TCS_RATIOS)
		tcs_two_ratios(&means, &ratio[TCS_TREATMENT], &ratio[TCS_CONTROL]);
	else if (ratio[0].n + ratio[1].n > 0.0)
		tcs_two_adjusted(&means, &arm[TCS_TREATMENT], &ratio[TCS_TREATMENT], &arm[TCS_CONTROL], &ratio[TCS_CONTROL]);
	else
		tcs_two_means(&means, &arm[TCS_TREATMENT], &arm[TCS_CONTROL]);
	if (!isfinite(means.error1 + means.error0) || !isfinite(means.difference))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("variance of the outcomes is out of range for double precision")));
	row->level[TCS_TREATMENT] = means.mean1;
	row->level[TCS_CONTROL] = means.mean0;
	row->difference = means.difference;
	row->error[TCS_TREATMENT] = sqrt(means.error1);
	row->error[TCS_CONTROL] = sqrt(means.error0);
	row->df = means.df;
	if (means.error1 + means.error0 > 0.0)
		row->compared = TCS_MEANS_COMPARED;
}

static void
effect_compare(const TcsEffect *effect, TcsEffectRow *row)
{
	for (int arm = 0; arm < 2; arm++)
	{
		row->n[arm] = (int64) (effect->outcomes == TCS_RATIOS ? effect->ratio[arm].n : effect->arm[arm].n);
		row->level[arm] = effect_level(effect, arm);
	}
	row->in_both = effect->in_both;
	row->confidence = effect->confidence;
	if (isnan(row->level[0]) || isnan(row->level[1]))
		return;
	row->difference = effect->outcomes == TCS_VALUES ?
		tcs_moments_difference(&effect->arm[TCS_TREATMENT], &effect->arm[TCS_CONTROL]) :
		row->level[TCS_TREATMENT] - row->level[TCS_CONTROL];
	if (effect->outcomes == TCS_SHARES)
		effect_compare_shares(row);
	else if (row->n[0] > 1 && row->n[1] > 1)
		effect_compare_means(effect, row);
	/* of what is not above 0 there is no multiple */
	if (row->level[TCS_CONTROL] > 0.0)
		row->ratio = row->level[TCS_TREATMENT] / row->level[TCS_CONTROL];
	tcs_effect_row_judge(row, 1.0 - row->confidence);
}

Datum
tcs_ab_effect_final(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = TCS_STATE(TcsEffect);
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	TcsEffectRow row = {.level = {NAN, NAN},.difference = NAN,.difference_limits = {NAN, NAN},
	.ratio = NAN,.ratio_limits = {NAN, NAN},.p = NAN,.error = {NAN, NAN},.df = NAN,.confidence = NAN};
	Datum		result;

	tcs_aggregate_context(fcinfo);
	if (effect != NULL && effect->capped != NULL)
	{
		TcsEffect	settled = *effect;

		tcs_capped_settle(effect->capped, effect->cap, settled.arm, settled.ratio);
		effect_compare(&settled, &row);
	}
	else if (effect != NULL)
		effect_compare(effect, &row);
	result = tcs_effect_row_make(fcinfo, &record, fcinfo->flinfo->fn_mcxt, &row);
	fcinfo->flinfo->fn_extra = record;
	PG_RETURN_DATUM(result);
}
