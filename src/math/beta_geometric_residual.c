/*
 * beta_geometric_residual.c
 *		Discounted expected purchases over all time by bg/nbd and mbg/nbd.
 *
 * With purchase rate and chance to die known, a customer who is alive is
 * expected to make rate / (discount + rate * p) of them.  The mean over the
 * rate is taken by the trapezoidal rule in its logarithm, that over p by
 * tcs_beta_log_mean.
 */
#include "math/btyd_families.h"

#include <math.h>

#include "numerics/beta_mean.h"
#include "numerics/special.h"

#define STEP		0.18		/* as in beta_mean.c */
#define STEP_WIDTH	0.55
#define MOST_NODES	10240

/* Nodes of the distribution of y = rate parameter * purchase rate. */
typedef struct Rates
{
	int			count;
	double		log_weight;		/* of all weights together */
	double		log_y[MOST_NODES];
	double		weight[MOST_NODES];
	double		cost[MOST_NODES];	/* discount / purchase rate */
	double		log_discount;	/* discount * rate parameter */
} Rates;

/* e^d - 1 - d */
static double
residual_exp_rest(double d)
{
	if (fabs(d) < 0.05)
		return d * d * (1.0 / 2 + d * (1.0 / 6 + d * (1.0 / 24 + d * (1.0 / 120 +
																	  d * (1.0 / 720 + d * (1.0 / 5040 + d / 40320))))));
	return expm1(d) - d;
}

/*
 * The density of ln y is proportional to exp(k ln y - y).  On the left, where
 * y is small against everything, the rule ends in two geometric series: the
 * weight that it leaves of the density, and that of the density times y.
 */
static void
residual_set_rates(Rates *rates, double k)
{
	double		mode = log(k);
	double		end = fmin(0.0, rates->log_discount) - TCS_LINEAR;
	double		step = fmin(STEP, STEP_WIDTH / sqrt(k));
	double		all = 0.0;

	rates->count = 0;
	for (int direction = -1; direction <= 1; direction += 2)
	{
		for (int i = direction > 0; rates->count < MOST_NODES; i++)
		{
			double		delta = direction * i * step;
			double		weight = exp(-k * residual_exp_rest(delta));
			int			n = rates->count++;

			rates->log_y[n] = mode + delta;
			rates->cost[n] = exp(rates->log_discount - mode - delta);
			rates->weight[n] = weight;
			all += weight;
			if (direction < 0 && mode + delta < end)
			{
				all += weight / expm1(k * step);
				rates->weight[n] = weight / -expm1(-(k + 1.0) * step);
				break;
			}
			if (weight < 1e-30)
				break;
		}
	}
	rates->log_weight = log(all);
}

/* ln of the mean of rate / (discount + rate * p) over the rate */
static double
log_residual(double log_p, const void *context)
{
	const Rates *rates = context;
	double		p = exp(log_p);
	double		sum = 0.0;

	if (log_p > -600.0)
	{
		for (int i = 0; i < rates->count; i++)
			sum += rates->weight[i] / (rates->cost[i] + p);
		return log(sum) - rates->log_weight;
	}
	for (int i = 0; i < rates->count; i++)
		sum += rates->weight[i] *
			tcs_logistic(log_p + rates->log_y[i] - rates->log_discount);
	return log(sum) - log_p - rates->log_weight;
}

double
tcs_beta_geometric_residual(const TcsCustomer *customer, double discount)
{
	double		a = customer->a;
	double		b = customer->b;
	Rates		rates;

	if (discount < 0.0 || (discount == 0.0 && a <= 1.0))
		return INFINITY;
	if (discount == 0.0)
		return 1.0 + b / (a - 1.0);

	rates.log_discount = log(discount) + log(customer->rate);
	residual_set_rates(&rates, customer->shape);
	/* what p is small against, for the fastest of buyers */
	return exp(tcs_beta_log_mean(a, b,
								 fmin(0.0, rates.log_discount - log(customer->shape + 40.0)) - 5.0,
								 0.0,
								 log_residual, &rates));
}
