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

/* Why there is no model. */
typedef enum TcsSpendNote
{
	TCS_SPEND_FINE,
	TCS_SPEND_ONE,				/* one customer is too little to go by */
	TCS_SPEND_EXTREME			/* the values are too far apart */
} TcsSpendNote;

/* A model with what is told of its terms. */
typedef struct TcsSpendEstimate
{
	int			limits;			/* that the likelihood has its top at */
	int			count;			/* of terms */
	TcsSpendTerm term[TCS_SPEND_PARAMETERS];
	double		value[TCS_SPEND_PARAMETERS];
	double		standard_error[TCS_SPEND_PARAMETERS];	/* NaN: not known */
	double		log_likelihood; /* NaN where it has no end */
	double		gradient_norm;
	double		condition_number;
	int			iterations;
	bool		determined;		/* else other models fit as well */
} TcsSpendEstimate;

/*
 * Fit the model to one customer or more: it, or the limit of it where the
 * likelihood has its top.  The estimate is set where the note is fine.
 */
extern TcsSpendNote tcs_spend_fit(TcsSpendData *data, TcsSpendEstimate *estimate);

/* The limit with the greatest likelihood; false where there is none in range. */
extern bool tcs_spend_find_limit(const TcsSpendData *data, TcsSpendEstimate *estimate);

/* Both limits, where all values are the same. */
extern void tcs_spend_all_equal(double mean, TcsSpendEstimate *estimate);

/*
 * The log-likelihood by theta = ln p, ln q, ln (v / scale); the context is a
 * TcsSpendData that tcs_spend_prepare has seen.
 */
extern void tcs_spend_prepare(TcsSpendData *data);
extern double tcs_spend_objective(const double *theta, double *gradient,
								  double *hessian, void *context);

#endif							/* TCS_GAMMA_GAMMA_FIT_H */
