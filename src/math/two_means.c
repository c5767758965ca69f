/*
 * two_means.c
 *		Two means that were measured, and how they differ.
 */
#include "math/two_means.h"

#include <math.h>

#include "numerics/student.h"

/* What is left of sums of squares that cancel, of these. */
#define SAME	1e-13

/*
 * Squares of covariates that vary by no more than rounding takes away: around
 * their own mean, against around that of both arms; against what they are.
 */
#define ALIKE	1e-12
#define ROUNDED 1e-30

void
tcs_moments_add(TcsMoments *moments, double value)
{
	if (moments->n == 0.0 || value < moments->least)
		moments->least = value;
	if (moments->n == 0.0 || value > moments->greatest)
		moments->greatest = value;
	moments->n += 1.0;
	tcs_sum_add(&moments->sum, value);
	tcs_sum_add_product(&moments->squares, value, value);
}

void
tcs_moments_merge(TcsMoments *into, const TcsMoments *from)
{
	if (from->n == 0.0)
		return;
	if (into->n == 0.0 || from->least < into->least)
		into->least = from->least;
	if (into->n == 0.0 || from->greatest > into->greatest)
		into->greatest = from->greatest;
	into->n += from->n;
	tcs_sum_merge(&into->sum, &from->sum);
	tcs_sum_merge(&into->squares, &from->squares);
}

double
tcs_moments_mean(const TcsMoments *moments)
{
	return tcs_sum_value(&moments->sum) / moments->n;
}

/* The parts of a sum such that none overlaps the next. */
static TcsSum
means_settled(const TcsSum *sum)
{
	TcsSum		parts = *sum;

	for (int i = 0; i < 2; i++)
	{
		tcs_two_sum(parts.middle, parts.low, &parts.middle, &parts.low);
		tcs_two_sum(parts.high, parts.middle, &parts.high, &parts.middle);
	}
	tcs_two_sum(parts.middle, parts.low, &parts.middle, &parts.low);
	return parts;
}

/*
 * n times the sum of squares less the square of the sum cancels where the
 * values are near to each other against what they are, and so is computed with
 * all digits of the sums.
 */
double
tcs_moments_variance(const TcsMoments *moments)
{
	double		n = moments->n;
	TcsSum		sum = means_settled(&moments->sum);
	TcsSum		squares = means_settled(&moments->squares);
	TcsSum		off = {0.0, 0.0, 0.0};
	double		value;

	if (moments->least == moments->greatest)
		return 0.0;
	tcs_sum_add_product(&off, n, squares.high);
	tcs_sum_add_product(&off, -sum.high, sum.high);
	tcs_sum_add_product(&off, n, squares.middle);
	tcs_sum_add_product(&off, -2.0 * sum.high, sum.middle);
	tcs_sum_add_product(&off, n, squares.low);
	tcs_sum_add_product(&off, -2.0 * sum.high, sum.low);
	tcs_sum_add_product(&off, -sum.middle, sum.middle);
	tcs_sum_add_product(&off, -2.0 * sum.middle, sum.low);
	value = tcs_sum_value(&off);
	/* infinity less infinity is no variance of 0 */
	return isfinite(value) ? fmax(value, 0.0) / n / (n - 1.0) : INFINITY;
}

/*
 * Means that are near to each other against what they are differ by what their
 * rounding would take away, and so the sums are subtracted.
 */
double
tcs_moments_difference(const TcsMoments *one, const TcsMoments *other)
{
	TcsSum		sum = means_settled(&one->sum);
	TcsSum		less = means_settled(&other->sum);
	TcsSum		off = {0.0, 0.0, 0.0};

	tcs_sum_add_product(&off, other->n, sum.high);
	tcs_sum_add_product(&off, -one->n, less.high);
	tcs_sum_add_product(&off, other->n, sum.middle);
	tcs_sum_add_product(&off, -one->n, less.middle);
	tcs_sum_add_product(&off, other->n, sum.low);
	tcs_sum_add_product(&off, -one->n, less.low);
	return tcs_sum_value(&off) / (one->n * other->n);
}

/* Degrees of freedom of the errors of two arms. */
static double
means_df(const TcsTwoMeans *means, double df1, double df0)
{
	double		share = means->error1 / (means->error1 + means->error0);

	return 1.0 / (share * share / df1 + (1.0 - share) * (1.0 - share) / df0);
}

void
tcs_two_means(TcsTwoMeans *means, const TcsMoments *one, const TcsMoments *other)
{
	means->mean1 = tcs_moments_mean(one);
	means->mean0 = tcs_moments_mean(other);
	means->difference = tcs_moments_difference(one, other);
	means->error1 = tcs_moments_variance(one) / one->n;
	means->error0 = tcs_moments_variance(other) / other->n;
	means->df = means_df(means, one->n - 1.0, other->n - 1.0);
}

void
tcs_ratio_moments_add(TcsRatioMoments *moments, double over, double under)
{
	moments->n += 1.0;
	tcs_sum_add(&moments->over, over);
	tcs_sum_add(&moments->under, under);
	tcs_sum_add_product(&moments->over_squares, over, over);
	tcs_sum_add_product(&moments->under_squares, under, under);
	tcs_sum_add_product(&moments->products, over, under);
}

void
tcs_ratio_moments_merge(TcsRatioMoments *into, const TcsRatioMoments *from)
{
	into->n += from->n;
	tcs_sum_merge(&into->over, &from->over);
	tcs_sum_merge(&into->under, &from->under);
	tcs_sum_merge(&into->over_squares, &from->over_squares);
	tcs_sum_merge(&into->under_squares, &from->under_squares);
	tcs_sum_merge(&into->products, &from->products);
}

/* Add n times a part, with all digits of the sum. */
static void
means_add_times(TcsSum *into, double n, const TcsSum *sum)
{
	TcsSum		parts = means_settled(sum);

	tcs_sum_add_product(into, n, parts.high);
	tcs_sum_add_product(into, n, parts.middle);
	tcs_sum_add_product(into, n, parts.low);
}

/* The sum of (a - from_a) * (b - from_b) over n pairs, by the sums of a, b and a * b. */
static double
sum_of_centred(double n, const TcsSum *a, double from_a, const TcsSum *b, double from_b, const TcsSum *products)
{
	TcsSum		sum = *products;
	double		times = n * from_a;

	means_add_times(&sum, -from_b, a);
	means_add_times(&sum, -from_a, b);
	tcs_sum_add_product(&sum, times, from_b);
	tcs_sum_add_product(&sum, fma(n, from_a, -times), from_b);
	return tcs_sum_value(&sum);
}

/* What a sum is more than n times a mean. */
static double
means_rest(const TcsSum *sum, double n, double mean)
{
	TcsSum		off = *sum;

	tcs_sum_add_product(&off, -n, mean);
	return tcs_sum_value(&off);
}

/*
 * One arm, whose covariates are compared with the mean of both arms, of which
 * mean_rest is what its rounding took away.  Outcomes and covariates are taken
 * from near their means, so that what is left keeps its digits.
 */
typedef struct AdjustedArm
{
	double		shift;			/* of the mean */
	double		error;			/* variance of the mean */
	double		df;
} AdjustedArm;

static AdjustedArm
arm_adjust(const TcsMoments *outcomes, const TcsRatioMoments *pairs, double mean, double mean_rest)
{
	AdjustedArm arm = {0.0, 0.0, outcomes->n - 1.0};
	double		n = outcomes->n;
	double		from = tcs_moments_mean(outcomes);
	double		squares = tcs_moments_variance(outcomes) * (n - 1.0);
	double		shift;
	double		around;
	double		varies;
	double		slope;
	double		rest;

	arm.error = squares / (n - 1.0) / n;
	shift = means_rest(&pairs->under, pairs->n, mean) / n;
	around = sum_of_centred(pairs->n, &pairs->under, mean, &pairs->under, mean, &pairs->under_squares);
	varies = around - n * shift * shift;

	/*
	 * a line through less than three points, or through equal covariates,
	 * says nothing
	 */
	if (n < 3.0 || !(varies > ALIKE * around && varies > ROUNDED * tcs_sum_value(&pairs->under_squares)))
		return arm;
	slope = (sum_of_centred(pairs->n, &pairs->over, from, &pairs->under, mean, &pairs->products) -
			 means_rest(&outcomes->sum, n, from) * shift) / varies;
	rest = squares - slope * slope * varies;
	if (rest < SAME * squares)
		rest = 0.0;
	shift -= mean_rest * (pairs->n / n);
	arm.shift = -slope * shift;
	arm.df = n - 2.0;
	arm.error = rest / arm.df * (1.0 / n + shift * shift / varies);
	return arm;
}

void
tcs_two_adjusted(TcsTwoMeans *means, const TcsMoments *one, const TcsRatioMoments *pairs1,
				 const TcsMoments *other, const TcsRatioMoments *pairs0)
{
	TcsSum		sum = pairs1->under;
	double		n = pairs1->n + pairs0->n;
	AdjustedArm arm1;
	AdjustedArm arm0;
	double		mean;
	double		rest;

	tcs_sum_merge(&sum, &pairs0->under);
	mean = tcs_sum_value(&sum) / n;
	rest = means_rest(&sum, n, mean) / n;
	arm1 = arm_adjust(one, pairs1, mean, rest);
	arm0 = arm_adjust(other, pairs0, mean, rest);
	means->mean1 = tcs_moments_mean(one) + arm1.shift;
	means->mean0 = tcs_moments_mean(other) + arm0.shift;
	means->difference = tcs_moments_difference(one, other) + (arm1.shift - arm0.shift);
	means->error1 = arm1.error;
	means->error0 = arm0.error;
	means->df = means_df(means, arm1.df, arm0.df);
}

double
tcs_ratio_moments_ratio(const TcsRatioMoments *moments)
{
	return tcs_sum_value(&moments->over) / tcs_sum_value(&moments->under);
}

/*
 * The variance of over - ratio * under, whose mean is 0, over the square of the
 * mean of under.  What is left of squares that cancel is no variance.
 */
static double
ratio_error(const TcsRatioMoments *moments)
{
	double		ratio = tcs_ratio_moments_ratio(moments);
	double		mean = tcs_sum_value(&moments->under) / moments->n;
	double		squares = tcs_sum_value(&moments->over_squares);
	TcsSum		off = {0.0, 0.0, 0.0};
	double		value;

	tcs_sum_add(&off, squares);
	tcs_sum_add_product(&off, -2.0 * ratio, tcs_sum_value(&moments->products));
	tcs_sum_add_product(&off, ratio * ratio, tcs_sum_value(&moments->under_squares));
	value = tcs_sum_value(&off);
	if (value < SAME * squares)
		return 0.0;
	return value / (moments->n - 1.0) / moments->n / (mean * mean);
}

void
tcs_two_ratios(TcsTwoMeans *means, const TcsRatioMoments *one, const TcsRatioMoments *other)
{
	means->mean1 = tcs_ratio_moments_ratio(one);
	means->mean0 = tcs_ratio_moments_ratio(other);
	means->difference = means->mean1 - means->mean0;
	means->error1 = ratio_error(one);
	means->error0 = ratio_error(other);
	means->df = means_df(means, one->n - 1.0, other->n - 1.0);
}

TcsInterval
tcs_welch(const TcsTwoMeans *means, double tail)
{
	double		reach = tcs_student_quantile(tail, means->df) * sqrt(means->error1 + means->error0);
	TcsInterval interval;

	interval.low = means->difference - reach;
	interval.high = means->difference + reach;
	return interval;
}

/*
 * All ratios r for which mean1 - r * mean0 is not told from 0 by the same
 * quantile: 1 is among them where the difference is not told from 0.
 */
TcsInterval
tcs_fieller(const TcsTwoMeans *means, double tail)
{
	double		t = tcs_student_quantile(tail, means->df) / fabs(means->mean0);
	double		rest = 1.0 - t * t * means->error0;
	double		ratio = means->mean1 / means->mean0;
	double		reach = t * sqrt(rest * means->error1 + ratio * ratio * means->error0);
	TcsInterval interval = {NAN, NAN};

	if (rest > 0.0)
	{
		interval.low = (ratio - reach) / rest;
		interval.high = (ratio + reach) / rest;
	}
	return interval;
}

double
tcs_welch_test(const TcsTwoMeans *means)
{
	double		t = fabs(means->difference) / sqrt(means->error1 + means->error0);

	return 2.0 * tcs_student_tail(t, means->df);
}
