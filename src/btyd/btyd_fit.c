/*
 * btyd_fit.c
 *		Fitting a model of repeat purchases: the aggregate btyd_fit.
 */
#include "btyd/btyd.h"

#include "libpq/pqformat.h"
#include "utils/memutils.h"

#include "btyd/population.h"
#include "model/model.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_btyd_fit_trans);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_combine);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_serial);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_final);

typedef struct BtydFitState
{
	TcsBtydFamily family;
	TcsPopulation population;
} BtydFitState;

static BtydFitState *
btyd_fit_create(MemoryContext context, TcsBtydFamily family)
{
	BtydFitState *state = MemoryContextAllocZero(context, sizeof(BtydFitState));

	state->family = family;
	state->population.budget.context = context;
	state->population.budget.used = sizeof(BtydFitState);
	return state;
}

static void
btyd_check_same_family(const BtydFitState *state, TcsBtydFamily family)
{
	if (state->family != family)
		tcs_not_the_same("family");
}

/* arguments: state, history [, family] */
Datum
tcs_btyd_fit_trans(PG_FUNCTION_ARGS)
{
	BtydFitState *state = PG_ARGISNULL(0) ? NULL : (BtydFitState *) PG_GETARG_POINTER(0);
	TcsBtydFamily family = TCS_MBG_NBD;
	TcsHistoryValue history;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("family must not be null"),
					 errhint("The families are mbg/nbd, bg/nbd and pareto/nbd.")));
		family = tcs_btyd_family(PG_GETARG_TEXT_PP(2));
	}
	if (state != NULL)
		btyd_check_same_family(state, family);
	else
		state = btyd_fit_create(tcs_aggregate_context(fcinfo), family);

	if (!PG_ARGISNULL(1) && tcs_history_value(fcinfo, 1, &history))
		tcs_population_add(&state->population, &history);
	PG_RETURN_POINTER(state);
}

Datum
tcs_btyd_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	BtydFitState *into;
	BtydFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (BtydFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? btyd_fit_create(context, from->family) :
		(BtydFitState *) PG_GETARG_POINTER(0);
	btyd_check_same_family(into, from->family);
	tcs_population_merge(&into->population, &from->population);
	PG_RETURN_POINTER(into);
}

Datum
tcs_btyd_fit_serial(PG_FUNCTION_ARGS)
{
	BtydFitState *state = (BtydFitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->family);
	tcs_population_send(&buffer, &state->population);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_btyd_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	BtydFitState *state;
	uint32		family;

	tcs_read_only_buffer(&buffer, bytes);
	family = pq_getmsgint(&buffer, 4);
	if (family >= TCS_BTYD_FAMILIES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid serialized fit")));
	state = btyd_fit_create(CurrentMemoryContext, (TcsBtydFamily) family);
	/* what is in it is for the state that this one is combined with */
	state->population.budget.context = context;
	tcs_population_receive(&buffer, &state->population);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* What a parameter at its bound means for the customers. */
static const char *
btyd_bound_meaning(const TcsFit *fit)
{
	/* a and b, or s and beta, may grow without end together or alone */
	bool		alike = fit->theta[2] > log(100.0);

	switch (fit->which)
	{
		case 0:
		case 1:
			return fit->direction > 0 && fit->theta[0] > log(100.0) ?
				", as if all customers bought at the same rate" : "";
		case 2:
			return fit->direction > 0 ? ", as if all customers were equally faithful" :
				", as if no customer ever left";
		default:
			if (fit->direction < 0)
				return "";
			return alike ? ", as if all customers were equally faithful" :
				", as if no customer ever left";
	}
}

/* What is told of a fit that found nothing, or NULL. */
static const char *
btyd_note_text(TcsBtydNote note, const TcsFit *fit, TcsBtydFamily family)
{
	switch (note)
	{
		case TCS_BTYD_FINE:
			return NULL;
		case TCS_BTYD_NO_REPEATS:
			return "no customer has a repeat purchase";
		case TCS_BTYD_NO_TIME:
			return "no repeat buyer was observed for any time";
		case TCS_BTYD_BOUND:
			return psprintf("the data do not determine a model: %s runs to %s%s",
							tcs_btyd_parameters[family][fit->which],
							fit->direction < 0 ? "0" : "infinity",
							btyd_bound_meaning(fit));
		case TCS_BTYD_FLAT:
			return "the data do not tell the parameters apart";
		case TCS_BTYD_FAILED:
			break;
	}
	return "the search for the greatest likelihood did not end";
}

/* The model; btyd is NULL where there is no estimate. */
static Datum
btyd_make_model(const TcsBtydData *data, double customers, TcsBtydFamily family,
				const TcsBtyd *btyd, const TcsFit *fit, const char *note)
{
	const char *const *names = tcs_btyd_parameters[family];
	double		missing[TCS_BTYD_PARAMETERS] = {NAN, NAN, NAN, NAN};
	double		likelihood = btyd ? fit->value : NAN;
	StringInfoData json;

	tcs_model_begin(&json, tcs_btyd_families[family], 1);
	tcs_model_number(&json, names[0], btyd ? btyd->r : NAN);
	tcs_model_number(&json, names[1], btyd ? btyd->alpha : NAN);
	tcs_model_number(&json, names[2], btyd ? btyd->a : NAN);
	tcs_model_number(&json, names[3], btyd ? btyd->b : NAN);
	tcs_model_named_numbers(&json, "standard_errors", names,
							btyd ? fit->standard_error : missing, TCS_BTYD_PARAMETERS);
	tcs_model_number(&json, "log_likelihood", likelihood);
	tcs_model_number(&json, "aic", 2.0 * TCS_BTYD_PARAMETERS - 2.0 * likelihood);
	tcs_model_number(&json, "bic", TCS_BTYD_PARAMETERS * log(customers) - 2.0 * likelihood);
	tcs_model_integer(&json, "customers", (int64) customers);
	tcs_model_integer(&json, "tuples", data->tuple_count);
	tcs_model_integer(&json, "iterations", fit->iterations);
	tcs_model_number(&json, "gradient_norm", btyd ? fit->gradient_norm : NAN);
	tcs_model_number(&json, "condition_number", btyd ? fit->condition_number : NAN);
	tcs_model_boolean(&json, "converged", btyd != NULL);
	tcs_model_texts(&json, "notes", &note, note ? 1 : 0);
	return tcs_model_end(&json);
}

Datum
tcs_btyd_fit_final(PG_FUNCTION_ARGS)
{
	BtydFitState *state = PG_ARGISNULL(0) ? NULL : (BtydFitState *) PG_GETARG_POINTER(0);
	TcsBtydData data;
	TcsBtyd		btyd;
	TcsFit		fit = {0};
	TcsBtydNote note;
	Datum		model;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || tcs_population_count(&state->population) == 0)
		PG_RETURN_NULL();
	tcs_population_data(&state->population, &data);
	note = tcs_btyd_fit(&data, state->family, &btyd, &fit);
	tcs_progress_end();
	model = btyd_make_model(&data, tcs_population_count(&state->population), state->family,
							note == TCS_BTYD_FINE ? &btyd : NULL, &fit,
							btyd_note_text(note, &fit, state->family));
	tcs_population_free(&state->population, &data);
	PG_RETURN_DATUM(model);
}
