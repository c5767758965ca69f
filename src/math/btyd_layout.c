/*
 * btyd_layout.c
 *		What likelihoods have in common whose customers leave after purchases.
 */
#include "math/btyd_layout.h"

#include <math.h>
#include <string.h>

#include "numerics/special.h"

#define AT(i, j)	((i) * layout->n + (j))

TcsBtydLayout
tcs_btyd_layout(const TcsBtydLimit *limit)
{
	TcsBtydLayout layout = {0};

	layout.k = limit->k;
	layout.gamma = !(limit->limits & TCS_BTYD_EQUAL_RATES);
	layout.once = limit->limits & TCS_BTYD_LEAVE_AT_ONCE;
	layout.chance = layout.once || limit->limits & TCS_BTYD_EQUAL_LEAVING;
	layout.beta = !layout.chance && !(limit->limits & TCS_BTYD_NOBODY_LEAVES) &&
		limit->family != TCS_NBD;
	layout.leaving = layout.gamma ? 2 : 1;
	layout.n = layout.leaving + (layout.beta ? 2 : layout.chance ? 1 : 0);
	return layout;
}

bool
tcs_btyd_mortal(const TcsBtydLayout *layout, const double *p, double after, double *log_ratio)
{
	bool		mortal = layout->once ? after == 1.0 :
	(layout->beta || layout->chance) && after > 0.0;
	int			a = layout->leaving;

	*log_ratio = 0.0;
	if (layout->beta && mortal)
		*log_ratio = log(p[a]) - log(p[a + 1] + after - 1.0);
	else if (layout->chance)
		*log_ratio = p[a];
	return mortal;
}

/* After how many of the occasions a customer may leave. */
static double
layout_occasions(const TcsBtydLayout *layout, double after)
{
	return layout->once ? fmin(after, 1.0) : after;
}

double
tcs_btyd_stay(const TcsBtydLayout *layout, const double *p, double customers, double after)
{
	int			a = layout->leaving;

	if (layout->beta)
		return customers * (tcs_log_rising(p[a + 1], after) -
							tcs_log_rising(p[a] + p[a + 1], after));
	if (layout->chance)
		return -customers * layout_occasions(layout, after) * tcs_softplus(p[a]);
	return 0.0;
}

void
tcs_btyd_add_leavers(const TcsBtydLayout *layout, const TcsBtydLeavers *leavers,
					 const double *p, double after, double *g, double *h)
{
	int			a = layout->leaving;
	double		customers = leavers->customers;
	double		w = leavers->w;
	double		v = leavers->v;
	double		u[2] = {0.0, 0.0};	/* slopes of the odds by a and b */

	if (layout->beta)
	{
		double		b = p[a + 1] + after;
		double		first = tcs_digamma(p[a] + p[a + 1]) - tcs_digamma(p[a] + b);
		double		second = tcs_trigamma(p[a] + p[a + 1]) - tcs_trigamma(p[a] + b);

		u[0] = 1.0 / p[a];
		u[1] = after > 0.0 ? -1.0 / (b - 1.0) : 0.0;
		g[a] += customers * first + w * u[0];
		g[a + 1] += customers * (tcs_digamma(b) - tcs_digamma(p[a + 1]) + first) + w * u[1];
		h[AT(a, a)] += customers * second + (v - w) * u[0] * u[0];
		h[AT(a, a + 1)] += customers * second + v * u[0] * u[1];
		h[AT(a + 1, a + 1)] += customers * (tcs_trigamma(b) - tcs_trigamma(p[a + 1]) + second) +
			(v + w) * u[1] * u[1];
	}
	else if (layout->chance)
	{
		/* the logarithm of the odds, in which those to be dead are linear */
		double		chance = tcs_logistic(p[a]);
		double		occasions = layout_occasions(layout, after);

		u[0] = 1.0;
		g[a] += w - customers * occasions * chance;
		h[AT(a, a)] += v - customers * occasions * chance * tcs_logistic(-p[a]);
	}
	for (int j = a; j < layout->n; j++)
		for (int i = 0; i < a; i++)
			h[AT(i, j)] += leavers->v_u[i] * u[j - a];
}

/* Is it the chance, which theta has as it is meant? */
static bool
layout_is_odds(const TcsBtydLayout *layout, int i)
{
	return layout->chance && i == layout->leaving;
}

/* Derivatives by the terms become those by theta, and the matrix whole. */
static void
layout_chain(const TcsBtydLayout *layout, const double *p, double *g, double *h)
{
	double		factor[TCS_BTYD_PARAMETERS];

	for (int i = 0; i < layout->n; i++)
		factor[i] = layout_is_odds(layout, i) ? 1.0 : p[i];
	for (int i = 0; i < layout->n; i++)
		for (int j = i; j < layout->n; j++)
		{
			h[AT(i, j)] *= factor[i] * factor[j];
			if (i == j && !layout_is_odds(layout, i))
				h[AT(i, i)] += p[i] * g[i];
			h[AT(j, i)] = h[AT(i, j)];
		}
	for (int i = 0; i < layout->n; i++)
		g[i] *= factor[i];
}

double
tcs_btyd_add_groups(const TcsBtydLimit *limit, const TcsBtydLayout *layout, TcsBtydAddGroup add,
					const double *theta, double *gradient, double *hessian)
{
	const TcsBtydData *data = limit->data;
	double		p[TCS_BTYD_PARAMETERS] = {0};
	double		value = 0.0;

	for (int i = 0; i < layout->n; i++)
		p[i] = layout_is_odds(layout, i) ? theta[i] : exp(theta[i]);
	/* the rate of purchases is told, that of stages is meant */
	if (!layout->gamma)
		p[0] *= layout->k;
	if (gradient)
	{
		memset(gradient, 0, layout->n * sizeof(double));
		memset(hessian, 0, layout->n * layout->n * sizeof(double));
	}
	for (size_t day = 0; layout->gamma && day < data->days; day++)
	{
		data->logs[day] = log(p[1] + (double) day);
		data->inverses[day] = 1.0 / (p[1] + (double) day);
	}
	for (size_t i = 0; i < data->group_count; i++)
	{
		if (i % 64 == 0 && data->poll)
			data->poll();
		value += add(limit, layout, &data->groups[i], p, gradient, hessian);
	}
	if (gradient)
		layout_chain(layout, p, gradient, hessian);
	return value;
}
