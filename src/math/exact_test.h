/*
 * exact_test.h
 *		Tests of counts, by the chances of all outcomes.
 *
 * Plain C, no allocation.  Counts are whole numbers.  Two-sided: the chance of
 * the outcomes that are not likelier than the one that was seen.  Time is in
 * proportion to the standard deviation of the count; a chance below 1e-300 may
 * be 0.
 */
#ifndef TCS_EXACT_TEST_H
#define TCS_EXACT_TEST_H

/* Where fewer than that are expected, approximations give false alarms. */
#define TCS_FEW_EXPECTED	50.0

/*
 * That two groups differ in the share who succeed, given how many succeed in
 * all: Fisher's exact test.
 */
extern double tcs_fisher_test(double successes1, double n1, double successes0, double n0);

/* That `successes` of n came by a chance of `share` each, which lies within (0, 1). */
extern double tcs_binomial_test(double successes, double n, double share);

#endif							/* TCS_EXACT_TEST_H */
