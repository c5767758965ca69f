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

/*
 * A larger population is first fitted on parts of about so many tuples, one after
 * the other: the first of them finds the way.
 */
#define PARTS		2
static const size_t btyd_parts[PARTS] = {2500, 20000};
#define FEW			300

/* What falls behind by so much in a part is behind in the whole of it, too. */
#define CLEARLY		20.0

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

/* The limits in the order of their terms. */
static const int btyd_candidates[] = {
	TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES,
	TCS_BTYD_NOBODY_LEAVES,
	TCS_BTYD_EQUAL_RATES | TCS_BTYD_EQUAL_LEAVING,
	TCS_BTYD_EQUAL_RATES | TCS_BTYD_LEAVE_AT_ONCE,
	TCS_BTYD_EQUAL_LEAVING,
	TCS_BTYD_EQUAL_RATES,
	TCS_BTYD_LEAVE_AT_ONCE
};
#define CANDIDATES	(sizeof(btyd_candidates) / sizeof(btyd_candidates[0]))

/* Where the search at a limit led to, at a level. */
typedef struct BtydTop
{
	bool		in_question;	/* else it was not looked for */
	bool		tried;
	bool		known;			/* it is a top */
	TcsFit		fit;
} BtydTop;

/* What the search knows so far. */
typedef struct BtydSearch
{
	const TcsBtydData *data;
	TcsBtydFamily family;
	int			k;				/* of cnbd-k, else 1 */
	Outline		outline;
	int			last;			/* the level of all customers */
	size_t		stride[PARTS + 1];	/* a level is of every so many-th tuple */
	BtydTop		tops[PARTS + 1][CANDIDATES];
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

/* Newton's method within the family, at a level, from fit->theta. */
static bool
btyd_climb_inside(BtydSearch *search, int level, TcsFit *fit)
{
	BtydSlope	slope;
	TcsProblem	problem = {TCS_BTYD_PARAMETERS, NULL, NULL, {0}, {0}, GAIN};

	btyd_choose_slope(search, 0, true, search->stride[level], &slope);
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
btyd_climb_limit(BtydSearch *search, int limits, int level, TcsFit *fit)
{
	BtydSlope	slope;
	TcsProblem	problem = {0, NULL, NULL, {0}, {0}, GAIN};
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	double		time = search->outline.time;

	btyd_choose_slope(search, limits, false, search->stride[level], &slope);
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

/* Does what way the search inside went, to theta, leave a limit out of question? */
static bool
btyd_is_far(const BtydSearch *search, int limits, const double *theta)
{
	if (limits & TCS_BTYD_EQUAL_RATES ? theta[0] < log(20.0) : theta[0] > log(MOST_SHAPE / 2.0))
		return true;
	if (limits & TCS_BTYD_EQUAL_LEAVING && theta[2] < log(20.0))
		return true;
	return limits & TCS_BTYD_LEAVE_AT_ONCE && theta[2] > log(0.05) &&
		search->family != TCS_PARETO_NBD;
}

/* The limits of a candidate by the family; 0 for one that it does not have. */
static int
btyd_limits_of(const BtydSearch *search, size_t candidate)
{
	if (search->family == TCS_NBD)
		return candidate == 0 ? TCS_BTYD_EQUAL_RATES : 0;
	return btyd_candidates[candidate];
}

/*
 * The tops at the limits that come into question, at a level.  The search begins
 * where the level below led to, and leaves out what fell behind there.
 */
static void
btyd_climb_limits(BtydSearch *search, const double *theta, bool all, int level)
{
	BtydTop    *tops = search->tops[level];
	const BtydTop *below = level > 0 ? search->tops[level - 1] : NULL;
	double		best = -INFINITY;

	if (below != NULL)
		btyd_climb_limits(search, theta, all, level - 1);
	for (size_t i = 0; below != NULL && i < CANDIDATES; i++)
		if (below[i].known)
			best = fmax(best, below[i].fit.value);
	for (size_t i = 0; i < CANDIDATES; i++)
	{
		BtydTop    *top = &tops[i];
		int			limits = btyd_limits_of(search, i);
		TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
		int			count;

		if (below != NULL)
			top->in_question = below[i].in_question && below[i].fit.value >= best - CLEARLY;
		else
			top->in_question = limits != 0 &&
				(all || search->family == TCS_NBD || !btyd_is_far(search, limits, theta));
		/* from another theta the first level may find what it did not */
		if (!top->in_question || top->known || (top->tried && below != NULL))
			continue;
		if (below != NULL)
			top->fit = below[i].fit;
		else
		{
			count = tcs_btyd_terms(search->family, limits, terms);
			for (int j = 0; j < count; j++)
				top->fit.theta[j] = btyd_begin_term(search, limits, terms[j], theta);
		}
		top->tried = true;
		top->known = btyd_climb_limit(search, limits, level, &top->fit);
	}
}

/*
 * The limit with the greatest likelihood at a level; one with more terms has to
 * earn them.  All are looked at where none of those that come into question is.
 */
static bool
btyd_find_limit(BtydSearch *search, const double *theta, bool all, int level,
				int *limits, TcsFit *found)
{
	bool		any = false;
	double		beyond = -INFINITY; /* of those that run to limits of their
									 * own */

	btyd_climb_limits(search, theta, all, level);
	for (size_t i = 0; i < CANDIDATES; i++)
	{
		const BtydTop *top = &search->tops[level][i];

		if (!top->in_question)
			continue;
		if (!top->known)
			beyond = fmax(beyond, top->fit.value);
		else if (!any || top->fit.value > found->value + EARNED)
		{
			*found = top->fit;
			*limits = btyd_limits_of(search, i);
			any = true;
		}
	}
	if (!all && (!any || beyond > found->value + EARNED))
		return btyd_find_limit(search, theta, true, level, limits, found);
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

/* The likelihood inside the family at a level. */
static double
btyd_value_inside(const BtydSearch *search, int level, const double *theta)
{
	BtydSlope	slope;

	btyd_choose_slope(search, 0, true, search->stride[level], &slope);
	return slope.objective(theta, NULL, NULL, slope.context);
}

/* A fit at a level: inside the family where limits are 0. */
typedef struct BtydFound
{
	int			limits;
	TcsFit		fit;
	/* how far a limit is before what is beside it, and before the way to it */
	double		before_beside;
	double		before_way;
} BtydFound;

/* By how much a limit is before that point inside the family, unless it clearly was. */
static double
btyd_lead(const BtydSearch *search, int level, const BtydFound *found, double lead,
		  const double *theta)
{
	if (lead > CLEARLY)
		return lead;
	return found->fit.value - btyd_value_inside(search, level, theta);
}

/*
 * Is there something greater beside the limit, or where the search inside was last
 * on its way?  Then found becomes that: a model inside the family, or where a
 * search from there leads to.
 */
static void
btyd_look_beside(BtydSearch *search, const TcsFit *way, int level, BtydFound *found)
{
	BtydFound	other = {0};
	TcsFit		inside = {0};
	double		lead;

	btyd_beside_limit(search, found->limits, &found->fit, inside.theta);
	lead = found->before_beside =
		btyd_lead(search, level, found, found->before_beside, inside.theta);
	if (way != NULL)
	{
		found->before_way = btyd_lead(search, level, found, found->before_way, way->theta);
		if (found->before_way < lead)
		{
			lead = found->before_way;
			memcpy(inside.theta, way->theta, sizeof(inside.theta));
		}
	}
	if (!(lead < -EARNED))
		return;
	if (btyd_climb_inside(search, level, &inside) && inside.value > found->fit.value)
		other.fit = inside;
	else if (!btyd_find_limit(search, inside.theta, true, level, &other.limits, &other.fit) ||
			 !(other.fit.value > found->fit.value))
		return;
	*found = other;
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
 * Look inside the family from several starts, at the first level.  True if the
 * estimate is there; else fit is the way to a limit, which is found.
 */
static bool
btyd_look_inside(BtydSearch *search, BtydFound *limit, TcsFit *fit)
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
		if (btyd_climb_inside(search, 0, fit))
			return true;
		/* few customers are looked at from every side */
		if (!found || fit->value > limit->fit.value + EQUAL)
			found = btyd_find_limit(search, fit->theta, attempt > 0 || few, 0, &limit->limits, &limit->fit);
		if (found && limit->fit.value >= fit->value - EQUAL && (attempt > 0 || !few))
			break;
	}
	return false;
}

/*
 * From what was found at the level below to what is at this one; inside is where
 * the search within the family was last.
 */
static void
btyd_rise(BtydSearch *search, int level, BtydFound *found, TcsFit *inside)
{
	if (found->limits == 0)
	{
		bool		climbed = btyd_climb_inside(search, level, &found->fit);

		*inside = found->fit;
		if (climbed)
			return;
		btyd_find_limit(search, inside->theta, false, level, &found->limits, &found->fit);
		btyd_look_beside(search, NULL, level, found);
		return;
	}

	/*
	 * The one limit on all customers, or the best on a part of them.  Whether
	 * some do leave after all is for more than a few to tell.
	 */
	if (level < search->last ||
		!btyd_climb_limit(search, found->limits, level, &found->fit))
		btyd_find_limit(search, inside->theta, found->limits & TCS_BTYD_NOBODY_LEAVES,
						level, &found->limits, &found->fit);
	btyd_look_beside(search, inside, level, found);
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
	BtydSearch	search = {data, family, k, draw_outline(data), 0, {0}, {{{0}}}, 0};
	BtydFound	found = {0};
	TcsFit		inside = {0};

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

	/* parts of the population find the way, the whole of it the place */
	for (int i = 0; i < PARTS; i++)
		if (data->tuple_count > 2 * btyd_parts[i])
			search.stride[search.last++] = data->tuple_count / btyd_parts[i];
	search.stride[search.last] = 1;
	if (family == TCS_NBD)
	{
		inside.theta[1] = log(search.outline.time * search.outline.customers /
							  search.outline.repeats);
		if (btyd_climb_limit(&search, 0, search.last, &inside))
			found.fit = inside;
		else
			btyd_find_limit(&search, inside.theta, false, search.last, &found.limits, &found.fit);
		btyd_make_estimate(&search, found.limits, &found.fit, estimate);
		return TCS_BTYD_FINE;
	}
	if (btyd_look_inside(&search, &found, &inside))
	{
		found.limits = 0;
		found.fit = inside;
	}
	else
	{
		/* likelihoods without an end */
		if (inside.which == 1 && inside.direction < 0 && btyd_has_repeats_at_once(data))
			return TCS_BTYD_REPEATS_AT_ONCE;
		if (found.limits == 0)
			btyd_find_limit(&search, inside.theta, false, 0, &found.limits, &found.fit);
		btyd_look_beside(&search, NULL, 0, &found);
	}
	for (int level = 1; level <= search.last; level++)
		btyd_rise(&search, level, &found, &inside);
	btyd_make_estimate(&search, found.limits, &found.fit, estimate);
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
