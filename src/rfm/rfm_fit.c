/*
 * rfm_fit.c
 *		The cuts of a population: the aggregate rfm_fit.
 */
#include "rfm/rfm.h"

#include <float.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"

#include "model/model.h"

#define DEFAULT_BINS	5

typedef struct RfmFitState
{
	TcsBudget	budget;
	int			bins;
	TcsValues	values[TCS_RFM_MEASURES];
} RfmFitState;

PG_FUNCTION_INFO_V1(tcs_rfm_fit_float8);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_interval);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_history);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_combine);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_serial);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_rfm_fit_final);

int
tcs_rfm_check_bins(int bins)
{
	if (bins < 2 || bins > TCS_RFM_MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must lie between 2 and %d, not %d",
						TCS_RFM_MAX_BINS, bins)));
	return bins;
}

void
tcs_rfm_cuts(const TcsValues *values, int bins, uint64 *cuts)
{
	for (int j = 1; j < bins; j++)
	{
		CHECK_FOR_INTERRUPTS();
		cuts[j - 1] = tcs_runs_select(values->runs, values->run_count,
									  (values->count * j + bins - 1) / bins);
	}
}

static RfmFitState *
rfm_fit_create(MemoryContext context, int bins)
{
	RfmFitState *state = MemoryContextAllocZero(context, sizeof(RfmFitState));

	state->budget.context = context;
	state->budget.used = sizeof(RfmFitState);
	state->bins = bins;
	return state;
}

static void
rfm_check_same_bins(const RfmFitState *state, int bins)
{
	if (state->bins != bins)
		tcs_not_the_same("bins");
}

/* The state, made where there is none, for the bins in argument argno if there is one. */
static RfmFitState *
rfm_state_for_bins(FunctionCallInfo fcinfo, int argno)
{
	RfmFitState *state = TCS_STATE(RfmFitState);
	int			bins = DEFAULT_BINS;

	if (PG_NARGS() > argno)
	{
		if (PG_ARGISNULL(argno))
			tcs_refuse_null("bins", NULL);
		bins = PG_GETARG_INT32(argno);
	}
	if (state == NULL)
		return rfm_fit_create(tcs_aggregate_context(fcinfo), tcs_rfm_check_bins(bins));
	rfm_check_same_bins(state, bins);
	return state;
}

static void
rfm_add_values(RfmFitState *state, const double *value)
{
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
		tcs_values_add(&state->values[measure], &state->budget,
					   tcs_key_of_double(value[measure]));
}

/* arguments: state, age, frequency, monetary [, bins] */
static Datum
rfm_row_add(FunctionCallInfo fcinfo, bool interval)
{
	RfmFitState *state = rfm_state_for_bins(fcinfo, 4);
	double		value[TCS_RFM_MEASURES];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_POINTER(state);
	value[TCS_RFM_AGE] = tcs_rfm_age(fcinfo, 1, interval);
	value[TCS_RFM_FREQUENCY] = tcs_finite(PG_GETARG_FLOAT8(2), "frequency");
	value[TCS_RFM_MONETARY] = tcs_finite(PG_GETARG_FLOAT8(3), "monetary");
	rfm_add_values(state, value);
	PG_RETURN_POINTER(state);
}

Datum
tcs_rfm_fit_float8(PG_FUNCTION_ARGS)
{
	return rfm_row_add(fcinfo, false);
}

Datum
tcs_rfm_fit_interval(PG_FUNCTION_ARGS)
{
	return rfm_row_add(fcinfo, true);
}

/* arguments: state, history [, bins] */
Datum
tcs_rfm_fit_history(PG_FUNCTION_ARGS)
{
	RfmFitState *state = rfm_state_for_bins(fcinfo, 2);
	double		value[TCS_RFM_MEASURES];

	if (!PG_ARGISNULL(1) && tcs_rfm_history(fcinfo, 1, value))
		rfm_add_values(state, value);
	PG_RETURN_POINTER(state);
}

Datum
tcs_rfm_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	RfmFitState *into;
	RfmFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (RfmFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? rfm_fit_create(context, from->bins) :
		(RfmFitState *) PG_GETARG_POINTER(0);
	rfm_check_same_bins(into, from->bins);
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
		tcs_values_merge(&into->values[measure], &into->budget,
						 &from->values[measure]);
	PG_RETURN_POINTER(into);
}

Datum
tcs_rfm_fit_serial(PG_FUNCTION_ARGS)
{
	RfmFitState *state = (RfmFitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->bins);
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
		tcs_values_send(&buffer, &state->values[measure]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_rfm_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	RfmFitState *state;
	MemoryContext context = tcs_aggregate_context(fcinfo);

	tcs_read_only_buffer(&buffer, bytes);
	state = rfm_fit_create(CurrentMemoryContext,
						   tcs_rfm_check_bins((int) pq_getmsgint(&buffer, 4)));
	/* the values are for the state that this one is combined with */
	state->budget.context = context;
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
	{
		tcs_values_receive(&buffer, &state->values[measure], &state->budget,
						   tcs_key_of_double(-DBL_MAX), tcs_key_of_double(DBL_MAX));
		if (state->values[measure].count != state->values[0].count)
			tcs_bad_state("fit");
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
tcs_rfm_fit_final(PG_FUNCTION_ARGS)
{
	RfmFitState *state = TCS_STATE(RfmFitState);
	StringInfoData text;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->values[0].count == 0)
		PG_RETURN_NULL();

	tcs_model_begin(&text, "rfm", 1);
	tcs_model_integer(&text, "customers", state->values[0].count);
	for (int measure = 0; measure < TCS_RFM_MEASURES; measure++)
	{
		uint64		keys[TCS_RFM_MAX_BINS];
		double		cuts[TCS_RFM_MAX_BINS];

		tcs_values_settle(&state->values[measure]);
		tcs_rfm_cuts(&state->values[measure], state->bins, keys);
		for (int i = 0; i < state->bins - 1; i++)
			cuts[i] = tcs_double_of_key(keys[i]);
		tcs_model_numbers(&text, tcs_rfm_cut_keys[measure], cuts, state->bins - 1);
	}
	PG_RETURN_DATUM(tcs_model_end(&text));
}
