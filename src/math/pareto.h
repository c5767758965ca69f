/*
 * pareto.h
 *		The integral in the likelihood of pareto/nbd.
 *
 *	integral over y from t_x to t of (alpha + y)^-j (beta + y)^-m
 *
 * In v = ln((o + y) / (o + t_x)), where o is the smaller of alpha and beta, the
 * integrand falls at least exponentially once it falls, so that it can be cut
 * off; Gauss-Legendre nodes then give full precision.  The caller walks through
 * the nodes and sums what it needs.  Plain C.
 */
#ifndef TCS_PARETO_H
#define TCS_PARETO_H

#include <stdbool.h>

typedef struct TcsParetoIntegral
{
	/* at a node: its weight, which has the integrand in it */
	double		weight;
	double		y;
	double		log_alpha;		/* ln((alpha + y) / (alpha + t_x)) */
	double		log_beta;		/* ln((beta + y) / (beta + t_x)) */
	double		inverse_alpha;	/* 1 / (alpha + y) */
	double		inverse_beta;	/* 1 / (beta + y) */

	/*
	 * The integral is the sum of the weights times length times the integrand
	 * at t_x.
	 */
	double		length;

	/* private; length is o + t_x */
	double		t_x;
	double		large;			/* the other one + t_x */
	double		small_power;	/* of e^-v */
	double		large_power;
	double		width;			/* of a panel, in v */
	bool		alpha_is_small;
	int			panels;
	int			panel;
	int			node;
} TcsParetoIntegral;

/* j and m positive, m above 1.  False where t_x = t: the integral is 0. */
extern bool tcs_pareto_begin(TcsParetoIntegral *integral, double j, double alpha,
							 double m, double beta, double t_x, double t);

/* The next node; false at the end. */
extern bool tcs_pareto_next(TcsParetoIntegral *integral);

#endif							/* TCS_PARETO_H */
