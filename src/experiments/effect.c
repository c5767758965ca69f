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

void
tcs_effect_add_value(TcsEffect *effect, int arm, double outcome)
{
	outcome = tcs_finite(outcome, "outcome");
	if (unlikely(fabs(outcome) > GREATEST))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("outcome is out of range: %g", outcome)));
	tcs_moments_add(&effect->arm[arm], outcome);
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
		into->shares = from->shares;
		into->confidence = from->confidence;
	}
	else
		into = (TcsEffect *) PG_GETARG_POINTER(0);
	if (into->confidence != from->confidence || into->shares != from->shares)
		tcs_not_the_same("confidence");
	if (from->name != NULL)
		tcs_effect_name(into, context, from->name, from->name_length);
	for (int arm = 0; arm < 2; arm++)
	{
		into->successes[arm] += from->successes[arm];
		tcs_moments_merge(&into->arm[arm], &from->arm[arm]);
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_ab_effect_serial(PG_FUNCTION_ARGS)
{
	TcsEffect  *effect = (TcsEffect *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, effect->shares);
	pq_sendfloat8(&buffer, effect->confidence);
	for (int arm = 0; arm < 2; arm++)
	{
		const TcsMoments *moments = &effect->arm[arm];

		pq_sendint64(&buffer, (int64) moments->n);
		pq_sendint64(&buffer, effect->successes[arm]);
		if (effect->shares)
			continue;
		tcs_send_sum(&buffer, &moments->sum);
		tcs_send_sum(&buffer, &moments->squares);
		pq_sendfloat8(&buffer, moments->least);
		pq_sendfloat8(&buffer, moments->greatest);
	}
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

Datum
tcs_ab_effect_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsEffect  *effect;
	int32		length;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	effect = palloc0(sizeof(TcsEffect));
	effect->shares = pq_getmsgbyte(&buffer) != 0;
	effect->confidence = pq_getmsgfloat8(&buffer);
	if (!(effect->confidence > 0.0 && effect->confidence < 1.0))
		tcs_bad_state("outcomes");
	for (int arm = 0; arm < 2; arm++)
	{
		int64		n = pq_getmsgint64(&buffer);

		effect->successes[arm] = pq_getmsgint64(&buffer);
		if (n < 0 || n > TCS_MANY || effect->successes[arm] < 0 || effect->successes[arm] > n)
			tcs_bad_state("outcomes");
		effect->arm[arm].n = (double) n;
		if (!effect->shares)
			effect_receive_moments(&buffer, &effect->arm[arm]);
	}
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
