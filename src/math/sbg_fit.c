/*
 * sbg_fit.c
 *		Fitting the shifted beta-geometric model by maximum likelihood.
 *
 * With [x, t] for ln gamma(x + t) - ln gamma(x), the log-likelihood is that of
 * making t renewals, S(t) = [beta, t] - [alpha + beta, t], and of leaving at the
 * t-th, ln alpha + [beta, t - 1] - [alpha + beta, t].
 */
#include "math/sbg.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "numerics/special.h"

#define PARAMETERS	2
#define POLL_EVERY	1024

enum
{
	ALPHA, BETA
};

double
tcs_sbg_objective(const double *theta, double *gradient, double *hessian,
				  void *context)
{
	const TcsSbgData *data = context;
	TcsSbg		model = {exp(theta[ALPHA]), exp(theta[BETA])};
	double		alpha = model.alpha;
	double		beta = model.beta;
	double		value = 0.0;
	double		churned = 0.0;
	TcsRise		by_beta = {0.0, 0.0};
	TcsRise		by_both = {0.0, 0.0};

	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		double		t = count->tenure;
		double		all = count->churned + count->staying;
		TcsRise		rise;

		if (data->poll != NULL && i % POLL_EVERY == 0)
			data->poll();
		if (t < 1.0)
			continue;
		churned += count->churned;
		/* all made t - 1; the t-th, those who stayed made and others did not */
		value += all * tcs_sbg_log_survival(&model, t - 1.0) -
			count->staying * log1p(model.alpha / (model.beta + t - 1.0)) -
			count->churned * log1p((model.beta + t - 1.0) / model.alpha);
		if (gradient == NULL)
			continue;
		tcs_log_rising_slope(alpha + beta, t, &rise);
		by_both.first += all * rise.first;
		by_both.second += all * rise.second;
		tcs_log_rising_slope(beta, t - 1.0, &rise);
		by_beta.first += all * rise.first;
		by_beta.second += all * rise.second;
		/* the last renewal, of those who made it */
		by_beta.first += count->staying / (beta + t - 1.0);
		by_beta.second -= count->staying / (beta + t - 1.0) / (beta + t - 1.0);
	}
	if (gradient != NULL)
	{
		gradient[ALPHA] = churned - alpha * by_both.first;
		gradient[BETA] = beta * (by_beta.first - by_both.first);
		hessian[0] = -alpha * alpha * by_both.second - alpha * by_both.first;
		hessian[1] = hessian[2] = -alpha * beta * by_both.second;
		hessian[3] = beta * beta * (by_beta.second - by_both.second) + gradient[BETA];
	}
	return value;
}

/* What the customers did, in all. */
typedef struct SbgOutline
{
	double		customers;
	double		longest;		/* tenure */
	double		churned;
	double		churned_later;	/* than at the first renewal */
	double		made;			/* renewals */
	double		first_due;		/* customers whose first renewal was */
} SbgOutline;

static SbgOutline
sbg_draw_outline(const TcsSbgData *data)
{
	SbgOutline	o = {0};

	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		double		all = count->churned + count->staying;

		if (all > 0.0)
			o.longest = fmax(o.longest, count->tenure);
		o.customers += all;
		o.churned += count->churned;
		if (count->tenure > 1.0)
			o.churned_later += count->churned;
		if (count->tenure >= 1.0)
			o.first_due += all;
		o.made += count->staying * count->tenure + count->churned * (count->tenure - 1.0);
	}
	return o;
}

/* The greatest chance that is below 1. */
#define MOST_CHURN	(1.0 - DBL_EPSILON / 2.0)

/* By so much log-likelihood a model is told from a limit. */
#define EQUAL		1e-2

/* The quantile of the normal distribution from which on churn is said to rise. */
#define RISES		1.96

/*
 * Does churn rise with tenure?  By the test for a trend of Cochran and Armitage,
 * in which the renewals that came due count by their numbers.
 */
static bool
sbg_churn_rises(const TcsSbgData *data, double churn, double due)
{
	double		sum = 0.0;		/* of the numbers of renewals */
	double		squares = 0.0;
	double		of_churned = 0.0;
	double		churned = 0.0;

	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		double		t = count->tenure;
		double		all = count->churned + count->staying;

		sum += all * (t * (t + 1.0) / 2.0);
		squares += all * (t * (t + 1.0) / 2.0) * ((2.0 * t + 1.0) / 3.0);
		churned += count->churned;
		of_churned += count->churned * t;
	}
	return of_churned - churned * (sum / due) >
		RISES * sqrt(churn * (1.0 - churn) * fmax(squares - sum / due * sum, 0.0));
}

/* The rates on both sides of the renewal that parts those due in halves. */
static void
sbg_part_churn(const TcsSbgData *data, const SbgOutline *outline, double due,
			   TcsSbgEstimate *estimate)
{
	double		there = outline->customers;
	double		passed = 0.0;	/* renewals due up to `tenure` */
	double		tenure = 0.0;
	double		early = 0.0;	/* churned up to it */

	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		double		wanted = ceil((due / 2.0 - passed) / there);
		double		end = fmin(count->tenure, outline->longest - 1.0);

		/* between two counts nobody is lost */
		if (tenure + wanted <= end)
			end = tenure + wanted;
		passed += there * (end - tenure);
		tenure = end;
		if (tenure < count->tenure)
			break;
		early += count->churned;
		if (passed >= due / 2.0)
			break;
		there -= count->churned + count->staying;
	}
	estimate->rate_before = early / passed;
	estimate->rate_after = (outline->churned - early) / (due - passed);
	if (estimate->rate_after > estimate->rate_before)
		estimate->split = tenure;
}

/* The limit with the greatest likelihood; a search went to fit before, or nowhere. */
static void
sbg_find_limit(const TcsSbgData *data, const SbgOutline *outline, TcsSbgEstimate *estimate)
{
	double		due = outline->made + outline->churned;
	double		at_once;

	estimate->count = 1;
	estimate->gradient_norm = estimate->condition_number = NAN;
	if (outline->churned == 0.0)
	{
		estimate->limit = TCS_SBG_NOBODY_LEAVES;
		estimate->count = 0;
		estimate->log_likelihood = 0.0;
		estimate->model = tcs_sbg_of_limit(estimate->limit, NAN);
		return;
	}
	estimate->limit = TCS_SBG_EQUAL_CHURN;
	estimate->churn = fmin(outline->churned / due, MOST_CHURN);
	estimate->log_likelihood = outline->churned * log(estimate->churn) +
		outline->made * log(outline->made / due);
	estimate->standard_error[0] = sqrt(estimate->churn * (outline->made / due) / due);
	at_once = outline->churned * log(outline->churned / outline->first_due) +
		(outline->first_due - outline->churned) * log((outline->first_due - outline->churned) / outline->first_due);
	if (outline->churned_later == 0.0 && outline->longest > 1.0 &&
		outline->churned < outline->first_due && at_once > estimate->log_likelihood)
	{
		estimate->limit = TCS_SBG_LEAVE_AT_ONCE;
		estimate->churn = fmin(outline->churned / outline->first_due, MOST_CHURN);
		estimate->log_likelihood = at_once;
		estimate->standard_error[0] = sqrt(estimate->churn * (1.0 - estimate->churn) /
										   outline->first_due);
	}
	else if (outline->longest > 1.0 && sbg_churn_rises(data, estimate->churn, due))
		sbg_part_churn(data, outline, due, estimate);
	estimate->model = tcs_sbg_of_limit(estimate->limit, estimate->churn);
}

static void
sbg_take_fit(const TcsFit *fit, TcsSbgEstimate *estimate)
{
	estimate->model.alpha = exp(fit->theta[ALPHA]);
	estimate->model.beta = exp(fit->theta[BETA]);
	estimate->limit = 0;
	estimate->count = PARAMETERS;
	estimate->churn = NAN;
	estimate->split = 0.0;
	estimate->determined = fit->status == TCS_FIT_CONVERGED;
	memcpy(estimate->standard_error, fit->standard_error, sizeof(estimate->standard_error));
	estimate->log_likelihood = fit->value;
	estimate->gradient_norm = fit->gradient_norm;
	estimate->condition_number = fit->condition_number;
}

TcsSbgNote
tcs_sbg_fit(const TcsSbgData *data, TcsSbgEstimate *estimate)
{
	TcsProblem	problem = {
		.n = PARAMETERS,
		.objective = tcs_sbg_objective,
		.context = (void *) data,
		.least = {log(1e-6), log(1e-6)},
		.most = {log(1e6), log(1e9)}
	};
	SbgOutline	outline = sbg_draw_outline(data);
	TcsFit		fit;

	memset(estimate, 0, sizeof(*estimate));
	estimate->churn = estimate->standard_error[0] = estimate->standard_error[1] = NAN;
	estimate->renewals = outline.made + outline.churned;
	if (outline.longest < 1.0)
		return TCS_SBG_NONE_DUE;
	if (outline.customers < 2.0)
		return TCS_SBG_ONE_CUSTOMER;
	if (outline.made == 0.0)
		return TCS_SBG_NONE_RENEWED;

	/* one renewal does not tell how customers differ */
	estimate->determined = outline.longest > 1.0;
	if (outline.churned == 0.0 || outline.longest < 2.0)
	{
		sbg_find_limit(data, &outline, estimate);
		return TCS_SBG_FINE;
	}

	/* as if customers varied a good deal around the share that leaves */
	memset(&fit, 0, sizeof(fit));
	fit.theta[ALPHA] = 0.0;
	fit.theta[BETA] = fmin(fmax(log(outline.made / outline.churned), log(1e-3)), log(1e6));
	tcs_newton(&problem, &fit);
	estimate->iterations = fit.iterations;
	if (fit.status == TCS_FIT_CONVERGED)
	{
		sbg_take_fit(&fit, estimate);
		return TCS_SBG_FINE;
	}
	/* to where a parameter runs, unless that is a worse place */
	sbg_find_limit(data, &outline, estimate);
	if (fit.value > estimate->log_likelihood + EQUAL)
		sbg_take_fit(&fit, estimate);
	return TCS_SBG_FINE;
}
