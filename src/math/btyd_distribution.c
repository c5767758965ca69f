/*
 * btyd_distribution.c
 *		How many purchases a customer makes within a horizon: the distribution.
 *
 * One who never died would need until time y for n purchases with the density
 * of y / rate being beta prime with shapes n and k = shape.  So, with w = y /
 * (rate + y) and q = h / (rate + h), P(at least n by the horizon h) is the
 * integral over w from 0 to q of w^(n-1) (1-w)^(k-1) / B(n, k), times the
 * probability of living that long: by bg/nbd and mbg/nbd P(alive after n - 1
 * purchases), by pareto/nbd a factor (b / (b + y))^s within the integral.
 */
#include "math/btyd_predict.h"

#include <float.h>
#include <math.h>

#include "math/bg_bb.h"
#include "math/btyd_families.h"
#include "math/cnbd.h"
#include "numerics/log_concave.h"
#include "numerics/quadrature.h"
#include "numerics/special.h"

double
tcs_btyd_log_survives(const TcsCustomer *customer, double n)
{
	double		a = customer->a;
	double		b = customer->b;

	if (a == 0.0)
		return 0.0;
	if (a + b > 1e300)
		return -n * log1p(a / b);
	/* the shorter of two products */
	if (n < a)
		return tcs_log_rising(b, n) - tcs_log_rising(a + b, n);
	return tcs_log_rising(b, a) - tcs_log_rising(b + n, a);
}

/*
 * Where so many purchases are looked for at so certain a rate, their number is
 * normally distributed, and the time that they take is known.
 */
#define VERY_MANY	1e10

static double
log_at_least_normal(const TcsCustomer *customer, double h, double n)
{
	double		k = customer->shape;
	double		z = h / customer->rate;
	double		mean = k * z;
	double		distance = (n - 0.5 - mean) / sqrt(mean) / sqrt(1.0 + z);
	double		logarithm;

	if (!(mean <= DBL_MAX))
		distance = -INFINITY;
	else if (!(mean > 0.0))
		return -INFINITY;
	logarithm = log(0.5 * erfc(distance * sqrt(0.5)));
	if (customer->family == TCS_PARETO_NBD)
		logarithm -= customer->a *
			tcs_log_growth(customer->b, fmin(h, customer->rate * (n / k)));
	else
		logarithm += tcs_btyd_log_survives(customer, n - 1.0);
	return logarithm;
}

/*
 * Sums of shapes stay finite below this.  A purchase rate with a greater shape
 * is as good as known, so that another shape with the same mean will do.
 */
#define LARGEST		1e300

/* n^n e^-n / gamma(n) */
static double
btyd_gamma_height(double n)
{
	if (n < 64.0)
		return exp(n * log(n) - n - tcs_lgamma(n));
	return sqrt(n / (2.0 * 3.14159265358979323846)) * exp((1.0 / (360.0 * n * n) - 1.0 / 12.0) / n);
}

/* A shape of more than this tells the purchase rate as well as a double can. */
#define KNOWN_RATE		1e10

/*
 * The same at a known purchase rate, where n purchases take a time y that is
 * gamma distributed: the integral over v = ln(y rate / n) until the horizon
 * of e^(n (v + 1 - e^v)), for pareto/nbd times the chance to live so long.
 */
static double
btyd_at_least_known(const TcsCustomer *customer, double h, double n)
{
	double		mean = customer->shape * (h / customer->rate);
	double		end = log(mean) - log(n);
	double		root = sqrt(n);
	double		low = -fmax(60.0 / n, 13.0 / root);
	double		high = fmin(end, 13.0 / root);
	double		sum = 0.0;
	int			panels;
	double		width;

	if (!(mean > 0.0))
		return 0.0;
	if (isinf(mean) || low >= high)
		sum = isinf(mean) ? 1.0 : 0.0;
	else
	{
		panels = (int) ceil((high - low) / fmin(2.0, 3.0 / root));
		width = (high - low) / panels;
		for (int i = 0; i < panels * TCS_NODES; i++)
		{
			int			panel = i / TCS_NODES;
			double		v = low + width * (panel + tcs_node[i % TCS_NODES]);
			double		power = n * (v - expm1(v));

			if (customer->family == TCS_PARETO_NBD)
				power -= customer->a * tcs_log_growth(customer->b, h * exp(v - end));
			sum += width * tcs_weight[i % TCS_NODES] * exp(power);
		}
		sum *= btyd_gamma_height(n);
	}
	if (customer->family != TCS_PARETO_NBD)
		sum *= exp(tcs_btyd_log_survives(customer, n - 1.0));
	return fmin(sum, 1.0);
}

/*
 * The same for pareto/nbd where the rate at which customers leave is known: the
 * integral over the time y of the n-th purchase, beta prime in y / rate, by
 * its logarithm u.
 */
static double
btyd_at_least_leaving(const TcsCustomer *customer, double h, double n)
{
	double		k = customer->shape;
	double		log_beta = tcs_lgamma(fmin(n, k)) - tcs_log_rising(fmax(n, k), fmin(n, k));
	double		end = log(h) - log(customer->rate);
	double		low = fmin(end, log(n) - log(k)) - fmax(60.0 / n, 13.0 / sqrt(n));
	double		panels = fmin(ceil((end - low) / fmin(2.0, 6.0 / sqrt(n + k))), 1e6);
	double		width = (end - low) / panels;
	double		sum = 0.0;

	for (int i = 0; i < panels * TCS_NODES; i++)
	{
		int			panel = i / TCS_NODES;
		double		u = low + width * (panel + tcs_node[i % TCS_NODES]);
		double		power = n * u - (n + k) * tcs_softplus(u) - log_beta -
		customer->a * tcs_log_growth(customer->b, customer->rate * exp(u));

		sum += width * tcs_weight[i % TCS_NODES] * exp(power);
	}
	return fmin(sum, 1.0);
}

double
tcs_btyd_at_least(const TcsCustomer *customer, double horizon, double n)
{
	double		h = horizon * customer->scale;
	double		k = fmin(customer->shape, LARGEST);
	double		rate = customer->rate * (k / customer->shape);
	double		all = rate + h;
	double		share = h / all;
	double		rest = fmax(rate / all, DBL_MIN);
	double		logit = log(h) - log(rate);
	double		peak;
	double		logarithm;
	TcsLogConcave f = {0};

	if (!(h > 0.0) || n > LARGEST)
		return 0.0;
	if (customer->family == TCS_BG_BB)
		return tcs_bg_bb_at_least(customer, tcs_bg_bb_whole(h), n);
	if (customer->k > 1)
		return tcs_cnbd_at_least(customer, h, n);
	if (n > VERY_MANY && customer->shape > VERY_MANY)
		return fmin(exp(log_at_least_normal(customer, h, n)), 1.0);
	if (customer->shape > KNOWN_RATE)
		return btyd_at_least_known(customer, h, n);
	if (customer->family == TCS_PARETO_NBD && customer->a > KNOWN_RATE && n < KNOWN_RATE)
		return btyd_at_least_leaving(customer, h, n);

	/* u = ln(y / h); the integral over all y stands for the beta function */
	f.slope = n;
	f.end = -k;
	tcs_log_concave_term(&f, n + k, share, rest, logit);
	logarithm = -log(tcs_log_concave_integral(&f, -INFINITY, INFINITY, &peak)) - peak;

	if (customer->family == TCS_PARETO_NBD)
	{
		double		later = customer->b + h;

		f.end -= customer->a;
		tcs_log_concave_term(&f, customer->a, h / later,
							 fmax(customer->b / later, DBL_MIN),
							 log(h) - log(customer->b));
		logarithm -= customer->a * tcs_log_growth(customer->b, h);
	}
	else
		logarithm += tcs_btyd_log_survives(customer, n - 1.0);
	logarithm += log(tcs_log_concave_integral(&f, -INFINITY, 0.0, &peak)) + peak;
	return fmin(exp(logarithm), 1.0);
}

/*
 * For pareto/nbd the integral at fixed nodes: from one n to the next each term
 * is multiplied by w (n + k) / n.
 */
#define PANELS	4

static bool
pareto_at_least_many(const TcsCustomer *customer, double h, int count,
					 double *at_least)
{
	double		k = customer->shape;
	double		growth = tcs_log_growth(customer->rate, h);
	double		term[PANELS * TCS_NODES];
	double		w[PANELS * TCS_NODES];

	/* smooth enough for the nodes in u = ln(1 + y / rate) */
	if (k > 200.0 || count > 1000 || growth > 4.0 || k * growth > 80.0 ||
		customer->rate > 10.0 * customer->b ||
		customer->a * tcs_log_growth(customer->b, h) > 20.0)
		return false;

	for (int i = 0; i < PANELS * TCS_NODES; i++)
	{
		double		width = growth / PANELS;
		int			panel = i / TCS_NODES;
		double		u = width * (panel + tcs_node[i % TCS_NODES]);
		double		y = customer->rate * expm1(u);

		w[i] = -expm1(-u);
		term[i] = width * tcs_weight[i % TCS_NODES] *
			k * exp(-k * u - customer->a * log1p(y / customer->b));
	}
	for (int n = 1; n <= count; n++)
	{
		double		sum = 0.0;

		for (int i = 0; i < PANELS * TCS_NODES; i++)
		{
			sum += term[i];
			term[i] *= w[i] * ((n + k) / n);
		}
		at_least[n - 1] = fmin(sum, 1.0);
	}
	return true;
}

bool
tcs_btyd_at_least_many(const TcsCustomer *customer, double horizon, int count,
					   double *at_least)
{
	double		h = horizon * customer->scale;
	double		k = customer->shape;
	double		growth = tcs_log_growth(customer->rate, h);
	double		chance = exp(-k * growth);
	double		alive = 1.0;
	double		more;
	double		q;

	/* there are no more than opportunities: few are asked for one by one */
	if (customer->family == TCS_BG_BB)
		return false;
	if (customer->family == TCS_PARETO_NBD)
		return pareto_at_least_many(customer, h, count, at_least);
	if (customer->k > 1)
		return tcs_cnbd_at_least_many(customer, h, count, at_least);
	if (k * growth > 700.0 || customer->a + customer->b > 1e300)
		return false;

	q = h / (customer->rate + h);
	more = -expm1(-k * growth);
	for (int n = 1; n <= count; n++)
	{
		/* the rest of the distribution, which rounding keeps from being exact */
		at_least[n - 1] = alive * fmax(more, 0.0);
		chance *= q * ((k + (n - 1)) / n);
		more -= chance;
		alive *= (customer->b + (n - 1)) / (customer->a + customer->b + (n - 1));
	}
	return true;
}

/* Quantiles are looked for one by one up to here. */
#define WALK	256

double
tcs_btyd_quantile(const TcsCustomer *customer, double horizon, double upper,
				  TcsPoll poll)
{
	double		at_least[WALK];
	double		low = 0.0;		/* at most this many: not probable enough */
	double		high = 1.0;

	upper /= customer->p_alive;
	if (!(upper < 1.0) || !(horizon > 0.0))
		return 0.0;
	if (upper > 1e-6 &&
		tcs_btyd_at_least_many(customer, horizon, WALK, at_least))
	{
		for (int n = 0; n < WALK; n++)
			if (at_least[n] <= upper)
				return n;
		low = WALK - 1;
		high = 2.0 * WALK;
	}
	else if (tcs_btyd_at_least(customer, horizon, 1.0) <= upper)
		return 0.0;

	/* P(at least low + 1) > upper */
	while (tcs_btyd_at_least(customer, horizon, high + 1.0) > upper)
	{
		low = high;
		high *= 2.0;
		if (isinf(high))
			return INFINITY;
		if (poll)
			poll();
	}
	while (high - low > 1.0)
	{
		double		middle = floor(low + (high - low) / 2.0);

		if (middle <= low || middle >= high)
			break;
		if (tcs_btyd_at_least(customer, horizon, middle + 1.0) > upper)
			low = middle;
		else
			high = middle;
		if (poll)
			poll();
	}
	return high;
}
