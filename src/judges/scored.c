/*
 * scored.c
 *		Scores and what happened: the state of auc, lift and calibration.
 */
#include "judges/scored.h"

#include <float.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(tcs_scored_combine);
PG_FUNCTION_INFO_V1(tcs_scored_serial);
PG_FUNCTION_INFO_V1(tcs_scored_deserial);

static TcsScored *
scored_create(MemoryContext context, double parameter)
{
	TcsScored  *scored = MemoryContextAllocZero(context, sizeof(TcsScored));

	scored->budget.context = context;
	scored->budget.used = sizeof(TcsScored);
	scored->parameter = parameter;
	return scored;
}

static void
scored_check_same(double a, double b, const char *what)
{
	if (a != b)
		tcs_not_the_same(what);
}

TcsScored *
tcs_scored_state(FunctionCallInfo fcinfo, double parameter, const char *what)
{
	TcsScored  *scored;

	if (PG_ARGISNULL(0))
		return scored_create(tcs_aggregate_context(fcinfo), parameter);
	scored = (TcsScored *) PG_GETARG_POINTER(0);
	scored_check_same(scored->parameter, parameter, what);
	return scored;
}

double
tcs_probability(double value)
{
	value = tcs_finite(value, "probability");
	if (value < 0.0 || value > 1.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("probability must lie between 0 and 1, not be %g", value),
				 errhint("Scores that are no probabilities can be judged by auc and lift.")));
	return value;
}

static void
scored_advance(TcsScoredWalk *walk, int label)
{
	if (!tcs_merge_next(&walk->merge[label], &walk->key[label], &walk->times[label]))
		walk->times[label] = 0;
}

void
tcs_scored_walk(TcsScored *scored, TcsScoredWalk *walk)
{
	walk->steps = 0;
	for (int label = 0; label < 2; label++)
	{
		tcs_values_settle(&scored->values[label]);
		tcs_values_walk(&scored->values[label], &walk->merge[label]);
		scored_advance(walk, label);
	}
}

bool
tcs_scored_next(TcsScoredWalk *walk, double *score, uint64 *times)
{
	uint64		least = PG_UINT64_MAX;

	if ((++walk->steps & 0xFFFF) == 0)
		CHECK_FOR_INTERRUPTS();
	if (walk->times[0] == 0 && walk->times[1] == 0)
		return false;
	for (int label = 0; label < 2; label++)
		if (walk->times[label] > 0)
			least = Min(least, walk->key[label]);
	*score = tcs_double_of_key(least);
	for (int label = 0; label < 2; label++)
	{
		bool		here = walk->times[label] > 0 && walk->key[label] == least;

		times[label] = here ? walk->times[label] : 0;
		if (here)
			scored_advance(walk, label);
	}
	return true;
}

Datum
tcs_scored_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsScored  *into;
	TcsScored  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsScored *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? scored_create(context, from->parameter) :
		(TcsScored *) PG_GETARG_POINTER(0);
	scored_check_same(into->parameter, from->parameter,
					  Max(into->parameter, from->parameter) > 1.0 ? "bins" : "share");
	for (int label = 0; label < 2; label++)
		tcs_values_merge(&into->values[label], &into->budget, &from->values[label]);
	PG_RETURN_POINTER(into);
}

Datum
tcs_scored_serial(PG_FUNCTION_ARGS)
{
	TcsScored  *scored = (TcsScored *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendfloat8(&buffer, scored->parameter);
	for (int label = 0; label < 2; label++)
		tcs_values_send(&buffer, &scored->values[label]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_scored_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	TcsScored  *scored;
	double		parameter;

	tcs_read_only_buffer(&buffer, bytes);
	parameter = pq_getmsgfloat8(&buffer);
	if (!(parameter >= 0.0 && parameter <= 1.0) &&
		!(parameter <= TCS_MAX_CALIBRATION_BINS && parameter == floor(parameter) && parameter > 0.0))
		tcs_bad_state("scores");
	scored = scored_create(CurrentMemoryContext, parameter);
	/* the values are for the state that this one is combined with */
	scored->budget.context = context;
	for (int label = 0; label < 2; label++)
		tcs_values_receive(&buffer, &scored->values[label], &scored->budget,
						   tcs_key_of_double(-DBL_MAX), tcs_key_of_double(DBL_MAX));
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(scored);
}
