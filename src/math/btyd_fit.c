/*
 * btyd_fit.c
 *		Fitting the models of btyd.h by maximum likelihood.
 */
#include "math/btyd_fit.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "math/bg_bb.h"
#include "math/cnbd.h"
#include "numerics/special.h"

/* Beyond these a parameter is taken for 0 or infinity; times as multiples of
 * the mean time under observation. */
#define LEAST		1e-6
#define MOST		1e6
#define MOST_SHAPE	1e4			/* r, and a or s */

/* By so much log-likelihood models are told apart ... */
#define EARNED		1e-3
/* ... which a search does not need to climb ... */
#define GAIN		1e-4
/* ... and from one which the data do not tell from its limit. */
#define EQUAL		1e-2

/* What is as far from a limit as to show whether it is a top. */
#define BESIDE		300.0

/* A larger population is first fitted on a part of about so many tuples. */
#define PART		20000
#define PARETO_PART	20000
#define FEW			300

void
tcs_btyd_chain(const double *parameter, double *gradient, double *hessian)
{
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
		for (int j = i; j < TCS_BTYD_PARAMETERS; j++)
		{
			double	   *h = &hessian[i * TCS_BTYD_PARAMETERS + j];

			*h *= parameter[i] * parameter[j];
			if (i == j)
				*h += parameter[i] * gradient[i];
			hessian[j * TCS_BTYD_PARAMETERS + i] = *h;
		}
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
		gradient[i] *= parameter[i];
}

/* What the population says of where to begin. */
typedef struct Outline
{
	double		customers;
	double		repeats;		/* purchases */
	double		time;			/* mean t, days */
	double		repeat_time;	/* sum of t over the repeat buyers */
} Outline;

static Outline
draw_outline(const TcsBtydData *data)
{
	Outline		o = {0};

	for (size_t i = 0; i < data->group_count; i++)
	{
		const TcsBtydGroup *group = &data->groups[i];
		double		time = 0.0;

		if (data->poll)
			data->poll();
		for (size_t j = 0; j < group->count; j++)
			time += data->tuples[group->first + j].t * data->tuples[group->first + j].customers;
		o.customers += group->customers;
		o.repeats += group->x * group->customers;
		o.time += time;
		if (group->x > 0.0)
			o.repeat_time += time;
	}
	o.time /= o.customers;
	return o;
}

/* How often the search begins anew, and of what fits so far is known. */
typedef struct BtydSearch
{
	const TcsBtydData *data;
	TcsBtydFamily family;
	int			k;				/* of cnbd-k, else 1 */
	Outline		outline;
	size_t		part;			/* every part-th tuple finds the way */
	int			iterations;
} BtydSearch;

static double
btyd_time_scale(const BtydSearch *search, int parameter)
{
	if (parameter == 1 || (parameter == 3 && search->family == TCS_PARETO_NBD))
		return search->outline.time;
	return 1.0;
}

/*
 * The likelihood that is climbed, of every stride-th tuple.  Both of the
 * contexts live as long as it is.
 */
typedef struct BtydSlope
{
	TcsObjective objective;
	void	   *context;
	TcsBtydObjective inside;
	TcsBtydLimit limit;
} BtydSlope;

static void
btyd_choose_slope(const BtydSearch *search, int limits, bool inside, size_t stride, BtydSlope *slope)
{
	bool		rhythm = tcs_btyd_has_rhythm(search->family);

	slope->inside = (TcsBtydObjective)
	{
		search->data, search->family, stride
	};
	slope->limit = (TcsBtydLimit)
	{
		search->data, search->family, limits, stride, search->k
	};
	slope->context = &slope->limit;
	if (rhythm)
		slope->objective = tcs_cnbd_objective;
	else if (!inside)
		slope->objective = tcs_btyd_limit_objective;
	else
	{
		slope->objective = search->family == TCS_PARETO_NBD ?
			tcs_pareto_objective : tcs_beta_geometric_objective;
		slope->context = &slope->inside;
	}
}

/* Newton's method within the family, on every stride-th tuple, from fit->theta. */
static bool
btyd_climb_inside(BtydSearch *search, size_t stride, TcsFit *fit)
{
	BtydSlope	slope;
	TcsProblem	problem = {TCS_BTYD_PARAMETERS, NULL, NULL, {0}, {0}, GAIN};

	btyd_choose_slope(search, 0, true, stride, &slope);
	problem.objective = slope.objective;
	problem.context = slope.context;
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
	{
		problem.least[i] = log(LEAST * btyd_time_scale(search, i));
		problem.most[i] = log((i % 2 == 0 ? MOST_SHAPE : MOST) * btyd_time_scale(search, i));
		fit->theta[i] = fmin(fmax(fit->theta[i], problem.least[i]), problem.most[i]);
	}
	tcs_newton(&problem, fit);
	search->iterations += fit->iterations;
	return fit->status == TCS_FIT_CONVERGED;
}

/* Where to begin a term at a limit, by theta inside on the way to it. */
static double
btyd_begin_term(const BtydSearch *search, int limits, TcsBtydTerm term, const double *theta)
{
	double		rate = log(search->outline.repeats / search->outline.customers /
						   search->outline.time);
	double		r = fmin(theta[0], log(10.0));
	double		a = fmin(fmax(theta[2], log(0.1)), log(10.0));
	double		unit = search->family == TCS_PARETO_NBD ? log(search->outline.time) : 0.0;
	double		leaving = fmin(fmax(theta[2] - theta[3], -5.0 - unit), 2.0 - unit);

	switch (term)
	{
		case TCS_BTYD_RATE:
			return rate;
		case TCS_BTYD_LEAVING:
			/* by the odds, of which nothing is known */
			return limits & TCS_BTYD_LEAVE_AT_ONCE ? -1.0 : leaving;
		case TCS_BTYD_R:
			return r;
		case TCS_BTYD_ALPHA:
			return theta[1] - theta[0] + r;
		case TCS_BTYD_A:
			return a;
		case TCS_BTYD_B:
			break;
	}
	return a - leaving;
}

/* Newton's method at a limit, from fit->theta. */
static bool
btyd_climb_limit(BtydSearch *search, int limits, size_t stride, TcsFit *fit)
{
	BtydSlope	slope;
	TcsProblem	problem = {0, NULL, NULL, {0}, {0}, GAIN};
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	double		time = search->outline.time;

	btyd_choose_slope(search, limits, false, stride, &slope);
	problem.objective = slope.objective;
	problem.context = slope.context;
	problem.n = tcs_btyd_terms(search->family, limits, terms);
	for (int i = 0; i < problem.n; i++)
	{
		bool		odds = terms[i] == TCS_BTYD_LEAVING &&
		(search->family != TCS_PARETO_NBD || limits & TCS_BTYD_LEAVE_AT_ONCE);
		double		scale = odds ? 1.0 :
		terms[i] == TCS_BTYD_RATE || terms[i] == TCS_BTYD_LEAVING ? 1.0 / time :
		btyd_time_scale(search, (int) terms[i]);

		problem.least[i] = log((terms[i] == TCS_BTYD_RATE ? LEAST * LEAST : LEAST) * scale);
		problem.most[i] = log((terms[i] == TCS_BTYD_RATE ? MOST * MOST : MOST) * scale);
		fit->theta[i] = fmin(fmax(fit->theta[i], problem.least[i]), problem.most[i]);
	}
	tcs_newton(&problem, fit);
	search->iterations += fit->iterations;
	return fit->status == TCS_FIT_CONVERGED;
}

/*
 * Of the limits in the order of their terms, the one with the greatest
 * likelihood; one with more terms has to earn them.  What way the search inside
 * went, to theta, tells which come into question, unless all are wanted.
 */
static bool
btyd_find_limit(BtydSearch *search, const double *theta, bool all, size_t stride,
				int *limits, TcsFit *found)
{
	static const int candidate[] = {
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES,
		TCS_BTYD_NOBODY_LEAVES,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_LEAVE_AT_ONCE,
		TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_RATES,
		TCS_BTYD_LEAVE_AT_ONCE
	};
	bool		any = false;
	double		beyond = -INFINITY; /* of those that run to limits of their
									 * own */

	for (size_t i = 0; i < sizeof(candidate) / sizeof(candidate[0]); i++)
	{
		int			c = candidate[i];
		TcsFit		fit = {0};
		TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
		int			count;

		if (search->family == TCS_NBD)
		{
			if (c != (TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES))
				continue;
			c = TCS_BTYD_EQUAL_RATES;
		}
		else if (!all &&
				 ((c & TCS_BTYD_EQUAL_RATES && theta[0] < log(20.0)) ||
				  (!(c & TCS_BTYD_EQUAL_RATES) && theta[0] > log(MOST_SHAPE / 2.0)) ||
				  (c & TCS_BTYD_EQUAL_LEAVING && theta[2] < log(20.0)) ||
				  (c & TCS_BTYD_LEAVE_AT_ONCE && theta[2] > log(0.05) &&
				   search->family != TCS_PARETO_NBD)))
			continue;
		count = tcs_btyd_terms(search->family, c, terms);
		for (int j = 0; j < count; j++)
			fit.theta[j] = btyd_begin_term(search, c, terms[j], theta);
		if (!btyd_climb_limit(search, c, stride, &fit))
		{
			beyond = fmax(beyond, fit.value);
			continue;
		}
		if (any && !(fit.value > found->value + EARNED))
			continue;
		*found = fit;
		*limits = c;
		any = true;
	}
	if (!all && (!any || beyond > found->value + EARNED))
		return btyd_find_limit(search, theta, true, stride, limits, found);
	return any;
}

/* A model inside the family beside its limit. */
static void
btyd_beside_limit(const BtydSearch *search, int limits, const TcsFit *fit, double *theta)
{
	bool		pareto = search->family == TCS_PARETO_NBD;
	const double *leaving = &fit->theta[limits & TCS_BTYD_EQUAL_RATES ? 1 : 2];

	theta[0] = limits & TCS_BTYD_EQUAL_RATES ? log(BESIDE) : fit->theta[0];
	theta[1] = limits & TCS_BTYD_EQUAL_RATES ?
		log(BESIDE) - fit->theta[0] - log(search->k) : fit->theta[1];
	if (limits & TCS_BTYD_EQUAL_LEAVING)
	{
		theta[2] = log(BESIDE) + (pareto ? 0.0 : fmax(leaving[0], 0.0));
		theta[3] = theta[2] - leaving[0];
	}
	else if (limits & TCS_BTYD_NOBODY_LEAVES)
	{
		theta[2] = -log(BESIDE);
		theta[3] = pareto ? log(search->outline.time) : 0.0;
	}
	else if (limits & TCS_BTYD_LEAVE_AT_ONCE)
	{
		theta[2] = -log(BESIDE) + (pareto ? 0.0 : -tcs_softplus(-leaving[0]));
		theta[3] = -log(BESIDE) + (pareto ? 0.0 : -tcs_softplus(leaving[0]));
	}
	else
	{
		theta[2] = leaving[0];
		theta[3] = leaving[1];
	}
}

/* The likelihood of all customers inside the family. */
static double
btyd_value_inside(const BtydSearch *search, const double *theta)
{
	BtydSlope	slope;

	btyd_choose_slope(search, 0, true, 1, &slope);
	return slope.objective(theta, NULL, NULL, slope.context);
}

/*
 * Is there something greater beside the limit, or where a part of the customers
 * led to?  Then limits and fit become that: a model inside the family, or where a
 * search from there leads to.
 */
static void
btyd_look_beside(BtydSearch *search, const TcsFit *part, int *limits, TcsFit *fit)
{
	TcsFit		inside = {0};
	TcsFit		other = {0};
	int			other_limits;
	double		value;

	if (search->family == TCS_NBD)
		return;
	btyd_beside_limit(search, *limits, fit, inside.theta);
	value = btyd_value_inside(search, inside.theta);
	if (part != NULL)
	{
		double		there = btyd_value_inside(search, part->theta);

		if (there > value)
		{
			value = there;
			memcpy(inside.theta, part->theta, sizeof(inside.theta));
		}
	}
	if (!(value > fit->value + EARNED))
		return;
	if (btyd_climb_inside(search, 1, &inside) && inside.value > fit->value)
	{
		*fit = inside;
		*limits = 0;
	}
	else if (btyd_find_limit(search, inside.theta, true, 1, &other_limits, &other) &&
			 other.value > fit->value)
	{
		*fit = other;
		*limits = other_limits;
	}
}

static void
btyd_make_estimate(const BtydSearch *search, int limits, const TcsFit *fit,
				   TcsBtydEstimate *estimate)
{
	estimate->family = search->family;
	estimate->k = search->k;
	estimate->limits = limits;
	estimate->count = tcs_btyd_terms(search->family, limits, estimate->term);
	for (int i = 0; i < estimate->count; i++)
	{
		double		theta = fit->theta[i];

		estimate->value[i] = exp(theta);
		estimate->standard_error[i] = fit->standard_error[i];
		if (estimate->term[i] == TCS_BTYD_LEAVING &&
			(search->family != TCS_PARETO_NBD || limits & TCS_BTYD_LEAVE_AT_ONCE))
		{
			/* of the odds it was */
			estimate->value[i] = tcs_logistic(theta);
			estimate->standard_error[i] *= tcs_logistic(-theta) * tcs_logistic(-theta);
		}
	}
	estimate->log_likelihood = fit->value;
	estimate->gradient_norm = fit->gradient_norm;
	estimate->condition_number = fit->condition_number;
	estimate->iterations = search->iterations;
}

/*
 * Look inside the family from several starts.  True if the estimate is there; else
 * fit is the way to a limit, on every stride-th tuple.
 */
static bool
btyd_look_inside(BtydSearch *search, size_t *stride, int *limits, TcsFit *limit, TcsFit *fit)
{
	/* r, the rate as a multiple of the mean one, and how customers die */
	static const double start[][3] = {{1.0, 1.0, 2.0}, {0.3, 0.3, 1.0}, {3.0, 0.5, 5.0}};
	const Outline *outline = &search->outline;
	bool		few = search->data->tuple_count <= FEW;
	bool		found = false;

	for (size_t attempt = 0; attempt < sizeof(start) / sizeof(start[0]); attempt++)
	{
		const double *s = start[attempt];

		fit->theta[0] = log(s[0]);
		fit->theta[1] = log(s[0] * outline->time * outline->customers / outline->repeats / search->k);
		fit->theta[2] = log(s[1]);
		fit->theta[3] = log(s[2] * btyd_time_scale(search, 3));
		*stride = search->part;
		if (btyd_climb_inside(search, search->part, fit))
		{
			if (search->part == 1)
				return true;
			*stride = 1;
			if (btyd_climb_inside(search, 1, fit))
				return true;
		}
		/* few customers are looked at from every side */
		if (!found || fit->value > limit->value + EQUAL)
			found = btyd_find_limit(search, fit->theta, attempt > 0 || few, *stride, limits, limit);
		if (found && limit->value >= fit->value - EQUAL && (attempt > 0 || !few))
			return false;
	}
	return false;
}

static bool
btyd_has_repeats_at_once(const TcsBtydData *data)
{
	for (size_t i = 0; i < data->group_count; i++)
	{
		const TcsBtydGroup *group = &data->groups[i];

		for (size_t j = 0; group->x > 0.0 && j < group->count; j++)
			if (data->tuples[group->first + j].t_x == 0.0)
				return true;
	}
	return false;
}

/* The model of a family, for cnbd-k at that k. */
static TcsBtydNote
btyd_fit_family(const TcsBtydData *data, TcsBtydFamily family, int k, TcsBtydEstimate *estimate)
{
	BtydSearch	search = {data, family, k, draw_outline(data), 1, 0};
	TcsFit		inside = {0};
	TcsFit		limit = {0};
	int			limits = 0;
	size_t		stride = 1;
	size_t		part;

	if (family == TCS_BG_BB)
		return tcs_bg_bb_fit(data, estimate);
	/* without stages in between they are those without a rhythm */
	if (k == 1 && family == TCS_MBG_CNBD)
		search.family = family = TCS_MBG_NBD;
	if (k == 1 && family == TCS_BG_CNBD)
		search.family = family = TCS_BG_NBD;
	if (!(search.outline.repeats > 0.0))
		return TCS_BTYD_NO_REPEATS;
	if (!(search.outline.repeat_time > 0.0))
		return TCS_BTYD_NO_TIME;
	if (search.outline.customers < 2.0)
		return TCS_BTYD_ONE_CUSTOMER;

	/* a part of the population finds the way, the whole of it the place */
	part = family == TCS_PARETO_NBD ? PARETO_PART : PART;
	if (data->tuple_count > 2 * part)
		search.part = data->tuple_count / part;
	if (family == TCS_NBD)
	{
		inside.theta[1] = log(search.outline.time * search.outline.customers /
							  search.outline.repeats);
		if (btyd_climb_limit(&search, 0, 1, &inside))
		{
			btyd_make_estimate(&search, 0, &inside, estimate);
			return TCS_BTYD_FINE;
		}
	}
	else if (btyd_look_inside(&search, &stride, &limits, &limit, &inside))
	{
		btyd_make_estimate(&search, 0, &inside, estimate);
		return TCS_BTYD_FINE;
	}

	/* likelihoods without an end */
	if (family != TCS_NBD && inside.which == 1 && inside.direction < 0 && btyd_has_repeats_at_once(data))
		return TCS_BTYD_REPEATS_AT_ONCE;
	/* the limit on all customers, or all limits again */
	if ((limits == 0 || stride > 1 || limit.status != TCS_FIT_CONVERGED) &&
		(limits == 0 || !btyd_climb_limit(&search, limits, 1, &limit)))
		btyd_find_limit(&search, inside.theta, false, 1, &limits, &limit);
	btyd_look_beside(&search, stride > 1 ? &inside : NULL, &limits, &limit);
	btyd_make_estimate(&search, limits, &limit, estimate);
	return TCS_BTYD_FINE;
}

/* The same with a k that has its name, and with the likelihood of all gaps. */
static TcsBtydNote
btyd_fit_rhythm(const TcsBtydData *data, TcsBtydFamily family, int k, TcsBtydEstimate *estimate)
{
	TcsBtydNote note = btyd_fit_family(data, family, k, estimate);

	estimate->family = family;
	if (note == TCS_BTYD_FINE && k > 1)
		estimate->log_likelihood += tcs_cnbd_constant(data, k);
	return note;
}

TcsBtydNote
tcs_btyd_fit(const TcsBtydData *data, TcsBtydFamily family,
			 TcsBtydEstimate *estimate)
{
	TcsBtydNote note;
	int			k = 1;
	double		best = -INFINITY;

	if (!tcs_btyd_has_rhythm(family))
		return btyd_fit_family(data, family, 1, estimate);
	if (data->k > 0 || isnan(data->ln_gaps))
		return btyd_fit_rhythm(data, family, data->k > 0 ? data->k : 1, estimate);

	/* what the gaps alone say, and from there upwards or down */
	for (int i = 1; i <= TCS_CNBD_MOST; i++)
	{
		double		value = tcs_cnbd_rhythm(data, i);

		if (value > best)
		{
			best = value;
			k = i;
		}
	}
	note = btyd_fit_rhythm(data, family, k, estimate);
	for (int step = 1; note == TCS_BTYD_FINE && step >= -1; step -= 2)
	{
		int			start = k;

		for (int next = k + step; next >= 1 && next <= TCS_CNBD_MOST; next += step)
		{
			TcsBtydEstimate other = {0};

			if (btyd_fit_rhythm(data, family, next, &other) != TCS_BTYD_FINE ||
				other.log_likelihood <= estimate->log_likelihood)
				break;
			other.iterations += estimate->iterations;
			*estimate = other;
			k = next;
		}
		if (k != start)
			break;
	}
	return note;
}
