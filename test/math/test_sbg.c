/*
 * test_sbg.c
 *		Subscriptions: survival, churn and residual lifetimes against high
 *		precision, estimates against published ones and against what a
 *		population was made with, and anything that a double can be.
 */
#include "math/sbg.h"

#include "harness.h"
#include "sbg_reference.h"

static void
test_survivals(void)
{
	for (size_t i = 0; i < LENGTH(survivals); i++)
	{
		const double *row = survivals[i];
		TcsSbg		model = {row[0], row[1]};
		double		stayed = tcs_sbg_survival(&model, row[2]);
		double		gone = tcs_sbg_churn(&model, row[2], row[3]);

		/* a power that small keeps fewer digits */
		CHECK(close_to(stayed, row[4], 1e-13 * (10.0 - log(row[4] + DBL_MIN))),
			  "%zu: %.17g, not %.17g", i, stayed, row[4]);
		CHECK(row[4] < DBL_MIN ||
			  close_to(exp(tcs_sbg_log_survival(&model, row[2])), row[4], 1e-12 * (1.0 - log(row[4]))),
			  "%zu: %.17g", i, row[4]);
		CHECK(close_to(gone, row[5], 1e-11), "%zu: %.17g, not %.17g", i, gone, row[5]);
	}
}

static void
test_lifetimes(void)
{
	TcsSbg		high_end = {0.668088351, 3.806094964};
	TcsSbg		steady = {2.5, 4.0};

	for (size_t i = 0; i < LENGTH(lifetimes); i++)
	{
		const double *row = lifetimes[i];
		TcsSbg		model = {row[0], row[1]};
		double		lifetime = tcs_sbg_lifetime(&model, row[2], row[3]);

		CHECK(close_to(lifetime, row[4], 1e-11),
			  "%zu, %g %g, %g, %g: %.17g, not %.17g", i, row[0], row[1], row[2], row[3], lifetime, row[4]);
	}

	/* published, after seven renewals at 10 percent */
	CHECK(fabs(tcs_sbg_lifetime(&high_end, 7.0, 0.1) - 7.53) < 0.005, "Fader and Hardie");

	/* undiscounted; and what is infinite */
	CHECK(close_to(tcs_sbg_lifetime(&steady, 3.0, 0.0), 7.0 / 1.5, 1e-15), "undiscounted");
	CHECK(isinf(tcs_sbg_lifetime(&high_end, 7.0, 0.0)), "undiscounted");
	CHECK(isinf(tcs_sbg_lifetime(&steady, 3.0, -0.01)), "negative discount");
	CHECK(close_to(tcs_sbg_lifetime(&steady, 3.0, INFINITY), 7.0 / 9.5, 1e-15), "the next only");
	CHECK(close_to(tcs_sbg_lifetime(&steady, 3.0, 1e-13), 7.0 / 1.5, 1e-11), "hardly discounted");
}

/* Both ways to compute a lifetime where they meet, and moments with both. */
static void
test_seams(void)
{
	for (int i = 0; i < 20000; i++)
	{
		TcsSbg		model = {exp(10.0 * uniform() - 5.0), exp(14.0 * uniform() - 5.0)};
		double		tenure = floor(exp(8.0 * uniform()) - 1.0);
		double		before = tcs_sbg_lifetime(&model, tenure, nextafter(1e-3, 0.0));
		double		after = tcs_sbg_lifetime(&model, tenure, 1e-3);

		CHECK(close_to(before, after, 1e-11), "%g %g, %g: %.17g, %.17g", model.alpha, model.beta, tenure, before, after);
	}
	for (int i = 0; i < 2000; i++)
	{
		double		size = 1e10 * exp(20.0 * uniform());
		double		discount = exp(-20.0 * uniform());
		TcsSbg		below = {1e10, size};
		TcsSbg		above = {nextafter(1e10, INFINITY), size};
		double		before = tcs_sbg_lifetime(&below, 0.0, discount);
		double		after = tcs_sbg_lifetime(&above, 0.0, discount);

		CHECK(close_to(before, after, 1e-10), "%g, %g: %.17g, %.17g", size, discount, before, after);
	}
}

/* What must hold whatever the parameters. */
static void
test_any(void)
{
	for (int i = 0; i < 60000; i++)
	{
		TcsSbg		model = {random_positive(), random_positive()};
		double		tenure = (double) (random_bits() >> (33 + random_bits() % 31));
		double		periods = (double) (random_bits() >> (33 + random_bits() % 31));
		double		discount = i % 2 == 0 ? random_positive() : exp(-8.0 * uniform());
		double		stayed = tcs_sbg_survival(&model, tenure);
		double		gone = tcs_sbg_churn(&model, tenure, periods);
		double		next = tcs_sbg_churn(&model, tenure, 1.0);
		double		lifetime = tcs_sbg_lifetime(&model, tenure, discount);
		double		renewed = tcs_sbg_lifetime_if_renewed(&model, tenure, discount);

		CHECK(stayed >= 0.0 && stayed <= 1.0, "%g %g, %g: %g", model.alpha, model.beta, tenure, stayed);
		CHECK(gone >= 0.0 && gone <= 1.0, "%g %g, %g, %g: %g", model.alpha, model.beta, tenure, periods, gone);
		CHECK(tenure == 0.0 || stayed <= tcs_sbg_survival(&model, tenure - 1.0) * (1.0 + 1e-9),
			  "%g %g, %g: %g", model.alpha, model.beta, tenure, stayed);
		CHECK(periods < 1.0 || gone >= next * (1.0 - 1e-9), "%g %g, %g, %g", model.alpha, model.beta, tenure, periods);
		/* one at least, and no more than if nobody ever left */
		CHECK(renewed >= 1.0 - 1e-9 && renewed <= (1.0 + 1.0 / discount) * (1.0 + 1e-9),
			  "%g %g, %g, %g: %g", model.alpha, model.beta, tenure, discount, renewed);
		CHECK(lifetime >= 0.0 && lifetime <= renewed, "%g %g, %g, %g: %g", model.alpha, model.beta, tenure, discount, lifetime);
	}
}

/* A derivative by differences, to check those of the objective. */
static void
test_derivatives(void)
{
	static const TcsSbgCount counts[] = {{0.0, 0.0, 50.0}, {1.0, 131.0, 3.0}, {2.0, 126.0, 0.0}, {40.0, 9.0, 491.0}, {7000.0, 2.0, 5.0}, {5e6, 0.0, 3.0}};
	TcsSbgData	data = {counts, LENGTH(counts), NULL};

	for (int i = 0; i < 300; i++)
	{
		double		theta[2] = {10.0 * uniform() - 5.0, 12.0 * uniform() - 5.0};
		double		gradient[2];
		double		hessian[4];
		double		size = fabs(tcs_sbg_objective(theta, gradient, hessian, &data));

		for (int j = 0; j < 2; j++)
		{
			double		up[2] = {theta[0], theta[1]};
			double		down[2] = {theta[0], theta[1]};
			double		above[2];
			double		below[2];
			double		rest[4];
			double		slope;

			up[j] += 1e-4;
			down[j] -= 1e-4;
			slope = (tcs_sbg_objective(up, above, rest, &data) - tcs_sbg_objective(down, below, rest, &data)) / 2e-4;
			CHECK(fabs(gradient[j] - slope) < 1e-7 * size, "%g %g, %d: %g, not %g", theta[0], theta[1], j, gradient[j], slope);
			for (int k = 0; k < 2; k++)
				CHECK(fabs(hessian[2 * j + k] - (above[k] - below[k]) / 2e-4) < 1e-7 * size,
					  "%g %g, %d %d: %g", theta[0], theta[1], j, k, hessian[2 * j + k]);
		}
	}
}

static void
check_fit(const char *what, const TcsSbgCount *counts, size_t count, TcsSbgNote note,
		  double alpha, double beta)
{
	TcsSbgData	data = {counts, count, NULL};
	TcsSbg		model = {NAN, NAN};
	TcsFit		fit;
	TcsSbgNote	got = tcs_sbg_fit(&data, &model, &fit);

	CHECK(got == note, "%s: %d", what, got);
	if (note == TCS_SBG_FINE)
		CHECK(close_to(model.alpha, alpha, 1e-6) && close_to(model.beta, beta, 1e-6),
			  "%s: %.9f %.9f", what, model.alpha, model.beta);
}

/* A thousand customers as in Fader and Hardie, 2007, and what determines nothing. */
static const struct
{
	const char *what;
	TcsSbgNote	note;
	double		alpha;
	double		beta;
	TcsSbgCount counts[10];		/* up to one that is all zero */
}			fits[] = {
	{"high-end", TCS_SBG_FINE, 0.668088351, 3.806094964, {{1, 131, 0}, {2, 126, 0}, {3, 90, 0}, {4, 60, 0}, {5, 42, 0}, {6, 34, 0}, {7, 26, 491}}},
	{"regular", TCS_SBG_FINE, 0.704077298, 1.182043026, {{1, 369, 0}, {2, 163, 0}, {3, 86, 0}, {4, 56, 0}, {5, 37, 0}, {6, 27, 0}, {7, 21, 241}}},
	{"a million times as many", TCS_SBG_FINE, 0.704077298, 1.182043026, {{1, 369e6, 0}, {2, 163e6, 0}, {3, 86e6, 0}, {4, 56e6, 0}, {5, 37e6, 0}, {6, 27e6, 0}, {7, 21e6, 241e6}}},
	{"with new customers", TCS_SBG_FINE, 0.704077298, 1.182043026, {{0, 0, 1e6}, {1, 369, 0}, {2, 163, 0}, {3, 86, 0}, {4, 56, 0}, {5, 37, 0}, {6, 27, 0}, {7, 21, 241}}},
	{"new customers", TCS_SBG_NONE_DUE, 0, 0, {{0, 0, 50}}},
	{"nobody", TCS_SBG_NONE_DUE, 0, 0, {{3, 0, 0}}},
	{"none churned", TCS_SBG_NONE_CHURNED, 0, 0, {{1, 0, 5}, {9, 0, 5}}},
	{"none renewed", TCS_SBG_NONE_RENEWED, 0, 0, {{0, 0, 7}, {1, 5, 0}}},
	{"one renewal", TCS_SBG_ONE_RENEWAL, 0, 0, {{1, 5, 5}}},
	{"same tenure", TCS_SBG_BOUND, 0, 0, {{5, 50, 50}}},
	{"all churned together", TCS_SBG_BOUND, 0, 0, {{3, 100, 0}}},
	{"one customer", TCS_SBG_BOUND, 0, 0, {{2, 1, 0}}},
	{"more and more", TCS_SBG_BOUND, 0, 0, {{1, 10, 0}, {2, 20, 0}, {3, 30, 0}, {4, 40, 10}}},
	{"always half", TCS_SBG_BOUND, 0, 0, {{1, 4000, 0}, {2, 2000, 0}, {3, 1000, 1000}}},
	{"first or never", TCS_SBG_BOUND, 0, 0, {{1, 500, 0}, {20, 0, 500}}},
};

static void
test_fits(void)
{
	for (size_t i = 0; i < LENGTH(fits); i++)
	{
		size_t		count = 0;

		while (fits[i].counts[count].tenure + fits[i].counts[count].churned +
			   fits[i].counts[count].staying > 0.0)
			count++;
		check_fit(fits[i].what, fits[i].counts, count, fits[i].note, fits[i].alpha, fits[i].beta);
	}
}

/* The counts that a model expects are those of which it is the estimate. */
static void
test_expected(void)
{
	for (int i = 0; i < 200; i++)
	{
		TcsSbg		made = {exp(4.0 * uniform() - 2.0), exp(6.0 * uniform() - 2.0)};
		TcsSbg		model = {NAN, NAN};
		TcsSbgCount counts[12];
		TcsSbgData	data = {counts, LENGTH(counts), NULL};
		TcsFit		fit;

		for (int t = 1; t <= 12; t++)
			counts[t - 1] = (TcsSbgCount)
		{
			t, 1e7 * (tcs_sbg_survival(&made, t - 1.0) - tcs_sbg_survival(&made, t)),
				t == 12 ? 1e7 * tcs_sbg_survival(&made, 12.0) : 0.0
		};
		CHECK(tcs_sbg_fit(&data, &model, &fit) == TCS_SBG_FINE &&
			  close_to(model.alpha, made.alpha, 1e-6) && close_to(model.beta, made.beta, 1e-6) &&
			  fit.iterations < 30,
			  "%g %g: %g %g, %d", made.alpha, made.beta, model.alpha, model.beta, fit.status);
	}
	for (int i = 0; i < 3000; i++)
	{
		TcsSbgCount counts[6];
		TcsSbgData	data = {counts, 1 + random_bits() % 6, NULL};
		TcsSbg		model = {NAN, NAN};
		TcsFit		fit;
		double		tenure = -1.0;

		for (int j = 0; j < 6; j++)
		{
			tenure += 1.0 + (double) (random_bits() >> (36 + random_bits() % 28));
			counts[j].tenure = fmin(tenure, 2147483640.0 + j);
			counts[j].churned = tenure == 0.0 ? 0.0 : (double) (random_bits() >> (1 + random_bits() % 63));
			counts[j].staying = (double) (random_bits() >> (1 + random_bits() % 63));
		}
		if (tcs_sbg_fit(&data, &model, &fit) == TCS_SBG_FINE)
			CHECK(model.alpha > 0.0 && isfinite(model.alpha) && model.beta > 0.0 && isfinite(model.beta) &&
				  isfinite(fit.value) && fit.standard_error[0] > 0.0 && isfinite(fit.standard_error[1]),
				  "%g %g", model.alpha, model.beta);
	}
}

int
main(void)
{
	test_survivals();
	test_lifetimes();
	test_seams();
	test_any();
	test_derivatives();
	test_fits();
	test_expected();
	return report();
}
