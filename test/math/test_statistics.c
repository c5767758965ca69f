/*
 * test_statistics.c
 *		Distributions, intervals, tests and sample sizes: against high precision,
 *		against published numbers, and against what must hold for any counts.
 */
#include "numerics/normal.h"
#include "math/exact_test.h"
#include "math/two_shares.h"
#include "math/sample_size.h"
#include "numerics/student.h"
#include "math/two_means.h"

#include "harness.h"
#include "statistics_reference.h"

static void
test_distributions(void)
{
	for (size_t i = 0; i < LENGTH(normals); i++)
	{
		double		z = tcs_normal_quantile(normals[i][0]);

		CHECK(fabs(z - normals[i][1]) < 4e-16 * fmax(1.0, normals[i][1]), "%g: %.17g, not %.17g", normals[i][0], z, normals[i][1]);
		CHECK(fabs(tcs_normal_quantile(1.0 - normals[i][0]) + z) < 1e-9 || normals[i][0] < 1e-9, "%g", normals[i][0]);
	}
	CHECK(tcs_normal_confidence(0.95) == tcs_normal_quantile(0.025), "%.17g", tcs_normal_quantile(0.025));
	CHECK(isnan(tcs_normal_quantile(-0.1)) && isnan(tcs_normal_quantile(NAN)) && isinf(tcs_normal_quantile(0.0)), "ends");

	for (size_t i = 0; i < LENGTH(student_tails); i++)
	{
		const double *row = student_tails[i];
		double		tail = tcs_student_tail(row[0], row[1]);

		/* a power that small keeps fewer digits */
		CHECK(close_to(tail, row[2], 2e-15 * (3.0 - log(row[2]))), "%g, df %g: %.17g, not %.17g, off by %g",
			  row[0], row[1], tail, row[2], tail / row[2] - 1.0);
		CHECK(fabs(tcs_student_tail(-row[0], row[1]) + tail - 1.0) < 1e-15, "%g, df %g", row[0], row[1]);
	}
	for (size_t i = 0; i < LENGTH(student_quantiles); i++)
	{
		const double *row = student_quantiles[i];
		double		t = tcs_student_quantile(row[0], row[1]);

		CHECK(close_to(t, row[2], 2e-14), "%g, df %g: %.17g, not %.17g, off by %g", row[0], row[1], t, row[2], t / row[2] - 1.0);
	}
	for (size_t i = 0; i < LENGTH(powers); i++)
	{
		const double *row = powers[i];
		double		power = tcs_student_power(row[0], row[1], row[2]);

		CHECK(close_to(power, row[3], 1e-13), "%g, df %g, shift %g: %.17g, not %.17g, off by %g",
			  row[0], row[1], row[2], power, row[3], power / row[3] - 1.0);
	}
	for (size_t i = 0; i < LENGTH(chi_squares); i++)
	{
		const double *row = chi_squares[i];
		double		tail = tcs_chi_square_tail(row[0], row[1]);

		CHECK(fabs(tail - row[2]) < 1e-12 * row[2] + DBL_MIN, "%g, df %g: %.17g, not %.17g, off by %g",
			  row[0], row[1], tail, row[2], tail / row[2] - 1.0);
	}
	CHECK(tcs_chi_square_tail(0.0, 3.0) == 1.0 && tcs_chi_square_tail(INFINITY, 3.0) == 0.0, "ends");
	CHECK(close_to(tcs_student_tail(1.96, INFINITY), tcs_normal_tail(1.96), 1e-15), "normal");
	CHECK(tcs_student_tail(INFINITY, 3.0) == 0.0, "infinite: %g", tcs_student_tail(INFINITY, 3.0));
}

/* Tables in any textbook: t at 0.025 and 0.005, chi squared at 0.05 and 0.001. */
static void
test_published(void)
{
	static const double t[][3] = {{1, 12.706, 63.657}, {2, 4.303, 9.925}, {5, 2.571, 4.032}, {10, 2.228, 3.169}, {30, 2.042, 2.750}, {120, 1.980, 2.617}};
	static const double chi[][3] = {{1, 3.841, 10.828}, {2, 5.991, 13.816}, {5, 11.070, 20.515}, {30, 43.773, 59.703}, {100, 124.342, 149.449}};

	/* Newcombe, 1998, for one share by Wilson's method */
	static const double wilson[][4] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0.0000, 0.1611}, {1, 29, 0.0061, 0.1718}};

	/* Newcombe, 1998, for two: his examples a and b by method 5 */
	static const double mee[][6] = {{56, 70, 48, 80, 0.0533, 0.3377}, {9, 10, 3, 10, 0.1821, 0.8370}};
	double		z = tcs_normal_confidence(0.95);
	TcsTwoShares koopman = {36, 40, 16, 80};
	TcsInterval interval = tcs_koopman(&koopman, z);

	for (size_t i = 0; i < LENGTH(t); i++)
		CHECK(fabs(tcs_student_quantile(0.025, t[i][0]) - t[i][1]) < 5.1e-4 &&
			  fabs(tcs_student_quantile(0.005, t[i][0]) - t[i][2]) < 5.1e-4, "t, df %g", t[i][0]);
	for (size_t i = 0; i < LENGTH(chi); i++)
		CHECK(fabs(tcs_chi_square_tail(chi[i][1], chi[i][0]) - 0.05) < 5e-5 &&
			  fabs(tcs_chi_square_tail(chi[i][2], chi[i][0]) - 0.001) < 1e-6, "chi squared, df %g", chi[i][0]);
	for (size_t i = 0; i < LENGTH(wilson); i++)
	{
		TcsInterval one = tcs_wilson(wilson[i][0], wilson[i][1], z);

		CHECK(fabs(one.low - wilson[i][2]) < 5.1e-5 && fabs(one.high - wilson[i][3]) < 5.1e-5, "Wilson %zu: %g %g", i, one.low, one.high);
	}
	for (size_t i = 0; i < LENGTH(mee); i++)
	{
		const double *row = mee[i];
		TcsTwoShares shares = {row[0], row[1], row[2], row[3]};
		TcsInterval two = tcs_mee(&shares, z);

		CHECK(fabs(two.low - row[4]) < 5.1e-5 && fabs(two.high - row[5]) < 5.1e-5, "Mee %zu: %g %g", i, two.low, two.high);
	}
	/* his example, 1984 */
	CHECK(fabs(interval.low - 2.94) < 0.0051 && fabs(interval.high - 7.15) < 0.0051, "Koopman: %g %g", interval.low, interval.high);
}

static void
test_intervals(void)
{
	for (size_t i = 0; i < LENGTH(wilsons); i++)
	{
		const double *row = wilsons[i];
		TcsInterval interval = tcs_wilson(row[0], row[1], row[2]);

		CHECK(close_to(interval.low, row[3], 2e-15) && close_to(interval.high, row[4], 1e-15) &&
			  fabs((1.0 - interval.high) - (1.0 - row[4])) < 3e-16, "%zu: %.17g %.17g, not %.17g %.17g",
			  i, interval.low, interval.high, row[3], row[4]);
	}
	for (size_t i = 0; i < LENGTH(net_shares); i++)
	{
		const double *row = net_shares[i];
		TcsInterval interval = tcs_net_share(row[0], row[1], row[2], row[3]);

		CHECK(fabs(interval.low - row[4]) < 2e-14 && fabs(interval.high - row[5]) < 2e-14, "%zu: %.17g %.17g, not %.17g %.17g",
			  i, interval.low, interval.high, row[4], row[5]);
	}
	for (size_t i = 0; i < LENGTH(two_shares); i++)
	{
		const double *row = two_shares[i];
		TcsTwoShares shares = {row[0], row[1], row[2], row[3]};
		TcsInterval difference = tcs_mee(&shares, row[4]);
		double		p = tcs_score_test(&shares);

		CHECK(fabs(difference.low - row[5]) < 2e-15 && fabs(difference.high - row[6]) < 2e-15, "%zu: %.17g %.17g, not %.17g %.17g",
			  i, difference.low, difference.high, row[5], row[6]);
		CHECK(close_to(p, row[7], 1e-11), "%zu: %.17g, not %.17g", i, p, row[7]);
		if (shares.successes0 > 0.0)
		{
			TcsInterval ratio = tcs_koopman(&shares, row[4]);

			CHECK(close_to(ratio.low, row[8], 1e-12) && close_to(ratio.high, row[9], 1e-12),
				  "%zu: %.17g %.17g, not %.17g %.17g", i, ratio.low, ratio.high, row[8], row[9]);
		}
	}
}

static void
test_counted_out(void)
{
	for (size_t i = 0; i < LENGTH(fishers); i++)
	{
		const double *row = fishers[i];
		double		p = tcs_fisher_test(row[0], row[1], row[2], row[3]);
		double		turned = tcs_fisher_test(row[2], row[3], row[0], row[1]);
		double		failures = tcs_fisher_test(row[1] - row[0], row[1], row[3] - row[2], row[3]);

		CHECK(close_to(p, row[4], 1e-12) && close_to(turned, row[4], 1e-12) && close_to(failures, row[4], 1e-12),
			  "%zu: %.17g %.17g %.17g, not %.17g", i, p, turned, failures, row[4]);
	}
	for (size_t i = 0; i < LENGTH(binomials); i++)
	{
		const double *row = binomials[i];
		double		p = tcs_binomial_test(row[0], row[1], row[2]);
		double		failures = tcs_binomial_test(row[1] - row[0], row[1], 1.0 - row[2]);

		CHECK(close_to(p, row[3], 1e-12) && close_to(failures, row[3], 1e-12), "%zu: %.17g %.17g, not %.17g", i, p, failures, row[3]);
	}
}

/*
 * Of n customers, a share of them in the first arm, some succeed, whatever arm
 * they are in: how often the test raises an alarm, by the chances of all ways
 * that they fall into the arms.  Test and intervals say the same of each.
 */
static void
test_false_alarms(void)
{
	static const double arms[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5};
	static const double sizes[] = {100, 400, 20000};
	static const double confidences[] = {0.9, 0.95, 0.99, 0.999};

	for (size_t i = 0; i < LENGTH(arms) * LENGTH(sizes) * LENGTH(confidences); i++)
		for (double x = 1.0; x <= 50.0; x += x < 10.0 ? 1.0 : 4.0)
		{
			double		n = sizes[i / LENGTH(arms) % LENGTH(sizes)];
			double		n1 = n * arms[i % LENGTH(arms)];
			double		confidence = confidences[i / LENGTH(arms) / LENGTH(sizes)];
			double		chance = 1.0;
			double		all = 0.0;
			double		alarms = 0.0;

			/*
			 * from nobody in the first arm on; none of these chances is out
			 * of range
			 */
			for (double k = 0.0; k <= fmin(x, n1); k += 1.0)
			{
				TcsTwoShares shares = {k, n1, x - k, n - n1};
				TcsSharesEffect effect;
				bool		alarm;

				tcs_compare_shares(&shares, tcs_normal_confidence(confidence), &effect);
				alarm = effect.p < (1.0 - confidence) * (1.0 - 1e-12);
				all += chance;
				alarms += alarm ? chance : 0.0;
				CHECK(alarm == (effect.difference.low > 0.0 || effect.difference.high < 0.0), "%g of %g, %g of %g, %g: p %.17g, %.17g %.17g",
					  k, n1, x - k, n - n1, confidence, effect.p, effect.difference.low, effect.difference.high);
				CHECK(x == k || alarm == (effect.ratio.low > 1.0 || effect.ratio.high < 1.0), "%g of %g, %g of %g, %g: p %.17g, %.17g %.17g",
					  k, n1, x - k, n - n1, confidence, effect.p, effect.ratio.low, effect.ratio.high);
				CHECK(effect.difference.low >= -1.0 && effect.difference.high <= 1.0, "%g of %g, %g of %g", k, n1, x - k, n - n1);
				chance *= (x - k) * (n1 - k) / ((k + 1.0) * (n - n1 - x + k + 1.0));
			}
			CHECK(alarms / all <= 1.0 - confidence, "%g of %g in an arm of %g, %g: %g", x, n, n1, confidence, alarms / all);
		}
}

static void
test_means(void)
{
	for (size_t i = 0; i < LENGTH(two_means); i++)
	{
		const double *row = two_means[i];
		TcsMoments	moments[2] = {0};
		TcsTwoMeans means;
		TcsInterval difference;
		TcsInterval ratio;

		for (int j = 0; j < 13; j++)
			tcs_moments_add(&moments[j >= 8], row[j]);
		tcs_two_means(&means, &moments[0], &moments[1]);
		difference = tcs_welch(&means, 0.5 * (1.0 - row[13]));
		ratio = tcs_fieller(&means, 0.5 * (1.0 - row[13]));
		CHECK(close_to(means.mean1, row[14], 2e-16) && close_to(means.mean0, row[15], 2e-16), "%zu: %.17g %.17g", i, means.mean1, means.mean0);
		CHECK(close_to(tcs_moments_variance(&moments[0]), row[16], 1e-15) && close_to(tcs_moments_variance(&moments[1]), row[17], 1e-15),
			  "%zu: %.17g %.17g", i, tcs_moments_variance(&moments[0]) / row[16] - 1.0, tcs_moments_variance(&moments[1]) / row[17] - 1.0);
		CHECK(close_to(means.df, row[18], 1e-14), "%zu: %.17g", i, means.df);
		CHECK(fabs(difference.low - row[19]) < 2e-14 * (row[20] - row[19]) && fabs(difference.high - row[20]) < 2e-14 * (row[20] - row[19]),
			  "%zu: %.17g %.17g, not %.17g %.17g", i, difference.low, difference.high, row[19], row[20]);
		CHECK(close_to(ratio.low, row[21], 1e-12) && close_to(ratio.high, row[22], 1e-12), "%zu: %.17g %.17g, not %.17g %.17g",
			  i, ratio.low, ratio.high, row[21], row[22]);
		CHECK(close_to(tcs_welch_test(&means), row[23], 1e-13), "%zu: %.17g, not %.17g", i, tcs_welch_test(&means), row[23]);
	}
}

/* The order of the values, and how they are split, do not show. */
static void
test_order(void)
{
	for (int i = 0; i < 300; i++)
	{
		double		values[50];
		double		level = i % 3 == 0 ? 0.0 : exp(18.0 * uniform());
		TcsMoments	all = {0};
		TcsMoments	parts[3] = {0};
		TcsMoments	merged = {0};
		double		variance;

		for (int j = 0; j < 50; j++)
			values[j] = level + (uniform() - 0.3) * exp(30.0 * uniform() - 15.0);
		for (int j = 0; j < 50; j++)
		{
			tcs_moments_add(&all, values[j]);
			tcs_moments_add(&parts[random_bits() % 3], values[49 - j]);
		}
		for (int j = 0; j < 3; j++)
			tcs_moments_merge(&merged, &parts[j]);
		variance = tcs_moments_variance(&all);
		CHECK(merged.n == 50.0 && tcs_moments_mean(&merged) == tcs_moments_mean(&all) &&
			  tcs_moments_variance(&merged) == variance, "%d: %.17g, %.17g", i, variance, tcs_moments_variance(&merged));
	}
}

static void
test_sizes(void)
{
	for (size_t i = 0; i < LENGTH(sizes); i++)
	{
		const double *row = sizes[i];
		TcsTrial	trial = {row[2], row[3], row[4]};

		CHECK(tcs_sample_size(row[0], row[1], &trial) == row[5], "%zu: %.17g, not %.17g", i, tcs_sample_size(row[0], row[1], &trial), row[5]);
	}
	for (size_t i = 0; i < LENGTH(sizes_of_means); i++)
	{
		const double *row = sizes_of_means[i];
		TcsTrial	trial = {row[1], row[2], row[3]};
		double		n = tcs_sample_size_mean(row[0], &trial);

		CHECK(n == row[4], "%zu: %.17g, not %.17g", i, n, row[4]);
		CHECK(tcs_sample_size_mean(-row[0], &trial) == n, "%zu", i);
	}

	/* R's examples for power.prop.test and power.t.test: 76.7 and 22.02 */
	{
		TcsTrial	trial = {0.9, 0.95, 1.0};

		CHECK(tcs_sample_size(0.5, 0.75, &trial) == 77.0, "power.prop.test");
		CHECK(tcs_sample_size_mean(1.0, &trial) == 23.0, "power.t.test");
	}

	/* where one way to compute it follows on the other */
	for (int i = 0; i < 40; i++)
	{
		TcsTrial	trial = {0.5 + 0.49 * uniform(), 0.8 + 0.19 * uniform(), exp(2.0 * uniform() - 1.0)};
		double		low = 0.0;
		double		high = 1.0;

		while (high - low > 1e-15)
		{
			double		middle = 0.5 * (low + high);

			if (tcs_sample_size_mean(middle, &trial) > 1e6)
				low = middle;
			else
				high = middle;
		}
		CHECK(tcs_sample_size_mean(low, &trial) - tcs_sample_size_mean(high, &trial) < 3.0, "%g", high);
	}
}

/* What must hold whatever the counts. */
/* 0 is outside where the test says so, unless it is a close call. */
static void
check_difference(const TcsTwoShares *shares, double z)
{
	double		difference = shares->successes1 / shares->n1 - shares->successes0 / shares->n0;
	double		p = tcs_score_test(shares);
	TcsInterval two = tcs_mee(shares, z);

	CHECK(two.low >= -1.0 && two.low <= difference && two.high >= difference && two.high <= 1.0, "%g %g", two.low, two.high);
	if (fabs(p - 2.0 * tcs_normal_tail(z)) > 1e-9 * p)
		CHECK((p < 2.0 * tcs_normal_tail(z)) == (two.low > 0.0 || two.high < 0.0), "%g of %g, %g of %g, %g: %g %g, %g",
			  shares->successes1, shares->n1, shares->successes0, shares->n0, z, two.low, two.high, p);
}

static void
test_any(void)
{
	for (int i = 0; i < 20000; i++)
	{
		double		n1 = 1.0 + floor(exp(30.0 * uniform()));
		double		n0 = 1.0 + floor(exp(30.0 * uniform()));
		double		z = tcs_normal_quantile(0.5 * exp(-30.0 * uniform() * uniform()));
		TcsTwoShares shares = {floor(uniform() * (n1 + 1.0)), n1, floor(exp(uniform() * log(n0 + 1.0))), n0};
		TcsTwoShares turned;
		TcsInterval one;
		TcsInterval two;
		TcsInterval other;
		double		p1;
		double		p0;
		double		p;

		if (i % 5 == 0)
			shares.successes1 = i % 2 == 0 ? 0.0 : n1;
		shares.successes0 = fmin(shares.successes0, n0);
		p1 = shares.successes1 / n1;
		p0 = shares.successes0 / n0;
		one = tcs_wilson(shares.successes1, n1, z);
		CHECK(one.low >= 0.0 && one.low <= p1 && one.high >= p1 && one.high <= 1.0, "%g of %g: %g %g", shares.successes1, n1, one.low, one.high);
		other = tcs_wilson(n1 - shares.successes1, n1, z);
		CHECK(fabs(one.low - (1.0 - other.high)) < 1e-15, "%g of %g: %.17g %.17g", shares.successes1, n1, one.low, 1.0 - other.high);
		p = tcs_score_test(&shares);
		CHECK(p >= 0.0 && p <= 1.0, "%g", p);
		check_difference(&shares, z);
		if (shares.successes0 > 0.0)
		{
			two = tcs_koopman(&shares, z);
			CHECK(two.low >= 0.0 && two.low <= p1 / p0 * (1.0 + 1e-12) && two.high >= p1 / p0 * (1.0 - 1e-12) && isfinite(two.high),
				  "%g of %g, %g of %g, %g: %g %g", shares.successes1, n1, shares.successes0, n0, z, two.low, two.high);
			/* 1 is outside where the test says so, unless it is a close call */
			if (fabs(p - 2.0 * tcs_normal_tail(z)) > 1e-9 * p)
				CHECK((p < 2.0 * tcs_normal_tail(z)) == (two.low > 1.0 || two.high < 1.0), "%g of %g, %g of %g, %g: %g %g, %g",
					  shares.successes1, n1, shares.successes0, n0, z, two.low, two.high, p);
			turned.successes1 = shares.successes0;
			turned.n1 = n0;
			turned.successes0 = shares.successes1;
			turned.n0 = n1;
			if (shares.successes1 > 0.0)
			{
				other = tcs_koopman(&turned, z);
				CHECK(close_to(1.0 / other.high, two.low, 1e-9) && close_to(1.0 / other.low, two.high, 1e-9),
					  "%g of %g, %g of %g, %g: %g %g, %g %g", shares.successes1, n1, shares.successes0, n0, z,
					  two.low, two.high, 1.0 / other.high, 1.0 / other.low);
			}
		}
		if (shares.successes1 + shares.successes0 <= n1)
		{
			double		net = (shares.successes1 - shares.successes0) / n1;

			one = tcs_net_share(shares.successes1, shares.successes0, n1, z);
			CHECK(one.low >= -1.0 && one.low <= net && one.high >= net && one.high <= 1.0, "%g %g of %g: %g %g",
				  shares.successes1, shares.successes0, n1, one.low, one.high);
			other = tcs_net_share(shares.successes0, shares.successes1, n1, z);
			CHECK(fabs(one.low + other.high) < 1e-14 && fabs(one.high + other.low) < 1e-14, "%g %g of %g: %g %g, %g %g",
				  shares.successes1, shares.successes0, n1, one.low, one.high, other.low, other.high);
		}
	}
	for (int i = 0; i < 20000; i++)
	{
		double		df = exp(45.0 * uniform() - 1.0);
		double		t = exp(60.0 * uniform() - 30.0);
		double		p = 0.5 * exp(-700.0 * uniform() * uniform());
		double		tail = tcs_student_tail(t, df);

		CHECK(tail >= 0.0 && tail <= 0.5 && tail >= tcs_normal_tail(t) * (1.0 - 1e-11), "%g, df %g: %g", t, df, tail);
		if (df >= 1.0)
		{
			t = tcs_student_quantile(p, df);
			CHECK(t > 0.0 && isfinite(t) && (p > 0.4999 || close_to(tcs_student_tail(t, df), p, 1e-11)), "%g, df %g: %g, %g",
				  p, df, t, tcs_student_tail(t, df) / p - 1.0);
		}
		tail = tcs_chi_square_tail(exp(60.0 * uniform() - 30.0), floor(1.0 + 1000.0 * uniform()));
		CHECK(tail >= 0.0 && tail <= 1.0 + 1e-12, "%g", tail);
	}
}

int
main(void)
{
	test_distributions();
	test_published();
	test_intervals();
	test_counted_out();
	test_false_alarms();
	test_means();
	test_order();
	test_sizes();
	test_any();
	return report();
}
