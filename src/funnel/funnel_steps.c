/*
 * funnel_steps.c
 *		How many customers came how far: the aggregate funnel_steps.
 */
#include "values/values.h"
#include "server/record.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "math/funnel.h"
#include "server/server.h"

/*
 * For each step after the first how long after the first it was taken, in days
 * or in microseconds.
 */
typedef struct FunnelSteps
{
	TcsBudget	budget;
	bool		is_date;
	int64		started;
	TcsValues	took[TCS_FUNNEL_STEPS - 1];
} FunnelSteps;

/* The columns of tcs.funnel_step. */
enum
{
	STEP,
	CUSTOMERS,
	SHARE_OF_FIRST,
	SHARE_OF_PREVIOUS,
	MEDIAN_TIME,
	COLUMNS
};

PG_FUNCTION_INFO_V1(tcs_funnel_steps_trans_date);
PG_FUNCTION_INFO_V1(tcs_funnel_steps_trans_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_steps_combine);
PG_FUNCTION_INFO_V1(tcs_funnel_steps_serial);
PG_FUNCTION_INFO_V1(tcs_funnel_steps_deserial);
PG_FUNCTION_INFO_V1(tcs_funnel_steps_final);

static FunnelSteps *
steps_create(MemoryContext context, bool is_date)
{
	FunnelSteps *state = MemoryContextAllocZero(context, sizeof(FunnelSteps));

	state->budget.context = context;
	state->budget.used = sizeof(FunnelSteps);
	state->is_date = is_date;
	return state;
}

static void
steps_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid funnel: %s", complaint),
			 errhint("Make such arrays with tcs.funnel.")));
}

/* the times of the steps; the array must be one that funnel can make */
static const void *
steps_get(ArrayType *array, bool is_date, int *steps)
{
	Oid			type = ARR_ELEMTYPE(array);

	if (ARR_NDIM(array) > 1)
		steps_refuse("the array has more than one dimension");
	if (ARR_NDIM(array) == 1 && ARR_DIMS(array)[0] > TCS_FUNNEL_STEPS)
		steps_refuse("the array has too many steps");
	if (array_contains_nulls(array))
		steps_refuse("the array has a NULL");
	/* both kinds of timestamps are alike */
	return tcs_array_data(array, is_date ? DATEOID : type == TIMESTAMPTZOID ? type : TIMESTAMPOID,
						  NULL, steps);
}

static inline int64
step_time(const void *times, int i, bool is_date)
{
	return is_date ? ((const DateADT *) times)[i] : ((const int64 *) times)[i];
}

/* arguments: state, funnel */
static inline Datum
steps_row_add(FunctionCallInfo fcinfo, bool is_date)
{
	FunnelSteps *state = PG_ARGISNULL(0) ?
	steps_create(tcs_aggregate_context(fcinfo), is_date) :
	(FunnelSteps *) PG_GETARG_POINTER(0);
	const void *times;
	int			steps;
	int64		first = 0;
	int64		previous = 0;

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	times = steps_get(PG_GETARG_ARRAYTYPE_P(1), is_date, &steps);
	for (int k = 0; k < steps; k++)
	{
		int64		at = step_time(times, k, is_date);

		if (is_date ? DATE_NOT_FINITE(at) : TIMESTAMP_NOT_FINITE(at))
			steps_refuse("a time is infinite");
		if (k == 0)
		{
			first = at;
			state->started++;
		}
		else
		{
			if (at < previous)
				steps_refuse("the times descend");
			tcs_values_add(&state->took[k - 1], &state->budget,
						   (uint64) at - (uint64) first);
		}
		previous = at;
	}
	PG_RETURN_POINTER(state);
}

Datum
tcs_funnel_steps_trans_date(PG_FUNCTION_ARGS)
{
	return steps_row_add(fcinfo, true);
}

Datum
tcs_funnel_steps_trans_timestamp(PG_FUNCTION_ARGS)
{
	return steps_row_add(fcinfo, false);
}

Datum
tcs_funnel_steps_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	FunnelSteps *into;
	FunnelSteps *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (FunnelSteps *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? steps_create(context, from->is_date) :
		(FunnelSteps *) PG_GETARG_POINTER(0);
	if (into->is_date != from->is_date)
		steps_refuse("dates and timestamps in one group");
	into->started += from->started;
	for (int k = 0; k < TCS_FUNNEL_STEPS - 1; k++)
		tcs_values_merge(&into->took[k], &into->budget, &from->took[k]);
	PG_RETURN_POINTER(into);
}

/* steps after the first that anybody took */
static int
steps_count_later(const FunnelSteps *state)
{
	int			steps = 0;

	while (steps < TCS_FUNNEL_STEPS - 1 && state->took[steps].count > 0)
		steps++;
	return steps;
}

Datum
tcs_funnel_steps_serial(PG_FUNCTION_ARGS)
{
	FunnelSteps *state = (FunnelSteps *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	int			steps;

	tcs_aggregate_context(fcinfo);
	steps = steps_count_later(state);
	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, state->is_date);
	pq_sendint64(&buffer, state->started);
	pq_sendint8(&buffer, steps);
	for (int k = 0; k < steps; k++)
		tcs_values_send(&buffer, &state->took[k]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_funnel_steps_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	FunnelSteps *state;
	int64		before;
	int			steps;
	uint64		longest;

	tcs_read_only_buffer(&buffer, bytes);
	state = steps_create(CurrentMemoryContext, pq_getmsgbyte(&buffer) != 0);
	state->started = pq_getmsgint64(&buffer);
	steps = pq_getmsgbyte(&buffer);
	longest = state->is_date ? PG_INT32_MAX : (uint64) END_TIMESTAMP - (uint64) MIN_TIMESTAMP;
	/* the values are for the state that this one is combined with */
	state->budget.context = context;
	before = state->started;
	for (int k = 0; k < steps && k < TCS_FUNNEL_STEPS - 1; k++)
	{
		tcs_values_receive(&buffer, &state->took[k], &state->budget, 0, longest);
		if (state->took[k].count == 0 || state->took[k].count > before)
			steps = TCS_FUNNEL_STEPS;
		before = state->took[k].count;
	}
	if (steps > TCS_FUNNEL_STEPS - 1 || state->started < 0 ||
		state->started > PG_INT64_MAX / 2)
		tcs_bad_state("funnel steps");
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* The median; the mean of the two in the middle, in whole microseconds. */
static Interval *
step_median_time(TcsValues *values, bool is_date)
{
	Interval   *interval = palloc0(sizeof(Interval));
	uint64		low,
				high,
				middle;

	if (values == NULL)
		return interval;
	tcs_values_settle(values);
	low = tcs_runs_select(values->runs, values->run_count, (values->count + 1) / 2);
	high = tcs_runs_select(values->runs, values->run_count, values->count / 2 + 1);
	middle = low + (high - low) / 2;
	if (is_date)
	{
		interval->day = (int32) middle;
		interval->time = (high - low) % 2 * (USECS_PER_DAY / 2);
	}
	else
	{
		interval->day = (int32) (middle / USECS_PER_DAY);
		interval->time = (int64) (middle % USECS_PER_DAY);
	}
	return interval;
}

Datum
tcs_funnel_steps_final(PG_FUNCTION_ARGS)
{
	FunnelSteps *state = TCS_STATE(FunnelSteps);
	TupleDesc	descriptor;
	Oid			type;
	int			steps;
	int64		previous = 0;
	Datum		rows[TCS_FUNNEL_STEPS];

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->started == 0)
		PG_RETURN_NULL();

	descriptor = tcs_element_descriptor(fcinfo, COLUMNS, &type);
	steps = 1 + steps_count_later(state);
	for (int k = 0; k < steps; k++)
	{
		TcsValues  *took = k == 0 ? NULL : &state->took[k - 1];
		int64		customers = k == 0 ? state->started : took->count;
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {0};

		values[STEP] = Int32GetDatum(k + 1);
		values[CUSTOMERS] = Int64GetDatum(customers);
		values[SHARE_OF_FIRST] = Float8GetDatum((double) customers / (double) state->started);
		nulls[SHARE_OF_PREVIOUS] = k == 0;
		if (k > 0)
			values[SHARE_OF_PREVIOUS] = Float8GetDatum((double) customers / (double) previous);
		values[MEDIAN_TIME] = IntervalPGetDatum(step_median_time(took, state->is_date));
		rows[k] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
		previous = customers;
	}
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, steps, type, -1, false, TYPALIGN_DOUBLE));
}
