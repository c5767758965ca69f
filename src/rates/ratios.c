/*
 * ratios.c
 *		KPIs that are one number over another.
 */
#include "tcs.h"

PG_FUNCTION_INFO_V1(tcs_acquisition_cost);
PG_FUNCTION_INFO_V1(tcs_value_to_cost);
PG_FUNCTION_INFO_V1(tcs_market_share);
PG_FUNCTION_INFO_V1(tcs_return_on_marketing);

/* An argument that may not be negative. */
static double
ratio_amount_argument(FunctionCallInfo fcinfo, int argument, const char *what, const char *hint)
{
	double		amount = tcs_finite(PG_GETARG_FLOAT8(argument), what);

	if (amount < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative, as %g is", what, amount),
				 errhint("%s", hint)));
	return amount;
}

/* A quotient that fits; the denominator is above 0. */
static double
ratio_quotient(double numerator, double denominator)
{
	double		value = numerator / denominator;

	if (unlikely(!isfinite(value)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%g over %g is out of range for double precision", numerator, denominator)));
	return value;
}

/* arguments: spend, new_customers */
Datum
tcs_acquisition_cost(PG_FUNCTION_ARGS)
{
	double		spend = ratio_amount_argument(fcinfo, 0, "spend",
											  "Give what was spent, credit notes deducted.");
	double		customers = ratio_amount_argument(fcinfo, 1, "new_customers",
												  "Give how many customers were won, not how the number of customers changed.");

	if (customers == 0.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ratio_quotient(spend, customers));
}

/* arguments: value, cost */
Datum
tcs_value_to_cost(PG_FUNCTION_ARGS)
{
	double		value = tcs_finite(PG_GETARG_FLOAT8(0), "value");
	double		cost = ratio_amount_argument(fcinfo, 1, "cost",
											 "Give what it costs to win a customer, see tcs.acquisition_cost.");

	if (cost == 0.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ratio_quotient(value, cost));
}

/* arguments: own, market */
Datum
tcs_market_share(PG_FUNCTION_ARGS)
{
	double		own = ratio_amount_argument(fcinfo, 0, "own",
											"Give own sales of a span in which they exceed returns.");
	double		market = ratio_amount_argument(fcinfo, 1, "market",
											   "Give all sales in the market, own sales included.");

	if (market == 0.0)
		PG_RETURN_NULL();
	if (own > market)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("own must not be more than market, as %g is more than %g", own, market),
				 errhint("Give all sales in the market, own sales included, in the same unit and for the same time.")));
	PG_RETURN_FLOAT8(own / market);
}

/* arguments: gain, spend */
Datum
tcs_return_on_marketing(PG_FUNCTION_ARGS)
{
	double		gain = tcs_finite(PG_GETARG_FLOAT8(0), "gain");
	double		spend = ratio_amount_argument(fcinfo, 1, "spend",
											  "Give what was spent, credit notes deducted.");

	if (spend == 0.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ratio_quotient(gain - spend, spend));
}
