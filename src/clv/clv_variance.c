/*
 * clv_variance.c
 *		How far a customer's value may lie from clv: clv_variance.
 *
 * The values of two purchases depend on each other, as do the shares that are
 * kept of them, and how many there are.  A sum over n purchases of which the
 * customer keeps all or nothing each has the second moment
 * n kept E(Z^2) + n (n - 1) E(kept kept') E(Z Z').
 */
#include "clv/clv.h"

PG_FUNCTION_INFO_V1(tcs_clv_variance);

double
tcs_value_variance(const TcsSpend *spend, const TcsHistoryValue *history,
				   const TcsWindow *window, double p_alive, double *mean)
{
	double		expected = tcs_spend_expected(spend, history);
	double		purchases = p_alive * window->purchases;
	TcsSpendKnown known;
	double		gross;
	double		one;
	double		two;
	double		square;

	*mean = expected * purchases;
	if (!(*mean > 0.0))
		return 0.0;
	tcs_spend_know(spend, history, &known);
	tcs_spend_squares(spend, &known, &one, &two);
	gross = expected / known.kept;
	square = gross * gross * (one * purchases + two * (p_alive * window->pairs));
	return isfinite(square) ? Max(square - *mean * *mean, 0.0) : INFINITY;
}

/* arguments: those of clv */
Datum
tcs_clv_variance(PG_FUNCTION_ARGS)
{
	double		horizon = tcs_horizon_argument(fcinfo, 3);
	double		scale = tcs_margin(PG_GETARG_FLOAT8(4));
	double		annual_discount = PG_GETARG_FLOAT8(5);
	const TcsSpend *spend;
	TcsValueCache *cache;
	TcsHistoryValue history;
	TcsCustomer customer;
	TcsWindow	window;
	double		mean;
	double		variance;

	tcs_daily_discount(annual_discount);
	spend = tcs_value_arguments(fcinfo, &cache, &history, &customer);
	if (spend == NULL)
		PG_RETURN_NULL();
	tcs_btyd_window(&customer, 0.0, horizon, &window);
	/* when purchases come is left to its expectation */
	if (annual_discount != 0.0 && window.purchases > 0.0)
		scale *= tcs_discounted_purchases(&customer, horizon, annual_discount, cache) / window.purchases;
	variance = tcs_value_variance(spend, &history, &window, customer.p_alive, &mean);
	PG_RETURN_FLOAT8(scale != 0.0 ? scale * scale * variance : 0.0);
}
