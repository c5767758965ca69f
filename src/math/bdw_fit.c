/*
 * bdw_fit.c
 *		Fitting the beta-discrete-Weibull model by maximum likelihood.
 *
 * A customer goes on from the renewal t - 1 to t, or does not: both are made of
 * the logarithm of the chance to go on, which is a function of alpha, of what beta
 * has become, and of by how much t^c grows.
 */
#include "math/bdw.h"

#include <math.h>
#include <string.h>

#include "numerics/special.h"

#define POLL_EVERY	1024
#define MOST		3			/* parameters */

/* A number with its derivatives by theta. */
typedef struct BdwSlope
{
	double		value;
	double		g[MOST];
	double		h[MOST][MOST];
} BdwSlope;

/* t^c with its derivatives by ln c. */
typedef struct BdwAge
{
	double		value;
	double		first;
	double		second;
} BdwAge;

static BdwAge
bdw_age(double t, double c)
{
	BdwAge		age = {0.0, 0.0, 0.0};

	if (t > 0.0)
	{
		double		by_c = c * log(t);

		age.value = exp(by_c);
		age.first = age.value * by_c;
		age.second = age.first * (1.0 + by_c);
	}
	return age;
}

/* From one age to a later one. */
static BdwAge
bdw_passed(const BdwAge *from, const BdwAge *to)
{
	BdwAge		passed = {to->value - from->value, to->first - from->first, to->second - from->second};

	return passed;
}

/* The logarithm of the chance to go on so far: alpha, beta and c. */
static BdwSlope
bdw_going_on(const double *p, const BdwAge *from, const BdwAge *more)
{
	double		a = p[0];
	double		b = p[1] + from->value;
	double		n = more->value;
	BdwSlope	s = {.value = tcs_bdw_log_staying(a, b, n)};
	TcsRise		by_a;
	TcsRise		by_b;
	TcsRise		by_n;
	double		first_b;
	double		second_b;
	double		a_and_n = -tcs_trigamma(a + b + n);

	tcs_log_rising_slope_any(a + b, n, &by_a);
	tcs_log_rising_slope_any(b, n, &by_b);
	tcs_log_rising_slope_any(b + n, a, &by_n);
	first_b = by_b.first - by_a.first;
	second_b = by_b.second - by_a.second;
	s.g[0] = -a * by_a.first;
	s.g[1] = p[1] * first_b;
	s.g[2] = first_b * from->first - by_n.first * more->first;
	s.h[0][0] = -a * a * by_a.second + s.g[0];
	s.h[0][1] = -a * p[1] * by_a.second;
	s.h[0][2] = a * (-by_a.second * from->first + a_and_n * more->first);
	s.h[1][1] = p[1] * p[1] * second_b + s.g[1];
	s.h[1][2] = p[1] * (second_b * from->first - by_n.second * more->first);
	s.h[2][2] = second_b * from->first * from->first -
		by_n.second * more->first * (2.0 * from->first + more->first) +
		first_b * from->second - by_n.first * more->second;
	return s;
}

/* The same where all are alike: the rate and c. */
static BdwSlope
bdw_going_on_alike(const double *p, const BdwAge *from, const BdwAge *more)
{
	BdwSlope	s = {.value = -p[0] * more->value};

	(void) from;
	s.g[0] = s.h[0][0] = s.value;
	s.g[1] = s.h[0][1] = -p[0] * more->first;
	s.h[1][1] = -p[0] * more->second;
	return s;
}

/* Add so many who went on, and so many who did not. */
static void
bdw_add(int n, const BdwSlope *s, double went, double left, BdwSlope *sum)
{
	double		odds = 1.0 / expm1(-s->value);	/* of going on */
	double		all = went - (left > 0.0 ? left * odds : 0.0);

	sum->value += went * s->value;
	if (left > 0.0)
		sum->value += left * log(-expm1(s->value));
	for (int i = 0; i < n; i++)
	{
		sum->g[i] += all * s->g[i];
		for (int j = i; j < n; j++)
		{
			sum->h[i][j] += all * s->h[i][j];
			if (left > 0.0)
				sum->h[i][j] -= left * odds * (1.0 + odds) * s->g[i] * s->g[j];
		}
	}
}

typedef BdwSlope (*BdwGoingOn) (const double *p, const BdwAge *from, const BdwAge *more);

static double
bdw_sum(int n, BdwGoingOn going_on, const TcsSbgData *data,
		const double *theta, double *gradient, double *hessian)
{
	static const BdwAge start = {0.0, 0.0, 0.0};
	double		p[MOST];
	BdwSlope	sum = {.value = 0.0};

	for (int i = 0; i < n; i++)
		p[i] = exp(theta[i]);
	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		BdwAge		before = bdw_age(count->tenure - 1.0, p[n - 1]);
		BdwAge		now = bdw_age(count->tenure, p[n - 1]);
		BdwAge		last = bdw_passed(&before, &now);
		BdwSlope	slope;

		if (data->poll != NULL && i % POLL_EVERY == 0)
			data->poll();
		if (count->tenure < 1.0 || count->churned + count->staying == 0.0)
			continue;
		if (count->tenure > 1.0)
		{
			slope = going_on(p, &start, &before);
			bdw_add(n, &slope, count->churned + count->staying, 0.0, &sum);
		}
		slope = going_on(p, &before, &last);
		bdw_add(n, &slope, count->staying, count->churned, &sum);
	}
	if (gradient != NULL)
		for (int i = 0; i < n; i++)
		{
			gradient[i] = sum.g[i];
			for (int j = 0; j < n; j++)
				hessian[i * n + j] = i <= j ? sum.h[i][j] : sum.h[j][i];
		}
	return sum.value;
}

double
tcs_bdw_objective(const double *theta, double *gradient, double *hessian, void *context)
{
	return bdw_sum(3, bdw_going_on, context, theta, gradient, hessian);
}

double
tcs_bdw_equal_objective(const double *theta, double *gradient, double *hessian, void *context)
{
	return bdw_sum(2, bdw_going_on_alike, context, theta, gradient, hessian);
}

static void
bdw_take_fit(const TcsFit *fit, TcsBdwEstimate *estimate)
{
	memcpy(estimate->standard_error, fit->standard_error, sizeof(estimate->standard_error));
	estimate->log_likelihood = fit->value;
	estimate->gradient_norm = fit->gradient_norm;
	estimate->condition_number = fit->condition_number;
	estimate->iterations += fit->iterations;
}

/*
 * Half the square of the quantile of the normal distribution beyond which the
 * churn is said to rise: so much likelihood customers must gain that differ.
 */
#define DIFFER	(1.96 * 1.96 / 2.0)

bool
tcs_bdw_fit(const TcsSbgData *data, double churn, TcsBdwEstimate *estimate)
{
	TcsProblem	alike = {
		.n = 2,
		.objective = tcs_bdw_equal_objective,
		.context = (void *) data,
		.least = {log(1e-100), log(0.1)},
		.most = {log(30.0), log(TCS_BDW_MOST_C)}
	};
	TcsProblem	whole = {
		.n = 3,
		.objective = tcs_bdw_objective,
		.context = (void *) data,
		.least = {log(1e-6), log(1e-6), log(0.1)},
		.most = {log(1e4), log(1e30), log(TCS_BDW_MOST_C)},
		.least_gain = 1e-3
	};
	TcsFit		fit = {.theta = {log(-log1p(-churn)), 0.0}};

	memset(estimate, 0, sizeof(*estimate));
	tcs_newton(&alike, &fit);
	estimate->iterations = fit.iterations;
	if (fit.status != TCS_FIT_CONVERGED || fit.theta[1] <= 0.0)
		return false;
	estimate->iterations = 0;
	bdw_take_fit(&fit, estimate);
	estimate->model = (TcsBdw)
	{
		.c = exp(fit.theta[1]),.rate = exp(fit.theta[0])
	};
	estimate->standard_error[0] *= exp(-estimate->model.rate);

	/* as if they differed a good deal */
	fit.theta[2] = fit.theta[1] + 0.2;
	fit.theta[1] = log(2.0) - fit.theta[0];
	fit.theta[0] = log(2.0);
	tcs_newton(&whole, &fit);
	if (fit.status != TCS_FIT_CONVERGED || fit.value < estimate->log_likelihood + DIFFER)
	{
		estimate->iterations += fit.iterations;
		return true;
	}
	bdw_take_fit(&fit, estimate);
	estimate->model = (TcsBdw)
	{
		exp(fit.theta[0]), exp(fit.theta[1]), exp(fit.theta[2]), 0.0
	};
	return true;
}
