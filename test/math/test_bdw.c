/*
 * test_bdw.c
 *		Subscriptions whose churn rises: survival, churn, residual lifetimes and
 *		estimates against high precision, the model of sbg.c and the limit in
 *		which all are alike from both sides, and anything that a double can be.
 */
#include "math/bdw.h"

#include "harness.h"
#include "bdw_reference.h"

static TcsBdw
bdw_of_row(const double *row)
{
	TcsBdw		model = {row[0], row[1], row[2], row[3]};

	return model;
}

static void
test_survivals(void)
{
	for (size_t i = 0; i < LENGTH(bdw_survivals); i++)
	{
		const double *row = bdw_survivals[i];
		TcsBdw		model = bdw_of_row(row);
		double		stayed = tcs_bdw_survival(&model, row[4]);
		double		gone = tcs_bdw_churn(&model, row[4], row[5]);

		/* a power that small keeps fewer digits */
		CHECK(close_to(stayed, row[6], 1e-13 * (10.0 - log(row[6] + DBL_MIN))),
			  "%zu: %.17g, not %.17g", i, stayed, row[6]);
		CHECK(close_to(gone, row[7], 1e-11), "%zu: %.17g, not %.17g", i, gone, row[7]);
	}
}

static void
test_lifetimes(void)
{
	for (size_t i = 0; i < LENGTH(bdw_lifetimes); i++)
	{
		const double *row = bdw_lifetimes[i];
		TcsBdw		model = bdw_of_row(row);
		double		lifetime = tcs_bdw_lifetime(&model, row[4], row[5]);

		CHECK(close_to(lifetime, row[6], 1e-11), "%zu, %g %g %g %g, %g, %g: %.17g, not %.17g",
			  i, row[0], row[1], row[2], row[3], row[4], row[5], lifetime, row[6]);
	}
}

/* With c = 1 it is the model of sbg.c. */
static void
test_c_of_one(void)
{
	for (int i = 0; i < 600; i++)
	{
		TcsSbg		sbg = {exp(10.0 * uniform() - 5.0), exp(14.0 * uniform() - 5.0)};
		TcsBdw		model = {sbg.alpha, sbg.beta, 1.0, 0.0};
		TcsBdw		near = {sbg.alpha, sbg.beta, 1.0 + (i % 2 == 0 ? 1e-9 : -1e-9), 0.0};
		double		tenure = floor(exp(8.0 * uniform()) - 1.0);
		double		periods = floor(exp(8.0 * uniform()));
		double		discount = i % 3 == 0 ? exp(-8.0 * uniform()) : exp(-30.0 * uniform());
		double		stayed = tcs_sbg_survival(&sbg, tenure);
		double		gone = tcs_sbg_churn(&sbg, tenure, periods);
		double		lifetime = tcs_sbg_lifetime(&sbg, tenure, discount);

		CHECK(close_to(tcs_bdw_survival(&model, tenure), stayed, 1e-12 * (1.0 - log(stayed + DBL_MIN))),
			  "%g %g, %g", sbg.alpha, sbg.beta, tenure);
		CHECK(close_to(tcs_bdw_churn(&model, tenure, periods), gone, 1e-11), "%g %g, %g", sbg.alpha, sbg.beta, tenure);
		CHECK(close_to(tcs_bdw_lifetime(&model, tenure, discount), lifetime, 1e-10),
			  "%g %g, %g, %g: %.15g, not %.15g", sbg.alpha, sbg.beta, tenure, discount,
			  tcs_bdw_lifetime(&model, tenure, discount), lifetime);
		CHECK(close_to(tcs_bdw_survival(&near, tenure), stayed, 1e-6 * (1.0 - log(stayed + DBL_MIN))), "%g %g, %g", sbg.alpha, sbg.beta, tenure);
		CHECK(close_to(tcs_bdw_lifetime(&near, tenure, discount), lifetime, 1e-5), "%g %g, %g", sbg.alpha, sbg.beta, tenure);
	}
}

/* Predictions of customers who hardly differ go over into those of alike ones. */
static void
test_limit(void)
{
	for (int i = 0; i < 60; i++)
	{
		double		churn = exp(-8.0 * uniform() - 0.1);
		double		c = exp(2.0 * uniform() - 0.5);
		TcsBdw		equal = tcs_bdw_of_equal(churn, c);
		double		tenure = floor(20.0 * uniform());
		double		discount = i % 4 == 0 ? 0.0 : exp(-6.0 * uniform());
		double		stays = tcs_bdw_survival(&equal, tenure);
		double		lifetime = tcs_bdw_lifetime(&equal, tenure, discount);

		CHECK(close_to(log(stays), pow(tenure, c) * log1p(-churn), 1e-12) || stays < DBL_MIN, "%g %g, %g", churn, c, tenure);
		for (double size = 1e4; size < 1e13; size *= 1e2)
		{
			TcsBdw		near = {size * churn, size * (1.0 - churn), c, 0.0};
			double		age = pow(tenure + 40.0 / (churn + discount), c);
			double		away = fmin(10.0 * age * age / size, 1.0);

			if (away >= 1.0)
				continue;
			CHECK(close_to(tcs_bdw_survival(&near, tenure), stays, away), "%g %g, %g", churn, c, tenure);
			CHECK(close_to(tcs_bdw_churn(&near, tenure, 3.0), tcs_bdw_churn(&equal, tenure, 3.0), away + 1e-11), "%g %g, %g", churn, c, tenure);
			CHECK(close_to(tcs_bdw_lifetime(&near, tenure, discount), lifetime, away + 1e-11), "%g %g, %g, %g: %g, %g, %g", churn, c, tenure, discount,
				  tcs_bdw_lifetime(&near, tenure, discount), lifetime, size);
		}
	}
}

/* What must hold whatever the parameters. */
static void
test_any(void)
{
	for (int i = 0; i < 3000; i++)
	{
		bool		alike = i % 3 == 0;
		TcsBdw		model = {random_positive(), random_positive(), i % 2 == 0 ? fmin(random_positive(), TCS_BDW_MOST_C) : TCS_BDW_MOST_C * uniform(), 0.0};
		double		tenure = (double) (random_bits() >> (33 + random_bits() % 31));
		double		periods = (double) (random_bits() >> (33 + random_bits() % 31));
		double		discount = i % 2 == 0 ? random_positive() : i % 5 == 0 ? 0.0 : exp(-8.0 * uniform());
		double		stayed;
		double		gone;
		double		lifetime;
		double		renewed;

		if (alike)
			model.rate = fmin(model.alpha, 800.0);
		stayed = tcs_bdw_survival(&model, tenure);
		gone = tcs_bdw_churn(&model, tenure, periods);
		lifetime = tcs_bdw_lifetime(&model, tenure, discount);
		renewed = tcs_bdw_lifetime_if_renewed(&model, tenure, discount);
		CHECK(stayed >= 0.0 && stayed <= 1.0, "%g %g %g, %g: %g", model.alpha, model.beta, model.c, tenure, stayed);
		CHECK(gone >= 0.0 && gone <= 1.0, "%g %g %g, %g, %g: %g", model.alpha, model.beta, model.c, tenure, periods, gone);
		CHECK(tenure == 0.0 || stayed <= tcs_bdw_survival(&model, tenure - 1.0) * (1.0 + 1e-9),
			  "%g %g %g, %g: %g", model.alpha, model.beta, model.c, tenure, stayed);
		CHECK(periods < 1.0 || gone >= tcs_bdw_churn(&model, tenure, 1.0) * (1.0 - 1e-9), "%g %g %g, %g, %g", model.alpha, model.beta, model.c, tenure, periods);
		/* one at least, and no more than if nobody ever left */
		CHECK((isinf(renewed) && discount < 1e-270) ||
			  (renewed >= 1.0 - 1e-9 && renewed <= (1.0 + 1.0 / discount) * (1.0 + 1e-9)),
			  "%g %g %g %g, %g, %g: %g", model.alpha, model.beta, model.c, model.rate, tenure, discount, renewed);
		CHECK(lifetime >= 0.0 && lifetime <= renewed * (1.0 + 1e-15), "%g %g %g, %g, %g: %g", model.alpha, model.beta, model.c, tenure, discount, lifetime);
	}
}

/* A derivative by differences, to check those of the objectives. */
static void
check_derivatives(TcsObjective objective, int n, const double *theta, TcsSbgData *data)
{
	double		gradient[3];
	double		hessian[9];
	double		size = fabs(objective(theta, gradient, hessian, data));

	for (int j = 0; j < n; j++)
	{
		double		up[3];
		double		down[3];
		double		above[3];
		double		below[3];
		double		rest[9];
		double		slope;

		memcpy(up, theta, sizeof(up));
		memcpy(down, theta, sizeof(down));
		up[j] += 1e-4;
		down[j] -= 1e-4;
		slope = (objective(up, above, rest, data) - objective(down, below, rest, data)) / 2e-4;
		CHECK(fabs(gradient[j] - slope) < 3e-5 * size, "%d, %d: %g, not %g", n, j, gradient[j], slope);
		for (int k = 0; k < n; k++)
			CHECK(fabs(hessian[n * j + k] - (above[k] - below[k]) / 2e-4) < 3e-5 * size,
				  "%d, %d %d: %g, not %g", n, j, k, hessian[n * j + k], (above[k] - below[k]) / 2e-4);
	}
}

static void
test_derivatives(void)
{
	static const TcsSbgCount counts[] = {{0.0, 0.0, 50.0}, {1.0, 131.0, 3.0}, {2.0, 126.0, 0.0}, {40.0, 9.0, 491.0}, {700.0, 2.0, 5.0}};
	TcsSbgData	data = {counts, LENGTH(counts), NULL};

	for (int i = 0; i < 300; i++)
	{
		double		whole[3] = {10.0 * uniform() - 5.0, 12.0 * uniform() - 5.0, 2.0 * uniform() - 1.0};
		double		alike[3] = {-5.0 * uniform() - 1.0, 1.0 * uniform() - 0.5};

		check_derivatives(tcs_bdw_objective, 3, whole, &data);
		check_derivatives(tcs_bdw_equal_objective, 2, alike, &data);
	}
}

/* The data of the reference. */
static const double fitted[][16] = {
	{20, 39, 75, 139, -1, 727},
	{10, 20, 30, 40, -1, 10},
	{12, 40, 61, 77, 80, 78, 70, 62, 50, 40, 33, 28, 22, 18, 15, 314},
	{5, 30, 90, 160, 180, 160, 120, 80, 50, 30, 20, 14, 10, 7, 5, 39},
};

static void
test_fits(void)
{
	for (size_t i = 0; i < LENGTH(bdw_estimates); i++)
	{
		const double *row = bdw_estimates[i];
		const double *from = fitted[(int) row[0]];
		bool		whole = row[1] == 3.0;
		TcsSbgCount counts[15];
		TcsSbgData	data = {counts, 0, NULL};
		TcsBdwEstimate got;
		double		churned = 0.0;
		double		due = 0.0;
		const double *p = &got.model.alpha;
		double		alike[2];

		while (data.count < 15 && from[data.count] >= 0.0)
		{
			counts[data.count] = (TcsSbgCount)
			{
				(double) data.count + 1.0, from[data.count], 0.0
			};
			data.count++;
		}
		counts[data.count - 1].staying = from[data.count < 15 ? data.count + 1 : 15];
		for (size_t j = 0; j < data.count; j++)
		{
			churned += counts[j].churned;
			due += (counts[j].churned + counts[j].staying) * counts[j].tenure;
		}
		CHECK(tcs_bdw_fit(&data, churned / due, &got), "%zu", i);
		alike[0] = -expm1(-got.model.rate);
		alike[1] = got.model.c;
		if (!whole)
			p = alike;
		CHECK((got.model.rate == 0.0) == whole, "%zu", i);
		CHECK(close_to(got.log_likelihood, row[2], 1e-11), "%zu: %.15g, not %.15g", i, got.log_likelihood, row[2]);
		for (int j = 0; j < row[1]; j++)
		{
			double		wanted = !whole && j == 0 ? -expm1(-row[3]) : row[3 + j];

			CHECK(close_to(p[j], wanted, 1e-6), "%zu, %d: %.12g, not %.12g", i, j, p[j], wanted);
			CHECK(close_to(got.standard_error[j], row[6 + j], 1e-5), "%zu, %d: %.12g, not %.12g", i, j, got.standard_error[j], row[6 + j]);
		}
	}
}

/* The counts that a model expects are those of which it is the estimate. */
static void
test_expected(void)
{
	for (int i = 0; i < 100; i++)
	{
		TcsBdw		made = tcs_bdw_of_equal(exp(-3.0 * uniform() - 2.0), 1.1 + uniform());
		TcsSbgCount counts[15];
		TcsSbgData	data = {counts, LENGTH(counts), NULL};
		TcsBdwEstimate got;

		if (i % 2 == 0)
			made = (TcsBdw)
		{
			exp(uniform()), exp(3.0 * uniform() + 2.0), 1.5 + uniform(), 0.0
		};
		for (int t = 1; t <= 15; t++)
			counts[t - 1] = (TcsSbgCount)
		{
			t, 1e7 * (tcs_bdw_survival(&made, t - 1.0) - tcs_bdw_survival(&made, t)),
				t == 15 ? 1e7 * tcs_bdw_survival(&made, 15.0) : 0.0
		};
		CHECK(tcs_bdw_fit(&data, 0.05, &got) && close_to(got.model.c, made.c, 1e-5) &&
			  (made.rate > 0.0 ? close_to(got.model.rate, made.rate, 1e-6) :
			   close_to(got.model.alpha, made.alpha, 1e-4) && close_to(got.model.beta, made.beta, 1e-4)),
			  "%g %g %g %g: %g %g %g %g", made.alpha, made.beta, made.c, made.rate,
			  got.model.alpha, got.model.beta, got.model.c, got.model.rate);
	}
	/* any counts, at any tenures */
	for (int i = 0; i < 1000; i++)
	{
		TcsSbgCount counts[6];
		TcsSbgData	data = {counts, 1 + random_bits() % 6, NULL};
		TcsBdwEstimate got;
		double		tenure = -1.0;

		for (int j = 0; j < 6; j++)
		{
			tenure += 1.0 + (double) (random_bits() >> (36 + random_bits() % 28));
			counts[j].tenure = fmin(tenure, 2147483640.0 + j);
			counts[j].churned = tenure == 0.0 ? 0.0 : (double) (random_bits() >> (1 + random_bits() % 63));
			counts[j].staying = (double) (random_bits() >> (1 + random_bits() % 63));
		}
		if (tcs_bdw_fit(&data, uniform(), &got))
			CHECK(isfinite(got.log_likelihood) && got.model.c > 1.0 && got.model.c <= TCS_BDW_MOST_C &&
				  (got.model.rate > 0.0 || (got.model.alpha > 0.0 && got.model.beta > 0.0)) && got.standard_error[1] > 0.0,
				  "%g %g %g %g", got.model.alpha, got.model.beta, got.model.c, got.model.rate);
	}
}

int
main(void)
{
	test_survivals();
	test_lifetimes();
	test_c_of_one();
	test_limit();
	test_any();
	test_derivatives();
	test_fits();
	test_expected();
	return report();
}
