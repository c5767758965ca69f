/*
 * spend.c
 *		Models of kind "gamma-gamma": made from given numbers, read, applied.
 */
#include "spend/spend.h"

#include <float.h>

#include "model/model.h"

PG_FUNCTION_INFO_V1(tcs_spend_model);
PG_FUNCTION_INFO_V1(tcs_expected_spend);

const char *const tcs_spend_term_names[TCS_SPEND_TERMS] = {"p", "q", "v", "scale", "population_mean"};
const char *const tcs_spend_limits[TCS_SPEND_LIMITS] = {"equal_spend", "equal_purchases"};

void
tcs_spend_read(Jsonb *model, TcsSpend *spend)
{
	double		value[TCS_SPEND_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0};
	static const char *const hint = "Fit on more customers, or make a model with spend_model.";
	TcsSpendTerm terms[TCS_SPEND_PARAMETERS];
	int			limits;
	int			count;

	tcs_model_open(model, "gamma-gamma", 1,
				   "Pass the result of spend_fit or spend_model.");
	limits = tcs_model_get_set(model, "limits", tcs_spend_limits, TCS_SPEND_LIMITS);
	spend->observed = tcs_model_get_optional(model, "observed_mean", DBL_MAX, NAN);
	/* a fit that found nothing may know what customers spent on average */
	if (!isnan(spend->observed) && tcs_model_get_optional(model, "converged", 1.0, 1.0) == 0.0)
	{
		limits = TCS_SPEND_EQUAL_SPEND | TCS_SPEND_EQUAL_PURCHASES;
		value[TCS_SPEND_MEAN] = spend->observed;
		count = 0;
	}
	else
		count = tcs_spend_terms(limits, terms);
	for (int i = 0; i < count; i++)
		value[terms[i]] = tcs_model_get_parameter(model, tcs_spend_term_names[terms[i]], hint);
	spend->gamma = tcs_spend_of_terms(limits, value);
	spend->first_purchase = tcs_model_get_optional(model, "first_purchase", 1.0, 0.0) > 0.0;
	spend->returns.rate = tcs_model_get_optional(model, "return_rate", 1.0, 0.0);
	spend->returns.prior = tcs_model_get_optional(model, "return_prior", DBL_MAX,
												  TCS_RETURN_PRIOR_MOST);
}

double
tcs_spend_bought(const TcsHistoryValue *history)
{
	double		bought = history->revenue + history->refunds;

	return isinf(bought) ? NAN : bought;
}

double
tcs_spend_purchases(const TcsHistoryValue *history, bool first_purchase,
					bool gross, double *mean)
{
	double		n = history->valued;
	double		bought = tcs_spend_bought(history);
	double		first = history->first_value;
	double		kept = 1.0;

	*mean = history->m_x;
	if (history->refunds > 0.0 && bought > 0.0)
		kept = history->revenue > 0.0 ? history->revenue / bought : 0.0;
	if (kept == 1.0)
		;
	else if (!gross)
		first *= kept;
	else if (kept > 0.0)
		*mean = isnan(*mean) ? NAN : fmin(*mean / kept, DBL_MAX);
	else
	{
		/* nothing is left of m_x */
		double		repeats = isnan(first) ? bought : bought - first;

		*mean = n > 0.0 && repeats > 0.0 ? repeats / n : 0.0;
	}
	if (!first_purchase || isnan(first))
		return n;
	*mean = n > 0.0 ? *mean * (n / (n + 1.0)) + first / (n + 1.0) : first;
	return n + 1.0;
}

void
tcs_spend_know(const TcsSpend *spend, const TcsHistoryValue *history,
			   TcsSpendKnown *known)
{
	bool		returns = spend->returns.rate > 0.0;
	double		bought = tcs_spend_bought(history);
	double		weight = spend->returns.prior;
	TcsHistoryValue gross = *history;

	known->kept = 1.0;
	if (returns && isnan(bought))
	{
		/* m_x is net of refunds of which nothing more is known */
		known->kept = 1.0 - spend->returns.rate;
		if (known->kept > 0.0)
			gross.m_x = isnan(gross.m_x) ? NAN : fmin(gross.m_x / known->kept, DBL_MAX);
	}
	known->n = tcs_spend_purchases(&gross, spend->first_purchase, returns, &known->mean);
	if (!returns)
	{
		/* all was sent back, which is not the same as not to be known */
		if (known->n > 0.0 && known->mean == 0.0 && history->refunds > 0.0)
			known->mean = DBL_MIN;
	}
	else if (!isnan(bought))
	{
		double		n = history->valued + (isnan(history->first_value) ? 0.0 : 1.0);
		double		share = bought > 0.0 ? tcs_return_share(bought, history->refunds) : 0.0;

		if (bought <= 0.0)
			n = 0.0;
		known->kept = 1.0 - tcs_return_expected(&spend->returns, n, share);
		weight += n;
	}

	/*
	 * as if purchases were sent back whole, by rates that are beta
	 * distributed
	 */
	known->kept_square = known->kept * (known->kept + (1.0 - known->kept) / (weight + 1.0));
}

double
tcs_spend_population_mean(const TcsGammaGamma *gamma)
{
	double		mean = tcs_gamma_gamma_mean(gamma, 0.0, NAN);

	return isinf(mean) ? NAN : mean;
}

double
tcs_spend_expected(const TcsSpend *spend, const TcsHistoryValue *history)
{
	TcsSpendKnown known;
	double		mean;

	tcs_spend_know(spend, history, &known);
	mean = tcs_gamma_gamma_mean(&spend->gamma, known.n, known.mean);
	if (unlikely(isinf(mean)))
		mean = known.n > 0.0 && known.mean > 0.0 && !isnan(spend->observed) ? known.mean : spend->observed;
	if (unlikely(isnan(mean)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the expected value of a purchase is infinite under the model"),
				 errdetail("It is finite where q exceeds 1 for customers without a purchase of a positive value that counts, and where p times the number of these plus q exceeds 1 for others; q is %g here.",
						   spend->gamma.q),
				 errhint("Leave such customers out, or fit without the few purchases of extreme value.")));
	return mean * known.kept;
}

void
tcs_spend_squares(const TcsSpend *spend, const TcsSpendKnown *known,
				  double *one, double *two)
{
	double		spread = tcs_gamma_gamma_spread(&spend->gamma, known->n, known->mean);

	*one = known->kept > 0.0 ? known->kept * (1.0 + 1.0 / spend->gamma.p) * spread : 0.0;
	*two = known->kept > 0.0 ? known->kept_square * spread : 0.0;
}

/* arguments: p, q, v, first_purchase, return_rate, return_prior */
Datum
tcs_spend_model(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"p", "q", "v"};
	double		parameter[lengthof(names)];
	double		return_rate = tcs_finite(PG_GETARG_FLOAT8(4), "return_rate");
	double		return_prior = tcs_finite(PG_GETARG_FLOAT8(5), "return_prior");
	TcsGammaGamma gamma;
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
	if (return_rate < 0.0 || return_rate > 1.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("return_rate must lie between 0 and 1, not be %g", return_rate),
				 errhint("Give 0.2 where a fifth of what is bought is sent back.")));
	if (return_prior < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("return_prior must not be negative, but is %g", return_prior)));
	gamma = (TcsGammaGamma)
	{
		parameter[0], parameter[1], parameter[2]
	};
	tcs_model_number(&text, "population_mean", tcs_spend_population_mean(&gamma));
	tcs_model_boolean(&text, "first_purchase", PG_GETARG_BOOL(3));
	tcs_model_number(&text, "return_rate", return_rate);
	tcs_model_number(&text, "return_prior", return_rate > 0.0 ? return_prior : NAN);
	PG_RETURN_DATUM(tcs_model_end(&text));
}

static void *
spend_parse_model(Jsonb *jsonb)
{
	TcsSpend   *model = palloc(sizeof(TcsSpend));

	tcs_spend_read(jsonb, model);
	return model;
}

/* arguments: model, history */
Datum
tcs_expected_spend(PG_FUNCTION_ARGS)
{
	TcsSpend   *model = tcs_model_argument(fcinfo, 0, spend_parse_model,
										   &fcinfo->flinfo->fn_extra);
	TcsHistoryValue history;

	if (!tcs_history_value(fcinfo, 1, &history))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(tcs_spend_expected(model, &history));
}
