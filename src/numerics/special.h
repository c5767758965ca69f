/*
 * special.h
 *		Functions that the C library lacks, for positive arguments.
 *
 * Plain C.  All of them take any double: what is out of the domain gives NaN,
 * what is out of range an infinity.
 */
#ifndef TCS_SPECIAL_H
#define TCS_SPECIAL_H

/* Logarithm of the gamma function; reentrant. */
extern double tcs_lgamma(double x);

/* Its first and second derivative. */
extern double tcs_digamma(double x);
extern double tcs_trigamma(double x);

/* ln gamma(x + n) - ln gamma(x), without cancellation where x is large */
extern double tcs_log_rising(double x, double n);

/* Its derivatives by x, for whole n, likewise without cancellation. */
typedef struct TcsRise
{
	double		first;
	double		second;
} TcsRise;

extern void tcs_log_rising_slope(double x, double n, TcsRise *rise);

/* For any n, which takes longer where that is small. */
extern void tcs_log_rising_slope_any(double x, double n, TcsRise *rise);

/* ln(1 + e^u) for any u, and its derivative 1 / (1 + e^-u) */
extern double tcs_softplus(double u);
extern double tcs_logistic(double u);

/* ln(e^a + e^b) */
extern double tcs_log_add(double a, double b);

/* (1 - e^-u) / u, which is 1 at 0 */
extern double tcs_expm1_ratio(double u);

#endif							/* TCS_SPECIAL_H */
