/*
 * btyd_limits.c
 *		The limits of the families of btyd.h, as models and as likelihoods.
 *
 * With A the chance to be alive after all purchases, and e^w the odds of no
 * purchase since the last one against being sure of none, a customer has
 *
 *	ln gamma(r + x)/gamma(r) + r ln alpha - (r + x) ln(alpha + t)
 *	x ln rate - rate t					where all buy at one rate
 *	+ ln A + ln(1 + e^u)				u = ln(odds to leave at the last) + w
 *
 * where everybody leaves after a purchase with the chance p, A is (1 - p)^n
 * after n occasions, and the odds are p / (1 - p); where a share p leaves at
 * the first, A is 1 - p and the odds are those, if n is 1, and else 0.
 */
#include "math/btyd_fit.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "math/beta_geometric_sums.h"
#include "math/btyd_layout.h"
#include "numerics/special.h"

#define POLL_EVERY	4096

/*
 * What stands for infinity: predictions by it differ from those of the limit
 * in what rounding does.
 */
#define SURE		1e15
#define VANISHED	1e-290

/*
 * The same within the likelihood of pareto/nbd, which keeps its digits so far,
 * and whose value differs by some x^2 / FAR.
 */
#define FAR			1e12

int
tcs_btyd_terms(TcsBtydFamily family, int limits, TcsBtydTerm *terms)
{
	int			count = 0;

	if (limits & (TCS_BTYD_EQUAL_RATES | TCS_BTYD_ALL_OR_NONE))
		terms[count++] = TCS_BTYD_RATE;
	else
	{
		terms[count++] = TCS_BTYD_R;
		terms[count++] = TCS_BTYD_ALPHA;
	}
	if (limits & (TCS_BTYD_EQUAL_LEAVING | TCS_BTYD_LEAVE_AT_ONCE))
		terms[count++] = TCS_BTYD_LEAVING;
	else if (family != TCS_NBD && !(limits & TCS_BTYD_NOBODY_LEAVES))
	{
		terms[count++] = TCS_BTYD_A;
		terms[count++] = TCS_BTYD_B;
	}
	return count;
}

TcsBtyd
tcs_btyd_of_terms(TcsBtydFamily family, int limits, int k, const double *value)
{
	TcsBtyd		btyd = {
		family, value[TCS_BTYD_R], value[TCS_BTYD_ALPHA], value[TCS_BTYD_A],
		value[TCS_BTYD_B], 1.0, 1
	};
	double		leaving = value[TCS_BTYD_LEAVING];
	bool		rhythm = tcs_btyd_has_rhythm(family);

	if (rhythm && k == 1)
	{
		rhythm = false;
		btyd.family = family = family == TCS_MBG_CNBD ? TCS_MBG_NBD : TCS_BG_NBD;
	}
	if (rhythm)
		btyd.k = k;
	if (limits & TCS_BTYD_ALL_OR_NONE)
	{
		btyd.r = VANISHED * value[TCS_BTYD_RATE];
		btyd.alpha = VANISHED * (1.0 - value[TCS_BTYD_RATE]);
	}
	else if (limits & TCS_BTYD_EQUAL_RATES)
	{
		double		rate = value[TCS_BTYD_RATE];

		btyd.r = SURE;
		btyd.alpha = fmin(SURE / rate / btyd.k, DBL_MAX);
		if (family == TCS_BG_BB)
		{
			/* neither is below SURE, as the chance is to be certain */
			btyd.r = SURE * fmax(rate / (1.0 - rate), 1.0);
			btyd.alpha = fmin(btyd.r * (1.0 / rate - 1.0), DBL_MAX);
		}
	}
	if (limits & TCS_BTYD_LEAVE_AT_ONCE)
	{
		/* pareto/nbd: before there is time for a purchase, as by mbg/nbd */
		if (family == TCS_PARETO_NBD)
			btyd.family = TCS_MBG_NBD;
		btyd.a = VANISHED * leaving;
		btyd.b = VANISHED * (1.0 - leaving);
	}
	else if (limits & TCS_BTYD_EQUAL_LEAVING)
	{
		double		odds = family == TCS_PARETO_NBD ? leaving : leaving / (1.0 - leaving);

		/* neither of a and b is below SURE, as the chance is to be certain */
		btyd.a = family == TCS_PARETO_NBD ? SURE : fmin(SURE * fmax(odds, 1.0), DBL_MAX);
		btyd.b = fmin(btyd.a / odds, DBL_MAX);
	}
	else if (limits & TCS_BTYD_NOBODY_LEAVES && family == TCS_BG_BB)
	{
		btyd.a = VANISHED;
		btyd.b = 1.0;
	}
	else if (limits & TCS_BTYD_NOBODY_LEAVES || family == TCS_NBD)
	{
		btyd.a = rhythm ? 0.0 : 1.0;
		btyd.b = 1.0;
		if (!rhythm)
			btyd.family = TCS_NBD;
	}
	return btyd;
}

/* The sums of a group, and its customers. */
static double
btyd_limit_sum_group(const TcsBtydLimit *limit, const TcsBtydLayout *layout, const TcsBtydGroup *group,
					 const double *p, bool mortal, double log_ratio, TcsGeometricSums *s)
{
	const TcsBtydData *data = limit->data;
	double		k = layout->gamma ? p[0] + group->x : p[0];
	double		customers = 0.0;
	size_t		skip = group->first % limit->stride;

	memset(s, 0, sizeof(*s));
	if (skip != 0)
		skip = limit->stride - skip;
	for (size_t i = skip; i < group->count; i += limit->stride)
	{
		const TcsBtydTuple *tuple = &data->tuples[group->first + i];
		double		n = tuple->customers;
		double		at_t,
					at_t_x,
					inverse = 0.0,
					inverse_x = 0.0;

		if (i % POLL_EVERY < limit->stride && data->poll)
			data->poll();
		customers += n;
		/* at one rate, the time itself stands where the logarithm did */
		if (!layout->gamma)
		{
			at_t = tuple->t;
			at_t_x = tuple->t_x;
		}
		else if (data->days > 0)
		{
			at_t = data->logs[(size_t) tuple->t];
			at_t_x = data->logs[(size_t) tuple->t_x];
			inverse = data->inverses[(size_t) tuple->t];
			inverse_x = data->inverses[(size_t) tuple->t_x];
		}
		else
		{
			at_t = log(p[1] + tuple->t);
			at_t_x = mortal ? log(p[1] + tuple->t_x) : 0.0;
			inverse = 1.0 / (p[1] + tuple->t);
			inverse_x = 1.0 / (p[1] + tuple->t_x);
		}
		if (mortal)
			tcs_geometric_sums_add(s, n, at_t, at_t_x, inverse, inverse_x, k, log_ratio);
		s->log_t += n * at_t;
		s->inverse += n * inverse;
		s->inverse2 += n * inverse * inverse;
	}
	return customers;
}

#define AT(i, j)	((i) * layout->n + (j))

/* Derivatives by the terms of purchases, the upper triangle. */
static void
btyd_limit_add_purchases(const TcsBtydLayout *layout, const TcsGeometricSums *s, const double *p,
						 double customers, double x, double *g, double *h)
{
	double		k = p[0] + x;

	if (!layout->gamma)
	{
		g[0] += customers * x / p[0] - s->log_t + s->w_d;
		h[0] += s->v_dd - customers * x / (p[0] * p[0]);
		return;
	}
	g[0] += customers * (tcs_digamma(k) - tcs_digamma(p[0]) + log(p[1])) - s->log_t + s->w_d;
	g[1] += customers * p[0] / p[1] - k * s->inverse + k * s->w_e;
	h[AT(0, 0)] += customers * (tcs_trigamma(k) - tcs_trigamma(p[0])) + s->v_dd;
	h[AT(0, 1)] += customers / p[1] - s->inverse + s->w_e + k * s->v_de;
	h[AT(1, 1)] += -customers * p[0] / (p[1] * p[1]) + k * s->inverse2 -
		k * s->w_f + k * k * s->v_ee;
}

static double
btyd_limit_add_group(const TcsBtydLimit *limit, const TcsBtydLayout *layout, const TcsBtydGroup *group,
					 const double *p, double *g, double *h)
{
	double		x = group->x;
	double		after = limit->family == TCS_BG_NBD ? x : x + 1.0;
	double		log_ratio;
	bool		mortal = tcs_btyd_mortal(layout, p, after, &log_ratio);
	double		customers;
	double		value;
	TcsGeometricSums s;

	customers = btyd_limit_sum_group(limit, layout, group, p, mortal, log_ratio, &s);
	if (customers == 0.0)
		return 0.0;

	value = s.log_odds;
	if (layout->gamma)
		value += customers * (tcs_log_rising(p[0], x) + p[0] * log(p[1])) - (p[0] + x) * s.log_t;
	else
		value += customers * x * log(p[0]) - p[0] * s.log_t;
	value += tcs_btyd_stay(layout, p, customers, after);
	if (g != NULL)
	{
		TcsBtydLeavers leavers = {customers, s.w, s.v, {s.v_d, (p[0] + x) * s.v_e}};

		btyd_limit_add_purchases(layout, &s, p, customers, x, g, h);
		tcs_btyd_add_leavers(layout, &leavers, p, after, g, h);
	}
	return value;
}

/*
 * pareto/nbd where customers do leave: its likelihood with r and alpha, or s
 * and beta, that are FAR.  An increase of the rate is a decrease of alpha.
 */
static double
btyd_limit_pareto(const double *theta, double *gradient, double *hessian,
				  const TcsBtydLimit *limit)
{
	TcsBtydObjective objective = {limit->data, TCS_PARETO_NBD, limit->stride};
	double		full[TCS_BTYD_PARAMETERS];
	double		g[TCS_BTYD_PARAMETERS];
	double		h[TCS_BTYD_PARAMETERS * TCS_BTYD_PARAMETERS];
	int			place[TCS_BTYD_PARAMETERS];
	double		sign[TCS_BTYD_PARAMETERS];
	int			n = 0;
	double		value;

	for (int i = 0; i < TCS_BTYD_PARAMETERS; i += 2)
	{
		bool		far = limit->limits & (i == 0 ? TCS_BTYD_EQUAL_RATES : TCS_BTYD_EQUAL_LEAVING);

		if (far)
		{
			full[i] = log(FAR);
			full[i + 1] = log(FAR) - theta[n];
		}
		else
		{
			full[i] = theta[n];
			place[n] = i;
			sign[n++] = 1.0;
			full[i + 1] = theta[n];
		}
		place[n] = i + 1;
		sign[n++] = far ? -1.0 : 1.0;
	}
	value = tcs_pareto_objective(full, gradient ? g : NULL, gradient ? h : NULL, &objective);
	if (gradient == NULL)
		return value;
	for (int i = 0; i < n; i++)
	{
		gradient[i] = sign[i] * g[place[i]];
		for (int j = 0; j < n; j++)
			hessian[i * n + j] = sign[i] * sign[j] * h[place[i] * TCS_BTYD_PARAMETERS + place[j]];
	}
	return value;
}

double
tcs_btyd_limit_objective(const double *theta, double *gradient, double *hessian,
						 void *context)
{
	const TcsBtydLimit *limit = context;
	TcsBtydLayout layout = tcs_btyd_layout(limit);

	if (limit->family == TCS_PARETO_NBD &&
		!(limit->limits & (TCS_BTYD_NOBODY_LEAVES | TCS_BTYD_LEAVE_AT_ONCE)))
		return btyd_limit_pareto(theta, gradient, hessian, limit);
	return tcs_btyd_add_groups(limit, &layout, btyd_limit_add_group, theta, gradient, hessian);
}
