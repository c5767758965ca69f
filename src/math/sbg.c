/*
 * sbg.c
 *		What the shifted beta-geometric model says of a customer.
 *
 * A customer of that tenure leaves at the next renewal with a chance that is
 * Beta(a, b) distributed, with a = alpha and b = beta + tenure.
 */
#include "math/sbg.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define MANY_NODES	100000		/* far more than are ever needed */
#define FEW			64			/* renewals that are gone through one by one */

/*
 * Parameters that differ from a limit by no digit that a prediction has: the
 * greatest tenure is 2^31.
 */
#define SURE		1e30
#define VANISHED	1e-300

/* A chance of a model that has vanished. */
#define NOTHING		1e-290

TcsSbg
tcs_sbg_of_limit(int limit, double churn)
{
	TcsSbg		model = {SURE * churn, SURE * (1.0 - churn)};

	if (limit == TCS_SBG_NOBODY_LEAVES)
	{
		model.alpha = VANISHED;
		model.beta = 1.0;
	}
	else if (limit == TCS_SBG_LEAVE_AT_ONCE)
	{
		model.alpha = VANISHED * churn;
		model.beta = VANISHED * (1.0 - churn);
	}
	return model;
}

/*
 * What Stirling's formula leaves of ln gamma(x), and what the logarithm leaves of
 * digamma(x), x >= FEW.
 */
static double
sbg_stirling_rest(double x)
{
	double		y = 1.0 / (x * x);

	return (1.0 / 12 - y * (1.0 / 360 - y / 1260)) / x;
}

static double
sbg_digamma_rest(double x)
{
	double		y = 1.0 / (x * x);

	return -0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y / 252));
}

/* The sum of -ln(1 + a / u) over u = b, b + 1, ... b + n - 1, of formulas that any n has. */
double
tcs_sbg_log_staying(double a, double b, double n)
{
	double		u;
	double		down;
	double		curvature;

	/* by its derivatives by a where that is next to nothing */
	if (a < 1e-3 && n > b / 1000.0)
		return -a * (log1p(n / b) + sbg_digamma_rest(b + n) - sbg_digamma_rest(b) -
					 a / 2.0 * (n / b / (b + n) + 0.5 / b / b - 0.5 / (b + n) / (b + n)));

	/* four times Stirling's formula, with the large parts joined */
	if (n > b / 1000.0)
		return (b - 0.5) * log1p(a / b) - (b + n - 0.5) * log1p(a / (b + n)) -
			a * log1p(n / (a + b)) +
			sbg_stirling_rest(b + n) - sbg_stirling_rest(b) -
			sbg_stirling_rest(a + b + n) + sbg_stirling_rest(a + b);

	/* Taylor's formula about the middle, where those parts cancel */
	u = b + (n - 1.0) / 2.0;
	down = 1.0 / u;
	curvature = down / (1.0 + u / a) * (down + 1.0 / (u + a));
	return -n * (log1p(a / u) + curvature * (n * n - 1.0) / 24.0);
}

double
tcs_sbg_log_survival(const TcsSbg *model, double tenure)
{
	double		log_staying_few = 0.0;
	double		staying = 1.0;
	int			made = 0;

	for (; made < tenure && made < FEW; made++)
	{
		staying *= 1.0 + model->alpha / (model->beta + made);
		/* far from what a double holds */
		if (staying > 1e100)
		{
			log_staying_few -= log(staying);
			staying = 1.0;
		}
	}
	log_staying_few -= log(staying);
	if (made < tenure)
		log_staying_few += tcs_sbg_log_staying(model->alpha, model->beta + made, tenure - made);
	return log_staying_few;
}

double
tcs_sbg_survival(const TcsSbg *model, double tenure)
{
	double		staying = 1.0;
	int			made = 0;

	for (; made < tenure && made < FEW; made++)
		staying /= 1.0 + model->alpha / (model->beta + made);
	if (made < tenure)
		staying *= exp(tcs_sbg_log_staying(model->alpha, model->beta + made, tenure - made));
	return staying;
}

/* By the chance to leave, which keeps its digits where it is small. */
double
tcs_sbg_churn(const TcsSbg *model, double tenure, double periods)
{
	double		b = model->beta + tenure;
	double		gone = 0.0;
	int			made = 0;

	for (; made < periods && made < FEW; made++)
		gone += (1.0 - gone) / (1.0 + (b + made) / model->alpha);
	if (made < periods)
		gone += (1.0 - gone) *
			-expm1(tcs_sbg_log_staying(model->alpha, b + made, periods - made));
	return gone < NOTHING ? 0.0 : gone;
}

/*
 * The lifetime after a certain renewal is 2F1(1, b + 1; a + b + 1; 1 / (1 + d)),
 * with Pfaff's transformation (1 + 1/d) 2F1(a, 1; a + b + 1; -1/d).  Gauss's
 * continued fraction for that has positive terms only, so that nothing cancels
 * and what follows a term lies between it and the next (Abramowitz and Stegun
 * 15.3.4; Jones and Thron, 1980).  It takes some 9 / sqrt(d) terms.
 */
static double
sbg_by_fraction(double a, double b, double d)
{
	double		c = a + b + 1.0;
	double		x = 1.0 / d;

	/* ratios of successive numerators and denominators (Lentz, 1976) */
	double		above = 1.0;
	double		below = INFINITY;
	double		value = 1.0;

	for (int step = 0; step < 100000; step++)
	{
		double		m = step;
		double		odd = (a + m) / (c + 2.0 * m) *
		(m > 0.0 ? (a + b + m) / (a + b + 2.0 * m) : 1.0) * x;
		double		even = (m + 1.0) / (c + 2.0 * m + 1.0) *
		((b + 1.0 + m) / (c + 2.0 * m)) * x;
		double		change;

		above = 1.0 + odd / above;
		below = 1.0 + odd / below;
		change = above / below;
		above = 1.0 + even / above;
		below = 1.0 + even / below;
		change *= above / below;
		value *= change;
		if (fabs(change - 1.0) < DBL_EPSILON / 2.0)
			break;
	}
	return (1.0 + x) / value;
}

/*
 * The same where the discount is small: (1 + d) times the mean of
 * 1 / (d + theta), theta being Beta(a, b + 1) distributed.  By the trapezoidal
 * rule on the log-odds of theta, where the integrand is analytic around the
 * axis whatever d is, so that the rule converges exponentially (Trefethen and
 * Weideman, 2014).  Both the mean and what it is normalized by are sums over
 * the same nodes.  z is the distance from the mode at theta = a / n.
 */
typedef struct Nodes
{
	double		a;
	double		b1;				/* b + 1 */
	double		n;
	double		d;
	double		unit;			/* of the terms, so that they stay in range */
	double		weights;
	double		sum;
	double		last_weight;
	double		last_term;
} Nodes;

static void
sbg_add_node(Nodes *nodes, double z)
{
	bool		low = nodes->a <= nodes->b1;
	double		share = (low ? nodes->a : nodes->b1) / nodes->n;
	double		e = expm1(low ? z : -z);
	double		scale = 1.0 + share * e;
	double		along = low ? nodes->a * z : -nodes->b1 * z;
	double		theta = low ? share * exp(z) / scale : nodes->a / nodes->n / scale;

	nodes->last_weight = exp(along - nodes->n * log1p(share * e));
	nodes->last_term = nodes->last_weight * (nodes->unit / (nodes->d + theta));
	nodes->weights += nodes->last_weight;
	nodes->sum += nodes->last_term;
}

static bool
sbg_is_small(const Nodes *nodes)
{
	return nodes->last_weight < nodes->weights * 1e-18 &&
		nodes->last_term < nodes->sum * 1e-18;
}

static double
sbg_by_quadrature(double a, double b, double d)
{
	Nodes		nodes = {
		.a = a,.b1 = b + 1.0,.n = a + b + 1.0,.d = d,
		.unit = sqrt(d) * sqrt(d + a / (a + b + 1.0))
	};
	double		width = sqrt(1.0 / a + 1.0 / nodes.b1);
	double		h = fmin(0.2, 0.5 * width);
	double		mode = log(a / nodes.b1);

	/* from here to the left theta is small against all else */
	double		tail = fmin(fmin(log(d), -log(nodes.b1)), 0.0) - 40.0 - mode;
	double		before = INFINITY;

	sbg_add_node(&nodes, 0.0);
	for (int i = 1; i < MANY_NODES && !sbg_is_small(&nodes); i++)
		sbg_add_node(&nodes, i * h);
	for (int i = -1; i > -MANY_NODES; i--)
	{
		sbg_add_node(&nodes, i * h);
		/* beyond the mode of the terms too, which lies to the left */
		if (sbg_is_small(&nodes) && nodes.last_term < before)
			break;
		before = nodes.last_term;
		if (i * h < tail)
		{
			/* both are geometric from here on */
			double		rest = 1.0 / expm1(a * h);

			nodes.weights += nodes.last_weight * rest;
			nodes.sum += nodes.last_term * rest;
			break;
		}
	}
	return (1.0 + d) * (nodes.sum / nodes.weights) / nodes.unit;
}

/* Where theta hardly varies: to second order in what it does. */
static double
sbg_by_moments(double a, double b, double d)
{
	double		mean = 1.0 / (1.0 + (b + 1.0) / a);
	double		variation = 1.0 / (a * (1.0 + a / (b + 1.0)));	/* squared */
	double		part = mean / (d + mean);

	return (1.0 + d) / (d + mean) * (1.0 + variation * part * part);
}

double
tcs_sbg_lifetime_if_renewed(const TcsSbg *model, double tenure, double discount)
{
	double		a = model->alpha;
	double		b = model->beta + tenure;

	if (discount < 0.0 || (discount == 0.0 && a <= 1.0))
		return INFINITY;
	if (isinf(discount))
		return 1.0;
	if (discount == 0.0)
		return 1.0 + (b + 1.0) / (a - 1.0);
	/* nearly nobody ever leaves; nobody does in a time that counts */
	if (a < 1e-20 || a / (a + b) < 1e-18 * discount)
		return 1.0 + 1.0 / discount;
	/* beyond 1e290 */
	if (a / (a + b) < DBL_MIN)
		return INFINITY;
	if (fmin(a, b) > 1e10)
		return sbg_by_moments(a, b, discount);
	if (discount >= 1e-3)
		return sbg_by_fraction(a, b, discount);
	return sbg_by_quadrature(a, b, discount);
}

double
tcs_sbg_lifetime(const TcsSbg *model, double tenure, double discount)
{
	double		renewal = 1.0 / (1.0 + model->alpha / (model->beta + tenure));

	return renewal * tcs_sbg_lifetime_if_renewed(model, tenure, discount);
}
