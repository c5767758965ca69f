/*
 * test_gamma_gamma.c
 *		What a purchase is worth: likelihoods, their derivatives and means
 *		against high precision, estimates against what a population was made
 *		with, and anything that a double can be.
 */
#include <stdlib.h>

#include "math/gamma_gamma.h"
#include "math/gamma_gamma_fit.h"

#include "harness.h"
#include "gamma_gamma_reference.h"

/* Marsaglia and Tsang, 2000 */
static double
random_gamma(double shape)
{
	double		d = shape - 1.0 / 3.0;

	if (shape < 1.0)
		return random_gamma(shape + 1.0) * pow(uniform(), 1.0 / shape);
	for (;;)
	{
		double		normal = sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform());
		double		v = 1.0 + normal / sqrt(9.0 * d);

		v = v * v * v;
		if (v > 0.0 && log(uniform()) < 0.5 * normal * normal + d - d * v + d * log(v))
			return d * v;
	}
}

static int	polls = 0;

static void
count_poll(void)
{
	polls++;
}

static void
test_likelihoods(void)
{
	for (size_t i = 0; i < LENGTH(likelihoods); i++)
	{
		const double *row = likelihoods[i];
		TcsSpendGroup group = {.x = row[3],.count = 1,.m_x = &row[4]};
		TcsSpendData data = {.groups = &group,.group_count = 1};
		double		theta[3];
		double		gradient[3];
		double		hessian[9];
		static const int place[6] = {0, 1, 2, 4, 5, 8};
		double		size = row[0] * row[3] + row[1] + 10.0;
		double		value;

		tcs_spend_prepare(&data);
		theta[0] = log(row[0]);
		theta[1] = log(row[1]);
		theta[2] = log(row[2]) - log(data.scale);
		value = tcs_spend_objective(theta, gradient, hessian, &data);
		CHECK(fabs(value - row[5]) <= 1e-14 * size * 40.0, "%zu: %.17g", i, value - row[5]);
		CHECK(tcs_spend_objective(theta, NULL, NULL, &data) == value, "%zu", i);
		for (int j = 0; j < 3; j++)
			CHECK(fabs(gradient[j] - row[6 + j]) <= 1e-14 * size * 40.0,
				  "%zu, %d: %.17g, not %.17g", i, j, gradient[j], row[6 + j]);
		for (int j = 0; j < 6; j++)
			CHECK(fabs(hessian[place[j]] - row[9 + j]) <= 1e-14 * size * 40.0,
				  "%zu, %d: %.17g, not %.17g", i, j, hessian[place[j]], row[9 + j]);
		CHECK(hessian[1] == hessian[3] && hessian[2] == hessian[6] && hessian[5] == hessian[7],
			  "%zu", i);
	}
}

static void
test_means(void)
{
	TcsGammaGamma model = {6.0, 4.0, 15.0};
	TcsGammaGamma heavy = {0.2, 0.5, 15.0};

	for (size_t i = 0; i < LENGTH(means); i++)
	{
		const double *row = means[i];
		TcsGammaGamma one = {row[0], row[1], row[2]};
		double		mean = tcs_gamma_gamma_mean(&one, row[3], row[4]);

		CHECK(fabs(mean - row[5]) <= 1e-14 * row[5], "%zu: %.17g, not %.17g", i, mean, row[5]);
	}
	CHECK(tcs_gamma_gamma_mean(&model, 0.0, 99.0) == 30.0, "no purchases");
	CHECK(tcs_gamma_gamma_mean(&model, 5.0, 0.0) == 30.0, "no value");
	CHECK(tcs_gamma_gamma_mean(&model, 5.0, NAN) == 30.0, "unknown value");
	CHECK(isinf(tcs_gamma_gamma_mean(&heavy, 0.0, NAN)), "infinite");
	CHECK(isinf(tcs_gamma_gamma_mean(&heavy, 2.0, 10.0)), "infinite after two");
	CHECK(isfinite(tcs_gamma_gamma_mean(&heavy, 3.0, 10.0)), "finite after three");

	/*
	 * whatever the numbers: positive, finite or infinite; as defined if
	 * normal
	 */
	for (int i = 0; i < 1000000; i++)
	{
		TcsGammaGamma any = {random_positive(), random_positive(), random_positive()};
		double		x = (double) (random_bits() >> (33 + random_bits() % 31));
		double		m_x = random_positive();
		double		mean;
		double		below;

		if (i % 3 == 0)
			any.q = 1.0 + uniform() * 5.0;
		mean = tcs_gamma_gamma_mean(&any, x, m_x);
		CHECK(mean >= 0.0, "%g %g %g, %g %g: %g", any.p, any.q, any.v, x, m_x, mean);
		below = any.p * x + (any.q - 1.0);
		if (below <= 0.0)
			CHECK(isinf(mean), "%g %g %g, %g %g: %g", any.p, any.q, any.v, x, m_x, mean);
		else if (x > 0.0)
		{
			/* between the means that either part would have alone */
			double		least = fmin(m_x, any.v / x) / 2.0 / (1.0 + fmax(any.q - 1.0, 0.0) / any.p / x);

			CHECK(mean >= least * (1.0 - 1e-9), "%g %g %g, %g %g: %g, not %g", any.p, any.q, any.v, x, m_x, mean, least);
		}
	}
}

/* A population in groups by x, of which `size` customers are there at most. */
typedef struct Population
{
	TcsSpendData data;
	TcsSpendGroup groups[40];
	double	   *m_x;
} Population;

static int
compare(const void *a, const void *b)
{
	double		left = *(const double *) a;
	double		right = *(const double *) b;

	return left < right ? -1 : left > right;
}

static void
make_population(Population *population, const TcsGammaGamma *model, int groups, size_t first)
{
	size_t		customers = 0;
	size_t		size = first;
	double	   *m_x;

	memset(population, 0, sizeof(*population));
	population->m_x = m_x = malloc((2 * first + 40) * sizeof(double));
	for (int g = 0; g < groups; g++, size = size / 2 + 1)
	{
		TcsSpendGroup *group = &population->groups[g];

		group->x = g + 1;
		group->count = size;
		group->m_x = m_x;
		for (size_t i = 0; i < size; i++)
			*m_x++ = random_gamma(model->p * group->x) / group->x * model->v / random_gamma(model->q);
		qsort(m_x - size, size, sizeof(double), compare);
		customers += size;
	}
	population->data.groups = population->groups;
	population->data.group_count = groups;
	population->data.poll = count_poll;
}

static void
test_estimates(void)
{
	static const TcsGammaGamma models[] = {
		{6.0, 4.0, 15.0}, {1.5, 2.0, 3000.0}, {20.0, 11.0, 1e-3}, {2.0, 0.8, 15.0}, {0.7, 6.0, 90.0}
	};

	for (size_t i = 0; i < LENGTH(models); i++)
	{
		Population	population;
		TcsSpendEstimate fit;
		TcsSpendEstimate again;

		make_population(&population, &models[i], 9, 4000);
		CHECK(tcs_spend_fit(&population.data, &fit) == TCS_SPEND_FINE && fit.limits == 0 && fit.determined, "%zu", i);
		CHECK(fabs(fit.value[0] - models[i].p) < 5.0 * fit.standard_error[0], "p %g", fit.value[0]);
		CHECK(fabs(fit.value[1] - models[i].q) < 5.0 * fit.standard_error[1], "q %g", fit.value[1]);
		CHECK(fabs(fit.value[2] - models[i].v) < 5.0 * fit.standard_error[2], "v %g", fit.value[2]);
		CHECK(fit.gradient_norm < 1e-6, "%g", fit.gradient_norm);
		CHECK(fit.iterations < 20, "%d", fit.iterations);

		/* in another currency */
		for (double *m = population.m_x; m < population.groups[8].m_x + population.groups[8].count; m++)
			*m = ldexp(*m, -100);
		CHECK(tcs_spend_fit(&population.data, &again) == TCS_SPEND_FINE, "%zu", i);
		CHECK(fabs(again.value[0] / fit.value[0] - 1.0) < 1e-9 && fabs(again.value[1] / fit.value[1] - 1.0) < 1e-9 &&
			  fabs(again.value[2] / fit.value[2] * ldexp(1.0, 100) - 1.0) < 1e-9,
			  "%g %g %g", again.value[0], again.value[1], again.value[2]);
		free(population.m_x);
	}
	CHECK(polls > 0, "nobody polled");
}

/* The model of an estimate. */
static TcsGammaGamma
model_of(const TcsSpendEstimate *estimate)
{
	double		value[TCS_SPEND_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0};

	for (int i = 0; i < estimate->count; i++)
		value[estimate->term[i]] = estimate->value[i];
	return tcs_spend_of_terms(estimate->limits, value);
}

/* What is too little, and what cannot be told from a limit. */
static void
test_degenerate(void)
{
	static const double one[] = {20.0};
	static const double equal[] = {20.0, 20.0, 20.0};
	static const double nearly[] = {20.0, 20.0 + 1e-13, 20.0};
	static const double two[] = {10.0, 20.0};
	static const double outlier[] = {1e-300, 10.0, 20.0, 1e300};
	TcsSpendGroup groups[2] = {{.x = 3.0,.count = 1,.m_x = one}};
	TcsSpendData data = {.groups = groups,.group_count = 1};
	TcsSpendEstimate fit;
	TcsGammaGamma model;
	int			both = TCS_SPEND_EQUAL_SPEND | TCS_SPEND_EQUAL_PURCHASES;

	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_ONE, "one customer");
	groups[0].m_x = nearly;
	groups[0].count = 3;
	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_FINE && fit.limits == both && close_to(fit.value[0], 20.0, 1e-14), "nearly equal means");
	groups[0].m_x = equal;
	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_FINE && fit.limits == both && fit.value[0] == 20.0, "equal means");
	groups[1] = groups[0];
	groups[1].x = 4.0;
	data.group_count = 2;
	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_FINE && fit.limits == both && fit.value[0] == 20.0, "equal means, two groups");
	model = model_of(&fit);
	for (double x = 0.0; x < 3e9; x = 10.0 * x + 1.0)
		CHECK(close_to(tcs_gamma_gamma_mean(&model, x, 77.0), 20.0, 1e-12), "%g", x);
	groups[1].m_x = two;
	groups[1].count = 2;
	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_FINE && isfinite(fit.log_likelihood), "few");
	groups[1].m_x = outlier;
	groups[1].count = 4;
	CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_EXTREME, "outliers");
}

/*
 * Customers who are all the same, and purchases that are: the limit, its
 * likelihood as it is written down, and no greater one near to it.
 */
static void
test_limits(void)
{
	static double m_x[4000];
	TcsSpendGroup groups[2] = {{.x = 1.0,.count = 2000,.m_x = m_x}, {.x = 5.0,.count = 2000,.m_x = m_x + 2000}};
	TcsSpendData data = {.groups = groups,.group_count = 2};

	for (int limit = TCS_SPEND_EQUAL_SPEND; limit <= TCS_SPEND_EQUAL_PURCHASES; limit++)
	{
		bool		spend = limit == TCS_SPEND_EQUAL_SPEND;
		TcsSpendEstimate fit;
		TcsGammaGamma model;
		double		likelihood = 0.0;

		/* evenly, so that the likelihood has its top at the limit */
		for (int i = 0; i < 4000; i++)
			m_x[i] = spend ? 30.0 * (1.0 + (i % 2000 - 999.5) / (i < 2000 ? 2000.0 : 4500.0)) :
				i < 2000 ? 210.0 / random_gamma(7.0) : 150.0 / random_gamma(5.0);
		CHECK(tcs_spend_fit(&data, &fit) == TCS_SPEND_FINE && fit.limits == limit, "%d: %d", limit, fit.limits);
		if (fit.limits != limit)
			continue;
		for (int i = 0; i < 4000; i++)
		{
			double		x = i < 2000 ? 1.0 : 5.0;
			double		s = fit.value[0];
			double		other = fit.value[1];

			likelihood += spend ? s * x * log(s * x / other) - lgamma(s * x) + (s * x - 1.0) * log(m_x[i]) - s * x * m_x[i] / other :
				s * log(other) - lgamma(s) - (s + 1.0) * log(m_x[i]) - other / m_x[i];
		}
		CHECK(close_to(fit.log_likelihood, likelihood, 1e-11), "%d: %.15g, not %.15g", limit, fit.log_likelihood, likelihood);
		CHECK(fit.standard_error[0] > 0.0 && fit.standard_error[0] < fit.value[0] / 10.0 &&
			  fit.standard_error[1] > 0.0 && fit.standard_error[1] < fit.value[1] / 10.0, "%d: %g %g", limit, fit.standard_error[0], fit.standard_error[1]);
		model = model_of(&fit);
		tcs_spend_prepare(&data);
		for (double size = 1e2; size < 2e6; size *= 10.0)
		{
			TcsGammaGamma near = {spend ? fit.value[0] : size, spend ? size : fit.value[0], spend ? fit.value[1] * size / fit.value[0] : fit.value[1] / size};
			double		theta[3] = {log(near.p), log(near.q), log(near.v / data.scale)};
			double		value = tcs_spend_objective(theta, NULL, NULL, &data);

			CHECK(value < fit.log_likelihood && fit.log_likelihood - value < 4e5 / size, "%d, %g: %.15g, %.15g", limit, size, value, fit.log_likelihood);
			for (double x = 0.0; x < 50.0; x += 7.0)
				CHECK(close_to(tcs_gamma_gamma_mean(&near, x, 50.0), tcs_gamma_gamma_mean(&model, x, 50.0), 1e3 / size), "%d, %g, %g", limit, size, x);
		}
		for (double x = 1.0; x < 3e9; x *= 10.0)
			CHECK(close_to(tcs_gamma_gamma_mean(&model, x, 50.0), spend ? fit.value[1] : 50.0, 1e-13), "%d, %g", limit, x);
		CHECK(close_to(tcs_gamma_gamma_mean(&model, 0.0, 50.0), spend ? fit.value[1] : fit.value[1] / (fit.value[0] - 1.0), 1e-13), "%d", limit);
	}
}

/* Any numbers: a fit ends, with finite numbers where it says that it is fine. */
static void
test_any(void)
{
	int			limits[4] = {0, 0, 0, 0};

	for (int i = 0; i < 1500; i++)
	{
		double		m_x[64];
		TcsSpendGroup groups[8];
		TcsSpendData data = {.groups = groups,.group_count = 1 + random_bits() % 8};
		TcsSpendEstimate fit;
		TcsGammaGamma model;
		double		x = 0.0;

		for (int j = 0; j < 64; j++)
			m_x[j] = i % 3 == 0 ? random_positive() :
				i % 3 == 1 ? exp(20.0 * uniform()) : (double) (1 + random_bits() % 3);
		for (size_t g = 0; g < data.group_count; g++)
		{
			x += 1.0 + (double) (random_bits() >> (36 + random_bits() % 28));
			groups[g] = (TcsSpendGroup)
			{
				.x = fmin(x, 2147483647.0),.count = 1 + random_bits() % 8,.m_x = m_x + 8 * g
			};
		}
		if (tcs_spend_fit(&data, &fit) != TCS_SPEND_FINE)
		{
			CHECK(i % 3 == 0 || (data.group_count == 1 && groups[0].count == 1), "%d: no model", i);
			continue;
		}
		limits[fit.limits]++;
		model = model_of(&fit);
		CHECK(model.p > 0.0 && isfinite(model.p) && model.q > 0.0 && isfinite(model.q) &&
			  model.v >= 0.0 && isfinite(model.v) && (isfinite(fit.log_likelihood) || fit.limits == 3),
			  "%d: %g %g %g, %g", i, model.p, model.q, model.v, fit.log_likelihood);
		CHECK(!fit.determined || fit.limits == 3 || (fit.standard_error[0] > 0.0 && isfinite(fit.standard_error[1])),
			  "%d, %d: %g %g", i, fit.limits, fit.standard_error[0], fit.standard_error[1]);
	}
	CHECK(limits[0] > 9 && limits[1] > 9 && limits[2] > 9 && limits[3] > 2, "%d %d %d %d", limits[0], limits[1], limits[2], limits[3]);
}

int
main(void)
{
	test_likelihoods();
	test_means();
	test_estimates();
	test_degenerate();
	test_limits();
	test_any();
	return report();
}
