/*
 * abc_fit.c
 *		ABC models: the aggregate abc_fit, and abc_tier under a model.
 */
#include "abc/distribution.h"

#include <math.h>

#include "history/history_value.h"
#include "history/refused.h"
#include "values/cuts.h"
#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_abc_fit_trans);
PG_FUNCTION_INFO_V1(tcs_abc_fit_history);
PG_FUNCTION_INFO_V1(tcs_abc_fit_refused);
PG_FUNCTION_INFO_V1(tcs_abc_fit_final);
PG_FUNCTION_INFO_V1(tcs_abc_tier_model);
PG_FUNCTION_INFO_V1(tcs_abc_tier_history);

/* a state that is fitted with those cuts: the given one, or a new one */
static TcsDistribution *
abc_state_for_cuts(FunctionCallInfo fcinfo, const double *cuts, int count)
{
	TcsDistribution *state;

	if (PG_ARGISNULL(0))
		return tcs_distribution_create(tcs_aggregate_context(fcinfo), cuts, count, 0);
	state = (TcsDistribution *) PG_GETARG_POINTER(0);
	if (state->cut_count != count ||
		memcmp(state->cuts, cuts, count * sizeof(double)) != 0)
		tcs_not_the_same("cuts");
	return state;
}

/* The state for the cuts in argument 2, or for the usual ones. */
static TcsDistribution *
abc_state(FunctionCallInfo fcinfo)
{
	static const double default_cuts[] = TCS_ABC_DEFAULT_CUTS;

	if (PG_NARGS() > 2)
	{
		TcsCutsCache *cache = fcinfo->flinfo->fn_extra;

		if (PG_ARGISNULL(2))
			tcs_cuts_null();
		if (cache == NULL)
			cache = fcinfo->flinfo->fn_extra =
				MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TcsCutsCache));
		tcs_cuts_of_shares(PG_GETARG_ARRAYTYPE_P(2), cache, fcinfo->flinfo->fn_mcxt);
		return abc_state_for_cuts(fcinfo, cache->cuts, cache->count);
	}
	return abc_state_for_cuts(fcinfo, default_cuts, lengthof(default_cuts));
}

static void
abc_add_value(TcsDistribution *state, double value)
{
	state->customers++;
	if (value > 0.0)
		tcs_distribution_add_falling(state, value);
}

/* arguments: state, value [, cuts] */
Datum
tcs_abc_fit_trans(PG_FUNCTION_ARGS)
{
	TcsDistribution *state = abc_state(fcinfo);

	if (!PG_ARGISNULL(1))
		abc_add_value(state, tcs_finite(PG_GETARG_FLOAT8(1), "value"));
	PG_RETURN_POINTER(state);
}

/* arguments: state, history [, cuts] */
Datum
tcs_abc_fit_history(PG_FUNCTION_ARGS)
{
	TcsDistribution *state = abc_state(fcinfo);
	TcsHistoryValue history;

	if (!PG_ARGISNULL(1) && tcs_history_value(fcinfo, 1, &history) && !isnan(history.revenue))
		abc_add_value(state, history.revenue);
	PG_RETURN_POINTER(state);
}

/* arguments: state, value of any type */
Datum
tcs_abc_fit_refused(PG_FUNCTION_ARGS)
{
	tcs_refused(fcinfo, 1, "value", "a number", "Convert it: value::numeric.");
	PG_RETURN_NULL();
}

Datum
tcs_abc_fit_final(PG_FUNCTION_ARGS)
{
	TcsDistribution *state = TCS_STATE(TcsDistribution);
	double		bounds[TCS_MAX_CUTS];
	StringInfoData text;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->customers == 0)
		PG_RETURN_NULL();
	tcs_abc_bounds(state, state->cuts, state->cut_count, bounds);
	tcs_model_begin(&text, "abc", 1);
	tcs_model_integer(&text, "customers", state->customers);
	tcs_model_number(&text, "total", tcs_distribution_total(state));
	tcs_model_numbers(&text, "cuts", state->cuts, state->cut_count);
	tcs_model_numbers(&text, "lower_bounds", bounds, state->cut_count);
	PG_RETURN_DATUM(tcs_model_end(&text));
}

typedef struct AbcModel
{
	int			count;
	double	   *bounds;			/* NaN: no value reaches that tier */
	text	  **names;
} AbcModel;

static void *
abc_parse_model(Jsonb *jsonb)
{
	AbcModel   *model = palloc(sizeof(AbcModel));
	const char *key = "lower_bounds";

	tcs_model_open(jsonb, "abc", 1, "Pass the result of abc_fit.");
	model->bounds = tcs_model_get_numbers(jsonb, key, TCS_MAX_CUTS, true,
										  &model->count);
	for (int i = 1; i < model->count; i++)
	{
		/* what reaches a tier reaches the lower ones */
		if (isnan(model->bounds[i]) && !isnan(model->bounds[i - 1]))
			tcs_model_bad(key, "has a null after a number");
		if (model->bounds[i] > model->bounds[i - 1])
			tcs_model_bad(key, "is not in descending order");
	}
	model->names = palloc((model->count + 1) * sizeof(text *));
	for (int i = 0; i <= model->count; i++)
		model->names[i] = tcs_abc_tier_name(i);
	return model;
}

/* arguments: model, value */
Datum
tcs_abc_tier_model(PG_FUNCTION_ARGS)
{
	AbcModel   *model = tcs_model_argument(fcinfo, 0, abc_parse_model,
										   &fcinfo->flinfo->fn_extra);
	double		value = tcs_finite(PG_GETARG_FLOAT8(1), "value");

	PG_RETURN_TEXT_P(model->names[tcs_abc_tier_of(model->bounds, model->count, value)]);
}

/* arguments: model, history */
Datum
tcs_abc_tier_history(PG_FUNCTION_ARGS)
{
	AbcModel   *model = tcs_model_argument(fcinfo, 0, abc_parse_model,
										   &fcinfo->flinfo->fn_extra);
	TcsHistoryValue history;

	if (!tcs_history_value(fcinfo, 1, &history) || isnan(history.revenue))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(model->names[tcs_abc_tier_of(model->bounds, model->count, history.revenue)]);
}
