/*
 * pareto_predict.c
 *		Predictions by pareto/nbd.
 *
 * From the individual likelihood of Schmittlein, Morrison and Colombo (1987) in
 * the form of an integral over the moment of death, which needs no
 * hypergeometric function (Fader and Hardie, 2005, "A note on deriving the
 * Pareto/NBD model").
 */
#include "btyd_families.h"

#include <float.h>
#include <math.h>

#include "beta_mean.h"
#include "log_concave.h"
#include "log_sum.h"
#include "special.h"

/*
 * Logarithm of
 *
 *		s * integral over y from 0 to span of
 *			(rate / (rate + y))^shape * (b / (b + y))^s * dy / (b + y),
 *
 * the probability of dying within the span, each moment weighted by that of no
 * purchase until then.  With u = ln((o + y) / o), o being the lesser of rate
 * and b, the integrand is log-concave, and falls ever faster.
 */
static double
log_death(double shape, double rate, double s, double b, double span)
{
	TcsLogConcave f = {0};
	double		least = fmin(rate, b);
	double		most = fmax(rate, b);
	double		share = least / most;
	double		rest = (most - least) / most;
	double		factor;
	double		peak;

	if (!(span > 0.0))
		return -INFINITY;
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
		tcs_btyd_set_odds(customer,
						  log_death(customer->shape, rate, model->a, b, since) +
						  customer->shape * tcs_log_growth(rate, since) +
						  model->a * tcs_log_growth(b, since));
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
								 customer->b, horizon);

	return exp(lives) + exp(dies);
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
