/*
 * btyd_fit.h
 *		Fitting the models of btyd.h by maximum likelihood.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_BTYD_FIT_H
#define TCS_BTYD_FIT_H

#include <stddef.h>

#include "math/btyd.h"
#include "numerics/newton.h"

/* Customers who are alike in t_x and t. */
typedef struct TcsBtydTuple
{
	double		t_x;			/* days */
	double		t;
	double		customers;
} TcsBtydTuple;

/* Tuples that follow each other, of customers with x repeat purchases. */
typedef struct TcsBtydGroup
{
	double		x;
	double		customers;
	size_t		first;
	size_t		count;
} TcsBtydGroup;

/*
 * A population.  The order of groups and tuples is that of the sums: sort
 * them, and results do not depend on the order of the customers.
 *
 * Where all times are whole days, logs and inverses may be room for `days`
 * numbers each, with days above every t; else they are NULL and days is 0.
 */
typedef struct TcsBtydData
{
	TcsBtydGroup *groups;
	size_t		group_count;
	TcsBtydTuple *tuples;
	size_t		tuple_count;
	double	   *logs;
	double	   *inverses;
	size_t		days;
	void		(*poll) (void); /* called now and then; it may jump away */
	double		ln_gaps;		/* sum of the logarithms of the times between
								 * purchases, or NaN: cnbd-k takes k of 1 */
	int			k;				/* of cnbd-k, or 0: from the data */
} TcsBtydData;

/* Why there is no model: there is too little to go by. */
typedef enum TcsBtydNote
{
	TCS_BTYD_FINE,
	TCS_BTYD_ONE_CUSTOMER,
	TCS_BTYD_NO_REPEATS,		/* nobody bought twice */
	TCS_BTYD_NO_TIME,			/* all repeat buyers have t = 0 */
	TCS_BTYD_REPEATS_AT_ONCE	/* repeat purchases with t_x = 0 */
} TcsBtydNote;

/* A model with what is told of its terms. */
typedef struct TcsBtydEstimate
{
	TcsBtydFamily family;
	int			k;				/* of cnbd-k, else 1 */
	int			limits;			/* that the likelihood has its top at */
	int			count;			/* of terms */
	TcsBtydTerm term[TCS_BTYD_PARAMETERS];
	double		value[TCS_BTYD_PARAMETERS];
	double		standard_error[TCS_BTYD_PARAMETERS];
	double		log_likelihood;
	double		gradient_norm;
	double		condition_number;
	int			iterations;
} TcsBtydEstimate;

/*
 * Fit a model: of the family, or of the limit of it where the likelihood has
 * its top.  The estimate is set where the note is fine.
 */
extern TcsBtydNote tcs_btyd_fit(const TcsBtydData *data, TcsBtydFamily family,
								TcsBtydEstimate *estimate);

/*
 * The likelihood at a limit, of the parameters that are left; context is a
 * TcsBtydLimit.  theta are the logarithms of the terms, of a chance that of
 * its odds.
 */
typedef struct TcsBtydLimit
{
	const TcsBtydData *data;
	TcsBtydFamily family;
	int			limits;
	size_t		stride;
	int			k;
} TcsBtydLimit;

extern double tcs_btyd_limit_objective(const double *theta, double *gradient,
									   double *hessian, void *context);

/* The objectives; the context is a TcsBtydObjective. */
typedef struct TcsBtydObjective
{
	const TcsBtydData *data;
	TcsBtydFamily family;
	size_t		stride;			/* use every stride-th tuple */
} TcsBtydObjective;

extern double tcs_beta_geometric_objective(const double *theta, double *gradient,
										   double *hessian, void *context);
extern double tcs_pareto_objective(const double *theta, double *gradient,
								   double *hessian, void *context);

/* Derivatives by the parameters become those by their logarithms. */
extern void tcs_btyd_chain(const double *parameter, double *gradient,
						   double *hessian);

#endif							/* TCS_BTYD_FIT_H */
