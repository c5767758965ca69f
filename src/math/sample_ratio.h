/*
 * sample_ratio.h
 *		Whether counts come by their shares.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_SAMPLE_RATIO_H
#define TCS_SAMPLE_RATIO_H

typedef struct TcsSampleRatio
{
	double		chi2;			/* Pearson's; infinite where one has come by a
								 * share of 0 */
	double		p;
} TcsSampleRatio;

/*
 * counts: whole numbers, one above 0.  shares: not negative, `sum` in all, two
 * of them above 0.  p is that of chi squared.  Where fewer than 50 are expected
 * for a share it would give false alarms: of two shares p is then that of the
 * exact binomial test, if that is more; of others a p below 0.05 is raised to
 * that of the exact tests of each share against the rest, times their number
 * (Bonferroni), up to 0.05.
 */
extern TcsSampleRatio tcs_sample_ratio(const double *counts, const double *shares, double sum, int arms);

#endif							/* TCS_SAMPLE_RATIO_H */
