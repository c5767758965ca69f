/*
 * shares.h
 *		The shares of customers that the arms of an experiment get.
 */
#ifndef TCS_SHARES_H
#define TCS_SHARES_H

#include "tcs.h"

#include "utils/array.h"

#define TCS_MAX_ARMS	1000

/* Sums as near to 1 as this are 1: thirds, tenths. */
#define TCS_SHARES_TOLERANCE	1e-9

/*
 * Shares that are in order: at least `least` of them, none below 0, in sum
 * above 0 and, but for the tolerance, not above 1.  Allocated in the current
 * context.
 */
extern double *tcs_shares_of_array(ArrayType *array, int least, int *count,
								   double *sum);

/*
 * The names of the arms, as many as there are shares, each another one.  They
 * point into the array; the list is allocated in the current context.
 */
extern Datum *tcs_arms_of_array(ArrayType *array, int shares);

/* Whether an arm is that, byte by byte; both are text. */
extern bool tcs_is_arm(Datum arm, const char *name, int length);

#endif							/* TCS_SHARES_H */
