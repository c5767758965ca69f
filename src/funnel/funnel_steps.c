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
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "funnel/plan.h"
#include "math/funnel.h"
#include "server/server.h"

/*
 * For each step after the first how long after the first it was taken, and how
 * long after the one before, in days or in microseconds.
 */
typedef struct FunnelSteps
{
	TcsBudget	budget;
	bool		is_date;
	int			name_count;		/* 0: the steps have no names */
	char	  **names;
	ArrayType  *given;			/* what the names are from; NULL if received */
	int64		started;
	TcsValues	took[TCS_FUNNEL_STEPS - 1];
	TcsValues	took_from_previous[TCS_FUNNEL_STEPS - 1];
} FunnelSteps;

/* The columns of tcs.funnel_step. */
enum
{
	STEP,
	NAME,
	CUSTOMERS,
	SHARE_OF_FIRST,
	SHARE_OF_PREVIOUS,
	Q1_TIME,
	MEDIAN_TIME,
	Q3_TIME,
	Q1_STEP_TIME,
	MEDIAN_STEP_TIME,
	Q3_STEP_TIME,
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

/* an error unless those names are the state's */
static void
steps_check_names(const FunnelSteps *state, char **names, int count)
{
	bool		same = state->name_count == count;

	for (int k = 0; k < count && same; k++)
		same = strcmp(state->names[k], names[k]) == 0;
	if (!same)
		tcs_not_the_same("steps");
}

/* The names of the steps, which are the same for all rows. */
static void
steps_take_names(FunnelSteps *state, ArrayType *given)
{
	if (state->given != NULL && VARSIZE(state->given) == VARSIZE(given) &&
		memcmp(state->given, given, VARSIZE(given)) == 0)
		return;
	if (state->name_count > 0)
	{
		int			count;
		char	  **names = tcs_funnel_step_names(given, &count);

		steps_check_names(state, names, count);
	}
	else
	{
		MemoryContext old = MemoryContextSwitchTo(state->budget.context);

		state->names = tcs_funnel_step_names(given, &state->name_count);
		state->given = DatumGetArrayTypePCopy(PointerGetDatum(given));
		MemoryContextSwitchTo(old);
	}
}

/* arguments: state, funnel, perhaps steps */
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

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			tcs_refuse_null("steps", "Give the steps that the funnel was made with.");
		steps_take_names(state, PG_GETARG_ARRAYTYPE_P(2));
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	times = steps_get(PG_GETARG_ARRAYTYPE_P(1), is_date, &steps);
	if (state->name_count > 0 && steps > state->name_count)
		steps_refuse("the array has more times than there are steps");
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
			tcs_values_add(&state->took_from_previous[k - 1], &state->budget,
						   (uint64) at - (uint64) previous);
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

static void
steps_copy_names(FunnelSteps *state, char **names, int count)
{
	state->name_count = count;
	state->names = MemoryContextAlloc(state->budget.context, Max(count, 1) * sizeof(char *));
	for (int k = 0; k < count; k++)
		state->names[k] = MemoryContextStrdup(state->budget.context, names[k]);
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
	if (PG_ARGISNULL(0))
	{
		into = steps_create(context, from->is_date);
		steps_copy_names(into, from->names, from->name_count);
	}
	else
	{
		into = (FunnelSteps *) PG_GETARG_POINTER(0);
		steps_check_names(into, from->names, from->name_count);
	}
	if (into->is_date != from->is_date)
		steps_refuse("dates and timestamps in one group");
	into->started += from->started;
	for (int k = 0; k < TCS_FUNNEL_STEPS - 1; k++)
	{
		tcs_values_merge(&into->took[k], &into->budget, &from->took[k]);
		tcs_values_merge(&into->took_from_previous[k], &into->budget, &from->took_from_previous[k]);
	}
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
	pq_sendint8(&buffer, state->name_count);
	for (int k = 0; k < state->name_count; k++)
		pq_sendbytes(&buffer, state->names[k], strlen(state->names[k]) + 1);
	pq_sendint8(&buffer, steps);
	for (int k = 0; k < steps; k++)
	{
		tcs_values_send(&buffer, &state->took[k]);
		tcs_values_send(&buffer, &state->took_from_previous[k]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static void
steps_receive_names(StringInfo buffer, FunnelSteps *state)
{
	char	   *names[TCS_FUNNEL_STEPS];
	int			count = pq_getmsgbyte(buffer);

	if (count > TCS_FUNNEL_STEPS)
		tcs_bad_state("funnel steps");
	for (int k = 0; k < count; k++)
	{
		names[k] = unconstify(char *, pq_getmsgrawstring(buffer));
		if (!pg_verifymbstr(names[k], strlen(names[k]), true))
			tcs_bad_state("funnel steps");
	}
	steps_copy_names(state, names, count);
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

	tcs_copied_buffer(&buffer, bytes);
	state = steps_create(CurrentMemoryContext, pq_getmsgbyte(&buffer) != 0);
	state->started = pq_getmsgint64(&buffer);
	steps_receive_names(&buffer, state);
	steps = pq_getmsgbyte(&buffer);
	longest = state->is_date ? PG_INT32_MAX : (uint64) END_TIMESTAMP - (uint64) MIN_TIMESTAMP;
	/* the values are for the state that this one is combined with */
	state->budget.context = context;
	before = state->started;
	for (int k = 0; k < steps && k < TCS_FUNNEL_STEPS - 1; k++)
	{
		tcs_values_receive(&buffer, &state->took[k], &state->budget, 0, longest);
		tcs_values_receive(&buffer, &state->took_from_previous[k], &state->budget, 0, longest);
		if (state->took[k].count == 0 || state->took[k].count > before ||
			state->took_from_previous[k].count != state->took[k].count)
			steps = TCS_FUNNEL_STEPS;
		before = state->took[k].count;
	}
	if (steps > TCS_FUNNEL_STEPS - 1 || state->started < 0 ||
		state->started > PG_INT64_MAX / 2 ||
		(state->name_count > 0 && steps >= state->name_count))
		tcs_bad_state("funnel steps");
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

/*
 * The time below which so many quarters of the values lie, between two of them
 * as far as the rank is, in whole microseconds.
 */
static Datum
step_quartile(TcsValues *values, int quarters, bool is_date)
{
	Interval   *interval = palloc0(sizeof(Interval));
	uint64		rank = (uint64) (values->count - 1) * quarters;
	uint64		low;
	uint64		above = 0;
	uint64		part;

	tcs_values_settle(values);
	low = tcs_runs_select(values->runs, values->run_count, rank / 4 + 1);
	if (rank % 4 > 0)
		above = tcs_runs_select(values->runs, values->run_count, rank / 4 + 2) - low;
	part = above / 4 * (rank % 4) + above % 4 * (rank % 4) / 4;
	if (is_date)
	{
		interval->day = (int32) (low + part);
		interval->time = above % 4 * (rank % 4) % 4 * (USECS_PER_DAY / 4);
	}
	else
	{
		interval->day = (int32) ((low + part) / USECS_PER_DAY);
		interval->time = (int64) ((low + part) % USECS_PER_DAY);
	}
	return IntervalPGetDatum(interval);
}

/* The row of a step; the first has number 0. */
static HeapTuple
step_row(FunnelSteps *state, int k, TupleDesc descriptor)
{
	int64		customers = k == 0 ? state->started : state->took[k - 1].count;
	int64		previous = k == 0 ? 0 : k == 1 ? state->started : state->took[k - 2].count;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};

	values[STEP] = Int32GetDatum(k + 1);
	nulls[NAME] = state->name_count == 0;
	if (state->name_count > 0)
		values[NAME] = CStringGetTextDatum(state->names[k]);
	values[CUSTOMERS] = Int64GetDatum(customers);
	nulls[SHARE_OF_FIRST] = state->started == 0;
	if (state->started > 0)
		values[SHARE_OF_FIRST] = Float8GetDatum((double) customers / (double) state->started);
	nulls[SHARE_OF_PREVIOUS] = previous == 0;
	if (previous > 0)
		values[SHARE_OF_PREVIOUS] = Float8GetDatum((double) customers / (double) previous);
	for (int q = 0; q < 3; q++)
	{
		nulls[Q1_TIME + q] = customers == 0;
		nulls[Q1_STEP_TIME + q] = customers == 0 || k == 0;
		if (customers > 0 && k == 0)
			values[Q1_TIME + q] = IntervalPGetDatum(palloc0(sizeof(Interval)));
		if (customers > 0 && k > 0)
		{
			values[Q1_TIME + q] = step_quartile(&state->took[k - 1], q + 1, state->is_date);
			values[Q1_STEP_TIME + q] = step_quartile(&state->took_from_previous[k - 1], q + 1,
													 state->is_date);
		}
	}
	return heap_form_tuple(descriptor, values, nulls);
}

Datum
tcs_funnel_steps_final(PG_FUNCTION_ARGS)
{
	FunnelSteps *state = TCS_STATE(FunnelSteps);
	TupleDesc	descriptor;
	Oid			type;
	int			steps;
	Datum		rows[TCS_FUNNEL_STEPS];

	tcs_aggregate_context(fcinfo);
	if (state == NULL || (state->started == 0 && state->name_count == 0))
		PG_RETURN_NULL();

	descriptor = tcs_element_descriptor(fcinfo, COLUMNS, &type);
	steps = state->name_count > 0 ? state->name_count : 1 + steps_count_later(state);
	for (int k = 0; k < steps; k++)
		rows[k] = HeapTupleGetDatum(step_row(state, k, descriptor));
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, steps, type, -1, false, TYPALIGN_DOUBLE));
}
