/*
 * gamma.h
 *		The gamma distribution.  Plain C.
 */
#ifndef TCS_GAMMA_H
#define TCS_GAMMA_H

#include <stdbool.h>

/* P(value <= y) or, if `above`, that it is greater; the value is Gamma(shape, 1). */
extern double tcs_gamma_part(double shape, double y, bool above);

/* The y that it does not exceed with that probability, 0 < probability < 1. */
extern double tcs_gamma_quantile(double shape, double probability);

#endif							/* TCS_GAMMA_H */
