/*
 * two_shares.h
 *		Two shares that were counted, and how they differ.
 *
 * Plain C, no allocation.  z is the normal quantile of the confidence.
 */
#ifndef TCS_TWO_SHARES_H
#define TCS_TWO_SHARES_H

#include "math/proportions.h"

/*
 * Each of customers of its own: successes1 / n1 and successes0 / n0.  Whole
 * numbers, n above 0.
 */
typedef struct TcsTwoShares
{
	double		successes1;
	double		n1;
	double		successes0;
	double		n0;
} TcsTwoShares;

/* The first less the second: the score interval of Mee, 1984. */
extern TcsInterval tcs_mee(const TcsTwoShares *shares, double z);

/*
 * The first over the second: the score interval of Koopman, 1984.  successes0
 * is above 0.
 */
extern TcsInterval tcs_koopman(const TcsTwoShares *shares, double z);

/*
 * The chance of a difference that great where there is none, by the score
 * test, which is that of Pearson's chi squared; 1 where all or none succeed.
 * Both intervals leave out "no difference" where it is below that of z.
 */
extern double tcs_score_test(const TcsTwoShares *shares);

/*
 * The same, right at small counts, too: where fewer than 50 successes or
 * failures are expected in an arm, p is that of Fisher's exact test, if that is
 * more.
 */
extern double tcs_shares_test(const TcsTwoShares *shares);

typedef struct TcsSharesEffect
{
	TcsInterval difference;
	TcsInterval ratio;			/* NaN where successes0 is 0 */
	double		p;
} TcsSharesEffect;

/*
 * That test and its intervals: the quantile of the intervals is raised by what
 * the score statistic is above the normal quantile of an exact p.  So p is below
 * that of z where the intervals leave out "no difference", and nowhere else,
 * and a false alarm is no likelier than that.
 */
extern void tcs_compare_shares(const TcsTwoShares *shares, double z, TcsSharesEffect *effect);

#endif							/* TCS_TWO_SHARES_H */
