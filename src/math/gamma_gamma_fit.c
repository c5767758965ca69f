/*
 * gamma_gamma_fit.c
 *		Fitting the Gamma-Gamma model by maximum likelihood.
 *
 * With k = p x + q, c = v / x and w = m_x + c, the log-likelihood of a customer
 * is
 *
 *	ln gamma(k) - ln gamma(p x) - ln gamma(q) + q ln c + (p x - 1) ln m_x - k ln w
 *
 * so that with the customers in groups by x only the last term, and in the
 * derivatives r = c / w, differ within a group: a customer costs a division.
 */
#include "math/gamma_gamma_fit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "numerics/special.h"

#define PARAMETERS	TCS_SPEND_PARAMETERS
#define AT(i, j)	((i) * PARAMETERS + (j))

/* Values whose mantissas, each below 2, are multiplied before one logarithm. */
#define BLOCK		512
#define POLL_EVERY	65536		/* a multiple of BLOCK */

#define LN_2		0.693147180559945309417232121458

#define MANTISSA	((UINT64_C(1) << 52) - 1)
#define ONE			(UINT64_C(1023) << 52)

enum
{
	P, Q, V
};

typedef struct SpendSums
{
	double		log_w;			/* of ln w */
	double		r;				/* of r */
	double		r_rest;			/* of r (1 - r) */
} SpendSums;

/* Sums over a block.  The logarithm is that of the product, its exponent apart. */
static void
spend_block_add(SpendSums *sums, const double *m_x, size_t count, double c)
{
	double		product = 1.0;
	int64_t		exponent = 0;
	double		r_sum = 0.0;
	double		rest_sum = 0.0;

	for (size_t i = 0; i < count; i++)
	{
		double		w = m_x[i] + c;
		double		r = c / w;
		uint64_t	bits;

		r_sum += r;
		rest_sum += r * (1.0 - r);
		if (w < DBL_MIN)
		{
			w *= 18446744073709551616.0;	/* 2^64 */
			exponent -= 64;
		}
		memcpy(&bits, &w, sizeof(bits));
		exponent += (int64_t) (bits >> 52) - 1023;
		bits = (bits & MANTISSA) | ONE;
		memcpy(&w, &bits, sizeof(w));
		product *= w;
	}
	sums->log_w += log(product) + (double) exponent * LN_2;
	sums->r += r_sum;
	sums->r_rest += rest_sum;
}

static void
spend_group_add(SpendSums *sums, const TcsSpendGroup *group, double c, void (*poll) (void))
{
	memset(sums, 0, sizeof(*sums));
	for (size_t i = 0; i < group->count; i += BLOCK)
	{
		size_t		left = group->count - i;

		if (poll != NULL && i % POLL_EVERY == 0)
			poll();
		spend_block_add(sums, group->m_x + i, left < BLOCK ? left : BLOCK, c);
	}
}

/* ln gamma(a + b) - ln gamma(a) - ln gamma(b) */
static double
minus_log_beta(double a, double b)
{
	double		low = fmin(a, b);

	return tcs_log_rising(fmax(a, b), low) - tcs_lgamma(low);
}

double
tcs_spend_objective(const double *theta, double *gradient, double *hessian,
					void *context)
{
	const TcsSpendData *data = context;
	double		p = exp(theta[P]);
	double		q = exp(theta[Q]);
	double		v = exp(theta[V]) * data->scale;
	double		log_v = theta[V] + log(data->scale);
	double		digamma_q = tcs_digamma(q);
	double		trigamma_q = tcs_trigamma(q);
	double		value = 0.0;

	if (gradient != NULL)
	{
		memset(gradient, 0, PARAMETERS * sizeof(double));
		memset(hessian, 0, PARAMETERS * PARAMETERS * sizeof(double));
	}
	for (size_t g = 0; g < data->group_count; g++)
	{
		const TcsSpendGroup *group = &data->groups[g];
		double		n = (double) group->count;
		double		px = p * group->x;
		double		k = px + q;
		double		log_c = log_v - log(group->x);
		double		digamma_k;
		double		trigamma_k;
		SpendSums	sums;

		spend_group_add(&sums, group, v / group->x, data->poll);
		value += n * (minus_log_beta(px, q) + q * log_c) +
			(px - 1.0) * group->log_sum - k * sums.log_w;
		if (gradient == NULL)
			continue;

		digamma_k = tcs_digamma(k);
		trigamma_k = tcs_trigamma(k);
		gradient[P] += px * (n * (digamma_k - tcs_digamma(px)) +
							 group->log_sum - sums.log_w);
		gradient[Q] += q * (n * (digamma_k - digamma_q + log_c) - sums.log_w);
		gradient[V] += n * q - k * sums.r;
		hessian[AT(P, P)] += n * px * px * (trigamma_k - tcs_trigamma(px));
		hessian[AT(P, Q)] += n * px * q * trigamma_k;
		hessian[AT(Q, Q)] += n * q * q * (trigamma_k - trigamma_q);
		hessian[AT(P, V)] -= px * sums.r;
		hessian[AT(Q, V)] += q * (n - sums.r);
		hessian[AT(V, V)] -= k * sums.r_rest;
	}
	if (gradient != NULL)
	{
		hessian[AT(P, P)] += gradient[P];
		hessian[AT(Q, Q)] += gradient[Q];
		hessian[AT(Q, P)] = hessian[AT(P, Q)];
		hessian[AT(V, P)] = hessian[AT(P, V)];
		hessian[AT(V, Q)] = hessian[AT(Q, V)];
	}
	return value;
}

void
tcs_spend_prepare(TcsSpendData *data)
{
	double		sum = 0.0;
	double		squares = 0.0;
	double		n = 0.0;
	double		mean = 0.0;

	for (size_t g = 0; g < data->group_count; g++)
	{
		TcsSpendGroup *group = &data->groups[g];

		group->log_sum = 0.0;
		for (size_t i = 0; i < group->count; i++)
		{
			double		value = log(group->m_x[i]);

			if (data->poll != NULL && i % POLL_EVERY == 0)
				data->poll();
			/* about the first, so that squares do not cancel */
			if (n == 0.0 && i == 0)
				mean = value;
			group->log_sum += value;
			squares += (value - mean) * (value - mean);
		}
		sum += group->log_sum;
		n += (double) group->count;
	}
	data->spread = fmax(squares / n - (sum / n - mean) * (sum / n - mean), 0.0);
	data->scale = ldexp(1.0, (int) fmax(fmin(rint(sum / n / LN_2), 1000.0), -1000.0));
}

static bool
spend_all_equal(const TcsSpendData *data)
{
	double		first = data->groups[0].m_x[0];

	for (size_t g = 0; g < data->group_count; g++)
		for (size_t i = 0; i < data->groups[g].count; i++)
			if (data->groups[g].m_x[i] != first)
				return false;
	return true;
}

/* the y with trigamma(y) near to that */
static double
inverse_trigamma(double value)
{
	return (1.0 + sqrt(1.0 + 2.0 * value)) / (2.0 * value);
}

/*
 * Moments to begin from: ln m_x has the variance trigamma(p x) + trigamma(q),
 * of which both parts are taken for half, and the mean
 * digamma(p x) - digamma(q) + ln(v / x).
 */
static void
spend_begin(const TcsSpendData *data, const TcsProblem *problem, double *theta)
{
	double		half = inverse_trigamma(fmax(data->spread / 2.0, 1e-6));
	double		customers = 0.0;
	double		log_x = 0.0;
	double		log_m = 0.0;

	for (size_t g = 0; g < data->group_count; g++)
	{
		const TcsSpendGroup *group = &data->groups[g];

		customers += (double) group->count;
		log_x += (double) group->count * log(group->x);
		log_m += group->log_sum;
	}
	log_x /= customers;
	theta[P] = log(half) - log_x;
	theta[Q] = log(half);
	theta[V] = log_m / customers + log_x - log(data->scale);
	for (int i = 0; i < PARAMETERS; i++)
		theta[i] = fmin(fmax(theta[i], problem->least[i] + 1.0), problem->most[i] - 1.0);
}

/* By so much log-likelihood a model is told from a limit. */
#define EQUAL	1e-2

static void
spend_take_fit(const TcsSpendData *data, const TcsFit *fit, TcsSpendEstimate *estimate)
{
	estimate->limits = 0;
	estimate->count = tcs_spend_terms(0, estimate->term);
	for (int i = 0; i < PARAMETERS; i++)
	{
		double		unit = i == V ? data->scale : 1.0;

		estimate->value[i] = exp(fit->theta[i] + log(unit));
		estimate->standard_error[i] = fit->standard_error[i] * unit;
	}
	estimate->determined = fit->status == TCS_FIT_CONVERGED;
	estimate->log_likelihood = fit->value;
	estimate->gradient_norm = fit->gradient_norm;
	estimate->condition_number = fit->condition_number;
}

TcsSpendNote
tcs_spend_fit(TcsSpendData *data, TcsSpendEstimate *estimate)
{
	TcsProblem	problem = {
		.n = PARAMETERS,
		.objective = tcs_spend_objective,
		.context = data,
		/* v follows digamma(q) and digamma(p), which are about -1/q, -1/p */
		.least = {log(1e-2), log(1e-2), -120.0},
		.most = {log(1e6), log(1e6), 120.0}
	};
	TcsFit		fit = {0};

	memset(estimate, 0, sizeof(*estimate));
	if (data->group_count == 1 && data->groups[0].count == 1)
		return TCS_SPEND_ONE;
	if (spend_all_equal(data))
	{
		tcs_spend_all_equal(data->groups[0].m_x[0], estimate);
		return TCS_SPEND_FINE;
	}
	tcs_spend_prepare(data);
	spend_begin(data, &problem, fit.theta);
	tcs_newton(&problem, &fit);
	if (fit.status == TCS_FIT_CONVERGED)
		spend_take_fit(data, &fit, estimate);
	/* to where a parameter runs, unless that is a worse place */
	else if (!tcs_spend_find_limit(data, estimate) ||
			 fit.value > estimate->log_likelihood + EQUAL)
	{
		/* p or q vanishes, and the mean is infinite */
		bool		extreme = fit.status == TCS_FIT_BOUND && fit.direction < 0 &&
		fit.which != V && fit.theta[Q] <= 0.0;

		if (!isfinite(fit.value) || extreme)
			return TCS_SPEND_EXTREME;
		spend_take_fit(data, &fit, estimate);
	}
	estimate->iterations = fit.iterations;
	return TCS_SPEND_FINE;
}
