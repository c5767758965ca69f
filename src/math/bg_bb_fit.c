/*
 * bg_bb_fit.c
 *		Fitting the family bg/bb by maximum likelihood.
 *
 * A limit is fitted by the likelihood of the family itself, on parameters that
 * are so great or small that it is that of the limit.
 */
#include "math/bg_bb.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "numerics/special.h"

#define PARAMETERS	TCS_BTYD_PARAMETERS
#define AT(i, j)	((i) * PARAMETERS + (j))
#define POLL_EVERY	1024

/* Beyond these a parameter is taken for 0 or infinity; an odds, too. */
#define LEAST		1e-5
#define MOST		1e5
#define MOST_ODDS	1e13

/* What stands for these within the likelihood, which keeps its digits so far. */
#define FAR			1e12
#define GONE		1e-30

/* By so much log-likelihood models are told apart, and a model from its limit. */
#define EARNED		1e-3
#define EQUAL		1e-2

/* The likelihood at a limit, or inside; the derivatives are by theta. */
typedef struct BgBbProblem
{
	const TcsBtydData *data;
	int			limits;
	int			count;
	TcsBtydTerm term[PARAMETERS];
} BgBbProblem;

/* A pair of parameters and its derivatives by what it is told by, one or two. */
static void
bg_bb_pair(double size, double theta, double *pair, double *first, double *second)
{
	double		chance = tcs_logistic(theta);
	double		rest = tcs_logistic(-theta);

	pair[0] = size * chance;
	pair[1] = size * rest;
	first[0] = size * chance * rest;
	first[1] = -first[0];
	second[0] = first[0] * (rest - chance);
	second[1] = -second[0];
}

/*
 * The parameters at theta, with their derivatives by it: each depends on one
 * theta only, whose place is `by`, -1 for none.
 */
typedef struct BgBbParameters
{
	double		value[PARAMETERS];
	double		first[PARAMETERS];
	double		second[PARAMETERS];
	int			by[PARAMETERS];
} BgBbParameters;

static void
bg_bb_parameters(const BgBbProblem *problem, const double *theta, BgBbParameters *p)
{
	/* nobody leaves, unless something is said of it */
	p->value[2] = GONE;
	p->value[3] = 1.0;
	for (int i = 0; i < PARAMETERS; i++)
	{
		p->first[i] = p->second[i] = 0.0;
		p->by[i] = -1;
	}
	for (int i = 0; i < problem->count; i++)
	{
		TcsBtydTerm term = problem->term[i];

		if (term == TCS_BTYD_RATE || term == TCS_BTYD_LEAVING)
		{
			int			from = term == TCS_BTYD_RATE ? 0 : 2;
			int			vanish = term == TCS_BTYD_RATE ? TCS_BTYD_ALL_OR_NONE : TCS_BTYD_LEAVE_AT_ONCE;

			bg_bb_pair(problem->limits & vanish ? GONE : FAR, theta[i], &p->value[from], &p->first[from], &p->second[from]);
			p->by[from] = p->by[from + 1] = i;
		}
		else
		{
			p->value[term] = p->first[term] = p->second[term] = exp(theta[i]);
			p->by[term] = i;
		}
	}
}

static double
bg_bb_objective(const double *theta, double *gradient, double *hessian, void *context)
{
	const BgBbProblem *problem = context;
	const TcsBtydData *data = problem->data;
	int			n = problem->count;
	double		value = 0.0;
	double		all[PARAMETERS] = {0};
	double		all_second[PARAMETERS * PARAMETERS] = {0};
	double		lower[PARAMETERS * PARAMETERS] = {0};	/* of groups at once */
	BgBbParameters p;

	bg_bb_parameters(problem, theta, &p);
	for (size_t g = 0; g < data->group_count; g++)
	{
		const TcsBtydGroup *group = &data->groups[g];

		if (data->poll)
			data->poll();
		if (gradient != NULL && tcs_bg_bb_add_group(p.value, group, data->tuples + group->first, &value, all, lower))
			continue;
		for (size_t i = 0; i < group->count; i++)
		{
			const TcsBtydTuple *tuple = &data->tuples[group->first + i];
			double		slope[PARAMETERS];
			double		second[PARAMETERS * PARAMETERS];

			if (data->poll && i % POLL_EVERY == 0)
				data->poll();
			value += tuple->customers *
				tcs_bg_bb_log_likelihood(p.value, group->x, tuple->t_x, tuple->t,
										 gradient ? slope : NULL, second);
			for (int k = 0; gradient && k < PARAMETERS; k++)
			{
				all[k] += tuple->customers * slope[k];
				for (int l = 0; l < PARAMETERS; l++)
					all_second[AT(k, l)] += tuple->customers * second[AT(k, l)];
			}
		}
	}
	if (gradient == NULL)
		return value;
	for (int k = 0; k < PARAMETERS; k++)
		for (int l = 0; l < PARAMETERS; l++)
			all_second[AT(k, l)] += l <= k ? lower[AT(k, l)] : lower[AT(l, k)];
	memset(gradient, 0, n * sizeof(double));
	memset(hessian, 0, n * n * sizeof(double));
	for (int k = 0; k < PARAMETERS; k++)
	{
		if (p.by[k] < 0)
			continue;
		gradient[p.by[k]] += all[k] * p.first[k];
		hessian[p.by[k] * n + p.by[k]] += all[k] * p.second[k];
		for (int l = 0; l < PARAMETERS; l++)
			if (p.by[l] >= 0)
				hessian[p.by[k] * n + p.by[l]] += all_second[AT(k, l)] * p.first[k] * p.first[l];
	}
	return value;
}

/* What the population says of where to begin. */
typedef struct BgBbOutline
{
	double		customers;
	double		purchases;
	double		buyers;			/* customers with a purchase */
	double		opportunities;
	double		until_last;		/* opportunities up to the last one used */
} BgBbOutline;

static BgBbOutline
bg_bb_outline(const TcsBtydData *data)
{
	BgBbOutline o = {0};

	for (size_t g = 0; g < data->group_count; g++)
	{
		const TcsBtydGroup *group = &data->groups[g];

		o.customers += group->customers;
		o.purchases += group->x * group->customers;
		if (group->x > 0.0)
			o.buyers += group->customers;
		for (size_t i = 0; i < group->count; i++)
		{
			const TcsBtydTuple *tuple = &data->tuples[group->first + i];

			o.opportunities += tuple->t * tuple->customers;
			o.until_last += tuple->t_x * tuple->customers;
		}
	}
	return o;
}

/* Climb at a limit, or inside; theta is where to begin if not NULL. */
static bool
bg_bb_climb(const TcsBtydData *data, const BgBbOutline *o, int limits, const double *theta,
			BgBbProblem *inner, TcsFit *fit, int *iterations)
{
	TcsProblem	problem = {.objective = bg_bb_objective,.context = inner};
	double		rate = fmin(fmax(o->purchases / o->until_last, 0.01), 0.99);
	double		buyers = fmin(fmax(o->buyers / o->customers, 0.01), 0.99);
	double		used = fmin(fmax(o->until_last / o->opportunities, 0.01), 0.99);

	inner->data = data;
	inner->limits = limits;
	inner->count = problem.n = tcs_btyd_terms(TCS_BG_BB, limits, inner->term);
	for (int i = 0; i < problem.n; i++)
	{
		bool		odds = inner->term[i] == TCS_BTYD_RATE || inner->term[i] == TCS_BTYD_LEAVING;

		/* chances begin at what is to be seen, as if they varied a good deal */
		double		begin[TCS_BTYD_TERMS] = {
			log(2.0 * rate), log(2.0 * (1.0 - rate)), log(0.5), log(0.5 * used / (1.0 - used) + 1.0),
			log(rate / (1.0 - rate)), log(0.1)
		};

		if (limits & TCS_BTYD_ALL_OR_NONE)
			begin[TCS_BTYD_RATE] = log(buyers / (1.0 - buyers));
		problem.least[i] = odds ? -log(MOST_ODDS) : log(LEAST);
		problem.most[i] = odds ? log(MOST_ODDS) : log(MOST);
		fit->theta[i] = theta ? theta[i] : begin[inner->term[i]];
	}
	tcs_newton(&problem, fit);
	*iterations += fit->iterations;
	/* a chance that is certain is one */
	return fit->status == TCS_FIT_CONVERGED ||
		(fit->status == TCS_FIT_BOUND && isfinite(fit->value) &&
		 (inner->term[fit->which] == TCS_BTYD_RATE || inner->term[fit->which] == TCS_BTYD_LEAVING));
}

static void
bg_bb_take_fit(const BgBbProblem *problem, const TcsFit *fit, TcsBtydEstimate *estimate)
{
	estimate->family = TCS_BG_BB;
	estimate->limits = problem->limits;
	estimate->count = problem->count;
	for (int i = 0; i < problem->count; i++)
	{
		TcsBtydTerm term = problem->term[i];

		estimate->term[i] = term;
		estimate->value[i] = exp(fit->theta[i]);
		estimate->standard_error[i] = fit->standard_error[i];
		if (term == TCS_BTYD_RATE || term == TCS_BTYD_LEAVING)
		{
			/* of the odds it was */
			estimate->value[i] = tcs_logistic(fit->theta[i]);
			estimate->standard_error[i] *= tcs_logistic(-fit->theta[i]) * tcs_logistic(-fit->theta[i]);
		}
	}
	estimate->log_likelihood = fit->value;
	estimate->gradient_norm = fit->gradient_norm;
	estimate->condition_number = fit->condition_number;
}

/* The top at a limit, from what is to be seen, or from the way of the search inside. */
static bool
bg_bb_climb_limit(const TcsBtydData *data, const BgBbOutline *o, int limits, const TcsFit *way,
				  BgBbProblem *problem, TcsFit *fit, int *iterations)
{
	double		theta[PARAMETERS] = {0.0};

	if (bg_bb_climb(data, o, limits, NULL, problem, fit, iterations))
		return true;
	for (int i = 0; i < problem->count; i++)
	{
		TcsBtydTerm term = problem->term[i];
		int			from = term == TCS_BTYD_RATE ? 0 : 2;

		theta[i] = term == TCS_BTYD_RATE || term == TCS_BTYD_LEAVING ?
			way->theta[from] - way->theta[from + 1] : way->theta[term];
	}
	return bg_bb_climb(data, o, limits, theta, problem, fit, iterations);
}

TcsBtydNote
tcs_bg_bb_fit(const TcsBtydData *data, TcsBtydEstimate *estimate)
{
	/* in the order of their terms */
	static const int candidate[] = {
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES,
		TCS_BTYD_ALL_OR_NONE | TCS_BTYD_NOBODY_LEAVES,
		TCS_BTYD_NOBODY_LEAVES,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_RATES | TCS_BTYD_LEAVE_AT_ONCE,
		TCS_BTYD_ALL_OR_NONE | TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_EQUAL_RATES,
		TCS_BTYD_ALL_OR_NONE,
		TCS_BTYD_LEAVE_AT_ONCE
	};
	static const double start[][PARAMETERS] = {{0.0, 0.0, 0.0, 1.5}, {1.0, 2.0, -1.0, 2.0}};
	BgBbOutline outline = bg_bb_outline(data);
	BgBbProblem problem;
	TcsFit		best = {0};
	double		value = -INFINITY;
	int			iterations = 0;
	bool		found = false;

	if (!(outline.purchases > 0.0))
		return TCS_BTYD_NO_REPEATS;
	if (outline.customers < 2.0)
		return TCS_BTYD_ONE_CUSTOMER;
	for (int attempt = 0; attempt < 3 && !found; attempt++)
	{
		TcsFit		fit = {0};

		found = bg_bb_climb(data, &outline, 0, attempt > 0 ? start[attempt - 1] : NULL,
							&problem, &fit, &iterations);
		if (found || fit.value > value || attempt == 0)
		{
			best = fit;
			value = fit.value;
		}
	}
	bg_bb_take_fit(&problem, &best, estimate);
	if (!found)
		for (size_t i = 0; i < sizeof(candidate) / sizeof(candidate[0]); i++)
		{
			TcsFit		fit = {0};

			if (bg_bb_climb_limit(data, &outline, candidate[i], &best, &problem, &fit, &iterations) &&
				(estimate->limits == 0 ? !(fit.value < value - EQUAL) :
				 fit.value > estimate->log_likelihood + EARNED))
				bg_bb_take_fit(&problem, &fit, estimate);
		}
	estimate->iterations = iterations;
	return TCS_BTYD_FINE;
}
