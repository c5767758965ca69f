/*
 * btyd_predict.h
 *		What a model of repeat purchases says about one customer's future.
 *
 * The past of a customer enters through the posterior distribution of what is
 * unknown about him or her, given that the customer is alive:
 *
 * all families		purchase rate	Gamma(shape, rate)
 * bg/nbd, mbg/nbd	chance to die	Beta(a, b), after each purchase
 * pareto/nbd		death rate		Gamma(a, b)
 *
 * and through the probability of being alive.  All functions take any legal
 * model (positive finite parameters; those below DBL_MIN count as DBL_MIN),
 * whole numbers of purchases and finite times, and return a number, never NaN.
 * Infinity stands for what is infinite or beyond the range of double.
 * Plain C, no allocation.
 */
#ifndef TCS_BTYD_PREDICT_H
#define TCS_BTYD_PREDICT_H

#include <stdbool.h>

#include "btyd.h"

typedef struct TcsCustomer
{
	TcsBtydFamily family;
	double		p_alive;
	double		p_dead;			/* 1 - p_alive, to full accuracy */
	double		shape;
	double		rate;			/* in days * scale */
	double		a;
	double		b;				/* pareto/nbd: in days * scale */
	double		scale;			/* keeps sums of times within range */
} TcsCustomer;

/* Called now and then by what may take long; may be NULL. */
typedef void (*TcsPoll) (void);

extern void tcs_btyd_customer(const TcsBtyd *model, double x, double t_x,
							  double t, TcsCustomer *customer);

/* Expected purchases within the horizon, given that the customer is alive. */
extern double tcs_btyd_expected(const TcsCustomer *customer, double horizon);

/* The same for many horizons at once. */
extern void tcs_btyd_expected_many(const TcsCustomer *customer,
								   const double *horizons, int count,
								   double *expected);

/* Probability of no purchase within the horizon. */
extern double tcs_btyd_no_purchase(const TcsCustomer *customer, double horizon);

/*
 * Expected purchases over all time, given that the customer is alive, those
 * at time t counted as exp(-discount * t).  Infinite where it does not exist.
 */
extern double tcs_btyd_residual(const TcsCustomer *customer, double discount);

/*
 * Probability of at least n purchases within the horizon, n >= 1, given that
 * the customer is alive.
 */
extern double tcs_btyd_at_least(const TcsCustomer *customer, double horizon,
								double n);

/*
 * The same for n = 1 .. count at once; false where that takes longer than
 * asking for those that are needed.
 */
extern bool tcs_btyd_at_least_many(const TcsCustomer *customer, double horizon,
								   int count, double *at_least);

/*
 * The least n such that at most n purchases within the horizon have a
 * probability of at least 1 - upper, 0 < upper < 1.
 */
extern double tcs_btyd_quantile(const TcsCustomer *customer, double horizon,
								double upper, TcsPoll poll);

#endif							/* TCS_BTYD_PREDICT_H */
