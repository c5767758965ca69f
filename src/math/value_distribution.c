/*
 * value_distribution.c
 *		The distribution of what a customer spends within a horizon.
 *
 * With the value of purchases known to be Gamma(p, rate) and the rate
 * Gamma(q + p x, v + m_x x) after what was seen (Gamma(q, v) where nothing
 * was), the sum S of n more has S / (v + m_x x) beta prime with shapes p n and
 * q + p x.  Its distribution is the mixture over n.
 */
#include "value_distribution.h"

#include <float.h>
#include <math.h>

#include "btyd_families.h"
#include "log_concave.h"
#include "special.h"

/* Numbers of purchases that are told apart; more are taken in as many steps. */
#define MOST_STEPS		400
#define NEGLIGIBLE		1e-10

typedef struct Mixture
{
	double		shape;			/* q + p x */
	double		p;
	double		none;			/* probability of no purchase */
	int			count;
	double		number[MOST_STEPS]; /* of purchases */
	double		probability[MOST_STEPS];
} Mixture;

/* P(value <= e^u), the value being beta prime with shapes a and b */
static double
beta_prime_below(double a, double b, double u)
{
	TcsLogConcave f = {0};
	double		peak_low,
				peak_high;
	double		below,
				above;

	f.slope = a;
	f.end = -b;
	tcs_log_concave_term(&f, a + b, tcs_logistic(u), fmax(tcs_logistic(-u), DBL_MIN), u);
	below = tcs_log_concave_integral(&f, -INFINITY, 0.0, &peak_low);
	above = tcs_log_concave_integral(&f, 0.0, INFINITY, &peak_high);
	if (!(below > 0.0))
		return 0.0;
	if (!(above > 0.0))
		return 1.0;
	return tcs_logistic(peak_low - peak_high + log(below) - log(above));
}

static double
mixture_below(const Mixture *mixture, double u)
{
	double		below = mixture->none;

	for (int i = 0; i < mixture->count; i++)
		below += mixture->probability[i] *
			beta_prime_below(mixture->p * mixture->number[i], mixture->shape, u);
	return below;
}

/* How many purchases there may be, in steps that are equally wide. */
static void
set_mixture(Mixture *mixture, const TcsCustomer *customer, double horizon,
			TcsPoll poll)
{
	double		most = tcs_btyd_quantile(customer, horizon, NEGLIGIBLE, poll);
	double		width = fmax(ceil(most / MOST_STEPS), 1.0);
	double		at_least[MOST_STEPS];
	bool		known = width == 1.0 && most > 0.0 &&
	tcs_btyd_at_least_many(customer, horizon, (int) most, at_least);
	double		before;

	mixture->count = (int) fmin(ceil(most / width), MOST_STEPS);
	before = most > 0.0 ? (known ? at_least[0] : tcs_btyd_at_least(customer, horizon, 1.0)) : 0.0;
	mixture->none = 1.0 - customer->p_alive * before;
	for (int i = 0; i < mixture->count; i++)
	{
		double		first = 1.0 + i * width;
		double		after = 0.0;

		/* the last step takes what is negligible */
		if (i + 1 < mixture->count)
			after = known ? at_least[i + 1] :
				tcs_btyd_at_least(customer, horizon, first + width);
		mixture->number[i] = first + (width - 1.0) / 2.0;
		mixture->probability[i] = customer->p_alive * fmax(before - after, 0.0);
		before = after;
		if (poll && !known)
			poll();
	}
}

bool
tcs_value_quantiles(const TcsCustomer *customer, double horizon,
					const TcsGammaGamma *spend, double x, double m_x,
					double low, double high, double *quantile, TcsPoll poll)
{
	bool		seen = x > 0.0 && m_x > 0.0;
	double		scale = spend->v + (seen ? m_x * x : 0.0);
	Mixture		mixture;

	mixture.p = spend->p;
	mixture.shape = spend->q + (seen ? spend->p * x : 0.0);
	set_mixture(&mixture, customer, horizon, poll);
	for (int i = 0; i < 2; i++)
	{
		double		wanted = i == 0 ? low : high;
		double		from = -1.0;
		double		to = 1.0;
		double		step = 1.0;

		quantile[i] = 0.0;
		if (mixture.count == 0 || mixture.none >= wanted)
			continue;
		/* ln(S / scale) between from and to */
		while (mixture_below(&mixture, from) >= wanted && from > -1500.0)
		{
			to = from;
			from -= step;
			step *= 2.0;
		}
		step = 1.0;
		while (mixture_below(&mixture, to) < wanted)
		{
			from = to;
			to += step;
			step *= 2.0;
			if (to > 1500.0)
				return false;
		}
		while (to - from > 1e-13 * fmax(fabs(to), 1.0))
		{
			double		middle = from + (to - from) / 2.0;

			if (middle <= from || middle >= to)
				break;
			if (mixture_below(&mixture, middle) < wanted)
				from = middle;
			else
				to = middle;
			if (poll)
				poll();
		}
		quantile[i] = exp(to + log(scale));
		if (!(quantile[i] <= DBL_MAX))
			return false;
	}
	return true;
}
