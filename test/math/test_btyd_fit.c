/*
 * test_btyd_fit.c
 *		Fitting the models of repeat purchases: likelihoods against integrals
 *		taken in high precision, derivatives against differences, estimates
 *		against the parameters that a population was made with.
 */
#include <stdlib.h>

#include "math/btyd_fit.h"
#include "numerics/special.h"

#include "harness.h"
#include "btyd_fit_reference.h"

#define N TCS_BTYD_PARAMETERS

static TcsObjective
objective_of(TcsBtydFamily family)
{
	return family == TCS_PARETO_NBD ? tcs_pareto_objective : tcs_beta_geometric_objective;
}

static double
one_customer(TcsBtydFamily family, const double *theta, double x, double t_x, double t,
			 double *gradient, double *hessian)
{
	TcsBtydTuple tuple = {t_x, t, 1.0};
	TcsBtydGroup group = {x, 1.0, 0, 1};
	TcsBtydData data = {&group, 1, &tuple, 1, NULL, NULL, 0, NULL, 0.0, 0};
	TcsBtydObjective context = {&data, family, 1};

	return objective_of(family) (theta, gradient, hessian, &context);
}

static void
test_special(void)
{
	for (size_t i = 0; i < LENGTH(derivative); i++)
	{
		double		x = derivative[i].x;

		CHECK(close_to(tcs_digamma(x), derivative[i].digamma, 2e-15), "%g", x);
		CHECK(close_to(tcs_trigamma(x), derivative[i].trigamma, 2e-15), "%g", x);
	}
	for (size_t i = 0; i < LENGTH(rising); i++)
		CHECK(close_to(tcs_log_rising(rising[i].x, rising[i].n), rising[i].log_rising, 2e-14),
			  "%g, %g", rising[i].x, rising[i].n);
	CHECK(isnan(tcs_digamma(-1.0)) && isnan(tcs_trigamma(NAN)), "domain");
	CHECK(tcs_expm1_ratio(0.0) == 1.0 && close_to(tcs_expm1_ratio(1e-9), 1.0 - 5e-10, 1e-15) &&
		  tcs_expm1_ratio(1e308) == 1e-308, "ratio");
	CHECK(tcs_softplus(800.0) == 800.0 && close_to(tcs_softplus(-50.0), exp(-50.0), 1e-15), "softplus");
	CHECK(tcs_log_add(-INFINITY, 3.0) == 3.0 && close_to(tcs_log_add(0.0, 0.0), log(2.0), 1e-15), "sum");
}

static void
test_likelihoods(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		double		theta[N];
		double		got;

		for (int j = 0; j < N; j++)
			theta[j] = log(reference[i].p[j]);
		got = one_customer(reference[i].family, theta, reference[i].x, reference[i].t_x,
						   reference[i].t, NULL, NULL);
		CHECK(fabs(got - reference[i].log_likelihood) <=
			  1e-13 * fmax(10.0, fabs(reference[i].log_likelihood)),
			  "%zu: %.17g, not %.17g", i, got, reference[i].log_likelihood);
	}
}

/* Each first derivative is the slope of the value, each second of the first. */
static void
test_derivatives(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		double		theta[N],
					gradient[N],
					hessian[N * N];
		double		x = reference[i].x;

		for (int j = 0; j < N; j++)
			theta[j] = log(reference[i].p[j]);
		one_customer(reference[i].family, theta, x, reference[i].t_x, reference[i].t,
					 gradient, hessian);
		for (int j = 0; j < N; j++)
		{
			double		step = 1e-5;
			double		at = theta[j];
			double		value[2],
						slope[2][N],
						ignored[N * N];

			for (int side = 0; side < 2; side++)
			{
				theta[j] = at + (side ? step : -step);
				value[side] = one_customer(reference[i].family, theta, x, reference[i].t_x,
										   reference[i].t, slope[side], ignored);
			}
			theta[j] = at;
			CHECK(fabs((value[1] - value[0]) / (2 * step) - gradient[j]) <
				  1e-8 * (1.0 + fabs(value[0]) + fabs(gradient[j])),
				  "%zu, parameter %d: %g", i, j, gradient[j]);
			for (int k = 0; k < N; k++)
				CHECK(fabs((slope[1][k] - slope[0][k]) / (2 * step) - hessian[j * N + k]) <
					  1e-7 * (1.0 + x + fabs(hessian[j * N + k])),
					  "%zu, parameters %d and %d: %g, not %g", i, j, k, hessian[j * N + k],
					  (slope[1][k] - slope[0][k]) / (2 * step));
		}
	}
}

/* A population: its tuples as they come, not sorted and not collapsed. */
#define CUSTOMERS 6000
static TcsBtydTuple tuples[CUSTOMERS];
static TcsBtydGroup groups[CUSTOMERS];

/* a gamma variate, by summing for whole shapes */
static double
gamma_variate(int shape, double scale)
{
	double		sum = 0.0;

	while (shape-- > 0)
		sum -= log(uniform());
	return sum * scale;
}

static TcsBtydData
simulate(TcsBtydFamily family, int customers)
{
	TcsBtydData data = {groups, 0, tuples, 0, NULL, NULL, 0, NULL, 0.0, 0};

	/* r = 1, alpha = 20, a = 1, b = 3; or s = 1, beta = 60; or none of these */
	for (int i = 0; i < customers; i++)
	{
		double		t = 100.0 + 200.0 * uniform();
		double		rate = gamma_variate(1, 1.0 / 20.0);
		double		dead = gamma_variate(1, 1.0);
		double		p = dead / (dead + gamma_variate(3, 1.0));
		double		until = INFINITY;
		double		at = 0.0,
					t_x = 0.0;
		double		x = 0.0;

		if (family == TCS_PARETO_NBD)
			until = -log(uniform()) / gamma_variate(1, 1.0 / 60.0);
		else if (family == TCS_MBG_NBD && uniform() < p)
			until = 0.0;
		while ((at -= log(uniform()) / rate) < fmin(t, until))
		{
			x++;
			t_x = at;
			if (family != TCS_PARETO_NBD && family != TCS_NBD && uniform() < p)
				break;
		}
		tuples[i].t_x = t_x;
		tuples[i].t = t;
		tuples[i].customers = 1.0;
		groups[i].x = x;
		groups[i].customers = 1.0;
		groups[i].first = (size_t) i;
		groups[i].count = 1;
	}
	data.group_count = data.tuple_count = (size_t) customers;
	return data;
}

static void
test_fits(void)
{
	static const double truth[][N] = {{1, 20, 1, 3}, {1, 20, 1, 3}, {1, 20, 1, 60}, {1, 20}};

	for (int family = 0; family <= TCS_NBD; family++)
	{
		TcsBtydData data = simulate((TcsBtydFamily) family, CUSTOMERS);
		TcsBtydEstimate fit = {0};
		double		found[N];

		CHECK(tcs_btyd_fit(&data, (TcsBtydFamily) family, &fit) == TCS_BTYD_FINE && fit.limits == 0,
			  "family %d: limits %d", family, fit.limits);
		memcpy(found, fit.value, sizeof(found));
		for (int i = 0; i < fit.count; i++)
			CHECK(fabs(found[i] - truth[family][i]) < 4.0 * fit.standard_error[i] &&
				  fit.standard_error[i] < 0.5 * truth[family][i],
				  "family %d, parameter %d: %g +- %g", family, i, found[i], fit.standard_error[i]);
		CHECK(fit.gradient_norm < 1e-6 && fit.iterations < 30 && fit.condition_number > 1.0,
			  "family %d: %g after %d", family, fit.gradient_norm, fit.iterations);

		/* a thousand times the time is the same model, slower */
		{
			double		value = fit.log_likelihood;
			double		repeats = 0.0;
			double		scale = 1000.0;

			for (int i = 0; i < CUSTOMERS; i++)
			{
				tuples[i].t_x *= scale;
				tuples[i].t *= scale;
				repeats += groups[i].x;
			}
			CHECK(tcs_btyd_fit(&data, (TcsBtydFamily) family, &fit) == TCS_BTYD_FINE,
				  "family %d", family);
			CHECK(close_to(fit.value[0], found[0], 1e-7) && close_to(fit.value[1], found[1] * scale, 1e-7),
				  "family %d: %g %g", family, fit.value[0], fit.value[1]);
			CHECK(fabs(fit.log_likelihood - (value - repeats * log(scale))) < 1e-6, "family %d", family);
		}
	}
}

/* Too little to go by says so. */
static void
test_refusals(void)
{
	for (int family = 0; family < TCS_BTYD_FAMILIES; family++)
	{
		TcsBtydFamily f = (TcsBtydFamily) family;
		TcsBtydData data;
		TcsBtydEstimate fit = {0};

		data = simulate(f, 100);
		for (int i = 0; i < 100; i++)
		{
			groups[i].x = 0.0;
			tuples[i].t_x = 0.0;
		}
		CHECK(tcs_btyd_fit(&data, f, &fit) == TCS_BTYD_NO_REPEATS, "%d", family);
		for (int i = 0; i < 100; i++)
		{
			groups[i].x = 1.0;
			tuples[i].t = 0.0;
		}
		/* of bg/bb none is without an opportunity */
		if (f != TCS_BG_BB)
			CHECK(tcs_btyd_fit(&data, f, &fit) == TCS_BTYD_NO_TIME, "%d", family);
		data = simulate(f, 1);
		groups[0].x = 3.0;
		tuples[0].t_x = 20.0;
		tuples[0].t = 30.0;
		CHECK(tcs_btyd_fit(&data, f, &fit) == TCS_BTYD_ONE_CUSTOMER, "%d", family);

		/*
		 * repeat purchases on the day of the first make likelihoods without
		 * end
		 */
		data = simulate(f, 300);
		for (int i = 0; i < 300; i += 3)
		{
			groups[i].x = 1.0;
			tuples[i].t_x = 0.0;
		}
		if (f == TCS_MBG_NBD || f == TCS_BG_NBD)
			CHECK(tcs_btyd_fit(&data, f, &fit) == TCS_BTYD_REPEATS_AT_ONCE, "%d", family);
	}
}

/* bg/bb counts opportunities, and has a test of its own. */
static TcsBtydFamily
any_family(void)
{
	TcsBtydFamily family = (TcsBtydFamily) (random_bits() % TCS_BTYD_FAMILIES);

	return family == TCS_BG_BB ? TCS_NBD : family;
}

/* Anything in: no trap, and what comes out is no estimate unless finite. */
static void
test_anywhere(void)
{
	for (int i = 0; i < 20000; i++)
	{
		TcsBtydFamily family = (TcsBtydFamily) (random_bits() % TCS_NBD);
		double		theta[N],
					gradient[N],
					hessian[N * N];
		double		t = exp(1400.0 * uniform() - 700.0);
		double		x = random_bits() % 2 ? (double) (random_bits() % 10) :
		(double) (random_bits() % INT32_MAX);

		for (int j = 0; j < N; j++)
			theta[j] = 1480.0 * uniform() - 740.0;
		one_customer(family, theta, x, x > 0.0 ? t * uniform() : 0.0, t, gradient, hessian);
	}
	for (int i = 0; i < 200; i++)
	{
		TcsBtydFamily family = any_family();
		int			customers = 1 + (int) (random_bits() % 20);
		TcsBtydData data = simulate(family, customers);
		TcsBtydEstimate fit = {0};

		for (int j = 0; j < customers; j++)
		{
			double		t = exp(uniform() * (i % 2 ? 1400.0 : 20.0) - (i % 2 ? 700.0 : 5.0));

			groups[j].x = (double) (random_bits() % (1 + random_bits() % 3000));
			tuples[j].t = t;
			tuples[j].t_x = groups[j].x > 0.0 ? t * uniform() : 0.0;
		}
		if (tcs_btyd_fit(&data, family, &fit) == TCS_BTYD_FINE)
		{
			CHECK(isfinite(fit.log_likelihood), "case %d", i);
			for (int j = 0; j < fit.count; j++)
				CHECK(fit.value[j] > 0.0 && isfinite(fit.value[j]), "case %d: %g", i, fit.value[j]);
		}
	}
}

int
main(void)
{
	test_special();
	test_likelihoods();
	test_derivatives();
	test_fits();
	test_refusals();
	test_anywhere();
	return report();
}
