/*
 * gamma_gamma_fit.h
 *		Fitting the model of gamma_gamma.h by maximum likelihood.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_GAMMA_GAMMA_FIT_H
#define TCS_GAMMA_GAMMA_FIT_H

#include "math/gamma_gamma.h"
#include "numerics/newton.h"

/* Customers with the same number of repeat purchases. */
typedef struct TcsSpendGroup
{
	double		x;
	size_t		count;
	const double *m_x;			/* of each; above 0 and finite */
	double		log_sum;		/* of ln m_x: of the fit's own */
} TcsSpendGroup;

/*
 * A population.  The order of groups and customers is that of the sums: sort
 * them, and results do not depend on the order of the rows.
 */
typedef struct TcsSpendData
{
	TcsSpendGroup *groups;
	size_t		group_count;
	void		(*poll) (void); /* called now and then; it may jump away */
	/* the fit's own */
	double		scale;			/* a value in the middle, a power of 2 */
	double		spread;			/* variance of ln m_x */
} TcsSpendData;

/* What a fit says beside the numbers: the reasons that it found no estimate. */
typedef enum TcsSpendNote
{
	TCS_SPEND_FINE,
	TCS_SPEND_ONE,				/* one customer */
	TCS_SPEND_EQUAL,			/* all means are the same */
	TCS_SPEND_BOUND,			/* fit->which runs to 0 or infinity */
	TCS_SPEND_FLAT,
	TCS_SPEND_FAILED
} TcsSpendNote;

/*
 * Fit the model to one customer or more.  *model is set where the note is
 * fine; fit tells of the last attempt either way, where one was made.
 */
extern TcsSpendNote tcs_spend_fit(TcsSpendData *data, TcsGammaGamma *model,
								  TcsFit *fit);

/*
 * The log-likelihood by theta = ln p, ln q, ln (v / scale); the context is a
 * TcsSpendData that tcs_spend_prepare has seen.
 */
extern void tcs_spend_prepare(TcsSpendData *data);
extern double tcs_spend_objective(const double *theta, double *gradient,
								  double *hessian, void *context);

#endif							/* TCS_GAMMA_GAMMA_FIT_H */
