/*
 * distribution.c
 *		The values of all customers and their sum.
 */
#include "abc/distribution.h"

#include <float.h>
#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "values/cuts.h"

/*
 * What must be left of a cut, as a part of the total, for a customer to count
 * as above it: so that cuts that decimal arithmetic meets exactly are met.
 */
#define TOLERANCE 1e-12

PG_FUNCTION_INFO_V1(tcs_distribution_combine);
PG_FUNCTION_INFO_V1(tcs_distribution_serial);
PG_FUNCTION_INFO_V1(tcs_distribution_deserial);

TcsDistribution *
tcs_distribution_create(MemoryContext context, const double *cuts,
						int cut_count, int points)
{
	TcsDistribution *distribution = MemoryContextAllocZero(context,
														   sizeof(TcsDistribution));

	distribution->budget.context = context;
	distribution->budget.used = sizeof(TcsDistribution) + cut_count * sizeof(double);
	distribution->points = points;
	distribution->cut_count = cut_count;
	if (cut_count > 0)
	{
		distribution->cuts = MemoryContextAlloc(context, cut_count * sizeof(double));
		memcpy(distribution->cuts, cuts, cut_count * sizeof(double));
	}
	return distribution;
}

double
tcs_distribution_total(const TcsDistribution *distribution)
{
	double		total = tcs_sum_value(&distribution->total);

	if (!isfinite(total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the values is out of range for double precision")));
	return total;
}

/*
 * Walks down from the largest value, to the end of the last tier but one.  A
 * tier ends before the first value that has too much above it.
 */
void
tcs_abc_bounds(TcsDistribution *distribution, const double *cuts,
			   int cut_count, double *bounds)
{
	double		total = tcs_distribution_total(distribution);
	TcsSum		above = {0};
	double		previous = NAN;
	int			tier = 0;		/* the highest that has not ended */
	uint64		steps = 0;
	uint64		key;
	uint64		times;
	TcsMerge	walk;

	tcs_values_settle(&distribution->values);
	tcs_values_walk(&distribution->values, &walk);
	while (tier < cut_count && tcs_merge_next(&walk, &key, &times))
	{
		double		value = tcs_value_of_falling_key(key);
		double		sum = tcs_sum_value(&above);

		while (tier < cut_count && sum > 0.0 &&
			   !(sum < cuts[tier] * total - TOLERANCE * total))
			bounds[tier++] = previous;
		for (uint64 i = 0; i < times; i++)
		{
			if ((++steps & 0xFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
			tcs_sum_add(&above, value);
		}
		previous = value;
	}
	while (tier < cut_count)
		bounds[tier++] = previous;
}

text *
tcs_abc_tier_name(int tier)
{
	char		name[8];
	char	   *place = &name[sizeof(name) - 1];

	*place = '\0';
	for (int rest = tier; rest >= 0; rest = rest / 26 - 1)
		*--place = 'A' + rest % 26;
	return cstring_to_text(place);
}

static void
distribution_check_same(const TcsDistribution *a, const TcsDistribution *b)
{
	if (a->points != b->points || a->cut_count != b->cut_count ||
		(a->cut_count > 0 &&
		 memcmp(a->cuts, b->cuts, a->cut_count * sizeof(double)) != 0))
		tcs_not_the_same(a->cut_count > 0 ? "cuts" : "points");
}

Datum
tcs_distribution_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsDistribution *into;
	TcsDistribution *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsDistribution *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ?
		tcs_distribution_create(context, from->cuts, from->cut_count, from->points) :
		(TcsDistribution *) PG_GETARG_POINTER(0);
	distribution_check_same(into, from);
	into->customers += from->customers;
	tcs_sum_merge(&into->total, &from->total);
	tcs_values_merge(&into->values, &into->budget, &from->values);
	PG_RETURN_POINTER(into);
}

Datum
tcs_distribution_serial(PG_FUNCTION_ARGS)
{
	TcsDistribution *distribution = (TcsDistribution *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, distribution->customers);
	tcs_send_sum(&buffer, &distribution->total);
	pq_sendint32(&buffer, distribution->points);
	pq_sendint32(&buffer, distribution->cut_count);
	for (int i = 0; i < distribution->cut_count; i++)
		pq_sendfloat8(&buffer, distribution->cuts[i]);
	tcs_values_send(&buffer, &distribution->values);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_distribution_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsDistribution *distribution;
	int64		customers;
	TcsSum		total;
	int			points;
	uint32		cut_count;
	double		cuts[TCS_MAX_CUTS];
	bool		good;
	bool		falling;
	MemoryContext context = tcs_aggregate_context(fcinfo);

	tcs_read_only_buffer(&buffer, bytes);
	customers = pq_getmsgint64(&buffer);
	total = tcs_receive_sum(&buffer);
	points = (int) pq_getmsgint(&buffer, 4);
	cut_count = pq_getmsgint(&buffer, 4);
	for (uint32 i = 0; i < cut_count && i < TCS_MAX_CUTS; i++)
		cuts[i] = pq_getmsgfloat8(&buffer);
	distribution = tcs_distribution_create(CurrentMemoryContext, cuts,
										   Min(cut_count, TCS_MAX_CUTS), points);
	distribution->customers = customers;
	distribution->total = total;
	/* the values are for the state that this one is combined with */
	distribution->budget.context = context;
	falling = cut_count > 0;
	tcs_values_receive(&buffer, &distribution->values, &distribution->budget,
					   falling ? tcs_falling_key(DBL_MAX) : tcs_key_of_double(0.0),
					   falling ? tcs_falling_key(0.0) : tcs_key_of_double(DBL_MAX));
	pq_getmsgend(&buffer);
	good = cut_count <= TCS_MAX_CUTS && points >= 0 && points <= TCS_MAX_POINTS &&
		customers >= distribution->values.count &&
		(distribution->values.count > 0 || total.high == 0.0);
	for (uint32 i = 0; good && i < cut_count; i++)
		good = cuts[i] > (i == 0 ? 0.0 : cuts[i - 1]) && cuts[i] < 1.0;
	if (!good)
		tcs_bad_state("fit");
	PG_RETURN_POINTER(distribution);
}
