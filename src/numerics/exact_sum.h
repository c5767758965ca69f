/*
 * exact_sum.h
 *		Sums of doubles in which the order of the terms does not show.
 *
 * A sum is kept as three doubles: the running sum, the sum of the rounding
 * errors of the first, and the sum of the rounding errors of the second (the
 * cascade of Klein, 2006, on Knuth's error-free addition).  That is about 159
 * bits: the sum of amounts that lie within a factor of 2^50 of each other is
 * held without loss, so serial, parallel and shuffled runs agree to the last
 * bit.  Plain C, no allocation.  Needs arithmetic that does not reassociate.
 */
#ifndef TCS_EXACT_SUM_H
#define TCS_EXACT_SUM_H

#include <float.h>
#include <math.h>

#if defined(__FAST_MATH__) || (FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16)
#error "exact sums need IEEE double arithmetic as written"
#endif

typedef struct TcsSum
{
	double		high;
	double		middle;
	double		low;
} TcsSum;

/* *sum + *error = a + b, exactly */
static inline void
tcs_two_sum(double a, double b, double *sum, double *error)
{
	double		s = a + b;
	double		t = s - a;

	*error = (a - (s - t)) + (b - t);
	*sum = s;
}

static inline void
tcs_sum_add(TcsSum *sum, double value)
{
	double		error;

	tcs_two_sum(sum->high, value, &sum->high, &error);
	tcs_two_sum(sum->middle, error, &sum->middle, &error);
	sum->low += error;
}

/* add high + low, where low is small against high */
static inline void
tcs_sum_add_pair(TcsSum *sum, double high, double low)
{
	double		error;

	tcs_sum_add(sum, high);
	tcs_two_sum(sum->middle, low, &sum->middle, &error);
	sum->low += error;
}

/* add a * b, without loss */
static inline void
tcs_sum_add_product(TcsSum *sum, double a, double b)
{
	double		product = a * b;

	tcs_sum_add_pair(sum, product, fma(a, b, -product));
}

static inline void
tcs_sum_merge(TcsSum *into, const TcsSum *from)
{
	tcs_sum_add(into, from->high);
	tcs_sum_add(into, from->middle);
	tcs_sum_add(into, from->low);
}

/*
 * The sum, rounded once; infinite or NaN where a partial sum left the range
 * of double.
 */
static inline double
tcs_sum_value(const TcsSum *sum)
{
	double		high = sum->high;
	double		middle,
				low,
				twice,
				up;

	/* bring the parts into falling order, none overlapping the next */
	tcs_two_sum(sum->middle, sum->low, &middle, &low);
	tcs_two_sum(high, middle, &high, &middle);
	tcs_two_sum(middle, low, &middle, &low);
	tcs_two_sum(high, middle, &high, &middle);

	/* a tie that the last part breaks */
	twice = middle * 2.0;
	up = high + twice;
	if (((middle > 0.0 && low > 0.0) || (middle < 0.0 && low < 0.0)) &&
		up - high == twice)
		return up;
	return high;
}

#endif							/* TCS_EXACT_SUM_H */
