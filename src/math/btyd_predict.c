/*
 * btyd_predict.c
 *		What a model of repeat purchases says about one customer's future.
 */
#include "math/btyd_predict.h"

#include <float.h>
#include <math.h>

#include "math/bg_bb.h"
#include "math/btyd_families.h"
#include "math/cnbd.h"
#include "numerics/special.h"

/* Sums of times stay finite below this. */
#define LONGEST		1e307
#define SHRINK		0x1p-20

double
tcs_log_growth(double base, double more)
{
	double		ratio = more / base;

	if (ratio <= DBL_MAX)
		return log1p(ratio);
	return log(more) - log(base);
}

void
tcs_btyd_set_odds(TcsCustomer *customer, double log_odds_dead)
{
	if (log_odds_dead > 0.0)
	{
		double		odds = exp(-log_odds_dead);

		customer->p_alive = odds / (1.0 + odds);
		customer->p_dead = 1.0 / (1.0 + odds);
	}
	else
	{
		double		odds = exp(log_odds_dead);

		customer->p_alive = 1.0 / (1.0 + odds);
		customer->p_dead = odds / (1.0 + odds);
	}
}

/*
 * The customer died at t_x, after the purchase of that day, or lives: the odds
 * are a / b' ((alpha + t) / (alpha + t_x))^(r + x), where b' = b + x - 1, or
 * b + x if the first purchase was a chance to die as well.
 */
static void
beta_geometric_alive(double a, double b, double shape, double base, double since,
					 TcsCustomer *customer)
{
	double		ratio = a / b;
	double		exponent = shape * (shape < 1000.0 && since < 1e3 * base ?
									log(1.0 + since / base) : tcs_log_growth(base, since));

	if (exponent < 300.0 && ratio > 1e-150 && ratio < 1e150)
	{
		double		odds = ratio * exp(exponent);

		customer->p_alive = 1.0 / (1.0 + odds);
		customer->p_dead = odds / (1.0 + odds);
	}
	else
		tcs_btyd_set_odds(customer, log(a) - log(b) + exponent);
}

void
tcs_btyd_customer(const TcsBtyd *model, TcsSeriesCache *cache, double x,
				  double t_x, double t, TcsCustomer *customer)
{
	TcsBtyd		scaled;
	bool		pareto = model->family == TCS_PARETO_NBD;
	bool		discrete = model->family == TCS_BG_BB;

	scaled.family = model->family;
	scaled.r = fmax(model->r, DBL_MIN);
	scaled.alpha = fmax(model->alpha, DBL_MIN);
	scaled.a = fmax(model->a, DBL_MIN);
	scaled.b = fmax(model->b, DBL_MIN);
	customer->scale = 1.0;
	if (!discrete && (scaled.alpha > LONGEST || t > LONGEST || (pareto && scaled.b > LONGEST)))
	{
		customer->scale = SHRINK;
		t_x *= SHRINK;
		t *= SHRINK;
		scaled.alpha = fmax(scaled.alpha * SHRINK, DBL_MIN);
		if (pareto)
			scaled.b = fmax(scaled.b * SHRINK, DBL_MIN);
	}

	customer->family = model->family;
	customer->cache = cache;
	customer->series = cache != NULL && x < TCS_SERIES_X ? &cache->series[(int) x] : NULL;
	customer->shape = scaled.r + x;
	customer->rate = scaled.alpha + t;
	customer->a = scaled.a;
	customer->k = 1;
	customer->stage = -1;
	customer->z = 0.0;
	customer->log_p = 0.0;
	customer->growth = 0.0;
	switch (model->family)
	{
		case TCS_BG_NBD:
			customer->b = scaled.b + x;
			if (x > 0.0)
				beta_geometric_alive(scaled.a, scaled.b + (x - 1.0),
									 customer->shape, scaled.alpha + t_x,
									 t - t_x, customer);
			else
			{
				customer->p_alive = 1.0;
				customer->p_dead = 0.0;
			}
			break;
		case TCS_MBG_NBD:
			customer->b = scaled.b + x + 1.0;
			beta_geometric_alive(scaled.a, scaled.b + x, customer->shape,
								 scaled.alpha + t_x, t - t_x, customer);
			break;
		case TCS_PARETO_NBD:
			customer->b = scaled.b + t;
			tcs_pareto_alive(&scaled, t_x, t, customer);
			break;
		case TCS_NBD:
			customer->a = 0.0;
			customer->b = 1.0 + x;
			customer->p_alive = 1.0;
			customer->p_dead = 0.0;
			break;
		case TCS_BG_BB:
			scaled.period = model->period;
			customer->scale = 1.0 / model->period;
			/* whole, but for what rounding does */
			tcs_bg_bb_customer(&scaled, x, rint(t_x / model->period), rint(t / model->period), customer);
			break;
		case TCS_MBG_CNBD:
		case TCS_BG_CNBD:
			/* a of 0: nobody leaves */
			customer->a = model->a > 0.0 ? scaled.a : 0.0;
			scaled.k = model->k > 1 ? model->k : 1;
			/* a place for each stage */
			customer->series = cache != NULL && scaled.k * (x + 1.0) <= TCS_SERIES_X ?
				&cache->series[scaled.k * (int) x] : NULL;
			tcs_cnbd_customer(&scaled, x, t_x, t, customer);
			break;
	}
}

/* The time, times the mean of the rate; only the product has to be in range. */
static double
nbd_expected(const TcsCustomer *customer, double time)
{
	double		expected = customer->shape * (time / customer->rate);

	if (expected >= DBL_MIN && expected <= DBL_MAX && time / customer->rate >= DBL_MIN)
		return expected;
	expected = exp(log(customer->shape) + log(time) - log(customer->rate));
	return expected <= DBL_MAX ? expected : INFINITY;
}

double
tcs_btyd_expected(const TcsCustomer *customer, double horizon)
{
	horizon *= customer->scale;
	if (!(horizon > 0.0))
		return 0.0;
	if (customer->family == TCS_PARETO_NBD)
		return tcs_pareto_expected(customer, horizon);
	if (customer->family == TCS_NBD)
		return nbd_expected(customer, horizon);
	if (customer->family == TCS_BG_BB)
		return tcs_bg_bb_expected(customer, tcs_bg_bb_whole(horizon));
	if (customer->k > 1)
		return tcs_cnbd_expected(customer, horizon);
	return tcs_beta_geometric_expected(customer, horizon);
}

double
tcs_btyd_expected_sum(const TcsCustomer *customer, const double *horizons,
					  const double *weights, int count)
{
	double		sum = 0.0;

	if ((customer->family == TCS_BG_NBD || customer->family == TCS_MBG_NBD) &&
		customer->scale == 1.0)
		return tcs_beta_geometric_expected_sum(customer, horizons, weights, count);
	if (customer->stage >= 0 && weights[0] > 0.0 && weights[count - 1] > 0.0)
		return tcs_cnbd_expected_sum(customer, horizons, weights, count);
	for (int i = 0; i < count; i++)
		sum += weights[i] * tcs_btyd_expected(customer, horizons[i]);
	return sum;
}

double
tcs_btyd_no_purchase(const TcsCustomer *customer, double horizon)
{
	double		none;

	horizon *= customer->scale;
	if (!(horizon > 0.0))
		return 1.0;
	if (customer->family == TCS_PARETO_NBD)
		none = tcs_pareto_no_purchase(customer, horizon);
	else if (customer->family == TCS_BG_BB)
		none = 1.0 - tcs_bg_bb_at_least(customer, tcs_bg_bb_whole(horizon), 1.0);
	else if (customer->k > 1)
		none = tcs_cnbd_no_purchase(customer, horizon);
	else
		none = exp(-customer->shape * tcs_log_growth(customer->rate, horizon));
	return fmin(customer->p_dead + customer->p_alive * none, 1.0);
}

double
tcs_btyd_ever(const TcsCustomer *customer)
{
	/* those who leave after purchases only make another first */
	double		ever = 1.0;

	if (customer->family == TCS_PARETO_NBD)
		ever = tcs_pareto_ever(customer);
	else if (customer->family == TCS_BG_BB)
		ever = tcs_bg_bb_ever(customer);
	return customer->p_alive * ever;
}

double
tcs_btyd_next(const TcsCustomer *customer, double share, double most)
{
	return tcs_cnbd_next(customer, share, most);
}

double
tcs_btyd_residual(const TcsCustomer *customer, double discount)
{
	double		residual;

	discount /= customer->scale;
	if (customer->family == TCS_PARETO_NBD)
		residual = tcs_pareto_residual(customer, discount);
	else if (customer->family == TCS_BG_BB)
		residual = tcs_bg_bb_residual(customer, discount);
	else if (customer->family == TCS_NBD)
		residual = discount > 0.0 ? nbd_expected(customer, 1.0 / discount) : INFINITY;
	else if (customer->k > 1)
		residual = tcs_cnbd_residual(customer, discount);
	else
		residual = tcs_beta_geometric_residual(customer, discount);
	return residual <= DBL_MAX ? residual : INFINITY;
}
