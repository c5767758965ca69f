/*
 * beta_mean.h
 *		Means of functions of a chance that has a beta distribution.
 */
#ifndef TCS_BETA_MEAN_H
#define TCS_BETA_MEAN_H

/* Beside 1, exp(-TCS_LINEAR) is nothing. */
#define TCS_LINEAR	40.0

/* The logarithm of a positive function of p. */
typedef double (*TcsLogFunction) (double log_p, const void *context);

/*
 * The logarithm of the mean of exp(f(p)) where p is Beta(a, b), for any a and
 * b.  exp(f) must be log-concave in logit p, and near to constant where
 * logit p < low - TCS_LINEAR and where it is > high + TCS_LINEAR.
 */
extern double tcs_beta_log_mean(double a, double b, double low, double high,
								TcsLogFunction f, const void *context);

#endif							/* TCS_BETA_MEAN_H */
