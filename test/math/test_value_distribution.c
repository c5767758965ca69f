/*
 * test_value_distribution.c
 *		Between which bounds a customer's value lies: quantiles against sums in
 *		closed form, any double, and in how short a time.
 */
#include <time.h>

#include "numerics/special.h"
#include "math/value_distribution.h"

#include "harness.h"

/*
 * P(S <= value) for p = 1, where the shapes of the sum are whole numbers: from
 * one purchase to the next, the beta distribution loses one term.
 */
static double
below(const TcsCustomer *customer, double horizon, double b, double y)
{
	double		share = y / (1.0 + y);
	double		chance = -expm1(-b * log1p(y));
	double		term = b * share * exp(-b * log1p(y));
	double		before = tcs_btyd_at_least(customer, horizon, 1.0);
	double		sum = 1.0 - customer->p_alive * before;

	for (int n = 1; n <= 390 && before > 1e-13; n++)
	{
		double		after = tcs_btyd_at_least(customer, horizon, n + 1.0);

		sum += customer->p_alive * (before - after) * chance;
		chance -= term;
		term *= share * (b + n) / (n + 1);
		before = after;
	}
	return sum;
}

static void
test_closed_form(void)
{
	static const TcsBtyd model[] = {
		{TCS_MBG_NBD, 0.525, 43.0, 0.891, 1.615, 1.0, 1},
		{TCS_BG_NBD, 0.243, 30.9, 0.793, 2.426, 1.0, 1},
		{TCS_PARETO_NBD, 0.553, 74.0, 0.606, 81.6, 1.0, 1},
	};
	const TcsGammaGamma spend = {1.0, 3.74, 15.4};

	for (int i = 0; i < 60; i++)
	{
		double		x = floor(12.0 * uniform());
		double		t = 100.0 + 300.0 * uniform();
		double		t_x = x > 0.0 ? t * uniform() : 0.0;
		double		scale = spend.v + 20.0 * x;
		double		quantile[2];
		TcsCustomer customer;

		tcs_btyd_customer(&model[i % LENGTH(model)], NULL, x, t_x, t, &customer);
		CHECK(tcs_value_quantiles(&customer, 365.25, &spend, x, 20.0, 0.3, 0.97, quantile, NULL),
			  "%d", i);
		for (int j = 0; j < 2; j++)
		{
			double		wanted = j == 0 ? 0.3 : 0.97;
			double		found = below(&customer, 365.25, spend.q + x, quantile[j] / scale);

			if (quantile[j] > 0.0)
				CHECK(fabs(found - wanted) < 1e-8, "%d: %.15g", i, found);
			else
				CHECK(found >= wanted, "%d: %.15g", i, found);
		}
	}
}

static double
any_positive(void)
{
	static const double edge[] = {
		5e-324, DBL_MIN, 1e-100, 1e-9, 0.5, 1.0, 2.0, 30.0, 1e4, 1e9, 1e11, 1e20, 1e300, DBL_MAX
	};

	return edge[(int) (uniform() * LENGTH(edge))];
}

static void
test_any_double(void)
{
	for (int i = 0; i < 80; i++)
	{
		TcsBtyd		model = {(TcsBtydFamily) (i % 3), any_positive(), any_positive(),
		any_positive(), any_positive(), 1.0, 1};
		TcsGammaGamma spend = {any_positive(), any_positive(), any_positive()};
		double		x = uniform() < 0.5 ? 0.0 : floor(fmin(any_positive(), 1e9));
		double		t = fmin(any_positive(), 1e300);
		double		level = uniform() < 0.2 ? 1e-15 : uniform();
		double		quantile[2];
		TcsCustomer customer;

		tcs_btyd_customer(&model, NULL, x, x > 0.0 ? t * uniform() : 0.0, t, &customer);
		if (tcs_value_quantiles(&customer, fmin(any_positive(), 1e15), &spend, x, any_positive(),
								0.5 - level / 2.0, 0.5 + level / 2.0, quantile, NULL))
			CHECK(quantile[0] >= 0.0 && quantile[0] <= quantile[1] && quantile[1] <= DBL_MAX,
				  "%d: %.17g %.17g", i, quantile[0], quantile[1]);
	}
}

/* Two shapes so great that only their ratio shows. */
static void
test_certain(void)
{
	TcsBtyd		model = {TCS_BG_NBD, 1.0, 100.0, 0.5, 1e12, 1.0, 1};
	TcsGammaGamma spend = {1e17, 1e20, 10.0};
	double		quantile[2];
	double		purchases[2];
	TcsCustomer customer;

	tcs_btyd_customer(&model, NULL, 3.0, 50.0, 60.0, &customer);
	purchases[0] = tcs_btyd_quantile(&customer, 365.25, 0.75, NULL);
	purchases[1] = tcs_btyd_quantile(&customer, 365.25, 0.25, NULL);
	CHECK(tcs_value_quantiles(&customer, 365.25, &spend, 3.0, 1e-3, 0.25, 0.75, quantile, NULL), "range");
	for (int i = 0; i < 2; i++)
	{
		double		expected = purchases[i] * (10.0 + 3e-3) * 1e17 / (1e20 + 3e17);

		CHECK(fabs(quantile[i] / expected - 1.0) < 1e-7, "%.15g %.15g", quantile[i], expected);
	}
}

/* A million customers should not take a day. */
static void
test_time(void)
{
	static const TcsBtyd model = {TCS_MBG_NBD, 0.525, 43.0, 0.891, 1.615, 1.0, 1};
	const TcsGammaGamma spend = {6.25, 3.74, 15.44};
	clock_t		start = clock();
	double		seconds;
	double		quantile[2];
	TcsCustomer customer;

	for (int i = 0; i < 100; i++)
	{
		tcs_btyd_customer(&model, NULL, i % 10, i % 10 ? 300.0 : 0.0, 400.0, &customer);
		tcs_value_quantiles(&customer, 365.25, &spend, i % 10, 30.0, 0.05, 0.95, quantile, NULL);
	}
	tcs_btyd_customer(&model, NULL, 300.0, 600.0, 600.0, &customer);
	tcs_value_quantiles(&customer, 365.25, &spend, 300.0, 30.0, 0.05, 0.95, quantile, NULL);
	seconds = (double) (clock() - start) / CLOCKS_PER_SEC;
	CHECK(seconds < 1.5, "%.2f s", seconds);
}

int
main(void)
{
	test_closed_form();
	test_certain();
	test_time();
	test_any_double();
	return report();
}
