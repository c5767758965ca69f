/*
 * spend.c
 *		Models of kind "gamma-gamma": made from given numbers, read, applied.
 */
#include "spend/spend.h"

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_spend_model);
PG_FUNCTION_INFO_V1(tcs_expected_spend);

const char *const tcs_spend_term_names[TCS_SPEND_TERMS] = {"p", "q", "v", "scale", "population_mean"};
const char *const tcs_spend_limits[TCS_SPEND_LIMITS] = {"equal_spend", "equal_purchases"};

void
tcs_spend_read(Jsonb *model, TcsGammaGamma *spend)
{
	static const char *const hint = "Fit on more customers, or make a model with spend_model.";
	double		value[TCS_SPEND_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0};
	TcsSpendTerm terms[TCS_SPEND_PARAMETERS];
	int			limits;
	int			count;

	tcs_model_open(model, "gamma-gamma", 1,
				   "Pass the result of spend_fit or spend_model.");
	limits = tcs_model_get_set(model, "limits", tcs_spend_limits, TCS_SPEND_LIMITS);
	count = tcs_spend_terms(limits, terms);
	for (int i = 0; i < count; i++)
		value[terms[i]] = tcs_model_get_parameter(model, tcs_spend_term_names[terms[i]], hint);
	*spend = tcs_spend_of_terms(limits, value);
}

double
tcs_spend_population_mean(const TcsGammaGamma *spend)
{
	double		mean = tcs_gamma_gamma_mean(spend, 0.0, NAN);

	return isinf(mean) ? NAN : mean;
}

double
tcs_spend_expected(const TcsGammaGamma *spend, const TcsHistoryValue *history)
{
	double		mean = tcs_gamma_gamma_mean(spend, history->x, history->m_x);

	if (unlikely(isinf(mean)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the expected value of a purchase is infinite under the model"),
				 errdetail("It is finite where q exceeds 1 for customers without repeat purchases of a positive value, and where p times x plus q exceeds 1 for others; q is %g here.",
						   spend->q),
				 errhint("Leave such customers out, or fit without the few purchases of extreme value.")));
	return mean;
}

/* arguments: p, q, v */
Datum
tcs_spend_model(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"p", "q", "v"};
	double		parameter[lengthof(names)];
	TcsGammaGamma spend;
	StringInfoData text;

	tcs_model_begin(&text, "gamma-gamma", 1);
	for (int i = 0; i < lengthof(names); i++)
	{
		double		value = tcs_finite(PG_GETARG_FLOAT8(i), names[i]);

		if (value <= 0.0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be positive, not %g", names[i], value)));
		tcs_model_number(&text, names[i], value);
		parameter[i] = value;
	}
	spend = (TcsGammaGamma)
	{
		parameter[0], parameter[1], parameter[2]
	};
	tcs_model_number(&text, "population_mean", tcs_spend_population_mean(&spend));
	PG_RETURN_DATUM(tcs_model_end(&text));
}

static void *
spend_parse_model(Jsonb *jsonb)
{
	TcsGammaGamma *model = palloc(sizeof(TcsGammaGamma));

	tcs_spend_read(jsonb, model);
	return model;
}

/* arguments: model, history */
Datum
tcs_expected_spend(PG_FUNCTION_ARGS)
{
	TcsGammaGamma *model = tcs_model_argument(fcinfo, 0, spend_parse_model,
											  &fcinfo->flinfo->fn_extra);
	TcsHistoryValue history;

	if (!tcs_history_value(fcinfo, 1, &history))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(tcs_spend_expected(model, &history));
}
