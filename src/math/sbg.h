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

/* What a fit says beside the numbers: the reasons that it found no estimate. */
typedef enum TcsSbgNote
{
	TCS_SBG_FINE,
	TCS_SBG_NONE_DUE,			/* nobody's first renewal was due */
	TCS_SBG_NONE_CHURNED,
	TCS_SBG_NONE_RENEWED,
	TCS_SBG_ONE_RENEWAL,		/* nobody was seen at a second */
	TCS_SBG_BOUND,				/* fit->which runs to 0 or infinity */
	TCS_SBG_FLAT,
	TCS_SBG_FAILED
} TcsSbgNote;

/*
 * Fit the model.  *model is set where the note is fine; fit tells of the last
 * attempt either way, where one was made.
 */
extern TcsSbgNote tcs_sbg_fit(const TcsSbgData *data, TcsSbg *model, TcsFit *fit);

/* The log-likelihood by theta = ln alpha, ln beta; the context is a TcsSbgData. */
extern double tcs_sbg_objective(const double *theta, double *gradient,
								double *hessian, void *context);

#endif							/* TCS_SBG_H */
