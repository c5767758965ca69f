/*
 * sbg_fit.c
 *		Fitting the shifted beta-geometric model by maximum likelihood.
 *
 * With [x, t] for ln gamma(x + t) - ln gamma(x), the log-likelihood is that of
 * making t renewals, S(t) = [beta, t] - [alpha + beta, t], and of leaving at the
 * t-th, ln alpha + [beta, t - 1] - [alpha + beta, t].
 */
#include "math/sbg.h"

#include <math.h>
#include <string.h>

#define PARAMETERS	2
#define POLL_EVERY	1024
#define ASYMPTOTIC	16.0		/* where the series below have full precision */

/* by theta */
#define NEAR_BOUND	2.0

enum
{
	ALPHA, BETA
};

/* Derivatives of [x, t] by x. */
typedef struct Rise
{
	double		first;
	double		second;
} Rise;

/* digamma(x) - ln x and trigamma(x) - 1 / x */
static void
series_rest(double x, Rise *rest)
{
	double		y = 1.0 / x;
	double		y2 = y * y;

	rest->first = -y / 2 - y2 * (1.0 / 12 - y2 * (1.0 / 120 - y2 * (1.0 / 252 - y2 * (1.0 / 240 - y2 / 132))));
	rest->second = y2 / 2 + y * y2 * (1.0 / 6 - y2 * (1.0 / 30 - y2 * (1.0 / 42 - y2 * (1.0 / 30 - y2 * 5.0 / 66))));
}

/*
 * digamma(x + t) - digamma(x), and trigamma likewise, for whole t: first one by
 * one, then without the cancellation that large x bring.
 */
static void
find_rise(double x, double t, Rise *rise)
{
	Rise		from;
	Rise		to;

	rise->first = rise->second = 0.0;
	while (t > 0.0 && (x < ASYMPTOTIC || t < ASYMPTOTIC))
	{
		double		inverse = 1.0 / x;

		rise->first += inverse;
		rise->second -= inverse * inverse;
		x += 1.0;
		t -= 1.0;
	}
	if (t <= 0.0)
		return;
	series_rest(x, &from);
	series_rest(x + t, &to);
	rise->first += log1p(t / x) + (to.first - from.first);
	rise->second += -t / x / (x + t) + (to.second - from.second);
}

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
	Rise		by_beta = {0.0, 0.0};
	Rise		by_both = {0.0, 0.0};

	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];
		double		t = count->tenure;
		double		all = count->churned + count->staying;
		Rise		rise;

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
		find_rise(alpha + beta, t, &rise);
		by_both.first += all * rise.first;
		by_both.second += all * rise.second;
		find_rise(beta, t - 1.0, &rise);
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

/* What needs no search: data that cannot determine the model. */
static TcsSbgNote
look_at(const TcsSbgData *data, double *churned, double *renewals)
{
	double		longest = 0.0;
	double		made = 0.0;

	*churned = 0.0;
	for (size_t i = 0; i < data->count; i++)
	{
		const TcsSbgCount *count = &data->counts[i];

		if (count->churned + count->staying > 0.0)
			longest = fmax(longest, count->tenure);
		*churned += count->churned;
		made += count->staying * count->tenure + count->churned * (count->tenure - 1.0);
	}
	*renewals = made;
	if (longest < 1.0)
		return TCS_SBG_NONE_DUE;
	if (*churned == 0.0)
		return TCS_SBG_NONE_CHURNED;
	if (made == 0.0)
		return TCS_SBG_NONE_RENEWED;
	if (longest < 2.0)
		return TCS_SBG_ONE_RENEWAL;
	return TCS_SBG_FINE;
}

TcsSbgNote
tcs_sbg_fit(const TcsSbgData *data, TcsSbg *model, TcsFit *fit)
{
	TcsProblem	problem = {
		.n = PARAMETERS,
		.objective = tcs_sbg_objective,
		.context = (void *) data,
		.least = {log(1e-6), log(1e-6)},
		.most = {log(1e6), log(1e9)}
	};
	double		churned;
	double		renewals;
	TcsSbgNote	note;

	memset(fit, 0, sizeof(*fit));
	fit->value = fit->gradient_norm = fit->condition_number = NAN;
	for (int i = 0; i < PARAMETERS; i++)
		fit->standard_error[i] = NAN;
	note = look_at(data, &churned, &renewals);
	if (note != TCS_SBG_FINE)
		return note;

	/* as if customers varied a good deal around the share that leaves */
	fit->theta[ALPHA] = 0.0;
	fit->theta[BETA] = fmin(fmax(log(renewals / churned), log(1e-3)), log(1e6));
	tcs_newton(&problem, fit);
	if (fit->status == TCS_FIT_CONVERGED)
	{
		model->alpha = exp(fit->theta[ALPHA]);
		model->beta = exp(fit->theta[BETA]);
		return TCS_SBG_FINE;
	}
	if (fit->status == TCS_FIT_BOUND)
		return TCS_SBG_BOUND;
	/* a fit may end shortly before the bound that a parameter runs to */
	for (int i = 0; i < PARAMETERS; i++)
	{
		if (fit->theta[i] < problem.least[i] + NEAR_BOUND)
			fit->direction = -1;
		else if (fit->theta[i] > problem.most[i] - NEAR_BOUND)
			fit->direction = 1;
		else
			continue;
		fit->which = i;
		return TCS_SBG_BOUND;
	}
	return fit->status == TCS_FIT_FLAT ? TCS_SBG_FLAT : TCS_SBG_FAILED;
}
