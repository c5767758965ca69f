/*
 * bdw.h
 *		The beta-discrete-Weibull model of subscriptions (Fader, Hardie, Liu,
 *		Davin and Steenburgh, 2018): that of sbg.h where a customer's own chance to
 *		leave changes with tenure.
 *
 * A customer makes t renewals with the chance (1 - theta)^(t^c); theta, that of
 * leaving at the first, is Beta(alpha, beta) distributed.  With c above 1 churn
 * rises with tenure, with 1 this is the shifted beta-geometric model.  Plain C.
 */
#ifndef TCS_BDW_H
#define TCS_BDW_H

#include <stdbool.h>

#include "math/sbg.h"

/* c is no greater. */
#define TCS_BDW_MOST_C	10.0

/* All that counts is positive and finite. */
typedef struct TcsBdw
{
	double		alpha;
	double		beta;
	double		c;
	double		rate;			/* above 0 in the limit in which all are
								 * alike: -ln(1 - theta); alpha and beta are
								 * nothing */
} TcsBdw;

/* That limit; churn, above 0 and below 1, is theta. */
extern TcsBdw tcs_bdw_of_equal(double churn, double c);

/* What those of sbg.h say of their model. */
extern double tcs_bdw_survival(const TcsBdw *model, double tenure);
extern double tcs_bdw_churn(const TcsBdw *model, double tenure, double periods);
extern double tcs_bdw_lifetime(const TcsBdw *model, double tenure, double discount);
extern double tcs_bdw_lifetime_if_renewed(const TcsBdw *model, double tenure,
										  double discount);

/* A model that was fitted. */
typedef struct TcsBdwEstimate
{
	TcsBdw		model;
	double		standard_error[3];	/* of alpha, beta, c; of the limit of
									 * theta, c */
	double		log_likelihood;
	double		gradient_norm;
	double		condition_number;
	int			iterations;
} TcsBdwEstimate;

/*
 * Fit the model to customers of whom the share `churn` of the renewals due
 * fails, and more the later they are: the limit, unless the whole model
 * is told from it.  False where c runs off: the data hardly hold two renewals
 * at which somebody left.
 */
extern bool tcs_bdw_fit(const TcsSbgData *data, double churn, TcsBdwEstimate *estimate);

/*
 * The log-likelihoods by the logarithms of alpha, beta and c, and of the rate of
 * the limit and c; the context is a TcsSbgData.
 */
extern double tcs_bdw_objective(const double *theta, double *gradient,
								double *hessian, void *context);
extern double tcs_bdw_equal_objective(const double *theta, double *gradient,
									  double *hessian, void *context);

/* ln of the chance to make n renewals more, n any number, after beta became b. */
extern double tcs_bdw_log_staying(double a, double b, double n);

#endif							/* TCS_BDW_H */
