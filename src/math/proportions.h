/*
 * proportions.h
 *		Intervals and a test for shares that were counted.
 *
 * Plain C, no allocation.  z is the normal quantile of the confidence; counts
 * are whole numbers, successes no more than n, and n above 0.
 */
#ifndef TCS_PROPORTIONS_H
#define TCS_PROPORTIONS_H

typedef struct TcsInterval
{
	double		low;
	double		high;
} TcsInterval;

/* A share: the score interval of Wilson, 1927. */
extern TcsInterval tcs_wilson(double successes, double n, double z);

/*
 * The share of one kind less the share of another among the same n, where each
 * is of one kind at most: the score interval of Tango, 1998.
 */
extern TcsInterval tcs_net_share(double plus, double minus, double n, double z);

/* A statistic that falls as its argument rises. */
typedef double (*TcsStatistic) (const void *counts, double at);

/* Where it is z; it is above that at low and below it at high. */
extern double tcs_bound_solve(TcsStatistic statistic, const void *counts, double z,
							  double low, double high);

#endif							/* TCS_PROPORTIONS_H */
