/*
 * test_lift.c
 *		Intervals of ratios and of lifts against high precision, a published one,
 *		and what must hold of any.
 */
#include "math/lift.h"

#include "harness.h"
#include "lift_reference.h"

/* up to a limit, small ones as often as large ones */
static double
random_count(double most)
{
	return floor(exp(uniform() * log(most + 1.0))) - (random_bits() % 2 ? 1.0 : 0.0);
}

/* The statistic is flat near its edge where shares are extreme: 1e-9. */
static int
is_near(double value, double expected)
{
	return value == expected || fabs(value - expected) <= 1e-9 * fabs(expected);
}

static void
test_ratios(void)
{
	for (size_t i = 0; i < LENGTH(ratios); i++)
	{
		const double *r = ratios[i];
		double		low;
		double		high;

		tcs_ratio_interval(r[0], r[1], r[2], r[3], &low, &high);
		CHECK(is_near(low, r[4]), "%g of %g, %g of %g: %.17g for %.17g", r[0], r[1], r[2], r[3], low, r[4]);
		CHECK(is_near(high, r[5]), "%g of %g, %g of %g: %.17g for %.17g", r[0], r[1], r[2], r[3], high, r[5]);
	}
}

/* Koopman, 1984, gives 2.94 to 7.15 for 36 of 40 against 16 of 80. */
static void
test_published(void)
{
	double		low;
	double		high;

	tcs_ratio_interval(36, 40, 16, 80, &low, &high);
	CHECK(fabs(low - 2.94) < 0.005 && fabs(high - 7.15) < 0.005, "%g %g", low, high);
}

static void
test_any(void)
{
	for (int i = 0; i < 20000; i++)
	{
		double		all_n = fmax(random_count(1e9), 2);
		double		n = fmin(fmax(random_count(all_n), 1), all_n - 1);
		double		all_a = fmax(random_count(all_n), 1);
		double		a = fmin(fmax(random_count(fmin(n, all_a)), all_a - (all_n - n)), fmin(n, all_a));
		double		lift = a / n / (all_a / all_n);
		double		low;
		double		high;
		double		other_low;
		double		other_high;

		a = fmax(a, 0);
		lift = a / n / (all_a / all_n);
		tcs_lift_interval(a, n, all_a, all_n, &low, &high);
		CHECK(low >= 0 && low <= lift * (1 + 1e-9) && high >= lift * (1 - 1e-9) && high <= all_n / n * (1 + 1e-12),
			  "%g of %g in %g of %g: %g to %g", a, n, all_a, all_n, low, high);
		CHECK((low == 0) == (a == 0), "%g of %g in %g of %g: %g", a, n, all_a, all_n, low);

		/* a ratio the other way round has the interval the other way round */
		tcs_ratio_interval(a, n, all_a - a, all_n - n, &low, &high);
		tcs_ratio_interval(all_a - a, all_n - n, a, n, &other_low, &other_high);
		CHECK(fabs(low * other_high - 1) < 1e-6 || low == 0, "%g %g", low, other_high);
		CHECK(fabs(high * other_low - 1) < 1e-6 || other_low == 0, "%g %g", high, other_low);
	}
}

static void
test_none(void)
{
	static const double cases[][4] = {{0, 5, 0, 10}, {5, 10, 5, 10}, {0, 0, 5, 10}, {NAN, 5, 5, 10}};

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		double		low = 1;
		double		high = 1;

		tcs_lift_interval(cases[i][0], cases[i][1], cases[i][2], cases[i][3], &low, &high);
		CHECK(isnan(low) && isnan(high), "case %d: %g %g", (int) i, low, high);
	}
}

int
main(void)
{
	test_ratios();
	test_published();
	test_any();
	test_none();
	return report();
}
