/*
 * sbg.h
 *		The shifted beta-geometric model of subscriptions (Fader and Hardie,
 *		2007 and 2010).
 *
 * At each renewal a customer leaves with a chance of the customer's own; the
 * chances are Beta(alpha, beta) distributed.  Tenure counts the renewals that
 * a customer has made.  Plain C.
 */
#ifndef TCS_SBG_H
#define TCS_SBG_H

#include <stdbool.h>
#include <stddef.h>

#include "numerics/newton.h"

/* Both are positive and finite. */
typedef struct TcsSbg
{
	double		alpha;
	double		beta;
} TcsSbg;

/* The share of new customers who make that many renewals, tenure >= 0. */
extern double tcs_sbg_survival(const TcsSbg *model, double tenure);
extern double tcs_sbg_log_survival(const TcsSbg *model, double tenure);

/*
 * The logarithm of the chance to make n more, n >= 0 whole or not, with alpha = a
 * and with beta and the renewals made b, b >= 64.
 */
extern double tcs_sbg_log_staying(double a, double b, double n);

/*
 * The chance that a customer of that tenure leaves at one of the next
 * `periods` renewals, periods >= 0.
 */
extern double tcs_sbg_churn(const TcsSbg *model, double tenure, double periods);

/*
 * Discounted expected residual lifetime: the number of renewals to come,
 * just before the next, of a customer of that tenure; one that is k periods
 * after the next counts (1 + discount)^-k.  Infinity where it is infinite, with a
 * discount below 0 or one of 0 and alpha <= 1, or next to the end of double.
 */
extern double tcs_sbg_lifetime(const TcsSbg *model, double tenure, double discount);

/* What such a customer's lifetime is if the next renewal is certain. */
extern double tcs_sbg_lifetime_if_renewed(const TcsSbg *model, double tenure,
										  double discount);

/* Customers with the same tenure. */
typedef struct TcsSbgCount
{
	double		tenure;
	double		churned;		/* left at the tenure-th renewal */
	double		staying;		/* made it, and are there */
} TcsSbgCount;

/* A population.  Tenures rise strictly; nobody leaves at tenure 0. */
typedef struct TcsSbgData
{
	const TcsSbgCount *counts;
	size_t		count;
	void		(*poll) (void); /* called now and then; it may jump away */
} TcsSbgData;

/*
 * The limits of the model, where parameters run to 0 or infinity and what they
 * say about customers does not.
 */
#define TCS_SBG_EQUAL_CHURN		0x1 /* alpha, beta grow: all leave with the
									 * chance alpha / (alpha + beta) */
#define TCS_SBG_NOBODY_LEAVES	0x2 /* alpha vanishes */
#define TCS_SBG_LEAVE_AT_ONCE	0x4 /* alpha, beta vanish: the share alpha /
									 * (alpha + beta) leaves at the first
									 * renewal, the others never */

/*
 * One of the limits, as a model with finite parameters that predictions do not
 * tell from it; churn, above 0 and below 1, is the chance or the share.
 */
extern TcsSbg tcs_sbg_of_limit(int limit, double churn);

/* Why there is no model: there is too little to go by. */
typedef enum TcsSbgNote
{
	TCS_SBG_FINE,
	TCS_SBG_NONE_DUE,			/* nobody's first renewal was due */
	TCS_SBG_ONE_CUSTOMER,
	TCS_SBG_NONE_RENEWED		/* nobody made a renewal */
} TcsSbgNote;

/* A model with what is told of it. */
typedef struct TcsSbgEstimate
{
	TcsSbg		model;			/* of a limit, that of tcs_sbg_of_limit */
	int			limit;			/* where the likelihood has its top, or 0 */
	int			count;			/* of parameters: 2, or 1 for churn, or none */
	double		churn;			/* NaN where it is no parameter */
	double		standard_error[2];	/* NaN where nothing is known of it */
	double		log_likelihood;
	double		gradient_norm;	/* NaN of a limit, which needs no search */
	double		condition_number;
	int			iterations;
	bool		determined;		/* else other models fit as well */
	double		renewals;		/* that came due */

	/*
	 * Churn that rises with tenure, which the model cannot say: its rate up
	 * to a renewal, and after it; the renewal is 0 if it does not rise.  That
	 * of bdw.h says it, from a fit to the same data.
	 */
	double		split;
	double		rate_before;
	double		rate_after;
} TcsSbgEstimate;

/*
 * Fit the model, or the limit of it where the likelihood has its top.  The
 * estimate is set where the note is fine.
 */
extern TcsSbgNote tcs_sbg_fit(const TcsSbgData *data, TcsSbgEstimate *estimate);

/* The log-likelihood by theta = ln alpha, ln beta; the context is a TcsSbgData. */
extern double tcs_sbg_objective(const double *theta, double *gradient,
								double *hessian, void *context);

#endif							/* TCS_SBG_H */
