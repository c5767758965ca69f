/*
 * gini.c
 *		How unequal values are: the aggregates gini and lorenz.
 */
#include "abc/distribution.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(tcs_gini_trans);
PG_FUNCTION_INFO_V1(tcs_gini_final);
PG_FUNCTION_INFO_V1(tcs_lorenz_final);

/* arguments: state, value [, points] */
Datum
tcs_gini_trans(PG_FUNCTION_ARGS)
{
	TcsDistribution *state = TCS_STATE(TcsDistribution);
	int			points = 0;

	if (PG_NARGS() > 2)
	{
		points = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
		if (points < 1 || points > TCS_MAX_POINTS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("points must lie between 1 and %d", TCS_MAX_POINTS)));
	}
	if (state == NULL)
		state = tcs_distribution_create(tcs_aggregate_context(fcinfo), NULL, 0, points);
	else if (state->points != points)
		tcs_not_the_same("points");

	if (!PG_ARGISNULL(1))
	{
		double		value = tcs_finite(PG_GETARG_FLOAT8(1), "value");

		if (value < 0.0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value must not be negative"),
					 errdetail("Shares of a total are not defined for %g.", value),
					 errhint("Count losses as zero with greatest(value, 0), or leave them out with a WHERE or FILTER clause.")));
		state->customers++;
		tcs_distribution_add(state, value);
	}
	PG_RETURN_POINTER(state);
}

/* the state, settled, and its total; NULL where shares are not defined */
static TcsDistribution *
gini_settled_state(FunctionCallInfo fcinfo, double *total)
{
	TcsDistribution *state = TCS_STATE(TcsDistribution);

	tcs_aggregate_context(fcinfo);
	if (state == NULL)
		return NULL;
	*total = tcs_distribution_total(state);
	if (*total <= 0.0)
		return NULL;
	tcs_values_settle(&state->values);
	return state;
}

/*
 * With values x_1 <= … <= x_n: sum of (2 i - n - 1) x_i over n times the sum
 * of x_i.
 */
Datum
tcs_gini_final(PG_FUNCTION_ARGS)
{
	double		total;
	TcsDistribution *state = gini_settled_state(fcinfo, &total);
	TcsSum		sum = {0};
	uint64		before = 0;
	uint64		steps = 0;
	double		n;
	uint64		key;
	uint64		times;
	TcsMerge	walk;

	if (state == NULL)
		PG_RETURN_NULL();
	n = state->values.count;
	tcs_values_walk(&state->values, &walk);
	while (tcs_merge_next(&walk, &key, &times))
	{
		if ((++steps & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		/* over the block of equal values; the share keeps it within range */
		tcs_sum_add(&sum, (tcs_double_of_key(key) / total) *
					((double) times * (2.0 * before + times - n) / n));
		before += times;
	}
	PG_RETURN_FLOAT8(Max(tcs_sum_value(&sum), 0.0));
}

/* the shares of the total that the least k / points of the values hold */
Datum
tcs_lorenz_final(PG_FUNCTION_ARGS)
{
	double		total;
	TcsDistribution *state = gini_settled_state(fcinfo, &total);
	Datum	   *shares;
	TcsSum		held = {0};
	uint64		before = 0;
	uint64		steps = 0;
	uint64		n;
	int			k = 0;
	uint64		key;
	uint64		times;
	TcsMerge	walk;

	if (state == NULL)
		PG_RETURN_NULL();
	n = state->values.count;
	shares = palloc((state->points + 1) * sizeof(Datum));
	tcs_values_walk(&state->values, &walk);
	while (tcs_merge_next(&walk, &key, &times))
	{
		double		value = tcs_double_of_key(key);

		/* the points that fall into the block of equal values */
		for (; k < state->points && k * n <= (before + times) * state->points; k++)
		{
			double		within = ((double) k * n - (double) before * state->points) /
			state->points;

			shares[k] = Float8GetDatum(Min((tcs_sum_value(&held) + within * value) / total, 1.0));
		}
		for (uint64 i = 0; i < times; i++)
		{
			if ((++steps & 0xFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
			tcs_sum_add(&held, value);
		}
		before += times;
	}
	shares[state->points] = Float8GetDatum(1.0);
	PG_RETURN_ARRAYTYPE_P(construct_array(shares, state->points + 1, FLOAT8OID, 8,
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
