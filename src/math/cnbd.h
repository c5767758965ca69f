/*
 * cnbd.h
 *		Buyers with a rhythm: what the models mbg/cnbd-k and bg/cnbd-k share.
 *
 * Between two purchases lie k stages, each of an exponential time at the
 * customer's rate lambda, which is Gamma(r, alpha) across customers: gaps are
 * Erlang-k (Chatfield and Goodhardt, 1973; Platzer and Reutterer, 2016).  With
 * K = r + k x, u = t - t_x, z = u / (alpha + t) and
 *
 *	P(z) = sum over j < k of (K)_j / j! z^j
 *
 * a customer who lives has passed j of the stages since the last purchase with
 * the odds (K)_j / j! z^j, and then lambda is Gamma(K + j, alpha + t).  Until
 * the horizon h, with q = h / (alpha + t + h) and s = u / (alpha + t + h), m
 * stages in all have been passed with the probability
 *
 *	(K)_m / m! (1 - q)^K / P(z) * sum over j < k of C(m, j) s^j q^(m - j)
 *
 * and so m / k purchases were made, rounded down.  Plain C, no allocation.
 */
#ifndef TCS_CNBD_H
#define TCS_CNBD_H

#include "math/btyd_fit.h"
#include "math/btyd_predict.h"
#include "math/btyd_window.h"

/*
 * The log-likelihood and its derivatives, inside the family and at its limits;
 * context is a TcsBtydLimit with k of 1 or more.  What is constant at a given
 * k is left out: tcs_cnbd_constant.
 */
extern double tcs_cnbd_objective(const double *theta, double *gradient,
								 double *hessian, void *context);

/* (k - 1) sum of the logarithms of the gaps - repeat purchases ln gamma(k) */
extern double tcs_cnbd_constant(const TcsBtydData *data, int k);

/*
 * The likelihood of k given each customer's x and t_x, but for a constant: it
 * knows no other parameter, and its top is near to that of all of them.
 */
extern double tcs_cnbd_rhythm(const TcsBtydData *data, int k);

/* What btyd_predict.h promises, for these families. */
extern void tcs_cnbd_customer(const TcsBtyd *model, double x, double t_x,
							  double t, TcsCustomer *customer);
extern double tcs_cnbd_expected(const TcsCustomer *customer, double horizon);

/*
 * Stages passed since the last purchase are not known, but what is expected
 * given their number depends on x and t alone: tcs_cnbd_stages is k, or 0 where
 * the horizon or the time since the last purchase is too long for this; weights,
 * k of them, are the chances of the numbers, and at becomes the customer with one
 * of them.
 */
extern int	tcs_cnbd_stages(const TcsCustomer *customer, double horizon, double *weights);
extern void tcs_cnbd_at_stage(const TcsCustomer *customer, int stage, TcsCustomer *at);

/* That of tcs_btyd_expected_sum, of a customer with a known number; weights are positive. */
extern double tcs_cnbd_expected_sum(const TcsCustomer *at, const double *horizons,
									const double *weights, int count);
extern double tcs_cnbd_no_purchase(const TcsCustomer *customer,
								   double horizon);
extern double tcs_cnbd_next(const TcsCustomer *customer, double share, double most);
extern double tcs_cnbd_residual(const TcsCustomer *customer, double discount);
extern double tcs_cnbd_at_least(const TcsCustomer *customer, double horizon,
								double n);
extern bool tcs_cnbd_at_least_many(const TcsCustomer *customer, double horizon,
								   int count, double *at_least);

/* Of bg/nbd and mbg/nbd, too: k of 1. */
extern void tcs_cnbd_window(const TcsCustomer *customer, double from,
							double length, TcsWindow *window);

#endif							/* TCS_CNBD_H */
