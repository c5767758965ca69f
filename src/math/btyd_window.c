/*
 * btyd_window.c
 *		What a customer does between two days to come, with a second moment.
 *
 * Two purchases, at the times u < v from now on, come with a density that is the
 * mean of lambda^2 times the chance to be alive until v; pairs is twice its
 * integral over both.
 */
#include "math/btyd_window.h"

#include <float.h>
#include <math.h>

#include "math/bg_bb.h"
#include "math/btyd_families.h"
#include "math/cnbd.h"
#include "math/sbg.h"
#include "numerics/beta_mean.h"
#include "numerics/quadrature.h"
#include "numerics/special.h"

/* Nobody leaves, and the rate is the same at any time. */
static void
nbd_window(const TcsCustomer *customer, double length, TcsWindow *window)
{
	TcsCustomer stays = *customer;

	stays.family = TCS_NBD;
	stays.scale = 1.0;
	window->buys = -expm1(-customer->shape * tcs_log_growth(customer->rate, length));
	window->purchases = tcs_btyd_expected(&stays, length);
	window->pairs = window->purchases * window->purchases * (1.0 + 1.0 / customer->shape);
}

/* Panels of so many, in what the logarithm of an integrand falls or rises by. */
#define PANEL		6.0
#define NOTHING		60.0
#define LARGE		300.0

/*
 * The integral of w (b / (b + w))^s over w from 0 to the length, over the
 * square of b l, l = ln((b + length) / b), by its logarithm: with w = b (e^(l y)
 * - 1) that of (e^(l y) - 1) / l e^((1 - s) l y) over y from 0 to 1.
 */
static double
pareto_log_pairs(double s, double growth)
{
	double		fall = (s - 2.0) * growth;
	double		most = fall < 0.0 ? -fall : 0.0;
	double		end = fall > NOTHING ? NOTHING / fall : 1.0;
	double		slope = fmax(fabs(fall), fmax(fabs(fall + growth), growth)) * end;
	int			panels = (int) fmin(ceil(slope / PANEL), 1000.0) + 1;
	double		width = end / panels;
	double		sum = 0.0;

	for (int i = 0; i < panels * TCS_NODES; i++)
	{
		int			panel = i / TCS_NODES;
		double		y = width * (panel + tcs_node[i % TCS_NODES]);
		double		u = growth * y;

		/* what is expm1(u) / l e^((1 - s) u), over its greatest */
		sum += tcs_weight[i % TCS_NODES] * y * tcs_expm1_ratio(u) * exp(-fall * y - most);
	}
	return log(sum * width) + most;
}

/* The rate at which purchases come is not changed by living on. */
static void
pareto_window(const TcsCustomer *customer, double from, double length,
			  TcsWindow *window)
{
	TcsCustomer later = *customer;
	double		lives = exp(-customer->a * tcs_log_growth(customer->b, from));
	double		growth;
	double		size;

	later.b += from;
	later.scale = 1.0;
	growth = tcs_log_growth(later.b, length);
	window->purchases = lives * tcs_pareto_expected(&later, length);
	window->buys = 1.0 - tcs_pareto_no_purchase(&later, length);
	if (window->buys < 1e-3)
		window->buys = tcs_btyd_at_least(&later, length, 1.0);
	window->buys *= lives;

	size = growth * later.b / later.rate;
	if (growth > 0.0)
	{
		double		logarithm = pareto_log_pairs(later.a, growth);

		if (fabs(logarithm) < LARGE && size > 1e-100 && size < 1e100 && later.shape < 1e100)
			window->pairs = 2.0 * (later.shape * size) * ((later.shape + 1.0) * size) *
				exp(logarithm) * lives;
		else
			window->pairs = exp(log(2.0) + log(later.shape) + log(later.shape + 1.0) + logarithm +
								2.0 * (log(growth) + log(later.b) - log(later.rate)) -
								customer->a * tcs_log_growth(customer->b, from));
	}
}

/*
 * bg/nbd and mbg/nbd where no series serves: the mean over the chance p to leave
 * of what is known given p.  c = rate + p from.
 */
typedef struct WindowScales
{
	double		k;
	double		rate;
	double		log_from;		/* over the rate */
	double		log_length;
} WindowScales;

/* ln of the chance to be alive, which is (rate / c)^k, and of length / c */
static double
window_log_lives(const WindowScales *scales, double log_p, double *log_part)
{
	double		grows = tcs_softplus(log_p + scales->log_from);

	*log_part = scales->log_length - grows;
	return -scales->k * grows;
}

/* ln(1 - (1 + e^log_z)^-k) */
static double
window_log_any(double k, double log_z)
{
	double		log_y = log(k) + (log_z < -TCS_LINEAR ? log_z : log(tcs_softplus(log_z)));

	return log_y < -TCS_LINEAR ? log_y : log(-expm1(-exp(log_y)));
}

static double
window_log_buys(double log_p, const void *context)
{
	const WindowScales *scales = context;
	double		log_part;
	double		lives = window_log_lives(scales, log_p, &log_part);

	return lives + window_log_any(scales->k, log_part);
}

static double
window_log_purchases(double log_p, const void *context)
{
	const WindowScales *scales = context;
	double		log_part;
	double		lives = window_log_lives(scales, log_p, &log_part);

	return lives + window_log_any(scales->k, log_p + log_part) - log_p;
}

/* ln of 1 - (1 + y)^-(k + 1) (1 + (k + 1) y) */
static double
window_log_two(double k, double log_y)
{
	double		log_ky = log(k + 1.0) + log_y;
	double		y = exp(log_y);
	double		term = 1.0;
	double		sum = 0.5;

	/* 1 + (k + 1) y is (1 + y) (1 + k y / (1 + y)) */
	if (log_ky > 0.0)
	{
		double		grows = tcs_softplus(log_y);
		double		share = tcs_logistic(log_y);

		if (k < DBL_EPSILON)
			return log(k) + log(grows - share);
		return log(-expm1(log1p(k * share) - k * grows));
	}

	/*
	 * k (k + 1) y^2 times the integral of x (1 + y x)^-(k + 2), by powers of
	 * y
	 */
	for (int j = 1; j < 200 && fabs(term) > 1e-17; j++)
	{
		term *= -(k + (j + 1)) * y / j;
		sum += term / (j + 2);
	}
	return log(k) + log(k + 1.0) + 2.0 * log_y + log(sum);
}

static double
window_log_pairs(double log_p, const void *context)
{
	const WindowScales *scales = context;
	double		log_part;
	double		lives = window_log_lives(scales, log_p, &log_part);

	return lives + window_log_two(scales->k, log_p + log_part) - 2.0 * log_p;
}

#define NARROW		1e3
#define LONG_GONE	1e5

void
tcs_beta_geometric_window(const TcsCustomer *customer, double from,
						  double length, TcsWindow *window)
{
	double		a = customer->a;
	double		b = customer->b;
	double		log_rate = log(customer->rate);
	WindowScales scales = {customer->shape, customer->rate, log(from) - log_rate, log(length) - log_rate};
	double		log_k = tcs_log_add(log(customer->shape), 0.0);
	double		low = -fmax(tcs_log_add(scales.log_from, scales.log_length) + log_k, 0.0);

	/* nearly all have the same chance to leave, and long have left */
	if (a > NARROW && customer->shape * tcs_softplus(log(a) - log(a + b) + scales.log_from) > LONG_GONE)
		return;
	window->buys = exp(tcs_beta_log_mean(a, b, low, log_k, window_log_buys, &scales));
	window->purchases = exp(tcs_beta_log_mean(a, b, low, log_k, window_log_purchases, &scales));
	/* 2 (1 - p) is a part of the beta density of other parameters */
	window->pairs = 2.0 * (b / (a + b)) *
		exp(tcs_beta_log_mean(a, b + 1.0, low, log_k, window_log_pairs, &scales));
}

/*
 * bg/bb: opportunities of a window.  The chance to be alive at the j-th from now
 * is (b)_(j-1) / (a + b)_(j-1).
 */
static void
bg_bb_window(const TcsCustomer *customer, double from, double until,
			 TcsWindow *window)
{
	double		a = customer->a;
	double		b = customer->b;
	double		shape = customer->shape;
	double		both = shape + customer->rate;
	double		square = (shape / both) * ((shape + 1.0) / (both + 1.0));
	TcsSbg		leaving = {a, b};
	double		alive = tcs_sbg_survival(&leaving, from);
	double		first = shape / both;	/* none in the window before */
	double		end = fmin(until - from, TCS_BG_BB_MOST);
	double		sum = 0.0;
	double		buys = 0.0;
	double		j = 0.0;

	while (j < end && alive > 0.0)
	{
		buys += alive * first;
		sum += alive * j;
		first *= (customer->rate + j) / (both + j + 1.0);
		alive *= 1.0 / (1.0 + a / (b + (from + j)));
		j += 1.0;
	}
	/* so many more that what changes from one to the next does not show */
	while (j >= end && j < until - from && alive > 0.0)
	{
		double		width = fmin(j, until - from - j);

		for (int i = 0; i < TCS_NODES; i++)
		{
			double		at = j - 0.5 + width * tcs_node[i];

			sum += width * tcs_weight[i] * at * tcs_sbg_survival(&leaving, from + at);
		}
		j += width;
	}
	window->buys = fmin(buys, 1.0);
	window->purchases = tcs_bg_bb_expected(customer, until) - tcs_bg_bb_expected(customer, from);
	window->pairs = 2.0 * square * sum;
}

static double
window_bounded(double value)
{
	return value <= DBL_MAX ? fmax(value, 0.0) : INFINITY;
}

void
tcs_btyd_window(const TcsCustomer *customer, double from, double length,
				TcsWindow *window)
{
	double		until = (from + length) * customer->scale;

	*window = (TcsWindow)
	{
		0
	};
	from *= customer->scale;
	length *= customer->scale;
	if (!(length > 0.0))
		return;
	if (customer->family == TCS_BG_BB)
		bg_bb_window(customer, tcs_bg_bb_whole(from), tcs_bg_bb_whole(until), window);
	else if (customer->family == TCS_PARETO_NBD)
		pareto_window(customer, from, length, window);
	else if (customer->family == TCS_NBD || (customer->k == 1 && !(customer->a > 0.0)))
		nbd_window(customer, length, window);
	else
		tcs_cnbd_window(customer, from, length, window);
	window->buys = fmin(window_bounded(window->buys), 1.0);
	window->purchases = window_bounded(window->purchases);
	window->pairs = window_bounded(window->pairs);
}

double
tcs_window_variance(const TcsWindow *window, double p_alive)
{
	double		mean = p_alive * window->purchases;

	if (isinf(window->purchases) || isinf(window->pairs))
		return INFINITY;
	return fmax(p_alive * (window->pairs + window->purchases) - mean * mean, 0.0);
}
