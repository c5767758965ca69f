/*
 * test_return_rate.c
 *		How much is sent back: what a population was made with, what the order
 *		of customers may not change, and anything that a double can be.
 */
#include "math/return_rate.h"

#include "harness.h"

/* A number between 0 and 1. */
static double
next_number(void)
{
	return ((random_bits() >> 11) + 0.5) / 9007199254740992.0;
}

/* A Beta distributed number, by the orders of seven uniform ones. */
static double
next_beta(int place)
{
	double		number[7];

	for (int i = 0; i < 7; i++)
	{
		double		one = next_number();
		int			j = i;

		for (; j > 0 && number[j - 1] > one; j--)
			number[j] = number[j - 1];
		number[j] = one;
	}
	return number[place];
}

/*
 * Customers with 1 to 12 purchases of the same value, each sent back with the
 * customer's chance, which is Beta(3, 5) distributed: the rate is 3 / 8, and
 * counts like 8 purchases.  In part: the share of a purchase is the chance.
 */
static void
test_population(void)
{
	TcsReturns	whole = {0};
	TcsReturns	part = {0};
	TcsReturns	alike = {0};
	TcsReturnRate rate;

	for (int i = 0; i < 200000; i++)
	{
		double		chance = next_beta(2);
		int			n = 1 + (int) (12 * next_number());
		int			back = 0;
		int			back_alike = 0;

		for (int j = 0; j < n; j++)
		{
			back += next_number() < chance;
			back_alike += next_number() < 0.375;
		}
		tcs_returns_add(&whole, n, 10.0 * n, 10.0 * back);
		tcs_returns_add(&part, n, 10.0 * n, 10.0 * n * chance);
		tcs_returns_add(&alike, n, 10.0 * n, 10.0 * back_alike);
	}
	rate = tcs_returns_rate(&whole);
	CHECK(close_to(rate.rate, 0.375, 0.01) && close_to(rate.prior, 8.0, 0.05), "%g %g", rate.rate, rate.prior);
	rate = tcs_returns_rate(&part);
	CHECK(close_to(rate.rate, 0.375, 0.01) && rate.prior == TCS_RETURN_PRIOR_LEAST, "%g %g", rate.rate, rate.prior);
	rate = tcs_returns_rate(&alike);
	CHECK(close_to(rate.rate, 0.375, 0.01) && rate.prior == TCS_RETURN_PRIOR_MOST, "%g %g", rate.rate, rate.prior);
}

/* With as many purchases each: 3 of 4 customers keep 2, the fourth none. */
static void
test_equal_counts(void)
{
	TcsReturns	returns = {0};
	TcsReturnRate rate;

	for (int i = 0; i < 400; i++)
		tcs_returns_add(&returns, 2, 50.0, i % 4 == 0 ? 50.0 : 0.0);
	rate = tcs_returns_rate(&returns);

	/*
	 * variance 3/16 = between + within / 2, of which within = 3/16 - between:
	 * all between
	 */
	CHECK(rate.rate == 0.25 && rate.prior == TCS_RETURN_PRIOR_LEAST, "%g %g", rate.rate, rate.prior);
	CHECK(close_to(tcs_return_expected(&rate, 2, 1.0), (0.5 * 0.25 + 2) / 2.5, 1e-15), "expected");
	CHECK(tcs_return_expected(&rate, 0, 0.0) == 0.25, "nothing known");
}

static void
test_order(void)
{
	TcsReturns	returns[4] = {{0}};
	TcsReturnRate rate[2];

	for (int i = 0; i < 5000; i++)
	{
		int			j = 4999 - i;

		tcs_returns_add(&returns[0], 1 + i % 7, 0.1 * (1 + i), 0.01 * (i % 31));
		tcs_returns_add(&returns[1 + j % 3], 1 + j % 7, 0.1 * (1 + j), 0.01 * (j % 31));
	}
	tcs_returns_merge(&returns[3], &returns[1]);
	tcs_returns_merge(&returns[3], &returns[2]);
	rate[0] = tcs_returns_rate(&returns[0]);
	rate[1] = tcs_returns_rate(&returns[3]);
	CHECK(rate[0].rate == rate[1].rate && rate[0].prior == rate[1].prior && rate[0].rate > 0.0,
		  "%.17g %.17g, %.17g %.17g", rate[0].rate, rate[1].rate, rate[0].prior, rate[1].prior);
}

/* Whatever the amounts, the rate is one, and so is what is expected. */
static void
test_anything(void)
{
	static const double amount[] = {5e-324, 1e-300, 1e-9, 0.01, 1.0, 1e9, 1e300, DBL_MAX};
	static const double count[] = {1, 2, 3, 1e6, 2147483648.0};

	for (size_t i = 0; i < LENGTH(amount); i++)
		for (size_t j = 0; j <= LENGTH(amount); j++)
			for (size_t k = 0; k < LENGTH(count); k++)
			{
				double		refunds = j < LENGTH(amount) ? amount[j] : 0.0;
				TcsReturns	returns = {0};
				TcsReturnRate rate;
				double		expected;

				tcs_returns_add(&returns, count[k], amount[i], refunds);
				tcs_returns_add(&returns, 1, amount[i] / 2.0, 0.0);
				rate = tcs_returns_rate(&returns);
				expected = tcs_return_expected(&rate, count[k], tcs_return_share(amount[i], refunds));
				CHECK(rate.rate >= 0.0 && rate.rate <= 1.0 && rate.prior >= TCS_RETURN_PRIOR_LEAST &&
					  rate.prior <= TCS_RETURN_PRIOR_MOST && expected >= 0.0 && expected <= 1.0,
					  "%g %g %g: %g %g %g", amount[i], refunds, count[k], rate.rate, rate.prior, expected);
			}
	{
		TcsReturns	none = {0};

		CHECK(tcs_returns_rate(&none).rate == 0.0, "nobody");
	}
}

/* The same of shops with customers of any amounts, small and large ones alike. */
static void
test_anywhere(void)
{
	for (int i = 0; i < 3000; i++)
	{
		int			customers = 1 + (int) (random_bits() % 20);
		TcsReturns	returns = {0};
		TcsReturnRate rate;

		for (int j = 0; j < customers; j++)
			tcs_returns_add(&returns, 1.0 + (double) (random_bits() % (j % 3 == 0 ? 5 : UINT64_C(2147483647))),
							random_positive(), random_bits() % 3 == 0 ? 0.0 : random_positive());
		rate = tcs_returns_rate(&returns);
		CHECK(rate.rate >= 0.0 && rate.rate <= 1.0 && rate.prior >= TCS_RETURN_PRIOR_LEAST &&
			  rate.prior <= TCS_RETURN_PRIOR_MOST, "%d: %g %g", i, rate.rate, rate.prior);
		for (int j = 0; j < 5; j++)
		{
			double		n = j == 0 ? 0.0 : 1.0 + (double) (random_bits() % 1000);
			double		share = tcs_return_share(random_positive(), random_positive());
			double		expected = tcs_return_expected(&rate, n, share);

			CHECK(share >= 0.0 && share <= 1.0, "%d: %g", i, share);
			CHECK(expected >= 0.0 && expected <= 1.0, "%d: %g", i, expected);
		}
	}
}

int
main(void)
{
	test_population();
	test_equal_counts();
	test_order();
	test_anything();
	test_anywhere();
	return report();
}
