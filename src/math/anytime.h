/*
 * anytime.h
 *		Tests for those who look again and again.
 *
 * Plain C, no allocation.  z is how many standard errors from 0 a difference
 * of means is, after n customers of `planned`.  The statistic is the likelihood
 * of the data if the effect came from a normal distribution around 0, over that
 * of no effect (the mixture of Robbins, 1970).  Its mean never grows where there
 * is no effect, so that it is above 1 / alpha at any time, ever, with a chance
 * of alpha at most (Ville, 1939).  The variance is estimated: that this holds
 * from some number of customers on is shown by Waudby-Smith, Arbour, Sinha,
 * Kennedy and Ramdas, 2024, of whom the width of that distribution is, too,
 * with which limits are nearest at n = planned.
 */
#ifndef TCS_ANYTIME_H
#define TCS_ANYTIME_H

typedef struct TcsLooks
{
	double		alpha;			/* for which the width was chosen, within (0,
								 * 1) */
	double		share;			/* n / planned, above 0 */
} TcsLooks;

/* p of z, which is not negative */
extern double tcs_anytime_p(const TcsLooks *looks, double z);

/* The z at which p is that; p lies within (0, 1). */
extern double tcs_anytime_quantile(const TcsLooks *looks, double p);

#endif							/* TCS_ANYTIME_H */
