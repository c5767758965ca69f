/*
 * beta_geometric_sums.h
 *		What a group of customers contributes to the log-likelihoods of
 *		purchases that each may be the last.
 *
 * A customer is dead by the odds e^u, where u = log_ratio + k d is a constant
 * of the group plus one that depends on the customer's times.  Plain C.
 */
#ifndef TCS_BETA_GEOMETRIC_SUMS_H
#define TCS_BETA_GEOMETRIC_SUMS_H

#include <math.h>

/* Sums over the tuples of a group, each times its customers. */
typedef struct TcsGeometricSums
{
	double		log_t;			/* of ln(alpha + t) */
	double		inverse;		/* of 1 / (alpha + t) */
	double		inverse2;
	double		log_odds;		/* of ln(1 + e^u) */
	/* of the chance w of being dead, times what u_r and u_alpha are made of */
	double		w;
	double		w_d;
	double		w_e;
	double		w_f;
	/* the same with w (1 - w) */
	double		v;
	double		v_d;
	double		v_e;
	double		v_dd;
	double		v_de;
	double		v_ee;
} TcsGeometricSums;

static inline void
tcs_geometric_sums_add(TcsGeometricSums *sums, double n, double log_t,
					   double log_t_x, double inverse, double inverse_x,
					   double k, double log_ratio)
{
	double		d = log_t - log_t_x;
	double		u = log_ratio + k * d;
	double		e = inverse - inverse_x;
	double		small = exp(-fabs(u));
	double		w = 1.0 / (1.0 + small);
	double		v = small * w * w;

	sums->log_odds += n * ((u > 0.0 ? u : 0.0) + log1p(small));
	if (u < 0.0)
		w = small * w;
	w *= n;
	v *= n;
	sums->w += w;
	sums->w_d += w * d;
	sums->w_e += w * e;
	sums->w_f += w * (inverse * inverse - inverse_x * inverse_x);
	sums->v += v;
	sums->v_d += v * d;
	sums->v_e += v * e;
	sums->v_dd += v * d * d;
	sums->v_de += v * d * e;
	sums->v_ee += v * e * e;
}

#endif							/* TCS_BETA_GEOMETRIC_SUMS_H */
