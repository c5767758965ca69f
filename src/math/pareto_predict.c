/*
 * pareto_predict.c
 *		Predictions by pareto/nbd.
 *
 * From the individual likelihood of Schmittlein, Morrison and Colombo (1987) in
 * the form of an integral over the moment of death (Fader and Hardie, 2005, "A
 * note on deriving the Pareto/NBD model").  It is the difference of two
 * hypergeometric functions, or taken numerically where these would cancel.
 */
#include "math/btyd_families.h"

#include <float.h>
#include <math.h>

#include "numerics/beta_mean.h"
#include "numerics/log_concave.h"
#include "numerics/log_sum.h"
#include "numerics/special.h"

/*
 * Where the closed form is fast and exact.  In so many steps up to that
 * argument no denominator comes near to the square root of DBL_MAX.
 */
#define MOST_SPREAD		64.0
#define STEPS			160
#define MOST_POWER		1e6
#define LONGEST			1e100
#define LEAST_LEFT		0.02	/* of what something is subtracted from */
#define EPSILON			1e-15
#define NEGLIGIBLE		1e-30

/*
 * 2F1(p, 1; p + q; -x), p and q positive, x at least 0, by Gauss's continued
 * fraction.  Its coefficients are positive, so that nothing cancels and the
 * value lies between any two approximants that follow each other.  NaN where
 * the steps do not suffice.
 */
static double
hypergeometric(double p, double q, double x)
{
	double		c = p + q;
	double		now = 1.0,
				before = 1.0,
				below_now = 1.0 + x * (p / c),
				below_before = 1.0;

	for (int i = 1; i <= STEPS / 2; i++)
	{
		double		k = i;
		double		middle = c + (2.0 * k - 1.0);
		double		even = x * (k * (q + (k - 1.0))) / ((middle - 1.0) * middle);
		double		odd = x * ((p + k) * (c + (k - 1.0))) / (middle * (middle + 1.0));

		before = now + even * before;
		below_before = below_now + even * below_before;
		now = before + odd * now;
		below_now = below_before + odd * below_now;
		if (fabs(before * below_now - now * below_before) <= EPSILON * (now * below_before))
			return now / below_now;
	}
	return NAN;
}

/* The probability of dying, at any time, before the next purchase. */
static double
pareto_dies_first(double shape, double rate, double s, double b)
{
	double		share = s / (s + shape);

	if (b <= rate)
		return share * (rate / b) * hypergeometric(s + 1.0, shape, (rate - b) / b);
	return share * hypergeometric(shape, s + 1.0, (b - rate) / rate);
}

/*
 * What log_death is the logarithm of: the probability of dying first at any
 * time, less that of doing so after the span.  NaN where integrating is better.
 */
static double
pareto_closed_form(double shape, double rate, double s, double b, double span,
				   double lives)
{
	double		least = fmin(rate, b);
	double		most = fmax(rate, b);
	double		ever,
				later;

	if (!(most - least <= MOST_SPREAD * least && shape + s <= MOST_POWER &&
		  least >= 1.0 / LONGEST && most <= LONGEST && (span <= LONGEST || isinf(span))))
		return NAN;
	ever = pareto_dies_first(shape, rate, s, b);
	later = exp(lives);
	if (later > NEGLIGIBLE)
		later *= pareto_dies_first(shape, rate + span, s, b + span);
	else
		later = 0.0;
	return ever - later >= LEAST_LEFT * ever ? ever - later : NAN;
}

/*
 * Logarithm of
 *
 *		s * integral over y from 0 to span of
 *			(rate / (rate + y))^shape * (b / (b + y))^s * dy / (b + y),
 *
 * the probability of dying within the span, each moment weighted by that of no
 * purchase until then.  lives is the logarithm of the probability of neither
 * within the span.  With u = ln((o + y) / o), o being the lesser of rate and b,
 * the integrand is log-concave, and falls ever faster.
 */
static double
log_death(double shape, double rate, double s, double b, double span,
		  double lives)
{
	double		closed;
	TcsLogConcave f = {0};
	double		least = fmin(rate, b);
	double		most = fmax(rate, b);
	double		share = least / most;
	double		rest = (most - least) / most;
	double		factor;
	double		peak;

	if (!(span > 0.0))
		return -INFINITY;
	closed = pareto_closed_form(shape, rate, s, b, span, lives);
	if (closed >= DBL_MIN)
		return log(closed);
	if (b <= rate)
	{
		f.slope = -s;
		f.end = -s - shape;
		tcs_log_concave_term(&f, shape, share, rest, log(least) - log(most - least));
		factor = s;
	}
	else
	{
		f.slope = 1.0 - shape;
		f.end = -s - shape;
		tcs_log_concave_term(&f, s + 1.0, share, rest, log(least) - log(most - least));
		factor = s * share;
	}
	factor *= tcs_log_concave_integral(&f, 0.0, tcs_log_growth(least, span), &peak);
	if (factor >= DBL_MIN)
		return log(factor) + peak;
	/* the parts of the product one by one */
	factor = tcs_log_concave_integral(&f, 0.0, tcs_log_growth(least, span), &peak);
	return log(s) + (b <= rate ? 0.0 : log(least) - log(most)) + log(factor) + peak;
}

void
tcs_pareto_alive(const TcsBtyd *model, double t_x, double t,
				 TcsCustomer *customer)
{
	double		rate = model->alpha + t_x;
	double		b = model->b + t_x;
	double		since = t - t_x;

	if (since > 0.0)
	{
		double		lives = -customer->shape * tcs_log_growth(rate, since) -
		model->a * tcs_log_growth(b, since);

		tcs_btyd_set_odds(customer,
						  log_death(customer->shape, rate, model->a, b, since, lives) - lives);
	}
	else
	{
		customer->p_alive = 1.0;
		customer->p_dead = 0.0;
	}
}

double
tcs_pareto_no_purchase(const TcsCustomer *customer, double horizon)
{
	double		lives = -customer->shape * tcs_log_growth(customer->rate, horizon) -
	customer->a * tcs_log_growth(customer->b, horizon);
	double		dies = log_death(customer->shape, customer->rate, customer->a,
								 customer->b, horizon, lives);

	return exp(lives) + exp(dies);
}

/* To buy before dying is to die before buying, with the rates in each other's place. */
double
tcs_pareto_ever(const TcsCustomer *customer)
{
	return fmin(exp(log_death(customer->a, customer->b, customer->shape, customer->rate,
							  INFINITY, -INFINITY)), 1.0);
}

/*
 * shape / rate * integral from 0 to horizon of (b / (b + y))^s dy, which is
 * shape * b / rate * (1 - e^(-(s - 1) l)) / (s - 1), l = ln((b + horizon) / b).
 */
double
tcs_pareto_expected(const TcsCustomer *customer, double horizon)
{
	double		growth = tcs_log_growth(customer->b, horizon);
	double		fall = (customer->a - 1.0) * growth;
	double		scale = customer->shape * (customer->b / customer->rate);
	double		expected;
	double		logarithm;

	if (scale >= 1e-280 && scale < 1e280 && growth >= DBL_MIN && fabs(fall) < 40.0)
		return scale * growth * tcs_expm1_ratio(fall);

	logarithm = log(customer->shape) + log(customer->b) - log(customer->rate);
	if (growth < DBL_MIN)
		logarithm += log(horizon) - log(customer->b);
	else if (fall >= 40.0)
		logarithm -= log(customer->a - 1.0);
	else if (fall > -40.0)
		logarithm += log(growth) + log(tcs_expm1_ratio(fall));
	else
		logarithm += -fall - log(1.0 - customer->a);
	expected = exp(logarithm);
	return expected <= DBL_MAX ? expected : INFINITY;
}

/*
 * shape * b / rate * integral over t of e^(-x t) (1 + t)^-s, x = discount * b;
 * by the trapezoidal rule in u = ln t, where the integrand is analytic and
 * falls like an exponential on the left and faster on the right.
 */
double
tcs_pareto_residual(const TcsCustomer *customer, double discount)
{
	const double step = 0.25;
	double		s = customer->a;
	double		logarithm = log(customer->shape) + log(customer->b) - log(customer->rate);
	TcsLogSum	sum = TCS_LOG_SUM_EMPTY;
	double		log_x;
	double		u;

	if (discount < 0.0 || (discount == 0.0 && s <= 1.0))
		return INFINITY;
	if (discount == 0.0)
		return exp(logarithm - log(s - 1.0));

	log_x = log(discount) + log(customer->b);
	/* left of this the integrand is e^u, and the rule a geometric series */
	u = -TCS_LINEAR - fmax(tcs_log_add(log_x, log(s)), 0.0);
	tcs_log_sum_add(&sum, u - log(-expm1(-step)));
	for (int i = 1;; i++)
	{
		double		v = u + i * step;
		double		term = v - exp(v + log_x) - s * tcs_softplus(v);

		tcs_log_sum_add(&sum, term);
		if (term < sum.peak - 45.0)
			break;
	}
	return exp(logarithm + tcs_log_sum_value(&sum) + log(step));
}
