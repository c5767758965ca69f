/*
 * ab_effect.c
 *		What the treatment did: the aggregate ab_effect.
 */
#include "experiments/effect.h"

#include "math/two_shares.h"
#include "rates/tally.h"
#include "server/record.h"

/* The columns of the result. */
enum
{
	CONTROL_N,
	TREATMENT_N,
	CONTROL,
	TREATMENT,
	DIFFERENCE,
	DIFFERENCE_LOW,
	DIFFERENCE_HIGH,
	RATIO,
	RATIO_LOW,
	RATIO_HIGH,
	P_VALUE,
	IN_BOTH,
	COLUMNS
};

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

/* arguments: state, arm, outcome, confidence */
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
		tcs_effect_add_value(effect, boolean_arm(fcinfo), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_integer_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_VALUES, 3);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, tcs_effect_integer_arm(fcinfo), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_text_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = tcs_effect_argument(fcinfo, TCS_VALUES, 3);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, text_arm(fcinfo, effect), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(effect);
}

/* What there is no answer to stays NaN, and becomes NULL. */
typedef struct EffectAnswer
{
	double		mean[2];
	double		difference;
	TcsInterval difference_limits;
	TcsInterval ratio_limits;
	double		p;
} EffectAnswer;

static void
effect_compare_shares(const TcsEffect *effect, EffectAnswer *answer)
{
	TcsTwoShares shares;
	TcsSharesEffect compared;

	shares.successes1 = (double) effect->successes[TCS_TREATMENT];
	shares.n1 = effect->arm[TCS_TREATMENT].n;
	shares.successes0 = (double) effect->successes[TCS_CONTROL];
	shares.n0 = effect->arm[TCS_CONTROL].n;
	tcs_compare_shares(&shares, effect->confidence, &compared);
	answer->difference = answer->mean[TCS_TREATMENT] - answer->mean[TCS_CONTROL];
	answer->difference_limits = compared.difference;
	answer->ratio_limits = compared.ratio;
	answer->p = compared.p;
}

static void
effect_compare_means(const TcsEffect *effect, const TcsTwoMeans *means, EffectAnswer *answer)
{
	if (!isfinite(means->error1 + means->error0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("variance of the outcomes is out of range for double precision")));
	if (!(means->error1 + means->error0 > 0.0))
		return;
	answer->difference_limits = tcs_welch(means, effect->confidence);
	if (means->mean0 > 0.0)
		answer->ratio_limits = tcs_fieller(means, effect->confidence);
	answer->p = tcs_welch_test(means);
}

static void
effect_compare_values(const TcsEffect *effect, EffectAnswer *answer)
{
	const TcsMoments *one = &effect->arm[TCS_TREATMENT];
	const TcsMoments *other = &effect->arm[TCS_CONTROL];
	TcsTwoMeans means;

	answer->difference = tcs_moments_difference(one, other);
	if (one->n < 2.0 || other->n < 2.0)
		return;
	tcs_two_means(&means, one, other);
	effect_compare_means(effect, &means, answer);
}

static void
effect_compare_ratios(const TcsEffect *effect, EffectAnswer *answer)
{
	const TcsRatioMoments *one = &effect->ratio[TCS_TREATMENT];
	const TcsRatioMoments *other = &effect->ratio[TCS_CONTROL];
	TcsTwoMeans means;

	answer->difference = answer->mean[TCS_TREATMENT] - answer->mean[TCS_CONTROL];
	if (one->n < 2.0 || other->n < 2.0)
		return;
	tcs_two_ratios(&means, one, other);
	effect_compare_means(effect, &means, answer);
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

/* Customers of an arm. */
static int64
effect_count(const TcsEffect *effect, int arm)
{
	if (effect == NULL)
		return 0;
	return (int64) (effect->outcomes == TCS_RATIOS ? effect->ratio[arm].n : effect->arm[arm].n);
}

static EffectAnswer
effect_compare(const TcsEffect *effect)
{
	EffectAnswer answer = {{NAN, NAN}, NAN, {NAN, NAN}, {NAN, NAN}, NAN};

	if (effect == NULL)
		return answer;
	for (int arm = 0; arm < 2; arm++)
		answer.mean[arm] = effect_level(effect, arm);
	if (isnan(answer.mean[0]) || isnan(answer.mean[1]))
		return answer;
	if (effect->outcomes == TCS_SHARES)
		effect_compare_shares(effect, &answer);
	else if (effect->outcomes == TCS_VALUES)
		effect_compare_values(effect, &answer);
	else
		effect_compare_ratios(effect, &answer);
	return answer;
}

Datum
tcs_ab_effect_final(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = TCS_STATE(TcsEffect);
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	EffectAnswer answer;
	double		number[COLUMNS];
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {0};

	tcs_aggregate_context(fcinfo);
	answer = effect_compare(effect);
	number[CONTROL] = answer.mean[TCS_CONTROL];
	number[TREATMENT] = answer.mean[TCS_TREATMENT];
	number[DIFFERENCE] = answer.difference;
	number[DIFFERENCE_LOW] = answer.difference_limits.low;
	number[DIFFERENCE_HIGH] = answer.difference_limits.high;
	/* of what is not above 0 there is no multiple */
	number[RATIO] = answer.mean[TCS_CONTROL] > 0.0 ?
		answer.mean[TCS_TREATMENT] / answer.mean[TCS_CONTROL] : NAN;
	number[RATIO_LOW] = answer.ratio_limits.low;
	number[RATIO_HIGH] = answer.ratio_limits.high;
	number[P_VALUE] = answer.p;
	values[CONTROL_N] = Int64GetDatum(effect_count(effect, TCS_CONTROL));
	values[TREATMENT_N] = Int64GetDatum(effect_count(effect, TCS_TREATMENT));
	values[IN_BOTH] = Int64GetDatum(effect == NULL ? 0 : effect->in_both);
	for (int i = CONTROL; i < IN_BOTH; i++)
	{
		values[i] = Float8GetDatum(number[i]);
		nulls[i] = !isfinite(number[i]);
	}
	if (record == NULL)
		fcinfo->flinfo->fn_extra = record =
			tcs_record_create(fcinfo, COLUMNS, fcinfo->flinfo->fn_mcxt);
	PG_RETURN_DATUM(tcs_record_make_nulls(record, values, nulls));
}
