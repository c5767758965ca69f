/*
 * normal.h
 *		The standard normal distribution.
 *
 * Plain C.  Tails keep their relative accuracy however small they are.
 */
#ifndef TCS_NORMAL_H
#define TCS_NORMAL_H

/* P(Z > z) */
extern double tcs_normal_tail(double z);

/* The z of which that is p; NaN unless p lies in [0, 1]. */
extern double tcs_normal_quantile(double p);

/* The z for which P(|Z| <= z) is the confidence, which lies in (0, 1). */
extern double tcs_normal_confidence(double confidence);

#endif							/* TCS_NORMAL_H */
