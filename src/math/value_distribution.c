/*
 * value_distribution.c
 *		The distribution of what a customer spends within a horizon.
 *
 * With the value of purchases known to be Gamma(p, rate) and the rate
 * Gamma(q + p x, v + m_x x) after what was seen (Gamma(q, v) where nothing
 * was), the sum S of n more has S / (v + m_x x) beta prime with shapes p n and
 * q + p x.  Its distribution is the mixture over n.
 */
#include "math/value_distribution.h"

#include <float.h>
#include <math.h>

#include "math/btyd_families.h"
#include "numerics/gamma.h"
#include "numerics/log_concave.h"
#include "numerics/special.h"

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
	double		log_beta[MOST_STEPS];	/* NaN: the fraction does not serve */
	double		negligible;		/* probability that does not show */
	TcsPoll		poll;
} Mixture;

/* Two shapes above this make the logarithm of a beta prime value normal. */
#define NORMAL			1e10

/* Of a continued fraction. */
#define MOST_FRACTIONS	5000

/* By so much shapes differ where the greater one does not spread a value. */
#define NO_SPREAD		1e10

/* P(value <= e^u), the value being beta prime with shapes a and b */
static double
beta_prime_below(double a, double b, double u)
{
	TcsLogConcave f = {0};
	double		peak_low,
				peak_high;
	double		below,
				above;

	if (a > NORMAL && b > NORMAL)
		return 0.5 * erfc(-(u - (log(a) - log(b)) + 0.5 / a - 0.5 / b) /
						  sqrt(2.0 * (1.0 / a + 1.0 / b)));
	/* one of the two gamma values that make it is hardly more than a number */
	if (b > NO_SPREAD * a)
		return tcs_gamma_part(a, exp(u + log(b)), false);
	if (a > NO_SPREAD * b)
		return tcs_gamma_part(b, exp(log(a) - u), true);
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

/* Between these shapes the continued fraction is faster by far, and as good. */
#define LEAST_SHAPE		1e-100
#define MOST_SHAPE		1e6

/*
 * The continued fraction of the incomplete beta function, DLMF 8.17.22, by the
 * method of Lentz; NaN where it takes too long.  To be used for share below
 * (a + 1) / (a + b + 2).
 */
static double
beta_fraction(double a, double b, double share)
{
	double		numerator = 1.0;
	double		denominator = 1.0 / (1.0 - (a + b) * share / (a + 1.0));
	double		fraction = denominator;

	for (int m = 1; m < MOST_FRACTIONS; m++)
	{
		double		even = m * (b - m) * share / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
		double		odd = -(a + m) * (a + b + m) * share / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
		double		factor;

		numerator = 1.0 + even / numerator;
		denominator = 1.0 / (1.0 + even * denominator);
		fraction *= numerator * denominator;
		numerator = 1.0 + odd / numerator;
		denominator = 1.0 / (1.0 + odd * denominator);
		factor = numerator * denominator;
		fraction *= factor;
		if (fabs(factor - 1.0) < 1e-15)
			return fraction;
	}
	return NAN;
}

/* The same for a part of the mixture. */
static double
part_below(const Mixture *mixture, int i, double u)
{
	double		a = mixture->p * mixture->number[i];
	double		b = mixture->shape;
	double		share = tcs_logistic(u);
	double		below = NAN;

	if (!isnan(mixture->log_beta[i]))
	{
		double		front = exp(-a * tcs_softplus(-u) - b * tcs_softplus(u) - mixture->log_beta[i]);

		if (share < (a + 1.0) / (a + b + 2.0))
			below = front / a * beta_fraction(a, b, share);
		else
			below = 1.0 - front / b * beta_fraction(b, a, tcs_logistic(-u));
	}
	if (isnan(below))
	{
		if (mixture->poll)
			mixture->poll();
		below = beta_prime_below(a, b, u);
	}
	return fmin(fmax(below, 0.0), 1.0);
}

static double
mixture_below(const Mixture *mixture, double u)
{
	double		below = mixture->none;

	for (int i = 0; i < mixture->count; i++)
	{
		double		part;

		if (mixture->probability[i] <= mixture->negligible)
			continue;
		part = part_below(mixture, i, u);
		below += mixture->probability[i] * part;
		/* more purchases are as small a sum with less probability */
		if (part <= 1e-17 * below)
			break;
	}
	return fmin(below, 1.0);
}

static double
log_beta(double a, double b)
{
	if (!(fmin(a, b) >= LEAST_SHAPE && fmax(a, b) <= MOST_SHAPE))
		return NAN;
	return tcs_lgamma(fmin(a, b)) - tcs_log_rising(fmax(a, b), fmin(a, b));
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
	mixture->none = fmax(1.0 - customer->p_alive * before, 0.0);
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
		mixture->log_beta[i] = log_beta(mixture->p * mixture->number[i], mixture->shape);
		if (poll && !known)
			poll();
	}
}

/* How far a probability is from that wanted, on a scale without ends. */
static double
quantile_distance(double probability, double wanted)
{
	return log(probability / (1.0 - probability)) - log(wanted / (1.0 - wanted));
}

/*
 * The u at which the mixture reaches the probability that is wanted, by false
 * position in the version of Illinois, and by halves where that is slow;
 * infinity where there is none that a double can hold.
 */
static double
mixture_quantile(const Mixture *mixture, double wanted)
{
	double		from = -1.0;
	double		to = 1.0;
	double		at_from = quantile_distance(mixture_below(mixture, from), wanted);
	double		at_to;
	double		step = 1.0;
	double		before = INFINITY;	/* width two steps ago */
	int			side = 0;
	bool		halve = false;

	if (at_from >= 0.0)
	{
		do
		{
			to = from;
			at_to = at_from;
			from -= step;
			step *= 2.0;
			at_from = quantile_distance(mixture_below(mixture, from), wanted);
		} while (at_from >= 0.0 && from > -1500.0);
		if (at_from >= 0.0)
			return from;
	}
	else
		while ((at_to = quantile_distance(mixture_below(mixture, to), wanted)) < 0.0)
		{
			from = to;
			at_from = at_to;
			to += step;
			step *= 2.0;
			if (to > 1500.0)
				return INFINITY;
		}

	for (int i = 0;; i++)
	{
		double		least = 1e-13 * fmax(fabs(to), 1.0);
		double		middle = from + (to - from) / 2.0;
		double		at_middle;

		if (to - from <= least || middle <= from || middle >= to)
			return to;
		if (i % 2 == 0)
		{
			halve = to - from > before / 2.0;
			before = to - from;
		}
		if (!halve && isfinite(at_from) && isfinite(at_to))
		{
			middle = from + (to - from) * (at_from / (at_from - at_to));
			/* beyond the end, so that it closes in from both */
			middle = fmin(fmax(middle, from + 0.4 * least), to - 0.4 * least);
		}
		at_middle = quantile_distance(mixture_below(mixture, middle), wanted);
		if (mixture->poll)
			mixture->poll();
		if (at_middle < 0.0)
		{
			from = middle;
			at_from = at_middle;
			at_to *= side < 0 ? 0.5 : 1.0;
			side = -1;
		}
		else
		{
			to = middle;
			at_to = at_middle;
			at_from *= side > 0 ? 0.5 : 1.0;
			side = 1;
		}
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
	mixture.negligible = 1e-17 * low;
	mixture.poll = poll;
	set_mixture(&mixture, customer, horizon, poll);
	for (int i = 0; i < 2; i++)
	{
		double		wanted = i == 0 ? low : high;

		quantile[i] = 0.0;
		if (mixture.count == 0 || mixture.none >= wanted)
			continue;
		quantile[i] = exp(mixture_quantile(&mixture, wanted) + log(scale));
		if (!(quantile[i] <= DBL_MAX))
			return false;
	}
	/* for a level that rounding does not let see */
	quantile[1] = fmax(quantile[1], quantile[0]);
	return true;
}
