/*
 * btyd_fit.c
 *		Fitting the models of btyd.h by maximum likelihood.
 */
#include "math/btyd_fit.h"

#include <math.h>

/* Beyond these a parameter is taken for 0 or infinity; times as multiples of
 * the mean time under observation. */
#define LEAST	1e-6
#define MOST	1e6

/* A larger population is first fitted on a part of about so many tuples. */
#define PART	20000

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

TcsBtydNote
tcs_btyd_fit(const TcsBtydData *data, TcsBtydFamily family, TcsBtyd *btyd,
			 TcsFit *fit)
{
	/* r, the rate as a multiple of the mean one, and how customers die */
	static const double start[][3] = {{1.0, 1.0, 2.0}, {0.3, 0.3, 1.0}, {3.0, 0.5, 5.0}};
	Outline		outline = draw_outline(data);
	TcsBtydObjective objective = {data, family, 1};
	TcsProblem	problem = {TCS_BTYD_PARAMETERS, NULL, &objective, {0}, {0}};
	double		scale[TCS_BTYD_PARAMETERS] = {1.0, outline.time, 1.0, 1.0};

	if (!(outline.repeats > 0.0))
		return TCS_BTYD_NO_REPEATS;
	if (!(outline.repeat_time > 0.0))
		return TCS_BTYD_NO_TIME;

	if (family == TCS_PARETO_NBD)
		scale[3] = outline.time;
	problem.objective = family == TCS_PARETO_NBD ?
		tcs_pareto_objective : tcs_beta_geometric_objective;
	for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
	{
		problem.least[i] = log(LEAST * scale[i]);
		problem.most[i] = log(MOST * scale[i]);
	}

	for (size_t attempt = 0; attempt < sizeof(start) / sizeof(start[0]); attempt++)
	{
		double		begin[TCS_BTYD_PARAMETERS] = {
			start[attempt][0],
			start[attempt][0] * outline.time * outline.customers / outline.repeats,
			start[attempt][1],
			start[attempt][2] * scale[3]
		};

		for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
			fit->theta[i] = fmin(fmax(log(begin[i]), problem.least[i]), problem.most[i]);

		/* a part of the population finds the way, the whole of it the place */
		if (data->tuple_count > 2 * PART)
		{
			double		from[TCS_BTYD_PARAMETERS];

			for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
				from[i] = fit->theta[i];
			objective.stride = data->tuple_count / PART;
			tcs_newton(&problem, fit);
			objective.stride = 1;
			if (fit->status != TCS_FIT_CONVERGED)
				for (int i = 0; i < TCS_BTYD_PARAMETERS; i++)
					fit->theta[i] = from[i];
		}
		tcs_newton(&problem, fit);
		if (fit->status == TCS_FIT_CONVERGED)
			break;
	}

	switch (fit->status)
	{
		case TCS_FIT_CONVERGED:
			break;
		case TCS_FIT_BOUND:
			return TCS_BTYD_BOUND;
		case TCS_FIT_FLAT:
			return TCS_BTYD_FLAT;
		case TCS_FIT_FAILED:
			return TCS_BTYD_FAILED;
	}
	btyd->family = family;
	btyd->r = exp(fit->theta[0]);
	btyd->alpha = exp(fit->theta[1]);
	btyd->a = exp(fit->theta[2]);
	btyd->b = exp(fit->theta[3]);
	return TCS_BTYD_FINE;
}
