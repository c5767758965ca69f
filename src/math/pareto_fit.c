/*
 * pareto_fit.c
 *		The log-likelihood of pareto/nbd.
 *
 * With k = r + x, that of a customer is
 *
 *	ln gamma(k)/gamma(r) + r ln alpha + s ln beta + ln(L1 + L2)
 *
 *	L1 = (alpha + t)^-k (beta + t)^-s				alive until now
 *	L2 = s * integral over y from t_x to t of
 *		 (alpha + y)^-k (beta + y)^-(s+1)			died at y
 *
 * The integral is taken numerically (pareto.h); the derivatives of its
 * logarithm are the moments of those of the integrand.
 */
#include "math/btyd_fit.h"

#include <math.h>

#include "math/pareto.h"
#include "numerics/special.h"

#define POLL_EVERY	64

enum
{
	R, ALPHA, S, BETA
};
#define N			TCS_BTYD_PARAMETERS
#define AT(i, j)	((i) * N + (j))

/*
 * The derivatives of the logarithm of
 *
 *	alpha^r beta^s (alpha + y)^-k (beta + y)^-m
 *
 * by the parameters, where m = s, or s + 1 with a factor s.  The large parts
 * of each, as r / alpha and k / (alpha + y), are joined before they cancel:
 * what is left decides when customers are nearly alike and r or s is large.
 */
static inline void
pareto_slopes(const double *p, double x, double y, double log_alpha, double log_beta,
			  double inverse_alpha, double inverse_beta, double dead, double *phi)
{
	phi[R] = -log_alpha;
	phi[ALPHA] = (p[R] * y - x * p[ALPHA]) * inverse_alpha / p[ALPHA];
	phi[S] = dead / p[S] - log_beta;
	phi[BETA] = (p[S] * y - dead * p[BETA]) * inverse_beta / p[BETA];
}

/*
 * Means over the time of death y, given that it was before t, of the slopes,
 * of their products (the upper triangle), and of what the second derivatives
 * are made of.
 */
typedef struct Moments
{
	double		first[N];
	double		second[N * N];
	double		inverse_alpha;
	double		inverse_alpha2;
	double		inverse_beta;
	double		inverse_beta2;
} Moments;

/* Sums become means. */
static void
pareto_average(Moments *m, double total)
{
	for (int i = 0; i < N; i++)
		m->first[i] /= total;
	for (int i = 0; i < N * N; i++)
		m->second[i] /= total;
	m->inverse_alpha /= total;
	m->inverse_alpha2 /= total;
	m->inverse_beta /= total;
	m->inverse_beta2 /= total;
}

/*
 * ln(alpha^r beta^s L2), and the moments where m is not NULL; minus infinity where
 * t_x = t
 */
static double
pareto_died(const double *p, double x, const TcsBtydTuple *tuple, double log_alpha,
			double log_beta, Moments *m)
{
	TcsParetoIntegral integral;
	double		total = 0.0;

	if (!tcs_pareto_begin(&integral, p[R] + x, p[ALPHA], p[S] + 1.0, p[BETA],
						  tuple->t_x, tuple->t))
		return -INFINITY;
	while (tcs_pareto_next(&integral))
	{
		double		weight = integral.weight;
		double		phi[N];

		total += weight;
		if (m == NULL)
			continue;
		pareto_slopes(p, x, integral.y, log_alpha + integral.log_alpha,
					  log_beta + integral.log_beta, integral.inverse_alpha,
					  integral.inverse_beta, 1.0, phi);
		for (int i = 0; i < N; i++)
		{
			double		part = weight * phi[i];

			m->first[i] += part;
			for (int j = i; j < N; j++)
				m->second[AT(i, j)] += part * phi[j];
		}
		m->inverse_alpha += weight * integral.inverse_alpha;
		m->inverse_alpha2 += weight * integral.inverse_alpha * integral.inverse_alpha;
		m->inverse_beta += weight * integral.inverse_beta;
		m->inverse_beta2 += weight * integral.inverse_beta * integral.inverse_beta;
	}
	if (m != NULL)
		pareto_average(m, total);

	/* the integrand at t_x, times alpha^r beta^s, and the length that v is in */
	return log(total * p[S] * integral.length / (p[BETA] + tuple->t_x)) -
		x * log(p[ALPHA] + tuple->t_x) - p[R] * log_alpha - p[S] * log_beta;
}

static double
pareto_add_tuple(const double *p, double x, const TcsBtydTuple *tuple, double *g, double *h)
{
	double		n = tuple->customers;
	double		k = p[R] + x;
	double		log_alpha = log1p(tuple->t / p[ALPHA]);
	double		log_beta = log1p(tuple->t / p[BETA]);
	double		inverse_alpha = 1.0 / (p[ALPHA] + tuple->t);
	double		inverse_beta = 1.0 / (p[BETA] + tuple->t);
	double		log_alive = -p[R] * log_alpha - x * log(p[ALPHA] + tuple->t) - p[S] * log_beta;
	Moments		m = {{0}, {0}, 0, 0, 0, 0}; /* stays so where nobody can have
											 * died */
	double		log_dead = pareto_died(p, x, tuple, log1p(tuple->t_x / p[ALPHA]),
									   log1p(tuple->t_x / p[BETA]), g ? &m : NULL);
	double		value = tcs_log_add(log_alive, log_dead);
	double		alive = exp(log_alive - value);
	double		dead = exp(log_dead - value);
	double		phi[N];
	double		slope[N];

	if (g == NULL)
		return n * value;
	pareto_slopes(p, x, tuple->t, log_alpha, log_beta, inverse_alpha, inverse_beta, 0.0, phi);
	for (int i = 0; i < N; i++)
	{
		slope[i] = alive * phi[i] + dead * m.first[i];
		g[i] += n * slope[i];
	}
	for (int i = 0; i < N; i++)
		for (int j = i; j < N; j++)
			h[AT(i, j)] += n * (alive * phi[i] * phi[j] + dead * m.second[AT(i, j)] -
								slope[i] * slope[j]);
	h[AT(R, ALPHA)] += n * (1.0 / p[ALPHA] - alive * inverse_alpha - dead * m.inverse_alpha);
	h[AT(ALPHA, ALPHA)] += n * (k * (alive * inverse_alpha * inverse_alpha +
									 dead * m.inverse_alpha2) - p[R] / (p[ALPHA] * p[ALPHA]));
	h[AT(S, S)] -= n * dead / (p[S] * p[S]);
	h[AT(S, BETA)] += n * (1.0 / p[BETA] - alive * inverse_beta - dead * m.inverse_beta);
	h[AT(BETA, BETA)] += n * (alive * p[S] * inverse_beta * inverse_beta +
							  dead * (p[S] + 1.0) * m.inverse_beta2 -
							  p[S] / (p[BETA] * p[BETA]));
	return n * value;
}

double
tcs_pareto_objective(const double *theta, double *gradient, double *hessian,
					 void *context)
{
	const TcsBtydObjective *objective = context;
	const TcsBtydData *data = objective->data;
	double		p[N];
	double		value = 0.0;
	size_t		steps = 0;

	for (int i = 0; i < N; i++)
		p[i] = exp(theta[i]);
	if (gradient)
	{
		for (int i = 0; i < N; i++)
			gradient[i] = 0.0;
		for (int i = 0; i < N * N; i++)
			hessian[i] = 0.0;
	}
	for (size_t i = 0; i < data->group_count; i++)
	{
		const TcsBtydGroup *group = &data->groups[i];
		double		k = p[R] + group->x;
		double		members = 0.0;
		double		sum = 0.0;
		size_t		skip = group->first % objective->stride;

		if (skip != 0)
			skip = objective->stride - skip;
		for (size_t j = skip; j < group->count; j += objective->stride)
		{
			const TcsBtydTuple *tuple = &data->tuples[group->first + j];

			if (steps++ % POLL_EVERY == 0 && data->poll)
				data->poll();
			members += tuple->customers;
			sum += pareto_add_tuple(p, group->x, tuple, gradient, hessian);
		}
		if (members == 0.0)
			continue;
		value += sum + members * tcs_log_rising(p[R], group->x);
		if (gradient)
		{
			gradient[R] += members * (tcs_digamma(k) - tcs_digamma(p[R]));
			hessian[AT(R, R)] += members * (tcs_trigamma(k) - tcs_trigamma(p[R]));
		}
	}
	if (gradient)
		tcs_btyd_chain(p, gradient, hessian);
	return value;
}
