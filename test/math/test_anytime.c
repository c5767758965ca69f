/*
 * test_anytime.c
 *		Tests for those who look again and again: their formulas, and how often
 *		they cry wolf.
 */
#include "harness.h"

#include "math/anytime.h"
#include "math/two_means.h"
#include "math/two_shares.h"
#include "numerics/normal.h"

/* Experiments without an effect, and looks at each. */
#define RUNS	10000
#define LOOKS	100

/*
 * The width of the confidence sequence of Waudby-Smith et al., 2024, for a
 * variance of 1 after t of 1000 customers; and what p says is what the limits say.
 */
static void
test_formulas(void)
{
	static const double alphas[] = {0.1, 0.05, 0.001};

	for (size_t i = 0; i < LENGTH(alphas); i++)
		for (double t = 1.0; t < 1e5; t *= 1.7)
		{
			TcsLooks	looks = {alphas[i], t / 1000.0};
			double		rho = (-2.0 * log(alphas[i]) + log(1.0 - 2.0 * log(alphas[i]))) / 1000.0;
			double		wanted = sqrt(2.0 * (t * rho + 1.0) / (t * t * rho) * log(sqrt(t * rho + 1.0) / alphas[i]));
			double		z = tcs_anytime_quantile(&looks, alphas[i]);

			CHECK(close_to(z / sqrt(t), wanted, 1e-13), "%g: %.17g, not %.17g", t, z / sqrt(t), wanted);
			CHECK(close_to(tcs_anytime_p(&looks, z), alphas[i], 1e-11), "%g: %.17g", t, tcs_anytime_p(&looks, z));
			CHECK(close_to(tcs_anytime_p(&looks, tcs_anytime_quantile(&looks, alphas[i] / 7.0)), alphas[i] / 7.0, 1e-11), "%g", t);
			CHECK(tcs_anytime_p(&looks, 0.0) == 1.0 && z > tcs_normal_confidence(1.0 - alphas[i]), "%g: %g", t, z);
		}

	/*
	 * against those of one look, limits are nearest where it was planned;
	 * they get nearer all the time
	 */
	for (double share = 0.25; share <= 4.0; share *= 2.0)
	{
		TcsLooks	planned = {0.05, 1.0};
		TcsLooks	looks = {0.05, share};
		TcsLooks	more = {0.05, share * 1.1};

		CHECK(tcs_anytime_quantile(&planned, 0.05) <= tcs_anytime_quantile(&looks, 0.05) * (1.0 + 1e-3), "%g", share);
		CHECK(tcs_anytime_quantile(&looks, 0.05) / sqrt(share) > tcs_anytime_quantile(&more, 0.05) / sqrt(share * 1.1), "%g", share);
	}
}

/* One more look at two arms: is it an alarm? */
static bool
looks_alarm(double p, double n, double planned, bool *once)
{
	TcsLooks	looks = {0.05, n / planned};
	double		z = fmax(tcs_normal_quantile(0.5 * fmax(p, 1e-300)), 0.0);

	*once |= p < 0.05;
	return tcs_anytime_p(&looks, z) < 0.05;
}

/* Shares, at few and at many successes, in arms of one size and of nine to one. */
static void
test_shares(double chance, double most1, double most0)
{
	int			alarms = 0;
	int			seen = 0;

	for (int run = 0; run < RUNS; run++)
	{
		TcsTwoShares shares = {0.0, 0.0, 0.0, 0.0};
		bool		alarm = false;
		bool		once = false;

		for (int look = 0; look < LOOKS; look++)
		{
			for (int i = 0; i < most1; i++)
				shares.successes1 += uniform() < chance;
			for (int i = 0; i < most0; i++)
				shares.successes0 += uniform() < chance;
			shares.n1 += most1;
			shares.n0 += most0;
			alarm |= looks_alarm(tcs_shares_test(&shares), shares.n1 + shares.n0, LOOKS * (most1 + most0), &once);
		}
		alarms += alarm;
		seen += once;
	}
	printf("shares of %g, %g and %g a look: %.4f, of single looks %.4f\n", chance, most1, most0, alarms / (double) RUNS, seen / (double) RUNS);
	CHECK(alarms <= 0.05 * RUNS, "%g: %d", chance, alarms);
	CHECK(seen > 0.05 * RUNS, "%g: %d", chance, seen);
}

/* Amounts that are far from normal: the exponential of a normal, or nothing. */
static void
test_means(double spread, double buys, double planned)
{
	int			alarms = 0;
	int			seen = 0;

	for (int run = 0; run < RUNS; run++)
	{
		TcsMoments	arm[2];
		bool		alarm = false;
		bool		once = false;

		memset(arm, 0, sizeof(arm));
		for (int look = 0; look < LOOKS; look++)
		{
			TcsTwoMeans means;

			for (int i = 0; i < 20; i++)
			{
				double		u = 1.0 - uniform();
				double		amount = exp(spread * sqrt(-2.0 * log(u)) * cos(6.283185307179586 * uniform()));

				tcs_moments_add(&arm[i % 2], buys == 1.0 || uniform() < buys ? amount : 0.0);
			}
			tcs_two_means(&means, &arm[1], &arm[0]);
			if (means.error1 + means.error0 > 0.0)
				alarm |= looks_alarm(tcs_welch_test(&means), arm[0].n + arm[1].n, planned, &once);
		}
		alarms += alarm;
		seen += once;
	}
	printf("amounts of spread %g, of %g, planned %g: %.4f, of single looks %.4f\n", spread, buys, planned, alarms / (double) RUNS, seen / (double) RUNS);
	CHECK(alarms <= 0.05 * RUNS, "%g: %d", spread, alarms);
	CHECK(seen > 0.05 * RUNS, "%g: %d", spread, seen);
}

int
main(void)
{
	test_formulas();
	test_shares(0.05, 10.0, 10.0);
	test_shares(0.3, 2.0, 18.0);
	test_means(1.0, 1.0, 2000.0);
	test_means(1.0, 0.2, 500.0);
	return report();
}
