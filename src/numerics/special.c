/*
 * special.c
 *		Functions that the C library lacks, for positive arguments.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE				/* lgamma_r */
#endif

#include "numerics/special.h"

#include <float.h>
#include <math.h>

double
tcs_lgamma(double x)
{
	int			sign;

	if (!(x > 0.0))
		return x == 0.0 ? INFINITY : NAN;
	return lgamma_r(x, &sign);
}

/*
 * Both by raising the argument to where the asymptotic series (Abramowitz and
 * Stegun 6.3.18 and 6.4.12) has its full precision.
 */
#define ASYMPTOTIC 12.0

double
tcs_digamma(double x)
{
	double		lift = 0.0;
	double		y;

	if (!(x > 0.0))
		return x == 0.0 ? -INFINITY : NAN;
	while (x < ASYMPTOTIC)
	{
		lift += 1.0 / x;
		x += 1.0;
	}
	if (isinf(x))
		return x;
	y = 1.0 / (x * x);
	return log(x) - 0.5 / x -
		y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 -
															   y * (1.0 / 132 - y * (691.0 / 32760 - y / 12)))))) - lift;
}

double
tcs_trigamma(double x)
{
	double		lift = 0.0;
	double		y;

	if (!(x > 0.0))
		return x == 0.0 ? INFINITY : NAN;
	while (x < ASYMPTOTIC)
	{
		lift += 1.0 / (x * x);
		x += 1.0;
	}
	y = 1.0 / (x * x);
	return (1.0 + 0.5 / x +
			y * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y * (1.0 / 30 -
																y * (5.0 / 66 - y * (691.0 / 2730 - y * 7.0 / 6))))))) / x + lift;
}

/* what Stirling's formula leaves: ln gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2 */
static double
gamma_stirling_rest(double x)
{
	double		y = 1.0 / (x * x);

	return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 -
															   y * (1.0 / 1188 - y * 691.0 / 360360))))) / x;
}

double
tcs_log_rising(double x, double n)
{
	if (!(x > 0.0) || !(n >= 0.0))
		return NAN;
	if (n == 0.0)
		return 0.0;
	if (n == 1.0)
		return log(x);
	if (x < ASYMPTOTIC)
		return tcs_lgamma(x + n) - tcs_lgamma(x);

	/*
	 * (x + n - 1/2) ln(x + n) - (x - 1/2) ln x - n, with the large parts
	 * joined
	 */
	return n * (log(x + n) - 1.0) + (x - 0.5) * log1p(n / x) +
		gamma_stirling_rest(x + n) - gamma_stirling_rest(x);
}

/* digamma(x) - ln x and trigamma(x) - 1 / x, x >= ASYMPTOTIC */
static void
gamma_series_rest(double x, TcsRise *rest)
{
	double		y = 1.0 / x;
	double		y2 = y * y;

	rest->first = -y / 2 - y2 * (1.0 / 12 - y2 * (1.0 / 120 - y2 * (1.0 / 252 - y2 * (1.0 / 240 - y2 / 132))));
	rest->second = y2 / 2 + y * y2 * (1.0 / 6 - y2 * (1.0 / 30 - y2 * (1.0 / 42 - y2 * (1.0 / 30 - y2 * 5.0 / 66))));
}

/*
 * digamma(x + n) - digamma(x), and trigamma likewise: first one by one, then
 * without the cancellation that large x bring.
 */
void
tcs_log_rising_slope(double x, double n, TcsRise *rise)
{
	const double few = 16.0;
	TcsRise		from;
	TcsRise		to;

	rise->first = rise->second = 0.0;
	while (n > 0.0 && (x < few || n < few))
	{
		double		inverse = 1.0 / x;

		rise->first += inverse;
		rise->second -= inverse * inverse;
		x += 1.0;
		n -= 1.0;
	}
	if (n <= 0.0)
		return;
	gamma_series_rest(x, &from);
	gamma_series_rest(x + n, &to);
	rise->first += log1p(n / x) + (to.first - from.first);
	rise->second += -n / x / (x + n) + (to.second - from.second);
}

void
tcs_log_rising_slope_any(double x, double n, TcsRise *rise)
{
	TcsRise		from;
	TcsRise		to;

	rise->first = rise->second = 0.0;
	while (x < 16.0)
	{
		double		part = n / x / (x + n);

		rise->first += part;
		rise->second -= part * (1.0 / x + 1.0 / (x + n));
		x += 1.0;
	}
	gamma_series_rest(x, &from);
	gamma_series_rest(x + n, &to);
	rise->first += log1p(n / x) + (to.first - from.first);
	rise->second += -n / x / (x + n) + (to.second - from.second);
}

double
tcs_softplus(double u)
{
	return u > 0.0 ? u + log1p(exp(-u)) : log1p(exp(u));
}

double
tcs_logistic(double u)
{
	if (u >= 0.0)
		return 1.0 / (1.0 + exp(-u));
	u = exp(u);
	return u / (1.0 + u);
}

double
tcs_log_add(double a, double b)
{
	double		high = a > b ? a : b;

	if (isinf(high))
		return high;
	return high + log1p(exp(-fabs(a - b)));
}

double
tcs_expm1_ratio(double u)
{
	if (fabs(u) < DBL_MIN)
		return 1.0;
	return -expm1(-u) / u;
}
