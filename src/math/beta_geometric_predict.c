/*
 * beta_geometric_predict.c
 *		Predictions by bg/nbd and mbg/nbd, given that the customer is alive.
 *
 * Before the horizon h a customer who never died would make a number of
 * purchases that is negative binomial with shape k and q = h / (rate + h), and
 * is alive after j of them with probability (b)_j / (a + b)_j.
 */
#include "btyd_families.h"

#include <float.h>
#include <math.h>

#include "beta_mean.h"
#include "special.h"

#define MANY		12			/* horizons at once */

/* The series serves where its first term and its length are in hand. */
static bool
series_serves(const TcsCustomer *customer, double z)
{
	return z < 64.0 && customer->shape * z > 1e-250 &&
		customer->shape * log1p(z) < 500.0 &&
		customer->a < 1e300 && customer->b < 1e300;
}

/*
 * The sum over n >= 1 of P(n purchases by one who never dies) * h_n, h_n = sum
 * over j < n of P(alive after j).  All terms are positive.
 */
static double
series(const TcsCustomer *customer, double z)
{
	double		k = customer->shape;
	double		b = customer->b;
	double		ab = customer->a + b;
	double		q = z / (1.0 + z);
	double		chance = exp(-k * log1p(z)) * k * q;
	double		alive = 1.0;
	double		h = 1.0;
	double		sum = chance;

	for (int n = 1;; n++)
	{
		double		ratio = q * (k + n) / (n + 1);
		double		term;

		chance *= ratio;
		alive *= (b + (n - 1)) / (ab + (n - 1));
		h += alive;
		term = chance * h;
		sum += term;
		if ((n & 3) == 0)
		{
			/* ratios of later terms, which fall or rise towards q */
			double		most = fmax(ratio, q) * (1.0 + 1.0 / n);

			if (most < 1.0 && term * most < 1e-16 * sum * (1.0 - most))
				break;
		}
	}
	return sum;
}

/* The series for MANY horizons at once, at z all of which it serves. */
static void
series_many(const TcsCustomer *customer, const double *z, double *sum)
{
	double		k = customer->shape;
	double		b = customer->b;
	double		ab = customer->a + b;
	double		q[MANY];
	double		chance[MANY];
	double		alive = 1.0;
	double		h = 1.0;
	int			longest = 0;

	for (int i = 0; i < MANY; i++)
	{
		q[i] = z[i] / (1.0 + z[i]);
		chance[i] = exp(-k * log1p(z[i])) * k * q[i];
		sum[i] = chance[i];
		if (z[i] > z[longest])
			longest = i;
	}
	for (int n = 1;; n++)
	{
		double		ratio = (k + n) / (n + 1);

		alive *= (b + (n - 1)) / (ab + (n - 1));
		h += alive;
		for (int i = 0; i < MANY; i++)
		{
			chance[i] *= q[i] * ratio;
			sum[i] += chance[i] * h;
		}
		if ((n & 3) == 0)
		{
			double		most = q[longest] * fmax(ratio, 1.0) * (1.0 + 1.0 / n);

			/* the longest horizon takes the most terms */
			if (most < 1.0 && chance[longest] * h * most < 1e-16 * sum[longest] * (1.0 - most))
				break;
		}
	}
}

/* k and z of one horizon */
typedef struct Scales
{
	double		log_k;
	double		log_z;
} Scales;

/* ln((1 - (1 + p z)^-k) / p), from logarithms */
static double
log_purchases(double log_p, const void *context)
{
	const Scales *scales = context;
	double		log_k = scales->log_k;
	double		log_pz = log_p + scales->log_z;
	double		log_y = log_k +
		(log_pz < -TCS_LINEAR ? log_pz : log(tcs_softplus(log_pz)));

	/* y = k ln(1 + p z) */
	return (log_y < -TCS_LINEAR ? log_y : log(-expm1(-exp(log_y)))) - log_p;
}

double
tcs_beta_geometric_expected(const TcsCustomer *customer, double horizon)
{
	double		z = horizon / customer->rate;
	double		low,
				high;
	double		expected;
	Scales		scales;

	if (series_serves(customer, z))
		return series(customer, z);

	scales.log_k = log(customer->shape);
	scales.log_z = log(horizon) - log(customer->rate);
	/* p matters where k p z and p z are not small */
	low = -fmax(scales.log_z + tcs_log_add(scales.log_k, 0.0), 0.0);
	high = tcs_log_add(scales.log_k, 0.0);
	expected = exp(tcs_beta_log_mean(customer->a, customer->b, low, high,
									 log_purchases, &scales));
	return expected <= DBL_MAX ? expected : INFINITY;
}

void
tcs_beta_geometric_expected_many(const TcsCustomer *customer,
								 const double *horizons, int count,
								 double *expected)
{
	while (count > 0)
	{
		double		z[MANY];
		double		sum[MANY];
		int			taken = count < MANY ? count : MANY;
		bool		serves = true;

		/* what is left of a block repeats its last horizon */
		for (int i = 0; i < MANY; i++)
		{
			z[i] = horizons[i < taken ? i : taken - 1] / customer->rate;
			serves = serves && series_serves(customer, z[i]);
		}
		if (serves)
			series_many(customer, z, sum);
		for (int i = 0; i < taken; i++)
			expected[i] = serves ? sum[i] :
				horizons[i] > 0.0 ? tcs_beta_geometric_expected(customer, horizons[i]) : 0.0;
		horizons += taken;
		expected += taken;
		count -= taken;
	}
}

