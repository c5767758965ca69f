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

/* A thousand customers as in Fader and Hardie, 2007, and what is a limit or tells nothing. */
typedef struct Fit
{
	const char *what;
	TcsSbgNote	note;
	int			limit;
	double		alpha;			/* or churn */
	double		beta;
	double		split;
	TcsSbgCount counts[10];		/* up to one that is all zero */
} Fit;

static const Fit fits[] = {
	{"high-end", TCS_SBG_FINE, 0, 0.668088351, 3.806094964, 0, {{1, 131, 0}, {2, 126, 0}, {3, 90, 0}, {4, 60, 0}, {5, 42, 0}, {6, 34, 0}, {7, 26, 491}}},
	{"regular", TCS_SBG_FINE, 0, 0.704077298, 1.182043026, 0, {{1, 369, 0}, {2, 163, 0}, {3, 86, 0}, {4, 56, 0}, {5, 37, 0}, {6, 27, 0}, {7, 21, 241}}},
	{"a million times as many", TCS_SBG_FINE, 0, 0.704077298, 1.182043026, 0, {{1, 369e6, 0}, {2, 163e6, 0}, {3, 86e6, 0}, {4, 56e6, 0}, {5, 37e6, 0}, {6, 27e6, 0}, {7, 21e6, 241e6}}},
	{"with new customers", TCS_SBG_FINE, 0, 0.704077298, 1.182043026, 0, {{0, 0, 1e6}, {1, 369, 0}, {2, 163, 0}, {3, 86, 0}, {4, 56, 0}, {5, 37, 0}, {6, 27, 0}, {7, 21, 241}}},
	{"new customers", TCS_SBG_NONE_DUE, 0, 0, 0, 0, {{0, 0, 50}}},
	{"nobody", TCS_SBG_NONE_DUE, 0, 0, 0, 0, {{3, 0, 0}}},
	{"none renewed", TCS_SBG_NONE_RENEWED, 0, 0, 0, 0, {{0, 0, 7}, {1, 5, 0}}},
	{"one customer", TCS_SBG_ONE_CUSTOMER, 0, 0, 0, 0, {{2, 1, 0}}},
	{"none churned", TCS_SBG_FINE, TCS_SBG_NOBODY_LEAVES, NAN, 0, 0, {{1, 0, 5}, {9, 0, 5}}},
	{"one renewal", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 0.4, 0, 0, {{1, 4, 6}}},
	{"same tenure", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 0.1, 0, 3, {{5, 50, 50}}},
	{"all churned together", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 1.0 / 3, 0, 2, {{3, 100, 0}}},
	{"more and more", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 100.0 / 340, 0, 2, {{1, 10, 0}, {2, 20, 0}, {3, 30, 0}, {4, 40, 10}}},
	{"always half", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 0.5, 0, 0, {{1, 4000, 0}, {2, 2000, 0}, {3, 1000, 1000}}},
	{"a tenth", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 344.0 / 3439, 0, 0, {{1, 100, 0}, {2, 90, 0}, {3, 81, 0}, {4, 73, 656}}},
	{"twice as many each time", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 273.0 / 3787, 0, 2, {{1, 20, 0}, {2, 39, 0}, {3, 75, 0}, {4, 139, 727}}},
	{"with long gaps", TCS_SBG_FINE, TCS_SBG_EQUAL_CHURN, 2.0 / 4000000001.0, 0, 1000000001, {{2000000000, 1, 0}, {2000000001, 1, 0}}},
	{"first or never", TCS_SBG_FINE, TCS_SBG_LEAVE_AT_ONCE, 0.5, 0, 0, {{1, 500, 0}, {20, 0, 500}}},
};

static void
check_fit(const Fit *wanted)
{
	TcsSbgData	data = {wanted->counts, 0, NULL};
	TcsSbgEstimate got;
	TcsSbgNote	note;

	while (wanted->counts[data.count].tenure + wanted->counts[data.count].churned +
		   wanted->counts[data.count].staying > 0.0)
		data.count++;
	note = tcs_sbg_fit(&data, &got);
	CHECK(note == wanted->note, "%s: %d", wanted->what, note);
	if (note != TCS_SBG_FINE)
		return;
	CHECK(got.limit == wanted->limit, "%s: %d", wanted->what, got.limit);
	CHECK(got.split == wanted->split, "%s: %g", wanted->what, got.split);
	if (wanted->limit == 0)
		CHECK(close_to(got.model.alpha, wanted->alpha, 1e-6) && close_to(got.model.beta, wanted->beta, 1e-6),
			  "%s: %.9f %.9f", wanted->what, got.model.alpha, got.model.beta);
	else
		CHECK(close_to(got.churn, wanted->alpha, 1e-14), "%s: %.17g", wanted->what, got.churn);
}

static void
test_fits(void)
{
	TcsSbgEstimate rises;
	TcsSbgCount counts[] = {{1, 20, 0}, {2, 39, 0}, {3, 75, 0}, {4, 139, 727}};
	TcsSbgData	data = {counts, LENGTH(counts), NULL};

	for (size_t i = 0; i < LENGTH(fits); i++)
		check_fit(&fits[i]);

	/* 1000 and 980 came due, then 941 and 866 */
	CHECK(tcs_sbg_fit(&data, &rises) == TCS_SBG_FINE, "rises");
	CHECK(close_to(rises.rate_before, 59.0 / 1980, 1e-15), "before: %.17g", rises.rate_before);
	CHECK(close_to(rises.rate_after, 214.0 / 1807, 1e-15), "after: %.17g", rises.rate_after);
	CHECK(close_to(rises.log_likelihood, 273 * log(273.0 / 3787) + 3514 * log(3514.0 / 3787), 1e-14),
		  "log-likelihood: %.17g", rises.log_likelihood);
	CHECK(close_to(rises.standard_error[0], sqrt(273.0 / 3787 * 3514 / 3787 / 3787), 1e-14),
		  "standard error: %.17g", rises.standard_error[0]);
}

/* Predictions go over into those of a limit, which are what they are by hand. */
static void
test_limits(void)
{
	for (int i = 0; i < 200; i++)
	{
		double		churn = i < 100 ? uniform() : exp(-12.0 * uniform());
		TcsSbg		equal = tcs_sbg_of_limit(TCS_SBG_EQUAL_CHURN, churn);
		double		tenure = floor(30.0 * uniform());
		double		periods = 1.0 + floor(30.0 * uniform());
		double		discount = exp(-6.0 * uniform());
		double		stays = exp(tenure * log1p(-churn));
		double		leaves = -expm1(periods * log1p(-churn));
		double		lifetime = (1.0 - churn) * (1.0 + discount) / (discount + churn);

		CHECK(close_to(tcs_sbg_survival(&equal, tenure), stays, 1e-13), "%g, %g", churn, tenure);
		CHECK(close_to(tcs_sbg_churn(&equal, tenure, periods), leaves, 1e-13), "%g, %g", churn, periods);
		CHECK(close_to(tcs_sbg_lifetime(&equal, tenure, discount), lifetime, 1e-13), "%g, %g", churn, discount);
		CHECK(close_to(tcs_sbg_lifetime(&equal, tenure, 0.0), (1.0 - churn) / churn, 1e-13), "%g", churn);
		for (double size = 1e2; size < 1e7; size *= 10.0)
		{
			TcsSbg		near = {size * churn, size * (1.0 - churn)};
			double		away = 2000.0 / size / churn / (1.0 - churn);

			CHECK(fabs(log(tcs_sbg_survival(&near, tenure) / stays)) < away, "%g, %g, %g", size, churn, tenure);
			CHECK(close_to(tcs_sbg_churn(&near, tenure, periods), leaves, away), "%g, %g, %g", size, churn, periods);
			CHECK(close_to(tcs_sbg_lifetime(&near, tenure, discount), lifetime, away), "%g, %g, %g", size, churn, discount);
		}
	}
	for (double tenure = 0.0; tenure < 3e9; tenure = 10.0 * tenure + 1.0)
	{
		TcsSbg		none = tcs_sbg_of_limit(TCS_SBG_NOBODY_LEAVES, NAN);
		TcsSbg		once = tcs_sbg_of_limit(TCS_SBG_LEAVE_AT_ONCE, 0.3);
		TcsSbg		near = {0.3e-9, 0.7e-9};

		CHECK(tcs_sbg_survival(&none, tenure) == 1.0, "%g", tenure);
		CHECK(tcs_sbg_churn(&none, tenure, 1e9) == 0.0, "%g", tenure);
		CHECK(close_to(tcs_sbg_lifetime(&none, tenure, 0.1), 11.0, 1e-15), "%g", tenure);
		CHECK(isinf(tcs_sbg_lifetime(&none, tenure, 0.0)), "%g", tenure);
		CHECK(close_to(tcs_sbg_survival(&once, tenure), tenure > 0.0 ? 0.7 : 1.0, 1e-15), "%g", tenure);
		CHECK(close_to(tcs_sbg_churn(&once, tenure, 1e9), tenure > 0.0 ? 0.0 : 0.3, 1e-15), "%g", tenure);
		CHECK(close_to(tcs_sbg_lifetime(&once, tenure, 0.1), tenure > 0.0 ? 11.0 : 7.7, 1e-14), "%g", tenure);
		CHECK(fabs(tcs_sbg_churn(&near, tenure, 1e9) - tcs_sbg_churn(&once, tenure, 1e9)) < 1e-7, "%g", tenure);
	}
}

/* The counts that a model expects are those of which it is the estimate. */
static void
test_expected(void)
{
	for (int i = 0; i < 200; i++)
	{
		TcsSbg		made = {exp(4.0 * uniform() - 2.0), exp(6.0 * uniform() - 2.0)};
		TcsSbgCount counts[12];
		TcsSbgData	data = {counts, LENGTH(counts), NULL};
		TcsSbgEstimate got;

		for (int t = 1; t <= 12; t++)
			counts[t - 1] = (TcsSbgCount)
		{
			t, 1e7 * (tcs_sbg_survival(&made, t - 1.0) - tcs_sbg_survival(&made, t)),
				t == 12 ? 1e7 * tcs_sbg_survival(&made, 12.0) : 0.0
		};
		CHECK(tcs_sbg_fit(&data, &got) == TCS_SBG_FINE && got.limit == 0 && got.determined &&
			  close_to(got.model.alpha, made.alpha, 1e-6) && close_to(got.model.beta, made.beta, 1e-6) &&
			  got.iterations < 30,
			  "%g %g: %g %g, %d", made.alpha, made.beta, got.model.alpha, got.model.beta, got.limit);
	}
	for (int i = 0; i < 3000; i++)
	{
		TcsSbgCount counts[6];
		TcsSbgData	data = {counts, 1 + random_bits() % 6, NULL};
		TcsSbgEstimate got;
		double		tenure = -1.0;

		for (int j = 0; j < 6; j++)
		{
			tenure += 1.0 + (double) (random_bits() >> (36 + random_bits() % 28));
			counts[j].tenure = fmin(tenure, 2147483640.0 + j);
			counts[j].churned = tenure == 0.0 ? 0.0 : (double) (random_bits() >> (1 + random_bits() % 63));
			counts[j].staying = (double) (random_bits() >> (1 + random_bits() % 63));
		}
		if (tcs_sbg_fit(&data, &got) != TCS_SBG_FINE)
			continue;
		CHECK(got.model.alpha > 0.0 && isfinite(got.model.alpha) && got.model.beta > 0.0 && isfinite(got.model.beta) &&
			  isfinite(got.log_likelihood),
			  "%g %g", got.model.alpha, got.model.beta);
		CHECK(got.count == 0 || !got.determined || got.standard_error[0] > 0.0, "%g %g", got.model.alpha, got.model.beta);
		CHECK(got.split == 0.0 || (got.rate_before >= 0.0 && got.rate_before <= got.rate_after && got.rate_after <= 1.0),
			  "%g, %g %g", got.split, got.rate_before, got.rate_after);
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
	test_limits();
	test_expected();
	return report();
}
