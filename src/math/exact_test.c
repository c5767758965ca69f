/*
 * exact_test.c
 *		Tests of counts, by the chances of all outcomes.
 *
 * Chances follow from each other by a factor.  They are counted from that of
 * the likeliest outcome, so that none is out of range, and divided by their
 * sum: no factorial is computed.
 */
#include "math/exact_test.h"

#include <math.h>

/* Chances that agree to that are equal: rounding does not make one likelier. */
#define SAME_CHANCE	(1.0 + 1e-7)

/* The chance of k + 1 over that of k. */
typedef struct Outcomes
{
	double		(*step) (const struct Outcomes *outcomes, double k);
	double		least;
	double		most;
	double		likeliest;
	double		n1;
	double		n0;
	double		successes;		/* of both groups */
	double		odds;
} Outcomes;

static double
hypergeometric_step(const Outcomes *outcomes, double k)
{
	return (outcomes->successes - k) / (k + 1.0) *
		((outcomes->n1 - k) / (outcomes->n0 - outcomes->successes + k + 1.0));
}

static double
binomial_step(const Outcomes *outcomes, double k)
{
	return (outcomes->n1 - k) / (k + 1.0) * outcomes->odds;
}

/* The chance of an outcome over that of the likeliest. */
static double
outcome_chance(const Outcomes *outcomes, double seen)
{
	double		chance = 1.0;
	double		k = outcomes->likeliest;

	while (k < seen && chance > 0.0)
	{
		chance *= outcomes->step(outcomes, k);
		k += 1.0;
	}
	while (k > seen && chance > 0.0)
	{
		k -= 1.0;
		chance /= outcomes->step(outcomes, k);
	}
	return chance;
}

static double
outcomes_test(Outcomes *outcomes, double likeliest, double seen)
{
	double		all = 1.0;
	double		tail;
	double		chance;
	double		limit;
	double		k;

	outcomes->likeliest = fmin(fmax(floor(likeliest), outcomes->least), outcomes->most);
	limit = outcome_chance(outcomes, seen) * SAME_CHANCE;
	tail = limit >= 1.0 ? 1.0 : 0.0;
	chance = 1.0;
	k = outcomes->likeliest;
	while (k < outcomes->most && chance > 0.0)
	{
		chance *= outcomes->step(outcomes, k);
		k += 1.0;
		all += chance;
		tail += chance <= limit ? chance : 0.0;
	}
	chance = 1.0;
	k = outcomes->likeliest;
	while (k > outcomes->least && chance > 0.0)
	{
		k -= 1.0;
		chance /= outcomes->step(outcomes, k);
		all += chance;
		tail += chance <= limit ? chance : 0.0;
	}
	return fmin(tail / all, 1.0);
}

double
tcs_fisher_test(double successes1, double n1, double successes0, double n0)
{
	Outcomes	outcomes = {0};

	outcomes.step = hypergeometric_step;
	outcomes.n1 = n1;
	outcomes.n0 = n0;
	outcomes.successes = successes1 + successes0;
	outcomes.least = fmax(0.0, outcomes.successes - n0);
	outcomes.most = fmin(outcomes.successes, n1);
	return outcomes_test(&outcomes, (outcomes.successes + 1.0) * ((n1 + 1.0) / (n1 + n0 + 2.0)), successes1);
}

double
tcs_binomial_test(double successes, double n, double share)
{
	Outcomes	outcomes = {0};

	outcomes.step = binomial_step;
	outcomes.n1 = n;
	outcomes.odds = share / (1.0 - share);
	outcomes.most = n;
	return outcomes_test(&outcomes, (n + 1.0) * share, successes);
}
