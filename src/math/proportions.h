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

/* Two shares, each of customers of its own: successes1 / n1 and successes0 / n0. */
typedef struct TcsTwoShares
{
	double		successes1;
	double		n1;
	double		successes0;
	double		n0;
} TcsTwoShares;

/* The first less the second: the hybrid of Newcombe, 1998 (his method 10). */
extern TcsInterval tcs_newcombe(const TcsTwoShares *shares, double z);

/*
 * The first over the second: the score interval of Koopman, 1984.  It holds 1
 * where the score test does not tell them apart.  successes0 is above 0.
 */
extern TcsInterval tcs_koopman(const TcsTwoShares *shares, double z);

/*
 * The chance of a difference that great where there is none, by the score
 * test, which is that of Pearson's chi squared; NaN where all or none succeed.
 */
extern double tcs_score_test(const TcsTwoShares *shares);

#endif							/* TCS_PROPORTIONS_H */
