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
#include "btyd_fit.h"

#include <math.h>

#include "pareto.h"
#include "special.h"

#define POLL_EVERY	64

enum
{
	R, ALPHA, S, BETA
};
#define N			TCS_BTYD_PARAMETERS
#define AT(i, j)	((i) * N + (j))

/*
 * Means over the time of death y, given that it was before t, of the
 * derivatives of the logarithm of the integrand, of their products (the upper
 * triangle), and of the second derivatives that are not constant.
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

/* ln L2 and the moments; minus infinity where t_x = t */
static double
died(const double *p, double k, const TcsBtydTuple *tuple, Moments *m)
{
	TcsParetoIntegral integral;
	double		total = 0.0;

	if (!tcs_pareto_begin(&integral, k, p[ALPHA], p[S] + 1.0, p[BETA], tuple->t_x, tuple->t))
		return -INFINITY;
	for (int i = 0; i < N; i++)
		m->first[i] = 0.0;
	for (int i = 0; i < N * N; i++)
		m->second[i] = 0.0;
	m->inverse_alpha = m->inverse_alpha2 = m->inverse_beta = m->inverse_beta2 = 0.0;

	while (tcs_pareto_next(&integral))
	{
		/* logarithms from the lower end on, where the integrand is 1 */
		double		weight = integral.weight;
		double		phi[N];

		total += weight;
		phi[R] = -integral.log_alpha;
		phi[ALPHA] = integral.inverse_alpha;
		phi[S] = -integral.log_beta;
		phi[BETA] = integral.inverse_beta;
		for (int i = 0; i < N; i++)
		{
			double		part = weight * phi[i];

			m->first[i] += part;
			for (int j = i; j < N; j++)
				m->second[AT(i, j)] += part * phi[j];
		}
	}
	for (int i = 0; i < N; i++)
		m->first[i] /= total;
	for (int i = 0; i < N * N; i++)
		m->second[i] /= total;
	m->inverse_alpha = m->first[ALPHA];
	m->inverse_alpha2 = m->second[AT(ALPHA, ALPHA)];
	m->inverse_beta = m->first[BETA];
	m->inverse_beta2 = m->second[AT(BETA, BETA)];

	/* the derivatives themselves: shift the logarithms, scale the inverses */
	{
		double		shift[N] = {-log(p[ALPHA] + tuple->t_x), 0.0,
		1.0 / p[S] - log(p[BETA] + tuple->t_x), 0.0};
		double		scale[N] = {1.0, -k, 1.0, -(p[S] + 1.0)};

		for (int i = 0; i < N; i++)
			for (int j = i; j < N; j++)
				m->second[AT(i, j)] = scale[i] * scale[j] * m->second[AT(i, j)] +
					shift[i] * scale[j] * m->first[j] +
					shift[j] * scale[i] * m->first[i] + shift[i] * shift[j];
		for (int i = 0; i < N; i++)
			m->first[i] = scale[i] * m->first[i] + shift[i];
	}
	return log(p[S]) + integral.log_scale + log(total);
}

static double
add_tuple(const double *p, double k, const TcsBtydTuple *tuple, double *g, double *h)
{
	double		n = tuple->customers;
	double		log_alpha = log(p[ALPHA] + tuple->t);
	double		log_beta = log(p[BETA] + tuple->t);
	double		inverse_alpha = 1.0 / (p[ALPHA] + tuple->t);
	double		inverse_beta = 1.0 / (p[BETA] + tuple->t);
	double		log_alive = -k * log_alpha - p[S] * log_beta;
	Moments		m = {{0}};		/* stays so where nobody can have died */
	double		log_dead = died(p, k, tuple, &m);
	double		value = tcs_log_add(log_alive, log_dead);
	double		alive = exp(log_alive - value);
	double		dead = exp(log_dead - value);
	double		phi[N] = {-log_alpha, -k * inverse_alpha, -log_beta, -p[S] * inverse_beta};
	double		slope[N];

	if (g == NULL)
		return n * value;
	for (int i = 0; i < N; i++)
	{
		slope[i] = alive * phi[i] + dead * m.first[i];
		g[i] += n * slope[i];
	}
	for (int i = 0; i < N; i++)
		for (int j = i; j < N; j++)
			h[AT(i, j)] += n * (alive * phi[i] * phi[j] + dead * m.second[AT(i, j)] -
								slope[i] * slope[j]);
	h[AT(R, ALPHA)] -= n * (alive * inverse_alpha + dead * m.inverse_alpha);
	h[AT(ALPHA, ALPHA)] += n * k * (alive * inverse_alpha * inverse_alpha +
									dead * m.inverse_alpha2);
	h[AT(S, S)] -= n * dead / (p[S] * p[S]);
	h[AT(S, BETA)] -= n * (alive * inverse_beta + dead * m.inverse_beta);
	h[AT(BETA, BETA)] += n * (alive * p[S] * inverse_beta * inverse_beta +
							  dead * (p[S] + 1.0) * m.inverse_beta2);
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
	double		customers = 0.0;
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
			sum += add_tuple(p, k, tuple, gradient, hessian);
		}
		if (members == 0.0)
			continue;
		customers += members;
		value += sum + members * tcs_log_rising(p[R], group->x);
		if (gradient)
		{
			gradient[R] += members * (tcs_digamma(k) - tcs_digamma(p[R]));
			hessian[AT(R, R)] += members * (tcs_trigamma(k) - tcs_trigamma(p[R]));
		}
	}
	value += customers * (p[R] * log(p[ALPHA]) + p[S] * log(p[BETA]));
	if (gradient)
	{
		gradient[R] += customers * log(p[ALPHA]);
		gradient[ALPHA] += customers * p[R] / p[ALPHA];
		gradient[S] += customers * log(p[BETA]);
		gradient[BETA] += customers * p[S] / p[BETA];
		hessian[AT(R, ALPHA)] += customers / p[ALPHA];
		hessian[AT(ALPHA, ALPHA)] -= customers * p[R] / (p[ALPHA] * p[ALPHA]);
		hessian[AT(S, BETA)] += customers / p[BETA];
		hessian[AT(BETA, BETA)] -= customers * p[S] / (p[BETA] * p[BETA]);
		tcs_btyd_chain(p, gradient, hessian);
	}
	return value;
}
