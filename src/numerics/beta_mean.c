/*
 * beta_mean.c
 *		Means of functions of a chance that has a beta distribution.
 *
 * By the trapezoidal rule in logit p, which converges faster than any power of
 * the step for functions that are analytic around the line.  What the rule has
 * left on either side, once the integrand is an exponential there, is a
 * geometric series.  The same nodes give the integral of the density, so that
 * no beta function is needed.
 */
#include "numerics/beta_mean.h"

#include <math.h>

#include "numerics/log_sum.h"
#include "numerics/special.h"

/*
 * The step: what is left out falls with exp(-2 pi d / step), d < pi / 2 being the
 * distance from the line up to which the density is in hand; the greater the
 * shapes, the less.
 */
#define STEP		0.18
#define STEP_WIDTH	0.55		/* in terms of the width */

/* Two shapes this large leave a width that cannot show. */
#define CERTAIN		1e17

/*
 * The logarithm of the density of logit p at the mode + delta, up to a
 * constant: -(a + b) times the cumulant function of a coin with chance share.
 */
static double
beta_log_density(double ab, double mode, double share, double delta)
{
	double		spread = share * tcs_logistic(-mode);
	double		cumulant;

	if (fabs(delta) < 0.01)
	{
		double		skew = 1.0 - 2.0 * share;

		cumulant = spread * delta * delta *
			(1.0 / 2 + delta *
			 (skew / 6 + delta *
			  ((1.0 - 6.0 * spread) / 24 + delta *
			   (skew * (1.0 - 12.0 * spread) / 120 + delta *
				(1.0 - 30.0 * spread + 120.0 * spread * spread) / 720))));
	}
	else if (fabs(delta) < 1.0)
		cumulant = log1p(share * expm1(delta)) - share * delta;
	else
		cumulant = tcs_softplus(mode + delta) - tcs_softplus(mode) - share * delta;
	return -ab * cumulant;
}

/*
 * Add the geometric series that the trapezoidal rule goes on with once each
 * term is exp(-fall) times the one before.
 */
static void
add_rest(TcsLogSum *sum, double term, double fall)
{
	tcs_log_sum_add(sum, term - fall - log(-expm1(-fall)));
}

double
tcs_beta_log_mean(double a, double b, double low, double high,
				  TcsLogFunction f, const void *context)
{
	double		ab = a + b;
	double		mode = log(a) - log(b);
	double		share = tcs_logistic(mode);
	TcsLogSum	above = TCS_LOG_SUM_EMPTY;
	TcsLogSum	below = TCS_LOG_SUM_EMPTY;
	double		step;
	double		reach;

	if (a > CERTAIN && b > CERTAIN)
		return f(-tcs_softplus(-mode), context);

	/* 1/a + 1/b is the square of the width */
	step = fmin(STEP, STEP_WIDTH * sqrt(1.0 / a + 1.0 / b));
	reach = TCS_LINEAR + fmax(log(ab), 0.0);
	for (int direction = -1; direction <= 1; direction += 2)
	{
		double		end = reach + (direction < 0 ? fmax(-low, 0.0) : fmax(high, 0.0));

		for (int i = direction > 0;; i++)
		{
			double		delta = direction * i * step;
			double		u = mode + delta;
			double		weight = beta_log_density(ab, mode, share, delta);
			double		value = weight + f(-tcs_softplus(-u), context);

			tcs_log_sum_add(&below, weight);
			tcs_log_sum_add(&above, value);
			if (direction * u > end)
			{
				double		fall = (direction < 0 ? a : b) * step;

				add_rest(&below, weight, fall);
				add_rest(&above, value, fall);
				break;
			}
			if (weight < below.peak - 75.0 && value < above.peak - 75.0)
				break;
		}
	}
	return tcs_log_sum_value(&above) - tcs_log_sum_value(&below);
}
