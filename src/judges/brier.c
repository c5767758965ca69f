/*
 * brier.c
 *		How far predictions are off: the aggregates brier, mae and rmse.
 *
 * All are a mean of what the rows are off by; the sums are such that the order
 * of the rows does not show.
 */
#include "tcs.h"

#include "libpq/pqformat.h"

#include "numerics/exact_sum.h"
#include "judges/scored.h"

typedef struct MeanError
{
	int64		count;
	TcsSum		sum;
} MeanError;

/* Counts beyond this are nobody's. */
#define MANY		(INT64CONST(1) << 56)

PG_FUNCTION_INFO_V1(tcs_brier_trans);
PG_FUNCTION_INFO_V1(tcs_mae_trans);
PG_FUNCTION_INFO_V1(tcs_rmse_trans);
PG_FUNCTION_INFO_V1(tcs_mean_error_combine);
PG_FUNCTION_INFO_V1(tcs_mean_error_serial);
PG_FUNCTION_INFO_V1(tcs_mean_error_deserial);
PG_FUNCTION_INFO_V1(tcs_mean_error_final);
PG_FUNCTION_INFO_V1(tcs_rmse_final);

static void
brier_out_of_range(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s is out of range for double precision", what)));
}

static MeanError *
brier_create(MemoryContext context)
{
	return MemoryContextAllocZero(context, sizeof(MeanError));
}

static MeanError *
brier_state_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? brier_create(tcs_aggregate_context(fcinfo)) :
		(MeanError *) PG_GETARG_POINTER(0);
}

static void
brier_add_error(MeanError *state, double error)
{
	if (unlikely(isinf(error)))
		brier_out_of_range("difference of predicted and actual");
	tcs_sum_add(&state->sum, error);
	state->count++;
}

/* arguments: state, probability, label */
Datum
tcs_brier_trans(PG_FUNCTION_ARGS)
{
	MeanError  *state = brier_state_argument(fcinfo);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		double		off = tcs_probability(PG_GETARG_FLOAT8(1)) - (PG_GETARG_BOOL(2) ? 1.0 : 0.0);

		brier_add_error(state, off * off);
	}
	PG_RETURN_POINTER(state);
}

/* predicted - actual, the arguments after the state, neither of them NULL */
static double
brier_difference(FunctionCallInfo fcinfo)
{
	return tcs_finite(PG_GETARG_FLOAT8(1), "predicted") -
		tcs_finite(PG_GETARG_FLOAT8(2), "actual");
}

/* arguments: state, predicted, actual */
Datum
tcs_mae_trans(PG_FUNCTION_ARGS)
{
	MeanError  *state = brier_state_argument(fcinfo);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		brier_add_error(state, fabs(brier_difference(fcinfo)));
	PG_RETURN_POINTER(state);
}

/* arguments: state, predicted, actual */
Datum
tcs_rmse_trans(PG_FUNCTION_ARGS)
{
	MeanError  *state = brier_state_argument(fcinfo);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		double		off = brier_difference(fcinfo);

		brier_add_error(state, off * off);
	}
	PG_RETURN_POINTER(state);
}

Datum
tcs_mean_error_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	MeanError  *into;
	MeanError  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (MeanError *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? brier_create(context) : (MeanError *) PG_GETARG_POINTER(0);
	into->count += from->count;
	tcs_sum_merge(&into->sum, &from->sum);
	PG_RETURN_POINTER(into);
}

Datum
tcs_mean_error_serial(PG_FUNCTION_ARGS)
{
	MeanError  *state = (MeanError *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, state->count);
	tcs_send_sum(&buffer, &state->sum);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_mean_error_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	MeanError  *state;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	state = brier_create(CurrentMemoryContext);
	state->count = pq_getmsgint64(&buffer);
	state->sum = tcs_receive_sum(&buffer);
	pq_getmsgend(&buffer);
	if (state->count < 0 || state->count > MANY || state->sum.high < 0.0 ||
		(state->count == 0 && state->sum.high > 0.0))
		tcs_bad_state("sum");
	PG_RETURN_POINTER(state);
}

/* The mean; false where there is no row. */
static bool
brier_find_mean(FunctionCallInfo fcinfo, double *mean)
{
	MeanError  *state = TCS_STATE(MeanError);
	double		sum;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->count == 0)
		return false;
	sum = tcs_sum_value(&state->sum);
	if (!isfinite(sum))
		brier_out_of_range("sum of the differences");
	*mean = Max(sum, 0.0) / (double) state->count;
	return true;
}

Datum
tcs_mean_error_final(PG_FUNCTION_ARGS)
{
	double		mean;

	if (!brier_find_mean(fcinfo, &mean))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(mean);
}

Datum
tcs_rmse_final(PG_FUNCTION_ARGS)
{
	double		mean;

	if (!brier_find_mean(fcinfo, &mean))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(mean));
}
