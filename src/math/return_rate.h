/*
 * return_rate.h
 *		How much of what customers buy they send back.
 *
 * A customer with n purchases has sent back a share of what they were worth.
 * That share varies around a rate of the customer's own, the less the more
 * purchases there are, and the rates vary among customers.  What is to be
 * expected lies between the share so far and that of all customers: the latter
 * counts like so many purchases (the credibility of Buehlmann and Straub,
 * 1970; with purchases that are sent back whole or not at all it is the
 * beta-binomial model).  Plain C, no allocation.
 */
#ifndef TCS_RETURN_RATE_H
#define TCS_RETURN_RATE_H

#include <stdint.h>

#include "numerics/exact_sum.h"

/* The share of all counts like so many purchases, at least and at most. */
#define TCS_RETURN_PRIOR_LEAST	0.5
#define TCS_RETURN_PRIOR_MOST	100.0

/* Customers; all of it is zero at first. */
typedef struct TcsReturns
{
	int64_t		customers;
	TcsSum		bought;
	TcsSum		refunds;

	/* sums of powers of 1 / n and of the share */
	TcsSum		inverse;
	TcsSum		inverse_square;
	TcsSum		share;
	TcsSum		share_square;
	TcsSum		share_inverse;
	TcsSum		share_square_inverse;
} TcsReturns;

typedef struct TcsReturnRate
{
	double		rate;			/* of all customers, 0 to 1 */
	double		prior;			/* like how many purchases it counts */
} TcsReturnRate;

/* The share of what n >= 1 purchases were worth that was sent back. */
extern double tcs_return_share(double bought, double refunds);

/* Count a customer; bought is positive. */
extern void tcs_returns_add(TcsReturns *returns, double n, double bought,
							double refunds);
extern void tcs_returns_merge(TcsReturns *into, const TcsReturns *from);

/* What they tell; 0 where nobody sent anything back. */
extern TcsReturnRate tcs_returns_rate(const TcsReturns *returns);

/* The rate to be expected of a customer with that share of n >= 0 purchases. */
extern double tcs_return_expected(const TcsReturnRate *rate, double n,
								  double share);

#endif							/* TCS_RETURN_RATE_H */
