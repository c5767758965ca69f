/*
 * two_means.h
 *		Two means that were measured, and how they differ.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_TWO_MEANS_H
#define TCS_TWO_MEANS_H

#include "numerics/exact_sum.h"
#include "math/proportions.h"

/* What is kept of the values of one arm, such that their order does not show. */
typedef struct TcsMoments
{
	double		n;
	TcsSum		sum;
	TcsSum		squares;
	double		least;
	double		greatest;
} TcsMoments;

extern void tcs_moments_add(TcsMoments *moments, double value);
extern void tcs_moments_merge(TcsMoments *into, const TcsMoments *from);

/* n is above 0 */
extern double tcs_moments_mean(const TcsMoments *moments);

/*
 * The variance of the values in the population; n is above 1.  Infinite where
 * its computation leaves the range of double.
 */
extern double tcs_moments_variance(const TcsMoments *moments);

/* The mean of one less that of the other, rounded once; both n are above 0. */
extern double tcs_moments_difference(const TcsMoments *one, const TcsMoments *other);

/* The same of pairs of which the sums are divided: amounts and orders, clicks and visits. */
typedef struct TcsRatioMoments
{
	double		n;
	TcsSum		over;
	TcsSum		under;
	TcsSum		over_squares;
	TcsSum		under_squares;
	TcsSum		products;
} TcsRatioMoments;

extern void tcs_ratio_moments_add(TcsRatioMoments *moments, double over, double under);
extern void tcs_ratio_moments_merge(TcsRatioMoments *into, const TcsRatioMoments *from);

/* sum of over / sum of under */
extern double tcs_ratio_moments_ratio(const TcsRatioMoments *moments);

typedef struct TcsTwoMeans
{
	double		mean1;
	double		mean0;
	double		difference;		/* of the means */
	double		error1;			/* variance of the mean */
	double		error0;
	double		df;				/* degrees of freedom, by Welch, 1947 */
} TcsTwoMeans;

/* both variances are not 0, and n above 1 */
extern void tcs_two_means(TcsTwoMeans *means, const TcsMoments *one, const TcsMoments *other);

/*
 * The same of two ratios of sums, whose errors are those of the delta method:
 * the customers vary, and not their rows.  n is above 1 and the sums of under
 * above 0; both errors are 0 where nothing varies.
 */
extern void tcs_two_ratios(TcsTwoMeans *means, const TcsRatioMoments *one, const TcsRatioMoments *other);

/*
 * The same of means that are adjusted by a covariate, which was known of each
 * customer before: in each arm by a line of its own, to the covariate's mean
 * over both arms (Lin, 2013).  The pairs are those of outcome and covariate,
 * outcome first, of whom it is known; whose is not counts as if it were the
 * mean.  The errors are those of least squares in each arm.  n is above 1 in
 * both arms and there is a pair; both errors are 0 where nothing varies.
 */
extern void tcs_two_adjusted(TcsTwoMeans *means, const TcsMoments *one, const TcsRatioMoments *pairs1,
							 const TcsMoments *other, const TcsRatioMoments *pairs0);

/* of the difference; tail is the chance of what lies beyond each limit */
extern TcsInterval tcs_welch(const TcsTwoMeans *means, double tail);

/* mean1 / mean0, by Fieller, 1954; NaN where it has no limits.  mean0 is not 0. */
extern TcsInterval tcs_fieller(const TcsTwoMeans *means, double tail);

/* the chance of a difference that great where there is none */
extern double tcs_welch_test(const TcsTwoMeans *means);

#endif							/* TCS_TWO_MEANS_H */
