/*
 * cnbd_fit.c
 *		The log-likelihood of mbg/cnbd-k and bg/cnbd-k, and of their limits.
 *
 * With the names of cnbd.h, and B = b + x for bg, b + x + 1 for mbg, that of a
 * customer is that of beta_geometric_fit.c with K for k and P(z) for the 1 of
 * those who live,
 *
 *	ln gamma(K)/gamma(r) + r ln alpha - K ln(alpha + t)
 *	+ ln gamma(B)/gamma(b) - ln gamma(a+B)/gamma(a+b)
 *	+ ln P(z) + ln(1 + e^U)
 *
 *	U = ln a - ln(B - 1) + K (ln(alpha + t) - ln(alpha + t_x)) - ln P(z)
 *
 * and a constant.  Where all buy at one rate, k x ln lambda - lambda t stands
 * in the place of the first line, and P is the sum of (lambda u)^j / j!.
 */
#include "math/cnbd.h"

#include <math.h>
#include <string.h>

#include "math/btyd_layout.h"
#include "numerics/special.h"

#define POLL_EVERY	4096

/* Of a group: the factors of the powers in P, and in its derivatives by K. */
typedef struct CnbdFactors
{
	double		f[TCS_CNBD_MOST];
	double		f_k[TCS_CNBD_MOST];
	double		f_kk[TCS_CNBD_MOST];
} CnbdFactors;

static void
cnbd_set_factors(const TcsBtydLayout *layout, double shape, CnbdFactors *factors)
{
	double		f = 1.0;
	double		first = 0.0;
	double		second = 0.0;

	for (int j = 0; j < layout->k; j++)
	{
		factors->f[j] = f;
		factors->f_k[j] = f * first;
		factors->f_kk[j] = f * (first * first - second);
		if (layout->gamma)
		{
			f *= (shape + j) / (j + 1);
			first += 1.0 / (shape + j);
			second += 1.0 / ((shape + j) * (shape + j));
		}
		else
			f /= j + 1;
	}
}

/*
 * A function of a customer with its derivatives by r and alpha, or by the rate
 * alone.
 */
typedef struct CnbdTerm
{
	double		value;
	double		first[2];
	double		second[3];		/* 00, 01, 11 */
} CnbdTerm;

/* ln P(z) where rates differ; inverse = 1 / (alpha + t) */
static inline void
cnbd_log_alive(int k, const CnbdFactors *factors, double since, double inverse, CnbdTerm *l)
{
	double		z = since * inverse;
	double		power = 1.0;
	double		p = 0.0,
				p_k = 0.0,
				p_kk = 0.0,
				p_z = 0.0,		/* z times the derivative by z */
				p_zk = 0.0,
				p_zz = 0.0;		/* of the same again */

	for (int j = 0; j < k; j++)
	{
		double		part = factors->f[j] * power;
		double		part_k = factors->f_k[j] * power;

		p += part;
		p_k += part_k;
		p_kk += factors->f_kk[j] * power;
		p_z += j * part;
		p_zk += j * part_k;
		p_zz += j * j * part;
		power *= z;
	}
	p_k /= p;
	p_z /= p;
	l->value = log(p);
	l->first[0] = p_k;
	l->first[1] = -inverse * p_z;
	l->second[0] = p_kk / p - p_k * p_k;
	l->second[1] = -inverse * (p_zk / p - p_z * p_k);
	l->second[2] = inverse * inverse * (p_zz / p + p_z - p_z * p_z);
}

/* The same at one rate. */
static inline void
cnbd_log_alive_at(int k, const CnbdFactors *factors, double since, double rate, CnbdTerm *l)
{
	double		y = since * rate;
	double		power = 1.0;
	double		p[3] = {0.0, 0.0, 0.0}; /* without the last terms */

	for (int j = 0; j < k; j++)
	{
		double		part = factors->f[j] * power;

		p[0] += part;
		if (j < k - 1)
			p[1] += part;
		if (j < k - 2)
			p[2] += part;
		power *= y;
	}
	p[1] /= p[0];
	p[2] /= p[0];
	memset(l, 0, sizeof(*l));
	l->value = log(p[0]);
	l->first[0] = since * p[1];
	l->second[0] = since * since * (p[2] - p[1] * p[1]);
}

/* Sums over the tuples of a group, each times its customers. */
typedef struct CnbdSums
{
	double		value;
	double		log_t;			/* of ln(alpha + t), or of t */
	double		inverse;
	double		inverse2;
	double		first[2];
	double		second[3];
	TcsBtydLeavers leavers;		/* by the slopes of U */
} CnbdSums;

/* What a customer who lives has, and who may be dead by the odds u. */
static inline void
cnbd_add_tuple(CnbdSums *s, double n, const CnbdTerm *l, const CnbdTerm *u)
{
	double		d[2];
	double		odds,
				small,
				w,
				v;

	s->value += n * l->value;
	for (int i = 0; i < 2; i++)
		s->first[i] += n * l->first[i];
	for (int i = 0; i < 3; i++)
		s->second[i] += n * l->second[i];
	if (u == NULL)
		return;
	odds = u->value - l->value;
	d[0] = u->first[0] - l->first[0];
	d[1] = u->first[1] - l->first[1];
	small = exp(-fabs(odds));
	w = 1.0 / (1.0 + small);
	v = small * w * w;
	s->value += n * ((odds > 0.0 ? odds : 0.0) + log1p(small));
	if (odds < 0.0)
		w = small * w;
	w *= n;
	v *= n;
	s->leavers.w += w;
	s->leavers.v += v;
	for (int i = 0; i < 2; i++)
	{
		s->first[i] += w * d[i];
		s->leavers.v_u[i] += v * d[i];
	}
	s->second[0] += w * (u->second[0] - l->second[0]) + v * d[0] * d[0];
	s->second[1] += w * (u->second[1] - l->second[1]) + v * d[0] * d[1];
	s->second[2] += w * (u->second[2] - l->second[2]) + v * d[1] * d[1];
}

static void
cnbd_sum_group(const TcsBtydLimit *limit, const TcsBtydLayout *layout, const TcsBtydGroup *group,
			   const double *p, bool mortal, double log_ratio, CnbdSums *s)
{
	const TcsBtydData *data = limit->data;
	double		shape = layout->gamma ? p[0] + layout->k * group->x : 0.0;
	size_t		skip = group->first % limit->stride;
	CnbdFactors factors;

	memset(s, 0, sizeof(*s));
	cnbd_set_factors(layout, shape, &factors);
	if (skip != 0)
		skip = limit->stride - skip;
	for (size_t i = skip; i < group->count; i += limit->stride)
	{
		const TcsBtydTuple *tuple = &data->tuples[group->first + i];
		double		since = tuple->t - tuple->t_x;
		double		n = tuple->customers;
		CnbdTerm	l = {0};
		CnbdTerm	u = {0};

		if (i % POLL_EVERY < limit->stride && data->poll)
			data->poll();
		s->leavers.customers += n;
		if (!layout->gamma)
		{
			s->log_t += n * tuple->t;
			if (since > 0.0)
				cnbd_log_alive_at(layout->k, &factors, since, p[0], &l);
			u.value = log_ratio + p[0] * since;
			u.first[0] = since;
		}
		else
		{
			double		log_t,
						log_t_x,
						inverse,
						inverse_x;

			if (data->days > 0)
			{
				log_t = data->logs[(size_t) tuple->t];
				log_t_x = data->logs[(size_t) tuple->t_x];
				inverse = data->inverses[(size_t) tuple->t];
				inverse_x = data->inverses[(size_t) tuple->t_x];
			}
			else
			{
				log_t = log(p[1] + tuple->t);
				log_t_x = log(p[1] + tuple->t_x);
				inverse = 1.0 / (p[1] + tuple->t);
				inverse_x = 1.0 / (p[1] + tuple->t_x);
			}
			s->log_t += n * log_t;
			s->inverse += n * inverse;
			s->inverse2 += n * inverse * inverse;
			if (since > 0.0)
				cnbd_log_alive(layout->k, &factors, since, inverse, &l);
			u.value = log_ratio + shape * (log_t - log_t_x);
			u.first[0] = log_t - log_t_x;
			u.first[1] = shape * (inverse - inverse_x);
			u.second[1] = inverse - inverse_x;
			u.second[2] = -shape * (inverse * inverse - inverse_x * inverse_x);
		}
		cnbd_add_tuple(s, n, &l, mortal ? &u : NULL);
	}
}

#define AT(i, j)	((i) * layout->n + (j))

static double
cnbd_add_group(const TcsBtydLimit *limit, const TcsBtydLayout *layout, const TcsBtydGroup *group,
			   const double *p, double *g, double *h)
{
	double		stages = layout->k * group->x;
	double		shape = p[0] + stages;	/* where rates differ */
	double		after = limit->family == TCS_BG_CNBD ? group->x : group->x + 1.0;
	double		log_ratio;
	bool		mortal = tcs_btyd_mortal(layout, p, after, &log_ratio);
	double		value;
	CnbdSums	s;

	cnbd_sum_group(limit, layout, group, p, mortal, log_ratio, &s);
	if (s.leavers.customers == 0.0)
		return 0.0;

	value = s.value;
	if (layout->gamma)
		value += s.leavers.customers * (tcs_log_rising(p[0], stages) + p[0] * log(p[1])) - shape * s.log_t;
	else
		value += s.leavers.customers * stages * log(p[0]) - p[0] * s.log_t;
	value += tcs_btyd_stay(layout, p, s.leavers.customers, after);
	if (g == NULL)
		return value;

	g[0] += s.first[0];
	h[AT(0, 0)] += s.second[0];
	if (layout->gamma)
	{
		g[0] += s.leavers.customers * (tcs_digamma(shape) - tcs_digamma(p[0]) + log(p[1])) - s.log_t;
		g[1] += s.leavers.customers * p[0] / p[1] - shape * s.inverse + s.first[1];
		h[AT(0, 0)] += s.leavers.customers * (tcs_trigamma(shape) - tcs_trigamma(p[0]));
		h[AT(0, 1)] += s.leavers.customers / p[1] - s.inverse + s.second[1];
		h[AT(1, 1)] += shape * s.inverse2 - s.leavers.customers * p[0] / (p[1] * p[1]) + s.second[2];
	}
	else
	{
		g[0] += s.leavers.customers * stages / p[0] - s.log_t;
		h[AT(0, 0)] -= s.leavers.customers * stages / (p[0] * p[0]);
	}
	tcs_btyd_add_leavers(layout, &s.leavers, p, after, g, h);
	return value;
}

double
tcs_cnbd_objective(const double *theta, double *gradient, double *hessian,
				   void *context)
{
	const TcsBtydLimit *limit = context;
	TcsBtydLayout layout = tcs_btyd_layout(limit);

	return tcs_btyd_add_groups(limit, &layout, cnbd_add_group, theta, gradient, hessian);
}

double
tcs_cnbd_constant(const TcsBtydData *data, int k)
{
	double		repeats = 0.0;

	for (size_t i = 0; i < data->group_count; i++)
		repeats += data->groups[i].x * data->groups[i].customers;
	return (k - 1) * data->ln_gaps - repeats * tcs_lgamma(k);
}

double
tcs_cnbd_rhythm(const TcsBtydData *data, int k)
{
	double		value = tcs_cnbd_constant(data, k);

	for (size_t i = 0; i < data->group_count; i++)
	{
		const TcsBtydGroup *group = &data->groups[i];
		double		log_time = 0.0;

		if (group->x == 0.0)
			continue;
		if (data->poll)
			data->poll();
		for (size_t j = 0; j < group->count; j++)
		{
			const TcsBtydTuple *tuple = &data->tuples[group->first + j];

			log_time += tuple->customers * log(tuple->t_x);
		}
		value += group->customers * tcs_lgamma(k * group->x) - (k - 1) * group->x * log_time;
	}
	return value;
}
