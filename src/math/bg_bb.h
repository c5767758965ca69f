/*
 * bg_bb.h
 *		Purchases at discrete opportunities: the family bg/bb (Fader, Hardie and
 *		Shang, 2010).
 *
 * Before each opportunity a customer who is alive dies with a probability that
 * is Beta(gamma, delta) across customers; one who lives buys at it with a
 * probability that is Beta(alpha, beta) across customers.  A customer has had
 * n opportunities, used x of them, and t_x is the number of the last one used.
 * Within TcsBtyd the four are r, alpha, a and b, within TcsCustomer the
 * posteriors are shape and rate, and a and b, given that the customer is
 * alive at the next opportunity.  Plain C, no allocation.
 */
#ifndef TCS_BG_BB_H
#define TCS_BG_BB_H

#include "math/btyd_fit.h"
#include "math/btyd_predict.h"

/*
 * Histories hold no more opportunities than these, and of a horizon no more are
 * counted where purchases are told one by one.
 */
#define TCS_BG_BB_MOST	1e6

/* A part of an opportunity's period by which a time may fall short of it. */
#define TCS_BG_BB_SLACK	0.1

/* The whole opportunities within a time that is told in them. */
extern double tcs_bg_bb_whole(double opportunities);

/*
 * A history in days as one in opportunities: those until t are whole; the
 * last purchase was at the one that it falls into.  False where that cannot
 * be: more purchases than opportunities, or more than the most of these.
 */
extern bool tcs_bg_bb_history(double period, double x, double *t_x, double *t);

/* The posterior of a customer, t_x and n being opportunities. */
extern void tcs_bg_bb_customer(const TcsBtyd *model, double x, double t_x,
							   double n, TcsCustomer *customer);

/* As those of btyd_predict.h, by a whole number of opportunities. */
extern double tcs_bg_bb_expected(const TcsCustomer *customer, double n);
extern double tcs_bg_bb_at_least(const TcsCustomer *customer, double n, double purchases);

/* The chance of a purchase at any opportunity to come, given a life until the next. */
extern double tcs_bg_bb_ever(const TcsCustomer *customer);

/* discount is that of an opportunity; the next one is discounted once. */
extern double tcs_bg_bb_residual(const TcsCustomer *customer, double discount);

/*
 * The log-likelihood of one customer with its derivatives by alpha, beta,
 * gamma and delta, unless gradient is NULL.
 */
extern double tcs_bg_bb_log_likelihood(const double *parameter, double x, double t_x,
									   double n, double *gradient, double *hessian);

/*
 * Add those of all customers of a group, whose terms are the same where they are of
 * the same opportunities: one walk through these serves.  False, and nothing is
 * added, where that does not pay, or there are too many opportunities.
 */
extern bool tcs_bg_bb_add_group(const double *parameter, const TcsBtydGroup *group,
								const TcsBtydTuple *tuples, double *value,
								double *gradient, double *hessian);

/* As tcs_btyd_fit; times are opportunities. */
extern TcsBtydNote tcs_bg_bb_fit(const TcsBtydData *data, TcsBtydEstimate *estimate);

#endif							/* TCS_BG_BB_H */
