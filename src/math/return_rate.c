/*
 * return_rate.c
 *		How much of what customers buy they send back.
 */
#include "math/return_rate.h"

double
tcs_return_share(double bought, double refunds)
{
	return refunds < bought ? refunds / bought : 1.0;
}

void
tcs_returns_add(TcsReturns *returns, double n, double bought, double refunds)
{
	double		share = tcs_return_share(bought, refunds);
	double		inverse = 1.0 / n;

	returns->customers++;
	tcs_sum_add(&returns->bought, bought);
	tcs_sum_add(&returns->refunds, refunds < bought ? refunds : bought);
	tcs_sum_add(&returns->inverse, inverse);
	tcs_sum_add(&returns->inverse_square, inverse * inverse);
	if (share > 0.0)
	{
		tcs_sum_add(&returns->share, share);
		tcs_sum_add(&returns->share_square, share * share);
		tcs_sum_add(&returns->share_inverse, share * inverse);
		tcs_sum_add(&returns->share_square_inverse, share * share * inverse);
	}
}

void
tcs_returns_merge(TcsReturns *into, const TcsReturns *from)
{
	into->customers += from->customers;
	tcs_sum_merge(&into->bought, &from->bought);
	tcs_sum_merge(&into->refunds, &from->refunds);
	tcs_sum_merge(&into->inverse, &from->inverse);
	tcs_sum_merge(&into->inverse_square, &from->inverse_square);
	tcs_sum_merge(&into->share, &from->share);
	tcs_sum_merge(&into->share_square, &from->share_square);
	tcs_sum_merge(&into->share_inverse, &from->share_inverse);
	tcs_sum_merge(&into->share_square_inverse, &from->share_square_inverse);
}

/*
 * With rates of variance `between` and purchases of variance `within`, the
 * squared distance of a share from the common rate is between + within / n in
 * the mean: a straight line in 1 / n, by least squares.  Where all have the
 * same n there is no line, and purchases are taken to be sent back whole or
 * not at all, so that within is rate (1 - rate) - between.
 */
TcsReturnRate
tcs_returns_rate(const TcsReturns *returns)
{
	TcsReturnRate result = {0.0, TCS_RETURN_PRIOR_MOST};
	double		count = (double) returns->customers;
	double		inverse = tcs_sum_value(&returns->inverse);
	double		inverse_square = tcs_sum_value(&returns->inverse_square);
	double		share = tcs_sum_value(&returns->share);
	double		share_inverse = tcs_sum_value(&returns->share_inverse);
	double		rate;
	double		distance;
	double		distance_inverse;
	double		determinant = count * inverse_square - inverse * inverse;
	double		between;
	double		within;

	rate = tcs_sum_value(&returns->refunds) / tcs_sum_value(&returns->bought);
	if (!(rate > 0.0))
		return result;
	result.rate = rate < 1.0 ? rate : 1.0;
	distance = tcs_sum_value(&returns->share_square) - 2.0 * rate * share + rate * rate * count;
	distance_inverse = tcs_sum_value(&returns->share_square_inverse) -
		2.0 * rate * share_inverse + rate * rate * inverse;
	if (determinant > 1e-9 * count * inverse_square)
	{
		between = (distance * inverse_square - distance_inverse * inverse) / determinant;
		within = (count * distance_inverse - inverse * distance) / determinant;
	}
	else
	{
		between = (distance - inverse * rate * (1.0 - rate)) / (count - inverse);
		within = rate * (1.0 - rate) - between;
	}
	if (between > 0.0 && within < TCS_RETURN_PRIOR_MOST * between)
		result.prior = within > TCS_RETURN_PRIOR_LEAST * between ? within / between :
			TCS_RETURN_PRIOR_LEAST;
	return result;
}

double
tcs_return_expected(const TcsReturnRate *rate, double n, double share)
{
	if (rate->prior + n <= 0.0)
		return rate->rate;
	return (rate->prior * rate->rate + n * share) / (rate->prior + n);
}
