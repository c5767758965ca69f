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
		TcsGammaGamma model = {0};
		TcsGammaGamma again = {0};
		TcsFit		fit;
		TcsFit		scaled;

		make_population(&population, &models[i], 9, 4000);
		CHECK(tcs_spend_fit(&population.data, &model, &fit) == TCS_SPEND_FINE, "%zu", i);
		CHECK(fabs(model.p - models[i].p) < 5.0 * fit.standard_error[0], "p %g", model.p);
		CHECK(fabs(model.q - models[i].q) < 5.0 * fit.standard_error[1], "q %g", model.q);
		CHECK(fabs(model.v - models[i].v) < 5.0 * fit.standard_error[2], "v %g", model.v);
		CHECK(fit.gradient_norm < 1e-6, "%g", fit.gradient_norm);
		CHECK(fit.iterations < 20, "%d", fit.iterations);

		/* in another currency */
		for (double *m = population.m_x; m < population.groups[8].m_x + population.groups[8].count; m++)
			*m = ldexp(*m, -100);
		CHECK(tcs_spend_fit(&population.data, &again, &scaled) == TCS_SPEND_FINE, "%zu", i);
		CHECK(fabs(again.p / model.p - 1.0) < 1e-9 && fabs(again.q / model.q - 1.0) < 1e-9 &&
			  fabs(again.v / model.v * ldexp(1.0, 100) - 1.0) < 1e-9, "%g %g %g", again.p, again.q, again.v);
		free(population.m_x);
	}
	CHECK(polls > 0, "nobody polled");
}

/* Data that do not determine the model. */
static void
test_degenerate(void)
{
	static const double one[] = {20.0};
	static const double equal[] = {20.0, 20.0, 20.0};
	static const double two[] = {10.0, 20.0};
	static const double outlier[] = {1e-300, 10.0, 20.0, 1e300};
	double		alike[2000];
	TcsSpendGroup groups[2];
	TcsSpendData data = {.groups = groups,.group_count = 1};
	TcsGammaGamma model;
	TcsFit		fit;
	TcsSpendNote note;

	groups[0] = (TcsSpendGroup)
	{
		.x = 3.0,.count = 1,.m_x = one
	};
	CHECK(tcs_spend_fit(&data, &model, &fit) == TCS_SPEND_ONE, "one customer");
	groups[0].m_x = equal;
	groups[0].count = 3;
	CHECK(tcs_spend_fit(&data, &model, &fit) == TCS_SPEND_EQUAL, "equal means");
	groups[1] = groups[0];
	groups[1].x = 4.0;
	data.group_count = 2;
	CHECK(tcs_spend_fit(&data, &model, &fit) == TCS_SPEND_EQUAL, "equal means, two groups");
	groups[1].m_x = two;
	groups[1].count = 2;
	CHECK(tcs_spend_fit(&data, &model, &fit) != TCS_SPEND_FINE, "few");
	groups[1].m_x = outlier;
	groups[1].count = 4;
	CHECK(tcs_spend_fit(&data, &model, &fit) != TCS_SPEND_FINE, "outliers");

	/* customers who are all the same; purchases that are */
	for (int i = 0; i < 2000; i++)
		alike[i] = random_gamma(5.0) / 5.0 * 30.0;
	groups[0] = (TcsSpendGroup)
	{
		.x = 1.0,.count = 1000,.m_x = alike
	};
	for (int i = 1000; i < 2000; i++)
		alike[i] = random_gamma(10.0) / 10.0 * 30.0;
	groups[1] = (TcsSpendGroup)
	{
		.x = 2.0,.count = 1000,.m_x = alike + 1000
	};
	note = tcs_spend_fit(&data, &model, &fit);
	CHECK(note == TCS_SPEND_FINE || (note == TCS_SPEND_BOUND && fit.which == 1 && fit.direction == 1),
		  "customers alike: %d, %d %d", note, fit.which, fit.direction);
	for (int i = 0; i < 2000; i++)
		alike[i] = 30.0 * 7.0 / random_gamma(7.0);
	note = tcs_spend_fit(&data, &model, &fit);
	CHECK(note == TCS_SPEND_FINE || (note == TCS_SPEND_BOUND && fit.which == 0 && fit.direction == 1),
		  "purchases alike: %d, %d %d", note, fit.which, fit.direction);
}

/* Any numbers: a fit ends, with finite numbers where it says that it is fine. */
static void
test_any(void)
{
	for (int i = 0; i < 1500; i++)
	{
		double		m_x[64];
		TcsSpendGroup groups[8];
		TcsSpendData data = {.groups = groups,.group_count = 1 + random_bits() % 8};
		TcsGammaGamma model = {NAN, NAN, NAN};
		TcsFit		fit;
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
		if (tcs_spend_fit(&data, &model, &fit) == TCS_SPEND_FINE)
			CHECK(model.p > 0.0 && isfinite(model.p) && model.q > 0.0 && isfinite(model.q) &&
				  model.v >= 0.0 && isfinite(model.v) && isfinite(fit.value) &&
				  fit.standard_error[0] > 0.0 && isfinite(fit.standard_error[1]),
				  "%d: %g %g %g, %g", i, model.p, model.q, model.v, fit.value);
	}
}

int
main(void)
{
	test_likelihoods();
	test_means();
	test_estimates();
	test_degenerate();
	test_any();
	return report();
}
