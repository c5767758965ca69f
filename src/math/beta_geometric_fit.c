/*
 * beta_geometric_fit.c
 *		The log-likelihood of bg/nbd and mbg/nbd.
 *
 * With k = r + x, and B = b + x for bg/nbd, b + x + 1 for mbg/nbd, that of a
 * customer is
 *
 *	ln gamma(k)/gamma(r) + r ln alpha				purchases at their rate
 *	+ ln gamma(B)/gamma(b) - ln gamma(a+B)/gamma(a+b)	alive after each
 *	- k ln(alpha + t)								none since the last
 *	+ ln(1 + e^u)									or dead: by the odds e^u
 *
 *	u = ln a - ln(B - 1) + k (ln(alpha + t) - ln(alpha + t_x))
 *
 * where a bg/nbd customer without a repeat purchase is never dead.  All but
 * the odds depends on x, or on t alone, so that a tuple costs an exponential
 * and a logarithm.
 */
#include "math/btyd_fit.h"

#include <math.h>

#include "math/beta_geometric_sums.h"
#include "numerics/special.h"

#define POLL_EVERY	4096

enum
{
	R, ALPHA, A, B
};
#define AT(i, j)	((i) * TCS_BTYD_PARAMETERS + (j))

static void
beta_geometric_add_group(const TcsBtydObjective *objective, const TcsBtydGroup *group,
						 const double *p, double *value, double *g, double *h)
{
	const TcsBtydData *data = objective->data;
	double		x = group->x;
	double		k = p[R] + x;
	double		after = objective->family == TCS_MBG_NBD ? x + 1.0 : x;
	double		b = p[B] + after;
	double		mortal = after > 0.0;
	double		log_ratio = mortal ? log(p[A]) - log(b - 1.0) : 0.0;
	double		customers = 0.0;
	size_t		skip = group->first % objective->stride;
	TcsGeometricSums s = {0};

	if (skip != 0)
		skip = objective->stride - skip;
	for (size_t i = skip; i < group->count; i += objective->stride)
	{
		const TcsBtydTuple *tuple = &data->tuples[group->first + i];
		double		n = tuple->customers;
		double		log_t,
					inverse;

		if (i % POLL_EVERY < objective->stride && data->poll)
			data->poll();
		customers += n;
		if (data->days > 0)
		{
			log_t = data->logs[(size_t) tuple->t];
			inverse = data->inverses[(size_t) tuple->t];
			if (mortal)
				tcs_geometric_sums_add(&s, n, log_t, data->logs[(size_t) tuple->t_x], inverse,
									   data->inverses[(size_t) tuple->t_x], k, log_ratio);
		}
		else
		{
			log_t = log(p[ALPHA] + tuple->t);
			inverse = 1.0 / (p[ALPHA] + tuple->t);
			if (mortal)
				tcs_geometric_sums_add(&s, n, log_t, log(p[ALPHA] + tuple->t_x), inverse,
									   1.0 / (p[ALPHA] + tuple->t_x), k, log_ratio);
		}
		s.log_t += n * log_t;
		s.inverse += n * inverse;
		s.inverse2 += n * inverse * inverse;
	}
	if (customers == 0.0)
		return;

	*value += customers * (tcs_log_rising(p[R], x) + p[R] * log(p[ALPHA]) +
						   tcs_log_rising(p[B], after) - tcs_log_rising(p[A] + p[B], after)) -
		k * s.log_t + s.log_odds;
	if (g == NULL)
		return;

	{
		double		u_a = 1.0 / p[A];
		double		u_b = mortal ? -1.0 / (b - 1.0) : 0.0;
		double		alive_a = tcs_digamma(p[A] + p[B]) - tcs_digamma(p[A] + b);
		double		alive_aa = tcs_trigamma(p[A] + p[B]) - tcs_trigamma(p[A] + b);

		g[R] += customers * (tcs_digamma(k) - tcs_digamma(p[R]) + log(p[ALPHA])) -
			s.log_t + s.w_d;
		g[ALPHA] += customers * p[R] / p[ALPHA] - k * s.inverse + k * s.w_e;
		g[A] += customers * alive_a + s.w * u_a;
		g[B] += customers * (tcs_digamma(b) - tcs_digamma(p[B]) + alive_a) + s.w * u_b;

		h[AT(R, R)] += customers * (tcs_trigamma(k) - tcs_trigamma(p[R])) + s.v_dd;
		h[AT(R, ALPHA)] += customers / p[ALPHA] - s.inverse + s.w_e + k * s.v_de;
		h[AT(R, A)] += s.v_d * u_a;
		h[AT(R, B)] += s.v_d * u_b;
		h[AT(ALPHA, ALPHA)] += -customers * p[R] / (p[ALPHA] * p[ALPHA]) + k * s.inverse2 -
			k * s.w_f + k * k * s.v_ee;
		h[AT(ALPHA, A)] += k * s.v_e * u_a;
		h[AT(ALPHA, B)] += k * s.v_e * u_b;
		h[AT(A, A)] += customers * alive_aa + (s.v - s.w) * u_a * u_a;
		h[AT(A, B)] += customers * alive_aa + s.v * u_a * u_b;
		h[AT(B, B)] += customers * (tcs_trigamma(b) - tcs_trigamma(p[B]) + alive_aa) +
			(s.v + s.w) * u_b * u_b;
	}
}

double
tcs_beta_geometric_objective(const double *theta, double *gradient,
							 double *hessian, void *context)
{
	const TcsBtydObjective *objective = context;
	const TcsBtydData *data = objective->data;
	double		p[TCS_BTYD_PARAMETERS];
	double		value = 0.0;

	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
		p[i] = exp(theta[i]);
	if (gradient)
	{
		for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
			gradient[i] = 0.0;
		for (int i = 0; i < TCS_BTYD_PARAMETERS * TCS_BTYD_PARAMETERS; i++)
			hessian[i] = 0.0;
	}
	for (size_t day = 0; day < data->days; day++)
	{
		data->logs[day] = log(p[ALPHA] + (double) day);
		data->inverses[day] = 1.0 / (p[ALPHA] + (double) day);
	}
	for (size_t i = 0; i < data->group_count; i++)
	{
		if (i % 64 == 0 && data->poll)
			data->poll();
		beta_geometric_add_group(objective, &data->groups[i], p, &value, gradient, hessian);
	}
	if (gradient)
		tcs_btyd_chain(p, gradient, hessian);
	return value;
}
