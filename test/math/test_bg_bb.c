/*
 * test_bg_bb.c
 *		Purchases at opportunities: likelihoods and predictions against high
 *		precision, published figures, limits, and anything that a double can
 *		be.
 */
#include <stdlib.h>

#include "math/bg_bb.h"

#include "harness.h"
#include "bg_bb_reference.h"

static TcsCustomer
customer_of(const double *p, double x, double t_x, double n)
{
	TcsBtyd		model = {TCS_BG_BB, p[0], p[1], p[2], p[3], 1.0, 1};
	TcsCustomer customer = {0};

	tcs_btyd_customer(&model, NULL, x, t_x, n, &customer);
	return customer;
}

static void
test_likelihoods(void)
{
	for (size_t i = 0; i < LENGTH(likelihoods); i++)
	{
		const double *row = likelihoods[i];
		double		gradient[4];
		double		hessian[16];
		double		value = tcs_bg_bb_log_likelihood(row, row[4], row[5], row[6], gradient, hessian);
		TcsCustomer customer = customer_of(row, row[4], row[5], row[6]);

		CHECK(fabs(value - row[7]) <= 1e-13 * (fabs(row[7]) + row[6] + 1.0), "%zu: %.17g, not %.17g", i, value, row[7]);
		CHECK(fabs(tcs_bg_bb_log_likelihood(row, row[4], row[5], row[6], NULL, NULL) - value) <= 1e-13 * (fabs(value) + 1.0), "%zu", i);
		CHECK(close_to(customer.p_alive, row[8], 1e-12), "%zu: %.17g, not %.17g", i, customer.p_alive, row[8]);
		CHECK(close_to(customer.p_dead, row[9], 1e-12), "%zu: %.17g, not %.17g", i, customer.p_dead, row[9]);

		/* derivatives by differences */
		for (int j = 0; j < 4; j++)
		{
			double		step = 1e-4 * row[j];
			double		up[4] = {row[0], row[1], row[2], row[3]};
			double		down[4] = {row[0], row[1], row[2], row[3]};
			double		above[4];
			double		below[4];
			double		rest[16];
			double		slope;

			up[j] += step;
			down[j] -= step;
			slope = (tcs_bg_bb_log_likelihood(up, row[4], row[5], row[6], above, rest) -
					 tcs_bg_bb_log_likelihood(down, row[4], row[5], row[6], below, rest)) / (2.0 * step);
			CHECK(fabs(gradient[j] - slope) * row[j] < 1e-7 * (row[6] + 1.0), "%zu, %d: %g, not %g", i, j, gradient[j], slope);
			for (int k = 0; k < 4; k++)
				CHECK(fabs(hessian[4 * j + k] - (above[k] - below[k]) / (2.0 * step)) * row[j] * row[k] < 1e-6 * (row[6] + 1.0),
					  "%zu, %d %d: %g, not %g", i, j, k, hessian[4 * j + k], (above[k] - below[k]) / (2.0 * step));
		}
	}
}

static void
test_futures(void)
{
	for (size_t i = 0; i < LENGTH(futures); i++)
	{
		const double *row = futures[i];
		TcsCustomer customer = customer_of(row, row[4], row[5], row[6]);
		double		expected = tcs_btyd_expected(&customer, row[7]);
		double		at_least = tcs_btyd_at_least(&customer, row[7], row[8]);
		double		residual = tcs_btyd_residual(&customer, row[9]);

		CHECK(close_to(expected, row[10], 1e-12), "%zu: %.17g, not %.17g", i, expected, row[10]);
		CHECK(close_to(at_least, row[11], 1e-11), "%zu: %.17g, not %.17g", i, at_least, row[11]);
		CHECK(close_to(residual, row[12], 1e-10), "%zu: %.17g, not %.17g", i, residual, row[12]);
	}
}

/* Fader, Hardie and Shang, 2010: donations in six years. */
static void
test_published(void)
{
	static const double p[] = {1.204, 0.750, 0.657, 2.783};
	TcsCustomer none = customer_of(p, 0, 0, 6);
	TcsCustomer some = customer_of(p, 2, 4, 6);
	TcsCustomer all = customer_of(p, 6, 6, 6);

	CHECK(fabs(none.p_alive - 0.11) < 0.005 && fabs(some.p_alive - 0.59) < 0.005 && fabs(all.p_alive - 0.93) < 0.005,
		  "%g %g %g", none.p_alive, some.p_alive, all.p_alive);
	CHECK(fabs(none.p_alive * tcs_btyd_expected(&none, 5.0) - 0.07) < 0.005, "%g", none.p_alive * tcs_btyd_expected(&none, 5.0));
	CHECK(fabs(all.p_alive * tcs_btyd_expected(&all, 5.0) - 3.75) < 0.005, "%g", all.p_alive * tcs_btyd_expected(&all, 5.0));
}

/* Histories in days: what is a whole opportunity. */
static void
test_histories(void)
{
	static const double rows[][6] = {
		/* period, x, t_x, t, and in opportunities */
		{1, 2, 5, 9, 5, 9}, {7, 1, 7, 20, 1, 2}, {7, 1, 6.5, 20, 1, 2}, {7, 1, 8, 20, 2, 2}, {7, 1, 7.5, 21, 1, 3},
		{365.25, 5, 1826, 2191, 5, 6}, {365.25, 0, 0, 364, 0, 1}, {365.25, 0, 0, 300, 0, 0}, {7, 1, 15, 20, 3, 3},
		{30.4375, 1, 28, 59, 1, 2}
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
	{
		double		t_x = rows[i][2];
		double		t = rows[i][3];

		CHECK(tcs_bg_bb_history(rows[i][0], rows[i][1], &t_x, &t) && t_x == rows[i][4] && t == rows[i][5], "%zu: %g %g", i, t_x, t);
	}
	for (int i = 0; i < 3; i++)
	{
		double		t_x = i == 2 ? 2e6 : 14.0;
		double		t = i == 2 ? 2e6 : 20.0;

		CHECK(tcs_bg_bb_history(i == 2 ? 1.0 : 7.0, i == 0 ? 3.0 : 2.0, &t_x, &t) == (i == 1), "%d", i);
	}
}

/* A population: every x, t_x and n up to six, as many as `model` expects. */
typedef struct Population
{
	TcsBtydData data;
	TcsBtydGroup groups[8];
	TcsBtydTuple tuples[200];
} Population;

static void
make_population(Population *population, const double *p, double customers, int most)
{
	memset(population, 0, sizeof(*population));
	population->data.groups = population->groups;
	population->data.tuples = population->tuples;
	for (int x = 0; x <= most; x++)
	{
		TcsBtydGroup *group = &population->groups[population->data.group_count++];

		group->x = x;
		group->first = population->data.tuple_count;
		for (int t_x = x; t_x <= (x > 0 ? most : 0); t_x++)
			for (int n = t_x > most - 2 ? t_x : most - 2; n <= most; n++)
			{
				double		ways = 1.0;

				/* x - 1 of the t_x - 1 opportunities before the last one used */
				for (int i = 1; i < x; i++)
					ways *= (double) (t_x - i) / i;
				population->tuples[population->data.tuple_count++] = (TcsBtydTuple)
				{
					t_x, n, customers * ways * exp(tcs_bg_bb_log_likelihood(p, x, t_x, n, NULL, NULL))
				};
				group->count++;
				group->customers += population->tuples[population->data.tuple_count - 1].customers;
			}
	}
}

/* The counts that a model expects are those of which it is the estimate. */
static void
test_estimates(void)
{
	for (int i = 0; i < 100; i++)
	{
		double		p[4] = {exp(3.0 * uniform() - 1.0), exp(3.0 * uniform() - 1.0), exp(2.5 * uniform() - 1.0), exp(3.0 * uniform() - 0.5)};
		Population	population;
		TcsBtydEstimate estimate;

		make_population(&population, p, 1e6, 6);
		CHECK(tcs_bg_bb_fit(&population.data, &estimate) == TCS_BTYD_FINE && estimate.limits == 0, "%d: %d", i, estimate.limits);
		for (int j = 0; j < 4; j++)
			CHECK(close_to(estimate.value[j], p[j], 1e-4), "%d, %d: %g, not %g", i, j, estimate.value[j], p[j]);
		CHECK(estimate.iterations < 60, "%d: %d", i, estimate.iterations);
	}
}

/* To the digits of what is beside a limit, where nothing is expected as little. */
static bool
alike(double near, double at)
{
	return close_to(near, at, 1e-9) || fabs(near - at) < 1e-10;
}

/* The same where the model is a limit; and what is near to it predicts the same. */
static void
test_limits(void)
{
	static const int limit[] = {
		TCS_BTYD_EQUAL_RATES, TCS_BTYD_EQUAL_LEAVING, TCS_BTYD_NOBODY_LEAVES, TCS_BTYD_LEAVE_AT_ONCE,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES, TCS_BTYD_EQUAL_RATES | TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_LEAVE_AT_ONCE, TCS_BTYD_ALL_OR_NONE,
		TCS_BTYD_ALL_OR_NONE | TCS_BTYD_EQUAL_LEAVING, TCS_BTYD_ALL_OR_NONE | TCS_BTYD_NOBODY_LEAVES
	};

	for (size_t i = 0; i < LENGTH(limit); i++)
	{
		double		value[TCS_BTYD_TERMS] = {1.2, 0.75, 0.657, 2.78, 0.6, 0.2};
		bool		rates = limit[i] & TCS_BTYD_EQUAL_RATES;
		double		p[4] = {rates ? 0.6e11 : 1.2, rates ? 0.4e11 : 0.75, 0.657, 2.78};
		TcsBtyd		model = tcs_btyd_of_terms(TCS_BG_BB, limit[i], 1, value);
		Population	population;
		TcsBtydEstimate estimate;

		if (limit[i] & TCS_BTYD_EQUAL_LEAVING)
			p[2] = 0.2e11, p[3] = 0.8e11;
		if (limit[i] & TCS_BTYD_ALL_OR_NONE)
			p[0] = 0.6e-12, p[1] = 0.4e-12;
		if (limit[i] & TCS_BTYD_LEAVE_AT_ONCE)
			p[2] = 0.2e-12, p[3] = 0.8e-12;
		if (limit[i] & TCS_BTYD_NOBODY_LEAVES)
			p[2] = 1e-12, p[3] = 1.0;
		make_population(&population, p, 1e5, 6);
		CHECK(tcs_bg_bb_fit(&population.data, &estimate) == TCS_BTYD_FINE && estimate.limits == limit[i], "%d: %d", limit[i], estimate.limits);
		for (int j = 0; j < estimate.count && estimate.limits == limit[i]; j++)
			CHECK(close_to(estimate.value[j], value[estimate.term[j]], 2e-3) && estimate.standard_error[j] > 0.0,
				  "%d, %d: %g, not %g, %g", limit[i], j, estimate.value[j], value[estimate.term[j]], estimate.standard_error[j]);
		for (int x = 0; x <= 6; x++)
		{
			TcsCustomer near = customer_of(p, x, x, 6);
			TcsCustomer at;

			tcs_btyd_customer(&model, NULL, x, x, 6, &at);
			CHECK(fabs(near.p_alive - at.p_alive) < 1e-9, "%d, %d: %.17g, %.17g", limit[i], x, near.p_alive, at.p_alive);
			CHECK(alike(tcs_btyd_expected(&near, 10.0), tcs_btyd_expected(&at, 10.0)), "%d, %d", limit[i], x);
			CHECK(alike(tcs_btyd_at_least(&near, 10.0, 4.0), tcs_btyd_at_least(&at, 10.0, 4.0)), "%d, %d", limit[i], x);
			CHECK(alike(tcs_btyd_residual(&near, 0.1), tcs_btyd_residual(&at, 0.1)), "%d, %d", limit[i], x);
		}
	}
}

/* Whatever the numbers: chances are chances, and no more is bought than can be. */
static void
test_any(void)
{
	for (int i = 0; i < 20000; i++)
	{
		double		p[4];
		double		n = floor(exp(6.0 * uniform()) - 1.0);
		double		t_x = floor((n + 1.0) * uniform());
		double		x = t_x > 0.0 ? 1.0 + floor(t_x * uniform()) : 0.0;
		double		m = floor(exp(6.0 * uniform()));
		TcsCustomer customer;
		double		expected;
		double		low;
		double		high;
		double		residual;

		for (int j = 0; j < 4; j++)
			p[j] = i % 2 ? random_positive() : exp(20.0 * uniform() - 10.0);
		customer = customer_of(p, x, t_x, n);
		CHECK(customer.p_alive >= 0.0 && customer.p_alive <= 1.0 && customer.p_dead >= 0.0 && customer.p_dead <= 1.0 &&
			  fabs(customer.p_alive + customer.p_dead - 1.0) < 1e-14, "%g %g", customer.p_alive, customer.p_dead);
		expected = tcs_btyd_expected(&customer, m);
		CHECK(expected >= 0.0 && expected <= m * (1.0 + 1e-12), "%g %g %g %g, %g: %g", p[0], p[1], p[2], p[3], m, expected);
		residual = tcs_btyd_residual(&customer, 0.1);
		CHECK(residual >= 0.0 && residual <= 1.0 / expm1(0.1) * (1.0 + 1e-9), "%g %g %g %g: %g", p[0], p[1], p[2], p[3], residual);
		low = tcs_btyd_quantile(&customer, m, 0.9, NULL);
		high = tcs_btyd_quantile(&customer, m, 0.1, NULL);
		CHECK(low >= 0.0 && low <= high && high <= m, "%g %g %g %g, %g: %g %g", p[0], p[1], p[2], p[3], m, low, high);
		if (i % 20 == 0 && m < 50.0)
		{
			double		sum = 0.0;

			for (double k = 1.0; k <= m; k += 1.0)
				sum += tcs_btyd_at_least(&customer, m, k);
			CHECK(fabs(sum - expected) <= 1e-9 * m, "%g %g %g %g, %g: %.15g, not %.15g", p[0], p[1], p[2], p[3], m, sum, expected);
		}
	}
}

/*
 * Few customers of any kind: whatever their likelihood does, the limit that it has
 * its top at has a name, and predicts.
 */
static void
test_few(void)
{
	int			times[2 * TCS_BTYD_ALL_OR_NONE] = {0};

	for (int i = 0; i < 3000; i++)
	{
		int			most = 1 + (int) (random_bits() % 6);
		int			kind = (int) (random_bits() % 4);
		Population	population = {0};
		TcsBtydData *data = &population.data;
		TcsBtydEstimate estimate;
		double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 1.0, 1.0, 0.5, 0.5};
		TcsBtyd		model;

		data->groups = population.groups;
		data->tuples = population.tuples;
		for (int x = 0; x <= most; x++)
		{
			TcsBtydGroup *group = &population.groups[data->group_count];

			*group = (TcsBtydGroup)
			{
				x, 0.0, data->tuple_count, 0
			};
			for (int t_x = x; t_x <= (x > 0 ? most : 0); t_x++)
				for (int n = t_x; n <= most; n++)
				{
					double		customers = 1.0 + floor(exp(6.0 * uniform()));

					/* all or none, gone at once, all seen as long */
					if (uniform() < 0.7 || (kind == 1 && x != t_x) || (kind == 2 && n != t_x && x > 0) ||
						(kind == 3 && n != most))
						continue;
					population.tuples[data->tuple_count++] = (TcsBtydTuple)
					{
						t_x, n, customers
					};
					group->count++;
					group->customers += customers;
				}
			data->group_count += group->count > 0;
		}
		if (data->group_count == 0 || tcs_bg_bb_fit(data, &estimate) != TCS_BTYD_FINE)
			continue;
		times[estimate.limits]++;
		CHECK(estimate.limits != 0 || estimate.standard_error[0] > 0.0, "%d", i);
		for (int j = 0; j < estimate.count; j++)
			value[estimate.term[j]] = estimate.value[j];
		model = tcs_btyd_of_terms(TCS_BG_BB, estimate.limits, 1, value);
		for (int n = 0; n <= most; n++)
			for (int x = 0; x <= n; x++)
			{
				TcsCustomer customer;
				double		expected;

				tcs_btyd_customer(&model, NULL, x, x, n, &customer);
				expected = tcs_btyd_expected(&customer, 10.0);
				CHECK(customer.p_alive >= 0.0 && customer.p_alive <= 1.0 && expected >= 0.0 && expected <= 10.0 * (1.0 + 1e-12),
					  "%d, %d of %d: %g %g", estimate.limits, x, n, customer.p_alive, expected);
			}
	}
	for (size_t i = 0; i < 3; i++)
		CHECK(times[TCS_BTYD_ALL_OR_NONE | (i == 1 ? TCS_BTYD_EQUAL_LEAVING : i == 2 ? TCS_BTYD_NOBODY_LEAVES : 0)] > 0, "%zu", i);
}

/* All customers of a group at once are the sum of all of them one by one. */
static void
test_groups(void)
{
	for (int i = 0; i < 400; i++)
	{
		double		parameter[4];
		double		x = (double) (random_bits() % (i % 3 == 0 ? 300 : 5));
		TcsBtydTuple tuples[40];
		TcsBtydGroup group = {x, 0.0, 0, LENGTH(tuples)};
		double		value[2] = {0.0};
		double		gradient[2][4] = {{0.0}};
		double		hessian[2][16] = {{0.0}};
		double		size = 0.0;

		for (int j = 0; j < 4; j++)
			parameter[j] = exp(i % 4 == 0 ? 20.0 * uniform() - 10.0 : 4.0 * uniform() - 2.0);
		for (size_t j = 0; j < LENGTH(tuples); j++)
		{
			tuples[j].t_x = x > 0.0 ? x + (double) (random_bits() % 200) : 0.0;
			tuples[j].t = tuples[j].t_x + (double) (random_bits() % 400);
			tuples[j].customers = 1.0 + (double) (random_bits() % 3);
		}
		CHECK(tcs_bg_bb_add_group(parameter, &group, tuples, &value[0], gradient[0], hessian[0]), "%d", i);
		for (size_t j = 0; j < LENGTH(tuples); j++)
		{
			double		slope[4];
			double		second[16];

			value[1] += tuples[j].customers * tcs_bg_bb_log_likelihood(parameter, x, tuples[j].t_x, tuples[j].t, slope, second);
			for (int k = 0; k < 4; k++)
			{
				gradient[1][k] += tuples[j].customers * slope[k];
				size += fabs(slope[k] * parameter[k]);
				for (int l = 0; l < 4; l++)
					hessian[1][4 * k + l] += tuples[j].customers * second[4 * k + l];
			}
		}
		CHECK(fabs(value[0] - value[1]) < 1e-12 * (fabs(value[1]) + 1.0), "%d: %.17g, not %.17g", i, value[0], value[1]);
		for (int k = 0; k < 4; k++)
		{
			CHECK(fabs(gradient[0][k] - gradient[1][k]) * parameter[k] < 1e-11 * size, "%d, %d: %.17g, not %.17g", i, k, gradient[0][k], gradient[1][k]);
			for (int l = 0; l <= k; l++)
				CHECK(fabs(hessian[0][4 * k + l] - hessian[1][4 * k + l]) * parameter[k] * parameter[l] < 1e-9 * size,
					  "%d, %d %d: %.17g, not %.17g", i, k, l, hessian[0][4 * k + l], hessian[1][4 * k + l]);
		}
	}
}

int
main(void)
{
	test_likelihoods();
	test_futures();
	test_published();
	test_histories();
	test_estimates();
	test_limits();
	test_any();
	test_groups();
	test_few();
	return report();
}
