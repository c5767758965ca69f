/*
 * beta_geometric_predict.c
 *		Predictions by bg/nbd and mbg/nbd, given that the customer is alive.
 *
 * Before the horizon h a customer who never died would make a number of
 * purchases that is negative binomial with shape k and q = h / (rate + h), and
 * is alive after j of them with probability (b)_j / (a + b)_j.
 */
#include "math/btyd_families.h"

#include <float.h>
#include <math.h>

#include "numerics/beta_mean.h"
#include "numerics/special.h"

/* The series serves where its first term and its length are in hand. */
static bool
expected_series_serves(const TcsCustomer *customer, double z)
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
expected_series(const TcsCustomer *customer, double z)
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

/* Where powers of q do not vanish before they are multiplied by their factors. */
static bool
powers_serve(const TcsCustomer *customer, double z)
{
	return customer->shape * (log1p(z) + z * log1p(1.0 / z)) < 500.0;
}

/* The factors of the series by x, (k)_n / n! * h_n, made at the first use. */
static const TcsSeries *
expected_series_get(const TcsCustomer *customer)
{
	double		k = customer->shape;
	double		b = customer->b;
	double		ab = customer->a + b;
	double		alive = 1.0;
	double		h = 1.0;
	double		ways = k;
	TcsSeries  *made;

	if (customer->series == NULL)
		return NULL;
	if (*customer->series != NULL)
		return *customer->series;
	made = customer->cache->allocate(customer->cache->context, sizeof(TcsSeries));
	made->count = 0;
	for (int n = 1; n <= TCS_SERIES_TERMS && ways * h < 1e200; n++)
	{
		made->factor[made->count++] = ways * h;
		ways *= (k + n) / (n + 1);
		alive *= (b + (n - 1)) / (ab + (n - 1));
		h += alive;
	}
	*customer->series = made;
	return made;
}

/* What terms lose by stopping here, beside the sum. */
#define PRECISION	1e-15

/*
 * From term n, of that size, on: is what is left negligible?  Later ratios of
 * terms fall or rise towards q; stages make a purchase.
 */
static inline bool
expected_is_last(double k, double q, double stages, int n, double term, double sum)
{
	double		most = q * (k > 1.0 ? (k + n) / (n + 1) : 1.0) * (n + stages) / n;

	return most < 1.0 && term * most < PRECISION * sum * (1.0 - most);
}

/*
 * The series from cached factors; negative where they do not reach.  Two terms
 * at a time do not wait for each other.
 */
static double
expected_series_cached(const TcsCustomer *customer, const TcsSeries *made, double z)
{
	double		k = customer->shape;
	double		q = z / (1.0 + z);
	double		square = q * q;
	double		odd = q;
	double		even = square;
	double		sum = 0.0;

	for (int n = 0; n + 8 <= made->count; n += 8)
	{
		const double *factor = made->factor + n;
		double		last;

		sum += factor[0] * odd + factor[1] * even;
		odd *= square;
		even *= square;
		sum += factor[2] * odd + factor[3] * even;
		odd *= square;
		even *= square;
		sum += factor[4] * odd + factor[5] * even;
		odd *= square;
		even *= square;
		last = factor[7] * even;
		sum += factor[6] * odd + last;
		odd *= square;
		even *= square;
		if (last < PRECISION * sum && expected_is_last(k, q, 1.0, n + 8, last, sum))
			return sum * exp(-k * log1p(z));
	}
	return -1.0;
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

	if (expected_series_serves(customer, z))
	{
		const TcsSeries *made = expected_series_get(customer);

		if (made != NULL && powers_serve(customer, z))
		{
			expected = expected_series_cached(customer, made, z);
			if (expected >= 0.0)
				return expected;
		}
		return expected_series(customer, z);
	}

	scales.log_k = log(customer->shape);
	scales.log_z = log(horizon) - log(customer->rate);
	/* p matters where k p z and p z are not small */
	low = -fmax(scales.log_z + tcs_log_add(scales.log_k, 0.0), 0.0);
	high = tcs_log_add(scales.log_k, 0.0);
	expected = exp(tcs_beta_log_mean(customer->a, customer->b, low, high,
									 log_purchases, &scales));
	return expected <= DBL_MAX ? expected : INFINITY;
}

/*
 * The sum over horizons i of weight_i (1 - q_i)^k q_i^n is worked out for each
 * n and multiplied by the factor that all share.  The shorter horizons drop out
 * when their terms have become nothing, four at a time.
 */
#define GROUP	4
#define STEPS	8

/* Of a group of horizons so many terms, with all that changes in registers. */
static inline double
expected_group_sum(const double *q, double *power, const double *factor)
{
	double		a = power[0],
				b = power[1],
				c = power[2],
				d = power[3];
	double		sum = 0.0;

	for (int n = 0; n < STEPS; n++)
	{
		sum += factor[n] * ((a + b) + (c + d));
		a *= q[0];
		b *= q[1];
		c *= q[2];
		d *= q[3];
	}
	power[0] = a;
	power[1] = b;
	power[2] = c;
	power[3] = d;
	return sum;
}

double
tcs_series_expected_sum(const TcsSeries *made, double shape, double stages, const double *q,
						double *power)
{
	double		sum = 0.0;
	int			first = 0;

	for (int i = 0; i < TCS_HORIZONS; i++)
		if (power[i] < 0.0)
			return -1.0;
	for (int n = STEPS; n <= made->count; n += STEPS)
	{
		const double *factor = made->factor + (n - STEPS);
		double		last = factor[STEPS - 1];
		double		left = 0.0;
		int			next = first + GROUP - 1;

		for (int group = first; group < TCS_HORIZONS; group += GROUP)
			sum += expected_group_sum(q + group, power + group, factor);

		for (int i = next; i < TCS_HORIZONS; i++)
			left = fmax(left, power[i]);
		if (first < TCS_HORIZONS - GROUP)
		{
			double		term = GROUP * last * power[next];

			if (term < PRECISION * sum && expected_is_last(shape, q[next], stages, n, term, sum))
				first += GROUP;
		}
		else if (GROUP * last * left < PRECISION * sum &&
				 expected_is_last(shape, q[TCS_HORIZONS - 1], stages, n, GROUP * last * left, sum))
			return sum;
	}
	return -1.0;
}

double
tcs_beta_geometric_expected_sum(const TcsCustomer *customer,
								const double *horizons, const double *weights,
								int count)
{
	const TcsSeries *made;
	double		k = customer->shape;
	double		z = horizons[count - 1] / customer->rate;
	double		q[TCS_HORIZONS];
	double		power[TCS_HORIZONS];
	double		sum;
	bool		serves;

	serves = expected_series_serves(customer, z) && powers_serve(customer, z) &&
		horizons[0] / customer->rate > 1e-9 && count == TCS_HORIZONS;
	made = serves ? expected_series_get(customer) : NULL;
	if (made != NULL)
	{
		for (int i = 0; i < TCS_HORIZONS; i++)
		{
			z = horizons[i] / customer->rate;
			q[i] = z / (1.0 + z);
			power[i] = weights[i] * exp(-k * log1p(z)) * q[i];
		}
		sum = tcs_series_expected_sum(made, k, 1.0, q, power);
		if (sum >= 0.0)
			return sum;
	}

	sum = 0.0;
	for (int i = 0; i < count; i++)
		sum += weights[i] * tcs_btyd_expected(customer, horizons[i]);
	return sum;
}
