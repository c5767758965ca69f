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
	COLUMNS
};

PG_FUNCTION_INFO_V1(tcs_ab_effect_boolean_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_integer_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_text_share_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_boolean_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_integer_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_text_value_trans);
PG_FUNCTION_INFO_V1(tcs_ab_effect_final);

/* The state in argument 0, or a new one. */
static TcsEffect *
effect_state_argument(FunctionCallInfo fcinfo, bool shares)
{
	double		confidence = tcs_confidence_argument(fcinfo, 3);
	TcsEffect  *effect;

	if (PG_ARGISNULL(0))
	{
		effect = MemoryContextAllocZero(tcs_aggregate_context(fcinfo), sizeof(TcsEffect));
		effect->shares = shares;
		effect->confidence = confidence;
		return effect;
	}
	effect = (TcsEffect *) PG_GETARG_POINTER(0);
	if (effect->confidence != confidence || effect->shares != shares)
		tcs_not_the_same("confidence");
	return effect;
}

/* false is the control, true the treatment */
static int
boolean_arm(FunctionCallInfo fcinfo)
{
	return PG_GETARG_BOOL(1) ? TCS_TREATMENT : TCS_CONTROL;
}

/* 1 is the control, 2 the treatment, as tcs.ab_assign numbers them */
static int
integer_arm(FunctionCallInfo fcinfo)
{
	int32		arm = PG_GETARG_INT32(1);

	if (unlikely(arm != 1 && arm != 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arm must be 1, the control, or 2, the treatment, not %d", arm),
				 errhint("Of more arms compare two at a time: give arm = 3 as the first argument, with FILTER (WHERE arm IN (1, 3)).")));
	return arm - 1;
}

/* The arm of the name control, and one other. */
static int
text_arm(FunctionCallInfo fcinfo, TcsEffect *effect)
{
	text	   *arm = PG_GETARG_TEXT_PP(1);
	const char *name = VARDATA_ANY(arm);
	int			length = VARSIZE_ANY_EXHDR(arm);

	if (length == 7 && memcmp(name, "control", 7) == 0)
		return TCS_CONTROL;
	if (unlikely(effect->name == NULL || length != effect->name_length ||
				 memcmp(name, effect->name, length) != 0))
		tcs_effect_name(effect, tcs_aggregate_context(fcinfo), name, length);
	return TCS_TREATMENT;
}

/* no row that lacks its arm or its outcome is counted */
#define HAS_NULL	(PG_ARGISNULL(1) || PG_ARGISNULL(2))

/* arguments: state, arm, outcome, confidence */
Datum
tcs_ab_effect_boolean_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, true);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, boolean_arm(fcinfo), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_integer_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, true);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, integer_arm(fcinfo), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_text_share_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, true);

	if (!HAS_NULL)
		tcs_effect_add_share(effect, text_arm(fcinfo, effect), PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_boolean_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, false);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, boolean_arm(fcinfo), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_integer_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, false);

	if (!HAS_NULL)
		tcs_effect_add_value(effect, integer_arm(fcinfo), PG_GETARG_FLOAT8(2));
	PG_RETURN_POINTER(effect);
}

Datum
tcs_ab_effect_text_value_trans(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = effect_state_argument(fcinfo, false);

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
effect_compare_values(const TcsEffect *effect, EffectAnswer *answer)
{
	const TcsMoments *one = &effect->arm[TCS_TREATMENT];
	const TcsMoments *other = &effect->arm[TCS_CONTROL];
	TcsTwoMeans means;

	answer->difference = tcs_moments_difference(one, other);
	if (one->n < 2.0 || other->n < 2.0)
		return;
	tcs_two_means(&means, one, other);
	if (!isfinite(means.error1 + means.error0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("variance of the outcomes is out of range for double precision")));
	if (!(means.error1 + means.error0 > 0.0))
		return;
	answer->difference_limits = tcs_welch(&means, effect->confidence);
	if (means.mean0 > 0.0)
		answer->ratio_limits = tcs_fieller(&means, effect->confidence);
	answer->p = tcs_welch_test(&means);
}

static double
arm_mean(const TcsEffect *effect, int arm)
{
	const TcsMoments *moments = &effect->arm[arm];
	double		mean;

	if (moments->n == 0.0)
		return NAN;
	mean = effect->shares ? (double) effect->successes[arm] / moments->n : tcs_moments_mean(moments);
	if (!isfinite(mean))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the outcomes is out of range for double precision")));
	return mean;
}

Datum
tcs_ab_effect_final(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = TCS_STATE(TcsEffect);
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	EffectAnswer answer = {{NAN, NAN}, NAN, {NAN, NAN}, {NAN, NAN}, NAN};
	double		number[COLUMNS];
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {0};

	tcs_aggregate_context(fcinfo);
	if (effect != NULL)
		for (int arm = 0; arm < 2; arm++)
			answer.mean[arm] = arm_mean(effect, arm);
	if (!isnan(answer.mean[0]) && !isnan(answer.mean[1]))
	{
		if (effect->shares)
			effect_compare_shares(effect, &answer);
		else
			effect_compare_values(effect, &answer);
	}

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
	values[CONTROL_N] = Int64GetDatum(effect == NULL ? 0 : (int64) effect->arm[TCS_CONTROL].n);
	values[TREATMENT_N] = Int64GetDatum(effect == NULL ? 0 : (int64) effect->arm[TCS_TREATMENT].n);
	for (int i = CONTROL; i < COLUMNS; i++)
	{
		values[i] = Float8GetDatum(number[i]);
		nulls[i] = !isfinite(number[i]);
	}
	if (record == NULL)
		fcinfo->flinfo->fn_extra = record =
			tcs_record_create(fcinfo, COLUMNS, fcinfo->flinfo->fn_mcxt);
	PG_RETURN_DATUM(tcs_record_make_nulls(record, values, nulls));
}
