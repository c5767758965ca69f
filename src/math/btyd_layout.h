/*
 * btyd_layout.h
 *		What likelihoods have in common whose customers leave after purchases:
 *		those of the families of btyd_limits.c and cnbd_fit.c, and of their limits.
 *
 * A theta is made of r and alpha or of one rate, and of a and b, of a chance to
 * leave, or of neither.  Plain C, no allocation.
 */
#ifndef TCS_BTYD_LAYOUT_H
#define TCS_BTYD_LAYOUT_H

#include <stdbool.h>

#include "math/btyd_fit.h"

/* Where what is of purchases ends and what is of leaving begins in theta. */
typedef struct TcsBtydLayout
{
	int			n;
	int			k;				/* stages between purchases */
	bool		gamma;			/* rates differ: r and alpha, else a rate */
	bool		beta;			/* a and b */
	bool		chance;			/* a chance to leave */
	bool		once;			/* at the first occasion only */
	int			leaving;		/* place of a, or of the chance */
} TcsBtydLayout;

extern TcsBtydLayout tcs_btyd_layout(const TcsBtydLimit *limit);

/*
 * Can those be dead who had so many occasions to leave?  Then log_ratio is the
 * part of the logarithm of the odds that is theirs whatever their times are.
 */
extern bool tcs_btyd_mortal(const TcsBtydLayout *layout, const double *p,
							double after, double *log_ratio);

/* The logarithm of the chance of so many customers to stay at all of these. */
extern double tcs_btyd_stay(const TcsBtydLayout *layout, const double *p,
							double customers, double after);

/* What the derivatives of a group by the terms of leaving are made of. */
typedef struct TcsBtydLeavers
{
	double		customers;
	double		w;				/* of the chance of being dead */
	double		v;				/* of w (1 - w) */
	double		v_u[2];			/* the same times the slopes of the odds by
								 * the terms of purchases */
} TcsBtydLeavers;

/* Add these, to the upper triangle of the matrix. */
extern void tcs_btyd_add_leavers(const TcsBtydLayout *layout, const TcsBtydLeavers *leavers,
								 const double *p, double after, double *g, double *h);

/*
 * The sum over the groups, with its derivatives by theta where gradient is not
 * NULL.  p is by terms: a chance stays the logarithm of its odds, and the rate
 * is that of stages.
 */
typedef double (*TcsBtydAddGroup) (const TcsBtydLimit *limit, const TcsBtydLayout *layout,
								   const TcsBtydGroup *group, const double *p,
								   double *g, double *h);

extern double tcs_btyd_add_groups(const TcsBtydLimit *limit, const TcsBtydLayout *layout,
								  TcsBtydAddGroup add, const double *theta,
								  double *gradient, double *hessian);

#endif							/* TCS_BTYD_LAYOUT_H */
