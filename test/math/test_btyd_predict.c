/*
 * test_btyd_predict.c
 *		Predictions of models of repeat purchases: against values in 25 digits
 *		(btyd_reference.py), against each other, and over the range of double.
 */
#include <stdlib.h>

#include "math/btyd_predict.h"
#include "numerics/log_concave.h"

#include "harness.h"
#include "btyd_reference.h"

static void *
allocate(void *context, size_t size)
{
	(void) context;
	return malloc(size);
}

static void
drop(TcsSeriesCache *cache)
{
	for (int i = 0; i < TCS_SERIES_X; i++)
		free(cache->series[i]);
	memset(cache, 0, sizeof(*cache));
	cache->allocate = allocate;
}

static void
check_close(double value, double wanted, double tolerance, const char *what, int i)
{
	if (isnan(wanted))
		return;
	/* a probability may be next to nothing */
	if (fabs(value - wanted) <= tolerance * fabs(wanted) + 1e-300)
		return;
	if (failures++ < 10)
		printf("%s of case %d: %.17g instead of %.17g (%.1e)\n", what, i, value,
			   wanted, value / wanted - 1.0);
}

static void
check_reference(void)
{
	static TcsSeriesCache cache = {.allocate = allocate};

	for (size_t i = 0; i < sizeof(reference) / sizeof(reference[0]); i++)
	{
		const struct Reference *r = &reference[i];
		TcsBtyd		model = {(TcsBtydFamily) r->family, r->r, r->alpha, r->a, r->b, 1.0, 1};
		TcsCustomer customer;

		for (int cached = 0; cached < 2; cached++)
		{
			tcs_btyd_customer(&model, cached ? &cache : NULL, r->x, r->t_x, r->t, &customer);
			check_close(customer.p_alive, r->p_alive, 1e-11, "p_alive", i);
			check_close(customer.p_dead, r->p_dead, 1e-11, "p_dead", i);
			check_close(tcs_btyd_expected(&customer, r->horizon), r->expected, 1e-11,
						"expected", i);
			check_close(tcs_btyd_no_purchase(&customer, r->horizon), r->none, 1e-11,
						"none", i);
			check_close(tcs_btyd_residual(&customer, r->discount), r->residual, 1e-11,
						"residual", i);
			check_close(tcs_btyd_at_least(&customer, r->horizon, r->n), r->at_least, 1e-10,
						"at_least", i);
		}
		drop(&cache);
	}
}

/* What the same function says in another way. */
static void
check_agreement(void)
{
	static TcsSeriesCache cache = {.allocate = allocate};

	for (int i = 0; i < 400; i++)
	{
		TcsBtyd		model = {(TcsBtydFamily) (i % 3), exp(6.0 * uniform() - 3.0),
			exp(6.0 * uniform()), exp(6.0 * uniform() - 3.0), exp(6.0 * uniform() - 2.0), 1.0, 1
		};
		double		x = floor(exp(6.0 * uniform()) - 1.0);
		double		t = floor(1000.0 * uniform());
		double		t_x = x > 0.0 ? floor(t * uniform()) : 0.0;
		double		horizons[TCS_HORIZONS];
		double		weights[TCS_HORIZONS];
		double		at_least[200];
		double		sum = 0.0;
		double		mean = 0.0;
		double		quantile;
		TcsCustomer customer;
		int			count = i % 5 == 0 ? 1 + i % TCS_HORIZONS : TCS_HORIZONS;

		tcs_btyd_customer(&model, &cache, x, t_x, t, &customer);
		CHECK(fabs(customer.p_alive + customer.p_dead - 1.0) < 1e-15);

		/* a weighted sum, and its terms without the cache */
		for (int j = 0; j < count; j++)
		{
			horizons[j] = 30.0 * (j + uniform() + 0.01);
			weights[j] = (i % 7 == 0 ? -1.0 : 1.0) * uniform();
		}
		sum = tcs_btyd_expected_sum(&customer, horizons, weights, count);
		tcs_btyd_customer(&model, NULL, x, t_x, t, &customer);
		for (int j = 0; j < count; j++)
			sum -= weights[j] * tcs_btyd_expected(&customer, horizons[j]);
		mean = tcs_btyd_expected(&customer, horizons[count - 1]);
		CHECK(fabs(sum) <= 1e-12 * mean * count);

		/* the distribution from either end; the mean is the sum of its tail */
		if (tcs_btyd_at_least_many(&customer, 100.0, 200, at_least))
		{
			mean = 0.0;
			for (int n = 1; n <= 200; n++)
			{
				if (n < 5 || n % 50 == 0)
					CHECK(fabs(tcs_btyd_at_least(&customer, 100.0, n) - at_least[n - 1]) < 1e-11);
				mean += at_least[n - 1];
			}
			if (at_least[199] < 1e-14)
				CHECK(fabs(mean / tcs_btyd_expected(&customer, 100.0) - 1.0) < 1e-10);
		}
		CHECK(fabs(customer.p_alive * (1.0 - tcs_btyd_at_least(&customer, 100.0, 1.0)) +
				   customer.p_dead - tcs_btyd_no_purchase(&customer, 100.0)) < 1e-12);

		quantile = tcs_btyd_quantile(&customer, 100.0, 0.3, NULL);
		CHECK(customer.p_alive * tcs_btyd_at_least(&customer, 100.0, quantile + 1.0) <= 0.3 + 1e-12);
		CHECK(quantile == 0.0 ||
			  customer.p_alive * tcs_btyd_at_least(&customer, 100.0, quantile) >= 0.3 - 1e-12);

		/* a discount so small that it is none, and a horizon that is all time */
		if (model.a > 1.5)
		{
			double		all = tcs_btyd_residual(&customer, 0.0);

			CHECK(fabs(tcs_btyd_residual(&customer, 1e-200) / all - 1.0) < 1e-11);
			if (customer.shape > 1.0 && model.a < 4.0)
				CHECK(fabs(tcs_btyd_expected(&customer, 1e100) / all - 1.0) < 1e-11);
		}
		drop(&cache);
	}
}

/* Between low and high, its logarithm uniform. */
static double
between(double low, double high)
{
	return low * exp(uniform() * log(high / low));
}

/*
 * Pareto/nbd's probability of having died against the integral over the time of
 * death, where the closed form holds and on both sides of where it does not.
 */
static void
check_closed_form(void)
{
	for (int i = 0; i < 20000; i++)
	{
		double		shape = i % 3 == 0 ? between(1e-9, 1e7) : between(0.05, 200.0);
		double		s = i % 5 == 0 ? between(1e-9, 1e7) : between(0.02, 20.0);
		double		least = between(1e-3, 1e4);
		double		spread = i % 7 == 0 ? between(1e-16, 1.0) : between(1e-3, 100.0);
		double		most = least * (1.0 + spread);
		double		span = least * (i % 4 == 0 ? between(1e-12, 1e12) : between(1e-3, 1e3));
		double		rate = i % 2 == 0 ? least : most;
		double		b = i % 2 == 0 ? most : least;
		double		gap = most - least;
		TcsBtyd		model = {TCS_PARETO_NBD, shape, rate, s, b, 1.0, 1};
		TcsLogConcave f = {.slope = b <= rate ? -s : 1.0 - shape,.end = -s - shape};
		double		integral,
					peak,
					odds,
					tolerance;
		TcsCustomer customer;

		tcs_log_concave_term(&f, b <= rate ? shape : s + 1.0, least / most, gap / most,
							 log(least) - log(gap));
		integral = tcs_log_concave_integral(&f, 0.0, log1p(span / least), &peak);
		odds = log(s) + (b <= rate ? 0.0 : log(least / most)) + log(integral) + peak +
			shape * log1p(span / rate) + s * log1p(span / b);
		tolerance = 1e-12 + 1e-15 * fabs(odds);
		tcs_btyd_customer(&model, NULL, 0.0, 0.0, span, &customer);
		check_close(customer.p_dead, 1.0 / (1.0 + exp(-odds)), tolerance, "closed form", i);
		check_close(customer.p_alive, 1.0 / (1.0 + exp(odds)), tolerance, "closed form", i);
	}
}

/* A positive double of any size, now and then an extreme one. */
static double
any_positive(void)
{
	static const double extreme[] = {5e-324, DBL_MIN, 1e-300, 1e-17, 1.0, 2.0, 1e17, 1e300, DBL_MAX};
	uint64_t	bits = random_bits();

	switch (bits % 4)
	{
		case 0:
			return extreme[(bits >> 8) % (sizeof(extreme) / sizeof(extreme[0]))];
		case 1:
			return exp(12.0 * uniform() - 6.0);
		case 2:
			return exp(100.0 * uniform() - 50.0);
		default:
			return ldexp(0.5 + uniform() / 2.0, (int) (random_bits() % 2097) - 1072);
	}
}

static bool
probability(double value)
{
	return value >= 0.0 && value <= 1.0;
}

static void
check_range(int rounds)
{
	static TcsSeriesCache cache = {.allocate = allocate};

	for (int i = 0; i < rounds; i++)
	{
		TcsBtyd		model = {(TcsBtydFamily) (i % 3), any_positive(), any_positive(),
			any_positive(), any_positive(), 1.0, 1
		};
		double		x = random_bits() % 3 == 0 ? 0.0 :
		random_bits() % 2 == 0 ? (double) (random_bits() % 50) :
		floor(fmin(any_positive(), 2147483647.0));
		double		t = random_bits() % 5 == 0 ? 0.0 : fmin(any_positive(), 1e308);
		double		t_x = x == 0.0 ? 0.0 : random_bits() % 4 == 0 ? t : t * uniform();
		double		horizon = random_bits() % 8 == 0 ? 0.0 : fmin(any_positive(), 1e300);
		double		horizons[TCS_HORIZONS];
		double		weights[TCS_HORIZONS];
		double		none,
					expected;
		TcsCustomer customer;

		tcs_btyd_customer(&model, i % 2 ? &cache : NULL, x, t_x, t, &customer);
		CHECK(probability(customer.p_alive));
		CHECK(probability(customer.p_dead));
		CHECK(fabs(customer.p_alive + customer.p_dead - 1.0) < 1e-15);
		expected = tcs_btyd_expected(&customer, horizon);
		CHECK(expected >= 0.0);
		none = tcs_btyd_no_purchase(&customer, horizon);
		CHECK(probability(none));
		/* one purchase at least, by Markov's inequality */
		CHECK(isinf(expected) ||
			  1.0 - none <= customer.p_alive * expected * (1.0 + 1e-9) + 1e-12);
		CHECK(horizon > 0.0 || (expected == 0.0 && none == 1.0));
		for (int j = 0; j < TCS_HORIZONS; j++)
		{
			horizons[j] = horizon * (j + 1) / TCS_HORIZONS;
			weights[j] = 1.0 / TCS_HORIZONS;
		}
		if (isfinite(expected))
		{
			double		sum = tcs_btyd_expected_sum(&customer, horizons, weights, TCS_HORIZONS);

			CHECK(sum >= 0.0 && sum <= expected * (1.0 + 1e-9) + 1e-300);
		}
		if (i % 20 == 0)
		{
			double		discount = any_positive();
			double		residual = tcs_btyd_residual(&customer, discount);

			CHECK(residual >= 0.0);
			CHECK(residual <= tcs_btyd_residual(&customer, 0.0) * (1.0 + 1e-9));
			CHECK(tcs_btyd_residual(&customer, -discount) == INFINITY);
			CHECK(probability(tcs_btyd_at_least(&customer, horizon, floor(any_positive()) + 1.0)));
		}
		if (i % 50 == 0)
		{
			double		low = tcs_btyd_quantile(&customer, horizon, 0.95, NULL);
			double		high = tcs_btyd_quantile(&customer, horizon, 0.05, NULL);

			CHECK(low >= 0.0 && low <= high);
		}
		drop(&cache);
	}
}

int
main(void)
{
	check_reference();
	check_agreement();
	check_closed_form();
	check_range(1500);
	return report();
}
