/*
 * two_means.c
 *		Two means that were measured, and how they differ.
 */
#include "math/two_means.h"

#include <math.h>

#include "numerics/student.h"

/* What is left of sums of squares that cancel, of these. */
#define SAME	1e-13

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
means_df(const TcsTwoMeans *means, double n1, double n0)
{
	double		share = means->error1 / (means->error1 + means->error0);

	return 1.0 / (share * share / (n1 - 1.0) + (1.0 - share) * (1.0 - share) / (n0 - 1.0));
}

void
tcs_two_means(TcsTwoMeans *means, const TcsMoments *one, const TcsMoments *other)
{
	means->mean1 = tcs_moments_mean(one);
	means->mean0 = tcs_moments_mean(other);
	means->difference = tcs_moments_difference(one, other);
	means->error1 = tcs_moments_variance(one) / one->n;
	means->error0 = tcs_moments_variance(other) / other->n;
	means->df = means_df(means, one->n, other->n);
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
	means->df = means_df(means, one->n, other->n);
}

static double
means_quantile(const TcsTwoMeans *means, double confidence)
{
	return tcs_student_quantile(0.5 * (1.0 - confidence), means->df);
}

TcsInterval
tcs_welch(const TcsTwoMeans *means, double confidence)
{
	double		reach = means_quantile(means, confidence) * sqrt(means->error1 + means->error0);
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
tcs_fieller(const TcsTwoMeans *means, double confidence)
{
	double		t = means_quantile(means, confidence) / fabs(means->mean0);
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
