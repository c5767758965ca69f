/*
 * effect.c
 *		What two arms of an experiment came to: the state of ab_effect.
 */
#include "experiments/effect.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "rates/tally.h"

/* Squares of greater outcomes, and sums of them, leave the range of double. */
#define GREATEST	1e150

PG_FUNCTION_INFO_V1(tcs_ab_effect_combine);
PG_FUNCTION_INFO_V1(tcs_ab_effect_serial);
PG_FUNCTION_INFO_V1(tcs_ab_effect_deserial);

/* The quantile that outcomes are capped at; NaN: they are not. */
static double
effect_cap(FunctionCallInfo fcinfo, int argument)
{
	if (PG_NARGS() <= argument || PG_ARGISNULL(argument))
		return NAN;
	return tcs_inner_share(PG_GETARG_FLOAT8(argument), "cap",
						   "Give 0.99 to have the greatest hundredth of the outcomes count as the least of them; at an amount, give least(outcome, amount) as the outcome.");
}

static bool
effect_has_cap(const TcsEffect *effect, double cap)
{
	return effect->cap == cap || (isnan(effect->cap) && isnan(cap));
}

TcsEffect *
tcs_effect_argument(FunctionCallInfo fcinfo, TcsOutcomes outcomes, int confidence)
{
	double		wanted = tcs_confidence_argument(fcinfo, confidence);
	double		cap = effect_cap(fcinfo, confidence + 2);
	TcsEffect  *effect;

	if (PG_ARGISNULL(0))
	{
		effect = MemoryContextAllocZero(tcs_aggregate_context(fcinfo), sizeof(TcsEffect));
		effect->outcomes = outcomes;
		effect->confidence = wanted;
		effect->cap = cap;
		if (!isnan(cap))
			effect->capped = tcs_capped_create(tcs_aggregate_context(fcinfo));
		return effect;
	}
	effect = (TcsEffect *) PG_GETARG_POINTER(0);
	if (effect->confidence != wanted)
		tcs_not_the_same("confidence");
	if (unlikely(!effect_has_cap(effect, cap)))
		tcs_not_the_same("cap");
	if (effect->outcomes != outcomes)
		tcs_not_the_same("kind of outcome");
	return effect;
}

double
tcs_effect_covariate(FunctionCallInfo fcinfo, int argument)
{
	double		covariate;

	if (PG_NARGS() <= argument || PG_ARGISNULL(argument))
		return NAN;
	covariate = tcs_finite(PG_GETARG_FLOAT8(argument), "covariate");
	if (unlikely(fabs(covariate) > GREATEST))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("covariate is out of range: %g", covariate)));
	return covariate;
}

int
tcs_effect_integer_arm(FunctionCallInfo fcinfo)
{
	int32		arm = PG_GETARG_INT32(1);

	if (unlikely(arm != 1 && arm != 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arm must be 1, the control, or 2, the treatment, not %d", arm),
				 errhint("Of more arms compare two at a time: give arm = 3 as the first argument, with FILTER (WHERE arm IN (1, 3)).")));
	return arm - 1;
}

int
tcs_effect_arm(TcsEffect *effect, FunctionCallInfo fcinfo, const char *name, int length)
{
	if (length == 7 && memcmp(name, "control", 7) == 0)
		return TCS_CONTROL;
	if (unlikely(effect->name == NULL || length != effect->name_length ||
				 memcmp(name, effect->name, length) != 0))
		tcs_effect_name(effect, tcs_aggregate_context(fcinfo), name, length);
	return TCS_TREATMENT;
}

void
tcs_effect_name(TcsEffect *effect, MemoryContext context, const char *name,
				int length)
{
	if (effect->name == NULL)
	{
		char	   *copy = MemoryContextAlloc(context, length + 1);

		memcpy(copy, name, length);
		copy[length] = '\0';
		effect->name = copy;
		effect->name_length = length;
	}
	else if (length != effect->name_length || memcmp(name, effect->name, length) != 0)
	{
		char	   *other = pnstrdup(name, length);
		bool		swap = strcmp(other, effect->name) < 0;

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("two arms beside \"control\" cannot be compared with it at once"),
				 errdetail("They are \"%s\" and \"%s\".", swap ? other : effect->name, swap ? effect->name : other),
				 errhint("Take one of them with FILTER (WHERE arm IN ('control', ...)), or give arm = '...' as the first argument, which is true for the treatment.")));
	}
}

void
tcs_effect_add_share(TcsEffect *effect, int arm, bool outcome)
{
	effect->arm[arm].n += 1.0;
	effect->successes[arm] += outcome;
}

double
tcs_effect_check(double outcome)
{
	outcome = tcs_finite(outcome, "outcome");
	if (unlikely(fabs(outcome) > GREATEST))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("outcome is out of range: %g", outcome)));
	return outcome;
}

void
tcs_effect_add_value(TcsEffect *effect, int arm, double outcome, double covariate)
{
	outcome = tcs_effect_check(outcome);
	if (effect->capped != NULL)
	{
		tcs_capped_add(effect->capped, arm, outcome, covariate);
		return;
	}
	tcs_moments_add(&effect->arm[arm], outcome);
	if (!isnan(covariate))
		tcs_ratio_moments_add(&effect->ratio[arm], outcome, covariate);
}

Datum
tcs_ab_effect_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsEffect  *into;
	TcsEffect  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsEffect *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
	{
		into = MemoryContextAllocZero(context, sizeof(TcsEffect));
		into->outcomes = from->outcomes;
		into->confidence = from->confidence;
		into->cap = from->cap;
		if (from->capped != NULL)
			into->capped = tcs_capped_create(context);
	}
	else
		into = (TcsEffect *) PG_GETARG_POINTER(0);
	if (into->confidence != from->confidence)
		tcs_not_the_same("confidence");
	if (!effect_has_cap(into, from->cap))
		tcs_not_the_same("cap");
	if (into->outcomes != from->outcomes)
		tcs_not_the_same("kind of outcome");
	if (from->name != NULL)
		tcs_effect_name(into, context, from->name, from->name_length);
	into->in_both += from->in_both;
	if (from->capped != NULL)
		tcs_capped_merge(into->capped, from->capped);
	for (int arm = 0; arm < 2; arm++)
	{
		into->successes[arm] += from->successes[arm];
		tcs_moments_merge(&into->arm[arm], &from->arm[arm]);
		tcs_ratio_moments_merge(&into->ratio[arm], &from->ratio[arm]);
	}
	PG_RETURN_POINTER(into);
}

static void
effect_send_ratio(StringInfo buffer, const TcsRatioMoments *ratio)
{
	tcs_send_sum(buffer, &ratio->over);
	tcs_send_sum(buffer, &ratio->under);
	tcs_send_sum(buffer, &ratio->over_squares);
	tcs_send_sum(buffer, &ratio->under_squares);
	tcs_send_sum(buffer, &ratio->products);
}

Datum
tcs_ab_effect_serial(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = (TcsEffect *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, effect->outcomes);
	pq_sendfloat8(&buffer, effect->confidence);
	pq_sendfloat8(&buffer, effect->cap);
	pq_sendint64(&buffer, effect->in_both);
	for (int arm = 0; arm < 2; arm++)
	{
		const TcsMoments *moments = &effect->arm[arm];
		const TcsRatioMoments *ratio = &effect->ratio[arm];

		pq_sendint64(&buffer, (int64) (effect->outcomes == TCS_RATIOS ? ratio->n : moments->n));
		switch (effect->outcomes)
		{
			case TCS_SHARES:
				pq_sendint64(&buffer, effect->successes[arm]);
				break;
			case TCS_VALUES:
				tcs_send_sum(&buffer, &moments->sum);
				tcs_send_sum(&buffer, &moments->squares);
				pq_sendfloat8(&buffer, moments->least);
				pq_sendfloat8(&buffer, moments->greatest);
				pq_sendint64(&buffer, (int64) ratio->n);
				effect_send_ratio(&buffer, ratio);
				break;
			case TCS_RATIOS:
				effect_send_ratio(&buffer, ratio);
				break;
		}
	}
	if (effect->capped != NULL)
		tcs_capped_send(&buffer, effect->capped);
	pq_sendint32(&buffer, effect->name == NULL ? -1 : effect->name_length);
	if (effect->name != NULL)
		pq_sendbytes(&buffer, effect->name, effect->name_length);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static void
effect_receive_moments(StringInfo buffer, TcsMoments *moments)
{
	moments->sum = tcs_receive_sum(buffer);
	moments->squares = tcs_receive_sum(buffer);
	moments->least = pq_getmsgfloat8(buffer);
	moments->greatest = pq_getmsgfloat8(buffer);
	if (!(moments->least >= -GREATEST && moments->least <= moments->greatest &&
		  moments->greatest <= GREATEST) || moments->squares.high < 0.0)
		tcs_bad_state("outcomes");
}

static void
effect_receive_ratio(StringInfo buffer, TcsRatioMoments *ratio)
{
	ratio->over = tcs_receive_sum(buffer);
	ratio->under = tcs_receive_sum(buffer);
	ratio->over_squares = tcs_receive_sum(buffer);
	ratio->under_squares = tcs_receive_sum(buffer);
	ratio->products = tcs_receive_sum(buffer);
	if (ratio->over_squares.high < 0.0 || ratio->under_squares.high < 0.0)
		tcs_bad_state("outcomes");
}

/* What n customers of an arm did. */
static void
effect_receive_arm(StringInfo buffer, TcsEffect *effect, int arm, int64 n)
{
	TcsRatioMoments *ratio = &effect->ratio[arm];
	int64		pairs = n;

	if (effect->outcomes == TCS_SHARES)
	{
		effect->arm[arm].n = (double) n;
		effect->successes[arm] = pq_getmsgint64(buffer);
		if (effect->successes[arm] < 0 || effect->successes[arm] > n)
			tcs_bad_state("outcomes");
		return;
	}
	if (effect->outcomes == TCS_VALUES)
	{
		effect->arm[arm].n = (double) n;
		effect_receive_moments(buffer, &effect->arm[arm]);
		pairs = pq_getmsgint64(buffer);
		if (pairs < 0 || pairs > n)
			tcs_bad_state("outcomes");
	}
	ratio->n = (double) pairs;
	effect_receive_ratio(buffer, ratio);
	if (effect->outcomes == TCS_RATIOS && ratio->under.high < 0.0)
		tcs_bad_state("outcomes");
}

Datum
tcs_ab_effect_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsEffect  *effect;
	int32		length;
	int			kind;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	effect = palloc0(sizeof(TcsEffect));
	kind = pq_getmsgbyte(&buffer);
	effect->confidence = pq_getmsgfloat8(&buffer);
	effect->cap = pq_getmsgfloat8(&buffer);
	effect->in_both = pq_getmsgint64(&buffer);
	if (kind > TCS_RATIOS || !(effect->confidence > 0.0 && effect->confidence < 1.0) ||
		effect->in_both < 0 || effect->in_both > TCS_MANY ||
		!(isnan(effect->cap) || (kind == TCS_VALUES && effect->cap > 0.0 && effect->cap < 1.0)))
		tcs_bad_state("outcomes");
	effect->outcomes = (TcsOutcomes) kind;
	for (int arm = 0; arm < 2; arm++)
	{
		int64		n = pq_getmsgint64(&buffer);

		if (n < 0 || n > TCS_MANY)
			tcs_bad_state("outcomes");
		effect_receive_arm(&buffer, effect, arm, n);
	}
	if (!isnan(effect->cap))
		effect->capped = tcs_capped_receive(&buffer, CurrentMemoryContext, GREATEST);
	length = (int32) pq_getmsgint(&buffer, 4);
	if (length < -1)
		tcs_bad_state("outcomes");
	if (length >= 0)
	{
		const char *name = pq_getmsgbytes(&buffer, length);

		pg_verifymbstr(name, length, false);
		tcs_effect_name(effect, CurrentMemoryContext, name, length);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(effect);
}
