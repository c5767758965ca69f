/*
 * test_adjusted.c
 *		Means adjusted by a covariate against least squares of statsmodels.
 */
#include "harness.h"

#include "adjusted_reference.h"
#include "math/two_means.h"

typedef struct Arms
{
	TcsMoments	outcomes[2];
	TcsRatioMoments pairs[2];
} Arms;

#define NO_ROWS {.outcomes = {{.n = 0.0}}}

static void
arms_add(Arms *arms, int arm, double outcome, double covariate)
{
	tcs_moments_add(&arms->outcomes[arm], outcome);
	if (!isnan(covariate))
		tcs_ratio_moments_add(&arms->pairs[arm], outcome, covariate);
}

static TcsTwoMeans
arms_compare(const Arms *arms)
{
	TcsTwoMeans means;

	tcs_two_adjusted(&means, &arms->outcomes[1], &arms->pairs[1], &arms->outcomes[0], &arms->pairs[0]);
	return means;
}

static void
test_regression(void)
{
	for (size_t i = 0; i < LENGTH(adjusted_reference); i++)
	{
		const double *wanted = adjusted_reference[i].result;
		Arms		arms = NO_ROWS;
		TcsTwoMeans means;

		for (size_t j = 0; j < adjusted_reference[i].count; j++)
		{
			const double *row = adjusted_reference[i].data[j];

			arms_add(&arms, (int) row[0], row[1], row[2]);
		}
		means = arms_compare(&arms);
		CHECK(fabs(means.difference - wanted[0]) <= 1e-10 * (fabs(wanted[0]) + wanted[2]), "%zu: %.17g, not %.17g", i, means.difference, wanted[0]);
		CHECK(close_to(means.mean1, wanted[1], 1e-10), "%zu: %.17g, not %.17g", i, means.mean1, wanted[1]);
		CHECK(close_to(means.mean0, wanted[3], 1e-10), "%zu: %.17g, not %.17g", i, means.mean0, wanted[3]);
		CHECK(close_to(sqrt(means.error1), wanted[2], 1e-10), "%zu: %.17g, not %.17g", i, sqrt(means.error1), wanted[2]);
		CHECK(close_to(sqrt(means.error0), wanted[4], 1e-10), "%zu: %.17g, not %.17g", i, sqrt(means.error0), wanted[4]);
	}
}

/* Far from 0 digits are kept; what does not vary or is not known changes nothing. */
static void
test_ends(void)
{
	const double *row;
	double		far = 1099511627776.0;
	Arms		plain = NO_ROWS;
	Arms		moved = NO_ROWS;
	Arms		equal = NO_ROWS;
	Arms		some = NO_ROWS;
	TcsTwoMeans one;
	TcsTwoMeans other;

	for (size_t j = 0; j < adjusted_reference[0].count; j++)
	{
		double		outcome;
		double		covariate;

		row = adjusted_reference[0].data[j];
		/* such that both are exact when moved */
		outcome = ldexp(rint(ldexp(row[1], 8)), -8);
		covariate = ldexp(rint(ldexp(row[2], 8)), -8);
		arms_add(&plain, (int) row[0], outcome, covariate);
		arms_add(&moved, (int) row[0], outcome + far, covariate - far);
		arms_add(&equal, (int) row[0], outcome, 0.1);
		arms_add(&some, (int) row[0], outcome, j % 3 == 0 ? NAN : 0.1);
	}
	one = arms_compare(&plain);
	other = arms_compare(&moved);
	CHECK(close_to(other.difference, one.difference, 1e-10), "%.17g, not %.17g", other.difference, one.difference);
	CHECK(close_to(other.error1, one.error1, 1e-10), "%.17g, not %.17g", other.error1, one.error1);
	CHECK(close_to(other.error0, one.error0, 1e-10), "%.17g, not %.17g", other.error0, one.error0);
	tcs_two_means(&one, &equal.outcomes[1], &equal.outcomes[0]);
	other = arms_compare(&equal);
	CHECK(close_to(other.difference, one.difference, 1e-14) && close_to(other.error1, one.error1, 1e-14) && close_to(other.df, one.df, 1e-14), "%.17g", other.df);
	other = arms_compare(&some);
	CHECK(close_to(other.difference, one.difference, 1e-14) && close_to(other.error1, one.error1, 1e-14) && close_to(other.df, one.df, 1e-14), "%.17g", other.df);
	/* who is not known counts as the mean */
	{
		Arms		missing = NO_ROWS;
		Arms		filled = NO_ROWS;

		TcsSum		sum;

		for (size_t j = 0; j < adjusted_reference[0].count; j++)
		{
			row = adjusted_reference[0].data[j];
			arms_add(&missing, (int) row[0], row[1], j % 4 == 0 ? NAN : row[2]);
		}
		sum = missing.pairs[0].under;
		tcs_sum_merge(&sum, &missing.pairs[1].under);
		for (size_t j = 0; j < adjusted_reference[0].count; j++)
		{
			row = adjusted_reference[0].data[j];
			arms_add(&filled, (int) row[0], row[1], j % 4 == 0 ? tcs_sum_value(&sum) / (missing.pairs[0].n + missing.pairs[1].n) : row[2]);
		}
		one = arms_compare(&filled);
		other = arms_compare(&missing);
		CHECK(close_to(other.difference, one.difference, 1e-12) && close_to(other.error1, one.error1, 1e-12) && close_to(other.error0, one.error0, 1e-12), "%.17g, not %.17g", other.difference, one.difference);
	}
	/* a line that tells all leaves no error; two points are none */
	{
		Arms		line = NO_ROWS;
		Arms		few = NO_ROWS;

		for (int j = 0; j < 10; j++)
			arms_add(&line, j % 2, 3.0 + 0.1 * j, 0.7 * j);
		one = arms_compare(&line);
		CHECK(one.error1 == 0.0 && one.error0 == 0.0, "%g %g", one.error1, one.error0);
		for (int j = 0; j < 4; j++)
			arms_add(&few, j % 2, j * j, j);
		one = arms_compare(&few);
		CHECK(one.difference == 3.0 && one.error1 > 0.0 && isfinite(one.df), "%g", one.difference);
	}
}

int
main(void)
{
	test_regression();
	test_ends();
	return report();
}
